"""The one module that speaks HTTP to the service: auth, envelopes, errors, and repeated GETs.

Nothing here decides by the text of an answer, and no POST is ever sent twice. Exceptions of the
HTTP library are turned into ours *outside* their handler: they hold the request, and with it the
key, so they must not travel along as a cause.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import httpx

from hailuo_widgets.errors import AuthError
from hailuo_widgets.jobs import answer as answers
from hailuo_widgets.jobs.answer import Answer, Dropped
from hailuo_widgets.jobs.key import HOW_TO_SET, Key
from hailuo_widgets.request import service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from hailuo_widgets.jobs.line import Line

_CONNECT_SECONDS: Final = 15.0
_TIMEOUT: Final = httpx.Timeout(connect=_CONNECT_SECONDS, read=45.0, write=60.0, pool=None)
_TRANSIENT: Final = frozenset({429, 500, 502, 503, 504})


class Transient(Exception):  # noqa: N818  a signal between modules, never shown to a person
    """A question got no usable answer; it is free and safe to ask again.

    Attributes
    ----------
    retry_after : float or None
        Seconds the service asks to wait.
    """

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class NotFound(Exception):  # noqa: N818
    """The service knows no such record (now)."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the service says of a prediction, made regular (Q1-Q11, Q15, Q16, Q22)."""

    id: str
    status: str
    outputs: tuple[str, ...]
    """URLs, or ``data:`` URIs for outputs that came as bytes."""
    error: str
    code: int | None
    flagged: bool
    """Whether the service's safety check marked an output."""
    worked_seconds: float | None = None
    """How long the service says that it worked on it."""


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
    line : Line, optional
        What questions by GET go through; default: `http`.

    Attributes
    ----------
    ahead_seconds : float
        How far the service's clock is ahead of ours, by its latest answer to a POST (Q50).
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_url: str,
        key: Key,
        *,
        submitting: httpx.AsyncClient | None = None,
        line: Line | None = None,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._http = http
        self._submitting = submitting or http
        self._line = line
        self._wall = wall
        self._base = base_url.rstrip("/")
        self._prefix = httpx.URL(self._base).path.rstrip("/")
        self._auth = key.auth(base_url)
        self._signed = _signed(self._auth, base_url)
        self.ahead_seconds = 0.0

    def __repr__(self) -> str:
        return f"<Client {self._base}>"

    async def post_once(
        self, path: str, body: Iterable[bytes], *, size: int, seconds: float
    ) -> Answer | Dropped:
        """POST exactly once, whatever happens; redirects are not followed.

        Parameters
        ----------
        body : iterable of bytes
            Pieces that are sent as they are made; `size` bytes in all.
        seconds : float
            How long the answer may take once the request is sent. Connecting has its own limit.
        """
        within = httpx.Timeout(connect=_CONNECT_SECONDS, read=seconds, write=60.0, pool=None)
        return await self._exchange(
            "POST",
            path,
            within=within,
            content=_sent_in_turn(body),
            size=size,
            http=self._submitting,
        )

    @property
    def base_url(self) -> str:
        """Scheme and host of the service, and whatever comes before its paths."""
        return self._base

    async def post(self, path: str, fields: dict[str, Any], *, new: bool = False) -> Any:
        """Ask a free question by POST; like :meth:`get` otherwise.

        Parameters
        ----------
        new : bool
            An older service may not have this path yet: HTTP 405 says that too.
        """
        body = json.dumps(fields).encode()
        answer = await self._exchange("POST", path, within=_TIMEOUT, content=body)
        date = answers.read_date(answer.date) if isinstance(answer, Answer) else None
        if date is not None:
            self.ahead_seconds = (date - self._wall()).total_seconds()
        if new and isinstance(answer, Answer) and answer.status == 405:
            raise NotFound
        return _data(answer)

    async def post_pieces(
        self, path: str, pieces: Iterable[bytes], *, size: int, media_type: str
    ) -> Any:
        """Give a file for free, piece by piece; like :meth:`get` otherwise."""
        answer = await self._exchange(
            "POST",
            path,
            within=_TIMEOUT,
            content=_sent_in_turn(pieces),
            media_type=media_type,
            size=size,
        )
        return _data(answer)

    async def put_elsewhere(
        self, url: str, pieces: Iterable[bytes], *, size: int, headers: dict[str, str]
    ) -> int | None:
        """Give a file to another host, with these headers and never with the key.

        Returns
        -------
        int or None
            The HTTP status; None when no answer came.
        """
        try:
            async with self._http.stream(
                "PUT",
                url,
                content=_sent_in_turn(pieces),
                headers={**headers, "Content-Length": str(size)},
                auth=None,
                timeout=_TIMEOUT,
                follow_redirects=False,
            ) as response:
                return response.status_code
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ValueError):
            return None

    async def post_bytes(self, path: str, body: bytes, media_type: str) -> Any:
        """Give a file for free; like :meth:`get` otherwise."""
        answer = await self._exchange(
            "POST", path, within=_TIMEOUT, content=body, media_type=media_type
        )
        return _data(answer)

    async def get(self, path: str) -> Any:
        """Ask once and return the envelope's ``data``.

        Raises
        ------
        Transient
            Rate limit, server or network trouble, or an unreadable answer.
        NotFound
            HTTP 404.
        AuthError
            HTTP 401 or 403.
        """
        if self._line is not None:
            return _data(await self._line.get(self._prefix + path, self._signed))
        return _data(await self._exchange("GET", path, within=_TIMEOUT))

    async def prediction(self, prediction_id: str) -> Prediction:
        """Ask how a prediction stands (E2). Raises as :meth:`get` does."""
        path = f"{service.PREDICTIONS_PATH}/{prediction_id}/result"
        data = await self.get(path)
        if not isinstance(data, dict):
            raise Transient("the answer held no record")
        return read_prediction(data, prediction_id)

    async def _exchange(
        self,
        method: str,
        path: str,
        *,
        within: httpx.Timeout,
        content: Any = None,
        media_type: str = "application/json",
        size: int = 0,
        http: httpx.AsyncClient | None = None,
    ) -> Answer | Dropped:
        headers = {"Content-Type": media_type} if content is not None else {}
        if size:
            # Without it the pieces would go out "chunked", which not every server takes.
            headers["Content-Length"] = str(size)
        try:
            async with (http or self._http).stream(
                method,
                self._base + path,
                content=content,
                headers=headers,
                auth=self._auth,
                timeout=within,
                follow_redirects=False,
            ) as response:
                raw = bytearray()
                async for chunk in response.aiter_bytes():
                    raw += chunk
                    if len(raw) > answers.SIZE_LIMIT:
                        return Answer(response.status_code, None)
                return answers.read(response.status_code, response.headers, bytes(raw))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            return Dropped(type(error).__name__, sent=False)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            return Dropped(type(error).__name__, sent=True)


