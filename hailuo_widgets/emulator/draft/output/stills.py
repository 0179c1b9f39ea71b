"""Stills of a film: painted by the function that paints the clip, so that they agree with it."""

from __future__ import annotations

import io
from typing import Final, Literal

import cv2
import numpy as np
from PIL import Image

from hailuo_widgets.emulator.draft.geometry.arrays import Bytes
from hailuo_widgets.emulator.draft.output.encode import NOTICE, THREADS
from hailuo_widgets.emulator.draft.output.shot_renderer import Film
from hailuo_widgets.emulator.draft.paint.compositor import FrameBuffer
from hailuo_widgets.emulator.draft.picture.picture import as_rgb

_QUALITY: Final = 85
_STRIP_WIDTH: Final = 1920
_GAP: Final = 4  # pixels between the moments of a strip

THUMBNAIL_WIDTH: Final = 480
THUMBNAIL_FPS: Final = 12

# The busiest clip, five seconds: AVIF 164 kB, WebP 650 kB at its quickest and 510 kB at thrice the
# time of both.
_MOVING: Final[dict[str, dict[str, int]]] = {
    "AVIF": {"quality": 50, "speed": 9, "max_threads": THREADS},
    "WEBP": {"quality": 60, "method": 0},
}

_IMAGE_DESCRIPTION: Final = 0x010E  # the tag of EXIF and TIFF


def poster(film: Film) -> bytes:
    """Return the first frame as a JPEG."""
    return _jpeg(_painted(film, 0, film.size))


def contact_strip(film: Film, count: int = 6) -> bytes:
    """Return moments of a film side by side, as a JPEG at most 1920 pixels wide.

    Parameters
    ----------
    film : Film
        What is shown.
    count : int
        How many moments, evenly spread; from two on the first and the last frame are among them.
    """
    width, height = film.size
    wide = min(width, (_STRIP_WIDTH - (count - 1) * _GAP) // count // 2 * 2)
    size = (wide, max(2, 2 * round(height * wide / width / 2)))
    tiles = [_painted(film, number, size) for number in moments(film.frames, count)]
    gap = np.full((size[1], _GAP, 3), 255, np.uint8)
    row = [part for tile in tiles for part in (gap, tile)]
    return _jpeg(np.hstack(row[1:]))


def thumbnail(film: Film, kind: Literal["AVIF", "WEBP"] = "AVIF") -> bytes:
    """Return a film as a small silent picture that moves without end.

    It has 12 frames a second and is at most 480 pixels wide.

    Parameters
    ----------
    film : Film
        What is shown.
    kind : str
        ``"AVIF"``, or ``"WEBP"`` for what cannot show that: three times the bytes.
    """
    width, height = film.size
    step = max(1, round(film.fps / THUMBNAIL_FPS))
    wide = min(width, THUMBNAIL_WIDTH)
    size = (wide, max(2, 2 * round(height * wide / width / 2)))
    frames = [
        Image.fromarray(_painted(film, number, size)) for number in range(0, film.frames, step)
    ]
    target = io.BytesIO()
    frames[0].save(
        target,
        kind,
        save_all=True,
        append_images=frames[1:],
        duration=round(1000 * step / film.fps),
        loop=0,
        exif=_notice(),
        **_MOVING[kind],
    )
    return _timeless(target.getvalue()) if kind == "AVIF" else target.getvalue()


def moments(frames: int, count: int) -> list[int]:
    """Choose evenly spread frames by their numbers."""
    return [round(place * (frames - 1) / max(1, count - 1)) for place in range(count)]


def _painted(film: Film, number: int, size: tuple[int, int]) -> Bytes:
    """Paint a frame and scale it to an even size."""
    canvas = FrameBuffer.blank(*film.size)
    film.paint(number, canvas)
    y, uv = canvas.y, canvas.uv
    if size != film.size:
        y = cv2.resize(y, size, interpolation=cv2.INTER_AREA)
        uv = cv2.resize(uv, (size[0] // 2, size[1] // 2), interpolation=cv2.INTER_AREA)
    return as_rgb(y, uv)


def _timeless(avif: bytes) -> bytes:
    """Clear when the file was made: the same film gives the same bytes."""
    data = bytearray(avif)
    pictures = data.index(b"mdat")
    for box in (b"mvhd", b"tkhd", b"mdhd"):
        # ISO/IEC 14496-12: version, flags, then two times of eight bytes; in version 0, of four.
        place = data.index(box, 0, pictures) + 8
        times = 16 if data[place - 4] else 8
        data[place : place + times] = bytes(times)
    return bytes(data)


def _notice() -> Image.Exif:
    exif = Image.Exif()
    exif[_IMAGE_DESCRIPTION] = NOTICE
    return exif


def _jpeg(rgb: Bytes) -> bytes:
    target = io.BytesIO()
    Image.fromarray(rgb).save(target, "JPEG", quality=_QUALITY, comment=NOTICE, exif=_notice())
    return target.getvalue()
