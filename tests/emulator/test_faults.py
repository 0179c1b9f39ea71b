"""Every quirk of the API reference, as it is on the wire. The numbers are the reference's."""

import base64
import contextlib
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hailuo_widgets import service as facts
from hailuo_widgets.emulator.faults.effects import ABSENT
from hailuo_widgets.emulator.faults.table import QUIRKS
from tests.support.emulator_server import data_uri
from tests.support.samples import picture

SMALL = picture(320, 320, kind="PNG")
MILLISECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
NANOSECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z")


def raw(emulator, prediction):
    """Ask for a result, whatever it answers."""
    return emulator.http.get(f"{facts.PREDICTIONS_PATH}/{prediction}/result")


def field(data, name):
    return data.get(name, ABSENT)


# Body


@pytest.mark.parametrize(
    ("variant", "outputs"), [("null", None), ("absent", ABSENT), ("empty", [])]
)
def test_q01_completed_without_outputs(emulator, variant, outputs):
    done = emulator.completed()
    emulator.fault(1, variant)
    assert field(emulator.look(done["id"]), "outputs") == outputs
    assert emulator.look(done["id"]) == done


def test_q01_waits_for_the_end(emulator):
    """A quirk is not used up by a request that it does not apply to."""
    emulator.fault(1, "null")
    emulator.renderer.open.clear()
    running = emulator.accepted()
    assert emulator.look(running)["outputs"] == []
    emulator.renderer.open.set()
    assert emulator.settled(running)["outputs"] is None


def test_q02_outputs_of_another_form(emulator):
    done = emulator.completed()
    (url,) = done["outputs"]
    emulator.fault(2, "string")
    assert emulator.look(done["id"])["outputs"] == url
    emulator.fault(2, "objects")
    assert emulator.look(done["id"])["outputs"] == [{"url": url, "content_type": "video/mp4"}]
    emulator.fault(2, "base64")
    (text,) = emulator.look(done["id"])["outputs"]
    assert base64.b64decode(text) == httpx.get(url).content


@pytest.mark.parametrize(
    ("variant", "body"),
    [
        ("null", {"code": 200, "message": "success", "data": None}),
        ("absent", {"code": 200, "message": "success"}),
    ],
)
def test_q03_no_data(emulator, variant, body):
    emulator.fault(3, variant)
    answer = emulator.submit()
    assert (answer.status_code, answer.json()) == (200, body)
    assert len(emulator.bill()["rows"]) == 1


def test_q04_a_code_that_contradicts_the_status(emulator):
    emulator.fault(4, "bare")
    answer = emulator.submit()
    assert (answer.status_code, answer.json()["code"], answer.json()["data"]) == (200, 500, None)
    emulator.fault(4, "kept")
    answer = emulator.submit()
    assert (answer.status_code, answer.json()["code"]) == (200, 500)
    assert emulator.look(answer.json()["data"]["id"])
    emulator.fault(4, "refused")
    answer = emulator.submit()
    assert (answer.status_code, answer.json()["code"]) == (200, 400)
    assert "data" not in answer.json()
    assert len(emulator.bill()["rows"]) == 2


@pytest.mark.parametrize(("variant", "value"), [("absent", ABSENT), ("null", None), ("empty", "")])
def test_q05_accepted_without_an_id(emulator, variant, value):
    emulator.fault(5, variant)
    answer = emulator.submit()
    assert (answer.status_code, answer.json()["code"]) == (200, 200)
    assert field(answer.json()["data"], "id") == value
    assert len(emulator.bill()["rows"]) == 1


@pytest.mark.parametrize("status", [200, 404, 502])
@pytest.mark.parametrize(
    ("variant", "body"),
    [("html", b"<html>"), ("text", b"upstream"), ("empty", b""), ("cut", b'{"code":200')],
)
def test_q06_a_body_that_is_no_json(emulator, variant, body, status):
    emulator.fault(6, variant, status=status)
    answer = emulator.submit()
    assert answer.status_code == status
    assert answer.content.startswith(body)
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        answer.json()
    assert len(emulator.bill()["rows"]) == 1


