"""How predictions and dates look on the wire."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hailuo_widgets.emulator.case import Case
from hailuo_widgets.emulator.records import Prediction
from hailuo_widgets.request import service as facts


def date(moment: float, precision: str) -> str:
    """Return an RFC 3339 date with milliseconds (``"ms"``) or nanoseconds (``"ns"``)."""
    text = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return f"{text}000Z" if precision == "ns" else f"{text[:-3]}Z"


def prediction(case: Case, shown: Prediction) -> dict[str, Any]:
    """Return the ``data`` of a prediction: every field of the model's page."""
    # Held-back time counts as worked: that is what a latency is.
    working = 0.0
    if shown.started_at is not None and shown.finished_at is not None:
        working = (shown.finished_at - shown.started_at) * case.emulator.clock.scale
    data: dict[str, Any] = {
        "id": shown.id,
        "model": facts.MODEL,
        "outputs": [],
        "urls": {"get": f"{case.base_url}{facts.PREDICTIONS_PATH}/{shown.id}/result"},
        "has_nsfw_contents": [],
        "status": shown.status,
        "created_at": date(shown.created_at + case.skew_seconds, case.settings.created_at),
        "error": shown.error,
        "timings": {"inference": round(working * 1000)},
    }
    if shown.completed:
        data["outputs"] = [f"{case.base_url}/output/{shown.output}"]
        data["has_nsfw_contents"] = [False]
    if shown.code is not None:
        data["code"] = shown.code
    return data
