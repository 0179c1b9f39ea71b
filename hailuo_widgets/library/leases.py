"""Which process carries a job: exactly one, for as long as it lives.

A process that carries jobs holds an operating-system lock on a small file of its own. The lock
goes when the process goes, however it goes, so nobody has to trust a clock or a heartbeat.
"""

from __future__ import annotations

import atexit
import uuid
from typing import TYPE_CHECKING, Final

from filelock import FileLock, Timeout

if TYPE_CHECKING:
    from pathlib import Path

_SUFFIX: Final = ".lock"


class Holder:
    """The present process, as other processes on the same library see it.

    Parameters
    ----------
    folder : Path
        Where the lock files live; made when missing.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name = uuid.uuid4().hex
        self._folder = folder
        self._lock = FileLock(folder / f"{self.name}{_SUFFIX}", thread_local=False)
        self._lock.acquire(timeout=0)
        atexit.register(self.close)

    def is_alive(self, name: str) -> bool:
        """Whether the process of that name still runs; a dead one's file is removed."""
        if name == self.name:
            return True
        path = self._folder / f"{name}{_SUFFIX}"
        if not path.is_file():
            return False
        probe = FileLock(path, thread_local=False)
        try:
            probe.acquire(timeout=0)
        except Timeout:
            return True
        path.unlink(missing_ok=True)
        probe.release()
        return False

    def close(self) -> None:
        """Give up everything held; others may take it over."""
        self._lock.release()
        (self._folder / f"{self.name}{_SUFFIX}").unlink(missing_ok=True)
