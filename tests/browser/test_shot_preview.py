"""The live preview in a real JupyterLab in a real browser: type or press, and see it move."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.support.places import IMAGES

STUDIO = "import hailuo_widgets as hw\nstudio = hw.Studio({arguments})\nstudio"
FIRST_MS = 60_000

pytestmark = pytest.mark.browser

MOVES = """() => new Promise(done => {
    const video = document.querySelector('.hw-preview video');
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [64, 36];
    const ink = canvas.getContext('2d');
    const look = () => {
        ink.drawImage(video, 0, 0, 64, 36);
        return ink.getImageData(0, 0, 64, 36).data;
    };
    const first = look();
    const again = () => video.requestVideoFrameCallback((_, shown) => {
        if (shown.mediaTime < 2) return again();
        const now = look();
        let sum = 0;
        for (let i = 0; i < now.length; i += 4) sum += Math.abs(now[i] - first[i]);
        done(sum / (now.length / 4));
    });
    again();
})"""


def preview(page):
    return page.get_by_role("group", name="Preview", exact=True)


def shown(page):
    """Which preview is on the screen."""
    place = page.locator(".hw-preview[data-shown]")
    place.wait_for(state="attached", timeout=FIRST_MS)
    return place.get_attribute("data-shown")


def until_another(page, before):
    page.wait_for_function(
        "before => ![undefined, before].includes(document.querySelector('.hw-preview')"
        ".dataset.shown)",
        arg=before,
        timeout=FIRST_MS,
    )


def test_typing_shows_what_was_understood_and_a_moving_preview(lab):
    page = lab(STUDIO.format(arguments="'dandelions.jpg'"), files=[IMAGES / "dandelions.jpg"]).page
    before = shown(page)
    prompt = page.get_by_role("textbox", name="Prompt", exact=True)
    prompt.fill("slow push in, golden hour light, drifting dust, rack focus to the door")
    expect(preview(page)).to_contain_text("push in, slow · golden light · drifting dust")
    expect(preview(page)).to_contain_text("not understood: “rack focus”")
    until_another(page, before)
    width, height, muted, loops = page.evaluate(
        "() => { const v = document.querySelector('.hw-preview video');"
        " return [v.videoWidth, v.videoHeight, v.muted, v.loop]; }"
    )
    assert (width, height, muted, loops) == (640, 360, True, True)
    assert page.evaluate(MOVES) > 2


def test_a_chip_changes_the_preview_and_says_what_must_be_invented(lab):
    page = lab(STUDIO.format(arguments="'great-wall.jpg'"), files=[IMAGES / "great-wall.jpg"]).page
    before = shown(page)
    page.get_by_role("button", name="Pan left", exact=True).click()
    until_another(page, before)
    expect(preview(page)).to_contain_text("pan left")
    expect(preview(page)).to_contain_text(re.compile(r"must invent up to 1\d% of the picture"))


def test_how_the_end_image_is_reached_is_said_before_anything_is_rendered(lab):
    arguments = "'great-wall.jpg', '', 'coffee.jpg'"
    files = [IMAGES / "great-wall.jpg", IMAGES / "coffee.jpg"]
    page = lab(STUDIO.format(arguments=arguments), files=files).page
    expect(preview(page)).to_contain_text("dissolves", timeout=FIRST_MS)
    expect(page.get_by_role("button", name="Render draft · free")).to_be_enabled()


def test_an_end_image_of_the_same_scene_and_another_shape(lab, tmp_path):
    picture = Image.open(IMAGES / "great-wall.jpg")
    width, height = picture.size
    closer = picture.crop(
        (width // 5, height // 10, width // 5 + height * 8 // 10, height * 9 // 10)
    )
    (tmp_path / "closer.jpg").write_bytes(_jpeg(closer))
    arguments = "'great-wall.jpg', '', 'closer.jpg'"
    files = [IMAGES / "great-wall.jpg", tmp_path / "closer.jpg"]
    page = lab(STUDIO.format(arguments=arguments), files=files).page
    expect(preview(page)).to_contain_text("same scene", timeout=FIRST_MS)
    expect(preview(page)).to_contain_text(re.compile(r"25% of it is cut off"))


def _jpeg(picture):
    data = io.BytesIO()
    picture.convert("RGB").save(data, "JPEG", quality=92)
    return data.getvalue()


def test_who_wants_no_motion_sees_moments_and_may_press_play(lab):
    lab = lab(
        STUDIO.format(arguments="'dandelions.jpg', '[Truck right]'"),
        files=[IMAGES / "dandelions.jpg"],
        run=False,
    )
    page = lab.page
    page.emulate_media(reduced_motion="reduce")
    lab.run_all()
    shown(page)
    expect(page.locator(".hw-preview img")).to_be_visible()
    paused = "() => document.querySelector('.hw-preview video').paused"
    assert page.evaluate(paused)
    page.get_by_role("button", name="Play the preview").click()
    page.wait_for_function("() => !document.querySelector('.hw-preview video').paused")
    expect(page.locator(".hw-preview img")).to_be_hidden()
    page.get_by_role("button", name="Pause the preview").click()
    page.wait_for_function(paused)


def test_a_preview_is_no_draft_and_the_saved_notebook_holds_only_its_moments(lab):
    lab = lab(
        STUDIO.format(arguments="'dandelions.jpg', '[Push in]'"),
        files=[IMAGES / "dandelions.jpg"],
    )
    shown(lab.page)
    text = lab.save()
    assert "moments of the preview" in text
    assert len(text) < 300_000
    assert "ftyp" not in text
    clips = lab.server.root / Path(lab.path).parent / "hailuo-library" / "clips"
    assert list(clips.iterdir()) == []
