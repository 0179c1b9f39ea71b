"""Money: what a person may give as a budget, and what is left of it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hailuo_widgets.errors import BudgetError
from hailuo_widgets.money import Budget, dollars, from_micros, parse_amount, to_micros

AMOUNTS = st.decimals(0, 10_000, places=6)


@pytest.mark.parametrize(
    "given_",
    ["five", "NaN", float("nan"), "inf", "-Infinity", "sNaN", -1, "-0.01", "", None, True, []],
)
def test_what_is_no_amount_is_refused_with_a_sentence(given_):
    with pytest.raises(BudgetError, match="amount in US dollars"):
        parse_amount(given_)


@pytest.mark.parametrize(
    ("given_", "amount"), [(5, "5"), (5.0, "5.0"), ("5.00", "5.00"), ("$2.50", "2.50"), (0, "0")]
)
def test_amounts_are_read_exactly(given_, amount):
    assert parse_amount(given_) == Decimal(amount)


@given(AMOUNTS)
def test_micros_lose_nothing(amount):
    assert from_micros(to_micros(amount)) == amount


@given(amount=AMOUNTS, spent=AMOUNTS, committed=AMOUNTS, price=AMOUNTS)
def test_a_price_is_allowed_exactly_when_it_fits(amount, spent, committed, price):
    budget = Budget(amount, spent, committed)
    fits = price == 0 or spent + committed + price <= amount
    if fits:
        budget.require(price)
    else:
        with pytest.raises(BudgetError, match="Nothing was sent"):
            budget.require(price)


def test_a_sentence_names_what_the_amount_is_of():
    with pytest.raises(BudgetError, match=r"^confirm_above is an amount .* not 'two'"):
        parse_amount("two", "confirm_above")


@given(amount=AMOUNTS, spent=AMOUNTS, committed=AMOUNTS)
def test_what_is_left_is_never_below_zero_and_never_more_than_the_rest(amount, spent, committed):
    left = Budget(amount, spent, committed).left
    assert left == max(0, amount - spent - committed)


@given(st.decimals(min_value="0.0000001", max_value="1000000", places=7))
def test_no_amount_is_shown_as_less_than_it_is(amount):
    shown = Decimal(dollars(amount).removeprefix("$"))
    assert 0 <= shown - amount < Decimal("0.000001")
    assert shown > 0
    assert from_micros(to_micros(shown)) == shown


@pytest.mark.parametrize("amount", ["1e30", "1000000001", "9" * 40, "inf"])
def test_an_amount_beyond_reason_is_refused(amount):
    with pytest.raises(BudgetError, match="amount in US dollars"):
        parse_amount(amount)


def test_what_is_allowed_is_never_more_than_was_said():
    assert parse_amount("0.4900009") == Decimal("0.490000")
