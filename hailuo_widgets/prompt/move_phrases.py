"""The wordings of plain English that mean a camera move, as one table."""

# ruff: noqa: RUF001 - people type typographic apostrophes

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

Weight = Literal["name", "style", "term", "verb"]
"""How much a wording says by itself.

``name`` names the camera ("static shot"): it always counts. ``style`` does too, and tells how
the whole shot is taken ("handheld camera"). ``term`` is film language ("push in"): it also
counts where it stands alone. ``verb`` is an everyday verb ("rises"): it counts only when the
camera does it.
"""


class Phrase(NamedTuple):
    """One wording of a move: its first word in all its forms, and what follows that word."""

    command: str
    weight: Weight
    first: frozenset[str]
    rest: str

    def end_from(self, prompt: str, start: int, end: int) -> int | None:
        """Return where the wording ends whose first word ends at ``start``; None if it is none.

        The expression is compiled at its first use: all of them take longer than an import may.
        """
        match = _compiled(self.rest).match(prompt, start, end)
        return match.end() if match else None


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


@functools.cache
def phrases_by_first_word() -> dict[str, tuple[Phrase, ...]]:
    """Return every word in lower case that begins a wording, to the wordings it begins."""
    found = defaultdict(list)
    for row in _table():
        for word in row.first:
            found[word].append(row)
    return {word: tuple(rows) for word, rows in found.items()}


def _forms(verb: str) -> tuple[str, str, str]:
    """Return the base, the -s and the -ing form; "tilted" is a hat's, not a camera's."""
    if verb.endswith("e"):
        return verb, f"{verb}s", f"{verb[:-1]}ing"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb, f"{verb[:-1]}ies", f"{verb}ing"
    if verb.endswith(("sh", "ch")):
        return verb, f"{verb}es", f"{verb}ing"
    doubled = verb[-1] if verb in {"pan", "get", "run"} else ""
    return verb, f"{verb}s", f"{verb}{doubled}ing"


def _verb(verbs: str) -> frozenset[str]:
    return frozenset(form for verb in verbs.split() for form in _forms(verb))


def _word(words: str) -> frozenset[str]:
    return frozenset(words.split())


# What may stand between a verb and its direction: "pans slowly to the", "moves the camera".
_GAP: Final = (
    r"(?:\s+(?:the\s+)?(?:camera|lens|view|shot))?"
    r"(?:\s+(?:\w+ly|very|fast|slow|a\s+(?:bit|little)|further|over|around|straight|shot|to)){0,4}"
    r"[\s-]+"
)
_UP: Final = rf"{_GAP}up(?:wards?)?\b(?!\s+close)"
_DOWN: Final = rf"{_GAP}down(?:wards?)?\b"
# "moves in a circle", "in slow motion", "in front of" are places and manners, not directions.
_IN_ALONE: Final = (
    r"(?:in(?:wards?)?(?![\w-])(?!\s+(?:an?|the|his|her|its|their|my|our|this|that|slow[\s-]motion"
    r"|front|place|sync|unison|circles?|between|time|real|and\s+out)\b)"
    r"|into|forwards?|(?:closer|nearer)(?:\s+to)?|towards?(?!\s+(?:the\s+)?(?:left|right)))\b"
)
_IN: Final = _GAP + _IN_ALONE
# "pulls back the curtain", "pulls out a knife".
_NO_OBJECT: Final = (
    r"\b(?!\s+(?:an?|the|his|her|its|their|and\s+forth)\b)"
    r"(?!\s+of\s+(?:an?|the|his|her|its|their)\b)"
)
_OUT: Final = rf"{_GAP}(?:out(?:wards?)?|back(?:wards?)?|away){_NO_OBJECT}"
_BACK: Final = rf"{_GAP}(?:back(?:wards?)?|away){_NO_OBJECT}"
_AWAY: Final = rf"{_GAP}(?:out(?:wards?)?|away|up){_NO_OBJECT}"
_OUT_OF: Final = rf"{_GAP}out\s+of\b"
_CLOSER: Final = r"\s+(?:\w+ly\s+)?(?:closer|nearer|near)\b"
_OVER: Final = rf"{_GAP}(?:across|over|along)\b"
_ON_WHEELS: Final = r"[\s-](?:dolly|tracking|track)\b(?:\s+(?:shot|movement|move)\b)?"
_ALWAYS: Final = r"\b"

