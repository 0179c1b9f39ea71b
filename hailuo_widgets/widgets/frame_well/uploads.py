"""Pictures that come from the page in pieces: one at a time, the newest counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hailuo_widgets.errors import FrameError
from hailuo_widgets.widgets.shared.transfer import UPLOAD_LIMIT, Upload

if TYPE_CHECKING:
    from collections.abc import Callable

    from hailuo_widgets.widgets.shared.rpc import Answer, Buffers, Fields, Handler, Rpc


class Uploads:
    """Handlers that receive a file.

    Parameters
    ----------
    widget : Rpc
        Asks the page for pieces, and refuses an upload that another one has replaced.
    begin : callable
        Called with what is being done; returns the ticket of the newest picture.
    load : callable
        Called with the file's bytes, its name and a ticket.
    """

    def __init__(
        self,
        widget: Rpc,
        begin: Callable[[str], int],
        load: Callable[[bytes, str, int], None],
    ) -> None:
        self._widget = widget
        self._begin = begin
        self._load = load
        self._running: dict[str, tuple[Upload, str]] = {}

    def handlers(self) -> dict[str, Handler]:
        """Return the handlers by the kind of question."""
        return {
            "upload": self._begin_upload,
            "piece": self._receive_piece,
            "cancel": self._cancel,
        }

    def _begin_upload(self, fields: Fields, _: Buffers) -> Answer | None:
        asked, size = fields["id"], fields.get("size")
        name = str(fields.get("name", ""))[:200]
        if not isinstance(size, int) or not 0 < size <= UPLOAD_LIMIT:
            raise FrameError(
                f"{name or 'This file'} is empty or has more than {UPLOAD_LIMIT / 1e6:.0f} MB. "
                "Nothing was read; the picture before it is kept."
            )

        def ask(offset: int, length: int) -> None:
            self._widget.send({"id": asked, "kind": "want", "offset": offset, "length": length})

        upload = Upload(size, ask)
        self._begin("Receiving")
        older, self._running = self._running, {asked: (upload, name)}
        for other in older:
            self._widget.refuse(other, "Another picture was given meanwhile.")
        upload.begin()
        return None

    def _receive_piece(self, fields: Fields, buffers: Buffers) -> Answer | None:
        upload, name = self._running.get(fields["id"], (None, ""))
        if upload is None or not buffers:
            return None
        try:
            data = upload.receive(fields.get("offset", -1), buffers[0])
        except ValueError:
            self._running.pop(fields["id"], None)
            raise FrameError(
                f"{name} did not arrive whole; give it again. The picture before it is kept."
            ) from None
        if data is None:
            return None
        self._running.pop(fields["id"], None)
        self._load(data, name, self._begin("Reading"))
        return {}, []

    def _cancel(self, fields: Fields, _: Buffers) -> Answer | None:
        if self._running.pop(fields["id"], None) is None:
            return None
        self._begin("")
        if fields.get("why") == "unreadable":
            raise FrameError("The browser could not read that file; the picture before it is kept.")
        raise FrameError("Cancelled; the picture before it is kept.")
