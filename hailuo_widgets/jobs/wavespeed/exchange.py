"""One request and its answer, over whatever client: sent once, read within bounds of size and time.

What decides whether a request counts as sent is whether a byte of it has left this machine; a
proxy's own tunnel and TLS come before that. Exceptions of the HTTP library hold the request, and
with it the key, so that none leaves this module.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import zlib
from typing import TYPE_CHECKING, Any, Final

import httpx

from hailuo_widgets.jobs.wavespeed import response as answers
from hailuo_widgets.jobs.wavespeed.response import Dropped, Response
from hailuo_widgets.network.trouble import NOT_REACHED, explain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

ANSWER_SECONDS: Final = 45.0
"""How long the answer to a free question may take."""

_CONNECT_SECONDS: Final = 15.0
_REACHED_SECONDS: Final = 30.0
"""Until the first byte leaves: names, proxies and TLS included, none of which has a limit of its
own everywhere."""

_PATIENCE: Final = httpx.Timeout(
    connect=_CONNECT_SECONDS, read=ANSWER_SECONDS, write=60.0, pool=None
).as_dict()

_SLOWEST: Final = 50_000.0
"""Bytes a second; what goes out more slowly than that is given up."""

_LARGE: Final = 32_768
"""Bytes from which on an answer is read in a thread."""


async def exchange(
    http: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    headers: dict[str, str],
    auth: httpx.Auth | None,
    content: bytes | Iterable[bytes] | None = None,
    size: int = 0,
    seconds: float = ANSWER_SECONDS,
) -> Response | Dropped:
    """Send a request once; redirects are not followed.

    Parameters
    ----------
    content : bytes or iterable of bytes, optional
        The body; pieces are sent as they are made, `size` bytes in all.
    seconds : float
        How long the answer may take once the request is sent.
    """
    sending = _Sending()
    body = bytearray()
    head: httpx.Response | None = None
    try:
        async with asyncio.timeout(_REACHED_SECONDS) as limit:
            sending.then(limit, seconds + _CONNECT_SECONDS + size / _SLOWEST)
            async with http.stream(
                method,
                url,
                content=sending.pieces(content),
                headers=_asked(headers, content, size),
                auth=auth,
                timeout=httpx.Timeout(
                    connect=_CONNECT_SECONDS, read=seconds, write=60.0, pool=None
                ),
                follow_redirects=False,
                extensions={"trace": sending.trace},
            ) as head:
                if head.is_stream_consumed:  # a transport of a test has read and decoded it
                    return answers.read(head.status_code, head.headers, head.content)
                await _collect(head, body)
    except Exception as error:  # noqa: BLE001  foreign bytes lead the library into any of them
        # A transport without steps (a test's) may have read the body and connected nowhere.
        left = sending.left if sending.traced else not isinstance(error, NOT_REACHED)
        await sending.hang_up()
        return await _despite(error, url, head, body, left=left)
    return await _read(head, body)


async def question(
    transport: httpx.AsyncBaseTransport, url: str, *, headers: dict[str, str], auth: httpx.Auth
) -> Response | Dropped:
    """Ask by GET, as often as a thousand jobs do.

    It goes to the transport itself: what an ``httpx.AsyncClient`` does beside that (redirects,
    cookies, hooks) takes as much processor time again, and is not wanted here.
    """
    body = bytearray()
    head: httpx.Response | None = None
    try:
        async with asyncio.timeout(_CONNECT_SECONDS + ANSWER_SECONDS):
            asked = httpx.Request(
                "GET",
                _parsed(url),
                headers=_asked(headers, None, 0),
                extensions={"timeout": _PATIENCE},
            )
            head = await transport.handle_async_request(next(auth.auth_flow(asked)))
            try:
                await _collect(head, body)
            finally:
                await head.aclose()
    except Exception as error:  # noqa: BLE001  as above
        return await _despite(error, url, head, body, left=not isinstance(error, NOT_REACHED))
    return await _read(head, body)


_parsed = functools.lru_cache(maxsize=4096)(httpx.URL)


async def _collect(head: httpx.Response, body: bytearray) -> None:
    async for chunk in head.aiter_raw():
        body += chunk
        if len(body) > answers.SIZE_LIMIT:
            body.clear()  # that is no answer of this service
            return


async def _despite(
    error: Exception, url: str, head: httpx.Response | None, body: bytearray, *, left: bool
) -> Response | Dropped:
    """Return the answer if it was whole, whatever its length was said to be; else why there is none."""
    found = None if head is None else await _read(head, body)
    if found is not None and isinstance(found.body, dict):
        return found
    trouble = explain(error, url, connected=left)
    return Dropped(trouble.reason, sent=left, remedy=trouble.remedy)


class _Sending:
    """Sees when the first byte of a request leaves.

    Attributes
    ----------
    left : bool
        Whether one has left.
    traced : bool
        Whether the transport tells of its steps at all.
    """

    def __init__(self) -> None:
        self.left = False
        self.traced = False
        self._limit: asyncio.Timeout | None = None
        self._more = 0.0
        self._stream: Any = None

    def then(self, limit: asyncio.Timeout, seconds: float) -> None:
        """Give the rest so many seconds from when the first byte leaves."""
        self._limit, self._more = limit, seconds

    async def trace(self, event: str, info: dict[str, Any]) -> None:
        """Hear the transport's steps: those of a tunnel are none of the request's."""
        self.traced = True
        if event.endswith("connect_tcp.complete"):
            self._stream = info.get("return_value")
        if event.endswith("send_request_headers.started"):
            request = info.get("request")
            if getattr(request, "method", None) != b"CONNECT":
                self._leaves()

    async def hang_up(self) -> None:
        """Close a connection that came to nothing: not every failure of a proxy does."""
        if self._stream is not None and not self.left:
            with contextlib.suppress(Exception):
                await self._stream.aclose()

    def pieces(
        self, content: bytes | Iterable[bytes] | None
    ) -> bytes | AsyncIterator[bytes] | None:
        """Hand on a body; that a piece of it is asked for means that the head has left."""
        return content if content is None or isinstance(content, bytes) else self._each(content)

    async def _each(self, pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
        for piece in pieces:
            self._leaves()
            yield piece

    def _leaves(self) -> None:
        if not self.left and self._limit is not None:
            self._limit.reschedule(asyncio.get_running_loop().time() + self._more)
        self.left = True


def _asked(headers: dict[str, str], content: object, size: int) -> dict[str, str]:
    # Only what can be undone within bounds is announced. With a length pieces do not go out
    # "chunked", which not every server takes.
    length = {"Content-Length": str(size)} if content is not None and size else {}
    return {
        "User-Agent": "hailuo-widgets",
        "Accept-Encoding": "gzip, deflate",
        **headers,
        **length,
    }


async def _read(head: httpx.Response, body: bytearray) -> Response:
    raw = bytes(body)
    if len(raw) < _LARGE:
        return _decoded(head, raw)
    return await asyncio.to_thread(_decoded, head, raw)


def _decoded(head: httpx.Response, raw: bytes) -> Response:
    named = head.headers.get("content-encoding", "").split(",")
    encodings = [name for name in (each.strip().lower() for each in named) if name != "identity"]
    for encoding in reversed(list(filter(None, encodings))):
        raw = _inflated(raw) if encoding in {"gzip", "x-gzip", "deflate"} else b""
    return answers.read(head.status_code, head.headers, raw)


def _inflated(raw: bytes) -> bytes:
    """Undo gzip and deflate; what is too large or broken gives nothing.

    What only says that it is compressed is returned as it is: gateways undo it and forget to say so.
    """
    for bits in (47, -15):  # gzip and zlib by their heads; then deflate as some servers write it
        found, rest = bytearray(), raw
        try:
            while rest and len(found) <= answers.SIZE_LIMIT:
                inflating = zlib.decompressobj(bits)
                found += inflating.decompress(rest, answers.SIZE_LIMIT + 1 - len(found))
                rest = inflating.unused_data
        except zlib.error:
            if not found:  # else one whole part, and something that is none behind it
                continue
        return bytes(found) if len(found) <= answers.SIZE_LIMIT else b""
    return raw