_CAMERA: Final = r"[\s-](?:camera|cam|shot|lens|view|viewpoint|frame|framing|angle|footage)\b"
_STILL: Final = (
    r"(?:static|fixed|locked(?:[\s-](?:off|down))?|still|stationary|motionless|unmoving)"
)
_STAYS: Final = (
    r"\s+(?:\w+ly\s+)?"
    r"(?:(?:is|stays|remains|holds|keeps|kept|held|stands|staying|remaining|holding)\s+"
    rf"(?:\w+ly\s+)?(?:{_STILL}|steady)|(?!still\b){_STILL})\b(?!\s+\w+ing\b)"
)
_HOLDS: Final = r"\s+hold(?:s|ing)\b(?!\s+(?:up|out|an?|his|her)\b)(?:\s+(?:steady|on)\b)?"
_MOVES_NOT: Final = (
    r"\s+(?:(?:does|is|will)\s+not|(?:does|is)n['’]t|never)\s+mov(?:es?|ing)\b"
    r"(?!\s+(?:left|right|up|down|in|out|back|forward)\b)"
)
# "A handheld fan" is held by somebody.
_MANNER: Final = r"[\s-]+(?:camera\s+)?(?:feel|look|style|move(?:ment)?|motion|shake|footage)\b"
_TAKEN: Final = (
    r"(?=\s*(?:$|[^\w\s]|(?:tracking|push|pan|tilt|zoom|dolly|pull|close[\s-]?up|and|as|then)\b))"
)
_SOMEBODY: Final = r"(?:the|an?|her|his|him|them|it|its|their)\b"

_LIFT: Final = _verb("crane boom pedestal jib")
_SINKS: Final = r"(?=[^.;!?]{0,40}?\b(?:down|descend|lower|sink))"
_FLOAT: Final = _verb("move float fly travel glide")
_CLIMB: Final = _FLOAT | _verb("climb drop") | _word("go goes going")
_GO: Final = _FLOAT | _verb("track creep inch ease drift rush race dash walk")
_SIDES: Final = (("left", "right"), ("right", "left"))
_CLOCKWISE: Final = r"(?<!counter)(?<!anti)(?<!counter-)(?<!anti-)\bclockwise"
_ROUND: Final = r"(?:\s+\w+ly)?\s+(?:around|about|round)\b"


