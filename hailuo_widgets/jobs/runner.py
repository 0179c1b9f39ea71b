"""Carrying jobs from intent to clip.

Every step is durable in the ledger before the next one begins, so that whatever ends this process,
another one knows where to go on and what may have been billed.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import random
import time
from typing import TYPE_CHECKING, Final

import httpx

from hailuo_widgets import errors
from hailuo_widgets.jobs import background, outcome, poll, preview
from hailuo_widgets.jobs.connection import Connection, connections
from hailuo_widgets.jobs.download import download
from hailuo_widgets.jobs.job import Job
from hailuo_widgets.jobs.preview import Previewer
from hailuo_widgets.jobs.submit import Accepted, NotSent, Refused, submit
from hailuo_widgets.library.states import JobState
from hailuo_widgets.request.request import VideoRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from hailuo_widgets.jobs.client import Client
    from hailuo_widgets.jobs.preview import News, Outlook
    from hailuo_widgets.library.ledger import JobRow
    from hailuo_widgets.library.library import Library
    from hailuo_widgets.request.frame import FrameSource

_log: Final = logging.getLogger("hailuo_widgets")
_PATIENCE_SECONDS: Final = 20 * 60.0
_WATCH_SECONDS: Final = 0.5

_WORDS: Final = {
    JobState.INTENT: "waiting for its turn",
    JobState.SENT: "sending",
    JobState.ACCEPTED: "accepted",
    JobState.CREATED: "created, in the service's queue",
    JobState.PROCESSING: "processing",
    JobState.COMPLETED: "completed, fetching the clip",
}


def generate(
    image: FrameSource,
    prompt: str = "",
    end_image: FrameSource | None = None,
    enable_prompt_expansion: bool = True,
    *,
    take: int = 1,
    service: str | None = None,
) -> Job:
    """Ask for a clip; returns at once, and shows nothing.

    Parameters and errors are those of :func:`hailuo_widgets.generate`, which also shows the job.
    The same request and take asked for again is the same job: a clip the library holds comes from
    there at no cost, and one on its way is joined.
    """
    if not isinstance(take, int) or isinstance(take, bool) or take < 1:
        raise errors.InputError(f"take counts from 1; {str(take)[:40]!r} is no take.")
    request = VideoRequest(image, prompt, end_image, enable_prompt_expansion)
    return _runner().ask(connections().named(service), request, take)


def warm_up() -> None:
    """Start the background loop and its client ahead of the first request; sends nothing."""
    background.call_soon(_runner().warm_up)


def look_ahead(
    image: FrameSource, prompt: str, end_image: FrameSource | None, suffix: str
) -> tuple[Outlook, bytes]:
    """Return what a draft would show, and a picture of it; blocks, keeps nothing, costs nothing.

    Parameters
    ----------
    suffix : str
        ``".jpg"`` for moments side by side, ``".avif"`` or ``".webp"`` for small and moving.

    Raises
    ------
    FrameError, PromptError
        The request could not be sent.
    EmulatorError
        The emulator does not start or answer.
    """
    request = VideoRequest(image, prompt, end_image)

    async def work() -> tuple[Outlook, bytes]:
        client = await connections().free.client(_runner().http())
        return await preview.look(client, prompt, request.image, request.end_image, suffix)

    return background.submit(work).result()


def previewer(hear: Callable[[News], None]) -> Previewer:
    """Return what looks ahead for one form, free of charge; `hear` is told on the loop's thread."""
    return Previewer(_runner().http, lambda: connections().free, hear)


@functools.cache
def _runner() -> Runner:
    return Runner()


