"""Waiting for a turn: the account's tier is kept to, the price is the one that was shown."""

import asyncio
import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest

from hailuo_widgets import errors
from hailuo_widgets.jobs.runner.api import Runner
from hailuo_widgets.jobs.runner.job import JobState
from hailuo_widgets.jobs.services.connect import WaveSpeed, connect
from hailuo_widgets.jobs.wavespeed.api_key import ApiKey
from hailuo_widgets.jobs.wavespeed.client import Client
from hailuo_widgets.jobs.wavespeed.price import Price
from hailuo_widgets.library.library import Library
from tests.support.fast_clock import PATIENCE, clock, deductions, generate
from tests.support.kernel import Kernel
from tests.support.samples import gradient, picture, request

pytestmark = pytest.mark.slow

SCALE = 100


@pytest.fixture
def kernels(tmp_path, emulator):
    made = []

    def start(**how):
        made.append(Kernel(tmp_path / "library", emulator, scale=SCALE, **how))
        return made[-1]

    yield start
    for each in made:
        each.close()


@pytest.fixture
def kernel(kernels):
    return kernels()


# -- the tier ---------------------------------------------------------------------------------


def test_no_more_are_in_flight_than_the_tier_allows_and_the_rest_wait_in_order(kernel, emulator):
    emulator.renderer.open.clear()
    jobs = [kernel.ask(f"take {number}") for number in range(4)]
    emulator.until(lambda: len(deductions(emulator)) == 2)
    emulator.until(lambda: all(job.position is not None for job in jobs[2:]))
    assert [job.state for job in jobs[2:]] == [JobState.INTENT] * 2
    assert [job.position for job in jobs[2:]] == [0, 1]
    assert jobs[2].detail.startswith("waiting for its turn, about")
    assert jobs[3].detail.startswith("waiting for its turn, 1 before it, about")
    assert jobs[2].arrival[0] < jobs[3].arrival[1]
    emulator.renderer.open.set()
    assert [job.wait(PATIENCE).frame_count for job in jobs] == [16] * 4


def test_no_minute_has_more_submissions_than_the_tier_allows(kernel):
    jobs = [kernel.ask(f"take {number}") for number in range(5)]
    for job in jobs:
        job.wait(PATIENCE)
    ledger = kernel.library.ledger
    sent = [
        each.at
        for job in jobs
        for each in ledger.jobs.transitions(job.row_id)
        if each.state is JobState.SENT
    ]
    assert sent == sorted(sent)
    assert all(
        later - earlier >= timedelta(seconds=60)
        for earlier, later in zip(sent, sent[2:], strict=False)
    )


def test_two_kernels_share_one_queue(kernels, emulator):
    emulator.reset(tier="bronze", time_scale=SCALE)
    pair = (kernels(), kernels())
    jobs = [each.ask(f"take {number}") for number in range(2) for each in pair]
    clips = {job.wait(PATIENCE).sha256 for job in jobs}
    assert len(clips) == 2
    assert emulator.state()["requests"]["submit"] == 2


def test_what_waits_can_be_withdrawn_and_is_never_sent(kernel, emulator):
    emulator.renderer.open.clear()
    jobs = [kernel.ask(f"take {number}") for number in range(3)]
    emulator.until(lambda: len(deductions(emulator)) == 2)
    jobs[2].withdraw()
    with pytest.raises(errors.RefusedError, match="Withdrawn by you"):
        jobs[2].wait(PATIENCE)
    emulator.renderer.open.set()
    for job in jobs[:2]:
        job.wait(PATIENCE)
    assert len(deductions(emulator)) == 2
    assert kernel.paid.budget.committed == 0


