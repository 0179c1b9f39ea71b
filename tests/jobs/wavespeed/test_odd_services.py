"""What a service may answer: nothing that was paid for is lost, nothing is paid for twice."""

import shutil
import threading
from datetime import datetime
from decimal import Decimal

import pytest

from hailuo_widgets import errors
from hailuo_widgets import service as facts
from hailuo_widgets.jobs.runner.api import Runner
from hailuo_widgets.jobs.runner.job import JobState
from hailuo_widgets.jobs.services.connect import connect, connections
from hailuo_widgets.widgets.shared.job_actions import choices_of, decide
from tests.support.fast_clock import PATIENCE, RUNNER, clock, generate
from tests.support.samples import clip, gradient
from tests.support.scripted_service import Scripted

pytestmark = pytest.mark.slow

SAID_404 = (404, {"code": 404, "message": "Prediction not found"})
PRICE = Decimal("0.49")


@pytest.fixture
def service():
    service = Scripted()
    service.files["/a.mp4"] = clip(frames=16, width=64, height=36)
    yield service
    service.close()


@pytest.fixture
def paid(service, tmp_path):
    return connect(
        "wavespeed", budget=5, api_key="a-key-of-tests", base_url=service.url, tier="ultra",
        library=tmp_path / "library",
    )  # fmt: skip


def listing(*names):
    items = [{"id": name, "model": facts.MODEL, "status": "processing"} for name in names]
    return 200, {"code": 200, "data": {"items": items}}


# -- ids ----------------------------------------------------------------------------------------

NAMES = [
    *("a/b", "../../balance", "urn:pred:1:x", "aGk+/w==", "~tilde~", "two  words", "図 é"),
    *("x" * 700, 12345678901234567890, "%2e%2e", "a?b=c#d", "a;b,c&d='\"<e>", "..."),
]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: str(name)[:20])
def test_an_id_of_any_form_is_kept_shown_and_asked_about(service, paid, name):
    service.submits, service.results = [service.accepted(name)], [service.completed(name)]
    job = generate(gradient(), "any id")
    assert job.wait(PATIENCE).frame_count == 16
    assert job.prediction_id == paid.library.ledger.jobs.row(job.row_id).prediction_id == str(name)
    assert service.names_asked == {str(name)}
    (asked,) = {path for method, path in service.asked if "/predictions/" in path}
    assert asked.isascii()
    assert asked.count("/") == len(f"{facts.PREDICTIONS_PATH}/x/result".split("/")) - 1
    assert job.clip.provenance().prediction_id[:70] == str(name)[:70]
    assert (paid.budget.spent, paid.budget.committed) == (PRICE, 0)


@pytest.mark.parametrize("name", ["a/b:c", "two words", 7], ids=str)
def test_an_id_of_any_form_is_adopted_from_the_list_and_by_hand(service, paid, name):
    service.submits = [(502, "bad gateway")]
    service.listed = [listing(name)]
    service.results = [service.completed(name)]
    job = generate(gradient(), "lost")
    with pytest.raises(errors.UnknownOutcomeError, match="One prediction fits"):
        job.wait(PATIENCE)
    assert str(name) in str(job.error)
    job.adopt(f" {name}\n" if name == "two words" else str(name))
    assert job.wait(PATIENCE).frame_count == 16
    assert service.count("POST", facts.SUBMIT_PATH) == 1


@pytest.mark.parametrize("name", ["", ".", "..", None, ["a"], {}, True])
def test_what_can_name_nothing_leaves_the_outcome_unknown_and_is_not_sent_again(
    service, paid, name
):
    service.submits = [service.accepted(name)]
    job = generate(gradient(), "no id")
    with pytest.raises(errors.UnknownOutcomeError):
        job.wait(PATIENCE)
    assert service.count("POST", facts.SUBMIT_PATH) == 1
    assert paid.budget.committed == PRICE


# -- a record that is gone ----------------------------------------------------------------------


