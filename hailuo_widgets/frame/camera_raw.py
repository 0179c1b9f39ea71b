"""Whether a file is a camera's raw data: what looks like a small TIFF is then only its preview.

Raw files are TIFFs of a kind whose first directory is a thumbnail; a reader of plain TIFFs takes
that for the photograph. They are told by what stands in them, never by their name.

Sources: TIFF 6.0; TIFF/EP (ISO 12234-2); Adobe DNG 1.7, "DNGVersion", "NewSubFileType".
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

_TIFFS: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
# Other starts: (where, bytes, name).
_SIGNED: Final = (
    (0, b"IIRO", "ORF"),
    (0, b"IIRS", "ORF"),
    (0, b"MMOR", "ORF"),
    (0, b"IIU\0", "RW2"),
    (0, b"FUJIFILMCCD-RAW", "RAF"),
    (0, b"FOVb", "X3F"),
    (0, b"\0MRM", "MRW"),
    (6, b"HEAPCCDR", "CRW"),
    (4, b"ftypcrx ", "CR3"),
    (8, b"CR\x02", "CR2"),
)
_MAKERS: Final = (
    ("NIKON", "NEF"),
    ("CANON", "CR2"),
    ("SONY", "ARW"),
    ("PENTAX", "PEF"),
    ("RICOH", "PEF"),
    ("SAMSUNG", "SRW"),
    ("HASSELBLAD", "3FR"),
    ("PHASE ONE", "IIQ"),
    ("LEAF", "MOS"),
    ("MAMIYA", "MEF"),
    ("KODAK", "DCR"),
    ("EPSON", "ERF"),
    ("OLYMPUS", "ORF"),
    ("PANASONIC", "RW2"),
    ("LEICA", "RWL"),
)

_SUBFILE: Final = 254
_WIDTH, _HEIGHT = 256, 257
_PHOTOMETRIC: Final = 262
_MAKE: Final = 271
_SUB_DIRECTORIES: Final = 330
_DNG_VERSION: Final = 50706
_SENSOR: Final = frozenset({32803, 34892})
"""Photometric interpretations: a colour filter array, and linear raw."""

_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 8: 2, 9: 4, 13: 4, 16: 8, 18: 8}
_NUMBERS: Final = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_MOST_ENTRIES: Final = 4096
_MOST_DIRECTORIES: Final = 16
_MOST_VALUES: Final = 64


class _Directory(NamedTuple):
    numbers: dict[int, tuple[int, ...]]
    make: str

    def first(self, tag: int) -> int:
        return self.numbers.get(tag, (0,))[0]

    @property
    def pixels(self) -> int:
        return self.first(_WIDTH) * self.first(_HEIGHT)


def raw_kind(data: bytes) -> str | None:
    """Return a camera's raw file: ``"DNG"``, ``"NEF"`` and so on, ``""`` if only that it is one.

    None for everything else, TIFFs of several pages or sizes among them.
    """
    for place, signature, name in _SIGNED:
        if data[place : place + len(signature)] == signature:
            return name
    if data[:4] not in _TIFFS:
        return None
    reader = _Reader(data)
    first = reader.directory(reader.first)
    return None if first is None else _kind(data, first, reader.below(first))


def _kind(data: bytes, first: _Directory, inner: list[_Directory]) -> str | None:
    if data[8:12] in {b"IIII", b"MMMM"}:
        return "IIQ"
    if _DNG_VERSION in first.numbers:
        return "DNG"
    sensor = any(each.first(_PHOTOMETRIC) in _SENSOR for each in (first, *inner))
    larger = any(each.pixels > first.pixels for each in inner)
    if not (sensor or larger or first.first(_SUBFILE) & 1):
        return None
    maker = first.make.upper()
    return next((name for start, name in _MAKERS if maker.startswith(start)), "")


class _Reader:
    """Reads a TIFF's directories, as far as they make sense."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._order = "<" if data[:1] == b"I" else ">"
        self._wide = b"+" in data[2:4]
        self.first = self._number(8 if self._wide else 4, "Q" if self._wide else "I")

    def below(self, directory: _Directory) -> list[_Directory]:
        """Read the directories inside one."""
        places = directory.numbers.get(_SUB_DIRECTORIES, ())[:_MOST_DIRECTORIES]
        return [each for each in map(self.directory, places) if each is not None]

    def directory(self, place: int) -> _Directory | None:
        """Read one; None where there is none."""
        count_kind, entry_size, head = ("Q", 20, 8) if self._wide else ("H", 12, 2)
        if not 0 < place < len(self._data):
            return None
        count = self._number(place, count_kind)
        if not 0 < count <= _MOST_ENTRIES:
            return None
        numbers: dict[int, tuple[int, ...]] = {}
        make = ""
        for entry in range(count):
            at = place + head + entry * entry_size
            tag, kind = self._number(at, "H"), self._number(at + 2, "H")
            values = self._values(at + 4, kind)
            if tag == _MAKE:
                make = values.decode("latin-1").strip("\0 ")
            elif kind in _NUMBERS and values:
                size = _SIZES[kind]
                form = f"{self._order}{len(values) // size}{_NUMBERS[kind]}"
                numbers[tag] = struct.unpack(form, values[: len(values) // size * size])
        return _Directory(numbers, make)

    def _values(self, at: int, kind: int) -> bytes:
        """Return the bytes of an entry's values, at most so many."""
        form, room = ("Q", 8) if self._wide else ("I", 4)
        size = _SIZES.get(kind, 0) * min(self._number(at, form), _MOST_VALUES)
        start = at + room if size <= room else self._number(at + room, form)
        return self._data[start : start + size]

    def _number(self, at: int, form: str) -> int:
        size = struct.calcsize(f"={form}")
        piece = self._data[at : at + size]
        if at < 0 or len(piece) < size:
            return 0
        (number,) = struct.unpack(f"{self._order}{form}", piece)
        return int(number)
