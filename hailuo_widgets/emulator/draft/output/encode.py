"""Painted frames -> an MP4 file that plays everywhere and says what it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final, cast

import av

from hailuo_widgets.emulator.draft.geometry.errors import DraftError
from hailuo_widgets.files.atomic_write import replacing_file

ENCODER: Final = "libx264"


@dataclass(frozen=True, slots=True)
class Settings:
    """How x264 works.

    Attributes
    ----------
    preset : str
        One of x264's, ``"ultrafast"`` to ``"placebo"``.
    crf : int
        Its constant rate factor: the lower, the better and larger.
    key_frames : int
        At most so many frames apart: a player seeks to one.
    ends : float
        How many more bits the first and the last frame get: they are compared with the pictures
        given, and used as the next ones.
    """

    preset: str
    crf: int
    key_frames: int
    ends: float = 1.0

    def options(self, count: int) -> dict[str, str]:
        """Return FFmpeg's options for a clip of ``count`` frames."""
        ends = "/".join(f"{number},{number},b={self.ends}" for number in sorted({0, count - 1}))
        return {
            "preset": self.preset,
            "crf": str(self.crf),
            "g": str(self.key_frames),
            # With it x264's vector code gives other bytes from run to run.
            "mbtree": "0",
            # Three B-frames between others, always: a camera's even way is coded smaller so, and
            # where to put them need not be tried out.
            "b_strategy": "0",
            # A draft has no cuts. Looking for them costs an eighth of the encoder's work, and
            # finds some in a flicker.
            "sc_threshold": "0",
            "x264-params": f"zones={ends}",
        }


FULL: Final = Settings("veryfast", crf=21, key_frames=48, ends=2.0)
HASTY: Final = Settings("ultrafast", crf=27, key_frames=30)
"""For a preview, which is small, soon seen and soon gone."""

THREADS: Final = 2
"""Fixed, because the bytes that x264 writes depend on it."""

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
    settings: Settings = FULL,
) -> None:
    """Write frames as H.264 in MP4; the file appears at ``destination`` only when whole.

    Parameters
    ----------
    frames : iterable of av.VideoFrame
        NV12. A frame may be the same object as an earlier one, painted anew.
    destination : Path
        The file to write; its folder must exist.
    count : int
        How many frames there will be.
    size : tuple of int
        Width and height, both even.
    fps : int
        Frames per second.
    encoder : str
        FFmpeg's name of the H.264 encoder.
    settings : Settings
        How it works.

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
    with (
        replacing_file(destination) as path,
        av.open(str(path), "w", format="mp4", options=_FAST_START) as container,
    ):
        container.metadata["title"] = "DRAFT"
        container.metadata["comment"] = NOTICE
        stream = cast("av.VideoStream", container.add_stream(encoder, rate=fps))
        stream.width, stream.height = size
        stream.pix_fmt = "nv12"
        stream.options = {**settings.options(count)}
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
