"""The one place where a value of the ledger becomes the name of a file.

A ledger may come from any source: only hexadecimal digits, and just as many as ours have, ever get
into a path.
"""

from __future__ import annotations

import re
from typing import Final

from hailuo_widgets.errors import LibraryError

_MEDIA: Final = re.compile(r"[0-9a-f]{64}")
_HOLDER: Final = re.compile(r"[0-9a-f]{32}")


def is_hash(value: object) -> bool:
    """Return True if it is a SHA-256 as the library writes it."""
    return isinstance(value, str) and _MEDIA.fullmatch(value) is not None


def is_holder(value: object) -> bool:
    """Return True if it is the name of a process as the library writes it."""
    return isinstance(value, str) and _HOLDER.fullmatch(value) is not None


def media_name(sha256: str, suffix: str) -> str:
    """Return the file name of a frame, clip or poster.

    Raises
    ------
    LibraryError
        It is no hash; no file is looked for.
    """
    if not is_hash(sha256):
        raise LibraryError(
            "The ledger names a file that no library has: what it says of it is damaged, or not "
            "this kit's. No file was touched and nothing was sent."
        )
    return f"{sha256}{suffix}"


def lock_name(holder: str) -> str:
    """Return the name of a process's lock file.

    Raises
    ------
    LibraryError
        It is no name of ours; no file is looked for.
    """
    if not is_holder(holder):
        raise LibraryError("The ledger names a process that no library has. No file was touched.")
    return f"{holder}.lock"