def test_q06_at_a_result(emulator):
    done = emulator.completed()
    emulator.fault(6, "empty", at="result")
    answer = raw(emulator, done["id"])
    assert (answer.status_code, answer.content) == (200, b"")


def test_q07_a_task_code_beside_the_envelopes(emulator):
    done = emulator.completed()
    emulator.fault(7, "zero")
    body = raw(emulator, done["id"]).json()
    assert (body["code"], body["data"]["code"]) == (200, 0)
    emulator.fault(7, "failed")
    body = raw(emulator, emulator.settled(emulator.accepted())["id"]).json()
    assert (body["code"], body["data"]["code"]) == (200, 1405)


def test_q08_the_error_of_what_is_fine(emulator):
    done = emulator.completed()
    assert done["error"] == ""
    emulator.fault(8, "absent")
    assert field(emulator.look(done["id"]), "error") is ABSENT
    emulator.fault(8, "null")
    assert emulator.look(done["id"])["error"] is None
    emulator.renderer.open.clear()
    running = emulator.accepted(prompt="running")
    emulator.until(lambda: emulator.look(running)["status"] == "processing")
    emulator.fault(8, "running")
    data = emulator.look(running)
    assert (data["status"], data["code"]) == ("processing", 5004)
    assert data["error"]


@pytest.mark.parametrize(
    ("variant", "value"),
    [("null", None), ("absent", ABSENT), ("empty", []), ("flagged", [True])],
)
def test_q09_content_flags(emulator, variant, value):
    done = emulator.completed()
    emulator.fault(9, variant)
    data = emulator.look(done["id"])
    assert field(data, "has_nsfw_contents") == value
    assert data["outputs"] == done["outputs"]


def test_q10_extra_keys(emulator):
    done = emulator.completed()
    emulator.fault(10, "keys")
    body = raw(emulator, done["id"]).json()
    assert body.keys() > {"code", "message", "data"}
    assert body["data"].keys() > done.keys()


def test_q10_integers_as_floats(emulator):
    done = emulator.completed()
    emulator.fault(10, "floats")
    text = raw(emulator, done["id"]).text
    assert '"code":200.0' in text
    assert re.search(r'"inference":\d+\.0', text)
    assert '"has_nsfw_contents":[false]' in text


def test_q11_dates_in_milliseconds_or_nanoseconds(emulator):
    assert MILLISECONDS.fullmatch(emulator.completed()["created_at"])
    emulator.fault(11, "ns")
    assert NANOSECONDS.fullmatch(emulator.submit().json()["data"]["created_at"])
    emulator.fault(11, "ns")
    items = emulator.post(facts.PREDICTIONS_PATH)["items"]
    assert all(NANOSECONDS.fullmatch(item["created_at"]) for item in items)
    emulator.reset(created_at="ns")
    emulator.fault(11, "ms")
    assert MILLISECONDS.fullmatch(emulator.submit().json()["data"]["created_at"])


def test_q12_ids_of_any_form(emulator):
    emulator.fault(12, "prefixed")
    assert emulator.completed()["id"].startswith("pred_")
    emulator.fault(12, "long")
    assert len(emulator.completed()["id"]) > 300
    emulator.fault(12, "path")
    assert emulator.accepted().startswith("../balance?")


def test_q13_the_url_to_look_at(emulator):
    done = emulator.completed()
    emulator.fault(13, "absent")
    assert emulator.look(done["id"])["urls"] == {}
    emulator.fault(13, "bare")
    bare = emulator.look(done["id"])["urls"]["get"]
    assert bare == done["urls"]["get"].removesuffix("/result")
    emulator.fault(13, "foreign")
    assert httpx.URL(emulator.look(done["id"])["urls"]["get"]).host == "foreign.invalid"


def test_q14_the_bodies_of_errors(emulator):
    bodies = {}
    for variant in ("message", "error_code", "data", "none"):
        emulator.fault(14, variant)
        answer = emulator.submit()
        bodies[variant] = (answer.status_code, answer.json() if answer.content else None)
    assert bodies["message"][0] == 400
    assert bodies["message"][1].keys() == {"code", "message"}
    assert bodies["error_code"][0] == 403
    assert bodies["error_code"][1].keys() == {"code", "message", "error_code"}
    assert bodies["data"][1]["data"].keys() == {"error"}
    assert bodies["none"] == (400, None)
    assert emulator.bill()["rows"] == []


