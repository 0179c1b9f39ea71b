"""JPEG and PNG files taken apart without decoding them: facts, and a copy without metadata.

What a picture says about where, when, by whom and with which device it was taken stands in
segments (JPEG) or chunks (PNG) of its own. Leaving those out keeps the compressed pixels byte
for byte. What decoding and colour need stays: tables, scans, colour profile, Adobe's transform.

Sources: ITU-T T.81 annex B (JPEG), W3C PNG third edition section 5, EXIF 2.32 section 4.6.
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import Final, NamedTuple

JPEG_START: Final = b"\xff\xd8\xff"
PNG_START: Final = b"\x89PNG\r\n\x1a\n"

SCALABLE_PIXELS: Final = 200_000_000
WHOLE_PIXELS: Final = 100_000_000
"""Pixels of the largest picture that is read: a JPEG that can be decoded at a fraction of its
size, and any other."""

_CUT_OFF: Final = "is cut off: its end is missing"
_DAMAGED: Final = "is damaged and cannot be read"

# A marker is FF and a code. Behind compressed pixels FF00 is data and FFD0 to FFD7 are restarts,
# so that one search finds the next marker between segments and in scans alike.
_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_JPEG_END: Final = 0xD9
_SCAN: Final = 0xDA
_WITHOUT_LENGTH: Final = frozenset({0x01, 0xD8})
_COMMON_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})
_PROGRESSIVE_FRAMES: Final = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_TABLES: Final = frozenset({0xC4, 0xCC, 0xDB, 0xDC, 0xDD})
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JFIF_BYTES: Final = 14
_EXIF: Final = b"Exif\x00\x00"

_PNG_KEPT: Final = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"pHYs"}
    | {b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP"}
)
_PNG_LONGEST: Final = 2**31 - 1

_ORIENTATION: Final = 0x0112
_SHORT: Final = 3


class BrokenPictureError(ValueError):
    """The file is no whole picture; the message completes a sentence that begins with its name."""


class UnknownPictureError(BrokenPictureError):
    """No decoder knows it."""


class Container(NamedTuple):
    """What a picture file says of itself without being decoded."""

    format: str
    """Pillow's name of it, e.g. "JPEG"."""
    data: bytes
    """The file; a JPEG or PNG without its metadata."""
    width: int
    """In pixels as stored, before the orientation is applied."""
    height: int
    orientation: int = 1
    """EXIF's 1 to 8; 1 is upright."""
    bits: int = 8
    """Per channel."""
    inks: bool = False
    """Whether the colours are a printer's (CMYK)."""
    pictures: int = 1
    """More than one when animated."""
    scalable: bool = False
    """Whether it can be decoded at a fraction of its size and memory."""
    common: bool = True
    """Whether every decoder knows the coding: not arithmetic, not lossless JPEG."""


def read_jpeg(data: bytes) -> Container:
    """Take a JPEG apart.

    Raises
    ------
    BrokenPictureError
        If it is cut off, or its structure makes no sense.
    """
    view = memoryview(data)
    kept: list[bytes | memoryview] = [data[:2]]
    frame: tuple[int, bytes] | None = None
    orientation = 1
    in_scan = scanned = False
    position = 2
    while True:
        match = _MARKER.search(data, position)
        if match is None:
            raise BrokenPictureError(_CUT_OFF)
        start = match.start()
        if in_scan:
            kept.append(view[position:start])
        marker = data[start + 1]
        if marker == _JPEG_END:
            break
        body = _segment_body(data, start, marker)
        position = start + 4 + len(body)
        if marker == 0xE1 and body.startswith(_EXIF):
            orientation = exif_orientation(body[len(_EXIF) :])
        elif marker in _FRAMES and frame is None:
            frame = (marker, body)
        in_scan = marker == _SCAN
        scanned = scanned or in_scan
        kept.append(_kept_segment(marker, body, view[start:position]))
    if frame is None or not scanned:
        raise BrokenPictureError(_CUT_OFF)
    kept.append(b"\xff\xd9")
    return _jpeg_facts(*frame, data=b"".join(kept), orientation=orientation)


