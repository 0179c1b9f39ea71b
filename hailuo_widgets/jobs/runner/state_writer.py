"""What a trip writes into the ledger, also when the ledger cannot be written for a while."""

from __future__ import annotations

import asyncio
import functools
import logging
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hailuo_widgets import errors
from hailuo_widgets.jobs.runner import error_messages
from hailuo_widgets.jobs.runner.state_batch import RUNNING
from hailuo_widgets.library.ledger.states import AT_SERVICE, JobState

if TYPE_CHECKING:
    from collections.abc import Callable

    from hailuo_widgets.jobs.runner.job import Job
    from hailuo_widgets.jobs.runner.send_queue import Queue
    from hailuo_widgets.jobs.runner.state_batch import Progress
    from hailuo_widgets.jobs.services.services import Connection
    from hailuo_widgets.jobs.wavespeed.http import HttpClients
    from hailuo_widgets.jobs.wavespeed.poll import Clock
    from hailuo_widgets.jobs.wavespeed.upload import Uploads
    from hailuo_widgets.library.ledger.ledger import JobRow
    from hailuo_widgets.library.library import Library

_log: Final = logging.getLogger("hailuo_widgets")

WRITE_PAUSES: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
"""Between tries to write down a prediction's id, which nothing else could bring back."""

_LATER_PAUSES: Final = (30.0,) * 240
"""And for two more hours, with nobody waiting for it."""


@dataclass(frozen=True, slots=True)
class ServiceContext:
    """What all trips to one service share."""

    connection: Connection
    wires: HttpClients
    queue: Queue
    clock: Clock
    progress: Progress
    carried: weakref.WeakValueDictionary[int, StateWriter]
    """By row: what the newest trip of each job writes."""
    uploads: Uploads


@dataclass(frozen=True, slots=True)
class _Owed:
    """What the ledger has still to be told of a job."""

    state: JobState
    error: errors.HailuoError | None = None
    detail: str = ""
    prediction_id: str | None = None


class StateWriter:
    """Writes one job down, as the one that holds its lease."""

    def __init__(self, job: Job, row: JobRow, road: ServiceContext) -> None:
        self._job = job
        self._row = row
        self._road = road
        self._library = road.connection.library
        self._paid = row.price > 0
        self._owed: _Owed | None = None
        self.aside = ""
        """What is said beside every state on the way."""
        road.carried[row.id] = self

    async def advance(
        self,
        state: JobState,
        detail: str = "",
        *,
        prediction_id: str | None = None,
        error: errors.HailuoError | None = None,
    ) -> None:
        """Write a state down, then show it.

        Parameters
        ----------
        error : HailuoError, optional
            What the person is told if this cannot be written down.
        """
        await self._write(_Owed(state, error, detail, prediction_id))
        said = detail or self.words(state)
        self._job.change(state, said, prediction_id=prediction_id)

    def words(self, state: JobState) -> str:
        """Call a state on the way what it is called before people."""
        return (
            f"{error_messages.WORDS[state]} ({self.aside})"
            if self.aside
            else error_messages.WORDS[state]
        )

    async def end(self, state: JobState, error: errors.HailuoError, detail: str = "") -> None:
        """Write down an end without a clip, then tell it; an unknown one is looked for first."""
        await self._write(_Owed(state, error, detail))
        if state is JobState.UNKNOWN and self._paid:
            await self.leave(lambda: self._job.look(searching=True, detail=error_messages.LOOKING))
        else:
            await self.leave(lambda: self._job.finish(error, state, detail or str(state)))

    async def leave(self, tell: Callable[[], None]) -> None:
        """Give up the lease, then tell how it ended; a lease that stays is given up later."""
        settled = await self._settle()
        tell()
        if not settled:
            await self._settle_later()

    async def pause(self, error: errors.HailuoError) -> None:
        """Stop carrying a job that has not ended; it can be taken up again.

        When the ledger cannot be written now, this goes on until it can: a lease that nobody
        carries would hold up the queue of all kernels.
        """
        job = self._job
        if self._owed is None and job.state is JobState.SENT:
            self._owed = _Owed(JobState.UNKNOWN, error_messages.not_written(error))
        owed = self._owed
        settled = await self._settle()
        if not (settled and self._is_to_be_looked_for(owed)):
            state, told = self._told(owed, error)
            job.finish(told, state, f"stopped while {job.detail}")
        if not settled:
            settled = await self._settle_later()
        if settled and self._is_to_be_looked_for(owed):
            job.look(searching=True, detail=error_messages.LOOKING)

    async def _settle(self) -> bool:
        """Try to write down what is owed to the ledger, and to give up the lease."""
        ledger = self._library.ledger
        try:
            if self._owed is not None:
                await self._write(self._owed)
            await asyncio.to_thread(ledger.transitions.release, self._row.id)
        except errors.LibraryError as error:
            _log.info("job %s cannot be let go of yet: %s", self._row.id, error)
            return False
        return True

    async def _settle_later(self) -> bool:
        """Try it again and again, unless another trip of the same job has begun."""
        for pause in (*WRITE_PAUSES, *_LATER_PAUSES):
            await self._road.clock.sleep(pause)
            if self._road.carried.get(self._row.id) is not self:
                return False
            if await self._settle():
                return True
        _log.warning("job %s could not be let go of; it is when this process ends", self._row.id)
        return False

    def _told(
        self, owed: _Owed | None, error: errors.HailuoError
    ) -> tuple[JobState, errors.HailuoError]:
        """Say how the job stands for a person while the ledger cannot say it."""
        if owed is None or owed.state in AT_SERVICE - {JobState.ACCEPTED}:
            return self._job.state, error
        if owed.state in {JobState.UNKNOWN, JobState.ACCEPTED} and self._paid:
            return JobState.UNKNOWN, error_messages.not_written(error)
        return owed.state, owed.error or error

    def _is_to_be_looked_for(self, owed: _Owed | None) -> bool:
        return owed is not None and owed.state is JobState.UNKNOWN and self._paid

    async def _write(self, owed: _Owed) -> None:
        """Write a state down; until that has succeeded it is owed."""
        self._owed = owed
        if owed == _Owed(owed.state) and owed.state in RUNNING:
            await self._road.progress.write(self._row.id, owed.state)
            self._owed = None
            return
        failure = error_messages.failure_of(owed.error) if owed.error and owed.state.final else None
        await asyncio.to_thread(
            functools.partial(
                self._library.ledger.transitions.advance,
                self._row.id,
                owed.state,
                owed.detail,
                prediction_id=owed.prediction_id,
                failure=failure,
            )
        )
        self._owed = None


def finish_from(row: JobRow, job: Job, library: Library) -> None:
    """End a job the way the ledger says it ended."""
    job.prediction_id = row.prediction_id
    if row.clip_sha256 is not None and row.state is JobState.DOWNLOADED:
        clip = library.clip(row.clip_sha256, prompt=job.request.prompt, service=row.service)
        if clip is not None:
            words = "already in your library" if job.from_library else "ready"
            job.finish(clip, row.state, words, row.finished_at)
            return
    if row.state is JobState.REFUSED:
        job.cost = job.cost * 0
    job.finish(error_messages.of_row(row), row.state, str(row.state), row.finished_at)
