"""The terminal's files and words: refused before anything is asked for, or a sentence."""

import os
import subprocess
import sys

import pytest

from tests.support.samples import gradient

pytestmark = pytest.mark.slow

LETTERS = "图库 é"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a picture, and a library in other letters that holds its draft."""
    folder = tmp_path_factory.mktemp("terminal")
    (folder / "frame.jpg").write_bytes(gradient(640, 360))
    (folder / "taken.mp4").write_text("mine")
    (folder / "folder.mp4").mkdir()
    assert run(folder).returncode == 0
    return folder


def run(folder, *arguments, before="", after="", **environment):
    """Run the program in a shell; what the shell adds stands before and after it."""
    command = [sys.executable, "-m", "hailuo_widgets", "frame.jpg", "static shot", *arguments]
    return subprocess.run(
        ["bash", "-c", f'{before} "$@" {after}', "bash", *command],
        cwd=folder,
        env={**os.environ, "HAILUO_LIBRARY": str(folder / LETTERS), **environment},
        capture_output=True,
        timeout=120,
        check=False,
    )


def said(done):
    assert b"Traceback" not in done.stderr
    return done.stderr.decode()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("shot.gif", "shot.gif would be one under another name. Nothing was sent. A small moving"),
        ("shot.mkv", "A clip is an .mp4 file; shot.mkv would be one under another name"),
        ("shot", "A clip is an .mp4 file; shot would be one"),
        ("shot.mp4.part", "A clip is an .mp4 file"),
        ("no/such/shot.mp4", "There is no folder “such”: make it first"),
        ("no\\shot.mp4", "There is no folder “no”: make it first"),
        ("taken.mp4/shot.mp4", "shot.mp4 could not be written: Not a directory"),
        ("/proc/shot.mp4", "shot.mp4 could not be written"),
        ("taken.mp4", "taken.mp4 exists already and is left as it is"),
        ("folder.mp4", "folder.mp4 is a folder; name the file in it"),
        ("no/such/look.webp", "There is no folder “such”: make it first"),
        (f"{'x' * 300}.mp4", "could not be written: File name too long"),
        ("a\x1b]52;c;aGk=\x07.mp4", "holds control characters. Nothing was sent."),
    ],
)
def test_a_name_that_cannot_be_written_is_refused_before_anything_is_asked_for(
    tmp_path, place, name, words
):
    (tmp_path / "frame.jpg").symlink_to(place / "frame.jpg")
    for here in ("taken.mp4", "folder.mp4"):
        (tmp_path / here).symlink_to(place / here)
    done = run(tmp_path, "-o", name)
    assert done.returncode == 1
    assert words in said(done)
    assert "\x1b" not in said(done)
    assert not (tmp_path / LETTERS).exists()  # not even a library


def test_a_disk_that_fills_up_is_a_sentence_that_says_where_the_clip_lies(place):
    done = run(place, "-o", "full.mp4", before="ulimit -f 100;")
    assert done.returncode == 1
    assert "full.mp4 could not be written: File too large" in said(done)
    assert f"safe in the library: {place / LETTERS / 'clips'}" in said(done)
    assert not (place / "full.mp4").exists()
    assert not list(place.glob(".*.part"))


@pytest.mark.parametrize("encoding", ["cp1252", "cp936", "ascii", "utf-8"])
def test_a_path_is_told_in_any_code_page(place, encoding):
    done = run(place, PYTHONIOENCODING=encoding)
    assert done.returncode == 0
    shown = str(place / LETTERS).encode(encoding, "backslashreplace")
    assert done.stdout.startswith(shown)
    assert done.stdout.strip().endswith(b".mp4")
    said_bytes = done.stderr
    assert b"Traceback" not in said_bytes


@pytest.mark.parametrize(
    "after",
    [
        "| true; exit ${PIPESTATUS[0]}",
        ">&-",
        ">&- 2>&-",
        "> /dev/full",
        "2>&1 | true; exit ${PIPESTATUS[0]}",
    ],
)
def test_nobody_who_reads_the_output_is_no_failure(place, after):
    done = run(place, after=after)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(b"Error") == 0


def test_a_name_in_quotes_and_other_letters_is_written_in_an_ascii_terminal(place):
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = run(place, "-o", '"出力 🎬.mp4"', **plain)
    assert done.returncode == 0, done.stderr
    assert (place / "出力 🎬.mp4").stat().st_size > 1000


@pytest.mark.parametrize("take", ["1.5", "²", "9" * 5000])
def test_a_take_that_is_none_is_told(place, take):
    done = run(place, f"--take={take}")
    assert done.returncode == 2
    assert 'is neither a number from 1 nor "another"' in said(done)
