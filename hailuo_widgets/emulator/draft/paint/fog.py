"""Fog: two banks of soft cloud that drift at different depths."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from hailuo_widgets.emulator.draft.geometry.arrays import Bytes, Floats, Matrix
from hailuo_widgets.emulator.draft.geometry.camera import Lens, Plane, Pose
from hailuo_widgets.emulator.draft.paint.compositor import FrameBuffer
from hailuo_widgets.emulator.draft.paint.particles import Occluder, hashed

_COARSE: Final = 8  # picture pixels for one of the grid on which fog is worked out
_TILE: Final = 256  # a bank repeats after so many of its points
_PALE: Final = 200.0  # luma of fog

_BANKS: Final = ((1.0, 0.020, 0.75), (2.0, 0.035, 0.6))
"""Inverse depth, drift to the right in background distances per second, thickness."""


class Fog:
    """Drifting fog in a shot.

    Parameters
    ----------
    lens : Lens
        The clip's camera.
    variation : int
        Another take has other clouds.
    """

    def __init__(self, lens: Lens, variation: int = 0) -> None:
        self._lens = lens
        self._tile = _clouds(1 + variation)
        self._size = (-(-lens.width // _COARSE), -(-lens.height // _COARSE))
        self._full = np.empty((lens.height, lens.width), np.uint8)
        # It lies on the ground.
        self._low = np.linspace(0.55, 1.0, self._size[1], dtype=np.float32)[:, None]

    def lay_on(
        self,
        canvas: FrameBuffer,
        seconds: float,
        pose: Pose,
        amount: float,
        hiding: Occluder | None = None,
    ) -> None:
        """Draw onto a frame; takes what :meth:`Particles.lay_on` does."""
        if amount <= 0:
            return
        clear = np.ones(self._size[::-1], np.float32)
        for near, drift, thick in _BANKS:
            bank = amount * thick * self._low * self._seen(seconds, pose, near, drift)
            if hiding is not None and near < hiding.near:
                bank = bank * (1 - 0.8 * self._coarse(hiding.cover, hiding.source_of) / 255)
            clear *= 1 - bank
        cover = ((1 - clear) * 255 + 0.5).astype(np.uint8)
        size = (self._lens.width, self._lens.height)
        full = cv2.resize(cover, size, dst=self._full, interpolation=cv2.INTER_LINEAR)
        own = cv2.convertScaleAbs(full, alpha=_PALE / 255)
        cv2.multiply(canvas.y, cv2.bitwise_not(full), dst=canvas.y, scale=1 / 255)
        cv2.add(canvas.y, own, dst=canvas.y)
        half = cv2.resize(cover, (size[0] // 2, size[1] // 2), interpolation=cv2.INTER_LINEAR)
        both = cv2.merge([half, half])
        grey = cv2.convertScaleAbs(both, alpha=128 / 255)
        cv2.multiply(canvas.uv, cv2.bitwise_not(both), dst=canvas.uv, scale=1 / 255)
        cv2.add(canvas.uv, grey, dst=canvas.uv)

    def _seen(self, seconds: float, pose: Pose, near: float, drift: float) -> Floats:
        """Return how much of a bank each point of the coarse grid shows, 0..1."""
        # A point of the bank is wider than high, and larger the nearer it is.
        point = _COARSE * near * self._lens.width / 1920
        gone = drift * seconds * self._lens.focal * near
        on_tile = np.array(
            [[0.5 / point, 0.0, -0.5 * gone / point], [0.0, 1 / point, 90 * near], [0, 0, 1]]
        )
        source_of = self._lens.source_of(pose, Plane(near=near))
        return self._coarse(self._tile, on_tile @ source_of, cv2.BORDER_WRAP)

    def _coarse(
        self, pixels: Bytes | Floats, place_of: Matrix, border: int = cv2.BORDER_REPLICATE
    ) -> Floats:
        """Look pixels up on the coarse grid."""
        middle = (_COARSE - 1) / 2
        grid = np.array([[_COARSE, 0, middle], [0, _COARSE, middle], [0, 0, 1]], float)
        return cv2.warpPerspective(
            pixels,
            place_of @ grid,
            self._size,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=border,
        ).astype(np.float32)


def _clouds(salt: int) -> Floats:
    """Make a square of cloud whose edges meet: sums of ever finer noise, 0..1."""
    total = np.zeros((_TILE, _TILE), np.float32)
    for octave, cells in enumerate((4, 8, 16, 32)):
        ids = np.arange(cells * cells, dtype=np.uint32)
        noise = hashed(ids, 16 * salt + octave).reshape(cells, cells).astype(np.float32)
        step = _TILE // cells
        wide = cv2.resize(
            np.pad(noise, 2, mode="wrap"), None, fx=step, fy=step, interpolation=cv2.INTER_CUBIC
        )
        total += wide[2 * step : 2 * step + _TILE, 2 * step : 2 * step + _TILE] / 2**octave
    low, high = np.percentile(total, (2, 85))
    share = np.clip((total - low) / (high - low), 0, 1)
    return (share * share * (3 - 2 * share)).astype(np.float32)
