"""Files made for a page to save: in the background, fetched in pieces, then deleted."""

from __future__ import annotations

import contextlib
import tempfile
import threading
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.files import scratch
from hailuo_widgets.widgets.shared.transfer import read_piece

if TYPE_CHECKING:
    from collections.abc import Callable

    from hailuo_widgets.widgets.shared.rpc import Answer, Buffers, Fields, Rpc

    Tell = Callable[[float], None]


class Downloads:
    """Prepares files for one widget's page.

    Parameters
    ----------
    widget : Rpc
        Whose page asks.
    """

    def __init__(self, widget: Rpc) -> None:
        self._widget = widget
        self._files = _Files()
        self._closed = False

    def prepare(
        self,
        fields: Fields,
        name: str,
        write: Callable[[Path, Tell], Path],
        about: Callable[[], dict[str, Any]] = dict,
    ) -> None:
        """Have a file written in a thread of its own; the answer says how to fetch it.

        Parameters
        ----------
        fields : mapping
            The question.
        name : str
            The file's name, ours and never the page's.
        write : callable
            Writes the file at the path it is given and returns where it is; it tells the share
            that is done, 0..1, to its second argument.
        about : callable
            Returns what else the page is told, once the file is there.
        """
        percent_sent = 0

        def tell(share: float) -> None:
            nonlocal percent_sent
            if self._closed:
                raise LibraryError("The widget was closed, so no film was made.")
            percent = int(share * 100)
            if percent > percent_sent:
                percent_sent = percent
                self._widget.send({"id": fields.get("id"), "share": share})

        def work() -> Answer:
            token, size = self._files.write(lambda path: write(path, tell), name)
            return {"parcel": token, "bytes": size, "name": name, **about()}, []

        self._widget.later(fields, work)

    def piece(self, fields: Fields, _: Buffers) -> Answer:
        """Return a piece of a file that is there."""
        piece = self._files.piece(fields.get("parcel"), fields.get("offset"), fields.get("length"))
        return {}, [piece]

    def exported(self, fields: Fields, _: Buffers) -> Answer:
        """Delete a file that the page has."""
        self._files.drop(fields.get("parcel"))
        return {}, []

    def close(self) -> None:
        """Make no more of them, and delete those that are made."""
        self._closed = True
        self._files.close()


class _Files:
    """Files on their way to a page, in a temporary folder that goes with the process."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._ready: dict[str, Path] = {}
        self._lock = threading.Lock()

    def write(self, write: Callable[[Path], Path], name: str) -> tuple[str, int]:
        """Have a file written; return its token and its size in bytes.

        Parameters
        ----------
        write : callable
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
        path = write(place / name)
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
