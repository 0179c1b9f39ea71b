"""A strip in a real JupyterLab: it plays as one, steps across its cuts, and saves as one film."""

import re

import pytest
from playwright.sync_api import expect

from hailuo_widgets.library.library import Library
from tests.support import library_factory, samples
from tests.support.browser.jupyter_lab import LabPage
from tests.support.browser.screen_pixels import pixels
from tests.support.films import film_reader, numbered_videos

pytestmark = pytest.mark.browser

STRIP = """\
import hailuo_widgets as hw
from hailuo_widgets.library.library import Library
library = Library("hailuo-library")
entries, _ = library.ledger.history.page()
clips = [library.clip(e.row.clip_sha256, prompt=e.prompt, service="emulator") for e in reversed(entries)]
strip = hw.Strip(clips)
strip"""
ORDER = "print([clip.frame_count for clip in strip.clips])"
SHOTS = [("dawn <b>one</b>", 24, 0), ("storm", 12, 100), ("night", 30, 200)]
"""Prompt, frames, and the number painted into the first one."""
PLAYED = [first + at for _, frames, first in SHOTS for at in range(frames)]

# What eyes see: the number of the video that lies in front, at each of the page's own pictures.
WATCH = """() => {
    window.seen = [];
    const look = () => {
        const video = document.querySelector('.hw-strip-front');
        const number = video && window.painted(video);
        if (number !== null && window.seen.at(-1)?.[0] !== number) window.seen.push([number, performance.now()]);
        requestAnimationFrame(look);
    };
    look();
}"""


class Desk:
    """A strip that is open in a page."""

    def __init__(self, lab):
        self.lab = lab
        self.page = lab.page
        self.root = self.page.get_by_role("group", name="Strip of clips")
        self.stage = self.root.get_by_role("group", name="Strip", exact=True)
        self.row = self.root.get_by_role("list", name="Clips in order")

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def sees(self, number):
        """Wait until a number is on the screen, and in words."""
        words = f"frame {PLAYED.index(number) + 1}/{len(PLAYED)}"
        expect(self.root.get_by_text(words, exact=True)).to_be_visible()
        for _ in range(200):
            if film_reader.number(pixels(self.stage.screenshot()).mean(axis=2)) == number:
                return
            self.page.evaluate("() => new Promise(requestAnimationFrame)")
        raise AssertionError(number)

    def thumb(self, place):
        return self.row.get_by_role("button", name=re.compile(f"^Clip {place} of "))

    def order(self):
        """The clips' prompts as they stand."""
        return [
            item.inner_text().split("\n")[-1] for item in self.row.get_by_role("listitem").all()
        ]

    def in_kernel(self):
        self.lab.run_cell(1)
        return self.lab.outputs(1)[0]["text"].strip()


@pytest.fixture(scope="module")
def desk(chromium, lab_server):
    """One strip for the whole module, small enough that it has no bars at its sides."""
    context = chromium.new_context(accept_downloads=True, viewport={"width": 1000, "height": 1000})
    context.set_default_timeout(30_000)
    path = lab_server.notebook("strip", [STRIP, ORDER])
    library = Library((lab_server.root / path).parent / "hailuo-library")
    for prompt, frames, first in SHOTS:
        data = numbered_videos.film(frames, 320, 180, first=first, key_frames=12)
        library_factory.finished(library, samples.request(prompt), data, price=library_factory.FREE)
    library.close()
    lab = LabPage(context.new_page(), lab_server, path).open()
    lab.run_cell(0)
    opened = Desk(lab)
    opened.page.evaluate(numbered_videos.READ)
    opened.page.evaluate(WATCH)
    yield opened
    assert lab.errors == []
    context.close()


