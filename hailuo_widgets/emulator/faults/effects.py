"""What can go wrong with a request, as small acts that the table of quirks is put together from.

An act gets the case and the hit, changes the case, and returns False where it does not apply: a
status that is not reached yet, an answer without the field. It is then not counted.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from typing import Any, NamedTuple

from hailuo_widgets import service as facts
from hailuo_widgets.emulator.api.request_context import Endpoint, RequestContext
from hailuo_widgets.emulator.http.responses import Answer, Delivery

ABSENT: Any = object()
"""A field's value that takes the field away."""

_STATUSES = {
    "running": facts.RUNNING_STATUSES,
    "completed": facts.COMPLETED_STATUSES,
    "fine": facts.RUNNING_STATUSES | facts.COMPLETED_STATUSES,
}

GATEWAY_PAGE = (
    b"<html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
)

SUBMIT = (Endpoint.SUBMIT,)
RESULT = (Endpoint.RESULT,)
PREDICTION = (Endpoint.SUBMIT, Endpoint.RESULT)
FREE = (
    Endpoint.RESULT,
    Endpoint.LIST,
    Endpoint.DELETE,
    Endpoint.TICKET,
    Endpoint.UPLOAD,
    Endpoint.BALANCE,
    Endpoint.PRICE,
    Endpoint.BILLINGS,
)
JSON = (Endpoint.SUBMIT, *FREE)
"""Everything that answers with an envelope; `FREE` is what costs nothing of it."""


class Stage(enum.Enum):
    """When an act comes."""

    ARRIVAL = enum.auto()
    """The request's head is there, its body is not."""
    BEFORE = enum.auto()
    """The request is whole, and nothing has been done about it."""
    AFTER = enum.auto()
    """The request has had its effect, and the answer is ready."""


@dataclass(frozen=True, slots=True)
class FaultParameters:
    """What a fault was given along: how long, and which status."""

    seconds: float | None = None
    status: int | None = None

    def seconds_or(self, usual: float) -> float:
        """Return the seconds that were asked for, or else the usual ones."""
        return usual if self.seconds is None else self.seconds


class Effect(NamedTuple):
    """An act and its stage."""

    stage: Stage
    act: Callable[[RequestContext, FaultParameters], bool]


@dataclass(frozen=True, slots=True)
class Quirk:
    """One row of the table.

    Attributes
    ----------
    number, sentence : int, str
        Its number in the reference, and what a client meets.
    at : tuple of Endpoint
        Where it happens unless a fault says otherwise.
    variants : mapping
        Names to effects; the first is the usual one.
    also : tuple of Endpoint
        Where it happens only when a fault says so.
    reason : str
        Why no server can cause it; empty when one can.
    """

    number: int
    sentence: str
    at: tuple[Endpoint, ...] = ()
    variants: Mapping[str, Effect] = field(default_factory=dict)
    also: tuple[Endpoint, ...] = ()
    reason: str = ""


def before(act: Callable[[RequestContext, FaultParameters], bool]) -> Effect:
    """Return an effect that takes place before the request does anything."""
    return Effect(Stage.BEFORE, act)


def after(act: Callable[[RequestContext, FaultParameters], bool]) -> Effect:
    """Return an effect that takes place when the request has done its work."""
    return Effect(Stage.AFTER, act)


def instead(status: int, content: dict[str, Any] | bytes | None = None, **headers: str) -> Effect:
    """Return another answer, and nothing is done about the request.

    Without content it is the envelope of an error. A status that the fault was given comes first.
    """

    def act(case: RequestContext, hit: FaultParameters) -> bool:
        case.answer = refusal(hit.status or status, content)
        case.answer.headers.update({name.replace("_", "-"): headers[name] for name in headers})
        return True

    return before(act)


def refusal(status: int, content: dict[str, Any] | bytes | None = None) -> Answer:
    """Return an error: an envelope unless there is other content. Bytes are HTML, or nothing."""
    if content is None:
        return Answer.error(status, f"Emulated {status}.")
    if isinstance(content, bytes):
        return Answer(content, status, "text/html" if content else "text/plain")
    return Answer({"code": status, "message": f"Emulated {status}.", **content}, status)


def too_many(retry_after: Callable[[RequestContext, float], str | None]) -> Effect:
    """Return 429 with what `retry_after` makes of the seconds to wait."""

    def act(case: RequestContext, hit: FaultParameters) -> bool:
        case.answer = refusal(429)
        value = retry_after(case, hit.seconds_or(1))
        if value is not None:
            case.answer.headers["Retry-After"] = value
        return True

    return before(act)


