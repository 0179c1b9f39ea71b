"""Texts from people: what none may hold, what a spreadsheet must not run, what a line has room for."""

from typing import Final

FORMULA_SIGNS: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # noqa: RUF001  Excel reads them too
"""What makes a spreadsheet take a cell for a formula."""


def has_lone_surrogate(text: str) -> bool:
    """Whether a text holds half of a character: it cannot be written as UTF-8."""
    return any("\ud800" <= character <= "\udfff" for character in text)


def short(text: str, length: int = 40) -> str:
    """Cut a text to what a sentence or a table has room for: one line, printable."""
    shown = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return shown if len(shown) <= length else f"{shown[: length - 1]}…"
