"""Verifying a library: every harm is found and named, and nothing is changed."""

import os
import sqlite3
import time

import pytest

from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.library.library import Library
from hailuo_widgets.request.video_request import VideoRequest
from tests.support import samples
from tests.support.library_factory import begin, finished

END = Frame(samples.gradient(), name="dusk.jpg")
WANTED = VideoRequest(Frame(samples.picture(), name="quay.jpg"), "[Push in] at dawn", END)


@pytest.fixture
def library(tmp_path):
    library = Library(tmp_path / "library")
    library.ledger.budget.set("wavespeed", 5)
    library.job = finished(library, WANTED)
    yield library
    library.close()


def files(library):
    return {path: path.read_bytes() for path in library.path.rglob("*/*") if path.is_file()}


def grown_old(path, data=b"?"):
    path.write_bytes(data)
    past = time.time() - 2 * 3600
    os.utime(path, (past, past))


def flipped(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_a_whole_library_is_found_whole(library):
    found = library.verify()
    assert (found.ok, found.checked, found.problems) == (True, 4, ())
    assert str(found) == "4 frames, clips and requests checked: all is well."


def clip(library):
    return library.media.clip_path(library.job.clip_sha256)


def frame(library):
    return library.media.frame_path(END.sha256)


HARMS = {
    "clip missing": (lambda library: clip(library).unlink(), "The clip of job 1 is missing"),
    "clip damaged": (lambda library: flipped(clip(library)), "The clip of job 1 is damaged"),
    "clip cut off": (
        lambda library: os.truncate(clip(library), 99),
        "The clip of job 1 is damaged",
    ),
    "frame missing": (lambda library: frame(library).unlink(), "The frame “dusk.jpg” is missing"),
    "frame damaged": (lambda library: flipped(frame(library)), "The frame “dusk.jpg” is damaged"),
    "extra clip": (
        lambda library: grown_old(library.media.clips / "mine.mp4"),
        "The file clips/mine.mp4 belongs to nothing",
    ),
    "extra poster": (
        lambda library: grown_old(library.media.poster_path("0" * 64)),
        f"The file posters/{'0' * 64}.jpg belongs to nothing",
    ),
    "leftover": (
        lambda library: grown_old(library.media.clips / "incoming-1.part"),
        "The file clips/incoming-1.part is left of something that was interrupted",
    ),
}


@pytest.mark.parametrize("harm", HARMS)
def test_each_harm_is_named_in_one_sentence_and_nothing_is_changed(library, harm):
    do, sentence = HARMS[harm]
    do(library)
    before = files(library)
    found = library.verify()
    assert not found.ok
    assert len(found.problems) == 1
    assert found.problems[0].startswith(sentence)
    assert found.problems[0] in str(found)
    assert files(library) == before


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE requests SET prompt = 'cheaper'",
        "UPDATE requests SET enable_prompt_expansion = 0",
        "UPDATE requests SET end_image = NULL",
        "UPDATE requests SET image = end_image",
        f"UPDATE requests SET prompt = '{'x' * 2001}'",
    ],
)
def test_a_request_that_was_altered_in_the_ledger_is_found(library, change):
    with sqlite3.connect(library.path / "ledger.sqlite3") as editor:
        editor.execute(change)
    editor.close()
    found = library.verify()
    assert len(found.problems) == 1
    assert found.problems[0].startswith(f"The request {library.job.request_hash[:12]}…")


def test_rows_that_miss_their_request_are_found(library):
    with sqlite3.connect(library.path / "ledger.sqlite3") as editor:
        editor.execute("DELETE FROM requests")
    editor.close()
    assert library.verify().problems == ("The ledger is damaged: jobs without their requests.",)


def test_a_clip_that_a_person_deleted_is_not_missing(library):
    library.remove_clip(library.job.id)
    assert library.verify().ok


def test_what_is_on_its_way_in_is_no_problem(library):
    (library.media.clips / "incoming-2.part").write_bytes(b"half a cl")
    (library.media.clips / ".DS_Store").write_bytes(b"")
    row, _ = begin(library.ledger, WANTED, take=2)
    assert row.clip_sha256 is None
    assert library.verify().ok
