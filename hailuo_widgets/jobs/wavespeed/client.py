"""The one module that knows the service's questions: auth, envelopes, errors, and repeated GETs.

Nothing here decides by the text of an answer, and no POST is ever sent twice.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from hailuo_widgets import service
from hailuo_widgets.errors import AuthError
from hailuo_widgets.jobs.wavespeed import response as answers
from hailuo_widgets.jobs.wavespeed.api_key import HOW_TO_SET, ApiKey
from hailuo_widgets.jobs.wavespeed.exchange import exchange, question
from hailuo_widgets.jobs.wavespeed.prediction import (
    Prediction,
    is_about_another,
    read_prediction,
    record_of,
)
from hailuo_widgets.jobs.wavespeed.response import Dropped, Response, message_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import httpx

__all__ = ["Client", "NotFound", "Prediction", "Transient", "message_of", "read_prediction"]

_TRANSIENT: Final = frozenset({429, 500, 502, 503, 504})
_JSON: Final = "application/json"


class Transient(Exception):  # noqa: N818  a signal between modules, never shown to the user
    """A question got no usable answer; it is free and safe to ask again.

    Attributes
    ----------
    retry_after : float or None
        Seconds the service asks to wait.
    remedy : str
        What the user can do about it, as whole sentences; mostly nothing.
    status : int or None
        The HTTP status of the answer.
    """

    def __init__(
        self,
        reason: str,
        retry_after: float | None = None,
        *,
        remedy: str = "",
        status: int | None = None,
    ) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.remedy = remedy
        self.status = status


class NotFound(Exception):  # noqa: N818
    """There is no such record (now).

    Attributes
    ----------
    by_service : bool
        Whether the service itself said so; a gateway's page says nothing of a record.
    """

    def __init__(self, *, by_service: bool = True) -> None:
        super().__init__("HTTP 404")
        self.by_service = by_service


class Client:
    """The service, as typed questions and answers.

    Parameters
    ----------
    http : httpx.AsyncClient
        Made inside the loop that uses it.
    base_url : str
        Scheme and host of the service.
    key : Key
        Sent to that host and to no other.
    submitting : httpx.AsyncClient, optional
        What the paid POST goes through; default: `http`.
    polling : httpx.AsyncBaseTransport, optional
        What questions by GET go through; default: `http`.

    Attributes
    ----------
    clock_skew : float
        How far the service's clock is ahead of ours, by its latest answer to a POST (Q50).
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_url: str,
        key: ApiKey,
        *,
        submitting: httpx.AsyncClient | None = None,
        polling: httpx.AsyncBaseTransport | None = None,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._http = http
        self._submitting = submitting or http
        self._polling = polling
        self._wall = wall
        self._base = base_url.rstrip("/")
        self._auth = key.auth(base_url)
        self.clock_skew = 0.0

    def __repr__(self) -> str:
        return f"<Client {self._base}>"

    @property
    def base_url(self) -> str:
        """Scheme and host of the service, and whatever comes before its paths."""
        return self._base

    async def post_once(
        self, path: str, body: Iterable[bytes], *, size: int, seconds: float
    ) -> Response | Dropped:
        """POST exactly once, whatever happens; redirects are not followed.

        Parameters
        ----------
        body : iterable of bytes
            Pieces that are sent as they are made; `size` bytes in all.
        seconds : float
            How long the answer may take once the request is sent. Connecting has its own limit.
        """
        return await exchange(
            self._submitting,
            "POST",
            self._base + path,
            headers=_headers(_JSON),
            auth=self._auth,
            content=body,
            size=size,
            seconds=seconds,
        )

    async def post(self, path: str, fields: dict[str, Any], *, new: bool = False) -> Any:
        """Ask a free question by POST; like :meth:`get` otherwise.

        Parameters
        ----------
        new : bool
            An older service may not have this path yet: HTTP 405 says that too.
        """
        answer = await self._post(path, json.dumps(fields).encode(), media_type=_JSON)
        date = answers.read_date(answer.date) if isinstance(answer, Response) else None
        if date is not None:
            self.clock_skew = (date - self._wall()).total_seconds()
        if new and isinstance(answer, Response) and answer.status == 405:
            raise NotFound
        return _data(answer)

    async def post_pieces(
        self, path: str, pieces: Iterable[bytes], *, size: int, media_type: str
    ) -> Any:
        """Return a file for free, piece by piece; like :meth:`get` otherwise."""
        return _data(await self._post(path, pieces, media_type=media_type, size=size))

    async def post_bytes(self, path: str, body: bytes, media_type: str) -> Any:
        """Return a file for free; like :meth:`get` otherwise."""
        return _data(await self._post(path, body, media_type=media_type))

    async def put_elsewhere(
        self, url: str, pieces: Iterable[bytes], *, size: int, headers: dict[str, str]
    ) -> int | None:
        """Return a file to another host, with these headers and never with the key.

        Returns
        -------
        int or None
            The HTTP status; None when no answer came.
        """
        answer = await exchange(
            self._http, "PUT", url, headers=headers, auth=None, content=pieces, size=size
        )
        return answer.status if isinstance(answer, Response) else None

    async def get(self, path: str) -> Any:
        """Ask once and return the envelope's ``data``.

        Raises
        ------
        Transient
            Rate limit, server or network trouble, or an unreadable answer.
        NotFound
            HTTP 404.
        AuthError
            HTTP 401 or 403, said by the service itself.
        """
        return _data(await self._get(path))

    async def prediction(self, prediction_id: str) -> Prediction:
        """Ask how a prediction stands (E2). Raises as :meth:`get` does."""
        name = quote(prediction_id, safe="")
        answer = await self._get(f"{service.PREDICTIONS_PATH}/{name}/result")
        if isinstance(answer, Response) and answer.status // 100 == 2:
            record = record_of(answer.body, prediction_id)
            if record is not None:
                return read_prediction(record, prediction_id, self._base)
        data = _data(answer)
        if not isinstance(data, dict):
            raise Transient("the answer held no record")
        if is_about_another(data, prediction_id):
            raise Transient("the answer was about another prediction")
        return read_prediction(data, prediction_id, self._base)

    async def _get(self, path: str) -> Response | Dropped:
        url = self._base + path
        if self._polling is not None:
            return await question(self._polling, url, headers=_headers(), auth=self._auth)
        return await exchange(self._http, "GET", url, headers=_headers(), auth=self._auth)

    async def _post(
        self, path: str, content: bytes | Iterable[bytes], *, media_type: str, size: int = 0
    ) -> Response | Dropped:
        return await exchange(
            self._http,
            "POST",
            self._base + path,
            headers=_headers(media_type),
            auth=self._auth,
            content=content,
            size=size,
        )


