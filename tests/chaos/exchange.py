"""One request and its answer on their way through a door, as far as they get."""

import asyncio
import json
import re

from tests.chaos import disguised_answers

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_END = b"\r\n\r\n"
_CHUNKED = re.compile(rb"(?i)\r\ntransfer-encoding: *chunked")


class CutError(Exception):
    """Both sides are to be closed now."""


class Passage:
    """One exchange on its way through a door."""

    def __init__(self, door, exchange, mischief):
        self._door = door
        self._head = b""
        self._exchange = exchange
        self._kind = mischief.kind if mischief else ""
        self._seconds = mischief.seconds if mischief else 0.0

    def _tell(self, step):
        self._door.on_event(f"{self._exchange.target}:{step}")

    async def ask(self, head, reader, behind):
        """Pass the request on, as far as it goes."""
        self._head = head
        self._tell("head")
        if self._kind == "no-welcome":
            raise CutError
        length = _length(head) or 0
        if self._kind == "cut-early":
            await reader.readexactly(length // 2)
            raise CutError
        body = await reader.readexactly(length)
        if self._exchange.target == "submit":
            self._exchange.prompt = json.loads(body)["prompt"]
        self._tell("read")
        if self._kind == "cut-before":
            raise CutError
        if self._kind in disguised_answers.PAGES:
            return
        head, body = self._put_back(head, body)
        whole = head + body
        if self._kind == "cut-during":
            self._exchange.forwarded = "part"
            behind.write(whole[: len(head) + length // 2])
            await behind.drain()
            raise CutError
        self._exchange.forwarded = "whole"
        behind.write(whole)
        await behind.drain()
        self._tell("passed")
        if self._kind == "cut-at-once":
            raise CutError

    def _put_back(self, head, body):
        """Name predictions as the emulator does."""
        names = self._door.names
        if names is None:
            return head, body
        line, _, rest = head.partition(b"\r\n")
        head = names.path(line.decode("latin-1")).encode("latin-1") + b"\r\n" + rest
        if not body or self._exchange.target == "submit":
            return head, body
        body = names.question(body)
        return _LENGTH.sub(b"\r\nContent-Length: %d" % len(body), head), body

    async def _answer_of(self, behind):
        """Read the answer that a client shall have; tell whether it came whole."""
        if self._kind in disguised_answers.PAGES:
            self._exchange.page = self._kind
            return disguised_answers.page(self._kind), True
        answer, complete = await _read_answer(behind)
        names = self._door.names
        measured = complete and _LENGTH.search(answer[:4096])
        if names is not None and measured and self._exchange.target != "output":
            answer = disguised_answers.with_body(answer, names.answer(answer.partition(_END)[2]))
        return answer, complete

    async def answer(self, behind, writer):
        """Give the emulator's answer back, as far as it goes."""
        exchange = self._exchange
        answer, complete = await self._answer_of(behind)
        exchange.answer = answer
        exchange.status = int(answer[9:12] or 0) if answer.startswith(b"HTTP/") else 0
        self._tell("answered")
        if self._kind == "cut-after":
            raise CutError
        if self._kind == "late":
            await asyncio.sleep(self._seconds)
        if self._door.encoding and complete and _LENGTH.search(answer[:4096]):
            answer = disguised_answers.compressed(answer, self._door.encoding, self._head)
        await self._give_damaged(answer, writer)
        await self._give_whole(answer, writer)
        exchange.delivered = "whole" if complete else "part"
        self._tell("delivered")
        if self._kind == "hang-up" or not complete:
            raise CutError

    async def _give_damaged(self, answer, writer):
        """Give what is no answer, or not all of one, where that is what happens."""
        begin = answer.partition(_END)
        head_size = len(begin[0]) + len(begin[1])
        if self._kind == "garbage":
            await _give(writer, b"\x16\x03\x01 not the protocol you are looking for\r\n\r\n")
            raise CutError
        if self._kind == "half-head":
            await _give(writer, answer[: head_size // 2])
            raise CutError
        if self._kind == "half-body" and len(answer) > head_size:
            self._exchange.delivered = "part"
            await _give(writer, answer[: head_size + (len(answer) - head_size) // 2])
            raise CutError

    async def _give_whole(self, answer, writer):
        if self._exchange.target == "output":
            await _give(writer, answer[: len(answer) // 2])
            self._tell("half")
            await _give(writer, answer[len(answer) // 2 :])
        elif self._kind == "slow":
            for start in range(0, len(answer), 64):
                await _give(writer, answer[start : start + 64])
                await asyncio.sleep(self._seconds / 16)
        else:
            await _give(writer, answer)


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
