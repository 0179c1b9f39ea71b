"""Files that Jupyter's file browser names, as the kernel finds them: data, never an order."""

import json
import os
import subprocess
import sys

import pytest

from hailuo_widgets.errors import FrameError
from hailuo_widgets.widgets.frame_well.frame_well import FrameWell
from hailuo_widgets.widgets.shared.served import read_served
from tests.support.fake_page import Page
from tests.support.places import importing
from tests.support.samples import gradient


@pytest.fixture
def root(tmp_path, monkeypatch):
    """The root of a Jupyter server that started this kernel; the kernel stands beside a notebook."""
    root = tmp_path / "root"
    (root / "shots" / "one").mkdir(parents=True)
    (root / "cat.jpg").write_bytes(gradient(640, 360))
    (tmp_path / "secret.jpg").write_bytes(gradient(640, 360))
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    (runtime / "jpserver-4712.json").write_text(json.dumps({"root_dir": str(root)}))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("JPY_PARENT_PID", "4712")
    monkeypatch.chdir(root / "shots" / "one")
    return root


def test_a_dropped_path_becomes_the_frame(root):
    well = FrameWell()
    page = Page(well)
    (root / "shots" / "my café #1.jpg").write_bytes(gradient(640, 360))
    assert page.ask("path", path="shots/my café #1.jpg")[0]["ok"]
    page.wait_for(lambda: well.facts)
    assert well.facts["name"] == "my café #1.jpg"


@pytest.mark.parametrize("given", ["cat.jpg", "RTC:cat.jpg", "./cat.jpg"])
def test_paths_are_those_of_the_server_with_a_drive_or_without(root, given):
    assert read_served(given) == (gradient(640, 360), "cat.jpg")


def test_a_folder_with_a_colon_is_no_drive(root):
    (root / "C:colon;semi").mkdir()
    (root / "C:colon;semi" / "x.jpg").write_bytes(b"x")
    assert read_served("C:colon;semi/x.jpg") == (b"x", "x.jpg")


def test_without_a_known_root_the_folders_above_the_notebook_are_tried(root, monkeypatch):
    monkeypatch.delenv("JPY_PARENT_PID")
    assert read_served("cat.jpg")[1] == "cat.jpg"
    (root / "shots" / "two.jpg").write_bytes(b"2")
    assert read_served("shots/two.jpg") == (b"2", "two.jpg")


@pytest.mark.parametrize(
    "given",
    [
        "nowhere.jpg",
        "../secret.jpg",
        "shots/../../secret.jpg",
        "link.jpg",
        "..\\secret.jpg",
        "/etc/passwd",
        "",
        ".",
        "a\0b",
        "x" * 5000,
        "x" * 300,
        None,
        ["cat.jpg"],
        7,
        "pipe",
        "shots",
        "empty.jpg",
        "large.jpg",
        "RTC:",
        "\ud800.jpg",
    ],
    ids=lambda given: ascii(str(given))[:12],
)
def test_what_can_not_be_read_is_a_sentence_and_the_frame_is_kept(root, given):
    os.mkfifo(root / "pipe")
    (root / "link.jpg").symlink_to(root.parent / "secret.jpg")
    (root / "empty.jpg").touch()
    with (root / "large.jpg").open("wb") as file:
        file.truncate(60_000_001)
    with pytest.raises(FrameError) as refused:
        read_served(given)
    assert "secret" not in str(refused.value) or "secret" in str(given)
    well = FrameWell(root / "cat.jpg")
    fields, _ = Page(well).ask("path", path=given)
    assert fields["error"] == str(refused.value)
    assert well.frame is not None


def test_a_file_that_the_kernel_does_not_see_says_so(root):
    with pytest.raises(FrameError, match=r"kernel does not see “far\.jpg”.*another machine"):
        read_served("elsewhere/far.jpg")


def test_a_file_that_is_no_picture_is_said_to_be_none(root):
    (root / "notes.txt").write_text("<img src=x onerror=alert(1)>")
    well = FrameWell()
    page = Page(well)
    page.ask("path", path="notes.txt")
    page.wait_for(lambda: well.message)
    assert "notes.txt" in well.message
    assert well.frame is None


BARE = """
import sys
class Bare:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"jupyter_core", "jupyter_server", "jupyterlab", "pandas",
                                      "nbconvert", "nbformat", "jinja2", "bs4", "ipykernel"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Bare())
from tests.support import samples
from pathlib import Path
from hailuo_widgets.library.library import Library
from hailuo_widgets.widgets.player.player import Player
import tempfile
path = Path(tempfile.mkdtemp(), "x.mp4")
path.write_bytes(samples.clip(frames=8, width=64, height=36))
import hailuo_widgets as hw
compared = hw.Compare([path, path])
from tests.support.fake_page import Page
page = Page(compared)
page.wait_for(lambda: compared.cells[0]["facts"].get("sha256"))
fields, buffers = page.ask("piece", cell=compared.cells[0]["id"], offset=0, length=99,
                                     sha256=compared.cells[0]["facts"]["sha256"])
print(compared.cells[0]["relpath"] == "", fields["ok"], len(bytes(buffers[0])))
"""


def test_a_clip_plays_in_pieces_where_only_the_declared_packages_are(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", BARE],
        capture_output=True,
        text=True,
        timeout=120,
        env=importing() | {"HAILUO_LIBRARY": str(tmp_path)},
        check=False,
    )
    assert (done.stdout.split(), done.stderr) == (["True", "True", "99"], "")
