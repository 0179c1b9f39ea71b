"""The emulator keeps to the API reference: E1 to E9, its own image rules, turns, and the bill."""

import asyncio
import contextlib
import http.server
import json
import subprocess
import sys
import threading
import zlib
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hailuo_widgets import service as facts
from hailuo_widgets.emulator.account import fetch, serialize, validation
from hailuo_widgets.emulator.account.clock import Clock
from hailuo_widgets.emulator.account.settings import SettingError, Settings
from tests.support.emulator_server import data_uri
from tests.support.samples import picture

SMALL = picture(320, 320, kind="PNG")
LIST = facts.PREDICTIONS_PATH


@contextlib.contextmanager
def serving(pages, address="127.0.0.1"):
    """A web server on loopback that answers paths with status, headers and body; gives its URL."""

    class Pages(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            status, headers, body = pages.get(self.path, (404, {}, b"<html>not here</html>"))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer((address, 0), Pages)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://{address}:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def web():
    """Pages of a web server on loopback, and its URL among them."""
    pages = {}
    with serving(pages) as pages["url"]:
        yield pages


# E1 and E2


def test_a_submission_answers_with_every_field_of_the_models_page(emulator):
    """The envelope's three and all of the prediction's, before there is a clip."""
    emulator.renderer.open.clear()
    answer = emulator.submit(prompt="push in")
    body = answer.json()
    assert answer.status_code == 200
    assert (body["code"], body["message"]) == (200, "success")
    data = body["data"]
    assert data.pop("id").isalnum()
    assert data.pop("created_at").endswith("Z")
    assert data.pop("urls")["get"].startswith(emulator.url + facts.PREDICTIONS_PATH)
    assert data == {
        "model": facts.MODEL,
        "outputs": [],
        "has_nsfw_contents": [],
        "status": "created",
        "error": "",
        "timings": {"inference": 0},
    }


def test_a_completed_prediction_names_its_clip(emulator):
    data = emulator.completed(prompt="push in")
    assert data["has_nsfw_contents"] == [False]
    assert data["error"] == ""
    assert data["timings"]["inference"] >= 0
    (url,) = data["outputs"]
    assert httpx.get(url).content.startswith(emulator.renderer.clip)


def test_both_result_paths_answer_the_same(emulator):
    done = emulator.completed()
    with_result = emulator.http.get(f"{LIST}/{done['id']}/result").json()
    without = emulator.http.get(f"{LIST}/{done['id']}").json()
    assert with_result == without


def test_the_get_url_is_the_result(emulator):
    done = emulator.completed()
    assert emulator.http.get(done["urls"]["get"]).json()["data"] == done


def test_the_renderer_gets_the_four_fields_decoded(emulator):
    end = picture(400, 320, kind="JPEG")
    emulator.completed(
        prompt="pan left", end_image=data_uri(end, "jpeg"), enable_prompt_expansion=False
    )
    (call,) = emulator.renderer.calls
    assert (call["prompt"], call["image"], call["end_image"]) == ("pan left", SMALL, end)
    assert call["shape"] == {}


@pytest.mark.parametrize("head", ["data:image/png;base64,", "data:image/png; base64,"])
def test_a_data_uri_may_have_a_space(emulator, head):
    emulator.completed(image=head + data_uri(SMALL).partition(",")[2])
    assert emulator.renderer.calls[0]["image"] == SMALL


def test_identical_submissions_are_counted_and_others_begin_at_0(emulator):
    """There is no seed: the n-th submission of a request has its own draft."""
    for prompt in ("a", "a", "b", "a"):
        emulator.completed(prompt=prompt)
    asked = [(call["prompt"], call["variation"]) for call in emulator.renderer.calls]
    assert asked == [("a", 0), ("a", 1), ("b", 0), ("a", 2)]


def test_a_seed_fixes_the_ids_and_no_seed_does_not(emulator):
    def first_id(**settings):
        emulator.reset(**settings)
        return emulator.accepted(prompt="a")

    assert first_id(seed=7) == first_id(seed=7)
    assert len({first_id(seed=7), first_id(seed=8), first_id(), first_id()}) == 4


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"image": None}, "image"),
        ({"image": ""}, "image"),
        ({"image": 5}, "image"),
        ({"image": "frame.png"}, "image"),
        ({"image": "file:///etc/hostname"}, "image"),
        ({"image": "data:image/png;base64,!!!"}, "base64"),
        ({"image": "data:text/html;base64,PGI+"}, "image"),
        ({"image": data_uri(b"GIF89a")}, "JPG or PNG"),
        ({"image": data_uri(picture(320, 320, kind="WEBP"))}, "JPG or PNG"),
        ({"image": data_uri(SMALL[:20])}, "JPG or PNG"),
        ({"end_image": data_uri(picture(300, 320, kind="PNG"))}, "end_image"),
        ({"prompt": 5}, "prompt"),
        ({"enable_prompt_expansion": "yes"}, "boolean"),
    ],
)
def test_a_bad_field_is_refused_unbilled(emulator, fields, word):
    answer = emulator.submit(**fields)
    assert answer.status_code == answer.json()["code"] == 400
    assert word in answer.json()["message"]
    assert emulator.bill()["rows"] == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'"x"', b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(emulator, body):
    answer = emulator.http.post(facts.SUBMIT_PATH, content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, 400)


