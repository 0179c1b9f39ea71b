"""What a prompt says about light and things in the air, and what of it no draft shows.

The camera moves themselves are read by ``request.prompt``. Here, too, a word counts only where
it can mean what it seems to: snow that falls, not a snow leopard; an hour that is golden, not a
retriever. Each row of the tables names the words it begins with, what must follow and, where
that is not enough, what must stand before.
"""

# ruff: noqa: RUF001 - full-width punctuation and typographic apostrophes are read as well

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

Kind = Literal["light", "air", "beyond"]
"""``beyond`` is film language that a draft does not show."""


class Cue(NamedTuple):
    """Something that a prompt asks for.

    Attributes
    ----------
    kind : str
        What it is about.
    name : str
        The effect's name, e.g. ``"snow"``; of what is beyond a draft, its wording.
    start, end : int
        Where the prompt says so.
    """

    kind: Kind
    name: str
    start: int
    end: int


class _Row(NamedTuple):
    """One wording: its first words, what follows them, and what stands before them."""

    kind: Kind
    name: str
    first: frozenset[str]
    rest: str
    before: str = ""


# What may stand before a thing in the air, what it may do, and where.
_MANNER: Final = (
    r"\b(?:falling|drifting|floating|swirling|blowing|rising|glowing|flying|rolling|dancing"
    r"|pouring|driving|lashing|hanging|creeping|billowing|suspended|sparkling|sudden|steady"
    r"|light|gentle|soft|heavy|thick|thin|fine|dense|low|faint|fresh|tiny|wispy|slow|golden"
    r"|early|morning|evening|first|some|add)[\s-]+(?:and\s+)?$"
)
_DOES: Final = (
    r"(?:(?:is|are|slowly|gently|softly|lightly|lazily|begins?\s+to|starts?\s+to|continues?\s+to"
    r"|keeps?)\s+){0,3}(?:fall|drift|float|swirl|blow|rise|ris|fl(?:y|ies)|roll|danc|pour|lash|hang|creep|billow"
    r"|glow|start|begin|settl|gather|mov|com|crackl|shoot|burst|scatter|spray|shower|rain)"
    r"(?:e?s|n?ing|e)?\b"
)
_PLACE: Final = (
    r"(?:in|on|over|through|throughout|around|across|from|behind|everywhere|against|past|at|near"
    r"|above|between|catching|lit|and|or|while|as|with)\b"
)
_ENDS: Final = r"\s*(?:$|[^\w\s'’-]|and\b|or\b)"
_SEEN: Final = rf"(?=\s*(?:$|[^\w\s'’-]|{_DOES}|{_PLACE}))"
_PAUSE: Final = r"(?:^|[^\w\s'’-]|\b(?:and|with|plus|add)\b)\s*(?:(?:the|a|some)\s+)?$"
_STARTS: Final = r"\b(?:starts?|begins?)\s+(?:to\s+)?$"
_AMID: Final = r"\b(?:in|through|under|into|against|of|from|on)\s+(?:(?:the|a|an)\s+)?(?:\w+\s+)?$"
_AMOUNT: Final = (
    r"\b(?:sheet|curtain|drop|streak|wall|veil|bank|wisp|blanket|cloud|patch|layer|swirl)(?:e?s)?"
    r"\s+of\s+(?:\w+\s+)?$"
)
_TIMES: Final = r"(?:air|atmosphere|weather|morning|evening|day|night|afternoon|dawn|dusk)"
_LAND: Final = (
    r"(?:street|city|alley|harbou?r|bridge|coast|shore|sea|lake|river|swamp|moor|field|meadow"
    r"|valley|hills?|mountains?|forest|woods?|road|window)s?"
)
# What may follow a time of day that is its light; after another noun it is a name.
_LIGHTS: Final = (
    r"(?=\s*(?:$|[^\w\s'’-]|(?:light|lighting|sky|skies|glow|glows|colou?rs?|hues?|tones?|palette"
    r"|mood|sun|rays?|scene|shot|view|atmosphere|backdrop|silhouettes?|beach|sea|ocean|city"
    r"|streets?|skyline|over|in|on"
    r"|at|behind|through|across|with|as|while|when|from|to|into|by|lit|paints?|bathes?|fills?"
    r"|falls?|spreads?|casts?|turns?|reflect\w*|breaks?|breaking|comes?|approach\w*|settles?"
    r"|descends?)\b)|-(?:lit|colou?red)\b)"
)
_SOFTLY: Final = r"(?:(?:is|are|slowly|gently|gradually|softly|suddenly)\s+){0,3}"
_COMES: Final = rf"\s+{_SOFTLY}(?:fall|com|settl|descend|approach|clos)(?:e?s|ing)\b"
_TURN: Final = "turn turns turning fade fades become becomes change changes shift shifts go goes"
_STEM: Final = r"\b(?:turn|fade|become|change|shift|go|transition)(?:s|es|ing)?"


