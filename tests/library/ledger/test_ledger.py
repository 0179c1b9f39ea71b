"""The ledger: one row a take, money as arithmetic over rows, nothing lost by a death."""

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hailuo_widgets.errors import BudgetError, LibraryError
from hailuo_widgets.library.ledger.ledger import Failure, Ledger
from hailuo_widgets.library.ledger.states import COMMITTED, SPENT, JobState
from hailuo_widgets.media.clip import VideoFacts
from tests.support.library_factory import FREE, PRICE, begin
from tests.support.places import ROOT
from tests.support.samples import request

FACTS = VideoFacts(320, 180, 24.0, 0.5, 12, False)


@pytest.fixture
def ledger(tmp_path):
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    ledger.budget.set("wavespeed", Decimal("5.00"))
    yield ledger
    ledger.close()


def test_the_first_to_ask_carries_the_take(ledger):
    row, mine = begin(ledger)
    assert (row.state, row.holder, mine) == (JobState.INTENT, "me", True)


def test_the_same_take_asked_for_elsewhere_is_the_same_row_and_stays_there(ledger):
    first, _ = begin(ledger)
    second, mine = begin(ledger, holder="other", alive={"me"})
    assert (second.id, second.holder, mine) == (first.id, "me", False)


def test_another_take_is_another_row(ledger):
    assert begin(ledger)[0].id != begin(ledger, take=2)[0].id


def test_a_take_that_is_not_named_is_the_next_free_one(ledger):
    begin(ledger, take=3)
    assert [begin(ledger, take=None)[0].take for _ in range(2)] == [4, 5]
    assert begin(ledger, request("another"), take=None)[0].take == 1
    assert [row.take for row in ledger.jobs.takes("wavespeed", request().request_hash)] == [3, 4, 5]


def test_an_intent_taken_up_at_another_price_is_held_at_that_price(ledger):
    begin(ledger)
    row, mine = begin(ledger, price=Decimal("0.55"), holder="other")
    assert (row.price, mine) == (Decimal("0.55"), True)
    assert ledger.budget.read("wavespeed").committed == Decimal("0.55")


def test_an_intent_that_has_become_too_dear_stays_as_it_was(ledger):
    ledger.budget.set("wavespeed", Decimal("0.50"))
    first, _ = begin(ledger)
    ledger.transitions.release(first.id)
    with pytest.raises(BudgetError, match=r"\$0\.50 is left"):
        begin(ledger, price=Decimal("0.55"))
    assert ledger.jobs.row(first.id).price == PRICE
    assert begin(ledger)[1] is True


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
    ledger.transitions.advance(first.id, JobState.SENT)
    for holder in ("other", "third"):
        row, mine = begin(ledger, holder=holder)
        assert (row.state, mine) == (JobState.UNKNOWN, False)


@pytest.mark.parametrize("state", [JobState.ACCEPTED, JobState.PROCESSING, JobState.COMPLETED])
def test_an_accepted_job_of_a_dead_process_is_followed_under_its_id(ledger, state):
    first, _ = begin(ledger)
    ledger.transitions.advance(first.id, state, prediction_id="p1")
    row, mine = begin(ledger, holder="other")
    assert (row.state, row.prediction_id, mine) == (state, "p1", True)


@pytest.mark.parametrize(
    "state", [JobState.UNKNOWN, JobState.FAILED, JobState.CANCELLED, JobState.TIMEOUT]
)
def test_what_may_have_been_billed_is_never_begun_again(ledger, state):
    first, _ = begin(ledger)
    ledger.transitions.advance(first.id, state, failure=Failure("UnknownOutcomeError", "..."))
    row, mine = begin(ledger)
    assert (row.state, mine) == (state, False)


def test_a_refused_take_may_be_asked_for_again(ledger):
    first, _ = begin(ledger)
    ledger.transitions.advance(
        first.id, JobState.REFUSED, failure=Failure("RefusedError", "no", 400)
    )
    row, mine = begin(ledger)
    assert (row.id, row.state, row.error_kind, mine) == (first.id, JobState.INTENT, None, True)


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.UNKNOWN, JobState.DELETED])
def test_a_draft_that_came_to_nothing_is_begun_again(ledger, state):
    first, _ = begin(ledger, price=FREE)
    ledger.transitions.advance(first.id, state, prediction_id="p1")
    row, mine = begin(ledger, price=FREE)
    assert (row.state, row.prediction_id, mine) == (JobState.INTENT, None, True)