def test_q14_at_any_status(emulator):
    emulator.fault(14, "message", status=422)
    answer = emulator.submit()
    assert answer.status_code == answer.json()["code"] == 422


# State


def test_q15_failed_under_http_200(emulator):
    emulator.fault(15)
    answer = raw(emulator, emulator.settled(emulator.accepted())["id"])
    assert (answer.status_code, answer.json()["code"]) == (200, 200)
    data = answer.json()["data"]
    assert (data["status"], data["code"], data["outputs"]) == ("failed", 1405, [])
    assert data["error"]
    assert emulator.renderer.calls == []
    emulator.until(lambda: emulator.bill()["total"] == "0.00")


def test_q16_failed_without_a_code_or_with_an_opaque_text(emulator):
    emulator.fault(16, "no_code")
    assert "code" not in emulator.settled(emulator.accepted())
    emulator.fault(16, "opaque")
    data = emulator.settled(emulator.accepted())
    assert (data["status"], data["error"]) == ("failed", "E0x7f3a/9")


def test_q17_a_long_stay_in_created(emulator):
    emulator.fault(17)
    waiting = emulator.accepted()
    emulator.advance(110)
    assert emulator.look(waiting)["status"] == "created"
    emulator.advance(11)
    assert emulator.settled(waiting)["status"] == "completed"


def test_q18_from_created_to_the_end(emulator):
    emulator.fault(18)
    emulator.renderer.open.clear()
    running = emulator.accepted()
    emulator.until(lambda: emulator.renderer.calls)
    assert emulator.look(running)["status"] == "created"
    emulator.renderer.open.set()
    assert emulator.settled(running)["status"] == "completed"


@pytest.mark.parametrize("variant", ["pending", "processing", "completed"])
def test_q19_another_first_status(emulator, variant):
    emulator.fault(19, variant)
    data = emulator.submit().json()["data"]
    assert data["status"] == variant
    assert len(data["outputs"]) == (variant == "completed")


@pytest.mark.parametrize(("variant", "status"), [("unknown", "transcoding"), ("empty", "")])
def test_q20_an_unknown_status(emulator, variant, status):
    emulator.fault(20, variant)
    emulator.renderer.open.clear()
    running = emulator.accepted()
    emulator.until(lambda: emulator.look(running)["status"] == status)
    emulator.renderer.open.set()
    assert emulator.settled(running)["status"] == "completed"


@pytest.mark.parametrize("variant", ["cancelled", "timeout", "deleted"])
def test_q21_other_ends(emulator, variant):
    emulator.fault(21, variant)
    data = emulator.settled(emulator.accepted())
    assert (data["status"], data["outputs"]) == (variant, [])
    assert emulator.look(data["id"])["status"] == variant


def test_q22_other_spellings(emulator):
    emulator.fault(22, "canceled")
    data = emulator.settled(emulator.accepted())
    assert (data["status"], data["outputs"]) == ("canceled", [])
    emulator.fault(22, "succeeded")
    data = emulator.settled(emulator.accepted())
    assert data["status"] == "succeeded"
    assert httpx.get(data["outputs"][0]).status_code == 200


def test_q23_not_found_just_after_the_submission(emulator):
    done = emulator.completed()
    emulator.fault(23, times=2)
    statuses = [raw(emulator, done["id"]).status_code for _ in range(3)]
    assert statuses == [404, 404, 200]


def test_q23_only_just_after_the_submission(emulator):
    done = emulator.completed()
    emulator.fault(23)
    emulator.advance(61)
    assert raw(emulator, done["id"]).status_code == 200


def test_q24_a_status_going_backwards(emulator):
    done = emulator.completed()
    for variant in ("created", "processing"):
        emulator.fault(24, variant)
        stale = emulator.look(done["id"])
        assert (stale["status"], stale["outputs"]) == (variant, [])
        assert emulator.look(done["id"]) == done