def _rows() -> Iterator[_Row]:
    yield from _air()
    yield from _light()
    yield from _beyond()


def _air() -> Iterator[_Row]:
    def row(name: str, first: str, rest: str = r"\b", before: str = "") -> _Row:
        return _Row("air", name, frozenset(first.split()), rest, before)

    # "Rain on the glass" falls, "snow on the roof" and "dust on the shelf" lie.
    bare = rf"(?={_ENDS}|\s+in\s+the\s+(?:air|light|wind|sun))"
    for name, nouns, alone in (
        ("snow", "snow snowflake flurries sleet", bare),
        ("rain", "rain raindrop drizzle", _SEEN),
        ("dust", "dust pollen", bare),
        ("embers", "ember embers sparks", bare),
        ("fog", "fog mist haze", _SEEN),
    ):
        yield row(name, nouns, _SEEN, before=_MANNER)
        yield row(name, nouns, rf"\s+{_DOES}")
        yield row(name, nouns, alone, before=_PAUSE)
    for name, nouns in (("rain", "rain drizzle"), ("fog", "fog mist haze")):
        yield row(name, nouns, _SEEN, before=_AMID)
        yield row(name, nouns, before=_AMOUNT)
    for name, verb in (("snow", "snow"), ("rain", "rain")):
        yield row(name, verb, before=_STARTS)
        yield row(name, "it", rf"\s+{verb}s\b")
    yield row("snow", "snowing snowfall snowflakes snowstorm blizzard")
    yield row("snow", "snowy", r"\s+(?:air|weather|evening|day|night|afternoon)\b")
    yield row("rain", "rainfall rainstorm downpour drizzling raindrops")
    yield row(
        "rain", "raining", before=r"^(?!.*\b(?:embers?|sparks|ash|petals|debris|confetti)\s+$)"
    )
    yield row("rain", "rainy", rf"\s+(?:{_TIMES}|{_LAND})\b")
    yield row("dust", "dust", r"\s+(?:motes?|particles?|specks?|clouds?)\b")
    yield row("dust", "dust", before=r"\b(?:motes|specks|clouds?|swirls?|haze)\s+of\s+$")
    yield row("dust", "floating drifting", r"\s+particles\b")
    yield row("embers", "embers sparks", before=r"\b(?:shower|rain|cloud|trail|swarm)s?\s+of\s+$")
    yield row("fog", "foggy misty hazy", rf"\s+(?:{_TIMES}|{_LAND})\b")


