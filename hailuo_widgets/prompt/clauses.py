"""A prompt cut into sentences and clauses, each with how it joins the one before."""

# ruff: noqa: RUF001 - full-width punctuation ends clauses too

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, cast

from hailuo_widgets.prompt.speed_words import ADVERBS, MANNERS

Joint = Literal["sentence", "then", "before", "after", "while", "who", "and", "comma"]
"""``sentence`` opens a sentence, ``while`` a clause of time or place, ``who`` a relative clause.

``before`` and ``after`` are the words themselves; ``comma`` is any pause.
"""

# Brackets end a clause, so that words inside an unlisted bracket are read by themselves. A line
# that is wrapped, or goes on in lower case or with "and", does not end its sentence.
_BREAK: Final = re.compile(
    r"""(?P<sentence>[.!?;](?=\s|$)|[。！？；]|\n(?![^\S\n]*(?:and\b|(?-i:[a-z]))))
    |(?P<then>->|→|\b(?:then|followed\s+by|finally|afterwards?|lastly|later|next(?!\s+to\b)
        |after\s+(?:that|this|an?\s+(?:moment|second|beat|while|pause))
        |(?:ends?|ending|finish(?:es|ing)?)\s+(?:with|in|on))\b)
    |(?P<before>\bbefore\b)
    |(?P<after>\bafter\b)
    |(?P<who>\b(?:who|which|that|whose)\b)
    |(?P<while>\b(?:as|while|whilst|when|where|until|because|once)\b)
    |(?P<and>[+&]|\b(?:and|but|at\s+the\s+same\s+time|simultaneously)\b)
    |(?P<comma>[,，、:：()\[\]［］【】—–…/]|\s-\s|(?<![^\n]{40})\n)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_WORD: Final = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_PARTS: Final = frozenset({",", "，"})
_LONGEST: Final = 20  # characters that a word of manner may have, with the space before it
_WEAK: Final = frozenset({"and", "comma"})


class Word(NamedTuple):
    """One word, in lower case with straight apostrophes, and where it stands."""

    text: str
    start: int
    end: int


class Clause(NamedTuple):
    """One clause: its words, and the slice of the prompt that holds them."""

    words: tuple[Word, ...]
    start: int
    end: int
    joint: Joint
    linked: bool
    """Whether the word "and" joins it to the clause before."""


def words(prompt: str, start: int, end: int) -> tuple[Word, ...]:
    """List the words of a slice of the prompt."""
    return tuple(
        Word(match.group().lower().replace("’", "'"), match.start(), match.end())
        for match in _WORD.finditer(prompt, start, end)
    )


def sentences(prompt: str) -> Iterator[tuple[Clause, ...]]:
    """Cut the prompt into sentences of clauses that hold at least one word each."""
    clauses: list[Clause] = []
    start = 0
    joint: Joint = "sentence"
    linked = False
    for match in _BREAK.finditer(prompt):
        kind = cast("Joint", match.lastgroup)
        before = words(prompt, start, match.start())
        if before and _goes_on(prompt, match, before):
            continue
        if before:
            clauses.append(Clause(before, start, match.start(), joint, linked))
        # Between two breaks without a word the stronger joint stays: ", then".
        fronted = joint == "sentence" and kind in {"before", "after"}
        if before or joint in _WEAK or fronted:
            joint = kind
        if kind == "sentence":
            if clauses:
                yield tuple(clauses)
            clauses, joint = [], "sentence"
        linked = match.group().lower() == "and" or (linked and not before and kind != "then")
        start = match.end()
    rest = words(prompt, start, len(prompt))
    if rest:
        clauses.append(Clause(rest, start, len(prompt), joint, linked))
    if clauses:
        yield tuple(clauses)


def _goes_on(prompt: str, match: re.Match[str], before: tuple[Word, ...]) -> bool:
    """Return True if words of manner go on over a break: "slow, smooth push in"."""
    if match.group() in _PARTS:
        return all(word.text in MANNERS for word in before)
    if match.group() == "\n":
        return before[-1].text in MANNERS  # "the camera slowly", and on the next line "pushes in"
    if match.group().lower() == "and" and before[-1].text in MANNERS:
        following = words(prompt, match.end(), match.end() + _LONGEST)
        return bool(following) and following[0].text in MANNERS - frozenset(ADVERBS)
    return False