class Runner:
    """All jobs of this process, each carried by one coroutine on the background loop.

    Parameters
    ----------
    clock : Clock, optional
        Time and chance; default: the real ones.
    """

    def __init__(self, clock: poll.Clock | None = None) -> None:
        self._jobs: dict[tuple[str, str, str, int], Job] = {}
        self._http: httpx.AsyncClient | None = None
        self._clock = clock or poll.Clock(time.monotonic, asyncio.sleep, random.Random())  # noqa: S311

    def ask(self, connection: Connection, request: VideoRequest, take: int) -> Job:
        """Find or start the one job of a take."""
        library = connection.library
        place = (str(library.path), connection.service, request.request_hash, take)
        known = self._jobs.get(place)
        if known is not None and not known.done:
            return known
        row, mine = library.ledger.begin(
            connection.service,
            request,
            take,
            connection.price,
            holder=library.holder.name,
            is_alive=library.holder.is_alive,
            has_clip=lambda sha256: library.media.clip_path(sha256).is_file(),
        )
        if known is not None and known.clip is not None and not mine:
            return known
        job = Job(
            request,
            take,
            connection.service,
            expected_seconds=connection.expected_seconds,
            started_at=row.asked_at,
        )
        self._jobs[place] = job
        job.cost = row.price
        job.change(
            row.state, _WORDS.get(row.state, str(row.state)), prediction_id=row.prediction_id
        )
        if mine:
            background.submit(lambda: self._carry(job, row, connection))
        elif row.state.final:
            job.from_library = row.state is JobState.DOWNLOADED
            _finish_from(row, job, library)
        else:
            background.submit(lambda: self._watch(job, row, connection))
        return job

    def warm_up(self) -> None:
        """Make the HTTP client, on the background loop: its trust store takes a while to load."""
        self.http()

    def close(self) -> None:
        """Close the connections; for a runner that does not live as long as the process."""
        if self._http is not None:
            background.submit(self._http.aclose).result()

    async def _carry(self, job: Job, row: JobRow, connection: Connection) -> None:
        """Take a job from where it stands to its end; never raises."""
        trip = _Trip(job, row.id, connection, self._clock)
        try:
            await trip.go(row, self.http())
        except errors.HailuoError as error:
            trip.pause(error)
        except Exception:  # noqa: BLE001  the loop must outlive any mistake of ours
            _log.exception("job %s stopped", row.id)
            trip.pause(
                errors.HailuoError(
                    "Something unexpected stopped this job; the log has the details. What the "
                    "service knows is kept: ask for the same request again to go on at no cost."
                )
            )

    async def _watch(self, job: Job, row: JobRow, connection: Connection) -> None:
        """Follow a job that another live process carries; take over when that process ends."""
        library = connection.library
        while not row.state.final:
            await self._clock.sleep(_WATCH_SECONDS)
            row = await asyncio.to_thread(library.ledger.row, row.id)
            if row.state is not job.state and not row.state.final:
                job.change(row.state, _WORDS[row.state], prediction_id=row.prediction_id)
            if row.state.final or (row.holder and library.holder.is_alive(row.holder)):
                continue
            job.finish(
                errors.HailuoError(
                    "The other kernel that carried this job has ended. Nothing is lost: ask for "
                    "the same request again to go on at no cost."
                ),
                row.state,
                "the other kernel ended",
            )
            return
        _finish_from(row, job, library)

    def http(self) -> httpx.AsyncClient:
        """Return the client that all requests share; for the background loop alone."""
        if self._http is None:
            # Loopback never goes through a proxy; everything else follows the environment.
            self._http = httpx.AsyncClient(
                mounts={"all://127.0.0.1": None, "all://localhost": None},
                limits=httpx.Limits(max_connections=256, max_keepalive_connections=32),
            )
        return self._http


