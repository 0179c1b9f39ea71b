"""E5, E6, E9: balance, price and rows of the bill."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hailuo_widgets.emulator import views
from hailuo_widgets.emulator.answers import Answer, RefusedError
from hailuo_widgets.emulator.case import Case, paging
from hailuo_widgets.emulator.records import Charge
from hailuo_widgets.request import service as facts


async def balance(case: Case) -> Answer:
    """E5. Say what is left on the account."""
    return Answer.of({"balance": float(case.emulator.balance())})


async def price(case: Case) -> Answer:
    """E6. Say what a generation costs, at the current path or the legacy one."""
    wishes = case.json()
    if wishes.get("model_id") != facts.MODEL:
        raise RefusedError(404, "Model not found.")
    if not isinstance(wishes.get("inputs", {}), dict):
        raise RefusedError(400, "inputs must be an object")
    amount = float(case.settings.price)
    data: dict[str, Any] = {"model_id": facts.MODEL, "currency": "USD"}
    if case.request.url.path == facts.LEGACY_PRICE_PATH:
        return Answer.of(data | {"unit_price": amount})
    return Answer.of(data | {"price": amount, "discounted_price": amount, "discount_rate": 100})


async def billings(case: Case) -> Answer:
    """E9. Show a page of the bill's rows, newest first."""
    wishes = case.json()
    page, size = paging(wishes)
    tests = _filters(case, wishes)
    rows = reversed(case.emulator.state.charges.values())
    found = [row for row in rows if all(test(row) for test in tests)]
    items = [_row(case, row) for row in found[(page - 1) * size : page * size]]
    return Answer.of({"page": page, "total": len(found), "items": items})


def _filters(case: Case, wishes: dict[str, Any]) -> list[Callable[[Charge], bool]]:
    tests: list[Callable[[Charge], bool]] = []
    if "billing_type" in wishes:
        tests.append(lambda row: row.billing == wishes["billing_type"])
    if "prediction_uuids" in wishes:
        wanted = wishes["prediction_uuids"]
        if not isinstance(wanted, list):
            raise RefusedError(400, "prediction_uuids must be a list")
        tests.append(lambda row: row.prediction in wanted)
    if "start_time" in wishes:
        start = _moment(wishes["start_time"]) - case.skew_seconds
        tests.append(lambda row: row.created_at >= start)
    if "end_time" in wishes:
        end = _moment(wishes["end_time"]) - case.skew_seconds
        tests.append(lambda row: row.created_at <= end)
    return tests


def _moment(text: Any) -> float:
    if not (isinstance(text, str) and text.isdecimal()):
        raise RefusedError(400, "a time is a string of epoch milliseconds")
    return int(text) / 1000


def _row(case: Case, row: Charge) -> dict[str, Any]:
    amount = float(row.price)
    created_at = views.date(row.created_at + case.skew_seconds, case.settings.created_at)
    return {
        "uuid": row.id,
        "billing_type": row.billing,
        "price": amount,
        "created_at": created_at,
        "updated_at": created_at,
        "order": {
            "state": "pre" if row.billing == "deduct" else "refunded",
            "price": amount,
            "origin_price": amount,
        },
        "prediction": {
            "uuid": row.prediction,
            "model_uuid": facts.MODEL,
            "status": case.emulator.state.predictions[row.prediction].status,
        },
        "access_key_name": "emulator",
    }
