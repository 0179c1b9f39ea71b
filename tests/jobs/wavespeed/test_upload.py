"""Frames that many requests share: uploaded once, without the key, and inline wherever that fails."""

import asyncio
import contextlib
import io
import json
import random
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from PIL import Image

from hailuo_widgets import errors
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.jobs.runner.job import JobState
from hailuo_widgets.jobs.services.connect import connect
from hailuo_widgets.jobs.sweep.shared_frames import keep_shared_frames
from hailuo_widgets.jobs.sweep.sweep import Sweep
from hailuo_widgets.jobs.wavespeed.api_key import ApiKey
from hailuo_widgets.jobs.wavespeed.client import Client
from hailuo_widgets.jobs.wavespeed.poll import Clock
from hailuo_widgets.jobs.wavespeed.upload import NotUploadedError, Uploads
from hailuo_widgets.library.ledger.ledger import Ledger
from hailuo_widgets.request.sweep.grid import plan
from hailuo_widgets.request.video_request import VideoRequest
from tests.support.counting_proxy import Relay
from tests.support.fast_clock import PATIENCE, RUNNER, deductions, generate
from tests.support.kernel import Kernel
from tests.support.samples import gradient

pytestmark = pytest.mark.slow

BASE = "https://service.test"
KEY = "the-secret-key"


def noise(width=400, height=320, seed=1):
    """A picture that no encoder makes small: 400 kB, as file bytes."""
    target = io.BytesIO()
    pixels = random.Random(seed).randbytes(width * height * 3)
    Image.frombytes("RGB", (width, height), pixels).save(target, "PNG")
    return target.getvalue()


LARGE = Frame(noise(), name="harbour.png")
OTHER = Frame(noise(seed=2), name="lake.png")


# -- through a sweep, over real HTTP ----------------------------------------------------------


def sweep(*prompts, image=LARGE, **how):
    return Sweep.from_plan(plan(image, list(prompts), **how), runner=RUNNER)


def counted(emulator, *names):
    requests = emulator.state()["requests"]
    return tuple(requests.get(name, 0) for name in names)


def pictures(emulator):
    """What the renderer was given, by prompt."""
    return {call["prompt"]: (call["image"], call["end_image"]) for call in emulator.renderer.calls}


def test_a_frame_of_many_cells_is_uploaded_once(paid, emulator):
    made = sweep("a", "b", "c", "d", end_image=[None, OTHER]).run().wait(PATIENCE)
    assert made.failed == made.notes == ()
    assert counted(emulator, "ticket", "store", "upload", "submit") == (2, 2, 0, 8)
    assert {image for image, _ in pictures(emulator).values()} == {LARGE.data}
    assert len(deductions(emulator)) == 8


def test_the_requests_carry_addresses_and_stay_the_same_requests(paid, emulator):
    made = sweep("a", "b").run().wait(PATIENCE)
    rows = {row.request_hash for row in paid.library.ledger.jobs.all()}
    assert rows == {VideoRequest(LARGE, prompt).request_hash for prompt in ("a", "b")}
    assert generate(LARGE, "a").wait(PATIENCE).sha256 == made.cells[0].job.clip.sha256
    assert len(deductions(emulator)) == 2


@pytest.mark.parametrize(
    ("image", "prompts"),
    [(Frame(gradient(), name="small.jpg"), ("a", "b")), (LARGE, ("a",))],
    ids=["small", "alone"],
)
def test_what_gains_nothing_goes_with_the_request(paid, emulator, image, prompts):
    sweep(*prompts, image=image).run().wait(PATIENCE)
    assert counted(emulator, "ticket", "store", "upload") == (0, 0, 0)


def test_a_single_generate_stays_inline(paid, emulator):
    sweep("a", "b").run().wait(PATIENCE)
    generate(LARGE, "alone").wait(PATIENCE)
    assert counted(emulator, "ticket", "store") == (1, 1)


