"""Asking how a prediction stands: when to ask, what to believe, when to stop."""

import asyncio
import itertools
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hailuo_widgets.errors import AuthError
from hailuo_widgets.jobs.wavespeed import poll
from hailuo_widgets.jobs.wavespeed.api_key import ApiKey
from hailuo_widgets.jobs.wavespeed.client import Client
from hailuo_widgets.library.ledger.states import JobState

BASE = "https://service.test"
BEAT = poll.paid(()).beat


class VirtualTime:
    """A clock that jumps instead of sleeping, and remembers how long it was asked to sleep."""

    def __init__(self):
        self.time = 0.0
        self.slept = []

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.time += seconds

    def clock(self):
        return poll.Clock(lambda: self.time, self.sleep, random.Random(1))


class Late(VirtualTime):
    """Time in which every sleep ends a little late."""

    def __init__(self, began, late):
        super().__init__()
        self.time = began
        self._late = list(late)

    async def sleep(self, seconds):
        await super().sleep(seconds + self._late[len(self.slept) % len(self._late)])


def record(status, **fields):
    return httpx.Response(200, json={"code": 200, "data": {"id": "p1", "status": status, **fields}})


def follow(answers, schedule=None, time=None, **begun):
    """Poll a service that gives these answers one after the other; the last one for ever."""
    schedule = schedule or poll.paid(())
    time = time or VirtualTime()
    queue = list(answers)
    asked = []

    def answer(request):
        asked.append((time.time, request))
        found = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(found, Exception):
            raise found
        return found

    async def run():
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
            client = Client(http, BASE, ApiKey("k"))
            following = poll.poll_prediction(client, "p1", schedule, time.clock(), **begun)
            return [seen async for seen in following]

    return asyncio.run(run()), asked, time


def states(seen):
    return [sighting.state for sighting in seen]


def test_it_ends_with_completed_and_hands_over_the_outputs():
    seen, _, _ = follow([record("created"), record("completed", outputs=["https://x.test/a.mp4"])])
    assert states(seen) == [JobState.CREATED, JobState.COMPLETED]
    assert seen[-1].prediction.outputs == ("https://x.test/a.mp4",)


def test_the_paid_service_is_never_asked_sooner_than_its_floor():
    _, asked, time = follow([record("processing")] * 40 + [record("completed")])
    assert min(time.slept) >= 5.0
    assert len(asked) == 41


def test_before_there_is_a_history_the_first_question_comes_after_30_s_and_rare_ones_after_90():
    _, asked, _ = follow([record("processing")] * 30 + [record("completed")])
    times = [at for at, _ in asked]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert 30.0 <= times[0] < 30.0 + BEAT
    assert [gap for at, gap in zip(times, gaps, strict=False) if at < 90 and gap > 5.06] == []
    assert all(5.0 <= gap <= 15.16 for gap in gaps)
    assert gaps[-1] >= 15.0


@given(st.lists(st.floats(5, 400), min_size=8, max_size=60))
def test_the_history_says_when_the_first_question_is_worth_asking(durations):
    schedule = poll.paid(durations)
    assert sum(seconds < schedule.first for seconds in durations) <= 0.02 * len(durations) + 1
    assert sum(seconds > schedule.steady for seconds in durations) <= 0.02 * len(durations) + 1
    assert schedule.first >= schedule.floor == 5.0


@given(age=st.floats(0, 3600))
def test_what_is_taken_up_again_is_not_asked_about_sooner_than_the_floor(age):
    """Another kernel may have asked a moment ago; nobody asks for longer than 20 minutes."""
    _, asked, _ = follow([record("completed")], age=age)
    (first, _), *_ = asked
    due = 0.0 if age > 1200 else max(5.0, 30.0 - age)
    assert due <= first < due + BEAT


