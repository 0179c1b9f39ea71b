"""Pictures bent along a flow: solved on a coarse grid, looked up at full size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from hailuo_widgets.emulator.draft.geometry.arrays import Bytes, Floats, Matrix, Truth
from hailuo_widgets.emulator.draft.geometry.box import Box
from hailuo_widgets.emulator.draft.geometry.remap import look_up_nearest
from hailuo_widgets.emulator.draft.paint.compositor import FrameBuffer, chroma_of, look_up, shifted
from hailuo_widgets.emulator.draft.scene.optical_flow import Flow
from hailuo_widgets.emulator.draft.scene.plates import Plate

_STRIP: Final = 6  # rows of the grid looked up at once: their places stay in the cache
_ROUNDS: Final = 4
_SOFT: Final = 16.0  # pixels over which a picture's edge gives way to the other picture
_FARTHEST: Final = 0.25  # shares of the long side that a plate goes beyond the picture at most


@dataclass(frozen=True, slots=True, eq=False)
class GridView:
    """What a frame shows of a picture.

    Attributes
    ----------
    places : array of float32, shape (rows, columns, 2)
        The picture pixel at each point of the grid.
    source_of : array, shape (3, 3), or None
        The homography that says the same for every pixel, where there is one.
    """

    places: Floats
    source_of: Matrix | None


class CoarseGrid:
    """The grid over frames of one size; not for two threads at once.

    Its points lie in the middle of small squares of pixels, with one more all around, so that no
    place at the edge is guessed.

    Parameters
    ----------
    width, height : int
        The frames' size.
    """

    def __init__(self, width: int, height: int) -> None:
        self._size = _pair(width, height)
        self._step = 16 if min(width, height) >= 720 else 8
        self._columns, self._rows = -(-width // self._step), -(-height // self._step)
        across = (np.arange(-1, self._columns + 1, dtype=np.float32) + 0.5) * self._step / width
        down = (np.arange(-1, self._rows + 1, dtype=np.float32) + 0.5) * self._step / height
        self._points = np.stack(np.meshgrid(across, down), axis=-1)
        self._fine = np.empty(
            ((_STRIP + 2) * self._step, (self._columns + 2) * self._step, 2), np.float32
        )
        # Points around the frame are no part of it: they show what its edge does.
        itself = self._inside(self._points * self._size - np.float32(0.5))
        self._beyond = np.maximum(-0.5 - itself, 0)
        self.whole = Box(0, 0, width, height)

    def sight(self, flow: Flow, part: float) -> GridView:
        """Return what the frame shows of a picture whose points have gone a part of their way.

        Solves x = x0 + part * (affine(x0) - x0 + rest(x0)) for x0.
        """
        affine = np.eye(3)
        affine[:2] += part * (flow.affine - np.eye(2, 3))
        back = np.linalg.inv(affine)
        found = _applied(back, self._points)
        straight = not flow.rest.any()
        to_rest = _pair(flow.rest.shape[1], flow.rest.shape[0])
        for _ in range(0 if straight else _ROUNDS):
            at = found * to_rest - np.float32(0.5)
            rest = cv2.remap(flow.rest, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            found = _applied(back, self._points - np.float32(part) * rest)
        size = np.diag([*self._size.astype(float), 1.0])
        size[:2, 2] = -0.5  # the middle of pixel 0 lies half a pixel in
        return GridView(
            places=found * self._size - np.float32(0.5),
            source_of=size @ back @ np.linalg.inv(size) if straight else None,
        )

    def shown(self, sight: GridView) -> Floats:
        """Return how much of each point lies in the picture: 1 inside, 0 well beyond its edge."""
        inside = self._inside(sight.places) + self._beyond
        shown: Floats = np.clip(1 + (inside + 0.5) / _SOFT, 0, 1).astype(np.float32)
        return shown

    def _inside(self, places: Floats) -> Floats:
        """Return how many pixels each place lies inside of the picture's outermost ones."""
        x, y = places[..., 0], places[..., 1]
        width, height = self._size
        return np.minimum(np.minimum(x, width - 1 - x), np.minimum(y, height - 1 - y))

    def inner(self, sight: GridView) -> Floats:
        """Return the places of the points whose squares lie wholly on the frame."""
        down, across = (side // self._step for side in (self.whole.bottom, self.whole.right))
        return sight.places[1 : 1 + down, 1 : 1 + across]

    def box_of(self, flow: Flow) -> Box:
        """Return the part of the picture's plane that is looked up on its way."""
        most = _FARTHEST * float(self._size.max())
        seen = [self.sight(flow, part).places for part in (0.0, 0.5, 1.0)]
        low = min(0.0, *(float(places.min()) for places in seen))
        high = max(0.0, *(float((places - self._size).max()) for places in seen))
        left, right = (2 * int(min(-low, most) / 2) + 4, 2 * int(min(high, most) / 2) + 4)
        return Box(-left, -left, self.whole.right + right, self.whole.bottom + right)

    def split(self, uneven: Truth) -> tuple[Box, list[Box]]:
        """Cut the frame into a middle without uneven points and the rims around it."""
        rows = uneven.shape[0]
        left, right = _even(uneven[rows // 4 : -(rows // 4)])
        top, bottom = _even(uneven[:, left:right].T)
        if uneven[top:bottom, left:right].any() or top >= bottom or left >= right:
            return Box(0, 0, 0, 0), [self.whole]
        # From points to pixels: a pixel lies between two points, both of which must be even.
        middle = Box(
            left=self._step * left if left else 0,
            top=self._step * top if top else 0,
            right=self.whole.right if right == uneven.shape[1] else self._step * (right - 2),
            bottom=self.whole.bottom if bottom == uneven.shape[0] else self._step * (bottom - 2),
        )
        rims = [
            Box(0, 0, self.whole.right, middle.top),
            Box(0, middle.bottom, self.whole.right, self.whole.bottom),
            Box(0, middle.top, middle.left, middle.bottom),
            Box(middle.right, middle.top, self.whole.right, middle.bottom),
        ]
        return middle, [rim for rim in rims if rim.left < rim.right and rim.top < rim.bottom]

    def lay(self, plate: Plate, sight: GridView, canvas: FrameBuffer, box: Box) -> None:
        """Fill a box of the frame (whole squares of the grid) with a plate."""
        pairs = canvas.uv.view(np.uint16)[..., 0]
        if sight.source_of is not None:
            seen = sight.source_of @ shifted(box)
            look_up(plate.y, plate.luma_of @ seen, _inside(canvas.y, box))
            look_up(plate.uv, chroma_of(plate, seen), _inside(pairs, box.half))
            return
        bounds, half = plate.box, plate.box.half
        low = _pair(bounds.left + 1, bounds.top + 1)
        high = _pair(bounds.right - 2, bounds.bottom - 2)
        enlarged = _pair(*plate.enlarged)
        middle = (enlarged - 1) / 2
        places = np.clip(self._cut(sight.places, box), low, high)
        luma = (places - _pair(bounds.left, bounds.top)) * enlarged + middle
        # Chroma samples lie on every other column, half a pixel left of their square's middle.
        chroma = (places - np.float32(0.5)) / 2 - _pair(half.left, half.top)
        self._look_up(plate.y, luma, canvas.y, box)
        self._look_up(plate.uv, chroma * enlarged + middle, pairs, box.half)

    def mix(self, canvas: FrameBuffer, other: FrameBuffer, weight: Floats, box: Box) -> None:
        """Let another frame show through inside a box, by a weight for each point."""
        coarse = np.clip(self._cut(weight, box) * 255 + 0.5, 0, 255).astype(np.uint8)
        for part, step, pixels, others in (
            (box, self._step, canvas.y, other.y),
            (box.half, self._step // 2, canvas.uv, other.uv),
        ):
            high, wide = part.bottom - part.top, part.right - part.left
            size = (coarse.shape[1] * step, coarse.shape[0] * step)
            share = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR)
            share = share[step : step + high, step : step + wide]
            if pixels.ndim == 3:
                share = cv2.merge([share, share])
            onto = _inside(pixels, part)
            own = cv2.multiply(onto, cv2.bitwise_not(share), scale=1 / 255)
            cv2.add(own, cv2.multiply(_inside(others, part), share, scale=1 / 255), dst=onto)

    def _cut(self, values: Floats, box: Box) -> Floats:
        """Return the points in and around a box."""
        top, left = box.top // self._step, box.left // self._step
        bottom, right = -(-box.bottom // self._step), -(-box.right // self._step)
        return values[top : bottom + 2, left : right + 2]

    def _look_up(
        self,
        pixels: Bytes,
        coarse: Floats,
        onto: Bytes,
        box: Box,
    ) -> None:
        step = self._step if onto.shape[0] == self.whole.bottom else self._step // 2
        for top in range(0, coarse.shape[0] - 2, _STRIP):
            points = coarse[top : top + _STRIP + 2]
            rows, columns = points.shape[0] * step, points.shape[1] * step
            fine = self._fine[:rows, :columns]
            cv2.resize(points, (columns, rows), dst=fine, interpolation=cv2.INTER_LINEAR)
            first = box.top + top * step
            last = min(box.bottom, first + _STRIP * step)
            look_up_nearest(
                pixels,
                fine[step : step + last - first, step : step + box.right - box.left],
                onto[first:last, box.left : box.right],
            )


def _pair(x: float, y: float) -> Floats:
    return np.array([x, y], np.float32)


def _applied(affine: Matrix, points: Floats) -> Floats:
    x, y = points[..., 0], points[..., 1]
    (a, b, c), (d, e, f) = affine[:2].astype(np.float32)
    return np.stack([a * x + b * y + c, d * x + e * y + f], axis=-1).astype(np.float32)


def _even(uneven: Truth) -> tuple[int, int]:
    """Return the first and the last but one of the even columns around the middle one."""
    columns = np.any(uneven, axis=0)
    middle = len(columns) // 2
    before, after = np.flatnonzero(columns[:middle]), np.flatnonzero(columns[middle:])
    return (
        int(before[-1]) + 1 if before.size else 0,
        middle + int(after[0]) if after.size else len(columns),
    )


def _inside(pixels: Bytes, box: Box) -> Bytes:
    return pixels[box.top : box.bottom, box.left : box.right]
