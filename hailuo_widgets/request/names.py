"""What a picture is called in messages: never a path, and fit to be shown."""

from __future__ import annotations

from typing import Final

UNNAMED: Final = "pasted image"
"""What a picture without a file name is called."""

_NAME_LENGTH: Final = 80


def shown_name(text: str) -> str:
    """Make a name fit to be shown: printable, and not too long."""
    name = "".join(character for character in text if character.isprintable()).strip()
    return name if len(name) <= _NAME_LENGTH else f"{name[: _NAME_LENGTH - 1]}…"
