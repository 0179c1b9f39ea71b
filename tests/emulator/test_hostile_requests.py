"""Whatever is sent to the emulator: an answer, no 5xx, no hang, bounded memory."""

import asyncio
import contextlib
import json
import random
import struct
import zlib

import pytest

from hailuo_widgets import service as facts
from hailuo_widgets.emulator import app as emulator_app
from hailuo_widgets.emulator import routes
from hailuo_widgets.emulator.account import validation
from hailuo_widgets.emulator.account.database import State
from hailuo_widgets.emulator.api import bodies
from hailuo_widgets.emulator.api.previews import Previews
from hailuo_widgets.emulator.faults.admin import Control
from hailuo_widgets.emulator.faults.faults import Faults
from tests.support.asgi import ask
from tests.support.emulator_server import QuickLooker, data_uri
from tests.support.samples import picture

pytestmark = pytest.mark.slow

KEY = "key-of-the-fuzzer"
BEARER = (b"authorization", f"Bearer {KEY}".encode())
HERE = (b"host", b"127.0.0.1:80")
SMALL = picture(320, 320, kind="PNG")
EACH = 1000
EACH_OF_ITS_OWN = 300

TABLE = routes.table(Control(Faults()), Previews(QuickLooker()))
ROUTES = [
    (method, path)
    for path, methods in TABLE.items()
    if not path.startswith("/api/v2")  # the same handlers
    for method in methods
]


@contextlib.contextmanager
def made(folder, **options):
    """An application without a server around it."""
    state = State(folder)
    looker = QuickLooker()
    try:
        yield emulator_app.create(
            state, lambda *args, **_: args[-1].write_bytes(b"clip"), looker, key=KEY, **options
        )
    finally:
        state.close()


TEXTS = [
    "", " ", "a", "\0", "\ud800", "\udfff\ud800", "é" * 50, "<script>alert(1)</script>", "../../etc",
    "%00", "%2e%2e%2f", "null", "NaN", "-1", "1e999", "9" * 400, "٣" * 9, "²", "true", "{}", "[]",
    "created_at ASC", "created_at desc; --", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
    "2026-11-30T00:00:00Z", "1759317210051", "99999999999999999999", "0", "completed", facts.MODEL,
    "http://127.0.0.1:9/x", "http://[::1", "http://localhost:99999/", "https://example.invalid/",
    "file:///etc/passwd", "data:image/png;base64,AAAA", "data:image/png;base64,", "data:image/svg+xml,<svg>",
    data_uri(SMALL), data_uri(SMALL[:40]), data_uri(b"\xff\xd8\xff\xe0" + bytes(50)), "😀" * 20, "\r\nX: y",
    "=cmd()", "text/html", "image/png", "a" * 5000, "fast", "any", "submit", "\u202e", "\x1b]52;c;eA==\x07",
]  # fmt: skip
NUMBERS = [
    0, -1, 1, 2, 5, 12, 28, 100, 101, 2**31, 2**63, 10**400, -(10**400), 0.0, -0.5, 1e308, 1e-320, 3.5,
    10**4000, True, False,
]  # fmt: skip
RAW = [
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "-1e999",
    "1" * 4400,
    "[" * 2000,
    '"\\ud800"',
    "nul",
]
FIELDS = [
    "image", "prompt", "end_image", "enable_prompt_expansion", "webhook_url", "page", "page_size", "status",
    "model", "created_after", "created_before", "ids", "filename", "size", "content_type", "model_id",
    "inputs", "billing_type", "prediction_uuids", "sort", "start_time", "end_time", "model_uuid",
    "access_key_uuid", "quirk", "variant", "at", "times", "share", "seed", "skip", "seconds", "settings",
    "advance", "viewer", "have", "suffix", "seed", "__proto__", "\ud800",
]  # fmt: skip
KINDS = [
    b"application/json", b"text/plain", b"multipart/form-data", b"multipart/form-data; boundary=b",
    b"multipart/form-data; boundary=" + b"x" * 300, b"application/x-www-form-urlencoded", b"\xff\xfe", b"",
    b"multipart/form-data; boundary=b; charset=utf-99",
]  # fmt: skip
FORMS = [
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\nx\r\n--b--\r\n',
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="\xff\xfe\0"\r\n\r\n<p>\r\n--b--\r\n',
    b"--b\r\nContent-Disposition: form-data; filename*=UTF-99''a; name=\"file\"\r\n\r\nx\r\n--b--",
    b"--b\r\nContent-Disposition: nonsense\r\n\r\nx\r\n--b--\r\n",
    b"--b\r\n\r\nx\r\n--b--\r\n", b"--b\r\n" * 50, b"\r\n--b--", b"--b" + b"-" * 500,
]  # fmt: skip


