"""Send one request: frames uploaded, a slot waited for, one POST, and what its answer means."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Final

from hailuo_widgets import errors
from hailuo_widgets.jobs import loop
from hailuo_widgets.jobs.runner import error_messages
from hailuo_widgets.jobs.runner.send_queue import WithdrawnError
from hailuo_widgets.jobs.runner.state_writer import WRITE_PAUSES
from hailuo_widgets.jobs.services.services import has_ended, last_words
from hailuo_widgets.jobs.wavespeed.prediction_id import in_full
from hailuo_widgets.jobs.wavespeed.submit import (
    Accepted,
    NotSent,
    Outcome,
    Refused,
    Unknown,
    submit,
)
from hailuo_widgets.jobs.wavespeed.upload import NotUploadedError
from hailuo_widgets.library.ledger.states import JobState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hailuo_widgets.frame.frame import Frame
    from hailuo_widgets.jobs.runner.context import ServiceContext
    from hailuo_widgets.jobs.runner.job import Job
    from hailuo_widgets.jobs.runner.state_writer import StateWriter
    from hailuo_widgets.jobs.services.services import Connection
    from hailuo_widgets.jobs.wavespeed.client import Client
    from hailuo_widgets.jobs.wavespeed.upload import Address
    from hailuo_widgets.library.ledger.ledger import JobRow

_log: Final = logging.getLogger("hailuo_widgets")

_TOO_MANY_SECONDS: Final = 60.0
"""The service's rate is counted anew each minute."""
_MOST_POSTS: Final = 5
"""So often a request is sent in all when the service refuses it with: not so fast."""


class EmulatorEndedError(Exception):
    """The emulator has ended, and what it worked on with it; a signal between modules."""


