"""Follow jobs that other live processes execute: one loop, however many there are."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import HailuoError, LibraryError
from hailuo_widgets.jobs import loop
from hailuo_widgets.jobs.runner import error_messages
from hailuo_widgets.library.ledger.states import JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hailuo_widgets.jobs.runner.job import Job
    from hailuo_widgets.jobs.wavespeed.poll import Clock
    from hailuo_widgets.library.ledger.ledger import JobRow
    from hailuo_widgets.library.library import Library

_SECONDS: Final = 1.0
_MOST_FAILURES: Final = 60
"""A ledger that cannot be read so often in a row is not waited for."""


class Follower:
    """Polls the ledger and updates the jobs that other processes execute."""

    def __init__(self, library: Library, clock: Clock) -> None:
        self._library = library
        self._clock = clock
        self._jobs: dict[int, tuple[Job, Callable[[JobRow], object]]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._pulse: tuple[int, int] | None = None
        self._holders: dict[int, str | None] = {}

    def add(self, job: Job, row: JobRow, on_orphan: Callable[[JobRow], object]) -> None:
        """Follow a job from now on.

        Parameters
        ----------
        on_orphan : callable
            Called with its row, on the background loop, when its process has ended and it has not.
        """
        self._jobs[row.id] = job, on_orphan
        self._pulse = None
        if self._looking is None:
            self._looking = loop.start(self._look(), failed=self._stopped)

    def tasks(self) -> set[asyncio.Task[None]]:
        """Return what is at work."""
        return set() if self._looking is None else {self._looking}

    async def _look(self) -> None:
        failures = 0
        while self._jobs:
            await self._clock.sleep(_SECONDS)
            try:
                await self._look_once()
            except LibraryError as error:
                failures += 1
                if failures >= _MOST_FAILURES:
                    raise
                self._say(f"the ledger cannot be read, looking again ({error})")
            else:
                failures = 0
        self._looking = None

    async def _look_once(self) -> None:
        rows, dead = await asyncio.to_thread(self._read, tuple(self._jobs))
        for row in rows:
            job, _ = self._jobs[row.id]
            try:
                self._tell(row)
            except Exception as error:  # noqa: BLE001  one that cannot be told stops no other
                self._jobs.pop(row.id, None)
                job.finish(loop.as_told(error), row.state, f"stopped while {job.detail}")
        for row_id in dead & self._jobs.keys():
            row = await asyncio.to_thread(self._library.ledger.jobs.row, row_id)
            if not row.state.final:
                _, on_orphan = self._jobs.pop(row_id)
                on_orphan(row)

    def _say(self, trouble: str) -> None:
        for job, _ in list(self._jobs.values()):
            detail = f"{error_messages.WORDS.get(job.state, job.state.words)}; {trouble}"
            if not job.done and detail != job.detail:
                job.change(job.state, detail)

    def _stopped(self, error: HailuoError) -> None:
        """End what was followed; the processes that execute it go on."""
        self._looking = None
        jobs, self._jobs = self._jobs, {}
        for job, _ in jobs.values():
            job.finish(error, job.state, f"not followed any more while {job.detail}")

    def _read(self, ids: Iterable[int]) -> tuple[list[JobRow], set[int]]:
        """Return what has changed, and which jobs no live process holds; runs in a thread."""
        pulse = self._library.ledger.change_counter()
        rows = [] if pulse == self._pulse else self._library.ledger.jobs.rows(ids)
        self._pulse = pulse
        for row in rows:
            self._holders[row.id] = row.holder
        holders = {self._holders.get(row_id) for row_id in ids}
        dead = {name for name in holders if not (name and self._library.holder.is_alive(name))}
        return rows, {row_id for row_id in ids if self._holders.get(row_id) in dead}

    def _tell(self, row: JobRow) -> None:
        job, on_orphan = self._jobs[row.id]
        if row.state is JobState.UNKNOWN and row.price > 0:
            del self._jobs[row.id]
            on_orphan(row)
        elif row.state.final:
            del self._jobs[row.id]
            job.finish_from(row, self._library)
        elif row.state is not job.state:
            job.change(row.state, error_messages.WORDS[row.state], prediction_id=row.prediction_id)
