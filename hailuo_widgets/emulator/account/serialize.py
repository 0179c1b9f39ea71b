"""How predictions and dates look on the wire."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from hailuo_widgets import service as facts
from hailuo_widgets.emulator.account.records import Prediction

LAST_MOMENT = 253402300799.0
"""The end of the year 9999: no date says more."""


def date(moment: float, precision: str) -> str:
    """Return an RFC 3339 date with milliseconds (``"ms"``) or nanoseconds (``"ns"``)."""
    text = datetime.fromtimestamp(min(max(moment, 0.0), LAST_MOMENT), UTC).strftime(
        "%Y-%m-%dT%H:%M:%S.%f"
    )
    return f"{text}000Z" if precision == "ns" else f"{text[:-3]}Z"


def prediction(
    shown: Prediction, base_url: str, created_at: str, scale: float, prefix: str = facts.PREFIX
) -> dict[str, Any]:
    """Return the ``data`` of a prediction: every field of the model's page.

    Parameters
    ----------
    base_url, prefix : str
        What its addresses begin with.
    created_at : str
        Its date, as it is said.
    scale : float
        The clock's: held-back time counts as worked, that is what a latency is.
    """
    seconds = 0.0
    ended = shown.finished_at is not None
    if shown.started_at is not None and shown.finished_at is not None:
        seconds = (shown.finished_at - shown.started_at) * scale
    milliseconds = round(max(seconds, 0.0) * 1000)
    data: dict[str, Any] = {
        "id": shown.id,
        "model": facts.MODEL,
        "outputs": [],
        "urls": {"get": f"{base_url}{prefix}/predictions/{quote(shown.id, safe='')}/result"},
        "has_nsfw_contents": [],
        "status": shown.status,
        "created_at": created_at,
        "error": shown.error,
        "timings": {"inference": milliseconds},
    }
    if shown.completed:
        data["outputs"] = [f"{base_url}/output/{shown.output}"]
        data["has_nsfw_contents"] = [False]
    if ended:
        data["executionTime"] = milliseconds
    if shown.code is not None:
        data["code"] = shown.code
    return data
