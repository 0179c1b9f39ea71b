"""Two kernels, one library, one budget: nothing is sent twice, and the budget is never passed.

Each session is two kernels that press Run at the same time, with a library and a runner of their
own, against the real emulator in a world that runs a thousand times faster.
"""

import contextlib
import functools
import shutil
import tempfile
import threading
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hailuo_widgets import errors
from hailuo_widgets.jobs import loop
from hailuo_widgets.jobs.runner.api import Runner
from hailuo_widgets.jobs.services.services import WaveSpeed
from hailuo_widgets.jobs.wavespeed.api_key import ApiKey
from hailuo_widgets.jobs.wavespeed.http import HttpClients
from hailuo_widgets.library.library import Library
from hailuo_widgets.request.video_request import VideoRequest
from tests.chaos.service import KEY, Service, World, hurried_clock
from tests.support import fast_clock, samples

pytestmark = pytest.mark.long

SESSIONS = 1000
PRICE = Decimal("0.49")

presses = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from([1, 1, 2, "another"])), max_size=4
)
faults = st.lists(
    st.fixed_dictionaries(
        {
            "quirk": st.sampled_from([5, 6, 15, 28, 29, 30]),
            "skip": st.integers(0, 3),
            "times": st.integers(1, 3),
        }
    ),
    max_size=2,
)


class Wires(HttpClients):
    """The HTTP clients of all sessions: making them takes longer than a session."""

    async def close(self):
        """Stay open for the next session."""


class Pair:
    """Two kernels and the service, used for one session after another."""

    def __init__(self, folder):
        self.world = World(time.time())
        clip = samples.clip(frames=3, width=64, height=36)
        self.service = Service(folder / "service", self.world, clip)
        self._clock = hurried_clock(self.world.date)
        self._http_clients = functools.cache(Wires)
        self._folder = folder
        self._numbers = iter(range(10**9))

    @contextlib.contextmanager
    def kernels(self, units):
        """Give each kernel a runner and its connection to one fresh library.

        The budget is for so many clips.
        """
        place = self._folder / f"library-{next(self._numbers)}"
        libraries = [Library(place, now=self.world.date) for _ in range(2)]
        libraries[0].ledger.budget.set("wavespeed", PRICE * units)
        url = f"http://127.0.0.1:{self.service.port}"
        runners = [Runner(self._clock, http_clients=self._http_clients) for _ in libraries]
        yield [
            (runner, WaveSpeed(library, "ultra", url, ApiKey(KEY)))
            for runner, library in zip(runners, libraries, strict=True)
        ]
        for runner, library in zip(runners, libraries, strict=True):
            runner.close()
            library.close()
        shutil.rmtree(place)

    def close(self):
        http_clients = self._http_clients()
        loop.submit(lambda: HttpClients.close(http_clients)).result()
        self.service.close()


@pytest.fixture(scope="module")
def pair():
    memory = Path("/dev/shm")
    place = memory if memory.is_dir() else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        both = Pair(Path(folder))
        yield both
        both.close()


def press_all(runner, paid, wishes, start, heard):
    """Press for everything that a kernel's person wishes; what came of it goes to `heard`."""
    frame = samples.picture()
    start.wait()
    for prompt, take in wishes:
        try:
            heard.append(runner.ask(paid, VideoRequest(frame, prompt), take))
        except errors.BudgetError:
            heard.append(None)
        budget = paid.budget
        assert budget.spent + budget.committed <= budget.amount


@given(wishes=st.tuples(presses, presses), units=st.integers(0, 6), troubles=faults)
@settings(max_examples=SESSIONS, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_is_sent_twice_and_the_budget_holds(pair, wishes, units, troubles):
    pair.service.reset(latency="real", latency_seconds=[1, 5], tier="ultra", seed=1)
    for trouble in troubles:
        pair.service.fault({"variant": "any", "at": "submit", **trouble})
    with pair.kernels(units) as kernels:
        heard = [[], []]
        start = threading.Barrier(2)
        people = [
            threading.Thread(target=press_all, args=(*kernel, wish, start, ears))
            for kernel, wish, ears in zip(kernels, wishes, heard, strict=True)
        ]
        for person in people:
            person.start()
        for person in people:
            person.join()
        assert [len(ears) for ears in heard] == [len(wish) for wish in wishes]
        for job in (*heard[0], *heard[1]):
            if job is not None:
                with contextlib.suppress(errors.HailuoError):
                    job.wait(fast_clock.PATIENCE)
                assert job.done
        paid = kernels[0][1]
        rows = paid.library.ledger.jobs.all(service="wavespeed")
        budget = paid.budget
    judge(pair.service, wishes, rows, budget)


def judge(service, wishes, rows, budget):
    """I1 and I2, by the service's own books."""
    asked = [wish for each in wishes for wish in each]
    more = Counter(prompt for prompt, take in asked if take == "another")
    allowed = Counter(prompt for prompt, _ in {wish for wish in asked if wish[1] != "another"})
    accepted = Counter(each["prompt"] for each in service.predictions())
    for prompt, count in accepted.items():
        assert count <= allowed[prompt] + more[prompt]
    posts = service.requests("submit")
    assert posts <= len(rows)
    known = {row.prediction_id for row in rows if row.prediction_id}
    lost = [each["id"] for each in service.predictions() if each["id"] not in known]
    assert len(lost) <= sum(row.state == "unknown" for row in rows)
    billed = Decimal(0)
    for line in service.bill():
        billed += Decimal(line["price"]) * (1 if line["billing_type"] == "deduct" else -1)
        assert billed <= budget.amount
    assert budget.spent + budget.committed <= budget.amount
