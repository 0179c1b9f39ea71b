"""The kind of a media file, by its first bytes and never by its name."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from hailuo_widgets.files.regular_file import open_regular

if TYPE_CHECKING:
    from collections.abc import Iterator

Source: TypeAlias = "Path | bytes"
"""A file, by its place or by what it holds."""

HEAD: Final = 4096
"""Bytes that are enough to tell."""

_TITLES: Final = {
    "jpeg": "a JPEG picture",
    "png": "a PNG picture",
    "gif": "a GIF picture",
    "webp": "a WebP picture",
    "avif": "an AVIF picture",
    "heic": "a HEIC picture",
    "pdf": "a PDF document",
    "zip": "a ZIP archive",
    "page": "a web page",
    "text": "a text",
    "mp3": "an MP3 sound",
    "wav": "a WAV sound",
    "flac": "a FLAC sound",
    "ogg": "an Ogg file",
    "aac": "an AAC sound",
    "aiff": "an AIFF sound",
    "avi": "an AVI film",
    "asf": "a Windows Media film",
    "mpegts": "an MPEG transport stream",
    "": "nothing that is known here",
}

_STARTS: Final = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF8", "gif"),
    (b"fLaC", "flac"),
    (b"OggS", "ogg"),
    (b"riff\x2e\x91\xcf\x11", "w64"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (b"%PDF", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"ID3", "mp3"),
)
_RIFF: Final = {b"WAVE": "wav", b"AVI ": "avi", b"WEBP": "webp"}
_FORMS: Final = {
    b"RIFF": _RIFF,
    b"RF64": _RIFF,
    b"FORM": {b"AIFF": "aiff", b"AIFC": "aiff"},
}
_MOVIE_BOXES: Final = frozenset(
    {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"uuid", b"styp", b"sidx", b"moof"}
)
_STILLS: Final = {
    b"avif": "avif",
    b"avis": "avif",
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1"), "heic"),
}
_SOUND_BRANDS: Final = frozenset({b"M4A ", b"M4B ", b"M4P ", b"F4A "})
_MARKUP: Final = (b"<!doctype", b"<html", b"<head", b"<body", b"<?xml", b"<svg")


def kind_of(source: Source) -> str:
    """Return what a file is, by its first bytes.

    Parameters
    ----------
    source : Path or bytes
        The file, or (the beginning of) what it holds.

    Returns
    -------
    str
        As file names end, in lower case: ``"mp4"``, ``"mov"``, ``"m4a"``, ``"webm"``, ``"mkv"``,
        ``"avi"``, ``"mp3"``, ``"wav"``, ``"flac"``, ``"ogg"``, ``"aac"``, ``"jpeg"``, ``"png"``,
        ``"gif"``, ``"webp"``, ``"avif"``, ``"heic"``, ``"pdf"``, ``"zip"``; ``"page"`` for markup,
        ``"text"``, and ``""`` for anything else. Nothing is decoded: the rest may be damaged.

    Raises
    ------
    OSError
        The file cannot be read, or is no regular file.
    """
    if isinstance(source, bytes):
        return kind_in(source[:HEAD])
    with opened_file(source) as file:
        return kind_in(file.read(HEAD))


def title_of(kind: str) -> str:
    """Return the words for a kind, with its article: ``"a JPEG picture"``."""
    return _TITLES.get(kind, f"a file of the kind {kind}")


def kind_in(head: bytes) -> str:
    """Return a kind by the first bytes, as :func:`kind_of` does."""
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    forms = _FORMS.get(head[:4])
    if forms is not None:
        return forms.get(head[8:12], "")
    if head[4:8] == b"ftyp" or head[4:8] in _MOVIE_BOXES:
        return _movie(head)
    return _untitled(head)


def _movie(head: bytes) -> str:
    """Return which kind of boxes it is: by the brand, QuickTime without one."""
    if head[4:8] != b"ftyp" or head[8:12] == b"qt  ":
        return "mov"
    brand = head[8:12]
    return _STILLS.get(brand) or ("m4a" if brand in _SOUND_BRANDS else "mp4")


def _untitled(head: bytes) -> str:
    """Return a kind that has no signature, or a weak one."""
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "webm" if b"webm" in head[:64] else "mkv"
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:
        return "mpegts"
    if len(head) > 3 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        # ISO/IEC 13818-7 (ADTS) has layer 0, ISO/IEC 11172-3 (MPEG audio) never.
        return "mp3" if head[1] & 0x06 else "aac"
    lowered = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if lowered.startswith(_MARKUP):
        return "page"
    return "text" if head and _is_text(head) else ""


def _is_text(head: bytes) -> bool:
    try:
        words = head.decode("utf-8", "strict" if len(head) < HEAD else "ignore")
    except UnicodeDecodeError:
        return False
    return all(letter.isprintable() or letter in "\t\r\n\f" for letter in words)


@contextlib.contextmanager
def opened_file(source: Source) -> Iterator[io.BufferedReader | io.BytesIO]:
    """Open a regular file; of anything else (a pipe, a device) not even the opening may wait.

    Raises
    ------
    OSError
        It is gone, cannot be read, or is no regular file.
    """
    if isinstance(source, bytes):
        yield io.BytesIO(source)
        return
    with open_regular(source, follow_links=True) as file:
        yield file
