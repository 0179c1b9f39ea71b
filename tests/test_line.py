"""Kept connections for questions: whole answers or none, and a new connection when one is gone."""

import asyncio
import contextlib

import pytest

from hailuo_widgets.jobs.answer import Answer, Dropped
from hailuo_widgets.jobs.line import Line
from hailuo_widgets.jobs.transport import Transport

GOOD = b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\nRetry-After: 7\r\n\r\n{"code":200}'


class Server:
    """Answers each question on a connection with the next of these bytes; None hangs up instead."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.connections = 0
        self.heads = []

    async def serve(self, reader, writer):
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while self.answers:
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                given = self.answers.pop(0)
                if given is None:
                    break
                writer.write(given)
                await writer.drain()
                if b"Content-Length" not in given and b"chunked" not in given:
                    break
        writer.close()


def ask(server, times=1):
    """Ask so often, one after the other."""

    async def run():
        async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
            line = Line("127.0.0.1", listening.sockets[0].getsockname()[1], None)
            found = [await line.get("/x", [("Authorization", "Bearer k")]) for _ in range(times)]
            await line.close()
        return found

    return asyncio.run(run())


def test_a_connection_is_kept():
    server = Server(GOOD, GOOD, GOOD)
    assert ask(server, 3) == [Answer(200, {"code": 200}, 7.0)] * 3
    assert server.connections == 1


def test_the_question_is_well_formed_and_signed():
    server = Server(GOOD)
    ask(server)
    first, *headers = server.heads[0].decode().split("\r\n")
    assert first == "GET /x HTTP/1.1"
    assert "Authorization: Bearer k" in headers
    assert any(header.startswith("Host: 127.0.0.1:") for header in headers)


def test_a_kept_connection_that_was_closed_is_no_trouble():
    server = Server(GOOD, None, GOOD)
    assert [type(each) for each in ask(server, 2)] == [Answer, Answer]
    assert server.connections == 2


@pytest.mark.parametrize(
    "given",
    [
        None,
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"nonsense\r\n\r\n",
    ],
)
def test_half_an_answer_is_none(given):
    server = Server(given)
    (found,) = ask(server)
    assert isinstance(found, Dropped)


def test_an_answer_without_a_length_ends_with_its_connection():
    server = Server(b'HTTP/1.1 503 Busy\r\n\r\n{"code":503}', GOOD)
    assert ask(server, 2) == [Answer(503, {"code": 503}), Answer(200, {"code": 200}, 7.0)]


def test_an_answer_in_chunks_is_put_together():
    chunks = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{"code":\r\n4\r\n200}\r\n0\r\n\r\n'
    server = Server(chunks, GOOD)
    assert [each.body for each in ask(server, 2)] == [{"code": 200}] * 2
    assert server.connections == 1


def test_nobody_there_is_a_dropped_question():
    async def run():
        return await Line("127.0.0.1", 9, None).get("/", [])

    assert isinstance(asyncio.run(run()), Dropped)


def test_a_proxy_of_the_environment_is_kept_to(monkeypatch):
    """What goes through a proxy goes through the library that knows how."""
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "direct.test")

    async def lines():
        wires = Transport()
        addresses = ("https://service.test", "https://direct.test", "http://127.0.0.1:8000")
        found = [wires.line(address) for address in addresses]
        await wires.close()
        return found

    through, direct, here = asyncio.run(lines())
    assert through is None
    assert isinstance(direct, Line)
    assert isinstance(here, Line)
