"""Shot lists as files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import FrameError, InputError
from hailuo_widgets.library.new_file import new_file
from hailuo_widgets.request import shot_list
from hailuo_widgets.request.frame import Frame

if TYPE_CHECKING:
    from pathlib import Path

    from hailuo_widgets.library.library import Library
    from hailuo_widgets.request.shot_list import Shot
    from hailuo_widgets.request.sweep import Plan

_BYTES_LIMIT: Final = 100_000_000


def read_list(path: Path, template: str) -> list[Shot]:
    """Read a shot list from a file.

    Raises
    ------
    InputError
        There is no such file, or it is no such list.
    """
    try:
        size = path.stat().st_size
        if size > _BYTES_LIMIT:
            raise InputError(
                f"“{path.name}” has {size / 1e6:.0f} MB; a shot list has at most "
                f"{_BYTES_LIMIT / 1e6:.0f}. Nothing was sent."
            )
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        reason = getattr(error, "strerror", None) or "the path makes no sense"
        raise InputError(f"“{path.name}” cannot be read: {reason}. Nothing was sent.") from None
    try:
        return shot_list.read(data, template=template)
    except InputError as error:
        raise InputError(f"“{path.name}”: {error}") from None


def write_list(plan: Plan, path: Path, library: Library) -> Path:
    """Write a plan as a shot list.

    Raises
    ------
    InputError
        Another file of that name exists; it is left as it is.
    LibraryError
        It cannot be written.
    """
    folder = path.absolute().parent

    def place(frame: Frame) -> str:
        address = plan.addresses.get(frame.sha256)
        if address is not None and address.lower().startswith(("http://", "https://")):
            return address
        if address is None or not _holds(address, frame):
            address = str(library.media.keep_frame(frame))
        try:
            return os.path.relpath(address, folder).replace(os.sep, "/")
        except ValueError:  # on another drive
            return address

    data = shot_list.write(plan.shots(place))
    if not (path.is_file() and path.read_bytes() == data):
        with new_file(path) as part:
            part.write_bytes(data)
    return path


def _holds(address: str, frame: Frame) -> bool:
    """Whether a file is still the picture that was read from it."""
    try:
        return Frame(address).sha256 == frame.sha256
    except FrameError:
        return False
