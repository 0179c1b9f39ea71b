"""Deleting what a killed process left unfinished, when the next one starts.

Only under names that no other program uses, only regular files, and only old ones: a file that is
being written has a young time.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import stat
import time
from pathlib import Path
from typing import Final

from hailuo_widgets.files import scratch
from hailuo_widgets.files.disk import PROBE

_HEX: Final = "[0-9a-f]{32}"
PACKING: Final = re.compile(rf"\.hailuo-{_HEX}\.part")
_INCOMING: Final = re.compile(rf"incoming-{_HEX}\.part")
_SALVAGE: Final = re.compile(rf"ledger-salvaged-{_HEX}\.part")

_OLD_SECONDS: Final = 3600.0
_DAY_SECONDS: Final = 24 * 3600.0


def sweep(folder: Path) -> None:
    """Delete what is left in a library, and in the folder for temporary files once a process."""
    _temporary(os.getpid())
    sweep_files(folder, PROBE, _OLD_SECONDS)
    sweep_files(folder, _SALVAGE, _DAY_SECONDS)
    for name in ("frames", "clips", "posters"):
        sweep_files(folder / name, _INCOMING, _DAY_SECONDS)


def sweep_files(folder: Path, names: re.Pattern[str], seconds: float = _OLD_SECONDS) -> None:
    """Delete the plain files of such names that were not written to for so long."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if names.fullmatch(entry.name) is None:
                continue
            found = entry.stat(follow_symlinks=False)
            mine = not hasattr(os, "getuid") or found.st_uid == os.getuid()
            old = time.time() - found.st_mtime > seconds
            if stat.S_ISREG(found.st_mode) and mine and old:
                with contextlib.suppress(OSError):
                    Path(entry.path).unlink()


@functools.lru_cache(maxsize=4)
def _temporary(_process: int) -> None:
    scratch.sweep()
