"""Small pictures of what a library holds, made when they are first asked for."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import FrameError
from hailuo_widgets.frame.frame import Frame

if TYPE_CHECKING:
    from hailuo_widgets.media.store import Media

# A key comes from the page: only a hash ever becomes a file's name.
_KEY: Final = re.compile(r"(clip|frame):([0-9a-f]{64})@(240|480|960)")


class Thumbnails:
    """Thumbnails of clips and frames, the ones used last kept in memory.

    Parameters
    ----------
    media : Media
        The library's files.
    kept_bytes : int
        How much stays in memory.
    """

    def __init__(self, media: Media, kept_bytes: int = 12_000_000) -> None:
        self._media = media
        self._room = kept_bytes
        self._made: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes:
        """Make the picture of a key; empty where there is none.

        Parameters
        ----------
        key : str
            ``clip:<hash>@240`` or ``frame:<hash>@240``: the poster of a clip, or a frame, in a
            square of 240, 480 or 960 px.
        """
        with self._lock:
            known = self._made.get(key)
            if known is not None:
                self._made.move_to_end(key)
                return known
        found = _KEY.fullmatch(key)
        if found is None:
            return b""
        kind, sha256, side = found.groups()
        media = self._media
        path = media.poster_path(sha256) if kind == "clip" else media.frame_path(sha256)
        if path is None:
            return b""
        try:
            picture = Frame(path).thumbnail(int(side))
        except (FrameError, OSError):
            # It may come yet, so its absence is not kept.
            return b""
        with self._lock:
            if key not in self._made:
                self._made[key] = picture
                self._room -= len(picture)
            while self._room < 0:
                self._room += len(self._made.popitem(last=False)[1])
        return picture
