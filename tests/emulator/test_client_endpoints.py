"""What the service's public clients ask besides submitting and polling."""

import contextlib
import hashlib
import hmac
import http.server
import json
import threading
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from hailuo_widgets import service as facts
from hailuo_widgets.emulator.account import webhook
from tests.support.emulator_server import data_uri
from tests.support.samples import picture

SMALL = picture(320, 320, kind="PNG")
LIST = facts.PREDICTIONS_PATH
LEGACY = "/api/v2"


# The older prefix


def test_the_official_comfyui_node_gets_its_clip(emulator):
    """It uploads to /api/v2, submits with its own extra field, and polls there."""
    form = {"file": ("image.png", SMALL, "image/png")}
    given = emulator.http.post(f"{LEGACY}/media/upload/binary", files=form).json()
    fields = {
        "image": given["data"]["download_url"],
        "prompt": "pan",
        "enable_base64_output": False,
    }
    submitted = emulator.http.post(f"{LEGACY}/{facts.MODEL}", json=fields).json()
    assert (given["code"], submitted["code"]) == (200, 200)
    path = f"{LEGACY}/predictions/{submitted['data']['id']}/result"
    done = emulator.until(lambda: ended(emulator.http.get(path).json()["data"]))
    assert (done["status"], done["urls"]["get"]) == ("completed", emulator.url + path)
    assert emulator.http.get(done["outputs"][0]).content.startswith(emulator.renderer.clip)
    assert emulator.renderer.calls[0]["image"] == SMALL
    assert emulator.bill()["total"] == "0.49"


def ended(data):
    return data if data["status"] not in facts.RUNNING_STATUSES else None


def test_a_newer_submission_can_be_polled_at_the_older_prefix(emulator):
    """As a node does that submits to /api/v3."""
    done = emulator.completed()
    older = emulator.http.get(f"{LEGACY}/predictions/{done['id']}").json()["data"]
    assert (older["id"], older["status"], older["outputs"]) == (
        done["id"],
        "completed",
        done["outputs"],
    )


@pytest.mark.parametrize(
    ("method", "path", "fields"),
    [
        ("GET", "/balance", None),
        ("GET", "/models", None),
        ("POST", "/model/price", {"model_id": facts.MODEL}),
        ("POST", "/model/pricing", {"model_id": facts.MODEL}),
        ("POST", "/predictions", {}),
        ("POST", "/predictions/delete", {"ids": []}),
        ("POST", "/billings/search", {}),
        ("POST", "/media/uploads", {"filename": "a.png", "size": 1}),
    ],
)
def test_both_prefixes_serve_the_same(emulator, method, path, fields):
    newer, older = (
        emulator.http.request(method, prefix + path, json=fields) for prefix in ("/api/v3", LEGACY)
    )
    assert newer.status_code == older.status_code == 200
    assert newer.json()["data"].__class__ is older.json()["data"].__class__
    if isinstance(newer.json()["data"], dict):
        assert newer.json()["data"].keys() == older.json()["data"].keys()


def test_there_is_no_third_prefix(emulator):
    assert emulator.http.get("/api/v1/balance").status_code == 404


# The catalogue


def test_the_catalogue_describes_the_model_that_is_served(emulator):
    (entry,) = emulator.http.get("/api/v3/models").json()["data"]
    assert (entry["model_id"], entry["type"], entry["base_price"]) == (
        facts.MODEL,
        "image-to-video",
        0.49,
    )
    assert entry["name"]
    assert entry["formula"]
    (schema,) = entry["api_schema"]["api_schemas"]
    assert (schema["method"], schema["api_path"]) == ("POST", facts.SUBMIT_PATH)
    request = schema["request_schema"]
    fields = {"image", "prompt", "end_image", "enable_prompt_expansion"}
    assert request["properties"].keys() == set(request["x-order-properties"]) == fields
    assert request["required"] == ["image"]
    assert request["properties"]["enable_prompt_expansion"]["default"] is True


def test_the_catalogues_price_is_the_one_that_is_charged(emulator):
    emulator.reset(price="0.28")
    emulator.completed()
    assert emulator.http.get("/api/v3/models").json()["data"][0]["base_price"] == 0.28
    assert emulator.bill()["total"] == "0.28"


# Predictions


@pytest.mark.parametrize(
    "form",
    [
        "a/b/c:{}", "+/={}==", "~{}~", "a b{}", "é\U0001f3a5{}", "%2F{}", "?x={}#y", "..", "{}" + "x" * 700,
        "a//{}", "/{}", "{}/result", "{}\\", "result",
    ],
)  # fmt: skip
def test_an_id_of_any_form_is_found_by_its_encoded_address(emulator, form):
    done = emulator.completed()
    name = form.format(done["id"])
    shown = emulator.rename(done["id"], name)
    place = f"{LIST}/{quote(name, safe='')}"
    if name != "..":  # every client makes a step upward of it
        assert shown["urls"]["get"] == f"{emulator.url}{place}/result"
        assert emulator.http.get(f"{place}/result").json()["data"]["id"] == name
        assert emulator.http.get(place).json()["data"]["id"] == name
        assert emulator.http.delete(place).json()["data"] == {"id": name, "status": "deleted"}


