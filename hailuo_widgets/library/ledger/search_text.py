"""Text as it is searched: without case, in any script."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3

    from hailuo_widgets.library.ledger.records import RequestRow

_WORDS_AT_MOST: Final = 20
_LETTERS_AT_MOST: Final = 500


def fold(text: str) -> str:
    """Return a text without its case and with its characters taken apart (Unicode's NFKD).

    An accent stands on its own then, so that *cafe* finds *café*, and *café* does not find *cafe*.
    """
    apart = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFKD", apart.casefold())


def folded_words(text: str) -> list[str]:
    """Return the words the user looks for, the longest first; those past a bound are left out."""
    # Half a character (a lone surrogate) cannot go to SQLite; no stored text holds one.
    whole = text[:_LETTERS_AT_MOST].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    words = dict.fromkeys(fold(word) for word in whole.split())
    return sorted(words, key=len, reverse=True)[:_WORDS_AT_MOST]


def index_job(connection: sqlite3.Connection, job_id: int, request: RequestRow, note: str) -> None:
    """Write what is searched of a job to a table of its own: searching it reads nothing else."""
    connection.execute(
        "INSERT INTO search VALUES (?, ?, ?, ?) ON CONFLICT (job_id) DO UPDATE SET"
        " words = excluded.words",
        (job_id, request.image, request.end_image, fold(f"{request.prompt}\n{note}")),
    )
