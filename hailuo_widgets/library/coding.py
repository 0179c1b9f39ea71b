"""How clips are coded, and whether their pictures can stand in one file as they are."""

from __future__ import annotations

import os
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from hailuo_widgets.library.media import marked_draft
from hailuo_widgets.library.reel import frames_of, rate_of, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from av.video.stream import VideoStream

_PARAMETERS: Final = frozenset({7, 8})
"""Kinds of H.264 units that change how the rest is decoded (ITU-T H.264, table 7-1: SPS and PPS)."""


class Coding(NamedTuple):
    """What must be equal for pictures to be copied one after the other."""

    codec: str
    width: int
    height: int
    shape: Fraction
    pixels: str
    rate: Fraction
    ticks: Fraction
    parameters: bytes


def coding_of(stream: VideoStream) -> Coding:
    """Read how a clip is coded."""
    context = stream.codec_context
    return Coding(
        codec=context.name,
        width=stream.width,
        height=stream.height,
        shape=stream.sample_aspect_ratio or Fraction(1),
        pixels=context.pix_fmt or "",
        rate=rate_of(stream),
        ticks=stream.time_base or Fraction(0),
        parameters=context.extradata or b"",
    )


class Part(NamedTuple):
    """A clip that becomes a part of a film: where and how it is, and what it says of itself.

    ``begin`` is when its first picture is shown, ``delay`` how long before that it is decoded, both
    in its coding's ticks.
    """

    path: Path
    name: str
    coding: Coding
    frame_count: int
    begin: int
    delay: int
    draft: bool
    sounds: bool

    @property
    def seconds(self) -> Fraction:
        """How long it lasts."""
        return self.frame_count / self.coding.rate


def read_part(path: Path, name: str) -> Part:
    """Look into a clip, without decoding it.

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
    import av  # noqa: PLC0415

    with told(name), av.open(os.fspath(path.absolute())) as container:
        stream = container.streams.video[0]
        first = next(container.demux(stream))
        begin, sent = first.pts or 0, first.dts
        return Part(
            path=path,
            name=name,
            coding=coding_of(stream),
            frame_count=frames_of(stream),
            begin=begin,
            delay=begin - (begin if sent is None else sent),
            draft=marked_draft(container.metadata),
            sounds=bool(container.streams.audio),
        )


def difference(codings: Sequence[Coding], names: Sequence[str]) -> str:
    """Say in which way a clip differs from the first; empty when all are coded alike.

    Parameters
    ----------
    codings : sequence of Coding
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


def _words(coding: Coding) -> Iterator[str]:
    yield f"is {coding.width} x {coding.height}"
    yield f"has {float(coding.rate):g} frames per second"
    yield f"is coded as {coding.codec}"
    yield f"has pixels of the kind {coding.pixels}"


def carries_parameters(coding: Coding, packet: bytes) -> bool:
    """Whether a packet of H.264 brings decoding parameters that its file's head does not hold.

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
