"""The Studio in a real JupyterLab in a real browser, as a person uses it."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.bench.submission import large_jpeg
from tests.support.browser.studio_page import STUDIO, choose, drop, seen, well
from tests.support.places import IMAGES
from tests.support.samples import gradient, picture

pytestmark = pytest.mark.browser

ARRIVAL_MS = 120_000


def render(page):
    page.get_by_role("button", name="Render draft · free").click()


def wait_for_clip(page):
    expect(seen(page, re.compile(r"Draft ready"))).to_be_visible(timeout=ARRIVAL_MS)
    page.wait_for_function(
        "() => { const v = document.querySelector('.hw-player-video');"
        " return v && v.videoWidth > 0 && v.currentTime > 0.2; }",
        timeout=ARRIVAL_MS,
    )


def watch_frames(page):
    """Note every frame that the browser says it presents, not the one the form believes in."""
    page.evaluate(
        """() => {
            const video = document.querySelector('.hw-player-video');
            const note = (_, { mediaTime }) => {
                window.presented = mediaTime;
                video.requestVideoFrameCallback(note);
            };
            video.requestVideoFrameCallback(note);
        }"""
    )


def wait_for_frame(page, number, fps=24):
    page.wait_for_function(f"() => Math.abs(window.presented - {number} / {fps}) < 1e-3")


def test_drop_type_press_see_states_see_the_clip_step_reload(lab):
    """The main job, end to end."""
    lab = lab(STUDIO)
    page = lab.page
    expect(seen(page, "A start frame is needed first.")).to_be_visible()
    expect(page.get_by_role("button", name="Render draft · free")).to_be_disabled()
    expect(page.get_by_role("button", name=re.compile("Run ·"))).to_be_hidden()

    drop(page, (IMAGES / "dandelions.jpg").read_bytes(), "dandelions.jpg")
    expect(seen(well(page), "1920 x 1080 · JPEG")).to_be_visible()
    prompt = page.get_by_role("textbox", name="Prompt", exact=True)
    prompt.fill("slow push in, golden hour light, drifting dust")
    expect(seen(page, "46 / 2000")).to_be_visible()
    expect(page.get_by_role("button", name="Push in")).to_have_attribute("aria-pressed", "true")

    render(page)
    expect(seen(page, re.compile(r"(waiting|sending|accepted|created|processing).* s of about"))
           ).to_be_visible()  # fmt: skip
    wait_for_clip(page)
    assert page.evaluate(
        "() => { const v = document.querySelector('.hw-player-video');"
        " return [v.videoWidth, v.videoHeight, v.loop, v.muted, Math.round(v.duration)]; }"
    ) == [1920, 1080, True, True, 5]
    expect(page.locator(".hw-player-badge").get_by_text("Draft")).to_be_visible()

    watch_frames(page)
    page.get_by_role("button", name="Pause", exact=True).click()
    page.get_by_role("slider", name="Frame").focus()
    page.keyboard.press("Home")
    expect(seen(page, "frame 1/120")).to_be_visible()
    page.get_by_role("button", name="Forward one frame").click()
    expect(seen(page, "frame 2/120")).to_be_visible()
    wait_for_frame(page, 1)
    page.get_by_role("button", name="Back one frame").click()
    expect(seen(page, "frame 1/120")).to_be_visible()
    wait_for_frame(page, 0)

    lab.save()
    lab.reload()
    wait_for_reload = page.locator(".hw-player-video").first
    expect(wait_for_reload).to_be_visible()
    expect(page.get_by_role("textbox", name="Prompt", exact=True)).to_have_value(
        "slow push in, golden hour light, drifting dust"
    )
    page.wait_for_function("() => document.querySelector('.hw-player-video')?.videoWidth === 1920")
    assert lab.errors == []


def test_a_picture_of_19_9_mb_goes_through_an_unmodified_server(lab):
    data = large_jpeg(19_900_000)
    assert 19_000_000 < len(data) <= 19_900_000
    lab = lab(STUDIO)
    choose(lab.page, {"name": "large.jpg", "mimeType": "image/jpeg", "buffer": data})
    expect(seen(well(lab.page), re.compile(r"19\.\d MB · ok"))).to_be_visible(timeout=60_000)
    render(lab.page)
    wait_for_clip(lab.page)


def test_the_clip_arrives_while_another_cell_is_busy(lab):
    busy = "import time\nstarted = time.time()\nwhile time.time() - started < 600:\n    pass"
    ready = "import hailuo_widgets as hw\nhw.Studio('coffee.jpg', '[Pan left]')"
    lab = lab(ready, busy, run=False, files=[IMAGES / "coffee.jpg"])
    page = lab.page
    lab.run_cell(0)
    render(page)
    expect(seen(page, re.compile(r"(sending|accepted|created|processing)"))).to_be_visible()
    lab.start_cell(1)
    wait_for_clip(page)
    state = page.evaluate(
        "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status"
    )
    assert state == "busy"
    page.evaluate("window.jupyterapp.commands.execute('notebook:interrupt-kernel')")


def test_chips_write_commands_and_hints_mend_them(lab):
    page = lab(STUDIO).page
    prompt = page.get_by_role("textbox", name="Prompt", exact=True)
    page.get_by_role("button", name="Push in").click()
    expect(prompt).to_have_value(re.compile(r"\[Push in\]"))
    page.get_by_role("button", name="Push in").click()
    expect(prompt).to_have_value("")
    prompt.fill("[Push out] dawn")
    page.get_by_role("button", name="Use “Pull out”").click()
    expect(prompt).to_have_value("[Pull out] dawn")


def test_a_prompt_with_html_is_text_everywhere(lab):
    page = lab(STUDIO, files=[]).page
    evil = '<img src=x onerror="window.hacked=1"> [Pan left] <b>x</b>'
    drop(page, gradient(640, 360), "<img src=x onerror='window.hacked=2'>.jpg")
    page.get_by_role("textbox", name="Prompt", exact=True).fill(evil)
    render(page)
    wait_for_clip(page)
    assert page.evaluate("window.hacked") is None


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("text.jpg", b"this is no picture", "no picture|not a picture|no image"),
        ("cut.jpg", gradient(640, 360)[:2000], "cut|damaged|ends|truncated|incomplete"),
    ],
)
def test_what_is_no_picture_is_said_under_the_well_and_nothing_is_lost(lab, name, data, words):
    page = lab(STUDIO).page
    drop(page, gradient(640, 360), "good.jpg")
    expect(seen(well(page), "640 x 360")).to_be_visible()
    drop(page, data, name)
    expect(seen(well(page), re.compile(words, re.IGNORECASE))).to_be_visible()
    expect(seen(well(page), "640 x 360")).to_be_visible()
    expect(page.get_by_role("button", name="Render draft · free")).to_be_enabled()


def test_a_picture_that_breaks_a_rule_is_mended_by_one_click(lab):
    page = lab(STUDIO).page
    drop(page, picture(280, 500), "small.jpg")
    expect(seen(well(page), "The short side is 280 px")).to_be_visible()
    expect(well(page).get_by_role("img", name="The mended picture")).to_be_visible()
    expect(page.get_by_role("button", name="Render draft · free")).to_be_disabled()
    well(page).get_by_role("button", name="Use mended").click()
    expect(seen(well(page), re.compile(r"· ok"))).to_be_visible()
    expect(page.get_by_role("button", name="Render draft · free")).to_be_enabled()


def test_the_last_frame_becomes_the_next_start(lab):
    page = lab(STUDIO, files=[IMAGES / "coffee.jpg"]).page
    drop(page, gradient(640, 360), "first.jpg")
    page.get_by_role("textbox", name="Prompt", exact=True).fill("[Pan left]")
    render(page)
    wait_for_clip(page)
    chain = page.get_by_role("button", name="Use last frame")
    chain.click()
    expect(seen(well(page), "1920 x 1080 · PNG")).to_be_visible()
    expect(chain).to_be_focused()


def test_save_frame_and_download_give_files(lab):
    page = lab(STUDIO).page
    drop(page, gradient(640, 360), "first.jpg")
    page.get_by_role("textbox", name="Prompt", exact=True).fill("[Static shot]")
    render(page)
    wait_for_clip(page)
    with page.expect_download() as still:
        page.get_by_role("button", name="Save frame").click()
    assert Path(still.value.path()).read_bytes().startswith(b"\x89PNG")
    with page.expect_download() as clip:
        page.get_by_role("button", name="Download").click()
    assert Path(clip.value.path()).read_bytes()[4:8] == b"ftyp"


def test_paid_runs_are_offered_only_after_connecting_and_within_the_budget(lab, emulator):
    connect = (
        "import hailuo_widgets as hw\n"
        f"hw.connect('wavespeed', budget=0.60, api_key={emulator.key!r}, base_url={emulator.url!r})"
    )
    lab = lab(connect, "hw.Studio('coffee.jpg', '[Pan left]')", files=[IMAGES / "coffee.jpg"])
    page = lab.page
    expect(seen(page, "budget $0.60 · spent $0.00 · left $0.60")).to_be_visible()
    page.get_by_role("button", name="Run · $0.49").click()
    expect(seen(page, re.compile(r"Clip ready.*\$0\.49"))).to_be_visible(timeout=ARRIVAL_MS)
    expect(seen(page, "spent $0.49 · left $0.11")).to_be_visible()
    expect(page.get_by_role("button", name="Already in your library · $0")).to_be_enabled()
    expect(page.get_by_role("button", name="Another take · $0.49")).to_be_disabled()
    assert [row["billing_type"] for row in emulator.bill()["rows"]] == ["deduct"]
    assert emulator.key not in re.sub(re.escape(connect), "", json.dumps(lab.outputs(1)))


def test_a_saved_notebook_shows_poster_and_facts_without_a_kernel(lab):
    """Trusted and not: the twin is what is left, and no error takes its place."""
    opened = lab
    lab = opened(STUDIO.replace("Studio()", "Studio('dandelions.jpg', '[Push in] dawn')"),
                 files=[IMAGES / "dandelions.jpg"])  # fmt: skip
    page = lab.page
    expect(page.locator(".hw-twin")).to_be_hidden()
    render(page)
    wait_for_clip(page)
    text = lab.save()
    assert len(text) < 300_000
    assert "data:image/jpeg;base64," in text
    assert "[Push in] dawn" in text
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.close()

    for trusted in (True, False):
        again = opened("1", run=False, name=f"reopened-{trusted}")
        path = again.server.root / again.path
        content = json.loads(text)
        if not trusted:
            # A file from somewhere else has no valid signature.
            content["metadata"]["from"] = "elsewhere"
        path.write_text(json.dumps(content))
        again.page.evaluate("window.jupyterapp.shell.currentWidget.context.revert()")
        if trusted:
            again.page.evaluate(
                "() => { for (const cell of window.jupyterapp.shell.currentWidget.content.model.cells)"
                " cell.trusted = true; }"
            )
        expect(again.page.locator(".hw-twin")).to_be_visible()
        expect(again.page.locator(".hw-twin img")).to_be_visible()
        expect(seen(again.page, "1920 x 1080 · 24 fps")).to_be_visible()
        expect(seen(again.page, "Error displaying widget")).to_be_hidden()
