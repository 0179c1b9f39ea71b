"""Temporary folders: what a killed process left is gone after the next one has started."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from hailuo_widgets.files.atomic_write import new_file
from hailuo_widgets.library.library import Library

USE = """
import sys, os
from pathlib import Path
from hailuo_widgets.files import scratch
from hailuo_widgets.library.library import Library
if sys.argv[1] == "pack":
    folder = scratch.folder("export")
    Path(folder.name, "half.zip").write_bytes(b"half")
    print(folder.name, flush=True)
    sys.stdin.read()
else:
    Library(sys.argv[2]).close()
"""


@pytest.fixture
def place(tmp_path):
    (tmp_path / "tmp").mkdir()
    return os.environ | {"TMPDIR": str(tmp_path / "tmp")}


def packing(place):
    child = subprocess.Popen([sys.executable, "-c", USE, "pack"], env=place, text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    return child, Path(child.stdout.readline().strip())


def end(child):
    child.kill()
    child.wait()
    child.stdin.close()
    child.stdout.close()


def test_what_a_killed_packing_left_goes_at_the_next_start_and_nothing_else(place, tmp_path):
    (tmp_path / "tmp" / "hailuo-mine").mkdir()
    (tmp_path / "tmp" / "other").write_text("")
    dead, left = packing(place)
    living, busy = packing(place)
    own = left.parent / "my notes"
    own.mkdir()
    linked = left.parent / f"{'0' * 32}-export-x"
    linked.symlink_to(own)
    end(dead)
    assert (left / "half.zip").exists()
    subprocess.run([sys.executable, "-c", USE, "open", tmp_path / "library"], env=place, check=True)
    assert not left.exists()
    assert (busy / "half.zip").exists()
    assert own.is_dir()
    assert (tmp_path / "tmp" / "hailuo-mine").is_dir()
    assert (tmp_path / "tmp" / "other").exists()
    end(living)


def test_only_its_owner_may_look_into_it(place):
    child, folder = packing(place)
    assert folder.parent.stat().st_mode & 0o077 == 0
    end(child)


def grown_old(path, seconds):
    path.write_bytes(b"half")
    past = path.stat().st_mtime - seconds
    os.utime(path, (past, past))


def test_old_leftovers_go_and_young_ones_and_other_names_stay(tmp_path):
    library = Library(tmp_path / "library")
    old, young = (library.media.clips / f"incoming-{digit * 32}.part" for digit in "ab")
    named = library.media.clips / "incoming-mine.part"
    probe = library.path / f".hailuo-probe-{'c' * 32}"
    for path in (old, named, probe):
        grown_old(path, 3 * 24 * 3600)
    young.write_bytes(b"half")
    library.close()
    Library(library.path).close()
    assert [path.exists() for path in (old, young, named, probe)] == [False, True, True, False]


def test_half_a_zip_that_was_left_goes_when_the_next_one_is_packed(tmp_path):
    old, mine = tmp_path / f".hailuo-{'a' * 32}.part", tmp_path / ".mine.part"
    for path in (old, mine):
        grown_old(path, 7200)
    with new_file(tmp_path / "out.zip", ".zip") as part:
        part.write_bytes(b"whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".mine.part", "out.zip"]


def test_without_a_folder_of_its_own_it_still_packs(tmp_path, place):
    Path(place["TMPDIR"], f"hailuo-{os.getuid()}").write_text("in the way")
    child, folder = packing(place)
    assert folder.is_dir()
    assert folder.is_relative_to(place["TMPDIR"])
    end(child)
    assert tempfile.gettempdir()
