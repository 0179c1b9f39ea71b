"""Moments that a client names, in each of the forms that are in use."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hailuo_widgets.emulator.http.responses import RefusedError

MOST_DIGITS = 16
"""Of epoch milliseconds: ten times as many years as a date can have."""


def moment(value: Any) -> float:
    """Return the epoch seconds of a date (RFC 3339) or of a text of epoch milliseconds.

    Raises
    ------
    RefusedError
        With 400, when it is neither.
    """
    if isinstance(value, str):
        if value.isascii() and value.isdecimal() and len(value) <= MOST_DIGITS:
            return int(value) / 1000
        try:
            date = datetime.fromisoformat(value)
            return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            pass
    raise RefusedError(400, "a time is an RFC 3339 date or a string of epoch milliseconds")


def between(wishes: dict[str, Any], start: str, end: str, skew: float) -> tuple[float, float]:
    """Return from when until when, without bounds where none are wished for."""
    low, high = wishes.get(start), wishes.get(end)
    return (
        float("-inf") if low is None else moment(low) - skew,
        float("inf") if high is None else moment(high) - skew,
    )
