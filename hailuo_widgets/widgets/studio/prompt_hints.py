"""What a form shows about a prompt: camera chips, which of them it asks for, and hints."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

from hailuo_widgets.errors import PromptError
from hailuo_widgets.prompt.brackets import bracket_moves
from hailuo_widgets.prompt.camera import COMMANDS, camera_moves, lint

# As the form shows them, most wanted first; families of one are whole names.
_FAMILIES: Final = (
    "Push in",
    "Pull out",
    "Pan",
    "Tilt",
    "Truck",
    "Pedestal",
    "Zoom",
    "Tracking shot",
    "Shake",
    "Static shot",
)


def chips() -> list[dict[str, Any]]:
    """Group the 15 commands into chips: a name alone, or a family with its directions."""
    groups = []
    for family in _FAMILIES:
        members = [c for c in COMMANDS if c.name == family or c.name.rpartition(" ")[0] == family]
        keys = [
            {
                "name": command.name,
                "way": "" if command.name == family else command.name.rpartition(" ")[2],
                "does": f"The camera {command.does}.",
            }
            for command in members
        ]
        groups.append({"family": family, "keys": keys})
    return groups


def moves(prompt: str) -> dict[str, str]:
    """Return for each command that the prompt asks for whether a bracket or plain wording does."""
    how = "bracket" if bracket_moves(prompt) else "words"
    return {move.command: how for together in camera_moves(prompt) for move in together}


def hints(
    prompt: str, *, enable_prompt_expansion: bool, has_end_image: bool
) -> list[dict[str, Any]]:
    """List the hints for a prompt as plain data; an empty prompt has none."""
    if not prompt.strip():
        return []
    found = lint(
        prompt, enable_prompt_expansion=enable_prompt_expansion, has_end_image=has_end_image
    )
    return [dataclasses.asdict(hint) for hint in found]


def apply_hint(prompt: str, hints: list[dict[str, Any]], asked: object) -> str:
    """Put a hint's suggestion where the words stand that it is about.

    Raises
    ------
    PromptError
        The asked one is none of the prompt's hints: the prompt has changed meanwhile.
    """
    hint = next((hint for hint in hints if hint == asked), None)
    if hint is None:
        raise PromptError("The prompt has changed meanwhile.")
    start, end, suggestion = hint["start"], hint["end"], hint["suggestion"]
    if suggestion is None or start is None or end is None:
        return prompt
    return f"{prompt[:start]}{suggestion}{prompt[end:]}"