def test_an_address_is_used_again_by_the_next_sweep_and_for_a_day_only(paid, emulator, tmp_path):
    sweep("a", "b").run().wait(PATIENCE)
    sweep("c", "d").run().wait(PATIENCE)
    assert counted(emulator, "ticket", "store", "submit") == (1, 1, 4)
    base = str(httpx.URL(emulator.url))
    later = [datetime.now(UTC)]
    ledger = Ledger(paid.library.path / "ledger.sqlite3", now=lambda: later[0])
    assert ledger.uploads.url(base, LARGE.sha256).startswith(f"{emulator.url}/media/")
    later[0] += timedelta(hours=23)
    assert ledger.uploads.url(base, LARGE.sha256) is not None
    later[0] += timedelta(hours=2)
    assert ledger.uploads.url(base, LARGE.sha256) is None
    assert ledger.uploads.url("https://elsewhere.test", LARGE.sha256) is None
    ledger.close()


@pytest.mark.parametrize("variant", ["headers", "expired", "refused", "put"])
def test_q44_whatever_is_wrong_with_a_ticket_every_cell_comes_home(paid, emulator, variant):
    """One that fails once is asked for again; a service without tickets takes a form."""
    emulator.fault(44, variant)
    made = sweep("a", "b", "c").run().wait(PATIENCE)
    assert made.failed == made.notes == ()
    forms = 1 if variant == "refused" else 0
    assert counted(emulator, "upload", "submit") == (forms, 3)
    assert {image for image, _ in pictures(emulator).values()} == {LARGE.data}


def test_where_uploads_fail_the_frame_goes_with_each_request_and_that_is_said(paid, emulator):
    emulator.fault(44, "put", share=1.0)
    made = sweep("a", "b", "c").run().wait(PATIENCE)
    assert made.failed == ()
    (note,) = made.notes
    assert note == (
        "“harbour.png” could not be uploaded (the storage answered HTTP 500): it goes with each "
        "request instead."
    )
    assert {cell.job.note for cell in made.cells} == set(made.notes)
    assert counted(emulator, "store", "submit") == (2, 3)
    assert set(made.to_frame()["note"]) == set(made.notes)


def test_a_service_that_takes_no_uploads_at_all(paid, emulator):
    emulator.fault(44, "refused", share=1.0)
    emulator.fault(6, "html", at=["upload"], share=1.0)
    made = sweep("a", "b").run().wait(PATIENCE)
    assert made.failed == ()
    assert "could not be uploaded" in made.notes[0]


def test_q48_an_address_that_is_not_reached_is_given_up_and_the_next_try_goes_inline(
    paid, emulator
):
    emulator.fault(48, "1402")
    made = sweep("a", "b").run().wait(PATIENCE)
    (failed,) = made.failed
    assert "media not reachable" in failed.error
    assert "address of an uploaded picture, which is not used again" in failed.error
    assert paid.library.ledger.uploads.url(str(httpx.URL(emulator.url)), LARGE.sha256) is None
    made.retry(failed.index)
    assert made.wait(PATIENCE).failed == ()
    assert counted(emulator, "ticket", "submit") == (1, 3)
    sweep("c", "d").run().wait(PATIENCE)
    assert counted(emulator, "ticket", "submit") == (2, 5)


def test_q48_a_frame_that_went_inline_is_no_address(paid, emulator):
    """Though the library knows one of the same frame."""
    sweep("a", "b").run().wait(PATIENCE)
    emulator.fault(48, "1402")
    job = generate(LARGE, "x")
    with pytest.raises(errors.GenerationFailedError, match="Change the prompt or the pictures"):
        job.wait(PATIENCE)
    assert paid.library.ledger.uploads.url(str(httpx.URL(emulator.url)), LARGE.sha256) is not None


