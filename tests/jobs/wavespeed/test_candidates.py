"""What an unknown submission became: looked for at the service, decided by a person."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from hailuo_widgets import errors
from hailuo_widgets.jobs.runner.api import Runner
from hailuo_widgets.jobs.runner.job import JobState
from hailuo_widgets.jobs.wavespeed import candidates
from hailuo_widgets.jobs.wavespeed.api_key import ApiKey
from hailuo_widgets.jobs.wavespeed.client import Client
from hailuo_widgets.jobs.wavespeed.poll import Clock
from hailuo_widgets.library.ledger.ledger import Ledger
from tests.support.fast_clock import PATIENCE, clock, deductions, generate
from tests.support.samples import gradient, request

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def lost(prompt="[Push in]", **how):
    """Ask, and lose the answer."""
    job = generate(gradient(), prompt, **how)
    with contextlib.suppress(errors.UnknownOutcomeError):
        job.wait(PATIENCE)
    assert job.state is JobState.UNKNOWN
    return job


# -- a person's word --------------------------------------------------------------------------


def test_the_one_that_fits_is_offered_and_can_be_adopted_at_no_cost(paid, emulator):
    emulator.fault(28, "after")
    job = lost()
    (candidate,) = job.candidates
    assert candidate.near
    assert "One prediction fits" in str(job.error)
    assert paid.budget.committed == Decimal("0.49")
    job.adopt(candidate.prediction_id)
    assert job.wait(PATIENCE).frame_count == 16
    assert len(deductions(emulator)) == 1
    assert (paid.budget.spent, paid.budget.committed) == (Decimal("0.49"), 0)


def test_whoever_waits_for_an_adopted_job_waits_again(paid, emulator):
    emulator.fault(28, "after")
    job = lost()
    emulator.renderer.open.clear()
    job.adopt(job.candidates[0].prediction_id)
    assert not job.done
    with pytest.raises(errors.WaitTimeoutError):
        job.wait(0.05)
    emulator.renderer.open.set()
    assert job.wait(PATIENCE) is job.clip


def test_what_was_never_accepted_is_not_found_and_stays_unknown(paid, emulator):
    emulator.fault(28, "before")
    job = lost()
    assert job.candidates == ()
    assert "not in your recent predictions so far" in str(job.error)
    assert deductions(emulator) == []


def test_a_list_that_lags_is_asked_again(paid, emulator):
    """Q38: the prediction is listed later than it was accepted."""
    emulator.fault(28, "after")
    emulator.fault(38, seconds=0.2, times=99)
    job = lost()
    assert len(job.candidates) == 1
    assert emulator.state()["requests"]["list"] > 1


def test_keep_looking_looks_again(paid, emulator):
    emulator.fault(28, "after")
    emulator.fault(38, times=99, seconds=3600)
    job = lost()
    assert job.candidates == ()
    emulator.clear_faults()
    job.keep_looking()
    emulator.until(lambda: job.candidates)


def test_two_that_cannot_be_told_apart_are_both_shown(paid, emulator):
    """Q39: items have no prompt, and both are of the same minute."""
    emulator.fault(28, "after", times=2)
    first, second = lost("one"), lost("two")
    second.keep_looking()
    first.keep_looking()
    emulator.until(lambda: not (first.searching or second.searching))
    assert len(first.candidates) == len(second.candidates) == 2
    assert "cannot be told apart" in str(first.error)
    first.adopt(first.candidates[0].prediction_id)
    first.wait(PATIENCE)
    emulator.until(lambda: len(second.candidates) == 1)


def test_a_prompt_tells_them_apart_where_the_list_has_it(paid, emulator):
    """Q37: sometimes the items hold their input."""
    emulator.fault(28, "after", times=2)
    emulator.fault(37, "input", at=["list"], times=99)
    first, second = lost("one"), lost("two")
    assert [each.prompt for each in first.candidates] == ["one"]
    assert [each.prompt for each in second.candidates] == ["two"]


def test_what_belongs_to_another_job_is_not_offered_and_cannot_be_adopted(paid, emulator):
    other = generate(gradient(), "other")
    other.wait(PATIENCE)
    emulator.fault(28, "before")
    job = lost()
    assert job.candidates == ()
    with pytest.raises(errors.LibraryError, match="belongs to job"):
        job.adopt(other.prediction_id)
    assert job.state is JobState.UNKNOWN


@pytest.mark.parametrize("name", ["..", "", ".", " ", None, 1.5])
def test_what_is_no_id_is_not_adopted(paid, emulator, name):
    emulator.fault(28, "before")
    with pytest.raises(errors.InputError, match="no prediction's id"):
        lost().adopt(name)


def test_an_id_that_the_service_does_not_know_is_not_adopted(paid, emulator):
    emulator.fault(28, "before")
    job = lost()
    with pytest.raises(errors.RecordGoneError, match="knows no prediction"):
        job.adopt("0" * 32)
    assert job.state is JobState.UNKNOWN


def test_send_again_is_another_take_and_the_first_stays_unknown(paid, emulator):
    emulator.fault(28, "after")
    job = lost()
    again = job.send_again()
    assert again.wait(PATIENCE).frame_count == 16
    assert (again.take, job.state) == (2, JobState.UNKNOWN)
    assert len(deductions(emulator)) == 2
    assert paid.budget.spent + paid.budget.committed == Decimal("0.98")


def test_only_after_15_minutes_in_vain_can_it_be_written_off(paid, emulator):
    emulator.fault(28, "before")
    job = lost()
    assert not job.may_write_off
    with pytest.raises(errors.LibraryError, match="15 minutes"):
        job.write_off()
    later = clock()
    later = Clock(
        later.now, later.sleep, later.rng, lambda: datetime.now(UTC) + timedelta(minutes=16)
    )
    with contextlib.closing(Runner(later)) as runner:
        job = lost(runner=runner)
        emulator.until(lambda: job.may_write_off)
        job.write_off()
    assert job.state is JobState.REFUSED
    assert "Written off by you" in str(job.error)
    assert paid.budget.committed == 0


def test_a_service_that_cannot_be_asked_is_no_proof_of_anything(paid, emulator):
    emulator.fault(28, "after")
    emulator.fault(42, at=["list"], times=99)
    job = lost()
    assert "could not be looked through" in str(job.error)
    assert not job.may_write_off


def test_a_clock_of_the_service_that_is_off_does_not_hide_it(paid, emulator):
    """Q50: the window is shifted by what the answers say the time is."""
    emulator.fault(50, "behind", times=999)
    emulator.fault(28, "after")
    (candidate,) = lost().candidates
    assert candidate.near
    assert abs((datetime.now(UTC) - candidate.created_at).total_seconds() - 3600) < 60


def test_nothing_of_it_is_asked_for_drafts(emulator, tmp_path):
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    assert ledger.jobs.unknown("emulator") == []
    ledger.close()


# -- what fits --------------------------------------------------------------------------------


def item(name, at, **fields):
    model = "minimax/hailuo-02/i2v-pro"
    return {
        "id": name,
        "created_at": at.isoformat(),
        "status": "completed",
        "model": model,
    } | fields


def found(tmp_path, items, known=(), ahead=timedelta(), **how):
    """Look through a service's list; the submission left at NOW."""
    ledger = Ledger(tmp_path / "ledger.sqlite3", now=lambda: NOW)
    ledger.budget.set("wavespeed", Decimal(5))
    row, _ = ledger.begin(
        "wavespeed",
        request(),
        1,
        Decimal("0.49"),
        holder="me",
        is_alive=lambda _: True,
        has_clip=lambda _: True,
    )
    row = ledger.transitions.advance(row.id, JobState.SENT)
    ledger.close()

    def answer(asked):
        import json

        wishes = json.loads(asked.content)
        after = datetime.fromisoformat(wishes.get("created_after", "2000-01-01T00:00:00+00:00"))
        shown = [each for each in items if datetime.fromisoformat(each["created_at"]) >= after]
        page = shown[(wishes["page"] - 1) * 100 : wishes["page"] * 100]
        date = (NOW + ahead).strftime("%a, %d %b %Y %H:%M:%S GMT")
        return httpx.Response(
            200, json={"code": 200, "data": {"items": page}}, headers={"Date": date}
        )

    async def run():
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
            client = Client(http, "https://service.test", ApiKey("k"), wall=lambda: NOW)
            return await candidates.find(client, row, lambda: known, **how)

    return [each.prediction_id for each in asyncio.run(run())]


