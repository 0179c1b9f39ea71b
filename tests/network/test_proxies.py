"""The way to the service: proxies, certificates, and what is told when one of them is in the way."""

import asyncio
import os
import re
import socket

import pytest

from hailuo_widgets import service
from hailuo_widgets.errors import FrameError, NotSentError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.jobs.runner import error_messages
from hailuo_widgets.jobs.runner.job import JobState
from hailuo_widgets.jobs.services.connect import connect
from hailuo_widgets.jobs.wavespeed.api_key import ApiKey
from hailuo_widgets.jobs.wavespeed.client import Client, Transient
from hailuo_widgets.jobs.wavespeed.http import HttpClients
from hailuo_widgets.jobs.wavespeed.submit import NotSent, Refused, Unknown, classify
from tests.support.fast_clock import PATIENCE, deductions, generate
from tests.support.proxies import SERVICE, Gateway, HttpProxy, SocksProxy, authority
from tests.support.samples import gradient, picture

BASE = f"https://{SERVICE}"
LOGIN = "jane:p@ss/w#rd"
BODY = b'{"prompt": "no image: refused by the service, if it comes there"}'


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch):
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("SSL_CERT_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """The authority that has signed the service's certificate, and the file that names it."""
    return authority(tmp_path_factory.mktemp("company"))


@pytest.fixture
def gateway(emulator, company):
    certificate = company[0].issue_cert(SERVICE)
    with Gateway(int(emulator.url.rpartition(":")[2]), certificate) as running:
        yield running


@pytest.fixture
def trusted(company, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(company[1]))


def asked(work, key="k" * 20, base=BASE):
    """Ask the service something with clients of its own."""

    async def run():
        http_clients = HttpClients()
        client = Client(
            http_clients.asking,
            base,
            ApiKey(key),
            submitting=http_clients.submitting,
            polling=http_clients.polling,
        )
        try:
            return await work(client)
        finally:
            await http_clients.close()

    return asyncio.run(run())


def submitted(key="k" * 20, base=BASE):
    """Send something that the service refuses; what came of it."""
    return classify(
        asked(
            lambda client: client.post_once(
                service.SUBMIT_PATH, iter([BODY]), size=len(BODY), seconds=10
            ),
            key,
            base,
        )
    )


def told(result):
    """The sentence that a person reads of a submission that was not sent."""
    assert isinstance(result, NotSent), result
    error = error_messages.of_submission(result, paid=True)
    assert isinstance(error, NotSentError)
    assert "Nothing was sent and nothing was billed." in str(error)
    return str(error)


# Ways that work


PROXIES = {
    "http": lambda port, ca: HttpProxy(port),
    "http with a login": lambda port, ca: HttpProxy(port, login=LOGIN),
    "https": lambda port, ca: HttpProxy(port, certificate=ca.issue_cert("127.0.0.1")),
    "socks5": lambda port, ca: SocksProxy(port),
    "socks5h": lambda port, ca: SocksProxy(port, login=LOGIN),
    "socks": lambda port, ca: SocksProxy(port),
    "without a scheme": lambda port, ca: HttpProxy(port),
}


@pytest.mark.parametrize("kind", PROXIES)
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "all_proxy"])
def test_the_service_is_asked_through_a_proxy(kind, variable, emulator, gateway, company, trusted, monkeypatch):  # fmt: skip
    with PROXIES[kind](gateway.port, company[0]) as proxy:
        login = f"{LOGIN}@" if kind in {"http with a login", "socks5h"} else ""
        scheme = "" if kind == "without a scheme" else f"{kind.partition(' ')[0]}://"
        monkeypatch.setenv(variable, f"{scheme}{login}127.0.0.1:{proxy.port}")

        async def both(client):
            return await client.get(service.BALANCE_PATH), await client.post_once(
                service.SUBMIT_PATH, iter([BODY]), size=len(BODY), seconds=10
            )

        balance, answer = asked(both, emulator.key)
        assert balance["balance"] > 0
        assert isinstance(classify(answer), Refused)
        assert SERVICE.encode() in b"".join(proxy.seen)
        assert emulator.key.encode() not in b"".join(proxy.seen)


@pytest.mark.parametrize("kind", ["http with a login", "socks5"])
def test_a_paid_clip_comes_home_through_a_proxy(kind, emulator, gateway, company, trusted, tmp_path, monkeypatch):  # fmt: skip
    with PROXIES[kind](gateway.port, company[0]) as proxy:
        login = f"{LOGIN}@" if kind == "http with a login" else ""
        monkeypatch.setenv(
            "https_proxy", f"{kind.partition(' ')[0]}://{login}127.0.0.1:{proxy.port}"
        )
        connect("wavespeed", budget=5, api_key=emulator.key, base_url=BASE, library=tmp_path / "l")
        clip = generate(gradient(), "[Push in]").wait(PATIENCE)
        assert clip.frame_count == 16
        assert len(deductions(emulator)) == 1
        assert proxy.connections > 0


