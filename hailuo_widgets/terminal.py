"""What a terminal program says: in any code page, to a closed pipe too, and never a command."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TextIO

from hailuo_widgets.text import neutralize


def prepare() -> None:
    """Let no text and no missing stream end the program: what cannot be shown is escaped."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the one that started the program
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """Print what was asked for."""
    _write(text, sys.stdout)


def tell(text: str) -> None:
    """Print what is to be known besides: to the error stream."""
    _write(text, sys.stderr)


def _write(text: str, stream: TextIO | None) -> None:
    if stream is None:
        return
    try:
        print(neutralize(text), file=stream, flush=True)
    except (OSError, ValueError):
        # Nobody reads any more (a closed pipe, a full disk): the work is done all the same. The
        # interpreter must not find the same trouble again when it ends.
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
