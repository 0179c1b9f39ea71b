"""What goes on beyond the picture's edge, where nothing is known.

A soft mirror keeps the light and the colours without pretending to know more.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from hailuo_widgets.emulator.draft.geometry.arrays import Bytes
from hailuo_widgets.emulator.draft.geometry.box import Box

_SHARP: Final = 0.01  # short sides beyond the edge up to which it is not worth while
_SOFTER: Final = ((0.006, 0.03), (0.02, 0.09), (0.06, 0.24))
"""Radii of blurs and how far out each is complete, in short sides: a mirror image that stays sharp
shows that it is one."""


def continued(pixels: Bytes, box: Box) -> Bytes:
    """Cut a box out of pixels; beyond their edge they go on mirrored, softer the farther out."""
    return _softer(_mirrored(pixels, box), pixels.shape, box)


def continued_subject(own: Bytes, cover: Bytes, box: Box) -> tuple[Bytes, Bytes]:
    """Continue a subject: only where the edge cuts it, and no farther than it reaches inwards.

    Parameters
    ----------
    own : array of uint8
        Its pixels, multiplied by its cover.
    cover : array of uint8
        Its cover; of the same height and width.
    box : Box
        What is wanted, in the array's pixels.

    Returns
    -------
    own, cover : arrays of uint8
        Of the box's size.
    """
    mirrored = _mirrored(cover, box)
    reached = _reaching(mirrored, cover.shape, box)
    wide = _mirrored(own, box)
    less = reached < mirrored
    if less.any():
        share = reached[less] / mirrored[less]
        wide[less] = wide[less] * (share if own.ndim == 2 else share[:, None]) + 0.5
    return _softer(wide, cover.shape, box), _softer(reached, cover.shape, box)


def _mirrored(pixels: Bytes, box: Box) -> Bytes:
    height, width = pixels.shape[:2]
    left, top, right, bottom = -box.left, -box.top, box.right - width, box.bottom - height
    return cv2.copyMakeBorder(pixels, top, bottom, left, right, cv2.BORDER_REFLECT_101)


def _reaching(cover: Bytes, shape: tuple[int, ...], box: Box) -> Bytes:
    """Keep of a mirrored cover what hangs together with the edge, going straight outwards."""
    reached = cover.copy()
    left, top = -box.left, -box.top
    right, bottom = left + shape[1] - 1, top + shape[0] - 1
    for lines, first, last in ((reached.T, left, right), (reached, top, bottom)):
        lines[: first + 1] = np.minimum.accumulate(lines[first::-1], axis=0)[::-1]
        lines[last:] = np.minimum.accumulate(lines[last:], axis=0)
    return reached


def _softer(wide: Bytes, shape: tuple[int, ...], box: Box) -> Bytes:
    """Blur what lies outside of the picture, the more the farther out."""
    height, width = shape[:2]
    short = min(height, width)
    across, down = (
        np.maximum(np.maximum(-places, places - side), 0) / np.float32(short)
        for places, side in (
            (np.arange(box.left, box.right, dtype=np.float32), width),
            (np.arange(box.top, box.bottom, dtype=np.float32), height),
        )
    )
    farthest = max(across.max(), down.max())
    if farthest <= _SHARP:
        return wide
    outside = np.maximum(across[None, :], down[:, None])
    begun = 0.0
    for radius, reach in _SOFTER:
        if farthest <= begun:
            break
        share = np.clip((outside - np.float32(begun)) / np.float32(reach - begun), 0, 1)
        wide = cv2.blendLinear(wide, _softened(wide, radius * short), 1 - share, share)
        begun = reach / 2
    return wide


def _softened(pixels: Bytes, sigma: float) -> Bytes:
    """Blur by a Gaussian, at a smaller size when it is wide."""
    height, width = pixels.shape[:2]
    shrink = max(1, int(sigma / 2))
    small = cv2.resize(
        pixels, (-(-width // shrink), -(-height // shrink)), interpolation=cv2.INTER_AREA
    )
    small = cv2.GaussianBlur(small, (0, 0), max(sigma / shrink, 0.3))
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
