"""Every quirk of the service's contract, as the kit meets it: survived, and told truly.

The emulator's side of each stands in ``test_emulator_quirks.py``. Two questions are asked of every
paid submission here: how often was it charged, and does the kit say so?
"""

import contextlib
from decimal import Decimal

import pytest

from hailuo_widgets import errors
from hailuo_widgets.jobs.runner.api import Runner
from hailuo_widgets.jobs.runner.job import JobState
from hailuo_widgets.jobs.wavespeed.client import read_prediction
from tests.support.fast_clock import PATIENCE, clock, deductions, generate
from tests.support.samples import gradient

pytestmark = [pytest.mark.usefixtures("paid"), pytest.mark.slow]


def run(prompt="[Push in]"):
    """Ask once and wait for the end, whatever it is."""
    job = generate(gradient(), prompt)
    with contextlib.suppress(errors.HailuoError):
        job.wait(PATIENCE)
    return job


def assert_clip(job, emulator, charged=1):
    assert job.error is None
    assert job.state is JobState.DOWNLOADED
    assert job.clip.frame_count == 16
    assert len(deductions(emulator)) == charged


def assert_unknown(job, emulator, charged):
    """It may have been billed; asking again sends nothing."""
    assert isinstance(job.error, errors.UnknownOutcomeError)
    assert job.state is JobState.UNKNOWN
    assert "may have been billed" in str(job.error)
    again = run(job.request.prompt)
    assert isinstance(again.error, errors.UnknownOutcomeError)
    assert len(deductions(emulator)) == charged


def assert_refused(job, emulator, kind=errors.RefusedError):
    """Nothing was billed; asking again is a fresh, honest try."""
    assert isinstance(job.error, kind)
    assert job.state is JobState.REFUSED
    assert "othing was billed" in str(job.error)
    assert job.cost == Decimal(0)
    assert deductions(emulator) == []
    assert_clip(run(job.request.prompt), emulator)


def assert_failed(job, emulator, *words):
    assert isinstance(job.error, errors.GenerationFailedError)
    assert "refund" in str(job.error)
    for word in words:
        assert word in str(job.error)
    assert len(deductions(emulator)) == 1


# -- body -------------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", ["null", "absent", "empty"])
def test_q01_completed_without_output_is_told_and_can_be_looked_at_again(emulator, variant):
    emulator.fault(1, variant)
    job = run()
    assert isinstance(job.error, errors.NoOutputError)
    assert_clip(run(), emulator)


@pytest.mark.parametrize("variant", ["string", "objects", "base64"])
def test_q02_outputs_of_any_shape_are_brought_home(emulator, variant):
    emulator.fault(2, variant, times=9)
    assert_clip(run(), emulator)


@pytest.mark.parametrize("variant", ["null", "absent"])
def test_q03_a_submission_answered_without_data_is_unknown(emulator, variant):
    emulator.fault(3, variant, at=["submit"])
    assert_unknown(run(), emulator, charged=1)


@pytest.mark.parametrize("variant", ["null", "absent"])
def test_q03_a_result_without_data_is_asked_for_again(emulator, variant):
    emulator.fault(3, variant, at=["result"], times=2)
    assert_clip(run(), emulator)


def test_q04_an_id_under_another_envelope_code_is_accepted(emulator):
    emulator.fault(4, "kept", at=["submit"])
    assert_clip(run(), emulator)


def test_q04_another_envelope_code_without_an_id_is_unknown(emulator):
    emulator.fault(4, "bare", at=["submit"])
    assert_unknown(run(), emulator, charged=1)


def test_q04_a_result_under_another_envelope_code_is_asked_for_again(emulator):
    emulator.fault(4, "bare", at=["result"], times=2)
    assert_clip(run(), emulator)


@pytest.mark.parametrize("variant", ["absent", "null", "empty"])
def test_q05_success_without_an_id_is_unknown(emulator, variant):
    emulator.fault(5, variant)
    assert_unknown(run(), emulator, charged=1)