def test_it_plays_as_one_across_its_cuts_and_begins_again(desk):
    desk.sees(0)
    desk.stage.focus()
    desk.page.evaluate("() => { window.seen.length = 0; }")
    desk.press("Space")
    desk.page.wait_for_function("() => window.seen.some(([number]) => number > 210)")
    expect(desk.root.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    seen = [number for number, _ in desk.page.evaluate("() => window.seen")]
    once = seen[: next(at for at, number in enumerate(seen) if number > 210)]
    # Nothing but the film's own frames, and never back.
    assert [PLAYED.index(number) for number in once] == sorted({PLAYED.index(n) for n in once})
    # A busy machine leaves frames out, wherever they are; the cuts are no places where more is lost.
    for before, after in [(23, 100), (111, 200)]:
        assert [n for n in once if before - 6 < n <= before], once
        assert [n for n in once if after <= n < after + 6], once
    desk.page.wait_for_function(
        "() => window.seen.findIndex(([n]) => n > 215) < window.seen.findLastIndex(([n]) => n < 9)"
    )
    desk.press("Space")
    expect(desk.root.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_frames_are_stepped_across_cuts_both_ways_exactly(desk):
    desk.stage.focus()
    desk.press("Home")
    desk.sees(0)
    desk.press("Shift+ArrowRight")
    desk.sees(100)
    for key, number in [
        ("ArrowLeft", 23),
        ("ArrowLeft", 22),
        ("ArrowRight", 23),
        ("ArrowRight", 100),
    ]:
        desk.press(key)
        desk.sees(number)
    desk.press("End")
    desk.sees(229)
    desk.press("Shift+ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft")
    desk.sees(200)
    desk.press("ArrowLeft")
    desk.sees(111)
    slider = desk.root.get_by_role("slider", name="Frame of the strip")
    slider.fill("37")
    desk.sees(201)
    desk.thumb(2).click()
    desk.sees(100)


def test_clips_are_moved_by_keys_buttons_and_dragging_and_the_kernel_knows(desk):
    one, two, three = (prompt for prompt, *_ in SHOTS)
    assert desk.order() == [one, two, three]
    desk.thumb(3).focus()
    desk.press("Alt+ArrowLeft")
    expect(desk.thumb(2)).to_be_focused()
    assert desk.order() == [one, three, two]
    desk.root.get_by_role("button", name="Move left: clip 2").click()
    expect(desk.thumb(1)).to_be_focused()
    assert desk.order() == [three, one, two]
    assert desk.in_kernel() == "[30, 24, 12]"

    begin, end = desk.thumb(1).bounding_box(), desk.thumb(3).bounding_box()
    mouse = desk.page.mouse
    mouse.move(begin["x"] + 30, begin["y"] + 30)
    mouse.down()
    mouse.move(begin["x"] + 90, begin["y"] + 32, steps=3)
    mouse.move(end["x"] + end["width"] - 20, end["y"] + 30, steps=5)
    mouse.up()
    assert desk.order() == [one, two, three]
    assert desk.in_kernel() == "[24, 12, 30]"


def test_a_clip_is_taken_out_and_put_back(desk):
    desk.thumb(2).focus()
    desk.press("Delete")
    expect(desk.root.get_by_text("2 clips · ")).to_be_visible()
    expect(desk.thumb(2)).to_be_focused()
    desk.root.get_by_role("button", name="Put it back").click()
    expect(desk.root.get_by_text("3 clips · ")).to_be_visible()
    expect(desk.thumb(2)).to_be_focused()
    assert desk.in_kernel() == "[24, 12, 30]"


def test_it_is_saved_as_one_film_with_a_sound_that_plays_along(desk, tmp_path):
    with desk.page.expect_file_chooser() as chooser:
        desk.root.get_by_role("button", name="Add music or a voice").click()
    chooser.value.set_files(film_reader.tone(tmp_path / "music <i>.wav", 9))
    expect(
        desk.root.get_by_text("music <i>.wav · 9.0 s".replace("<", "_").replace(">", "_"))
    ).to_be_visible()
    desk.stage.focus()
    desk.press("Home", "Space")
    desk.page.wait_for_function("() => document.querySelector('audio').currentTime > 0.3")
    desk.press("Space")
    expect(desk.root.get_by_role("button", name="Play", exact=True)).to_be_visible()
    assert desk.page.evaluate("() => document.querySelector('audio').paused")

    with desk.page.expect_download() as saved:
        desk.root.get_by_role("button", name="Save as one MP4").click()
    assert re.fullmatch(r"draft-strip-[\d-]+\.mp4", saved.value.suggested_filename)
    said = desk.root.get_by_text(re.compile("3 clips, 66 frames, 2.8 s. Copied without encoding"))
    expect(said.and_(desk.page.locator(":not(.hw-unseen)"))).to_be_visible()
    film = tmp_path / "saved.mp4"
    saved.value.save_as(film)
    assert [film_reader.number(light) for light in film_reader.decoded(film)] == PLAYED
    wave, rate = film_reader.heard(film)
    assert wave.shape[1] / rate == pytest.approx(66 / 24, abs=0.05)


def test_a_next_shot_begins_with_a_last_frame(desk):
    desk.root.get_by_role("button", name="Next shot from its last frame: clip 2").click()
    studio = desk.root.get_by_role("region", name="Studio for the next shot")
    expect(studio.get_by_role("textbox", name="Prompt", exact=True)).to_be_focused()
    expect(studio.get_by_text("320 x 180")).to_be_visible()
    expect(studio.get_by_role("button", name="Add its clip to the strip")).to_be_disabled()
    studio.get_by_role("button", name="Close this Studio").click()
    expect(studio).to_be_hidden()


def test_on_a_phone_nothing_is_wider_than_the_page(desk):
    desk.page.set_viewport_size({"width": 380, "height": 844})
    desk.page.wait_for_function(
        "() => { const root = document.querySelector('.hw-strip'); return root.clientWidth < 380"
        " && root.scrollWidth <= root.clientWidth; }"
    )
    expect(desk.root.get_by_role("button", name="Save as one MP4")).to_be_visible()
    desk.page.set_viewport_size({"width": 1000, "height": 1000})


def test_a_saved_notebook_shows_the_strip_without_a_kernel(desk, lab):
    text = desk.lab.save()
    assert len(text) < 250_000
    again = lab("1", run=False)
    (again.server.root / again.path).write_text(text)
    again.page.evaluate("window.jupyterapp.shell.currentWidget.context.revert()")
    again.page.evaluate(
        "() => { for (const cell of window.jupyterapp.shell.currentWidget.content.model.cells)"
        " cell.trusted = true; }"
    )
    expect(
        again.page.get_by_role("img", name="Strip with drafts: moments of the strip")
    ).to_be_visible()
    expect(again.page.get_by_text("3 · 2.8 s · 66 frames")).to_be_visible()
    expect(again.page.get_by_text("dawn <b>one</b>")).to_be_visible()
    expect(again.page.get_by_text("Error displaying widget")).to_be_hidden()