def _headers(media_type: str | None = None) -> dict[str, str]:
    return {"Accept": _JSON, **({"Content-Type": media_type} if media_type else {})}


def _data(answer: Response | Dropped) -> Any:
    if isinstance(answer, Dropped):
        raise Transient(answer.reason, remedy=answer.remedy)
    status, body = answer.status, answer.body
    if status in {401, 403}:
        if not answers.is_envelope(body):
            raise Transient(f"HTTP {status} from something on the way, not from the service")
        words = message_of(body)
        said = f' It says: "{words}".' if words else ""
        raise AuthError(
            f"The service does not accept the API key (HTTP {status}).{said} It may be wrong, "
            "blocked, or not active before the first top-up. This question costs nothing and the "
            f"prediction, if there is one, is kept. {HOW_TO_SET.split('. ')[0]}."
        )
    if status == 404:
        raise NotFound(by_service=isinstance(body, dict))
    if status in _TRANSIENT or not isinstance(body, dict):
        raise Transient(f"HTTP {status}", answer.retry_after, status=status)
    if status != 200 or not _is_fine(body.get("code")) or body.get("data") is None:
        said = message_of(body)
        code = f", code {body['code']}" if answers.is_envelope(body) else ""
        raise Transient(f"HTTP {status}{code}{f': {said}' if said else ''}", status=status)
    return body["data"]


def _is_fine(code: Any) -> bool:
    """Return True if an envelope's code says so; what is no number says nothing."""
    number = answers.whole_number(code)
    return number in {None, 0, 200}