def test_q48_what_an_earlier_kernel_sent_is_given_up_too(kernel, emulator, tmp_path):
    emulator.renderer.open.clear()
    emulator.fault(48, "1402", share=1.0)
    made = kernel.sweep(["a", "b"], image=LARGE).run()
    emulator.until(lambda: all(cell.job.prediction_id for cell in made.cells))
    kernel.close()
    emulator.renderer.open.set()
    later = Kernel(tmp_path / "library", kernel.relay, key=emulator.key)
    again = later.sweep(["a", "b"], image=LARGE).run().wait(PATIENCE)
    assert len(again.failed) == 2
    assert any("address of an uploaded picture" in cell.error for cell in again.failed)
    base = str(httpx.URL(kernel.relay.url))
    assert later.library.ledger.uploads.url(base, LARGE.sha256) is None
    assert counted(emulator, "submit") == (2,)
    later.close()


@pytest.fixture
def kernel(tmp_path, emulator):
    """A kernel in a hurry, whose service is behind a relay."""
    with contextlib.closing(Relay(emulator.url)) as relay:
        made = Kernel(tmp_path / "library", relay, key=emulator.key)
        made.relay = relay
        yield made
        if not made.closed:
            made.close()


def test_an_address_that_is_given_up_is_not_sent_by_those_that_wait_with_it(kernel, emulator):
    emulator.fault(48, "1402")
    made = kernel.sweep(["a", "b", "c", "d"], image=LARGE).run().wait(PATIENCE)
    assert len(made.failed) == 1
    sent = sorted(emulator._state.predictions.values(), key=lambda each: each.created_at)
    assert [each.image.startswith("frame:") for each in sent[2:]] == [True, True]
    assert counted(emulator, "ticket", "submit") == (1, 4)


def test_what_is_taken_back_and_asked_for_again_while_its_frame_is_uploaded_goes_once(
    kernel, emulator
):
    kernel.relay.hold(b"POST /api/v3/media/uploads")
    made = kernel.sweep(["a", "b"], image=LARGE).run()
    assert kernel.relay.held.wait(PATIENCE)
    assert {cell.job.detail for cell in made.cells} == {"uploading “harbour.png”, once for all"}
    first = [cell.job for cell in made.pause().cells]
    assert [job.state for job in first] == [JobState.REFUSED] * 2
    made.resume()
    kernel.relay.let_go()
    assert made.wait(PATIENCE).failed == ()
    assert [job.state for job in first] == [JobState.REFUSED] * 2
    assert counted(emulator, "ticket", "submit") == (1, 2)
    assert len(deductions(emulator)) == 2


def test_drafts_never_leave_this_machine(tmp_path):
    free = connect(library=tmp_path / "library")
    requests = [cell.request for cell in plan(LARGE, ["a", "b"]).cells]
    assert keep_shared_frames(requests, free) == frozenset()


# -- what a service may answer ----------------------------------------------------------------


@pytest.fixture
def ledger(tmp_path):
    with_folder = Ledger(tmp_path / "ledger.sqlite3")
    yield with_folder
    with_folder.close()


class Service:
    """Answers tickets with what it is told to; remembers every request."""

    def __init__(self, ticket=None, *, put=200, ticket_status=200, form=None):
        self.ticket = ticket if ticket is not None else good()
        self.put, self.ticket_status, self.form = put, ticket_status, form
        self.seen = []

    async def __call__(self, request):
        body = await request.aread()
        self.seen.append((request.method, str(request.url), dict(request.headers), body))
        if request.method == "PUT":
            return httpx.Response(self.put)
        if request.url.path.endswith("/media/uploads"):
            if self.ticket_status != 200:
                return httpx.Response(self.ticket_status, json={"code": self.ticket_status})
            return httpx.Response(200, json={"code": 200, "data": self.ticket})
        return httpx.Response(200, json={"code": 200, "data": self.form})

    @property
    def puts(self):
        return [each for each in self.seen if each[0] == "PUT"]


def good(**changes):
    upload = {"method": "PUT", "url": "https://storage.test/put?signature=1",
              "headers": {"Content-Type": "image/png", "If-None-Match": "*"}}  # fmt: skip
    upload.update(changes.pop("upload", {}))
    return {"download_url": "https://cdn.test/f.png", "upload": upload, **changes}


