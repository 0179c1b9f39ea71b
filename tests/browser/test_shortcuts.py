"""A notebook's shortcuts are single letters: none of them fires while one is in a widget."""

import re

import pytest
from playwright.sync_api import expect

from tests.support import samples
from tests.support.large_libraries import Past

pytestmark = pytest.mark.browser

CELLS = [
    "import hailuo_widgets as hw\nstudio = hw.Studio('cat.jpg', '[Pan left]')\nstudio",
    "hw.History()",
    "hw.Compare(['one.mp4', 'two.mp4'])",
    """\
from hailuo_widgets.jobs.services.connect import connections
library = connections().library
shas = [entry.row.clip_sha256 for entry in library.ledger.history.page()[0]]
hw.Strip([library.clip(sha, prompt="x", service="emulator") for sha in 2 * shas])""",
]
# Each would do something to a cell that is seen at once: text, cut, raw, delete, merge, insert, move,
# leave, paste, undo. With Ctrl too, and so while a person writes a prompt.
SHORTCUTS = [
    "x", "m", "a", "j", "b", "d", "d", "y", "z", "r", "v", "Shift+M", "ArrowDown", "ArrowUp",
    "Escape", "0", "0", "Control+Backspace", "Control+Shift+M", "Control+Shift+ArrowUp",
    "Control+Shift+ArrowDown",
]  # fmt: skip
# One control of each look: their letters all go the same way.
CONTROLS = """() => {
    const kinds = new Map();
    for (const each of document.querySelectorAll('.hw *')) {
        if (each.tabIndex < 0 || each.disabled || !each.checkVisibility({ visibilityProperty: true })) continue;
        const look = [each.tagName, each.type, each.getAttribute('role'), each.className].join(' ');
        if (!kinds.has(look)) kinds.set(look, each);
    }
    window.controls = [...kinds.values()];
    return [...kinds.keys()];
}"""
NOTEBOOK = """() => {
    const { model, activeCellIndex, mode } = window.jupyterapp.shell.currentWidget.content;
    const cells = Array.from(model.cells, cell => [cell.type, cell.id, cell.sharedModel.getSource()]);
    return JSON.stringify([cells, activeCellIndex, mode]);
}"""


@pytest.mark.parametrize("host", ["lab", "notebook"])
def test_no_control_of_a_widget_lets_a_letter_change_the_notebook(lab, host):
    opened = lab(*CELLS, run=False, host=host)
    page = opened.page
    folder = (opened.server.root / opened.path).parent
    Past(folder / "hailuo-library").job("a clip")
    (folder / "cat.jpg").write_bytes(samples.gradient(640, 360))
    for name in ("one", "two"):
        (folder / f"{name}.mp4").write_bytes(samples.clip(frames=8, width=64, height=36))
    opened.run_all()
    card = page.get_by_role("gridcell").get_by_role("button", name=re.compile("^Draft"))
    expect(card).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Move right"))).to_have_count(2)
    page.get_by_role("button", name="Start frame from an address").click()

    def typed_everywhere():
        looks = page.evaluate(CONTROLS)
        for number, look in enumerate(looks):
            # An earlier control's keys may have hidden this one.
            if not page.evaluate(
                "n => { window.controls[n].focus();"
                " return document.activeElement === window.controls[n]; }",
                number,
            ):
                continue
            before = page.evaluate(NOTEBOOK)
            for key in SHORTCUTS:
                page.keyboard.press(key)
            assert page.evaluate(NOTEBOOK) == before, look
        return looks

    looks = typed_everywhere()
    assert len(looks) > 25
    for part in ("hw-studio-prompt", "hw-well-drop", "hw-compare-line", "hw-strip-thumb"):
        assert part == "hw-compare-line" or any(part in look for look in looks), part
    # What is opened brings further controls.
    page.get_by_role("button", name="Wipe", exact=True).click()
    card.click()
    expect(page.get_by_role("textbox", name="Note", exact=True)).to_be_visible()
    assert any("hw-compare-line" in look for look in typed_everywhere())


@pytest.mark.parametrize("host", ["lab", "notebook"])
def test_a_widgets_own_keys_work_and_saving_is_the_notebooks(lab, host):
    opened = lab("import hailuo_widgets as hw\nhw.Compare(['one.mp4'])", run=False, host=host)
    page = opened.page
    folder = (opened.server.root / opened.path).parent
    (folder / "one.mp4").write_bytes(samples.clip(frames=8, width=64, height=36))
    opened.run_all()
    frame = page.get_by_role("group", name="Clips", exact=True)
    expect(page.get_by_text(re.compile(r"^frame \d/8$")).first).to_be_visible()
    frame.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("frame 2/8", exact=True)).to_be_visible()
    expect(frame).to_have_attribute("data-lm-suppress-shortcuts", "true")
    page.evaluate("window.jupyterapp.shell.currentWidget.content.model.setMetadata('was', 'saved')")
    page.keyboard.press("Control+s")
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    assert '"was": "saved"' in (opened.server.root / opened.path).read_text()
    page.locator(".jp-Cell .cm-content").first.click()
    expect(frame).not_to_have_attribute("data-lm-suppress-shortcuts", "true")