def test_a_record_that_returns_is_found_again_at_no_cost(service, paid):
    service.results = [SAID_404]
    job = generate(gradient(), "gone")
    with pytest.raises(errors.RecordGoneError, match="within 7 days"):
        job.wait(PATIENCE)
    assert job.state is JobState.DELETED
    assert paid.budget.spent == PRICE
    service.results = [service.completed("p1")]
    again = generate(gradient(), "gone")
    assert again.wait(PATIENCE).frame_count == 16
    row = paid.library.ledger.jobs.row(again.row_id)
    assert (row.state, row.error_kind, row.prediction_id) == (JobState.DOWNLOADED, None, "p1")
    assert service.count("POST", facts.SUBMIT_PATH) == 1
    assert (paid.budget.spent, paid.budget.committed) == (PRICE, 0)


def test_what_is_still_gone_is_said_after_one_more_look(service, paid):
    service.results = [SAID_404]
    for times in range(2):
        before = len(service.asked)
        with pytest.raises(errors.RecordGoneError):
            generate(gradient(), "gone").wait(PATIENCE)
        if times:
            looks = [path for method, path in service.asked[before:] if "/predictions/" in path]
            assert len(looks) == 1
    assert service.count("POST", facts.SUBMIT_PATH) == 1


def test_what_the_service_calls_deleted_is_looked_for_again_too(service, paid):
    service.results = [(200, {"code": 200, "data": {"id": "p1", "status": "deleted"}})]
    with pytest.raises(errors.RecordGoneError):
        generate(gradient(), "gone").wait(PATIENCE)
    service.results = [service.completed("p1")]
    assert generate(gradient(), "gone").wait(PATIENCE).frame_count == 16
    assert service.count("POST", facts.SUBMIT_PATH) == 1


@pytest.mark.parametrize("trouble", ["listed", "unlisted", "page"])
def test_no_clip_is_lost_to_404s_while_the_list_has_it_or_cannot_be_asked(service, paid, trouble):
    page = (404, "<html>404 Not Found<hr>nginx")
    service.listed = [listing("p1") if trouble == "listed" else (503, "busy")]
    service.results = [*[page if trouble == "page" else SAID_404] * 40, service.completed("p1")]
    assert generate(gradient(), "hidden").wait(PATIENCE).frame_count == 16


# -- not so fast --------------------------------------------------------------------------------

SLOW_DOWN = (429, {"code": 429, "message": "too many"}, {"Retry-After": "20"})


def test_a_refusal_by_rate_waits_for_another_turn_and_says_so(service, paid):
    service.submits = [SLOW_DOWN, service.accepted("p1")]
    said = []
    job = generate(gradient(), "slow")
    job.observe(lambda job: said.append((job.state, job.detail)))
    assert job.wait(PATIENCE).frame_count == 16
    words = "the service said: not so fast; trying again in 20 s"
    assert (JobState.INTENT, words) in said
    assert service.count("POST", facts.SUBMIT_PATH) == 2


def test_while_it_waits_a_person_can_stop_it(service, paid):
    slow = Runner(clock(2))
    try:
        service.submits = [SLOW_DOWN]
        job = generate(gradient(), "stop", runner=slow)
        waiting = threading.Event()
        job.observe(lambda job: job.held_up and waiting.set())
        assert waiting.wait(PATIENCE)
        assert job.detail.startswith("the service said: not so fast; trying again in")
        assert [each["act"] for each in choices_of(job)] == ["withdraw"]
        decide(job, {"act": "withdraw"})
        with pytest.raises(errors.RefusedError, match="Withdrawn by you"):
            job.wait(PATIENCE)
        assert service.count("POST", facts.SUBMIT_PATH) == 1
        assert paid.budget.committed == 0
    finally:
        slow.close()


def test_it_is_not_tried_for_ever(service, paid):
    service.submits = [SLOW_DOWN]
    with pytest.raises(errors.RateLimitError, match="Nothing was billed"):
        generate(gradient(), "never").wait(PATIENCE)
    assert service.count("POST", facts.SUBMIT_PATH) == 5
    assert paid.budget.committed == 0


@pytest.mark.parametrize(
    "answer",
    [
        (429, "<html>Too Many Requests"),
        (429, ""),
        (429, {"message": "API rate limit exceeded"}),
        (429, {"code": 429, "data": {"status": "created", "urls": {"get": "x"}}}),
        (429, {"code": 200, "message": "success", "data": None}),
    ],
    ids=["page", "nothing", "gateway", "record", "success"],
)
def test_what_is_not_plainly_its_refusal_is_never_sent_again(service, paid, answer):
    service.submits = [answer, service.accepted("second")]
    with pytest.raises(errors.SubmitError):
        generate(gradient(), "once").wait(PATIENCE)
    assert service.count("POST", facts.SUBMIT_PATH) == 1


