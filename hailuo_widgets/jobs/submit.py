"""The paid POST: sent once, and its outcome named.

The five outcomes follow the service's contract. Only a JSON answer can say *accepted* or
*refused*; whatever else happens after the first byte has left is *unknown*, and unknown is never
sent again by a program.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from hailuo_widgets.jobs.answer import Answer, Dropped
from hailuo_widgets.jobs.client import Client, message_of
from hailuo_widgets.request import service

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hailuo_widgets.request.request import VideoRequest

_REFUSALS: Final = frozenset({400, 401, 402, 403, 404, 405, 413, 415, 422})
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,499}")


@dataclass(frozen=True, slots=True)
class Accepted:
    """O1: there is a prediction."""

    prediction_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """O2, O3: the service said no; nothing is billed."""

    status: int
    message: str
    retry_after: float | None = None
    certain: bool = field(default=False, compare=False)
    """Whether the service itself said it, and no gateway or half an answer (Q6)."""

    @property
    def by_rate(self) -> bool:
        """Whether it only said: not so fast."""
        return self.status == 429


@dataclass(frozen=True, slots=True)
class NotSent:
    """O4: the service was not reached; nothing is billed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """O5: it may have been accepted and billed."""

    reason: str


Outcome = Accepted | Refused | NotSent | Unknown


async def submit(
    client: Client, request: VideoRequest, addresses: Mapping[str, str] | None = None
) -> Outcome:
    """Send a request to the service, once.

    Parameters
    ----------
    addresses : mapping of str to str, optional
        By a frame's hash: the URL that is sent in its place.
    """
    answer = await client.post_once(
        service.SUBMIT_PATH,
        request.payload_pieces(addresses),
        size=request.payload_size(addresses),
        seconds=service.SUBMIT_ANSWER_SECONDS,
    )
    return classify(answer)


def classify(answer: Answer | Dropped) -> Outcome:
    """Name the outcome of a submission (O1-O5)."""
    if isinstance(answer, Dropped):
        if answer.sent:
            return Unknown(f"the connection was lost ({answer.reason})")
        return NotSent(answer.reason)
    prediction_id = _prediction_id(answer.body)
    if prediction_id is not None:
        return Accepted(prediction_id)
    if answer.status == 429:
        certain = isinstance(answer.body, dict) and answer.body.get("code") == 429
        return Refused(429, message_of(answer.body), answer.retry_after, certain)
    if answer.status in _REFUSALS and isinstance(answer.body, dict):
        return Refused(answer.status, message_of(answer.body))
    return Unknown(f"HTTP {answer.status} without a prediction id")


def is_id(value: object) -> TypeGuard[str]:
    """Whether something is a prediction's id that may stand in a path (Q5, Q12)."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _prediction_id(body: Any) -> str | None:
    data = body.get("data") if isinstance(body, dict) else None
    found = data.get("id") if isinstance(data, dict) else None
    return found if is_id(found) else None
