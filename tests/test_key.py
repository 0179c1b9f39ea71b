"""The key: sent to one origin, shown to nobody."""

import pickle

import httpx
import pytest

from hailuo_widgets.jobs.key import Key

SECRET = "sk-sentinel-77a1"
BASE = "https://api.service.test"


def signed(url):
    (request,) = Key(SECRET).auth(BASE).auth_flow(httpx.Request("GET", url))
    return request.headers.get("Authorization")


def test_it_signs_requests_to_the_service():
    assert signed(f"{BASE}/api/v3/balance") == f"Bearer {SECRET}"


@pytest.mark.parametrize(
    "url",
    [
        "https://files.service.test/a.mp4",
        "https://api.service.test.evil.test/",
        "http://api.service.test/",
        "https://api.service.test:8443/",
        "https://user@evil.test/",
    ],
)
def test_it_signs_nothing_for_anybody_else(url):
    assert signed(url) is None


def test_it_has_no_text_form_and_cannot_be_stored():
    key = Key(SECRET)
    for text in (repr(key), str(key), f"{key}", repr(key.auth(BASE)), repr([key])):
        assert SECRET not in text
    with pytest.raises(TypeError, match="never stored"):
        pickle.dumps(key)
