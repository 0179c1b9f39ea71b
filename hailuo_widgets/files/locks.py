"""A lock on a file that goes when its process goes, however it goes.

``flock`` where the disk knows it, else the byte locks that SQLite uses too: of network disks some
know only the one, some only the other. All processes on one disk meet the same refusals, so they
agree.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_BUSY: Final = frozenset({errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK})

_mine: set[str] = set()
"""Paths this process has locked: a byte lock does not keep out its own process, and closing any
descriptor of the file would lose it."""
_guard: Final = threading.RLock()


def _in_child() -> None:
    _mine.clear()
    _guard.release()


if hasattr(os, "register_at_fork"):
    # A child holds no lock of its parent, and no other thread must own the guard in it.
    os.register_at_fork(
        before=_guard.acquire, after_in_parent=_guard.release, after_in_child=_in_child
    )


class Lock:
    """A lock on one file.

    Parameters
    ----------
    path : Path
        The file; made when missing, never followed when it is a link.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._process = os.getpid()

    def acquire(self, *, make: bool = True) -> bool:
        """Take it if it is free; return True if it was.

        Raises
        ------
        OSError
            The file cannot be opened, or its disk knows no locks at all.
        """
        place = os.path.realpath(self._path.parent) + os.sep + self._path.name
        with _guard:
            if place in _mine:
                return False
            how = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
            descriptor = os.open(self._path, how | (os.O_CREAT if make else 0), 0o666)
            try:
                taken = _take(descriptor)
            except BaseException:
                os.close(descriptor)
                raise
            if not taken:
                os.close(descriptor)
                return False
            self._descriptor = descriptor
            self._process = os.getpid()
            _mine.add(place)
            return True

    def release(self) -> None:
        """Give it up; in a forked child that only closes what was inherited."""
        with _guard:
            descriptor, self._descriptor = self._descriptor, None
            if descriptor is None:
                return
            if self._process == os.getpid():
                # Unlocked before it is closed: a child that was forked has this descriptor too.
                with contextlib.suppress(OSError):
                    _give(descriptor)
                _mine.discard(os.path.realpath(self._path.parent) + os.sep + self._path.name)
            with contextlib.suppress(OSError):
                os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            if error.errno in _BUSY | {errno.EDEADLOCK}:
                return False
            raise
        return True

    def _give(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl
    import struct

    def _take(descriptor: int) -> bool:
        refusal: OSError | None = None
        for lock in (_flock, _open_file_lock, _byte_lock):
            try:
                lock(descriptor, taking=True)
            except OSError as error:
                if error.errno in _BUSY:
                    return False
                refusal = error
            else:
                return True
        assert refusal is not None
        raise refusal

    def _give(descriptor: int) -> None:
        for lock in (_flock, _open_file_lock, _byte_lock):
            with contextlib.suppress(OSError):
                lock(descriptor, taking=False)

    def _flock(descriptor: int, *, taking: bool) -> None:
        fcntl.flock(descriptor, (fcntl.LOCK_EX | fcntl.LOCK_NB) if taking else fcntl.LOCK_UN)

    def _open_file_lock(descriptor: int, *, taking: bool) -> None:
        """Lock the open file: no descriptor of the same file elsewhere loses it."""
        command = getattr(fcntl, "F_OFD_SETLK", None)
        if command is None or sys.platform != "linux":
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
        kind = fcntl.F_WRLCK if taking else fcntl.F_UNLCK
        # struct flock of 64-bit Linux: type, whence, start, length, process (0: the open file).
        fcntl.fcntl(descriptor, command, struct.pack("hhqqi4x", kind, os.SEEK_SET, 0, 1, 0))

    def _byte_lock(descriptor: int, *, taking: bool) -> None:
        fcntl.lockf(descriptor, (fcntl.LOCK_EX | fcntl.LOCK_NB) if taking else fcntl.LOCK_UN, 1, 0)