def test_what_another_kernel_withdrew_is_not_sent(kernels, emulator):
    here, there = kernels(), kernels()
    emulator.renderer.open.clear()
    jobs = [here.ask(f"take {number}") for number in range(3)]
    emulator.until(lambda: len(deductions(emulator)) == 2)
    there.ask("take 2").withdraw()
    with pytest.raises(errors.RefusedError, match="Withdrawn by you"):
        jobs[2].wait(PATIENCE)
    emulator.renderer.open.set()
    for job in jobs[:2]:
        job.wait(PATIENCE)
    assert len(deductions(emulator)) == 2


def test_what_has_left_cannot_be_withdrawn(kernel, emulator):
    job = kernel.ask("gone")
    job.wait(PATIENCE)
    with pytest.raises(errors.LibraryError, match="no cancel"):
        job.withdraw()
    assert job.clip is not None


def test_a_hundred_that_wait_are_all_served(kernels, emulator):
    """None starves, however many there are."""
    kernel = kernels(tier="ultra")
    jobs = [kernel.ask("many", take="another") for _ in range(40)]
    assert sorted(job.take for job in jobs) == list(range(1, 41))
    assert all(job.wait(PATIENCE) for job in jobs)


# -- the price --------------------------------------------------------------------------------


def priced(emulator, tmp_path, price, now=time.monotonic):
    emulator.reset(price=price)
    library = Library(tmp_path / "library")
    library.ledger.budget.set("wavespeed", Decimal(5))
    return WaveSpeed(library, "ultra", emulator.url, ApiKey(emulator.key), now=now)


def ask(runner, connection, **how):
    job = runner.ask(connection, request(), 1, **how)
    with contextlib.suppress(errors.HailuoError):
        job.wait(PATIENCE)
    return job


@pytest.fixture
def runner():
    # Not as hurried as elsewhere: a price then has half a second to come, a busy machine's too.
    with contextlib.closing(Runner(clock(20))) as made:
        yield made


def test_a_price_that_has_changed_stops_what_would_be_sent(emulator, tmp_path, runner):
    paid = priced(emulator, tmp_path, 0.55)
    assert (paid.price, paid.price_is_listed) == (Decimal("0.49"), True)
    job = ask(runner, paid, price=paid.price)
    assert isinstance(job.error, errors.PriceChangedError)
    assert str(job.error) == (
        "The price is now $0.55, it was $0.49. Nothing was sent. Run again to accept."
    )
    assert (job.state, job.cost, job.error.price) == (JobState.REFUSED, 0, Decimal("0.55"))
    assert deductions(emulator) == []
    assert paid.budget.committed == 0
    assert (paid.price, paid.price_is_listed) == (Decimal("0.55"), False)
    again = ask(runner, paid, price=paid.price)
    assert (again.error, again.cost) == (None, Decimal("0.55"))
    assert deductions(emulator)[0]["price"] == "0.55"
    paid.library.close()


def test_a_price_that_was_shown_and_is_no_more_is_refused_at_once(emulator, tmp_path, runner):
    paid = priced(emulator, tmp_path, 0.49)
    with pytest.raises(errors.PriceChangedError, match=r"now \$0\.49, it was \$0\.40"):
        runner.ask(paid, request(), 1, price=Decimal("0.40"))
    assert paid.library.ledger.jobs.all() == []
    paid.library.close()


def test_what_the_library_holds_has_no_price(emulator, tmp_path, runner):
    paid = priced(emulator, tmp_path, 0.49)
    first = ask(runner, paid)
    assert ask(runner, paid, price=Decimal("0.40")).clip == first.clip
    paid.library.close()


def test_a_price_is_asked_for_again_when_it_is_a_minute_old(emulator, tmp_path, runner):
    times = [0.0]
    paid = priced(emulator, tmp_path, 0.49, now=lambda: times[0])
    for at, asked in ((0.0, 1), (59.0, 1), (60.0, 2)):
        times[0] = at
        runner.ask(paid, request(f"at {at}"), 1).wait(PATIENCE)
        assert emulator.state()["requests"]["price"] == asked
    paid.library.close()


