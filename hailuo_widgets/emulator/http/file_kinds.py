"""What a file is, by its first bytes: a name and a word from elsewhere decide nothing."""

from __future__ import annotations

from pathlib import Path

UNKNOWN = "application/octet-stream"
HEAD_BYTES = 64

# Sources: the formats' own specifications, as the WHATWG's MIME Sniffing Standard sums them up.
_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_BRANDS = {
    b"avif": "image/avif",
    b"heic": "image/heic",
    b"mif1": "image/heif",
    b"M4A ": "audio/mp4",
    b"qt  ": "video/quicktime",
}


def of(path: Path) -> str:
    """Return the media type of a file; `UNKNOWN` when it is gone."""
    try:
        with path.open("rb") as file:
            return kind(file.read(HEAD_BYTES))
    except OSError:
        return UNKNOWN


def kind(head: bytes) -> str:
    """Return the media type that a file's first bytes show, `UNKNOWN` when they show none.

    Never one that a browser runs or renders as a page: no HTML, no SVG, no text.
    """
    for start, media_type in _STARTS:
        if head.startswith(start):
            return media_type
    if head.startswith(b"RIFF") and head[8:12] in _RIFF:
        return _RIFF[head[8:12]]
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return "image/bmp"
    return UNKNOWN
