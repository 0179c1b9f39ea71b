"""What tells others when it changes."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable

_log: Final = logging.getLogger("hailuo_widgets")


class Observable:
    """Calls back those who observe it, one change at a time and in order."""

    _observers: list[Callable[[Self], None]]

    def __init__(self) -> None:
        # Held while observers are called.
        self._telling = threading.RLock()
        self._observers = []

    def observe(self, callback: Callable[[Self], None]) -> Callable[[], None]:
        """Call back at once, in this thread, and after every change, on the background thread.

        Calls never overlap. A callback must be quick and must not wait for the job.

        Returns
        -------
        callable
            Stops the calls.
        """
        with self._telling:
            self._observers.append(callback)
            callback(self)

        def stop() -> None:
            with self._telling:
                if callback in self._observers:
                    self._observers.remove(callback)

        return stop

    def _tell(self: Self) -> None:
        with self._telling:
            for callback in tuple(self._observers):
                try:
                    callback(self)
                except Exception as error:  # noqa: BLE001  who looks on must stop nothing
                    _log.warning("an observer failed (%s)", type(error).__name__)
                    _log.debug("an observer failed", exc_info=True)
