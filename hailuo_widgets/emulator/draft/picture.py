"""A frame's bytes -> luma and chroma at the clip's size, as the encoder wants them.

Everything downstream works in BT.709 limited-range YUV, because two planes of 1.5 bytes a
pixel are cheaper to move than three of three, and no conversion is left for each frame.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageOps

from hailuo_widgets.emulator.draft.arrays import Bytes
from hailuo_widgets.emulator.draft.errors import DraftError

# ITU-T H.273, matrix coefficients 1 (BT.709), limited range, for RGB in 0..255.
_KR, _KB = 0.2126, 0.0722
_KG = 1.0 - _KR - _KB
_LUMA: Final = 219.0 / 255.0
_CHROMA: Final = 224.0 / 255.0
RGB_TO_YUV: Final = np.array(
    [
        [_LUMA * _KR, _LUMA * _KG, _LUMA * _KB, 16.0],
        [
            -_CHROMA * _KR / (2 - 2 * _KB),
            -_CHROMA * _KG / (2 - 2 * _KB),
            _CHROMA * 0.5,
            128.0,
        ],
        [
            _CHROMA * 0.5,
            -_CHROMA * _KG / (2 - 2 * _KR),
            -_CHROMA * _KB / (2 - 2 * _KR),
            128.0,
        ],
    ],
    dtype=np.float64,
)


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A still at the clip's size.

    Attributes
    ----------
    y : array of uint8, shape (height, width)
        Luma, 16..235.
    uv : array of uint8, shape (height / 2, width / 2, 2)
        Chroma, 16..240, left-sited as H.264 assumes: sample (i, j) lies at luma (2i, 2j + .5).
    rgb : array of uint8, shape (h, w, 3)
        The same picture with its long side at most 640, for what looks at content.
    """

    y: Bytes
    uv: Bytes
    rgb: Bytes

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width = self.y.shape
        return width, height


def clip_size(width: int, height: int, short_side: int) -> tuple[int, int]:
    """Give the clip's width and height: the frame's aspect, ``short_side``, both even."""

    def even(length: float) -> int:
        return max(2, 2 * round(length / 2))

    if width >= height:
        return even(short_side * width / height), even(short_side)
    return even(short_side), even(short_side * height / width)


def _opened(data: bytes) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data))
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise DraftError(f"The picture cannot be read ({type(error).__name__}).") from error
    return image


def frame_size(data: bytes) -> tuple[int, int]:
    """Give a picture's upright width and height without decoding its pixels.

    Raises
    ------
    DraftError
        The bytes are not a readable picture.
    """
    with _opened(data) as image:
        turned = image.getexif().get(0x0112, 1) in {5, 6, 7, 8}
        return (image.height, image.width) if turned else (image.width, image.height)


def read_picture(data: bytes, size: tuple[int, int]) -> Picture:
    """Decode ``data`` upright, cut it centrally to the aspect of ``size`` and scale it there.

    Raises
    ------
    DraftError
        The bytes are not a readable picture.
    """
    width, height = size
    with _opened(data) as image:
        try:
            # A JPEG much larger than the clip is decoded at a half, quarter or eighth.
            image.draft("RGB", (2 * max(size), 2 * max(size)))
            rgb = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise DraftError(
                f"The picture cannot be decoded ({type(error).__name__}); it may be cut short."
            ) from error
    return _as_yuv(_fitted(rgb, width, height))


def _fitted(rgb: Bytes, width: int, height: int) -> Bytes:
    """Cut centrally to the aspect wanted, then scale."""
    have_height, have_width = rgb.shape[:2]
    cut_width = min(have_width, round(have_height * width / height))
    cut_height = min(have_height, round(have_width * height / width))
    # An even size cannot keep an odd aspect exactly; half a percent is stretched, not cut.
    if cut_width > 0.995 * have_width:
        cut_width = have_width
    if cut_height > 0.995 * have_height:
        cut_height = have_height
    left, top = (have_width - cut_width) // 2, (have_height - cut_height) // 2
    cut = rgb[top : top + cut_height, left : left + cut_width]
    if (cut_width, cut_height) == (width, height):
        return np.ascontiguousarray(cut)
    method = cv2.INTER_AREA if cut_width > width else cv2.INTER_CUBIC
    return cv2.resize(cut, (width, height), interpolation=method)


def _as_yuv(rgb: Bytes) -> Picture:
    height, width = rgb.shape[:2]
    yuv = cv2.transform(rgb, RGB_TO_YUV)
    y = np.ascontiguousarray(yuv[..., 0])
    across = np.array([0.25, 0.5, 0.25], np.float32)
    down = np.array([0.5, 0.5], np.float32)
    # The anchor makes the result at row 2j the mean of rows 2j and 2j + 1.
    uv = cv2.sepFilter2D(
        yuv[..., 1:], -1, across, down, anchor=(1, 0), borderType=cv2.BORDER_REPLICATE
    )[::2, ::2]
    shrink = min(1.0, 640 / max(width, height))
    small = cv2.resize(
        rgb, (round(width * shrink), round(height * shrink)), interpolation=cv2.INTER_AREA
    )
    return Picture(y=y, uv=np.ascontiguousarray(uv), rgb=small)
