"""The emulator's time: the wall's, with waits that can be divided and a way to jump ahead."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


class Clock:
    """Tells the time and waits for moments; both are epoch seconds.

    Parameters
    ----------
    scale : float
        Every wait is divided by it: with 10, a latency of 60 s passes in 6 s. Dates stay true.
    wall : callable
        Where the time comes from.
    """

    def __init__(self, scale: float = 1.0, wall: Callable[[], float] = time.time) -> None:
        self.scale = scale
        self._wall = wall
        self._ahead = 0.0
        self._sleepers: set[asyncio.Future[None]] = set()

    def now(self) -> float:
        """Return the present moment."""
        return self._wall() + self._ahead

    @property
    def ahead(self) -> float:
        """How far it has jumped, in seconds."""
        return self._ahead

    def after(self, moment: float, seconds: float) -> float:
        """Return the moment at which a wait of `seconds`, begun at `moment`, is over."""
        return moment + seconds / self.scale

    def advance(self, seconds: float) -> None:
        """Jump ahead by true seconds, and wake the one that waited for a moment that has passed.

        Call it on the event loop that the waits run on.
        """
        self._ahead += seconds
        for sleeper in self._sleepers:
            _wake(sleeper)

    def rewind(self) -> None:
        """Take back every jump."""
        self._ahead = 0.0

    async def until(self, moment: float) -> None:
        """Wait for a moment; return at once when it has passed."""
        loop = asyncio.get_running_loop()
        while (left := moment - self.now()) > 0:
            sleeper: asyncio.Future[None] = loop.create_future()
            timer = loop.call_later(left, _wake, sleeper)
            self._sleepers.add(sleeper)
            try:
                await sleeper
            finally:
                timer.cancel()
                self._sleepers.discard(sleeper)


def _wake(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)
