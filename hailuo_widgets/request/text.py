"""What no text for the service or the ledger may hold, and what a spreadsheet must not run."""

from typing import Final

FORMULA_SIGNS: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # noqa: RUF001  Excel reads them too
"""What makes a spreadsheet take a cell for a formula."""


def has_lone_surrogate(text: str) -> bool:
    """Whether a text holds half of a character: it cannot be written as UTF-8."""
    return any("\ud800" <= character <= "\udfff" for character in text)
