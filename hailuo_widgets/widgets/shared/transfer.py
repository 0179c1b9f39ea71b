"""Files in pieces between kernel and page.

An unmodified Jupyter server closes the socket at a message of 10 MiB, without a word. So the page
only announces a file, and the kernel asks for its pieces, a few at a time: nothing piles up, and
progress and cancelling come for free.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PIECE_BYTES: Final = 1024 * 1024
WINDOW: Final = 4
UPLOAD_LIMIT: Final = 60_000_000
"""Bytes; three times what the service takes, so that a picture can still be mended."""


class Upload:
    """One file on its way into the kernel.

    Parameters
    ----------
    size : int
        Bytes announced.
    ask : callable
        Called with offset and length of each piece wanted next.

    Raises
    ------
    ValueError
        The announced size is not between 1 byte and the limit.
    """

    def __init__(self, size: int, ask: Callable[[int, int], None]) -> None:
        if not 0 < size <= UPLOAD_LIMIT:
            raise ValueError(f"cannot take {size} bytes")
        self._data = bytearray(size)
        self._ask = ask
        self._wanted: dict[int, int] = {}
        self._next = 0
        # Pieces may arrive on two threads: Jupyter moves a widget's messages to another one.
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Ask for the first pieces."""
        for _ in range(WINDOW):
            self._ask_next()

    def receive(self, offset: int, piece: bytes | memoryview) -> bytes | None:
        """Take one piece; return the whole file with the last one.

        Raises
        ------
        ValueError
            The piece was not asked for or has another length.
        """
        with self._lock:
            length = self._wanted.pop(offset, None)
            if length is None or len(piece) != length:
                raise ValueError("the piece was not asked for")
            self._data[offset : offset + length] = piece
            whole = not self._wanted and self._next >= len(self._data)
        if whole:
            return bytes(self._data)
        self._ask_next()
        return None

    def _ask_next(self) -> None:
        with self._lock:
            offset = self._next
            length = min(PIECE_BYTES, len(self._data) - offset)
            if length <= 0:
                return
            self._next += length
            self._wanted[offset] = length
        self._ask(offset, length)


def read_piece(path: Path, offset: object, length: object) -> bytes:
    """Read one piece of a file for the page.

    Raises
    ------
    ValueError
        Offset or length is no such number.
    OSError
        The file is gone.
    """
    if not isinstance(offset, int) or not isinstance(length, int):
        raise ValueError("offset and length are whole numbers")  # noqa: TRY004  one kind of refusal
    if offset < 0 or not 0 < length <= PIECE_BYTES:
        raise ValueError("the piece is out of bounds")
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(length)