@pytest.mark.parametrize("variant", ["processing", "created"])
def test_q25_no_end_while_anybody_watches(emulator, variant):
    emulator.fault(25, variant)
    endless = emulator.accepted()
    emulator.advance(20 * 3600)
    emulator.until(lambda: emulator.look(endless)["status"] == variant)
    emulator.advance(5 * 3600)
    assert emulator.settled(endless)["status"] == "completed"


def test_q26_gone_after_the_retention(emulator):
    done = emulator.completed()
    emulator.fault(26, "record")
    assert [raw(emulator, done["id"]).status_code for _ in range(2)] == [404, 404]
    assert httpx.get(done["outputs"][0]).status_code == 404
    done = emulator.completed()
    emulator.fault(26, "file")
    assert emulator.look(done["id"]) == done
    assert httpx.get(done["outputs"][0]).status_code == 404


def test_q27_deleted_by_somebody_else(emulator):
    emulator.renderer.open.clear()
    running = emulator.accepted()
    emulator.fault(27, skip=1)
    statuses = [emulator.look(running)["status"] for _ in range(3)]
    assert statuses[0] in ("created", "processing")
    assert statuses[1:] == ["deleted", "deleted"]


# Money


@pytest.mark.parametrize(("variant", "billed"), [("after", 1), ("before", 0)])
def test_q28_the_connection_is_cut_without_an_answer(emulator, variant, billed):
    emulator.fault(28, variant)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        emulator.submit()
    assert len(emulator.bill()["rows"]) == billed


def test_q28_the_connection_is_cut_during_the_answer(emulator):
    emulator.fault(28, "during")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        emulator.submit()
    assert len(emulator.bill()["rows"]) == 1


def test_q28_the_connection_is_cut_while_sending(emulator):
    emulator.fault(28, "sending")
    big = data_uri(picture(320, 320) + bytes(8_000_000), "jpeg")
    with pytest.raises(httpx.TransportError):
        emulator.submit(image=big)
    assert emulator.bill()["rows"] == []


@pytest.mark.parametrize("variant", ["500", "502", "503", "504"])
def test_q29_a_server_error_after_acceptance(emulator, variant):
    emulator.fault(29, variant)
    assert emulator.submit().status_code == int(variant)
    assert len(emulator.bill()["rows"]) == 1


def test_q29_not_for_what_was_refused(emulator):
    emulator.fault(29)
    assert emulator.submit(image="").status_code == 400


def test_q30_a_late_answer(emulator):
    """The prediction is accepted at once; the answer waits for its time."""
    emulator.reset(time_scale=100)
    emulator.fault(30)
    with emulator.client() as impatient, pytest.raises(httpx.ReadTimeout):
        impatient.post(facts.SUBMIT_PATH, json={"image": data_uri(SMALL)}, timeout=0.05)
    assert len(emulator.bill()["rows"]) == 1
    emulator.fault(30)
    answer = emulator.submit()
    assert answer.status_code == 200
    assert answer.elapsed >= timedelta(seconds=0.12)


@pytest.mark.parametrize(("variant", "word"), [("missing", "429"), ("html", "<html>")])
def test_q31_too_many_submissions(emulator, variant, word):
    emulator.fault(31, variant)
    answer = emulator.submit()
    assert answer.status_code == 429
    assert word in answer.text
    assert emulator.bill()["rows"] == []
    assert emulator.submit().status_code == 200


def test_q32_no_credit_is_a_400(emulator):
    emulator.fault(32)
    answer = emulator.submit()
    assert answer.status_code == 400
    assert answer.json() == {"code": 400, "message": "Insufficient credits. Please top up."}


def test_q33_unknown_keys_are_dropped_and_the_clip_is_billed(emulator):
    emulator.reset(strict_keys=True)
    emulator.fault(33)
    assert emulator.submit(seed=1).status_code == 200
    assert emulator.submit(seed=1).status_code == 400
    assert len(emulator.bill()["rows"]) == 1


