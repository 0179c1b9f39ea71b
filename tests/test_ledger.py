"""The ledger: one row a take, money as arithmetic over rows, nothing lost by a death."""

import sqlite3
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hailuo_widgets.errors import BudgetError, LibraryError
from hailuo_widgets.library import migrations
from hailuo_widgets.library.ledger import Failure, Ledger
from hailuo_widgets.library.states import COMMITTED, SPENT, JobState
from samples import request

PRICE = Decimal("0.49")
FREE = Decimal("0.00")


@pytest.fixture
def ledger(tmp_path):
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    ledger.set_budget("wavespeed", Decimal("5.00"))
    yield ledger
    ledger.close()


def begin(ledger, wanted=None, take=1, price=PRICE, holder="me", alive=(), clips=()):
    return ledger.begin(
        "wavespeed" if price else "emulator",
        wanted or request(),
        take,
        price,
        holder=holder,
        is_alive=lambda name: name in alive,
        has_clip=lambda sha256: sha256 in clips,
    )


def test_the_first_to_ask_carries_the_take(ledger):
    row, mine = begin(ledger)
    assert (row.state, row.holder, mine) == (JobState.INTENT, "me", True)


def test_the_same_take_asked_for_elsewhere_is_the_same_row_and_stays_there(ledger):
    first, _ = begin(ledger)
    second, mine = begin(ledger, holder="other", alive={"me"})
    assert (second.id, second.holder, mine) == (first.id, "me", False)


def test_another_take_is_another_row(ledger):
    assert begin(ledger)[0].id != begin(ledger, take=2)[0].id


def test_the_schema_itself_forbids_a_second_row_of_one_take(ledger, tmp_path):
    begin(ledger)
    other = sqlite3.connect(tmp_path / "ledger.sqlite3")
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        other.execute(
            "INSERT INTO jobs (service, request_hash, take, state, price_micros, asked_at)"
            " SELECT service, request_hash, take, state, price_micros, asked_at FROM jobs"
        )
    other.close()


def test_an_intent_of_a_dead_process_is_taken_up(ledger):
    begin(ledger)
    row, mine = begin(ledger, holder="other")
    assert (row.holder, mine) == ("other", True)


def test_a_process_that_died_while_sending_leaves_unknown_and_nobody_sends_again(ledger):
    first, _ = begin(ledger)
    ledger.advance(first.id, JobState.SENT)
    for holder in ("other", "third"):
        row, mine = begin(ledger, holder=holder)
        assert (row.state, mine) == (JobState.UNKNOWN, False)


@pytest.mark.parametrize("state", [JobState.ACCEPTED, JobState.PROCESSING, JobState.COMPLETED])
def test_an_accepted_job_of_a_dead_process_is_followed_under_its_id(ledger, state):
    first, _ = begin(ledger)
    ledger.advance(first.id, state, prediction_id="p1")
    row, mine = begin(ledger, holder="other")
    assert (row.state, row.prediction_id, mine) == (state, "p1", True)


@pytest.mark.parametrize(
    "state", [JobState.UNKNOWN, JobState.FAILED, JobState.CANCELLED, JobState.TIMEOUT]
)
def test_what_may_have_been_billed_is_never_begun_again(ledger, state):
    first, _ = begin(ledger)
    ledger.advance(first.id, state, failure=Failure("UnknownOutcomeError", "..."))
    row, mine = begin(ledger)
    assert (row.state, mine) == (state, False)


def test_a_refused_take_may_be_asked_for_again(ledger):
    first, _ = begin(ledger)
    ledger.advance(first.id, JobState.REFUSED, failure=Failure("RefusedError", "no", 400))
    row, mine = begin(ledger)
    assert (row.id, row.state, row.error_kind, mine) == (first.id, JobState.INTENT, None, True)


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.UNKNOWN, JobState.DELETED])
def test_a_draft_that_came_to_nothing_is_begun_again(ledger, state):
    first, _ = begin(ledger, price=FREE)
    ledger.advance(first.id, state, prediction_id="p1")
    row, mine = begin(ledger, price=FREE)
    assert (row.state, row.prediction_id, mine) == (JobState.INTENT, None, True)


