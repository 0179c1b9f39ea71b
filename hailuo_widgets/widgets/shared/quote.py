"""What a paid run would cost, and whether the budget allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hailuo_widgets.errors import InputError
from hailuo_widgets.library.ledger.states import JobState
from hailuo_widgets.money import dollars, parse_amount
from hailuo_widgets.text import short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from decimal import Decimal

    from hailuo_widgets.jobs.services.connect import Connection
    from hailuo_widgets.library.ledger.records import JobRow
    from hailuo_widgets.money import Budget

MOST_TAKES: Final = 10
"""At one press; the user who wants more presses again."""


def offer_of(
    paid: Connection | None, rows: Iterable[JobRow] = (), takes: int = 1
) -> dict[str, Any]:
    """Return what the paid service offers just now, as plain data; empty when it is not connected.

    Parameters
    ----------
    paid : Connection or None
        The paid service.
    rows : iterable of JobRow
        The takes that the form's request has had there.
    takes : int
        How many takes are wanted.

    Returns
    -------
    dict
        ``run`` and ``another``, the buttons' words (the latter empty when there is no take yet);
        ``total`` and ``price``, what each would cost; ``money``, the budget in one line; ``why``
        and ``why_another``, what stands in the way; ``confirm`` and ``confirm_another``, what to
        ask first; ``note``.
    """
    if paid is None:
        return {}
    alive = paid.library.holder.is_alive
    asked = {row.take: row for row in rows if _was_sent(row, alive)}
    missing = [take for take in range(1, takes + 1) if take not in asked]
    price = paid.price  # read once: the service may name another one meanwhile
    total = price * len(missing)
    budget = paid.budget
    return {
        "run": _run_words(missing, takes, asked, dollars(total)),
        "another": f"Another take · {dollars(price)}" if asked and takes == 1 else "",
        "total": dollars(total),
        "price": dollars(price),
        "money": _money(budget),
        "why": _why_not(budget, total),
        "why_another": _why_not(budget, price),
        "confirm": question(len(missing), total, paid.confirm_above),
        "confirm_another": question(1, price, paid.confirm_above),
        "note": "The list price: the service could not be asked." if paid.price_is_listed else "",
    }


def question(takes: int, total: Decimal, confirm_above: Decimal) -> str:
    """Return what a press is asked before it commits this much; empty where it is not asked."""
    if total <= confirm_above:
        return ""
    return f"This runs {takes} take{'s' * (takes != 1)} for {dollars(total)} in all."


class Agreed(NamedTuple):
    """What the user has agreed to, in US dollars.

    Attributes
    ----------
    price : Decimal
        For one take.
    total : Decimal
        For all that the press starts.
    """

    price: Decimal
    total: Decimal


def accept(offer: Mapping[str, Any], fields: Mapping[str, Any]) -> Agreed:
    """Hold what the user pressed against what is offered now.

    Raises
    ------
    InputError
        They saw another amount, or did not say yes to one that is asked about.
    """
    another = bool(fields.get("another"))
    shown = fields.get("amount")
    now = offer["price" if another else "total"]
    confirm = offer["confirm_another" if another else "confirm"]
    require_agreement(fields, shown=shown, now=now, confirm=confirm)
    return Agreed(parse_amount(offer["price"]), parse_amount(now))


def require_agreement(
    fields: Mapping[str, Any], *, shown: object, now: str, confirm: str = ""
) -> None:
    """Refuse a press that may cost unless it is what the person saw: the rule of every such press.

    Parameters
    ----------
    fields : mapping
        What the page sent; ``confirmed`` is true after the second press.
    shown, now : str
        What the button said when it was pressed, and what it says now.
    confirm : str
        What is asked before as much as that is committed; empty: nothing.

    Raises
    ------
    InputError
        They saw something else, or did not say yes; nothing was sent.
    """
    if shown != now:
        raise InputError(
            f"It costs {now} now; the button said {short(str(shown))}. Nothing was sent. Press "
            "again to accept it."
        )
    if confirm and fields.get("confirmed") is not True:
        raise InputError(f"{confirm} Nothing was sent: confirm it first.")


def _was_sent(row: JobRow, alive: Callable[[str], bool]) -> bool:
    """Return True if asking for a take again sends nothing."""
    if row.state is JobState.INTENT:
        return row.holder is not None and alive(row.holder)
    return row.state is not JobState.REFUSED


def _run_words(missing: list[int], takes: int, asked: Mapping[int, JobRow], total: str) -> str:
    if missing:
        return f"Run {takes} takes · {total}" if takes > 1 else f"Run · {total}"
    states = {asked[take].state for take in range(1, takes + 1)}
    if states == {JobState.DOWNLOADED}:
        return "Already in your library · $0"
    return "Already asked for · $0"


def _money(budget: Budget | None) -> str:
    if budget is None:
        return "no budget set"
    parts = [
        f"budget {dollars(budget.amount)}",
        f"spent {dollars(budget.spent)}",
        f"on its way {dollars(budget.committed)}" if budget.committed else "",
        f"refunded {dollars(budget.refunded)}" if budget.refunded else "",
        f"left {dollars(budget.left)}",
    ]
    return " · ".join(part for part in parts if part)


def _why_not(budget: Budget | None, amount: Decimal) -> str:
    if amount == 0:
        return ""
    if budget is None:
        return 'Set a budget with hw.connect("wavespeed", budget=5.00).'
    if amount > budget.left:
        return f"The budget has {dollars(budget.left)} left; this would cost {dollars(amount)}."
    return ""
