"""Temporary folders that never stay: what a killed process left is deleted by the next one.

They are in one folder of this user below the system's own, each named after the process that
holds it (:class:`~hailuo_widgets.files.process_lock.ProcessLock`), so that it is known whose process has ended.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import stat
import tempfile
import time
from pathlib import Path
from typing import Final

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.files.file_names import is_holder
from hailuo_widgets.files.process_lock import ProcessLock
from hailuo_widgets.files.regular_file import is_folder

_HOLDERS: Final = "holders"
_YOUNG_SECONDS: Final = 60.0


def folder(kind: str) -> tempfile.TemporaryDirectory[str]:
    """Make a temporary folder; it goes at its end, or after this process has ended.

    Parameters
    ----------
    kind : str
        A word that says what for.

    Raises
    ------
    OSError
        None can be made.
    """
    held = _held(tempfile.gettempdir(), os.getpid())
    if held is None:
        return tempfile.TemporaryDirectory(prefix=f"hailuo-{kind}-", ignore_cleanup_errors=True)
    return tempfile.TemporaryDirectory(
        prefix=f"{held[1].name}-{kind}-", dir=held[0], ignore_cleanup_errors=True
    )


def sweep() -> None:
    """Delete what ended processes of this user left behind; nothing else."""
    place = _place(tempfile.gettempdir())
    if place.is_dir():
        _held(tempfile.gettempdir(), os.getpid())


@functools.lru_cache(maxsize=8)
def _held(system: str, _process: int) -> tuple[Path, ProcessLock] | None:
    """Lock a name in this user's folder, and sweep it; None where that cannot be."""
    place = _place(system)
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        found = place.lstat()
        mine = not hasattr(os, "getuid") or found.st_uid == os.getuid()
        if not (mine and stat.S_ISDIR(found.st_mode)):
            return None  # another user's, who may read what is in it
        if hasattr(os, "getuid") and found.st_mode & 0o077:
            place.chmod(0o700)
        holder = ProcessLock(place / _HOLDERS)
        _sweep(place, holder)
    except (OSError, LibraryError):
        return None
    return place, holder


def _place(system: str) -> Path:
    who = os.getuid() if hasattr(os, "getuid") else "files"
    return Path(system, f"hailuo-{who}")


def _sweep(place: Path, holder: ProcessLock) -> None:
    for path in sorted(place.iterdir()):
        name, _, _ = path.name.partition("-")
        if is_holder(name) and is_folder(path) and not holder.is_alive(name):
            shutil.rmtree(path, ignore_errors=True)
    for path in sorted((place / _HOLDERS).glob("*.lock")):
        # One that was made just now may not be locked yet.
        with contextlib.suppress(OSError):
            if time.time() - path.lstat().st_mtime > _YOUNG_SECONDS:
                holder.is_alive(path.stem)  # which removes a dead one's
