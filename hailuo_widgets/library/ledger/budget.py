"""Money in the ledger: the budget as arithmetic over the jobs' rows, and refunds."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import BudgetError, LibraryError
from hailuo_widgets.files.presence import NOTHING_SENT
from hailuo_widgets.library.ledger import states
from hailuo_widgets.library.ledger.jobs_table import ODD_SERVICES
from hailuo_widgets.library.ledger.values import micros_of, state_of
from hailuo_widgets.money import Budget, dollars, from_micros, to_micros
from hailuo_widgets.service import PRICE

if TYPE_CHECKING:
    from hailuo_widgets.library.ledger.database import Database
    from hailuo_widgets.library.ledger.owner import Owner

_NOTHING: Final = Decimal(0)


class BudgetTable:
    """The part of the ledger that knows what may be spent.

    Parameters
    ----------
    database : Database
        The ledger's file.
    owner : Owner or None
        Whose budgets count. None: those that the ledger holds, no matter who set them.
    """

    def __init__(self, database: Database, owner: Owner | None) -> None:
        self._database = database
        self._owner = owner

    def set(self, service: str, amount: Decimal) -> None:
        """Set what this library may spend at a service in all, past spending included.

        Raises
        ------
        BudgetError
            The amount is below what is spent and on its way already; nothing was changed.
        """
        with self._database.transaction(NOTHING_SENT) as connection:
            now = self._sum(service, amount)
            gone = now.spent + now.committed
            if amount < gone:
                raise BudgetError(
                    f"A budget of {dollars(amount)} is below what this library has already used: "
                    f"{dollars(now.spent)} spent and {dollars(now.committed)} on its way. The "
                    "budget is for the library as a whole. Nothing was changed; give at least "
                    f"{dollars(gone)}, or use another library."
                )
            micros, stamp = to_micros(amount), self._database.stamp()
            connection.execute(
                "INSERT INTO budgets VALUES (?, ?, ?) ON CONFLICT (service) DO UPDATE SET"
                " amount_micros = excluded.amount_micros, set_at = excluded.set_at",
                (service, micros, stamp),
            )
            if self._owner is not None:
                seal = self._owner.seal(service, micros, stamp)
                connection.execute(
                    "INSERT OR REPLACE INTO allowances VALUES (?, ?, ?, ?, ?)",
                    (service, self._owner.name, micros, stamp, seal),
                )

    def read(self, service: str) -> Budget | None:
        """Return the budget as it stands, or None when none was ever set here."""
        with self._database.reading():
            amount = self._allowed(service)
            return None if amount is None else self._sum(service, amount)

    def record_refund(self, service: str, prediction_id: str, total: Decimal) -> bool:
        """Write down what the service's bill has given back for a prediction, in all.

        Parameters
        ----------
        total : Decimal
            US dollars.

        Returns
        -------
        bool
            True if this library has a job of that prediction.

        Raises
        ------
        LibraryError
            The amount is below zero or not finite; nothing was changed.
        """
        if not total.is_finite() or total < 0:
            raise LibraryError(f"A refund of {total} makes no sense. Nothing was changed.")
        with self._database.transaction() as connection:
            changed = connection.execute(
                "UPDATE jobs SET refunded_micros = ? WHERE service = ? AND prediction_id = ?",
                (to_micros(total), service, prediction_id),
            )
            return changed.rowcount > 0

    # -- inside a transaction -------------------------------------------------------------

    def require(self, service: str, price: Decimal, *, held: Decimal = _NOTHING) -> None:
        """Raise BudgetError unless a price fits what is left; called inside a transaction.

        Parameters
        ----------
        held : Decimal
            What of it is committed already, in US dollars: it was asked for before, and perhaps
            under another user's budget.
        """
        if price == 0:
            return
        amount = self._allowed(service)
        if amount is None:
            raise BudgetError(
                f"This would cost {dollars(price)} and no budget was set here. Nothing was sent. "
                'Set one with hw.connect("wavespeed", budget=5.00).'
            )
        now = self._sum(service, amount)
        dataclasses.replace(now, committed=now.committed - held).require(price)

    def _allowed(self, service: str) -> Decimal | None:
        """Return the amount this user allows; what another one wrote into the ledger allows nothing."""
        if self._owner is None:
            query, values = "SELECT amount_micros FROM budgets WHERE service = ?", (service,)
            found = self._database.read_all(query, values)
            micros = micros_of(found[0][0]) if found else None
            return None if micros is None else from_micros(micros)
        found = self._database.read_all(
            "SELECT amount_micros, set_at, seal FROM allowances WHERE service = ? AND owner = ?",
            (service, self._owner.name),
        )
        for amount, stamp, seal in map(tuple, found):
            micros = micros_of(amount)
            if micros is not None and self._owner.is_sealed(seal, service, micros, stamp):
                return from_micros(micros)
        return None

    def _sum(self, service: str, amount: Decimal) -> Budget:
        spent = committed = refunded = 0
        for state, price, back, jobs in map(tuple, self._database.read_all(_MONEY, (service,))):
            each = micros_of(price)
            known = state_of(state)
            if known not in states.COUNTED and known is not None:
                continue
            if not each:
                # It says that it cost nothing, or what is no amount: it is counted as any other.
                each = to_micros(PRICE) if service not in _FREE else 0
            # More than its price is never counted back: that would be money for other requests.
            returned = min(micros_of(back) or 0, each)
            if known in states.SPENT:
                spent += (each - returned) * jobs
                refunded += returned * jobs
            else:
                committed += each * jobs
        return Budget(
            amount,
            spent=from_micros(spent),
            committed=from_micros(committed),
            refunded=from_micros(refunded),
        )


_FREE: Final = (states.EMULATOR,)

# What is of no service at all is damaged, and may have been any.
_MONEY: Final = (
    "SELECT state, price_micros, refunded_micros, COUNT(*) FROM jobs"  # noqa: S608
    f" WHERE service IN (SELECT ? UNION ALL {ODD_SERVICES})"
    # What was not sent and was let go of holds nothing: to be sent it asks for room anew.
    " AND NOT (state = 'intent' AND holder IS NULL)"
    " GROUP BY state, price_micros, refunded_micros"
)