async def quick(seconds):
    await asyncio.sleep(0)


def given(service, ledger, times=1, base=BASE, now=lambda: 0.0):
    """Upload a frame, as often at once; the addresses or the reason."""

    async def work():
        uploads = Uploads(ledger, Clock(now, quick, random.Random(1)))
        async with httpx.AsyncClient(transport=httpx.MockTransport(service)) as http:
            client = Client(http, base, ApiKey(KEY))
            work = (uploads.address(client, LARGE) for _ in range(times))
            return await asyncio.gather(*work, return_exceptions=True)

    return asyncio.run(work())


def refused(service, ledger, **how):
    (trouble,) = given(service, ledger, **how)
    assert isinstance(trouble, NotUploadedError), trouble
    return str(trouble)


def test_the_storage_gets_the_bytes_and_the_tickets_headers_and_never_the_key(ledger):
    service = Service()
    (address,) = given(service, ledger)
    assert address.url == "https://cdn.test/f.png"
    asking, giving = service.seen
    wishes = json.loads(asking[3])
    assert wishes == {"filename": f"{LARGE.sha256[:16]}.png", "size": len(LARGE.data),
                      "content_type": "image/png"}  # fmt: skip
    assert asking[2]["authorization"] == f"Bearer {KEY}"
    assert giving[1] == "https://storage.test/put?signature=1"
    assert giving[3] == LARGE.data
    assert (giving[2]["content-type"], giving[2]["if-none-match"]) == ("image/png", "*")
    assert giving[2]["content-length"] == str(len(LARGE.data))
    assert "authorization" not in giving[2]
    assert KEY not in str(giving[:3])


def test_the_key_is_not_put_even_to_the_services_own_host(ledger):
    service = Service(good(upload={"url": f"{BASE}/storage/1"}))
    given(service, ledger)
    assert "authorization" not in service.puts[0][2]


def test_all_who_wait_share_one_upload(ledger):
    service = Service()
    found = given(service, ledger, times=12)
    assert {address.url for address in found} == {"https://cdn.test/f.png"}
    assert len(service.puts) == 1


@pytest.mark.parametrize(
    "ticket",
    [
        {},
        [],
        "x",
        good(upload={"method": "DELETE"}),
        good(upload={"url": None}),
        good(upload={"url": "ftp://storage.test/1"}),
        good(upload={"url": "file:///etc/passwd"}),
        good(upload={"url": "http://storage.test/1"}),
        good(upload={"url": "https://user:word@storage.test/1"}),
        good(upload={"url": "https://storage.test/" + "x" * 2000}),
        good(upload={"url": "https://storage.test/ 1"}),
        good(upload={"url": "https://storage.test/\r\nHost: x"}),
        good(upload={"url": "https:///1"}),
        good(upload={"url": "https://[1/2"}),
        good(upload={"headers": {"Authorization": "Bearer x"}}),
        good(upload={"headers": {"authorization": "Bearer x"}}),
        good(upload={"headers": {"Host": "inside"}}),
        good(upload={"headers": {"Content-Length": "5"}}),
        good(upload={"headers": {"X": "a\r\nY: b"}}),
        good(upload={"headers": {"X Y": "a"}}),
        good(upload={"headers": {"X": 5}}),
        good(upload={"headers": {f"X-{number}": "a" for number in range(99)}}),
    ],
)
def test_a_ticket_is_data_and_is_not_followed_anywhere(ledger, ticket):
    service = Service(ticket)
    reason = refused(service, ledger)
    assert reason.startswith("the service's ticket"), reason
    assert service.puts == []
    assert ledger.uploads.url(BASE, LARGE.sha256) is None


