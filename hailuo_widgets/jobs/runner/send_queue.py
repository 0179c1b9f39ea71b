"""Wait for a slot within the account's rate and concurrency limits.

The ledger decides, so that all kernels on one library share one queue. Here one loop per service
asks it for the first waiter, however many wait behind.
"""

from __future__ import annotations

import asyncio
import bisect
import logging
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.errors import HailuoError
from hailuo_widgets.jobs import loop
from hailuo_widgets.jobs.runner import error_messages
from hailuo_widgets.jobs.wavespeed import estimate, price
from hailuo_widgets.library.ledger.states import JobState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection
    from datetime import datetime

    from hailuo_widgets.jobs.runner.job import Job
    from hailuo_widgets.jobs.services.services import Connection
    from hailuo_widgets.jobs.wavespeed.http import HttpClients
    from hailuo_widgets.jobs.wavespeed.poll import Clock
    from hailuo_widgets.library.ledger.ledger import JobRow

_log: Final = logging.getLogger("hailuo_widgets")

_PRICE_SECONDS: Final = 10.0
"""If the price lookup times out, the last price shown still applies."""

_PLACES_ASKED: Final = 30
"""Query the exact position of so many waiters; number the rest by counting on from there."""


_UPDATE_SECONDS: Final = 2.0
_UPDATE_SHARE: Final = 0.1
"""Position updates for thousands of jobs are expensive: at most a tenth of the loop's time."""

_UPDATES_AT_ONCE: Final = 200
"""Yield to the event loop after this many updates."""


class WithdrawnError(Exception):
    """The waiter was taken out of the queue; a signal between modules."""


@dataclass(slots=True, eq=False)
class _Waiter:
    """A job that waits, and the future that ends its wait."""

    job: Job
    row: JobRow
    connection: Connection
    slot: asyncio.Future[None]

    @property
    def order(self) -> tuple[datetime, int]:
        """The ledger's own order."""
        return self.row.asked_at, self.row.id


