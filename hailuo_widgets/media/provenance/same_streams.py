"""Comparing two files' films: every packet, when it is shown, and how it is decoded."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from hailuo_widgets.media.formats.open_media import NotAVideoError, opened_film

if TYPE_CHECKING:
    from pathlib import Path


def same_film(one: Path, other: Path) -> bool:
    """Compare all packets of two videos, and the set-up of their streams; nothing is decoded."""
    try:
        return _digest(one) == _digest(other)
    except NotAVideoError:
        return False


def _digest(path: Path) -> bytes:
    digest = hashlib.sha256()
    with opened_film(path) as film:
        for stream in film.container.streams:
            context = stream.codec_context
            facts = (stream.type, stream.time_base, stream.start_time, stream.duration)
            setup = bytes(context.extradata or b"") if context else b""
            digest.update(repr((*facts, stream.frames, context and context.name, setup)).encode())
        for packet in film.all_packets():
            times = (packet.pts, packet.dts, packet.duration, packet.is_keyframe)
            digest.update(repr((packet.stream_index, *times, packet.size)).encode())
            digest.update(packet)
    return digest.digest()
