"""Whether what was opened still has its name: a folder may be deleted or moved while it is in use.

An open file goes on without a name: what is written to it is lost with the process. Device and
inode tell whether a path still leads to what was opened; while it is open they are not used again.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import LibraryError

if TYPE_CHECKING:
    from io import BufferedReader
    from pathlib import Path

GONE: Final = "The library folder was deleted or moved while this kernel had it open."

AGAIN: Final = 'Open what is there now with hw.connect(..., library="..."), or restart the kernel.'

NOTHING_SENT: Final = "Nothing was sent."
NOTHING_WRITTEN: Final = "Nothing was written to what is there now."


def replaced(money: str = NOTHING_SENT) -> LibraryError:
    """Say that the library's folder or file is not the one that was opened."""
    return LibraryError(f"{GONE} {money} {AGAIN}")


def identity(path: Path) -> tuple[int, int] | None:
    """Return device and inode of what a path leads to; None when nothing is there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def is_regular(path: Path) -> bool:
    """Whether a plain file stands there itself: no link, pipe, device, socket or folder."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """Whether a folder stands there itself, and no link to one."""
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False


def open_regular(path: Path) -> BufferedReader:
    """Open a plain file to read; what else stands there is neither followed nor waited for.

    Raises
    ------
    OSError
        There is none, it is a link, a pipe or the like, or it cannot be read.
    """
    # Without O_NONBLOCK a pipe would be waited for; with it, plain files are read as ever.
    how = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
        how |= getattr(os, name, 0)
    descriptor = os.open(path, how)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    raise OSError(errno.EINVAL, "it is no plain file", os.fspath(path))


def read_regular(path: Path, most: int) -> bytes:
    """Read a plain file of at most so many bytes.

    Raises
    ------
    OSError
        As :func:`open_regular`; or it is larger.
    """
    with open_regular(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, "it is too large", os.fspath(path))
    return data
