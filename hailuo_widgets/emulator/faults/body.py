"""Q1 to Q14: answers whose body is not as expected."""

from __future__ import annotations

import base64
from typing import Any

from hailuo_widgets.emulator.api.request_context import Endpoint, RequestContext
from hailuo_widgets.emulator.faults.effects import (
    ABSENT,
    GATEWAY_PAGE,
    JSON,
    PREDICTION,
    RESULT,
    SUBMIT,
    FaultParameters,
    Quirk,
    after,
    at,
    body,
    course,
    edited,
    envelope,
    failing,
    fields,
    floats,
    instead,
    settings,
)


def _objects(outputs: list[str]) -> list[dict[str, str]]:
    return [{"url": url, "content_type": "video/mp4"} for url in outputs]


def _naked_base64(case: RequestContext, data: dict[str, Any]) -> bool:
    if case.prediction is None or not case.prediction.completed:
        return False
    path = case.emulator.state.outputs / case.prediction.output
    data["outputs"] = [base64.b64encode(path.read_bytes()).decode()]
    return True


def _extra_keys(case: RequestContext, _: FaultParameters) -> bool:
    if case.answer is None or not isinstance(case.answer.content, dict):
        return False
    case.answer.content["request_id"] = "emulated"
    data = case.answer.data
    if data is not None:
        data.update(executionTime=1234, stream=False, logs=None, version={"major": 3})
    return True


def _as_floats(case: RequestContext, _: FaultParameters) -> bool:
    if case.answer is None or not isinstance(case.answer.content, dict):
        return False
    case.answer.content = floats(case.answer.content)
    return True


QUIRKS = (
    Quirk(
        1,
        "Completed, and no output came with it.",
        RESULT,
        {
            "null": fields("completed", outputs=None),
            "absent": fields("completed", outputs=ABSENT),
            "empty": fields("completed", outputs=[]),
        },
    ),
    Quirk(
        2,
        "Outputs are a bare string, objects, or the file itself in base64.",
        RESULT,
        {
            "string": fields("completed", outputs=lambda outputs: outputs[0]),
            "objects": fields("completed", outputs=_objects),
            "base64": edited(_naked_base64),
        },
    ),
    Quirk(
        3,
        "The envelope's data is null or absent.",
        JSON,
        {"null": envelope(data=None), "absent": envelope(data=ABSENT)},
    ),
    Quirk(
        4,
        "The envelope's code contradicts HTTP 200.",
        JSON,
        {
            "bare": envelope(code=500, message="Internal error.", data=None),
            "kept": envelope(code=500, message="Internal error."),
            "refused": instead(200, {"code": 400, "message": "Invalid parameter."}),
        },
    ),
    Quirk(
        5,
        "A submission is accepted, and the answer has no id.",
        SUBMIT,
        {"absent": fields(id=ABSENT), "null": fields(id=None), "empty": fields(id="")},
    ),
    Quirk(
        6,
        "HTML, plain text, nothing or half a JSON, at any status; the request had its effect.",
        JSON,
        {
            "html": body(lambda _: GATEWAY_PAGE, "text/html"),
            "text": body(lambda _: b"upstream connect error", "text/plain"),
            "empty": body(lambda _: b"", "application/json"),
            "cut": body(lambda whole: whole[: len(whole) // 2], "application/json"),
        },
    ),
    Quirk(
        7,
        "A task code stands beside the envelope's code.",
        PREDICTION,
        {"zero": fields(code=0), "failed": at(Endpoint.SUBMIT, failing(1405, "Task failed."))},
    ),
    Quirk(
        8,
        "The error is absent or null when all is well, or there is one while it runs.",
        PREDICTION,
        {
            "absent": fields("fine", error=ABSENT),
            "null": fields("fine", error=None),
            "running": fields("running", error="Sync mode timed out.", code=5004),
        },
    ),
    Quirk(
        9,
        "The content flags are null, absent, empty, or raised on a completed clip.",
        PREDICTION,
        {
            "null": fields(has_nsfw_contents=None),
            "absent": fields(has_nsfw_contents=ABSENT),
            "empty": fields("completed", has_nsfw_contents=[]),
            "flagged": fields("completed", has_nsfw_contents=[True]),
        },
    ),
    Quirk(
        10,
        "Unknown keys anywhere; integers as floats.",
        JSON,
        {"keys": after(_extra_keys), "floats": after(_as_floats)},
    ),
    Quirk(
        11,
        "Dates in nanoseconds or in milliseconds.",
        JSON,
        {"ns": settings(created_at="ns"), "ms": settings(created_at="ms")},
    ),
    Quirk(
        12,
        "Ids of any form.",
        SUBMIT,
        {
            "prefixed": course(id_form="pred_{}"),
            "long": course(id_form="{}" + "0" * 300),
            "path": course(id_form="../balance?{}"),
        },
    ),
    Quirk(
        13,
        "The URL to look at is absent, without /result, or on a foreign host.",
        PREDICTION,
        {
            "absent": fields(urls={}),
            "bare": fields(urls=lambda urls: {"get": urls["get"].removesuffix("/result")}),
            "foreign": fields(urls={"get": "https://foreign.invalid/api/v3/predictions/1/result"}),
        },
    ),
    Quirk(
        14,
        "Errors come with one of four bodies.",
        JSON,
        {
            "message": instead(400),
            "error_code": instead(403, {"error_code": "ACCOUNT_BLOCKED"}),
            "data": instead(400, {"data": {"error": "Emulated."}}),
            "none": instead(400, b""),
        },
    ),
)
