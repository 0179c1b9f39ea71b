"""A clip dropped on the Studio in a real JupyterLab: its request comes back."""

import io
import re

import pytest
from playwright.sync_api import expect

from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.library.origin import of_job
from hailuo_widgets.media.provenance.embed import embed_origin
from hailuo_widgets.media.store import Media
from hailuo_widgets.request.video_request import VideoRequest
from tests.support.browser.studio_page import STUDIO, choose, drop, seen, well
from tests.support.provenance import job
from tests.support.samples import clip, gradient, picture

pytestmark = pytest.mark.browser

START = Frame(gradient(), name="hill.jpg")
END = Frame(picture(), name="valley.jpg")
EVIL = '<img src=x onerror="window.hacked=1">{{ 7*7 }} [Pan left]'


def film():
    """A clip of this kit, as its file."""
    origin = of_job(job(), VideoRequest(START, EVIL, END, False))
    target = io.BytesIO()
    assert embed_origin(io.BytesIO(clip(frames=24, width=640, height=360)), target, origin)
    return target.getvalue()


def test_a_clip_dropped_on_the_start_frame_brings_its_request_back(lab):
    lab = lab(STUDIO)
    page = lab.page
    prompt = page.get_by_role("textbox", name="Prompt", exact=True)
    prompt.fill("something typed before")
    expect(seen(page, "A start frame is needed first.")).to_be_visible()
    media = Media((lab.server.root / lab.path).parent / "hailuo-library")
    media.keep_frame(START)

    drop(page, film(), "<b>shot</b>.mp4")
    expect(prompt).to_have_value(EVIL)
    expect(seen(well(page), "640 x 360 · JPEG")).to_be_visible()
    expect(seen(well(page), "Taken up from “<b>shot</b>.mp4”: prompt and start frame.")
           ).to_be_visible()  # fmt: skip
    expect(page.get_by_role("checkbox", name=re.compile("Prompt expansion"))).not_to_be_checked()
    expect(seen(well(page, "End image"), "“valley.jpg” is not in this library")).to_be_visible()
    expect(page.get_by_role("button", name="Render draft · free")).to_be_enabled()

    choose(page, {"name": "valley.jpg", "mimeType": "image/jpeg", "buffer": picture()}, "End image")
    expect(seen(well(page, "End image"), "640 x 360 · JPEG")).to_be_visible()
    expect(seen(page, "is not in this library")).to_be_hidden()
    assert page.evaluate("window.hacked") is None
    assert lab.errors == []


def test_a_foreign_video_offers_its_last_frame(lab):
    lab = lab(STUDIO)
    page = lab.page
    data = clip(frames=24, width=640, height=360)
    choose(page, {"name": "holiday.mp4", "mimeType": "video/mp4", "buffer": data})
    expect(seen(well(page), "“holiday.mp4” is a video and holds no request")).to_be_visible()
    expect(well(page).get_by_role("img", name="The video's last frame")).to_be_visible()
    expect(page.get_by_role("button", name="Render draft · free")).to_be_disabled()
    well(page).get_by_role("button", name="Use last frame").click()
    expect(seen(well(page), re.compile("640 x 360 · PNG .* ok"))).to_be_visible()
    expect(seen(page, "holds no request")).to_be_hidden()
    expect(page.get_by_role("button", name="Render draft · free")).to_be_enabled()
    assert lab.errors == []
