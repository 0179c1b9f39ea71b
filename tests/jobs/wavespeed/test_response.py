"""What comes back is made regular where it is read: bytes, numbers, texts, dates, records."""

import asyncio
import contextlib
import gzip
import json
import zlib
from datetime import UTC, datetime

import httpx
import pytest

from hailuo_widgets import errors, service
from hailuo_widgets.jobs.wavespeed import response
from hailuo_widgets.jobs.wavespeed.api_key import ApiKey
from hailuo_widgets.jobs.wavespeed.client import Client, NotFound, Transient
from hailuo_widgets.jobs.wavespeed.http import HttpClients
from hailuo_widgets.jobs.wavespeed.prediction import read_prediction
from hailuo_widgets.jobs.wavespeed.response import Response, message_of, read_json

GOOD = b'{"code":200,"data":{"id":"p1","status":"completed","outputs":["/out/1.mp4"]}}'
BASE = "https://service.test"


def outputs(value, **more):
    return read_prediction({"outputs": value, **more}, "p1", f"{BASE}/gate").outputs


# Texts and numbers


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (b'{"a": NaN, "b": 1e999, "c": -Infinity}', {"a": None, "b": None, "c": None}),
        (b'{"a": ' + b"9" * 5000 + b"}", {"a": None}),
        (rb'{"a": "x\ud800y", "\udfff": 1}', {"a": "x\ufffdy", "\ufffd": 1}),
        (b'{"a": "\\u001b]52;c;AA\\u0007\\n\\t"}', {"a": "\ufffd]52;c;AA\ufffd\n\t"}),
        (b'{"a": "one\ntwo"}', {"a": "one\ntwo"}),
        (b'\xef\xbb\xbf{"a": "\xc3\xa9"}', {"a": "\xe9"}),
        ('{"a": "é"}'.encode("utf-16"), {"a": "é"}),
        (b'{"a": "caf\xe9"}', {"a": "caf\ufffd"}),
        (b"[" * 100_000, None),
        (b"<html>", None),
        (b"", None),
    ],
)
def test_json_is_made_regular(raw, read):
    assert read_json(raw) == read


def test_what_is_nested_beyond_any_use_is_cut_off():
    deep = json.loads("[" * 60 + "1" + "]" * 60)
    text = json.dumps(read_json(json.dumps(deep).encode()))
    assert 30 < text.count("[") < 60
    assert "null" in text


def test_another_encoding_is_read_where_it_is_named():
    assert read_json('{"a": "画像が小さい"}'.encode("shift_jis"), "shift_jis") == {
        "a": "画像が小さい"
    }
    found = response.read(200, {"content-type": "application/json; charset=ISO-8859-1"}, b'"\xe9"')
    assert found.body == "é"


@pytest.mark.parametrize(
    "text",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "1969-12-31T00:00:00Z", "soon", 7, None],
)  # fmt: skip
def test_a_date_that_nobody_lives_in_is_none(text):
    assert response.read_moment(text) is None


def test_dates_of_http():
    assert response.read_date("Mon, 99 Foo") is None
    assert response.read_date("Fri, 31 Dec 9999 23:59:59 -1200") is None
    assert response.read_date("Mon, 30 Nov 2026 21:00:00 GMT") == datetime(2026, 11, 30, 21, tzinfo=UTC)  # fmt: skip


# The service's words


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"message": "Insufficient credits."}, "Insufficient credits."),
        ({"code": 400, "message": "bad", "data": {"error": "image: too small"}}, "image: too small"),
        ({"detail": "Not authenticated"}, "Not authenticated"),
        (
            {"detail": [{"loc": ["body", "prompt"], "msg": "too long", "type": "value_error"}, {"loc": ["body", "image"], "msg": "field required"}]},
            "body.prompt: too long; body.image: field required",
        ),
        ({"detail": {"msg": "no"}}, "no"),
        ({"error": {"code": "x", "message": "quota"}}, "quota"),
        ({"errors": [{"field": "image", "message": "is no picture"}]}, "image: is no picture"),
        ({"message": None, "error": "  two\nlines \x1b[31m"}, "two lines \ufffd[31m"),
        ({"message": 7, "detail": []}, ""),
        ([], ""),
    ],
)  # fmt: skip
def test_the_service_s_own_words_are_found(body, words):
    assert message_of(body) == words


