"""Checking an MP4's tables: a few bytes there can announce gigabytes of index.

FFmpeg makes an entry of 24 bytes for each sample that a table announces. A table of samples that
all have one size needs no bytes for each, and neither has a fragment's; both are bounded here
before FFmpeg sees the file. Everything is read as forgivingly as FFmpeg does.

Source: ISO/IEC 14496-12, 8.7 ("stsz", "stsc", "stco") and 8.8 ("trun").
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_SAMPLES: Final = 2_000_000
"""Of all tracks: eleven hours of a clip at 24 frames, with its sound."""

_MOST_BOXES: Final = 100_000
_MOST_DEEP: Final = 12
_HOLDERS: Final = frozenset(
    {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf", b"edts", b"dinf", b"mvex"}
)


class TooMuchError(ValueError):
    """A file announces more than there can be in it; the message goes on after "it"."""


def check_tables(file: BinaryIO, size: int) -> None:
    """Raise TooMuchError if a file's tables announce more than it can hold.

    Parameters
    ----------
    file : binary file
        An MP4 or QuickTime file.
    size : int
        Its bytes.

    Raises
    ------
    TooMuchError
        They announce more, or its index is compressed.
    """
    samples = 0
    track = _Track()
    for kind, body, end in _boxes(file, 0, size, 0, [_MOST_BOXES]):
        if kind == b"cmov":
            raise TooMuchError("its index is compressed, which nobody has done for long")
        if kind == b"stbl":
            samples += track.samples
            track = _Track()
        elif kind == b"trun":
            samples += _number(file, body + 4)
        elif kind == b"stts":
            track.plain = [_number(file, body + at) for at in (4, 12)] == [1, 1]
        elif kind in {b"stsz", b"stz2"}:
            track.take_sizes(file, kind, body, end, size)
        elif kind == b"stsc":
            _check_chunks(file, body, end, size)
        if samples + track.samples > _MOST_SAMPLES:
            raise TooMuchError(
                f"it announces {samples + track.samples:,} pictures or pieces of sound; at most "
                f"{_MOST_SAMPLES:,} are read"
            )


class _Track:
    """How many entries FFmpeg makes for a track."""

    def __init__(self) -> None:
        self.plain = False  # sound of which each sample lasts one tick: taken a thousand at once
        self._listed = self._alike = 0

    @property
    def samples(self) -> int:
        return self._listed + (self._alike // 1024 if self.plain else self._alike)

    def take_sizes(self, file: BinaryIO, kind: bytes, body: int, end: int, size: int) -> None:
        each, count = _number(file, body + 4), _number(file, body + 8)
        if kind == b"stz2":
            self._listed = min(count, 2 * (end - body))
        elif not each:
            self._listed = min(count, (end - body) // 4)
        elif each * count > 4 * size:
            raise TooMuchError(f"it announces {each * count:,} bytes, and has {size:,}")
        else:
            self._alike = count


def _number(file: BinaryIO, place: int) -> int:
    file.seek(place)
    return int.from_bytes(file.read(4), "big")


def _boxes(
    file: BinaryIO, start: int, end: int, depth: int, left: list[int]
) -> Iterator[tuple[bytes, int, int]]:
    """List boxes, and those inside the ones that hold others: kind, where the body is, its end."""
    while end - start >= 8:
        left[0] -= 1
        if left[0] < 0:
            raise TooMuchError("it consists of too many boxes")
        file.seek(start)
        head = file.read(16)
        if len(head) < 8:
            return
        size, kind = struct.unpack_from(">I4s", head)
        body = start + 8
        if size == 1 and len(head) == 16:
            (size,) = struct.unpack_from(">Q", head, 8)
            body += 8
        elif size == 0:
            size = end - start
        if size < body - start:
            return
        inner = min(end, start + size)
        yield kind, body, inner
        if kind in _HOLDERS and depth < _MOST_DEEP:
            yield from _boxes(file, body, inner, depth + 1, left)
        start += size


def _check_chunks(file: BinaryIO, body: int, end: int, size: int) -> None:
    """Raise TooMuchError if a chunk announces more samples than the file has bits."""
    file.seek(body)
    table = file.read(min(end - body, 12 * _MOST_SAMPLES + 8))
    entries = min(int.from_bytes(table[4:8], "big"), (len(table) - 8) // 12)
    most = max(
        (struct.unpack_from(">I", table, 12 + 12 * entry)[0] for entry in range(entries)),
        default=0,
    )
    if most > 8 * size:
        raise TooMuchError(f"it announces {most:,} samples in one piece")
