"""What a press says while its kernel is busy, refuses or has ended, in widgets of all kinds."""

import contextlib
import os
import re
import signal
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support import samples
from tests.support.large_libraries import Past

pytestmark = pytest.mark.browser

WIDGETS = """\
import os
from pathlib import Path
import hailuo_widgets as hw
from hailuo_widgets.jobs.services.connect import connections
Path("pid").write_text(str(os.getpid()))
library = connections().library
shas = [entry.row.clip_sha256 for entry in library.ledger.history.page()[0]]
strip = hw.Strip([library.clip(sha, prompt="x", service="emulator") for sha in 2 * shas])
"""
CELLS = [
    # In one cell: JupyterLab draws only cells that are near.
    f"""{WIDGETS}
display(hw.Studio("cat.jpg", "[Pan left]"), hw.Compare(["one.mp4", "two.mp4"]), hw.History(), strip)
""",
    # Nothing of this kernel answers until it is told to go on.
    "import signal\nos.kill(os.getpid(), signal.SIGSTOP)",
]
BUSY = re.compile("The kernel has not answered yet: it is busy with a cell")
ENDED = re.compile("The kernel that drew this has ended. Run its cell again")


@pytest.fixture
def desk(lab):
    opened = lab(*CELLS, run=False, size=(1280, 2400))
    folder = (opened.server.root / opened.path).parent
    Past(folder / "hailuo-library").job("a clip")
    (folder / "cat.jpg").write_bytes(samples.gradient(640, 360))
    for name in ("one", "two"):
        (folder / f"{name}.mp4").write_bytes(samples.clip(frames=8, width=64, height=36))
    opened.run_cell(0)
    yield opened
    # A test that failed midway leaves it stopped; one that has restarted it, gone.
    with contextlib.suppress(ProcessLookupError):
        os.kill(kernel(opened), signal.SIGCONT)


def kernel(opened):
    """The kernel's process, as it has written it down."""
    return int((opened.server.root / opened.path).with_name("pid").read_text())


def stop(opened):
    """Run the cell that stops the kernel; what its state is then, it cannot say itself."""
    opened.start_cell(1)
    stat = Path(f"/proc/{kernel(opened)}/stat")
    while stat.read_text().rpartition(")")[2].split()[0] != "T":
        opened.page.wait_for_timeout(20)


def controls(page):
    """One button of each widget, with the widget that it belongs to."""
    studio = page.get_by_role("group", name="Studio", exact=True)
    history = page.get_by_role("group", name="History", exact=True)
    compare = page.get_by_role("group", name="Comparison", exact=True)
    strip = page.get_by_role("group", name="Strip of clips")
    return [
        (studio, studio.get_by_role("button", name="Remove start frame")),
        # Its words change while it is made.
        (compare, compare.locator("button.hw-compare-film")),
        (history, history.get_by_role("gridcell").get_by_role("button", name="Star", exact=True)),
        (strip, strip.get_by_role("button", name=re.compile("^Next shot")).first),
    ]


def test_a_busy_kernel_is_said_at_each_control_and_what_was_asked_for_happens(desk):
    page = desk.page
    pressed = controls(page)
    for _, control in pressed:
        expect(control).to_be_visible()
    stop(desk)
    with page.expect_download() as film:
        for widget, control in pressed:
            control.press("Enter")
            told = widget.get_by_role("status").get_by_text(BUSY)
            expect(told.first).to_be_visible()
            expect(control).to_have_attribute("aria-busy", "true")
            expect(control).to_be_focused()
            expect(control).not_to_have_attribute("disabled", "")
        # A second press asks nothing more, and takes nothing back.
        pressed[3][1].press("Enter")
        # What a person looks for is waited for too.
        history = pressed[2][0]
        history.get_by_role("searchbox").fill("clip")
        os.kill(kernel(desk), signal.SIGCONT)
    assert film.value.suggested_filename.endswith(".mp4")
    expect(page.get_by_text(BUSY)).to_have_count(0)
    expect(page.locator(".hw [aria-busy]")).to_have_count(0)
    expect(pressed[0][0].get_by_text("A start frame is needed first.").first).to_be_visible()
    expect(pressed[2][1]).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("region", name="Studio for the next shot")).to_be_visible()
    assert desk.errors == []


def test_a_kernel_that_has_ended_is_said_at_each_control(desk):
    page = desk.page
    pressed = controls(page)
    expect(pressed[3][1]).to_be_visible()
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    for widget, control in pressed:
        control.press("Enter")
        expect(widget.get_by_role("alert").get_by_text(ENDED).first).to_be_visible()
        expect(control).not_to_have_attribute("aria-busy", "true")
        expect(control).to_be_focused()
    assert desk.errors == []