def read_prediction(data: dict[str, Any], prediction_id: str) -> Prediction:
    """Read one record, whatever shape its fields have."""
    code = data.get("code")
    flags = data.get("has_nsfw_contents")
    error = data.get("error")
    return Prediction(
        id=prediction_id,
        status=str(data.get("status") or "").strip().lower(),
        outputs=tuple(_outputs(data.get("outputs"))),
        error=error if isinstance(error, str) else "",
        code=int(code) if isinstance(code, int | float) and not isinstance(code, bool) else None,
        flagged=isinstance(flags, list) and any(flag is True for flag in flags),
        worked_seconds=_worked(data.get("timings")),
    )


def message_of(body: Any) -> str:
    """Find the service's own words in an error body of any of the known shapes (Q14)."""
    if not isinstance(body, dict):
        return ""
    data = body.get("data")
    nested = data.get("error") if isinstance(data, dict) else None
    for text in (nested, body.get("message"), body.get("error")):
        if isinstance(text, str) and text.strip():
            return text.strip()[:500]
    return ""


class _Headers(list[tuple[str, str]]):
    """Headers that show nothing of themselves: one of them is the key."""

    def __repr__(self) -> str:
        return "<headers>"


def _signed(auth: httpx.Auth, base_url: str) -> _Headers:
    """Return the headers of a signed question to this service."""
    request = next(auth.auth_flow(httpx.Request("GET", base_url)))
    return _Headers(
        [
            ("Accept", "application/json"),
            ("Accept-Encoding", "identity"),
            ("Authorization", request.headers["Authorization"]),
        ]
    )


async def _sent_in_turn(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def _data(answer: Answer | Dropped) -> Any:
    if isinstance(answer, Dropped):
        raise Transient(f"the connection broke ({answer.reason})")
    if answer.status in {401, 403}:
        raise AuthError(
            f"The service does not accept the API key (HTTP {answer.status}). It may be wrong, "
            "blocked, or not active before the first top-up. This question costs nothing and the "
            f"prediction, if there is one, is kept. {HOW_TO_SET.split('. ')[0]}."
        )
    if answer.status == 404:
        raise NotFound
    body = answer.body
    if answer.status in _TRANSIENT or not isinstance(body, dict):
        raise Transient(f"HTTP {answer.status}", answer.retry_after)
    code = body.get("code", 200)
    if answer.status != 200 or code != 200 or body.get("data") is None:
        raise Transient(f"HTTP {answer.status}, code {code}: {message_of(body)}")
    return body["data"]


def _worked(timings: Any) -> float | None:
    """Read milliseconds; 0 and what makes no sense are no time at all."""
    value = timings.get("inference") if isinstance(timings, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e10:
        return None
    return value / 1000


def _outputs(value: Any) -> list[str]:
    """Make a list of addresses of null, a string, a list of strings or of objects (Q1, Q2)."""
    if value is None:
        return []
    found = []
    for item in value if isinstance(value, list) else [value]:
        text = item
        if isinstance(item, dict):
            text = next((item[k] for k in ("url", "video", "video_url") if k in item), None)
        if not isinstance(text, str) or not text:
            continue
        if "://" in text or text.startswith("data:"):
            found.append(text)
        elif _is_base64(text):
            found.append(f"data:video/mp4;base64,{text}")
    return found


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text[:4096], validate=True)
    except binascii.Error:
        return False
    return True
