"""Money in the ledger: the budget as arithmetic over the jobs' rows, and refunds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hailuo_widgets.errors import BudgetError, LibraryError
from hailuo_widgets.library import states
from hailuo_widgets.library.budget import Budget, dollars, from_micros, to_micros
from hailuo_widgets.library.states import JobState
from hailuo_widgets.library.store import Store

if TYPE_CHECKING:
    from decimal import Decimal


class Money(Store):
    """The part of the ledger that knows what may be spent."""

    def set_budget(self, service: str, amount: Decimal) -> None:
        """Set what this library may spend at a service in all, past spending included.

        Raises
        ------
        BudgetError
            The amount is below what is spent and on its way already; nothing was changed.
        """
        with self._transaction() as connection:
            now = self._budget(service, amount)
            gone = now.spent + now.committed
            if amount < gone:
                raise BudgetError(
                    f"A budget of {dollars(amount)} is below what this library has already used: "
                    f"{dollars(now.spent)} spent and {dollars(now.committed)} on its way. The "
                    "budget is for the library as a whole. Nothing was changed; give at least "
                    f"{dollars(gone)}, or use another library."
                )
            connection.execute(
                "INSERT INTO budgets VALUES (?, ?, ?) ON CONFLICT (service) DO UPDATE SET"
                " amount_micros = excluded.amount_micros, set_at = excluded.set_at",
                (service, to_micros(amount), self._stamp()),
            )

    def budget(self, service: str) -> Budget | None:
        """Give the budget as it stands, or None when none was ever set."""
        with self._reading() as connection:
            found = connection.execute(
                "SELECT amount_micros FROM budgets WHERE service = ?", (service,)
            ).fetchone()
            return None if found is None else self._budget(service, from_micros(found[0]))

    def refunded(self, service: str, prediction_id: str, total: Decimal) -> bool:
        """Write down what the service's bill has given back for a prediction, in all.

        Returns
        -------
        bool
            Whether this library has a job of that prediction.

        Raises
        ------
        LibraryError
            The amount is below zero or not finite; nothing was changed.
        """
        if not total.is_finite() or total < 0:
            raise LibraryError(f"A refund of {total} makes no sense. Nothing was changed.")
        with self._transaction() as connection:
            changed = connection.execute(
                "UPDATE jobs SET refunded_micros = ? WHERE service = ? AND prediction_id = ?",
                (to_micros(total), service, prediction_id),
            )
            return changed.rowcount > 0

    def _require(self, service: str, price: Decimal) -> None:
        """Raise BudgetError unless a price fits what is left; inside a transaction."""
        if price == 0:
            return
        found = self._connection.execute(
            "SELECT amount_micros FROM budgets WHERE service = ?", (service,)
        ).fetchone()
        if found is None:
            raise BudgetError(
                f"This would cost {dollars(price)} and no budget was set. Nothing was sent. "
                'Set one with hw.connect("wavespeed", budget=5.00).'
            )
        self._budget(service, from_micros(found[0])).require(price)

    def _budget(self, service: str, amount: Decimal) -> Budget:
        spent = committed = refunded = 0
        for state, price, back in self._connection.execute(
            # More than its price is never counted back: that would be money for other requests.
            "SELECT state, SUM(price_micros), SUM(MIN(refunded_micros, price_micros)) FROM jobs"
            " WHERE service = ? GROUP BY state",
            (service,),
        ):
            if JobState(state) in states.SPENT:
                spent += price - back
                refunded += back
            elif JobState(state) in states.COMMITTED:
                committed += price
        return Budget(
            amount,
            spent=from_micros(spent),
            committed=from_micros(committed),
            refunded=from_micros(refunded),
        )
