"""What may be spent, what is held for requests on their way, what was spent.

Money is :class:`decimal.Decimal` in US dollars for display, and whole micro-dollars in the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_UP, Decimal, InvalidOperation
from typing import Final

from hailuo_widgets.errors import BudgetError

_MICROS: Final = Decimal(1_000_000)
_CENT: Final = Decimal("0.01")
_MICRO: Final = Decimal("0.000001")
_MOST: Final = Decimal(1_000_000_000)
"""US dollars; more is a slip of the hand, and would not fit the ledger's numbers."""


def whole_micros(amount: Decimal) -> Decimal:
    """Round an amount up to whole micro-dollars; to cents where nothing is lost by that.

    Up, because what is agreed to and held must never be less than what is charged.
    """
    exact = amount.quantize(_MICRO, rounding=ROUND_UP)
    cents = exact.quantize(_CENT)
    return cents if cents == exact else exact.normalize()


def to_micros(amount: Decimal) -> int:
    """Return whole micro-dollars, as the ledger keeps them."""
    return int((amount * _MICROS).to_integral_value())


def from_micros(micros: int) -> Decimal:
    """Return US dollars, with at least cents."""
    return whole_micros(Decimal(micros) / _MICROS)


def dollars(amount: Decimal) -> str:
    """Return an amount for display: cents, and more digits where they count.

    Examples
    --------
    >>> dollars(Decimal("0.490")), dollars(Decimal("0.0049")), dollars(Decimal("-2"))
    ('$0.49', '$0.0049', '-$2.00')
    """
    sign = "-" if amount < 0 else ""
    return f"{sign}${whole_micros(abs(amount)):f}"


def to_cents(amount: Decimal) -> str:
    """Return an amount for a narrow place where nothing is agreed to: cents alone from one cent on."""
    return dollars(amount if abs(amount) < _CENT else amount.quantize(_CENT))


def parse_amount(amount: object, what: str = "A budget") -> Decimal:
    """Return an amount as the user gives it.

    Parameters
    ----------
    amount : int, float, str or Decimal
        US dollars, zero or more.
    what : str
        What it is the amount of, to begin a sentence with.

    Raises
    ------
    BudgetError
        It is no number, not finite, negative, or more than a thousand million.
    """
    try:
        value = Decimal(str(amount).strip().removeprefix("$"))
    except InvalidOperation:
        value = Decimal("NaN")
    if isinstance(amount, bool) or not value.is_finite() or not 0 <= value <= _MOST:
        raise BudgetError(
            f"{what} is an amount in US dollars such as 5.00, not {str(amount)[:40]!r}. "
            "Nothing was changed and nothing can be spent by this call."
        )
    # Down, so that what is allowed is never more than what was said.
    whole = value.quantize(_MICRO, rounding=ROUND_DOWN)
    return value if whole == value else whole


@dataclass(frozen=True, slots=True)
class Budget:
    """One service's budget in one library, as it stands now. All amounts in US dollars.

    Attributes
    ----------
    amount : Decimal
        What the user has allowed in all.
    spent : Decimal
        What was charged, less what was given back.
    committed : Decimal
        What is held for requests on their way, and for those that may have been billed.
    refunded : Decimal
        What was given back.
    """

    amount: Decimal
    spent: Decimal
    committed: Decimal
    refunded: Decimal = Decimal("0.00")

    @property
    def left(self) -> Decimal:
        """What a new request may still cost; never below zero."""
        return max(Decimal("0.00"), self.amount - self.spent - self.committed)

    def require(self, price: Decimal) -> None:
        """Raise BudgetError unless a request of this price fits."""
        if price > self.left:
            raise BudgetError(
                f"This would cost {dollars(price)} and {dollars(self.left)} is left of your budget "
                f"of {dollars(self.amount)} ({dollars(self.spent)} spent, "
                f"{dollars(self.committed)} on its way). Nothing was sent. "
                'To allow more: hw.connect("wavespeed", budget=...).'
            )
