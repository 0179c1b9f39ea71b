"""Q15 to Q27: predictions whose life goes another way."""

from __future__ import annotations

from typing import Any

from hailuo_widgets.emulator.api.request_context import RequestContext
from hailuo_widgets.emulator.faults.effects import (
    RESULT,
    SUBMIT,
    Effect,
    FaultParameters,
    Quirk,
    before,
    course,
    edited,
    failing,
)
from hailuo_widgets.emulator.http.responses import Answer

DAY = 86400.0


def _not_there_yet(case: RequestContext, hit: FaultParameters) -> bool:
    young = case.prediction and case.since(case.prediction.created_at) < hit.seconds_or(60)
    if young:
        case.answer = Answer.error(404, "Prediction not found")
    return bool(young)


def _stale(status: str) -> Effect:
    """Return a result as a replica has it that has not heard of the latest."""
    ranks = {"created": 0, "processing": 1}

    def edit(case: RequestContext, data: dict[str, Any]) -> bool:
        if ranks.get(case.prediction.status if case.prediction else status, 2) <= ranks[status]:
            return False
        data.update(status=status, outputs=[], has_nsfw_contents=[], error="")
        data.pop("code", None)
        return True

    return edited(edit)


def _retention_over(case: RequestContext, _: FaultParameters) -> bool:
    if case.prediction is None:
        return False
    case.emulator.state.forget(case.prediction)
    case.answer = Answer.error(404, "Prediction not found")
    return True


def _file_gone(case: RequestContext, _: dict[str, Any]) -> bool:
    if case.prediction is None or not case.prediction.completed:
        return False
    (case.emulator.state.outputs / case.prediction.output).unlink(missing_ok=True)
    return True


def _deleted_elsewhere(case: RequestContext, _: FaultParameters) -> bool:
    if case.prediction is None or case.prediction.deleted:
        return False
    case.prediction.deleted = True
    case.emulator.state.keep(case.prediction)
    return True


QUIRKS = (
    Quirk(
        15,
        "A failure comes with HTTP 200.",
        SUBMIT,
        {"failed": failing(1405, "Task failed.")},
    ),
    Quirk(
        16,
        "A failure has no task code, or an opaque text.",
        SUBMIT,
        {"no_code": failing(None, "Task failed."), "opaque": failing(None, "E0x7f3a/9")},
    ),
    Quirk(
        17,
        "A long stay in the first status.",
        SUBMIT,
        {"waits": course(wait_seconds=lambda hit: hit.seconds_or(120))},
    ),
    Quirk(
        18,
        "From created to the end, with nothing in between.",
        SUBMIT,
        {"created": course(working="created")},
    ),
    Quirk(
        19,
        "Another first status.",
        SUBMIT,
        {
            "pending": course(first="pending"),
            "processing": course(first="processing"),
            "completed": course(first="completed"),
        },
    ),
    Quirk(
        20,
        "A status that nobody has heard of, or none.",
        SUBMIT,
        {"unknown": course(working="transcoding"), "empty": course(working="")},
    ),
    Quirk(
        21,
        "It ends as cancelled, timeout or deleted.",
        SUBMIT,
        {
            "cancelled": course(final="cancelled", error="Task cancelled."),
            "timeout": course(final="timeout", code=5004, error="Task timed out."),
            "deleted": course(final="deleted"),
        },
    ),
    Quirk(
        22,
        "Other spellings of final statuses.",
        SUBMIT,
        {"canceled": course(final="canceled"), "succeeded": course(final="succeeded")},
    ),
    Quirk(
        23,
        "Just submitted, and not found yet.",
        RESULT,
        {"404": before(_not_there_yet)},
    ),
    Quirk(
        24,
        "A status goes backwards.",
        RESULT,
        {"created": _stale("created"), "processing": _stale("processing")},
    ),
    Quirk(
        25,
        "It does not end while anybody is watching.",
        SUBMIT,
        {
            "processing": course(work_seconds=lambda hit: hit.seconds_or(DAY)),
            "created": course(wait_seconds=lambda hit: hit.seconds_or(DAY)),
        },
    ),
    Quirk(
        26,
        "The retention is over: record and file are gone, or the file is.",
        RESULT,
        {"record": before(_retention_over), "file": edited(_file_gone)},
    ),
    Quirk(
        27,
        "Somebody else deletes it while it is watched.",
        RESULT,
        {"deleted": before(_deleted_elsewhere)},
    ),
)