def test_an_unknown_id_is_not_found_in_the_services_words(emulator):
    for method, path in [("GET", "/x"), ("GET", "/x/result"), ("DELETE", "/x"), ("GET", "/a%2Fb")]:
        answer = emulator.http.request(method, LIST + path)
        assert answer.status_code == 404
        assert answer.json() == {"code": 404, "message": "Prediction not found"}


def test_one_can_be_deleted_by_its_address(emulator):
    emulator.renderer.open.clear()
    running = emulator.accepted()
    answer = emulator.http.delete(f"{LIST}/{running}")
    assert answer.json()["data"] == {"id": running, "status": "deleted"}
    emulator.renderer.open.set()
    assert emulator.look(running)["status"] == "deleted"
    assert emulator.post(LIST)["items"] == []
    assert emulator.bill()["total"] == "0.49"


def test_an_ended_prediction_says_how_long_it_took(emulator):
    emulator.renderer.open.clear()
    running = emulator.accepted()
    assert "executionTime" not in emulator.look(running)
    emulator.renderer.open.set()
    done = emulator.settled(running)
    assert done["executionTime"] == done["timings"]["inference"] >= 0


def test_the_list_can_be_got_as_well_as_posted(emulator):
    ids = [emulator.completed(prompt=each)["id"] for each in "abc"]
    got = emulator.http.get(LIST, params={"page": 2, "page_size": 2, "status": "completed"})
    posted = emulator.post(LIST, {"page": 2, "page_size": 2, "status": "completed"})
    assert got.json()["data"] == posted
    assert [item["id"] for item in posted["items"]] == [ids[0]]
    assert emulator.http.get(LIST).json()["data"]["total"] == 3
    assert emulator.http.get(LIST, params={"status": "failed"}).json()["data"]["items"] == []
    for page in ("x", "0", "1.5", "-1", "9" * 30):
        assert emulator.http.get(LIST, params={"page": page}).status_code == 400


def test_a_page_has_100_predictions_when_nobody_says(emulator):
    for number in range(103):
        emulator.accepted(prompt=str(number))
    assert len(emulator.post(LIST)["items"]) == 100
    assert len(emulator.http.get(LIST, params={"page": 2}).json()["data"]["items"]) == 3


def test_a_documented_null_is_no_filter(emulator):
    emulator.completed()
    names = ("page", "page_size", "model", "status", "created_after", "created_before")
    assert len(emulator.post(LIST, dict.fromkeys(names))["items"]) == 1
    names = ("billing_type", "prediction_uuids", "sort", "start_time", "end_time", "model_uuid")
    assert len(emulator.post(facts.BILLINGS_PATH, dict.fromkeys(names))["items"]) == 1
    price = {"model_id": facts.MODEL, "inputs": None}
    assert emulator.post(facts.PRICE_PATH, price)["price"] == 0.49


def test_a_null_field_of_a_submission_is_left_out(emulator):
    nulls = {"prompt": None, "end_image": None, "enable_prompt_expansion": None}
    emulator.completed(**nulls, webhook_url=None)
    assert emulator.renderer.calls[0]["prompt"] == ""


# The bill


def orders(emulator, **wishes):
    items = emulator.post(facts.BILLINGS_PATH, wishes)["items"]
    return [(row["billing_type"], row["order"]["state"]) for row in items]


def test_an_order_is_open_until_its_prediction_ends(emulator):
    emulator.renderer.open.clear()
    running = emulator.accepted()
    (row,) = emulator.post(facts.BILLINGS_PATH)["items"]
    assert row["order"]["state"] == "pre"
    assert row["prediction"]["status"] in {"created", "processing"}
    emulator.renderer.open.set()
    emulator.settled(running)
    (row,) = emulator.post(facts.BILLINGS_PATH)["items"]
    assert (row["order"]["state"], row["prediction"]["status"]) == ("done", "completed")
    assert row["updated_at"] >= row["created_at"]


def test_a_failures_orders_are_both_done(emulator):
    emulator.fault(15)
    emulator.settled(emulator.accepted())
    emulator.until(lambda: len(emulator.bill()["rows"]) == 2)
    assert orders(emulator) == [("refund", "done"), ("deduct", "done")]


