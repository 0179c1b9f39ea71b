"""A thousand hostile answers at each question: no hang, no raw exception, bounded memory."""

import asyncio
import contextlib
import gzip
import json
import random
import re
import tracemalloc
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest

from hailuo_widgets import errors, service
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.jobs.services import reconcile
from hailuo_widgets.jobs.wavespeed import candidates, poll, response
from hailuo_widgets.jobs.wavespeed.api_key import ApiKey
from hailuo_widgets.jobs.wavespeed.client import Client, NotFound, Transient
from hailuo_widgets.jobs.wavespeed.download import download
from hailuo_widgets.jobs.wavespeed.exchange import exchange
from hailuo_widgets.jobs.wavespeed.poll import Clock
from hailuo_widgets.jobs.wavespeed.price import Price
from hailuo_widgets.jobs.wavespeed.submit import Accepted, NotSent, Refused, Unknown, submit
from hailuo_widgets.jobs.wavespeed.upload import NotUploadedError, Uploads
from hailuo_widgets.library.ledger.ledger import Ledger
from hailuo_widgets.media.store import Media
from tests.support.hostile.answers import Bytes, Service
from tests.support.samples import gradient, request

pytestmark = pytest.mark.slow

TIMES = 1000
SEED = 20261130
BASE = "https://service.test"
NOW = datetime(2026, 11, 30, 21, 0, tzinfo=UTC)
RECORD = {
    "id": "p1", "model": service.MODEL, "outputs": ["https://cdn.test/1.mp4"], "urls": {"get": f"{BASE}/x"},
    "has_nsfw_contents": [False], "status": "processing", "created_at": "2026-11-30T21:00:00.000Z",
    "error": "", "timings": {"inference": 1200}, "code": 0,
}  # fmt: skip
BILL = {
    "uuid": "u1", "billing_type": "deduct", "price": 0.49, "created_at": "2026-11-30T21:00:00.000Z",
    "order": {"state": "pre", "price": 0.49}, "prediction": {"uuid": "p1", "model_uuid": service.MODEL, "status": "created"},
}  # fmt: skip
TICKET = {
    "type": "image", "download_url": "https://cdn.test/f.png", "filename": "f.png", "size": 3,
    "upload": {"method": "PUT", "url": "https://storage.test/put", "headers": {"Content-Type": "image/png"}},
}  # fmt: skip


def envelope(data):
    return {"code": 200, "message": "success", "data": data}


TEMPLATES = {
    "/result": envelope(RECORD),
    service.PREDICTIONS_PATH: envelope({"page": 1, "total": 2, "items": [RECORD, {**RECORD, "id": "p2"}]}),
    service.BILLINGS_PATH: envelope({"page": 1, "has_more": False, "items": [BILL, {**BILL, "billing_type": "refund"}]}),
    service.UPLOAD_TICKET_PATH: envelope(TICKET),
    service.UPLOAD_BINARY_PATH: envelope(TICKET),
    service.BALANCE_PATH: envelope({"balance": 12.5}),
    "/model/pric": envelope({"model_id": service.MODEL, "price": 0.49, "discounted_price": 0.49, "unit_price": 0.49, "currency": "USD"}),
    service.SUBMIT_PATH: envelope(RECORD),
}  # fmt: skip


class Time:
    """A clock that jumps instead of sleeping."""

    def __init__(self):
        self.now = 0.0

    async def sleep(self, seconds):
        self.now += seconds

    def clock(self):
        return Clock(lambda: self.now, self.sleep, random.Random(1), lambda: NOW)


def asked(work, templates=TEMPLATES, seed=SEED):
    """Do something with a hostile service until it has answered a thousand times."""
    hostile = Service(seed, templates)

    async def run():
        async with httpx.AsyncClient(transport=hostile) as http:
            client = Client(http, BASE, ApiKey("sk-sentinel-of-the-fuzz"), wall=lambda: NOW)
            found = []
            while hostile.answered < TIMES:
                found.append(await work(client))
            return found

    async def in_time():
        return await asyncio.wait_for(run(), 120)

    return asyncio.run(in_time())


def kinds(found):
    return {type(each) for each in found}


def test_submissions():
    """Each is one of the four outcomes, and what is shown of it can be written to a file."""
    wanted = request()
    found = asked(lambda client: submit(client, wanted))
    assert kinds(found) == {Accepted, Refused, Unknown, NotSent}
    for each in found:
        text = each.prediction_id if isinstance(each, Accepted) else getattr(each, "message", "")
        text.encode()


def test_questions_about_a_prediction():
    async def follow(client):
        seen = []
        with contextlib.suppress(errors.AuthError):
            async for each in poll.poll_prediction(client, "p1", poll.paid(()), Time().clock()):
                seen.append(each)
                if len(seen) == 30:
                    break
        return seen

    found = [each for seen in asked(follow) for each in seen]
    known = [each.prediction for each in found if each.prediction]
    assert known
    for each in known:
        "".join([each.error, each.status, *each.outputs]).encode()
        assert each.code is None or abs(each.code) < 2**31
        assert all("://" in text or text.startswith(("data:", "unreadable:", "javascript:")) for text in each.outputs)  # fmt: skip