def _light() -> Iterator[_Row]:
    def row(name: str, first: str, rest: str = r"\b", before: str = "") -> _Row:
        return _Row("light", name, frozenset(first.split()), rest, before)

    golden = "golden light"
    yield row(
        golden,
        "golden",
        r"[\s-]+(?:hour|light|lighting|glow|sunlight|sunset|sun|rays?|evening|afternoon|morning)\b",
    )
    yield row(golden, "golden", before=rf"{_STEM}\s+$")
    yield row(golden, "magic", r"\s+hour\b")
    yield row(golden, "sunset sundown", _LIGHTS)
    yield row(golden, "setting", r"\s+sun\b")
    yield row(golden, "sun", rf"\s+{_SOFTLY}(?:set(?:s|ting)|sinks?|sinking|go(?:es|ing)\s+down)\b")
    yield row(golden, "warm", r"\s+(?:evening\s+|afternoon\s+|sun\s*)?light\b")

    yield row("night", "nightfall")
    yield row("night", "dusk twilight moonlight", _LIGHTS)
    yield row("night", "moonlit")
    yield row("night", "blue", r"\s+hour\b")
    yield row("night", "night darkness", _COMES)
    # "Good night", "last night" and "a night owl" are no light.
    yield row(
        "night",
        "night nighttime",
        _LIGHTS,
        before=r"(?:^|[^\w\s'’-]|\b(?:at|by|into|to|the|a|all)\b|\b(?!good|last|one|every)\w+y\b"
        r"|\b(?:dark|winter|summer|late|cold|quiet|clear|tropical|moonless)\b)\s*$",
    )
    yield row("night", "dark darker darkness night", before=rf"{_STEM}\s+(?:(?:in)?to\s+)?$")
    yield row("night", "dark darker", before=r"\b(?:gets?|getting|grows?|growing)\s+$")
    yield row(
        "night",
        "darkens darken darkening",
        before=r"\b(?:sky|skies|room|scene|stage|land|"
        r"landscape|street|hall|house|town|city|sea|forest|light|picture|image|world)\s+"
        rf"{_SOFTLY}(?:begins?\s+to\s+|starts?\s+to\s+)?$",
    )
    yield row("night", "darkening", r"\s+(?:sky|skies)\b")
    yield row("night", "light lights", rf"\s+{_SOFTLY}(?:dims?|dimming|go(?:es)?\s+(?:down|out))\b")

    sky = r"light|lighting|skies|sky|clouds?|weather|gloom"
    yield row("storm light", "storm stormy", rf"[\s-]+(?:{sky})\b")
    yield row("storm light", "overcast", _LIGHTS)
    yield row("storm light", "leaden", rf"\s+(?:{sky})\b")

    yield row("dawn", "dawn sunrise daybreak", _LIGHTS)
    yield row("dawn", "dawns dawning", r"(?=\s*(?:$|[^\w\s'’-]|over\b|on\b))")
    yield row("dawn", "first", r"\s+light\b")
    yield row("dawn", "rising", r"\s+sun\b")
    yield row("dawn", "sun", rf"\s+{_SOFTLY}(?:rises?|rising|com(?:es|ing)\s+up)\b")
    yield row("dawn", "day", before=rf"\bnight\s+(?:{_STEM}\s+)?(?:in)?to\s+$")

    # A flicker of doubt, a smile that flickers: no light.
    yield row(
        "flicker",
        "flicker flickers flickering flickery",
        r"(?!\s+of\s+(?!light|flame|fire|candle)|\s+across\s+(?:his|her|their))\b",
        before=r"^(?!.*\b(?:smile|grin|doubt|fear|hope|eyes?|eyelids?)\s+$)",
    )
    yield row("flicker", "candle fire torch", r"[\s-]*li(?:t|ght)\b")
    yield row("flicker", "candlelight firelight torchlight candlelit firelit torchlit")
    yield row("flicker", "strobe strobing", r"\s+lights?\b")
    yield row("flicker", "lightning", r"(?![\s-](?:fast|quick|speed|rod|bug))\b")

    for colour in ("black", "white"):
        yield row(
            f"fade to {colour}",
            "fade fades fading",
            rf"\s+{_SOFTLY}(?:out\s+)?(?:in)?to\s+{colour}\b",
        )
    yield row(
        "fade to black",
        "fade fades fading",
        r"[\s-]out\b(?!\s+(?:in)?to\b)",
        before=r"(?:^|[^\w\s'’-]|\b(?:scene|shot|image|picture|view|light|film|clip|it|a)\s+)\s*$",
    )