def test_q34_a_refund_hours_later(emulator):
    emulator.fault(34)
    emulator.settled(emulator.accepted())
    emulator.advance(3 * 3600 - 60)
    assert emulator.bill()["total"] == "0.49"
    low = emulator.http.get(facts.BALANCE_PATH).json()["data"]["balance"]
    emulator.advance(61)
    emulator.until(lambda: emulator.bill()["total"] == "0.00")
    assert emulator.http.get(facts.BALANCE_PATH).json()["data"]["balance"] > low


def test_q35_a_price_that_is_a_floor(emulator):
    emulator.fault(35, "floor", times=2)
    partial = emulator.post(facts.PRICE_PATH, {"model_id": facts.MODEL, "inputs": {}})
    whole = emulator.post(facts.PRICE_PATH, {"model_id": facts.MODEL, "inputs": {"image": "x"}})
    assert partial["price"] == partial["discounted_price"] < whole["price"] == 0.49


def test_q35_a_price_call_that_is_down_or_not_there(emulator):
    wishes = {"model_id": facts.MODEL}
    emulator.fault(35, "down")
    assert emulator.http.post(facts.PRICE_PATH, json=wishes).status_code == 503
    emulator.fault(35, "legacy")
    assert emulator.post(facts.LEGACY_PRICE_PATH, wishes)["unit_price"] == 0.49
    assert emulator.http.post(facts.PRICE_PATH, json=wishes).status_code == 404


def test_q36_prices_of_the_bill_in_other_units(emulator):
    emulator.completed()
    emulator.fault(36, "micro")
    assert emulator.post(facts.BILLINGS_PATH)["items"][0]["price"] == 490_000
    emulator.fault(36, "negative")
    assert emulator.post(facts.BILLINGS_PATH)["items"][0]["price"] == -0.49


def test_q37_lists_with_and_without_total(emulator):
    for prompt in "ab":
        emulator.completed(prompt=prompt)
    for path in (facts.PREDICTIONS_PATH, facts.BILLINGS_PATH):
        emulator.fault(37, "no_total")
        assert emulator.post(path).keys() == {"page", "items"}
        emulator.fault(37, "has_more", times=2)
        assert emulator.post(path, {"page": 1, "page_size": 1})["has_more"] is True
        assert emulator.post(path, {"page": 2, "page_size": 1})["has_more"] is False


def test_q37_a_list_with_inputs(emulator):
    emulator.completed(prompt="push in")
    emulator.fault(37, "input")
    (item,) = emulator.post(facts.PREDICTIONS_PATH)["items"]
    assert item["input"] == {"prompt": "push in", "enable_prompt_expansion": True}


def test_q38_a_list_that_lags(emulator):
    old = emulator.completed(prompt="old")
    emulator.advance(31)
    young = emulator.completed(prompt="young")
    emulator.fault(38)
    lists = [
        [item["id"] for item in emulator.post(facts.PREDICTIONS_PATH)["items"]] for _ in range(2)
    ]
    assert lists == [[old["id"]], [young["id"], old["id"]]]


def test_q39_is_the_clients_to_cause(emulator):
    """The same request twice: nothing in the list tells which is which."""
    assert QUIRKS[39].reason
    for _ in range(2):
        emulator.completed()
    items = emulator.post(facts.PREDICTIONS_PATH)["items"]
    own = {"id", "created_at", "urls", "outputs", "timings", "executionTime"}
    first, second = ({name: item[name] for name in item.keys() - own} for item in items)
    assert first == second


@pytest.mark.parametrize(("variant", "count"), [("below", 0), ("above", 2)])
def test_q40_a_wrong_count_of_deleted(emulator, variant, count):
    done = emulator.completed()
    emulator.fault(40, variant)
    assert emulator.post(facts.DELETE_PATH, {"ids": [done["id"]]}) == {"deleted_count": count}
    assert emulator.look(done["id"])["status"] == "deleted"


# Network and files


def test_q41_retry_after_in_seconds(emulator):
    done = emulator.completed()
    emulator.fault(41, "seconds", seconds=7)
    answer = raw(emulator, done["id"])
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


