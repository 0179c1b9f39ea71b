"""A fresh kernel brings home what an earlier one left: at no cost, and without being asked."""

import contextlib
from decimal import Decimal

import pytest

from hailuo_widgets import errors
from hailuo_widgets.jobs.runner.api import Runner
from hailuo_widgets.jobs.runner.job import JobState
from hailuo_widgets.jobs.runner.resumed import ResumedJobs
from hailuo_widgets.jobs.services.connect import Emulator, WaveSpeed
from hailuo_widgets.jobs.wavespeed.api_key import ApiKey
from hailuo_widgets.library.library import Library
from tests.support.fast_clock import PATIENCE, clock, deductions, generate
from tests.support.samples import gradient, request


class Kernel:
    """A process on a library, as other processes see it: it can be killed, and leaves everything."""

    def __init__(self, folder, emulator):
        self.library = Library(folder)
        self.library.ledger.budget.set("wavespeed", Decimal(5))
        self.paid = WaveSpeed(self.library, "ultra", emulator.url, ApiKey(emulator.key))
        self.runner = Runner(clock())

    def left(self, state, prompt="[Push in]", prediction_id=None, price=Decimal("0.49")):
        """Write down a job as this kernel would, up to a state."""
        asked = request(prompt)
        for frame in filter(None, (asked.image, asked.end_image)):
            self.library.media.keep_frame(frame)
        row, mine = self.library.ledger.begin(
            "wavespeed" if price else "emulator",
            asked,
            1,
            price,
            holder=self.library.holder.name,
            is_alive=self.library.holder.is_alive,
            has_clip=lambda _: True,
        )
        assert mine
        for step in (JobState.SENT, JobState.ACCEPTED):
            if step.advanced <= state.advanced:
                known = prediction_id if step is JobState.ACCEPTED else None
                self.library.ledger.transitions.advance(row.id, step, prediction_id=known)
        return row.id

    def die(self):
        self.library.holder.close()

    def close(self):
        self.runner.close()
        self.library.close()


@pytest.fixture
def kernels(tmp_path, emulator):
    """Start kernels on one library."""
    made = []

    def start():
        made.append(Kernel(tmp_path / "library", emulator))
        return made[-1]

    yield start
    for each in made:
        each.close()


def wait(job):
    with contextlib.suppress(errors.HailuoError):
        job.wait(PATIENCE)
    return job


def test_what_the_service_accepted_comes_home_and_nothing_is_sent(kernels, emulator):
    earlier = kernels()
    earlier.left(JobState.ACCEPTED, prediction_id=emulator.accepted())
    earlier.die()
    fresh = kernels()
    (job,) = fresh.runner.resume(fresh.paid).jobs
    assert job.wait(PATIENCE).frame_count == 16
    assert job.request == request("[Push in]")
    assert len(deductions(emulator)) == 1


def test_what_never_left_is_told_and_sent_by_a_persons_word_alone(kernels, emulator):
    earlier = kernels()
    earlier.left(JobState.INTENT)
    earlier.die()
    fresh = kernels()
    (job,) = fresh.runner.resume(fresh.paid).jobs
    with pytest.raises(errors.NotSentError, match="never sent"):
        job.wait(PATIENCE)
    assert job.never_sent
    assert deductions(emulator) == []
    assert job.send_again().wait(PATIENCE).frame_count == 16
    assert len(deductions(emulator)) == 1
    assert [row.take for row in fresh.library.ledger.jobs.all()] == [1]


def test_what_never_left_can_be_withdrawn_and_its_money_is_free(kernels, emulator):
    earlier = kernels()
    earlier.left(JobState.INTENT)
    earlier.die()
    fresh = kernels()
    job = wait(fresh.runner.resume(fresh.paid).jobs[0])
    assert fresh.paid.budget.committed == Decimal("0.49")
    job.withdraw()
    assert job.state is JobState.REFUSED
    assert not job.never_sent
    assert fresh.paid.budget.committed == 0
    with pytest.raises(errors.RefusedError, match="Withdrawn by you"):
        job.wait(0)
    assert deductions(emulator) == []


def test_what_was_being_sent_may_have_been_billed_and_is_looked_for(kernels, emulator):
    earlier = kernels()
    earlier.left(JobState.SENT)
    there = emulator.accepted()
    earlier.die()
    fresh = kernels()
    home = fresh.runner.resume(fresh.paid)
    (job,) = home.jobs
    with pytest.raises(errors.UnknownOutcomeError, match="One prediction fits"):
        job.wait(PATIENCE)
    assert [each.prediction_id for each in job.candidates] == [there]
    assert home.sentence == "1 clip was on its way; 1 may have been billed."