def test_a_clip_whose_file_is_gone_is_fetched_again_and_not_paid_again(ledger):
    first, _ = begin(ledger)
    ledger.transitions.advance(
        first.id, JobState.DOWNLOADED, prediction_id="p1", clip=("c" * 64, FACTS, 10)
    )
    ledger.transitions.release(first.id)
    assert begin(ledger, clips={"c" * 64})[1] is False
    row, mine = begin(ledger)
    assert (row.state, row.prediction_id, mine) == (JobState.COMPLETED, "p1", True)
    assert ledger.budget.read("wavespeed").spent == PRICE


def test_without_a_budget_nothing_paid_begins(tmp_path):
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    with pytest.raises(BudgetError, match="no budget was set"):
        begin(ledger)
    assert ledger.jobs.all() == []
    ledger.close()


def test_what_does_not_fit_the_budget_does_not_begin(ledger):
    ledger.budget.set("wavespeed", Decimal("0.98"))
    begin(ledger, take=1)
    begin(ledger, take=2)
    with pytest.raises(BudgetError, match=r"\$0\.00 is left"):
        begin(ledger, take=3)
    assert len(ledger.jobs.all()) == 2


def test_a_budget_below_what_is_used_is_refused_and_changes_nothing(ledger):
    begin(ledger)
    with pytest.raises(BudgetError, match="below what this library has already used"):
        ledger.budget.set("wavespeed", Decimal("0.48"))
    assert ledger.budget.read("wavespeed").amount == Decimal("5.00")


def test_a_state_is_spent_committed_or_free(ledger):
    row, _ = begin(ledger)
    for state in JobState:
        ledger.transitions.advance(row.id, state, prediction_id="p1")
        budget = ledger.budget.read("wavespeed")
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
    kernels["a"].budget.set("wavespeed", Decimal(cents) / 100)
    for (take, name), end in zip(asks, ends, strict=False):
        try:
            row, mine = begin(kernels[name], wanted, take, holder=name, alive={"a", "b"})
        except BudgetError:
            continue
        if mine:
            kernels[name].transitions.advance(row.id, end)
        budget = kernels["a"].budget.read("wavespeed")
        assert budget.spent + budget.committed <= budget.amount
    for ledger in kernels.values():
        ledger.close()


def test_every_change_of_state_is_written_down_with_its_time(ledger, tmp_path):
    row, _ = begin(ledger)
    ledger.transitions.advance(row.id, JobState.SENT)
    ledger.transitions.advance(row.id, JobState.ACCEPTED, prediction_id="p1")
    with sqlite3.connect(tmp_path / "ledger.sqlite3") as reader:
        found = reader.execute("SELECT state, at FROM transitions ORDER BY rowid").fetchall()
    reader.close()
    assert [state for state, _ in found] == ["intent", "sent", "accepted"]
    assert sorted(at for _, at in found) == [at for _, at in found]


def test_a_damaged_ledger_is_told_in_a_sentence(tmp_path):
    path = tmp_path / "ledger.sqlite3"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(LibraryError, match="it is damaged"):
        Ledger(path)


def test_a_ledger_survives_being_closed_and_opened(tmp_path):
    path = tmp_path / "ledger.sqlite3"
    first = Ledger(path)
    first.budget.set("wavespeed", Decimal(5))
    row, _ = begin(first)
    first.transitions.advance(row.id, JobState.ACCEPTED, prediction_id="p1")
    first.close()
    again = Ledger(path)
    assert again.jobs.row(row.id).prediction_id == "p1"
    again.close()


# -- from one process to another ----------------------------------------------------------


def take_up(ledger, row, holder="other", alive=("other",)):
    return ledger.transitions.take_up(row.id, holder=holder, is_alive=lambda name: name in alive)


