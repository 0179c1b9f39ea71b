"""A clip's smaller copy: every frame at its own time, in fewer bytes.

PyAV loads when a copy is first made.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.media.formats.open_media import NotAVideoError, because, opened_film
from hailuo_widgets.media.formats.orientation import Pictures
from hailuo_widgets.media.formats.writer import BT709, LIMITED, Scaler

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.stream import VideoStream

    from hailuo_widgets.media.clip import Clip

_SHORT_SIDES: Final = (1080, 900, 720, 540, 450, 360, 270, 180)
# Below this x264 smears more than a smaller picture loses.
_BITS_PER_PIXEL: Final = 0.05
# CRF keeps simple pictures small; the rate is only its ceiling. A key frame a second keeps steps
# backwards quick.
_OPTIONS: Final = {"preset": "veryfast", "crf": "21"}
_BUFFER_SECONDS: Final = 1.0
_THREADS: Final = 2
_TRIES: Final = 4
_CONTAINER_BYTES: Final = 1_500
_CONTAINER_BYTES_A_FRAME: Final = 24


@dataclass(frozen=True, slots=True)
class Copy:
    """A smaller copy: an MP4 with H.264, and its pixels."""

    data: bytes
    width: int
    height: int


def smaller(clip: Clip, most: int) -> Copy:
    """Encode a clip anew so that it fits.

    Frame n of the copy is frame n of the clip, at the same time. Size and quality give way: first
    the bits, then the pixels.

    Parameters
    ----------
    clip : Clip
        What to copy; its file is only read.
    most : int
        Bytes the copy may have.

    Returns
    -------
    Copy
        At most `most` bytes, unless even 180 lines take more.

    Raises
    ------
    LibraryError
        The clip's file is gone or damaged.
    """
    import av  # noqa: PLC0415

    aim = float(most)
    made = None
    for _ in range(_TRIES):
        try:
            made = _copy(clip, aim)
        except (av.error.FFmpegError, OSError, NotAVideoError) as error:
            raise LibraryError(
                f"The clip's file {clip.path.name} does not decode as a video to its end{because(error)}. "
                "Leave it out, or ask for it again."
            ) from None
        if len(made.data) <= most:
            break
        aim *= 0.9 * most / len(made.data)
    assert made is not None
    return made


def size_within(width: int, height: int, pixels: float) -> tuple[int, int]:
    """Find the largest usual size of that shape with at most so many pixels; both sides even.

    Never larger than given, and never smaller than a short side of 180 px unless it is given so.
    """
    short = min(width, height)
    sides = [short, *(side for side in _SHORT_SIDES if side < short)]
    for side in sides:
        scale = side / short
        if width * height * scale * scale <= pixels or side == sides[-1]:
            break
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def _copy(clip: Clip, aim: float) -> Copy:
    import av  # noqa: PLC0415

    seconds = clip.frame_count / clip.fps if clip.fps else clip.duration
    overhead = _CONTAINER_BYTES + _CONTAINER_BYTES_A_FRAME * clip.frame_count
    rate = max(8_000.0, (aim - overhead) * 8 / (seconds + _BUFFER_SECONDS))
    target = io.BytesIO()
    with opened_film(clip.path) as source, av.open(target, "w", format="mp4") as film:
        pictures = Pictures(source)
        # Of the file itself: the library may have known it before films were turned upright.
        shown = pictures.shape()
        size = size_within(shown.width, shown.height, rate / (clip.fps or 24) / _BITS_PER_PIXEL)
        # What says that it is a draft, and where it comes from, goes along.
        film.metadata.update(source.container.metadata)
        _encode(source.stream, pictures, film, size, int(rate))
    return Copy(target.getvalue(), *size)


def _encode(
    incoming: VideoStream,
    pictures: Pictures,
    film: OutputContainer,
    size: tuple[int, int],
    rate: int,
) -> None:
    outgoing = film.add_stream("libx264", rate=incoming.average_rate or 24)
    outgoing.width, outgoing.height = size
    outgoing.pix_fmt = "yuv420p"
    outgoing.options = {
        **_OPTIONS,
        "g": str(max(1, round(float(incoming.average_rate or 24)))),
        "maxrate": str(rate),
        "bufsize": str(int(rate * _BUFFER_SECONDS)),
    }
    context = outgoing.codec_context
    if incoming.time_base is not None:
        context.time_base = incoming.time_base
    context.thread_count = _THREADS
    context.color_primaries = context.color_trc = context.colorspace = BT709
    context.color_range = LIMITED
    scaler = Scaler(*size)
    for frame in pictures:
        small = scaler(frame)
        small.pts, small.time_base = frame.pts, frame.time_base
        # An encoder told which frames are key frames would follow the clip's own.
        small.pict_type = 0
        film.mux(outgoing.encode(small))
    film.mux(outgoing.encode(None))