def test_a_429_with_an_id_is_followed(service, paid):
    service.submits = [(429, {"code": 429, "data": {"id": "p1"}})]
    assert generate(gradient(), "taken").wait(PATIENCE).frame_count == 16


# -- outputs ------------------------------------------------------------------------------------


def test_further_files_are_kept_and_said(service, paid):
    service.files["/b.mp4"] = clip(frames=9, width=64, height=36)
    service.results = [service.completed("p1", ("/a.mp4", "/b.mp4"))]
    job = generate(gradient(), "two")
    assert job.wait(PATIENCE).frame_count == 16
    (other,) = (paid.library.path / "others").iterdir()
    assert other.read_bytes() == service.files["/b.mp4"]
    assert other.name in job.note
    assert other.name in paid.library.ledger.jobs.transitions(job.row_id)[-1].detail


def test_outputs_that_are_no_addresses_are_named(service, paid):
    service.results = [service.completed("p1", ("s3://bucket/clip.mp4",))]
    with pytest.raises(errors.NoOutputError) as caught:
        generate(gradient(), "odd").wait(PATIENCE)
    assert "s3://bucket/clip.mp4" in str(caught.value) or "without output" in str(caught.value)


def test_a_paid_film_of_another_kind_is_kept_and_the_sentence_says_where(service, paid):
    service.files["/a.mp4"] = b"\x1aE\xdf\xa3" + b"\x42\x82\x84webm" + bytes(2000)
    job = generate(gradient(), "webm")
    with pytest.raises(errors.DownloadError, match=r"WebM.* kept as others/\w+\.webm"):
        job.wait(PATIENCE)
    assert service.count("GET", "/a.mp4") == 1
    assert [each.suffix for each in (paid.library.path / "others").iterdir()] == [".webm"]


# -- the bill -----------------------------------------------------------------------------------


def bill(name):
    item = {
        "uuid": "row", "billing_type": "deduct", "price": 0.49,
        "prediction": {"uuid": name, "model_uuid": facts.MODEL},
    }  # fmt: skip
    return 200, {"code": 200, "data": {"items": [item]}}


@pytest.mark.parametrize("refusals", [0, 1, 2])
@pytest.mark.parametrize("status", [400, 422])
def test_the_bill_is_asked_for_in_whichever_form_of_time_it_wants(service, paid, refusals, status):
    generate(gradient(), "billed").wait(PATIENCE)
    service.listed = [listing("p1")]
    refused = (status, {"code": status, "message": "start_time"})
    service.billed = [*[refused] * refusals, bill("p1")]
    found = RUNNER.reconcile(paid)
    assert (found.matched, found.differences) == (1, ())
    times = [each.get("start_time") for each in service.questions]
    assert len(times) == refusals + 1
    assert times[0].isdigit()
    if refusals >= 1:
        assert times[1].endswith("Z")
        assert abs(datetime.fromisoformat(times[1]).timestamp() * 1000 - int(times[0])) < 2
    if refusals == 2:
        assert times[2] is None


def test_a_bill_that_cannot_be_had_is_a_sentence(service, paid):
    generate(gradient(), "billed").wait(PATIENCE)
    service.billed = [(400, {"code": 400, "message": "never"})]
    with pytest.raises(errors.HailuoError, match="could not be asked for its bill"):
        RUNNER.reconcile(paid)


# -- the library under a connection -------------------------------------------------------------


@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_connecting_opens_a_library_anew_that_is_not_the_one_on_the_disk(
    service, paid, tmp_path, how
):
    generate(gradient(), "before").wait(PATIENCE)
    first, folder = paid.library, tmp_path / "library"
    same = connect("emulator", library=folder)
    assert same.library is first
    shutil.move(folder, tmp_path / "away")
    if how == "replaced":
        shutil.copytree(tmp_path / "away", folder)
    fresh = connect(
        "wavespeed", budget=5, api_key="a-key-of-tests", base_url=service.url, library=folder
    )
    assert fresh.library is not first
    assert connections().library is fresh.library
    assert len(fresh.library.ledger.jobs.all()) == (1 if how == "replaced" else 0)
