"""What comes back over HTTP, whatever carried it: read within bounds, judged nowhere here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

SIZE_LIMIT: Final = 64_000_000
"""Bytes of one JSON answer; naked base64 outputs (Q2) are the only reason for so many."""

_RETRY_AFTER_LIMIT: Final = 300.0


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, read to its end within bounds."""

    status: int
    body: Any
    """The decoded JSON, or None when it is no JSON."""
    retry_after: float | None = None
    date: str | None = None
    """The ``Date`` header, as it came."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """No whole answer came."""

    reason: str
    sent: bool
    """False only when certainly no byte of the request had left (O4)."""


def read(status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    """Read an answer; `headers` know their names in lower case."""
    return Answer(status, _json(body), _retry_after(headers), headers.get("date"))


def read_date(text: str | None) -> datetime | None:
    """Read a date of HTTP; None when it is none."""
    try:
        return parsedate_to_datetime(text).astimezone(UTC) if text else None
    except ValueError:
        return None


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Read ``Retry-After`` in seconds or as a date, against the server's own clock (Q41, Q50)."""
    text = headers.get("retry-after")
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        until = read_date(text)
        if until is None:
            return None
        seconds = (until - (read_date(headers.get("date")) or datetime.now(UTC))).total_seconds()
    return min(max(0.0, seconds), _RETRY_AFTER_LIMIT) if seconds == seconds else None  # noqa: PLR0124