class _Trip:
    """One job's way from where it stands to its clip."""

    def __init__(self, job: Job, row_id: int, connection: Connection, clock: poll.Clock) -> None:
        self._job = job
        self._id = row_id
        self._connection = connection
        self._library = connection.library
        self._clock = clock
        self._paid = connection.price > 0

    async def go(self, row: JobRow, http: httpx.AsyncClient) -> None:
        client = await self._connection.client(http)
        prediction_id = row.prediction_id
        if row.state is JobState.INTENT:
            prediction_id = await self._submit(client)
        if prediction_id is None:
            return
        outputs = await self._follow(client, prediction_id)
        if outputs is not None:
            await self._fetch(http, prediction_id, outputs)

    async def _submit(self, client: Client) -> str | None:
        """Send the request once; None when there is nothing to follow."""
        job = self._job
        await self._advance(JobState.SENT)
        frames = asyncio.create_task(asyncio.to_thread(self._keep_frames))
        result = await submit(client, job.request)
        await frames
        if isinstance(result, Accepted):
            await self._accepted(result.prediction_id)
            return result.prediction_id
        error = outcome.of_submission(result, paid=self._paid)
        if isinstance(result, NotSent):
            await self._advance(JobState.INTENT, "not sent")
            self.pause(error)
        else:
            refused = isinstance(result, Refused)
            if refused:
                job.cost = job.cost * 0
            await self._end(JobState.REFUSED if refused else JobState.UNKNOWN, error)
        return None

    def _keep_frames(self) -> None:
        for frame in (self._job.request.image, self._job.request.end_image):
            if frame is not None:
                try:
                    self._library.media.keep_frame(frame)
                except errors.LibraryError as error:
                    # The clip matters more: the frame is still the person's own file.
                    _log.warning("%s", error)

    async def _accepted(self, prediction_id: str) -> None:
        try:
            await self._advance(JobState.ACCEPTED, prediction_id=prediction_id)
        except errors.LibraryError as error:
            raise errors.LibraryError(
                f"The service accepted the request as prediction {prediction_id}, and the ledger "
                f"could not write that down. Note the id: the clip can be fetched by it for 7 "
                f"days. {error}"
            ) from None

    async def _follow(self, client: Client, prediction_id: str) -> tuple[str, ...] | None:
        """Ask until it has ended; the outputs' addresses, or None when there is no clip."""
        job = self._job
        began = self._clock.now()
        async for seen in poll.sightings(
            client, prediction_id, self._connection.schedule, self._clock, known=job.state
        ):
            state = seen.state
            if state is JobState.COMPLETED:
                await self._advance(state)
                outputs = seen.prediction.outputs if seen.prediction else ()
                if not outputs:
                    raise outcome.without_output(prediction_id)
                return outputs
            if state.final:
                error = outcome.of_prediction(
                    state, seen.prediction, prediction_id, paid=self._paid
                )
                await self._end(state, error)
                return None
            if state is not job.state:
                await self._advance(state)
            elif seen.trouble:
                job.change(state, f"{_WORDS[state]}; {seen.trouble}, asking again")
            if self._clock.now() - began > _PATIENCE_SECONDS:
                raise errors.WaitTimeoutError(
                    f"No end after {_PATIENCE_SECONDS / 60:.0f} minutes. The service goes on with "
                    f"prediction {prediction_id}; ask for the same request again to go on waiting "
                    "at no cost."
                )
        return None

    async def _fetch(
        self, http: httpx.AsyncClient, prediction_id: str, outputs: tuple[str, ...]
    ) -> None:
        kept = await download(http, outputs[0], self._library.media, prediction_id, self._clock)
        await asyncio.to_thread(
            self._library.ledger.advance, self._id, JobState.DOWNLOADED, clip=kept
        )
        row = await asyncio.to_thread(self._library.ledger.row, self._id)
        await asyncio.to_thread(self._library.ledger.release, self._id)
        _finish_from(row, self._job, self._library)

    async def _advance(
        self, state: JobState, detail: str = "", *, prediction_id: str | None = None
    ) -> None:
        """Write a state down, then show it."""
        await asyncio.to_thread(
            functools.partial(
                self._library.ledger.advance,
                self._id,
                state,
                detail,
                prediction_id=prediction_id,
            )
        )
        self._job.change(state, detail or _WORDS[state], prediction_id=prediction_id)

    async def _end(self, state: JobState, error: errors.HailuoError) -> None:
        """Write down an end without a clip, then tell it."""
        await asyncio.to_thread(
            functools.partial(
                self._library.ledger.advance,
                self._id,
                state,
                failure=outcome.failure_of(error),
            )
        )
        await asyncio.to_thread(self._library.ledger.release, self._id)
        self._job.finish(error, state, str(state))

    def pause(self, error: errors.HailuoError) -> None:
        """Stop carrying a job that has not ended; it can be taken up again."""
        try:
            self._library.ledger.release(self._id)
        except errors.LibraryError:
            _log.warning("a job could not be released; it is free when this process ends")
        self._job.finish(error, self._job.state, f"stopped while {self._job.detail}")


def _finish_from(row: JobRow, job: Job, library: Library) -> None:
    """End a job the way the ledger says it ended."""
    job.prediction_id = row.prediction_id
    if row.clip_sha256 is not None and row.state is JobState.DOWNLOADED:
        clip = library.clip(row.clip_sha256, prompt=job.request.prompt, service=row.service)
        if clip is not None:
            words = "already in your library" if job.from_library else "ready"
            job.finish(clip, row.state, words, row.finished_at)
            return
    job.finish(outcome.of_row(row), row.state, str(row.state), row.finished_at)
