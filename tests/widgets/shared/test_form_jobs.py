"""The jobs of a form: their lines, and what a person may decide about them."""

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from hailuo_widgets.errors import InputError, UnknownOutcomeError
from hailuo_widgets.jobs.runner.job import Job, JobState
from hailuo_widgets.request.video_request import VideoRequest
from hailuo_widgets.widgets.shared.form_jobs import FormJobs
from hailuo_widgets.widgets.shared.job_actions import choices_of
from tests.support.samples import picture

FOUND = SimpleNamespace(
    prediction_id="abc",
    status="completed",
    created_at=datetime(2026, 11, 22, 12, tzinfo=UTC),
    prompt=None,
)


class JobActions:
    """Notes what a person said."""

    def __init__(self):
        self.said = []

    def adopt(self, job, prediction_id):
        self.said.append(("adopt", job, prediction_id))

    def keep_looking(self, job):
        self.said.append(("look", job))

    def send_again(self, job, price):
        self.said.append(("send", job, price))
        return make_job(self, "again", take=2)

    def withdraw(self, job):
        self.said.append(("withdraw", job))

    def write_off(self, job):
        self.said.append(("write_off", job))


def make_job(care, prompt="dawn", *, take=1, service="wavespeed"):
    request = VideoRequest(picture(), prompt)
    job = Job(request, take, service, expected_seconds=(30.0, 90.0), actions=care)
    job.cost = Decimal("0.49") if service == "wavespeed" else Decimal("0.00")
    return job


def unknown(care, **more):
    job = make_job(care, **more)
    job.finish(UnknownOutcomeError("The answer was lost."), JobState.UNKNOWN, "may be billed")
    return job


@pytest.fixture
def care():
    return JobActions()


@pytest.fixture
def jobs():
    return FormJobs(lambda _: None)


def acts(job):
    return [choice["act"] for choice in choices_of(job)]


def test_a_job_that_goes_its_way_asks_nothing(care):
    job = make_job(care)
    assert acts(job) == []
    job.change(JobState.PROCESSING, "processing")
    assert acts(job) == []


def test_a_lost_answer_can_be_looked_for_or_sent_again(care):
    job = unknown(care)
    assert acts(job) == ["look", "send"]
    assert choices_of(job)[1]["label"] == "Send it again · $0.49"
    job.candidates = (FOUND,)
    assert acts(job) == ["adopt", "look", "send"]
    assert choices_of(job)[0]["prediction"] == "abc"
    assert "completed" in choices_of(job)[0]["facts"]
    job.may_write_off = True
    assert acts(job)[-1] == "write_off"


def test_while_it_is_looked_for_an_impatient_person_may_ask_for_another_look(care):
    job = unknown(care)
    assert choices_of(job)[0]["label"] == "Keep looking"
    job.searching = True
    assert choices_of(job)[0]["label"] == "Look again now"


def test_a_lost_draft_asks_nothing(care):
    assert acts(unknown(care, service="emulator")) == []


def test_the_newest_those_on_their_way_and_those_that_wait_for_a_word_are_lines(care, jobs):
    doubtful, running, ended, newest = (
        unknown(care, prompt="a"),
        make_job(care, "b"),
        make_job(care, "c"),
        make_job(care, "d", take=3),
    )
    ended.finish(UnknownOutcomeError("no"), JobState.FAILED, "failed")
    for job in (doubtful, running, ended, newest):
        jobs.follow(job)
    newest.finish(UnknownOutcomeError("no"), JobState.FAILED, "failed")
    lines = jobs.lines("b")
    assert [line["about"] for line in lines] == ["a", "", "d · take 3"]
    assert [line["headline"] for line in lines] == ["May have been billed", "", ""]


def test_jobs_of_earlier_kernels_come_first_and_are_not_the_newest(care, jobs):
    home, own = make_job(care, "home"), make_job(care, "own")
    jobs.add_resumed([home])
    assert jobs.newest is None
    jobs.follow(own)
    assert jobs.newest is own
    assert [line["about"] for line in jobs.lines("")] == ["home", "own"]


def test_a_persons_word_reaches_the_job_it_is_about(care, jobs):
    first, second = unknown(care, prompt="a"), unknown(care, prompt="b")
    first.candidates = (FOUND,)
    jobs.follow(first)
    jobs.follow(second)
    first_key, second_key = (line["key"] for line in jobs.lines(""))
    jobs.decide({"key": first_key, "act": "adopt", "prediction": "abc"})
    jobs.decide({"key": second_key, "act": "look", "prediction": ""})
    assert care.said == [("adopt", first, "abc"), ("look", second)]


def test_what_is_sent_again_is_followed_as_the_newest(care, jobs):
    job = unknown(care)
    jobs.follow(job)
    jobs.decide({"key": 0, "act": "send", "prediction": ""})
    assert care.said == [("send", job, Decimal("0.49"))]
    assert jobs.newest.request.prompt == "again"


def test_a_word_that_came_too_late_or_was_never_offered_does_nothing(care, jobs):
    job = make_job(care)
    jobs.follow(job)
    for fields in (
        {"key": 0, "act": "send"},
        {"key": 7, "act": "look"},
        {"key": 0, "act": "adopt", "prediction": "abc"},
    ):
        with pytest.raises(InputError, match="Nothing was done"):
            jobs.decide(fields)
    doubtful = unknown(care, prompt="x")
    doubtful.candidates = (FOUND,)
    jobs.follow(doubtful)
    with pytest.raises(InputError, match="Nothing was done"):
        jobs.decide({"key": 1, "act": "adopt", "prediction": "of-another"})
    assert care.said == []


def test_what_was_never_sent_can_be_sent_or_withdrawn(care, jobs):
    job = make_job(care)
    job.finish(UnknownOutcomeError("never sent"), JobState.INTENT, "never sent")
    assert acts(job) == ["send", "withdraw"]
    jobs.follow(job)
    jobs.decide({"key": 0, "act": "withdraw", "prediction": ""})
    assert care.said == [("withdraw", job)]
