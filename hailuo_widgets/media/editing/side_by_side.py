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
from hailuo_widgets.media.editing.compose import compose
from hailuo_widgets.media.editing.layout import Box, Grid, GridLayout, inside
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

_DARK: Final = {"ground": "#101113", "words": "#e8e8e8", "quiet": "#9a9ca0", "empty": "#1c1d20"}
_LIGHT: Final = {"ground": "#ffffff", "words": "#1f2328", "quiet": "#5c6066", "empty": "#eceef1"}


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
    are at full length too.

    Parameters
    ----------
    cells : sequence of (Path or None, str)
        The clips and their labels, row by row, at most 64; None leaves a place empty.
    destination : Path
        The file, which must not exist.
    columns : int
        How many are side by side.
    offsets : sequence of float, optional
        Where each clip starts, in its own seconds: at time ``t`` its frame at ``t + offset`` shows.
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
    with contextlib.ExitStack() as stack:
        readers = _open(cells, stack)
        starts = [*(offsets or ()), *[0.0] * len(cells)][: len(cells)]
        rate = max(reader.rate for reader in readers if reader is not None)
        begin, count = _span(readers, starts, loop, rate)
        background = _film_background(cells, readers, columns, row_labels, column_labels)
        drafts = _drafts(readers)
        alone = len(drafts) == sum(reader is not None for reader in readers)
        part = stack.enter_context(new_file(destination, CLIP))
        target = stack.enter_context(film(part, drafts=drafts, alone=alone, words=_contents(cells)))
        stream = add_picture(target, background.picture.size, rate)
        times = (begin + number / rate for number in range(count))
        clips = zip(readers, background.grid.cells, starts, strict=True)
        for number, frame in enumerate(compose(background.picture, clips, times)):
            add_frame(target, stream, frame, number)
            if progress is not None:
                progress((number + 1) / count)
        target.mux(stream.encode(None))
    return destination


def _film_background(
    cells: Cells,
    readers: Sequence[ClipReader | None],
    columns: int,
    row_labels: Sequence[str],
    column_labels: Sequence[str],
) -> _Background:
    """Lay out a film's clips, and draw what does not move."""
    has_labels = any(label for _, label in cells) or bool(_drafts(readers))
    grid = GridLayout(
        len(cells),
        max(1, min(columns, len(cells))),
        _sizes(readers),
        lines=_LABEL_LINES if has_labels else 0,
        row_names=any(row_labels),
        column_names=any(column_labels),
    ).within(*_FILM)
    background = _Background(grid, _DARK)
    background.label(grid.labels, [label for _, label in cells], "words", readers)
    background.label(grid.rows, row_labels, "quiet")
    background.label(grid.columns, column_labels, "quiet")
    return background


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
        Their number, spread from the first frame to the last one of the longest clip; or the seconds
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
        readers = _open(clips, stack, threads=2)
        longest = max(filter(None, readers), key=lambda reader: reader.seconds)
        times = _times(instants, float(longest.seconds - 1 / longest.rate))
        grid = _sheet_plan(len(clips), len(times), _sizes(readers)).within(width, _SHEET_HEIGHT)
        sheet = _Background(grid, _LIGHT)
        sheet.label(grid.rows or grid.labels, [label for _, label in clips], "words", readers)
        sheet.label(grid.columns, [f"{time:.2f} s" for time in times], "quiet")
        places = iter(grid.cells)
        for reader in readers:
            boxes = list(itertools.islice(places, len(times)))
            if reader is not None:
                _paste(sheet.picture, reader, zip(times, boxes, strict=True))
    target = io.BytesIO()
    sheet.picture.save(target, "JPEG", quality=quality)
    return target.getvalue()


def _sheet_plan(clips: int, instants: int, sizes: Sequence[tuple[int, int]]) -> GridLayout:
    """Lay out a row for each clip; with one instant, the clips side by side."""
    if instants > 1:
        return GridLayout(
            clips * instants, instants, sizes, lines=0, row_names=True, column_names=True
        )
    return GridLayout(clips, min(clips, math.isqrt(clips) + 1), sizes)


