"""What only the user can decide about a job: whether it was billed, and what to do then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.errors import InputError
from hailuo_widgets.library.ledger.states import JobState
from hailuo_widgets.money import dollars
from hailuo_widgets.widgets.shared.quote import question, require_agreement

if TYPE_CHECKING:
    from collections.abc import Callable

    from hailuo_widgets.jobs.runner.job import Job
    from hailuo_widgets.jobs.wavespeed.candidates import Candidate
    from hailuo_widgets.widgets.shared.rpc import Fields

_ENOUGH: Final = 60  # characters of a found prompt


def choices_of(job: Job) -> list[dict[str, Any]]:
    """List what the user may do about a job that waits for their word, as plain data.

    Each choice has an ``act``, the ``label`` of its button, ``facts`` to decide by, for a found
    prediction its id, and ``confirm``, what to ask first where it would cost much.
    """
    price, confirm_above = job.terms
    confirm = question(1, price, confirm_above)
    if job.never_sent:
        return [
            _choice("send", f"Send it now · {dollars(price)}", confirm=confirm),
            _choice("withdraw", "Withdraw it"),
        ]
    if job.held_up and not job.done and job.cost > 0:
        return [_choice("withdraw", "Withdraw it")]
    if job.state is not JobState.UNKNOWN or job.cost == 0:
        return []
    found = [
        _choice("adopt", "Adopt it", prediction=each.prediction_id, facts=_facts(each))
        for each in job.candidates
    ]
    return [
        *found,
        _choice("look", "Look again now" if job.searching else "Keep looking"),
        _choice("send", f"Send it again · {dollars(price)}", confirm=confirm),
        *([_choice("write_off", "Write it off")] if job.may_write_off else []),
    ]


def decide(job: Job, fields: Fields) -> Job:
    """Do what the user chose; return the job to follow from now on.

    Raises
    ------
    InputError
        That choice is not there any more, or costs something else than its button said.
    HailuoError
        It cannot be done; the sentence says why.
    """
    act, prediction = str(fields.get("act")), fields.get("prediction")
    choice = next(
        (
            each
            for each in choices_of(job)
            if each["act"] == act and each["prediction"] == (prediction or "")
        ),
        None,
    )
    if choice is None:
        raise InputError("This job has moved on meanwhile. Nothing was done.")
    if act == "send":
        price = job.terms.price
        # A page drawn before there were labels in its answers has shown what the job held.
        shown = fields.get("label", choice["label"] if price == job.cost else "")
        require_agreement(fields, shown=shown, now=choice["label"], confirm=choice["confirm"])
        return job.send_again(price=price)
    if act == "adopt":
        job.adopt(str(prediction))
        return job
    acts: dict[str, Callable[[], object]] = {
        "look": job.keep_looking,
        "withdraw": job.withdraw,
        "write_off": job.write_off,
    }
    acts[act]()
    return job


def _choice(
    act: str, label: str, *, prediction: str = "", facts: str = "", confirm: str = ""
) -> dict[str, Any]:
    return {
        "act": act,
        "label": label,
        "prediction": prediction,
        "facts": facts,
        "confirm": confirm,
    }


def _facts(candidate: Candidate) -> str:
    prompt = candidate.prompt or ""
    if len(prompt) > _ENOUGH:
        prompt = f"{prompt[: _ENOUGH - 1]}…"
    parts = [
        f"made {candidate.created_at.astimezone():%H:%M:%S}" if candidate.created_at else "",
        str(candidate.status),
        f"“{prompt}”" if prompt else "",
        candidate.prediction_id,
    ]
    return " · ".join(part for part in parts if part)
