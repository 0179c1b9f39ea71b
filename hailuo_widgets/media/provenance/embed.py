"""A clip's origin inside its own file, where any program finds it: XMP, and plain MP4 tags.

The whole statement is one JSON text in a property of our own, so that nothing of a request is
lost, whatever its prompt holds; beside it stands what other programs know how to read. Never the
API key, a path or a user's name: none of them gets here.

A file that is signed already (C2PA) is left as it is: its signature covers every byte.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, BinaryIO, Final

from hailuo_widgets.errors import InputError
from hailuo_widgets.media.formats import mp4_boxes, xmp
from hailuo_widgets.media.provenance import provenance

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hailuo_widgets.media.provenance.provenance import Provenance

PACKET_LIMIT: Final = 1_000_000
"""Bytes of a packet that is read."""

_STATEMENT: Final = "hailuo:Statement"
_CONTROLS: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def embed_origin(source: BinaryIO, target: BinaryIO, origin: Provenance) -> bool:
    """Copy a clip with its origin in it; the media data stays as it is, byte for byte.

    Returns
    -------
    bool
        False when it cannot or must not be inscribed; what was written then is of no use.
    """
    properties = _properties(origin)
    try:
        if any(box.kind == mp4_boxes.C2PA for box in mp4_boxes.boxes(source)):
            return False
        theirs = mp4_boxes.body_of(source, mp4_boxes.XMP, PACKET_LIMIT)
        if theirs is None or xmp.value_of(theirs, _STATEMENT) is not None:
            packet = xmp.packet(properties)
        else:
            packet = xmp.added_to(theirs, properties)
        mp4_boxes.write(source, target, _tags(origin), packet)
    except (mp4_boxes.BrokenBoxesError, xmp.BrokenPacketError):
        return False
    return True


def read(file: BinaryIO | bytes) -> Provenance | None:
    """Read a clip's origin out of its file; None when it says nothing that this kit wrote.

    Raises
    ------
    InputError
        What it says is damaged, or was changed into something that cannot be.
    """
    opened = io.BytesIO(file) if isinstance(file, bytes) else file
    try:
        packet = mp4_boxes.body_of(opened, mp4_boxes.XMP, PACKET_LIMIT)
        text = None if packet is None else xmp.value_of(packet, _STATEMENT)
        return None if text is None else provenance.from_json(text)
    except mp4_boxes.BrokenBoxesError as error:
        raise InputError(f"The video is damaged: {error}. Nothing was taken from it.") from None
    except ValueError as error:
        raise InputError(
            f"What the video says of its origin cannot be read: {error}. Nothing was taken from it."
        ) from None


def read_file(path: Path) -> Provenance:
    """Read a clip's origin out of its file.

    Raises
    ------
    InputError
        There is no such file, it is no MP4 of this kit, or what it says is damaged.
    """
    try:
        with path.open("rb") as file:
            origin = read(file)
    except OSError as error:
        raise InputError(f"“{path.name}” cannot be read: {error.strerror}.") from None
    if origin is None:
        raise InputError(f"“{path.name}” holds no request that could be taken up.")
    return origin


def _properties(origin: Provenance) -> Mapping[str, str]:
    """List what the packet says."""
    title, _ = _headlines(origin)
    found = {
        "Iptc4xmpExt:DigitalSourceType": origin.source_type,
        "dc:title": title,
        "dc:description": origin.prompt,
        "dc:identifier": origin.prediction_id,
        "xmp:CreatorTool": origin.software,
        "xmp:CreateDate": _date(origin),
        _STATEMENT: origin.to_json(),
    }
    if not origin.draft:
        # A draft's prompt was read by a parser; no artificial intelligence was prompted.
        found["Iptc4xmpExt:AISystemUsed"] = origin.model
        found["Iptc4xmpExt:AIPromptInformation"] = origin.prompt
    return {name: text for name, text in found.items() if text}


def _tags(origin: Provenance) -> Mapping[bytes, str]:
    """List what the plain tags say: title, comment, description, date, software."""
    title, what = _headlines(origin)
    comment = f"{what} ({origin.service}, prediction {origin.prediction_id}, take {origin.take})"
    found = {
        b"\xa9nam": title,
        b"\xa9cmt": comment,
        b"desc": origin.prompt,
        b"\xa9day": _date(origin),
        b"\xa9swr": origin.software,
    }
    return {name: _plain(text) for name, text in found.items() if text}


def _headlines(origin: Provenance) -> tuple[str, str]:
    """Return a short and a longer description of the clip.

    No prompt is in them: by the word "DRAFT" in title and comment drafts are known.
    """
    if origin.draft:
        return "DRAFT", "DRAFT: rendered locally from the pictures given, not a generation"
    return "Generated with AI", f"Generated with AI: {origin.model}"


def _date(origin: Provenance) -> str:
    moment = origin.completed_at or origin.accepted_at or origin.asked_at
    return moment.isoformat(timespec="seconds") if moment else ""


def _plain(text: str) -> str:
    """Take out what ends or upsets a tag."""
    return _CONTROLS.sub(" ", text).strip()
