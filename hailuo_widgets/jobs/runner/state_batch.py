"""Writing down that jobs are running: many in one transaction.

Each write waits for the disk and costs a millisecond of processor time. When a thousand jobs begin
to run within seconds, writing each by itself takes as much as asking about all of them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NamedTuple

from hailuo_widgets.errors import HailuoError, LibraryError
from hailuo_widgets.jobs import loop
from hailuo_widgets.library.ledger.states import JobState

if TYPE_CHECKING:
    from hailuo_widgets.jobs.wavespeed.poll import Clock
    from hailuo_widgets.library.ledger.ledger import Ledger

RUNNING: Final = frozenset({JobState.CREATED, JobState.PROCESSING})
"""What may be written down a moment later: no money and no id hang on it."""

PAID_SECONDS: Final = 0.25
LOCAL_SECONDS: Final = 0.01
"""How long a write waits for company: far less than the time between two questions."""


class _Wanted(NamedTuple):
    job_id: int
    state: JobState
    written: asyncio.Future[None]


class StateBatch:
    """Collects what is to be written for a moment, then writes it in one transaction.

    Parameters
    ----------
    ledger : Ledger
    clock : Clock
        By which it waits.
    seconds : float
        How long it waits for more.
    """

    def __init__(self, ledger: Ledger, clock: Clock, seconds: float) -> None:
        self._ledger = ledger
        self._clock = clock
        self._seconds = seconds
        self._wanted: list[_Wanted] = []
        self._writing: set[asyncio.Task[None]] = set()

    def tasks(self) -> set[asyncio.Task[None]]:
        """Return what is going on."""
        return set(self._writing)

    async def write(self, job_id: int, state: JobState) -> None:
        """Write a running state down; durable when this returns.

        Raises
        ------
        LibraryError
            The ledger cannot be written, or refuses this one.
        """
        written = asyncio.get_running_loop().create_future()
        self._wanted.append(_Wanted(job_id, state, written))
        if len(self._wanted) == 1:
            task = loop.start(self._write_soon(), failed=self._stopped)
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)
        await written

    async def _write_soon(self) -> None:
        await self._clock.sleep(self._seconds)
        together, self._wanted = self._wanted, []
        try:
            await self._write_all(together)
        except asyncio.CancelledError:
            raise
        except BaseException as raised:  # noqa: BLE001  the waiters must hear of any trouble
            _refuse(together, loop.as_told(raised))

    async def _write_all(self, together: list[_Wanted]) -> None:
        try:
            await asyncio.to_thread(
                self._ledger.transitions.advance_all, [each[:2] for each in together]
            )
        except LibraryError:
            # Nothing was written. Each by itself: one that is refused must not stop the others.
            for each in together:
                await self._write_one(each)
        else:
            for each in together:
                if not each.written.done():
                    each.written.set_result(None)

    def _stopped(self, error: HailuoError) -> None:
        together, self._wanted = self._wanted, []
        _refuse(together, error)

    async def _write_one(self, wanted: _Wanted) -> None:
        try:
            await asyncio.to_thread(self._ledger.transitions.advance, wanted.job_id, wanted.state)
        except LibraryError as error:
            if not wanted.written.done():
                wanted.written.set_exception(error)
        else:
            if not wanted.written.done():
                wanted.written.set_result(None)


def _refuse(together: list[_Wanted], error: HailuoError) -> None:
    for each in together:
        if not each.written.done():
            each.written.set_exception(error)