@pytest.mark.parametrize("variant", ["html", "text", "empty", "cut"])
def test_q06_an_unreadable_answer_to_a_submission_is_unknown(emulator, variant):
    emulator.fault(6, variant, at=["submit"])
    assert_unknown(run(), emulator, charged=1)


@pytest.mark.parametrize("variant", ["html", "text", "empty", "cut"])
def test_q06_an_unreadable_result_is_asked_for_again(emulator, variant):
    emulator.fault(6, variant, at=["result"], times=3)
    assert_clip(run(), emulator)


def test_q07_a_task_code_of_zero_is_no_failure(emulator):
    emulator.fault(7, "zero", times=9)
    assert_clip(run(), emulator)


def test_q07_a_task_code_is_told_by_its_meaning(emulator):
    emulator.fault(7, "failed")
    job = run()
    assert_failed(job, emulator)
    assert job.error.code is not None


@pytest.mark.parametrize("variant", ["absent", "null", "running"])
def test_q08_an_error_text_alone_is_no_failure(emulator, variant):
    emulator.fault(8, variant, times=9)
    assert_clip(run(), emulator)


@pytest.mark.parametrize("variant", ["null", "absent", "empty", "flagged"])
def test_q09_safety_flags_of_any_shape_leave_the_clip(emulator, variant):
    emulator.fault(9, variant, times=9)
    assert_clip(run(), emulator)


def test_q09_a_flag_is_read():
    assert read_prediction({"has_nsfw_contents": [True]}, "p").flagged
    assert not read_prediction({"has_nsfw_contents": None}, "p").flagged


@pytest.mark.parametrize("variant", ["keys", "floats"])
def test_q10_extra_keys_and_floats_do_not_matter(emulator, variant):
    emulator.fault(10, variant, times=9)
    assert_clip(run(), emulator)


@pytest.mark.parametrize("variant", ["ns", "ms"])
def test_q11_dates_of_any_precision_do_not_matter(emulator, variant):
    emulator.fault(11, variant, times=9)
    assert_clip(run(), emulator)


@pytest.mark.parametrize("variant", ["prefixed", "long"])
def test_q12_ids_of_other_forms_are_followed(emulator, variant):
    emulator.fault(12, variant)
    assert_clip(run(), emulator)


def test_q12_an_id_that_would_lead_elsewhere_is_encoded_and_leads_to_its_clip(emulator):
    emulator.fault(12, "path")
    assert_clip(run(), emulator)


@pytest.mark.parametrize("variant", ["absent", "bare", "foreign"])
def test_q13_the_address_in_the_answer_is_not_needed_and_not_trusted(emulator, variant):
    emulator.fault(13, variant, times=9)
    assert_clip(run(), emulator)


@pytest.mark.parametrize("variant", ["message", "data"])
def test_q14_each_error_body_with_json_is_a_refusal(emulator, variant):
    emulator.fault(14, variant, at=["submit"])
    assert_refused(run(), emulator)


def test_q14_a_blocked_account_is_a_refusal_of_the_key(emulator):
    emulator.fault(14, "error_code", at=["submit"])
    assert_refused(run(), emulator, errors.AuthError)


def test_q14_an_error_without_a_body_is_unknown(emulator):
    emulator.fault(14, "none", at=["submit"])
    assert_unknown(run(), emulator, charged=0)


# -- state ------------------------------------------------------------------------------------


def test_q15_failed_under_http_200_is_a_failure(emulator):
    emulator.fault(15)
    assert_failed(run(), emulator)


@pytest.mark.parametrize("variant", ["no_code", "opaque"])
def test_q16_a_failure_without_a_reason_is_still_told(emulator, variant):
    emulator.fault(16, variant)
    assert_failed(run(), emulator)


def test_q17_a_long_stay_in_created_is_waited_out(emulator):
    emulator.fault(17, seconds=0.3)
    assert_clip(run(), emulator)


def test_q18_an_end_without_processing_is_an_end(emulator):
    emulator.fault(18)
    assert_clip(run(), emulator)