class Submission:
    """Sends the request of one job of which this process holds the lease.

    Attributes
    ----------
    sent : dict of str to str
        The addresses that the last POST named, by the hashes of their frames.
    """

    def __init__(
        self,
        job: Job,
        row: JobRow,
        connection: Connection,
        context: ServiceContext,
        writer: StateWriter,
    ) -> None:
        self._job = job
        self._row = row
        self._connection = connection
        self._context = context
        self._library = connection.library
        self._paid = row.price > 0
        self._writer = writer
        self._addresses: dict[str, Address] = {}
        self._posts_left = _MOST_POSTS
        self.sent: dict[str, str] = {}

    @contextlib.asynccontextmanager
    async def frames(self, client: Client) -> AsyncIterator[None]:
        """Keep the frames in the library meanwhile, and upload those that other jobs send too."""
        keeping = loop.part(asyncio.to_thread(self._keep_frames))
        try:
            await self._upload(client)
            yield
        finally:
            await keeping

    async def wait_for_slot(self) -> bool:
        """Return True when the request must go out now, False when it must not go at all."""
        job, row = self._job, self._row
        if job.done:  # withdrawn before it was queued
            return False
        try:
            await self._context.queue.wait_for_slot(job, row, self._connection)
        except WithdrawnError:
            return False
        except (errors.PriceChangedError, errors.BudgetError) as error:
            price_changed = isinstance(error, errors.PriceChangedError)
            job.cost = job.cost * 0
            await self._writer.end(
                JobState.REFUSED, error, "the price has changed" if price_changed else "no budget"
            )
            return False
        except errors.LibraryError as error:
            try:
                now = await asyncio.to_thread(self._library.ledger.jobs.row, row.id)
            except errors.LibraryError:
                raise error from None  # the first one says that nothing was sent
            if now.state is JobState.INTENT:
                raise
            job.finish_from(now, self._library)
            return False
        if self._paid:
            await self._require_written()
        job.change(JobState.SENT, error_messages.WORDS[JobState.SENT])
        return True

    async def submit(self, client: Client) -> Outcome | None:
        """Send the one POST of this slot; None when another slot must be waited for (HTTP 429)."""
        self._posts_left -= 1
        self.sent = {
            sha256: address.url
            for sha256, address in self._addresses.items()
            if self._context.uploads.usable(address)
        }
        result = await self._post(client)
        if isinstance(result, Refused) and result.certain and self._posts_left:
            # Nothing was accepted, so it waits for another slot, and so does every other job.
            seconds = result.retry_after or _TOO_MANY_SECONDS
            self._context.queue.hold(seconds)
            await self._writer.advance(
                JobState.INTENT, f"{error_messages.NOT_SO_FAST}; trying again in {seconds:.0f} s"
            )
            return None
        if isinstance(result, Accepted):
            await self._write_accepted(result.prediction_id)
        return result

    async def settle(self, client: Client, result: Outcome) -> str | None:
        """Write what the answer means; return the prediction's id when there is one to poll.

        Raises
        ------
        EmulatorEndedError
            The emulator has ended instead of answering.
        """
        if isinstance(result, Accepted):
            return result.prediction_id
        if not isinstance(result, Refused) and await has_ended(client):
            raise EmulatorEndedError
        if isinstance(result, Unknown) and (words := last_words(client)):
            result = Unknown(f"{result.reason}; the emulator's last words: {words}")
        error = error_messages.of_submission(result, paid=self._paid)
        if isinstance(result, NotSent):
            await self._writer.advance(JobState.INTENT, "not sent", error=error)
            await self._writer.pause(error)
        elif isinstance(result, Refused):
            self._job.cost = self._job.cost * 0
            await self._writer.end(JobState.REFUSED, error)
        else:
            await self._writer.end(JobState.UNKNOWN, error)
        return None

    async def _post(self, client: Client) -> Outcome:
        patience = None if self._paid else self._connection.schedule.answer
        try:
            async with asyncio.timeout(patience):
                return await submit(client, self._job.request, self.sent)
        except TimeoutError:
            await has_ended(client, hung=True)
            return Unknown("it did not answer")

    async def _upload(self, client: Client) -> None:
        """Upload the frames that other jobs send too; what fails goes with the request."""
        job = self._job
        for frame in self._shared_frames():
            job.change(JobState.INTENT, f"uploading “{frame.source_name}”, once for all")
            try:
                self._addresses[frame.sha256] = await self._context.uploads.address(client, frame)
            except NotUploadedError as trouble:
                job.note = (
                    f"“{frame.source_name}” could not be uploaded ({trouble}): it goes with each "
                    "request instead."
                )
                _log.info("%s", job.note)
            if not job.done:  # not withdrawn meanwhile
                job.change(JobState.INTENT, job.note or error_messages.WORDS[JobState.INTENT])

    def _shared_frames(self) -> list[Frame]:
        request = self._job.request
        frames = {frame.sha256: frame for frame in (request.image, request.end_image) if frame}
        return [frame for frame in frames.values() if frame.sha256 in self._job.shared]

    def _keep_frames(self) -> None:
        for frame in (self._job.request.image, self._job.request.end_image):
            if frame is not None:
                try:
                    self._library.media.keep_frame(frame)
                except Exception as error:  # noqa: BLE001
                    # The clip matters more: the frame is still the user's own file.
                    _log.warning("a frame was not kept: %s", loop.as_told(error))

    async def _require_written(self) -> None:
        """Raise unless the row that lets a paid request go is on a disk that still has its name.

        Nothing may come between this and the request.
        """
        try:
            await asyncio.to_thread(self._library.require_written, self._row.id)
        except errors.LibraryError as error:
            await self._writer.advance(JobState.INTENT, "not sent", error=error)
            raise

    async def _write_accepted(self, prediction_id: str) -> None:
        trouble: errors.LibraryError
        for pause in WRITE_PAUSES:
            try:
                await self._writer.advance(JobState.ACCEPTED, prediction_id=prediction_id)
            except errors.LibraryError as error:
                trouble = error
                self._job.change(
                    JobState.SENT,
                    f"accepted as {in_full(prediction_id)}; the ledger cannot be written, trying again",
                    prediction_id=prediction_id,
                )
                await self._context.clock.sleep(pause)
            else:
                return
        raise errors.LibraryError(
            f"The service accepted the request as prediction {in_full(prediction_id)}, and the "
            "ledger could not write that down. Note the id: the clip can be fetched by it for 7 "
            f"days. {trouble}"
        ) from None
