"""The kind of a file, by its own bytes and not by name or header, and whether it is complete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from pathlib import Path

_HEAD: Final = 4096
_TAIL: Final = 65_557
_MOST_BOXES: Final = 100_000

_STILLS: Final = (b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")
_BOXES: Final = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"moof", b"styp")
_SIGNS: Final = (
    (b"\x1aE\xdf\xa3", ".webm", "a WebM or Matroska film"),
    (b"\xff\xd8\xff", ".jpg", "a JPEG picture"),
    (b"\x89PNG\r\n\x1a\n", ".png", "a PNG picture"),
    (b"GIF8", ".gif", "a GIF picture"),
    (b"PK\x03\x04", ".zip", "a ZIP file"),
    (b"FLV\x01", ".flv", "a Flash film"),
    (b"OggS", ".ogg", "an Ogg file"),
    (b"RIFF", ".riff", "an AVI film, a WebP picture or another RIFF file"),
)
_MP4_BRANDS: Final = (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1")


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file, and whether this one is whole.

    Attributes
    ----------
    suffix : str
        What its name ends with, e.g. ``".webm"``.
    words : str
        The words for it, e.g. ``"a WebM or Matroska film"``.
    whole : bool
        True if it goes to its own end, as far as its kind shows.
    """

    suffix: str
    words: str
    whole: bool

    @property
    def is_mp4(self) -> bool:
        """True if it is an MP4 film, whole or not."""
        return self.suffix == ".mp4"

    @property
    def is_text(self) -> bool:
        """True if it is a text: a page or a message where a file should be."""
        return self.suffix == ".txt"


def of(path: Path) -> FileKind | None:
    """Return what a file is; None when its bytes do not say."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        head = file.read(_HEAD)
        if head[4:8] in _BOXES:
            return _of_boxes(file, size)
        file.seek(max(0, size - _TAIL))
        return _of_signs(head, file.read(), size)


def _of_signs(head: bytes, tail: bytes, size: int) -> FileKind | None:
    for sign, suffix, words in _SIGNS:
        if head.startswith(sign):
            return FileKind(suffix, words, whole=_goes_to_its_end(suffix, head, tail, size))
    return FileKind(".txt", "a text", whole=False) if _is_text(head) else None


def _goes_to_its_end(suffix: str, head: bytes, tail: bytes, size: int) -> bool:
    if head.startswith(b"RIFF"):
        return int.from_bytes(head[4:8], "little") + 8 <= size + 1
    ends = {
        ".jpg": tail.rstrip(b"\0").endswith(b"\xff\xd9"),
        ".png": b"IEND" in tail[-64:],
        ".gif": tail.endswith(b";"),
        ".zip": b"PK\x05\x06" in tail,
    }
    return ends.get(suffix, True)


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:  # not only a character that is cut off
            return False
        text = head[: error.start].decode("utf-8")
    return bool(text.strip()) and all(each.isprintable() or each in "\t\r\n" for each in text)


def _of_boxes(file: BinaryIO, size: int) -> FileKind:
    """Return which of MPEG-4's family a file is, going from box to box."""
    brands: list[bytes] = []
    names: set[bytes] = set()
    place = 0
    for _ in range(_MOST_BOXES):
        file.seek(place)
        box = file.read(16)
        if len(box) < 8:
            break
        length, name = int.from_bytes(box[:4], "big"), box[4:8]
        if length == 1:
            length = int.from_bytes(box[8:16], "big")
        elif length == 0:  # to the end of the file
            length = size - place
        if length < 8:
            break
        names.add(name)
        if name == b"ftyp" and not brands:
            file.seek(place + 8)
            told = file.read(min(length - 8, 256))
            brands = [told[start : start + 4] for start in range(0, len(told), 4) if start != 4]
        place += length
    whole = place == size and b"moov" in names
    if brands and brands[0] in _STILLS:
        return FileKind(".avif" if brands[0][:3] == b"avi" else ".heic", "a picture", place == size)
    if not brands or (brands[0] == b"qt  " and not any(each in _MP4_BRANDS for each in brands)):
        return FileKind(".mov", "a QuickTime film", whole)
    return FileKind(".mp4", "an MP4 film", whole)
