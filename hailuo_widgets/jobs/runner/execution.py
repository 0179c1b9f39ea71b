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
from hailuo_widgets.jobs import loop
from hailuo_widgets.jobs.runner import error_messages
from hailuo_widgets.jobs.runner.send_queue import WithdrawnError
from hailuo_widgets.jobs.runner.state_writer import WRITE_PAUSES, StateWriter, finish_from
from hailuo_widgets.jobs.services.services import has_ended, last_words
from hailuo_widgets.jobs.wavespeed import candidates, poll
from hailuo_widgets.jobs.wavespeed.download import download_all, is_address
from hailuo_widgets.jobs.wavespeed.prediction_id import in_full, shown
from hailuo_widgets.jobs.wavespeed.submit import (
    Accepted,
    NotSent,
    Outcome,
    Refused,
    Unknown,
    submit,
)
from hailuo_widgets.jobs.wavespeed.upload import NotUploadedError
from hailuo_widgets.library.ledger.states import AT_SERVICE, JobState
from hailuo_widgets.library.origin import of_job

if TYPE_CHECKING:
    from hailuo_widgets.frame.frame import Frame
    from hailuo_widgets.jobs.runner.job import Job
    from hailuo_widgets.jobs.runner.state_writer import ServiceContext
    from hailuo_widgets.jobs.wavespeed.client import Client
    from hailuo_widgets.jobs.wavespeed.upload import Address
    from hailuo_widgets.library.ledger.ledger import JobRow

_log: Final = logging.getLogger("hailuo_widgets")
_PATIENCE_SECONDS: Final = 20 * 60.0

_TOO_MANY_SECONDS: Final = 60.0
"""The service's rate is counted anew each minute."""
_TOO_MANY_TIMES: Final = 5
"""So often a request waits for another turn because the service said: not so fast."""


class _EndedError(Exception):
    """The emulator has ended, and what it worked on with it; a signal within this module."""


