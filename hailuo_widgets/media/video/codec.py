"""How clips are coded, and whether their pictures can stand in one file as they are."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from hailuo_widgets.media.clip import marked_draft
from hailuo_widgets.media.formats.open_media import opened_film
from hailuo_widgets.media.formats.orientation import UPRIGHT, Pictures
from hailuo_widgets.media.video.audio_samples import is_audible
from hailuo_widgets.media.video.reader import frames_of, rate_of, reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from av.video.stream import VideoStream

    from hailuo_widgets.media.formats.orientation import Shape, Turn

_PARAMETERS: Final = frozenset({7, 8})
"""Kinds of H.264 units that change how the rest is decoded (ITU-T H.264, table 7-1: SPS and PPS)."""


class CodecParameters(NamedTuple):
    """What must be equal for pictures to be copied one after the other."""

    codec: str
    width: int
    height: int
    shape: Fraction
    pixels: str
    rate: Fraction
    ticks: Fraction
    parameters: bytes
    turn: Turn = UPRIGHT


def read_codec(stream: VideoStream, turn: Turn) -> CodecParameters:
    """Read how a clip is coded, and how it must be turned."""
    context = stream.codec_context
    return CodecParameters(
        codec=context.name,
        width=stream.width,
        height=stream.height,
        shape=stream.sample_aspect_ratio or Fraction(1),
        pixels=context.pix_fmt or "",
        rate=rate_of(stream),
        ticks=stream.time_base or Fraction(0),
        parameters=context.extradata or b"",
        turn=turn,
    )


class Part(NamedTuple):
    """A clip that becomes a part of a film: where and how it is, and what it says of itself.

    ``begin`` is when its first picture is shown, ``delay`` how long before that it is decoded, both
    in its coding's ticks. ``silent`` says why it has no sound; empty when it has some.
    """

    path: Path
    name: str
    coding: CodecParameters
    shown: Shape
    frame_count: int
    begin: int
    delay: int
    draft: bool
    silent: str

    @property
    def seconds(self) -> Fraction:
        """How long it lasts."""
        return self.frame_count / self.coding.rate


def read_part(path: Path, name: str) -> Part:
    """Return the facts of a clip; no more than its first picture is decoded.

    Parameters
    ----------
    path : Path
        The video file.
    name : str
        What messages call it; never a path.

    Raises
    ------
    InputError
        The file is missing or no video.
    """
    with reading(name), opened_film(path) as film:
        shown = Pictures(film).shape()
        has_sound = bool(film.container.streams.audio)
        audible = has_sound and is_audible(path)
    with reading(name), opened_film(path) as film:
        stream = film.stream
        first = next(film.packets())
        begin, sent = first.pts or 0, first.dts
        return Part(
            path=path,
            name=name,
            coding=read_codec(stream, shown.turn),
            shown=shown,
            frame_count=frames_of(film),
            begin=begin,
            delay=begin - (begin if sent is None else sent),
            draft=marked_draft(film.container.metadata),
            silent="" if audible else "cannot be heard" if has_sound else "has none",
        )


def difference(codings: Sequence[CodecParameters], names: Sequence[str]) -> str:
    """Return in which way a clip differs from the first; empty when all are coded alike.

    Parameters
    ----------
    codings : sequence of CodecParameters
        Of all the clips, in order.
    names : sequence of str
        What the clips are called.
    """
    first = codings[0]
    for name, other in zip(names, codings, strict=True):
        for mine, its in zip(_words(first), _words(other), strict=True):
            if mine != its:
                return f"{name} {its} and {names[0]} {mine}"
        if other != first:
            return f"{name} was encoded with other settings than {names[0]}"
    return ""


def _words(coding: CodecParameters) -> Iterator[str]:
    yield f"is {coding.turn}"
    yield f"is {coding.width} x {coding.height}"
    yield f"has {float(coding.rate):g} frames per second"
    yield f"is coded as {coding.codec}"
    yield f"has pixels of the kind {coding.pixels}"


def carries_parameters(coding: CodecParameters, packet: bytes) -> bool:
    """Return True if a packet of H.264 brings decoding parameters that its file's head does not hold.

    They would go on to hold for the clip after it. Read from packets as MP4 has them, each unit
    with its length before it (ISO/IEC 14496-15, 5.3).
    """
    head = coding.parameters
    if coding.codec != "h264" or len(head) < 5 or head[0] != 1:
        return False
    size, at = (head[4] & 3) + 1, 0
    while at + size < len(packet):
        length = int.from_bytes(packet[at : at + size], "big")
        unit = packet[at + size : at + size + length]
        # The head has them too, each with two bytes of length before it.
        known = (length & 0xFFFF).to_bytes(2, "big") + unit in head
        if unit and unit[0] & 31 in _PARAMETERS and not known:
            return True
        at += size + length
    return False
