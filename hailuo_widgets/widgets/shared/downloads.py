"""A file made for the page to save: packed in the background, fetched in pieces, then deleted."""

from __future__ import annotations

import contextlib
import tempfile
import threading
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.files import scratch
from hailuo_widgets.widgets.shared.transfer import read_piece

if TYPE_CHECKING:
    from collections.abc import Callable


class Downloads:
    """Files on their way to the page, in a temporary folder that goes with the process."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._ready: dict[str, Path] = {}
        self._lock = threading.Lock()

    def pack(self, pack: Callable[[Path], Path], name: str) -> tuple[str, int]:
        """Have a file written; return its token and its size in bytes.

        Parameters
        ----------
        pack : callable
            Writes the file at the path it is given, and returns where it is.
        name : str
            The file's name, ours and never the page's.
        """
        token = uuid.uuid4().hex
        with self._lock:
            if self._folder is None:
                self._folder = scratch.folder("export")
            place = Path(self._folder.name, token)
        place.mkdir()
        path = pack(place / name)
        with self._lock:
            self._ready[token] = path
        return token, path.stat().st_size

    def piece(self, token: object, offset: object, length: object) -> bytes:
        """Read a piece of a packed file.

        Raises
        ------
        LibraryError
            There is no such file, or no longer.
        """
        with self._lock:
            path = self._ready.get(str(token))
        if path is not None:
            with contextlib.suppress(OSError, ValueError):
                return read_piece(path, offset, length)
        raise LibraryError("The packed file is gone. Nothing of the library is: export again.")

    def drop(self, token: object) -> None:
        """Delete a packed file."""
        with self._lock:
            path = self._ready.pop(str(token), None)
        if path is not None:
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """Delete all of them."""
        with self._lock:
            self._ready.clear()
            if self._folder is not None:
                self._folder.cleanup()
                self._folder = None
