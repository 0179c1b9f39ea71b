"""Asking how a prediction stands, until it has ended.

The order of states is kept: an answer from a stale replica never moves a job backwards. Trouble on
the way is not a failure of the task, so it is waited out.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from hailuo_widgets import service
from hailuo_widgets.jobs.wavespeed import estimate
from hailuo_widgets.jobs.wavespeed.client import NotFound, Prediction, Transient
from hailuo_widgets.library.ledger.states import JobState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from hailuo_widgets.jobs.wavespeed.client import Client

_BACK_OFF_CEILING: Final = 60.0
_NOT_FOUND_AT_LEAST: Final = 3
_NOT_FOUND_SECONDS: Final = 120.0
"""One replica that has not heard of a record is no proof that the record is gone, and neither are
all of them for some seconds."""

_GATEWAY_SECONDS: Final = 3600.0
"""A 404 that is not the service's own says nothing of a record: longer than anybody waits."""

_SURELY_UNASKED_SECONDS: Final = 20 * 60.0
"""No kernel asks about a job for longer without being told to: after that, one that takes it up
may ask at once. Before, another one may have asked a moment ago."""


class Schedule(NamedTuple):
    """When to ask, in seconds since the service accepted the request.

    Attributes
    ----------
    first : float
        When the first question is asked.
    steady : float
        Until then the questions are `floor` apart; later they grow rarer.
    floor, ceiling : float
        The shortest and the longest time between two questions.
    growth : float
        How much longer each wait is than the one before it.
    beat : float
        Questions wait for the next multiple of it on the clock, so that those about many jobs go
        out together: to wake up for each alone takes twice the processor time. 0: none waits.
    answer : float or None
        In real seconds: who answers nothing for so long hangs. None: the HTTP client's own limits.
    """

    first: float
    steady: float
    floor: float
    ceiling: float
    growth: float = service.POLL_GROWTH
    beat: float = 0.0
    answer: float | None = None


LOCAL: Final = Schedule(0.2, 0.0, 0.2, 1.0, answer=30.0)

_BEAT: Final = service.POLL_FLOOR_SECONDS * 1.002 / 100
"""About 0.05 s. A hundred beats are a little more than the floor: a question that goes out some
milliseconds after its beat does not make the next one miss its own."""


def paid(durations: Sequence[float]) -> Schedule:
    """Return the paid service's schedule, given how long its generations took before.

    The first question is asked when one of fifty was ready, and the questions stay as close as the
    service permits until only one of fifty is not.
    """
    first, steady = service.EXPECTED_SECONDS
    floor = service.POLL_FLOOR_SECONDS
    if len(durations) >= estimate.ENOUGH_CLIPS:
        first = max(floor, estimate.quantile(durations, 0.02))
        steady = estimate.quantile(durations, 0.98)
    return Schedule(first, steady, floor, service.POLL_CEILING_SECONDS, beat=_BEAT)


@dataclass(frozen=True, slots=True)
class PollResult:
    """What is known of a prediction after one question."""

    state: JobState
    prediction: Prediction | None = None
    trouble: str = ""
    """Why the question got no usable answer; empty when it did."""
    ended: bool = False
    """Whether this is the last one: nothing more will change at the service."""
    hung: bool = False
    """Whether no answer came for as long as the schedule allows."""
    lag: float | None = None
    """Seconds that it may have been completed before this was seen; None when nobody knows."""


def wall_clock() -> datetime:
    """Return the date, aware, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """Time and a random generator, handed in so that tests can bring their own."""

    now: Callable[[], float]
    """Monotonic seconds."""
    sleep: Callable[[float], Awaitable[None]]
    rng: random.Random
    wall: Callable[[], datetime] = wall_clock
    """The date, aware, UTC."""


def state_of(status: str) -> JobState:
    """Map the service's status to a state; what is not known is taken as running (Q20)."""
    if status in service.COMPLETED_STATUSES:
        return JobState.COMPLETED
    if status in service.GONE_STATUSES:
        return JobState.DELETED
    if status in {"cancelled", "canceled"}:
        return JobState.CANCELLED
    if status in service.FAILED_STATUSES:
        return JobState(status)
    return JobState.CREATED if status == "created" else JobState.PROCESSING


