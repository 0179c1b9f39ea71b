"""A TCP proxy that misbehaves on demand, between one carrier and the emulator.

It keeps what truly went over the wire, so that what the kit believes can be judged by it.
"""

import asyncio
import contextlib
import json
import re
import socket
import struct
import threading
from dataclasses import dataclass, field

from hailuo_widgets.request import service as facts

HOST = "127.0.0.1"
_ABRUPT = struct.pack("ii", 1, 0)
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_CHUNKED = re.compile(rb"(?i)\r\ntransfer-encoding: *chunked")

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
}


@dataclass(frozen=True)
class Mischief:
    """What happens to the `nth` request for a target at a door, counted from 1."""

    target: str
    nth: int
    kind: str
    abrupt: bool = False
    seconds: float = 0.0


@dataclass
class Exchange:
    """One request and its answer, as they went over the wire."""

    target: str
    prompt: str | None = None
    forwarded: str = "nothing"
    delivered: str = "nothing"
    status: int = 0
    answer: bytes = b""

    @property
    def body(self):
        """The answer's JSON, or None."""
        try:
            return json.loads(self.answer.partition(b"\r\n\r\n")[2])
        except ValueError:
            return None


@dataclass
class Door:
    """One port that one carrier is given; what went through it, and what is to happen there.

    Attributes
    ----------
    on_event : callable
        Told of every step of every exchange (``"submit:answered"``), on the proxy's thread.
    """

    mischief: tuple[Mischief, ...]
    on_event: object
    exchanges: list[Exchange] = field(default_factory=list)
    url: str = ""
    server: object = None
    seen: dict = field(default_factory=dict)

    def next(self, target):
        """What happens to a request that has just come."""
        self.seen[target] = count = self.seen.get(target, 0) + 1
        return next((m for m in self.mischief if (m.target, m.nth) == (target, count)), None)


class _CutError(Exception):
    """Both sides are to be closed now."""


class Proxy:
    """The doors of one laboratory, served by one thread.

    Parameters
    ----------
    port : int
        Where the emulator listens on loopback.
    """

    def __init__(self, port):
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._tasks = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy")
        self._thread.start()

    def open(self, mischief=(), on_event=lambda _: None):
        """Open a door."""
        door = Door(tuple(mischief), on_event)
        self._run(self._open(door))
        return door

    def shut(self, door):
        """Close a door, and every connection through it."""
        self._run(self._shut(door))

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
        door.url = f"http://{HOST}:{door.server.sockets[0].getsockname()[1]}"

    async def _shut(self, door):
        door.server.close()
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
                if behind is None:
                    behind = await asyncio.open_connection(HOST, self._port, limit=1 << 20)
                exchange = Exchange(_target(head))
                mischief = door.next(exchange.target)
                abrupt = mischief.abrupt if mischief else False
                door.exchanges.append(exchange)
                passage = _Passage(door, exchange, mischief)
                await passage.ask(head, reader, behind[1])
                await passage.answer(behind[0], writer)
        except (_CutError, OSError, asyncio.IncompleteReadError):
            pass
        finally:
            for side in [writer, *(behind[1:] if behind else ())]:
                if abrupt:
                    with contextlib.suppress(OSError):  # the other side was quicker
                        side.get_extra_info("socket").setsockopt(
                            socket.SOL_SOCKET, socket.SO_LINGER, _ABRUPT
                        )
                side.close()


class _Passage:
    """One exchange on its way through a door."""

    def __init__(self, door, exchange, mischief):
        self._door = door
        self._exchange = exchange
        self._kind = mischief.kind if mischief else ""
        self._seconds = mischief.seconds if mischief else 0.0

    def _tell(self, step):
        self._door.on_event(f"{self._exchange.target}:{step}")

    async def ask(self, head, reader, behind):
        """Pass the request on, as far as it goes."""
        self._tell("head")
        if self._kind == "no-welcome":
            raise _CutError
        length = _length(head) or 0
        if self._kind == "cut-early":
            await reader.readexactly(length // 2)
            raise _CutError
        body = await reader.readexactly(length)
        if self._exchange.target == "submit":
            self._exchange.prompt = json.loads(body)["prompt"]
        self._tell("read")
        if self._kind == "cut-before":
            raise _CutError
        whole = head + body
        if self._kind == "cut-during":
            self._exchange.forwarded = "part"
            behind.write(whole[: len(head) + length // 2])
            await behind.drain()
            raise _CutError
        self._exchange.forwarded = "whole"
        behind.write(whole)
        await behind.drain()
        self._tell("passed")
        if self._kind == "cut-at-once":
            raise _CutError

    async def answer(self, behind, writer):
        """Give the emulator's answer back, as far as it goes."""
        exchange = self._exchange
        answer, complete = await _read_answer(behind)
        exchange.answer = answer
        exchange.status = int(answer[9:12] or 0) if answer.startswith(b"HTTP/") else 0
        self._tell("answered")
        if self._kind == "cut-after":
            raise _CutError
        if self._kind == "late":
            await asyncio.sleep(self._seconds)
        begin = answer.partition(b"\r\n\r\n")
        head_size = len(begin[0]) + len(begin[1])
        if self._kind == "garbage":
            await _give(writer, b"\x16\x03\x01 not the protocol you are looking for\r\n\r\n")
            raise _CutError
        if self._kind == "half-head":
            await _give(writer, answer[: head_size // 2])
            raise _CutError
        if self._kind == "half-body" and len(answer) > head_size:
            exchange.delivered = "part"
            await _give(writer, answer[: head_size + (len(answer) - head_size) // 2])
            raise _CutError
        if exchange.target == "output":
            await _give(writer, answer[: len(answer) // 2])
            self._tell("half")
            await _give(writer, answer[len(answer) // 2 :])
        elif self._kind == "slow":
            for start in range(0, len(answer), 64):
                await _give(writer, answer[start : start + 64])
                await asyncio.sleep(self._seconds / 16)
        else:
            await _give(writer, answer)
        exchange.delivered = "whole" if complete else "part"
        self._tell("delivered")
        if self._kind == "hang-up" or not complete:
            raise _CutError


async def _give(writer, data):
    writer.write(data)
    await writer.drain()


async def _read_answer(reader):
    """Read one answer; tell whether it came whole."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as short:
        return short.partial, False
    length = _length(head)
    try:
        if length is not None:
            return head + await reader.readexactly(length), True
        if _CHUNKED.search(head):
            return head + await reader.readuntil(b"\r\n0\r\n\r\n"), True
    except asyncio.IncompleteReadError as short:
        return head + short.partial, False
    return head, True


def _length(head):
    found = _LENGTH.search(head)
    return int(found[1]) if found else None


def _target(head):
    method, path = head.split(b" ", 2)[:2]
    path = path.decode("ascii", "replace").partition("?")[0]
    if path.startswith("/output/"):
        return "output"
    if method == b"GET" and path.startswith(facts.PREDICTIONS_PATH):
        return "result"
    return TARGETS.get((method.decode(), path), "other")
