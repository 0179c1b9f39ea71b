"""All jobs of this process, on the background loop: asked for, carried on, or taken up again."""

from __future__ import annotations

import asyncio
import functools
import logging
import random
import time
import weakref
from typing import TYPE_CHECKING, Any, Final, Literal

from hailuo_widgets import errors
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.jobs import loop
from hailuo_widgets.jobs.runner import error_messages
from hailuo_widgets.jobs.runner.execution import JobExecution
from hailuo_widgets.jobs.runner.follower import Watch
from hailuo_widgets.jobs.runner.job import Job, Terms
from hailuo_widgets.jobs.runner.resumed import ResumedJobs
from hailuo_widgets.jobs.runner.send_queue import Queue
from hailuo_widgets.jobs.runner.state_batch import LOCAL_SECONDS, PAID_SECONDS, Progress
from hailuo_widgets.jobs.runner.state_writer import ServiceContext, StateWriter, finish_from
from hailuo_widgets.jobs.runner.unknown_outcomes import UnknownOutcomes
from hailuo_widgets.jobs.services import reconcile
from hailuo_widgets.jobs.wavespeed import http, poll
from hailuo_widgets.jobs.wavespeed.price import changed
from hailuo_widgets.jobs.wavespeed.upload import Uploads
from hailuo_widgets.library.ledger.states import AT_SERVICE, JobState
from hailuo_widgets.request.video_request import VideoRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from decimal import Decimal

    from hailuo_widgets.jobs.services.reconcile import Reconciliation
    from hailuo_widgets.jobs.services.services import Connection
    from hailuo_widgets.library.ledger.ledger import JobRow
    from hailuo_widgets.library.library import Library

_log: Final = logging.getLogger("hailuo_widgets")

_HELD: Final = frozenset(JobState) - {JobState.INTENT, JobState.REFUSED}
"""What is asked for again in one of these states is not sent by that."""

Take = int | Literal["another"]
"""Which try of a request: a number from 1, or the next that was never asked for."""