class Hostile:
    """Requests of one seed.

    A setting that would make the emulator wait for real, or stop it from being asked, is left out.
    """

    def __init__(self, seed):
        self.dice = random.Random(seed)

    def value(self, depth=0):
        roll = self.dice.random()
        if roll < 0.45 or depth > 3:
            return self.dice.choice(TEXTS)
        if roll < 0.7:
            return self.dice.choice(NUMBERS)
        if roll < 0.78:
            return None
        if roll < 0.9:
            return [self.value(depth + 1) for _ in range(self.dice.randrange(4))]
        return self.object(depth + 1)

    def object(self, depth=0):
        names = self.dice.sample(FIELDS, self.dice.randrange(1, 7))
        return {name: self.value(depth) for name in names}

    def body(self):
        roll = self.dice.random()
        if roll < 0.7:
            body = json.dumps(self.object()).encode()
            if self.dice.random() < 0.2:
                body = body.replace(b'"', self.dice.choice(RAW).encode(), 1)
            if self.dice.random() < 0.2:
                name = json.dumps(self.dice.choice(FIELDS))
                body = f"{{{name}: {self.dice.choice(RAW)}}}".encode()
            return body
        if roll < 0.8:
            return self.dice.randbytes(self.dice.randrange(200))
        if roll < 0.9:
            return self.dice.choice(FORMS)
        return json.dumps(self.value()).encode("utf-16" if self.dice.random() < 0.3 else "ascii")

    def path(self, path):
        for name in ("{prediction}", "{upload}", "{name}", "{output}"):
            if name in path:
                ids = [
                    "a",
                    "%2e%2e",
                    "%2F%2F",
                    "%00",
                    "%ff",
                    "..%2Fbalance%3F",
                    "a" * 700,
                    "%",
                    "~:+=",
                ]
                path = path.replace(name, self.dice.choice(ids))
        if self.dice.random() < 0.3:
            texts = [
                f"{self.dice.choice(FIELDS[:-1])}={self.dice.choice(ids_)}"
                for ids_ in [
                    ["1", "-1", "%00", "", "%ff%fe", "9" * 50, "a=b=c", "&&&", "1e9", "%D9%A3"]
                ]
                * 3
            ]
            path += "?" + "&".join(
                [*texts, f"webhook={self.dice.choice(['x', '%ff', 'http://a/'])}"]
            )
        return path

    def headers(self, body):
        dice = self.dice
        found = [HERE, BEARER]
        roll = dice.random()
        if roll < 0.85:
            found.append((b"content-length", str(len(body)).encode()))
        elif roll < 0.9:
            found.append((b"content-length", dice.choice([b"-1", b"9" * 30, b"x", b"\xff", b""])))
        else:
            found.append((b"transfer-encoding", b"chunked"))
        if dice.random() < 0.8:
            found.append((b"content-type", dice.choice(KINDS)))
        for _ in range(dice.randrange(3)):
            name = dice.choice(
                [
                    b"authorization",
                    b"host",
                    b"range",
                    b"origin",
                    b"if-range",
                    b"expect",
                    b"content-length",
                    b"x-forwarded-host",
                    b"cookie",
                    b"accept-encoding",
                ]
            )
            value = dice.choice(
                [
                    b"",
                    b"\xff",
                    b"bytes=0-,5-1",
                    b"a" * 3000,
                    b"null",
                    b"[::1",
                    b"a:b:c",
                    b"Bearer x",
                    b"bytes=" + b"0-1," * 200,
                    b"http://evil.test",
                ]
            )
            found.append((name, value))
        return found


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=lambda each: each.strip("/"))
def test_no_request_is_too_odd_for_an_answer(tmp_path, method, path, caplog):
    """1,000 requests for each route: nothing raised, no 5xx, every answer short."""

    async def scenario():
        hostile = Hostile(f"{method} {path}")
        with made(tmp_path) as app:
            for number in range(EACH_OF_ITS_OWN if path.startswith("/emulator") else EACH):
                body = b"" if method == "GET" and number % 2 else hostile.body()
                asked = hostile.path(path)
                reply = await ask(app, method, asked, hostile.headers(body), body, piece=4096)
                assert reply.status < 500, (asked, body)
                assert len(reply.body) < 1_000_000
                assert reply.header("content-type") != "text/html"
                assert reply.header("x-content-type-options") == "nosniff"
            alive = await ask(app, "GET", facts.BALANCE_PATH, [HERE, BEARER])
            assert alive.status == 200

    asyncio.run(scenario())
    ours = [each for each in caplog.records if each.name.startswith("hailuo_widgets")]
    assert [each.getMessage() for each in ours] == []


