"""A report opened from a file in a real browser that reaches no network, and printed."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import zlib

import nbformat
import pytest
from playwright.sync_api import expect

from hailuo_widgets.errors import HailuoError
from hailuo_widgets.reports.chromium import find, printed
from hailuo_widgets.reports.report import report
from hailuo_widgets.widgets.shared import static_view
from tests.support import report_notebooks, run_notebooks, samples
from tests.support.browser import lockstep_probe
from tests.support.browser.chromium import chromium
from tests.support.browser.lockstep import BOOKS, FILM, READY, plays_scrubs_and_steps, settled
from tests.support.films import numbered_videos
from tests.support.report_outputs import HOSTILE, comparison, strip_of
from tests.support.run_notebooks import clips_of

FRAMES = 48

# What each flip-book was opened at last, and what is painted there.
TURNED = """() => [...document.querySelectorAll('.hw-compare-flip')].map(page => {
    [page.videoWidth, page.videoHeight] = [page.width, page.height];
    return [Number(page.dataset.frame), painted(page)];
})"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("notebook")
    report_notebooks.shelf(
        place, *numbered_videos.copies(numbered_videos.film(FRAMES, 640, 360), 2)
    )
    return place


@pytest.fixture(scope="module")
def clips(folder):
    return report_notebooks.shelf(folder)


@pytest.fixture(scope="module")
def browser():
    with chromium() as made:
        yield made


def written(folder, *cells, name="out.html", **options):
    book = report_notebooks.save(folder, "# Dawn\n\nTwo moves of one picture.", *cells)
    report(folder / name, notebook=book, **options)
    return folder / name


@contextlib.contextmanager
def opened(browser, path, **context):
    """Open a report; at the end nothing may have gone wrong in it, and nothing been asked for."""
    made = browser.new_context(offline=True, bypass_csp=False, **context)
    made.set_default_timeout(30_000)
    page = made.new_page()
    wrong, asked = [], []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console",
        lambda said: wrong.append(said.text) if said.type in {"error", "warning"} else None,
    )
    page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.evaluate(numbered_videos.READ)
    yield page
    made.close()
    assert wrong == []
    beside = path.parent.as_uri()
    assert [url for url in asked if not url.startswith(("data:", "blob:", beside))] == []


def shows(page, player, number, video="video"):
    """Wait until a player's video shows the frame of that number, as painted."""
    page.wait_for_function(
        "([player, video, number]) => window.painted(player.querySelector(video)) === number",
        arg=[player.element_handle(), video, number],
    )


def plays(page, player):
    """Wait until a player's video shows one frame after another."""
    page.wait_for_function(
        """player => {
            const number = window.painted(player.querySelector('video'));
            if (number !== null) (player.seen ??= new Set()).add(number);
            return player.seen?.size > 2;
        }""",
        arg=player.element_handle(),
    )


@pytest.mark.browser
def test_every_clip_plays_and_steps_by_the_keys(browser, folder, clips):
    path = written(folder, *map(report_notebooks.of_clip, clips))
    with opened(browser, path) as page:
        players = page.get_by_role("group", name=re.compile("Draft, 640 x 360"))
        expect(players).to_have_count(2)
        for number in range(2):
            stage = players.nth(number)
            player = page.locator(".hw-player").nth(number)
            stage.scroll_into_view_if_needed()
            plays(page, player)
            stage.focus()
            page.keyboard.press("Home")
            shows(page, player, 0)
            page.keyboard.press("ArrowRight")
            shows(page, player, 1)
            page.keyboard.press("Shift+ArrowRight")
            shows(page, player, 25)
            page.keyboard.press("End")
            shows(page, player, FRAMES - 1)
        expect(page.get_by_text("frame 48/48").first).to_be_visible()
        with page.expect_download() as saved:
            page.get_by_role("button", name="Download").first.click()
        assert saved.value.suggested_filename == f"draft-{clips[0].sha256[:8]}.mp4"
        assert saved.value.path().read_bytes() == clips[0].path.read_bytes()


@pytest.mark.browser
def test_a_smaller_copy_shows_the_same_frames(browser, folder, clips):
    whole = written(folder, report_notebooks.of_clip(clips[0])).stat().st_size
    path = written(folder, report_notebooks.of_clip(clips[0]), budget=round(whole / 1e6 - 0.06, 3))
    with opened(browser, path) as page:
        expect(page.get_by_text("the original has 640 x 360")).to_be_visible()
        player = page.locator(".hw-player")
        page.get_by_role("group", name=re.compile("Draft, 640 x 360")).focus()
        plays(page, player)
        page.keyboard.press("Home")
        for number in range(12):
            shows(page, player, number)
            page.keyboard.press("ArrowRight")


@pytest.mark.browser
def test_clips_beside_the_page_play_from_there(browser, folder, clips):
    path = written(folder, report_notebooks.of_clip(clips[0]), clips="link")
    with opened(browser, path) as page:
        page.wait_for_function("() => document.querySelector('video')?.currentTime > 0.2")
        # What lies beside a file may not be drawn from: it says so and goes on.
        page.get_by_role("button", name="Save frame").click()
        expect(page.get_by_text("This browser gives out no frames of this file.")).to_be_visible()