async def poll_prediction(
    client: Client,
    prediction_id: str,
    schedule: Schedule,
    clock: Clock,
    *,
    known: JobState = JobState.ACCEPTED,
    age: float | None = None,
    is_listed: Callable[[], Awaitable[bool | None]] | None = None,
    was_gone: bool = False,
) -> AsyncIterator[PollResult]:
    """Yield what each question shows; ends after a final state or ``completed``.

    Parameters
    ----------
    known : JobState
        The most advanced state seen so far.
    age : float, optional
        Seconds since the service accepted it, for one that is taken up again. Without it, it was
        accepted just now.
    is_listed : callable, optional
        Asked before a record is believed to be gone: whether the service's list of recent
        predictions still has it; None when that cannot be known now.
    was_gone : bool
        Whether it was found gone before: then it is enough that this is still so.

    Raises
    ------
    AuthError
        The key is not accepted any more; the prediction is unharmed.

    Notes
    -----
    A 404 is tolerated for minutes; after that the state is ``deleted`` (Q23, Q26), unless the
    service's list still has it. A gateway's 404 is trouble on the way. There is no deadline here:
    patience is the caller's.
    """
    began = clock.now() - max(0.0, age or 0.0)
    due = clock.now() + _first_wait(schedule, age, known)
    interval = schedule.floor
    running_at = None if age is not None else began
    trouble = 0
    missing = _Missing(was_gone)
    while True:
        await clock.sleep(_until_beat(due, schedule, clock))
        asked = clock.now()
        try:
            async with asyncio.timeout(schedule.answer):
                prediction = await client.prediction(prediction_id)
        except NotFound as problem:
            words = "the service does not know it yet"
            if missing.again(problem, asked, age=asked - began):
                if is_listed is None or await is_listed() is False:
                    yield PollResult(JobState.DELETED, ended=True)
                    return
                missing = _Missing(was_gone=False)
                words = "its record cannot be read now, and it may still be there"
            yield PollResult(known, trouble=words if problem.by_service else "HTTP 404 on the way")
        except TimeoutError:
            yield PollResult(known, trouble="no answer", hung=True)
        except Transient as problem:
            trouble += 1
            yield PollResult(known, trouble=str(problem))
            backed_off = min(_BACK_OFF_CEILING, schedule.floor * 2.0 ** min(trouble, 16))
            jitter = 1.0 + clock.rng.uniform(0.0, service.POLL_JITTER)
            due = clock.now() + max(problem.retry_after or 0.0, backed_off) * jitter
            continue
        else:
            missing = _Missing(was_gone=False)
            seen = state_of(prediction.status)
            known = max(known, seen, key=lambda state: state.advanced)
            ended = seen.final or seen is JobState.COMPLETED
            yield PollResult(
                known,
                prediction,
                ended=ended,
                lag=_lag(prediction, asked, began, running_at) if ended else None,
            )
            if ended:
                return
            running_at = asked
        trouble = 0
        if asked - began >= schedule.steady:
            interval = min(schedule.ceiling, interval * schedule.growth)
        # Counted from question to question: an answer that takes its time delays none.
        due = asked + interval


class _Missing:
    """How long, and by whose word, a record has been missing without a break."""

    def __init__(self, was_gone: bool) -> None:
        self._was_gone = was_gone
        self._times = 0
        self._since: float | None = None
        self._away: float | None = None

    def again(self, problem: NotFound, now: float, *, age: float) -> bool:
        """Count one more 404; True when the record is to be taken for gone."""
        self._away = now if self._away is None else self._away
        if problem.by_service:
            self._times += 1
            self._since = now if self._since is None else self._since
        elif now - self._away > _GATEWAY_SECONDS:
            return True
        if self._since is None:
            return False
        return self._was_gone or (
            self._times >= _NOT_FOUND_AT_LEAST
            and now - self._since >= _NOT_FOUND_SECONDS
            and age > service.NOT_FOUND_GRACE_SECONDS
        )


def _first_wait(schedule: Schedule, age: float | None, known: JobState) -> float:
    if age is None:
        return schedule.first
    if age > _SURELY_UNASKED_SECONDS:
        return 0.0
    if known is JobState.COMPLETED:
        return schedule.floor
    return max(schedule.floor, schedule.first - max(0.0, age))


def _lag(
    prediction: Prediction, seen: float, began: float, running_at: float | None
) -> float | None:
    """Return how late its end was seen at most.

    It ended after the last answer that showed it running, and not before its own working time had
    passed since it was accepted.
    """
    if running_at is None:
        return None
    return max(0.0, seen - max(running_at, began + (prediction.worked_seconds or 0.0)))


def _until_beat(due: float, schedule: Schedule, clock: Clock) -> float:
    """Return the seconds until the first beat that is not before `due`."""
    if schedule.beat:
        due = math.ceil(due / schedule.beat) * schedule.beat
    return max(0.0, due - clock.now())
