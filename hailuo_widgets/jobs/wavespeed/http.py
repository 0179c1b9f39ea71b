"""The HTTP clients of one background loop: one that asks, one that asks often, one that submits."""

from __future__ import annotations

import asyncio
import functools
import logging
from typing import TYPE_CHECKING, Final

import httpx

from hailuo_widgets.jobs.wavespeed.poll import wall_clock
from hailuo_widgets.network.routes import AsyncRoutes, Way
from hailuo_widgets.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import aiohttp

_log: Final = logging.getLogger("hailuo_widgets")

_KEPT_SECONDS: Final = 60.0
"""Longer than the longest time between two questions, so that a job needs no new handshake."""

_AT_ONCE: Final = 64
_HEADER_BYTES: Final = 65_536
_KEPT: Final = httpx.Limits(
    max_connections=256, max_keepalive_connections=32, keepalive_expiry=_KEPT_SECONDS
)
_ONCE: Final = httpx.Limits(max_connections=256, max_keepalive_connections=0)
_LOGS: Final = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.proxy",
    "httpcore.socks",
)


class HttpClients:
    """The clients that a runner's jobs share; made in no time, whatever the settings are.

    A setting that cannot be used shows when a request needs it, and only where it counts: what goes
    to this machine meets none.

    Parameters
    ----------
    wall : callable
        Gives the date, by which it is seen how far the service's clock is off.

    Attributes
    ----------
    asking : httpx.AsyncClient
        For what is free. Its connections are kept.
    polling : httpx.AsyncBaseTransport
        For the one question that is asked thousands of times. On aiohttp, which takes a fifth of
        the processor time; through a proxy as `asking`.
    submitting : httpx.AsyncClient
        For what costs. Each request gets a connection of its own: on a kept one that the server
        closes at this moment, nobody could tell whether a request was accepted.
    """

    def __init__(self, wall: Callable[[], datetime] = wall_clock) -> None:
        self.wall = wall
        self.asking = _client(lambda way: _usual(way, _KEPT))
        self.polling = AsyncRoutes(_often)
        self.submitting = _client(lambda way: _usual(way, _ONCE))
        for name in _LOGS:
            logging.getLogger(name).addFilter(_without_key)

    async def close(self) -> None:
        """Close all connections."""
        clients = (self.asking, self.polling, self.submitting)
        await asyncio.gather(*(client.aclose() for client in clients))


@functools.cache
def shared() -> HttpClients:
    """Return the one of this process; for the background loop alone."""
    return HttpClients()


def _client(make: Callable[[Way], httpx.AsyncBaseTransport]) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=AsyncRoutes(make), trust_env=False)


def _usual(way: Way, limits: httpx.Limits) -> httpx.AsyncBaseTransport:
    return httpx.AsyncHTTPTransport(
        verify=way.trust, proxy=way.proxy, trust_env=False, limits=limits
    )


def _often(way: Way) -> httpx.AsyncBaseTransport:
    if way.proxy is not None:
        return _usual(way, _KEPT)
    try:
        from httpx_aiohttp import AiohttpTransport  # noqa: PLC0415  slow to import, so in a thread
    except (ImportError, OSError) as error:
        # As it is imported it makes TLS contexts from the environment, which may name files that
        # are not there (SSLKEYLOGFILE). The usual way takes more processor time and needs none.
        _log.debug("aiohttp cannot be loaded (%s)", type(error).__name__)
        return _usual(way, _KEPT)
    return AiohttpTransport(verify=way.trust, trust_env=False, client=lambda: _session(way))


def _session(way: Way) -> aiohttp.ClientSession:
    """Make what keeps the connections; it must be made inside the loop."""
    import aiohttp  # noqa: PLC0415

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            ssl=way.trust, limit=_AT_ONCE, keepalive_timeout=_KEPT_SECONDS
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        max_line_size=_HEADER_BYTES,
        max_field_size=_HEADER_BYTES,
    )


def _without_key(record: logging.LogRecord) -> bool:
    """Keep out of the HTTP library's own log what a service echoes in its headers."""
    text = record.getMessage()
    kept = redact(text)
    if kept != text:
        record.msg, record.args = kept, ()
    return True
