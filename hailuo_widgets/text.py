"""Texts from people, files and the network: what none may hold, and how each is shown safely."""

import re
from typing import Final

_REPLACEMENT: Final = "\ufffd"
_COMMANDS: Final = re.compile(
    # Control characters (a terminal obeys them; the line feed has its own rule), halves of
    # characters (no file can hold them), and what turns the direction of text around.
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)

UNNAMED: Final = "pasted image"
"""What a picture without a file name is called."""

_NAME_LENGTH: Final = 80

FORMULA_SIGNS: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # noqa: RUF001  Excel reads them too
"""What makes a spreadsheet take a cell for a formula."""


# A quote or a blank before it changes nothing.
_RUNS: Final = f"'*(?:[^\\S\\t\\r\\n]|[\"\ufeff\u200b])*[{re.escape(''.join(FORMULA_SIGNS))}\\t\\r]"
_ENDS_CELL: Final = r"(?<=[,;|\t\r\n])"
_AT_BEGIN: Final = re.compile(f"^(?={_RUNS})")
_INSIDE: Final = re.compile(f"{_ENDS_CELL}(?={_RUNS})")
_PUT: Final = re.compile(f"(?:^|{_ENDS_CELL})'(?={_RUNS})")


def to_cell(text: str) -> str:
    """Return a text as it stands in a table file: no spreadsheet runs any part of it.

    A ``'`` goes in front of what makes a formula, at the beginning and after each character that
    some spreadsheet takes for the end of a cell (comma, semicolon, tab, bar, line break): the file
    may be opened with another separator than it was written with.
    """
    return inert_inside(inert_begin(text))


def inert_begin(text: str) -> str:
    """Return a text that makes no formula where a cell begins with it."""
    return _AT_BEGIN.sub("'", text)


def inert_inside(text: str) -> str:
    """Return a text none of whose parts makes a formula where another separator splits it."""
    return _INSIDE.sub("'", text)


def from_cell(text: str) -> str:
    """Return the text that :func:`to_cell` was given."""
    return _PUT.sub("", text)


def has_lone_surrogate(text: str) -> bool:
    """Return True if a text holds half of a character: it cannot be written as UTF-8."""
    return any("\ud800" <= character <= "\udfff" for character in text)


def short(text: str, length: int = 40) -> str:
    """Cut a text to what a sentence or a table has room for: one line, printable."""
    shown = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return shown if len(shown) <= length else f"{shown[: length - 1]}…"


def neutralize(text: str) -> str:
    """Return a text that does nothing where it is shown; lines stay lines, a tab becomes a blank.

    Terminal commands (ESC, OSC 52 and all other control characters), marks that turn the direction
    of text around, and lone surrogates become U+FFFD.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return _COMMANDS.sub(_REPLACEMENT, lines)


def shown_name(text: str) -> str:
    """Make a name fit to be shown: printable, and not too long."""
    name = "".join(character for character in text if character.isprintable()).strip()
    return name if len(name) <= _NAME_LENGTH else f"{name[: _NAME_LENGTH - 1]}…"