@pytest.mark.browser
def test_clips_of_a_history_play_when_they_are_asked_for(browser, folder, clips):
    cards = [card for clip in clips for card in static_view.of_clip(clip).cards]
    bundle = static_view.MimeBundle(
        static_view.of_clip(clips[0]), cards, {"head": {"title": "History", "rows": []}}
    )
    with opened(browser, written(folder, report_notebooks.outputs(bundle, "history"))) as page:
        expect(page.locator("video")).to_have_count(0)
        for number in (1, 2):
            page.locator("figure").nth(number - 1).get_by_role("button", name="Play").click()
            expect(page.locator(".hw-player")).to_have_count(number)
        plays(page, page.locator(".hw-player").nth(1))


@pytest.mark.browser
def test_a_comparison_keeps_in_step_and_obeys_its_keys(browser, folder, clips):
    with opened(browser, written(folder, comparison(clips))) as page:
        lockstep_probe.install(page)
        root = page.get_by_role("group", name="Comparison")
        page.wait_for_function("() => probe.count() === 2")
        found = lockstep_probe.drift(page, 4, FRAMES)
        assert found.samples > 20
        assert found.in_step, found
        root.get_by_role("button", name="Pause", exact=True).click()
        settled(page)
        page.hover(".hw-compare-playing")
        page.wait_for_function(BOOKS, arg=FRAMES)
        # Each ends when all clips show that frame, be it by a small picture of it.
        lockstep_probe.scrubs(page, [30, 3, 47, 12, 0, 25])
        assert page.evaluate(TURNED) == [[25, 25]] * 2
        root.get_by_role("group", name="Clips", exact=True).focus()
        page.keyboard.press("Home")
        expect(root).to_have_attribute("data-settled", "0")
        for name, by in (("Forward one frame", 1), ("Back one frame", -1)):
            wrong, _ = lockstep_probe.steps(page, name, 10, by)
            assert wrong == []
        page.keyboard.press("Shift+ArrowRight")
        page.wait_for_function("async () => (await probe.numbers()).every(number => number === 24)")
        page.keyboard.press("?")
        expect(page.get_by_text("Space").first).to_be_visible()
        page.keyboard.press("Escape")
        expect(root.get_by_role("button", name="Save as MP4")).to_be_hidden()
        expect(root.get_by_text("storm").first).to_be_visible()
        expect(page.get_by_role("row", name=re.compile("2 · Draft"))).to_contain_text("640 x 360")


@pytest.mark.browser
def test_a_strip_plays_as_one_and_offers_nothing_that_needs_a_kernel(browser, folder, clips):
    with opened(browser, written(folder, strip_of(clips))) as page:
        root = page.get_by_role("group", name="Strip of clips")
        stage = root.get_by_role("group", name="Strip", exact=True)
        expect(root.get_by_text("2 clips · 4.0 s · 96 frames")).to_be_visible()
        stage.focus()
        page.keyboard.press("End")
        expect(root.get_by_text("frame 96/96")).to_be_visible()
        shows(page, root, FRAMES - 1, "video.hw-strip-front")
        page.keyboard.press("Home")
        shows(page, root, 0, "video.hw-strip-front")
        expect(root.locator(".hw-strip-picture").nth(1)).to_have_js_property("naturalWidth", 640)
        for name in ("Save as one MP4", "Add music or a voice", "Move right: clip 1"):
            expect(root.get_by_role("button", name=name)).to_have_count(0)


@pytest.mark.browser
def test_on_paper_there_are_contact_sheets_instead_of_players(browser, folder, clips):
    path = written(folder, report_notebooks.of_clip(clips[0]), comparison(clips))
    with opened(browser, path) as page:
        sheets = page.get_by_role("img", name="Moments of the clip, from first to last")
        expect(page.locator(".hw-player")).to_be_visible()
        expect(page.get_by_role("group", name="Comparison")).to_be_visible()
        expect(sheets).to_have_count(0)
        page.emulate_media(media="print")
        expect(sheets).to_have_count(3)
        for sheet in sheets.all():
            assert sheet.evaluate("image => image.naturalWidth > 600 && image.offsetWidth > 300")
        expect(page.locator(".hw-player")).to_be_hidden()
        expect(page.get_by_role("group", name="Comparison")).to_be_hidden()
        expect(page.get_by_text("storm").first).to_be_visible()


@pytest.mark.browser
def test_a_page_is_read_on_a_phone_in_the_dark_and_runs_no_script_of_a_prompt(
    browser, folder, clips
):
    hostile = static_view.card("Draft", None, [("Prompt", HOSTILE), ("Note", "x" * 300)])
    path = written(folder, report_notebooks.outputs(hostile, "job"), comparison(clips))
    phone = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
    with opened(browser, path, **phone) as page:
        page.wait_for_function("() => document.querySelector('video')?.videoWidth > 0")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390
        ground, ink = page.evaluate(
            "() => [getComputedStyle(document.body).backgroundColor,"
            " getComputedStyle(document.body).color]"
        )
        assert (ground, ink) == ("rgb(22, 23, 26)", "rgb(228, 229, 231)")
        expect(page.get_by_text(HOSTILE)).to_be_visible()


