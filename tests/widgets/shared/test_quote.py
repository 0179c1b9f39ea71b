"""What a paid run would cost, and the words on its buttons."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hailuo_widgets.errors import InputError
from hailuo_widgets.library.ledger.states import JobState
from hailuo_widgets.money import Budget
from hailuo_widgets.widgets.shared.quote import accept, offer_of

PRICE = Decimal("0.49")


def paid(left="5.00", *, spent="0.00", listed=False, confirm_above="2.00", price=PRICE):
    budget = Budget(
        amount=Decimal(left) + Decimal(spent),
        spent=Decimal(spent),
        committed=Decimal("0.00"),
        refunded=Decimal("0.00"),
    )
    return SimpleNamespace(
        price=price,
        price_is_listed=listed,
        confirm_above=Decimal(confirm_above),
        budget=budget,
        library=SimpleNamespace(holder=SimpleNamespace(is_alive=lambda name: name == "alive")),
    )


def row(take, state, holder=None):
    return SimpleNamespace(take=take, state=state, holder=holder)


def test_nothing_is_offered_before_a_paid_service_is_connected():
    assert offer_of(None) == {}


def test_a_first_run_costs_its_price():
    offer = offer_of(paid())
    assert (offer["run"], offer["total"], offer["another"]) == ("Run · $0.49", "$0.49", "")
    assert (offer["why"], offer["confirm"], offer["note"]) == ("", "", "")


def test_what_the_library_holds_costs_nothing_and_another_take_is_its_own_button():
    offer = offer_of(paid(), [row(1, JobState.DOWNLOADED)])
    assert (offer["run"], offer["total"]) == ("Already in your library · $0", "$0.00")
    assert (offer["another"], offer["price"]) == ("Another take · $0.49", "$0.49")


@pytest.mark.parametrize("state", [JobState.UNKNOWN, JobState.PROCESSING, JobState.FAILED])
def test_what_was_asked_for_is_not_paid_again(state):
    offer = offer_of(paid(), [row(1, state)])
    assert (offer["run"], offer["total"]) == ("Already asked for · $0", "$0.00")


@pytest.mark.parametrize(
    ("holder", "total"), [("alive", "$0.00"), ("dead", "$0.49"), (None, "$0.49")]
)
def test_an_intent_is_sent_by_a_press_unless_a_living_kernel_carries_it(holder, total):
    assert offer_of(paid(), [row(1, JobState.INTENT, holder)])["total"] == total


def test_what_was_refused_costs_its_price_when_asked_for_again():
    offer = offer_of(paid(), [row(1, JobState.REFUSED)])
    assert (offer["run"], offer["another"]) == ("Run · $0.49", "")


@given(
    takes=st.integers(1, 10),
    held=st.sets(st.integers(1, 12)),
    cents=st.integers(1, 300),
)
def test_only_the_missing_takes_are_paid(takes, held, cents):
    price = Decimal(cents) / 100
    offer = offer_of(paid(price=price), [row(take, JobState.DOWNLOADED) for take in held], takes)
    missing = len(set(range(1, takes + 1)) - held)
    assert offer["total"] == f"${missing * price:.2f}"
    assert bool(offer["confirm"]) == (missing * price > 2)
    assert bool(offer["why"]) == (missing * price > 5)


def test_a_budget_that_is_too_small_says_what_is_left_and_what_it_would_cost():
    offer = offer_of(paid("0.60"), [], 2)
    assert offer["why"] == "The budget has $0.60 left; this would cost $0.98."
    assert offer_of(paid("0.60"), [row(1, JobState.DOWNLOADED)])["why_another"] == ""
    assert offer_of(paid("0.40"), [row(1, JobState.DOWNLOADED)])["why"] == ""
    assert "$0.40 left" in offer_of(paid("0.40"), [row(1, JobState.DOWNLOADED)])["why_another"]


def test_without_a_budget_nothing_can_be_bought():
    connection = paid()
    connection.budget = None
    offer = offer_of(connection)
    assert (offer["money"], "hw.connect" in offer["why"]) == ("no budget set", True)


def test_the_money_is_told_in_one_line_and_without_empty_parts():
    connection = paid("4.02", spent="0.98")
    assert offer_of(connection)["money"] == "budget $5.00 · spent $0.98 · left $4.02"
    connection.budget = Budget(Decimal(5), Decimal("0.98"), Decimal("0.49"), Decimal("0.49"))
    assert offer_of(connection)["money"] == (
        "budget $5.00 · spent $0.98 · on its way $0.49 · refunded $0.49 · left $3.53"
    )


def test_a_price_that_is_only_listed_says_so():
    assert "list price" in offer_of(paid(listed=True))["note"]


def test_only_the_amount_that_was_shown_is_accepted():
    offer = offer_of(paid(), [row(1, JobState.DOWNLOADED)])
    accept(offer, {"amount": "$0.00"})
    accept(offer, {"amount": "$0.49", "another": True})
    for fields in ({"amount": "$0.49"}, {"amount": "$0.00", "another": True}, {}):
        with pytest.raises(InputError, match="Nothing was sent"):
            accept(offer, fields)


def test_above_the_threshold_a_second_word_is_needed():
    offer = offer_of(paid(), [], 5)
    assert offer["confirm"] == "This runs 5 takes for $2.45 in all."
    with pytest.raises(InputError, match="confirm it first"):
        accept(offer, {"amount": "$2.45"})
    with pytest.raises(InputError, match="confirm it first"):
        accept(offer, {"amount": "$2.45", "confirmed": "yes"})
    accept(offer, {"amount": "$2.45", "confirmed": True})