# Records


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (["https://cdn.test/1.mp4", "https://cdn.test/2.mp4"], ("https://cdn.test/1.mp4", "https://cdn.test/2.mp4")),
        ("out/1.mp4", (f"{BASE}/gate/out/1.mp4",)),
        (["/out/1.mp4", "//cdn.test/2.mp4"], (f"{BASE}/out/1.mp4", "https://cdn.test/2.mp4")),
        ([{"url": "/a.mp4", "thumbnail": "/a.jpg"}], (f"{BASE}/a.mp4",)),
        ({"videos": [{"video": {"url": "/a.mp4"}}, {"src": "/b.mp4"}]}, (f"{BASE}/a.mp4", f"{BASE}/b.mp4")),
        ({"result": {"unheard_of": "https://cdn.test/a.webm"}}, ("https://cdn.test/a.webm",)),
        (["s3://bucket/a.mp4"], ("s3://bucket/a.mp4",)),
        (["https://[::1"], ("unreadable:https://[::1",)),
        ([None, 7, "", {}, []], ()),
        ("AAAAIGZ0eXBpc29t" * 8, ("data:video/mp4;base64," + "AAAAIGZ0eXBpc29t" * 8,)),
    ],
)  # fmt: skip
def test_outputs_of_any_shape_become_addresses_in_order(value, read):
    assert outputs(value) == read


def test_outputs_are_found_where_other_models_have_them():
    assert outputs([], video={"url": "/a.mp4"}) == (f"{BASE}/a.mp4",)
    assert outputs(None, output="https://cdn.test/a.mp4") == ("https://cdn.test/a.mp4",)


@pytest.mark.parametrize("code", ["1402", 1402, 1402.0])
def test_a_task_code_may_come_as_text(code):
    assert read_prediction({"code": code}, "p1").code == 1402


@pytest.mark.parametrize("code", [2**70, "1e400", True, None, [], "x", 0.5])
def test_what_is_no_task_code_is_none(code):
    assert read_prediction({"code": code}, "p1").code is None


# The envelope


def ask(given, question=lambda client: client.prediction("p1")):
    async def run():
        transport = httpx.MockTransport(lambda _: given)
        async with httpx.AsyncClient(transport=transport) as http:
            return await question(Client(http, BASE, ApiKey("k" * 20)))

    return asyncio.run(run())


@pytest.mark.parametrize("code", ["200", 0, 200.0, None, "success", 1407, True, [], -1])
def test_an_odd_code_around_a_whole_record_is_the_record(code):
    given = httpx.Response(200, json={"code": code, "data": {"id": "p1", "status": "completed"}})
    assert ask(given).status == "completed"


@pytest.mark.parametrize(
    "data", [{"id": "p2", "status": "completed"}, {"id": 7, "status": "failed"}, [{"id": "p2", "status": "failed"}]]
)  # fmt: skip
def test_a_record_of_another_prediction_is_none(data):
    with pytest.raises(Transient):
        ask(httpx.Response(200, json={"code": 200, "data": data}))


def test_a_record_may_stand_in_a_list_or_without_an_envelope():
    record = {"id": "p1", "status": "failed"}
    others = [{"id": "p2", "status": "completed"}, record]
    assert ask(httpx.Response(200, json={"code": 200, "data": others})).status == "failed"
    assert ask(httpx.Response(200, json=record)).status == "failed"


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    "page", [b"<html>Just a moment...</html>", b"", b"{}", b'{"message":"Forbidden"}', b"[403]", b'"no"']
)  # fmt: skip
@pytest.mark.parametrize(
    "question",
    [
        lambda client: client.prediction("p1"),
        lambda client: client.get(service.BALANCE_PATH),
        lambda client: client.post(service.PREDICTIONS_PATH, {}),
    ],
)
def test_a_gateway_s_refusal_passes(status, page, question):
    """M12: one challenge page while polling once ended the job."""
    with pytest.raises(Transient, match="on the way"):
        ask(httpx.Response(status, content=page), question)


@pytest.mark.parametrize("body", [{"code": 401, "message": "Invalid key"}, {"code": "403", "data": None}])  # fmt: skip
def test_the_service_s_own_refusal_of_the_key_stands(body):
    with pytest.raises(errors.AuthError, match="does not accept the API key"):
        ask(httpx.Response(401, json=body))


def test_whose_404_it_is_can_be_told():
    for given, own in ((httpx.Response(404, json={"code": 404}), True), (httpx.Response(404), False)):  # fmt: skip
        with pytest.raises(NotFound) as caught:
            ask(given)
        assert caught.value.by_service is own