class Runner:
    """All jobs of this process, each carried by one coroutine on the background loop.

    Parameters
    ----------
    clock : Clock, optional
        Time and chance; default: the real ones.
    wires : callable, optional
        Gives the HTTP clients, on the background loop; default: some of its own.
    """

    def __init__(
        self,
        clock: poll.Clock | None = None,
        *,
        wires: Callable[[], http.HttpClients] | None = None,
    ) -> None:
        self._clock = clock or poll.Clock(time.monotonic, asyncio.sleep, random.Random())  # noqa: S311
        self.wires = wires or functools.cache(lambda: http.HttpClients(self._clock.wall))
        # Whoever is carried is held by its coroutine; whoever has ended, by who asked for it.
        self._jobs: weakref.WeakValueDictionary[tuple[str, str, str, int], Job] = (
            weakref.WeakValueDictionary()
        )
        self._left: weakref.WeakSet[Job] = weakref.WeakSet()
        self._works: set[asyncio.Task[None]] = set()
        self._in_doubt: dict[Connection, UnknownOutcomes] = {}
        self._queues: dict[tuple[Library, str], Queue] = {}
        self._progress: dict[tuple[Library, str], Progress] = {}
        self._uploads: dict[tuple[Library, str], Uploads] = {}
        self._carried: dict[tuple[Library, str], weakref.WeakValueDictionary[int, StateWriter]] = {}
        self._watches: dict[Library, Watch] = {}

    # -- asking ---------------------------------------------------------------------------

    def ask(
        self,
        connection: Connection,
        request: VideoRequest,
        take: Take,
        price: Decimal | None = None,
    ) -> Job:
        """Find or start the one job of a take."""
        library = connection.library
        loop.loop()  # that cannot start: nothing is begun
        known = None
        if take != "another":
            known = self._jobs.get(_place(connection, request.request_hash, take))
            if known is not None and not known.done:
                return known
        now = connection.price
        if price is not None and price != now:
            _refuse_other_price(connection, request, take, price, now)
        row, mine = library.ledger.begin(
            connection.service,
            request,
            None if take == "another" else take,
            # Read once: what was compared is what is held. Another price stops it as it is sent.
            now,
            holder=library.holder.name,
            is_alive=library.holder.is_alive,
            has_clip=library.media.has_clip,
        )
        return self._begun(connection, request, row, mine=mine, known=known)

    def ask_all(
        self,
        connection: Connection,
        wanted: Sequence[tuple[VideoRequest, int]],
        price: Decimal,
        shared: frozenset[str] = frozenset(),
        *,
        at_most: Decimal | None = None,
    ) -> list[Job]:
        """Find or start the jobs of many takes; all that is new fits the budget, or nothing is sent.

        Parameters
        ----------
        wanted : sequence of (VideoRequest, take)
            In the order in which they shall go.
        price : Decimal
            What one generation may cost, in US dollars; another price stops it before it is sent.
        shared : frozenset of str
            Hashes of frames that several of them send: those are uploaded once.
        at_most : Decimal, optional
            US dollars that a person agreed to for all of them.
        """
        library = connection.library
        loop.loop()  # that cannot start: nothing is begun
        jobs: dict[tuple[str, int], Job | None] = {}
        begin: list[tuple[VideoRequest, int]] = []
        for request, take in wanted:
            place = (request.request_hash, take)
            if place not in jobs:
                known = self._jobs.get(_place(connection, *place))
                jobs[place] = known
                if known is None or known.done:
                    begin.append((request, take))
        rows = library.ledger.begin_all(
            connection.service,
            begin,
            price,
            holder=library.holder.name,
            is_alive=library.holder.is_alive,
            has_clip=library.media.has_clip,
            at_most=at_most,
        )
        for (request, take), (row, mine) in zip(begin, rows, strict=True):
            known = jobs[request.request_hash, take]
            jobs[request.request_hash, take] = self._begun(
                connection, request, row, mine=mine, known=known, shared=shared
            )
        found = (jobs[request.request_hash, take] for request, take in wanted)
        return [job for job in found if job is not None]

    def _begun(
        self,
        connection: Connection,
        request: VideoRequest,
        row: JobRow,
        *,
        mine: bool,
        known: Job | None,
        shared: frozenset[str] = frozenset(),
    ) -> Job:
        """Give the job of a row that was asked for, and start what it needs."""
        library = connection.library
        if known is not None and not mine and _says_the_same(known, row):
            if known.state is JobState.UNKNOWN:
                known.keep_looking()
            return known
        if mine and connection.price == 0 and row.state in AT_SERVICE:
            # An earlier kernel's emulator had it, and has ended with that kernel.
            row = library.ledger.transitions.advance(row.id, JobState.INTENT, "asked for again")
        job = self._job(connection, row, request)
        job.shared = shared
        if mine:
            self.begin(job, row, connection)
        elif row.damage:
            job.from_library = row.state is JobState.DOWNLOADED
            finish_from(row, job, library)
        elif row.state is JobState.UNKNOWN and row.price > 0:
            doubt = self._doubt(connection)
            loop.call_soon(doubt.look_for, job, row, failed=doubt.stopping(job, row))
        elif row.state.final:
            job.from_library = row.state is JobState.DOWNLOADED
            finish_from(row, job, library)
        else:
            loop.call_soon(self.follow, job, row, connection, failed=_ending(job))
        return job

    def send(
        self, connection: Connection, job: Job, *, another: bool, price: Decimal | None
    ) -> Job:
        """Ask for a job's request again, as the same take or as another one."""
        return self.ask(connection, job.request, "another" if another else job.take, price)

    def resume(self, *connections: Connection, out_of_reach: int = 0) -> ResumedJobs:
        """Take up what no living process carries; nothing that costs is sent.

        Parameters
        ----------
        out_of_reach : int
            How many more there are at a service that is not connected.
        """
        jobs: list[Job] = []
        for connection in connections:
            ledger = connection.library.ledger
            rows = [
                *ledger.jobs.resumable(connection.service),
                *ledger.jobs.unknown(connection.service),
            ]
            requests: dict[str, VideoRequest] = {}
            for row in rows:
                job = self._jobs.get(_place(connection, row.request_hash, row.take))
                if job is None or (job.done and job not in self._left):
                    if row.request_hash not in requests:
                        requests[row.request_hash] = _request_of(row, connection.library)
                    job = self._job(connection, row, requests[row.request_hash])
                    self._left.add(job)
                    loop.call_soon(self._take_up, job, row, connection, failed=_ending(job))
                if job in self._left:
                    jobs.append(job)
        return ResumedJobs(sorted(jobs, key=lambda job: job.started_at), out_of_reach)

    def reconcile(self, connection: Connection) -> Reconciliation:
        """Compare a ledger with its service; blocks."""

        async def work() -> Reconciliation:
            return await reconcile.compare(connection, self.wires())

        return loop.submit(work).result()

    def close(self) -> None:
        """Drop all work where it stands, and close the connections.

        For a runner that does not live as long as the process: its jobs stay in the ledger as if
        the process had been killed.
        """

        async def work() -> None:
            parts: list[UnknownOutcomes | Queue | Progress | Uploads | Watch] = [
                *self._in_doubt.values(),
                *self._queues.values(),
                *self._progress.values(),
                *self._uploads.values(),
                *self._watches.values(),
            ]
            works = self._works.union(*(part.tasks() for part in parts))
            for task in works:
                task.cancel()
            await asyncio.gather(*works, return_exceptions=True)
            await self.wires().close()

        loop.submit(work).result()

    def begin(self, job: Job, row: JobRow, connection: Connection) -> None:
        """Carry a job of which this process holds the lease."""
        failed = self._stopping(job, row, connection)
        loop.call_soon(self.carry, job, row, connection, failed=failed)

    # -- on the background loop -----------------------------------------------------------

    def carry(self, job: Job, row: JobRow, connection: Connection) -> None:
        """Take a job from where it stands to its end, or to where a person decides."""
        self._work_on(
            self._carry(job, row, connection), failed=self._stopping(job, row, connection)
        )

    def _take_up(self, job: Job, row: JobRow, connection: Connection) -> None:
        """Go on with what an earlier kernel left, as far as nothing that costs is sent."""
        self._work_on(
            self._take_over(job, row, connection), failed=self._stopping(job, row, connection)
        )

    def _work_on(
        self,
        work: Coroutine[None, None, None],
        failed: Callable[[errors.HailuoError], object],
    ) -> None:
        task = loop.start(work, failed=failed)
        self._works.add(task)
        task.add_done_callback(self._works.discard)

    async def _carry(self, job: Job, row: JobRow, connection: Connection) -> None:
        road = self.road(connection)
        trip = JobExecution(job, row, road)
        try:
            await trip.go()
        except asyncio.CancelledError:
            raise
        except BaseException as raised:  # noqa: BLE001  the lease and the price are let go of first
            error = loop.as_told(raised)
            doubted = isinstance(error, errors.LibraryError) and await self._is_in_doubt_again(
                job, row, connection
            )
            if not doubted:
                await trip.pause(error)
        finally:
            road.queue.freed()
        if job.searching:
            now = await asyncio.to_thread(connection.library.ledger.jobs.row, row.id)
            self._doubt(connection).look_for(job, now)

    def _stopping(
        self, job: Job, row: JobRow, connection: Connection
    ) -> Callable[[errors.HailuoError], None]:
        """Return what ends a job that nothing carries any more, whatever stopped it."""

        def stop(error: errors.HailuoError) -> None:
            ledger = connection.library.ledger
            state, told = job.state, error
            try:
                if state is JobState.SENT and row.price > 0:
                    state, told = JobState.UNKNOWN, error_messages.not_written(error)
                    ledger.transitions.advance(
                        row.id, state, failure=error_messages.failure_of(told)
                    )
                if ledger.jobs.row(row.id).holder == connection.library.holder.name:
                    ledger.transitions.release(row.id)
            except errors.LibraryError as trouble:
                _log.warning("job %s could not be let go of: %s", row.id, trouble)
            finally:
                job.finish(told, state, f"stopped while {job.detail}")

        return stop

    def follow(self, job: Job, row: JobRow, connection: Connection) -> None:
        """Follow a job that another live process carries; take over when that process ends."""
        library = connection.library
        if library not in self._watches:
            self._watches[library] = Watch(library, self._clock)
        self._watches[library].add(job, row, lambda now: self._take_up(job, now, connection))

    def road(self, connection: Connection) -> ServiceContext:
        """Give what trips to one service share."""
        place = (connection.library, connection.service)
        if place not in self._queues:
            self._queues[place] = Queue(self._clock, self.wires())
            seconds = PAID_SECONDS if connection.price else LOCAL_SECONDS
            self._progress[place] = Progress(connection.library.ledger, self._clock, seconds)
            self._carried[place] = weakref.WeakValueDictionary()
            self._uploads[place] = Uploads(connection.library.ledger, self._clock)
        return ServiceContext(
            connection,
            self.wires(),
            self._queues[place],
            self._clock,
            self._progress[place],
            self._carried[place],
            self._uploads[place],
        )

    async def _is_in_doubt_again(self, job: Job, row: JobRow, connection: Connection) -> bool:
        """Whether the prediction that a person adopted has turned out to be another job's."""
        try:
            now = await asyncio.to_thread(connection.library.ledger.jobs.row, row.id)
        except errors.LibraryError:
            return False
        if now.state is not JobState.UNKNOWN or row.price == 0:
            return False
        job.prediction_id = None
        job.look(searching=True, detail=error_messages.LOOKING)
        return True

    async def _take_over(self, job: Job, row: JobRow, connection: Connection) -> None:
        library = connection.library
        try:
            await self._go_on(job, row, connection)
        except asyncio.CancelledError:
            raise
        except BaseException as raised:  # noqa: BLE001  told like everything else
            error = loop.as_told(raised)
            job.finish(error, row.state, "stopped")
            _log.warning("job %s of %s cannot be taken up: %s", row.id, library.path.name, error)

    async def _go_on(self, job: Job, row: JobRow, connection: Connection) -> None:
        library = connection.library
        ledger, holder = library.ledger, library.holder
        paid = row.price > 0
        if row.state is JobState.UNKNOWN and paid:
            self._doubt(connection).look_for(job, row)
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
        if taken is None:  # somebody was quicker
            now = await asyncio.to_thread(ledger.jobs.row, row.id)
            if now.state.final and now.state is not JobState.UNKNOWN:
                finish_from(now, job, library)
            else:
                self.follow(job, now, connection)
        elif not paid:
            # Free, and the emulator that had it has ended with its kernel.
            _require_pictures(job, taken)
            again = await asyncio.to_thread(
                ledger.transitions.advance, row.id, JobState.INTENT, "taken up by another kernel"
            )
            await self._carry(job, again, connection)
        elif taken.state is JobState.UNKNOWN:
            await asyncio.to_thread(ledger.transitions.release, row.id)
            self._doubt(connection).look_for(job, taken)
        else:
            await self._carry(job, taken, connection)

    # -- making ---------------------------------------------------------------------------

    def _job(self, connection: Connection, row: JobRow, request: VideoRequest) -> Job:
        job = Job(
            request,
            row.take,
            connection.service,
            expected_seconds=connection.expected_seconds,
            started_at=row.asked_at,
            row_id=row.id,
            care=self._doubt(connection),
            terms=lambda: Terms(connection.price, connection.confirm_above),
        )
        self._jobs[_place(connection, row.request_hash, row.take)] = job
        job.cost = row.price
        job.change(
            row.state,
            error_messages.WORDS.get(row.state, str(row.state)),
            prediction_id=row.prediction_id,
        )
        return job

    def _doubt(self, connection: Connection) -> UnknownOutcomes:
        return self._in_doubt.setdefault(connection, UnknownOutcomes(connection, self))