@pytest.mark.parametrize(
    "url", [None, 5, "", "data:image/png;base64,AAAA", "javascript:x", "x" * 3000, "https://a.b/ü"]
)
def test_an_address_is_one_on_the_web_or_none(ledger, url):
    service = Service(good(download_url=url))
    assert refused(service, ledger) == "the service named no address for it"
    assert ledger.uploads.url(BASE, LARGE.sha256) is None


def test_plain_http_is_for_this_machine_alone(ledger):
    ticket = good(upload={"url": "http://127.0.0.1:1/put"})
    (address,) = given(Service(ticket), ledger, base="http://127.0.0.1:1")
    assert address.url == "https://cdn.test/f.png"


@pytest.mark.parametrize("status", [404, 405])
def test_a_service_without_tickets_takes_a_form(ledger, status):
    service = Service(ticket_status=status, form={"download_url": "https://cdn.test/form.png"})
    (address,) = given(service, ledger)
    assert address.url == "https://cdn.test/form.png"
    method, url, headers, body = service.seen[-1]
    assert (method, url) == ("POST", f"{BASE}/api/v3/media/upload/binary")
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["content-length"] == str(len(body))
    assert body.count(LARGE.data) == 1


def test_a_form_that_fails_too_is_told(ledger):
    assert refused(Service(ticket_status=404, form={}), ledger) == (
        "the service named no address for it"
    )


@pytest.mark.parametrize("status", [301, 403, 412, 500])
def test_a_storage_that_refuses_is_asked_once_more_with_a_new_ticket(ledger, status):
    service = Service(put=status)
    assert refused(service, ledger) == f"the storage answered HTTP {status}"
    assert [each[0] for each in service.seen] == ["POST", "PUT"] * 2


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_may_not_upload_is_told_without_it(ledger, status):
    reason = refused(Service(ticket_status=status), ledger)
    assert reason == "the service does not accept the API key for it"


def test_a_storage_that_hangs_up_is_told_and_nothing_of_the_request_is_chained(ledger):
    async def service(request):
        if request.method == "PUT":
            raise httpx.WriteError("broke", request=request)
        return httpx.Response(200, json={"code": 200, "data": good()})

    (trouble,) = given(service, ledger)
    assert str(trouble) == "the connection to the storage broke"
    assert trouble.__cause__ is None
    assert KEY not in repr(trouble.__context__)


def test_an_address_that_has_waited_for_days_is_not_sent(ledger):
    now = [0.0]

    async def work():
        uploads = Uploads(ledger, Clock(lambda: now[0], quick, random.Random(1)))
        async with httpx.AsyncClient(transport=httpx.MockTransport(Service())) as http:
            address = await uploads.address(Client(http, BASE, ApiKey(KEY)), LARGE)
        fresh = uploads.usable(address)
        now[0] = 6 * 86_400.0
        return fresh, uploads.usable(address)

    assert asyncio.run(work()) == (True, False)


def test_an_address_in_the_ledger_that_is_none_is_not_sent(ledger):
    """A ledger is a file: what stands in it is data."""
    ledger.uploads.record(BASE, LARGE.sha256, "file:///etc/passwd")
    (address,) = given(Service(), ledger)
    assert address.url == "https://cdn.test/f.png"


# -- the request's body -----------------------------------------------------------------------


@pytest.mark.parametrize("url", ["https://cdn.test/f.png", 'https://cdn.test/"}\\x'])
def test_addresses_stand_in_the_body_in_the_place_of_frames(url):
    request = VideoRequest(LARGE, "push in", OTHER)
    for addresses in ({LARGE.sha256: url}, {OTHER.sha256: url}, {LARGE.sha256: url, OTHER.sha256: url}):  # fmt: skip
        body = b"".join(request.payload_pieces(addresses))
        assert len(body) == request.payload_size(addresses)
        read = json.loads(body)
        assert read["image"] == addresses.get(LARGE.sha256, LARGE.data_uri())
        assert read["end_image"] == addresses.get(OTHER.sha256, OTHER.data_uri())
        assert read["prompt"] == "push in"
    assert len(request.payload()) == request.payload_size()
    assert len(body) < 1000
