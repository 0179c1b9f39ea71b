"""The emulator on a loopback port."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import cast

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

HOST = "127.0.0.1"
BACKLOG = 2048

KEEP_ALIVE_SECONDS = 75
"""Longer than clients keep an idle connection, so that none sends into one that just closes."""

QUIET_SECONDS = 90.0
WATCHES = 6
"""How long a connection may stay without a whole head of a request, and how often one looks."""

MOST_CONNECTIONS = 4096
"""The one that comes next is answered with 503."""


class Protocol(H11Protocol):
    """HTTP that puts the connection within the application's reach, so that it can be cut.

    A connection on which nothing is asked for too long is closed, also when its bytes trickle in:
    uvicorn closes those alone that are silent after an answer.
    """

    quiet_seconds = QUIET_SECONDS

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin a connection."""
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(cast(asyncio.Transport, transport))
        self._quiet_since = self.loop.time()
        self._watch = self.loop.call_later(self.quiet_seconds / WATCHES, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection."""
        self._watch.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Begin to wait for the next request."""
        self._quiet_since = self.loop.time()
        super().on_response_complete()

    def _look(self) -> None:
        now = self.loop.time()
        if self.cycle is not None and not self.cycle.response_complete:
            self._quiet_since = now  # the application has its own limits
        if now - self._quiet_since > self.quiet_seconds:
            self.transport.abort()
        else:
            self._watch = self.loop.call_later(self.quiet_seconds / WATCHES, self._look)


class Server(uvicorn.Server):
    """A server whose end is decided by the one that started it: it takes no signals for itself."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield

    def stop(self) -> None:
        """End as soon as what is being answered is answered. May be called from any thread."""
        self.should_exit = True


def listen(port: int) -> socket.socket:
    """Return a listening socket on loopback; port 0 takes any free one.

    Raises
    ------
    OSError
        When the port is taken.
    """
    # With its protocol named, because asyncio sends small answers at once only over a connection
    # that it sees to be TCP; each would wait 40 ms for an acknowledgement otherwise.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def serve(app: Starlette, quiet_seconds: float = QUIET_SECONDS) -> Server:
    """Return a server for the application; its `run` takes the listening socket."""
    config = uvicorn.Config(
        app,
        http=type("Protocol", (Protocol,), {"quiet_seconds": quiet_seconds}),
        loop="asyncio",
        ws="none",
        lifespan="on",
        backlog=BACKLOG,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=1,
        limit_concurrency=MOST_CONNECTIONS,
    )
    return Server(config)