def test_a_body_may_be_as_large_as_two_pictures_and_no_larger(emulator):
    big = picture(320, 320) + bytes(19_000_000)
    assert emulator.submit(image=data_uri(big), end_image=data_uri(big)).status_code == 200
    answer = emulator.http.post(facts.SUBMIT_PATH, content=bytes(64 * 1024 * 1024 + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, 413)


def test_unknown_keys_are_dropped_and_refused_when_strict(emulator):
    assert emulator.submit(seed=5).status_code == 200
    emulator.reset(strict_keys=True)
    answer = emulator.submit(seed=5, duration=6)
    assert answer.status_code == 400
    assert "duration, seed" in answer.json()["message"]


def test_a_prompt_has_no_limit_unless_strict(emulator):
    assert emulator.submit(prompt="é" * 2001).status_code == 200
    emulator.reset(strict_prompt=True)
    assert emulator.submit(prompt="é" * 2000).status_code == 200
    assert emulator.submit(prompt="é" * 2001).status_code == 400


def test_a_prompt_survives_whatever_it_holds(emulator):
    prompt = "<b>\0\n\U0001f3a5\ud800 é"
    body = json.dumps({"image": data_uri(SMALL), "prompt": prompt}).encode()
    answer = emulator.http.post(facts.SUBMIT_PATH, content=body)
    emulator.settled(answer.json()["data"]["id"])
    # An earlier test's draft may still have been under way.
    assert prompt in [call["prompt"] for call in emulator.renderer.calls]


def test_an_unknown_prediction_is_404(emulator):
    answer = emulator.http.get(f"{LIST}/0000/result")
    assert (answer.status_code, answer.json()["code"]) == (404, 404)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/api/v3/minimax/hailuo-03/i2v", 404),
        ("GET", "/", 404),
        ("GET", facts.SUBMIT_PATH, 405),
        ("DELETE", facts.BALANCE_PATH, 405),
    ],
)
def test_what_is_not_there_has_an_envelope_too(emulator, method, path, status):
    answer = emulator.http.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, status)


# Keys


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Nothing": "1"},
        {"X-API-Key": "key-of-the-tests"},
        {"Authorization": "key-of-the-tests"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic key-of-the-tests"},
    ],
)
@pytest.mark.parametrize("path", [facts.SUBMIT_PATH, "/emulator/reset"])
def test_every_call_wants_the_key_as_bearer(emulator, headers, path):
    with emulator.client(**headers) as stranger:
        answer = stranger.post(path, json={"image": data_uri(SMALL)})
    assert (answer.status_code, answer.json()["code"]) == (401, 401)
    assert emulator.state()["predictions"] == []


def test_no_answer_ever_holds_the_key(emulator):
    done = emulator.completed()
    paths = ["/emulator/state", "/emulator/bill", "/emulator/faults", facts.BALANCE_PATH]
    texts = [emulator.http.get(path).text for path in paths]
    assert not any(emulator.key in text for text in [*texts, json.dumps(done)])


# Image rules, at their boundaries


