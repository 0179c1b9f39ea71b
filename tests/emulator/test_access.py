"""Who may ask the emulator, and as what it serves what it was given."""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from hailuo_widgets import service as facts
from hailuo_widgets.emulator.http import doors, file_kinds, server
from tests.support.emulator_server import PATIENCE_SECONDS, data_uri
from tests.support.samples import clip, picture

pytestmark = pytest.mark.slow

SMALL = picture(320, 320, kind="PNG")


@pytest.fixture(scope="module")
def plain():
    """A client with no key."""
    with httpx.Client(trust_env=False, timeout=60) as client:
        yield client


def told(emulator, method="GET", path=facts.BALANCE_PATH, **headers):
    """The status of a request with the key and with these headers."""
    return emulator.http.request(method, path, headers=headers).status_code


# By which name


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.0.0.1:80", "127.8.9.10:1", "localhost", "LOCALHOST:8888", "localhost.",
        "drafts.localhost:5", "[::1]", "[::1]:80", "[::ffff:127.0.0.1]:80",
    ],
)  # fmt: skip
def test_it_answers_to_every_loopback_name(emulator, host):
    assert told(emulator, Host=host) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.test", "evil.test:8000", "127.0.0.1.evil.test", "localhost.evil.test", "localhost@evil.test",
        "127.0.0.1@evil.test:80", "evillocalhost", "10.0.0.1", "0.0.0.0", "[::]", "[fe80::1]:80",
        "192.168.1.7:80", "169.254.169.254", "127.0.0.1:80:80", "[::1", "::1", "1.0.0.127",
    ],
)  # fmt: skip
def test_it_answers_to_no_other_name(emulator, host):
    """A page whose name is made to point to this machine sends its own name."""
    for path in (facts.BALANCE_PATH, "/emulator/state", "/nothing", "/output/a"):
        assert told(emulator, path=path, Host=host) == 403


@pytest.mark.parametrize("method", ["OPTIONS", "HEAD", "POST", "PUT", "DELETE"])
def test_no_method_comes_in_by_another_name(emulator, method):
    assert told(emulator, method, Host="evil.test") == 403


def test_a_name_can_be_allowed():
    own = doors.Doors("k", "k", ["Gateway.test"])
    own.check_caller(httpx_headers(host="gateway.test:8000"))
    with pytest.raises(Exception, match="loopback"):
        own.check_caller(httpx_headers(host="other.test"))


def httpx_headers(**values):
    from starlette.datastructures import Headers

    return Headers(values)


# From which page


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.test", "https://evil.test:8443", "null", "file://", "http://localhost:8888",
        "http://127.0.0.1:1", "https://127.0.0.1", "vscode-webview://x", "http://[::1", "",
    ],
)  # fmt: skip
def test_no_page_may_ask(emulator, origin):
    for path in (facts.BALANCE_PATH, "/emulator/state"):
        assert told(emulator, path=path, Origin=origin) == 403


def test_its_own_page_would_be_let_in(emulator):
    assert told(emulator, Origin=emulator.url) == 200


@pytest.mark.parametrize("path", [facts.SUBMIT_PATH, "/emulator/reset", "/api/v2/balance"])
def test_a_preflight_allows_nobody_and_tells_the_methods(emulator, plain, path):
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "a"}
    answer = plain.options(emulator.url + path, headers=asked)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "OPTIONS" in answer.headers["Allow"]
    assert not [name for name in answer.headers if name.startswith("access-control")]
    foreign = plain.options(emulator.url + path, headers={**asked, "Origin": "http://evil.test"})
    assert foreign.status_code == 403


def test_methods_are_told_where_one_is_not_served(emulator):
    answer = emulator.http.put(facts.PREDICTIONS_PATH)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


def test_a_head_is_a_get_without_its_body(emulator):
    done = emulator.completed()
    for path in (facts.BALANCE_PATH, f"{facts.PREDICTIONS_PATH}/{done['id']}/result"):
        whole, head = emulator.http.get(path), emulator.http.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(whole.content))


# With which key


class ByHand:
    """The emulator as a person starts it in a terminal."""

    def __init__(self, *arguments):
        environment = {**os.environ, "HAILUO_EMULATOR_KEY": ""}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hailuo_widgets.emulator", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.url = self.process.stdout.readline().strip()
        self.http = httpx.Client(base_url=self.url, trust_env=False)

    def ask(self, method, path, key=None, **more):
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return self.http.request(method, path, headers=headers, **more)