def _place(connection: Connection, request_hash: str, take: int) -> tuple[str, str, str, int]:
    return str(connection.library.path), connection.service, request_hash, take


def _refuse_other_price(
    connection: Connection, request: VideoRequest, take: Take, shown: Decimal, now: Decimal
) -> None:
    """Raise unless the library holds what is asked for, whatever it costs now."""
    rows = connection.library.ledger.jobs.takes(connection.service, request.request_hash)
    if any(row.take == take and row.state in _HELD for row in rows):
        return
    raise changed(shown, now)


def _ending(job: Job) -> Callable[[errors.HailuoError], None]:
    """Return what ends a job of which another process, or none, holds the lease."""
    return lambda error: job.finish(error, job.state, f"stopped while {job.detail}")


def _says_the_same(job: Job, row: JobRow) -> bool:
    """Whether a job that has ended still tells what the ledger says."""
    return job.clip is not None or job.state is row.state is JobState.UNKNOWN


def _require_pictures(job: Job, row: JobRow) -> None:
    if job.request.request_hash != row.request_hash:
        raise errors.LibraryError(
            "A picture of this draft is not in the library any more, so it cannot be rendered "
            "again from here. Drafts cost nothing: ask with the picture itself."
        )


def _request_of(row: JobRow, library: Library) -> VideoRequest:
    """Make a row's request again; a grey picture stands for one that is gone."""
    try:
        return library.request_of(row)
    except errors.LibraryError:
        from PIL import Image  # noqa: PLC0415  heavy, and seldom needed

        asked = library.ledger.contents.request(row.request_hash)
        grey: Any = Image.new("RGB", (640, 360), (128, 128, 128))
        return VideoRequest(
            Frame(grey, name="a picture that is gone"),
            asked.prompt,
            enable_prompt_expansion=asked.enable_prompt_expansion,
        )
