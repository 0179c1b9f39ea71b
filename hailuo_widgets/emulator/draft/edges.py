"""What goes on beyond the picture's edge, where nothing is known.

A soft mirror keeps the light and the colours without pretending to know more.
"""

from __future__ import annotations

import cv2
import numpy as np

from hailuo_widgets.emulator.draft.arrays import Bytes, Floats
from hailuo_widgets.emulator.draft.box import Box


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
    share = reached / np.maximum(mirrored, 1)
    wide = _mirrored(own, box) * (share if own.ndim == 2 else share[..., None])
    wide = (wide + 0.5).astype(np.uint8)
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
    across = np.arange(box.left, box.right)
    down = np.arange(box.top, box.bottom)
    across = np.maximum(np.maximum(-across, across - width), 0)
    down = np.maximum(np.maximum(-down, down - height), 0)
    if max(across.max(), down.max()) <= short / 100:
        return wide
    outside: Floats = np.maximum(across[None, :], down[:, None])
    for radius, reach in ((0.006, 0.04), (0.025, 0.16)):
        share = np.minimum(outside / (reach * short), 1.0).astype(np.float32)
        wide = cv2.blendLinear(wide, _softened(wide, radius * short), 1.0 - share, share)
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
