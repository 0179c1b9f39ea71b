"""Pictures -> a film that plays everywhere: H.264 in MP4, to be begun before it has wholly come.

PyAV loads when a film is first written.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction
    from pathlib import Path

    import av
    from av.container import OutputContainer
    from av.video.stream import VideoStream

BT709: Final = 1
"""ITU-T H.273: primaries, transfer and matrix 1."""
LIMITED: Final = 1
"""AVCOL_RANGE_MPEG."""

_BT601: Final = 5
_UNSAID: Final = 2
_HD_LINES: Final = 720
"""Where a file does not say its colours, browsers take it for BT.709 from here on, else BT.601."""

_OPTIONS: Final = {"preset": "veryfast", "crf": "20", "g": "48"}
_THREADS: Final = 2


@contextlib.contextmanager
def film(
    path: Path, *, drafts: Sequence[int], alone: bool, words: str = ""
) -> Iterator[OutputContainer]:
    """Open a film to write; it is whole when this returns.

    Parameters
    ----------
    path : Path
        The file.
    drafts : sequence of int
        Which of its clips are drafts, counted from 1: then its metadata say so.
    alone : bool
        True if there are no other clips in it.
    words : str
        A description, for readers of the file.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    import av  # noqa: PLC0415

    with av.open(os.fspath(path), "w", format="mp4", options={"movflags": "+faststart"}) as target:
        target.metadata.update(_marks(drafts, alone))
        if words:
            target.metadata["description"] = words
        yield target


def add_picture(target: OutputContainer, size: tuple[int, int], rate: Fraction) -> VideoStream:
    """Add a film's video stream.

    Parameters
    ----------
    target : OutputContainer
        The film.
    size : tuple of int
        Width and height in pixels, both even.
    rate : Fraction
        Frames per second.
    """
    stream = target.add_stream("libx264", rate=rate)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    stream.options = dict(_OPTIONS)
    context = stream.codec_context
    context.time_base = 1 / rate
    context.thread_type = "FRAME"
    context.thread_count = _THREADS
    context.color_primaries = context.color_trc = context.colorspace = BT709
    context.color_range = LIMITED
    return stream


def add_frame(
    target: OutputContainer, stream: VideoStream, frame: av.VideoFrame, number: int
) -> None:
    """Add the frame of that number, counted from 0."""
    frame.pts = number
    frame.time_base = stream.codec_context.time_base
    # An encoder that knew which frames are key frames would follow the clip's own.
    frame.pict_type = 0
    target.mux(stream.encode(frame))


class Scaler:
    """Makes frames of any kind ready for a film, or for a picture.

    Parameters
    ----------
    width, height : int
        In pixels.
    kind : str
        FFmpeg's name of the pixels: ``"yuv420p"`` is BT.709 in limited range, as the films are.
    """

    def __init__(self, width: int, height: int, kind: str = "yuv420p") -> None:
        from av.video.reformatter import VideoReformatter  # noqa: PLC0415

        self._size = width, height
        self._kind = kind
        # One for all frames: making its tables takes longer than scaling a small frame.
        self._scaler = VideoReformatter()

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Scale one; its own colours are the ones that a browser takes them for."""
        colorspace = frame.colorspace
        matrix = (
            colorspace
            if colorspace != _UNSAID
            else (BT709 if frame.height >= _HD_LINES else _BT601)
        )
        is_film = self._kind == "yuv420p"
        return self._scaler.reformat(
            frame,
            *self._size,
            self._kind,
            src_colorspace=matrix,
            dst_colorspace=BT709 if is_film else matrix,
            interpolation="AREA",
            src_color_range=frame.color_range,
            dst_color_range=LIMITED if is_film else None,
        )


def _marks(drafts: Sequence[int], alone: bool) -> dict[str, str]:
    """Return the note on what in a film is a draft, worded as in the emulator's own files."""
    if not drafts:
        return {}
    which = f"clip{'s' * (len(drafts) > 1)} {', '.join(map(str, drafts))}"
    note = "rendered locally from one picture, not a generation"
    return {"title": "DRAFT", "comment": f"DRAFT: {note if alone else f'{which} {note}'}"}
