"""The one door to still pictures: only kinds that are meant, within bounds, and no raw's preview.

Pillow loads when this is imported.
"""

from __future__ import annotations

import contextlib
import struct
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image, JpegImagePlugin, PngImagePlugin

from hailuo_widgets.frame.camera_raw import raw_kind
from hailuo_widgets.frame.image_headers import (
    JPEG_START,
    PNG_START,
    SCALABLE_PIXELS,
    WHOLE_PIXELS,
    BrokenPictureError,
    UnknownPictureError,
)

# EPS is left out on purpose: Pillow reads it by starting another program.
_OTHERS: Final = ("GIF", "WEBP", "BMP", "TIFF", "AVIF", "HEIF", "JPEG2000", "ICO", "PPM")
_TAGS_OF_RAW: Final = 50706  # DNGVersion
_SUBFILE: Final = 254
_TIFF_BYTES: Final = 200_000_000


def opened(data: bytes) -> Image.Image:
    """Read a picture's header; its pixels are decoded at first use.

    Plugins are called directly because ``Image.open`` warns of large pictures; here they are
    refused. PNG's code points of colour (cICP), which Pillow leaves out, stand in ``info["cicp"]``.

    Raises
    ------
    BrokenPictureError
        If no decoder knows it, it is a camera's raw file, or it has too many pixels.
    """
    refuse_raw(data)
    picture = _read(data)
    limit = WHOLE_PIXELS
    if isinstance(picture, JpegImagePlugin.JpegImageFile) and "progressive" not in picture.info:
        limit = SCALABLE_PIXELS
    check_pixels(*picture.size, limit)
    return picture


def check_pixels(width: int, height: int, limit: int) -> None:
    """See that a picture is not too large to be decoded.

    Raises
    ------
    BrokenPictureError
        It is.
    """
    if width * height > limit:
        raise BrokenPictureError(
            f"has {width:,} x {height:,} px, {width * height / 1e6:,.0f} megapixels; "
            f"more than {limit // 10**6} are not read"
        )


def refuse_raw(data: bytes) -> None:
    """See that a file is no camera's raw data.

    Raises
    ------
    BrokenPictureError
        It is: readers of plain TIFFs would take its thumbnail for the photograph.
    """
    kind = raw_kind(data)
    if kind:
        raise BrokenPictureError(f"is a camera raw file ({kind}); export it as JPEG")
    if kind is not None:
        raise BrokenPictureError(
            "is a camera raw file, or another whose first picture is only a preview; export it "
            "as JPEG"
        )


def refuse_preview(picture: Image.Image) -> None:
    """See that an image somebody opened is not the preview in a camera's raw file.

    Raises
    ------
    BrokenPictureError
        It is.
    """
    tags = getattr(picture, "tag_v2", None)
    if picture.format != "TIFF" or tags is None:
        return
    refuse_raw(_file_of(picture))
    if _TAGS_OF_RAW in tags:
        raise BrokenPictureError("is a camera raw file (DNG); export it as JPEG")
    subfile = tags.get(_SUBFILE, 0)
    if isinstance(subfile, int) and subfile & 1 and not getattr(picture, "tell", int)():
        raise BrokenPictureError(
            "is a camera raw file, or another whose first picture is only a preview; export it "
            "as JPEG"
        )


def _file_of(picture: Image.Image) -> bytes:
    """Read the file that an image was opened from, if it can still be had."""
    file, name = getattr(picture, "fp", None), getattr(picture, "filename", "")
    with contextlib.suppress(OSError, ValueError):
        if file is not None:
            place = file.tell()
            file.seek(0)
            data: bytes = file.read(_TIFF_BYTES)
            file.seek(place)
            return data
        if name and Path(name).is_file():
            with Path(name).open("rb") as again:
                return again.read(_TIFF_BYTES)
    return b""


def _read(data: bytes) -> Image.Image:
    if data.startswith(JPEG_START):
        return JpegImagePlugin.JpegImageFile(BytesIO(data))
    if data.startswith(PNG_START):
        picture = PngImagePlugin.PngImageFile(BytesIO(data))
        code = _code_points(data)
        if code is not None:
            picture.info["cicp"] = code
        return picture
    Image.init()
    for name in _OTHERS:
        factory, accepts = Image.OPEN.get(name, (None, None))
        # A text instead of True says which library is missing.
        if factory and accepts and accepts(data[:16]) is True:
            return factory(BytesIO(data), "")
    raise UnknownPictureError("is not a picture that can be read here")


def _code_points(data: bytes) -> tuple[int, ...] | None:
    """Find a PNG's code points of colour: before its pixels, four bytes."""
    position = len(PNG_START)
    while position + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        if kind == b"IDAT":
            return None
        if kind == b"cICP" and length == 4:
            return tuple(data[position + 8 : position + 12])
        position += 12 + length
    return None
