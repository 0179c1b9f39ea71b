"""Which words differ between prompts.

Prompts are cut into words as people read them: a run of letters and digits, or one character where
a script puts no spaces between words, or one sign; an accent, a joiner or a skin tone stays with
the character it belongs to. The words that all prompts have in the same order are equal; all
others differ, and of these some stand in one prompt alone. The common part is found by folding
longest common subsequences.
"""

from __future__ import annotations

import functools
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import regex

EQUAL: Final = 0
"""All texts have it."""
SHARED: Final = 1
"""Some have it, others do not."""
ALONE: Final = 2
"""No other text has it."""

_LONGEST: Final = 10_000
"""Characters of a text that is compared word by word; the service takes a fifth of it."""

Pieces = list[tuple[str, int]]
"""A text in pieces that join to it again; how much each differs from the other texts."""

# Scripts that put no spaces between words: the Unicode names of their letters begin so.
_UNSPACED: Final = (
    "CJK ",
    "HIRAGANA ",
    "KATAKANA ",
    "HALFWIDTH KATAKANA ",
    "BOPOMOFO ",
    "THAI ",
    "LAO ",
    "KHMER ",
    "MYANMAR ",
    "TIBETAN ",
)
_INSIDE: Final = frozenset("'\u2019-")


def marked(texts: Sequence[str]) -> list[Pieces]:
    """Mark in each text what the others do not have in common with it.

    Parameters
    ----------
    texts : sequence of str
        Prompts; of a single one nothing differs.

    Returns
    -------
    list of list of (str, int)
        For each text its pieces, in order; joined they are the text. The number is 0 for what all
        have, 1 for what some others have, 2 for what none has. Neighbouring words that differ
        alike are one piece, with the spaces between them; a space alone never differs.

    Examples
    --------
    >>> marked(["slow push in, dawn", "slow push in, storm light"])
    [[('slow push in, ', 0), ('dawn', 2)], [('slow push in, ', 0), ('storm light', 2)]]
    """
    if any(len(text) > _LONGEST for text in texts):
        # Not worth the time: what is as long as that is no prompt. Each stands as a whole.
        alike = EQUAL if len(set(texts)) == 1 else SHARED
        return [[(text, alike)] if text else [] for text in texts]
    cut = [words_of(text) for text in texts]
    solid = [[word for word in words if not word.isspace()] for words in cut]
    common = solid[0] if solid else []
    for words in solid[1:]:
        common = [common[place] for place in _shared(common, words)]
    marks = [_marks(words, common) for words in solid]
    differing = [
        {word for word, equal in zip(words, flags, strict=True) if not equal}
        for words, flags in zip(solid, marks, strict=True)
    ]
    counted = Counter(word for each in differing for word in each)
    return [
        _pieces(
            words,
            [
                EQUAL if equal else SHARED if counted[word] > 1 else ALONE
                for word, equal in zip(plain, flags, strict=True)
            ],
        )
        for words, plain, flags in zip(cut, solid, marks, strict=True)
    ]


def words_of(text: str) -> list[str]:
    """Cut a text into words, signs and spaces; joined they are the text."""
    words: list[str] = []
    kind = ""
    for cluster in _cluster().findall(text):
        now = _kind(cluster)
        goes_on = now == kind and kind in {"word", "space"}
        if words and goes_on:
            words[-1] += cluster
        else:
            words.append(cluster)
        kind = now
    return _with_inner_signs(words)


@functools.cache
def _cluster() -> regex.Pattern[str]:
    """Return what matches a space, or a character as a reader sees one (UAX #29)."""
    import regex  # noqa: PLC0415  only where prompts are compared

    return regex.compile(r"\s|\X")


def _with_inner_signs(words: list[str]) -> list[str]:
    """Join what an apostrophe or a hyphen joins: ``don't``, ``close-up``."""
    joined: list[str] = []
    for word in words:
        ends_inside = len(joined) > 1 and joined[-1] in _INSIDE and _kind(joined[-2][-1]) == "word"
        if ends_inside and _kind(word[0]) == "word":
            sign = joined.pop()
            joined[-1] += sign + word
        else:
            joined.append(word)
    return joined


def _kind(cluster: str) -> str:
    first = cluster[0]
    if first.isspace():
        return "space"
    if not first.isalnum():
        return "sign"
    return "letter" if unicodedata.name(first, "").startswith(_UNSPACED) else "word"


def _shared(one: Sequence[str], other: Sequence[str]) -> list[int]:
    """Return the places in the first of a longest common subsequence of both."""
    from rapidfuzz.distance import LCSseq  # noqa: PLC0415  only where prompts are compared

    blocks = LCSseq.opcodes(one, other)
    return [
        place
        for block in blocks
        if block.tag == "equal"
        for place in range(block.src_start, block.src_end)
    ]


def _marks(words: Sequence[str], common: Sequence[str]) -> list[bool]:
    """Return for each word whether it is in the common part, which they hold in order."""
    equal = set(_shared(words, common))
    return [place in equal for place in range(len(words))]


def _pieces(words: Sequence[str], degrees: Iterable[int]) -> Pieces:
    """Join neighbours that differ alike; a space goes with two of them, else it is equal."""
    given = iter(degrees)
    known = [None if word.isspace() else next(given) for word in words]
    pieces: Pieces = []
    for place, (word, degree) in enumerate(zip(words, known, strict=True)):
        if degree is None:
            around = known[max(0, place - 1) : place + 2 : 2]
            degree = around[0] if len(around) == 2 and around[0] == around[1] else EQUAL  # noqa: PLW2901
        if pieces and pieces[-1][1] == degree:
            pieces[-1] = (pieces[-1][0] + word, degree)
        else:
            pieces.append((word, degree or EQUAL))
    return pieces