@pytest.fixture
def by_hand():
    """Start one with arguments."""
    with contextlib.ExitStack() as stack:

        def start(*arguments):
            started = ByHand(*arguments)
            stack.callback(started.process.communicate, timeout=PATIENCE_SECONDS)
            stack.callback(started.process.kill)
            stack.callback(started.http.close)
            return started

        yield start


OWN = [
    ("GET", "state"), ("GET", "bill"), ("GET", "faults"), ("DELETE", "faults"), ("POST", "reset"),
    ("POST", "clock"), ("POST", "pictures"), ("POST", "outlook"), ("POST", "preview"), ("POST", "look"),
]  # fmt: skip


def test_started_without_a_key_its_own_door_wants_the_one_it_says(by_hand):
    """The service takes any key; what lies under /emulator only the key in the terminal."""
    running = by_hand()
    said = running.process.stderr.readline()
    key = said.rpartition(" ")[2].strip()
    assert len(key) > 20
    assert running.ask("GET", facts.BALANCE_PATH, "anything").status_code == 200
    for method, name in OWN:
        for wrong in (None, "anything", "emulator", key[:-1]):
            assert running.ask(method, f"/emulator/{name}", wrong).status_code == 401
    assert running.ask("GET", "/emulator/state", key).status_code == 200


def test_started_with_a_key_that_one_opens_both(by_hand):
    running = by_hand("--key", "the-key-of-the-terminal", "--allow-host", "gateway.test")
    for path in (facts.BALANCE_PATH, "/emulator/bill"):
        assert running.ask("GET", path, "the-key-of-the-terminal").status_code == 200
        assert running.ask("GET", path, "anything").status_code == 401
    named = {"Host": "gateway.test:80", "Authorization": "Bearer the-key-of-the-terminal"}
    assert running.http.get(facts.BALANCE_PATH, headers=named).status_code == 200


# What it was given


PAGE = b"<!doctype html><script>alert(document.domain)</script>"
DRAWING = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