@pytest.mark.parametrize(
    ("width", "height", "fits"),
    [
        (301, 301, True),
        (300, 301, False),
        (301, 300, False),
        (299, 400, False),
        (400, 1000, False),
        (401, 1000, True),
        (399, 1000, False),
        (1000, 400, False),
        (1000, 401, True),
        (1000, 399, False),
        (401, 1002, True),
        (401, 1003, False),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_sides_are_judged_strictly(width, height, fits, kind):
    assert (validation.flaw(picture(width, height, kind=kind)) is None) == fits


def test_a_file_may_have_20_million_bytes(emulator):
    plain = picture(320, 320)
    full = plain + bytes(20_000_000 - len(plain))
    assert validation.flaw(full) is None
    assert "20000001 bytes" in validation.flaw(full + b"\0")
    assert "20000001 bytes" in emulator.submit(image=data_uri(full + b"\0")).json()["message"]


def test_a_bomb_is_refused_by_its_header():
    bomb = bytearray(picture(320, 320, kind="PNG"))
    bomb[16:24] = (40_000).to_bytes(4) * 2
    bomb[29:33] = zlib.crc32(bomb[12:29]).to_bytes(4)
    assert "too many pixels" in validation.flaw(bytes(bomb))


@given(st.binary(max_size=200), st.sampled_from([b"", SMALL[:33], picture(320, 320)[:200]]))
def test_judging_never_fails(tail, head):
    assert validation.flaw(head + tail) is None or validation.flaw(head + tail).strip()


def test_inline_images_can_be_judged_later(emulator):
    emulator.reset(images_judged="later")
    data = emulator.settled(emulator.accepted(image=data_uri(picture(300, 300))))
    assert (data["status"], data["code"]) == ("failed", 1401)


# Images by URL


def test_an_image_url_is_fetched_after_acceptance(emulator, web):
    web["/a.png"] = (200, {"Content-Type": "image/png"}, SMALL)
    web["/moved"] = (302, {"Location": "/a.png"}, b"")
    emulator.completed(image=web["url"] + "/moved", end_image=web["url"] + "/a.png")
    assert emulator.renderer.calls[0]["image"] == SMALL
    assert emulator.renderer.calls[0]["end_image"] == SMALL


@pytest.mark.parametrize(
    ("page", "word"),
    [
        ((404, {}, b"no"), "404"),
        ((200, {}, b"<html>an album</html>"), "JPG or PNG"),
        ((200, {}, picture(300, 300)), "short side"),
        ((200, {}, bytes(20_000_001)), "20000000 bytes"),
        ((302, {"Location": "file:///etc/hostname"}, b""), "302"),
        ((302, {"Location": "/page"}, b""), "302"),
        ((200, {"Content-Length": "9999"}, SMALL), "missing"),
    ],
)
def test_an_unusable_image_url_fails_later_with_1402(emulator, web, page, word):
    web["/page"] = page
    data = emulator.settled(emulator.accepted(image=web["url"] + "/page"))
    assert (data["status"], data["code"], data["outputs"]) == ("failed", 1402, [])
    assert word in data["error"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/a.png", "http://[/a", "http://a:b/c"])
def test_an_unreachable_image_url_fails_later_with_1402(emulator, url):
    data = emulator.settled(emulator.accepted(image=url))
    assert (data["status"], data["code"]) == ("failed", 1402)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.7.7.7"])
def test_loopback_is_asked_directly_whatever_the_proxy(address, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serving({"/a.png": (200, {}, SMALL)}, address) as url:
        assert fetch.fetch(f"{url}/a.png") == SMALL


def test_an_image_url_that_never_ends_is_given_up(web):
    web["/slow"] = (200, {}, SMALL)
    times = iter((0.0, 31.0))
    with pytest.raises(OSError, match="after 30 s"):
        fetch.fetch(web["url"] + "/slow", clock=lambda: next(times))


# Clips


def test_a_clip_is_served_like_a_file_to_whoever_knows_its_name(emulator):
    (url,) = emulator.completed()["outputs"]
    whole = httpx.get(url)
    assert whole.status_code == 200
    assert whole.headers["content-type"] == "video/mp4"
    assert int(whole.headers["content-length"]) == len(whole.content)
    head = httpx.head(url)
    assert (head.headers["content-length"], head.content) == (str(len(whole.content)), b"")
    part = httpx.get(url, headers={"Range": "bytes=4-11"})
    assert (part.status_code, part.content) == (206, whole.content[4:12])
    assert httpx.get(url, headers={"Range": "bytes=999999999-"}).status_code == 416


@pytest.mark.parametrize("name", ["nothing.mp4", "..%2f..%2fstate.sqlite3", "%2e%2e", "a\0b"])
def test_no_other_file_is_served(emulator, name):
    assert emulator.http.get("/output/" + name.replace("\0", "%00")).status_code == 404


@pytest.mark.parametrize(
    ("settings", "shape"),
    [
        ({}, {}),
        ({"clip_seconds": 6}, {"seconds": 6.0}),
        ({"clip_fps": 25, "clip_short_side": 720}, {"fps": 25, "short_side": 720}),
    ],
)
def test_the_shape_of_a_clip_can_be_set(emulator, settings, shape):
    emulator.reset(**settings)
    emulator.completed()
    assert emulator.renderer.calls[0]["shape"] == shape


def test_a_failing_renderer_fails_the_prediction_and_nothing_else(emulator):
    emulator.renderer.error = RuntimeError("no encoder <b>")
    data = emulator.settled(emulator.accepted())
    assert (data["status"], data["code"]) == ("failed", 1403)
    assert "no encoder <b>" in data["error"]
    emulator.renderer.error = None
    emulator.completed()


# E3 and E4


def test_an_upload_by_ticket_can_be_used_as_image(emulator):
    ticket = emulator.post(
        facts.UPLOAD_TICKET_PATH,
        {"filename": "a b/é.png", "size": len(SMALL), "content_type": "image/png"},
    )
    assert (ticket["type"], ticket["filename"], ticket["size"]) == ("image", "é.png", len(SMALL))
    order = ticket["upload"]
    assert order["method"] == "PUT"
    assert order["headers"] == {"Content-Type": "image/png", "If-None-Match": "*"}
    stored = httpx.put(order["url"], content=SMALL, headers=order["headers"])
    assert stored.status_code == 200
    assert httpx.get(ticket["download_url"]).content == SMALL
    emulator.completed(image=ticket["download_url"])
    assert emulator.renderer.calls[0]["image"] == SMALL


def test_the_storage_takes_exactly_what_the_ticket_says(emulator):
    def ticket():
        wishes = {"filename": "a.png", "size": len(SMALL)}
        return emulator.post(facts.UPLOAD_TICKET_PATH, wishes)["upload"]

    def put(order, content=SMALL, **headers):
        return httpx.put(order["url"], content=content, headers=order["headers"] | headers)

    order = ticket()
    assert put(order, Authorization=f"Bearer {emulator.key}").status_code == 400
    assert put(order, **{"If-None-Match": "x"}).status_code == 403
    assert put(order, content=SMALL[1:]).status_code == 400
    assert put(order).status_code == 200
    assert put(order).status_code == 412
    late = ticket()
    emulator.advance(3600)
    assert put(late).status_code == 403
    assert httpx.put(f"{emulator.url}/storage/unknown", content=SMALL).status_code == 404


@pytest.mark.parametrize(
    ("wishes", "status"),
    [
        ({"size": 5}, 400),
        ({"filename": "a.png"}, 400),
        ({"filename": "a.png", "size": 0}, 400),
        ({"filename": "a.png", "size": True}, 400),
        ({"filename": "a.png", "size": 10**9}, 413),
    ],
)
def test_a_ticket_wants_a_name_and_a_size(emulator, wishes, status):
    assert emulator.http.post(facts.UPLOAD_TICKET_PATH, json=wishes).status_code == status


def test_an_upload_in_one_form_can_be_used_as_image(emulator):
    files = {"file": ("start.png", SMALL, "image/png")}
    answer = emulator.http.post(facts.UPLOAD_BINARY_PATH, files=files).json()["data"]
    assert (answer["type"], answer["filename"], answer["size"]) == (
        "image",
        "start.png",
        len(SMALL),
    )
    emulator.completed(image=answer["download_url"])
    assert emulator.renderer.calls[0]["image"] == SMALL


@pytest.mark.parametrize(
    "sent",
    [
        {"files": {"other": ("a.png", SMALL)}},
        {"files": {"file": ("a.png", b"")}},
        {"data": {"file": "text"}},
        {"content": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=b"}},
        {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
        {},
    ],
)
def test_a_form_without_a_file_is_refused(emulator, sent):
    answer = emulator.http.post(facts.UPLOAD_BINARY_PATH, **sent)
    assert (answer.status_code, answer.json()["code"]) == (400, 400)


@pytest.mark.parametrize("kind", ["text/html\r\nX-Evil: 1", "image/png", "", "é"])
def test_an_uploads_type_is_one_or_none(emulator, kind):
    wishes = {"filename": "a", "size": 1, "content_type": kind}
    sent = emulator.post(facts.UPLOAD_TICKET_PATH, wishes)["upload"]["headers"]["Content-Type"]
    assert sent == (kind if kind == "image/png" else "application/octet-stream")


# E5 to E9


def test_the_balance_falls_with_every_acceptance_and_ends_at_a_400(emulator):
    emulator.reset(balance="1.00")
    balances = []
    for _ in range(2):
        emulator.completed()
        balances.append(emulator.http.get(facts.BALANCE_PATH).json()["data"])
    assert balances == [{"balance": 0.51}, {"balance": 0.02}]
    answer = emulator.submit()
    assert answer.status_code == 400
    assert answer.json()["message"] == "Insufficient credits. Please top up."


def test_the_price_has_a_current_and_a_legacy_form(emulator):
    wishes = {"model_id": facts.MODEL, "inputs": {"image": "x"}}
    assert emulator.post(facts.PRICE_PATH, wishes) == {
        "model_id": facts.MODEL,
        "price": 0.49,
        "discounted_price": 0.49,
        "discount_rate": 100,
        "currency": "USD",
    }
    assert emulator.post(facts.LEGACY_PRICE_PATH, wishes) == {
        "model_id": facts.MODEL,
        "unit_price": 0.49,
        "currency": "USD",
    }
    assert emulator.http.post(facts.PRICE_PATH, json={"model_id": "x"}).status_code == 404
    assert emulator.http.post(facts.PRICE_PATH, json=wishes | {"inputs": 1}).status_code == 400


def test_the_price_can_be_set(emulator):
    emulator.reset(price="0.55")
    emulator.accepted()
    assert emulator.post(facts.PRICE_PATH, {"model_id": facts.MODEL})["price"] == 0.55
    assert emulator.bill()["total"] == "0.55"


def test_the_list_is_newest_first_and_in_pages(emulator):
    ids = [emulator.completed(prompt=str(number))["id"] for number in range(5)]
    first = emulator.post(LIST, {"page": 1, "page_size": 2})
    last = emulator.post(LIST, {"page": 3, "page_size": 2})
    assert [item["id"] for item in first["items"]] == [ids[4], ids[3]]
    assert [item["id"] for item in last["items"]] == [ids[0]]
    assert (first["page"], first["total"]) == (1, 5)
    assert first["items"][0] == emulator.look(ids[4])
    assert "input" not in first["items"][0]


def test_the_list_can_be_narrowed(emulator):
    old = emulator.completed(prompt="old")
    emulator.advance(600)
    emulator.renderer.open.clear()
    young = emulator.accepted(prompt="young")
    between = datetime.now(UTC) + timedelta(seconds=300)

    def found(**wishes):
        return [item["id"] for item in emulator.post(LIST, wishes)["items"]]

    assert found(created_after=between.isoformat()) == [young]
    assert found(created_before=between.strftime("%Y-%m-%dT%H:%M:%S.123456789Z")) == [old["id"]]
    assert found(created_after=between.replace(tzinfo=None).isoformat()) == [young]
    assert found(status="completed") == [old["id"]]
    assert found(model=facts.MODEL) == [young, old["id"]]
    assert found(model="another") == []


@pytest.mark.parametrize(
    "wishes",
    [{"page": 0}, {"page_size": 101}, {"page": "1"}, {"page": True}, {"created_after": "then"}],
)
def test_a_list_refuses_nonsense(emulator, wishes):
    assert emulator.http.post(LIST, json=wishes).status_code == 400


def test_deleted_is_final_and_known_by_nobody(emulator):
    done = emulator.completed()
    wishes = {"ids": [done["id"], done["id"], "unknown"]}
    assert emulator.post(facts.DELETE_PATH, wishes) == {"deleted_count": 1}
    assert emulator.post(facts.DELETE_PATH, wishes) == {"deleted_count": 0}
    gone = emulator.look(done["id"])
    assert (gone["status"], gone["outputs"]) == ("deleted", [])
    assert emulator.post(LIST)["items"] == []
    assert httpx.get(done["outputs"][0]).status_code == 404
    assert emulator.http.post(facts.DELETE_PATH, json={"ids": "x"}).status_code == 400


def test_deleting_what_runs_does_not_give_the_money_back(emulator):
    emulator.renderer.open.clear()
    running = emulator.accepted()
    emulator.post(facts.DELETE_PATH, {"ids": [running]})
    emulator.renderer.open.set()
    assert emulator.look(running)["status"] == "deleted"
    assert emulator.bill()["total"] == "0.49"


def test_the_bill_can_be_searched(emulator):
    good = emulator.completed()["id"]
    emulator.fault(15)
    bad = emulator.settled(emulator.accepted())["id"]
    rows = emulator.post(facts.BILLINGS_PATH)
    kinds = [(row["billing_type"], row["prediction"]["uuid"]) for row in rows["items"]]
    assert kinds == [("refund", bad), ("deduct", bad), ("deduct", good)]
    assert rows["total"] == 3
    last = rows["items"][-1]
    assert last["price"] == last["order"]["price"] == last["order"]["origin_price"] == 0.49
    assert last["order"]["state"] == "done"
    assert last["prediction"] == {"uuid": good, "model_uuid": facts.MODEL, "status": "completed"}

    def found(**wishes):
        return len(emulator.post(facts.BILLINGS_PATH, wishes)["items"])

    assert found(billing_type="refund") == 1
    assert found(prediction_uuids=[good]) == 1
    assert found(start_time="0", end_time="4000000000000") == 3
    assert found(start_time="4000000000000") == found(end_time="0") == 0
    for wishes in ({"start_time": 0}, {"end_time": "x"}, {"prediction_uuids": good}):
        assert emulator.http.post(facts.BILLINGS_PATH, json=wishes).status_code == 400


def test_a_failure_is_given_back_after_its_delay(emulator):
    emulator.reset(refund_seconds=3600)
    emulator.fault(15)
    emulator.settled(emulator.accepted())
    assert emulator.bill()["total"] == "0.49"
    emulator.advance(3601)
    emulator.until(lambda: emulator.bill()["total"] == "0.00")
    assert [row["billing_type"] for row in emulator.bill()["rows"]] == ["deduct", "refund"]


# Turns, rates, latency, retention


def test_over_the_concurrency_a_prediction_waits_in_created(emulator):
    emulator.renderer.open.clear()
    ids = [emulator.accepted(prompt=str(number)) for number in range(4)]
    emulator.until(lambda: len(emulator.renderer.calls) == 2)
    assert [emulator.look(each)["status"] for each in ids] == ["processing"] * 2 + ["created"] * 2
    emulator.renderer.open.set()
    assert [emulator.settled(each)["status"] for each in ids] == ["completed"] * 4
    asked = [call["prompt"] for call in emulator.renderer.calls]
    assert (set(asked[:2]), set(asked[2:])) == ({"0", "1"}, {"2", "3"})


def test_over_the_rate_a_submission_is_refused_until_the_minute_is_over(emulator):
    emulator.reset(tier="bronze")
    answers = [emulator.submit().status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    refused = emulator.submit()
    assert (refused.status_code, refused.json()["code"]) == (429, 429)
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert emulator.bill()["total"] == "0.98"
    emulator.advance(60)
    assert emulator.submit().status_code == 200


def test_a_refused_submission_does_not_count_for_the_rate(emulator):
    emulator.reset(tier="bronze")
    assert [emulator.submit(image="x").status_code for _ in range(3)] == [400] * 3
    assert [emulator.submit().status_code for _ in range(2)] == [200] * 2


def test_free_drafts_have_no_rate(emulator):
    assert {emulator.submit().status_code for _ in range(12)} == {200}


@pytest.mark.parametrize("tier", facts.TIERS)
def test_every_tier_has_the_limits_of_the_table(tier):
    assert Settings().changed({"tier": tier}).limits == facts.TIERS[tier]


def test_with_real_latency_an_account_is_bronze_unless_told_otherwise():
    assert Settings().changed({"latency": "real"}).limits == facts.TIERS["bronze"]


def test_a_real_latency_is_held_back_until_it_is_over(emulator):
    emulator.reset(latency="real", tier="silver", seed=5)
    running = emulator.accepted()
    emulator.until(lambda: emulator.renderer.calls)
    emulator.advance(29)
    assert emulator.look(running)["status"] == "processing"
    emulator.advance(62)
    data = emulator.settled(running)
    assert data["status"] == "completed"
    assert 30_000 <= data["timings"]["inference"] <= 92_000


def test_the_time_scale_divides_a_latency(emulator):
    emulator.reset(latency="real", latency_seconds=[60, 60], time_scale=1000)
    data = emulator.completed()
    assert data["timings"]["inference"] >= 60_000


def test_latencies_are_drawn_by_the_seed(emulator):
    def drawn(seed):
        emulator.reset(latency="real", time_scale=1000, seed=seed, tier="silver")
        return [
            round(emulator.completed(prompt=prompt)["timings"]["inference"] / 2000)
            for prompt in "abc"
        ]

    assert drawn(1) != drawn(2)


def test_after_seven_days_everything_is_gone_but_the_bill(emulator):
    done = emulator.completed()
    files = {"file": ("a.png", SMALL, "image/png")}
    upload = emulator.http.post(facts.UPLOAD_BINARY_PATH, files=files).json()["data"]
    emulator.advance(7 * 86400 - 60)
    assert emulator.look(done["id"])["status"] == "completed"
    emulator.advance(120)
    assert emulator.http.get(f"{LIST}/{done['id']}/result").status_code == 404
    assert httpx.get(done["outputs"][0]).status_code == 404
    assert httpx.get(upload["download_url"]).status_code == 404
    assert emulator.post(LIST)["items"] == []
    assert len(emulator.bill()["rows"]) == 1
    assert emulator.completed()["id"] != done["id"]
    assert emulator.renderer.calls[-1]["variation"] == 1


def test_a_sleeper_wakes_when_the_clock_jumps():
    """A wait is for a moment, not for a length of time."""

    async def scenario():
        clock = Clock(wall=lambda: 100.0)
        waiting = asyncio.create_task(clock.until(160.0))
        await asyncio.sleep(0)
        clock.advance(59)
        await asyncio.sleep(0)
        early = waiting.done()
        clock.advance(1)
        await waiting
        return early

    assert asyncio.run(scenario()) is False


@pytest.mark.parametrize(
    ("precision", "text"),
    [("ms", "2025-10-26T02:03:59.684Z"), ("ns", "2025-10-26T02:03:59.684000000Z")],
)
def test_dates_have_the_precision_of_the_setting(precision, text):
    moment = datetime(2025, 10, 26, 2, 3, 59, 684_000, UTC).timestamp()
    assert serialize.date(moment, precision) == text


# Its own door


@pytest.mark.parametrize(
    "wishes",
    [
        {"latency": "slow"},
        {"tier": "wood"},
        {"time_scale": 0},
        {"time_scale": "nan"},
        {"workers": 0},
        {"price": -1},
        {"price": "five"},
        {"latency_seconds": [9, 3]},
        {"latency_seconds": 9},
        {"strict_keys": "maybe"},
        {"colour": "red"},
    ],
)
def test_an_impossible_setting_is_refused_by_its_name(emulator, wishes):
    (name,) = wishes
    with pytest.raises(SettingError, match=name):
        Settings().changed(wishes)
    answer = emulator.http.post("/emulator/reset", json={"settings": wishes})
    assert answer.status_code == 400
    assert name in answer.json()["message"]


def test_a_reset_forgets_everything(emulator):
    emulator.renderer.open.clear()
    running = emulator.accepted()
    emulator.fault(31, times=5)
    emulator.reset()
    emulator.renderer.open.set()
    assert emulator.http.get(f"{LIST}/{running}").status_code == 404
    assert emulator.bill()["rows"] == []
    assert emulator.state()["requests"] == {"result": 1}
    emulator.completed()


def test_requests_are_counted_by_endpoint(emulator):
    emulator.look(emulator.accepted())
    emulator.http.get(facts.BALANCE_PATH)
    assert emulator.state()["requests"] == {"submit": 1, "result": 1, "balance": 1}


def test_urls_lead_back_the_way_the_client_came(emulator):
    """A proxy between the two stays between them."""
    done = emulator.completed()
    answer = emulator.http.get(f"{LIST}/{done['id']}", headers={"Host": "localhost:1"})
    assert answer.json()["data"]["outputs"][0].startswith("http://localhost:1/output/")
    answer = emulator.http.get(f"{LIST}/{done['id']}", headers={"Host": "a/b?c"})
    assert answer.json()["data"]["outputs"][0].startswith(emulator.url)


def test_a_slow_draft_does_not_keep_others_waiting(emulator):
    """Rendering never runs on the event loop."""
    emulator.renderer.open.clear()
    emulator.accepted()
    emulator.until(lambda: emulator.renderer.calls)
    assert emulator.http.get(facts.BALANCE_PATH).status_code == 200


def test_the_server_starts_without_what_only_drafts_need():
    heavy = ["av", "cv2", "numpy", "httpx"]
    script = (
        "import sys, hailuo_widgets.emulator.__main__\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