@pytest.mark.browser
@pytest.mark.parametrize("path", run_notebooks.committed(), ids=lambda path: path.stem)
def test_each_committed_notebook_becomes_a_page_that_plays_and_prints(browser, path, tmp_path):
    book = nbformat.read(path, as_version=4)
    hashes = clips_of(book)
    text = path.read_text(encoding="utf-8")
    stood_in = report_notebooks.stand_ins(tmp_path, hashes, numbered_videos.film(FRAMES, 640, 360))
    for sha256, other in stood_in.items():
        text = text.replace(sha256, other)
    (tmp_path / path.name).write_text(text, encoding="utf-8")
    said = report(tmp_path / "out.html", notebook=tmp_path / path.name)
    assert f"{len(hashes)} clip" in repr(said)
    assert "could not be found" not in repr(said)
    with opened(browser, said.path) as page:
        # Not by their name: a comparison's button has the same until it plays.
        for button in page.locator(".hw-report-play").all():
            button.click()
        for strip in page.get_by_role("group", name="Strip of clips").all():
            strip.get_by_role("button", name="Play", exact=True).click()
        alone = page.locator(".hw-player video, .hw-strip video.hw-strip-front")
        together = page.locator(".hw-compare-cell[data-state='here'] video")
        for video in [*alone.all(), *together.all()]:
            video.scroll_into_view_if_needed()
            page.wait_for_function(
                "video => video.videoWidth > 0 && video.currentTime > 0.1",
                arg=video.element_handle(),
            )
        in_strips = page.locator(".hw-strip-item").count()
        assert alone.count() + together.count() + in_strips >= len(hashes)
        page.emulate_media(media="print")
        expect(page.get_by_role("img", name="Moments of the clip").first).to_be_visible()
        expect(page.locator("video:visible")).to_have_count(0)
    pdf = report(tmp_path / "out.pdf", notebook=tmp_path / path.name).path.read_bytes()
    assert contents(pdf).count(b"/Subtype /Image") >= 1


@pytest.mark.browser
@pytest.mark.alone
def test_four_1080p_clips_play_scrub_and_step_as_in_the_notebook(browser, tmp_path):
    made = report_notebooks.shelf(
        tmp_path, *numbered_videos.copies(numbered_videos.film(**FILM), 4)
    )
    path = written(tmp_path, comparison(made, ("dawn", "storm", "fog", "rain")))
    with opened(browser, path, viewport={"width": 1280, "height": 1000}) as page:
        page.wait_for_function(READY, arg=4)
        lockstep_probe.install(page)
        page.locator(".hw-compare").scroll_into_view_if_needed()
        plays_scrubs_and_steps(page, seconds=30, samples=100, scrubs=60, steps=100, start=5)


# -- PDF ---------------------------------------------------------------------------------------


def contents(pdf):
    """Everything in a PDF, its streams unpacked where that can be."""
    parts = [pdf]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        with contextlib.suppress(zlib.error):
            parts.append(zlib.decompress(stream))
    return b"\n".join(parts)


@pytest.mark.browser
def test_the_pdf_has_sheets_and_links_and_names_no_folder(tmp_path):
    folder = tmp_path
    # Chromium writes equal pictures once.
    clips = report_notebooks.shelf(
        folder, numbered_videos.film(FRAMES, 640, 360), samples.clip(frames=24)
    )
    link = "[its source](https://example.com/dawn)"
    book = report_notebooks.save(
        folder, f"# Dawn\n\n{link}", report_notebooks.of_clip(clips[0]), comparison(clips)
    )
    said = report(folder / "out.pdf", notebook=book)
    pdf = said.path.read_bytes()
    inside = contents(pdf)
    assert pdf.startswith(b"%PDF-")
    assert inside.count(b"/Subtype /Image") >= 2
    assert b"https://example.com/dawn" in inside
    assert b"file://" not in inside
    assert str(folder).encode() not in inside
    # An earlier report is replaced.
    report(folder / "out.pdf", notebook=book)


def test_without_chromium_a_sentence_says_what_to_install(folder, clips, tmp_path):
    book = report_notebooks.save(folder, report_notebooks.of_clip(clips[0]))
    done = subprocess.run(
        [sys.executable, "-m", "hailuo_widgets.reports", str(book), "-o", "out.pdf"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PATH": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 1
    assert "apt-get install chromium" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_prints_nothing_or_takes_too_long_is_a_sentence(tmp_path):
    sleeper = tmp_path / "sleeper"
    sleeper.write_text("#!/bin/sh\nsleep 60\n")
    sleeper.chmod(0o755)
    with pytest.raises(HailuoError, match="true printed no PDF"):
        printed("<p>x", shutil.which("true"))
    with pytest.raises(HailuoError, match=r"sleeper has not printed the page within 0\.2 s"):
        printed("<p>x", str(sleeper), seconds=0.2)
    with pytest.raises(HailuoError, match="No program 'no-such-chromium' is on this machine"):
        find("no-such-chromium")
