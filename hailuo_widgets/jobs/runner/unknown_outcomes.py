"""Jobs that only the user can decide about: unknown outcomes, and requests that were never sent."""

from __future__ import annotations

import asyncio
import weakref
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from hailuo_widgets import errors
from hailuo_widgets.jobs import loop
from hailuo_widgets.jobs.runner import error_messages
from hailuo_widgets.jobs.runner.job_actions import JobActions
from hailuo_widgets.jobs.wavespeed import candidates
from hailuo_widgets.jobs.wavespeed.client import NotFound, Transient
from hailuo_widgets.jobs.wavespeed.prediction_id import id_of, shown
from hailuo_widgets.library.ledger.states import JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from decimal import Decimal

    from hailuo_widgets.jobs.runner.context import ServiceContext
    from hailuo_widgets.jobs.runner.job import Job
    from hailuo_widgets.jobs.services.services import Connection
    from hailuo_widgets.library.ledger.ledger import JobRow

T = TypeVar("T")

_PAUSES: Final = (0.0, 5.0, 10.0, 20.0, 40.0)
"""Seconds before each look: how far the service's list lags behind is not known (Q38)."""

_WRITE_OFF_AFTER: Final = timedelta(minutes=15)


class UnknownOutcomes:
    """Searches for what unknown submissions became, and carries out the user's decisions.

    Parameters
    ----------
    connection : Connection
        Whose jobs they are.
    begin, follow : callable
        Execute a job, and follow one that another process executes; see
        :class:`hailuo_widgets.jobs.runner.service_jobs.ServiceJobs`.
    send : callable
        Asks for a job's request again: as another take or not, at a price.

    Attributes
    ----------
    actions : JobActions
        The decisions, for the jobs of this connection.
    """

    def __init__(
        self,
        connection: Connection,
        context: ServiceContext,
        *,
        begin: Callable[[Job, JobRow, Connection], None],
        follow: Callable[[Job, JobRow, Connection], None],
        send: Callable[[Job, bool, Decimal | None], Job],
    ) -> None:
        self._connection = connection
        self._context = context
        self._library = connection.library
        self._begin = begin
        self._follow = follow
        self._send = send
        self._jobs: weakref.WeakValueDictionary[int, Job] = weakref.WeakValueDictionary()
        self._searches: dict[int, asyncio.Task[None]] = {}
        self.actions: JobActions[Job] = JobActions(
            adopt=self.adopt,
            keep_looking=self.keep_looking,
            send_again=self.send_again,
            withdraw=self.withdraw,
            withdraw_all=self.withdraw_all,
            write_off=self.write_off,
        )

    # -- the user's decisions --------------------------------------------------------------

    def adopt(self, job: Job, prediction_id: str) -> None:
        """See :meth:`Job.adopt`."""
        known = {each.prediction_id for each in job.candidates}
        found = id_of(prediction_id)
        if found not in known and found is not None:
            found = id_of(found.strip())  # copied with something around it
        if found is None:
            raise errors.InputError(
                f"{str(prediction_id)[:60]!r} is no prediction's id. Nothing was changed."
            )
        prediction_id = found
        if prediction_id not in known:
            loop.submit(lambda: self._verify(prediction_id)).result()
        row = self._library.ledger.transitions.adopt(
            _id(job), prediction_id, holder=self._library.holder.name
        )
        if job.done:
            job.reopen()
        job.candidates, job.searching, job.may_write_off = (), False, False
        job.cost = row.price
        job.change(row.state, error_messages.WORDS[row.state], prediction_id=prediction_id)
        self._begin(job, row, self._connection)
        loop.call_soon(self._remove_candidate, prediction_id, row.id, failed=lambda _: None)

    def keep_looking(self, job: Job) -> None:
        """See :meth:`Job.keep_looking`."""
        row = self._library.ledger.jobs.row(_id(job))
        if row.state is not JobState.UNKNOWN:
            raise errors.LibraryError(
                f"This job is not unknown any more: it is {row.state.words}. There is nothing to look "
                "for."
            )
        job.mark_searching(error_messages.LOOKING)  # before the caller waits again
        loop.call_soon(self.search, job, row, failed=self.on_stop(job, row))

    def send_again(self, job: Job, price: Decimal | None) -> Job:
        """See :meth:`Job.send_again`."""
        row = self._library.ledger.jobs.row(_id(job))
        if job.request.request_hash != row.request_hash:
            raise errors.LibraryError(
                "A picture of this request is not in the library any more, so it cannot be sent "
                "again from here. Nothing was sent. Ask with the picture itself."
            )
        same = row.state is JobState.INTENT or (
            row.state is JobState.REFUSED and not row.written_off
        )
        return self._send(job, not same, price)

    def withdraw(self, job: Job) -> None:
        """See :meth:`Job.withdraw`."""
        try:
            self._leave_queue([job], lambda: self._library.ledger.transitions.withdraw(_id(job)))
        except errors.LibraryError as error:
            self._finish_unsent(job, error)
            raise
        _finish_withdrawn(job)

    def withdraw_all(self, jobs: Sequence[Job]) -> list[Job]:
        """Withdraw what has not left yet, in one transaction; the others go on.

        Raises
        ------
        LibraryError
            The ledger cannot be written; nothing was withdrawn.
        """
        known = {_id(job): job for job in jobs}
        try:
            left = self._leave_queue(
                jobs, lambda: self._library.ledger.transitions.withdraw_all(known)
            )
        except errors.LibraryError as error:
            for job in jobs:
                self._finish_unsent(job, error)
            raise
        for job_id in left:
            _finish_withdrawn(known[job_id])
        return [known[job_id] for job_id in left]

    def _leave_queue(self, jobs: Sequence[Job], withdraw: Callable[[], T]) -> T:
        """Take jobs out of the queue, then write that down."""

        async def work() -> T:
            await self._context.queue.leave(set(map(_id, jobs)))
            return await asyncio.to_thread(withdraw)

        return loop.submit(work).result()

    def _finish_unsent(self, job: Job, error: errors.LibraryError) -> None:
        row = self._library.ledger.jobs.row(_id(job))
        if row.state is JobState.INTENT:  # it waits for no slot any more
            job.finish(error, row.state, "never sent")

    def write_off(self, job: Job) -> None:
        """See :meth:`Job.write_off`."""
        if job.state is JobState.UNKNOWN and not job.may_write_off:
            raise errors.LibraryError(
                "This cannot be written off yet: it must have been looked for in vain, and at "
                "least 15 minutes must have passed since it was sent. Nothing was changed."
            )
        row = self._library.ledger.transitions.write_off(_id(job))
        if job.done:
            job.reopen()
        job.may_write_off = False
        job.finish_from(row, self._library)

    # -- looking --------------------------------------------------------------------------

    def search(self, job: Job, row: JobRow) -> None:
        """Search for an unknown submission, a few times; on the background loop."""
        running = self._searches.pop(row.id, None)
        if running is not None:
            running.cancel()
        self._jobs[row.id] = job
        job.mark_searching(error_messages.LOOKING)
        task = loop.start(self._search_for(job, row), failed=self.on_stop(job, row))
        self._searches[row.id] = task
        task.add_done_callback(lambda _: self._forget(row.id, task))

    def on_stop(self, job: Job, row: JobRow) -> Callable[[errors.HailuoError], None]:
        """Return what shows that a search has stopped; it may be searched for again."""

        def stop(error: errors.HailuoError) -> None:
            job.searching = False
            if job.state is JobState.UNKNOWN:
                self._show_result(job, row, str(error))

        return stop

    def tasks(self) -> set[asyncio.Task[None]]:
        """Return what is at work."""
        return set(self._searches.values())

    def _forget(self, row_id: int, task: asyncio.Task[None]) -> None:
        if self._searches.get(row_id) is task:
            del self._searches[row_id]

    async def _search_for(self, job: Job, row: JobRow) -> None:
        clock = self._context.clock
        trouble = ""
        for pause in _PAUSES:
            await clock.sleep(pause)
            trouble = await self._search_once(job, row)
            if job.state is not JobState.UNKNOWN:
                return
            if job.candidates and not job.done:
                self._show_result(job, row, trouble)
        job.searching = False
        self._show_result(job, row, trouble)
        late = (row.sent_at or row.asked_at) + _WRITE_OFF_AFTER - clock.wall()
        if late > timedelta():
            await clock.sleep(late.total_seconds() + 1.0)
            trouble = await self._search_once(job, row)
        if job.state is JobState.UNKNOWN:
            near = any(each.near for each in job.candidates)
            job.may_write_off = not near and not trouble
            self._show_result(job, row, trouble)

    async def _search_once(self, job: Job, row: JobRow) -> str:
        """Search once; return why that was not possible, or nothing."""
        now = await asyncio.to_thread(self._library.ledger.jobs.row, row.id)
        if now.state is not JobState.UNKNOWN:
            self._decided_elsewhere(job, now)
            return ""
        try:
            client = await self._connection.client(self._context.http())
            found = await candidates.find(
                client,
                row,
                self._known,
                prompt=job.request.prompt,
                before=self._open_since,
                in_doubt=self._in_doubt,
            )
        except (Transient, errors.HailuoError) as problem:
            return str(problem)
        except NotFound:
            return "HTTP 404"
        if job.state is JobState.UNKNOWN:
            job.candidates = found
        return ""

    def _known(self) -> dict[str, int]:
        return self._library.ledger.jobs.predictions(self._connection.service)

    def _in_doubt(self) -> int:
        return len(self._library.ledger.jobs.unknown(self._connection.service))

    def _open_since(self) -> datetime | None:
        """Return when the oldest submission was sent that still waits for its answer."""
        is_alive = self._library.holder.is_alive
        times = [
            row.sent_at
            for row in self._library.ledger.jobs.resumable(self._connection.service)
            if row.state is JobState.SENT and row.sent_at and row.holder and is_alive(row.holder)
        ]
        return min(times, default=None)

    def _show_result(self, job: Job, row: JobRow, trouble: str) -> None:
        """Publish the search result and wake up the waiters."""
        error = error_messages.of_search(row, job.candidates, trouble)
        if job.done:
            job.error = error
            job.change(JobState.UNKNOWN, error_messages.found(job.candidates))
        else:
            job.finish(error, JobState.UNKNOWN, error_messages.found(job.candidates))

    def _decided_elsewhere(self, job: Job, row: JobRow) -> None:
        """Show what was decided in another process."""
        if job.state is not JobState.UNKNOWN:
            return
        if job.done:
            job.reopen()
        job.candidates, job.searching = (), False
        if row.state.final:
            job.finish_from(row, self._library)
        else:
            self._follow(job, row, self._connection)

    def _remove_candidate(self, prediction_id: str, row_id: int) -> None:
        """Remove an adopted prediction from the candidates of all other jobs."""
        for other_id, other in list(self._jobs.items()):
            left = tuple(each for each in other.candidates if each.prediction_id != prediction_id)
            if other_id != row_id and left != other.candidates:
                other.candidates = left
                other.change(other.state, error_messages.found(left))

    async def _verify(self, prediction_id: str) -> None:
        """Raise unless the service knows a prediction that no search has shown."""
        client = await self._connection.client(self._context.http())
        try:
            await client.prediction(prediction_id)
        except NotFound:
            reason = f"The service knows no prediction {shown(prediction_id)}."
        except Transient as trouble:
            reason = f"The service could not be asked about {shown(prediction_id)} ({trouble})."
        else:
            return
        raise errors.RecordGoneError(
            f"{reason} Nothing was changed and nothing was billed by this.",
            prediction_id=prediction_id,
        )


def _finish_withdrawn(job: Job) -> None:
    if job.done:
        job.reopen()
    job.cost = job.cost * 0
    job.finish(error_messages.withdrawn(), JobState.REFUSED, "withdrawn by you, never sent")


def _id(job: Job) -> int:
    if job.row_id is None:
        raise errors.LibraryError("This job belongs to no library. Nothing was changed.")
    return job.row_id
