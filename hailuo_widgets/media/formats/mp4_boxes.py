"""MP4 files as boxes in boxes: finding some, and writing plain tags and a packet of metadata.

Own code, and not a library's, for three reasons. Muxing anew (PyAV) would write edit lists,
timescales and sample tables of its own, and leave out what it does not know. mutagen, which
writes such tags well, is under the GPL, works in place, and knows no XMP. And what users drop
on a page is read here too, so that every number in a file has to be bounded.

Media data is never touched. Tags make the index (``moov``) longer; where it lies before the media
data, the chunk offsets in it grow by as much. A file in which other places point at absolute
offsets (fragments, for example) keeps its index as it is. The packet goes behind everything, where
nothing points at.

Sources: ISO/IEC 14496-12 (boxes, ``stco``, ``co64``); QuickTime File Format Specification,
"Metadata" (``ilst``); XMP Specification Part 3, "MPEG-4" (the ``uuid`` box).
"""

from __future__ import annotations

import io
import os
import struct
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

XMP: Final = b"uuid" + bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")
C2PA: Final = b"uuid" + bytes.fromhex("D8FEC3D61B0E483C92975828877EC481")
"""Kinds of ``uuid`` boxes: a packet of XMP, and a signed statement whose hashes cover the file."""

_MOST_BOXES: Final = 10_000
_INDEX_LIMIT: Final = 32_000_000
"""Bytes of an index that is read; one of five seconds has a few thousand."""

