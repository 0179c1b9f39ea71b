"""The flip-books of a comparison: made when a page asks, one at a time, the last ones kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from hailuo_widgets.media.clip import gone
from hailuo_widgets.media.formats.open_media import NotAVideoError
from hailuo_widgets.media.video.scrub_frames import flipbook
from hailuo_widgets.widgets.shared.transfer import PIECE_BYTES

if TYPE_CHECKING:
    from hailuo_widgets.media.clip import Clip
    from hailuo_widgets.widgets.shared.rpc import Answer, Fields

_ROOM: Final = 48_000_000


class ScrubFrames:
    """Small pictures of all frames of clips, in memory.

    Parameters
    ----------
    room : int
        Bytes that are kept; a book that is thrown away is made again when it is asked for.
    """

    def __init__(self, room: int = _ROOM) -> None:
        self._room = room
        self._books: OrderedDict[str, list[bytes]] = OrderedDict()
        # One at a time: the kernel has other work, and the page shows what is there.
        self._making = threading.Lock()

    def pages(self, clip: Clip, fields: Fields) -> Answer:
        """Return pictures from one on, as many as go into one message.

        Raises
        ------
        LibraryError
            The clip's file is gone or damaged.
        """
        first = fields.get("first")
        with self._making:
            book = self._book(clip)
        start = first if type(first) is int and 0 <= first < len(book) else 0
        end, size = start, 0
        while end < len(book) and (end == start or size + len(book[end]) <= PIECE_BYTES):
            size += len(book[end])
            end += 1
        return {"first": start, "count": len(book)}, book[start:end]

    def _book(self, clip: Clip) -> list[bytes]:
        known = self._books.get(clip.sha256)
        if known is None:
            try:
                known = flipbook(clip.path)
            except (NotAVideoError, OSError):
                raise gone(clip) from None
            self._books[clip.sha256] = known
            self._room -= sum(map(len, known))
            while self._room < 0 and len(self._books) > 1:
                _, dropped = self._books.popitem(last=False)
                self._room += sum(map(len, dropped))
        self._books.move_to_end(clip.sha256)
        return known
