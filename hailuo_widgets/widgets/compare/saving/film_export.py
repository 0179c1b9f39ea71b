"""A comparison as one film for the page to save: what comes from the page is only asked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.errors import InputError
from hailuo_widgets.media.editing.side_by_side import write_comparison
from hailuo_widgets.widgets.shared.downloads import Downloads

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping
    from pathlib import Path

    from hailuo_widgets.widgets.shared.rpc import Buffers, Fields, Rpc

    Clips = Mapping[str, tuple[Path, str]]

MOST: Final = 64
"""Clips in one film."""

_LONGEST: Final = 86_400.0


class Films(Downloads):
    """Films of a comparison, made and handed on when the page asks for one.

    Parameters
    ----------
    widget : Rpc
        Whose page asks.
    clips : callable
        Gives the file and the label of each clip that is here, by its place.
    """

    def __init__(self, widget: Rpc, clips: Callable[[], Clips]) -> None:
        super().__init__(widget)
        self._clips = clips

    def export(self, fields: Fields, _: Buffers) -> None:
        """Make a film in the background; the page hears how far it is."""
        clips = self._clips()
        layout = layout_of(fields, clips)
        name = f"comparison-{datetime.now():%Y-%m-%d-%H%M}.mp4"  # noqa: DTZ005  the user's clock

        def write(path: Path, tell: Callable[[float], None]) -> Path:
            return write_comparison(
                [clips[each] for each in layout.cells],
                path,
                columns=layout.columns,
                offsets=layout.offsets,
                loop=layout.loop,
                progress=tell,
            )

        self.prepare(fields, name, write)


@dataclass(frozen=True)
class Layout:
    """How a comparison stands in the page.

    Attributes
    ----------
    cells : tuple of str
        The places of the clips, row by row.
    columns : int
        How many stand side by side.
    offsets : tuple of float
        Seconds that each clip runs ahead of the playhead.
    loop : (float, float) or None
        From when to when, in seconds; None is all of it.
    """

    cells: tuple[str, ...]
    columns: int
    offsets: tuple[float, ...]
    loop: tuple[float, float] | None


def layout_of(fields: Mapping[str, Any], known: Container[str]) -> Layout:
    """Read what the page asks to be filmed.

    Raises
    ------
    InputError
        No clip of this comparison is asked for, or too many are.
    """
    asked, moved = _list(fields.get("cells")), _list(fields.get("offsets"))
    places = [each if isinstance(each, str) else "" for each in asked]
    cells = [each for each in dict.fromkeys(places) if each in known]
    if not cells:
        raise InputError("No clip has arrived yet, so there is nothing to film.")
    if len(cells) > MOST:
        raise InputError(f"A film shows at most {MOST} clips, and these are {len(cells)}.")
    columns = fields.get("columns")
    ahead = dict(zip(places, moved, strict=False))
    return Layout(
        cells=tuple(cells),
        columns=min(len(cells), columns) if type(columns) is int and columns > 0 else len(cells),
        offsets=tuple(_seconds(ahead.get(each)) or 0.0 for each in cells),
        loop=_span(fields.get("loop")),
    )


def _list(given: object) -> list[Any]:
    return given if isinstance(given, list) else []


def _span(given: object) -> tuple[float, float] | None:
    if not isinstance(given, list) or len(given) != 2:
        return None
    begin, end = _seconds(given[0]), _seconds(given[1])
    return None if begin is None or end is None or not 0 <= begin < end else (begin, end)


def _seconds(given: object) -> float | None:
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    return float(given) if math.isfinite(given) and abs(given) <= _LONGEST else None
