"""A prompt -> the shot it asks for, and what of it a draft can show."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from hailuo_widgets.emulator.draft.moves import WHIP, Beat
from hailuo_widgets.emulator.draft.wording import arc_cue, beyond_cues, light_cues, particle_cues
from hailuo_widgets.request.prompt import COMMANDS, Move, camera_moves

_LISTED: Final = frozenset(
    spelling for command in COMMANDS for spelling in (command.name.lower(), command.chinese)
)
_IN_THE_AIR: Final = {
    "snow": "falling snow",
    "rain": "rain",
    "dust": "drifting dust",
    "embers": "rising embers",
    "fog": "drifting fog",
}
_SLOW: Final = re.compile(r"\b(?:slow|gentle|gently|subtle)", re.IGNORECASE)
_FAST: Final = re.compile(r"\b(?:fast|quick|rapid|swift)", re.IGNORECASE)
_AFTERWARDS: Final = re.compile(r"\bthen\b|[\]］】]", re.IGNORECASE)  # noqa: RUF001
_LEFTWARD: Final = re.compile(
    r"\b(?:to\s+the\s+left|leftwards?|right\s+to\s+left)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Shot:
    """What a draft does over its length.

    Attributes
    ----------
    beats : tuple of Beat
        The camera moves.
    light : tuple of str
        Changes of light: ``"golden light"``, ``"night"``, ``"dawn"``, ``"flicker"``,
        ``"fade to black"``, ``"fade to white"``.
    particles : tuple of str
        What is in the air: ``"snow"``, ``"rain"``, ``"dust"``, ``"embers"``, ``"fog"``.
    understood : str
        All of that in one line, e.g. ``"push in, slow · golden light · drifting dust"``.
    not_understood : tuple of str
        Film language of the prompt that the draft does not show.
    """

    beats: tuple[Beat, ...] = ()
    light: tuple[str, ...] = ()
    particles: tuple[str, ...] = ()
    understood: str = field(default="", compare=False)
    not_understood: tuple[str, ...] = field(default=(), compare=False)


def plan(prompt: str) -> Shot:
    """Read a prompt as a shot.

    Parameters
    ----------
    prompt : str
        As it would be sent.

    Examples
    --------
    >>> shot = plan("slow push in, golden hour light, drifting dust, rack focus to the door")
    >>> shot.understood
    'push in, slow · golden light · drifting dust'
    >>> shot.not_understood
    ('rack focus',)
    """
    groups = _groups(prompt)
    light = tuple(cue.name for cue in light_cues(prompt))
    particles = tuple(cue.name for cue in particle_cues(prompt))
    camera = ", then ".join(" + ".join(_said(move) for move in group) for group in groups)
    return Shot(
        beats=tuple(
            Beat(move.command, move.speed, number / len(groups), (number + 1) / len(groups))
            for number, group in enumerate(groups)
            for move in group
        ),
        light=light,
        particles=particles,
        understood=" · ".join(
            [camera or "no camera move", *light, *(_IN_THE_AIR[name] for name in particles)]
        ),
        not_understood=tuple(cue.name for cue in beyond_cues(prompt, _LISTED)),
    )


def _groups(prompt: str) -> list[list[Move]]:
    """Read the moves, an arc among them: groups one after another, moves of a group together."""
    groups = [[_followed(prompt, move) for move in group] for group in camera_moves(prompt)]
    cue = arc_cue(prompt)
    if cue is None:
        return groups
    words = prompt[cue.start : cue.end]
    speed = 0.5 if _SLOW.search(words) else 1.8 if _FAST.search(words) else 1.0
    orbit = Move(cue.name, speed, cue.start, cue.end)
    # The service has no command for it: it joins what stands before it, or after a "then" follows.
    before = [group for group in groups if group[0].start < cue.start]
    between = prompt[before[-1][-1].end : cue.end] if before else ""
    if before and not _AFTERWARDS.search(between):
        before[-1].append(orbit)
    else:
        groups.insert(len(before), [orbit])
    return groups


def _followed(prompt: str, move: Move) -> Move:
    """Tell which way a tracking shot goes; to the right unless the prompt says otherwise."""
    if move.command == "Tracking shot" and _LEFTWARD.search(prompt):
        return Move("Tracking shot left", move.speed, move.start, move.end)
    return move


def _said(move: Move) -> str:
    name = move.command.lower()
    if move.speed >= WHIP:
        return f"{name}, very fast"
    return f"{name}, fast" if move.speed > 1 else f"{name}, slow" if move.speed < 1 else name
