"""E5, E6, E9: balance, price and rows of the bill."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from hailuo_widgets import service as facts
from hailuo_widgets.emulator.account import serialize, webhook
from hailuo_widgets.emulator.account.records import Charge
from hailuo_widgets.emulator.api.request_context import RequestContext, paging
from hailuo_widgets.emulator.http.moments import between
from hailuo_widgets.emulator.http.responses import Answer, RefusedError

ACCESS_KEY_UUID = uuid.uuid5(uuid.NAMESPACE_OID, "emulator's key").hex
"""An account here has one key; its uuid says nothing about it."""


async def balance(case: RequestContext) -> Answer:
    """E5. Say what is left on the account."""
    return Answer.of({"balance": float(case.emulator.balance())})


async def webhook_secret(case: RequestContext) -> Answer:
    """Return what calls to webhooks are signed with."""
    return Answer.of({"secret": webhook.secret_of(case.emulator.state.secret)})


async def price(case: RequestContext) -> Answer:
    """E6. Say what a generation costs, at the current path or the legacy one."""
    wishes = case.wishes()
    if wishes.get("model_id") != facts.MODEL:
        raise RefusedError(404, "Model not found.")
    if not isinstance(wishes.get("inputs", {}), dict):
        raise RefusedError(400, "inputs must be an object")
    amount = float(case.settings.price)
    data: dict[str, Any] = {"model_id": facts.MODEL, "currency": "USD"}
    if case.request.url.path.endswith("/pricing"):
        return Answer.of(data | {"unit_price": amount})
    return Answer.of(data | {"price": amount, "discounted_price": amount, "discount_rate": 100})


async def billings(case: RequestContext) -> Answer:
    """E9. Show a page of the bill's rows, newest first unless sorted otherwise."""
    wishes = case.wishes()
    page, size = paging(case, wishes)
    tests = filters(case, wishes)
    rows = list(case.emulator.state.charges.values())
    found = [row for row in rows if all(test(row) for test in tests)]
    if _newest_first(wishes.get("sort")):
        found.reverse()
    items = [_row(case, row) for row in found[(page - 1) * size : page * size]]
    return Answer.of({"page": page, "total": len(found), "items": items})


def filters(case: RequestContext, wishes: dict[str, Any]) -> list[Callable[[Charge], bool]]:
    """Return what a row of the bill must pass to be among what is wished for.

    Raises
    ------
    RefusedError
        With 400, for a time that is none.
    """
    start, end = between(wishes, "start_time", "end_time", case.skew_seconds)
    tests: list[Callable[[Charge], bool]] = [lambda row: start <= row.created_at <= end]
    if "billing_type" in wishes:
        tests.append(lambda row: row.billing == wishes["billing_type"])
    if "prediction_uuids" in wishes:
        wanted = wishes["prediction_uuids"]
        if not isinstance(wanted, list):
            raise RefusedError(400, "prediction_uuids must be a list")
        ids = {each for each in wanted if isinstance(each, str)}
        tests.append(lambda row: row.prediction in ids)
    if "model_uuid" in wishes:
        tests.append(lambda _: wishes["model_uuid"] == facts.MODEL)
    if "access_key_uuid" in wishes:
        tests.append(lambda _: wishes["access_key_uuid"] == ACCESS_KEY_UUID)
    return tests


def _newest_first(sort: Any) -> bool:
    if sort is None:
        return True
    words = sort.split() if isinstance(sort, str) else []
    if [word.lower() for word in words] not in (["created_at", "asc"], ["created_at", "desc"]):
        raise RefusedError(400, "sort is 'created_at ASC' or 'created_at DESC'")
    return str(words[1]).lower() == "desc"


def _row(case: RequestContext, row: Charge) -> dict[str, Any]:
    amount = float(row.price)
    prediction = case.emulator.state.predictions[row.prediction]
    deducted = row.billing == "deduct"
    # An order is open while its prediction is; a refund is an order of its own.
    updated = row.created_at
    if deducted and prediction.finished_at is not None:
        updated = prediction.finished_at

    def date(moment: float) -> str:
        return serialize.date(moment + case.skew_seconds, case.settings.created_at)

    return {
        "uuid": row.id,
        "billing_type": row.billing,
        "price": amount,
        "created_at": date(row.created_at),
        "updated_at": date(updated),
        "order": {
            "state": "pre" if deducted and prediction.final is None else "done",
            "price": amount,
            "origin_price": amount,
        },
        "prediction": {
            "uuid": row.prediction,
            "model_uuid": facts.MODEL,
            "status": prediction.status,
        },
        "access_key_name": "emulator",
        "access_key_uuid": ACCESS_KEY_UUID,
    }
