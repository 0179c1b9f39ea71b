"""Handing clips on: a zip that holds them and tells about them, and harms nobody who opens it."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hailuo_widgets.errors import InputError, LibraryError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.library import export_zip
from hailuo_widgets.library.library import Library
from hailuo_widgets.request.video_request import VideoRequest
from tests.support import samples
from tests.support.library_factory import FREE, begin, finished, full_disk

CLIP = samples.clip()


@pytest.fixture
def library(tmp_path):
    library = Library(tmp_path / "library", now=lambda: datetime(2026, 1, 2, 12, tzinfo=UTC))
    library.ledger.budget.set("wavespeed", 5)
    yield library
    library.close()


def wanted(prompt):
    return VideoRequest(Frame(samples.picture(), name="quay.jpg"), prompt)


def opened(path):
    """Names, JSON facts, CSV rows and the archive's bytes by name."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        held = {name: archive.read(name) for name in archive.namelist()}
    facts = json.loads(held["facts.json"])["jobs"]
    rows = list(csv.DictReader(io.StringIO(held["facts.csv"].decode("utf-8-sig"), newline="")))
    return facts, rows, held


def test_the_clips_are_in_it_as_they_are_with_their_facts_in_the_order_asked_for(library, tmp_path):
    first = finished(library, wanted("Slow push in, Zürich"), CLIP)
    second = finished(library, wanted("東京"), samples.clip(frames=9), price=FREE)
    library.ledger.annotations.tag(first.id, "hero")
    library.ledger.annotations.tag(first.id, "client")
    path = library.export([second.id, first.id], tmp_path / "out.zip")
    facts, rows, held = opened(path)
    assert [each["file"] for each in facts] == [
        "clips/00002-take-1.mp4",
        "clips/00001-slow-push-in-zurich-take-1.mp4",
    ]
    assert held[facts[1]["file"]] == CLIP
    assert facts[1] == {
        **facts[1],
        "prompt": "Slow push in, Zürich",
        "kind": "generation",
        "price_usd": "0.49",
        "image_name": "quay.jpg",
        "width": 320,
        "frames": 12,
        "tags": ["client", "hero"],
        "problem": "",
    }
    assert [(row["prompt"], row["tags"]) for row in rows] == [
        ("東京", ""),
        ("Slow push in, Zürich", "client; hero"),
    ]
    assert rows[0]["kind"] == "draft"


def test_a_job_without_a_whole_clip_is_told_about_and_lends_no_file(library, tmp_path):
    none, _ = begin(library.ledger, wanted("none"))
    missing = finished(library, wanted("missing"), samples.clip(frames=3))
    damaged = finished(library, wanted("damaged"), samples.clip(frames=4))
    deleted = finished(library, wanted("deleted"), samples.clip(frames=5))
    library.media.clip_path(missing.clip_sha256).unlink()
    library.media.clip_path(damaged.clip_sha256).write_bytes(b"something else")
    library.remove_clip(deleted.id)
    jobs = [none, missing, damaged, deleted]
    facts, _, held = opened(library.export([job.id for job in jobs], tmp_path / "out.zip"))
    assert [each["problem"] for each in facts] == [
        "there is no clip",
        "the file is missing",
        "the file is damaged",
        "you deleted the clip",
    ]
    assert [each["file"] for each in facts] == [""] * 4
    assert sorted(held) == ["facts.csv", "facts.json"]


@given(
    start=st.sampled_from(["=", "+", "-", "@", "\t=", " +", "\r\n@", "\uff1d"]),
    rest=st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
)
def test_no_cell_is_a_formula(start, rest):
    cell = export_zip._cell(start + rest)
    assert cell == f"'{start}{rest}"
    assert export_zip._cell([start + rest]).startswith("'")


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_other_cells_are_as_they_were(text):
    cell = export_zip._cell(f"x{text}")
    assert cell == f"x{text}"


@pytest.mark.parametrize("prompt", ['=HYPERLINK("http://x")', "+1", "-2+3", "@SUM(A1)"])
def test_a_prompt_a_note_and_a_tag_that_look_like_formulas_are_text(library, tmp_path, prompt):
    job = finished(library, wanted(prompt), CLIP)
    library.ledger.annotations.note(job.id, prompt)
    library.ledger.annotations.tag(job.id, prompt)
    facts, rows, _ = opened(library.export([job.id], tmp_path / "out.zip"))
    assert {rows[0][column] for column in ("prompt", "note", "tags")} == {f"'{prompt}"}
    assert facts[0]["prompt"] == prompt


@pytest.mark.parametrize("prompt", ["../../etc/passwd", "C:\\x|y:z*?", "x" * 2000, "", "\x00\n"])
def test_no_prompt_leads_a_file_name_out_of_the_folder(library, tmp_path, prompt):
    job = finished(library, wanted(prompt), CLIP)
    facts, _, _ = opened(library.export([job.id], tmp_path / "out.zip"))
    folder, name = facts[0]["file"].split("/")
    assert folder == "clips"
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    assert len(name) < 80


def test_no_path_of_this_machine_is_in_it(library, tmp_path):
    source = tmp_path / "mine.jpg"
    source.write_bytes(samples.picture())
    job = finished(library, VideoRequest(source, "push in"), CLIP)
    _, _, held = opened(library.export([job.id], tmp_path / "out.zip"))
    for name, data in held.items():
        assert str(tmp_path).encode() not in data, name


def test_a_file_that_exists_is_left_as_it_is(library, tmp_path):
    job = finished(library, wanted("x"), CLIP)
    path = tmp_path / "mine.zip"
    path.write_bytes(b"mine")
    with pytest.raises(InputError, match=r"mine\.zip exists already"):
        library.export([job.id], path)
    assert path.read_bytes() == b"mine"


def test_in_a_folder_it_gets_a_name_with_the_date(library, tmp_path):
    job = finished(library, wanted("x"), CLIP)
    path = library.export([job.id], tmp_path)
    assert path.name.startswith("hailuo-2026-01-0")
    assert path.suffix == ".zip"


@pytest.mark.parametrize("jobs", [[], [404]])
def test_nothing_chosen_is_told(library, tmp_path, jobs):
    with pytest.raises(InputError, match="nothing to export"):
        library.export(jobs, tmp_path / "out.zip")
    assert not (tmp_path / "out.zip").exists()


@pytest.mark.parametrize(
    "room",
    [0, 500, len(CLIP), len(CLIP) + 700],
    ids=["at once", "in the clip", "after the clip", "in the facts"],
)
def test_on_a_full_disk_it_is_not_there_at_all(library, tmp_path, room):
    job = finished(library, wanted("x"), CLIP)
    with pytest.raises(LibraryError, match=r"out\.zip could not be written"), full_disk(room):
        library.export([job.id], tmp_path / "out.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["library"]
    library.export([job.id], tmp_path / "out.zip")


def test_a_place_that_takes_no_file_is_told_and_nothing_is_left(library, tmp_path):
    job = finished(library, wanted("x"), CLIP)
    with pytest.raises(LibraryError, match=r"out\.zip could not be written: No such file"):
        library.export([job.id], tmp_path / "nowhere" / "out.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["library"]
