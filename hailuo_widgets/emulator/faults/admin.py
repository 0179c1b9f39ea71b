"""The emulator's own door, for tests and for the kit: no part of the emulated service."""

from __future__ import annotations

from typing import Any

from hailuo_widgets.emulator.account import serialize
from hailuo_widgets.emulator.account.settings import SettingError
from hailuo_widgets.emulator.api.request_context import RequestContext
from hailuo_widgets.emulator.faults.faults import FaultError, Faults
from hailuo_widgets.emulator.faults.table import QUIRKS
from hailuo_widgets.emulator.http.responses import Answer, RefusedError

MOST_AHEAD = 1e10
"""Seconds: three hundred years."""


class Control:
    """Handlers under ``/emulator``."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    async def add_fault(self, case: RequestContext) -> Answer:
        """Switch a quirk on."""
        try:
            return Answer.of(self._faults.add(case.json()).as_json())
        except FaultError as error:
            raise RefusedError(400, str(error)) from None

    async def show_faults(self, case: RequestContext) -> Answer:  # noqa: ARG002 - a handler gets the case
        """Show the table of quirks, what is switched on, and how often what has struck."""
        table = [
            {
                "quirk": quirk.number,
                "sentence": quirk.sentence,
                "at": list(quirk.at),
                "also": list(quirk.also),
                "variants": list(quirk.variants),
                "reason": quirk.reason,
            }
            for quirk in QUIRKS.values()
        ]
        on, struck = self._faults.as_json(), dict(self._faults.struck)
        return Answer.of({"quirks": table, "faults": on, "struck": struck})

    async def clear_faults(self, case: RequestContext) -> Answer:
        """Switch all quirks off, or one: ``?quirk=28``."""
        number = case.request.query_params.get("quirk")
        if number is not None and not (number.isdecimal() and len(number) < 5):
            raise RefusedError(400, "quirk is a number")
        self._faults.clear(None if number is None else int(number))
        return Answer.of({"faults": self._faults.as_json()})

    async def bill(self, case: RequestContext) -> Answer:
        """Show every row of the bill, oldest first; amounts are text, exact to the cent."""
        billed = case.emulator.state.billed
        rows = [
            {
                "id": row.id,
                "prediction": row.prediction,
                "billing_type": row.billing,
                "price": row.price,
                "created_at": serialize.date(row.created_at, "ms"),
            }
            for row in case.emulator.state.charges.values()
        ]
        return Answer.of(
            {
                "rows": rows,
                "charged": str(billed["deduct"]),
                "refunded": str(billed["refund"]),
                "total": str(billed["deduct"] - billed["refund"]),
                "balance": str(case.emulator.balance()),
            }
        )

    async def reset(self, case: RequestContext) -> Answer:
        """Forget everything; ``{"settings": {...}}`` changes those of the start."""
        wishes = case.json() if case.body else {}
        try:
            changes = wishes.get("settings") or {}
            settings = case.emulator.settings_at_start.changed(changes)
        except (SettingError, AttributeError, TypeError) as error:
            raise RefusedError(400, str(error)) from None
        self._faults.clear()
        case.emulator.reset(settings)
        return Answer.of({"settings": settings.as_json()})

    async def advance(self, case: RequestContext) -> Answer:
        """Jump ahead in time: ``{"advance": seconds}``."""
        seconds = case.json().get("advance")
        if not isinstance(seconds, int | float) or not 0 <= seconds <= 1e9:
            raise RefusedError(400, "advance is a number of seconds")
        if case.emulator.clock.ahead + seconds > MOST_AHEAD:
            raise RefusedError(400, f"the clock is never more than {MOST_AHEAD:.0f} s ahead")
        case.emulator.clock.advance(seconds)
        return Answer.of({"now": serialize.date(case.emulator.clock.now(), "ms")})

    async def show_state(self, case: RequestContext) -> Answer:
        """Show settings, how often each endpoint was asked, and all predictions, oldest first."""
        emulator = case.emulator
        predictions = [_shown(case, each.id) for each in emulator.state.predictions.values()]
        return Answer.of(
            {
                "settings": emulator.settings.as_json(),
                "now": serialize.date(emulator.clock.now(), "ms"),
                "requests": dict(emulator.requests),
                "predictions": predictions,
            }
        )


def _shown(case: RequestContext, prediction_id: str) -> dict[str, Any]:
    each = case.emulator.state.predictions[prediction_id]
    return {
        "id": each.id,
        "prompt": each.prompt,
        "request": each.request,
        "variation": each.variation,
        "status": each.status,
        "code": each.code,
        "error": each.error,
        "deleted": each.deleted,
        "gone": each.gone,
        "created_at": serialize.date(each.created_at, "ms"),
    }