def test_q41_retry_after_as_a_date(emulator):
    done = emulator.completed()
    emulator.fault(41, "date", seconds=7)
    answer = raw(emulator, done["id"])
    assert answer.status_code == 429
    due, now = (parsedate_to_datetime(answer.headers[name]) for name in ("Retry-After", "Date"))
    assert timedelta(seconds=6) <= due - now <= timedelta(seconds=8)


def test_q41_without_retry_after(emulator):
    done = emulator.completed()
    emulator.fault(41, "missing")
    answer = raw(emulator, done["id"])
    assert answer.status_code == 429
    assert "Retry-After" not in answer.headers
    assert raw(emulator, done["id"]).status_code == 200


def test_q41_spares_submissions_unless_asked(emulator):
    emulator.fault(41)
    assert emulator.submit().status_code == 200
    emulator.clear_faults()
    emulator.fault(41, at="submit")
    assert emulator.submit().status_code == 429


def test_q42_bursts_of_gateway_errors(emulator):
    emulator.reset(seed=1)  # which of the three comes depends on the prediction's name too
    done = emulator.completed()
    emulator.fault(42, "any", times=12, seed=1)
    statuses = [raw(emulator, done["id"]).status_code for _ in range(13)]
    assert set(statuses[:12]) == {502, 503, 504}
    assert statuses[12] == 200


@pytest.mark.parametrize("variant", ["301", "302", "307", "308"])
def test_q43_a_redirect_of_a_submission(emulator, variant):
    emulator.fault(43, variant)
    answer = emulator.submit()
    assert answer.status_code == int(variant)
    assert answer.headers["Location"].startswith(facts.SUBMIT_PATH)
    assert emulator.bill()["rows"] == []


def test_q44_uploads_that_fail(emulator):
    def ticket():
        return emulator.post(facts.UPLOAD_TICKET_PATH, {"filename": "a.png", "size": len(SMALL)})[
            "upload"
        ]

    def put(order, headers):
        return httpx.put(order["url"], content=SMALL, headers=headers).status_code

    emulator.fault(44, "headers")
    order = ticket()
    usual = {"Content-Type": "image/png", "If-None-Match": "*"}
    assert order["headers"].keys() > usual.keys()
    assert put(order, usual) == 403
    assert put(order, order["headers"]) == 200
    emulator.fault(44, "expired")
    order = ticket()
    assert put(order, order["headers"]) == 403
    emulator.fault(44, "put")
    order = ticket()
    assert [put(order, order["headers"]) for _ in range(2)] == [500, 200]
    emulator.fault(44, "refused", status=405)
    wishes = {"filename": "a.png", "size": 1}
    assert emulator.http.post(facts.UPLOAD_TICKET_PATH, json=wishes).status_code == 405


def test_q45_a_download_that_is_redirected(emulator):
    (url,) = emulator.completed()["outputs"]
    emulator.fault(45, "redirect")
    answer = httpx.get(url)
    assert answer.status_code == 302
    assert httpx.get(answer.headers["Location"]).content.startswith(emulator.renderer.clip)
    emulator.fault(45, "redirect-file")
    assert httpx.get(url).headers["Location"].startswith("file:")


def test_q45_a_download_of_no_or_wrong_length_or_type(emulator):
    (url,) = emulator.completed()["outputs"]
    whole = httpx.get(url).content
    emulator.fault(45, "no-length")
    answer = httpx.get(url)
    assert answer.content == whole
    assert "content-length" not in answer.headers
    emulator.fault(45, "wrong-length")
    answer = httpx.get(url)
    assert int(answer.headers["content-length"]) == len(answer.content) < len(whole)
    emulator.fault(45, "wrong-type")
    answer = httpx.get(url)
    assert (answer.headers["content-type"], answer.content) == ("binary/octet-stream", whole)


def test_q45_a_download_that_is_short_or_refused(emulator):
    (url,) = emulator.completed()["outputs"]
    emulator.fault(45, "short")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        httpx.get(url)
    for variant in ("403", "404"):
        emulator.fault(45, variant)
        assert httpx.get(url).status_code == int(variant)
    assert httpx.get(url).status_code == 200


