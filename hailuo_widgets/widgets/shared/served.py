"""What the Jupyter server serves, and where the kernel finds it: the two need not see the same disk."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path, PurePosixPath
from typing import Final

from hailuo_widgets.errors import FrameError
from hailuo_widgets.text import short
from hailuo_widgets.widgets.shared.transfer import UPLOAD_LIMIT

_LONGEST_PATH: Final = 4096


def server_root() -> Path | None:
    """Return the root folder of the Jupyter server that started this kernel, or None.

    Of the server's runtime file only its root folder is read. None where there is no such server
    on this machine, or no Jupyter at all.
    """
    try:
        from jupyter_core.paths import jupyter_runtime_dir  # noqa: PLC0415

        name = f"jpserver-{os.environ.get('JPY_PARENT_PID', '')}.json"
        said = json.loads(Path(jupyter_runtime_dir(), name).read_text(encoding="utf-8"))
        return Path(said["root_dir"]).resolve()
    except (ImportError, OSError, ValueError, KeyError, TypeError, RuntimeError):
        return None


def served_path(path: Path) -> str:
    """Find a file's path below the server's root; "" where the server does not serve it.

    A file outside the root, or in a hidden folder, is not served.
    """
    root = server_root()
    try:
        if root is None:
            return ""
        below = PurePosixPath(path.resolve().relative_to(root).as_posix())
    except (OSError, ValueError, RuntimeError):
        return ""
    return "" if any(part.startswith(".") for part in below.parts) else str(below)


def read_served(given: object) -> tuple[bytes, str]:
    """Read a file that the page names by its path below the server's root.

    Where the root is not known, the folders above the notebook are tried: it lies below the root,
    and the kernel was started beside it. Only a regular file is read, and none outside the root.

    Returns
    -------
    tuple of bytes and str
        The file and its name.

    Raises
    ------
    FrameError
        There is no such file for this kernel, or it is none that may be read.
    """
    path = str(given)
    parts = PurePosixPath(path).parts
    if not parts or len(path) > _LONGEST_PATH or "\0" in path or path.startswith("/"):
        raise FrameError("That is no path of a file. The picture before it is kept.")
    if ".." in parts or "\\" in path:
        raise FrameError("That path leads out of the folder that Jupyter serves. Nothing was read.")
    name = short(parts[-1], 80)
    root = server_root()
    roots = [root] if root else [Path.cwd(), *Path.cwd().parents]
    for folder in roots:
        for place in _spellings(parts):
            data = _read(folder, place, name)
            if data is not None:
                return data, place.name
    raise FrameError(
        f"The kernel does not see “{name}”: it may run on another machine than the file browser, "
        "or the file is gone. Choose the file from your own disk instead, or upload it first. The "
        "picture before it is kept."
    )


def _spellings(parts: tuple[str, ...]) -> list[Path]:
    """Return the path as it is, and without the name of a drive before it, as in ``RTC:a/b.jpg``."""
    _, colon, rest = parts[0].partition(":")
    places = [Path(*parts)]
    if colon:
        places.append(Path(rest, *parts[1:]))
    return places


def _read(root: Path, below: Path, name: str) -> bytes | None:
    """Read a regular file below a folder; None where there is none."""
    try:
        place = (root / below).resolve()
        if not place.is_relative_to(root) or not place.exists():
            return None
        # Opened before it is judged, and never waited for: a pipe may have no writer.
        file = os.open(place, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except PermissionError:
        raise FrameError(f"“{name}” may not be read by this kernel. Nothing was changed.") from None
    except (OSError, ValueError, RuntimeError):
        return None
    try:
        _judge(os.fstat(file), name)
        with open(file, "rb", closefd=False) as opened:
            return opened.read(UPLOAD_LIMIT)
    except OSError:
        return None
    finally:
        os.close(file)


def _judge(facts: os.stat_result, name: str) -> None:
    """Raise FrameError for what is not read."""
    if stat.S_ISDIR(facts.st_mode):
        raise FrameError(f"“{name}” is a folder. Drop a picture; the one before it is kept.")
    if not stat.S_ISREG(facts.st_mode):
        raise FrameError(f"“{name}” is no ordinary file. Nothing was read.")
    if not 0 < facts.st_size <= UPLOAD_LIMIT:
        raise FrameError(
            f"“{name}” is empty or has more than {UPLOAD_LIMIT / 1e6:.0f} MB. Nothing was read; "
            "the picture before it is kept."
        )