# What is decided before anything is read or decoded


def asked(tmp_path, *requests, **options):
    """The replies to some requests, one after the other, of one application."""

    async def scenario():
        with made(tmp_path, **options) as app:
            return [await ask(app, *each) for each in requests]

    return asyncio.run(scenario())


def posted(fields, *more):
    body = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
    return [HERE, BEARER, (b"content-length", str(len(body)).encode()), *more], body


def bomb(width, height):
    """A small PNG whose header promises a large picture."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + pixels + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(40_000, 40_000), (2**31 - 1, 2**31 - 1), (20_000, 10_000)])
def test_a_pictures_bomb_is_refused_by_its_header(tmp_path, size):
    (reply,) = asked(
        tmp_path, ("POST", facts.SUBMIT_PATH, *posted({"image": data_uri(bomb(*size))}))
    )
    assert reply.status == 400
    assert "too many pixels" in reply.json()["message"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"image":[' + b"[]," * 200_000 + b"0]}",
        b'{"image":"x",' + b'"a":1,' * 150_000 + b'"b":1}',
        b'{"image":' + b"[" * 99_000,
        b'{"image":"x","prompt":NaN}',
    ],
)
def test_a_json_bomb_is_refused_before_it_is_built(tmp_path, body):
    (reply,) = asked(tmp_path, ("POST", facts.SUBMIT_PATH, *posted(body)))
    assert (reply.status, reply.json()["code"]) == (400, 400)


def test_a_prompt_too_long_to_draw_is_refused_with_its_length(tmp_path):
    fields = {"image": data_uri(SMALL), "prompt": "x" * (validation.MOST_PROMPT + 1)}
    refused, taken = asked(
        tmp_path,
        ("POST", facts.SUBMIT_PATH, *posted(fields)),
        ("POST", facts.SUBMIT_PATH, *posted({**fields, "prompt": "x" * validation.MOST_PROMPT})),
    )
    assert refused.status == 400
    assert str(validation.MOST_PROMPT) in refused.json()["message"]
    assert taken.status == 200


@pytest.mark.parametrize(
    ("path", "most"),
    [
        (facts.SUBMIT_PATH, 64 * bodies.MEBIBYTE),
        (facts.BILLINGS_PATH, bodies.MEBIBYTE),
        (facts.UPLOAD_BINARY_PATH, 201 * bodies.MEBIBYTE),
        ("/emulator/reset", 64 * bodies.MEBIBYTE),
    ],
)
def test_a_body_is_refused_by_its_declared_size_and_not_read(tmp_path, path, most):
    head = [HERE, BEARER, (b"content-length", str(most + 1).encode())]
    (reply,) = asked(tmp_path, ("POST", path, head))
    assert (reply.status, reply.json()["code"]) == (413, 413)


def test_a_body_is_refused_that_grows_beyond_what_is_taken(tmp_path):
    body = bytes(bodies.MEBIBYTE + 1)
    head = [HERE, BEARER, (b"transfer-encoding", b"chunked")]
    (reply,) = asked(tmp_path, ("POST", facts.BILLINGS_PATH, head, body))
    assert reply.status == 413


class Counted:
    """A body that counts how often it was asked for."""

    def __init__(self):
        self.times = 0

    async def __call__(self):
        self.times += 1
        return {"type": "http.request", "body": b"x" * 1000, "more_body": True}


@pytest.mark.parametrize(
    ("path", "head", "status"),
    [
        (facts.SUBMIT_PATH, [HERE], 401),
        (facts.SUBMIT_PATH, [HERE, (b"authorization", b"Bearer wrong")], 401),
        (facts.SUBMIT_PATH, [HERE, BEARER, BEARER], 401),
        ("/emulator/pictures", [HERE, (b"authorization", b"Bearer wrong")], 401),
        (facts.SUBMIT_PATH, [(b"host", b"evil.test"), BEARER], 403),
        (facts.SUBMIT_PATH, [HERE, BEARER, (b"origin", b"http://evil.test")], 403),
    ],
)
def test_nobodys_body_is_read_before_its_head_is_good(tmp_path, path, head, status):
    body = Counted()

    async def scenario():
        with made(tmp_path) as app:
            return await ask(
                app, "POST", path, [*head, (b"transfer-encoding", b"chunked")], receive=body
            )

    assert (asyncio.run(scenario()).status, body.times) == (status, 0)


def test_no_storage_is_there_without_a_ticket(tmp_path):
    body = Counted()

    async def scenario():
        with made(tmp_path) as app:
            head = [HERE, (b"transfer-encoding", b"chunked")]
            return await ask(app, "PUT", "/storage/unknown", head, receive=body)

    assert (asyncio.run(scenario()).status, body.times) == (404, 0)


def test_a_body_that_stops_coming_is_given_up(tmp_path):
    """408, and its turn is free for the next one."""

    async def never():
        await asyncio.Event().wait()

    async def scenario():
        with made(tmp_path, patience_seconds=0.05) as app:
            head = [HERE, BEARER, (b"content-length", b"9")]
            replies = [
                await ask(app, "POST", path, head, receive=never)
                for path in [facts.UPLOAD_BINARY_PATH] * 9 + [facts.SUBMIT_PATH]
            ]
            return {reply.status for reply in replies}, list((tmp_path / "incoming").iterdir())

    assert asyncio.run(scenario()) == ({408}, [])


def test_only_some_large_bodies_are_held_at_once(tmp_path):
    """The next ones are not asked for; they come when their turn does."""
    begun = []

    async def scenario():
        gate = asyncio.Event()

        def body(number):
            async def more():
                begun.append(number)
                await gate.wait()
                return {"type": "http.request", "body": b"{}", "more_body": False}

            return more

        with made(tmp_path) as app:
            head = [HERE, BEARER, (b"transfer-encoding", b"chunked")]
            tasks = [
                asyncio.create_task(
                    ask(app, "POST", facts.UPLOAD_BINARY_PATH, head, receive=body(number))
                )
                for number in range(2 * bodies.AT_ONCE)
            ]
            for _ in range(50):
                await asyncio.sleep(0)
            at_first = len(begun)
            gate.set()
            await asyncio.gather(*tasks)
            return at_first

    assert asyncio.run(scenario()) == bodies.AT_ONCE
    assert len(begun) == 2 * bodies.AT_ONCE


def test_a_disk_that_does_not_take_it_is_an_answer(tmp_path):
    async def scenario():
        with made(tmp_path) as app:
            (tmp_path / "incoming").rmdir()
            return await ask(app, "POST", facts.UPLOAD_BINARY_PATH, *posted(b"x" * 100))

    reply = asyncio.run(scenario())
    assert (reply.status, reply.json()["code"]) == (507, 507)


def test_so_many_faults_can_be_switched_on_and_no_more(tmp_path):
    fault = ("POST", "/emulator/faults", *posted({"quirk": 42, "times": 1, "skip": 10}))
    replies = asked(tmp_path, *[fault] * 1001)
    assert [reply.status for reply in replies[-2:]] == [200, 400]
