"""Shot lists as files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import FrameError, InputError
from hailuo_widgets.files.atomic_write import LIST, new_file, require_kind
from hailuo_widgets.files.user_path import reason_of
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.request.sweep import shot_list

if TYPE_CHECKING:
    from pathlib import Path

    from hailuo_widgets.files.user_path import Place
    from hailuo_widgets.library.library import Library
    from hailuo_widgets.request.sweep.grid import SweepPlan
    from hailuo_widgets.request.sweep.shot_list import Shot

_BYTES_LIMIT: Final = 100_000_000


def read_list(place: Place, template: str) -> list[Shot]:
    """Read a shot list from a file.

    Raises
    ------
    InputError
        There is no such file, or it is no such list.
    """
    try:
        size = place.path.stat().st_size
        if size > _BYTES_LIMIT:
            raise InputError(
                f"“{place.name}” has {size / 1e6:.0f} MB; a shot list has at most "
                f"{_BYTES_LIMIT / 1e6:.0f}. Nothing was sent."
            )
        data = place.path.read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        reason = reason_of(error, place)
        raise InputError(f"“{place.name}” cannot be read: {reason}. Nothing was sent.") from None
    try:
        return shot_list.read(data, template=template)
    except InputError as error:
        raise InputError(f"“{place.name}”: {error}") from None


def write_list(plan: SweepPlan, path: Path, library: Library) -> Path:
    """Write a plan as a shot list.

    Raises
    ------
    InputError
        Another file of that name exists; it is left as it is.
    LibraryError
        It cannot be written.
    """
    require_kind(path, LIST)
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
        with new_file(path, LIST) as part:
            part.write_bytes(data)
    return path


def _holds(address: str, frame: Frame) -> bool:
    """Return True if a file is still the picture that was read from it."""
    try:
        return Frame(address).sha256 == frame.sha256
    except FrameError:
        return False
