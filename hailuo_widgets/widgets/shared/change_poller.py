"""Noticing that something has changed, by this or another process."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.widgets.shared.rpc import in_background

if TYPE_CHECKING:
    from collections.abc import Callable

_log: Final = logging.getLogger("hailuo_widgets")
EVERY_SECONDS: Final = 0.5


class ChangePoller:
    """Looks at something cheap again and again, and tells when it is different.

    Parameters
    ----------
    look : callable
        Gives a value that differs after a change.
    changed : callable
        Called after a change, in the watch's own thread.
    every : float
        Seconds between two looks.
    """

    def __init__(
        self,
        look: Callable[[], object],
        changed: Callable[[], None],
        every: float = EVERY_SECONDS,
    ) -> None:
        self._look = look
        self._changed = changed
        self._every = every
        self._stopped = threading.Event()
        in_background(self._run)

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()

    def _run(self) -> None:
        seen: object = None
        first = True
        while not self._stopped.wait(0 if first else self._every):
            try:
                now = self._look()
                if not first and now != seen:
                    self._changed()
            except LibraryError:
                # A folder that cannot be read just now may be back at the next look.
                continue
            except Exception:  # noqa: BLE001  a thread's end must be seen somewhere
                _log.exception("a watch ended")
                return
            seen, first = now, False
