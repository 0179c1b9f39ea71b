"""Pixels enlarged, ready to be looked up.

From three times the size the nearest pixel is as good as interpolation and much cheaper (PSNR
to a Lanczos warp 42..50 dB; bilinear 39..52), and it does not soften and sharpen as the camera
moves.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import cv2
import numpy as np

from hailuo_widgets.emulator.draft.geometry.arrays import Bytes, Matrix, Pairs
from hailuo_widgets.emulator.draft.geometry.box import Box
from hailuo_widgets.emulator.draft.geometry.camera import Pose, footprint

_SLANT: Final = 0.01  # rows a pixel

_ENLARGED: Final = 3
"""Plate pixels per picture pixel."""

_FINER: Final = 5
"""As many from line to line in a pan or a tilt: there all pixels of a line move alike, and a third of
a pixel is a step that one sees (jitter .09 pixels). Lines leapt over cost memory, but no time."""

_MOST_LINES: Final = 20_000  # 100 MB at 1080p


class Kind(NamedTuple):
    """How a plate of a whole picture is to be made.

    Attributes
    ----------
    turned : bool
        Transposed: what lies in a column of the picture lies together.
    finer : bool
        With more lines, if they are not too many: the camera only pans or tilts.
    """

    turned: bool = False
    finer: bool = False


PLAIN: Final = Kind()


class Enlarged(NamedTuple):
    """Plate pixels per picture pixel, along rows and along columns of the picture."""

    across: int = _ENLARGED
    down: int = _ENLARGED


_EVEN: Final = Enlarged()


@dataclass(frozen=True, slots=True, eq=False)
class Plate:
    """A plane's pixels, enlarged.

    Attributes
    ----------
    asked : Box
        The part of the picture's plane that it was asked to cover; it may go beyond the picture.
    box : Box
        The part that it holds: the same, or less where the rest has no cover.
    y : array of uint8 or uint16, shape (height, width)
        Luma; with 16 bits, luma in the low byte and cover in the high one, so that one look-up
        fetches both.
    uv : array of uint16, or of uint8 with four channels; shape (height / 2, width / 2)
        Both chroma bytes of a sample; with four channels, the cover there twice more.
    kind : Kind
        How it was made; the arrays of a turned one are transposed.
    enlarged : Enlarged
        How much larger it is than the picture.
    """

    asked: Box
    box: Box
    y: Bytes | Pairs
    uv: Bytes | Pairs
    kind: Kind = PLAIN
    enlarged: Enlarged = _EVEN

    @property
    def luma_of(self) -> Matrix:
        """Homography from a picture pixel to the plate's luma pixel, if it were not turned."""
        return _enlarging(self.enlarged, self.box)

    @property
    def chroma_of(self) -> Matrix:
        """Homography from a chroma sample of the picture to the plate's chroma pixel, likewise."""
        return _enlarging(self.enlarged, self.box.half)


def _enlarging(enlarged: Enlarged, box: Box) -> Matrix:
    # The middle one of a pixel's copies holds its exact value: there is an odd number of them.
    across, down = enlarged
    return np.array(
        [
            [across, 0.0, (across - 1) / 2 - across * box.left],
            [0.0, down, (down - 1) / 2 - down * box.top],
            [0.0, 0.0, 1.0],
        ]
    )


def box_seen(views: Iterable[Matrix], width: int, height: int, grid: int = 2) -> Box:
    """Return the box that a plate must cover so that every view lies inside it.

    Parameters
    ----------
    views : iterable of array
        Homographies from screen to picture.
    width, height : int
        The screen's, and the picture's, size.
    grid : int
        What the sides are rounded out to: coarser boxes are shared by more shots.
    """
    boxes = [footprint(view, width, height) for view in views]

    def out(length: float) -> int:
        # Two pixels more: the nearest pixel may lie half a pixel beyond.
        return grid * math.ceil((max(0.0, length) + 2) / grid)

    return Box(
        left=-out(-min(box[0] for box in boxes)),
        top=-out(-min(box[1] for box in boxes)),
        right=width + out(max(box[2] for box in boxes) - (width - 1)),
        bottom=height + out(max(box[3] for box in boxes) - (height - 1)),
    )


def kind_for(poses: Sequence[Pose], views: Sequence[Matrix], width: int, height: int) -> Kind:
    """Return what plate suits a camera's way.

    Parameters
    ----------
    poses : sequence of Pose
        The camera in each frame.
    views : sequence of array
        The homographies from screen to picture that come of it.
    width, height : int
        The screen's size.
    """
    turns = any(pose.yaw or pose.pitch for pose in poses)
    more = any(pose.travels or pose.zoom or pose.roll for pose in poses)
    return Kind(turned=_crosses_rows(views, width, height), finer=turns and not more)


def _crosses_rows(views: Sequence[Matrix], width: int, height: int) -> bool:
    """Return True if a line of the screen crosses more rows of the picture than a column columns.

    That is how a pan sees it. A look-up then runs through memory twice as fast when the plate is
    turned.
    """
    corners = np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]], float)
    x, y, w = np.moveaxis(np.stack(views) @ corners, 1, 0)
    x, y = x / w, y / w
    rows = np.abs(y[:, ::2] - y[:, 1::2]).mean() / width
    columns = np.abs(x[:, :2] - x[:, 2:]).mean() / height
    return bool(rows > columns + _SLANT)


def opaque_plate(y: Bytes, uv: Bytes, box: Box, kind: Kind = PLAIN) -> Plate:
    """Make a plate of the pixels of a box."""
    if kind.turned:
        y, uv = cv2.transpose(y), cv2.transpose(uv)
    lines = _FINER if kind.finer and _FINER * len(y) <= _MOST_LINES else _ENLARGED
    enlarged = Enlarged(across=lines) if kind.turned else Enlarged(down=lines)
    return Plate(box, box, _larger(y, lines), _pairs(_larger(uv, lines)), kind, enlarged)


def covering_plate(y: Bytes, uv: Bytes, cover: Bytes, cover_uv: Bytes, box: Box) -> Plate:
    """Make a plate of the pixels of a box, multiplied by their cover, cut to where there is any."""
    rows, columns = np.flatnonzero(cover.max(axis=1)), np.flatnonzero(cover.max(axis=0))
    if rows.size == 0:
        rows = columns = np.zeros(1, int)
    # Cover must be nought at the cut, unless the plate ends there: hence two pixels more.
    part = Box(
        left=max(box.left, box.left + int(columns[0]) // 2 * 2 - 2),
        top=max(box.top, box.top + int(rows[0]) // 2 * 2 - 2),
        right=min(box.right, box.left + int(columns[-1]) // 2 * 2 + 4),
        bottom=min(box.bottom, box.top + int(rows[-1]) // 2 * 2 + 4),
    )
    luma = cv2.merge([part.cut(pixels, box) for pixels in (y, cover)])
    half, inner = box.half, part.half
    seen = np.ascontiguousarray(inner.cut(cover_uv, half))
    chroma = cv2.merge([*cv2.split(inner.cut(uv, half)), seen, seen])
    return Plate(box, part, _pairs(_larger(luma)), _larger(chroma))


def _pairs(pixels: Bytes) -> Pairs:
    return pixels.view(np.uint16)[..., 0]


def _larger(pixels: Bytes, lines: int = _ENLARGED) -> Bytes:
    height, width = pixels.shape[:2]
    size = (_ENLARGED * width, lines * height)
    return cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC)
