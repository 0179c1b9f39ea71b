"""The sound that a strip plays with: a file of the user's, or one that comes from the page."""

from __future__ import annotations

import re
import tempfile
import threading
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.errors import InputError
from hailuo_widgets.files import scratch
from hailuo_widgets.files.regular_file import file_sha256
from hailuo_widgets.files.user_path import file_of
from hailuo_widgets.media.video.audio import read_sound
from hailuo_widgets.text import shown_name
from hailuo_widgets.widgets.shared.served import served_path
from hailuo_widgets.widgets.shared.transfer import UPLOAD_LIMIT, Upload

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from hailuo_widgets.widgets.shared.rpc import Answer, Buffers, Fields, Rpc

_UNSAFE: Final = re.compile(r"[^\w.\- ()]")


class Soundtrack:
    """Holds a sound, takes one from the page, and tells the page about it.

    What comes from the page lies in a temporary folder that goes with the process.

    Parameters
    ----------
    widget : Rpc
        Whose page sends it.
    changed : callable
        Called with the sound's facts when there is another one, empty without any; in any thread.
    """

    def __init__(self, widget: Rpc, changed: Callable[[dict[str, Any]], None]) -> None:
        self._widget = widget
        self._changed = changed
        self._lock = threading.RLock()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._coming: tuple[str, Upload, str] | None = None
        self.path: Path | None = None
        self.facts: dict[str, Any] = {}

    def set(self, given: str | os.PathLike[str] | None) -> None:
        """Hold a file, or nothing.

        Raises
        ------
        InputError
            It is gone, or holds no sound; what was there before stays.
        """
        path = None if given is None else file_of(given).absolute()
        facts = {} if path is None else _facts_of(path)
        with self._lock:
            self.path, self.facts = path, facts
            self._changed(facts)

    def close(self) -> None:
        """Delete what came from the page."""
        with self._lock:
            self._coming = None
            if self._folder is not None:
                self._folder.cleanup()
                self._folder = None

    # -- for the page ---------------------------------------------------------------------

    def begin(self, fields: Fields, _: Buffers) -> None:
        """Take an announced file, piece by piece; one that was on its way before is let go of."""
        asked, size = str(fields.get("id")), fields.get("size")
        name = shown_name(str(fields.get("name", ""))[:200]) or "sound"
        if not isinstance(size, int) or not 0 < size <= UPLOAD_LIMIT:
            raise InputError(
                f"“{name}” is empty or has more than {UPLOAD_LIMIT / 1e6:.0f} MB. Nothing was read. "
                'A larger file can be named in Python: strip.audio = "music.mp3".'
            )

        def ask(offset: int, length: int) -> None:
            self._widget.send({"id": asked, "kind": "want", "offset": offset, "length": length})

        upload = Upload(size, ask)
        with self._lock:
            older, self._coming = self._coming, (asked, upload, name)
        if older is not None:
            self._widget.refuse(older[0], "Another sound was given meanwhile.")
        upload.begin()

    def receive(self, fields: Fields, buffers: Buffers) -> Answer | None:
        """Take a piece; with the last one the sound is looked into, in the background."""
        with self._lock:
            coming = self._coming
        if coming is None or coming[0] != fields.get("id") or not buffers:
            return None
        _, upload, name = coming
        try:
            data = upload.receive(fields.get("offset", -1), buffers[0])
        except ValueError:
            self._forget(coming)
            raise InputError(f"“{name}” did not arrive whole; give it again.") from None
        if data is None:
            return None
        self._forget(coming)
        self._widget.later(fields, lambda: self._keep(data, name))
        return None

    def cancel(self, fields: Fields, _: Buffers) -> Answer | None:
        """Stop taking a file."""
        with self._lock:
            coming = self._coming
        if coming is None or coming[0] != fields.get("id"):
            return None
        self._forget(coming)
        why = fields.get("why") == "unreadable"
        raise InputError("The browser could not read that file." if why else "Cancelled.")

    def _forget(self, coming: tuple[str, Upload, str]) -> None:
        with self._lock:
            if self._coming is coming:
                self._coming = None

    def _keep(self, data: bytes, name: str) -> Answer:
        with self._lock:
            if self._folder is None:
                self._folder = scratch.folder("sound")
            folder = Path(self._folder.name, uuid.uuid4().hex)
        folder.mkdir()
        # The page's name is only ever a name: no folder, no leading dot.
        path = folder / (_UNSAFE.sub("_", name).strip(". ") or "sound")
        path.write_bytes(data)
        self.set(path)
        return {}, []


def _facts_of(path: Path) -> dict[str, Any]:
    facts = read_sound(path)
    sha256 = file_sha256(path, follow_links=True)
    return {
        "name": shown_name(path.name),
        "seconds": facts.seconds,
        "sha256": sha256,
        "bytes": path.stat().st_size,
        "relpath": served_path(path),
    }