@given(
    begins=st.lists(st.floats(0, 1e6), min_size=2, max_size=6),
    late=st.lists(st.floats(0, 0.009), min_size=9, max_size=9),
)
def test_questions_about_many_jobs_go_out_together_and_hardly_later_than_the_floor(begins, late):
    """Each waits for a beat of the same clock, also when the machine wakes it a little late."""
    for began in begins:
        _, asked, _ = follow(
            [record("processing")] * 8 + [record("completed")], time=Late(began, late)
        )
        times = [at for at, _ in asked]
        assert all(0.0 <= at % BEAT < 0.0091 or BEAT - at % BEAT < 1e-6 for at in times)
        gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
        assert all(5.0 <= gap < 5.02 for gap in gaps)


def test_an_answer_that_takes_its_time_delays_no_question():
    time = VirtualTime()

    class Slow(list):
        def pop(self, place):
            time.time += 3.0
            return super().pop(place)

    asked = []
    queue = Slow([record("processing")] * 5)

    def answer(_):
        asked.append(time.time)
        return queue.pop(0) if queue else record("completed")

    async def run():
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
            client = Client(http, BASE, ApiKey("k"))
            async for _ in poll.poll_prediction(client, "p1", poll.paid(()), time.clock()):
                pass

    asyncio.run(run())
    assert all(5.0 <= later - earlier < 5.06 for earlier, later in itertools.pairwise(asked))


def test_the_lag_is_counted_from_the_last_answer_that_showed_it_running():
    seen, asked, _ = follow([record("processing"), record("completed")])
    assert seen[-1].lag == asked[1][0] - asked[0][0]


def test_the_lag_is_shorter_when_the_service_tells_how_long_it_worked():
    seen, asked, _ = follow([record("completed", timings={"inference": 28_000})])
    assert seen[-1].lag == asked[0][0] - 28.0


def test_of_what_was_taken_up_again_nobody_knows_the_lag():
    assert follow([record("completed")], age=100.0)[0][-1].lag is None


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("failed", JobState.FAILED),
        ("cancelled", JobState.CANCELLED),
        ("canceled", JobState.CANCELLED),
        ("timeout", JobState.TIMEOUT),
        ("deleted", JobState.DELETED),
        ("succeeded", JobState.COMPLETED),
        ("COMPLETED", JobState.COMPLETED),
    ],
)
def test_final_statuses_end_it(status, state):
    assert states(follow([record(status)])[0]) == [state]


@pytest.mark.parametrize("status", ["pending", "queued", "something-new", "", None, 7])
def test_a_status_not_known_is_taken_as_running(status):
    seen, _, _ = follow([record(status), record("completed")])
    assert states(seen) == [JobState.PROCESSING, JobState.COMPLETED]


def test_a_stale_answer_does_not_move_it_backwards():
    seen, _, _ = follow([record("processing"), record("created"), record("completed")])
    assert states(seen) == [JobState.PROCESSING, JobState.PROCESSING, JobState.COMPLETED]


def test_trouble_is_waited_out_and_is_no_failure():
    trouble = [
        httpx.Response(503),
        httpx.Response(502, text="<html>"),
        httpx.ReadError("gone"),
        httpx.Response(200, text='{"code":200,"da'),
        httpx.Response(200, json={"code": 500, "message": "no", "data": None}),
        httpx.Response(200, json={"code": 200, "data": None}),
        httpx.Response(200, json=[1]),
    ]
    seen, _, _ = follow([*trouble, record("completed")])
    assert states(seen) == [JobState.ACCEPTED] * len(trouble) + [JobState.COMPLETED]
    assert all(sighting.trouble for sighting in seen[:-1])


def test_waits_grow_while_trouble_lasts():
    _, _, time = follow([httpx.Response(500)] * 4 + [record("completed")])
    assert time.slept[1] < time.slept[2] < time.slept[3] <= 60.0 * 1.1


@pytest.mark.parametrize(
    "value", ["40", format_datetime(datetime(2026, 1, 1, 12, 0, 40, tzinfo=UTC), usegmt=True)]
)
def test_retry_after_is_honoured_in_seconds_and_as_a_date_by_the_servers_clock(value):
    """The date is read against the answer's own Date: the local clock may be years off (Q50)."""
    headers = {"Retry-After": value, "Date": "Thu, 01 Jan 2026 12:00:00 GMT"}
    _, _, time = follow([httpx.Response(429, headers=headers), record("completed")])
    assert time.slept[1] >= 40.0 * 0.9


