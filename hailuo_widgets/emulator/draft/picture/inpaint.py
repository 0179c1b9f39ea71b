"""The smoothest surface through what is known."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from hailuo_widgets.emulator.draft.geometry.arrays import Floats, Truth

_SWEEPS: Final = 24  # at each size; the coarser sizes carry what is far


def membrane(values: Floats, known: Truth) -> Floats:
    """Fill what is not known so that each value is the mean of its neighbours.

    Parameters
    ----------
    values : array of float32, shape (height, width, channels)
        What is given; anything where it is not known.
    known : array of bool, shape (height, width)
        Where it is given.

    Returns
    -------
    array of float32, shape (height, width, channels)
        The given values, and between them the solution of Laplace's equation; ``values``
        itself where all or nothing is known.
    """
    height, width = known.shape
    if known.all() or not known.any():
        return values
    if min(height, width) > 8:
        small = (-(-width // 2), -(-height // 2))
        weight = known.astype(np.float32)
        share = cv2.resize(weight, small, interpolation=cv2.INTER_AREA)
        mean = cv2.resize(values * weight[..., None], small, interpolation=cv2.INTER_AREA)
        coarse = membrane(
            (mean / np.maximum(share, 1e-3)[..., None]),
            share > min(0.25, float(share.max()) / 2),
        )
        guess = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    else:
        guess = np.broadcast_to(values[known].mean(axis=0), values.shape).astype(np.float32)
    result = np.where(known[..., None], values, guess)
    neighbours = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32) / 4
    for _ in range(_SWEEPS):
        relaxed = cv2.filter2D(result, -1, neighbours, borderType=cv2.BORDER_REPLICATE)
        result = np.where(known[..., None], values, relaxed)
    return result
