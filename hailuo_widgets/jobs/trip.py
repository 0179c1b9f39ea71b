"""One job's way from where it stands to its clip.

Every step is durable in the ledger before the next one begins, so that whatever ends this process,
another one knows where to go on and what may have been billed.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from typing import TYPE_CHECKING, Final

from hailuo_widgets import errors
from hailuo_widgets.jobs import outcome, poll
from hailuo_widgets.jobs.book import WRITE_PAUSES, Book, finish_from
from hailuo_widgets.jobs.download import download
from hailuo_widgets.jobs.queue import WithdrawnError
from hailuo_widgets.jobs.submit import Accepted, NotSent, Outcome, Refused, submit
from hailuo_widgets.jobs.upload import NotUploadedError
from hailuo_widgets.library.provenance import of_job
from hailuo_widgets.library.states import AT_SERVICE, JobState
from hailuo_widgets.request import service

if TYPE_CHECKING:
    from hailuo_widgets.jobs.book import Road
    from hailuo_widgets.jobs.client import Client
    from hailuo_widgets.jobs.job import Job
    from hailuo_widgets.jobs.upload import Address
    from hailuo_widgets.library.ledger import JobRow
    from hailuo_widgets.request.frame import Frame

_log: Final = logging.getLogger("hailuo_widgets")
_PATIENCE_SECONDS: Final = 20 * 60.0

_TOO_MANY_SECONDS: Final = 60.0
"""The service's rate is counted anew each minute."""
_TOO_MANY_TIMES: Final = 10


class Trip:
    """Carries one job of which this process holds the lease."""

    def __init__(self, job: Job, row: JobRow, road: Road) -> None:
        self._job = job
        self._row = row
        self._road = road
        self._library = road.connection.library
        self._paid = row.price > 0
        self._book = Book(job, row, road)
        self._sent: dict[str, str] = {}

    async def go(self) -> None:
        """Go to the end, or to where only a person can say how to go on."""
        client = await self._road.connection.client(self._road.wires)
        row, prediction_id = self._row, self._row.prediction_id
        if row.state is JobState.SENT:
            lost = outcome.of_row(row)
            await self._book.end(JobState.UNKNOWN, lost)
            return
        if row.state is JobState.INTENT:
            prediction_id = await self._submit(client)
        if prediction_id is None:
            return
        outputs = await self._follow(client, prediction_id)
        if outputs is not None:
            await self._fetch(prediction_id, outputs)

    async def pause(self, error: errors.HailuoError) -> None:
        """Stop carrying a job that has not ended; it can be taken up again."""
        await self._book.pause(error)

    # -- sending --------------------------------------------------------------------------

    async def _submit(self, client: Client) -> str | None:
        """Send the request once; None when there is nothing to follow."""
        keeping = asyncio.create_task(asyncio.to_thread(self._keep_frames))
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
        error = outcome.of_submission(result, paid=self._paid)
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
                job.change(JobState.INTENT, job.note or outcome.WORDS[JobState.INTENT])
        return found

    def _shared(self) -> list[Frame]:
        request = self._job.request
        frames = {frame.sha256: frame for frame in (request.image, request.end_image) if frame}
        return [frame for frame in frames.values() if frame.sha256 in self._job.shared]

    async def _send(self, client: Client, found: dict[str, Address]) -> Outcome | None:
        """Send when it is its turn; None when it must not be sent."""
        result: Outcome | None = None
        for _ in range(_TOO_MANY_TIMES):
            if not await self._turn():
                return None
            self._sent = {
                sha256: address.url
                for sha256, address in found.items()
                if self._road.uploads.usable(address)
            }
            result = await submit(client, self._job.request, self._sent)
            if not (isinstance(result, Refused) and result.certain):
                break
            # Nothing was accepted, so it waits for another turn, and so does everybody else.
            self._road.queue.hold(result.retry_after or _TOO_MANY_SECONDS)
            await self._book.advance(JobState.INTENT, "the service asks to wait a little")
        return result

    async def _turn(self) -> bool:
        """Wait until the request must go out now; False when it must not."""
        job, row = self._job, self._row
        if job.done:  # taken back before it stood in line
            return False
        try:
            await self._road.queue.turn(job, row, self._road.connection)
        except WithdrawnError:
            return False
        except errors.PriceChangedError as error:
            job.cost = job.cost * 0
            await self._book.end(JobState.REFUSED, error, "the price has changed")
            return False
        except errors.LibraryError:
            now = await asyncio.to_thread(self._library.ledger.row, row.id)
            if now.state is JobState.INTENT:
                raise
            finish_from(now, job, self._library)
            return False
        job.change(JobState.SENT, outcome.WORDS[JobState.SENT])
        return True

    def _keep_frames(self) -> None:
        for frame in (self._job.request.image, self._job.request.end_image):
            if frame is not None:
                try:
                    self._library.media.keep_frame(frame)
                except errors.LibraryError as error:
                    # The clip matters more: the frame is still the person's own file.
                    _log.warning("%s", error)

    async def _accepted(self, prediction_id: str) -> None:
        trouble: errors.LibraryError
        for pause in WRITE_PAUSES:
            try:
                await self._book.advance(JobState.ACCEPTED, prediction_id=prediction_id)
            except errors.LibraryError as error:
                trouble = error
                self._job.change(
                    JobState.SENT,
                    f"accepted as {prediction_id}; the ledger cannot be written, trying again",
                    prediction_id=prediction_id,
                )
                await self._road.clock.sleep(pause)
            else:
                return
        raise errors.LibraryError(
            f"The service accepted the request as prediction {prediction_id}, and the ledger "
            f"could not write that down. Note the id: the clip can be fetched by it for 7 "
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
            async for seen in poll.sightings(
                client, prediction_id, schedule, clock, known=job.state, age=self._age()
            ):
                asked += 1
                lag = seen.lag
                if seen.ended:
                    break
                if seen.state is not job.state:
                    await self._book.advance(seen.state)
                elif seen.trouble:
                    words = outcome.WORDS[seen.state]
                    job.change(seen.state, f"{words}; {seen.trouble}, asking again")
                if clock.now() - began > _PATIENCE_SECONDS:
                    raise errors.WaitTimeoutError(
                        f"No end after {_PATIENCE_SECONDS / 60:.0f} minutes. The service goes on "
                        f"with prediction {prediction_id}; ask for the same request again to go on "
                        "waiting at no cost."
                    )
        finally:
            self._road.queue.freed()
            await self._count(asked, lag)
        if seen.state is not JobState.COMPLETED:
            error = outcome.of_prediction(
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
        outputs = seen.prediction.outputs if seen.prediction else ()
        if not outputs:
            raise outcome.without_output(prediction_id)
        return outputs

    async def _not_reached(self, client: Client, seen: poll.Sighting) -> bool:
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
            await asyncio.to_thread(self._library.ledger.asked, self._row.id, asked, lag)
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
        completed = await asyncio.to_thread(ledger.row, self._row.id)
        kept = await download(
            self._road.wires.asking,
            outputs[0],
            self._library.media,
            prediction_id,
            self._road.clock,
            origin=of_job(completed, self._job.request),
        )
        row = await asyncio.to_thread(
            functools.partial(ledger.advance, self._row.id, JobState.DOWNLOADED, clip=kept)
        )
        await self._book.leave(lambda: finish_from(row, self._job, self._library))
