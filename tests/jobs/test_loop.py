"""Work on the background loop: whatever ends it, somebody hears of it as a sentence."""

import ast
import asyncio
import concurrent.futures
import contextlib
import random
import threading
from decimal import Decimal
from pathlib import Path

import pytest

import hailuo_widgets
from hailuo_widgets.errors import HailuoError, LibraryError, RefusedError
from hailuo_widgets.jobs import loop
from hailuo_widgets.jobs.runner import api
from hailuo_widgets.jobs.runner.api import Runner
from hailuo_widgets.jobs.runner.job import Job, JobState
from hailuo_widgets.jobs.runner.state_batch import StateBatch
from hailuo_widgets.jobs.services.connect import Emulator, WaveSpeed
from hailuo_widgets.jobs.services.preview_client import Previewer
from hailuo_widgets.jobs.wavespeed.api_key import ApiKey
from hailuo_widgets.jobs.wavespeed.poll import Clock
from hailuo_widgets.library.library import Library
from tests.support.fast_clock import PATIENCE, clock
from tests.support.samples import request

PACKAGE = Path(hailuo_widgets.__file__).parent
UNGUARDED = {
    *("create_task", "ensure_future", "run_coroutine_threadsafe", "call_soon_threadsafe"),
    *("call_later", "call_at", "TaskGroup", "run_in_executor"),
}
THREADS = {
    *(
        "jobs/loop.py",
        "jobs/services/emulator_process.py",
        "frame/download.py",
        "widgets/shared/rpc.py",
    ),
}
ENDINGS = [
    ValueError("no"), KeyError("x"), ImportError("socksio"), MemoryError(), OSError(24, "Too many"),
    KeyboardInterrupt(), SystemExit(3), GeneratorExit(), asyncio.CancelledError(), RecursionError(),
]  # fmt: skip


def named(error):
    return type(error).__name__