def _segment_body(data: bytes, start: int, marker: int) -> bytes:
    if marker in _WITHOUT_LENGTH:
        raise BrokenPictureError(_DAMAGED)
    length = int.from_bytes(data[start + 2 : start + 4], "big")
    end = start + 2 + length
    if start + 4 > len(data) or end > len(data):
        raise BrokenPictureError(_CUT_OFF)
    if length < 2:
        raise BrokenPictureError(_DAMAGED)
    return data[start + 4 : end]


def _kept_segment(marker: int, body: bytes, segment: memoryview) -> bytes | memoryview:
    if marker == 0xE0 and body.startswith(b"JFIF\x00") and len(body) >= _JFIF_BYTES:
        # Its last two bytes announce a thumbnail, which may show what was cropped away.
        return b"\xff\xe0\x00\x10" + body[: _JFIF_BYTES - 2] + b"\x00\x00"
    profile = marker == 0xE2 and body.startswith(b"ICC_PROFILE\x00")
    transform = marker == 0xEE and body.startswith(b"Adobe")
    if marker in _FRAMES or marker in _TABLES or marker == _SCAN or profile or transform:
        return segment
    return b""


def _jpeg_facts(marker: int, body: bytes, *, data: bytes, orientation: int) -> Container:
    if len(body) < 6:
        raise BrokenPictureError(_DAMAGED)
    bits, height, width, channels = struct.unpack_from(">BHHB", body)
    if width == 0 or height == 0:
        raise BrokenPictureError(_DAMAGED)
    return Container(
        format="JPEG",
        data=data,
        width=width,
        height=height,
        orientation=orientation,
        bits=bits,
        inks=channels == 4,
        scalable=marker not in _PROGRESSIVE_FRAMES,
        common=marker in _COMMON_FRAMES,
    )


def read_png(data: bytes) -> Container:
    """Take a PNG apart; the checksums of all that is kept are checked.

    Raises
    ------
    BrokenPictureError
        If it is cut off, or a checksum does not fit.
    """
    view = memoryview(data)
    kept: list[bytes | memoryview] = [PNG_START]
    header: bytes | None = None
    orientation = pictures = 1
    filled = False
    position = len(PNG_START)
    kind = b""
    while kind != b"IEND":
        kind, body, end = _chunk(view, position)
        if kind == b"IHDR" and len(body) == 13 and header is None:
            header = bytes(body)
        elif header is None:
            raise BrokenPictureError(_DAMAGED)
        elif kind == b"eXIf":
            orientation = exif_orientation(bytes(body))
        elif kind == b"acTL" and len(body) == 8:
            pictures = int.from_bytes(body[:4], "big")
        filled = filled or kind == b"IDAT"
        if kind in _PNG_KEPT:
            kept.append(view[position:end])
        position = end
    if header is None or not filled:
        raise BrokenPictureError(_CUT_OFF)
    width, height, bits = struct.unpack_from(">IIB", header)
    if width == 0 or height == 0:
        raise BrokenPictureError(_DAMAGED)
    return Container(
        format="PNG",
        data=b"".join(kept),
        width=width,
        height=height,
        orientation=orientation,
        bits=bits,
        pictures=pictures,
    )


def _chunk(view: memoryview, position: int) -> tuple[bytes, memoryview, int]:
    length = int.from_bytes(view[position : position + 4], "big")
    end = position + 12 + length
    if position + 12 > len(view) or (length <= _PNG_LONGEST and end > len(view)):
        raise BrokenPictureError(_CUT_OFF)
    kind = bytes(view[position + 4 : position + 8])
    if length > _PNG_LONGEST or not kind.isalpha():
        raise BrokenPictureError(_DAMAGED)
    checksum = int.from_bytes(view[end - 4 : end], "big")
    if kind in _PNG_KEPT and zlib.crc32(view[position + 4 : end - 4]) != checksum:
        raise BrokenPictureError(_DAMAGED)
    return kind, view[position + 8 : end - 4], end


def exif_orientation(tiff: bytes) -> int:
    """Read the orientation from an EXIF block; 1 (upright) when it is absent or unreadable."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (directory,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, directory)
        for entry in range(entries):
            tag, kind, _, value = struct.unpack_from(
                f"{order}HHIH", tiff, directory + 2 + 12 * entry
            )
            if tag == _ORIENTATION and kind == _SHORT:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1
