"""The 15 camera commands that MiniMax documents for Hailuo 02.

Whether ``i2v-pro`` obeys them is not measured: they are usually understood. An orbit is none of
them; people ask for it all the same, and a draft shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Command:
    """One camera command.

    Attributes
    ----------
    name : str
        As MiniMax writes it inside the brackets, e.g. ``"Push in"``.
    chinese : str
        The same command in Chinese, accepted inside brackets as well.
    does : str
        What the camera does, to follow "the camera".
    """

    name: str
    chinese: str
    does: str

    @property
    def bracket(self) -> str:
        """The command as it stands in a prompt, e.g. ``"[Push in]"``."""
        return f"[{self.name}]"


@dataclass(frozen=True, slots=True)
class Move:
    """One camera move that a prompt asks for.

    Attributes
    ----------
    command : str
        The name of the command.
    speed : float
        1.0 unless a word near the move says otherwise: about 0.5 for "slow", 1.8 for "fast",
        3.0 for "whip".
    start, end : int
        Where the prompt says so, as a slice of the prompt.
    """

    command: str
    speed: float
    start: int
    end: int


COMMANDS: Final = (
    Command("Truck left", "左移", "slides left"),
    Command("Truck right", "右移", "slides right"),
    Command("Pan left", "左摇", "turns left in place"),
    Command("Pan right", "右摇", "turns right in place"),
    Command("Push in", "推进", "moves forward"),
    Command("Pull out", "拉远", "moves back"),
    Command("Pedestal up", "上升", "rises"),
    Command("Pedestal down", "下降", "sinks"),
    Command("Tilt up", "上摇", "turns up in place"),
    Command("Tilt down", "下摇", "turns down in place"),
    Command("Zoom in", "变焦推近", "narrows its lens"),
    Command("Zoom out", "变焦拉远", "widens its lens"),
    Command("Shake", "晃动", "trembles"),
    Command("Tracking shot", "跟随", "follows the subject"),
    Command("Static shot", "固定", "does not move"),
)

ORBITS: Final = ("Orbit left", "Orbit right")
"""Moves about the subject, named by the side that the camera travels to.

Seen from above, left is clockwise.
"""

BY_NAME: Final = {command.name: command for command in COMMANDS}

_PAIRS: Final = (
    ("Truck left", "Truck right"),
    ("Pan left", "Pan right"),
    ("Push in", "Pull out"),
    ("Pedestal up", "Pedestal down"),
    ("Tilt up", "Tilt down"),
    ("Zoom in", "Zoom out"),
)
OPPOSITE: Final = dict(_PAIRS) | {second: first for first, second in _PAIRS}
"""Each command that has an opposite, to that opposite."""

STATIC: Final = "Static shot"