@pytest.mark.parametrize("name", ["a.html", "a.png", "a.svg", "noname"])
@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "image/png"])
def test_a_page_that_was_uploaded_is_a_download(emulator, plain, name, kind):
    for content in (PAGE, DRAWING, b"\xef\xbb\xbf" + PAGE, b"GIF8" + PAGE, b"%PDF-1.7"):
        files = {"file": (name, content, kind)}
        given = emulator.http.post(facts.UPLOAD_BINARY_PATH, files=files).json()["data"]
        served = plain.get(given["download_url"])
        assert served.content == content
        assert served.headers["content-type"] == "application/octet-stream"
        assert served.headers["content-disposition"].startswith("attachment")
        assert served.headers["x-content-type-options"] == "nosniff"
        assert served.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (SMALL, "image/png"),
        (picture(), "image/jpeg"),
        (picture(kind="GIF"), "image/gif"),
        (picture(kind="WEBP"), "image/webp"),
        (picture(kind="BMP"), "image/bmp"),
        (picture(kind="TIFF"), "image/tiff"),
        (clip(frames=2), "video/mp4"),
        (b"RIFF\0\0\0\0WAVE", "audio/wav"),
        (b"\x1aE\xdf\xa3webm", "video/webm"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_was_uploaded_is_served_as_what_it_is(emulator, plain, content, kind):
    """By its bytes, whatever its name says."""
    wishes = {"filename": "a.html", "size": len(content), "content_type": "text/html"}
    ticket = emulator.post(facts.UPLOAD_TICKET_PATH, wishes)
    order = ticket["upload"]
    assert plain.put(order["url"], content=content, headers=order["headers"]).status_code == 200
    served = plain.get(ticket["download_url"])
    assert (served.headers["content-type"], served.content) == (kind, content)
    assert served.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in served.headers["content-security-policy"]


def test_nothing_shows_a_kind_that_a_browser_would_run():
    shown = {
        file_kinds.kind(start)
        for start in (PAGE, DRAWING, b"", b"BM", b"RIFF", b"\0\0\0\x20ftypzzzz")
    }
    assert shown == {file_kinds.UNKNOWN, "video/mp4"}


def test_text_from_outside_is_never_in_a_page(emulator, plain):
    """Errors say what was sent only inside JSON, which no browser sniffs."""
    script = "<script>alert(1)</script>"
    answers = [
        emulator.http.get(f"/{script}"),
        emulator.http.post(f"/emulator/faults?x={script}", json={"quirk": script}),
        emulator.http.post("/emulator/reset", json={"settings": {script: script}}),
        emulator.http.delete("/emulator/faults", params={"quirk": script}),
        emulator.http.post(facts.SUBMIT_PATH, json={"image": script}),
        plain.get(f"{emulator.url}/media/{script}/{script}"),
        plain.get(emulator.url, headers={"Host": "evil.test"}),
    ]
    for answer in answers:
        assert answer.status_code >= 400
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"


# How much and how long


def test_a_large_upload_goes_to_the_disk_and_is_not_held(by_hand, plain):
    """200 MiB, by a ticket and as a form; the process never grows by half of one."""
    running = by_hand()
    size = 200 * 1024 * 1024

    def grown():
        status = Path(f"/proc/{running.process.pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024

    def zeros():
        for _ in range(200):
            yield bytes(1024 * 1024)

    before = grown()
    wishes = {"filename": "a.bin", "size": size}
    ticket = running.ask("POST", facts.UPLOAD_TICKET_PATH, "k", json=wishes).json()["data"]
    order = ticket["upload"]
    stored = plain.put(order["url"], content=zeros(), headers=order["headers"])
    assert stored.status_code == 200, stored.text
    head = plain.head(ticket["download_url"])
    assert head.headers["content-length"] == str(size)
    used = running.ask("POST", facts.SUBMIT_PATH, "k", json={"image": ticket["download_url"]})
    failed = ended(running, used.json()["data"]["id"])
    assert (failed["status"], failed["code"]) == ("failed", 1402)
    assert grown() - before < 100 * 1024 * 1024


def ended(running, prediction):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        path = f"{facts.PREDICTIONS_PATH}/{prediction}"
        data = running.ask("GET", path, "k").json()["data"]
        if data["status"] not in facts.RUNNING_STATUSES:
            return data
        assert time.monotonic() < deadline, data


@pytest.mark.parametrize("start", [b"", b"G", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "])
def test_a_head_that_does_not_come_ends_its_connection(emulator, hasty, start):
    """Slow loris: neither silence nor a trickle holds a connection."""
    with socket.create_connection(hasty) as connection:
        connection.settimeout(PATIENCE_SECONDS)
        connection.sendall(start)
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(1) == b""


def test_a_connection_in_use_is_kept(hasty):
    connection = http.client.HTTPConnection(*hasty, timeout=PATIENCE_SECONDS)
    began = time.monotonic()
    while time.monotonic() - began < 4 * QUIET:
        connection.request("GET", "/")
        assert connection.getresponse().read()
    connection.close()


QUIET = 0.3


@pytest.fixture
def hasty(emulator, tmp_path):
    """An emulator that waits a fraction of a second for a head; gives its address."""
    import threading

    from hailuo_widgets.emulator import app
    from hailuo_widgets.emulator.account.database import State
    from tests.support.emulator_server import QuickLooker

    state = State(tmp_path)
    listener = server.listen(0)
    created = app.create(state, emulator.renderer, QuickLooker(), key="k")
    serving = server.serve(created, quiet_seconds=QUIET)
    thread = threading.Thread(target=serving.run, args=([listener],))
    thread.start()
    yield listener.getsockname()
    serving.stop()
    thread.join(PATIENCE_SECONDS)
    state.close()


def test_a_refused_stranger_may_send_on_and_is_heard_no_more(emulator):
    """The 401 comes although the body does not end."""
    with socket.create_connection(("127.0.0.1", httpx.URL(emulator.url).port)) as connection:
        connection.settimeout(PATIENCE_SECONDS)
        head = f"POST {facts.SUBMIT_PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000000\r\n\r\n"
        connection.sendall(head.encode() + bytes(100_000))
        assert connection.recv(100).startswith(b"HTTP/1.1 401 ")


def test_the_key_is_not_needed_where_whoever_knows_the_address_may(emulator, plain):
    done = emulator.completed(image=data_uri(SMALL))
    assert plain.get(done["outputs"][0]).status_code == 200
