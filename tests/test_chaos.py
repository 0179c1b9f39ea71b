"""The fault laboratory, as many trials as CI has time for; `make chaos` runs more."""

from collections import Counter
from decimal import Decimal

import pytest

from chaos import laboratory, oracle
from chaos.plan import STATES, draw
from chaos.proxy import Exchange

SEED = 1
TRIALS = 200
PRICE = Decimal("0.49")


@pytest.fixture(scope="module")
def results():
    return laboratory.run(SEED, TRIALS)


def test_whatever_breaks_nothing_is_paid_twice_and_nothing_paid_is_lost(results):
    failed = [
        f"{laboratory.replay(each['seed'])}: {'; '.join(each['problems'])}"
        for each in results
        if each["problems"]
    ]
    assert failed == []
    assert [each["seed"] for each in results] == list(range(SEED, SEED + TRIALS))


@pytest.mark.parametrize(
    "happening",
    [
        "answers lost",
        "adopted",
        "refunds",
        "ended downloaded",
        "ended failed",
        "ended refused",
        "ended unknown",
        *(f"killed: {kind}" for kind in ("state", "wire", "call", "time", "write")),
    ],
)
def test_the_trials_meet_every_kind_of_trouble(results, happening):
    """A laboratory in which nothing happens would let everything pass."""
    assert sum((Counter(each["counts"]) for each in results), Counter())[happening]


def test_a_trial_is_drawn_from_its_number_alone():
    assert draw(7) == draw(7)
    assert draw(7) != draw(8)


def test_deaths_come_in_every_state_that_a_job_passes_through():
    deaths = {
        kernel.death.where
        for seed in range(2000)
        for session in draw(seed).sessions
        for kernel in session.kernels
        if kernel.death and kernel.death.kind == "state"
    }
    assert deaths == set(STATES)


# -- the judge itself: each rule is broken once, in made-up books ---------------------------


def row(state="downloaded", prediction="x", **changes):
    values = {"id": 1, "prompt": "p", "take": 1, "price": PRICE, "refunded": Decimal(0)}
    values |= {"clip": None, "written_off": False, **changes}
    return oracle.Row(state=state, prediction=prediction, **values)


def posted(status=200, answer=b'{"data": {"id": "x"}}', delivered="whole"):
    return Exchange("submit", "p", "whole", delivered, status, b"HTTP/1.1\r\n\r\n" + answer)


def accepted(name="x", status="completed"):
    return {"id": name, "prompt": "p", "status": status}


def line(name="x", kind="deduct", price="0.49"):
    return {"prediction": name, "billing_type": kind, "price": price}


ONE = Counter(p=1)
LOST = posted(delivered="nothing")
BOOKS = {"spent": PRICE, "committed": Decimal(0)}


def test_true_books_pass():
    assert not list(oracle.at_night([row()], [posted()], [accepted()], ONE))
    assert not list(oracle.settled([row()], [accepted()], [line()], Decimal(5), BOOKS))
    assert not list(oracle.lost_are_unknown([row("unknown", None)], [LOST], deadly=False))


@pytest.mark.parametrize(
    ("rows", "exchanges", "predictions"),
    [
        ([row()], [posted(), posted()], [accepted()]),
        ([row()], [LOST, posted()], [accepted()]),
        ([row()], [posted()], [accepted(), accepted("y")]),
        ([], [posted()], [accepted()]),
        ([row("refused", None)], [posted()], [accepted()]),
        ([row(), row(prediction="y")], [posted(), posted()], [accepted(), accepted("y")]),
    ],
    ids=["sent twice", "sent again", "billed twice", "unwritten", "forgotten", "not asked for"],
)
def test_the_judge_sees_what_was_sent_twice_or_lost(rows, exchanges, predictions):
    assert list(oracle.at_night(rows, exchanges, predictions, ONE))


def test_the_judge_knows_what_a_hasty_person_took_for_anothers():
    rows = [row(prediction="q's"), row("unknown", None, prompt="q")]
    predictions = [accepted("p's"), {**accepted("q's"), "prompt": "q"}]
    two = Counter(p=1, q=1)
    assert list(oracle.at_night(rows, [], predictions, two))
    assert not list(oracle.at_night(rows, [], predictions, two, {"q's"}))
    # With both taken by others there is nothing left to be in doubt about.
    assert list(oracle.at_night(rows[:1], [], predictions, two, {"q's"}))


def test_the_judge_lets_a_doubt_be_written_off_that_another_was_taken_for():
    rows = [row(prediction="q's"), row("refused", None, prompt="q", written_off=True)]
    predictions = [{**accepted("q's"), "prompt": "q"}]
    assert not list(oracle.at_night(rows, [], predictions, Counter(p=1, q=1), {"q's"}))


def test_the_judge_tells_two_takes_apart_by_what_was_sent():
    lost = [posted(delivered="nothing")]
    heard = [("seen", 0, "failed", "GenerationFailedError", True)]
    assert list(oracle.shown_at_once(heard, lost, ["p"]))
    assert not list(oracle.shown_at_once(heard, lost, ["p", "p"]))


@pytest.mark.parametrize("state", ["refused", "intent", "failed", "sent"])
def test_the_judge_sees_a_lost_submission_shown_as_anything_but_unknown(state):
    assert list(oracle.lost_are_unknown([row(state, None)], [LOST], deadly=True))


def test_the_judge_sees_a_clear_answer_shown_as_unknown():
    assert list(oracle.lost_are_unknown([row("unknown", None)], [posted()], deadly=False))


@pytest.mark.parametrize(
    ("rows", "bill", "books"),
    [
        ([row(price=Decimal("0.48"))], [line()], BOOKS),
        ([row(refunded=PRICE)], [line()], BOOKS),
        ([row()], [line(), line(kind="refund")], BOOKS),
        ([row("processing")], [line()], BOOKS),
        ([row("failed")], [line()], BOOKS),
        ([row(prediction="y")], [line()], BOOKS),
        ([row()], [line()], BOOKS | {"spent": Decimal("0.48")}),
        ([row()], [line()], BOOKS | {"committed": PRICE}),
        ([row()], [line(), line("y", price="9.99"), line("y", "refund", "9.99")], BOOKS),
    ],
    ids=[
        "a cent", "no refund", "unseen refund", "not home", "no clip", "another id",
        "sum", "held", "budget passed for a moment",
    ],
)  # fmt: skip
def test_the_judge_sees_books_that_do_not_agree(rows, bill, books):
    assert list(oracle.settled(rows, [accepted()], bill, Decimal(5), books))


@pytest.mark.parametrize(
    ("exchange", "verdict"),
    [
        (posted(), "accepted"),
        (posted(502), "accepted"),
        (posted(400, b'{"code": 400}'), "refused"),
        (posted(429, b"<html>"), "refused"),
        (posted(400, b""), "ambiguous"),
        (posted(404, b"[]"), "ambiguous"),
        (posted(200, b'{"data": {"id": ""}}'), "ambiguous"),
        (posted(500, b'{"code": 500}'), "ambiguous"),
        (posted(307, b""), "ambiguous"),
        (LOST, "ambiguous"),
    ],
)
def test_outcomes_are_named_as_the_contract_does(exchange, verdict):
    assert oracle.verdict(exchange) == verdict
