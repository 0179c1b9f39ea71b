"""From a picture to a film shot with MiniMax Hailuo 02 I2V Pro, inside Jupyter.

>>> import hailuo_widgets as hw
>>> hw.Studio()  # the form; drafts are free and need no key

Everything loads when it is first used.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from hailuo_widgets.jobs.connection import connect
    from hailuo_widgets.jobs.runner import reconcile
    from hailuo_widgets.jobs.sweep import Sweep
    from hailuo_widgets.library.media import Clip
    from hailuo_widgets.report.write import report
    from hailuo_widgets.request.frame import Frame
    from hailuo_widgets.request.request import VideoRequest
    from hailuo_widgets.widgets.compare import Compare, compare
    from hailuo_widgets.widgets.display import generate
    from hailuo_widgets.widgets.frame_well import FrameWell
    from hailuo_widgets.widgets.history import History
    from hailuo_widgets.widgets.player import Player
    from hailuo_widgets.widgets.strip import Strip
    from hailuo_widgets.widgets.studio import Studio

__all__ = [
    "Clip",
    "Compare",
    "Frame",
    "FrameWell",
    "History",
    "Player",
    "Strip",
    "Studio",
    "Sweep",
    "VideoRequest",
    "compare",
    "connect",
    "generate",
    "load_ipython_extension",
    "reconcile",
    "report",
]

_HOME = {
    "Clip": "library.media",
    "Compare": "widgets.compare",
    "Frame": "request.frame",
    "FrameWell": "widgets.frame_well",
    "History": "widgets.history",
    "Player": "widgets.player",
    "Strip": "widgets.strip",
    "Studio": "widgets.studio",
    "Sweep": "jobs.sweep",
    "VideoRequest": "request.request",
    "compare": "widgets.compare",
    "connect": "jobs.connection",
    "generate": "widgets.display",
    "reconcile": "jobs.runner",
    "report": "report",
}

# These say by themselves how a notebook shows them only once the widgets are there.
_SHOWN = frozenset({"Clip", "Compare", "Sweep", "compare"})


def load_ipython_extension(ip: InteractiveShell) -> None:
    """Bring the ``%%hailuo`` cell magic: ``%load_ext hailuo_widgets``."""
    magic = importlib.import_module("hailuo_widgets.widgets.magic")
    magic.register(ip)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return importlib.import_module("importlib.metadata").version("hailuo-widgets")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    if name in _SHOWN and "IPython" in sys.modules:
        importlib.import_module(f"{__name__}.widgets.display").install()
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
