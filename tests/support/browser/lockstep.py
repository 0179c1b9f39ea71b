"""Four 1080p clips that play, are scrubbed and stepped, judged by the numbers on the screen."""

import io
import random

from tests.support.browser import lockstep_probe as probe
from tests.support.films import film_reader

FRAMES = 120


FILM = {"frames": FRAMES, "width": 1920, "height": 1080, "key_frames": 24}


READY = """count => {
    const videos = [...document.querySelectorAll('.hw-compare video')];
    return videos.length >= count && videos.filter(video => video.videoWidth).length >= count;
}"""


BOOKS = """pages => [...document.querySelectorAll('.hw-compare-flip')]
    .every(canvas => canvas.dataset.pages === String(pages))"""


def settled(page, frame=None):
    """Wait until every clip shows what it was sent to; returns the frame's number from 0."""
    wanted = "[data-settled]" if frame is None else f"[data-settled='{frame}']"
    page.wait_for_selector(f".hw-compare{wanted}", timeout=60_000)
    return int(page.locator(".hw-compare").get_attribute("data-settled"))


def stop(page):
    page.get_by_role("button", name="Pause", exact=True).click()
    return settled(page)


def on_screen(page):
    """The numbers in a picture of the screen: what eyes see, whatever the page believes."""
    import numpy as np
    from PIL import Image

    light = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("L"))
    boxes = [each.bounding_box() for each in page.locator(".hw-compare-screen:visible").all()]
    return [
        film_reader.number(light, (box["x"], box["y"], box["width"], box["height"]))
        for box in boxes
    ]


def plays_scrubs_and_steps(page, *, seconds, samples, scrubs, steps, start):
    """Judge four clips: their drift, then frames dragged to, then single steps both ways."""
    found = probe.drift(page, seconds, FRAMES)
    print(f"\ndrift of four 1080p clips in {seconds} s: {found}")
    assert found.samples > samples
    assert found.in_step, found
    now = stop(page)
    assert on_screen(page) == [now] * 4

    page.hover(".hw-compare-playing")
    page.wait_for_function(BOOKS, arg=FRAMES)
    generator = random.Random(5)
    wanted = [generator.randrange(FRAMES) for _ in range(scrubs)]
    took = probe.scrubs(page, wanted)
    print(f"scrub to painted frame: p95 {probe.share(took, 0.95):.0f} ms of {len(took)}")
    # The small picture gives way to the video itself, of the same frame.
    assert settled(page, wanted[-1]) == wanted[-1]
    assert on_screen(page) == [wanted[-1]] * 4
    assert page.locator(".hw-compare-flip:visible").count() == 0

    page.evaluate(f"probe.toFrame({start})")
    settled(page, start)
    for name, by in (("Forward one frame", 1), ("Back one frame", -1)):
        wrong, took = probe.steps(page, name, steps, by)
        print(f"{name}: p50 {probe.share(took, 0.5):.0f} ms, p95 {probe.share(took, 0.95):.0f} ms")
        assert wrong == []
    assert on_screen(page) == [start] * 4
    return found
