"""Whether a Studio's form can be sent as it stands, and the sample pictures it offers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from hailuo_widgets.service import PROMPT_LIMIT

if TYPE_CHECKING:
    from hailuo_widgets.frame.frame import Frame

_SAMPLE_FOLDER: Final = "images"
_SAMPLES_SHOWN: Final = 6
_PICTURES: Final = frozenset({".jpg", ".jpeg", ".png"})


def find_blocker(start: Frame | None, end: Frame | None, prompt: str) -> str:
    """Return why the form cannot be sent; empty when it can."""
    if start is None:
        return "A start frame is needed first."
    if start.problems:
        return "The start frame needs mending first."
    if end is not None and end.problems:
        return "The end image needs mending first."
    over = len(prompt) - PROMPT_LIMIT
    return f"The prompt is {over} characters too long." if over > 0 else ""


def sendable(frame: Frame | None) -> Frame | None:
    """Return the frame if the service would take it as it is, else None."""
    return None if frame is None or frame.problems else frame


def sample_pictures() -> list[Path]:
    """Return some pictures of the folder ``images`` beside the notebook."""
    folder = Path(_SAMPLE_FOLDER)
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in _PICTURES)[:_SAMPLES_SHOWN]
