"""Work that would keep the kernel waiting."""

from __future__ import annotations

import contextvars
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def in_background(work: Callable[[], None]) -> None:
    """Run work in a thread of its own, with no cell's context: no cell owns what it changes."""
    threading.Thread(
        target=contextvars.Context().run, args=(work,), name="hailuo_widgets work", daemon=True
    ).start()
