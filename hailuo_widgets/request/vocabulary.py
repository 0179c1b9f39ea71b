"""The 15 camera commands that MiniMax documents for Hailuo 02, and the wordings that mean them.

Whether ``i2v-pro`` obeys them is not measured: they are usually understood.
"""

# ruff: noqa: RUF001 - people type typographic apostrophes

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

PhraseKind = Literal["name", "term", "verb"]
"""How much a wording says by itself.

``name`` names the camera ("static shot"): it always counts. ``term`` is film language
("push in"): it also counts where it stands alone. ``verb`` is an everyday verb ("rises"):
it counts only when the camera does it.
"""


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


class Phrase(NamedTuple):
    """One wording of a command: a regular expression that ignores case, and what it weighs."""

    pattern: str
    kind: PhraseKind

    @property
    def compiled(self) -> re.Pattern[str]:
        """The expression, compiled at its first use: all of them take longer than an import may."""
        return _compiled(self.pattern)


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
    phrases : tuple of Phrase
        The English wordings that mean it in prose.
    """

    name: str
    chinese: str
    does: str
    phrases: tuple[Phrase, ...]

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


# "panning" doubles its consonant; every other verb of the vocabulary follows its last letters.
_DOUBLED: Final = ("pan",)


def _forms(verb: str) -> str:
    """Match the base form, the -s form and the -ing form; "tilted" is a hat's, not a camera's."""
    if verb in _DOUBLED:
        return f"{verb}(?:s|{verb[-1]}ing)?"
    if verb.endswith("e"):
        return f"{verb[:-1]}(?:es?|ing)"
    if verb.endswith("y"):
        return f"{verb[:-1]}(?:y|ies|ying)"
    if verb.endswith(("sh", "ch")):
        return f"{verb}(?:es|ing)?"
    return f"{verb}(?:s|ing)?"


def _any(*verbs: str) -> str:
    return "(?:" + "|".join(_forms(verb) for verb in verbs) + ")"


_GAP: Final = (
    r"(?:\s+(?:the\s+)?(?:camera|lens|view|shot))?"
    r"(?:\s+(?:\w+ly|fast|slow|a\s+(?:bit|little)|further|over|around|straight|shot|to))*"
    r"[\s-]+"
)
_TO: Final = r"(?:(?:to|toward|towards)\s+)?(?:(?:the|camera|screen|frame)[\s-]+)?"
_LEFT: Final = (
    rf"(?:(?:from\s+)?(?:the\s+)?right[\s-]+to[\s-]+(?:the\s+)?left"
    rf"|{_TO}left(?:wards?)?(?![\s-]+to[\s-]+(?:the\s+)?right))\b"
)
_RIGHT: Final = (
    rf"(?:(?:from\s+)?(?:the\s+)?left[\s-]+to[\s-]+(?:the\s+)?right"
    rf"|{_TO}right(?:wards?)?(?![\s-]+to[\s-]+(?:the\s+)?left))\b"
)
_UP: Final = r"up(?:wards?)?\b(?!\s+close)"
_DOWN: Final = r"down(?:wards?)?\b"
# "moves in a circle", "in slow motion", "in front of" are places and manners, not directions.
_IN: Final = (
    r"(?:in(?:wards?)?(?![\w-])(?!\s+(?:an?|the|his|her|its|their|my|our|this|that|slow[\s-]motion"
    r"|front|place|sync|unison|circles?|between|time|real)\b)"
    r"|into|forwards?|closer(?:\s+to)?|towards?(?!\s+(?:the\s+)?(?:left|right)))\b"
)
# "pulls back the curtain", "pulls out a knife".
_OUT: Final = (
    r"(?:out(?:wards?)?|back(?:wards?)?|away)\b"
    r"(?!\s+(?:an?|the|his|her|its|their|and\s+forth)\b)(?!\s+of\s+(?:an?|the|his|her|its|their)\b)"
)
_CAMERA: Final = r"(?:camera|cam|shot|lens|view|viewpoint|frame|framing|angle|footage)"
_STILL: Final = (
    r"(?:static|fixed|locked(?:[\s-](?:off|down))?|still|stationary|motionless|unmoving)"
)
# "the truck left the yard" is a truck.
_TRUCK: Final = r"(?<!\ba\s)(?<!\bthe\s)truck(?:s|ing)?"


_SUBJECT: Final = "(?:camera|shot|lens|view|frame)"
_STAYS: Final = (
    r"(?:(?:is|stays|remains|holds|keeps|kept|held|stands|staying|remaining|holding)\s+"
    rf"(?:\w+ly\s+)?(?:{_STILL}|steady)|(?!still\b){_STILL})"
)
_NOT: Final = "(?:(?:does|is|will)\\s+not|(?:does|is)n['’]t|never)"
_WHERE: Final = "(?:left|right|up|down|in|out|back|forward)"
_GO: Final = _any("track", "move", "creep", "glide", "inch", "ease", "drift", "fly", "travel")
_THROUGH: Final = _any("push", "dolly", "track", "move", "glide", "fly", "travel")
_LATERAL: Final = _any("move", "slide", "dolly", "track")
# "A handheld fan" is held by a person.
_MANNER: Final = "(?:feel|look|style|move(?:ment)?|motion|shake|footage)"
_HELD: Final = (
    r"(?=\s*(?:$|[^\w\s]|(?:tracking|push|pan|tilt|zoom|dolly|pull|close[\s-]?up|and|as|then)\b))"
)


def _phrases(
    *, name: tuple[str, ...] = (), term: tuple[str, ...] = (), verb: tuple[str, ...] = ()
) -> tuple[Phrase, ...]:
    kinds: tuple[tuple[PhraseKind, tuple[str, ...]], ...] = (
        ("name", name),
        ("term", term),
        ("verb", verb),
    )
    return tuple(Phrase(rf"\b{pattern}", kind) for kind, patterns in kinds for pattern in patterns)


def _sideways(direction: str, word: str) -> tuple[tuple[Phrase, ...], tuple[Phrase, ...]]:
    truck = _phrases(
        term=(
            rf"(?:{_TRUCK}|{_any('dolly', 'crab', 'track')}){_GAP}{direction}",
            rf"lateral(?:ly)?\s+{_LATERAL}(?:ment|\s+shot)?{_GAP}{direction}",
            rf"{word}(?:ward)?[\s-](?:truck|dolly|slide)\b",
        ),
        verb=(rf"{_any('slide', 'move', 'glide', 'drift', 'travel')}{_GAP}{direction}",),
    )
    pan = _phrases(
        term=(
            rf"{_any('pan')}{_GAP}{direction}",
            rf"{word}(?:ward)?[\s-]pan\b",
        ),
        verb=(rf"{_any('turn', 'swing', 'sweep', 'rotate', 'look')}{_GAP}{direction}",),
    )
    return truck, pan


_TRUCK_LEFT, _PAN_LEFT = _sideways(_LEFT, "left")
_TRUCK_RIGHT, _PAN_RIGHT = _sideways(_RIGHT, "right")

COMMANDS: Final[tuple[Command, ...]] = (
    Command("Truck left", "左移", "slides left", _TRUCK_LEFT),
    Command("Truck right", "右移", "slides right", _TRUCK_RIGHT),
    Command("Pan left", "左摇", "turns left in place", _PAN_LEFT),
    Command("Pan right", "右摇", "turns right in place", _PAN_RIGHT),
    Command(
        "Push in",
        "推进",
        "moves forward",
        _phrases(
            term=(rf"{_any('push', 'dolly')}{_GAP}{_IN}",),
            verb=(
                rf"{_GO}{_GAP}{_IN}",
                rf"{_THROUGH}{_GAP}through\b",
                rf"{_forms('approach')}\b",
            ),
        ),
    ),
    Command(
        "Pull out",
        "拉远",
        "moves back",
        _phrases(
            term=(rf"{_any('pull', 'dolly')}{_GAP}{_OUT}",),
            verb=(
                rf"{_GO}{_GAP}(?!out\b){_OUT}",
                rf"{_any('back')}{_GAP}(?!back){_OUT}",
                rf"{_forms('retreat')}\b",
            ),
        ),
    ),
    Command(
        "Pedestal up",
        "上升",
        "rises",
        _phrases(
            term=(rf"{_any('crane', 'boom', 'pedestal', 'jib')}{_GAP}{_UP}",),
            verb=(
                rf"{_any('rise', 'ascend', 'lift')}\b(?:\s+up(?:wards?)?\b)?",
                rf"{_any('move', 'float', 'fly', 'travel', 'glide')}{_GAP}{_UP}",
            ),
        ),
    ),
    Command(
        "Pedestal down",
        "下降",
        "sinks",
        _phrases(
            term=(rf"{_any('crane', 'boom', 'pedestal', 'jib')}{_GAP}{_DOWN}",),
            verb=(
                # "lower" alone is an adjective: "a lower angle".
                rf"(?:lowers|lowering|{_any('descend', 'sink')})\b(?:\s+down(?:wards?)?\b)?",
                rf"{_any('move', 'float', 'fly', 'travel', 'glide')}{_GAP}{_DOWN}",
            ),
        ),
    ),
    Command(
        "Tilt up",
        "上摇",
        "turns up in place",
        _phrases(
            term=(rf"{_any('tilt')}{_GAP}{_UP}", r"up(?:ward)?[\s-]tilt\b"),
            verb=(rf"{_any('angle', 'point', 'look')}{_GAP}{_UP}",),
        ),
    ),
    Command(
        "Tilt down",
        "下摇",
        "turns down in place",
        _phrases(
            term=(rf"{_any('tilt')}{_GAP}{_DOWN}", r"down(?:ward)?[\s-]tilt\b"),
            verb=(rf"{_any('angle', 'point', 'look')}{_GAP}{_DOWN}",),
        ),
    ),
    Command(
        "Zoom in",
        "变焦推近",
        "narrows its lens",
        _phrases(
            term=(
                rf"{_any('zoom', 'punch')}{_GAP}{_IN}",
                r"(?<=crash )zooms?\b",
            ),
            verb=(rf"{_forms('tighten')}\b(?:\s+in\b)?",),
        ),
    ),
    Command(
        "Zoom out",
        "变焦拉远",
        "widens its lens",
        _phrases(
            term=(rf"{_any('zoom')}{_GAP}{_OUT}",),
            verb=(rf"{_forms('widen')}\b(?:\s+out\b)?",),
        ),
    ),
    Command(
        "Shake",
        "晃动",
        "trembles",
        _phrases(
            name=(
                rf"(?:shaky|jittery|jerky|shaking|trembling|hand[\s-]?held)[\s-]{_CAMERA}\b",
                rf"hand[\s-]?held\s+(?:camera\s+)?{_MANNER}\b",
                r"(?:camera|lens)[\s-]shake\b",
            ),
            term=(rf"hand[\s-]?held(?=\s*(?:$|[^\w\s]|{_HELD}\b))",),
            verb=(rf"{_any('shake', 'jitter', 'tremble', 'vibrate', 'wobble')}\b",),
        ),
    ),
    Command(
        "Tracking shot",
        "跟随",
        "follows the subject",
        _phrases(
            name=(r"(?:tracking|follow|following|trailing|chase)[\s-](?:shot|cam|camera)\b",),
            verb=(
                rf"{_any('follow', 'trail', 'chase')}\b",
                rf"{_any('track')}(?=\s+(?:the|an?|her|his|him|them|it|its|their|along|behind|with)\b)",
                rf"{_any('move', 'run', 'track', 'glide', 'travel', 'ride')}\s+(?:alongside|beside)\b",
            ),
        ),
    ),
    Command(
        "Static shot",
        "固定",
        "does not move",
        _phrases(
            name=(
                rf"(?:{_STILL}|tripod)[\s-]{_CAMERA}\b",
                rf"{_SUBJECT}\s+(?:\w+ly\s+)?{_STAYS}\b(?!\s+\w+ing\b)",
                rf"{_SUBJECT}\s+hold(?:s|ing)\b(?!\s+(?:up|out|an?|his|her)\b)(?:\s+(?:steady|on)\b)?",
                rf"{_SUBJECT}\s+{_NOT}\s+mov(?:es?|ing)\b(?!\s+{_WHERE}\b)",
                r"no\s+camera\s+(?:move(?:ment)?s?|motion)\b",
            ),
            term=(r"locked[\s-](?:off|down)\b(?!\s+\w)",),
            verb=(
                rf"{_any('hold', 'stay', 'keep')}\s+(?:\w+ly\s+)?{_STILL}\b",
                r"static(?=\s*(?:$|[^\w\s]))",
            ),
        ),
    ),
)

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
