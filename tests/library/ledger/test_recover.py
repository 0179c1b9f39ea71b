"""A damaged ledger: what can be read is kept, the file is left as it is, a person is told."""

import random
import shutil
import sqlite3
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.library.ledger.history import Filter
from hailuo_widgets.library.ledger.ledger import Ledger
from hailuo_widgets.library.ledger.recover import recover
from hailuo_widgets.library.ledger.states import JobState
from hailuo_widgets.request.video_request import VideoRequest
from tests.support import samples
from tests.support.library_factory import PRICE, begin

pytestmark = pytest.mark.slow

FRAME = Frame(samples.picture(), name="quay.jpg")
JOBS = 120
PAGE = 4096


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A ledger of some years, closed."""
    path = tmp_path_factory.mktemp("whole") / "ledger.sqlite3"
    ledger = Ledger(path)
    ledger._database.connection.execute("PRAGMA synchronous = OFF")
    ledger.budget.set("wavespeed", Decimal(1000))
    for number in range(JOBS):
        row, _ = begin(ledger, VideoRequest(FRAME, f"[Push in] {'slowly ' * 40}{number}"))
        ledger.transitions.advance(row.id, JobState.PROCESSING, prediction_id=f"p{number}")
        ledger.annotations.note(row.id, f"note {number}")
    ledger.annotations.tag(1, "hero")
    ledger.close()
    return path


@pytest.fixture
def damaged(whole, tmp_path):
    return shutil.copy(whole, tmp_path / "ledger.sqlite3")


def spoil(path, page, length=PAGE):
    with path.open("r+b") as file:
        file.seek(page * PAGE)
        file.write(random.Random(page).randbytes(length))


def pages_of(path, table):
    connection = sqlite3.connect(path)
    (root,) = connection.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)
    ).fetchone()
    connection.close()
    return root - 1


def read(path):
    ledger = Ledger(path)
    rows = {row.id: row for row in ledger.jobs.all()}
    entries, _ = ledger.history.page(limit=JOBS)
    found = ledger.history.page(Filter(words="note 7 push"))[1]
    spent = ledger.budget.read("wavespeed")
    ledger.close()
    return rows, entries, found, spent


def test_a_ledger_that_only_lost_its_budget_page_keeps_every_job(damaged):
    spoil(damaged, pages_of(damaged, "budgets"))
    saved = recover(damaged)
    assert saved == (damaged.with_name("ledger-salvaged.sqlite3"), JOBS)
    rows, entries, found, budget = read(saved.path)
    assert {row.price for row in rows.values()} == {PRICE}
    assert {row.prediction_id for row in rows.values()} == {f"p{n}" for n in range(JOBS)}
    assert (entries[0].image_name, entries[0].row.note) == ("quay.jpg", f"note {JOBS - 1}")
    assert found == sum("7" in str(number) for number in range(JOBS))
    assert budget is None


def test_a_damaged_page_takes_only_its_own_rows_along(damaged):
    whole_rows, *_ = read(damaged)
    lost = []
    for page in range(1, damaged.stat().st_size // PAGE):
        copy = shutil.copy(damaged, damaged.with_name(f"page-{page}.sqlite3"))
        spoil(copy, page)
        saved = recover(copy)
        jobs = 0 if saved is None else saved.jobs
        lost.append(JOBS - jobs)
        if saved is not None:
            rows, *_ = read(saved.path)
            for number, row in rows.items():
                assert row == whole_rows[number]
    # Only the page that leads to all rows of jobs, and two that describe the file, cost many.
    assert sum(each > JOBS // 4 for each in lost) <= 3
    assert sum(0 < each <= JOBS // 4 for each in lost) >= 3


@settings(max_examples=30)
@given(
    harm=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=600)),
        min_size=1,
        max_size=4,
    )
)
@example(harm=[(0.34375, b"\x80")])  # in the name of a column
def test_whatever_is_damaged_ends_in_a_sentence_or_in_a_ledger_that_works(
    whole, tmp_path_factory, harm
):
    path = shutil.copy(whole, tmp_path_factory.mktemp("library") / "ledger.sqlite3")
    with path.open("r+b") as file:
        for place, data in harm:
            file.seek(int(place * whole.stat().st_size))
            file.write(data)
    saved = recover(path)
    if saved is not None:
        rows, entries, *_ = read(saved.path)
        assert len(rows) == saved.jobs == len(entries)


def test_a_person_is_told_what_was_saved_and_the_damaged_file_stays(damaged):
    spoil(damaged, pages_of(damaged, "jobs"), 64)
    before = damaged.read_bytes()
    ledger = Ledger(damaged)
    with pytest.raises(LibraryError, match=r"it is damaged.*nothing was sent") as told:
        ledger.jobs.all()
    ledger.close()
    assert damaged.read_bytes() == before
    assert str(damaged.parent.parent) not in str(told.value)


def test_what_is_told_to_do_brings_the_library_back(damaged):
    spoil(damaged, pages_of(damaged, "transitions"))
    ledger = Ledger(damaged)
    with pytest.raises(LibraryError, match=r"120 jobs with their money, is in ledger-salvaged"):
        ledger.jobs.transitions(1)
    with pytest.raises(LibraryError, match=r"120 jobs with their money"):
        begin(ledger, take=9)
    ledger.close()
    for path in damaged.parent.glob("ledger.sqlite3*"):
        path.rename(path.with_name(f"old-{path.name}"))
    saved = damaged.with_name("ledger-salvaged.sqlite3")
    saved.rename(damaged)
    again = Ledger(damaged)
    assert len(again.jobs.all()) == JOBS
    again.budget.set("wavespeed", Decimal(1000))
    assert again.budget.read("wavespeed").spent == PRICE * JOBS
    assert begin(again, VideoRequest(FRAME, "after"))[1] is True
    again.close()


@pytest.mark.parametrize("data", [b"this is no database" * 300, b"SQLite format 3\x00" + bytes(9)])
def test_a_file_that_is_no_ledger_is_told_and_nothing_is_written(tmp_path, data):
    path = tmp_path / "ledger.sqlite3"
    path.write_bytes(data)
    with pytest.raises(LibraryError, match=r"no job could be read.*Keep a copy"):
        Ledger(path)
    assert [each.name for each in tmp_path.iterdir()] == ["ledger.sqlite3"]
    assert path.read_bytes() == data
