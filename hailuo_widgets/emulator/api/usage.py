"""``POST /api/v3/user/usage_stats``: what was used between two moments."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hailuo_widgets import service as facts
from hailuo_widgets.emulator.account import serialize
from hailuo_widgets.emulator.account.records import Charge
from hailuo_widgets.emulator.api import billing, catalogue
from hailuo_widgets.emulator.api.request_context import RequestContext
from hailuo_widgets.emulator.http.responses import Answer, RefusedError

_FILTERS = frozenset({"start_time", "end_time", "model_uuid"})


async def usage(case: RequestContext) -> Answer:
    """Sum up the bill by model, by day, and in all; a refund takes its price away again."""
    wishes = case.wishes()
    if not {"start_time", "end_time"} <= wishes.keys():
        raise RefusedError(400, "start_time and end_time are required")
    tests = billing.filters(case, {name: wishes[name] for name in _FILTERS & wishes.keys()})
    total = _Used()
    days: dict[str, _Used] = {}
    for row in case.emulator.state.charges.values():
        if all(test(row) for test in tests):
            day = serialize.date(row.created_at + case.skew_seconds, "ms")[:10]
            days.setdefault(day, _Used()).add(row)
            total.add(row)
    return Answer.of(
        {
            "per_model_usage": [_model(case, total, max(days))] if days else [],
            "daily_usage": [{"date": day, **used.day()} for day, used in sorted(days.items())],
            "summary": {"total_cost": float(total.amount), "total_count": total.count},
        }
    )


def _model(case: RequestContext, total: _Used, last_day: str) -> dict[str, Any]:
    return {
        "model_uuid": facts.MODEL,
        "model_type": catalogue.TYPE,
        "unit_price": float(case.settings.price),
        "total_cost": float(total.amount),
        "total_count": total.count,
        "last_used_date": last_day,
    }


class _Used:
    """Submissions and money of one day, or of all."""

    def __init__(self) -> None:
        self.count = 0
        self.amount = Decimal(0)

    def add(self, row: Charge) -> None:
        deducted = row.billing == "deduct"
        self.count += deducted
        self.amount += Decimal(row.price) if deducted else -Decimal(row.price)

    def day(self) -> dict[str, Any]:
        sums = {"amount": float(self.amount), "count": self.count}
        return {**sums, "models": [{"model_uuid": facts.MODEL, **sums}]}
