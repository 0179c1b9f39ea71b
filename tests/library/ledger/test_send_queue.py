"""Whose turn it is: kernels on one library keep one account's tier together."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.library.ledger.ledger import Ledger
from hailuo_widgets.library.ledger.states import JobState
from tests.support import samples
from tests.support.library_factory import FREE, begin

REQUEST = samples.request()
BRONZE = {"concurrent": 2, "per_minute": 2}


class Time:
    """A clock that goes on by being told."""

    def __init__(self):
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self):
        return self.now

    def go_on(self, seconds):
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def ledger(tmp_path, time):
    ledger = Ledger(tmp_path / "ledger.sqlite3", now=time)
    ledger.budget.set("wavespeed", 1000)
    yield ledger
    ledger.close()


def ask(ledger, holder="me"):
    return begin(ledger, REQUEST, take=None, holder=holder, alive={"me", "other"})[0].id


def turn(ledger, job_id, alive=("me", "other"), **limits):
    return ledger.queue.take_turn(
        job_id, is_alive=lambda name: name in alive, **{**BRONZE, **limits}
    )


def end(ledger, job_id):
    ledger.transitions.advance(job_id, JobState.DOWNLOADED)


def test_with_room_a_job_is_sent_by_the_very_question(ledger):
    job = ask(ledger)
    assert turn(ledger, job) == 0.0
    assert ledger.jobs.row(job).state is JobState.SENT


def test_no_more_than_the_tier_allows_are_in_flight(ledger):
    jobs = [ask(ledger) for _ in range(3)]
    waits = [turn(ledger, job, per_minute=9) for job in jobs]
    assert waits[:2] == [0.0, 0.0]
    assert 0 < waits[2] <= 10
    end(ledger, jobs[0])
    assert turn(ledger, jobs[2], per_minute=9) == 0.0


def test_no_more_than_the_tier_allows_are_sent_within_a_minute(ledger, time):
    jobs = [ask(ledger) for _ in range(3)]
    for job in jobs[:2]:
        turn(ledger, job)
        end(ledger, job)
        time.go_on(10)
    assert turn(ledger, jobs[2]) == 10.0
    time.go_on(39)
    assert turn(ledger, jobs[2]) == pytest.approx(2.0)
    time.go_on(2.1)
    assert turn(ledger, jobs[2]) == 0.0


def test_the_oldest_goes_first_whichever_kernel_asks_first(ledger):
    blocking = [ask(ledger), ask(ledger)]
    for job in blocking:
        turn(ledger, job, per_minute=9)
    older, younger = ask(ledger, "other"), ask(ledger, "me")
    end(ledger, blocking[0])
    assert turn(ledger, younger, per_minute=9) > 0
    assert turn(ledger, older, per_minute=9) == 0.0


def test_a_job_whose_kernel_is_dead_keeps_nobody_waiting(ledger):
    ask(ledger, "other")
    job = ask(ledger)
    assert turn(ledger, job, alive={"me"}, concurrent=1) == 0.0


def test_a_job_that_nobody_follows_blocks_the_queue_for_a_while_and_not_for_ever(ledger, time):
    for _ in range(2):
        job = ask(ledger, "other")
        turn(ledger, job)
        ledger.transitions.advance(job, JobState.PROCESSING, prediction_id=f"p{job}")
    job = ask(ledger)
    time.go_on(100)
    assert turn(ledger, job, alive={"me"}) > 0
    time.go_on(300)
    assert turn(ledger, job) > 0  # its kernel lives: it is followed, and in flight
    assert turn(ledger, job, alive={"me"}) == 0.0


def test_an_unknown_outcome_may_be_in_flight_for_a_while(ledger, time):
    for _ in range(2):
        job = ask(ledger)
        turn(ledger, job)
        ledger.transitions.advance(job, JobState.UNKNOWN)
    job = ask(ledger)
    time.go_on(100)
    assert turn(ledger, job) > 0
    time.go_on(300)
    assert turn(ledger, job) == 0.0


def test_what_was_not_sent_does_not_count_against_the_minute(ledger):
    for _ in range(3):
        job = ask(ledger)
        assert turn(ledger, job) == 0.0
        ledger.transitions.advance(job, JobState.INTENT, "not sent")
        ledger.transitions.release(job)
    assert ledger.queue.position(ask(ledger), is_alive=lambda _: True).sent_last_minute == 0


def test_what_was_refused_counts_against_the_minute_also_when_it_is_asked_for_again(ledger):
    job = ask(ledger)
    for _ in range(2):
        turn(ledger, job)
        ledger.transitions.advance(job, JobState.REFUSED)
        begin(ledger, REQUEST, take=1, alive={"me"})
    assert turn(ledger, job) > 0


@pytest.mark.parametrize("hours", [-30, 30])
def test_a_clock_that_is_set_stops_nobody_for_longer_than_a_minute(ledger, time, hours):
    for _ in range(2):
        job = ask(ledger)
        turn(ledger, job)
        end(ledger, job)
    job = ask(ledger)
    time.go_on(hours * 3600)
    assert turn(ledger, job) == 0.0


def test_the_other_service_has_a_queue_of_its_own(ledger):
    for _ in range(2):
        turn(ledger, ask(ledger))
    draft, _ = begin(ledger, REQUEST, take=None, price=FREE)
    assert turn(ledger, draft.id) == 0.0


@pytest.mark.parametrize("state", [each for each in JobState if each is not JobState.INTENT])
def test_only_what_waits_is_sent(ledger, state):
    job = ask(ledger)
    ledger.transitions.advance(job, state)
    with pytest.raises(LibraryError, match="not waiting"):
        turn(ledger, job)
    assert ledger.jobs.row(job).state is state


def test_a_withdrawn_job_is_not_sent_and_holds_no_place(ledger):
    first, second = ask(ledger), ask(ledger)
    ledger.transitions.withdraw(first)
    with pytest.raises(LibraryError, match="refused"):
        turn(ledger, first)
    assert ledger.queue.position(second, is_alive=lambda _: True).before == 0


def test_a_place_in_the_queue_can_be_told(ledger):
    jobs = [ask(ledger) for _ in range(5)]
    turn(ledger, jobs[0], concurrent=9, per_minute=9)
    place = ledger.queue.position(jobs[4], is_alive=lambda _: True)
    assert (place.before, place.in_flight, place.sent_last_minute) == (3, 1, 1)


@settings(max_examples=40)
@given(
    concurrent=st.integers(1, 4),
    per_minute=st.integers(1, 5),
    steps=st.lists(
        st.tuples(st.sampled_from(["ask", "turn", "end", "wait"]), st.integers(0, 30)),
        max_size=80,
    ),
)
def test_two_kernels_together_never_pass_the_tier(tmp_path_factory, concurrent, per_minute, steps):
    time = Time()
    path = tmp_path_factory.mktemp("library") / "ledger.sqlite3"
    kernels = [Ledger(path, now=time), Ledger(path, now=time)]
    kernels[0].budget.set("wavespeed", 1000)
    jobs, flying, sent, left = [], [], [], []
    for kind, number in steps:
        kernel = kernels[number % 2]
        time.go_on(0.001)
        if kind == "ask":
            jobs.append(ask(kernel))
        elif kind == "turn" and jobs:
            job = jobs[number % len(jobs)]
            if turn(kernel, job, concurrent=concurrent, per_minute=per_minute) == 0.0:
                jobs.remove(job)
                flying.append(job)
                sent.append(time.now)
                left.append(job)
        elif kind == "end" and flying:
            end(kernel, flying.pop(number % len(flying)))
        elif kind == "wait":
            time.go_on(number)
        assert len(flying) <= concurrent
        recent = [at for at in sent if time.now - at < timedelta(seconds=60)]
        assert len(recent) <= per_minute
    # And nobody starves: with time and room, all that wait go, the oldest first.
    for job in flying:
        end(kernels[0], job)
    for job in sorted(jobs):
        time.go_on(62)
        assert turn(kernels[0], job, concurrent=concurrent, per_minute=per_minute) == 0.0
        end(kernels[0], job)
    for kernel in kernels:
        kernel.close()
