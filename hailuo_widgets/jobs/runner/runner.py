"""All jobs of this process: asked for, found again, or resumed."""

from __future__ import annotations

import asyncio
import functools
import logging
import random
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any, Final, Literal

from hailuo_widgets import errors
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.jobs import loop
from hailuo_widgets.jobs.runner import error_messages
from hailuo_widgets.jobs.runner.context import ServiceContext
from hailuo_widgets.jobs.runner.job import Job
from hailuo_widgets.jobs.runner.job_actions import Terms
from hailuo_widgets.jobs.runner.resumed import ResumedJobs
from hailuo_widgets.jobs.runner.service_jobs import ServiceJobs
from hailuo_widgets.jobs.services import reconcile
from hailuo_widgets.jobs.wavespeed import http, poll
from hailuo_widgets.jobs.wavespeed.price import changed
from hailuo_widgets.library.ledger.states import AT_SERVICE, JobState
from hailuo_widgets.request.video_request import VideoRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from decimal import Decimal

    from hailuo_widgets.jobs.runner.job_actions import JobActions
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
    """All jobs of this process, each executed by one coroutine on the background loop.

    Parameters
    ----------
    clock : Clock, optional
        Time and chance; default: the real ones.
    http_clients : callable, optional
        Returns the HTTP clients, on the background loop; default: some of its own.
    """

    def __init__(
        self,
        clock: poll.Clock | None = None,
        *,
        http_clients: Callable[[], http.HttpClients] | None = None,
    ) -> None:
        self._clock = clock or poll.Clock(time.monotonic, asyncio.sleep, random.Random())  # noqa: S311
        self.http_clients = http_clients or functools.cache(
            lambda: http.HttpClients(self._clock.wall)
        )
        # Weak references: a running job is kept alive by its task, a finished one by its caller.
        self._jobs: weakref.WeakValueDictionary[tuple[str, str, str, int], Job] = (
            weakref.WeakValueDictionary()
        )
        self._left: weakref.WeakSet[Job] = weakref.WeakSet()
        self._services: dict[tuple[Library, str], ServiceJobs] = {}
        self._lock = threading.Lock()

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
            US dollars that the user agreed to for all of them.
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
        """Return the job of a row that was asked for, and start what it needs."""
        library = connection.library
        if known is not None and not mine and _is_current(known, row):
            if known.state is JobState.UNKNOWN:
                known.keep_looking()
            return known
        if mine and connection.price == 0 and row.state in AT_SERVICE:
            # An earlier kernel's emulator had it, and has ended with that kernel.
            row = library.ledger.transitions.advance(row.id, JobState.INTENT, "asked for again")
        job = self._job(connection, row, request)
        job.shared = shared
        service = self._service(connection)
        if mine:
            service.begin(job, row, connection)
        elif row.damage:
            job.from_library = row.state is JobState.DOWNLOADED
            job.finish_from(row, library)
        elif row.state is JobState.UNKNOWN and row.price > 0:
            unknown = service.unknown_outcomes(connection)
            loop.call_soon(unknown.search, job, row, failed=unknown.on_stop(job, row))
        elif row.state.final:
            job.from_library = row.state is JobState.DOWNLOADED
            job.finish_from(row, library)
        else:
            loop.call_soon(service.follow, job, row, connection, failed=_ending(job))
        return job

    def send(
        self, connection: Connection, job: Job, *, another: bool, price: Decimal | None
    ) -> Job:
        """Ask for a job's request again, as the same take or as another one."""
        return self.ask(connection, job.request, "another" if another else job.take, price)

    def resume(self, *connections: Connection, out_of_reach: int = 0) -> ResumedJobs:
        """Resume what no living process executes; nothing that costs is sent.

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
                    resume = self._service(connection).resume
                    loop.call_soon(resume, job, row, connection, failed=_ending(job))
                if job in self._left:
                    jobs.append(job)
        return ResumedJobs(sorted(jobs, key=lambda job: job.started_at), out_of_reach)

    def reconcile(self, connection: Connection) -> Reconciliation:
        """Compare a ledger with its service; blocks."""

        async def work() -> Reconciliation:
            return await reconcile.compare(connection, self.http_clients())

        return loop.submit(work).result()

    def close(self) -> None:
        """Drop all work where it stands, and close the connections.

        For a runner that does not live as long as the process: its jobs stay in the ledger as if
        the process had been killed.
        """

        async def work() -> None:
            tasks = {task for each in self._services.values() for task in each.tasks()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.http_clients().close()

        loop.submit(work).result()

    def _service(self, connection: Connection) -> ServiceJobs:
        """Return what executes the jobs of a connection's service; from any thread."""
        place = (connection.library, connection.service)
        with self._lock:
            if place not in self._services:
                context = ServiceContext(
                    connection.library, self._clock, self.http_clients, paid=bool(connection.price)
                )
                self._services[place] = ServiceJobs(context, self.send)
            return self._services[place]

    # -- making ---------------------------------------------------------------------------

    def _job(self, connection: Connection, row: JobRow, request: VideoRequest) -> Job:
        job = Job(
            request,
            row.take,
            connection.service,
            expected_seconds=connection.expected_seconds,
            started_at=row.asked_at,
            row_id=row.id,
            actions=self._service(connection).unknown_outcomes(connection).actions,
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


def _is_current(job: Job, row: JobRow) -> bool:
    """Return True if a job that has ended still says what the ledger says."""
    return job.clip is not None or job.state is row.state is JobState.UNKNOWN


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


def withdraw_all(jobs: Iterable[Job]) -> list[Job]:
    """Withdraw those that have not left yet, in one transaction a library; return them.

    Raises
    ------
    LibraryError
        A ledger cannot be written.
    """
    together: dict[JobActions[Job], list[Job]] = {}
    for job in jobs:
        together.setdefault(job.require_actions(), []).append(job)
    return [job for actions, some in together.items() for job in actions.withdraw_all(some)]
