"""Painted frames -> an MP4 file that plays everywhere and says what it is."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Final, cast

import av

from hailuo_widgets.emulator.draft.errors import DraftError

ENCODER: Final = "libx264"
OPTIONS: Final = {
    "preset": "veryfast",
    "crf": "21",
    "g": "48",  # two seconds: a player can seek without decoding from the start
    # With it x264's vector code gives other bytes from run to run.
    "mbtree": "0",
}
THREADS: Final = 2
"""Fixed, because the bytes that x264 writes depend on it."""

_END_BITS: Final = 2.0
_FAST_START: Final = {"movflags": "+faststart"}

NOTICE: Final = "DRAFT: rendered locally from one picture, not a generation"

_BT709: Final = 1  # ITU-T H.273: primaries, transfer and matrix 1
_LIMITED: Final = 1  # AVCOL_RANGE_MPEG


def encode(
    frames: Iterable[av.VideoFrame],
    destination: Path,
    *,
    count: int,
    size: tuple[int, int],
    fps: int,
    encoder: str = ENCODER,
) -> None:
    """Write frames as H.264 in MP4; the file appears at ``destination`` only when whole.

    Parameters
    ----------
    frames : iterable of av.VideoFrame
        NV12. A frame may be the same object as an earlier one, painted anew.
    destination : Path
        The file to write; its folder must exist.
    count : int
        How many frames there will be. The first and the last are stored better than the others:
        they are compared with the pictures given, and used as the next ones.
    size : tuple of int
        Width and height, both even.
    fps : int
        Frames per second.
    encoder : str
        FFmpeg's name of the H.264 encoder.

    Raises
    ------
    DraftError
        This build of PyAV does not have the encoder.
    """
    if encoder not in av.codecs_available:
        raise DraftError(
            f"The video encoder {encoder} is missing from this build of PyAV. Its wheel has it: "
            "pip install --force-reinstall --only-binary av av"
        )
    unfinished = destination.with_name(f".{destination.name}.{secrets.token_hex(8)}.mp4")
    ends = "/".join(f"{number},{number},b={_END_BITS}" for number in sorted({0, count - 1}))
    options = {**OPTIONS, "x264-params": f"zones={ends}"}
    try:
        with av.open(str(unfinished), "w", format="mp4", options=_FAST_START) as container:
            container.metadata["title"] = "DRAFT"
            container.metadata["comment"] = NOTICE
            stream = cast("av.VideoStream", container.add_stream(encoder, rate=fps))
            stream.width, stream.height = size
            stream.pix_fmt = "nv12"
            stream.options = dict(options)
            context = stream.codec_context
            context.time_base = Fraction(1, fps)
            context.thread_type = "FRAME"
            context.thread_count = THREADS
            context.color_primaries = context.color_trc = context.colorspace = _BT709
            context.color_range = _LIMITED
            for number, frame in enumerate(frames):
                frame.pts = number
                frame.time_base = context.time_base
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        unfinished.replace(destination)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
