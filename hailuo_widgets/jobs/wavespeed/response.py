"""What comes back over HTTP: read within bounds and made regular, judged nowhere here.

The one that reads an answer's body finds plain JSON: no number that is none (NaN, 1e999) or that no
ledger can hold, no halves of characters, no control characters, no key that the service echoes, and
nothing nested beyond any use.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from hailuo_widgets.redaction import redact
from hailuo_widgets.text import neutralize

if TYPE_CHECKING:
    from collections.abc import Mapping

SIZE_LIMIT: Final = 32_000_000
"""Bytes of one JSON answer, decoded; naked base64 outputs (Q2) are the only reason for so many."""

_PARTS_LIMIT: Final = 500_000
"""Values of one JSON answer: each takes some hundred bytes of memory."""

_RETRY_AFTER_LIMIT: Final = 300.0
_DEPTH: Final = 40
_DIGITS: Final = 40
_WORDS: Final = 500
_BROKEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_YEARS: Final = range(2000, 2201)


@dataclass(frozen=True, slots=True)
class Response:
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
    """Why, in plain English: the end of "The service could not be reached: ...", no full stop."""
    sent: bool
    """False only when certainly no byte of the request had left (O4)."""
    remedy: str = ""
    """What to do about it, as whole sentences; empty when there is nothing but to try again."""


def read(status: int, headers: Mapping[str, str], body: bytes) -> Response:
    """Read an answer; `headers` know their names in lower case."""
    charset = re.search(r"charset=[\"']?([\w.:-]{1,40})", headers.get("content-type") or "")
    found = read_json(body, charset[1] if charset else None)
    return Response(status, found, _retry_after(headers), headers.get("date"))


def read_json(raw: bytes, charset: str | None = None) -> Any:
    """Return JSON made regular; None when it is no JSON.

    Parameters
    ----------
    charset : str, optional
        What the answer says that it is written in, asked where it is no Unicode.
    """
    if sum(map(raw.count, (b",", b"[", b"{"))) > _PARTS_LIMIT:
        return None
    text = _decoded(raw, charset)
    plain = "\\" not in text
    if plain:  # then what stands in the strings stands in the text
        text = redact(text)
    try:
        found = json.loads(
            text,
            strict=False,
            parse_int=lambda digits: int(digits) if len(digits) <= _DIGITS else None,
            parse_float=_finite,
            parse_constant=lambda _: None,
        )
    except (ValueError, RecursionError):
        return None
    return _regular(found, redacted=plain)


def read_date(text: str | None) -> datetime | None:
    """Read a date of HTTP; None when it is none, or of a year that no service lives in."""
    try:
        found = parsedate_to_datetime(text).astimezone(UTC) if text else None
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return found if found is not None and found.year in _YEARS else None


def read_moment(text: Any) -> datetime | None:
    """Read a date of JSON, in milliseconds or nanoseconds (Q11), aware and UTC.

    None when it is none, or of a year that no service lives in.
    """
    try:
        found = datetime.fromisoformat(text)
        found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
    return found if found.year in _YEARS else None


def is_envelope(body: Any) -> TypeGuard[dict[str, Any]]:
    """Return True if something is an answer of the service itself, and of nothing between here and it."""
    code = body.get("code") if isinstance(body, dict) else None
    return code is not None and whole_number(code) is not None


def whole_number(value: Any) -> int | None:
    """Read a number that may have come as a float or as text; None when it is none."""
    try:
        number = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        return None
    fits = not isinstance(value, bool) and number.is_integer() and abs(number) < 2**31
    return int(number) if fits else None


def message_of(body: Any) -> str:
    """Find the service's own words in an error body of any of the known shapes (Q14).

    Beside those it reads what frameworks write: ``detail`` as text, or as the list that FastAPI
    gives with a 422, and ``errors``.
    """
    if not isinstance(body, dict):
        return ""
    data = body.get("data")
    nested = [data.get(name) for name in ("error", "message")] if isinstance(data, dict) else []
    own = [body.get(name) for name in ("message", "error", "detail", "errors", "msg", "title")]
    found = [words for words in map(_words, (*nested, *own)) if words]
    return found[0][:_WORDS] if found else ""


def _words(value: Any, depth: int = 0) -> str:
    """Return the words of a text, of an object with a message, or of a list of such."""
    if isinstance(value, str):
        return " ".join(neutralize(value[: 4 * _WORDS]).split())
    if isinstance(value, list) and depth < 3:
        return "; ".join(filter(None, (_words(each, depth + 1) for each in value[:8])))
    if not isinstance(value, dict) or depth >= 3:
        return ""
    names = ("msg", "message", "error", "detail", "reason", "title")
    words = next(filter(None, (_words(value.get(name), depth + 1) for name in names)), "")
    place = value.get("loc") or value.get("field") or value.get("path") or value.get("param")
    parts = place if isinstance(place, list) else [place]
    where = ".".join(str(part)[:100] for part in parts if isinstance(part, str | int))
    return f"{neutralize(where)}: {words}" if where and words else words


def _decoded(raw: bytes, charset: str | None) -> str:
    for encoding in (json.detect_encoding(raw), charset):
        try:
            text = raw.decode(encoding) if encoding else None
        except (UnicodeDecodeError, LookupError):
            continue
        if isinstance(text, str):
            return text.removeprefix("\ufeff")
    return raw.decode("utf-8", "replace")


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _regular(value: Any, *, redacted: bool, depth: int = 0) -> Any:
    if isinstance(value, str):
        text = _BROKEN.sub("\ufffd", value)
        return text if redacted else redact(text)
    if not isinstance(value, list | dict):
        return value
    if depth == _DEPTH:
        return None
    if isinstance(value, list):
        return [_regular(each, redacted=redacted, depth=depth + 1) for each in value]
    return {
        _regular(name, redacted=redacted): _regular(each, redacted=redacted, depth=depth + 1)
        for name, each in value.items()
    }


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