def calls_of(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            yield getattr(function, "attr", None) or getattr(function, "id", None), node


@pytest.mark.parametrize(
    "module",
    [
        each
        for room in ("jobs", "widgets", "library", "request", "report")
        for each in sorted((PACKAGE / room).rglob("*.py"))
    ],
    ids=lambda module: module.relative_to(PACKAGE).as_posix(),
)
def test_no_module_goes_past_the_guarded_way(module):
    place = module.relative_to(PACKAGE).as_posix()
    for name, node in calls_of(ast.parse(module.read_text(encoding="utf-8"))):
        if place != "jobs/loop.py":
            assert name not in UNGUARDED, f"{place}:{node.lineno} starts work by itself"
        if name == "Thread":
            assert place in THREADS, f"{place}:{node.lineno} starts a thread"
        if name == "call_soon":
            told = any(keyword.arg == "failed" for keyword in node.keywords)
            assert place == "jobs/loop.py" or told, f"{place}:{node.lineno}"


@pytest.mark.parametrize("ending", ENDINGS, ids=named)
def test_who_waits_for_work_gets_a_sentence(ending):
    async def work():
        raise ending

    with pytest.raises(HailuoError, match="stopped this") as caught:
        loop.submit(work).result(PATIENCE)
    assert caught.value.__cause__ is None
    assert loop.submit(lambda: asyncio.sleep(0, "alive")).result(PATIENCE) == "alive"


@pytest.mark.parametrize("ending", ENDINGS, ids=named)
def test_what_nobody_waits_for_tells_who_was_named(ending):
    heard = concurrent.futures.Future()

    async def work():
        raise ending

    loop.call_soon(lambda: loop.start(work(), failed=heard.set_result), failed=lambda _: None)
    assert isinstance(heard.result(PATIENCE), HailuoError)


@pytest.mark.parametrize("ending", ENDINGS, ids=named)
def test_a_callback_that_fails_tells_who_was_named_and_the_loop_goes_on(ending):
    heard = concurrent.futures.Future()

    def work():
        raise ending

    def failed(error):
        heard.set_result(error)
        raise ending

    loop.call_soon(work, failed=failed)
    assert isinstance(heard.result(PATIENCE), HailuoError)
    assert loop.submit(lambda: asyncio.sleep(0, "alive")).result(PATIENCE) == "alive"


def test_cancelling_from_outside_is_no_failure():
    heard = []

    async def work():
        task = loop.start(asyncio.sleep(60), failed=heard.append)
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        never_begun = loop.start(asyncio.sleep(60), failed=heard.append)
        never_begun.cancel()
        await asyncio.wait([never_begun])

    loop.submit(work).result(PATIENCE)
    assert heard == []


def test_no_key_is_in_a_sentence(monkeypatch):
    monkeypatch.setenv("WAVESPEED_API_KEY", "sk-sentinel-77aa")

    async def work():
        raise ValueError("Authorization: Bearer sk-sentinel-77aa")

    with pytest.raises(HailuoError) as caught:
        loop.submit(work).result(PATIENCE)
    assert "77aa" not in str(caught.value)


# -- jobs ---------------------------------------------------------------------------------------


@pytest.fixture
def library(tmp_path):
    library = Library(tmp_path / "library")
    yield library
    library.close()


def broken_wires():
    raise ValueError("Unknown scheme for proxy URL")


class Stopped(WaveSpeed):
    """The paid service, whose client cannot be made."""

    ending = ValueError("no")

    async def client(self, http_clients):
        raise self.ending


@pytest.fixture
def runners():
    made = []

    def make(**how):
        made.append(Runner(clock(), **how))
        return made[-1]

    yield make
    for each in made:
        with contextlib.suppress(HailuoError):
            each.close()


@pytest.mark.parametrize("connect", ["paid", "free"])
def test_a_transport_that_cannot_be_made_ends_the_job_and_frees_its_price(
    library, runners, connect
):
    library.ledger.budget.set("wavespeed", Decimal(1))
    paid = WaveSpeed(library, "ultra", "http://127.0.0.1:9", ApiKey("k" * 9))
    connection = paid if connect == "paid" else Emulator(library, "ultra")
    for number in range(3):
        job = runners(http_clients=broken_wires).ask(connection, request(f"take {number}"), 1)
        with pytest.raises(HailuoError, match="Unknown scheme for proxy"):
            job.wait(PATIENCE)
        assert job.state is JobState.INTENT
        assert library.ledger.jobs.row(job.row_id).holder is None
    assert library.ledger.budget.read("wavespeed").left == Decimal(1)


@pytest.mark.parametrize("ending", ENDINGS, ids=named)
def test_whatever_stops_a_job_it_ends_with_a_sentence_and_holds_nothing(library, runners, ending):
    library.ledger.budget.set("wavespeed", Decimal(1))
    connection = Stopped(library, "ultra", "http://127.0.0.1:9", ApiKey("k" * 9))
    connection.ending = ending
    job = runners().ask(connection, request("x"), 1)
    with pytest.raises(HailuoError):
        job.wait(PATIENCE)
    assert library.ledger.budget.read("wavespeed").committed == 0


def test_what_holds_nothing_is_sent_later_only_as_far_as_the_budget_goes(library, runners):
    library.ledger.budget.set("wavespeed", Decimal("0.60"))
    connection = Stopped(library, "ultra", "http://127.0.0.1:9", ApiKey("k" * 9))
    first = runners().ask(connection, request("one"), 1)
    with pytest.raises(HailuoError):
        first.wait(PATIENCE)
    row, mine = library.ledger.begin(
        "wavespeed", request("two"), 1, Decimal("0.49"),
        holder=library.holder.name, is_alive=lambda _: True, has_clip=lambda _: True,
    )  # fmt: skip
    assert (mine, row.held) == (True, Decimal("0.49"))
    with pytest.raises(HailuoError, match=r"\$0\.11 is left"):
        first.send_again()
    with pytest.raises(HailuoError, match=r"\$0\.11 is left"):
        runners().ask_all(connection, [(request("one"), 1)], Decimal("0.49"))


def test_an_observer_that_fails_stops_no_job(library, runners):
    job = Job(request("x"), 1, "emulator", expected_seconds=(1, 2))
    heard = []

    def broken(job):
        if job.done or job.error:
            raise ValueError("the page is gone")

    job.observe(broken)
    job.observe(lambda job: heard.append(job.state))
    job.finish(RefusedError("no"), JobState.REFUSED, "refused")
    with pytest.raises(RefusedError):
        job.wait(1)
    assert heard[-1] is JobState.REFUSED


def test_writing_progress_that_fails_is_heard_by_whoever_waits():
    class Ledger:
        transitions = property(lambda self: self)

        def advance_all(self, _):
            raise TypeError("odd")

    async def work():
        progress = StateBatch(Ledger(), Clock(lambda: 0.0, lambda _: asyncio.sleep(0), random), 1)
        await asyncio.gather(*(progress.write(n, JobState.PROCESSING) for n in range(3)))

    with pytest.raises(HailuoError, match="odd"):
        loop.submit(work).result(PATIENCE)


def test_a_queue_whose_telling_and_price_fail_lets_jobs_go_all_the_same(library, runners, emulator):
    class Odd(WaveSpeed):
        @property
        def expected_seconds(self):
            raise ArithmeticError("no history")

        async def renew_price(self, http_clients):
            raise LookupError("no price")

    class Steady(Odd):
        expected_seconds = (1.0, 2.0)

    library.ledger.budget.set("wavespeed", Decimal(5))
    connection = Steady(library, "ultra", emulator.url, ApiKey(emulator.key))
    assert runners().ask(connection, request("x"), 1).wait(PATIENCE).frame_count == 16


def test_a_job_that_another_process_carries_ends_with_a_sentence_when_nobody_can_look(
    library, runners, tmp_path
):
    other = Library(tmp_path / "library")
    asked = request("theirs")
    row, _ = other.ledger.begin(
        "emulator", asked, 1, Decimal(0),
        holder=other.holder.name, is_alive=lambda _: True, has_clip=lambda _: True,
    )  # fmt: skip
    following = runners()
    job = following.ask(Emulator(library, "ultra"), asked, 1)
    told = threading.Event()
    job.observe(lambda job: "the ledger cannot be read" in job.detail and told.set())
    library.ledger.close()
    with pytest.raises((LibraryError, HailuoError)):
        job.wait(PATIENCE)
    assert told.is_set() or job.error is not None
    assert row.id == job.row_id
    other.close()


# -- previews and doors -------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ENDINGS, ids=named)
def test_a_preview_never_stays_busy(ending):
    heard = concurrent.futures.Future()

    class Connected:
        async def client(self, _):
            raise ending

    def http_clients():
        return None

    Previewer(http_clients, Connected, heard.set_result).look("push in", None, None)
    assert "There is no preview now" in str(heard.result(PATIENCE))


def test_a_preview_whose_transport_cannot_be_made_says_so():
    heard = concurrent.futures.Future()
    Previewer(broken_wires, lambda: None, heard.set_result).look("push in", None, None)
    assert "Unknown scheme for proxy" in str(heard.result(PATIENCE)) or isinstance(
        heard.result(PATIENCE), HailuoError
    )


def test_comparing_with_the_bill_raises_a_sentence(library):
    connection = WaveSpeed(library, "ultra", "http://127.0.0.1:9", ApiKey("k" * 9))
    with pytest.raises(HailuoError, match="Unknown scheme for proxy"):
        Runner(clock(), http_clients=broken_wires).reconcile(connection)


def test_warming_up_never_raises():
    api.warm_up()
    assert loop.submit(lambda: asyncio.sleep(0, "alive")).result(PATIENCE) == "alive"


@pytest.mark.parametrize("state", list(JobState))
def test_the_sentence_of_impatience_reads_well_in_every_state(state):
    job = Job(request("x"), 1, "wavespeed", expected_seconds=(1, 2))
    for detail in ("", "may have been billed; looking for it in your recent predictions"):
        job.change(state, detail)
        with pytest.raises(HailuoError) as caught:
            job.wait(0)
        words = detail or state.words
        assert f"Where it stands: {words}. The job goes on" in str(caught.value)
        assert "it is may" not in str(caught.value)


@pytest.mark.parametrize("state", list(JobState))
def test_every_state_can_stand_after_it_is(state):
    assert state.words not in {"intent", "timeout", "sent"}
    assert state.words == state.words.strip()