@pytest.mark.parametrize(
    ("variant", "shape"),
    [("length", {"seconds": 6.0}), ("size", {"short_side": 720}), ("rate", {"fps": 25})],
)
def test_q46_a_clip_of_another_shape(emulator, variant, shape):
    emulator.fault(46, variant)
    emulator.completed()
    assert emulator.renderer.calls[0]["shape"] == shape


def test_q47_is_the_clients_to_cause(emulator):
    """Both forms of a data URI are taken, and are the same request."""
    assert QUIRKS[47].reason
    text = data_uri(SMALL)
    ids = [emulator.completed(image=text.replace(",", mark)) for mark in (",", ", ")]
    ids.append(emulator.completed(image=text.replace(";", "; ")))
    assert [call["variation"] for call in emulator.renderer.calls] == [0, 1, 2]


@pytest.mark.parametrize("variant", ["1401", "1402"])
def test_q48_the_image_fails_later(emulator, variant):
    emulator.fault(48, variant)
    data = emulator.settled(emulator.accepted())
    assert (data["status"], data["code"]) == ("failed", int(variant))


def test_q49_moderation_refuses_harmless_input(emulator):
    emulator.fault(49)
    data = emulator.settled(emulator.accepted(prompt="a cup of tea"))
    assert (data["status"], data["code"]) == ("failed", 1200)


@pytest.mark.parametrize(("variant", "sign"), [("ahead", 1), ("behind", -1)])
def test_q50_the_services_clock_is_off(emulator, variant, sign):
    """In all it says and in all it reads; what waits does not notice."""
    emulator.fault(50, variant, share=1.0, seconds=1800)
    done = emulator.completed()
    answer = raw(emulator, done["id"])
    off = datetime.now(UTC) + timedelta(seconds=sign * 1800)
    dates = [
        parsedate_to_datetime(answer.headers["Date"]),
        datetime.fromisoformat(answer.json()["data"]["created_at"]),
    ]
    assert all(abs(date - off) < timedelta(seconds=30) for date in dates)
    for name, count in (("created_after", 1), ("created_before", 0)):
        wishes = {name: (off - timedelta(seconds=60)).isoformat()}
        assert len(emulator.post(facts.PREDICTIONS_PATH, wishes)["items"]) == count
    emulator.clear_faults()
    honest = datetime.fromisoformat(emulator.look(done["id"])["created_at"])
    assert abs(honest - datetime.now(UTC)) < timedelta(seconds=30)


# The table, and when a fault strikes


def test_every_quirk_can_be_caused_or_says_why_not():
    assert list(QUIRKS) == list(range(1, 51))
    assert all(bool(quirk.variants) != bool(quirk.reason) for quirk in QUIRKS.values())
    assert all(quirk.sentence.endswith(".") for quirk in QUIRKS.values())


def test_every_quirk_has_a_named_test():
    tested = {int(name[6:8]) for name in globals() if re.match(r"test_q\d\d_", name)}
    assert tested == set(QUIRKS)


def test_the_table_can_be_asked_for(emulator):
    emulator.fault(31, times=2)
    emulator.submit()
    shown = emulator.http.get("/emulator/faults").json()["data"]
    assert [row["quirk"] for row in shown["quirks"]] == list(range(1, 51))
    assert [(fault["quirk"], fault["struck"]) for fault in shown["faults"]] == [(31, 1)]
    assert shown["struck"] == {"31": 1}


@pytest.mark.parametrize("number", [number for number, row in QUIRKS.items() if row.reason])
def test_what_no_server_can_cause_is_refused_with_the_reason(emulator, number):
    answer = emulator.http.post("/emulator/faults", json={"quirk": number})
    assert answer.status_code == 400
    assert QUIRKS[number].reason in answer.json()["message"]