class SendQueue:
    """The jobs of this process that wait for a slot at one service of one library.

    Parameters
    ----------
    http : callable
        Returns the HTTP clients, on the background loop.
    """

    def __init__(self, clock: Clock, http: Callable[[], HttpClients]) -> None:
        self._clock = clock
        self._http = http
        self._waiting: list[_Waiter] = []
        self._wake = asyncio.Event()
        self._asking = asyncio.Lock()
        self._serving: asyncio.Task[None] | None = None
        self._held_until = self._update_again_at = -math.inf

    async def wait_for_slot(self, job: Job, row: JobRow, connection: Connection) -> None:
        """Return when the row is ``sent``: its request must go out now, once.

        Raises
        ------
        PriceChangedError
            The service asks another price than the row holds; it is still ``intent``.
        WithdrawnError
            It was withdrawn in this process.
        LibraryError
            The ledger cannot be asked, or another process withdrew it.
        """
        one = _Waiter(job, row, connection, asyncio.get_running_loop().create_future())
        bisect.insort(self._waiting, one, key=lambda each: each.order)
        if self._waiting[0] is one:
            self._wake.set()
        if self._serving is None:
            self._serving = loop.start(self._serve(), failed=self._stopped)
        await one.slot

    async def leave(self, row_ids: Collection[int]) -> None:
        """Take rows out, as far as they wait here and have no slot yet."""
        async with self._asking:
            leaving = [each for each in self._waiting if each.row.id in row_ids]
            self._waiting = [each for each in self._waiting if each.row.id not in row_ids]
            for one in leaving:
                if not one.slot.done():
                    one.slot.set_exception(WithdrawnError())

    def freed(self) -> None:
        """Wake the queue: something has ended, so a slot may be free."""
        self._wake.set()

    def hold(self, seconds: float) -> None:
        """Give no slots for so many seconds: the service has said so."""
        self._held_until = max(self._held_until, self._clock.now() + seconds)

    def tasks(self) -> set[asyncio.Task[None]]:
        """Return what is at work."""
        return set() if self._serving is None else {self._serving}

    def _stopped(self, error: HailuoError) -> None:
        """Fail all waiters with what has stopped the queue; the next waiter starts it again."""
        self._serving = None
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if not one.slot.done():
                one.slot.set_exception(error)

    async def _serve(self) -> None:
        while self._waiting:
            self._wake.clear()
            seconds = await self._give_slot(self._waiting[0])
            if seconds > 0:
                try:
                    await self._update_positions()
                except Exception as error:  # noqa: BLE001  positions are worth no job
                    _log.warning(
                        "positions in the queue could not be shown (%s)", type(error).__name__
                    )
                await self._pause(seconds)
        self._serving = None

    async def _give_slot(self, one: _Waiter) -> float:
        """Return one waiter its slot, or return after how many seconds to ask again."""
        held = self._held_until - self._clock.now()
        if held > 0:
            return held
        await self._renew_price(one.connection)
        async with self._asking:
            if one not in self._waiting:
                return 0.0
            try:
                _require_price(one)
                seconds = await asyncio.to_thread(self._ask, one)
            except asyncio.CancelledError:
                raise
            except BaseException as error:  # noqa: BLE001  the waiter must hear of any trouble
                self._waiting.remove(one)
                if not one.slot.done():
                    one.slot.set_exception(loop.as_told(error))
                return 0.0
            if seconds <= 0:
                self._waiting.remove(one)
                if not one.slot.done():
                    one.slot.set_result(None)
            return seconds

    def _ask(self, one: _Waiter) -> float:
        library = one.connection.library
        limits = one.connection.limits
        return library.ledger.queue.take_turn(
            one.row.id,
            concurrent=limits.concurrent,
            per_minute=limits.videos_per_minute,
            is_alive=library.holder.is_alive,
        )

    async def _renew_price(self, connection: Connection) -> None:
        if connection.price_is_fresh:
            return
        asking = loop.start(connection.renew_price(self._http()), failed=lambda _: None)
        await self._first_of(asking, self._clock.sleep(_PRICE_SECONDS))
        asking.cancel()
        await asyncio.wait([asking])

    async def _pause(self, seconds: float) -> None:
        await self._first_of(self._clock.sleep(seconds), self._wake.wait())

    async def _first_of(self, *works: Awaitable[Any]) -> None:
        tasks = [work if isinstance(work, asyncio.Task) else loop.part(work) for work in works]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()

    async def _update_positions(self) -> None:
        """Show every waiter how many go before it, and when its clip may be here."""
        waiting = list(self._waiting)
        if not waiting or self._clock.now() < self._update_again_at:
            return
        began = asyncio.get_running_loop().time()
        places = await asyncio.to_thread(_places, waiting[:_PLACES_ASKED])
        if places:
            await self._update_all(waiting, places)
        took = asyncio.get_running_loop().time() - began
        self._update_again_at = self._clock.now() + max(_UPDATE_SECONDS, took / _UPDATE_SHARE)

    async def _update_all(self, waiting: list[_Waiter], places: list[tuple[int, int, int]]) -> None:
        connection = waiting[0].connection
        _, in_flight, sent = places[0]
        before = [place for place, _, _ in places]
        before += [before[-1] + extra + 1 for extra in range(len(waiting) - len(before))]
        arrivals = await asyncio.to_thread(
            estimate.arrivals,
            before[-1] + 1,
            in_flight,
            connection.expected_seconds,
            connection.limits,
            sent_last_minute=sent,
        )
        for number, (one, place) in enumerate(zip(waiting, before, strict=True), 1):
            if not one.slot.done():
                ahead = f", {place} before it" if place else ""
                words = f"{error_messages.WORDS[JobState.INTENT]}{ahead}, {about(arrivals[place])}"
                held = self._held_until - self._clock.now()
                if held > 0:
                    words = f"{error_messages.NOT_SO_FAST}; trying again in {held:.0f} s{ahead}"
                one.job.mark_queued(place, arrivals[place], words, held=held > 0)
            if number % _UPDATES_AT_ONCE == 0:
                await asyncio.sleep(0)


def _require_price(one: _Waiter) -> None:
    if one.row.price != one.connection.price:
        raise price.changed(one.row.price, one.connection.price)


def about(seconds: estimate.Range) -> str:
    """Return a range of seconds in words."""
    low, high = seconds
    if high < 100:
        middle = round((low + high) / 20) * 10
        return f"about {max(10, middle)} s"
    first, last = max(1, round(low / 60)), round(high / 60)
    return f"about {last} min" if first >= last else f"about {first} to {last} min"


def _places(waiting: list[_Waiter]) -> list[tuple[int, int, int]]:
    found = []
    for one in waiting:
        library = one.connection.library
        try:
            place = library.ledger.queue.position(one.row.id, is_alive=library.holder.is_alive)
        except HailuoError:
            break
        found.append((place.before, place.in_flight, place.sent_last_minute))
    return found
