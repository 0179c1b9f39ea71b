"""Transports that find the way for each address: straight to this machine, or as the settings say.

A client on one of these has ``trust_env=False``: all that the environment says is read in this
room, when the first request needs it and again when it has changed, so that making a client can
neither fail nor take long.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, NamedTuple

import httpx

from hailuo_widgets.network import proxies, trust
from hailuo_widgets.network.address import host_of
from hailuo_widgets.network.loopback import is_below_localhost, is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable


class Way(NamedTuple):
    """How an address is reached."""

    proxy: httpx.Proxy | None
    trust: ssl.SSLContext


_Place = tuple[str, str, int | None, object]


def way_to(url: httpx.URL) -> Way:
    """Return the way to an address; it takes a while when certificates are to be loaded.

    Raises
    ------
    UnusableSettingError
        A setting of this machine is in the way.
    """
    proxy = proxies.proxy_for(url.scheme, host_of(url), url.port)
    if proxy is None:
        return Way(None, trust.context() if url.scheme == "https" else trust.plain_http())
    scheme = proxy.url.partition("://")[0]
    secure = "https" in {url.scheme, scheme}
    judge = trust.context() if secure else trust.plain_http()
    given = httpx.Proxy(proxy.url, ssl_context=judge if scheme == "https" else None)
    return Way(given, judge)


class AsyncRoutes(httpx.AsyncBaseTransport):
    """For ``httpx.AsyncClient``; made anywhere, used in one loop.

    Parameters
    ----------
    make : callable
        Makes a transport for a way. Called in a thread.
    """

    def __init__(self, make: Callable[[Way], httpx.AsyncBaseTransport]) -> None:
        self._make = make
        self._made: dict[_Place, asyncio.Future[httpx.AsyncBaseTransport]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request on its way."""
        transport = await self._transport(request.url)
        return await transport.handle_async_request(_kept_here(request))

    async def _transport(self, url: httpx.URL) -> httpx.AsyncBaseTransport:
        place = _place(url)
        made = self._made.get(place)
        if made is None or (made.done() and made.exception() is not None):
            work = asyncio.to_thread(lambda: self._make(way_to(url)))
            made = self._made[place] = asyncio.ensure_future(work)
        # Others wait for the same one: who stops waiting must not take it from them.
        return await asyncio.shield(made)

    async def aclose(self) -> None:
        """Close all connections."""
        for made in self._made.values():
            if made.done() and not made.cancelled() and made.exception() is None:
                await made.result().aclose()


class Routes(httpx.BaseTransport):
    """For ``httpx.Client``: few requests, each with a connection of its own."""

    def __init__(self) -> None:
        self._made: list[httpx.HTTPTransport] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request on its way."""
        way = way_to(request.url)
        transport = httpx.HTTPTransport(verify=way.trust, proxy=way.proxy, trust_env=False)
        self._made.append(transport)
        return transport.handle_request(_kept_here(request))

    def close(self) -> None:
        """Close all connections."""
        for transport in self._made:
            transport.close()


def _place(url: httpx.URL) -> _Place:
    if is_loopback(host_of(url)):
        # Nothing of the environment counts here, but for the certificates of https.
        return (
            url.scheme,
            host_of(url),
            url.port,
            trust.environment() if url.scheme == "https" else (),
        )
    settings = (proxies.environment(), trust.environment())
    return url.scheme, host_of(url), url.port, settings


def _kept_here(request: httpx.Request) -> httpx.Request:
    """Keep what is named below localhost on this machine: no name server is asked for it."""
    if not is_below_localhost(host_of(request.url)):
        return request
    kept = httpx.Request(
        request.method,
        request.url.copy_with(host="localhost"),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": host_of(request.url)},
    )
    if isinstance(kept.stream, httpx.ByteStream):
        kept.read()  # so that nobody sends it piece by piece
    return kept