@pytest.mark.parametrize(
    "wishes",
    [
        {},
        {"quirk": 51},
        {"quirk": "28"},
        {"quirk": [1]},
        {"quirk": 28, "variant": "sideways"},
        {"quirk": 28, "at": "result"},
        {"quirk": 28, "at": []},
        {"quirk": 28, "at": {}},
        {"quirk": 28, "times": 0},
        {"quirk": 28, "times": "many"},
        {"quirk": 28, "share": 1.5},
        {"quirk": 28, "seconds": -1},
        {"quirk": 28, "status": 99},
        {"quirk": 6, "status": 204},
        {"quirk": 28, "colour": "red"},
    ],
)
def test_an_impossible_fault_is_refused(emulator, wishes):
    assert emulator.http.post("/emulator/faults", json=wishes).status_code == 400


def test_a_fault_strikes_as_often_as_it_should(emulator):
    emulator.fault(31, times=2, skip=1)
    assert [emulator.submit().status_code for _ in range(5)] == [200, 429, 429, 200, 200]


def test_faults_can_be_switched_off(emulator):
    emulator.fault(31, times=9)
    emulator.fault(32, times=9)
    emulator.http.delete("/emulator/faults", params={"quirk": 31})
    assert emulator.submit().status_code == 400
    emulator.clear_faults()
    assert emulator.submit().status_code == 200


def test_faults_come_together(emulator):
    """What goes wrong with a prediction's life and what with its answer do not exclude."""
    emulator.fault(12, "prefixed")
    emulator.fault(19, "pending")
    emulator.fault(29, "502")
    assert emulator.submit().status_code == 502
    (item,) = emulator.post(facts.PREDICTIONS_PATH)["items"]
    assert item["id"].startswith("pred_")


def test_a_share_is_decided_by_the_seed_and_by_what_is_asked(emulator):
    """The same requests in another order meet the same faults."""
    prompts = [str(number) for number in range(40)]

    def struck(seed, order):
        emulator.reset(seed=1)
        emulator.fault(31, "any", share=0.3, seed=seed)
        answers = {prompt: emulator.submit(prompt=prompt) for prompt in order}
        return {
            prompt: sorted(answer.headers.items() - {("date", answer.headers["date"])})
            for prompt, answer in answers.items()
            if answer.status_code == 429 and "retry-after" not in answer.headers
        }, {prompt for prompt, answer in answers.items() if answer.status_code == 429}

    first = struck(3, prompts)
    assert struck(3, prompts[::-1]) == first
    assert struck(4, prompts) != first
    assert 4 <= len(first[1]) <= 20


def test_a_share_falls_anew_for_every_repetition(emulator):
    """A poll that was refused once is not refused for ever."""
    done = emulator.completed()
    emulator.fault(42, share=0.5, seed=2)
    assert {raw(emulator, done["id"]).status_code for _ in range(20)} == {200, 502}


ALL_VARIANTS = [
    (number, variant)
    for number, quirk in QUIRKS.items()
    for variant in quirk.variants
    # Neither ends while a test is watching.
    if (number, variant) not in {(25, "processing"), (25, "created")}
]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=st.sets(st.sampled_from(ALL_VARIANTS), max_size=12))
def test_any_faults_together_leave_the_service_whole(emulator, chosen):
    """Whatever strikes together, the service goes on, and bills what it has accepted."""
    emulator.reset(time_scale=1000)
    for number, variant in sorted(chosen):
        emulator.fault(number, variant, share=1.0)
    calls = [
        lambda: emulator.submit(prompt="a", seed=1),
        lambda: emulator.http.post(facts.PREDICTIONS_PATH, json={}),
        lambda: emulator.http.post(facts.BILLINGS_PATH, json={}),
        lambda: emulator.http.post(facts.PRICE_PATH, json={"model_id": facts.MODEL}),
    ]
    for call in calls:
        with contextlib.suppress(httpx.TransportError):
            assert call().text != "Internal Server Error"
    accepted = emulator.state()["predictions"]
    for each in accepted:
        with contextlib.suppress(httpx.TransportError):
            path = f"{facts.PREDICTIONS_PATH}/{quote(each['id'], safe='')}"
            assert emulator.http.get(path).text != "Internal Server Error"
    emulator.clear_faults()
    billed = [row["prediction"] for row in emulator.bill()["rows"]]
    assert set(billed) == {each["id"] for each in accepted}
    emulator.completed(prompt="b")
