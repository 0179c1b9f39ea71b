"""Q28 to Q40: what may have been billed, and what the account says of it."""

from __future__ import annotations

from typing import Any

from hailuo_widgets import service as facts
from hailuo_widgets.emulator.api.request_context import Endpoint, RequestContext, usual_size
from hailuo_widgets.emulator.faults.effects import (
    GATEWAY_PAGE,
    RETRY_AFTER,
    SUBMIT,
    Effect,
    FaultParameters,
    Quirk,
    Stage,
    accepted_but,
    at,
    before,
    course,
    cut,
    edited,
    fields,
    hang_up,
    instead,
    refusal,
    set_case,
    settings,
)
from hailuo_widgets.emulator.http.responses import Delivery


def _floor_price(case: RequestContext, data: dict[str, Any]) -> bool:
    if "image" in case.json().get("inputs", {}):
        return False
    for name in {"price", "discounted_price", "unit_price"} & data.keys():
        data[name] = 0.1
    return True


def _only_current_path(case: RequestContext, _: FaultParameters) -> bool:
    if not case.request.url.path.endswith(facts.PRICE_PATH.removeprefix(facts.PREFIX)):
        return False
    case.answer = refusal(404)
    return True


def _prices(change: Any) -> Effect:
    def edit(_: RequestContext, data: dict[str, Any]) -> bool:
        for row in data["items"]:
            row["price"] = change(row["price"])
        return True

    return edited(edit)


def _has_more(case: RequestContext, data: dict[str, Any]) -> bool:
    shown = data["page"] * case.wishes().get("page_size", usual_size(case))
    data["has_more"] = data.pop("total") > shown
    return True


def _no_total(_: RequestContext, data: dict[str, Any]) -> bool:
    data.pop("total")
    return True


def _with_input(case: RequestContext, data: dict[str, Any]) -> bool:
    for item in data["items"]:
        asked = case.emulator.state.predictions[item["id"]]
        item["input"] = {"prompt": asked.prompt, "enable_prompt_expansion": asked.expansion}
        if not asked.image.startswith("frame:"):
            item["input"]["image"] = asked.image
    return True


QUIRKS = (
    Quirk(
        28,
        "The connection is lost: accepted and not answered, or in half; or before it was accepted.",
        SUBMIT,
        {
            "after": cut(Delivery.NOTHING),
            "during": cut(Delivery.HALF),
            "before": before(hang_up),
            "sending": Effect(Stage.ARRIVAL, hang_up),
        },
    ),
    Quirk(
        29,
        "An accepted submission is answered by a server error.",
        SUBMIT,
        {
            "500": accepted_but(500),
            "502": accepted_but(502, GATEWAY_PAGE),
            "503": accepted_but(503, GATEWAY_PAGE),
            "504": accepted_but(504, GATEWAY_PAGE),
        },
    ),
    Quirk(
        30,
        "An accepted submission is answered late.",
        SUBMIT,
        {"late": set_case("delay_seconds", lambda hit: hit.seconds_or(12))},
    ),
    Quirk(
        31,
        "A submission is over the rate.",
        SUBMIT,
        {**RETRY_AFTER, "html": instead(429, GATEWAY_PAGE)},
    ),
    Quirk(
        32,
        "A shortage of credit is a 400.",
        SUBMIT,
        {"400": instead(400, {"message": "Insufficient credits. Please top up."})},
    ),
    Quirk(
        33,
        "Unknown keys are dropped, and the clip is billed.",
        SUBMIT,
        {"dropped": settings(strict_keys=False)},
    ),
    Quirk(
        34,
        "A failure's refund comes hours later.",
        SUBMIT,
        {
            "late": course(
                final="failed",
                code=1405,
                error="Task failed.",
                refund_seconds=lambda hit: hit.seconds_or(3 * 3600),
            )
        },
    ),
    Quirk(
        35,
        "The price of partial inputs is a floor; the price call is down or not there.",
        (Endpoint.PRICE,),
        {
            "floor": edited(_floor_price),
            "down": instead(503, GATEWAY_PAGE),
            "legacy": before(_only_current_path),
        },
    ),
    Quirk(
        36,
        "The bill's prices are in millionths, or negative.",
        (Endpoint.BILLINGS,),
        {
            "micro": _prices(lambda price: round(price * 1_000_000)),
            "negative": _prices(lambda price: -price),
        },
    ),
    Quirk(
        37,
        "A list has no total, or says whether there is more, or has the inputs.",
        (Endpoint.LIST, Endpoint.BILLINGS),
        {
            "no_total": edited(_no_total),
            "has_more": edited(_has_more),
            "input": at(Endpoint.LIST, edited(_with_input)),
        },
    ),
    Quirk(
        38,
        "A list does not know the latest predictions yet.",
        (Endpoint.LIST,),
        {"lag": set_case("list_lag_seconds", lambda hit: hit.seconds_or(30))},
    ),
    Quirk(
        39,
        "Identical submissions within a minute cannot be told apart.",
        reason=(
            "Only a client can send the same request twice. What it then meets is how every list"
            " answers: items without prompt or picture."
        ),
    ),
    Quirk(
        40,
        "The count of deleted records is below or above the number asked.",
        (Endpoint.DELETE,),
        {
            "below": fields(deleted_count=lambda count: max(0, count - 1)),
            "above": fields(deleted_count=lambda count: count + 1),
        },
    ),
)