def _table() -> Iterator[Phrase]:
    """List the wordings; of two that begin and end alike the earlier one counts."""
    for side, other in _SIDES:
        yield from _sideways(side, other)
        yield from _around(side)
    yield Phrase("Push in", "term", _verb("push dolly"), _IN)
    yield Phrase("Push in", "verb", _GO, rf"(?:{_OVER}(?:\s+\w+){{1,4}}?)?{_IN}")
    yield Phrase("Push in", "verb", _verb("push dolly track") | _FLOAT, rf"{_GAP}through\b")
    yield Phrase("Push in", "verb", _verb("push"), rf"{_GAP}past\b")
    yield Phrase("Push in", "verb", _verb("come get draw"), _CLOSER)
    yield Phrase("Push in", "term", _word("forward"), _ON_WHEELS)
    yield Phrase("Push in", "verb", _verb("approach"), _ALWAYS)
    yield Phrase("Pull out", "term", _verb("pull dolly"), _OUT)
    yield Phrase("Pull out", "term", _word("backward backwards reverse"), _ON_WHEELS)
    yield Phrase("Pull out", "verb", _GO, _BACK)
    yield Phrase("Pull out", "verb", _verb("back"), _AWAY)
    yield Phrase("Pull out", "verb", _verb("back pull dolly move"), _OUT_OF)
    yield Phrase("Pull out", "verb", _verb("retreat"), _ALWAYS)
    yield Phrase("Pedestal up", "term", _LIFT, _UP)
    yield Phrase("Pedestal up", "term", _word("crane jib boom"), rf"[\s-]shot\b(?!{_SINKS})")
    yield Phrase("Pedestal up", "verb", _CLIMB, _UP)
    yield Phrase(
        "Pedestal up", "verb", _verb("rise ascend lift soar"), r"\b(?:\s+up(?:wards?)?\b)?"
    )
    yield Phrase("Pedestal up", "verb", _verb("climb"), r"\b(?!\s+down\b)")
    yield Phrase("Pedestal down", "term", _LIFT, _DOWN)
    yield Phrase("Pedestal down", "verb", _CLIMB, _DOWN)
    # "Lower" alone is an adjective: "a lower angle".
    yield Phrase(
        "Pedestal down",
        "verb",
        _verb("descend sink") | _word("lowers lowering"),
        r"\b(?:\s+down(?:wards?)?\b)?",
    )
    for name, towards, word in (("Tilt up", _UP, "up"), ("Tilt down", _DOWN, "down")):
        yield Phrase(name, "term", _verb("tilt"), rf"(?:\s+from(?:\s+\w+){{1,4}}?)?{towards}")
        yield Phrase(name, "term", _word(f"{word} {word}ward"), r"[\s-]tilt\b")
        yield Phrase(name, "term", _verb("pan"), rf"(?<!\ba pan)(?<!\bthe pan){towards}")
        yield Phrase(name, "verb", _verb("angle point look"), towards)
    yield Phrase("Zoom in", "term", _verb("zoom punch"), _IN)
    yield Phrase("Zoom in", "term", _verb("zoom"), r"(?:\s+\w+ly)?\s+on(?:to)?\b")
    yield Phrase("Zoom in", "term", _word("crash"), rf"[\s-]zooms?\b(?!{_GAP}out\b)(?:{_IN})?")
    yield Phrase("Zoom in", "verb", _verb("tighten"), r"\b(?:\s+in\b)?")
    yield Phrase("Zoom out", "term", _verb("zoom"), _OUT)
    yield Phrase("Zoom out", "verb", _verb("zoom"), _OUT_OF)
    yield Phrase("Zoom out", "verb", _verb("widen"), r"\b(?:\s+out\b)?")
    yield Phrase("Shake", "style", _word("shaky jittery jerky shaking trembling"), _CAMERA)
    yield Phrase("Shake", "style", _word("camera lens"), r"[\s-]shake\b")
    for word, held in (("handheld", ""), ("hand", r"[\s-]held")):
        yield Phrase("Shake", "style", _word(word), rf"{held}(?:{_CAMERA}|{_MANNER})")
        yield Phrase("Shake", "term", _word(word), held + _TAKEN)
    yield Phrase("Shake", "verb", _verb("shake jitter tremble vibrate wobble rock sway"), _ALWAYS)
    yield from _dolly_zoom()
    yield from _following()
    yield from _standing()


def _sideways(side: str, other: str) -> Iterator[Phrase]:
    to = r"(?:(?:to|toward|towards)\s+)?(?:(?:the|camera|screen|frame)[\s-]+)?"
    across = rf"(?:from\s+)?(?:the\s+)?{other}[\s-]+to[\s-]+(?:the\s+)?{side}"
    not_across = rf"(?![\s-]+to[\s-]+(?:the\s+)?{other})"
    towards = rf"{_GAP}(?:{across}|{to}{side}(?:wards?)?{not_across})\b"
    truck, pan = f"Truck {side}", f"Pan {side}"
    # "The truck left the yard" is a truck.
    yield Phrase(truck, "term", _verb("truck"), rf"(?<!\ba truck)(?<!\bthe truck){towards}")
    yield Phrase(truck, "term", _verb("dolly crab track"), towards)
    yield Phrase(
        truck,
        "term",
        _word("lateral laterally"),
        rf"\s+(?:mov(?:es?|ing|ement)|slid(?:es?|ing)|dolly|track(?:ing)?)(?:\s+shot)?{towards}",
    )
    yield Phrase(truck, "term", _word(f"{side} {side}ward"), r"[\s-](?:truck|dolly|slide)\b")
    yield Phrase(truck, "verb", _verb("slide move glide drift travel"), towards)
    yield Phrase(pan, "term", _verb("pan"), towards)
    yield Phrase(pan, "term", _word(f"{side} {side}ward"), r"[\s-]pan\b")
    yield Phrase(pan, "verb", _verb("turn swing sweep rotate look swivel whip"), towards)
    # A pan over something is told to the right unless the words after it say to the left; "a
    # pan over the fire" is a pan.
    leftward = r"(?=[^.;!?]{0,60}?\b(?:to\s+the\s+left|leftwards?|right\s+to\s+left)\b)"
    which = leftward if side == "left" else f"(?!{leftward})"
    yield Phrase(pan, "term", _verb("pan"), rf"(?<!\ba pan)(?<!\bthe pan){_OVER}{which}")


