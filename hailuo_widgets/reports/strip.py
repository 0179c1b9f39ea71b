"""A strip as a notebook holds it, and as the page's own widget wants it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hailuo_widgets.reports.comparison import GONE, Cell, Still
from hailuo_widgets.widgets.compare.state import blank_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hailuo_widgets.reports.widget_outputs import Shown


@dataclass(frozen=True, slots=True)
class Strip:
    """What a strip showed.

    Attributes
    ----------
    title : str
        What it is called.
    same : list of (str, str)
        What is said of the whole.
    cells : list of Cell
        Its clips, in order.
    stills : tuple of Still
        Always empty.
    """

    title: str
    same: list[tuple[str, str]]
    cells: list[Cell]
    stills: tuple[Still, ...] = ()
    widget: str = "strip"

    def state(self, clips: Mapping[str, Mapping[str, Any]], _: Iterable[str]) -> dict[str, Any]:
        """Return the widget's state; `clips` are those that the page plays, by hash."""
        shots = [
            {
                "key": cell.id,
                "title": cell.card.value("Prompt"),
                "facts": facts or {},
                "relpath": "",
                "words": "" if facts else GONE,
                "failed": not facts,
            }
            for cell in self.cells
            for facts in [clips.get(cell.card.clip)]
        ]
        nothing = {
            "sound": {},
            "audio_offset": 0,
            "audio_gain": 0,
            "offered": False,
            "studio": None,
        }
        return {"shots": shots, **nothing}


def strip(shown: Shown) -> Strip:
    """Read a strip out of what a widget showed."""
    rows = shown.head.rows if shown.head else ()
    return Strip(
        title=shown.head.title if shown.head else "Strip",
        # Each clip has its own line there, and its own row on the page.
        same=[(name, value) for name, value in rows if not name.isdigit()],
        cells=[
            Cell(
                f"c{number}",
                [[card.value("Prompt"), False]],
                card,
                blank_cell(f"c{number}", "clip"),
            )
            for number, card in enumerate(shown.cards, 1)
        ],
    )