class JobExecution:
    """Carries one job of which this process holds the lease."""

    def __init__(self, job: Job, row: JobRow, road: ServiceContext) -> None:
        self._job = job
        self._row = row
        self._road = road
        self._library = road.connection.library
        self._paid = row.price > 0
        self._book = StateWriter(job, row, road)
        self._sent: dict[str, str] = {}

    async def go(self) -> None:
        """Go to the end, or to where only a person can say how to go on.

        An emulator that ends on the way is replaced once.
        """
        if self._row.state is JobState.SENT:
            await self._book.end(JobState.UNKNOWN, error_messages.of_row(self._row))
            return
        if await self._go(self._row.state):
            return
        self._job.note = "The emulator ended on the way; this draft is rendered again."
        self._book.aside = error_messages.EMULATOR_ENDED
        await self._book.advance(JobState.INTENT, error_messages.EMULATOR_ENDED)
        if await self._go(JobState.INTENT):
            return
        self._book.aside = ""
        await self._book.advance(JobState.INTENT, "the emulator ended twice")
        raise errors.EmulatorError(
            "The emulator ended twice while it rendered this draft. It may need more memory than "
            "this machine has left, or this picture may be too much for it. Drafts cost nothing: "
            "close what needs memory, or take a smaller picture, and ask again."
        )

    async def _go(self, state: JobState) -> bool:
        """Go on from a state; False when the emulator has ended on the way."""
        client = await self._road.connection.client(self._road.wires)
        prediction_id = self._row.prediction_id
        try:
            if state is JobState.INTENT:
                prediction_id = await self._submit(client)
            outputs = prediction_id and await self._follow(client, prediction_id)
            if prediction_id and outputs:
                await self._fetch(prediction_id, outputs)
        except _EndedError:
            return False
        except errors.HailuoError as error:
            # What did not arrive may lie at an emulator that is not there any more.
            if isinstance(error, errors.LibraryError) or not await has_ended(client):
                raise
            return False
        return True

    async def pause(self, error: errors.HailuoError) -> None:
        """Stop carrying a job that has not ended; it can be taken up again."""
        await self._book.pause(error)

    # -- sending --------------------------------------------------------------------------

    async def _submit(self, client: Client) -> str | None:
        """Send the request once; None when there is nothing to follow."""
        keeping = loop.part(asyncio.to_thread(self._keep_frames))
        try:
            found = await self._upload(client)
            result = await self._send(client, found)
            if isinstance(result, Accepted):
                await self._accepted(result.prediction_id)
        finally:
            await keeping
        if result is None:
            return None
        if isinstance(result, Accepted):
            return result.prediction_id
        if not isinstance(result, Refused) and await has_ended(client):
            raise _EndedError
        if isinstance(result, Unknown) and (words := last_words(client)):
            result = Unknown(f"{result.reason}; the emulator's last words: {words}")
        error = error_messages.of_submission(result, paid=self._paid)
        if isinstance(result, NotSent):
            await self._book.advance(JobState.INTENT, "not sent", error=error)
            await self._book.pause(error)
        elif isinstance(result, Refused):
            self._job.cost = self._job.cost * 0
            await self._book.end(JobState.REFUSED, error)
        else:
            await self._book.end(JobState.UNKNOWN, error)
        return None

    async def _upload(self, client: Client) -> dict[str, Address]:
        """Have the frames uploaded that other jobs send too; those left out go with the request."""
        job, found = self._job, {}
        for frame in self._shared():
            job.change(JobState.INTENT, f"uploading “{frame.source_name}”, once for all")
            try:
                found[frame.sha256] = await self._road.uploads.address(client, frame)
            except NotUploadedError as trouble:
                job.note = (
                    f"“{frame.source_name}” could not be uploaded ({trouble}): it goes with each "
                    "request instead."
                )
                _log.info("%s", job.note)
            if not job.done:  # nobody took it back meanwhile
                job.change(JobState.INTENT, job.note or error_messages.WORDS[JobState.INTENT])
        return found

    def _shared(self) -> list[Frame]:
        request = self._job.request
        frames = {frame.sha256: frame for frame in (request.image, request.end_image) if frame}
        return [frame for frame in frames.values() if frame.sha256 in self._job.shared]

    async def _send(self, client: Client, found: dict[str, Address]) -> Outcome | None:
        """Send when it is its turn; None when it must not be sent."""
        result: Outcome | None = None
        for times_left in reversed(range(_TOO_MANY_TIMES)):
            if not await self._turn():
                return None
            self._sent = {
                sha256: address.url
                for sha256, address in found.items()
                if self._road.uploads.usable(address)
            }
            result = await self._submit_once(client)
            if not (isinstance(result, Refused) and result.certain and times_left):
                break
            # Nothing was accepted, so it waits for another turn, and so does everybody else.
            seconds = result.retry_after or _TOO_MANY_SECONDS
            self._road.queue.hold(seconds)
            await self._book.advance(
                JobState.INTENT, f"{error_messages.NOT_SO_FAST}; trying again in {seconds:.0f} s"
            )
        return result

    async def _submit_once(self, client: Client) -> Outcome:
        patience = None if self._paid else self._road.connection.schedule.answer
        try:
            async with asyncio.timeout(patience):
                return await submit(client, self._job.request, self._sent)
        except TimeoutError:
            await has_ended(client, hung=True)
            return Unknown("it did not answer")

    async def _turn(self) -> bool:
        """Wait until the request must go out now; False when it must not."""
        job, row = self._job, self._row
        if job.done:  # taken back before it stood in line
            return False
        try:
            await self._road.queue.turn(job, row, self._road.connection)
        except WithdrawnError:
            return False
        except (errors.PriceChangedError, errors.BudgetError) as error:
            why = (
                "the price has changed"
                if isinstance(error, errors.PriceChangedError)
                else "no budget"
            )
            job.cost = job.cost * 0
            await self._book.end(JobState.REFUSED, error, why)
            return False
        except errors.LibraryError as error:
            try:
                now = await asyncio.to_thread(self._library.ledger.jobs.row, row.id)
            except errors.LibraryError:
                raise error from None  # the first one says that nothing was sent
            if now.state is JobState.INTENT:
                raise
            finish_from(now, job, self._library)
            return False
        if self._paid:
            await self._require_written()
        job.change(JobState.SENT, error_messages.WORDS[JobState.SENT])
        return True

    async def _require_written(self) -> None:
        """Raise unless the line that lets a paid request go is on a disk that still has its name.

        Nothing may come between this and the request.
        """
        try:
            await asyncio.to_thread(self._library.require_written, self._row.id)
        except errors.LibraryError as error:
            await self._book.advance(JobState.INTENT, "not sent", error=error)
            raise

    def _keep_frames(self) -> None:
        for frame in (self._job.request.image, self._job.request.end_image):
            if frame is not None:
                try:
                    self._library.media.keep_frame(frame)
                except Exception as error:  # noqa: BLE001
                    # The clip matters more: the frame is still the person's own file.
                    _log.warning("a frame was not kept: %s", loop.as_told(error))

    async def _accepted(self, prediction_id: str) -> None:
        trouble: errors.LibraryError
        for pause in WRITE_PAUSES:
            try:
                await self._book.advance(JobState.ACCEPTED, prediction_id=prediction_id)
            except errors.LibraryError as error:
                trouble = error
                self._job.change(
                    JobState.SENT,
                    f"accepted as {in_full(prediction_id)}; the ledger cannot be written, trying again",
                    prediction_id=prediction_id,
                )
                await self._road.clock.sleep(pause)
            else:
                return
        raise errors.LibraryError(
            f"The service accepted the request as prediction {in_full(prediction_id)}, and the "
            "ledger could not write that down. Note the id: the clip can be fetched by it for 7 "
            f"days. {trouble}"
        ) from None

    # -- following ------------------------------------------------------------------------

    async def _follow(self, client: Client, prediction_id: str) -> tuple[str, ...] | None:
        """Ask until it has ended; the outputs' addresses, or None when there is no clip."""
        job, connection, clock = self._job, self._road.connection, self._road.clock
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
                    raise _EndedError
                lag = seen.lag
                if seen.ended:
                    break
                if seen.state is not job.state:
                    await self._book.advance(seen.state)
                elif seen.trouble:
                    words = self._book.words(seen.state)
                    job.change(seen.state, f"{words}; {seen.trouble}, asking again")
                if clock.now() - began > _PATIENCE_SECONDS:
                    raise errors.WaitTimeoutError(
                        f"No end after {_PATIENCE_SECONDS / 60:.0f} minutes. The service goes on "
                        f"with prediction {shown(prediction_id)}; ask for the same request again to go on "
                        "waiting at no cost."
                    )
        finally:
            self._road.queue.freed()
            await self._count(asked, lag)
        if seen.state is not JobState.COMPLETED:
            error = error_messages.of_prediction(
                seen.state,
                seen.prediction,
                prediction_id,
                paid=self._paid,
                by_address=await self._not_reached(client, seen),
            )
            await self._book.end(seen.state, error)
            return None
        await self._book.advance(JobState.COMPLETED)
        connection.learn()
        came = seen.prediction.outputs if seen.prediction else ()
        outputs = tuple(each for each in came if is_address(each))
        if not outputs:
            raise error_messages.without_output(prediction_id, came, paid=self._paid)
        return outputs

    async def _not_reached(self, client: Client, seen: poll.PollResult) -> bool:
        """Whether the service could not fetch a frame that we gave it the address of (Q48)."""
        code = seen.prediction.code if seen.prediction else None
        if not self._paid or code != service.NOT_REACHABLE:
            return False
        request = self._job.request
        # What an earlier kernel sent is not known here: whatever had an address may have gone by it.
        mine = self._row.state is JobState.INTENT
        frames = [
            frame
            for frame in (request.image, request.end_image)
            if frame is not None and (not mine or frame.sha256 in self._sent)
        ]
        try:
            return await self._road.uploads.forget(client, frames, self._sent.values())
        except errors.LibraryError as error:
            _log.warning("%s", error)
            return bool(self._sent)

    async def _count(self, asked: int, lag: float | None) -> None:
        try:
            await asyncio.to_thread(
                self._library.ledger.transitions.add_polls, self._row.id, asked, lag
            )
        except errors.LibraryError as error:
            _log.warning("%s", error)  # statistics: whatever else goes on matters more

    def _age(self) -> float | None:
        """Tell how long ago a job that is taken up again was accepted; None for a fresh one."""
        if self._row.state not in AT_SERVICE:
            return None
        since = self._row.sent_at or self._row.accepted_at or self._row.asked_at
        return (self._road.clock.wall() - since).total_seconds()

    async def _fetch(self, prediction_id: str, outputs: tuple[str, ...]) -> None:
        ledger = self._library.ledger
        completed = await asyncio.to_thread(ledger.jobs.row, self._row.id)
        kept, note = await download_all(
            self._road.wires.asking,
            outputs,
            self._library.media,
            prediction_id,
            self._road.clock,
            origin=of_job(completed, self._job.request),
            paid=self._paid,
        )
        if note:
            self._job.note = note
        row = await asyncio.to_thread(
            functools.partial(
                ledger.transitions.advance, self._row.id, JobState.DOWNLOADED, note, clip=kept
            )
        )
        await self._book.leave(lambda: finish_from(row, self._job, self._library))
