"""From a request to a clip over real loopback HTTP: sent once, followed, brought home."""

import asyncio
import contextlib
import subprocess
import sys
from decimal import Decimal

import pytest

from hailuo_widgets import errors
from hailuo_widgets.jobs.runner import api as runner
from hailuo_widgets.jobs.runner.api import Runner
from hailuo_widgets.jobs.runner.job import JobState
from hailuo_widgets.jobs.services import connect as connecting
from hailuo_widgets.jobs.services.connect import connect, connections
from hailuo_widgets.jobs.wavespeed.api_key import ApiKey
from hailuo_widgets.library.ledger.transitions import Transitions
from hailuo_widgets.library.library import Library
from tests.support.fast_clock import PATIENCE, clock, deductions, generate
from tests.support.films.mp4_builds import packets
from tests.support.samples import clip, gradient, picture

pytestmark = pytest.mark.slow


def test_a_request_becomes_a_clip(paid, emulator):
    job = generate(gradient(), "[Push in]")
    made = job.wait(PATIENCE)
    assert job.state is JobState.DOWNLOADED
    assert (made.width, made.height, made.frame_count) == (64, 36, 16)
    assert packets(made.path.read_bytes()) == packets(emulator.renderer.clip)
    assert job.prediction_id
    assert job.cost == Decimal("0.49")


def test_states_are_seen_in_order_and_end_with_the_clip(paid):
    seen = []
    job = generate(gradient(), "[Push in]")
    job.observe(lambda job: seen.append(job.state))
    job.wait(PATIENCE)
    order = [state.advanced for state in seen]
    assert order == sorted(order)
    assert seen[-1] is JobState.DOWNLOADED


def test_observers_have_heard_everything_before_whoever_waits_goes_on(paid):
    heard = []
    job = generate(gradient(), "[Push in]")
    job.observe(lambda job: heard.append(job.done or job.clip is not None))
    job.wait(PATIENCE)
    assert heard[-1]


def test_the_same_take_is_the_same_job_and_is_sent_once(paid, emulator):
    one = generate(gradient(), "[Push in]")
    two = generate(gradient(), "[Push in]")
    assert one is two
    one.wait(PATIENCE)
    assert generate(gradient(), "[Push in]").wait(PATIENCE) == one.clip
    assert len(deductions(emulator)) == 1


def test_what_the_library_holds_costs_nothing_in_a_fresh_process(paid, emulator, tmp_path):
    first = generate(gradient(), "[Push in]").wait(PATIENCE)
    connect("emulator", library=tmp_path / "elsewhere")
    connect(
        "wavespeed", api_key="unused", base_url="http://127.0.0.1:9", library=tmp_path / "library"
    )
    again = generate(gradient(), "[Push in]")
    assert again.wait(PATIENCE) == first
    assert len(deductions(emulator)) == 1


def test_another_take_is_another_generation(paid, emulator):
    jobs = [generate(gradient(), "[Push in]", take=take) for take in (1, 2)]
    assert jobs[0].wait(PATIENCE).sha256 != jobs[1].wait(PATIENCE).sha256
    assert len(deductions(emulator)) == 2


def test_all_four_fields_arrive_as_they_were_given(paid, emulator):
    generate(gradient(), "a [Pan left] b", picture(), False).wait(PATIENCE)
    (call,) = emulator.renderer.calls
    assert call["prompt"] == "a [Pan left] b"
    assert call["end_image"] is not None
    assert call["image"] != call["end_image"]


@pytest.mark.parametrize("take", [0, -1, 1.5, "2", True, None, "other"])
def test_a_take_that_is_no_number_from_one_is_refused(paid, take):
    with pytest.raises(errors.InputError, match="take counts from 1"):
        runner.generate(gradient(), "x", take=take)


def test_a_bad_frame_is_refused_before_anything_is_sent(paid, emulator):
    with pytest.raises(errors.FrameError, match="300 px"):
        generate(picture(280, 280), "x")
    assert deductions(emulator) == []
    assert paid.library.ledger.jobs.all() == []


