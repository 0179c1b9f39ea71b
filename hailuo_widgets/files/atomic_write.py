"""Files that appear whole, or not at all.

Bytes go to a file beside the destination, which is then given its name: :func:`new_file` never in
another file's place and with the user's sentences, :func:`replacing_file` in the place of the one
that is there.
"""

from __future__ import annotations

import contextlib
import errno
import os
import unicodedata
import uuid
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import InputError, LibraryError
from hailuo_widgets.files import disk, leftovers
from hailuo_widgets.text import shown_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLIP: Final = ".mp4"
ARCHIVE: Final = ".zip"
LIST: Final = ".csv"

_KINDS: Final = {
    CLIP: "A clip is an .mp4 file",
    ARCHIVE: "An export is a .zip file",
    LIST: "A shot list is a .csv file",
}
_WRITTEN: Final = "Nothing was written."


def require_new(destination: Path, kind: str, nothing: str = _WRITTEN) -> None:
    """Raise, before any work is done, unless a file of this name can be written.

    Parameters
    ----------
    kind : str
        What its name must end with: ``CLIP``, ``ARCHIVE`` or ``LIST``.
    nothing : str
        The sentence that says what has not happened.

    Raises
    ------
    InputError
        The name is another kind's, or there is something of that name already.
    LibraryError
        Its folder is missing or may not be written to, or the name is too long.
    """
    require_kind(destination, kind, nothing)
    require_room(destination, nothing)


def require_kind(destination: Path, kind: str, nothing: str = _WRITTEN) -> None:
    """Raise InputError for a name under which the file would pretend to be another kind."""
    name = _name(destination)
    if destination.suffix.lower() != kind:
        raise InputError(f"{_KINDS[kind]}; {name} would be one under another name. {nothing}")
    if any(unicodedata.category(character) == "Cc" for character in destination.name):
        raise InputError(f"The name {name} holds control characters. {nothing}")


def require_room(destination: Path, nothing: str = _WRITTEN) -> None:
    """Raise unless there is a folder to write to, with nothing of that name in it."""
    name = _name(destination)
    try:
        destination.lstat()
    except FileNotFoundError:
        there = False
    except OSError as error:
        raise _unwritten(destination, error, nothing) from None
    except ValueError:
        raise InputError(f"No file can be called {name}. {nothing}") from None
    else:
        there = True
    if there:
        raise _exists(destination, nothing)
    probe = _part(destination)
    try:
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError as error:
        raise _unwritten(destination, error, nothing) from None


@contextlib.contextmanager
def new_file(destination: Path, kind: str) -> Iterator[Path]:
    """Yield a name beside ``destination`` to write to; it becomes the file at the end.

    Parameters
    ----------
    kind : str
        What its name must end with.

    Raises
    ------
    InputError
        The name is another kind's, or a file of that name exists; it is left as it is.
    LibraryError
        The file cannot be written; what there was of it is gone.
    """
    if kind in _KINDS:
        require_kind(destination, kind)
    require_room(destination)
    leftovers.sweep_files(destination.parent, leftovers.PACKING)
    part = _part(destination)
    try:
        with unfinished_file(part):
            yield part
            _give_name(part, destination)
    except OSError as error:
        if isinstance(error, LibraryError):
            raise
        raise _unwritten(destination, error) from None


@contextlib.contextmanager
def replacing_file(destination: Path) -> Iterator[Path]:
    """Yield a name beside ``destination`` to write to; at the end it takes that one's place.

    Whatever goes wrong leaves nothing behind, and an earlier file as it was.

    Raises
    ------
    OSError
        The file cannot be renamed.
    """
    with unfinished_file(_part(destination)) as part:
        yield part
        part.replace(destination)


@contextlib.contextmanager
def unfinished_file(part: Path) -> Iterator[Path]:
    """Delete what is left under a temporary name at the end."""
    try:
        yield part
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def put_new(part: Path, destination: Path) -> None:
    """Rename a whole file, unless there is another one of that name.

    Raises
    ------
    FileExistsError
        There is one; it is left as it is.
    OSError
        The file cannot be renamed.
    """
    try:
        os.link(part, destination)
    except FileExistsError:
        raise
    except OSError:  # a disk without hard links
        if os.path.lexists(destination):
            raise FileExistsError(destination) from None
        part.replace(destination)


def _give_name(part: Path, destination: Path) -> None:
    try:
        put_new(part, destination)
    except FileExistsError:
        raise _exists(destination) from None


def _part(destination: Path) -> Path:
    return destination.with_name(f".hailuo-{uuid.uuid4().hex}.part")


def _exists(destination: Path, nothing: str = _WRITTEN) -> InputError:
    name = _name(destination)
    if destination.is_dir():
        return InputError(f"{name} is a folder; name the file in it. {nothing}")
    return InputError(f"{name} exists already and is left as it is. Choose another name. {nothing}")


def _unwritten(destination: Path, error: OSError, nothing: str = "") -> LibraryError:
    missing = error.errno == errno.ENOENT and not destination.parent.is_dir()
    remedy = (
        f"There is no folder “{shown_name(destination.parent.name)}”: make it first."
        if missing
        else "Free some space, or choose another folder or a shorter name."
    )
    return LibraryError(
        f"{_name(destination)} could not be written: {disk.why(error)}. "
        f"{nothing or 'Nothing in the library was changed.'} {remedy}"
    )


def _name(destination: Path) -> str:
    return shown_name(destination.name) or "a file without a name"
