"""Which process holds a job: exactly one, for as long as it lives.

A process that holds jobs has an operating-system lock on a small file of its own. The lock
goes when the process goes, however it goes, so neither a clock nor a heartbeat is needed.
"""

from __future__ import annotations

import atexit
import os
import threading
import uuid
from typing import TYPE_CHECKING

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.files.disk import ELSEWHERE
from hailuo_widgets.files.file_names import is_holder, lock_name
from hailuo_widgets.files.locks import Lock
from hailuo_widgets.files.regular_file import is_folder, is_regular

if TYPE_CHECKING:
    from pathlib import Path


class ProcessLock:
    """The present process, as other processes on the same library see it.

    A forked child is another process: it has a name and a lock of its own from its first use on.

    Parameters
    ----------
    folder : Path
        Where the lock files live; made when missing.

    Raises
    ------
    LibraryError
        A link or a file stands in the folder's place, or its disk knows no locks.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if not is_folder(folder):
            raise LibraryError(
                f"{folder.name}/ in the library is a link to another place. Nothing was written "
                "there and nothing was sent. Put a folder in its place, or use another library."
            )
        self._folder = folder
        self._guard = threading.Lock()
        self._closed = False
        self._begin()
        atexit.register(self.close)

    @property
    def name(self) -> str:
        """What the ledger calls this process."""
        if self._process != os.getpid():
            # The parent's lock is not the child's, and no other thread has come along.
            self._guard = threading.Lock()
            self._lock.release()
            self._begin()
        return self._name

    def is_alive(self, name: str) -> bool:
        """Return True if the process of that name still runs; the file of an ended one is removed."""
        if name == self.name:
            return True
        if not is_holder(name):
            return False  # no process of ours has such a name
        path = self._folder / lock_name(name)
        return is_regular(path) and self._is_held(path)

    def _is_held(self, path: Path) -> bool:
        probe = Lock(path)
        try:
            if not probe.acquire(make=False):
                return True
        except FileNotFoundError:
            return False
        except OSError:
            return True  # it cannot be told: nothing is taken away from it
        path.unlink(missing_ok=True)
        probe.release()
        return False

    def close(self) -> None:
        """Give up everything held; others may take it over."""
        with self._guard:
            mine = self._process == os.getpid() and not self._closed
            self._closed = self._closed or mine
            self._lock.release()
            if mine:
                try:
                    (self._folder / lock_name(self._name)).unlink(missing_ok=True)
                except OSError:
                    return  # the folder is gone, and the file with it

    def _begin(self) -> None:
        self._process = os.getpid()
        self._name = uuid.uuid4().hex
        self._lock = Lock(self._folder / lock_name(self._name))
        try:
            self._lock.acquire()
        except OSError as error:
            path = self._folder / lock_name(self._name)
            path.unlink(missing_ok=True)
            if error.filename is not None:  # it could not be made at all
                raise
            raise LibraryError(
                "The library cannot be used: this folder's disk cannot lock files (a network "
                f"disk?). Nothing was sent. {ELSEWHERE}"
            ) from None