def test_the_bill_can_be_sorted(emulator):
    ids = [emulator.completed(prompt=each)["id"] for each in "abc"]

    def found(**wishes):
        rows = emulator.post(facts.BILLINGS_PATH, wishes)["items"]
        return [row["prediction"]["uuid"] for row in rows]

    assert found(sort="created_at ASC") == found(sort="created_at asc") == ids
    assert found(sort="created_at DESC") == found(sort=None) == found() == ids[::-1]
    assert found(sort="created_at ASC", page=2, page_size=2) == [ids[2]]
    for sort in ("price ASC", "created_at", "created_at ASC; DROP", 5, ""):
        answer = emulator.http.post(facts.BILLINGS_PATH, json={"sort": sort})
        assert answer.status_code == 400


def test_the_bills_times_are_dates_or_milliseconds(emulator):
    emulator.completed(prompt="old")
    emulator.advance(7200)
    young = emulator.completed(prompt="young")["id"]
    between = datetime.now(UTC) + timedelta(hours=1)
    for time in (
        str(round(between.timestamp() * 1000)),
        between.isoformat(),
        between.strftime("%Y-%m-%dT%H:%M:%SZ"),
        between.strftime("%Y-%m-%dT%H:%M:%S.123456789Z"),
    ):
        rows = emulator.post(facts.BILLINGS_PATH, {"start_time": time})["items"]
        assert [row["prediction"]["uuid"] for row in rows] == [young]
        assert len(emulator.post(facts.BILLINGS_PATH, {"end_time": time})["items"]) == 1
        assert len(emulator.post(LIST, {"created_after": time})["items"]) == 1


@pytest.mark.parametrize(
    "time", ["then", "", "2026-13-01", "9" * 400, "٣", -1, 1.5, True, [], {}, "-5"]
)
def test_no_other_time_is_taken(emulator, time):
    for path, name in [(facts.BILLINGS_PATH, "start_time"), (LIST, "created_before")]:
        assert emulator.http.post(path, json={name: time}).status_code == 400


def test_the_bill_can_be_narrowed_to_a_model_and_a_key(emulator):
    emulator.completed()
    (row,) = emulator.post(facts.BILLINGS_PATH)["items"]

    def found(**wishes):
        return len(emulator.post(facts.BILLINGS_PATH, wishes)["items"])

    assert found(model_uuid=facts.MODEL) == found(access_key_uuid=row["access_key_uuid"]) == 1
    assert found(model_uuid="other/model") == found(access_key_uuid="another") == 0
    assert emulator.key not in json.dumps(row)


def test_usage_is_summed_by_model_by_day_and_in_all(emulator):
    emulator.completed(prompt="a")
    emulator.fault(15)
    emulator.settled(emulator.accepted(prompt="fails"))
    emulator.until(lambda: len(emulator.bill()["rows"]) == 3)
    emulator.advance(86400)
    emulator.completed(prompt="b")
    wishes = {"start_time": "2020-01-01T00:00:00Z", "end_time": "2120-01-01T00:00:00Z"}
    used = emulator.post("/api/v3/user/usage_stats", wishes)
    (model,) = used["per_model_usage"]
    assert (model["model_uuid"], model["total_cost"], model["total_count"]) == (
        facts.MODEL,
        0.98,
        3,
    )
    assert model["unit_price"] == 0.49
    assert [(day["amount"], day["count"]) for day in used["daily_usage"]] == [(0.49, 2), (0.49, 1)]
    assert model["last_used_date"] == used["daily_usage"][-1]["date"]
    assert used["summary"] == {"total_cost": 0.98, "total_count": 3}
    other = emulator.post("/api/v3/user/usage_stats", {**wishes, "model_uuid": "other"})
    assert (other["per_model_usage"], other["daily_usage"]) == ([], [])
    for half in wishes.items():
        answer = emulator.http.post("/api/v3/user/usage_stats", json=dict([half]))
        assert answer.status_code == 400


# Calls at the end


