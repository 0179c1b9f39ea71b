"""The state of a comparison as its page gets it: one dictionary per cell and one header.

This is the only description of both. The widget fills them in (``page_state.py``), a saved notebook
keeps them (``static_view.py``), a report reads them again (``reports/comparison.py``), and the page's
``CellState`` and ``HeadState`` (``cell.js``, ``header.js``) have the same keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

Pieces = list[list[Any]]
"""A text in pieces, ``[text, differs]``: 0 is in all cells, 1 in some others, 2 in none."""


class CellState(TypedDict):
    """One place of a comparison.

    Attributes
    ----------
    id : str
        ``c`` and its number, ``p`` and its number for a picture.
    kind : "clip" or "picture"
        A picture is a start or end image that clips can be held against.
    number : int
        The key that picks it, from 1; 0 for a picture.
    title : str
        Its label as one text.
    words : list of [str, int]
        Its label in pieces.
    row, column : int
        Where it stands, from 0.
    picture : str
        Names the picture that stands for it: another picture has another name.
    facts : mapping
        Of the clip (``player.facts_of``), else empty; of a picture ``width`` and ``height``.
    relpath : str
        Where Jupyter's server finds the clip; empty where it does not.
    note : str
        Why there is no clip, or what is odd about it.
    about : str
        What of its file differs from the others.
    retry : str
        The words of the button that tries it again; empty without one.
    confirm : str
        What that button asks first; empty where it asks nothing.
    """

    id: str
    kind: Literal["clip", "picture"]
    number: int
    title: str
    words: Pieces
    row: int
    column: int
    picture: str
    facts: Mapping[str, Any]
    relpath: str
    note: str
    about: str
    retry: str
    confirm: str


class CellWithLine(CellState):
    """A cell together with its job's line, as the page and a saved notebook show it."""

    line: Mapping[str, Any]


class HeadState(TypedDict):
    """What is said once for all cells.

    Attributes
    ----------
    same : list of [str, str]
        Names and values that are equal in all cells.
    column_name, row_name : str
        What varies from column to column and from row to row; empty where nothing does.
    columns, rows : list of list of [str, int]
        Their headings, in pieces.
    money : str
        What all of it costs, and how far it is.
    trouble : str
        Why the sweep does not go on; empty without a reason.
    run : str
        The words of the button that starts it; empty where there is nothing to start.
    amount : str
        The amount that the button shows.
    hold : "pause", "resume" or ""
        What the second button does; empty without one.
    hold_words : str
        The words of that button.
    """

    same: Pieces
    column_name: str
    columns: list[Pieces]
    row_name: str
    rows: list[Pieces]
    money: str
    trouble: str
    run: str
    amount: str
    hold: Literal["", "pause", "resume"]
    hold_words: str


def blank_cell(place: str, kind: Literal["clip", "picture"]) -> CellState:
    """Return a cell of which nothing is known but its place."""
    return {
        "id": place,
        "kind": kind,
        "number": 0,
        "title": "",
        "words": [],
        "row": 0,
        "column": 0,
        "picture": "",
        "facts": {},
        "relpath": "",
        "note": "",
        "about": "",
        "retry": "",
        "confirm": "",
    }


def blank_head() -> HeadState:
    """Return a header that says nothing and offers nothing."""
    return {
        "same": [],
        "column_name": "",
        "columns": [],
        "row_name": "",
        "rows": [],
        "money": "",
        "trouble": "",
        "run": "",
        "amount": "",
        "hold": "",
        "hold_words": "",
    }