def test_a_picture_comes_through_a_proxy(emulator, monkeypatch):
    """A plain http proxy is asked for the whole address."""
    uploaded = emulator.http.post(
        service.UPLOAD_BINARY_PATH, files={"file": ("a.jpg", picture(), "image/jpeg")}
    ).json()["data"]["download_url"]
    path = re.sub(r"^https?://[^/]*", "", uploaded)
    with HttpProxy(int(emulator.url.rpartition(":")[2])) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        head = b"GET http://pictures.test"
        frame = None
        try:
            frame = Frame(f"http://pictures.test{path}")
        finally:
            assert proxy.seen[0].startswith(head)
        assert frame.data


@pytest.mark.parametrize("entries", [SERVICE, ".test", "10.0.0.0/8, service.test:443", "[::1] *"])
def test_what_no_proxy_names_goes_straight(entries, trusted, monkeypatch):
    """There is no such name: that it was looked up shows that no proxy was asked."""
    with HttpProxy(9) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", entries)
        assert "the name service.test is not known (DNS)" in told(submitted())
        assert proxy.connections == 0


@pytest.mark.parametrize("how", ["file", "folder"])
def test_a_company_s_authority_is_trusted_where_it_is_named(how, company, emulator, monkeypatch):
    certificate = company[0].issue_cert("localhost")
    with Gateway(int(emulator.url.rpartition(":")[2]), certificate) as gateway:
        path = company[1] if how == "file" else company[1].parent
        monkeypatch.setenv("SSL_CERT_FILE" if how == "file" else "SSL_CERT_DIR", str(path))
        base = f"https://localhost:{gateway.port}"
        assert isinstance(submitted(emulator.key, base), Refused)


# What is in the way: nothing is sent


REFUSALS = {
    "407 Proxy Authentication Required": "Put user and password into HTTPS_PROXY",
    "403 Forbidden": "Ask those who run the proxy to allow service.test",
    "502 Bad Gateway": "The proxy does not get there now",
    "503 Service Unavailable": "The proxy does not get there now",
    "302 Found": "Ask those who run the proxy",
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_proxy_that_refuses_is_named_with_its_reason_and_a_remedy(refusal, monkeypatch):
    with HttpProxy(9, refusal=refusal) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://jane:secret@127.0.0.1:{proxy.port}")
        said = told(submitted())
        assert f"the proxy 127.0.0.1:{proxy.port} (HTTPS_PROXY) refused" in said
        assert refusal in said
        assert REFUSALS[refusal] in said
        assert "NO_PROXY" in said
        assert "secret" not in said
        assert BODY not in b"".join(proxy.seen)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: HttpProxy(9, refusal="hang up"), "hung up before there was a connection"),
        (lambda: HttpProxy(9, login=LOGIN), "407"),
        (lambda: SocksProxy(9, reply=2), "Connection not allowed by ruleset"),
        (lambda: SocksProxy(9, reply=5), "Connection refused"),
        (lambda: SocksProxy(9, login=LOGIN), "Put user and password into all_proxy"),
        (lambda: SocksProxy(9, garbage=b"\x04\x5b"), "hung up before there was a connection"),
        (lambda: SocksProxy(9, garbage=b"HTTP/1.1 400 Bad\r\n\r\n"), "the proxy 127.0.0.1"),
    ],
)
def test_whatever_a_proxy_does_before_the_connection_nothing_is_sent(make, said, monkeypatch):
    with make() as proxy:
        scheme = "http" if isinstance(proxy, HttpProxy) else "socks5"
        monkeypatch.setenv("all_proxy", f"{scheme}://127.0.0.1:{proxy.port}")
        assert said in told(submitted())


def test_a_proxy_that_is_not_there_is_named(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"127.0.0.1:{port}")
    said = told(submitted())
    assert f"the proxy 127.0.0.1:{port} (HTTPS_PROXY) refuses the connection" in said
    assert "Check HTTPS_PROXY" in said