def _open(
    cells: Cells, stack: contextlib.ExitStack, *, threads: int = 1
) -> list[ClipReader | None]:
    """Open the clips; nothing is decoded yet."""
    if len(cells) > MOST:
        raise InputError(
            f"{len(cells)} clips are too many for one picture; it takes {MOST}. Nothing was "
            "written. Choose fewer."
        )
    readers: list[ClipReader | None] = []
    for number, (path, label) in enumerate(cells, 1):
        reader = None
        if path is not None:
            text = lettering.sanitize(label)[:40]
            name = f"clip {number} (“{text}”)" if text else f"clip {number}"
            reader = ClipReader(path, name, threads=threads)
            stack.callback(reader.close)
        readers.append(reader)
    if not any(readers):
        raise InputError("There is no clip to show. Nothing was written.")
    return readers


def _span(
    readers: Sequence[ClipReader | None],
    offsets: Sequence[float],
    loop: tuple[float, float] | None,
    rate: Fraction,
) -> tuple[float, int]:
    """Return when the film starts, in seconds, and how many frames it has."""
    if loop is not None:
        begin, end = loop
        if not 0 <= begin < end:
            raise InputError("The loop must end after it begins. Nothing was written.")
        return begin, frames_in(end - begin, rate)
    ends = [
        float(reader.seconds) - offset
        for reader, offset in zip(readers, offsets, strict=True)
        if reader is not None
    ]
    return 0.0, frames_in(max(ends), rate)


def _times(instants: int | Sequence[float], last: float) -> list[float]:
    if not isinstance(instants, int):
        return sorted(max(0.0, float(time)) for time in instants) or [0.0]
    if instants < 2:
        return [0.0]
    return [last * step / (instants - 1) for step in range(instants)]


def _sizes(readers: Sequence[ClipReader | None]) -> list[tuple[int, int]]:
    return [(reader.width, reader.height) for reader in readers if reader is not None]


def _drafts(readers: Sequence[ClipReader | None]) -> list[int]:
    return [
        number for number, reader in enumerate(readers, 1) if reader is not None and reader.draft
    ]


def _contents(cells: Cells) -> str:
    """Return the labels at full length, a line for each."""
    labels = [lettering.sanitize(label) for _, label in cells]
    return "\n".join(f"{number}. {label}" for number, label in enumerate(labels, 1) if label)


class _Background:
    """What does not move: an empty picture with its labels."""

    def __init__(self, grid: Grid, look: dict[str, str]) -> None:
        from PIL import Image, ImageDraw  # noqa: PLC0415

        self.picture = Image.new("RGB", (grid.width, grid.height), look["ground"])
        self._drawing = ImageDraw.Draw(self.picture)
        self._look = look
        self.grid = grid
        self._letters = grid.letters
        for x, y, width, height in grid.cells:
            self._drawing.rectangle((x, y, x + width - 1, y + height - 1), fill=look["empty"])

    def label(
        self,
        places: Sequence[Box],
        labels: Sequence[str],
        colour: str,
        readers: Sequence[ClipReader | None] = (),
    ) -> None:
        """Write labels into their places; those of drafts say so."""
        drafts = [reader is not None and reader.draft for reader in readers]
        for at, (box, label) in enumerate(zip(places, labels, strict=False)):
            draft = at < len(drafts) and drafts[at]
            fill = self._look[colour]
            lettering.label(self._drawing, box, label, self._letters, fill, draft=draft)


def _paste(sheet: Any, reader: ClipReader, moments: Iterable[tuple[float, Box]]) -> None:
    """Put a clip's moments onto a sheet, and close the clip: a decoder holds many pictures."""
    scaler = None
    for time, box in moments:
        at = inside(box, (reader.width, reader.height))
        scaler = scaler or Scaler(at.width, at.height, "rgb24")
        small = scaler(reader.at(time))
        sheet.paste(small.to_image(), (at.x, at.y))  # type: ignore[no-untyped-call]  # as it is in PyAV
    reader.close()
