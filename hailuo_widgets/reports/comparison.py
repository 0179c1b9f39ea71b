"""A comparison as a notebook holds it, and as the page's own widget wants it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.reports.widget_outputs import sha256, text
from hailuo_widgets.widgets.compare.state import (
    CellState,
    HeadState,
    Pieces,
    blank_cell,
    blank_head,
)

if TYPE_CHECKING:
    from hailuo_widgets.reports.widget_outputs import Card, Shown

_CELLS: Final = 130
_PIECES: Final = 400
_PLACES: Final = 200
_FRAME: Final = "frame:"
GONE: Final = "The clip is not in this library."
"""What is said in the place of a clip that is not here."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One place of a comparison.

    Attributes
    ----------
    id : str
        What the page calls it.
    words : list of [str, bool]
        Its label in pieces, and whether each differs from the others'.
    card : Card
        Its picture and facts.
    state : CellState
        As the widget wants it, without its clip.
    """

    id: str
    words: Pieces
    card: Card
    state: CellState


@dataclass(frozen=True, slots=True)
class Still:
    """A start or end image to look at beside the clips: its name, and its hash."""

    id: str
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison showed.

    Attributes
    ----------
    head : HeadState
        As the widget wants it; nothing in it can be started.
    cells : list of Cell
        Its clips.
    stills : list of Still
        Its pictures.
    """

    head: HeadState
    cells: list[Cell] = field(default_factory=list)
    stills: list[Still] = field(default_factory=list)
    title: str = "Comparison"
    widget: str = "compare"

    @property
    def same(self) -> list[tuple[str, str]]:
        """Names and values that are equal in all clips, and what all of it cost."""
        rows = [(name, value) for name, value in self.head["same"]]
        return [*rows, ("Stands", self.head["money"])] if self.head["money"] else rows

    def state(
        self, clips: Mapping[str, Mapping[str, Any]], stills: Iterable[str]
    ) -> dict[str, Any]:
        """Return the widget's state.

        Parameters
        ----------
        clips : mapping
            What the page says of each clip that it plays, by hash.
        stills : iterable of str
            The ids of the pictures that the page has.
        """
        cells = [_played(cell, clips.get(cell.card.clip)) for cell in self.cells]
        known = set(stills)
        pictures = [_still(still) for still in self.stills if still.id in known]
        return {"cells": [*cells, *pictures], "lines": {}, "head": self.head, "chainable": False}


def comparison(shown: Shown) -> Comparison:
    """Read a comparison out of what a widget showed."""
    head = shown.more.get("head")
    cells = shown.more.get("cells")
    said = (
        [cell for cell in cells[:_CELLS] if isinstance(cell, Mapping)]
        if isinstance(cells, list)
        else []
    )
    clips = [cell for cell in said if cell.get("kind") == "clip"]
    # Ids are ours: what a file calls its cells may be anything.
    return Comparison(
        _head(head if isinstance(head, Mapping) else {}),
        [
            _cell(f"c{number}", number, cell, card)
            for number, (cell, card) in enumerate(zip(clips, shown.cards, strict=False), 1)
        ],
        list(_stills(said)),
    )


def _head(said: Mapping[str, Any]) -> HeadState:
    return {
        **blank_head(),
        "same": [[text(name, 100), text(value)] for name, value in _pairs(said.get("same"))],
        "column_name": text(said.get("column_name"), 100),
        "columns": _headings(said.get("columns")),
        "row_name": text(said.get("row_name"), 100),
        "rows": _headings(said.get("rows")),
        "money": text(said.get("money"), 400),
    }


def _cell(name: str, number: int, said: Mapping[str, Any], card: Card) -> Cell:
    words = _pieces(said.get("words")) or [[card.value("What"), 0]]
    return Cell(
        name,
        words,
        card,
        {
            **blank_cell(name, "clip"),
            "number": number,
            "title": "".join(piece for piece, _ in words),
            "words": words,
            "row": _place(said.get("row")),
            "column": _place(said.get("column")),
            "picture": name if card.clip or card.picture else "",
            "about": text(said.get("about"), 200),
        },
    )


def _played(cell: Cell, facts: Mapping[str, Any] | None) -> CellState:
    note = "" if facts else cell.card.value("State") or (GONE if cell.card.clip else "")
    return {**cell.state, "facts": facts or {}, "note": note}


def _stills(said: list[Mapping[str, Any]]) -> Iterator[Still]:
    pictures = [cell for cell in said if cell.get("kind") == "picture"]
    for number, cell in enumerate(pictures, 1):
        picture = text(cell.get("picture"), 200)
        if known := sha256(picture.removeprefix(_FRAME)):
            yield Still(f"p{number}", text(cell.get("title"), 200) or "Picture", known)


def _still(still: Still) -> CellState:
    return {
        **blank_cell(still.id, "picture"),
        "title": still.name,
        "words": [[still.name, 0]],
        "picture": still.id,
    }


def _headings(said: object) -> list[Pieces]:
    return [_pieces(words) for words in said[:_PLACES]] if isinstance(said, list) else []


def _pieces(said: object) -> Pieces:
    return [[text(words), much if much in (1, 2) else 0] for words, much in _pairs(said)]


def _pairs(said: object) -> Iterator[tuple[Any, Any]]:
    for pair in said[:_PIECES] if isinstance(said, list) else ():
        if isinstance(pair, (list, tuple)) and len(pair) == 2:
            yield pair[0], pair[1]


def _place(said: object) -> int:
    return min(max(said, 0), _PLACES) if isinstance(said, int) else 0