@pytest.mark.parametrize("variant", ["pending", "processing", "completed"])
def test_q19_any_first_status_is_taken(emulator, variant):
    emulator.fault(19, variant)
    assert_clip(run(), emulator)


@pytest.mark.parametrize("variant", ["unknown", "empty"])
def test_q20_an_unknown_status_is_running(emulator, variant):
    emulator.fault(20, variant, times=3)
    assert_clip(run(), emulator)


@pytest.mark.parametrize(
    ("variant", "state"), [("cancelled", JobState.CANCELLED), ("timeout", JobState.TIMEOUT)]
)
def test_q21_cancelled_and_timeout_are_final(emulator, variant, state):
    emulator.fault(21, variant)
    job = run()
    assert_failed(job, emulator)
    assert job.state is state


def test_q21_deleted_is_final_and_no_failed_generation(emulator):
    emulator.fault(21, "deleted")
    job = run()
    assert isinstance(job.error, errors.RecordGoneError)
    assert job.state is JobState.DELETED


def test_q22_canceled_is_cancelled(emulator):
    emulator.fault(22, "canceled")
    assert run().state is JobState.CANCELLED


def test_q22_succeeded_is_completed(emulator):
    emulator.fault(22, "succeeded", times=9)
    assert_clip(run(), emulator)


def test_q23_404_just_after_submission_is_waited_out(emulator):
    emulator.fault(23, seconds=0.3)
    assert_clip(run(), emulator)


@pytest.mark.parametrize("variant", ["created", "processing"])
def test_q24_a_status_going_backwards_does_not_move_the_job_back(emulator, variant):
    emulator.fault(24, variant, times=2)
    assert_clip(run(), emulator)


@pytest.mark.parametrize("variant", ["processing", "created"])
def test_q25_patience_ends_and_the_job_can_be_taken_up_again(emulator, variant):
    emulator.fault(25, variant)
    with contextlib.closing(Runner(clock(hurry=2000))) as runner:
        job = generate(gradient(), "endless", runner=runner)
        with pytest.raises(errors.WaitTimeoutError):
            job.wait(PATIENCE)
    assert "at no cost" in str(job.error)
    assert not job.state.final
    assert len(deductions(emulator)) == 1


def test_q26_a_record_gone_after_retention_is_no_failed_generation(emulator):
    emulator.fault(26, "record")
    job = run()
    assert isinstance(job.error, errors.RecordGoneError)
    assert "does not mean that the generation failed" in str(job.error)


def test_q26_a_file_gone_is_told_with_its_prediction(emulator):
    emulator.fault(26, "file")
    job = run()
    assert isinstance(job.error, errors.DownloadError)
    assert job.error.prediction_id == job.prediction_id


def test_q27_a_task_deleted_elsewhere_ends_the_job(emulator):
    emulator.fault(27)
    assert isinstance(run().error, errors.RecordGoneError)


# -- money ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("variant", "charged"), [("after", 1), ("during", 1), ("before", 0)])
def test_q28_a_connection_lost_around_acceptance_is_unknown(emulator, variant, charged):
    emulator.fault(28, variant)
    assert_unknown(run(), emulator, charged)


def test_q28_a_connection_lost_while_sending_is_unknown(emulator):
    emulator.fault(28, "sending")
    job = run()
    assert_unknown(job, emulator, charged=len(deductions(emulator)))


@pytest.mark.parametrize("variant", ["500", "502", "503", "504"])
def test_q29_a_server_error_after_acceptance_is_unknown(emulator, variant):
    emulator.fault(29, variant)
    assert_unknown(run(), emulator, charged=1)


def test_q30_a_late_answer_is_waited_for(emulator):
    emulator.fault(30, seconds=0.3)
    assert_clip(run(), emulator)


@pytest.mark.parametrize("variant", ["seconds", "date", "missing"])
def test_q31_too_many_requests_wait_for_another_turn(emulator, variant):
    """The service itself said that nothing was accepted."""
    emulator.fault(31, variant, times=2)
    job = generate(gradient(), "patient")
    job.wait(PATIENCE)
    assert_clip(job, emulator)
    assert emulator.state()["requests"]["submit"] == 3