@pytest.mark.parametrize("name", ["a/b", "a b?c#d", "ключ", "p+1/=~", "x" * 700])
def test_an_id_of_any_form_stands_in_the_path(name):
    asked = []

    def give(request):
        asked.append(request.url.raw_path.decode())
        return httpx.Response(200, json={"code": 200, "data": {"id": name, "status": "created"}})

    async def run():
        async with httpx.AsyncClient(transport=httpx.MockTransport(give)) as http:
            return await Client(http, BASE, ApiKey("k" * 20)).prediction(name)

    assert asyncio.run(run()).status == "created"
    assert asked[0].count("/") == 5


# On a wire: the transport that polls, and the one that does everything else


class Wire:
    """Gives these bytes to each question, and keeps what was asked."""

    def __init__(self, head, body, *, close=True):
        self.reply, self.close = b"HTTP/1.1 " + head + b"\r\n\r\n" + body, close
        self.heads = []

    async def serve(self, reader, writer):
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(self.reply)
                await writer.drain()
                if self.close:
                    break
        writer.close()


def over_a_wire(wire, question, times=1):
    async def run():
        async with await asyncio.start_server(wire.serve, "127.0.0.1", 0) as server:
            base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            http_clients = HttpClients()
            client = Client(
                http_clients.asking, base, ApiKey("k" * 20), polling=http_clients.polling
            )
            try:
                return [await question(client) for _ in range(times)]
            finally:
                await http_clients.close()

    return asyncio.run(run())


def sized(body, encoding=b"", length=None):
    head = b"200 OK\r\nContent-Length: %d" % (len(body) if length is None else length)
    return head + (b"\r\nContent-Encoding: " + encoding if encoding else b"")


ENCODED = {
    "gzip": (b"gzip", gzip.compress(GOOD)),
    "zlib": (b"deflate", zlib.compress(GOOD)),
    "raw deflate": (b"deflate", zlib.compress(GOOD)[2:-4]),
    "twice": (b"deflate, gzip", gzip.compress(zlib.compress(GOOD))),
    "two parts": (b"x-gzip", gzip.compress(GOOD[:9]) + gzip.compress(GOOD[9:])),
    "said only": (b"gzip", GOOD),
    "plain": (b"identity", GOOD),
}
QUESTIONS = {
    "polling": lambda client: client._get("/x"),
    "asking": lambda client: client._post("/x", b"{}", media_type="application/json"),
}


@pytest.mark.parametrize("encoded", ENCODED)
@pytest.mark.parametrize("question", QUESTIONS)
def test_a_compressed_answer_is_read(encoded, question):
    """K13: gateways compress whatever was asked for."""
    encoding, body = ENCODED[encoded]
    (found,) = over_a_wire(Wire(sized(body, encoding), body), QUESTIONS[question])
    assert found == Response(200, json.loads(GOOD))


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_whole_answer_counts_whatever_its_length_was_said_to_be(question):
    for length in (len(GOOD) + 100, len(GOOD)):
        (found,) = over_a_wire(Wire(sized(GOOD, length=length), GOOD), QUESTIONS[question])
        assert found.body == json.loads(GOOD)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(
    "reply",
    [
        (sized(GOOD), GOOD[:20]),
        (b"200 OK\r\nTransfer-Encoding: chunked", b"zz\r\n"),
        (b"2oo what", b""),
        (b"200 OK\r\nContent-Length: many", GOOD),
        (b"200 OK\r\nContent-Encoding: br\r\nContent-Length: 3", b"abc"),
    ],
)
def test_half_an_answer_is_none(question, reply):
    (found,) = over_a_wire(Wire(*reply), QUESTIONS[question])
    assert not isinstance(found, Response) or found.body is None


def test_a_connection_is_kept_and_the_question_is_signed():
    wire = Wire(sized(GOOD), GOOD, close=False)
    found = over_a_wire(wire, lambda client: client.prediction("p1"), times=3)
    assert [each.status for each in found] == ["completed"] * 3
    assert all(b"authorization: bearer " + b"k" * 20 in head.lower() for head in wire.heads)
    assert all(b"cookie" not in head.lower() for head in wire.heads)


def test_a_kept_connection_that_was_closed_is_no_trouble():
    wire = Wire(sized(GOOD), GOOD)
    found = over_a_wire(wire, lambda client: client.prediction("p1"), times=3)
    assert len(found) == 3
