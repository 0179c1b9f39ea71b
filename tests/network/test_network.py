"""What this machine is, what NO_PROXY leaves out, and what people copy as an address."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hailuo_widgets.errors import InputError
from hailuo_widgets.jobs.services.connect import connect
from hailuo_widgets.network.address import web_address
from hailuo_widgets.network.loopback import is_loopback
from hailuo_widgets.network.proxies import is_left_out
from hailuo_widgets.network.setting import without_login

HERE = [
    "localhost", "LOCALHOST", "localhost.", "hub.localhost", "127.0.0.1", "127.255.3.4", "127.1",
    "0x7f000001", "2130706433", "0.0.0.0", "::1", "[::1]", "0:0:0:0:0:0:0:1", "::", "::ffff:127.0.0.1",
    "[::ffff:7f00:1]", "::1%lo", "localhost.localdomain", "ip6-localhost",
]  # fmt: skip
ELSEWHERE = [
    "", "api.wavespeed.ai", "localhost.evil.test", "notlocalhost", "127.0.0.1.evil.test", "128.0.0.1",
    "10.0.0.1", "192.168.0.1", "::2", "::ffff:10.0.0.1", "fd00::1", "1270.0.1", "127",
]  # fmt: skip


@pytest.mark.parametrize("host", HERE)
def test_this_machine_in_every_spelling(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ELSEWHERE)
def test_everything_else_is_elsewhere(host):
    assert not is_loopback(host)


@given(st.ip_addresses(v=4))
def test_an_address_is_here_when_it_lies_in_127(address):
    here = address in ipaddress.ip_network("127.0.0.0/8") or address.is_unspecified
    assert is_loopback(str(address)) == is_loopback(f"::ffff:{address}") == here


@pytest.mark.parametrize(
    ("host", "entries"),
    [
        ("api.test", "api.test"),
        ("api.test", "other, .test"),
        ("a.api.test", "api.test"),
        ("API.Test.", "*.test"),
        ("api.test", "api.test:443"),
        ("api.test", "https://api.test/"),
        ("api.test", "localhost,fd00::/8,[::1],*"),
        ("api.test", "bad[, ,;\tapi.test"),
        ("10.1.2.3", "10.0.0.0/8"),
        ("10.1.2.3", "10.1.2.3:443"),
        ("fd00::5", "fd00::/8"),
        ("[fd00::5]", "[fd00::5]:443"),
        ("fd00::5", "fd00::5"),
    ],
)
def test_what_no_proxy_leaves_out(host, entries):
    assert is_left_out(host, 443, entries)


@pytest.mark.parametrize(
    ("host", "entries"),
    [
        ("api.test", ""),
        ("api.test", "pi.test"),
        ("api.test", "api.test:8080"),
        ("api.test", "test.api"),
        ("api.test", ".,*.,[::1],fd00::/8,10.0.0.0/8"),
        ("10.1.2.3", "10.1.2.30, 11.0.0.0/8, 10.0.0.0/99"),
        ("fd00::5", "fe80::/10"),
    ],
)
def test_what_no_proxy_does_not_name(host, entries):
    assert not is_left_out(host, 443, entries)


@given(st.text(max_size=60), st.sampled_from(["api.test", "10.0.0.1", "fd00::1", "[fd00::1]"]))
def test_no_entry_is_too_odd(entries, host):
    assert is_left_out(host, 443, entries) in {True, False}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("http://jane:secret@proxy:1", "http://proxy:1"),
        ("jane:sec@ret@proxy:1", "proxy:1"),
        ("socks5://jane:se/c#ret@proxy", "socks5://proxy"),
        ("proxy:1", "proxy:1"),
    ],
)
def test_a_setting_is_shown_without_user_and_password(value, shown):
    assert without_login(value) == shown


@pytest.mark.parametrize(
    ("copied", "sent"),
    [
        ("https://x.test/图片.jpg", "https://x.test/%E5%9B%BE%E7%89%87.jpg"),
        (" https://x.test/my photo.jpg\n", "https://x.test/my%20photo.jpg"),
        ("https://x.test/caf%C3%A9.jpg", "https://x.test/caf%C3%A9.jpg"),
        ("https://x.test/café%20au%20lait.jpg?x=图&y=a b", "https://x.test/caf%C3%A9%20au%20lait.jpg?x=%E5%9B%BE&y=a%20b"),
        ("HTTPS://X.test/A.jpg", "https://x.test/A.jpg"),
        ("https://bücher.test/ä", "https://xn--bcher-kva.test/%C3%A4"),
        ("https://BU\u0308CHER.test:8443/a", "https://xn--bcher-kva.test:8443/a"),
        ("https://例え。テスト/絵.png", "https://xn--r8jz45g.xn--zckzah/%E7%B5%B5.png"),
        ("<https://x.test/a\n b.jpg>", "https://x.test/a%20b.jpg"),
        ("https://x.test/100%.jpg", "https://x.test/100%25.jpg"),
        ("http://[::1]:8000/é", "http://[::1]:8000/%C3%A9"),
    ],
)  # fmt: skip
def test_addresses_as_people_copy_them(copied, sent):
    assert str(web_address(copied)) == sent


@pytest.mark.parametrize(
    "text", ["", "x", "ftp://x.test/a", "file:///etc/passwd", "http://", "http://[::1", "javascript:x",
             "http://x:port/a", "https://\ud800.test/"]
)  # fmt: skip
def test_what_is_no_address_is_refused(text):
    with pytest.raises(ValueError, match="the address"):
        web_address(text)


def read(text):
    try:
        return str(web_address(text))
    except ValueError as error:
        return str(error)


@given(st.text(max_size=40), st.sampled_from(["", "http://", "https://x.test/"]))
def test_no_address_is_too_odd(text, start):
    assert read(start + text).isascii()


# The service's own address


@pytest.mark.parametrize(
    ("given_", "understood"),
    [
        ("https://api.service.test", "https://api.service.test"),
        ("  https://api.service.test/\n", "https://api.service.test"),
        ("https://api.service.test/api/v3", "https://api.service.test"),
        ("https://api.service.test/api/v3/", "https://api.service.test"),
        ("https://api.service.test/api/v2", "https://api.service.test"),
        ("https://api.service.test/api/v3/minimax/hailuo-02/i2v-pro", "https://api.service.test"),
        ("https://gate.test/wave/api/v3", "https://gate.test/wave"),
        ("https://gate.test:8443/wave", "https://gate.test:8443/wave"),
        ("http://localhost:8000/api/v3", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_a_base_address_is_understood_where_it_is_plain(tmp_path, given_, understood):
    made = connect("wavespeed", api_key="k", base_url=given_, library=tmp_path / "l")
    assert made._base_url == understood


@pytest.mark.parametrize(
    "given_",
    [
        "https://api.service.test?key=secret",
        "https://api.service.test/#secret",
        "https://jane:secret@api.service.test",
        "http://api.service.test",
        "http://10.0.0.1:8000",
        "ftp://api.service.test",
        "api.service.test",
        "https://",
        "https://api.service.test:port",
        "nonsense secret",
    ],
)
def test_a_base_address_that_is_not_plain_is_refused_with_a_sentence(tmp_path, given_):
    with pytest.raises(InputError, match="Nothing was sent") as caught:
        connect("wavespeed", api_key="k", base_url=given_, library=tmp_path / "l")
    assert "secret" not in str(caught.value)
    assert "base_url" in str(caught.value)
