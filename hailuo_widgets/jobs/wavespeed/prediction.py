"""A prediction as the service tells of it, whatever shape its record has, made regular."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

from hailuo_widgets.jobs.wavespeed.response import whole_number
from hailuo_widgets.text import neutralize

if TYPE_CHECKING:
    from collections.abc import Iterator

_ADDRESSES: Final = (
    "url", "video", "video_url", "download_url", "file_url", "output_url", "output", "uri", "src",
    "href", "file", "path",
)  # fmt: skip
"""Where an object names its file, the likeliest first."""

_PLACES: Final = ("outputs", "output", "videos", "video", "video_url", "result", "results")
"""Where a record names its files: the documented place, then those of other models."""

_DEPTH: Final = 6
_MOST_OUTPUTS: Final = 64
_ADDRESS_LENGTH: Final = 8_000
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_\s-]{64,}={0,2}\s*")
_SURELY_BASE64: Final = 2_000
_SIGNS: Final = (b"ftyp", b"\x1aE\xdf\xa3", b"RIFF", b"\xff\xd8\xff", b"\x89PNG", b"GIF8")
"""What the files of films and pictures begin with."""
_WORDS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the service says of a prediction, made regular (Q1-Q11, Q15, Q16, Q22)."""

    id: str
    status: str
    outputs: tuple[str, ...]
    """URLs, or ``data:`` URIs for outputs that came as bytes; in the service's order.

    Relative ones are joined with the service's address. What is no address on the web is kept as it
    is, for the sentence that says so."""
    error: str
    code: int | None
    flagged: bool
    """Whether the service's safety check marked an output."""
    worked_seconds: float | None = None
    """How long the service says that it worked on it."""


def read_prediction(data: dict[str, Any], prediction_id: str, base_url: str = "") -> Prediction:
    """Read one record, whatever shape its fields have.

    Parameters
    ----------
    base_url : str
        The service's address, with which relative outputs are joined.
    """
    flags = data.get("has_nsfw_contents")
    error = data.get("error")
    if isinstance(error, dict):
        error = error.get("message") or error.get("msg")
    status = data.get("status")
    return Prediction(
        id=prediction_id,
        status=status[:40].strip().lower() if isinstance(status, str) else "",
        outputs=_outputs(data, base_url),
        error=neutralize(error)[:_WORDS].strip() if isinstance(error, str) else "",
        code=whole_number(data.get("code")),
        flagged=flags is True or (isinstance(flags, list) and any(flag is True for flag in flags)),
        worked_seconds=_worked(data.get("timings")),
    )


def record_of(body: Any, prediction_id: str) -> dict[str, Any] | None:
    """Find the record of a prediction in an answer, whatever its envelope says.

    Only what names this very prediction and says how it stands is taken for its record.
    """
    data = body.get("data") if isinstance(body, dict) else None
    for record in data if isinstance(data, list) else [data, body]:
        if (
            isinstance(record, dict)
            and isinstance(record.get("status"), str)
            and record["status"]
            and _name(record.get("id")) == prediction_id
        ):
            return record
    return None


def is_about_another(data: Any, prediction_id: str) -> bool:
    """Return True if a record names another prediction than the one that was asked about."""
    name = _name(data.get("id")) if isinstance(data, dict) else None
    return name is not None and name != prediction_id


def _name(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        return None
    return str(value)


def _worked(timings: Any) -> float | None:
    """Read milliseconds; 0 and what makes no sense are no time at all."""
    value = timings.get("inference") if isinstance(timings, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e10:
        return None
    return value / 1000


def _outputs(data: dict[str, Any], base_url: str) -> tuple[str, ...]:
    """Return the addresses in null, a string, a list of strings or of objects, nested or not."""
    for place in _PLACES:
        found: dict[str, None] = {}
        for text in _texts(data.get(place)):
            found.setdefault(_address(text, base_url))
            if len(found) == _MOST_OUTPUTS:
                break
        if found:
            return tuple(found)
    return ()


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    """Yield what may be an address: of an object the likeliest field, or whatever it holds."""
    if isinstance(value, str):
        if value.strip():
            yield value.strip()
        return
    parts: list[Any] = value if isinstance(value, list) else []
    if isinstance(value, dict):
        named = [value[name] for name in _ADDRESSES if value.get(name)]
        parts = named[:1] or [each for each in value.values() if _leads_on(each)]
    for each in parts if depth < _DEPTH else ():
        yield from _texts(each, depth + 1)


def _leads_on(value: Any) -> bool:
    return isinstance(value, list | dict) or (isinstance(value, str) and "://" in value)


def _address(text: str, base_url: str) -> str:
    if text[:5].lower() == "data:":
        return text
    coded = _coded_file(text)
    if coded is not None:
        return f"data:video/mp4;base64,{coded}"
    try:
        joined = urljoin(f"{base_url.rstrip('/')}/", text)
        fits = len(joined) <= _ADDRESS_LENGTH and urlsplit(joined).port != 0
    except ValueError:  # it shows for a port only when that is read
        fits = False
    return joined if fits else f"unreadable:{text[:100]}"


def _coded_file(text: str) -> str | None:
    """Return naked base64 in its usual spelling (Q2); None for what is rather an address."""
    if _BASE64.fullmatch(text) is None:
        return None
    usual = "".join(text.split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        head = base64.b64decode(usual[:64], validate=True)
    except binascii.Error:
        return None
    if len(usual) < _SURELY_BASE64 and not any(sign in head[:12] for sign in _SIGNS):
        return None
    return usual + "=" * (-len(usual) % 4)
