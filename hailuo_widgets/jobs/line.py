"""Kept connections for the one question that is asked thousands of times.

The HTTP library of everything else takes three milliseconds of processor time for a question, a
quarter of a core for a thousand jobs. Its own parser (h11) on bare asyncio takes a fourth of that.
Only questions that may be asked twice go this way.
"""

from __future__ import annotations

import asyncio
import collections
import ssl
from typing import TYPE_CHECKING, Final

import h11

from hailuo_widgets.jobs import answer

if TYPE_CHECKING:
    from hailuo_widgets.jobs.answer import Answer, Dropped

_CONNECT_SECONDS: Final = 15.0
_ANSWER_SECONDS: Final = 45.0
_KEPT_SECONDS: Final = 60.0
_AT_ONCE: Final = 64


class Line:
    """Questions to one host, over connections that are kept.

    Parameters
    ----------
    host : str
    port : int
    trust : ssl.SSLContext or None
        What certificates are judged by; None: without TLS.
    """

    def __init__(self, host: str, port: int, trust: ssl.SSLContext | None) -> None:
        self._host = host
        self._port = port
        self._trust = trust
        self._free: collections.deque[_Wire] = collections.deque()
        self._all: set[_Wire] = set()
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def get(self, target: str, headers: list[tuple[str, str]]) -> Answer | Dropped:
        """Ask once; on a kept connection that turns out to be closed, once more on a new one."""
        async with self._room:
            try:
                async with asyncio.timeout(_CONNECT_SECONDS + _ANSWER_SECONDS):
                    return await self._get(target, headers)
            except (TimeoutError, OSError, h11.ProtocolError) as error:
                return answer.Dropped(type(error).__name__, sent=True)

    async def close(self) -> None:
        """Close all connections."""
        for wire in tuple(self._all):
            wire.close()
        await asyncio.sleep(0)  # that is when the loop hangs up

    async def _get(self, target: str, headers: list[tuple[str, str]]) -> Answer:
        kept = self._kept()
        if kept is not None:
            try:
                return await self._ask(kept, target, headers)
            except ConnectionError:
                pass  # closed by the other side while nobody looked
        async with asyncio.timeout(_CONNECT_SECONDS):
            _, wire = await asyncio.get_running_loop().create_connection(
                lambda: _Wire(self._all),
                self._host,
                self._port,
                ssl=self._trust,
                happy_eyeballs_delay=0.25,
            )
        return await self._ask(wire, target, headers)

    async def _ask(self, wire: _Wire, target: str, headers: list[tuple[str, str]]) -> Answer:
        try:
            found = await wire.ask(target, [("Host", self._host_header()), *headers])
        except BaseException:
            wire.close()
            raise
        if wire.open:
            self._free.append(wire)
        return found

    def _kept(self) -> _Wire | None:
        """Take the connection that was used last, and let go of those that have rested too long."""
        oldest = asyncio.get_running_loop().time() - _KEPT_SECONDS
        while self._free and self._free[0].used_at < oldest:
            self._free.popleft().close()
        while self._free:
            wire = self._free.pop()
            if wire.open:
                return wire
        return None

    def _host_header(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        usual = 443 if self._trust else 80
        return host if self._port == usual else f"{host}:{self._port}"


class _Wire(asyncio.Protocol):
    """One connection, with one question at a time."""

    def __init__(self, known: set[_Wire]) -> None:
        self._known = known
        self._http = h11.Connection(h11.CLIENT)
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._head: h11.Response | None = None
        self._body = bytearray()
        self.used_at = 0.0

    @property
    def open(self) -> bool:
        """Whether another question can be asked."""
        return (
            self._transport is not None
            and not self._transport.is_closing()
            and self._http.our_state is h11.IDLE
        )

    async def ask(self, target: str, headers: list[tuple[str, str]]) -> Answer:
        """Send a question and wait for its answer."""
        loop = asyncio.get_running_loop()
        if self._transport is None:
            raise ConnectionResetError
        self._waiting = loop.create_future()
        self._head, self._body = None, bytearray()
        self.used_at = loop.time()
        question = self._http.send(h11.Request(method="GET", target=target, headers=headers))
        self._transport.write((question or b"") + (self._http.send(h11.EndOfMessage()) or b""))
        return await self._waiting

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()

    # -- asyncio's side -------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._known.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """End; an answer without a length ends with it."""
        self._transport = None
        self._known.discard(self)
        if self._waiting is not None and not self._waiting.done():
            if self._head is not None:
                self._read(b"")
            if not self._waiting.done():
                self._waiting.set_exception(exc or ConnectionResetError())

    def data_received(self, data: bytes) -> None:
        """Read."""
        if self._waiting is None or self._waiting.done():
            self.close()  # nothing was asked
        else:
            self._read(data)

    def _read(self, data: bytes) -> None:
        assert self._waiting is not None
        try:
            self._http.receive_data(data)
            while (event := self._http.next_event()) is not h11.NEED_DATA:
                if isinstance(event, h11.Response):
                    self._head = event
                elif isinstance(event, h11.Data):
                    self._body += event.data
                    if len(self._body) > answer.SIZE_LIMIT:
                        raise h11.RemoteProtocolError("the answer is too large")  # noqa: TRY301
                elif isinstance(event, h11.EndOfMessage):
                    self._answered()
                    return
                elif event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                    return
        except h11.RemoteProtocolError as error:
            self._waiting.set_exception(error)
            self.close()

    def _answered(self) -> None:
        assert self._waiting is not None
        assert self._head is not None
        headers = {
            name.decode("ascii"): text.decode("latin-1") for name, text in self._head.headers
        }
        self._waiting.set_result(answer.read(self._head.status_code, headers, bytes(self._body)))
        self._body = bytearray()
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        else:
            self.close()
