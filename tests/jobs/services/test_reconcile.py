"""The ledger beside the service's bill: equal to the cent, or the difference told."""

import contextlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from hailuo_widgets import errors
from hailuo_widgets.jobs.runner import api
from hailuo_widgets.jobs.runner.job import JobState
from hailuo_widgets.jobs.services.connect import WaveSpeed, connect
from hailuo_widgets.jobs.wavespeed.api_key import ApiKey
from hailuo_widgets.library.library import Library
from tests.support.fast_clock import PATIENCE, RUNNER, generate
from tests.support.samples import gradient, request

PRICE = Decimal("0.49")


def run(prompt="[Push in]"):
    job = generate(gradient(), prompt)
    with contextlib.suppress(errors.HailuoError):
        job.wait(PATIENCE)
    return job


def kinds(found):
    return [each.kind for each in found.differences]


def test_what_agrees_is_counted_and_nothing_is_said_of_it(paid):
    for prompt in ("one", "two"):
        run(prompt)
    found = RUNNER.reconcile(paid)
    assert (found.matched, found.differences, found.unknown) == (2, (), ())
    assert found.total_ledger == found.total_service == 2 * PRICE
    assert found.agrees


def test_a_refund_is_written_down_and_frees_the_budget(paid, emulator):
    emulator.fault(15)
    job = run()
    assert job.state is JobState.FAILED
    assert paid.budget.spent == PRICE
    found = RUNNER.reconcile(paid)
    assert found.refunded == PRICE
    assert found.total_ledger == found.total_service == 0
    assert (paid.budget.spent, paid.budget.refunded) == (0, PRICE)
    assert RUNNER.reconcile(paid) == found


def test_a_refund_that_has_not_come_yet_stays_spent(paid, emulator):
    """Q34: it comes hours later."""
    emulator.fault(34)
    run()
    found = RUNNER.reconcile(paid)
    assert (found.matched, found.total_service, paid.budget.spent) == (1, PRICE, PRICE)


@pytest.mark.parametrize("variant", ["micro", "negative"])
def test_q36_amounts_of_another_unit_or_sign_are_understood(paid, emulator, variant):
    run()
    emulator.fault(36, variant, times=9)
    assert RUNNER.reconcile(paid).matched == 1


@pytest.mark.parametrize("variant", ["no_total", "has_more"])
def test_q37_lists_that_do_not_say_how_long_they_are_are_read_to_their_end(paid, emulator, variant):
    for _ in range(120):
        emulator.accepted()
    emulator.fault(37, variant, times=99)
    assert len(RUNNER.reconcile(paid).differences) == 120


def test_what_was_billed_for_somebody_else_is_told_with_its_amount(paid, emulator):
    run()
    theirs = emulator.accepted()
    found = RUNNER.reconcile(paid)
    (difference,) = found.differences
    assert (difference.kind, difference.prediction_id) == ("not in the ledger", theirs)
    assert (difference.ledger, difference.service) == (None, PRICE)
    assert found.total_service - found.total_ledger == PRICE
    assert not found.agrees


def test_an_unknown_outcome_is_named_beside_what_it_may_have_become(paid, emulator):
    emulator.fault(28, "after")
    job = run()
    found = RUNNER.reconcile(paid)
    assert kinds(found) == ["not in the ledger"]
    assert [row.id for row in found.unknown] == [job.row_id]
    assert job.candidates[0].prediction_id == found.differences[0].prediction_id


def test_another_amount_is_told(paid, emulator):
    job = run()
    paid.library.ledger.budget.record_refund("wavespeed", job.prediction_id, Decimal("0.09"))
    (difference,) = RUNNER.reconcile(paid).differences
    assert difference.kind == "amount"
    assert (difference.ledger, difference.service) == (Decimal("0.40"), PRICE)


def test_what_the_bill_has_no_row_of_is_told(paid, emulator):
    run()
    emulator.reset()
    (difference,) = RUNNER.reconcile(paid).differences
    assert (difference.kind, difference.ledger, difference.service) == ("not billed", PRICE, None)


@pytest.mark.parametrize("variant", ["ahead", "behind"])
def test_q50_a_clock_that_is_off_hides_no_row(paid, emulator, variant):
    emulator.fault(50, variant, times=999)
    run()
    assert RUNNER.reconcile(paid).matched == 1


def test_a_clock_of_ours_that_was_wrong_hides_no_row(paid, emulator, tmp_path):
    """Asked for by a clock thirty hours ahead: the bill's rows lie before the window."""
    library = Library(tmp_path / "ahead", now=lambda: datetime.now(UTC) + timedelta(hours=30))
    library.ledger.budget.set("wavespeed", Decimal(5))
    wrong = WaveSpeed(library, "ultra", emulator.url, ApiKey(emulator.key))
    RUNNER.ask(wrong, request(), 1).wait(PATIENCE)
    assert RUNNER.reconcile(wrong).matched == 1
    library.close()


def test_a_refund_within_the_window_brings_its_charge_from_before_it(paid, emulator, tmp_path):
    """The window of a clock that was ahead begins after the charge and before its refund."""
    ahead = timedelta(days=1, hours=1)
    library = Library(tmp_path / "ahead", now=lambda: datetime.now(UTC) + ahead)
    library.ledger.budget.set("wavespeed", Decimal(5))
    wrong = WaveSpeed(library, "ultra", emulator.url, ApiKey(emulator.key))
    emulator.fault(34, seconds=2 * 86400)
    with contextlib.suppress(errors.HailuoError):
        RUNNER.ask(wrong, request(), 1).wait(PATIENCE)
    emulator.advance(3 * 86400)
    found = RUNNER.reconcile(wrong)
    assert (found.matched, found.total_service, found.refunded) == (1, 0, PRICE)
    library.close()


def test_it_shows_itself_as_a_table(paid, emulator):
    run()
    theirs = emulator.accepted()
    lines = repr(RUNNER.reconcile(paid)).splitlines()
    assert lines[0].split() == ["prediction", "ledger", "service", "what", "it", "means"]
    assert lines[1].startswith(f"not in the ledger  {theirs}")
    assert lines[-1].split()[:7] == ["total", "1", "agree", "to", "the", "cent,", "1"]
    assert "$0.49   $0.98" in lines[-1]


def test_a_service_that_does_not_answer_changes_nothing(paid, emulator):
    run()
    emulator.fault(42, at=["billings"], times=99)
    with pytest.raises(errors.HailuoError, match="could not be asked for its bill"):
        RUNNER.reconcile(paid)


def test_without_the_paid_service_there_is_no_bill(tmp_path):
    connect("emulator", library=tmp_path / "fresh")
    with pytest.raises(errors.InputError, match="not connected"):
        api.reconcile()