def test_what_does_not_fit_the_budget_is_not_sent(paid, emulator):
    paid.library.ledger.budget.set("wavespeed", Decimal("0.50"))
    generate(gradient(), "one").wait(PATIENCE)
    with pytest.raises(errors.BudgetError, match=r"\$0\.01 is left"):
        generate(gradient(), "two")
    assert len(deductions(emulator)) == 1


def test_the_paid_service_cannot_be_asked_without_connecting(emulator, tmp_path):
    connect("emulator", library=tmp_path / "fresh")
    with pytest.raises(errors.InputError, match="not connected"):
        runner.generate(gradient(), "x", service="wavespeed")


def test_a_wrong_key_is_told_and_never_shown(emulator, tmp_path):
    secret = "sk-sentinel-2f9c"
    connect("wavespeed", budget=5, api_key=secret, base_url=emulator.url, library=tmp_path / "l")
    job = generate(gradient(), "x")
    with pytest.raises(errors.AuthError, match="does not accept the API key") as caught:
        job.wait(PATIENCE)
    assert job.state is JobState.REFUSED
    assert secret not in repr(caught.value) + repr(caught.value.__context__) + repr(vars(job))
    assert connections().paid.budget.committed == 0


@pytest.mark.parametrize("key", ["", "a\nb", "key\n", "k ey", "schlüssel", "\t"])
def test_what_cannot_be_a_key_is_refused_without_showing_it(tmp_path, key):
    with pytest.raises(errors.AuthError, match="WAVESPEED_API_KEY") as caught:
        connect("wavespeed", api_key=key, library=tmp_path / "l")
    assert not key.strip() or key not in str(caught.value)


@pytest.mark.parametrize("url", ["http://example.com", "ftp://127.0.0.1", "nonsense", "https://"])
def test_the_key_is_not_sent_in_the_clear_or_to_nowhere(tmp_path, url):
    with pytest.raises(errors.InputError, match="base_url"):
        connect("wavespeed", api_key="k", base_url=url, library=tmp_path / "l")


def test_an_unknown_service_or_tier_is_a_sentence(tmp_path):
    with pytest.raises(errors.InputError, match="There is no service 'sora'"):
        connect("sora", library=tmp_path / "l")
    with pytest.raises(errors.InputError, match="There is no tier 'iron'"):
        connect("emulator", tier="iron", library=tmp_path / "l")


def test_a_service_that_is_not_there_is_not_sent_and_can_be_asked_again(tmp_path, emulator):
    place = {"budget": 5, "api_key": emulator.key, "library": tmp_path / "l"}
    connect("wavespeed", base_url="http://127.0.0.1:9", **place)
    job = generate(gradient(), "x")
    with pytest.raises(errors.NotSentError, match="nothing was billed"):
        job.wait(PATIENCE)
    assert job.state is JobState.INTENT
    connect("wavespeed", base_url=emulator.url, **place)
    assert generate(gradient(), "x").wait(PATIENCE).frame_count == 16


def test_patience_can_end_while_the_job_goes_on(paid, emulator):
    emulator.renderer.open.clear()
    job = generate(gradient(), "slow")
    with pytest.raises(errors.WaitTimeoutError, match="The job goes on"):
        job.wait(0.05)
    assert not job.done
    emulator.renderer.open.set()
    assert job.wait(PATIENCE) is job.clip


def test_a_job_can_be_awaited(paid):
    async def run():
        return await generate(gradient(), "awaited")

    assert asyncio.run(run()).frame_count == 16


NESTED = """
import asyncio, sys
from tests.support import fast_clock
from tests.support import samples
from hailuo_widgets.jobs.services.connect import connect

connect("wavespeed", budget=5, base_url=sys.argv[1], api_key=sys.argv[2], library=sys.argv[3])


async def cell():
    ticks = []

    async def tick():
        while True:
            ticks.append(1)
            await asyncio.sleep(0.001)

    task = asyncio.ensure_future(tick())
    job = fast_clock.generate(samples.gradient(), "nested")
    before = len(ticks)
    clip = job.wait(fast_clock.PATIENCE)
    task.cancel()
    print(clip.frame_count, len(ticks) - before > 3)


asyncio.run(cell())
"""


