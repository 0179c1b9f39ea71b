"""Validating the values of a ledger's columns: only what this kit could have written is believed.

A flipped bit, another program or another user's file may have put anything anywhere: another
type, a date that does not exist, a text of megabytes, a price below nothing.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any, Final

from hailuo_widgets.library.ledger.states import JobState

LONGEST_TEXT: Final = 100_000
"""Characters of any text of ours: prompts and notes have 2,000, a service's message some more."""

TAG_LIMIT: Final = 60
"""Characters of a tag."""

NO_IDS: Final = frozenset({"", ".", ".."})
"""What names no prediction, whatever a service calls its own: it can not stand in a path."""

_MOST_MICROS: Final = 10**12
_MOST: Final = 2**53
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 9000


class RowReader:
    """Reads columns of one row and remembers what none of ours could be.

    Attributes
    ----------
    problems : list of str
        What is wrong, in a few words each.
    """

    def __init__(self, row: Any) -> None:
        self._row = row
        self.problems: list[str] = []

    def _complain(self, name: str, value: object) -> None:
        text = repr(value) if isinstance(value, str | int | float) else type(value).__name__
        printable = "".join(letter if letter.isprintable() else "?" for letter in text[:40])
        self.problems.append(f"its {name.replace('_', ' ')} reads {printable}")

    def text(self, name: str, longest: int = LONGEST_TEXT) -> str:
        """Read a text; empty where there is none."""
        value = self._row[name]
        if isinstance(value, str) and len(value) <= longest:
            return value
        self._complain(name, value)
        return value[:longest] if isinstance(value, str) else ""

    def text_or_none(self, name: str, longest: int = LONGEST_TEXT) -> str | None:
        """Read a text or nothing."""
        return None if self._row[name] is None else self.text(name, longest)

    def id_or_none(self, name: str, longest: int) -> str | None:
        """Read a service's name of something, or nothing; nothing where it can be none."""
        value = self.text_or_none(name, longest)
        if value in NO_IDS:
            self._complain(name, value)
            return None
        return value

    def hash(self, name: str) -> str:
        """Read a hash; what has other signs in it, as a path has, is none."""
        value = self._row[name]
        if isinstance(value, str) and value.isalnum() and value.isascii() and len(value) <= 64:
            return value
        self._complain(name, value)
        return ""

    def hash_or_none(self, name: str) -> str | None:
        """Read a hash or nothing; nothing where it is none."""
        return None if self._row[name] is None else self.hash(name) or None

    def whole(self, name: str, least: int = 0, most: int = _MOST) -> int:
        """Read a whole number; the least one where it is none."""
        value = self._row[name]
        if isinstance(value, int) and least <= value <= most:
            return value
        self._complain(name, value)
        return least

    def whole_or_none(self, name: str) -> int | None:
        """Read a whole number, also below zero, or nothing."""
        return None if self._row[name] is None else self.whole(name, -_MOST)

    def number(self, name: str) -> float:
        """Read a number from zero on; zero where it is none."""
        value = self._row[name]
        if isinstance(value, int | float) and math.isfinite(value) and 0 <= value <= _MOST:
            return value
        self._complain(name, value)
        return 0.0

    def signed_or_none(self, name: str) -> float | None:
        """Read a number, also below zero, or nothing; nothing where it is none."""
        value = self._row[name]
        if value is None:
            return None
        if isinstance(value, int | float) and math.isfinite(value) and abs(value) <= _MOST:
            return float(value)
        self._complain(name, value)
        return None

    def micros(self, name: str) -> int:
        """Read an amount of money; nothing where it is none."""
        return self.whole(name, 0, _MOST_MICROS)

    def moment(self, name: str) -> datetime:
        """Read a time; the epoch where it is none."""
        value = self._row[name]
        found = moment_of(value)
        if found is None:
            self._complain(name, value)
            return _EPOCH
        return found

    def moment_or_none(self, name: str) -> datetime | None:
        """Read a time or nothing; nothing where it is none."""
        value = self._row[name]
        found = None if value is None else moment_of(value)
        if found is None and value is not None:
            self._complain(name, value)
        return found

    def state(self, name: str) -> JobState:
        """Read a job's state; unknown where it is none."""
        found = state_of(self._row[name])
        if found is None:
            self._complain(name, self._row[name])
            return JobState.UNKNOWN
        return found


def moment_of(value: object) -> datetime | None:
    """Read a time as the ledger writes it, aware; None when it is none that clocks show."""
    if not isinstance(value, str) or len(value) > 64:
        return None
    try:
        found = datetime.fromisoformat(value)
    except (ValueError, OverflowError):
        return None
    fits = found.tzinfo is not None and _FIRST_YEAR <= found.year <= _LAST_YEAR
    return found if fits else None


def state_of(value: object) -> JobState | None:
    """Read a job's state; None when there is no such state."""
    try:
        return JobState(value)  # type: ignore[arg-type]
    except ValueError:
        return None


def micros_of(value: object) -> int | None:
    """Read an amount of money in micro-dollars; None when it is none."""
    fits = isinstance(value, int) and 0 <= value <= _MOST_MICROS
    return value if fits and isinstance(value, int) else None
