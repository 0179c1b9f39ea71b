"""Finding out that a folder was deleted or moved while it is in use.

An open file goes on without a name: what is written to it is lost with the process. Device and
inode tell whether a path still leads to what was opened; while it is open they are not used again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import LibraryError

if TYPE_CHECKING:
    from pathlib import Path

GONE: Final = "The library folder was deleted or moved while this kernel had it open."

AGAIN: Final = 'Open what is there now with hw.connect(..., library="..."), or restart the kernel.'

NOTHING_SENT: Final = "Nothing was sent."
NOTHING_WRITTEN: Final = "Nothing was written to what is there now."


def replaced(money: str = NOTHING_SENT) -> LibraryError:
    """Return the error that the library's folder or file is not the one that was opened."""
    return LibraryError(f"{GONE} {money} {AGAIN}")


def identity(path: Path) -> tuple[int, int] | None:
    """Return device and inode of what a path leads to; None when nothing is there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
