"""One key through a whole paid run, and then everything that the run has left behind.

The paid service is played by the emulator, the notebook runs headless in a kernel of its own, and
whatever came of it is searched byte by byte, unpacked first where it is packed.
"""

import base64
import io
import re
import secrets
import shutil
import subprocess
import sys
import zipfile
import zlib

import nbformat
import pytest
from nbclient import NotebookClient

from hailuo_widgets.library.library import Library
from tests.support import samples
from tests.support.emulator_server import QuickRenderer, RunningEmulator

pytestmark = pytest.mark.long

SENTINEL = f"ws-{secrets.token_hex(20)}"

ESCAPES = ("%{:02x}", "%{:02X}", "&#{};", "&#x{:x};", "\\u{:04x}", "\\x{:02x}")

CELLS = [
    """
    import logging
    logging.basicConfig(level=logging.DEBUG, filename="log.txt")
    import hailuo_widgets as hw
    hw.connect("wavespeed", budget=1.50, base_url={url!r}, tier="ultra", confirm_above=2)
    """,
    "job = hw.generate('frame.jpg', 'slow push in')",
    "clip = job.wait()\nclip",
    "grid = hw.compare('frame.jpg', ['dawn light', 'storm light'])",
    "grid.wait()\ngrid",
    "hw.Strip(grid.clips)",
    "hw.Studio()",
    "hw.History()",
    "hw.reconcile()",
    # Things that go wrong, each with the traceback that a notebook shows.
    "hw.generate('frame.jpg', 'more than is left').wait()",
    "hw.connect('wavespeed', budget=2, base_url={url!r}, api_key={key!r} + chr(10))",
    "hw.generate('no-such-frame.jpg', 'x')",
    "from hailuo_widgets.jobs.services.connect import connections\nraise RuntimeError(vars(connections().paid))",
    """
    import glob
    def said(path):
        try:
            return open(path, 'rb').read()
        except OSError:
            return b''
    mark = {key!r}[3:20].encode()  # what is typed here is no secret that the kit has to keep
    [path for path in glob.glob('/proc/*/cmdline') if mark in said(path)]
    """,
    "clip.provenance()",
]


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    """The folder in which the run took place, and the notebook as it was saved."""
    home = tmp_path_factory.mktemp("sentinel")
    renderer = QuickRenderer(samples.clip(frames=16, width=64, height=36))
    running = type("Sealed", (RunningEmulator,), {"key": SENTINEL})(home / "service", renderer)
    folder = home / "work"
    folder.mkdir()
    (folder / "frame.jpg").write_bytes(samples.picture())
    sources = [
        "\n".join(line.removeprefix("    ") for line in cell.strip("\n").splitlines())
        for cell in CELLS
    ]
    wanted = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(source.replace("{url!r}", repr(running.url)).replace(
                "{key!r}", "os.environ['WAVESPEED_API_KEY']"))
            for source in ["import os", *sources]
        ]
    )  # fmt: skip
    patch = pytest.MonkeyPatch()
    patch.setenv("WAVESPEED_API_KEY", SENTINEL)
    patch.delenv("HAILUO_LIBRARY", raising=False)
    try:
        done = NotebookClient(
            wanted,
            timeout=120,
            kernel_name="python3",
            allow_errors=True,
            resources={"metadata": {"path": str(folder)}},
            store_widget_state=True,
        ).execute()
        nbformat.write(done, folder / "run.ipynb")
        for exporter in ("html", "markdown", "hailuo", "hailuo_pdf"):
            if exporter == "hailuo_pdf" and shutil.which("chromium") is None:
                continue
            command = [sys.executable, "-m", "nbconvert", "--to", exporter, "run.ipynb"]
            result = subprocess.run(command, cwd=folder, capture_output=True, check=True)
            (folder / f"{exporter}.log").write_bytes(result.stdout + result.stderr)
    finally:
        patch.undo()
        bill = running.bill()
        running.close()
    library = Library(folder / "hailuo-library")
    library.export([job.id for job in library.ledger.jobs.all()], folder / "export.zip")
    library.backup(folder / "home.zip")
    library.close()
    return folder, done, bill


def everything(folder):
    """Each file's bytes, and what is inside of it where it is packed; by name."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        data = path.read_bytes()
        yield path.name, data
        if path.suffix == ".zip":
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                for name in archive.namelist():
                    yield f"{path.name}/{name}", archive.read(name)
        if path.suffix == ".pdf":
            for found in re.finditer(rb"stream\r?\n(.*?)endstream", data, re.DOTALL):
                try:
                    yield f"{path.name} stream", zlib.decompress(found[1])
                except zlib.error:
                    continue


def test_the_run_was_a_real_one(left):
    """Paid clips came, and what was meant to fail failed: else the search below means little."""
    folder, done, bill = left
    assert list((folder / "hailuo-library" / "clips").glob("*.mp4"))
    assert bill["charged"] == "1.47"
    failed = [
        output["ename"]
        for cell in done.cells
        for output in cell.get("outputs", ())
        if output["output_type"] == "error"
    ]
    assert failed == ["BudgetError", "AuthError", "FrameError", "RuntimeError"]
    names = {name for name, _ in everything(folder)}
    assert {"run.ipynb", "run.html", "run.md", "log.txt", "ledger.sqlite3"} <= names
    assert "state" in str(done.metadata.get("widgets", ""))
    assert (folder / "log.txt").stat().st_size > 0


def test_no_command_line_held_the_key(left):
    _, done, _ = left
    answers = [
        output["data"]["text/plain"]
        for cell in done.cells
        if "cmdline" in cell.source
        for output in cell.outputs
    ]
    assert answers == ["[]"]


def test_nothing_that_was_left_behind_holds_the_key(left):
    folder, _, _ = left
    key = SENTINEL.encode()
    coded = [base64.b64encode(bytes(lead) + key)[4:-4] for lead in range(3)]
    secret = [key, key.hex().encode(), SENTINEL.encode("utf-16-le"), *coded]
    secret.append(key.hex().upper().encode())
    secret += ["".join(form.format(ord(each)) for each in SENTINEL).encode() for form in ESCAPES]
    searched = 0
    for name, data in everything(folder):
        searched += 1
        for form in secret:
            assert form not in data, name
    assert searched > 15
