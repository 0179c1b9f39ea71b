"""The paid POST: sent once, and its outcome named.

The five outcomes follow the service's contract. Only a JSON answer can say *accepted* or
*refused*; whatever else happens after the first byte has left is *unknown*, and unknown is never
sent again by a program.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets import service
from hailuo_widgets.jobs.wavespeed.client import Client, message_of
from hailuo_widgets.jobs.wavespeed.prediction_id import id_of
from hailuo_widgets.jobs.wavespeed.response import Dropped, Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hailuo_widgets.request.video_request import VideoRequest

_REFUSALS: Final = frozenset({400, 401, 402, 403, 404, 405, 413, 415, 422})


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
    """Whether the service itself plainly said it, and no gateway or half an answer (Q6)."""

    @property
    def by_rate(self) -> bool:
        """True if it only said: not so fast."""
        return self.status == 429


@dataclass(frozen=True, slots=True)
class NotSent:
    """O4: the service was not reached; nothing is billed."""

    reason: str
    remedy: str = ""
    """What to do, as whole sentences."""


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


def classify(answer: Response | Dropped) -> Outcome:
    """Name the outcome of a submission (O1-O5)."""
    if isinstance(answer, Dropped):
        if answer.sent:
            return Unknown(f"the connection was lost ({answer.reason})")
        return NotSent(answer.reason, answer.remedy)
    prediction_id = _prediction_id(answer.body)
    if prediction_id is not None:
        return Accepted(prediction_id)
    if answer.status == 429 and not _tells_of_a_prediction(answer.body):
        return Refused(
            429, message_of(answer.body), answer.retry_after, certain=_says_no(answer.body)
        )
    if answer.status in _REFUSALS and isinstance(answer.body, dict):
        return Refused(answer.status, message_of(answer.body))
    return Unknown(f"HTTP {answer.status} without a prediction id")


def _prediction_id(body: Any) -> str | None:
    data = body.get("data") if isinstance(body, dict) else None
    return id_of(data.get("id")) if isinstance(data, dict) else None


def _says_no(body: Any) -> bool:
    """Return True if a body is plainly the service's refusal by rate."""
    return isinstance(body, dict) and body.get("code") == 429 and not _tells_more(body)


def _tells_of_a_prediction(body: Any) -> bool:
    """Return True if a body says, whatever its status, that something was taken: it may be billed."""
    return isinstance(body, dict) and (body.get("code") == 200 or _tells_more(body))


def _tells_more(body: dict[str, Any]) -> bool:
    """Return True if an answer holds more than an error's words (Q14)."""
    data = body.get("data")
    if isinstance(data, dict):
        return bool(data.keys() - {"error", "message", "code"})
    return bool(data) and not isinstance(data, str)
