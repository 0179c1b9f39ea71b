"""Where each cell of a comparison stands: rows and columns are what varies, the rest is said once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hailuo_widgets.prompt.word_diff import EQUAL, marked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hailuo_widgets.prompt.word_diff import Pieces

MOST_COLUMNS: Final = 4
"""Side by side in a grid of two things that vary; more would be too small to judge."""

_NAMES: Final = {
    "prompt": "Prompt",
    "image": "Start frame",
    "end image": "End image",
    "expansion": "Prompt expansion",
    "take": "Take",
    "shot": "Shot",
    "service": "Service",
    "file": "File",
    "title": "Title",
}
# These say nothing without their name.
_NAMED: Final = frozenset({"expansion", "take"})
_BETWEEN: Final = " · "


@dataclass(frozen=True)
class Spot:
    """Where one cell stands, and what it is called.

    Attributes
    ----------
    row, column : int
        From 0.
    words : list of (str, int)
        What varies, in pieces; how much each piece differs from the other cells, as
        :mod:`hailuo_widgets.prompt.word_diff` counts.
    """

    row: int
    column: int
    words: Pieces

    @property
    def title(self) -> str:
        """The same as one text."""
        return "".join(text for text, _ in self.words)


@dataclass(frozen=True)
class Layout:
    """Where all cells stand.

    Attributes
    ----------
    spots : tuple of Spot
        One a cell, in the order of the cells.
    same : list of (str, str)
        Names and values that are equal in all.
    column_name, row_name : str
        What varies that way; empty where it is said by the headings themselves.
    columns, rows : list of pieces
        The headings. Without columns nothing is laid out: the cells follow each other.
    """

    spots: tuple[Spot, ...]
    same: list[tuple[str, str]]
    column_name: str = ""
    columns: tuple[Pieces, ...] = ()
    row_name: str = ""
    rows: tuple[Pieces, ...] = ()


def lay_out(values: Sequence[Mapping[str, str]]) -> Layout:
    """Lay cells out by what varies between them.

    Parameters
    ----------
    values : sequence of mapping
        For each cell, what it is: factor names and their levels as texts, in an order that holds
        for all cells.
    """
    names = list(dict.fromkeys(name for each in values for name in each))
    levels = {name: list(dict.fromkeys(each.get(name, "") for each in values)) for name in names}
    varies = [name for name in names if len(levels[name]) > 1]
    same = [(_named(name), levels[name][0]) for name in names if len(levels[name]) == 1]
    same = [(name, level) for name, level in same if level and (name, level) != ("Take", "1")]
    words = {name: _words(name, levels[name]) for name in varies}
    labels = [_joined(varies, words, each) for each in values]
    across = _across(values, levels, varies)
    if not across:
        if not varies:
            labels = [[(_title(each), EQUAL)] for each in values]
        return Layout(tuple(Spot(0, at, label) for at, label in enumerate(labels)), same)
    down = [name for name in varies if name != across]
    places = list(dict.fromkeys(tuple(each.get(name, "") for name in down) for each in values))
    spots = tuple(
        Spot(
            places.index(tuple(each.get(name, "") for name in down)),
            levels[across].index(each.get(across, "")),
            label,
        )
        for each, label in zip(values, labels, strict=True)
    )
    rows = [_joined(down, words, dict(zip(down, place, strict=True))) for place in places]
    columns = [_joined([across], words, {across: level}) for level in levels[across]]
    return Layout(
        spots,
        same,
        "" if across in _NAMED else _named(across),
        tuple(columns),
        "" if len(down) > 1 or down[0] in _NAMED else _named(down[0]),
        tuple(rows),
    )


def _across(
    values: Sequence[Mapping[str, str]], levels: Mapping[str, Sequence[str]], varies: Sequence[str]
) -> str:
    """Choose what varies from column to column; empty where the cells are no grid."""
    if len(varies) < 2:
        return ""
    # Two cells at one place, as in a shot list, are no grid.
    if len({tuple(each.get(name, "") for name in varies) for each in values}) < len(values):
        return ""
    fitting = [name for name in varies if len(levels[name]) <= MOST_COLUMNS]
    if not fitting:
        return ""
    across = max(fitting, key=lambda name: len(levels[name]))
    rows = {tuple(each.get(name, "") for name in varies if name != across) for each in values}
    # With most places empty it is a list rather than a grid.
    return across if 2 * len(values) >= len(rows) * len(levels[across]) else ""


def _words(name: str, levels: Sequence[str]) -> dict[str, Pieces]:
    """Put each level of what varies into words; of prompts the words that differ are marked."""
    if name == "prompt":
        named = [level or "no prompt" for level in levels]
        return dict(zip(levels, marked(named), strict=True))
    front = f"{_named(name)} " if name in _NAMED else ""
    return {level: [(f"{front}{level or 'none'}", EQUAL)] for level in levels}


def _joined(
    names: Sequence[str], words: Mapping[str, Mapping[str, Pieces]], values: Mapping[str, str]
) -> Pieces:
    pieces: Pieces = []
    for name in names:
        if pieces:
            pieces.append((_BETWEEN, EQUAL))
        pieces += words[name][values.get(name, "")]
    return pieces


def _title(values: Mapping[str, str]) -> str:
    """Call a cell by what it is, where nothing tells it from others."""
    known = (values.get(name, "") for name in ("title", "prompt", "file"))
    return next((text for text in known if text), "no prompt")


def _named(name: str) -> str:
    return _NAMES.get(name, name)
