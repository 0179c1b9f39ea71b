"""What SQLite's errors mean for the user: one sentence each."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

from hailuo_widgets.files import disk
from hailuo_widgets.library.ledger import recover

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_NO_LOCKS: Final = (
    "SQLITE_IOERR_LOCK",
    "SQLITE_IOERR_RDLOCK",
    "SQLITE_IOERR_UNLOCK",
    "SQLITE_IOERR_CHECKRESERVEDLOCK",
    "SQLITE_IOERR_BLOCKED",
    "SQLITE_IOERR_SHM",
    "SQLITE_PROTOCOL",
    "SQLITE_NOLFS",
)
_DISK: Final = ("SQLITE_FULL", "SQLITE_IOERR")
_DAMAGED: Final = ("SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_IOERR_SHORT_READ", "SQLITE_FORMAT")

_UNCHANGED: Final = "Nothing was changed and nothing was sent."


def sentence(path: Path, error: Exception) -> str:
    """Return a sentence: why the ledger could not be used, and what to do."""
    reason = _why(path, error)
    return f"The library's ledger ({path.parent.name}/{path.name}): {reason}"


def _why(path: Path, error: Exception) -> str:
    code = getattr(error, "sqlite_errorname", "") or ""
    for names, words in _BY_CODE:
        if code.startswith(names):
            return words(path) if callable(words) else words
    for kind, words in _BY_KIND:
        if isinstance(error, kind):
            return words
    return f"SQLite says: {error}. {_UNCHANGED}"


def _of_waiting(path: Path) -> str:
    """Return why a lock could not be taken after waiting for it."""
    try:
        found = disk.probe(path.parent)
    except OSError as error:
        return f"{disk.why(error)}. {disk.mend(error)}"
    if found.locks is not None:
        return found.trouble
    return (
        "another process is holding it. Wait for the other kernel, or shut it down, and ask again."
    )


def _of_disk(path: Path, otherwise: str) -> str:
    """Return what a trial write to the disk shows, or the given words where it succeeds."""
    refusal = disk.trial(path.parent)
    if refusal is None:
        return otherwise
    return f"{disk.why(refusal)}. Nothing in the ledger was changed. {disk.mend(refusal)}"


_NO_VALUE_OF_OURS: Final = (
    "it holds a value that this kit never wrote, so it is damaged or comes from somebody else. "
    f"{_UNCHANGED} Library.verify() says what is wrong."
)
_HANGS: Final = (
    "reading it took far longer than a library of its size can, so it is damaged or was not made "
    f"by this kit. {_UNCHANGED} Set HAILUO_LIBRARY to another folder."
)
_NO_MEMORY: Final = f"this machine has no memory left for it. {_UNCHANGED} Close other programs."

_BY_CODE: Final[tuple[tuple[tuple[str, ...], str | Callable[[Path], str]], ...]] = (
    (_DAMAGED, recover.sentence),
    (_NO_LOCKS, f"this folder's disk cannot lock files (a network disk?). {disk.ELSEWHERE}"),
    (("SQLITE_BUSY",), _of_waiting),
    (
        ("SQLITE_READONLY", "SQLITE_CANTOPEN"),
        lambda path: _of_disk(
            path,
            "it cannot be opened for writing. Permit writing to the folder, or set HAILUO_LIBRARY "
            "to another folder.",
        ),
    ),
    (
        _DISK,
        lambda path: _of_disk(
            path,
            "the disk is full or failing. Free some space and ask again; nothing in the ledger "
            "was changed.",
        ),
    ),
    (
        ("SQLITE_INTERRUPT",),
        _HANGS,
    ),
    (("SQLITE_TOOBIG",), _NO_VALUE_OF_OURS),
    (("SQLITE_NOMEM",), _NO_MEMORY),
)

_BY_KIND: Final[tuple[tuple[type[Exception], str], ...]] = (
    (UnicodeError, _NO_VALUE_OF_OURS),
    (OverflowError, _NO_VALUE_OF_OURS),
    (sqlite3.DataError, _NO_VALUE_OF_OURS),
    (MemoryError, _NO_MEMORY),
    (sqlite3.ProgrammingError, f"it was closed. {_UNCHANGED} Open the library again."),
)
