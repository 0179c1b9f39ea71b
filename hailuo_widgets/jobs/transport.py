"""The HTTP clients of one background loop: one that asks, one that submits."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Final
from urllib.request import getproxies, proxy_bypass

import httpx

from hailuo_widgets.jobs.line import Line
from hailuo_widgets.jobs.poll import wall_clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

_KEPT_SECONDS: Final = 60.0
"""Longer than the longest time between two questions, so that a job needs no new handshake."""

# Loopback never goes through a proxy; everything else follows the environment.
_HERE: Final = ("127.0.0.1", "localhost")
_MOUNTS: Final = {f"all://{host}": None for host in _HERE}


class Transport:
    """Made inside the loop that uses it.

    Parameters
    ----------
    wall : callable
        Gives the date, by which it is seen how far the service's clock is off.

    Attributes
    ----------
    asking : httpx.AsyncClient
        For what is free. Its connections are kept.
    submitting : httpx.AsyncClient
        For what costs. Each request gets a connection of its own: on a kept one that the server
        closes at this moment, nobody could tell whether a request was accepted.
    """

    def __init__(self, wall: Callable[[], datetime] = wall_clock) -> None:
        self.wall = wall
        # Loading the trust store takes a while, so it is done once for both.
        trust = httpx.create_ssl_context()
        self._trust = trust
        self._lines: dict[tuple[str, str, int], Line] = {}
        self.asking = httpx.AsyncClient(
            mounts=_MOUNTS,
            verify=trust,
            limits=httpx.Limits(
                max_connections=256, max_keepalive_connections=32, keepalive_expiry=_KEPT_SECONDS
            ),
        )
        self.submitting = httpx.AsyncClient(
            mounts=_MOUNTS,
            verify=trust,
            limits=httpx.Limits(max_connections=256, max_keepalive_connections=0),
        )

    def line(self, base_url: str) -> Line | None:
        """Return what questions to a host go through; None behind a proxy."""
        url = httpx.URL(base_url)
        proxied = getproxies().keys() & {url.scheme, "all"}
        if url.host not in _HERE and proxied and not proxy_bypass(url.host):
            return None
        secure = url.scheme == "https"
        place = (url.scheme, url.host, url.port or (443 if secure else 80))
        if place not in self._lines:
            self._lines[place] = Line(*place[1:], self._trust if secure else None)
        return self._lines[place]

    async def close(self) -> None:
        """Close all connections."""
        lines = (line.close() for line in self._lines.values())
        await asyncio.gather(self.asking.aclose(), self.submitting.aclose(), *lines)


@functools.cache
def shared() -> Transport:
    """Return the one of this process; for the background loop alone."""
    return Transport()
