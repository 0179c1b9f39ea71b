"""What to know about a prompt before it is sent. Only an error blocks; nothing is rewritten.

The rules are those of the project's camera vocabulary; each has a stable id, so that a form can
remember which hints the user has put away.
"""

# ruff: noqa: RUF001 - people type typographic apostrophes

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from hailuo_widgets.prompt.brackets import (
    OPENING,
    Bracket,
    Segment,
    brackets,
    stray_brackets,
    unbracketed,
)
from hailuo_widgets.prompt.commands import BY_NAME, OPPOSITE, STATIC
from hailuo_widgets.prompt.move_order import prose_moves
from hailuo_widgets.service import PROMPT_LIMIT, PROMPT_NOTE_FROM

Level = Literal["error", "warning", "note"]

COMBINED_LIMIT: Final = 3
"""Commands in one bracket that MiniMax recommends at most."""

WORDS_FROM: Final = 5
WORDS_TO: Final = 120

_LEVELS: Final = ("error", "warning", "note")
_DOLLY_ZOOMS: Final = ({"Push in", "Zoom out"}, {"Pull out", "Zoom in"})
_MISNOMERS: Final = {
    "push out": "Pull out",
    "push back": "Pull out",
    "push": "Push in",
    "pull": "Pull out",
    "follow": "Tracking shot",
    "following": "Tracking shot",
    "track": "Tracking shot",
    "tracking": "Tracking shot",
    "fixed": STATIC,
    "locked": STATIC,
    "static": STATIC,
    "still": STATIC,
    "shaky": "Shake",
}
_NO_EQUIVALENT: Final = (
    r"\b(?:orbit|arc|roll|dutch|rack\s+focus|focus\s+pull|pull\s+focus|circle|spin|360)"
)
# These patterns stay text: `re` compiles each at its first use, which keeps the import quick.
# CJK text has no spaces: each of its characters counts as a word.
_WORD: Final = r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+(?:['’-][^\W_]+)*"
_QUOTED: Final = r"\"[^\"\n]*\"|“[^”\n]*”|«[^»\n]*»|「[^」\n]*」"
_NEGATION: Final = (
    r"(?<![\w'’-])(?:no|not|without|never|neither|avoid(?:s|ing)?|cannot|dont"
    r"|(?:do|does|did|is|are|was|were|has|have|had|ca|wo|should|would|could|must)n['’]t)"
    r"(?!\s+(?:only|just|merely|(?:more|less)\s+than)\b)\s+[^\W\d_][\w'’-]*"
)
_NEW_SCENE: Final = (
    r"\b(?:(?:(?:smash|jump|hard|match|quick)\s+)?cut(?:s|ting)?\s+to|(?:smash|jump|hard)[\s-]cuts?"
    r"|(?:next|new|second|another)\s+scene|scene\s+(?:\d+|two|three|four)|meanwhile"
    r"|(?<!sooner or )later"
    r"|then\s+(?:suddenly\s+)?(?:(?:we|she|he|they|it)(?:['’](?:re|s)|\s+(?:is|are))?\s+)?(?:back\s+)?"
    r"(?:in|at|inside|outside|on)\s+(?:an?|another|the)\s+\w+"
    r"|then\s[^.!?;\n]{0,60}?\b(?:another|a\s+(?:new|different))\s+"
    r"(?:place|location|room|city|town|street|house|country|world|scene))\b"
)
_CHANGE: Final = (
    r"\b(?:becom|turn|transform|transition|morph|chang|dissolv|fad(?:e|ing)|evolv|grow|shrink|open"
    r"|clos(?:es?|ing)\b|melt|bloom|age[sd]?\b|aging|ripen|wilt|freez|unfold|reveal|appear|vanish"
    r"|ris(?:es?|ing)|fall|set(?:s|ting)\b|move|walk|run|turn|into\b|until\b|gradual|slowly\b|then\b"
    r"|from\s.+\sto\b|finally\b|ends?\s)|[变變化成到]"
)


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing to know about a prompt.

    Attributes
    ----------
    level : str
        ``"error"`` blocks a paid submit; ``"warning"`` and ``"note"`` do not.
    rule : str
        The rule's stable id, e.g. ``"bracket-opposites"``.
    text : str
        One quiet sentence.
    start, end : int or None
        The words that it is about, as a slice of the prompt; None when it is about all of it.
    suggestion : str or None
        What could stand there instead; None when there is no obvious cure.
    """

    level: Level
    rule: str
    text: str
    start: int | None = None
    end: int | None = None
    suggestion: str | None = None


def lint(
    prompt: str, *, enable_prompt_expansion: bool = True, has_end_image: bool = False
) -> tuple[Hint, ...]:
    """List what to know about a prompt before it is sent.

    Parameters
    ----------
    prompt : str
        The prompt as it would be sent.
    enable_prompt_expansion : bool, default True
        Whether the service may rewrite it first.
    has_end_image : bool, default False
        Whether an end image goes with it.

    Returns
    -------
    tuple of Hint
        Errors first, then warnings, then notes; within a level as they stand in the prompt.

    Examples
    --------
    >>> [hint.rule for hint in lint("[Push in,Pull out] a quiet harbour at dawn")]
    ['bracket-opposites', 'expansion']
    """
    read = prompt[:PROMPT_LIMIT]  # the rest cannot be sent, however long it is
    hints = [
        *_length(prompt),
        *_brackets(read),
        *_negation(read),
        *_scenes(read),
        *_contradiction(read),
        *_expansion(read, enabled=enable_prompt_expansion),
        *_end_image(read, given=has_end_image),
        *_words(read),
    ]
    return tuple(sorted(hints, key=lambda hint: (_LEVELS.index(hint.level), hint.start or 0)))


def _length(prompt: str) -> Iterator[Hint]:
    length = len(prompt)
    if length > PROMPT_LIMIT:
        over = length - PROMPT_LIMIT
        text = f"{length:,} characters; the service takes {PROMPT_LIMIT:,}. {over:,} too many."
        yield Hint("error", "length", text, PROMPT_LIMIT, length)
    elif length >= PROMPT_NOTE_FROM:
        left = PROMPT_LIMIT - length
        yield Hint("note", "length", f"{left} of {PROMPT_LIMIT:,} characters left.")


def _brackets(prompt: str) -> Iterator[Hint]:
    for bracket in brackets(prompt):
        start, end = bracket.start, bracket.end
        if not bracket.items:
            yield Hint("warning", "bracket-empty", "This bracket is empty.", start, end, "")
        yield from _unlisted(prompt, bracket)
        yield from _combination(bracket)
    for place in stray_brackets(prompt):
        missing = "closing" if prompt[place] in OPENING else "opening"
        text = f"This bracket has no {missing} one."
        yield Hint("warning", "bracket-unclosed", text, place, place + 1)


def _unlisted(prompt: str, bracket: Bracket) -> Iterator[Hint]:
    for item in bracket.items:
        if item.command is None:
            word = prompt[item.start : item.end]
            meant = _meant(word)
            if meant:
                text = f"“{word}” is not a listed command; “{meant}” is."
            elif re.search(_NO_EQUIVALENT, word, re.IGNORECASE):
                text = f"The service has no command for “{word}”; it probably reads it as text."
            else:
                text = f"“{word}” is not a listed command; the service probably reads it as text."
            yield Hint("warning", "bracket-unlisted", text, item.start, item.end, meant)


def _meant(word: str) -> str | None:
    plain = " ".join(word.replace("-", " ").split()).casefold()
    if plain in _MISNOMERS:
        return _MISNOMERS[plain]
    if re.search(_NO_EQUIVALENT, plain):
        return None
    moves = prose_moves(word)
    if moves and all(len(group) == 1 for group in moves):
        return moves[0][0].command if len(moves) == 1 else None
    if moves:
        return ",".join(move.command for move in moves[0])
    spellings = {name.casefold(): name for name in BY_NAME}
    close = difflib.get_close_matches(plain, spellings, n=1, cutoff=0.8)
    return spellings[close[0]] if close else None


def _combination(bracket: Bracket) -> Iterator[Hint]:
    commands, start, end = bracket.commands, bracket.start, bracket.end
    if len(commands) > COMBINED_LIMIT:
        text = f"{len(commands)} commands at once; MiniMax recommends at most {COMBINED_LIMIT}."
        yield Hint("warning", "bracket-crowded", text, start, end)
    for command in commands:
        other = OPPOSITE.get(command)
        if other in commands[commands.index(command) + 1 :]:
            text = f"“{command}” and “{other}” at once cancel out; give each its own bracket."
            apart = f"[{command}] [{other}]" if len(bracket.items) == 2 else None
            yield Hint("warning", "bracket-opposites", text, start, end, apart)
    if STATIC in commands and len(commands) > 1:
        text = f"“{STATIC}” goes with no other move; give it its own bracket."
        yield Hint("warning", "bracket-static", text, start, end)
    if any(pair <= set(commands) for pair in _DOLLY_ZOOMS):
        text = "Moving one way and zooming the other is a dolly zoom."
        yield Hint("note", "dolly-zoom", text, start, end)
    yield from _repeats(bracket.items)


def _repeats(items: tuple[Segment, ...]) -> Iterator[Hint]:
    seen: set[str] = set()
    for place, item in enumerate(items):
        if item.command in seen:
            # The comma before it goes too.
            start = items[place - 1].end
            text = f"“{item.command}” stands twice in this bracket."
            yield Hint("note", "bracket-repeat", text, start, item.end, "")
        elif item.command:
            seen.add(item.command)


def _negation(prompt: str) -> Iterator[Hint]:
    quoted = [match.span() for match in re.finditer(_QUOTED, prompt)]
    held = [
        (move.start, move.end)
        for group in prose_moves(prompt)
        for move in group
        if move.command == STATIC
    ]
    for match in re.finditer(_NEGATION, prompt, re.IGNORECASE):
        start, end = match.span()
        if any(left < end and start < right for left, right in quoted + held):
            continue
        text = f"There is no negative prompt: instead of “{match.group()}”, say what is seen."
        yield Hint("warning", "negation", text, start, end)


def _scenes(prompt: str) -> Iterator[Hint]:
    starts = [move.start for group in prose_moves(prompt) for move in group]
    for match in re.finditer(_NEW_SCENE, prompt, re.IGNORECASE):
        following = re.compile(r"[^.!?;\n]*").match(prompt, match.end())
        if (
            match.group().lower() == "later"
            and following
            and any(match.end() <= start < following.end() for start in starts)
        ):
            continue  # "slow zoom in, later a pan left" is one shot
        text = f"“{match.group()}” asks for another scene; one clip is one shot."
        yield Hint("warning", "scenes", text, match.start(), match.end())


def _contradiction(prompt: str) -> Iterator[Hint]:
    asked = {command for bracket in brackets(prompt) for command in bracket.commands}
    if not asked:
        return
    for group in prose_moves(unbracketed(prompt), orbits=True):
        for move in group:
            still = move.command == STATIC and STATIC not in asked
            moving = move.command != STATIC and asked == {STATIC}
            opposed = OPPOSITE.get(move.command) in asked and move.command not in asked
            if still or moving or opposed:
                said = prompt[move.start : move.end]
                named = OPPOSITE[move.command] if opposed else next(iter(sorted(asked)))
                text = f"“{said}” contradicts [{named}], which outranks it."
                yield Hint("warning", "contradiction", text, move.start, move.end)


def _expansion(prompt: str, *, enabled: bool) -> Iterator[Hint]:
    if enabled and any(bracket.commands for bracket in brackets(prompt)):
        text = "Prompt expansion is on and may alter the commands."
        yield Hint("note", "expansion", text)


def _end_image(prompt: str, *, given: bool) -> Iterator[Hint]:
    if not given:
        return
    asked = {command for bracket in brackets(prompt) for command in bracket.commands}
    asked |= {move.command for group in prose_moves(prompt, orbits=True) for move in group}
    if asked - {STATIC} or re.search(_CHANGE, unbracketed(prompt), re.IGNORECASE):
        return
    text = "With an end image, describe the change between the two pictures, not the pictures."
    yield Hint("note", "end-image", text)


def _words(prompt: str) -> Iterator[Hint]:
    count = len(re.findall(_WORD, prompt))
    if count < WORDS_FROM:
        said = "1 word" if count == 1 else f"{count} words"
        text = f"{said}; 40 to 60, in the present tense, usually work better."
        yield Hint("note", "words", text)
    elif count > WORDS_TO:
        text = f"{count} words; 40 to 60, in the present tense, usually work better."
        yield Hint("note", "words", text)