def test_q31_too_many_requests_said_by_a_gateway_is_a_refusal(emulator):
    """Who knows what it has let through: nothing is sent again without a person's word."""
    emulator.fault(31, "html")
    assert_refused(run(), emulator, errors.RateLimitError)


def test_q32_a_shortage_of_credit_is_a_refusal_in_the_services_words(emulator):
    emulator.fault(32)
    job = run()
    assert "credit" in str(job.error)
    assert_refused(job, emulator)


def test_q33_an_unknown_key_is_refused_here_before_anything_is_sent(emulator):
    from hailuo_widgets import VideoRequest

    with pytest.raises(TypeError, match="the service knows no seed"):
        VideoRequest(gradient(), "x", seed=7)
    assert deductions(emulator) == []


def test_q34_a_late_refund_stays_spent_in_the_budget(emulator, paid):
    emulator.fault(34, "late", at=["submit"])
    emulator.fault(15)
    run()
    assert paid.budget.spent == Decimal("0.49")


# Q35 to Q38 are quirks of price, billing and list answers: see test_queue.py, test_reconcile.py and
# test_search.py. Q40 is one of deletions, which the kit never asks for.


def test_q39_two_identical_requests_are_two_takes_or_one_job(emulator):
    first, second = generate(gradient(), "twin"), generate(gradient(), "twin")
    assert first is second
    first.wait(PATIENCE)
    assert len(deductions(emulator)) == 1


# -- network and files ------------------------------------------------------------------------


@pytest.mark.parametrize("variant", ["seconds", "date", "missing"])
def test_q41_too_many_questions_are_waited_out(emulator, variant):
    emulator.fault(41, variant, times=2, seconds=2)
    assert_clip(run(), emulator)


@pytest.mark.parametrize("variant", ["502", "503", "504"])
def test_q42_a_burst_of_gateway_errors_is_waited_out(emulator, variant):
    emulator.fault(42, variant, times=4)
    assert_clip(run(), emulator)


@pytest.mark.parametrize("variant", ["307", "308", "302", "301"])
def test_q43_a_redirected_submission_is_not_followed(emulator, variant):
    emulator.fault(43, variant)
    assert_unknown(run(), emulator, charged=len(deductions(emulator)))


# Q44 concerns upload tickets: the main job sends its frames inside the request and asks for none.


@pytest.mark.parametrize(
    "variant",
    ["redirect", "no-length", "wrong-length", "wrong-type", "short", "403", "404"],
)
def test_q45_a_download_with_trouble_arrives_whole(emulator, variant):
    emulator.fault(45, variant)
    assert_clip(run(), emulator)


def test_q45_a_download_redirected_to_a_file_is_not_followed(emulator):
    emulator.fault(45, "redirect-file", times=9)
    job = run()
    assert isinstance(job.error, errors.DownloadError)
    emulator.clear_faults()
    assert_clip(run(), emulator)


@pytest.mark.parametrize("variant", ["length", "size", "rate"])
def test_q46_a_clip_of_another_shape_is_taken_as_it_is(emulator, variant):
    emulator.fault(46, variant)
    assert_clip(run(), emulator)


def test_q47_the_data_uri_is_sent_in_its_standard_form(emulator):
    assert_clip(run(), emulator)
    from tests.support.samples import request

    assert b'"data:image/jpeg;base64,' in request().payload()


@pytest.mark.parametrize(("variant", "word"), [("1402", "not reachable"), ("1401", "parameter")])
def test_q48_an_image_that_fails_later_is_told_with_its_reason(emulator, variant, word):
    emulator.fault(48, variant)
    assert_failed(run(), emulator, word, "Change the prompt or the pictures")


def test_q49_moderation_is_told_as_such(emulator):
    emulator.fault(49)
    assert_failed(run(), emulator, "moderation")


@pytest.mark.parametrize("variant", ["ahead", "behind"])
def test_q50_a_clock_that_is_off_does_not_matter(emulator, variant):
    emulator.fault(50, variant, times=99)
    assert_clip(run(), emulator)
