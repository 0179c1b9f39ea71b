"""A frame's bytes -> luma and chroma at the clip's size, as the encoder wants them.

Everything downstream works in BT.709 limited-range YUV, because two planes of 1.5 bytes a
pixel are cheaper to move than three of three, and no conversion is left for each frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageOps

from hailuo_widgets.emulator.draft.geometry.arrays import Bytes
from hailuo_widgets.emulator.draft.geometry.errors import DraftError
from hailuo_widgets.frame.colour import in_srgb
from hailuo_widgets.frame.image_headers import BrokenPictureError
from hailuo_widgets.frame.open_picture import opened

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
_BACK = np.linalg.inv(RGB_TO_YUV[:, :3])
_YUV_TO_RGB: Final = np.column_stack([_BACK, -_BACK @ RGB_TO_YUV[:, 3]])


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
    """Return the clip's width and height: the frame's aspect, ``short_side``, both even."""

    def even(length: float) -> int:
        return max(2, 2 * round(length / 2))

    if width >= height:
        return even(short_side * width / height), even(short_side)
    return even(short_side), even(short_side * height / width)


def _opened(data: bytes) -> Image.Image:
    try:
        return opened(data)
    except BrokenPictureError as error:
        raise DraftError(
            f"The picture cannot be read ({type(error).__name__}): it {error}."
        ) from None
    except Exception as error:  # decoders raise anything on a damaged header
        raise DraftError(f"The picture cannot be read ({type(error).__name__}).") from error


def frame_size(data: bytes) -> tuple[int, int]:
    """Return a picture's upright width and height without decoding its pixels.

    Raises
    ------
    DraftError
        The bytes are not a readable picture.
    """
    with _opened(data) as image:
        try:
            return image.size[::-1] if _lies(image) else image.size
        except Exception as error:  # a PNG's EXIF may stand behind pixels that are damaged
            raise DraftError(f"The picture cannot be read ({type(error).__name__}).") from error


def _lies(image: Image.Image) -> bool:
    """Return True if a picture is stored on its side."""
    return image.getexif().get(0x0112, 1) in {5, 6, 7, 8}


def read_rgb(data: bytes, size: tuple[int, int]) -> Bytes:
    """Decode a picture upright and cut it centrally to the aspect of ``size``.

    Parameters
    ----------
    data : bytes
        A picture file's.
    size : tuple of int
        Width and height.

    Returns
    -------
    array of uint8, shape (height, width, 3)
        Of that size; smaller when the file has fewer pixels.

    Raises
    ------
    DraftError
        The bytes are not a readable picture.
    """
    with _opened(data) as image:
        try:
            # A JPEG twice as large as the clip or more is decoded at a half, quarter or eighth:
            # a phone's photograph in a third of the time, and the same to 50 dB.
            image.draft("RGB", size[::-1] if _lies(image) else size)
            # As a browser shows it: the clip is BT.709, whose colours are sRGB's.
            rgb = np.asarray(in_srgb(ImageOps.exif_transpose(image)))
        except Exception as error:  # decoders raise anything on a damaged file
            raise DraftError(
                f"The picture cannot be decoded ({type(error).__name__}); it may be cut short."
            ) from error
    height, width = rgb.shape[:2]
    cut_width, cut_height = cut_size((width, height), size)
    left, top = (width - cut_width) // 2, (height - cut_height) // 2
    cut = rgb[top : top + cut_height, left : left + cut_width]
    return scaled(cut, size) if cut_width > size[0] else np.ascontiguousarray(cut)


def cut_size(have: tuple[int, int], want: tuple[int, int]) -> tuple[int, int]:
    """Return how much of a picture's width and height is left when it gets another's aspect."""
    width = min(have[0], round(have[1] * want[0] / want[1]))
    height = min(have[1], round(have[0] * want[1] / want[0]))
    # An even size cannot keep an odd aspect exactly; half a percent is stretched, not cut.
    return (
        have[0] if width > 0.995 * have[0] else width,
        have[1] if height > 0.995 * have[1] else height,
    )


def scaled(rgb: Bytes, size: tuple[int, int]) -> Bytes:
    """Scale pixels to a width and height."""
    height, width = rgb.shape[:2]
    if (width, height) == size:
        return rgb
    return cv2.resize(
        rgb, size, interpolation=cv2.INTER_AREA if width > size[0] else cv2.INTER_CUBIC
    )


def read_picture(data: bytes, size: tuple[int, int]) -> Picture:
    """Decode ``data`` upright, cut it centrally to the aspect of ``size`` and scale it there.

    Raises
    ------
    DraftError
        The bytes are not a readable picture.
    """
    return as_picture(scaled(read_rgb(data, size), size))


def glance(rgb: Bytes) -> Bytes:
    """Return a picture with its long side at most 640, for what looks at content."""
    height, width = rgb.shape[:2]
    shrink = min(1.0, 640 / max(width, height))
    return scaled(rgb, (round(width * shrink), round(height * shrink)))


def as_picture(rgb: Bytes, small: Bytes | None = None) -> Picture:
    """Convert pixels to luma and chroma; ``small`` is their glance, where it is known."""
    yuv = cv2.transform(rgb, RGB_TO_YUV)
    y = np.ascontiguousarray(yuv[..., 0])
    across = np.array([0.25, 0.5, 0.25], np.float32)
    down = np.array([0.5, 0.5], np.float32)
    # The anchor makes the result at row 2j the mean of rows 2j and 2j + 1.
    uv = cv2.sepFilter2D(
        yuv[..., 1:], -1, across, down, anchor=(1, 0), borderType=cv2.BORDER_REPLICATE
    )[::2, ::2]
    return Picture(y, np.ascontiguousarray(uv), glance(rgb) if small is None else small)


def as_rgb(y: Bytes, uv: Bytes) -> Bytes:
    """Convert luma and chroma back to pixels: uint8, shape (height, width, 3)."""
    height, width = y.shape
    # Chroma sample (i, j) lies at luma (2i, 2j + .5).
    halves = np.array([[0.5, 0.0, 0.0], [0.0, 0.5, -0.25]])
    wide = cv2.warpAffine(
        uv,
        halves,
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return cv2.transform(cv2.merge([y, wide]), _YUV_TO_RGB)
