"""Many soft dots, drawn at once."""

from __future__ import annotations

import math
from functools import cache
from typing import Final

import cv2
import numpy as np

from hailuo_widgets.emulator.draft.geometry.arrays import Bytes, Floats, Pairs, Truth

RADII: Final = np.array([0.5, 0.7, 1.0, 1.4, 2.0])
"""The sizes there are, in pixels of a sheet; a dot gets the nearest one."""

_BETWEEN: Final = np.sqrt(RADII[1:] * RADII[:-1])

_SHEETS: Final = 4
"""A dot that is too large for one sheet is drawn on the next, of half the size: it is soft."""

_PHASES: Final = 4  # places inside a pixel that a dot may have, along each side
_REACH: Final = 4  # of the largest dot
_PAD: Final = 2 * _REACH


class SplatRenderer:
    """Draws soft dots on a dark sheet; not for two threads at once.

    Parameters
    ----------
    width, height : int
        The sheet's size.
    """

    def __init__(self, width: int, height: int) -> None:
        sizes = [(-(-width // 2**number), -(-height // 2**number)) for number in range(_SHEETS)]
        self._sheets = [_Sheet(*size) for size in sizes]

    def draw(self, x: Floats, y: Floats, radius: Floats, bright: Floats) -> Bytes:
        """Draw all dots; where they meet they add up.

        Parameters
        ----------
        x, y : array of float
            Their middles in pixels; those off the sheet are left out.
        radius : array of float
            Their radii in pixels; those above 16 are drawn as that.
        bright : array of float
            Their brightness in the middle, 0..255.

        Returns
        -------
        array of uint8, shape (height, width)
        """
        sheet_of = np.clip(np.ceil(np.log2(np.maximum(radius, 0.1) / 2.4)), 0, _SHEETS - 1)
        dots = np.stack([x, y, radius, bright])
        drawn: Bytes | None = None
        for number in range(_SHEETS - 1, -1, -1):
            sheet = self._sheets[number]
            if drawn is not None:
                drawn = cv2.resize(drawn, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
                drawn = drawn[: sheet.height, : sheet.width]
            own = dots[:, (sheet_of == number) & (bright > 0.5)]
            own[:3] /= 2**number
            own = own[:, _near(own[0], sheet.width) & _near(own[1], sheet.height)]
            if own.size or number == 0:
                level = sheet.draw(own)
                drawn = level if drawn is None else cv2.add(drawn, level)
        assert drawn is not None
        return drawn


def _near(places: Floats, length: int) -> Truth:
    return (places > -_REACH) & (places < length + _REACH)


class _Sheet:
    """A sheet of one size with a rim, so that no dot has to be cut."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._stride = width + 2 * _PAD
        self._sums = np.zeros((height + 2 * _PAD) * self._stride, np.float32)

    def draw(self, dots: Floats) -> Bytes:
        """Draw dots given as rows of x, y, radius and brightness."""
        self._sums.fill(0)
        x, y, radius, bright = dots
        kind = np.searchsorted(_BETWEEN, radius)
        column, row = np.floor(x).astype(np.intp), np.floor(y).astype(np.intp)
        phase = np.floor((y - row) * _PHASES) * _PHASES + np.floor((x - column) * _PHASES)
        phase = phase.astype(np.intp)
        place = (row + _PAD) * self._stride + column + _PAD
        bright = bright.astype(np.float32)
        for number in range(len(RADII)):
            (chosen,) = np.nonzero(kind == number)
            offsets, kernels = _dot(number)
            steps = offsets[0] * self._stride + offsets[1]
            places = (place[chosen, None] + steps).ravel()
            np.add.at(self._sums, places, (bright[chosen, None] * kernels[phase[chosen]]).ravel())
        inside = self._sums.reshape(-1, self._stride)[_PAD:-_PAD, _PAD:-_PAD]
        return cv2.convertScaleAbs(inside)


@cache
def _dot(kind: int) -> tuple[Pairs, Floats]:
    """Return the pixels that a dot touches, and how much of it each gets for every phase."""
    radius = float(RADII[kind])
    reach = math.ceil(1.93 * radius - 0.5)  # beyond, less than a hundredth is left
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    kernels = []
    for phase in range(_PHASES * _PHASES):
        # The middle of the phase's cell.
        down, across = (part / _PHASES + 0.5 / _PHASES for part in divmod(phase, _PHASES))
        far = np.hypot(rows + 0.5 - down, columns + 0.5 - across) / radius
        kernels.append(np.exp(-((far / 0.9) ** 2)))
    return (
        np.stack([rows.ravel(), columns.ravel()]),
        np.stack(kernels).reshape(_PHASES * _PHASES, -1).astype(np.float32),
    )