@pytest.mark.parametrize("value", ["soon", "-5", "nan", "inf", "1e99"])
def test_an_absurd_retry_after_neither_hurries_nor_stalls(value):
    headers = {"Retry-After": value}
    _, _, time = follow([httpx.Response(429, headers=headers), record("completed")])
    assert 5.0 <= time.slept[1] <= 330.0


def test_404_is_tolerated_for_the_replication_lag():
    seen, _, _ = follow([httpx.Response(404), httpx.Response(404), record("completed")])
    assert states(seen) == [JobState.ACCEPTED, JobState.ACCEPTED, JobState.COMPLETED]


def said_404():
    return httpx.Response(404, json={"code": 404, "message": "Prediction not found"})


def test_404s_within_some_seconds_are_no_proof_however_old_it_is():
    """Three in a row at an age of an hour: a paid clip was given up by that."""
    seen, asked, _ = follow([*[said_404()] * 6, record("completed")], age=3600.0)
    assert states(seen) == [JobState.ACCEPTED] * 6 + [JobState.COMPLETED]
    assert asked[5][0] - asked[0][0] < 60


def test_a_record_is_gone_when_the_service_says_so_for_minutes():
    seen, asked, _ = follow([said_404()], age=3600.0)
    assert seen[-1].state is JobState.DELETED
    assert 120 <= asked[-1][0] - asked[0][0] < 240


@pytest.mark.parametrize(
    "page",
    [
        httpx.Response(404, text="<html>nginx"),
        httpx.Response(404),
        httpx.Response(404, text="404 page not found"),
        httpx.Response(404, json=[]),
    ],
    ids=["html", "empty", "text", "list"],
)
def test_a_404_of_something_on_the_way_says_nothing_of_the_record(page):
    seen, asked, _ = follow([*[page] * 90, record("completed")])
    assert seen[-1].state is JobState.COMPLETED
    assert asked[-1][0] > 1000
    assert all("on the way" in sighting.trouble for sighting in seen[:-1])


def test_a_gateways_page_in_between_neither_counts_nor_starts_again():
    mixed = [said_404(), httpx.Response(404, text="gateway")] * 40
    seen, asked, _ = follow(mixed, age=600.0)
    assert seen[-1].state is JobState.DELETED
    assert 120 <= asked[-1][0] - asked[0][0] < 300


@pytest.mark.parametrize("listed", [True, None])
def test_what_the_list_still_has_or_cannot_tell_is_asked_about_again(listed):
    looks = []

    async def is_listed():
        looks.append(1)
        return listed

    answers = [*[said_404()] * 60, record("completed")]
    seen, _, _ = follow(answers, age=600.0, is_listed=is_listed)
    assert seen[-1].state is JobState.COMPLETED
    assert 1 <= len(looks) < 10


def test_what_was_gone_before_needs_no_minutes_to_be_gone_again():
    async def is_listed():
        return False

    seen, asked, _ = follow([said_404()], age=600.0, was_gone=True, is_listed=is_listed)
    assert (seen[-1].state, len(asked)) == (JobState.DELETED, 1)


def test_a_lasting_404_means_that_the_record_is_gone_not_that_it_failed():
    seen, asked, _ = follow([httpx.Response(404)])
    assert seen[-1].state is JobState.DELETED
    assert asked[-1][0] > 60.0


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_refused_on_the_way_stops_the_asking(status):
    with pytest.raises(AuthError):
        follow([record("processing"), httpx.Response(status, json={"code": status})])


def test_the_address_is_built_from_our_base_and_never_from_the_answer():
    foreign = record("processing", urls={"get": "https://evil.test/steal"})
    _, asked, _ = follow([foreign, record("completed")])
    urls = {str(request.url) for _, request in asked}
    assert urls == {f"{BASE}/api/v3/predictions/p1/result"}


def test_time_runs_on_the_given_clock():
    began = datetime.now(UTC)
    follow([record("processing")] * 100 + [record("completed")])
    assert datetime.now(UTC) - began < timedelta(seconds=30)
