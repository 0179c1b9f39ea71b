"""A picture's bytes, from wherever the user has it: bounded in size and time."""

from __future__ import annotations

import base64
import binascii
import os
import stat
import urllib.parse
from typing import Final, NamedTuple

from hailuo_widgets.errors import FrameError, InputError
from hailuo_widgets.files.user_path import Place, place_of, why_unread
from hailuo_widgets.text import UNNAMED

READ_LIMIT: Final = 200_000_000
"""Bytes; a larger file is not read."""


class SourceBytes(NamedTuple):
    """What was read: the bytes, and a name for messages that is never a path."""

    data: bytes
    name: str


def read(source: str | bytes | bytearray | memoryview | os.PathLike[str]) -> SourceBytes:
    """Read a picture from a path, an http(s) URL, a data URI, or bytes.

    Raises
    ------
    FrameError
        If there is nothing to read, or too much.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        given = SourceBytes(bytes(source), UNNAMED)
    else:
        try:
            place = place_of(source)
        except InputError as error:
            raise FrameError(str(error)) from None
        given = _read_address(place.address) if place.address else _read_file(place)
    if not given.data:
        raise FrameError(f"“{given.name}” is empty.")
    if len(given.data) > READ_LIMIT:
        raise FrameError(_too_large(given.name, len(given.data)))
    return given


def _too_large(name: str, size: int) -> str:
    limit = READ_LIMIT // 10**6
    return f"“{name}” has {size / 1e6:.0f} MB; files above {limit} MB are not read."


def _read_address(address: str) -> SourceBytes:
    if address[:5].lower() == "data:":
        return SourceBytes(_read_data_uri(address), UNNAMED)
    from hailuo_widgets.frame import download  # noqa: PLC0415 - TLS is slow to import

    return SourceBytes(*download.download(address))


def _read_file(place: Place) -> SourceBytes:
    name = place.name
    try:
        status = place.path.stat()
        trouble = _why_not(status, name)
        data = b"" if trouble else place.path.read_bytes()
    except (OSError, ValueError) as error:
        raise FrameError(why_unread(error, place)) from None
    if trouble:
        raise FrameError(trouble)
    return SourceBytes(data, name)


def _why_not(status: os.stat_result, name: str) -> str | None:
    if stat.S_ISDIR(status.st_mode):
        return f"“{name}” is a folder, not a picture."
    if not stat.S_ISREG(status.st_mode):
        return f"“{name}” is not a file."
    return _too_large(name, status.st_size) if status.st_size > READ_LIMIT else None


def _read_data_uri(uri: str) -> bytes:
    head, comma, body = uri.partition(",")
    if not comma:
        raise FrameError("The data URI has no comma, so no picture follows.")
    # WaveSpeedAI's page writes "data:image/jpeg; base64,", with a space.
    if head.replace(" ", "").lower().endswith(";base64"):
        try:
            return base64.b64decode("".join(urllib.parse.unquote(body).split()), validate=True)
        except (binascii.Error, ValueError):
            raise FrameError("The data URI does not hold valid base64.") from None
    return urllib.parse.unquote_to_bytes(body)
