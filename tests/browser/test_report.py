"""Reports where people sit: in a real JupyterLab, from a cell and from the menu."""

import re

import pytest
from playwright.sync_api import expect

from tests.support import report_notebooks, samples

pytestmark = pytest.mark.browser

SHOWN = """import hailuo_widgets as hw
from hailuo_widgets.library.library import Library
library = Library()
entry = library.ledger.history.page()[0][0]
hw.Player(library.clip(entry.row.clip_sha256, prompt=entry.prompt, service="emulator"))"""
REPORT = 'hw.report("out.html")'
WAITS = """from hailuo_widgets.jobs.runner.job import Job
from hailuo_widgets.request.video_request import VideoRequest
from hailuo_widgets.widgets import display
import samples_of_mine
display.show(Job(VideoRequest(samples_of_mine.PICTURE, "dawn"), 1, "emulator", expected_seconds=(2, 8)))"""


def opened(lab, *cells, **options):
    """A notebook with a library of one clip beside it."""
    page = lab(*cells, run=False, **options)
    folder = (page.server.root / page.path).parent
    report_notebooks.shelf(folder, samples.clip(frames=12))
    return page, folder


def test_a_cell_writes_the_notebook_as_it_was_saved(lab):
    page, folder = opened(lab, SHOWN, REPORT)
    page.run_cell(0)
    page.run_cell(1)
    words = page.page.locator(".jp-OutputArea")
    expect(words.get_by_text("shows nothing of this kit yet.")).to_be_visible()
    assert not (folder / "out.html").exists()
    page.save()
    page.run_cell(1)
    said = re.compile(
        r"out\.html: 0\.\d MB, 1 clip, from [\w-]+\.ipynb as saved at \d\d:\d\d:\d\d\.$"
    )
    expect(words.get_by_text(said)).to_be_visible(timeout=60_000)
    assert "data-clip" in (folder / "out.html").read_text()
    page.run_cell(0)
    page.run_cell(1)
    behind = words.get_by_text("Cells have run since it was saved")
    expect(behind).to_be_visible(timeout=60_000)
    assert page.errors == []


def test_the_menu_offers_both_and_the_server_gives_the_page(lab):
    page, _ = opened(lab, SHOWN)
    page.run_cell(0)
    page.save()
    page.page.get_by_role("menuitem", name="File").click()
    # An item that opens a menu has no role of its own in JupyterLab.
    page.page.get_by_text("Save and Export Notebook As").hover()
    expect(page.page.get_by_role("menuitem", name="Hailuo", exact=True)).to_be_visible()
    expect(page.page.get_by_role("menuitem", name="Hailuo_pdf")).to_be_visible()
    page.page.keyboard.press("Escape")
    address = (
        f"{page.server.url}nbconvert/hailuo/{page.path}?download=true&token={page.server.token}"
    )
    answer = page.page.request.get(address, timeout=60_000)
    assert answer.status == 200
    assert re.search(r'<script type="text/plain" id="clip-[0-9a-f]{64}">', answer.text())
    printed = page.page.request.get(address.replace("hailuo/", "hailuo_pdf/"), timeout=120_000)
    assert printed.status == 200
    assert printed.body().startswith(b"%PDF-")


def test_where_a_person_sits_a_cell_does_not_wait(lab):
    page, folder = opened(lab, WAITS)
    (folder / "samples_of_mine.py").write_text(f"PICTURE = {samples.picture()!r}\n")
    page.run_cell(0)
    expect(page.page.get_by_role("group", name="Job")).to_be_visible()
