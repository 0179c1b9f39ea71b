"""A TCP proxy that misbehaves on demand, between one worker and the emulator.

It keeps what truly went over the wire, so that what the kit believes can be judged by it.
"""

import asyncio
import contextlib
import json
import re
import socket
import struct
import threading
from collections import Counter
from dataclasses import dataclass, field

from hailuo_widgets import service as facts
from tests.chaos import tunnel
from tests.chaos.exchange import CutError, Passage

HOST = "127.0.0.1"
_ABRUPT = struct.pack("ii", 1, 0)
_HOST = re.compile(rb"(?i)(\r\nhost:)[^\r]*")

TARGETS = {
    ("POST", facts.SUBMIT_PATH): "submit",
    ("POST", facts.PREDICTIONS_PATH): "list",
    ("POST", facts.BILLINGS_PATH): "billings",
    ("POST", facts.PRICE_PATH): "price",
    ("POST", facts.LEGACY_PRICE_PATH): "price",
}

KINDS = {
    "no-welcome": "the connection is reset when the request's head has come, nothing is passed on",
    "cut-before": "the request is taken and not passed on",
    "cut-during": "half of the request is passed on, then both sides are cut",
    "cut-early": "half of the request is read, then both sides are cut",
    "cut-after": "the request is passed on and answered, the answer is not given",
    "cut-at-once": "the request is passed on, and both sides are cut at once",
    "half-head": "the answer ends within its head",
    "half-body": "the answer ends within its body",
    "garbage": "other bytes than HTTP come as the answer",
    "late": "the answer comes late",
    "slow": "the answer comes in small pieces",
    "hang-up": "the answer comes whole, and the connection is closed behind it",
    "challenge-403": "a page that asks for a browser comes in place of an answer",
    "challenge-200": "the same, as if all were well",
    "404-html": "a gateway's page says that there is nothing",
    "404-json": "an envelope says that there is nothing",
}


@dataclass(frozen=True)
class Mischief:
    """What happens to the `nth` request for a target at a door, counted from 1.

    It happens to `times` requests, one after the other.
    """

    target: str
    nth: int
    kind: str
    abrupt: bool = False
    seconds: float = 0.0
    times: int = 1


@dataclass(eq=False)
class Exchange:
    """One request and its answer, as they went over the wire.

    Attributes
    ----------
    page : str
        What was given in place of the service's answer; empty: nothing was.
    lines : Counter or None
        By prompt, what the ledger held on the disk when the first bytes of a submission came.
    """

    target: str
    prompt: str | None = None
    forwarded: str = "nothing"
    delivered: str = "nothing"
    status: int = 0
    answer: bytes = b""
    page: str = ""
    lines: Counter | None = None

    @property
    def body(self):
        """The answer's JSON, or None."""
        try:
            return json.loads(self.answer.partition(b"\r\n\r\n")[2])
        except ValueError:
            return None


@dataclass
class Door:
    """One port that one worker is given; what went through it, and what is to happen there.

    Attributes
    ----------
    on_event : callable
        Told of every step of every exchange (``"submit:answered"``), on the proxy's thread.
    witness : callable
        Tells what the ledger holds on the disk at this moment.
    encoding : str
        How answers are compressed; empty: not at all.
    names : Names or None
        How the service names its predictions.
    tunnel : Tunnel or None
        Whether it is a proxy that wants CONNECT first.
    connects : int
        How many have come.
    """

    mischief: tuple[Mischief, ...] = ()
    on_event: object = lambda _: None
    witness: object = lambda: None
    encoding: str = ""
    names: object = None
    tunnel: object = None
    connects: int = 0
    exchanges: list[Exchange] = field(default_factory=list)
    port: int = 0
    server: object = None
    twin: object = None
    seen: dict = field(default_factory=dict)

    def url(self, host=HOST):
        """Return its address, with the host spelled in one of the ways of loopback."""
        return f"http://{host}:{self.port}"

    def next(self, target):
        """What happens to a request that has just come."""
        self.seen[target] = count = self.seen.get(target, 0) + 1
        return next(
            (m for m in self.mischief if m.target == target and 0 <= count - m.nth < m.times), None
        )


class Proxy:
    """The doors of one laboratory, served by one thread.

    Parameters
    ----------
    port : int
        Where the emulator listens on loopback.
    trust : Trust
        The certificates of the service behind a tunnel.
    """

    def __init__(self, port, trust):
        self._port = port
        self._trust = trust
        self._loop = asyncio.new_event_loop()
        self._tasks = set()
        self._behind = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy")
        self._thread.start()

    def open(self, **wishes):
        """Open a door; the wishes are attributes of :class:`Door`."""
        door = Door(**wishes)
        self._run(self._open(door))
        return door

    def shut(self, door):
        """Close a door, and every connection through it."""
        self._run(self._shut(door))

    def cut_off(self):
        """Close every connection to the emulator: it has ended."""

        async def cut():
            for writer in self._behind:
                writer.transport.abort()

        self._run(cut())

    def close(self):
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _open(self, door):
        async def welcome(reader, writer):
            task = asyncio.current_task()
            task.door = door
            self._tasks.add(task)
            try:
                await self._serve(door, reader, writer)
            except asyncio.CancelledError:
                pass  # the door was shut
            finally:
                self._tasks.discard(task)

        door.server = await asyncio.start_server(welcome, HOST, 0, limit=1 << 20)
        door.port = door.server.sockets[0].getsockname()[1]
        with contextlib.suppress(OSError):  # no IPv6 here, or somebody else has that port of it
            door.twin = await asyncio.start_server(welcome, "::1", door.port, limit=1 << 20)

    async def _shut(self, door):
        for server in filter(None, (door.server, door.twin)):
            server.close()
        tasks = [task for task in self._tasks if task.door is door]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, door, reader, writer):
        behind = None
        abrupt = False
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if head.startswith(b"CONNECT "):
                    await self._dig(door, reader, writer)
                    continue
                if door.tunnel is not None:
                    head = _HOST.sub(b"\\1 %s:%d" % (HOST.encode(), door.port), head, count=1)
                exchange = Exchange(_target(head))
                if exchange.target == "submit":
                    exchange.lines = door.witness()
                mischief = door.next(exchange.target)
                abrupt = mischief.abrupt if mischief else False
                door.exchanges.append(exchange)
                if behind is None:
                    behind = await asyncio.open_connection(HOST, self._port, limit=1 << 20)
                    self._behind.add(behind[1])
                passage = Passage(door, exchange, mischief)
                await passage.ask(head, reader, behind[1])
                await passage.answer(behind[0], writer)
        except tunnel.ShutError:
            abrupt = door.tunnel.abrupt
        except (CutError, OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._behind.difference_update(behind[1:] if behind else ())
            for side in [writer, *(behind[1:] if behind else ())]:
                if abrupt:
                    with contextlib.suppress(OSError):  # the other side was quicker
                        side.get_extra_info("socket").setsockopt(
                            socket.SOL_SOCKET, socket.SO_LINGER, _ABRUPT
                        )
                side.close()

    async def _dig(self, door, reader, writer):
        door.connects += 1
        if door.tunnel is None:
            raise CutError  # nobody has any business here
        await tunnel.dig(door.tunnel, door.connects, self._trust, reader, writer)


def _target(head):
    method, path = head.split(b" ", 2)[:2]
    path = path.decode("ascii", "replace").partition("?")[0]
    if path.startswith("/output/"):
        return "output"
    if method == b"GET" and path.startswith(facts.PREDICTIONS_PATH):
        return "result"
    return TARGETS.get((method.decode(), path), "other")
