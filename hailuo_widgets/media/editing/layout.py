"""The layout of clips side by side in a picture: arithmetic without pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from hailuo_widgets.errors import InputError
from hailuo_widgets.media.editing.labels import LINE

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEAST_CELL: Final = 96
_READABLE: Final = 320
"""Pixels. A narrower clip is enlarged, so that its label can be read."""


class Box(NamedTuple):
    """A place in pixels; all four even, as video has half as much colour as light."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Grid:
    """A laid out grid.

    Attributes
    ----------
    width, height : int
        Of the whole, even.
    cells : tuple of Box
        Where the pictures go, in order.
    labels : tuple of Box
        Where their labels go, below each.
    columns : tuple of Box
        Where the columns' names go; empty when they have none.
    rows : tuple of Box
        Where the rows' names go, above each; empty when they have none.
    letters : int
        The labels' size in pixels.
    """

    width: int
    height: int
    cells: tuple[Box, ...]
    labels: tuple[Box, ...]
    columns: tuple[Box, ...]
    rows: tuple[Box, ...]
    letters: int


@dataclass(frozen=True, slots=True)
class GridLayout:
    """What is to be laid out, row by row.

    All cells have one size; their shape is the clips' own where they share one, else the mean.

    Attributes
    ----------
    count : int
        How many cells.
    columns : int
        How many stand side by side.
    sizes : sequence of (int, int)
        Width and height of each clip, in pixels.
    lines : int
        How many lines a label below a picture may have.
    row_names, column_names : bool
        True if there are names over the rows, and over the columns.
    """

    count: int
    columns: int
    sizes: Sequence[tuple[int, int]]
    lines: int = 2
    row_names: bool = False
    column_names: bool = False

    def within(self, width: int, height: int) -> Grid:
        """Lay it out as large as fits. A clip is not enlarged, unless it is tiny.

        Raises
        ------
        InputError
            So many do not fit.
        """
        own = max(_READABLE, *(wide for wide, _ in self.sizes))
        cell = min(own, (width - _gap(width)) // self.columns - _gap(width))
        while cell >= _LEAST_CELL:
            grid = self._laid(cell)
            if grid.height <= height:
                return grid
            cell -= max(2, cell // 50)
        raise InputError(
            f"{self.count} clips in {self.columns} column{'s' * (self.columns > 1)} do not fit "
            f"into {width} x {height} pixels so that one sees something. Nothing was written. "
            "Choose another number of columns, or fewer clips."
        )

    def _laid(self, cell: int) -> Grid:
        logs = [math.log(width / height) for width, height in self.sizes]
        width, height = _even(cell), max(2, _even(cell / math.exp(sum(logs) / len(logs))))
        size = width / 30 if self.lines else width * self.columns / 90
        letters = max(12, min(24, round(size)))
        gap, line = _gap(width * self.columns), letters * LINE
        label = _even(self.lines * line + 4) if self.lines else 0
        name = _even(line + 4)
        top = gap + name * self.column_names
        step = name * self.row_names + height + label + gap
        places = [
            Box(
                gap + at % self.columns * (width + gap),
                top + at // self.columns * step + name * self.row_names,
                width,
                height,
            )
            for at in range(self.count)
        ]
        whole = gap + self.columns * (width + gap)
        rows = math.ceil(self.count / self.columns)
        over = [Box(gap, top + row * step, whole - 2 * gap, name) for row in range(rows)]
        heads = [Box(box.x, gap, width, name) for box in places[: self.columns]]
        return Grid(
            width=whole,
            height=top + rows * step,
            cells=tuple(places),
            labels=tuple(Box(box.x, box.y + height, width, label) for box in places),
            columns=tuple(heads) if self.column_names else (),
            rows=tuple(over) if self.row_names else (),
            letters=letters,
        )


def inside(box: Box, size: tuple[int, int]) -> Box:
    """Fit a picture of that size into a box, whole, in its middle."""
    scale = min(box.width / size[0], box.height / size[1])
    width = max(2, min(box.width, _even(size[0] * scale)))
    height = max(2, min(box.height, _even(size[1] * scale)))
    x, y = (2 * int(rest / 4) for rest in (box.width - width, box.height - height))
    return Box(box.x + x, box.y + y, width, height)


def _gap(width: int) -> int:
    return _even(max(4, min(16, width / 120)))


def _even(value: float) -> int:
    return 2 * round(value / 2)
