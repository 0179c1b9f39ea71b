"""JupyterLab's shortcuts are single letters: none of them fires while one is in a widget."""

import re

import pytest
from playwright.sync_api import expect

from libraries import Past

pytestmark = pytest.mark.browser

CELLS = ["import hailuo_widgets as hw\nhw.Studio()", "hw.History()"]
# Text, cut, raw, delete, merge, insert above: what each would do to the cell is seen at once.
SHORTCUTS = ["m", "x", "r", "d", "d", "Shift+m", "a"]


def test_no_control_of_a_widget_lets_a_letter_change_the_notebook(lab):
    lab = lab(*CELLS, run=False)
    page = lab.page
    Past((lab.server.root / lab.path).parent / "hailuo-library").job("a clip")
    lab.run_cell(0)
    lab.run_cell(1)
    studio = page.get_by_role("group", name="Studio", exact=True)
    history = page.get_by_role("group", name="History", exact=True)

    def typed(control):
        expect(control).to_be_visible()
        control.focus()
        for key in SHORTCUTS:
            page.keyboard.press(key)
        cells = "window.jupyterapp.shell.currentWidget.content.model.cells"
        assert page.evaluate(f"Array.from({cells}, cell => cell.type)") == ["code"] * 2
        expect(control).to_be_visible()

    typed(studio.get_by_role("checkbox", name=re.compile("Prompt expansion")))
    typed(studio.get_by_role("button", name="Start frame from an address"))
    typed(studio.get_by_role("button", name="Pan left"))
    typed(history.get_by_role("button", name="Starred", exact=True))
    card = history.get_by_role("gridcell").get_by_role("button", name=re.compile("^Draft"))
    typed(card)
    card.click()
    typed(history.get_by_role("slider", name="Frame"))
    typed(history.get_by_role("button", name="Forward one frame"))
