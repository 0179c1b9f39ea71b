"""A prompt cut into sentences and clauses, each with how it joins the one before."""

# ruff: noqa: RUF001 - full-width punctuation ends clauses too

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, cast

from hailuo_widgets.request.speed import MANNERS

Joint = Literal["and", "then", "after", "who", "sentence"]
"""``who`` opens a relative clause; ``sentence`` a new sentence; ``and`` is any quiet joint."""

# Brackets end a clause, so that words inside an unlisted bracket are read by themselves.
_BREAK: Final = re.compile(
    r"""(?P<sentence>[.!?;](?=\s|$)|[。！？；\n])
    |(?P<then>->|→|\b(?:then|followed\s+by|before|finally|afterwards?|next(?!\s+to)
        |(?:ends?|ending)\s+(?:with|in|on))\b)
    |(?P<after>\bafter\b)
    |(?P<who>\b(?:who|which|that|whose)\b)
    |(?P<and>[,，、:：()\[\]［］【】—–…/+&]|\s-\s
        |\b(?:and|as|while|whilst|but|when|where|until|because)\b)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_WORD: Final = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


class Clause(NamedTuple):
    """One clause as a slice of the prompt."""

    start: int
    end: int
    joint: Joint
    linked: bool
    """Whether the word "and" joins it to the clause before."""


class Word(NamedTuple):
    """One word, in lower case with straight apostrophes, and where it stands."""

    text: str
    start: int
    end: int


def words(prompt: str, start: int, end: int) -> list[Word]:
    """List the words of a slice of the prompt."""
    return [
        Word(match.group().lower().replace("’", "'"), match.start(), match.end())
        for match in _WORD.finditer(prompt, start, end)
    ]


def sentences(prompt: str) -> Iterator[tuple[Clause, ...]]:
    """Cut the prompt into sentences of clauses that hold at least one word each."""
    clauses: list[Clause] = []
    start = 0
    joint: Joint = "sentence"
    linked = False
    for match in _BREAK.finditer(prompt):
        kind = cast("Joint", match.lastgroup)
        before = words(prompt, start, match.start())
        if match.group() in {",", "，"} and before and all(word.text in MANNERS for word in before):
            continue  # "slow, smooth push in" is one clause
        if before:
            clauses.append(Clause(start, match.start(), joint, linked))
        # Between two breaks without a word the stronger joint stays: ", then".
        if before or joint == "and":
            joint = kind
        if kind == "sentence":
            if clauses:
                yield tuple(clauses)
            clauses, joint = [], "sentence"
        linked = match.group().lower() == "and"
        start = match.end()
    if words(prompt, start, len(prompt)):
        clauses.append(Clause(start, len(prompt), joint, linked))
    if clauses:
        yield tuple(clauses)
