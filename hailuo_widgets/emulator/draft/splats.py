"""Many soft dots, drawn at once."""

from __future__ import annotations

from functools import cache
from typing import Final

import cv2
import numpy as np

from hailuo_widgets.emulator.draft.arrays import Bytes, Floats, Pairs

RADII: Final = np.array([0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0, 11.0])
"""The sizes there are, in pixels; a dot gets the nearest one."""

_PHASES: Final = 4  # places inside a pixel that a dot may have, along each side
_REACH: Final = 20  # of the largest dot
_PAD: Final = 2 * _REACH


class Splatter:
    """Draws soft dots on a dark sheet.

    Parameters
    ----------
    width, height : int
        The sheet's size.
    """

    def __init__(self, width: int, height: int) -> None:
        self._stride = width + 2 * _PAD
        self._shape = (height + 2 * _PAD, self._stride)
        self._inside = (slice(_PAD, _PAD + height), slice(_PAD, _PAD + width))

    def draw(self, x: Floats, y: Floats, radius: Floats, bright: Floats) -> Bytes:
        """Draw all dots; where they meet they add up.

        Parameters
        ----------
        x, y : array of float
            Their middles in pixels; those off the sheet are left out.
        radius : array of float
            Their radii in pixels.
        bright : array of float
            Their brightness in the middle, 0..255.

        Returns
        -------
        array of uint8, shape (height, width)
        """
        height, width = self._shape[0] - 2 * _PAD, self._stride - 2 * _PAD
        seen = (x > -_REACH) & (x < width + _REACH) & (y > -_REACH) & (y < height + _REACH)
        seen &= bright > 0.5
        x, y, radius, bright = x[seen], y[seen], radius[seen], bright[seen]
        size = np.abs(np.log(radius[:, None] / RADII[None, :])).argmin(axis=1)
        column, row = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
        phase = (np.floor((y - row) * _PHASES) * _PHASES + np.floor((x - column) * _PHASES)).astype(
            np.int64
        )
        place = (row + _PAD) * self._stride + column + _PAD
        places, weights = [], []
        for number in np.unique(size):
            chosen = size == number
            offsets, kernels = _dot(int(number))
            steps = offsets[0] * self._stride + offsets[1]
            places.append((place[chosen, None] + steps[None, :]).ravel())
            weights.append((bright[chosen, None] * kernels[phase[chosen]]).ravel())
        if not places:
            return np.zeros((height, width), np.uint8)
        sheet = np.bincount(
            np.concatenate(places), np.concatenate(weights), self._shape[0] * self._stride
        )
        return cv2.convertScaleAbs(sheet.reshape(self._shape)[self._inside])


@cache
def _dot(size: int) -> tuple[Pairs, Floats]:
    """Give the pixels that a dot touches, and how much of it each gets for every phase."""
    radius = float(RADII[size])
    reach = int(np.ceil(1.7 * radius + 0.5))
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
