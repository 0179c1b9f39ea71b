"""Files made for a page in the background: it hears how far they are, then fetches and drops them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.widgets.shared.downloads import Downloads

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hailuo_widgets.widgets.shared.rpc import Answer, Buffers, Fields, Rpc

    Tell = Callable[[float], None]


class Workshop:
    """Makes files for one widget's page.

    Parameters
    ----------
    widget : Rpc
        Whose page asks.
    """

    def __init__(self, widget: Rpc) -> None:
        self._widget = widget
        self._parcels = Downloads()
        self._closed = False

    def make(
        self,
        fields: Fields,
        name: str,
        write: Callable[[Path, Tell], Path],
        about: Callable[[], dict[str, Any]] = dict,
    ) -> None:
        """Make a file in a thread of its own, and answer the question with how to fetch it.

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
            Gives what else the page is told, once the file is there.
        """
        told = 0

        def tell(share: float) -> None:
            nonlocal told
            if self._closed:
                raise LibraryError("The widget was closed, so no film was made.")
            percent = int(share * 100)
            if percent > told:
                told = percent
                self._widget.send({"id": fields.get("id"), "share": share})

        def work() -> Answer:
            token, size = self._parcels.pack(lambda path: write(path, tell), name)
            return {"parcel": token, "bytes": size, "name": name, **about()}, []

        self._widget.later(fields, work)

    def piece(self, fields: Fields, _: Buffers) -> Answer:
        """Give a piece of a file that is made."""
        piece = self._parcels.piece(
            fields.get("parcel"), fields.get("offset"), fields.get("length")
        )
        return {}, [piece]

    def exported(self, fields: Fields, _: Buffers) -> Answer:
        """Delete a file that the page has."""
        self._parcels.drop(fields.get("parcel"))
        return {}, []

    def close(self) -> None:
        """Make no more of them, and delete those that are made."""
        self._closed = True
        self._parcels.close()
