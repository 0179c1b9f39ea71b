"""Taking a library home from the browser, and going on with it elsewhere."""

import zipfile

import pytest
from playwright.sync_api import expect

from hailuo_widgets.library.library import Library
from tests.support.large_libraries import Past, photographs, varied

pytestmark = pytest.mark.browser


def test_one_button_saves_the_whole_library(lab, tmp_path):
    opened = lab("import hailuo_widgets as hw\nhw.History()", run=False)
    page = opened.page
    folder = (opened.server.root / opened.path).parent / "hailuo-library"
    past = Past(folder, photographs(2)).quickly()
    varied(past, 12)
    past.library.close()
    opened.run_cell(0)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download library").click()
    assert saved.value.suggested_filename.startswith("hailuo-library-")
    with zipfile.ZipFile(saved.value.path()) as archive:
        archive.extractall(tmp_path)
    home = Library(tmp_path / "hailuo-library")
    assert len(home.ledger.jobs.all()) == 12
    home.close()
    # With something picked, the button gives way to what is done with the picked ones.
    page.get_by_role("grid", name="Library").get_by_role("checkbox").first.check()
    expect(page.get_by_role("button", name="Download library")).to_be_hidden()
