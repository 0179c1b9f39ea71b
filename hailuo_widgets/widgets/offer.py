"""What a paid run would cost, and whether the budget allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hailuo_widgets.library.budget import dollars

if TYPE_CHECKING:
    from hailuo_widgets.jobs.connection import Connection


def offer_of(paid: Connection | None) -> dict[str, Any]:
    """Say what the paid service offers just now, as plain data; empty when it is not connected."""
    if paid is None:
        return {}
    budget = paid.budget
    if budget is None:
        left, why = "no budget set", 'Set one with hw.connect("wavespeed", budget=5.00).'
    else:
        left = f"budget {dollars(budget.left)} left"
        why = "" if budget.left >= paid.price else "The budget does not allow another paid run."
    return {"price": dollars(paid.price), "left": left, "why": why}
