"""The key: sent to one origin, shown to nobody."""

import asyncio
import base64
import copy
import dataclasses
import html
import inspect
import logging
import pickle
from urllib.parse import quote

import httpx
import pytest

from hailuo_widgets import errors, service
from hailuo_widgets.jobs.runner import error_messages
from hailuo_widgets.jobs.wavespeed.api_key import ApiKey
from hailuo_widgets.jobs.wavespeed.client import Client, NotFound, Transient
from hailuo_widgets.jobs.wavespeed.http import HttpClients
from hailuo_widgets.jobs.wavespeed.submit import Accepted, classify

SECRET = "sk-sentinel-77a1"
BASE = "https://api.service.test"


def signed(url):
    (request,) = ApiKey(SECRET).auth(BASE).auth_flow(httpx.Request("GET", url))
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
    key = ApiKey(SECRET)
    for text in (repr(key), str(key), f"{key}", repr(key.auth(BASE)), repr([key])):
        assert SECRET not in text
    with pytest.raises(TypeError, match="never stored"):
        pickle.dumps(key)


# Nothing gives it away

SPELLINGS = {
    "plain": SECRET,
    "url": "".join(f"%{ord(each):02X}" for each in SECRET),
    "url, some": quote(SECRET, safe="").replace("s", "%73"),
    "html": "".join(f"&#{ord(each)};" for each in SECRET),
    "html, named": html.escape(SECRET),
    "hex": SECRET.encode().hex(),
    "HEX": SECRET.encode().hex().upper(),
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "base64 within": base64.b64encode(f"Bearer {SECRET}, x".encode()).decode(),
    "javascript": "".join(f"\\u{ord(each):04x}" for each in SECRET),
}


def shows(text):
    """Whether a text holds the key in any spelling."""
    plain = base64.b64encode(f"Bearer {SECRET}".encode()).decode()[12:-4]
    return any(each in text for each in (*SPELLINGS.values(), plain, SECRET[4:]))


def dumped(thing, depth=0):
    """Everything that an inspector shows of an object and of what hangs on it."""
    shown = [repr(thing), str(thing)]
    if depth < 4 and not isinstance(thing, (type, str, bytes, int, float)):
        members = {**getattr(thing, "__dict__", {})}
        for kind in type(thing).__mro__:
            for name in getattr(kind, "__slots__", ()):
                members[name] = getattr(thing, name, None)
        parts = thing if isinstance(thing, (list, tuple, set)) else list(members.values())
        parts = list(thing.items()) if isinstance(thing, dict) else list(parts)
        for each in parts:
            shown += dumped(each, depth + 1)
    return shown


def test_no_object_gives_the_key_away():
    async def run():
        http_clients = HttpClients()
        client = Client(http_clients.asking, BASE, ApiKey(SECRET), polling=http_clients.polling)
        found = dumped(client) + dumped(client._auth) + dumped(ApiKey(SECRET))
        found += [repr(inspect.getmembers(each)) for each in (client, client._auth, ApiKey(SECRET))]
        await http_clients.close()
        return found

    assert not any(shows(each) for each in asyncio.run(run()))


@pytest.mark.parametrize("take", [pickle.dumps, copy.copy, copy.deepcopy])
def test_key_and_signature_are_neither_copied_nor_stored(take):
    for thing in (ApiKey(SECRET), ApiKey(SECRET).auth(BASE)):
        with pytest.raises(TypeError, match="never stored"):
            take(thing)


def test_a_data_class_that_holds_a_key_gives_nothing_away():
    @dataclasses.dataclass
    class Holder:
        key: ApiKey

    assert not shows(repr(Holder(ApiKey(SECRET))))
    with pytest.raises(TypeError):
        dataclasses.asdict(Holder(ApiKey(SECRET)))


# A service that echoes it


def echoing(spelling, status):
    """A service that says the key in its words, ids, outputs and heads."""
    data = {
        "id": f"id-{spelling}", "status": "failed", "error": f"bad header {spelling}",
        "outputs": [f"https://cdn.test/a.mp4?k={spelling}", {"url": f"/{spelling}"}], spelling: 1,
    }  # fmt: skip
    body = {"code": status, "message": f"got Authorization: Bearer {spelling}", "detail": [{"msg": spelling}], "data": data}  # fmt: skip
    heads = {"Set-Cookie": f"key={spelling}", "X-Echo": spelling}
    return httpx.Response(status, json=body, headers=heads)


def told(given):
    """Everything that is told or handed on of an echoing answer."""

    async def run():
        said = []
        async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: given())) as http:
            client = Client(http, BASE, ApiKey(SECRET))
            outcome_ = classify(
                await client.post_once(service.SUBMIT_PATH, iter([b"{}"]), size=2, seconds=9)
            )
            said.append(repr(outcome_))
            if not isinstance(outcome_, Accepted):
                error = error_messages.of_submission(outcome_, paid=True)
                said += [str(error), repr(error), repr(error_messages.failure_of(error))]
            for ask in (
                lambda: client.prediction("id-[key]"),
                lambda: client.get(service.BALANCE_PATH),
                lambda: client.post(service.PREDICTIONS_PATH, {}),
            ):
                try:
                    said.append(repr(await ask()))
                except (Transient, NotFound, errors.AuthError) as trouble:
                    said += [repr(trouble), str(trouble)]
        return said

    return asyncio.run(run())


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("status", [200, 400, 401, 422, 500])
def test_what_a_service_echoes_is_nowhere(spelling, status):
    """K3: it stood in the exception, the job and the ledger."""
    said = told(lambda: echoing(SPELLINGS[spelling], status))
    assert len(said) > 3
    assert not [text for text in said if shows(text)]


def test_an_echo_with_an_escaped_character_is_found_too():
    """JSON may write any character as an escape."""
    text = '{"code":400,"message":"Bearer ' + SECRET.replace("-", "\\u002d").replace("k", "\\u006B") + '"}'  # fmt: skip
    said = told(lambda: httpx.Response(400, content=text.encode()))
    assert "[key]" in said[0]
    assert not [each for each in said if shows(each)]


def test_the_http_library_s_own_log_holds_no_echo(caplog):
    caplog.set_level(logging.DEBUG)

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nX-Echo: Bearer {SECRET}\r\nContent-Length: 2\r\n\r\n{{}}"
        writer.write(head.encode())
        writer.close()

    async def run():
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            http_clients = HttpClients()
            base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            client = Client(http_clients.asking, base, ApiKey(SECRET))
            with pytest.raises(Transient):
                await client.get("/x")
            await http_clients.close()

    asyncio.run(run())
    assert "X-Echo" in caplog.text
    assert not shows(caplog.text)