def test_what_has_not_ended_can_be_resumed_oldest_first(ledger):
    ledger.budget.set("wavespeed", Decimal(50))
    rows = {state: begin(ledger, take=None)[0].id for state in JobState}
    for state, job in rows.items():
        ledger.transitions.advance(job, state)
    going_on = [job for state, job in rows.items() if not state.final]
    assert [row.id for row in ledger.jobs.resumable("wavespeed")] == going_on
    assert [row.id for row in ledger.jobs.resumable()] == going_on
    assert ledger.jobs.resumable("emulator") == []
    assert [row.id for row in ledger.jobs.unknown("wavespeed")] == [rows[JobState.UNKNOWN]]
    assert {row.id for row in ledger.jobs.rows(rows.values())} == set(rows.values())


@pytest.mark.parametrize("state", [each for each in JobState if not each.final])
def test_a_job_of_a_dead_process_is_leased_where_it_stands(ledger, state):
    first, _ = begin(ledger)
    ledger.transitions.advance(first.id, state)
    row = take_up(ledger, first)
    stands = JobState.UNKNOWN if state is JobState.SENT else state
    assert (row.state, row.holder) == (stands, "other")
    assert take_up(ledger, first, holder="third") is None


def test_a_job_of_a_living_process_is_nobody_elses_and_not_leased_twice(ledger):
    first, _ = begin(ledger)
    ledger.transitions.advance(first.id, JobState.SENT)
    assert take_up(ledger, first, alive={"me", "other"}) is None
    assert take_up(ledger, first, holder="me", alive={"me"}) is None
    assert ledger.jobs.row(first.id).state is JobState.SENT


@pytest.mark.parametrize("state", [each for each in JobState if each.final])
def test_a_job_that_has_ended_is_not_leased_but_an_unknown_one_is(ledger, state):
    first, _ = begin(ledger)
    ledger.transitions.advance(first.id, state)
    ledger.transitions.release(first.id)
    leased = take_up(ledger, first)
    assert (leased is not None) == (state is JobState.UNKNOWN)


# -- a person's word ----------------------------------------------------------------------


def unknown(ledger, **asked):
    row, _ = begin(ledger, **asked)
    ledger.transitions.advance(row.id, JobState.SENT)
    ledger.transitions.advance(
        row.id, JobState.UNKNOWN, failure=Failure("UnknownOutcomeError", "lost")
    )
    ledger.transitions.release(row.id)
    return row


def test_an_unknown_outcome_is_adopted_with_a_prediction(ledger):
    job = unknown(ledger)
    row = ledger.transitions.adopt(job.id, "p7", holder="me")
    assert (row.state, row.prediction_id, row.holder, row.error_kind) == (
        JobState.ACCEPTED,
        "p7",
        "me",
        None,
    )
    assert ledger.jobs.predictions("wavespeed") == {"p7": job.id}
    assert ledger.budget.read("wavespeed").spent == PRICE


def test_one_prediction_is_adopted_once(ledger):
    first, second = unknown(ledger, take=1), unknown(ledger, take=2)
    ledger.transitions.adopt(first.id, "p7", holder="me")
    with pytest.raises(LibraryError, match=f"belongs to job {first.id}"):
        ledger.transitions.adopt(second.id, "p7", holder="me")
    with pytest.raises(LibraryError, match="not unknown any more: it is accepted"):
        ledger.transitions.adopt(first.id, "p8", holder="other")
    assert ledger.jobs.row(second.id).state is JobState.UNKNOWN


@pytest.mark.parametrize("got", [JobState.ACCEPTED, JobState.COMPLETED, JobState.DOWNLOADED])
def test_the_services_own_answer_wins_over_an_adoption(ledger, got):
    lost = unknown(ledger, take=1)
    waiting, _ = begin(ledger, take=2)
    ledger.transitions.advance(waiting.id, JobState.SENT)
    ledger.transitions.adopt(lost.id, "p7", holder="other")
    clip = ("c" * 64, FACTS, 10) if got is JobState.DOWNLOADED else None
    ledger.transitions.advance(lost.id, got, clip=clip)
    ledger.transitions.advance(waiting.id, JobState.ACCEPTED, prediction_id="p7")
    assert ledger.jobs.predictions("wavespeed") == {"p7": waiting.id}
    row = ledger.jobs.row(lost.id)
    assert (row.state, row.prediction_id, row.clip_sha256) == (JobState.UNKNOWN, None, None)
    assert "has turned out to be job" in row.error_message
    budget = ledger.budget.read("wavespeed")
    assert (budget.spent, budget.committed) == (PRICE, PRICE)
    with pytest.raises(LibraryError, match="unknown again"):
        ledger.transitions.advance(lost.id, JobState.DOWNLOADED, clip=("c" * 64, FACTS, 10))
    assert ledger.jobs.row(lost.id).state is JobState.UNKNOWN