@pytest.mark.parametrize("variant", ["down", "floor", "legacy"])
def test_q35_a_price_call_with_trouble_changes_nothing(emulator, tmp_path, runner, variant):
    """Down: the list price holds, labelled. Legacy: the other path answers. Floor: full inputs."""
    paid = priced(emulator, tmp_path, 0.49)
    emulator.fault(35, variant, times=9)
    assert ask(runner, paid).clip is not None
    assert (paid.price, paid.price_is_listed) == (Decimal("0.49"), variant == "down")
    paid.library.close()


def test_a_press_while_the_price_is_being_asked_for_waits_for_it(emulator, tmp_path):
    """Otherwise it would go out at the list price, and pass the budget."""
    runner = Runner(clock(1))  # an answer takes as long as it takes
    paid = priced(emulator, tmp_path, 0.55)
    shown = paid.price

    def press(number):
        return runner.ask(paid, request(f"take {number}"), 1, shown).wait(PATIENCE)

    with ThreadPoolExecutor() as people:
        presses = [people.submit(press, number) for number in range(3)]
    for each in presses:
        with pytest.raises(errors.PriceChangedError):
            each.result()
    assert emulator.state()["requests"] == {"price": 1}
    runner.close()
    paid.library.close()


def test_a_price_that_never_comes_holds_up_nothing(emulator, tmp_path, runner):
    class Silent(WaveSpeed):
        async def renew_price(self, http_clients):
            await asyncio.Event().wait()

    paid = priced(emulator, tmp_path, 0.49)
    silent = Silent(paid.library, "ultra", emulator.url, ApiKey(emulator.key))
    assert ask(runner, silent).clip is not None
    paid.library.close()


def test_whoever_wants_the_price_meanwhile_waits_for_the_same_answer():
    asked = []

    async def answer(question):
        asked.append(question)
        await asyncio.sleep(0)
        return httpx.Response(200, json={"code": 200, "data": {"price": 0.55}})

    async def run():
        known = Price()
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
            client = Client(http, "https://service.test", ApiKey("k"))
            await asyncio.gather(*(known.renew(client) for _ in range(3)))
        return known

    assert asyncio.run(run()).amount == Decimal("0.55")
    assert len(asked) == 1


# -- connecting -------------------------------------------------------------------------------


def test_the_price_is_asked_for_in_the_background_when_connecting(paid, emulator):
    emulator.until(lambda: not paid.price_is_listed)
    assert paid.price == Decimal("0.49")


def test_a_form_asks_twice_above_two_dollars_unless_told_otherwise(emulator, tmp_path):
    place = {"api_key": "k", "base_url": emulator.url, "library": tmp_path / "library"}
    assert connect("wavespeed", **place).confirm_above == Decimal("2.00")
    assert connect("wavespeed", confirm_above="7.50", **place).confirm_above == Decimal("7.50")


@pytest.mark.parametrize("amount", [-1, "five", float("nan"), float("inf"), None, True])
def test_a_threshold_that_is_no_amount_is_a_sentence(tmp_path, amount):
    with pytest.raises(errors.BudgetError, match="confirm_above is an amount"):
        connect("wavespeed", api_key="k", confirm_above=amount, library=tmp_path / "library")


def test_the_limits_are_those_of_the_tier(emulator, tmp_path):
    place = {"api_key": "k", "base_url": emulator.url, "library": tmp_path / "library"}
    assert connect("wavespeed", **place).limits == (2, 2)
    assert connect("wavespeed", tier="silver", **place).limits == (500, 300)


def test_another_take_is_the_next_one_that_was_never_asked_for(paid, emulator):
    generate(gradient(), "x", take=2).wait(PATIENCE)
    another = generate(gradient(), "x", take="another")
    assert another.take == 3
    another.wait(PATIENCE)
    assert len(deductions(emulator)) == 2
    first = generate(picture(), "x", take="another")
    assert first.take == 1
    first.wait(PATIENCE)
