"""Asking how a prediction stands, until it has ended.

The order of states is kept: an answer from a stale replica never moves a job backwards. Trouble on
the way is not a failure of the task, so it is waited out.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from hailuo_widgets.jobs.client import NotFound, Prediction, Transient
from hailuo_widgets.library.states import JobState
from hailuo_widgets.request import service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from hailuo_widgets.jobs.client import Client

_BACK_OFF_CEILING: Final = 60.0


class Schedule(NamedTuple):
    """How long to wait between questions, in seconds."""

    first: float
    floor: float
    ceiling: float
    growth: float = service.POLL_GROWTH
    jitter: float = service.POLL_JITTER


PAID: Final = Schedule(
    service.POLL_FLOOR_SECONDS, service.POLL_FLOOR_SECONDS, service.POLL_CEILING_SECONDS
)
LOCAL: Final = Schedule(0.2, 0.2, 1.0)


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is known of a prediction after one question."""

    state: JobState
    prediction: Prediction | None = None
    trouble: str = ""
    """Why the last question got no usable answer; empty when it did."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time and chance, handed in so that tests can bring their own."""

    now: Callable[[], float]
    """Monotonic seconds."""
    sleep: Callable[[float], Awaitable[None]]
    chance: random.Random


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


async def sightings(
    client: Client,
    prediction_id: str,
    schedule: Schedule,
    clock: Clock,
    *,
    known: JobState = JobState.ACCEPTED,
) -> AsyncIterator[Sighting]:
    """Yield what each question shows; ends after a final state or ``completed``.

    Parameters
    ----------
    known : JobState
        The most advanced state seen so far.

    Raises
    ------
    AuthError
        The key is not accepted any more; the prediction is unharmed.

    Notes
    -----
    A 404 is tolerated for the service's replication lag; after that the state is ``deleted``
    (Q23, Q26). There is no deadline here: patience is the caller's.
    """
    asked_first = clock.now()
    wait = schedule.first
    trouble = 0
    while True:
        await clock.sleep(max(schedule.floor, wait * _jitter(schedule, clock)))
        try:
            prediction = await client.prediction(prediction_id)
        except NotFound:
            if clock.now() - asked_first > service.NOT_FOUND_GRACE_SECONDS:
                yield Sighting(JobState.DELETED)
                return
            yield Sighting(known, trouble="the service does not list it yet")
        except Transient as problem:
            trouble += 1
            yield Sighting(known, trouble=str(problem))
            backed_off = min(_BACK_OFF_CEILING, schedule.floor * 2.0**trouble)
            wait = max(problem.retry_after or 0.0, backed_off)
            continue
        else:
            seen = state_of(prediction.status)
            known = max(known, seen, key=lambda state: state.advanced)
            yield Sighting(known, prediction)
            if seen.final or seen is JobState.COMPLETED:
                return
        trouble = 0
        wait = min(schedule.ceiling, max(schedule.floor, wait) * schedule.growth)


def _jitter(schedule: Schedule, clock: Clock) -> float:
    return 1.0 + clock.chance.uniform(-schedule.jitter, schedule.jitter)
