"""What a prompt says about light, things in the air and arcs, and what of it no draft shows.

The camera commands themselves are read by ``request.prompt``. Here, too, a word counts only
where it can mean what it seems to: snow that falls, not a snow leopard; an hour that is golden,
not a retriever.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple


class Cue(NamedTuple):
    """Something that a prompt asks for.

    Attributes
    ----------
    name : str
        The effect's name, e.g. ``"snow"``; of what is not understood, its wording.
    start, end : int
        Where the prompt says so.
    """

    name: str
    start: int
    end: int


def _matching(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


# What may stand before a thing in the air, what it may do, and where.
_MANNER: Final = (
    r"(?:(?:falling|drifting|floating|swirling|blowing|rising|glowing|flying|rolling|dancing"
    r"|pouring|driving|lashing|hanging|creeping|billowing|suspended|sparkling|sudden|steady"
    r"|light|gentle|soft|heavy|thick|thin|fine|dense|low|faint|fresh|tiny|wispy|slow|golden"
    r"|morning|first|some)[\s-]+(?:and\s+)?)"
)
_DOES: Final = (
    r"(?:(?:is|are|slowly|gently|softly|lightly|lazily|begins?\s+to|starts?\s+to)\s+)*"
    r"(?:fall|drift|float|swirl|blow|rise|ris|fl(?:y|ies)|roll|danc|pour|lash|hang|creep|billow"
    r"|glow|start|begin|settl|gather|mov|com)(?:e?s|n?ing|e)?\b"
)
_PLACE: Final = (
    r"(?:in|on|over|through|throughout|around|across|from|behind|everywhere|against|past|at|near"
    r"|above|catching|lit|and|while|as|with)\b"
)
_PAUSE: Final = r"(?:^|[,.;:!?(\]，。、；]|\b(?:and|with|plus|add)\b)\s*(?:(?:the|a|some)\s+)?"  # noqa: RUF001
_END: Final = r"(?=\s*(?:$|[,.;:!?)\[，。、；]|and\b|in\s+the\s+(?:air|light|wind|sun)))"  # noqa: RUF001


def _airborne(noun: str, *sayings: str) -> re.Pattern[str]:
    """Match a thing in the air: with its manner, with what it does, or alone between pauses."""
    return _matching(
        rf"\b{_MANNER}+{noun}(?=\s*(?:$|[^\w\s-]|{_DOES}|{_PLACE}))",
        rf"\b{noun}\s+{_DOES}",
        rf"{_PAUSE}{_MANNER}*{noun}{_END}",
        *sayings,
    )


PARTICLES: Final = {
    "snow": _airborne(
        r"(?:snow(?:flakes?)?|flurries)",
        r"\b(?:snowing|it\s+snows|snowfall|snowflakes|snowstorm|blizzard)\b",
    ),
    "rain": _airborne(
        r"(?:rain(?:drops?)?|drizzle)",
        r"\b(?:raining|it\s+rains|rainfall|rainstorm|downpour|drizzling|raindrops)\b",
        r"\bin\s+the\s+(?:\w+\s+)?rain\b",
    ),
    "dust": _airborne(
        r"(?:dust|pollen)",
        r"\bdust\s+(?:motes?|particles?|specks?)\b",
        r"\bmotes\s+of\s+dust\b",
        r"\b(?:floating|drifting)\s+particles\b",
    ),
    "embers": _airborne(r"(?:embers?|sparks)"),
    "fog": _airborne(
        r"(?:fog|mist|haze)", r"\b(?:foggy|misty)\s+(?:air|atmosphere|weather|morning)\b"
    ),
}
"""Each particle system, to the wordings that ask for it."""

_TURNS: Final = r"(?:turn|fade|become|change|shift|go|transition)(?:s|es)?"
_COMES: Final = r"(?:is\s+)?(?:slowly\s+)?(?:fall|com|settl|descend|approach)(?:s|es|ing)"

LIGHT: Final = {
    "golden light": _matching(
        r"\bgolden[\s-]+(?:hour|light|glow|sunlight|sunset|sun|rays?|evening|afternoon|morning)\b",
        r"\bmagic\s+hour\b",
        r"\bsun(?:set|down)\b",
        r"\bsetting\s+sun\b",
        r"\bsun\s+(?:slowly\s+)?(?:is\s+)?set(?:s|ting)\b",
        r"\bwarm\s+(?:evening\s+|afternoon\s+|sun\s*)?light\b",
        rf"\b{_TURNS}\s+golden\b",
    ),
    "night": _matching(
        r"\b(?:nightfall|dusk|twilight|moonlight|moonlit)\b",
        rf"\b(?:night|darkness)\s+{_COMES}\b",
        rf"\b(?:day(?:light)?|evening|afternoon)\s+(?:{_TURNS}\s+)?(?:in)?to\s+night\b",
        rf"\b{_TURNS}\s+(?:(?:in)?to\s+)?(?:night|dark(?:ness)?)\b",
        r"\b(?:gets?|getting|grow(?:s|ing))\s+dark(?:er)?\b",
        r"\blights?\s+(?:slowly\s+)?(?:dims?|dimming|go(?:es)?\s+(?:down|out))\b",
    ),
    "dawn": _matching(
        r"\b(?:dawn(?:s|ing)?|sunrise|daybreak|first\s+light)\b",
        r"\bsun\s+(?:slowly\s+)?(?:is\s+)?(?:rises|rising|comes\s+up)\b",
        rf"\bnight\s+(?:{_TURNS}\s+)?(?:in)?to\s+day\b",
    ),
    "flicker": _matching(r"\bflicker(?:s|ing|y)?\b", r"\b(?:candle|fire)\s*light\b"),
    "fade to black": _matching(
        r"\bfad(?:es?|ing)\s+(?:slowly\s+|gently\s+)?(?:out\s+)?(?:in)?to\s+black\b",
        r"\bfad(?:es?|ing)[\s-]out\b(?!\s+to\s+white)",
    ),
    "fade to white": _matching(
        r"\bfad(?:es?|ing)\s+(?:slowly\s+|gently\s+)?(?:out\s+)?(?:in)?to\s+white\b"
    ),
}
"""Each change of light, to the wordings that ask for it."""

_ARC: Final = _matching(
    r"\b(?:camera|shot|lens|view|drone)\b[^.;!?]{0,30}?\b(?:orbit|circl|arc|revolv)(?:e?s|e|ing)?\b"
    r"[^.;!?,\]]{0,40}",
    r"(?:^|[,.;:!?\[，、]|\b(?:then|and)\b)\s*(?:a\s+)?(?:(?:slow|smooth|gentle|fast|quick|wide)(?:ly)?\s+)*"  # noqa: RUF001
    r"(?:orbit|arc)(?:s|ing)?\b(?=\s*(?:$|[,.;:!?\]，、]|(?:shot|around|about|left|right|to|clockwise"  # noqa: RUF001
    r"|the|counter\w*|anti\w*|and|then)\b))[^.;!?,\]]{0,40}",
)
_LEFTWARD: Final = re.compile(
    r"\bleft\b|(?<!counter)(?<!anti)(?<!counter[\s-])\bclockwise", re.IGNORECASE
)

# Film language that no draft shows.
_BEYOND: Final = _matching(
    r"\brack(?:s|ing)?[\s-]focus\b",
    r"\b(?:focus[\s-]pull|pull(?:s|ing)?[\s-]focus|soft\s+focus)\b",
    r"\b(?:shallow\s+)?depth\s+of\s+field\b",
    r"\b(?:bokeh|fish[\s-]?eye|lens\s+flares?|split[\s-]screen|bullet[\s-]time)\b",
    r"\bdutch\s+(?:angle|tilt)\b",
    r"\b(?:barrel|camera)[\s-]rolls?\b",
    r"\b(?:slow[\s-]mo(?:tion)?|time[\s-]?lapse|hyper[\s-]?lapse)\b",
    r"\bfad(?:es?|ing)[\s-]in\b(?:\s+from\s+\w+)?",
    r"\b(?:jump|smash|match)\s+cut\b",
    r"\bcuts?\s+to\b",
    r"\b(?:lightning|fireworks|explosions?|smoke|steam|confetti|petals|bubbles)\b",
    r"\bfalling\s+leaves\b",
)
_BRACKET: Final = re.compile(r"[\[［【]([^\]］】\n]*)[\]］】]")  # noqa: RUF001
_NOT: Final = re.compile(
    r"(?:\b(?:no|not|never|without|avoid(?:s|ing)?|cannot|free\s+of|instead\s+of)|n['’]t)\b"  # noqa: RUF001
    r"(?:\s+(?!but\b)[\w'’-]+){0,3}\s*$",  # noqa: RUF001
    re.IGNORECASE,
)
_CLAUSE_END: Final = re.compile(r"[,.;:!?\n，。；]")  # noqa: RUF001


def light_cues(prompt: str) -> tuple[Cue, ...]:
    """Find the changes of light that a prompt asks for, each once, in its order."""
    return _each_once(prompt, LIGHT)


def particle_cues(prompt: str) -> tuple[Cue, ...]:
    """Find the particle systems that a prompt asks for, each once, in its order."""
    return _each_once(prompt, PARTICLES)


def arc_cue(prompt: str) -> Cue | None:
    """Find an orbit about the subject: ``"Orbit left"`` or ``"Orbit right"``.

    That is the side the camera travels to; seen from above, left is clockwise.
    """
    for match in _wanted(prompt, _ARC):
        name = "Orbit left" if _LEFTWARD.search(match.group()) else "Orbit right"
        return Cue(name, match.start(), match.end())
    return None


def beyond_cues(prompt: str, listed: frozenset[str]) -> tuple[Cue, ...]:
    """Find the film language that a draft does not show.

    Parameters
    ----------
    prompt : str
        The prompt.
    listed : frozenset of str
        Bracket words that are understood, in lower case.
    """
    found = [Cue(m.group(), m.start(), m.end()) for m in _wanted(prompt, _BEYOND)]
    for bracket in _BRACKET.finditer(prompt):
        for item in re.finditer(r"[^,，、]+", bracket.group(1)):  # noqa: RUF001
            word, start = item.group().strip(), bracket.start(1) + item.start()
            known = " ".join(word.lower().split()) in listed or _ARC.search(f"[{word}]")
            if word and not known:
                found.append(Cue(word, start, start + len(item.group())))
    unique = {cue.name.lower(): cue for cue in sorted(found, key=lambda cue: -cue.start)}
    return tuple(sorted(unique.values(), key=lambda cue: cue.start))


def _each_once(prompt: str, wordings: Mapping[str, re.Pattern[str]]) -> tuple[Cue, ...]:
    found = []
    for name, wording in wordings.items():
        match = next(_wanted(prompt, wording), None)
        if match is not None:
            found.append(Cue(name, match.start(), match.end()))
    return tuple(sorted(found, key=lambda cue: cue.start))


def _wanted(prompt: str, wording: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """Find a wording where the words before it in its clause do not deny it."""
    for match in wording.finditer(prompt):
        before = _CLAUSE_END.split(prompt[: match.start()])[-1]
        if not _NOT.search(before):
            yield match