def test_waiting_inside_a_running_loop_keeps_its_other_tasks_running(emulator, tmp_path):
    """What nest-asyncio is for: a notebook's own tasks go on during job.wait().

    In a process of its own, because nest-asyncio changes asyncio for the whole process.
    """
    done = subprocess.run(
        [sys.executable, "-c", NESTED, emulator.url, emulator.key, tmp_path / "library"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "16 True\n"


def test_two_kernels_on_one_library_share_one_job(paid, emulator, tmp_path):
    """A second process watches the job that a first one carries, and sends nothing."""
    emulator.renderer.open.clear()
    mine = generate(gradient(), "shared")
    other = Library(tmp_path / "library")
    second = connecting.WaveSpeed(other, "bronze", emulator.url, ApiKey(emulator.key))
    with contextlib.closing(Runner(clock())) as runner:
        theirs = runner.ask(second, mine.request, 1)
        assert theirs is not mine
        emulator.renderer.open.set()
        assert theirs.wait(PATIENCE).sha256 == mine.wait(PATIENCE).sha256
    assert len(deductions(emulator)) == 1
    other.close()


def test_a_clip_whose_file_was_deleted_comes_home_again_at_no_cost(paid, emulator):
    made = generate(gradient(), "lost").wait(PATIENCE)
    made.path.unlink()
    again = generate(gradient(), "lost").wait(PATIENCE)
    assert again.sha256 == made.sha256
    assert again.path.is_file()
    assert len(deductions(emulator)) == 1


def test_frames_are_kept_so_that_a_request_can_be_used_again(paid):
    job = generate(gradient(), "kept", picture())
    job.wait(PATIENCE)
    for frame in (job.request.image, job.request.end_image):
        assert paid.library.media.frame_path(frame.sha256).read_bytes() == frame.data


def test_a_job_says_what_it_is_in_plain_python(paid):
    job = generate(gradient(), "<b>slow push in</b>")
    job.wait(PATIENCE)
    assert repr(job).startswith("<Job downloaded · paid ·")
    assert "64 x 36" in repr(job)


def test_a_clip_of_another_length_and_size_is_taken_as_it_is(paid, emulator):
    emulator.renderer.clip, usual = (
        clip(frames=30, width=128, height=96, fps=25),
        emulator.renderer.clip,
    )
    made = generate(gradient(), "other").wait(PATIENCE)
    emulator.renderer.clip = usual
    assert (made.width, made.height, made.fps, made.frame_count) == (128, 96, 25.0, 30)


def test_what_was_just_made_is_not_said_to_come_from_the_library(paid):
    said = []
    job = generate(gradient(), "new")
    job.observe(lambda job: said.append((job.from_library, job.detail)))
    job.wait(PATIENCE)
    assert said[-1] == (False, "ready")


def test_what_comes_from_the_library_says_so_and_how_long_it_took_then(paid, tmp_path):
    first = generate(gradient(), "kept")
    first.wait(PATIENCE)
    connect("emulator", library=tmp_path / "elsewhere")
    connect("wavespeed", api_key="k", base_url="http://127.0.0.1:9", library=tmp_path / "library")
    with contextlib.closing(Runner(clock())) as runner:
        again = generate(gradient(), "kept", runner=runner)
    assert (again.from_library, again.detail) == (True, "already in your library")
    assert again.finished_at <= first.finished_at


class Stubborn(Transitions):
    """Of a ledger on a disk that takes nothing new for a while."""

    refusing = 0
    states = frozenset()

    def advance(self, job_id, state, *arguments, **facts):
        if state in self.states and self.refusing:
            self.refusing -= 1
            raise errors.LibraryError("The disk is full.")
        return super().advance(job_id, state, *arguments, **facts)

    def release(self, job_id):
        if "release" in self.states and self.refusing:
            self.refusing -= 1
            raise errors.LibraryError("The disk is full.")
        super().release(job_id)


@pytest.fixture
def stubborn(paid):
    ledger = paid.library.ledger
    ledger.transitions = Stubborn(ledger._database, ledger._table)
    return ledger


def test_an_id_that_cannot_be_written_down_at_once_is_written_down_later(stubborn, emulator):
    """Nothing else could bring it back."""
    stubborn.transitions.states, stubborn.transitions.refusing = {JobState.ACCEPTED}, 3
    assert generate(gradient(), "full").wait(PATIENCE).frame_count == 16
    assert stubborn.transitions.refusing == 0
    assert len(deductions(emulator)) == 1


def test_what_cannot_be_written_down_at_all_is_told_as_unknown_with_its_id(stubborn, emulator):
    stubborn.transitions.states, stubborn.transitions.refusing = {JobState.ACCEPTED}, 99
    job = generate(gradient(), "full")
    with pytest.raises(errors.UnknownOutcomeError, match="may have been billed") as caught:
        job.wait(PATIENCE)
    assert deductions(emulator)[0]["prediction"] in str(caught.value)
    assert job.state is JobState.UNKNOWN


def test_an_id_that_could_not_be_written_down_is_when_the_disk_has_room_again(stubborn, emulator):
    stubborn.transitions.states, stubborn.transitions.refusing = {JobState.ACCEPTED}, 9
    job = generate(gradient(), "full")
    with pytest.raises(errors.UnknownOutcomeError):
        job.wait(PATIENCE)
    emulator.until(lambda: stubborn.jobs.row(job.row_id).prediction_id)
    assert generate(gradient(), "full").wait(PATIENCE).frame_count == 16
    assert len(deductions(emulator)) == 1


@pytest.mark.parametrize("times", [1, 4])
def test_an_outcome_that_cannot_be_written_down_is_unknown_and_is_looked_for_later(
    stubborn, emulator, times
):
    emulator.fault(28, "after")
    stubborn.transitions.states, stubborn.transitions.refusing = {JobState.UNKNOWN}, times
    job = generate(gradient(), "full")
    with pytest.raises(errors.UnknownOutcomeError, match="may have been billed"):
        job.wait(PATIENCE)
    emulator.until(lambda: "One prediction fits" in str(job.error))
    assert stubborn.jobs.row(job.row_id).state is JobState.UNKNOWN
    assert len(deductions(emulator)) == 1


def test_a_lease_that_cannot_be_given_up_is_given_up_when_the_disk_has_room_again(
    stubborn, emulator
):
    """Otherwise it would hold up the queue of all kernels for as long as this one lives."""
    stubborn.transitions.states, stubborn.transitions.refusing = {"release"}, 4
    emulator.fault(31, "missing", times=99)
    job = generate(gradient(), "full")
    with pytest.raises(errors.RateLimitError):
        job.wait(PATIENCE)
    emulator.until(lambda: stubborn.jobs.row(job.row_id).holder is None)


@pytest.mark.parametrize("status", ["404", "502"])
def test_trouble_with_a_clip_that_is_fetched_again_is_not_taken_for_its_end(paid, emulator, status):
    made = generate(gradient(), "lost").wait(PATIENCE)
    made.path.unlink()
    if status == "502":
        emulator.fault(42, at=["result"])
        assert generate(gradient(), "lost").wait(PATIENCE).sha256 == made.sha256
    else:
        emulator.fault(26)
        with pytest.raises(errors.RecordGoneError):
            generate(gradient(), "lost").wait(PATIENCE)


def test_questions_and_lag_are_recorded(paid, emulator):
    job = generate(gradient(), "counted")
    job.wait(PATIENCE)
    row = paid.library.ledger.jobs.row(job.row_id)
    assert row.questions == emulator.state()["requests"]["result"]
    assert row.lag_seconds >= 0
