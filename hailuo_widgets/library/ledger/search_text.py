"""Text as it is searched: without case, in any script."""

from __future__ import annotations

import unicodedata
from typing import Final

_WORDS_AT_MOST: Final = 20
_LETTERS_AT_MOST: Final = 500


def fold(text: str) -> str:
    """Give a text without its case and with its characters taken apart (Unicode's NFKD).

    An accent stands on its own then, so that *cafe* finds *café*, and *café* does not find *cafe*.
    """
    apart = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFKD", apart.casefold())


def folded_words(text: str) -> list[str]:
    """Give the words a person looks for, the longest first; what goes past a bound is left out."""
    # Half a character (a lone surrogate) cannot go to SQLite; no stored text holds one.
    whole = text[:_LETTERS_AT_MOST].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    words = dict.fromkeys(fold(word) for word in whole.split())
    return sorted(words, key=len, reverse=True)[:_WORDS_AT_MOST]