def test_the_likeliest_comes_first_and_known_ones_are_left_out(tmp_path):
    items = [item(f"p{minute}", NOW + timedelta(minutes=minute)) for minute in (8, 1, 5, -1)]
    assert found(tmp_path, items, known={"p5"}) == ["p1", "p-1", "p8"]


def test_what_lies_outside_of_the_time_is_shown_only_when_nothing_lies_within(tmp_path):
    """Our clock may have been set since: a jump of hours must not hide it for ever."""
    far = item("far", NOW - timedelta(hours=5))
    assert found(tmp_path, [item("near", NOW), far]) == ["near"]
    assert found(tmp_path, [item("near", NOW), far], known={"near"}) == ["far"]
    assert found(tmp_path, [far], in_doubt=lambda: 0) == ["far"]


def test_with_more_in_doubt_than_lie_within_the_time_others_are_shown_too(tmp_path):
    """A clock that was wrong as it was sent must not hide it behind another's prediction."""
    far = item("far", NOW - timedelta(hours=1))
    items = [item("farther", NOW - timedelta(hours=2)), far, item("near", NOW)]
    assert found(tmp_path, items, in_doubt=lambda: 2) == ["near", "far"]
    assert found(tmp_path, [*items, item("too", NOW)], in_doubt=lambda: 2) == ["near", "too"]


@pytest.mark.parametrize("hours", [-30, 30])
def test_the_window_is_shifted_by_the_services_clock(tmp_path, hours):
    ahead = timedelta(hours=hours)
    items = [item("mine", NOW + ahead), item("other", NOW + ahead - timedelta(hours=1))]
    assert found(tmp_path, items, ahead=ahead) == ["mine"]


def test_a_long_list_is_read_to_its_end(tmp_path):
    items = [item(f"p{n}", NOW + timedelta(seconds=n)) for n in range(250)]
    assert len(found(tmp_path, items)) == 250


def test_what_another_kernel_may_be_waiting_for_is_not_offered(tmp_path):
    items = [item("mine", NOW), item("theirs", NOW + timedelta(minutes=1))]
    assert found(tmp_path, items, before=lambda: NOW + timedelta(minutes=1)) == ["mine"]


def test_another_model_or_a_strange_id_is_none(tmp_path):
    items = [item("a", NOW, model="x/y"), item("..", NOW), item(None, NOW), item("c", NOW)]
    assert found(tmp_path, items) == ["c"]


def test_ids_of_any_form_are_found(tmp_path):
    items = [item("urn:a/b", NOW), item(42, NOW), item("x" * 700, NOW)]
    assert set(found(tmp_path, items)) == {"urn:a/b", "42", "x" * 700}
