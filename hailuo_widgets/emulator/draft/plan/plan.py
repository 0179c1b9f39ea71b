"""A prompt -> the shot it asks for, and what of it a draft can show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from hailuo_widgets.emulator.draft.plan.effect_words import Cue, cues
from hailuo_widgets.emulator.draft.plan.moves import WHIP, MoveSegment
from hailuo_widgets.prompt.camera import Move, camera_moves, unlisted_words

_IN_THE_AIR: Final = {
    "snow": "falling snow",
    "rain": "rain",
    "dust": "drifting dust",
    "embers": "rising embers",
    "fog": "drifting fog",
}
_PACES: Final = ("slow", "fast", "very fast")
_STRENGTHS: Final = ("gentle", "strong", "very strong")
_LEFTWARD: Final = re.compile(
    r"\b(?:to\s+the\s+left|leftwards?|right\s+to\s+left|(?!is\b|was\b)\w+(?:s|ing)\s+left)\b"
    r"(?=\s*(?:$|[^\w\s]|(?:and|across|along|past|through|as|while)\b))",
    re.IGNORECASE,
)
_SENTENCE_END: Final = re.compile(r"[.;!?\n]")


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
        Film language of the prompt that the draft does not show, and words in brackets that
        are no command.
    """

    beats: tuple[MoveSegment, ...] = ()
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
    asked = camera_moves(prompt, orbits=True)
    groups = [_once([_followed(prompt, move) for move in group]) for group in asked]
    throughout = _throughout(groups)
    steps = [[move for move in group if move not in throughout] for group in groups]
    found = cues(prompt)
    light = tuple(cue.name for cue in found if cue.kind == "light")
    particles = tuple(cue.name for cue in found if cue.kind == "air")
    camera = ", then ".join(" + ".join(_said(move) for move in step) for step in steps)
    return Shot(
        beats=tuple(
            MoveSegment(move.command, move.speed, number / len(steps), (number + 1) / len(steps))
            for number, step in enumerate(steps)
            for move in step
        )
        + tuple(MoveSegment(move.command, move.speed) for move in throughout),
        light=light,
        particles=particles,
        understood=" · ".join(
            [
                camera or "no camera move",
                *(f"{_said(move)} throughout" for move in throughout),
                *light,
                *(_IN_THE_AIR[name] for name in particles),
            ]
        ),
        not_understood=tuple(_not_understood(prompt, asked, found)),
    )


def _throughout(groups: list[list[Move]]) -> list[Move]:
    """List the moves that one wording asks for in every step: a held camera."""
    if len(groups) < 2:
        return []
    return [move for move in groups[0] if all(move in group for group in groups[1:])]


def _followed(prompt: str, move: Move) -> Move:
    """Return which way a tracking shot goes; to the right unless its sentence says otherwise."""
    if move.command != "Tracking shot":
        return move
    start = max((m.end() for m in _SENTENCE_END.finditer(prompt, 0, move.start)), default=0)
    end = _SENTENCE_END.search(prompt, move.end)
    if _LEFTWARD.search(prompt, start, end.start() if end else len(prompt)):
        return Move("Tracking shot left", move.speed, move.start, move.end)
    return move


def _once(step: list[Move]) -> list[Move]:
    """Count one movement once: a truck beside a tracking shot says which way that goes."""
    trucks = [move for move in step if move.command.startswith("Truck")]
    if not trucks or not any(move.command.startswith("Tracking") for move in step):
        return step
    way = " left" if trucks[-1].command.endswith("left") else ""
    return [
        Move(f"Tracking shot{way}", move.speed, move.start, move.end)
        if move.command.startswith("Tracking")
        else move
        for move in step
        if move not in trucks
    ]


def _said(move: Move) -> str:
    """Name a move and how fast it is; a tremble is not fast but strong."""
    if move.command == "Tracking shot left":
        name = "tracking shot to the left"
    else:
        name = move.command.lower()
    if move.speed == 1 or move.command == "Static shot":
        return name
    slow, fast, fastest = _STRENGTHS if move.command == "Shake" else _PACES
    return f"{name}, {slow if move.speed < 1 else fast if move.speed < WHIP else fastest}"


def _not_understood(
    prompt: str, asked: tuple[tuple[Move, ...], ...], found: tuple[Cue, ...]
) -> Iterator[str]:
    """List film language and bracket words that are not shown, each once, in order."""
    shown = {move.command for group in asked for move in group}
    shown |= {cue.name for cue in found if cue.kind != "beyond"}
    unlisted = unlisted_words(prompt)
    beyond = [
        (cue.start, cue.end)
        for cue in found
        if cue.kind == "beyond" and not any(start <= cue.start < end for start, end in unlisted)
    ]
    beyond += [(start, end) for start, end in unlisted if not _asks(prompt[start:end]) & shown]
    said: set[str] = set()
    for start, end in sorted(beyond):
        words = prompt[start:end]
        if words.lower() not in said:
            said.add(words.lower())
            yield words


def _asks(words: str) -> set[str]:
    """Name what words alone would ask for."""
    asked = {move.command for group in camera_moves(words, orbits=True) for move in group}
    return asked | {cue.name for cue in cues(words) if cue.kind != "beyond"}
