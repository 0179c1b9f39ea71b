"""What a saved notebook shows of a comparison where no kernel is: its posters side by side."""

from __future__ import annotations

import functools
import html
import io
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.errors import FrameError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.widgets.shared import static_view

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hailuo_widgets.widgets.compare.state import CellWithLine, HeadState

# All pictures together, in bytes before base64: a notebook of several comparisons stays small.
_ROOM: Final = 150_000
_SIDES: Final = (480, 360, 280, 220, 160)
_SHEET_SIDE: Final = 320
_GRID: Final = "display:grid;gap:10px;max-width:1280px;align-items:start"
# A comparison is drawn anew whenever a clip comes: what has not changed is not made again.
_KEPT: Final = 256
_HEADING: Final = "font-family:system-ui,sans-serif;font-size:13px;line-height:1.4;margin:8px 0 0"


def draw(
    head: HeadState, cells: Sequence[CellWithLine], frames: Callable[[str], bytes]
) -> static_view.MimeBundle:
    """Draw the static view of a comparison.

    Parameters
    ----------
    head, cells
        As the page gets them.
    frames : callable
        Gives the picture that stands for a cell, as file bytes, or nothing.
    """
    shown = [cell for cell in cells if cell["kind"] == "clip"]
    top = static_view.card(
        "Comparison", None, [*map(tuple, head["same"]), ("Stands", head["money"])]
    )
    pictures = _small([frames(cell["id"]) for cell in shown])
    cards = [
        static_view.card(
            "Draft" if cell["facts"].get("draft") else "Clip",
            picture,
            _rows(cell),
            cell["facts"].get("sha256", ""),
        )
        for cell, picture in zip(shown, pictures, strict=True)
    ]
    markup = (
        f'<div class="hw-twin">{top["text/html"]}'
        f'<div style="{_GRID};grid-template-columns:{_columns(head)}">'
        f"{''.join(_grid(head, shown, cards))}</div></div>"
    )
    plain = "\n".join(each["text/plain"] for each in (top, *cards))
    about = {"head": dict(head), "cells": [_without_path(cell) for cell in cells]}
    return static_view.MimeBundle(
        {"text/html": markup, "text/plain": plain},
        [card for each in cards for card in each.cards],
        about,
        _sheet(pictures, len(head["columns"])),
    )


def _rows(cell: CellWithLine) -> list[tuple[str, str]]:
    line = cell["line"]
    here = bool(cell["facts"].get("sha256"))
    state = line.get("error") or (
        "" if here or not line else f"{line['words']} when this was saved"
    )
    return [
        ("Number", str(cell["number"] or "")),
        ("What", cell["title"]),
        ("State", state or cell["note"]),
        ("Clip", cell["facts"].get("summary", "")),
        ("Cost", line.get("money", "")),
    ]


def _columns(head: HeadState) -> str:
    count = len(head["columns"])
    return f"repeat({count},minmax(0,1fr))" if count else "repeat(auto-fill,minmax(220px,1fr))"


def _grid(
    head: HeadState, cells: Sequence[CellWithLine], cards: Sequence[static_view.MimeBundle]
) -> list[str]:
    """Return headings and cards in the order in which they stand."""
    if not head["columns"]:
        return [card["text/html"] for card in cards]
    parts = [_heading(head["column_name"], words, "") for words in head["columns"]]
    placed = {(cell["row"], cell["column"]): card for cell, card in zip(cells, cards, strict=True)}
    for row, words in enumerate(head["rows"]):
        parts.append(_heading(head["row_name"], words, ";grid-column:1/-1"))
        for column in range(len(head["columns"])):
            card = placed.get((row, column))
            parts.append(card["text/html"] if card else "<div></div>")
    return parts


def _heading(name: str, words: Sequence[Sequence[Any]], more: str) -> str:
    text = "".join(
        f"<b>{html.escape(piece)}</b>" if marked else html.escape(piece) for piece, marked in words
    )
    front = f'<span style="opacity:.7">{html.escape(name)} </span>' if name else ""
    return f'<div style="{_HEADING}{more}">{front}{text}</div>'


def _small(pictures: Sequence[bytes]) -> list[Frame | None]:
    """Make the pictures as large as all of them together may be."""
    share = _ROOM // max(1, len(pictures))
    return [_shrunk(data, share) if data else None for data in pictures]


@functools.lru_cache(_KEPT)
def _shrunk(data: bytes, share: int) -> Frame | None:
    """Make a picture at most so many bytes large, if it can be read."""
    try:
        frame, found = Frame(data), b""
        for side in _SIDES:
            found = frame.thumbnail(side)
            if len(found) <= share:
                break
        return Frame(found, name="poster")
    except FrameError:
        return None


def _sheet(pictures: Sequence[Frame | None], columns: int) -> Frame | None:
    """Put all pictures into one, for what shows only pictures."""
    from PIL import Image  # noqa: PLC0415

    from hailuo_widgets.frame.open_picture import opened  # noqa: PLC0415

    here = [picture for picture in pictures if picture is not None]
    if not here:
        return None
    across = columns or min(len(pictures), 4)
    down = -(-len(pictures) // across)
    width, height = _SHEET_SIDE, round(_SHEET_SIDE * here[0].height / here[0].width)
    sheet = Image.new("RGB", (across * width, down * height), (32, 33, 36))
    for place, picture in enumerate(pictures):
        if picture is None:
            continue
        with opened(picture.data) as image:
            image.thumbnail((width, height))
            sheet.paste(image, (place % across * width, place // across * height))
    coded = io.BytesIO()
    sheet.save(coded, "JPEG", quality=80)
    return Frame(coded.getvalue(), name="comparison")


def _without_path(cell: CellWithLine) -> dict[str, Any]:
    return {name: value for name, value in cell.items() if name != "relpath"}
