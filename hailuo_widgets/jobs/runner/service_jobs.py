"""Execute, resume and follow the jobs of one library at one service, on the background loop."""

from __future__ import annotations

import asyncio
import functools
import logging
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets import errors
from hailuo_widgets.jobs import loop
from hailuo_widgets.jobs.runner import error_messages
from hailuo_widgets.jobs.runner.execution import JobExecution
from hailuo_widgets.jobs.runner.unknown_outcomes import UnknownOutcomes
from hailuo_widgets.library.ledger.states import JobState

if TYPE_CHECKING:
    from collections.abc import Callable

    from hailuo_widgets.jobs.runner.context import ServiceContext
    from hailuo_widgets.jobs.runner.job import Job
    from hailuo_widgets.jobs.services.services import Connection
    from hailuo_widgets.library.ledger.ledger import JobRow

_log: Final = logging.getLogger("hailuo_widgets")


class ServiceJobs:
    """The jobs of one library at one service, in this process.

    Parameters
    ----------
    send : callable
        Asks for a job's request again; see :meth:`hailuo_widgets.jobs.runner.runner.Runner.send`.
    """

    def __init__(self, context: ServiceContext, send: Callable[..., Job]) -> None:
        self._context = context
        self._library = context.library
        self._send = send
        self._unknown: dict[Connection, UnknownOutcomes] = {}

    def unknown_outcomes(self, connection: Connection) -> UnknownOutcomes:
        """Return what searches for unknown outcomes by this connection; from any thread."""
        found = self._unknown.get(connection)
        if found is None:
            made = UnknownOutcomes(
                connection,
                self._context,
                begin=self.begin,
                follow=self.follow,
                send=lambda job, another, price: self._send(
                    connection, job, another=another, price=price
                ),
            )
            found = self._unknown.setdefault(connection, made)
        return found

    def tasks(self) -> set[asyncio.Task[Any]]:
        """Return all tasks that run for these jobs."""
        return self._context.tasks().union(*(each.tasks() for each in self._unknown.values()))

    def begin(self, job: Job, row: JobRow, connection: Connection) -> None:
        """Execute a job of which this process holds the lease; from any thread."""
        failed = self._on_stop(job, row, connection)
        loop.call_soon(self._start, job, row, connection, failed=failed)

    def resume(self, job: Job, row: JobRow, connection: Connection) -> None:
        """Go on with what another process left, as far as nothing that costs is sent."""
        self._context.start(
            self._take_over(job, row, connection), failed=self._on_stop(job, row, connection)
        )

    def follow(self, job: Job, row: JobRow, connection: Connection) -> None:
        """Follow a job that another live process executes; take over when that process ends."""
        self._context.follower.add(job, row, lambda now: self.resume(job, now, connection))

    def _start(self, job: Job, row: JobRow, connection: Connection) -> None:
        self._context.start(
            self._execute(job, row, connection), failed=self._on_stop(job, row, connection)
        )

    async def _execute(self, job: Job, row: JobRow, connection: Connection) -> None:
        """Take a job from where it stands to its end, or to where the user decides."""
        execution = JobExecution(job, row, connection, self._context)
        try:
            await execution.run()
        except asyncio.CancelledError:
            raise
        except BaseException as raised:  # noqa: BLE001  the lease and the price are let go of first
            error = loop.as_told(raised)
            doubted = isinstance(error, errors.LibraryError) and await self._became_unknown(
                job, row
            )
            if not doubted:
                await execution.pause(error)
        finally:
            self._context.queue.freed()
        if job.searching:
            now = await asyncio.to_thread(self._library.ledger.jobs.row, row.id)
            self.unknown_outcomes(connection).search(job, now)

    def _on_stop(
        self, job: Job, row: JobRow, connection: Connection
    ) -> Callable[[errors.HailuoError], None]:
        """Return what ends a job whose execution was stopped, whatever stopped it."""
        holder = connection.library.holder

        def stop(error: errors.HailuoError) -> None:
            ledger = self._library.ledger
            state, shown = job.state, error
            try:
                if state is JobState.SENT and row.price > 0:
                    state, shown = JobState.UNKNOWN, error_messages.not_written(error)
                    ledger.transitions.advance(
                        row.id, state, failure=error_messages.failure_of(shown)
                    )
                if ledger.jobs.row(row.id).holder == holder.name:
                    ledger.transitions.release(row.id)
            except errors.LibraryError as trouble:
                _log.warning("job %s could not be let go of: %s", row.id, trouble)
            finally:
                job.finish(shown, state, f"stopped while {job.detail}")

        return stop

    async def _became_unknown(self, job: Job, row: JobRow) -> bool:
        """Return True if the prediction that the user adopted turned out to be another job's."""
        try:
            now = await asyncio.to_thread(self._library.ledger.jobs.row, row.id)
        except errors.LibraryError:
            return False
        if now.state is not JobState.UNKNOWN or row.price == 0:
            return False
        job.prediction_id = None
        job.mark_searching(error_messages.LOOKING)
        return True

    async def _take_over(self, job: Job, row: JobRow, connection: Connection) -> None:
        try:
            await self._go_on(job, row, connection)
        except asyncio.CancelledError:
            raise
        except BaseException as raised:  # noqa: BLE001  shown like everything else
            error = loop.as_told(raised)
            job.finish(error, row.state, "stopped")
            name = self._library.path.name
            _log.warning("job %s of %s cannot be resumed: %s", row.id, name, error)

    async def _go_on(self, job: Job, row: JobRow, connection: Connection) -> None:
        ledger, holder = self._library.ledger, self._library.holder
        paid = row.price > 0
        if row.state is JobState.UNKNOWN and paid:
            self.unknown_outcomes(connection).search(job, row)
            return
        if row.holder is not None and await asyncio.to_thread(holder.is_alive, row.holder):
            self.follow(job, row, connection)
            return
        if row.state is JobState.INTENT and paid:
            job.finish(error_messages.never_sent(row), row.state, "never sent")
            return
        taken = await asyncio.to_thread(
            functools.partial(
                ledger.transitions.take_up, row.id, holder=holder.name, is_alive=holder.is_alive
            )
        )
        if taken is None:  # another process was quicker
            now = await asyncio.to_thread(ledger.jobs.row, row.id)
            if now.state.final and now.state is not JobState.UNKNOWN:
                job.finish_from(now, self._library)
            else:
                self.follow(job, now, connection)
        elif not paid:
            # Free, and the emulator that had it has ended with its kernel.
            _require_pictures(job, taken)
            again = await asyncio.to_thread(
                ledger.transitions.advance, row.id, JobState.INTENT, "taken up by another kernel"
            )
            await self._execute(job, again, connection)
        elif taken.state is JobState.UNKNOWN:
            await asyncio.to_thread(ledger.transitions.release, row.id)
            self.unknown_outcomes(connection).search(job, taken)
        else:
            await self._execute(job, taken, connection)


def _require_pictures(job: Job, row: JobRow) -> None:
    if job.request.request_hash != row.request_hash:
        raise errors.LibraryError(
            "A picture of this draft is not in the library any more, so it cannot be rendered "
            "again from here. Drafts cost nothing: ask with the picture itself."
        )
