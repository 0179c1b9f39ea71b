"""Files that appear only when they are whole."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(destination: Path) -> Iterator[Path]:
    """Give a path beside ``destination`` to write to; it is moved there at the end.

    Whatever goes wrong leaves nothing behind, and an earlier file as it was.
    """
    name = f".{destination.stem}.{secrets.token_hex(8)}{destination.suffix}"
    unfinished = destination.with_name(name)
    try:
        yield unfinished
        unfinished.replace(destination)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
