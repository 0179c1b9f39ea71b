"""Regular files: opened without following links or waiting for pipes, read, and hashed."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from io import BufferedReader
    from pathlib import Path


def is_regular(path: Path) -> bool:
    """Return True if the path itself is a regular file: no link, pipe, device, socket or folder."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """Return True if the path itself is a folder, and no link to one."""
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False


def open_regular(path: Path, *, follow_links: bool = False) -> BufferedReader:
    """Open a regular file to read. Opening waits for nothing: a pipe may have no writer.

    Parameters
    ----------
    follow_links : bool
        True for a path that the user gave; False for one in a library, which may come from
        another user.

    Raises
    ------
    OSError
        There is none, it is a link, a pipe or the like, or it cannot be read.
    """
    # Regular files are read with O_NONBLOCK as without.
    flags = os.O_RDONLY
    for name in ("O_NONBLOCK", "O_CLOEXEC", "O_BINARY", *(() if follow_links else ("O_NOFOLLOW",))):
        flags |= getattr(os, name, 0)
    descriptor = os.open(path, flags)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    raise OSError(errno.EINVAL, "it is no regular file")


def read_regular(path: Path, most: int) -> bytes:
    """Return the bytes of a regular file, at most so many.

    Raises
    ------
    OSError
        As :func:`open_regular`; or it is larger.
    """
    with open_regular(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, "it is too large")
    return data


def sha256_of(file: BufferedReader) -> str:
    """Return the hash of an open file from where it stands, in hexadecimal."""
    return hashlib.file_digest(file, "sha256").hexdigest()


def file_sha256(path: Path, *, follow_links: bool = False) -> str:
    """Return the hash of a regular file, in hexadecimal.

    Raises
    ------
    OSError
        As :func:`open_regular`.
    """
    with open_regular(path, follow_links=follow_links) as file:
        return sha256_of(file)
