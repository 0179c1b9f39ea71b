"""A clip as a flip-book: a small picture of every frame, for a playhead that is dragged about.

Video is coded as changes from picture to picture: to show one frame, all since the last key frame
are decoded, at every jump and for every clip side by side. The pictures of a flip-book stand alone.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from hailuo_widgets.media.formats.open_media import opened_film
from hailuo_widgets.media.formats.orientation import Pictures

if TYPE_CHECKING:
    from pathlib import Path

SIDE: Final = 640
"""Pixels of the long side, at most: as large as one of four clips is shown."""

MOST_FRAMES: Final = 720
"""Half a minute; a longer clip would fill the memory with pictures."""

_QUALITY: Final = "5"  # FFmpeg's quantiser scale, from 2 (best) to 31


def flipbook(path: Path, side: int = SIDE) -> list[bytes]:
    """Make the pictures of all frames of a clip, in the order in which they are shown.

    Parameters
    ----------
    side : int
        Pixels of the long side; a smaller clip keeps its size.

    Returns
    -------
    list of bytes
        A JPEG for each frame, about 25 kB at 640 pixels; empty for a clip of more than 720 frames.

    Raises
    ------
    NotAVideoError
        It does not decode.
    OSError
        The file is gone.
    """
    import av  # noqa: PLC0415
    from av.video.reformatter import VideoReformatter  # noqa: PLC0415

    drawn: list[bytes] = []
    with opened_film(path) as film:
        if film.stream.frames > MOST_FRAMES:
            return []
        pictures = Pictures(film)
        shown = pictures.shape()
        width, height = _fitting(shown.width, shown.height, side)
        coder = av.CodecContext.create("mjpeg", "w")
        coder.width, coder.height, coder.pix_fmt = width, height, "yuvj420p"
        coder.time_base = Fraction(1, 24)
        coder.options = {"qmin": _QUALITY, "qmax": _QUALITY}
        smaller = VideoReformatter()
        for frame in pictures:
            small = smaller.reformat(frame, width, height, "yuvj420p", interpolation="AREA")
            small.pts, small.time_base = len(drawn), coder.time_base
            drawn += [bytes(packet) for packet in coder.encode(small)]
            if len(drawn) > MOST_FRAMES:
                return []
        drawn += [bytes(packet) for packet in coder.encode(None)]
    return drawn


def _fitting(width: int, height: int, side: int) -> tuple[int, int]:
    """Make a size fit a square, in even numbers."""
    share = min(1.0, side / max(width, height))
    return max(2, round(width * share / 2) * 2), max(2, round(height * share / 2) * 2)
