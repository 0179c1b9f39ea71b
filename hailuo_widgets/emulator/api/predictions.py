"""E1, E2, E7, E8: submit, look at, list and delete predictions; and their clips."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from hailuo_widgets import service as facts
from hailuo_widgets.emulator.account import validation, webhook
from hailuo_widgets.emulator.account.database import State
from hailuo_widgets.emulator.account.records import Charge, Prediction
from hailuo_widgets.emulator.account.settings import Settings
from hailuo_widgets.emulator.account.threads import in_thread
from hailuo_widgets.emulator.account.validation import Picture, Submission
from hailuo_widgets.emulator.account.worker import deduct_id
from hailuo_widgets.emulator.api.request_context import RequestContext, paging
from hailuo_widgets.emulator.http.moments import between
from hailuo_widgets.emulator.http.responses import Answer, RefusedError

NOT_FOUND = "Prediction not found"


async def submit(case: RequestContext) -> Answer:
    """E1. Accept a submission, bill it and begin to work on it, or refuse it unbilled."""
    emulator = case.emulator
    # A thread, because two pictures of 20 MB are a third of a second of pure arithmetic.
    submission = await in_thread(_examine, case)
    if (seconds := emulator.production.admit()) > 0:
        wait = str(max(1, round(seconds)))
        raise RefusedError(429, "Too many requests, retry later.", **{"Retry-After": wait})
    if emulator.balance() < case.settings.price:
        raise RefusedError(400, "Insufficient credits. Please top up.")
    accepted = _accept(case, submission)
    case.prediction = accepted
    emulator.production.start(accepted)
    if accepted.course.first in facts.COMPLETED_STATUSES:
        await emulator.production.ended(accepted)
    return Answer.of(case.view(accepted))


def _examine(case: RequestContext) -> Submission:
    settings = case.settings
    try:
        submission = validation.read(
            case.json(), strict_keys=settings.strict_keys, strict_prompt=settings.strict_prompt
        )
        _store("image", submission.image, settings, case.emulator.state)
        if submission.end_image is not None:
            _store("end_image", submission.end_image, settings, case.emulator.state)
    except validation.ValidationError as unfit:
        raise RefusedError(400, f"Invalid parameter: {unfit}.") from None
    return submission


def _store(name: str, picture: Picture, settings: Settings, state: State) -> None:
    if picture.data is None:
        return
    if settings.images_judged == "submit" and (flaw := validation.flaw(picture.data)) is not None:
        raise validation.ValidationError(f"{name}: {flaw}")
    state.store_frame(picture.data)


def _accept(case: RequestContext, submission: Submission) -> Prediction:
    emulator, state, now = case.emulator, case.emulator.state, case.emulator.clock.now()
    variation = state.variation(submission.request)
    name = emulator.new_id(submission.request, variation, case.course.id_form)
    first, second = (uuid.uuid5(uuid.NAMESPACE_OID, f"{part} {name}") for part in ("task", "file"))
    accepted = Prediction(
        id=name,
        ordinal=len(state.predictions),
        request=submission.request,
        variation=variation,
        prompt=submission.prompt,
        image=submission.image.reference,
        end_image=submission.end_image.reference if submission.end_image else None,
        expansion=submission.expansion,
        created_at=now,
        output=f"{first}-u1_{second}.mp4",
        course=case.course,
        webhook=webhook.target(case.query.get("webhook")) or webhook.target(submission.webhook),
        base_url=case.base_url,
    )
    price = str(case.settings.price)
    state.keep(accepted, Charge(deduct_id(accepted), name, "deduct", price, now))
    return accepted


async def result(case: RequestContext) -> Answer:
    """E2. Show one prediction, at either of its paths."""
    if case.prediction is None:
        raise RefusedError(404, NOT_FOUND)
    return Answer.of(case.view(case.prediction))


async def listing(case: RequestContext) -> Answer:
    """E7. Show a page of the predictions of the last days, newest first."""
    wishes = case.wishes()
    page, size = paging(case, wishes)
    tests = _filters(case, wishes)
    found = [each for each in case.emulator.state.newest() if all(test(each) for test in tests)]
    shown = found[(page - 1) * size : page * size]
    items = [case.view(each) for each in shown]
    return Answer.of({"page": page, "total": len(found), "items": items})


def _filters(case: RequestContext, wishes: dict[str, Any]) -> list[Callable[[Prediction], bool]]:
    tests: list[Callable[[Prediction], bool]] = [lambda each: not each.deleted]
    if case.list_lag_seconds:
        tests.append(lambda each: case.since(each.created_at) >= case.list_lag_seconds)
    if "model" in wishes:
        tests.append(lambda _: wishes["model"] == facts.MODEL)
    if "status" in wishes:
        tests.append(lambda each: each.status == wishes["status"])
    after, until = between(wishes, "created_after", "created_before", case.skew_seconds)
    tests.append(lambda each: after <= each.created_at <= until)
    return tests


async def delete_one(case: RequestContext) -> Answer:
    """Delete one record by its address. What runs runs on, and is charged."""
    if case.prediction is None:
        raise RefusedError(404, NOT_FOUND)
    case.prediction.deleted = True
    case.emulator.state.keep(case.prediction)
    return Answer.of({"id": case.prediction.id, "status": "deleted"})


async def delete(case: RequestContext) -> Answer:
    """E8. Delete records. What runs runs on, and is charged."""
    ids = case.json().get("ids")
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise RefusedError(400, "ids must be a list of strings")
    known = {each: case.emulator.find(each) for each in ids}
    there = [each for each in known.values() if each is not None and not each.deleted]
    for each in there:
        each.deleted = True
    case.emulator.state.keep(*there)
    return Answer.of({"deleted_count": len(there)})


async def output(case: RequestContext) -> Answer:
    """Serve a clip's file to the one that knows its name."""
    asked = case.prediction
    if asked is not None and asked.completed:
        path = case.emulator.state.outputs / asked.output
        if path.is_file():
            return Answer(path, media_type="video/mp4")
    raise RefusedError(404, "Not found.")
