"""A picture and its matte -> a subject that stands before a background.

Where the subject stood, the background is filled by the smoothest surface through what is seen
around it, which shows no seam, and with the fine structure of what stands next to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from hailuo_widgets.emulator.draft.geometry.arrays import Bytes, Floats, Shorts, Truth
from hailuo_widgets.emulator.draft.geometry.remap import looked_up
from hailuo_widgets.emulator.draft.picture.inpaint import membrane
from hailuo_widgets.emulator.draft.picture.picture import Picture

_GRAIN: Final = 0.07  # shares of the width over which mirrored structure fades
_COARSER: Final = 4  # the fill is smooth: a quarter of the size holds it


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """A picture taken apart.

    Attributes
    ----------
    background : Picture
        The picture without its subject.
    y, uv : arrays of uint8
        The subject, multiplied by its cover.
    cover : array of uint8, shape (height, width)
        How much of a pixel is subject, 0..255.
    foot : float
        Where the subject stands: its lowest row, as a share of the height.
    """

    background: Picture
    y: Bytes
    uv: Bytes
    cover: Bytes
    foot: float

    @property
    def cover_uv(self) -> Bytes:
        """The cover at the chroma samples."""
        return self.cover[::2, ::2]


def taken_apart(picture: Picture, matte: Floats) -> Layers:
    """Split a picture along a matte of any size.

    Parameters
    ----------
    picture : Picture
        The picture.
    matte : array of float32
        Cover of the subject, 0..1.
    """
    width, height = picture.size
    matte = _resized(matte, width, height)
    cover = (matte * 255 + 0.5).astype(np.uint8)
    # A few pixels around the subject are neither: they must not colour the background.
    reach = max(3, width // 160) | 1
    hidden = cv2.dilate(cover, np.ones((reach, reach), np.uint8)) > 8
    fill_y, fill_uv = _filled(picture, hidden)
    behind_y = _joined(picture.y, fill_y + _grain(picture.y, hidden), hidden)
    behind_uv = _joined(picture.uv, fill_uv, hidden[::2, ::2])
    rows = np.flatnonzero((cover > 127).sum(axis=1) > 0)
    return Layers(
        background=Picture(behind_y, behind_uv, picture.rgb),
        y=_subject(picture.y, behind_y, cover),
        uv=_subject(picture.uv, behind_uv, cover[::2, ::2, None]),
        cover=cover,
        foot=float((rows.max() + 1) / height) if rows.size else 1.0,
    )


def lost(picture: Picture, layers: Layers) -> tuple[Shorts, Shorts]:
    """Return what the layers, put together again, lack of the picture: luma and chroma.

    A few levels where the background shines through more than the picture did.
    """
    again_y = put_together(layers.background.y, layers.y, layers.cover)
    again_uv = put_together(layers.background.uv, layers.uv, layers.cover_uv)
    return (
        cv2.subtract(picture.y, again_y, dtype=cv2.CV_16S),
        cv2.subtract(picture.uv, again_uv, dtype=cv2.CV_16S),
    )


def put_together(behind: Bytes, own: Bytes, cover: Bytes) -> Bytes:
    """Put pixels that are multiplied by their cover before others."""
    keep = cv2.bitwise_not(np.ascontiguousarray(cover))
    if behind.ndim == 3:
        keep = cv2.merge([keep, keep])
    return cv2.add(cv2.multiply(behind, keep, scale=1 / 255), own)


def _resized(values: Floats, width: int, height: int) -> Floats:
    return cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR)


def _subject(pixels: Bytes, behind: Bytes, cover: Bytes) -> Bytes:
    """Return the subject's pixels times cover: what is left of the picture over its background."""
    share = cover.astype(np.float32) / 255
    own = pixels - behind * (1 - share)
    return (np.clip(own, 0, 255 * share) + 0.5).astype(np.uint8)


def _grain(y: Bytes, hidden: Truth) -> Floats:
    """Return what is hidden the fine structure of what is seen, mirrored at its border.

    It fades with the distance: near the subject's edge, where the background comes to be seen
    first, it looks like what stands beside it.
    """
    height, width = y.shape
    seen = np.where(hidden, np.float32(0), np.float32(1))
    # What is soft, and where the border runs, need not be known to the pixel.
    small = (-(-width // _COARSER), -(-height // _COARSER))
    sigma = width / 120 / _COARSER
    share, soft = (
        cv2.GaussianBlur(cv2.resize(values, small, interpolation=cv2.INTER_AREA), (0, 0), sigma)
        for values in (seen, y * seen)
    )
    fine = (y - _resized(soft / np.maximum(share, 1e-3), width, height)) * seen
    inside = cv2.resize(hidden.astype(np.uint8) * 255, small, interpolation=cv2.INTER_AREA) > 0
    far, nearest = cv2.distanceTransformWithLabels(
        inside.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    rows, columns = np.indices(inside.shape, dtype=np.float32)
    border = np.zeros((int(nearest.max()) + 1, 2), np.float32)
    border[nearest[~inside]] = np.stack([columns[~inside], rows[~inside]], axis=-1)
    # A ragged border would mirror in a fan of splinters.
    side = 2 * int(sigma) + 1
    places = 2 * cv2.blur(border[nearest], (side, side)) - np.stack([columns, rows], axis=-1)
    places = (places + 0.5) * _COARSER - 0.5
    fading = np.clip(1 - far * _COARSER / (_GRAIN * width), 0, 1) * inside
    return looked_up(fine, _resized(places, width, height)) * _resized(fading, width, height)


def _joined(pixels: Bytes, fill: Floats, hidden: Truth) -> Bytes:
    """Put the fill into what is hidden, over a short ramp outside of it."""
    ramp = max(3, pixels.shape[1] // 200) | 1
    wide = cv2.dilate(hidden.astype(np.uint8), np.ones((ramp, ramp), np.uint8))
    share = cv2.blur(wide.astype(np.float32), (ramp, ramp))
    share = np.maximum(share, hidden)
    if pixels.ndim == 3:
        share = share[..., None]
    return (pixels * (1 - share) + fill * share + 0.5).astype(np.uint8)


def _filled(picture: Picture, hidden: Truth) -> tuple[Floats, Floats]:
    """Fill what is hidden; give luma at full and chroma at half size."""
    width, height = picture.size
    small = (max(8, width // _COARSER), max(8, height // _COARSER))
    seen = (~hidden).astype(np.float32)
    weight = cv2.resize(seen, small, interpolation=cv2.INTER_AREA)
    known_y = cv2.resize(picture.y * seen, small, interpolation=cv2.INTER_AREA)
    known_uv = cv2.resize(picture.uv * seen[::2, ::2, None], small, interpolation=cv2.INTER_AREA)
    weight_uv = cv2.resize(seen[::2, ::2], small, interpolation=cv2.INTER_AREA)
    values = np.dstack(
        [
            known_y / np.maximum(weight, 1e-3),
            known_uv / np.maximum(weight_uv, 1e-3)[..., None],
        ]
    ).astype(np.float32)
    known = np.minimum(weight, weight_uv) > 0.5
    filled = membrane(values, known)
    return (
        _resized(np.ascontiguousarray(filled[..., 0]), width, height),
        _resized(np.ascontiguousarray(filled[..., 1:]), width // 2, height // 2),
    )
