"""Clips side by side in one file: as a labelled film, and as a sheet of the same instants.

Clips are read in step, so that of each only a moment is in memory. PyAV, NumPy and Pillow load
when something is first written.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import math
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.errors import InputError
from hailuo_widgets.files.atomic_write import CLIP, new_file
from hailuo_widgets.media.editing import labels as lettering
from hailuo_widgets.media.editing.compose import Mosaic, Tile
from hailuo_widgets.media.editing.layout import Box, Grid, Plan, inside
from hailuo_widgets.media.formats.writer import Scaler, add_frame, add_picture, film
from hailuo_widgets.media.video.reader import ClipReader, frames_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from fractions import Fraction
    from pathlib import Path

    Cells = Sequence[tuple[Path | None, str]]

MOST: Final = 64
"""Clips in one picture."""

_FILM: Final = (1920, 1080)
_SHEET_HEIGHT: Final = 16_000
_SHEET_QUALITY: Final = 86
_LABEL_LINES: Final = 2

_NIGHT: Final = {"ground": "#101113", "words": "#e8e8e8", "quiet": "#9a9ca0", "empty": "#1c1d20"}
_PAPER: Final = {"ground": "#ffffff", "words": "#1f2328", "quiet": "#5c6066", "empty": "#eceef1"}


def write_comparison(
    cells: Cells,
    destination: Path,
    *,
    columns: int,
    offsets: Sequence[float] | None = None,
    loop: tuple[float, float] | None = None,
    row_labels: Sequence[str] = (),
    column_labels: Sequence[str] = (),
    progress: Callable[[float], None] | None = None,
) -> Path:
    """Write one MP4 (H.264) with the clips in a grid, in lockstep by time, each with its label.

    It fits 1920 x 1080 and runs at the highest of the clips' rates. A shorter clip holds its last
    frame. Drafts say so beside their label, and the file says so in its metadata; there all labels
    stand at full length too.

    Parameters
    ----------
    cells : sequence of (Path or None, str)
        The clips and their labels, row by row, at most 64; None leaves a place empty.
    destination : Path
        The file, which must not exist.
    columns : int
        How many stand side by side.
    offsets : sequence of float, optional
        Where each clip begins, in its own seconds: at time ``t`` its frame at ``t + offset`` shows.
    loop : (float, float), optional
        From when to when, in seconds; default: from 0 until the last clip has ended.
    row_labels, column_labels : sequence of str
        What the rows and columns are called; default: nothing.
    progress : callable, optional
        Called with the share that is done, 0..1. What it raises ends the work.

    Raises
    ------
    InputError
        A clip is missing or damaged, they do not fit, or a file of that name exists.
    LibraryError
        The file cannot be written.
    """
    columns = max(1, min(columns, len(cells)))
    with contextlib.ExitStack() as stack:
        reels = _open(cells, stack)
        shown = [reel for reel in reels if reel is not None]
        drafts = _drafts(reels)
        moved = [*(offsets or ()), *[0.0] * len(cells)][: len(cells)]
        rate = max(reel.rate for reel in shown)
        begin, count = _span(reels, moved, loop, rate)
        grid = Plan(
            len(cells),
            columns,
            [(reel.width, reel.height) for reel in shown],
            lines=_LABEL_LINES if any(label for _, label in cells) or drafts else 0,
            row_names=any(row_labels),
            column_names=any(column_labels),
        ).within(*_FILM)
        ground = _Ground(grid, _NIGHT)
        ground.label(grid.labels, [label for _, label in cells], "words", reels)
        ground.label(grid.rows, row_labels, "quiet")
        ground.label(grid.columns, column_labels, "quiet")
        mosaic = Mosaic(ground.picture)
        tiles = [
            None if reel is None else Tile(mosaic, box, (reel.width, reel.height))
            for reel, box in zip(reels, grid.cells, strict=True)
        ]
        part = stack.enter_context(new_file(destination, CLIP))
        target = stack.enter_context(
            film(part, drafts=drafts, alone=len(drafts) == len(shown), words=_contents(cells))
        )
        stream = add_picture(target, (grid.width, grid.height), rate)
        for number in range(count):
            time = begin + number / rate
            for reel, tile, offset in zip(reels, tiles, moved, strict=True):
                if reel is not None and tile is not None:
                    tile.show(reel.at(time + offset))
            add_frame(target, stream, mosaic.frame(), number)
            if progress is not None:
                progress((number + 1) / count)
        target.mux(stream.encode(None))
    return destination


def contact_sheet(
    clips: Cells,
    instants: int | Sequence[float] = 6,
    *,
    width: int = 1600,
    quality: int = _SHEET_QUALITY,
) -> bytes:
    """Draw the same instants of some clips: a row for each, on white, as for a print.

    Parameters
    ----------
    clips : sequence of (Path or None, str)
        The clips and their labels, at most 64; None leaves a row empty.
    instants : int or sequence of float
        How many, spread from the first frame to the last one of the longest clip; or the seconds
        themselves, in order. Of a shorter clip its last frame shows. With one instant the clips
        stand side by side.
    width : int
        In pixels, at most.
    quality : int
        Of the JPEG, 1 to 95.

    Returns
    -------
    bytes
        A JPEG.

    Raises
    ------
    InputError
        A clip is missing or damaged, or they do not fit.
    """
    with contextlib.ExitStack() as stack:
        reels = _open(clips, stack, threads=2)
        shown = [reel for reel in reels if reel is not None]
        sizes = [(reel.width, reel.height) for reel in shown]
        longest = max(shown, key=lambda reel: reel.seconds)
        times = _times(instants, float(longest.seconds - 1 / longest.rate))
        if len(times) > 1:
            plan = Plan(
                len(clips) * len(times),
                len(times),
                sizes,
                lines=0,
                row_names=True,
                column_names=True,
            )
        else:
            plan = Plan(len(clips), min(len(clips), math.isqrt(len(clips)) + 1), sizes)
        grid = plan.within(width, _SHEET_HEIGHT)
        sheet = _Ground(grid, _PAPER)
        sheet.label(grid.rows or grid.labels, [label for _, label in clips], "words", reels)
        sheet.label(grid.columns, [f"{time:.2f} s" for time in times], "quiet")
        places = iter(grid.cells)
        for reel in reels:
            boxes = itertools.islice(places, len(times))
            if reel is not None:
                _paste(sheet.picture, reel, zip(times, boxes, strict=True))
            else:
                list(boxes)
    target = io.BytesIO()
    sheet.picture.save(target, "JPEG", quality=quality)
    return target.getvalue()


def _open(
    cells: Cells, stack: contextlib.ExitStack, *, threads: int = 1
) -> list[ClipReader | None]:
    """Open the clips; nothing is decoded yet."""
    if len(cells) > MOST:
        raise InputError(
            f"{len(cells)} clips are too many for one picture; it takes {MOST}. Nothing was "
            "written. Choose fewer."
        )
    reels: list[ClipReader | None] = []
    for number, (path, label) in enumerate(cells, 1):
        reel = None
        if path is not None:
            said = lettering.shown(label)[:40]
            name = f"clip {number} (“{said}”)" if said else f"clip {number}"
            reel = ClipReader(path, name, threads=threads)
            stack.callback(reel.close)
        reels.append(reel)
    if not any(reels):
        raise InputError("There is no clip to show. Nothing was written.")
    return reels


def _span(
    reels: Sequence[ClipReader | None],
    offsets: Sequence[float],
    loop: tuple[float, float] | None,
    rate: Fraction,
) -> tuple[float, int]:
    """Find when the film begins, in seconds, and how many frames it has."""
    if loop is not None:
        begin, end = loop
        if not 0 <= begin < end:
            raise InputError("The loop must end after it begins. Nothing was written.")
        return begin, frames_in(end - begin, rate)
    ends = [
        float(reel.seconds) - offset
        for reel, offset in zip(reels, offsets, strict=True)
        if reel is not None
    ]
    return 0.0, frames_in(max(ends), rate)


def _times(instants: int | Sequence[float], last: float) -> list[float]:
    if not isinstance(instants, int):
        return sorted(max(0.0, float(time)) for time in instants) or [0.0]
    if instants < 2:
        return [0.0]
    return [last * step / (instants - 1) for step in range(instants)]


def _drafts(reels: Sequence[ClipReader | None]) -> list[int]:
    return [number for number, reel in enumerate(reels, 1) if reel is not None and reel.draft]


def _contents(cells: Cells) -> str:
    """List the labels at full length."""
    labels = [lettering.shown(label) for _, label in cells]
    return "\n".join(f"{number}. {label}" for number, label in enumerate(labels, 1) if label)


class _Ground:
    """What does not move: an empty picture with its labels."""

    def __init__(self, grid: Grid, look: dict[str, str]) -> None:
        from PIL import Image, ImageDraw  # noqa: PLC0415

        self.picture = Image.new("RGB", (grid.width, grid.height), look["ground"])
        self._drawing = ImageDraw.Draw(self.picture)
        self._look = look
        self._letters = grid.letters
        for x, y, width, height in grid.cells:
            self._drawing.rectangle((x, y, x + width - 1, y + height - 1), fill=look["empty"])

    def label(
        self,
        places: Sequence[Box],
        labels: Sequence[str],
        colour: str,
        reels: Sequence[ClipReader | None] = (),
    ) -> None:
        """Write labels into their places; those of drafts say so."""
        drafts = [reel is not None and reel.draft for reel in reels]
        for at, (box, label) in enumerate(zip(places, labels, strict=False)):
            draft = at < len(drafts) and drafts[at]
            fill = self._look[colour]
            lettering.label(self._drawing, box, label, self._letters, fill, draft=draft)


def _paste(sheet: Any, reel: ClipReader, moments: Iterable[tuple[float, Box]]) -> None:
    """Put a clip's moments onto a sheet, and let go of the clip: a decoder holds many pictures."""
    scaler = None
    for time, box in moments:
        at = inside(box, (reel.width, reel.height))
        scaler = scaler or Scaler(at.width, at.height, "rgb24")
        small = scaler(reel.at(time))
        sheet.paste(small.to_image(), (at.x, at.y))  # type: ignore[no-untyped-call]  # as it is in PyAV
    reel.close()