def test_a_prediction_that_the_service_gave_two_jobs_stays_with_the_first(ledger):
    first, second = begin(ledger, take=1)[0], begin(ledger, take=2)[0]
    ledger.transitions.advance(first.id, JobState.ACCEPTED, prediction_id="p7")
    ledger.transitions.advance(second.id, JobState.SENT)
    with pytest.raises(LibraryError, match="UNIQUE"):
        ledger.transitions.advance(second.id, JobState.ACCEPTED, prediction_id="p7")
    assert ledger.jobs.predictions("wavespeed") == {"p7": first.id}
    assert ledger.jobs.row(second.id).state is JobState.SENT


def test_what_was_never_sent_can_be_withdrawn_and_asked_for_again(ledger):
    first, _ = begin(ledger)
    row = ledger.transitions.withdraw(first.id)
    assert (row.state, row.holder) == (JobState.REFUSED, None)
    assert ledger.jobs.transitions(first.id)[-1].detail == "withdrawn by you, never sent"
    assert ledger.budget.read("wavespeed").committed == 0
    row, mine = begin(ledger)
    assert (row.id, row.state, row.error_message, mine) == (first.id, JobState.INTENT, None, True)


@pytest.mark.parametrize("state", [each for each in JobState if each is not JobState.INTENT])
def test_what_was_sent_cannot_be_withdrawn(ledger, state):
    first, _ = begin(ledger)
    ledger.transitions.advance(first.id, state)
    with pytest.raises(LibraryError, match="cannot be withdrawn"):
        ledger.transitions.withdraw(first.id)
    assert ledger.jobs.row(first.id).state is state


@pytest.mark.parametrize("state", [each for each in JobState if each is not JobState.UNKNOWN])
def test_only_what_is_unknown_can_be_written_off(ledger, state):
    first, _ = begin(ledger)
    ledger.transitions.advance(first.id, state)
    with pytest.raises(LibraryError, match="cannot be written off"):
        ledger.transitions.write_off(first.id)
    assert ledger.jobs.row(first.id).state is state


def test_what_was_written_off_is_free_money_and_never_sent_again_as_this_take(ledger):
    job = unknown(ledger)
    ledger.transitions.write_off(job.id)
    assert ledger.budget.read("wavespeed").committed == 0
    row, mine = begin(ledger)
    assert (row.id, row.state, row.error_kind, mine) == (
        job.id,
        JobState.REFUSED,
        "UnknownOutcomeError",
        False,
    )
    assert begin(ledger, take=None)[0].take == 2


def test_what_was_written_off_and_charged_after_all_can_be_adopted(ledger):
    job = unknown(ledger)
    ledger.transitions.write_off(job.id)
    row = ledger.transitions.adopt(job.id, "p7", holder="me")
    assert (row.state, row.written_off) == (JobState.ACCEPTED, False)
    assert ledger.budget.read("wavespeed").spent == PRICE


# -- refunds ------------------------------------------------------------------------------


def test_a_refund_is_money_to_spend_again(ledger):
    ledger.budget.set("wavespeed", PRICE)
    first, _ = begin(ledger)
    ledger.transitions.advance(first.id, JobState.FAILED, prediction_id="p1")
    for _ in range(2):
        assert ledger.budget.record_refund("wavespeed", "p1", PRICE)
    budget = ledger.budget.read("wavespeed")
    assert (budget.spent, budget.refunded, budget.left) == (0, PRICE, PRICE)
    assert ledger.jobs.row(first.id).refunded == PRICE
    assert begin(ledger, take=2)[1] is True


def test_a_refund_of_what_this_library_never_asked_for_changes_nothing(ledger):
    assert ledger.budget.record_refund("wavespeed", "foreign", PRICE) is False
    assert ledger.budget.read("wavespeed").left == Decimal(5)


def test_more_than_its_price_is_never_counted_back(ledger):
    first, _ = begin(ledger)
    ledger.transitions.advance(first.id, JobState.FAILED, prediction_id="p1")
    ledger.budget.record_refund("wavespeed", "p1", Decimal(3))
    budget = ledger.budget.read("wavespeed")
    assert (budget.spent, budget.refunded, budget.left) == (0, PRICE, Decimal(5))


