"""One job's way from where it stands to its clip.

Every step is durable in the ledger before the next one begins, so that whatever ends this process,
another one knows where to go on and what may have been billed.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from typing import TYPE_CHECKING, Final

from hailuo_widgets import errors, service
from hailuo_widgets.jobs.runner import error_messages
from hailuo_widgets.jobs.runner.state_writer import StateWriter
from hailuo_widgets.jobs.runner.submission import EmulatorEndedError, Submission
from hailuo_widgets.jobs.services.services import has_ended
from hailuo_widgets.jobs.wavespeed import candidates, poll
from hailuo_widgets.jobs.wavespeed.download import download_all, is_address
from hailuo_widgets.jobs.wavespeed.prediction_id import shown
from hailuo_widgets.library.ledger.states import AT_SERVICE, JobState
from hailuo_widgets.library.origin import of_job

if TYPE_CHECKING:
    from hailuo_widgets.jobs.runner.context import ServiceContext
    from hailuo_widgets.jobs.runner.job import Job
    from hailuo_widgets.jobs.services.services import Connection
    from hailuo_widgets.jobs.wavespeed.client import Client
    from hailuo_widgets.library.ledger.ledger import JobRow

_log: Final = logging.getLogger("hailuo_widgets")
_PATIENCE_SECONDS: Final = 20 * 60.0


class JobExecution:
    """Executes one job of which this process holds the lease."""

    def __init__(
        self, job: Job, row: JobRow, connection: Connection, context: ServiceContext
    ) -> None:
        self._job = job
        self._row = row
        self._connection = connection
        self._context = context
        self._library = connection.library
        self._paid = row.price > 0
        self._writer = StateWriter(
            job,
            row,
            self._library,
            clock=context.clock,
            batch=context.batch,
            writers=context.writers,
        )
        self._submission = Submission(job, row, connection, context, self._writer)

    async def run(self) -> None:
        """Go to the end, or to where only the user can say how to go on.

        An emulator that ends on the way is replaced once.
        """
        if self._row.state is JobState.SENT:
            await self._writer.end(JobState.UNKNOWN, error_messages.of_row(self._row))
            return
        if await self._run_unless_ended(self._row.state):
            return
        self._job.note = "The emulator ended on the way; this draft is rendered again."
        self._writer.aside = error_messages.EMULATOR_ENDED
        await self._writer.advance(JobState.INTENT, error_messages.EMULATOR_ENDED)
        if await self._run_unless_ended(JobState.INTENT):
            return
        self._writer.aside = ""
        await self._writer.advance(JobState.INTENT, "the emulator ended twice")
        raise errors.EmulatorError(
            "The emulator ended twice while it rendered this draft. It may need more memory than "
            "this machine has left, or this picture may be too much for it. Drafts cost nothing: "
            "close what needs memory, or take a smaller picture, and ask again."
        )

    async def _run_unless_ended(self, state: JobState) -> bool:
        """Go on from a state; False when the emulator has ended on the way."""
        client = await self._connection.client(self._context.http())
        try:
            await self._run_from(state, client)
        except EmulatorEndedError:
            return False
        except errors.HailuoError as error:
            # What did not arrive may lie at an emulator that is not there any more.
            if isinstance(error, errors.LibraryError) or not await has_ended(client):
                raise
            return False
        return True

    async def _run_from(self, state: JobState, client: Client) -> None:
        """Take the job from a state to its clip: the whole of a paid job, top to bottom."""
        prediction_id = self._row.prediction_id
        if state is JobState.INTENT:
            async with self._submission.frames(client):
                result = None
                while result is None:
                    if not await self._submission.wait_for_slot():
                        return
                    result = await self._submission.submit(client)
            prediction_id = await self._submission.settle(client, result)
        outputs = prediction_id and await self._poll(client, prediction_id)
        if prediction_id and outputs:
            row = await self._download(prediction_id, outputs)
            await self._finish(row)

    async def pause(self, error: errors.HailuoError) -> None:
        """Stop executing a job that has not ended; it can be resumed."""
        await self._writer.pause(error)

    async def _poll(self, client: Client, prediction_id: str) -> tuple[str, ...] | None:
        """Poll until it has ended; return its outputs' addresses, or None without a clip."""
        job, connection, clock = self._job, self._connection, self._context.clock
        began = clock.now()
        schedule = await asyncio.to_thread(lambda: connection.schedule)
        asked = 0
        lag = None
        try:
            async for seen in poll.poll_prediction(
                client,
                prediction_id,
                schedule,
                clock,
                known=job.state,
                age=self._age(),
                is_listed=lambda: candidates.is_listed(client, prediction_id),
                was_gone=self._row.error_kind == errors.RecordGoneError.__name__,
            ):
                asked += 1
                if seen.trouble and await has_ended(client, hung=seen.hung):
                    raise EmulatorEndedError
                lag = seen.lag
                if seen.ended:
                    break
                if seen.state is not job.state:
                    await self._writer.advance(seen.state)
                elif seen.trouble:
                    words = self._writer.words(seen.state)
                    job.change(seen.state, f"{words}; {seen.trouble}, asking again")
                if clock.now() - began > _PATIENCE_SECONDS:
                    raise errors.WaitTimeoutError(
                        f"No end after {_PATIENCE_SECONDS / 60:.0f} minutes. The service goes on "
                        f"with prediction {shown(prediction_id)}; ask for the same request again to go on "
                        "waiting at no cost."
                    )
        finally:
            self._context.queue.freed()
            await self._count(asked, lag)
        if seen.state is not JobState.COMPLETED:
            error = error_messages.of_prediction(
                seen.state,
                seen.prediction,
                prediction_id,
                paid=self._paid,
                by_address=await self._not_reached(client, seen),
            )
            await self._writer.end(seen.state, error)
            return None
        await self._writer.advance(JobState.COMPLETED)
        connection.learn()
        came = seen.prediction.outputs if seen.prediction else ()
        outputs = tuple(each for each in came if is_address(each))
        if not outputs:
            raise error_messages.without_output(prediction_id, came, paid=self._paid)
        return outputs

    async def _not_reached(self, client: Client, seen: poll.PollResult) -> bool:
        """Return True if the service could not fetch a frame whose address it was given (Q48)."""
        code = seen.prediction.code if seen.prediction else None
        if not self._paid or code != service.NOT_REACHABLE:
            return False
        request = self._job.request
        # What an earlier kernel sent is not known here: whatever had an address may have gone by it.
        mine = self._row.state is JobState.INTENT
        frames = [
            frame
            for frame in (request.image, request.end_image)
            if frame is not None and (not mine or frame.sha256 in self._submission.sent)
        ]
        try:
            return await self._context.uploads.forget(
                client, frames, self._submission.sent.values()
            )
        except errors.LibraryError as error:
            _log.warning("%s", error)
            return bool(self._submission.sent)

    async def _count(self, asked: int, lag: float | None) -> None:
        try:
            await asyncio.to_thread(
                self._library.ledger.transitions.add_polls, self._row.id, asked, lag
            )
        except errors.LibraryError as error:
            _log.warning("%s", error)  # statistics: whatever else goes on matters more

    def _age(self) -> float | None:
        """Return how many seconds ago a resumed job was accepted; None for a fresh one."""
        if self._row.state not in AT_SERVICE:
            return None
        since = self._row.sent_at or self._row.accepted_at or self._row.asked_at
        return (self._context.clock.wall() - since).total_seconds()

    async def _download(self, prediction_id: str, outputs: tuple[str, ...]) -> JobRow:
        """Download the clip, check it and write it down; return its row."""
        ledger = self._library.ledger
        completed = await asyncio.to_thread(ledger.jobs.row, self._row.id)
        kept, note = await download_all(
            self._context.http().asking,
            outputs,
            self._library.media,
            prediction_id,
            self._context.clock,
            origin=of_job(completed, self._job.request),
            paid=self._paid,
        )
        if note:
            self._job.note = note
        return await asyncio.to_thread(
            functools.partial(
                ledger.transitions.advance, self._row.id, JobState.DOWNLOADED, note, clip=kept
            )
        )

    async def _finish(self, row: JobRow) -> None:
        await self._writer.leave(lambda: self._job.finish_from(row, self._library))