def test_a_clip_whose_file_is_gone_is_fetched_again_and_not_paid_again(ledger):
    first, _ = begin(ledger)
    facts = type("Facts", (), {"width": 1, "height": 1, "fps": 1, "duration": 1, "frame_count": 1,
                               "draft": False})  # fmt: skip
    ledger.advance(first.id, JobState.DOWNLOADED, prediction_id="p1", clip=("c" * 64, facts, 10))
    ledger.release(first.id)
    assert begin(ledger, clips={"c" * 64})[1] is False
    row, mine = begin(ledger)
    assert (row.state, row.prediction_id, mine) == (JobState.COMPLETED, "p1", True)
    assert ledger.budget("wavespeed").spent == PRICE


def test_without_a_budget_nothing_paid_begins(tmp_path):
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    with pytest.raises(BudgetError, match="no budget was set"):
        begin(ledger)
    assert ledger.jobs() == []
    ledger.close()


def test_what_does_not_fit_the_budget_does_not_begin(ledger):
    ledger.set_budget("wavespeed", Decimal("0.98"))
    begin(ledger, take=1)
    begin(ledger, take=2)
    with pytest.raises(BudgetError, match=r"\$0\.00 is left"):
        begin(ledger, take=3)
    assert len(ledger.jobs()) == 2


def test_a_budget_below_what_is_used_is_refused_and_changes_nothing(ledger):
    begin(ledger)
    with pytest.raises(BudgetError, match="below what this library has already used"):
        ledger.set_budget("wavespeed", Decimal("0.48"))
    assert ledger.budget("wavespeed").amount == Decimal("5.00")


def test_a_state_is_spent_committed_or_free(ledger):
    row, _ = begin(ledger)
    for state in JobState:
        ledger.advance(row.id, state)
        budget = ledger.budget("wavespeed")
        assert budget.spent == (PRICE if state in SPENT else 0)
        assert budget.committed == (PRICE if state in COMMITTED else 0)
        assert (state in SPENT, state in COMMITTED) != (True, True)


@settings(max_examples=30, deadline=None)
@given(
    cents=st.integers(0, 400),
    asks=st.lists(st.tuples(st.integers(1, 6), st.sampled_from(["a", "b"])), max_size=25),
    ends=st.lists(st.sampled_from(list(JobState)), min_size=25, max_size=25),
)
def test_two_kernels_together_never_pass_one_budget(tmp_path_factory, cents, asks, ends):
    path = tmp_path_factory.mktemp("library") / "ledger.sqlite3"
    kernels = {"a": Ledger(path), "b": Ledger(path)}
    wanted = request()
    kernels["a"].set_budget("wavespeed", Decimal(cents) / 100)
    for (take, name), end in zip(asks, ends, strict=False):
        try:
            row, mine = begin(kernels[name], wanted, take, holder=name, alive={"a", "b"})
        except BudgetError:
            continue
        if mine:
            kernels[name].advance(row.id, end)
        budget = kernels["a"].budget("wavespeed")
        assert budget.spent + budget.committed <= budget.amount
    for ledger in kernels.values():
        ledger.close()


def test_every_change_of_state_is_written_down_with_its_time(ledger, tmp_path):
    row, _ = begin(ledger)
    ledger.advance(row.id, JobState.SENT)
    ledger.advance(row.id, JobState.ACCEPTED, prediction_id="p1")
    with sqlite3.connect(tmp_path / "ledger.sqlite3") as reader:
        found = reader.execute("SELECT state, at FROM transitions ORDER BY rowid").fetchall()
    reader.close()
    assert [state for state, _ in found] == ["intent", "sent", "accepted"]
    assert sorted(at for _, at in found) == [at for _, at in found]


def test_a_ledger_by_a_newer_version_is_left_alone(tmp_path):
    path = tmp_path / "ledger.sqlite3"
    Ledger(path).close()
    with sqlite3.connect(path) as newer:
        newer.execute(f"PRAGMA user_version = {len(migrations.STEPS) + 1}")
    newer.close()
    with pytest.raises(LibraryError, match="newer version"):
        Ledger(path)


def test_a_damaged_ledger_is_told_in_a_sentence(tmp_path):
    path = tmp_path / "ledger.sqlite3"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(LibraryError, match="it is damaged"):
        Ledger(path)


def test_a_ledger_survives_being_closed_and_opened(tmp_path):
    path = tmp_path / "ledger.sqlite3"
    first = Ledger(path)
    first.set_budget("wavespeed", Decimal(5))
    row, _ = begin(first)
    first.advance(row.id, JobState.ACCEPTED, prediction_id="p1")
    first.close()
    again = Ledger(path)
    assert again.row(row.id).prediction_id == "p1"
    again.close()
