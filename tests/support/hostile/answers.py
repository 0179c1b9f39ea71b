"""Answers that no service should give: odd JSON, odd bytes, odd heads; the same for the same seed."""

import copy
import gzip
import json
import random
import zlib

import httpx

LONE = "\ud800"
NAN, ENDLESS = "__nan__", "__endless__"
"""Stand for what a JSON writer does not write."""

VALUES = (
    None, True, False, 0, -1, 200, "200", 404, 1e308, 2**63, -(2**70), 10**30, 0.1, "", " ", "null",
    NAN, ENDLESS, LONE, f"a{LONE}b", "\x00\x1b]52;c;AAAA\x07", "\u202eevil", "x" * 5000, "../../etc",
    ".", "..", "a/b?c#d", "ключ", "💥", [], {}, [[]], [None], {"": None}, [{}] * 3, "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00", "2026-11-30T21:00:00.123456789Z", "https://[::1", "http://x:99999/a.mp4",
    "javascript:alert(1)", "file:///etc/passwd", "//cdn.test/a.mp4", "out/a.mp4", "data:video/mp4;base64,@@",
    "A" * 3000, {"url": "https://cdn.test/a.mp4"}, [{"video": {"url": "/a.mp4"}}], "1e999", "<script>",
    "completed", "failed", "deleted", "created", "PROCESSING ", "queued?", "deduct", "refund",
)  # fmt: skip

STATUSES = (200, 200, 200, 200, 200, 200, 201, 204, 206, 301, 302, 400, 401, 403, 404, 405, 407, 422, 429, 500, 502, 503, 520, 599)  # fmt: skip
DATES = ("", "x", "Mon, 01 Jan 0001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 -1200", "Mon, 30 Nov 2026 21:00:00 GMT", "Mon, 30 Nov 2026 21:00:00 -0000")  # fmt: skip
LATER = ("", "5", "-5", "nan", "inf", "1e999", "soon", "٣", *DATES)
TYPES = (
    "application/json",
    "text/html",
    "application/json; charset=gb18030",
    "x; charset=nope",
    "",
)


class Bytes(httpx.AsyncByteStream):
    """A body as it comes from a wire: in pieces, and broken off where it is told to."""

    def __init__(self, pieces, *, broken=False):
        self._pieces, self._broken = pieces, broken

    async def __aiter__(self):
        for piece in self._pieces:
            yield piece
        if self._broken:
            raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")  # fmt: skip


def mutated(chance, value, rate):
    """Return a copy of JSON in which some values are others."""
    if chance.random() < rate:
        return copy.deepcopy(chance.choice(VALUES))
    if isinstance(value, dict):
        found = {name: mutated(chance, each, rate) for name, each in value.items()}
        if found and chance.random() < rate:
            del found[chance.choice(list(found))]
        if chance.random() < rate:
            found[str(chance.choice(VALUES))[:40]] = chance.choice(VALUES)
        return found
    if isinstance(value, list):
        return [mutated(chance, each, rate) for each in value] * chance.choice((1, 1, 1, 0, 2))
    return value


def written(chance, value):
    """Write JSON as bytes, well or badly."""
    text = json.dumps(value, ensure_ascii=chance.random() < 0.7)
    text = text.replace(f'"{NAN}"', "NaN").replace(f'"{ENDLESS}"', "1e999")
    if chance.random() < 0.02:
        depth = chance.choice((50, 900, 100_000))
        text = "[" * depth + "]" * depth
    encoding = chance.choice(("utf-8",) * 12 + ("utf-8-sig", "utf-16", "utf-32-le", "gb18030"))
    data = text.encode(encoding, "surrogatepass" if encoding.startswith("utf") else "replace")
    if chance.random() < 0.25:
        data = bytearray(data)
        for _ in range(chance.choice((1, 2, 8))):
            if data:
                data[chance.randrange(len(data))] = chance.randrange(256)
        data = bytes(data[: chance.choice((len(data), len(data), len(data) // 2, 1, 0))])
    return data


def answer(chance, template):
    """Return one hostile answer made of a good one's body."""
    body = mutated(chance, template, chance.choice((0.0, 0.03, 0.1, 0.4)))
    data = written(chance, body)
    headers = [("Content-Type", chance.choice(TYPES)), ("Date", chance.choice(DATES))]
    if chance.random() < 0.2:
        headers.append(("Retry-After", chance.choice(LATER)))
    if chance.random() < 0.25:
        encoding, pack = chance.choice(
            (
                ("gzip", gzip.compress),
                ("deflate", zlib.compress),
                ("deflate", lambda data: zlib.compress(data)[2:-4]),
                ("gzip, deflate", lambda data: zlib.compress(gzip.compress(data))),
                ("gzip", lambda data: gzip.compress(data)[:-9]),
                ("gzip", lambda data: data),
                ("br", lambda data: data),
                ("identity, x-gzip", gzip.compress),
            )
        )
        data = pack(data)
        headers.append(("Content-Encoding", encoding))
    if chance.random() < 0.05:
        headers.append(("Location", str(chance.choice(VALUES))[:50].encode("utf-8", "replace")))
    size = max(1, len(data) // chance.choice((1, 1, 3)))
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    stream = Bytes(pieces, broken=chance.random() < 0.05)
    headers = [(name.encode(), each if isinstance(each, bytes) else each.encode()) for name, each in headers]  # fmt: skip
    return httpx.Response(chance.choice(STATUSES), headers=headers, stream=stream)


class Service(httpx.AsyncBaseTransport):
    """Answers each request with a hostile form of the body that belongs to its path."""

    def __init__(self, seed, templates):
        self._chance = random.Random(seed)
        self._templates = templates
        self.answered = 0

    async def handle_async_request(self, request):
        await request.aread()
        self.answered += 1
        if self._chance.random() < 0.02:
            raise self._chance.choice((httpx.ReadTimeout, httpx.ReadError, httpx.ConnectError))("x")
        path = request.url.path
        fits = (body for part, body in self._templates.items() if part in path)
        return answer(self._chance, next(fits, {"code": 404, "message": "no such path"}))