_PIECE: Final = 2**20
_STILLS: Final = frozenset({b"avif", b"avis", b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1"})
_POINTING: Final = frozenset({b"moof", b"mfra", b"sidx", b"ssix", b"meta"})
"""Top boxes that hold offsets, or go with some."""

_TEXT: Final = struct.pack(">II", 1, 0)  # UTF-8, any language
_HANDLER: Final = struct.pack(">II4s4s9x", 0, 0, b"mdir", b"appl")


class BrokenBoxesError(ValueError):
    """The boxes do not fit into each other; the message says where."""


class Box(NamedTuple):
    """A box: its kind (of a ``uuid`` box with the id), and where it, its body and its end lie."""

    kind: bytes
    start: int
    body: int
    end: int


def boxes(file: BinaryIO, start: int = 0, end: int | None = None) -> list[Box]:
    """List the boxes that follow each other in a part of a file; default: all of it.

    Raises
    ------
    BrokenBoxesError
        One is cut off, or larger than what it lies in.
    """
    end = file.seek(0, os.SEEK_END) if end is None else end
    found: list[Box] = []
    while end - start >= 8:
        file.seek(start)
        head = file.read(min(32, end - start))
        size, kind = struct.unpack_from(">I4s", head)
        if not size and not any(head[:8]):
            break  # QuickTime ends some lists with zeros
        body = start + 8
        if size == 1 and len(head) >= 16:
            (size,) = struct.unpack_from(">Q", head, 8)
            body += 8
        elif size == 0:
            size = end - start
        if kind == b"uuid":
            kind += head[body - start : body - start + 16]
            body += 16
        if not body - start <= size <= end - start or len(found) == _MOST_BOXES:
            raise BrokenBoxesError(f"its box {kind[:4].decode('latin-1')!r} is broken or cut off")
        found.append(Box(kind, start, body, start + size))
        start += size
    return found


def is_movie(data: bytes) -> bool:
    """Return True if the bytes are those of an MP4 or QuickTime movie; HEIC and AVIF are pictures."""
    if data[4:8] not in {b"ftyp", b"moov", b"wide", b"mdat"} or data[8:12] in _STILLS:
        return False
    try:
        return any(box.kind == b"moov" for box in boxes(io.BytesIO(data)))
    except BrokenBoxesError:
        return data[4:8] == b"ftyp"


def body_of(file: BinaryIO, kind: bytes, limit: int) -> bytes | None:
    """Read the body of the first top box of a kind; None when there is none.

    Raises
    ------
    BrokenBoxesError
        The file is broken, or the box has more than so many bytes.
    """
    box = next((box for box in boxes(file) if box.kind == kind), None)
    if box is None:
        return None
    if box.end - box.body > limit:
        raise BrokenBoxesError(f"its metadata has more than {limit:,} bytes")
    file.seek(box.body)
    return file.read(box.end - box.body)


def write(source: BinaryIO, target: BinaryIO, tags: Mapping[bytes, str], packet: bytes) -> None:
    """Copy a file with these tags and this XMP packet in it.

    Parameters
    ----------
    tags : mapping
        The four bytes of an ``ilst`` item, and its text. Items of the same names are replaced,
        others kept.
    packet : bytes
        In place of one that is there.

    Raises
    ------
    BrokenBoxesError
        The source is broken; what was written so far is of no use.
    """
    top = boxes(source)
    if not top or top[-1].end != source.seek(0, os.SEEK_END):
        raise BrokenBoxesError("what stands at its end is no box")
    if top[-1].kind == b"mfra":  # it says how far from the file's end it begins
        raise BrokenBoxesError("nothing can follow its table of fragments")
    index = _tagged_index(source, top, tags)
    for box in top:
        size = box.end - box.start
        if box.kind == XMP:  # what lies behind it stays where it is
            target.write(_box(b"free", bytes(size - 8)))
        elif box.kind == b"moov" and index is not None:
            target.write(index)
        else:
            source.seek(box.start)
            head = source.read(4)
            # A last box may say 0 for its size: to the file's end, where something follows now.
            target.write(head if any(head) else struct.pack(">I", size))
            _copy(source, target, box.start + 4, box.end)
    target.write(_box(XMP, packet))


def _tagged_index(source: BinaryIO, top: list[Box], tags: Mapping[bytes, str]) -> bytes | None:
    """Write the index anew with tags in it; None when it must stay as it is."""
    kinds = [box.kind for box in top]
    if kinds.count(b"moov") != 1 or not _POINTING.isdisjoint(kinds):
        return None
    place = top[kinds.index(b"moov")]
    if place.end - place.start > _INDEX_LIMIT:
        return None
    source.seek(place.body)
    old = source.read(place.end - place.body)
    parts = _parts(old)
    if {b"mvex", b"cmov"} & {kind for kind, _ in parts}:
        return None
    user = next((body for kind, body in parts if kind == b"udta"), b"")
    tagged = _tagged_user_data(user, tags)
    if tagged is None:
        return None
    others = [_box(kind, body) for kind, body in parts if kind != b"udta"]
    index = bytearray(_box(b"moov", *others, _box(b"udta", tagged)))
    moved = _move_chunks(index, place.end, len(index) - (place.end - place.start))
    return bytes(index) if moved else None


def _tagged_user_data(user: bytes, tags: Mapping[bytes, str]) -> bytes | None:
    """Write the body of ``udta`` anew; None when it holds metadata of another make."""
    parts = _parts(user)
    meta = next((body for kind, body in parts if kind == b"meta"), None)
    new = [_box(name, _box(b"data", _TEXT, text.encode())) for name, text in tags.items()]
    others = [_box(kind, body) for kind, body in parts if kind != b"meta"]
    if meta is None:
        return b"".join(
            [*others, _box(b"meta", bytes(4), _box(b"hdlr", _HANDLER), _box(b"ilst", *new))]
        )
    head = 0 if meta[4:8] == b"hdlr" else 4  # in QuickTime's own files it has no version
    inside = _parts(meta[head:])
    if not any(kind == b"hdlr" and body[8:12] == b"mdir" for kind, body in inside):
        return None
    items = next((body for kind, body in inside if kind == b"ilst"), b"")
    kept = [_box(kind, body) for kind, body in _parts(items) if kind not in tags]
    rest = [_box(kind, body) for kind, body in inside if kind != b"ilst"]
    return b"".join([*others, _box(b"meta", meta[:head], *rest, _box(b"ilst", *kept, *new))])


def _move_chunks(index: bytearray, beyond: int, by: int) -> bool:
    """Move every chunk offset behind a position; return False when that cannot be done."""
    for table, wide in _chunk_tables(index):
        if table is None:
            return False
        (count,) = struct.unpack_from(">I", index, table.body + 4)
        form = f">{count}{'Q' if wide else 'I'}"
        if table.body + 8 + struct.calcsize(form) > table.end:
            raise BrokenBoxesError("its table of chunks is cut off")
        offsets = struct.unpack_from(form, index, table.body + 8)
        moved = [offset + by if offset >= beyond else offset for offset in offsets]
        if not wide and max(moved, default=0) >= 2**32:
            return False
        struct.pack_into(form, index, table.body + 8, *moved)
    return True


def _chunk_tables(index: bytearray) -> Iterator[tuple[Box | None, bool]]:
    """Find the tables of chunk offsets, and whether they are wide; None for other offsets."""
    file = io.BytesIO(index)
    level = boxes(file)
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
        level = [
            inner for box in level if box.kind == kind for inner in boxes(file, box.body, box.end)
        ]
    for box in level:
        if box.kind in {b"stco", b"co64"}:
            if box.end - box.body < 8:
                raise BrokenBoxesError("its table of chunks is cut off")
            yield box, box.kind == b"co64"
        elif box.kind == b"saio":
            yield None, False


def _parts(data: bytes) -> list[tuple[bytes, bytes]]:
    """Take a body apart into kinds and bodies."""
    return [(box.kind, data[box.body : box.end]) for box in boxes(io.BytesIO(data))]


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 4 + len(kind) + len(body)) + kind + body


def _copy(source: BinaryIO, target: BinaryIO, start: int, end: int) -> None:
    source.seek(start)
    while start < end:
        piece = source.read(min(_PIECE, end - start))
        if not piece:
            raise BrokenBoxesError("it ends too early")
        target.write(piece)
        start += len(piece)