def _around(side: str) -> Iterator[Phrase]:
    """List the orbits; one that names no side goes to the right."""
    leftward = rf"(?=[^.;!?]{{0,60}}?(?:\bleft|{_CLOCKWISE})\b)"
    which = leftward if side == "left" else f"(?!{leftward})"
    name = f"Orbit {side}"
    path = rf"{which}(?:\s+(?:left|right)(?:wards?)?\b)?(?:{_ROUND})?"
    yield Phrase(name, "term", _word("orbit arc"), rf"{path}(?:\s+{_SOMEBODY})?\b")
    yield Phrase(name, "term", _word("orbits orbiting orbital"), rf"{path}\b")
    yield Phrase(name, "verb", _verb("orbit arc circle revolve"), rf"{which}\b")
    yield Phrase(name, "verb", _verb("rotate swing spin sweep") | _FLOAT, which + _ROUND)


def _dolly_zoom() -> Iterator[Phrase]:
    """List the moves of a dolly zoom: one way with the camera, the other with the lens."""
    for name in ("Push in", "Zoom out"):
        yield Phrase(name, "term", _word("dolly"), r"[\s-]zoom\b(?![\s-]out\b)(?:[\s-]in\b)?")
        yield Phrase(name, "term", _word("vertigo"), r"\b(?:[\s-](?:effect|shot)\b)?")
    for name in ("Pull out", "Zoom in"):
        yield Phrase(name, "term", _word("dolly"), r"[\s-]zoom[\s-]out\b")


def _following() -> Iterator[Phrase]:
    name = "Tracking shot"
    shot = r"[\s-](?:shot|cam|camera)\b"
    yield Phrase(name, "name", _word("tracking follow following trailing chase"), shot)
    yield Phrase(name, "verb", _verb("follow trail chase"), _ALWAYS)
    yield Phrase(name, "verb", _verb("keep"), r"\s+(?:pace|up)\s+with\b")
    yield Phrase(name, "verb", _verb("track"), rf"(?=\s+(?:{_SOMEBODY}|(?:along|behind|with)\b))")
    yield Phrase(
        name, "verb", _verb("move run track glide travel ride"), r"\s+(?:alongside|beside)\b"
    )
    yield Phrase(
        name, "verb", _verb("move run glide travel"), rf"\s+(?:along\s+)?with\s+(?={_SOMEBODY})"
    )


def _standing() -> Iterator[Phrase]:
    name = "Static shot"
    still = _word("static fixed still stationary motionless unmoving tripod")
    subject = _word("camera shot lens view frame")
    yield Phrase(name, "name", still, _CAMERA)
    yield Phrase(name, "name", _word("locked"), rf"(?:[\s-](?:off|down))?(?:\s+tripod)?{_CAMERA}")
    yield Phrase(name, "name", subject, _STAYS)
    yield Phrase(name, "name", subject, _HOLDS)
    yield Phrase(name, "name", subject, _MOVES_NOT)
    motion = "(?:move(?:ment)?s?|motion)"
    no_motion = rf"\s+(?:any\s+)?(?:camera\s+{motion}|{motion}\s+of\s+the\s+camera)\b"
    yield Phrase(name, "name", _word("no without"), no_motion)
    yield Phrase(name, "name", _word("not never without"), r"\s+mov(?:e|ing)\s+the\s+camera\b")
    yield Phrase(name, "name", _word("don"), r"['’]t\s+move\s+the\s+camera\b")
    yield Phrase(name, "term", _word("locked"), r"[\s-](?:off|down)\b(?!\s+\w)")
    yield Phrase(name, "verb", _verb("hold stay keep"), rf"\s+(?:\w+ly\s+)?{_STILL}\b")
    yield Phrase(name, "verb", _word("hold holds"), r"(?=\s*(?:$|[^\w\s'’-]|(?:on|there)\b))")
    yield Phrase(name, "verb", _word("static"), r"(?=\s*(?:$|[^\w\s]))")
