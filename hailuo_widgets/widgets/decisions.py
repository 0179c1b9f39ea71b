"""What only a person can decide about a job: whether it was billed, and what to do then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.errors import InputError
from hailuo_widgets.library.budget import dollars
from hailuo_widgets.library.states import JobState

if TYPE_CHECKING:
    from collections.abc import Callable

    from hailuo_widgets.jobs.job import Job
    from hailuo_widgets.jobs.search import Candidate
    from hailuo_widgets.widgets.messages import Fields

_ENOUGH: Final = 60  # characters of a found prompt


def choices_of(job: Job) -> list[dict[str, Any]]:
    """List what a person may do about a job that waits for their word, as plain data.

    Each choice has an ``act``, the ``label`` of its button, ``facts`` to decide by, and for a
    found prediction its id.
    """
    price = dollars(job.cost)
    if job.never_sent:
        return [
            _choice("send", f"Send it now · {price}"),
            _choice("withdraw", "Withdraw it"),
        ]
    if job.state is not JobState.UNKNOWN or job.cost == 0:
        return []
    found = [
        _choice("adopt", "Adopt it", prediction=each.prediction_id, facts=_facts(each))
        for each in job.candidates
    ]
    return [
        *found,
        _choice("look", "Look again now" if job.searching else "Keep looking"),
        _choice("send", f"Send it again · {price}"),
        *([_choice("write_off", "Write it off")] if job.may_write_off else []),
    ]


def decide(job: Job, fields: Fields) -> Job:
    """Do what a person chose; return the job to follow from now on.

    Raises
    ------
    InputError
        That choice is not there any more.
    HailuoError
        It cannot be done; the sentence says why.
    """
    act, prediction = str(fields.get("act")), fields.get("prediction")
    if not any(
        each["act"] == act and each["prediction"] == (prediction or "") for each in choices_of(job)
    ):
        raise InputError("This job has moved on meanwhile. Nothing was done.")
    if act == "send":
        return job.send_again(price=job.cost)
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


def _choice(act: str, label: str, *, prediction: str = "", facts: str = "") -> dict[str, Any]:
    return {"act": act, "label": label, "prediction": prediction, "facts": facts}


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
