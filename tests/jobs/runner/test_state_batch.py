"""That jobs are running is written down many at a time, and one that is refused stops no other."""

import asyncio
import random

import pytest

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.jobs.runner.state_batch import StateBatch
from hailuo_widgets.jobs.wavespeed.poll import Clock
from hailuo_widgets.library.ledger.ledger import Ledger
from hailuo_widgets.library.ledger.states import JobState
from tests.support.library_factory import begin
from tests.support.samples import request


class Counted:
    """Counts the transactions of a ledger."""

    def __init__(self, database):
        self.transactions, self._transaction = 0, database.transaction

    def __call__(self, *money):
        self.transactions += 1
        return self._transaction(*money)


@pytest.fixture
def ledger(tmp_path):
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    ledger._database.transaction = Counted(ledger._database)
    ledger.budget.set("wavespeed", 1000)
    yield ledger
    ledger.close()


def accepted(ledger, count):
    """Jobs of which the service has an id."""
    found = [begin(ledger, request(), take=None)[0].id for _ in range(count)]
    for job in found:
        ledger.transitions.advance(job, JobState.ACCEPTED, prediction_id=f"p{job}")
    return found


def quick(ledger):
    """It waits for no longer than others take to come."""
    return StateBatch(ledger, Clock(lambda: 0.0, lambda _: asyncio.sleep(0), random.Random()), 1)


def write(ledger, steps):
    """Write all at once; what each write ended with."""

    async def work():
        progress = quick(ledger)
        return await asyncio.gather(
            *(progress.write(*step) for step in steps), return_exceptions=True
        )

    return asyncio.run(work())


def test_what_comes_together_is_one_transaction(ledger):
    jobs = accepted(ledger, 40)
    before = ledger._database.transaction.transactions
    assert write(ledger, [(job, JobState.PROCESSING) for job in jobs]) == [None] * 40
    assert ledger._database.transaction.transactions == before + 1
    assert {ledger.jobs.row(job).state for job in jobs} == {JobState.PROCESSING}
    assert [step.state for step in ledger.jobs.transitions(jobs[0])][-1] is JobState.PROCESSING


def test_one_that_is_refused_stops_no_other(ledger):
    jobs = accepted(ledger, 3)
    gone = 10_000
    ends = write(ledger, [(job, JobState.CREATED) for job in [jobs[0], gone, *jobs[1:]]])
    assert [type(end) for end in ends] == [type(None), LibraryError, type(None), type(None)]
    assert {ledger.jobs.row(job).state for job in jobs} == {JobState.CREATED}


def test_a_write_that_comes_later_is_written_too(ledger):
    first, second = accepted(ledger, 2)

    async def work():
        progress = quick(ledger)
        await progress.write(first, JobState.PROCESSING)
        await progress.write(second, JobState.PROCESSING)

    asyncio.run(work())
    assert ledger.jobs.row(second).state is JobState.PROCESSING
