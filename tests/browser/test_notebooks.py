"""The committed notebooks, opened in a real JupyterLab before anything is run."""

import shutil

import pytest
from playwright.sync_api import expect

from tests.support import run_notebooks
from tests.support.browser.jupyter_lab import LabPage

pytestmark = pytest.mark.browser

TRUST = """() => {
    for (const cell of window.jupyterapp.shell.currentWidget.content.model.cells)
        cell.trusted = true;
}"""


@pytest.mark.parametrize("trusted", [True, False], ids=["trusted", "untrusted"])
@pytest.mark.parametrize("path", run_notebooks.committed(), ids=lambda path: path.stem)
def test_it_shows_posters_and_facts_and_no_error_before_it_is_run(
    lab_server, chromium, path, trusted
):
    folder = lab_server.root / f"{path.stem}-{trusted}"
    folder.mkdir()
    shutil.copy(path, folder)
    context = chromium.new_context(viewport={"width": 1280, "height": 2400})
    opened = LabPage(context.new_page(), lab_server, f"{folder.name}/{path.name}").open()
    page = opened.page
    if trusted:
        page.evaluate(TRUST)
    posters = page.locator(".hw-twin img")
    expect(posters.first).to_be_visible()
    assert posters.count() >= 2
    for index in range(posters.count()):
        expect(posters.nth(index)).to_be_visible()
    expect(page.get_by_text("24 fps · 5.0 s").first).to_be_visible()
    for words in ("Error displaying widget", "Loading widget", "Traceback"):
        for node in page.get_by_text(words).all():
            expect(node).to_be_hidden()
    assert opened.errors == []
    context.close()