def test_a_certificate_that_is_not_trusted_is_the_reason_and_ssl_cert_file_the_remedy(gateway, monkeypatch):  # fmt: skip
    with HttpProxy(gateway.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        said = told(submitted())
        assert "the certificate of service.test that came through the proxy" in said
        assert "is not trusted: " in said
        assert "SSL_CERT_FILE" in said
        with pytest.raises(Transient, match="is not trusted"):
            asked(lambda client: client.get(service.BALANCE_PATH))
        with pytest.raises(FrameError, match=r"is not trusted.*SSL_CERT_FILE"):
            Frame(f"{BASE}/a.jpg")


def test_another_s_certificate_is_told_as_that(company, trusted, emulator):
    certificate = company[0].issue_cert("other.test")
    with Gateway(int(emulator.url.rpartition(":")[2]), certificate) as gateway:
        said = told(submitted(base=f"https://localhost:{gateway.port}"))
        assert "Something on the way answers in place of localhost" in said


def test_a_handshake_that_breaks_off_has_sent_nothing(company, trusted, monkeypatch):
    with Gateway(9, company[0].issue_cert(SERVICE), cut="handshake") as gateway:
        told(submitted(base=f"https://localhost:{gateway.port}"))
        with HttpProxy(gateway.port) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
            told(submitted())


def test_what_speaks_no_tls_has_been_sent_nothing():
    with SocksProxy(9, garbage=b"HTTP/1.1 400 Bad Request\r\n\r\n") as server:
        assert "speaks no TLS" in told(submitted(base=f"https://localhost:{server.port}"))


def test_a_connection_cut_behind_the_proxy_after_a_byte_has_left_is_unknown(company, trusted, monkeypatch):  # fmt: skip
    with Gateway(9, company[0].issue_cert(SERVICE), cut="request") as gateway:
        with HttpProxy(gateway.port) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
            assert isinstance(submitted(), Unknown)
        assert b"POST" in gateway.seen[0]


def test_nothing_is_held_when_a_proxy_refuses(emulator, tmp_path, monkeypatch):
    """M6: each press once held $0.49 and was looked for through the same proxy."""
    with HttpProxy(9, refusal="407 Proxy Authentication Required") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        made = connect("wavespeed", budget=1, api_key="k", base_url=BASE, library=tmp_path / "l")
        for _ in range(3):
            job = generate(gradient(), "[Push in]")
            with pytest.raises(NotSentError, match="user and password into HTTPS_PROXY"):
                job.wait(PATIENCE)
            assert job.state is JobState.INTENT
        assert made.budget.spent == 0
        assert deductions(emulator) == []


# Settings that cannot be used


BAD = {
    ("ALL_PROXY", "htp://jane:secret@proxy.test:1"): "htp:// is no kind of proxy",
    ("HTTPS_PROXY", "socks4://jane:secret@proxy.test:1"): "socks4:// is no kind of proxy",
    ("https_proxy", "http://jane:secret@proxy.test:eighty"): "it is no host:port",
    ("HTTPS_PROXY", "http://jane:secret@:8080"): "it is no host:port",
    ("HTTPS_PROXY", "http://jane:secret@pro xy.test"): "it is no host:port",
    ("HTTPS_PROXY", "http://proxy.test:99999"): "it is no host:port",
    ("SSL_CERT_FILE", "/no/such/gone.pem"): "there is no such file",
    ("SSL_CERT_FILE", "/"): "it is a folder",
    ("SSL_CERT_FILE", __file__): "it holds no certificates in PEM form",
    ("SSL_CERT_DIR", "/no/such/folder"): "there is no such folder",
}


@pytest.mark.parametrize("setting", BAD, ids="=".join)
def test_a_setting_that_cannot_be_used_is_one_sentence(setting, monkeypatch):
    variable, value = setting
    monkeypatch.setenv(variable, value)
    said = told(submitted())
    assert f"{variable}=" in said
    assert BAD[setting] in said
    assert "secret" not in said
    assert "os.environ" in said
    with pytest.raises(FrameError, match=f"{variable}=.* cannot be used"):
        Frame(f"{BASE}/a.jpg")


@pytest.mark.parametrize(
    "setting", [*BAD, ("NO_PROXY", "localhost,fd00::/8,[::1]"), ("ALL_PROXY", "socks://127.0.0.1:9/")], ids="=".join
)  # fmt: skip
def test_loopback_meets_no_setting(setting, emulator, monkeypatch):
    """So a free draft comes under any of them."""
    monkeypatch.setenv(*setting)
    assert asked(lambda client: client.get(service.BALANCE_PATH), emulator.key, emulator.url)
    assert isinstance(submitted(emulator.key, emulator.url), Refused)


@pytest.mark.parametrize("host", ["localhost", "hub.localhost", "127.0.0.1", "127.1", "0.0.0.0"])
def test_the_key_never_goes_to_a_proxy_in_clear(host, emulator, monkeypatch):
    """K1: loopback in all its spellings is never proxied."""
    with HttpProxy(9) as proxy:
        for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        base = f"http://{host}:{emulator.url.rpartition(':')[2]}"
        answer = asked(lambda client: client.post_once("/", iter([b"{}"]), size=2, seconds=9), base=base)  # fmt: skip
        assert answer.status >= 400
        assert proxy.connections == 0


def test_a_setting_mended_in_the_notebook_counts_at_the_next_question(emulator, gateway, trusted, monkeypatch):  # fmt: skip
    async def twice(client):
        with pytest.raises(Transient, match=r"HTTPS_PROXY=.* cannot be used"):
            await client.get(service.BALANCE_PATH)
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        return await client.get(service.BALANCE_PATH)

    with HttpProxy(gateway.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", "nonsense://x")
        assert asked(twice, emulator.key)["balance"] > 0
