"""What a comparison shows: its items with their places, and the pictures beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.widgets.compare import page_state
from hailuo_widgets.widgets.compare.items import MOST, items_of
from hailuo_widgets.widgets.compare.layout import lay_out

if TYPE_CHECKING:
    from pathlib import Path

    from hailuo_widgets.jobs.runner.job import Job
    from hailuo_widgets.media.clip import Clip
    from hailuo_widgets.widgets.compare.items import CompareItem
    from hailuo_widgets.widgets.shared.rpc import Fields


class Contents:
    """The items of a comparison, in the order in which their cells are numbered.

    Attributes
    ----------
    items : dict of str to Item
        By cell id: ``c1``, ``c2``, ...
    spots : dict of str to Spot
        Where each cell stands, and its label.
    layout : Layout
        The headings, and what is equal in all.
    stills : dict of str to (Frame, str)
        Start and end images with their names, by id: ``p1``, ``p2``, ...
    left_out : int
        How many items are not shown because they are too many.

    Raises
    ------
    InputError
        `what` cannot be compared.
    """

    def __init__(self, what: object) -> None:
        items = items_of(what)
        self.layout = lay_out([item.values for item in items[:MOST]])
        spots = self.layout.spots
        order = sorted(range(len(spots)), key=lambda at: (spots[at].row, spots[at].column))
        self.items = {f"c{number}": items[at] for number, at in enumerate(order, 1)}
        self.spots = {f"c{number}": spots[at] for number, at in enumerate(order, 1)}
        self.stills = page_state.find_stills(self.items.values())
        self.left_out = len(items) - len(self.items)

    def jobs(self) -> list[Job]:
        """Return the jobs that bring clips, in order."""
        return [item.job for item in self.items.values() if item.job is not None]

    def clips(self) -> list[Clip]:
        """Return the clips that are here, in order."""
        return [item.clip for item in self.items.values() if item.clip is not None]

    def labelled_clips(self) -> dict[str, tuple[Path, str]]:
        """Return the file and the label of each clip that is here, by cell id."""
        return {
            place: (item.clip.path, f"{place[1:]} · {self.spots[place].title}")
            for place, item in self.items.items()
            if item.clip is not None
        }

    def item(self, fields: Fields) -> CompareItem:
        """Return the item of the cell that a page's request names."""
        item = self.items.get(str(fields.get("cell")))
        if item is None:
            raise LibraryError("There is no such cell here.")
        return item

    def clip(self, fields: Fields) -> Clip:
        """Return the clip of the cell that a page's request names."""
        clip = self.item(fields).clip
        if clip is None:
            raise LibraryError("This clip is not here yet.")
        return clip
