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

    from hailuo_widgets.frame.frame import Frame
    from hailuo_widgets.jobs.runner.api import reconcile
    from hailuo_widgets.jobs.services.connect import connect
    from hailuo_widgets.jobs.sweep.sweep import Sweep
    from hailuo_widgets.media.clip import Clip
    from hailuo_widgets.reports.report import report
    from hailuo_widgets.request.video_request import VideoRequest
    from hailuo_widgets.widgets.compare.compare import Compare
    from hailuo_widgets.widgets.compare.compare_prompts import compare
    from hailuo_widgets.widgets.display import generate
    from hailuo_widgets.widgets.frame_well.frame_well import FrameWell
    from hailuo_widgets.widgets.history.history import History
    from hailuo_widgets.widgets.player.player import Player
    from hailuo_widgets.widgets.strip.strip import Strip
    from hailuo_widgets.widgets.studio.studio import Studio

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
    "Clip": "media.clip",
    "Compare": "widgets.compare.compare",
    "Frame": "frame.frame",
    "FrameWell": "widgets.frame_well.frame_well",
    "History": "widgets.history.history",
    "Player": "widgets.player.player",
    "Strip": "widgets.strip.strip",
    "Studio": "widgets.studio.studio",
    "Sweep": "jobs.sweep.sweep",
    "VideoRequest": "request.video_request",
    "compare": "widgets.compare.compare_prompts",
    "connect": "jobs.services.connect",
    "generate": "widgets.display",
    "reconcile": "jobs.runner.api",
    "report": "reports.report",
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
