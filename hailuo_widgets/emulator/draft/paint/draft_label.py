"""The word DRAFT in a corner of every frame."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np

from hailuo_widgets.emulator.draft.geometry.arrays import Bytes, Floats

# Each letter as strokes on a grid 4 wide and 6 high. An image library's font may change from one
# version to the next; these strokes do not.
_STROKES: Final = {
    "D": (((0, 0), (2, 0), (3.3, 0.8), (4, 3), (3.3, 5.2), (2, 6), (0, 6), (0, 0)),),
    "R": (
        ((0, 6), (0, 0), (2.6, 0), (3.7, 0.8), (3.7, 2.5), (2.6, 3.3), (0, 3.3)),
        ((2, 3.3), (4, 6)),
    ),
    "A": (((0, 6), (2, 0), (4, 6)), ((0.75, 4), (3.25, 4))),
    "F": (((4, 0), (0, 0), (0, 6)), ((0, 3), (3.2, 3))),
    "T": (((0, 0), (4, 0)), ((2, 0), (2, 6))),
}
_ADVANCE: Final = 6.0
_PEN: Final = 0.9
_HALO: Final = 2.2  # width of the dark stroke under the white one
_FINE: Final = 8  # drawn so much larger, then averaged down
_INK: Final = 0.66  # opacity of the letters
_SHADE: Final = 0.4  # opacity of their outline
_WHITE: Final = 228.0
_BLACK: Final = 20.0


class Label:
    """DRAFT, ready to be laid on frames of one size.

    White letters with a dark outline, so that they read on snow and at night.

    Parameters
    ----------
    width, height : int
        The frames' size in pixels.
    """

    def __init__(self, width: int, height: int) -> None:
        # Letters are six units high: 16 pixels at 1920 x 1080, and as large in any other shape.
        unit = max(1.5, math.sqrt(width * height) / 530)
        letters, outline = _INK * _drawn(unit, _PEN), _SHADE * _drawn(unit, _HALO)
        margin = max(4, round(8 * unit))
        self._rows = slice(margin, margin + letters.shape[0])
        self._columns = slice(margin, margin + letters.shape[1])
        self._keep = (1.0 - outline) * (1.0 - letters)
        self._ink = outline * (1.0 - letters) * _BLACK + letters * _WHITE

    @property
    def box(self) -> tuple[slice, slice]:
        """Rows and columns of the frame that the label may change."""
        return self._rows, self._columns

    def lay_on(self, y: Bytes) -> None:
        """Draw onto a frame's luma, in place."""
        part = y[self._rows, self._columns]
        np.copyto(part, (part * self._keep + self._ink + 0.5).astype(np.uint8))


def _drawn(unit: float, pen: float) -> Floats:
    """Draw the word with a pen of that width; give its cover, 0..1."""
    edge = _HALO / 2 + 0.2
    scale = unit * _FINE
    wide = round((_ADVANCE * (len(_STROKES) - 1) + 4 + 2 * edge) * unit)
    high = round((6 + 2 * edge) * unit)
    fine = np.zeros((high * _FINE, wide * _FINE), np.uint8)
    for place, strokes in enumerate(_STROKES.values()):
        for stroke in strokes:
            points = scale * np.add(stroke, (place * _ADVANCE + edge, edge))
            cv2.polylines(fine, [points.round().astype(np.int32)], False, 255, round(pen * scale))
    small = cv2.resize(fine, (wide, high), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / 255