@pytest.mark.parametrize("total", [Decimal("-0.01"), Decimal("NaN"), Decimal("Infinity")])
def test_a_refund_that_is_no_amount_is_refused(ledger, total):
    with pytest.raises(LibraryError, match="makes no sense"):
        ledger.budget.record_refund("wavespeed", "p1", total)


# -- what was learned ---------------------------------------------------------------------


def test_durations_are_those_that_one_process_followed_to_the_end(tmp_path):
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    ledger = Ledger(tmp_path / "ledger.sqlite3", now=lambda: now[0])

    def run(seconds, lag, between=lambda _: None):
        row, _ = begin(ledger, take=None, price=FREE)
        ledger.transitions.advance(row.id, JobState.ACCEPTED, prediction_id=f"p{row.id}")
        now[0] += timedelta(seconds=seconds)
        between(row)
        ledger.transitions.advance(row.id, JobState.COMPLETED)
        ledger.transitions.add_polls(row.id, 3, lag)

    run(40, 4.0)
    run(
        9000,
        None,
        lambda row: ledger.transitions.take_up(row.id, holder="b", is_alive=lambda _: False),
    )
    run(-30, 1.0)
    run(60, None)
    assert ledger.jobs.seconds_taken("emulator") == [60.0, 38.0]
    assert ledger.jobs.seconds_taken("emulator", limit=1) == [60.0]
    assert ledger.jobs.seconds_taken("wavespeed") == []
    ledger.close()


def test_questions_add_up_and_the_lag_is_the_last_one_known(ledger):
    row, _ = begin(ledger)
    ledger.transitions.add_polls(row.id, 4, 2.5)
    ledger.transitions.add_polls(row.id, 1, None)
    found = ledger.jobs.row(row.id)
    assert (found.questions, found.lag_seconds) == (5, 2.5)


def test_the_request_can_be_read_back(ledger):
    wanted = request("[Pan left]", enable_prompt_expansion=False)
    row, _ = begin(ledger, wanted)
    asked = ledger.contents.request(row.request_hash)
    assert (asked.prompt, asked.image, asked.end_image, asked.enable_prompt_expansion) == (
        "[Pan left]",
        wanted.image.sha256,
        None,
        False,
    )
    with pytest.raises(LibraryError, match="does not hold the request"):
        ledger.contents.request("0" * 64)


# -- a full disk --------------------------------------------------------------------------

FULL_DISK = """
import resource, signal, sys
from decimal import Decimal
from pathlib import Path
from hailuo_widgets.errors import LibraryError
from hailuo_widgets.library.ledger.ledger import Ledger
from hailuo_widgets.library.ledger.states import JobState
from tests.support.samples import request

wanted = request()
ledger = Ledger(Path(sys.argv[1]))
ledger.budget.set("wavespeed", Decimal(50))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
told = 0
try:
    for take in range(40):
        row, mine = ledger.begin("wavespeed", wanted, take + 1, Decimal("0.49"), holder="me",
                                 is_alive=lambda _: True, has_clip=lambda _: True)
        print("begun", row.id, flush=True)
        ledger.transitions.advance(row.id, JobState.SENT)
        print("sent", row.id, flush=True)
except LibraryError as error:
    assert "the disk is full or failing" in str(error), error
    told = 1
print("told", told)
"""


@pytest.mark.parametrize("room", [150_000, 163_000, 200_000, 290_000])
def test_on_a_full_disk_each_step_is_whole_or_not_there(tmp_path, room):
    path = tmp_path / "ledger.sqlite3"
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path), str(room)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    *steps, told = [tuple(line.split()) for line in done.stdout.splitlines()]
    assert told == ("told", "1")
    ledger = Ledger(path)
    begun = {int(job) for word, job in steps if word == "begun"}
    sent = {int(job) for word, job in steps if word == "sent"}
    assert {row.id for row in ledger.jobs.all()} == begun
    assert {row.id for row in ledger.jobs.all() if row.state is JobState.SENT} == sent
    assert ledger.budget.read("wavespeed").committed == PRICE * len(begun)
    assert ledger.contents.check_integrity() == []
    ledger.close()