def test_searches_among_recent_predictions(tmp_path):
    ledger = Ledger(tmp_path / "ledger.sqlite3", now=lambda: NOW)
    ledger.budget.set("wavespeed", Decimal(5))
    row, _ = ledger.begin("wavespeed", request(), 1, Decimal("0.49"), holder="a" * 32, is_alive=lambda _: True, has_clip=lambda _: False)  # fmt: skip

    async def find(client):
        try:
            return await candidates.find(client, row, set)
        except (Transient, NotFound, errors.AuthError) as trouble:
            return trouble

    found = asked(find)
    assert tuple in kinds(found)
    for each in found:
        "".join(map(str, each if isinstance(each, tuple) else [each])).encode()


def test_prices():
    async def renew(client):
        price = Price(lambda: 0.0)
        await price.renew(client)
        return price.amount, price.listed

    found = asked(renew)
    assert {listed for _, listed in found} == {True, False}
    assert all(amount.is_finite() and 0 < amount < 100 for amount, _ in found)


@pytest.mark.parametrize("tickets", [True, False])
def test_uploads(tmp_path, tickets):
    ledger = Ledger(tmp_path / "ledger.sqlite3", now=lambda: NOW)
    frame = Frame(gradient())
    templates = {name: body for name, body in TEMPLATES.items() if tickets or name != service.UPLOAD_TICKET_PATH}  # fmt: skip

    async def give(client):
        try:
            found = await Uploads(ledger, Time().clock()).address(client, frame)
        except NotUploadedError as trouble:
            return trouble
        await asyncio.to_thread(ledger.uploads.forget, BASE, frame.sha256)
        return found.url

    found = asked(give, templates)
    assert all(url.startswith(("https://", "http://")) for url in found if isinstance(url, str))
    assert NotUploadedError in kinds(found)


def test_bills():
    async def bill(client):
        try:
            return [await reconcile._listed(client), await reconcile._billed(client, ())]
        except (Transient, NotFound, errors.AuthError) as trouble:
            return trouble

    found = asked(bill)
    assert list in kinds(found)
    assert all(each.net.is_finite() for told in found if isinstance(told, list) for each in told[1].values())  # fmt: skip


@pytest.mark.parametrize("path", [service.BALANCE_PATH, f"{service.PREDICTIONS_PATH}/p1/result"])
def test_plain_questions(path):
    async def get(client):
        try:
            return await client.get(path)
        except (Transient, NotFound, errors.AuthError) as trouble:
            return trouble

    found = asked(get)
    assert {Transient, NotFound, errors.AuthError} < kinds(found)


def test_deletions():
    async def delete(client):
        try:
            return await client.post(service.DELETE_PATH, {"ids": ["p1"]})
        except (Transient, NotFound, errors.AuthError) as trouble:
            return trouble

    assert Transient in kinds(asked(delete))


def test_downloads(tmp_path):
    media = Media(tmp_path)
    hostile = Service(SEED, {"": {"no": "clip"}})

    async def run():
        async with httpx.AsyncClient(transport=hostile) as http:
            while hostile.answered < TIMES:
                with pytest.raises(errors.DownloadError):
                    await download(http, "https://cdn.test/1.mp4", media, "p1", Time().clock())

    asyncio.run(asyncio.wait_for(run(), 120))
    # What was paid for and does not play is kept aside, under its hash, and nothing anywhere else.
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in kept if path.parent != tmp_path / "others"] == []
    assert all(re.fullmatch(r"[0-9a-f]{64}\.[a-z0-9]+", path.name) for path in kept)


BOMBS = {
    "gzip": ("gzip", lambda: [gzip.compress(bytes(200_000_000), 1)]),
    "gzip in gzip": ("gzip, gzip", lambda: [gzip.compress(gzip.compress(bytes(200_000_000), 1))]),
    "depth": ("", lambda: [b"[" * 1_000_000] * 31),
    "many values": ("", lambda: [b"[" + b"0," * 15_000_000 + b"0]"]),
    "a long text": ("", lambda: [b'{"data":"' + b"A" * 31_000_000 + b'"}']),
    "no end": ("", lambda: [bytes(1_000_000)] * 200),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_answers_that_swell_stay_within_bounds(bomb):
    encoding, make = BOMBS[bomb]
    pieces = make()
    head = [(b"content-encoding", encoding.encode())]

    async def run():
        def give(_):
            return httpx.Response(200, headers=head, stream=Bytes(pieces))

        async with httpx.AsyncClient(transport=httpx.MockTransport(give)) as http:
            return await exchange(http, "GET", BASE, headers={}, auth=None)

    tracemalloc.start()
    try:
        found = asyncio.run(run())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 300_000_000
    assert found.body is None or len(json.dumps(found.body)) < response.SIZE_LIMIT
