"""The first frame's outline, where the camera sees beyond it: all outside must be invented."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from hailuo_widgets.emulator.draft.geometry.arrays import Bytes, Floats
from hailuo_widgets.emulator.draft.paint.compositor import FrameBuffer

_SHADED: Final = 0.42  # how far what is outside turns to grey
_HATCHED: Final = 0.62  # the same on the stripes of its hatching
_GREYS: Final = (30.0, 104.0)  # luma that what is outside turns to: dark, and not on the stripes
_PALER: Final = 0.7  # how far its colours go
_DASH: Final = 7.0  # pixels at a short side of 360; the gap is as long
_BRIGHT, _DARK = 232.0, 24.0
_LEAST: Final = 0.001  # share of the screen beyond the edge that is worth a line
_SHIFT: Final = 4  # OpenCV draws in sixteenths of a pixel


class FrameLine:
    """Draws it on frames of one size.

    The line is dark with bright dashes, so that it shows on any picture.

    Parameters
    ----------
    width, height : int
        The frames' size.
    """

    def __init__(self, width: int, height: int) -> None:
        self._size = (width, height)
        self._unit = max(1.0, min(width, height) / 360)
        across, down = np.arange(width)[None, :], np.arange(height)[:, None]
        stripes = (across + down) // max(1, round(2 * self._unit)) % 5 == 0
        self._shade = np.where(stripes, _HATCHED * 255, _SHADED * 255).astype(np.uint8)
        greys = np.where(stripes, _GREYS[1], _GREYS[0])
        self._grey = (greys * self._shade / 255).astype(np.uint8)

    def lay_on(self, canvas: FrameBuffer, outline: Floats) -> None:
        """Draw onto a frame.

        Parameters
        ----------
        canvas : Canvas
            Painted onto.
        outline : array, shape (4, 2)
            Where on the screen the first frame's corners are, in order around it.
        """
        width, height = self._size
        inside = np.zeros((height, width), np.uint8)
        cv2.fillConvexPoly(inside, _fixed(outline), 255, cv2.LINE_AA, _SHIFT)
        outside = cv2.bitwise_not(inside)
        if outside.mean() < _LEAST * 255:
            return
        _veil(canvas.y, cv2.multiply(outside, self._shade, scale=1 / 255), self._grey, outside)
        paler = cv2.convertScaleAbs(outside[::2, ::2], alpha=_PALER)
        paler = cv2.merge([paler, paler])
        cv2.multiply(canvas.uv, cv2.bitwise_not(paler), dst=canvas.uv, scale=1 / 255)
        cv2.add(canvas.uv, cv2.convertScaleAbs(paler, alpha=128 / 255), dst=canvas.uv)
        line = round(self._unit)
        # It runs outside, so that it hides nothing, nor shows where the screen ends at the edge.
        middle, reach = outline.mean(axis=0), np.ptp(outline, axis=0)
        around = middle + (outline - middle) * (1 + 2 * (2 * line + 1) / reach)
        cv2.polylines(canvas.y, [_fixed(around)], True, _DARK, 2 * line + 1, cv2.LINE_AA, _SHIFT)
        dashes = list(_fixed(_dashes(around, _DASH * self._unit)))
        cv2.polylines(canvas.y, dashes, False, _BRIGHT, line, cv2.LINE_AA, _SHIFT)


def _veil(y: Bytes, shade: Bytes, grey: Bytes, outside: Bytes) -> None:
    cv2.multiply(y, cv2.bitwise_not(shade), dst=y, scale=1 / 255)
    cv2.add(y, cv2.multiply(grey, outside, scale=1 / 255), dst=y)


def _fixed(points: Floats) -> Floats:
    return np.rint(points * 2**_SHIFT).astype(np.int32)


def _dashes(outline: Floats, length: float) -> Floats:
    """Cut an outline into dashes; shape (dashes, 2, 2)."""
    dashes = []
    for start, end in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        way = end - start
        far = float(np.hypot(*way))
        begins = np.arange(0.0, far, 2 * length)[:, None, None] / far
        ends = np.minimum(begins + length / far, 1.0)
        dashes.append(start + way * np.concatenate([begins, ends], axis=1))
    return np.concatenate(dashes)