def test_drafts_are_rendered_again_wherever_they_stood(kernels, emulator):
    """The emulator that had them ended with its kernel."""

    class Local(Emulator):
        async def client(self, http_clients):
            return await WaveSpeed(
                self.library, "ultra", emulator.url, ApiKey(emulator.key)
            ).client(http_clients)

    earlier = kernels()
    earlier.left(JobState.INTENT, "one", price=Decimal(0))
    earlier.left(JobState.SENT, "two", price=Decimal(0))
    earlier.left(JobState.ACCEPTED, "three", prediction_id="of-another-emulator", price=Decimal(0))
    earlier.die()
    fresh = kernels()
    home = fresh.runner.resume(Local(fresh.library, "ultra"), fresh.paid)
    assert [job.wait(PATIENCE).frame_count for job in home.jobs] == [16] * 3
    assert home.sentence == "3 clips were on their way; 3 arrived."


def test_what_another_living_kernel_carries_is_followed_and_taken_over_at_its_end(
    kernels, emulator
):
    living = kernels()
    living.left(JobState.ACCEPTED, prediction_id=emulator.accepted())
    fresh = kernels()
    (job,) = fresh.runner.resume(fresh.paid).jobs
    with pytest.raises(errors.WaitTimeoutError):
        job.wait(0.2)
    assert emulator.state()["requests"].get("result", 0) == 0
    living.die()
    assert job.wait(PATIENCE).frame_count == 16


def test_two_kernels_that_wake_up_together_ask_about_a_job_once(kernels, emulator):
    earlier = kernels()
    emulator.renderer.open.clear()
    ids = [earlier.left(JobState.ACCEPTED, prediction_id=emulator.accepted())]
    earlier.die()
    homes = [(each, each.runner.resume(each.paid)) for each in (kernels(), kernels())]
    holders = {kernel.library.holder.name for kernel, _ in homes}
    emulator.until(lambda: earlier.library.ledger.jobs.row(ids[0]).holder in holders)
    emulator.renderer.open.set()
    assert len({home.jobs[0].wait(PATIENCE).sha256 for _, home in homes}) == 1
    assert (
        earlier.library.ledger.jobs.row(ids[0]).questions == emulator.state()["requests"]["result"]
    )


def test_resuming_again_is_harmless_and_names_the_same_jobs(kernels, emulator):
    earlier = kernels()
    emulator.renderer.open.clear()
    earlier.left(JobState.ACCEPTED, prediction_id=emulator.accepted())
    earlier.die()
    fresh = kernels()
    first, second = fresh.runner.resume(fresh.paid), fresh.runner.resume(fresh.paid)
    assert first.jobs == second.jobs
    emulator.renderer.open.set()
    first.jobs[0].wait(PATIENCE)


def test_a_job_of_this_kernel_is_no_homecomer(paid, emulator):
    emulator.renderer.open.clear()
    with contextlib.closing(Runner(clock())) as runner:
        job = generate(gradient(), "mine", runner=runner)
        assert runner.resume(paid).jobs == []
        emulator.renderer.open.set()
        job.wait(PATIENCE)


def test_a_clip_comes_home_even_if_its_picture_is_gone(kernels, emulator):
    earlier = kernels()
    earlier.left(JobState.ACCEPTED, prediction_id=emulator.accepted())
    earlier.library.media.frame_path(request().image.sha256).unlink()
    earlier.die()
    fresh = kernels()
    (job,) = fresh.runner.resume(fresh.paid).jobs
    assert job.wait(PATIENCE).frame_count == 16
    with pytest.raises(errors.LibraryError, match="not in the library any more"):
        job.send_again()


def test_the_sentence_follows_the_jobs_and_is_told_when_it_changes(kernels, emulator):
    earlier = kernels()
    emulator.renderer.open.clear()
    earlier.left(JobState.ACCEPTED, "one", prediction_id=emulator.accepted())
    earlier.left(JobState.INTENT, "two")
    earlier.die()
    fresh = kernels()
    home = fresh.runner.resume(fresh.paid)
    said = []
    stop = home.observe(lambda each: said.append(each.sentence))
    wait(home.jobs[1])
    emulator.renderer.open.set()
    wait(home.jobs[0])
    stop()
    assert said[-1] == "2 clips were on their way; 1 arrived, 1 was never sent."
    assert len(said) == len(set(said))


def test_nothing_on_its_way_is_nothing_to_say():
    assert ResumedJobs([]).sentence == ""


def test_what_is_out_of_reach_is_told_with_the_way_there():
    assert ResumedJobs([], 2).sentence.startswith("2 clips may be at the paid service: hw.connect(")