RETRY_AFTER: dict[str, Effect] = {
    "seconds": too_many(lambda _, seconds: str(round(seconds))),
    "date": too_many(lambda case, seconds: formatdate(case.now + seconds, usegmt=True)),
    "missing": too_many(lambda _, __: None),
}


def course(**changes: Any) -> Effect:
    """Return another life for the prediction that the request becomes.

    A change may be a function of the hit.
    """

    def act(case: RequestContext, hit: FaultParameters) -> bool:
        values = {name: value(hit) if callable(value) else value for name, value in changes.items()}
        case.course = replace(case.course, **values)
        return True

    return before(act)


def failing(code: int | None, error: str) -> Effect:
    """Return a prediction that fails."""
    return course(final="failed", code=code, error=error)


def settings(**changes: Any) -> Effect:
    """Return other settings for this request alone."""

    def act(case: RequestContext, _: FaultParameters) -> bool:
        case.settings = replace(case.settings, **changes)
        return True

    return before(act)


def set_case(name: str, value: Callable[[FaultParameters], float]) -> Effect:
    """Return one of the case's numbers changed."""

    def act(case: RequestContext, hit: FaultParameters) -> bool:
        setattr(case, name, value(hit))
        return True

    return before(act)


def edited(edit: Callable[[RequestContext, dict[str, Any]], bool]) -> Effect:
    """Return a good answer whose ``data`` is edited in place; `edit` may find nothing to do."""

    def act(case: RequestContext, _: FaultParameters) -> bool:
        data = case.answer.data if case.answer else None
        return data is not None and edit(case, data)

    return after(act)


def fields(when: str = "always", **values: Any) -> Effect:
    """Return a prediction's answer with other fields. A value may be a function of the old one.

    Parameters
    ----------
    when : str
        ``"always"``, ``"fine"``, ``"running"`` or ``"completed"``: the statuses it applies to.
    """

    def edit(_: RequestContext, data: dict[str, Any]) -> bool:
        if data.get("status") not in _STATUSES.get(when, {data.get("status")}):
            return False
        for name, value in values.items():
            if value is ABSENT:
                data.pop(name, None)
            else:
                data[name] = value(data.get(name)) if callable(value) else value
        return True

    return edited(edit)


def envelope(**values: Any) -> Effect:
    """Return a good answer whose envelope, not its ``data``, has other fields."""

    def act(case: RequestContext, _: FaultParameters) -> bool:
        if case.answer is None or case.answer.data is None:
            return False
        assert isinstance(case.answer.content, dict)
        for name, value in values.items():
            if value is ABSENT:
                case.answer.content.pop(name)
            else:
                case.answer.content[name] = value
        return True

    return after(act)


def body(content: Callable[[bytes], bytes], media_type: str) -> Effect:
    """Return other bytes in place of the answer's, and the status that the fault was given."""

    def act(case: RequestContext, hit: FaultParameters) -> bool:
        answer = case.answer
        if answer is None:
            return False
        case.answer = Answer(content(answer.body()), hit.status or answer.status, media_type)
        return True

    return after(act)


def accepted_but(status: int, content: dict[str, Any] | bytes | None = None) -> Effect:
    """Return an error although the submission has been accepted."""

    def act(case: RequestContext, _: FaultParameters) -> bool:
        if case.prediction is None:
            return False
        case.answer = refusal(status, content)
        return True

    return after(act)


def cut(delivery: Delivery) -> Effect:
    """Return an accepted submission's answer that does not arrive whole."""

    def act(case: RequestContext, _: FaultParameters) -> bool:
        if case.prediction is None or case.answer is None or case.answer.status != 200:
            return False
        case.answer.delivery = delivery
        return True

    return after(act)


def hang_up(case: RequestContext, _: FaultParameters) -> bool:
    """Cut the connection; whatever was asked for is not done."""
    case.answer = Answer.nothing()
    return True


def floats(value: Any) -> Any:
    """Return JSON with every integer as a float."""
    if isinstance(value, dict):
        return {name: floats(each) for name, each in value.items()}
    if isinstance(value, list):
        return [floats(each) for each in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def at(endpoint: Endpoint, effect: Effect) -> Effect:
    """Return an effect that happens at one of its quirk's endpoints alone."""

    def act(case: RequestContext, hit: FaultParameters) -> bool:
        return case.endpoint is endpoint and effect.act(case, hit)

    return Effect(effect.stage, act)
