"""Write a job's state to the ledger, retrying while it is locked or the disk is full."""

from __future__ import annotations

import asyncio
import functools
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hailuo_widgets import errors
from hailuo_widgets.jobs.runner import error_messages
from hailuo_widgets.jobs.runner.state_batch import RUNNING
from hailuo_widgets.library.ledger.states import AT_SERVICE, JobState

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from hailuo_widgets.jobs.runner.job import Job
    from hailuo_widgets.jobs.runner.state_batch import StateBatch
    from hailuo_widgets.jobs.wavespeed.poll import Clock
    from hailuo_widgets.library.ledger.ledger import JobRow
    from hailuo_widgets.library.library import Library

_log: Final = logging.getLogger("hailuo_widgets")

WRITE_PAUSES: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
"""Between tries to write down a prediction's id, which nothing else could bring back."""

_LATER_PAUSES: Final = (30.0,) * 240
"""And for two more hours, with nobody waiting for it."""


@dataclass(frozen=True, slots=True)
class _PendingWrite:
    """What has still to be written."""

    state: JobState
    error: errors.HailuoError | None = None
    detail: str = ""
    prediction_id: str | None = None


class StateWriter:
    """Writes the states of one job, of which this process holds the lease.

    Parameters
    ----------
    writers : mapping
        The newest writer of each row; this one becomes it.
    """

    def __init__(
        self,
        job: Job,
        row: JobRow,
        library: Library,
        *,
        clock: Clock,
        batch: StateBatch,
        writers: MutableMapping[int, StateWriter],
    ) -> None:
        self._job = job
        self._row = row
        self._library = library
        self._clock = clock
        self._batch = batch
        self._writers = writers
        self._paid = row.price > 0
        self._pending: _PendingWrite | None = None
        self.aside = ""
        """Words beside every state on the way."""
        writers[row.id] = self

    async def advance(
        self,
        state: JobState,
        detail: str = "",
        *,
        prediction_id: str | None = None,
        error: errors.HailuoError | None = None,
    ) -> None:
        """Write a state, then show it.

        Parameters
        ----------
        error : HailuoError, optional
            What the user is shown if this cannot be written.
        """
        await self._write(_PendingWrite(state, error, detail, prediction_id))
        said = detail or self.words(state)
        self._job.change(state, said, prediction_id=prediction_id)

    def words(self, state: JobState) -> str:
        """Return the words for a state on the way."""
        return (
            f"{error_messages.WORDS[state]} ({self.aside})"
            if self.aside
            else error_messages.WORDS[state]
        )

    async def end(self, state: JobState, error: errors.HailuoError, detail: str = "") -> None:
        """Write an end without a clip, then show it; an unknown one is searched for first."""
        await self._write(_PendingWrite(state, error, detail))
        if state is JobState.UNKNOWN and self._paid:
            await self.leave(lambda: self._job.mark_searching(error_messages.LOOKING))
        else:
            await self.leave(lambda: self._job.finish(error, state, detail or str(state)))

    async def leave(self, finish: Callable[[], None]) -> None:
        """Give up the lease, then finish the job; a lease that stays is given up later."""
        settled = await self._settle()
        finish()
        if not settled:
            await self._settle_later()

    async def pause(self, error: errors.HailuoError) -> None:
        """Stop executing a job that has not ended; it can be resumed.

        When the ledger cannot be written now, this goes on until it can: a lease without an
        execution would hold up the queue of all kernels.
        """
        job = self._job
        if self._pending is None and job.state is JobState.SENT:
            self._pending = _PendingWrite(JobState.UNKNOWN, error_messages.not_written(error))
        pending = self._pending
        settled = await self._settle()
        if not (settled and self._is_to_be_searched(pending)):
            state, shown = self._state_and_error(pending, error)
            job.finish(shown, state, f"stopped while {job.detail}")
        if not settled:
            settled = await self._settle_later()
        if settled and self._is_to_be_searched(pending):
            job.mark_searching(error_messages.LOOKING)

    async def _settle(self) -> bool:
        """Try to write what is pending, and to give up the lease."""
        ledger = self._library.ledger
        try:
            if self._pending is not None:
                await self._write(self._pending)
            await asyncio.to_thread(ledger.transitions.release, self._row.id)
        except errors.LibraryError as error:
            _log.info("job %s cannot be let go of yet: %s", self._row.id, error)
            return False
        return True

    async def _settle_later(self) -> bool:
        """Try it again and again, unless another execution of the same job has begun."""
        for pause in (*WRITE_PAUSES, *_LATER_PAUSES):
            await self._clock.sleep(pause)
            if self._writers.get(self._row.id) is not self:
                return False
            if await self._settle():
                return True
        _log.warning("job %s could not be let go of; it is when this process ends", self._row.id)
        return False

    def _state_and_error(
        self, pending: _PendingWrite | None, error: errors.HailuoError
    ) -> tuple[JobState, errors.HailuoError]:
        """Return how the job stands while the ledger cannot be written."""
        if pending is None or pending.state in AT_SERVICE - {JobState.ACCEPTED}:
            return self._job.state, error
        if pending.state in {JobState.UNKNOWN, JobState.ACCEPTED} and self._paid:
            return JobState.UNKNOWN, error_messages.not_written(error)
        return pending.state, pending.error or error

    def _is_to_be_searched(self, pending: _PendingWrite | None) -> bool:
        return pending is not None and pending.state is JobState.UNKNOWN and self._paid

    async def _write(self, pending: _PendingWrite) -> None:
        """Write a state; until that has succeeded it is pending."""
        self._pending = pending
        if pending == _PendingWrite(pending.state) and pending.state in RUNNING:
            await self._batch.write(self._row.id, pending.state)
            self._pending = None
            return
        failure = (
            error_messages.failure_of(pending.error)
            if pending.error and pending.state.final
            else None
        )
        await asyncio.to_thread(
            functools.partial(
                self._library.ledger.transitions.advance,
                self._row.id,
                pending.state,
                pending.detail,
                prediction_id=pending.prediction_id,
                failure=failure,
            )
        )
        self._pending = None