def _beyond() -> Iterator[_Row]:
    def row(first: str, rest: str = r"\b", before: str = "") -> _Row:
        return _Row("beyond", "", frozenset(first.split()), rest, before)

    # Focus and lens; digits of a word are read as one 0.
    yield row("rack racks racking pull pulls pulling", r"[\s-]focus\b")
    yield row("focus", r"[\s-](?:pull|rack|shift)(?:s|ing)?\b")
    yield row("soft deep shallow", r"\s+focus\b")
    yield row("shallow", r"\s+depth\s+of\s+field\b")
    yield row("depth", r"\s+of\s+field\b")
    yield row("bokeh fisheye telephoto anamorphic macro", r"(?:\s+lens(?!\s+flare))?\b")
    yield row("fish", r"[\s-]eye(?:\s+lens)?\b")
    yield row("wide", r"[\s-]angle(?:\s+lens)?\b")
    yield row("long prime", r"\s+lens\b")
    yield row("0mm", r"(?:\s+lens)?\b")
    yield row("0", r"\s?mm(?:\s+lens)?\b")
    yield row("f", r"/\d+(?:\.\d+)?\b")
    yield row("lens", r"\s+(?:flares?|distortion)\b")
    yield row("tilt", r"[\s-]shift\b")
    yield row("dutch", r"\s+(?:angle|tilt)\b")
    yield row("barrel camera", r"[\s-]rolls?\b")
    # Time
    yield row("slow", r"[\s-]mo(?:tion)?\b")
    yield row("time", r"[\s-]lapse\b")
    yield row("timelapse hyperlapse")
    yield row("speed", r"[\s-]ramp(?:s|ed|ing)?\b")
    yield row("freeze", r"[\s-]frames?\b")
    yield row("bullet", r"[\s-]time\b")
    # Cuts
    yield row("jump smash match hard", r"[\s-]cuts?\b(?:\s+to\s+black\b)?")
    yield row(
        "cut cuts cutting",
        r"\s+to\b(?!\s+(?:the\s+)?(?:chase|pieces|size|length|shape|ribbons)\b)",
        before=r"(?:^|[^\w\s'’-]|\b(?:camera|shot|scene|view|film|video|clip|we|it|then|and|now"
        r"|suddenly|quickly|quick)\s+)\s*$",
    )
    yield row("split", r"[\s-]screens?\b")
    yield row("cross", r"[\s-](?:fade|dissolve|cut)s?\b")
    yield row("montage crossfade")
    yield row("fade fades fading", r"[\s-]in\b\s+from\s+(?:black|white)\b")
    yield row(
        "fade fades fading",
        r"[\s-]in\b",
        before=r"(?:^|[^\w\s'’-]|\b(?:scene|shot|image|picture|view|film|clip|it)\s+)\s*$",
    )
    # The film itself
    yield row("film", r"\s+grain\b")
    yield row("motion", r"\s+blur\b")
    yield row("god", r"\s+rays\b")
    yield row("volumetric", r"\s+(?:light|lighting|rays|fog)\b")
    yield row("light", r"\s+leaks?\b")
    yield row("double", r"\s+exposure\b")
    yield row("chromatic", r"\s+aberration\b")
    yield row("color colour", r"[\s-]grad(?:e|ed|ing)\b")


@functools.cache
def _by_first_word() -> dict[str, tuple[_Row, ...]]:
    found = defaultdict(list)
    for row in _rows():
        for word in row.first:
            found[word].append(row)
    return {word: tuple(rows) for word, rows in found.items()}


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_PART: Final = re.compile(r"[^\W_]+")
_DIGITS: Final = re.compile(r"\d+")
_CLAUSE_END: Final = re.compile(r"[,.;:!?\n，。；()–—\[\]［］【】]|\s-\s|\bbut\b", re.IGNORECASE)
_DENIED: Final = re.compile(
    r"(?:\b(?:no|not|never|without|avoid(?:s|ing)?|cannot|neither|free\s+of|instead\s+of"
    r"|rather\s+than)|n['’]t)\b(?!\s+(?:only|just|merely|(?:more|less)\s+than)\b)(?:\s+[\w'’-]+){0,3}\s*$",
    re.IGNORECASE,
)
_REACH: Final = 80
"""Characters before a word that are looked at."""


def cues(prompt: str) -> tuple[Cue, ...]:
    """Find what a prompt asks for beside camera moves, in its order, overlaps left out."""
    known = _by_first_word()
    ends = [0, *(match.end() for match in _CLAUSE_END.finditer(prompt))]
    found: list[Cue] = []
    named: set[str] = set()  # each effect counts once
    clause = 0
    for part in _PART.finditer(prompt):
        while clause + 1 < len(ends) and ends[clause + 1] <= part.start():
            clause += 1
        word = part.group().lower()
        rows = known.get(_DIGITS.sub("0", word) if word[0].isdigit() else word)
        if rows:
            before = prompt[max(ends[clause], part.start() - _REACH) : part.start()]
            if not _DENIED.search(before):
                rows = tuple(row for row in rows if row.name not in named)
                new = tuple(_matching(prompt, part, rows, before))
                found += new
                named.update(cue.name for cue in new if cue.kind != "beyond")
    found.sort(key=lambda cue: (cue.start, -cue.end))
    return tuple(_apart(found))


def _matching(
    prompt: str, part: re.Match[str], rows: tuple[_Row, ...], before: str
) -> Iterator[Cue]:
    for row in rows:
        after = _compiled(row.rest).match(prompt, part.end())
        if after and (not row.before or _compiled(row.before).search(before)):
            name = row.name or prompt[part.start() : after.end()]
            yield Cue(row.kind, name, part.start(), after.end())


def _apart(found: list[Cue]) -> Iterator[Cue]:
    """Return each thing once, and of two of a kind that overlap the earlier one."""
    names: set[str] = set()
    until: dict[Kind, int] = {}
    for cue in found:
        if cue.start >= until.get(cue.kind, 0):
            until[cue.kind] = cue.end
            if cue.name.lower() not in names:
                names.add(cue.name.lower())
                yield cue
