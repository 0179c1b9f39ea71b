"""A file handed to a person: it appears whole, or not at all, and never in another one's place."""

from __future__ import annotations

import contextlib
import uuid
from typing import TYPE_CHECKING

from hailuo_widgets.errors import InputError, LibraryError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def new_file(destination: Path) -> Iterator[Path]:
    """Give a name beside ``destination`` to write to; it becomes the file at the end.

    Raises
    ------
    InputError
        A file of that name exists; it is left as it is.
    LibraryError
        The file cannot be written; what there was of it is gone.
    """
    if destination.exists():
        raise InputError(
            f"{destination.name} exists already and is left as it is. Choose another name."
        )
    part = destination.with_name(f".{uuid.uuid4().hex}.part")
    try:
        yield part
        part.replace(destination)
    except OSError as error:
        if isinstance(error, LibraryError):
            raise
        raise LibraryError(
            f"{destination.name} could not be written: {error.strerror or type(error).__name__}. "
            "Nothing in the library was changed. Free some space, or choose another folder."
        ) from None
    finally:
        part.unlink(missing_ok=True)