@pytest.fixture
def listener():
    """A server on loopback that keeps what is posted to it, and answers with its ``statuses``."""
    calls, statuses = [], []
    came = threading.Condition()

    class Taking(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = statuses.pop(0) if statuses else 200
            with came:
                calls.append((self.path, dict(self.headers), body, status))
                came.notify_all()
            self.send_response(status)
            self.send_header("Location", "/moved")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()

    class Listener:
        url = f"http://127.0.0.1:{server.server_port}/done?a=b%20c"
        port = server.server_port

        @staticmethod
        def wait(count):
            with came:
                assert came.wait_for(lambda: len(calls) >= count, 20)
            return calls

    Listener.statuses = statuses
    yield Listener
    server.shutdown()
    thread.join()
    server.server_close()


def is_signed(headers, body, secret):
    """As the service's documentation verifies it."""
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = secret.removeprefix("whsec_").encode()
    return (
        headers["webhook-signature"] == f"v3,{hmac.new(key, content, hashlib.sha256).hexdigest()}"
    )


@pytest.mark.parametrize("way", ["query", "body", "both"])
def test_whoever_wants_it_is_called_at_the_end_once_and_signed(emulator, listener, way):
    params = {"webhook": listener.url} if way != "body" else {}
    fields = {"image": data_uri(SMALL)}
    if way != "query":
        fields["webhook_url"] = listener.url
    answer = emulator.http.post(facts.SUBMIT_PATH, params=params, json=fields)
    done = emulator.settled(answer.json()["data"]["id"])
    ((path, headers, body, _),) = listener.wait(1)
    assert path == "/done?a=b%20c"
    assert headers["Content-Type"] == "application/json"
    secret = emulator.http.get("/api/v3/webhook/secret").json()["data"]["secret"]
    assert secret.startswith("whsec_")
    assert is_signed(headers, body, secret)
    assert not is_signed(headers, body + b" ", secret)
    said = json.loads(body)
    assert {**said, "created_at": done["created_at"]} == done
    assert emulator.key.encode() not in body


def test_a_failure_is_called_too(emulator, listener):
    emulator.fault(15)
    emulator.accepted(webhook_url=listener.url)
    ((_, _, body, _),) = listener.wait(1)
    assert json.loads(body)["status"] == "failed"


def test_a_call_that_is_not_taken_is_made_again_with_the_same_id(emulator, listener):
    """A redirect is not followed; the fourth try is the last one."""
    emulator.reset(time_scale=1000)
    listener.statuses += [500, 302, 404, 503]
    emulator.accepted(webhook_url=listener.url)
    calls = listener.wait(4)
    emulator.completed()
    assert [status for *_, status in calls] == [500, 302, 404, 503]
    assert {path for path, *_ in calls} == {"/done?a=b%20c"}
    assert len({headers["webhook-id"] for _, headers, *_ in calls}) == 1


def test_strict_keys_leave_the_address_alone(emulator, listener):
    emulator.reset(strict_keys=True)
    emulator.completed(webhook_url=listener.url)
    assert len(listener.wait(1)) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.test/", "http://10.0.0.1/", "http://127.0.0.1.evil.test/", "https://127.0.0.1/",
        "http://user@127.0.0.1/", "http://127.0.0.1@evil.test/", "file:///etc/passwd", "ftp://127.0.0.1/",
        "http://127.0.0.1:99999/", "http://[::1", "http://127.0.0.1/\r\nX: y", "http://127.0.0.1/é", "//127.0.0.1/",
        "http://0.0.0.0/", "http://169.254.169.254/", "http://127.0.0.1/" + "x" * 3000, "", None, 5, ["http://127.0.0.1/"],
    ],
)  # fmt: skip
def test_nobody_off_this_machine_is_ever_called(url):
    assert webhook.target(url) == ""


@pytest.mark.parametrize("url", ["http://127.0.0.1:5/", "http://localhost/a?b", "http://[::1]:8/x"])
def test_loopback_may_be_called(url):
    assert webhook.target(url) == url


def test_a_foreign_address_changes_nothing_else(emulator):
    done = emulator.completed(webhook_url="http://evil.test/", prompt="push in")
    assert done["outputs"]


def test_a_call_that_was_owed_comes_after_a_restart(tmp_path, listener):
    from tests.support.emulator_server import QuickRenderer, RunningEmulator

    with contextlib.closing(RunningEmulator(tmp_path, QuickRenderer(b"clip"))) as before:
        before.renderer.open.clear()
        before.accepted(webhook_url=listener.url)
        before.until(lambda: before.renderer.calls)
    with contextlib.closing(RunningEmulator(tmp_path, QuickRenderer(b"clip"))):
        ((_, _, body, _),) = listener.wait(1)
    before.renderer.open.set()
    assert json.loads(body)["status"] == "completed"


# Uploads


def test_a_ticket_may_be_for_200_mib(emulator):
    def status(size):
        wishes = {"filename": "a.mp4", "size": size}
        return emulator.http.post(facts.UPLOAD_TICKET_PATH, json=wishes).status_code

    assert (status(200 * 1024 * 1024), status(200 * 1024 * 1024 + 1)) == (200, 413)


@pytest.mark.parametrize(
    "name", ["..", ".", "a/..", "\\..", "/", "x" * 4000 + ".png", "a\0b", "\ud800"]
)
def test_a_file_of_any_name_can_be_got_back(emulator, name):
    body = json.dumps({"filename": name, "size": 4}).encode()
    ticket = emulator.http.post(facts.UPLOAD_TICKET_PATH, content=body).json()["data"]
    order = ticket["upload"]
    with emulator.client(**order["headers"]) as storage:
        assert storage.put(order["url"], content=b"data").status_code == 200
        assert storage.get(ticket["download_url"]).content == b"data"
    assert len(ticket["filename"]) <= 255
