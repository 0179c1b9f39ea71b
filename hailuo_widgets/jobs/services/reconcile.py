"""The ledger beside the service's bill: recent predictions (E7) and billing rows (E9).

Refunds are written into the ledger, because the bill alone can tell them. Nothing else is settled
here: what differs is told, to the cent, and the user decides.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets import service
from hailuo_widgets.errors import HailuoError
from hailuo_widgets.jobs.wavespeed import pagination
from hailuo_widgets.jobs.wavespeed.client import NotFound, Transient
from hailuo_widgets.jobs.wavespeed.prediction_id import id_of, shown
from hailuo_widgets.library.ledger.states import SPENT, JobState
from hailuo_widgets.money import dollars, whole_micros

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hailuo_widgets.jobs.services.services import Connection
    from hailuo_widgets.jobs.wavespeed.client import Client
    from hailuo_widgets.jobs.wavespeed.http import HttpClients
    from hailuo_widgets.library.ledger.ledger import JobRow

_MARGIN: Final = timedelta(minutes=2)
_NAMES: Final = 100
"""Predictions that one question about the bill names."""

_NOT_UNDERSTOOD: Final = frozenset({400, 422})
"""Statuses that say that a question was not put as the service wants it."""

_NOTHING: Final = Decimal("0.00")
_MICROS: Final = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the ledger and the service do not agree on.

    Attributes
    ----------
    kind : str
        ``"not in the ledger"``: billed, and no job of this library has that prediction.
        ``"not billed"``: spent by the ledger, and the bill has no row of it.
        ``"amount"``: both have it, at different amounts.
        ``"not listed"``: the service's list of recent predictions does not have it (any more).
        ``"not followed"``: listed and not billed, and no job of this library has it.
    prediction_id : str
        The service's id.
    ledger, service : Decimal or None
        What each holds it for, refunds taken off, in US dollars; None where it is not there.
    sentence : str
        The same for people.
    """

    kind: str
    prediction_id: str
    ledger: Decimal | None
    service: Decimal | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The ledger beside the service's bill, since the library's first paid request.

    Attributes
    ----------
    matched : int
        Predictions on which both agree to the cent.
    differences : tuple of Difference
        All others.
    total_ledger, total_service : Decimal
        What was spent, refunds taken off, in US dollars.
    refunded : Decimal
        What the bill has given back, in US dollars; written into the ledger.
    unknown : tuple of JobRow
        Submissions of which nobody knows what became of them; each may be one of the predictions
        that are not in the ledger.
    """

    matched: int
    differences: tuple[Difference, ...]
    total_ledger: Decimal
    total_service: Decimal
    refunded: Decimal = _NOTHING
    unknown: tuple[JobRow, ...] = field(default=(), repr=False)

    @property
    def agrees(self) -> bool:
        """True if there is no difference of money."""
        return all(each.kind == "not listed" for each in self.differences)

    def __repr__(self) -> str:
        """Draw a table."""
        head = ("", "prediction", "ledger", "service", "what it means")
        rows = [
            (
                each.kind,
                shown(each.prediction_id),
                _shown(each.ledger),
                _shown(each.service),
                each.sentence,
            )
            for each in self.differences
        ]
        rows += [
            ("unknown", f"job {row.id}", f"({dollars(row.price)})", "", "It may have been billed.")
            for row in self.unknown
        ]
        total = f"{self.matched} agree to the cent, {len(self.differences)} do not"
        back = f"{dollars(self.refunded)} of it given back" if self.refunded else ""
        rows.append(("total", total, _shown(self.total_ledger), _shown(self.total_service), back))
        widths = [max(len(line[column]) for line in (head, *rows)) for column in range(4)]
        lines = (
            "  ".join(
                [*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[4]]
            )
            for row in (head, *rows)
        )
        return "\n".join(line.rstrip() for line in lines)


@dataclass(slots=True)
class _Bill:
    """What the bill says of one prediction."""

    charged: Decimal = _NOTHING
    refunded: Decimal = _NOTHING

    @property
    def net(self) -> Decimal:
        return self.charged - self.refunded


async def compare(connection: Connection, http_clients: HttpClients) -> Reconciliation:
    """Compare a library's ledger with its paid service, and write refunds down.

    Raises
    ------
    HailuoError
        The service cannot be asked now; nothing was changed.
    """
    client = await connection.client(http_clients)
    ledger = connection.library.ledger
    rows = await asyncio.to_thread(lambda: ledger.jobs.all(service=connection.service))
    try:
        listed = await _listed(client)
        # After the list, whose answer has told how far the service's clock is off.
        billed = await _billed(client, rows)
    except (Transient, NotFound) as trouble:
        reason = str(trouble) or "HTTP 404"
    else:
        for name, bill in billed.items():
            if bill.refunded:
                await asyncio.to_thread(
                    ledger.budget.record_refund, connection.service, name, bill.refunded
                )
        rows = await asyncio.to_thread(lambda: ledger.jobs.all(service=connection.service))
        return _compared(rows, listed, billed)
    raise HailuoError(
        f"The service could not be asked for its bill ({reason}). Nothing was changed and nothing "
        "was billed by this. Try again."
    )


async def _listed(client: Client) -> set[str]:
    """Return the ids of the model's recent predictions."""
    found = await pagination.items(
        client,
        service.PREDICTIONS_PATH,
        {"model": service.MODEL},
        lambda item: str(item.get("id")),
    )
    names = {
        id_of(item.get("id")) for item in found if item.get("model", service.MODEL) == service.MODEL
    }
    return {name for name in names if name is not None}


async def _billed(client: Client, rows: Iterable[JobRow]) -> dict[str, _Bill]:
    """Return what was charged and given back for each prediction since the first paid request."""
    prices = {row.prediction_id: row.price for row in rows if row.prediction_id}
    began = min((row.asked_at for row in rows), default=None)
    since = None
    if began is not None:
        since = began - _MARGIN + min(timedelta(), timedelta(seconds=client.clock_skew))
    bills: dict[str, _Bill] = defaultdict(_Bill)
    items = await _since(client, since)
    charged = {_name(item) for item in items if item.get("billing_type") == "deduct"}
    missing = [row.prediction_id for row in rows if row.prediction_id and row.state in SPENT]
    missing = [name for name in missing if name not in charged]
    # A refund may lie in the window without its charge: it is asked for again with it.
    items = [item for item in items if _name(item) not in set(missing)]
    for start in range(0, len(missing), _NAMES):
        # The window may have missed them: a clock was wrong when they were asked for.
        asked = {"prediction_uuids": missing[start : start + _NAMES]}
        items += await pagination.items(client, service.BILLINGS_PATH, asked, _row_id)
    for item in items:
        name = _name(item)
        if name is None or (name not in prices and not _is_ours(item)):
            continue
        amount = _amount(item.get("price"), prices.get(name, service.PRICE))
        if item.get("billing_type") == "refund":
            bills[name].refunded += amount
        elif item.get("billing_type") == "deduct":
            bills[name].charged += amount
    return dict(bills)


async def _since(client: Client, since: datetime | None) -> list[dict[str, Any]]:
    """Return the bill's rows since a time, in whichever form the service takes times."""
    if since is not None:
        milliseconds = str(int(since.timestamp() * 1000))
        date = since.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        for start_time in (milliseconds, date):
            try:
                return await pagination.items(
                    client, service.BILLINGS_PATH, {"start_time": start_time}, _row_id
                )
            except Transient as refusal:
                if refusal.status not in _NOT_UNDERSTOOD:
                    raise
    return await pagination.items(client, service.BILLINGS_PATH, {}, _row_id)


def _name(item: dict[str, Any]) -> str | None:
    prediction = item.get("prediction")
    return id_of(prediction.get("uuid")) if isinstance(prediction, dict) else None


def _is_ours(item: dict[str, Any]) -> bool:
    return bool(item["prediction"].get("model_uuid") == service.MODEL)


def _row_id(item: dict[str, Any]) -> object:
    return item.get("uuid") or id(item)


def _amount(value: Any, known: Decimal) -> Decimal:
    """Read a price of the bill: US dollars or micro-dollars, negative in an export (Q36)."""
    try:
        amount = abs(Decimal(str(value)))
    except InvalidOperation:
        return _NOTHING
    if not amount.is_finite():
        return _NOTHING
    if amount != known and (amount == known * _MICROS or amount >= 1000):
        amount /= _MICROS
    return whole_micros(amount)


def _compared(
    rows: list[JobRow],
    listed: set[str],
    billed: dict[str, _Bill],
) -> Reconciliation:
    ours = {row.prediction_id: row for row in rows if row.prediction_id and row.state in SPENT}
    differences = []
    matched = 0
    for name in dict.fromkeys([*ours, *billed]):
        row, bill = ours.get(name), billed.get(name)
        difference = _difference(name, row, bill)
        if difference is None:
            matched += 1
        else:
            differences.append(difference)
    differences += _unlisted(ours, listed)
    unknown = tuple(row for row in rows if row.state is JobState.UNKNOWN)
    known = {row.prediction_id for row in rows}
    differences += [
        Difference(
            "not followed",
            name,
            None,
            None,
            "The service lists it, has not billed it so far, and this library does not know it.",
        )
        for name in listed
        if name not in known and name not in billed and unknown
    ]
    return Reconciliation(
        matched,
        tuple(differences),
        total_ledger=sum((row.price - row.refunded for row in ours.values()), _NOTHING),
        total_service=sum((bill.net for bill in billed.values()), _NOTHING),
        refunded=sum((bill.refunded for bill in billed.values()), _NOTHING),
        unknown=unknown,
    )


def _difference(name: str, row: JobRow | None, bill: _Bill | None) -> Difference | None:
    if row is None:
        net = bill.net if bill else _NOTHING
        return Difference(
            "not in the ledger",
            name,
            None,
            net,
            f"The service billed {dollars(net)}, and no job of this library has this prediction. "
            "It is one of the unknown ones, if there are any, or was asked for elsewhere.",
        )
    net = row.price - row.refunded
    if bill is None:
        return Difference(
            "not billed",
            name,
            net,
            None,
            f"The ledger counts {dollars(net)} as spent, and the bill has no row of it (any more).",
        )
    if bill.net == net:
        return None
    return Difference(
        "amount",
        name,
        net,
        bill.net,
        f"The ledger counts {dollars(net)}, the bill says {dollars(bill.net)}.",
    )


def _unlisted(ours: dict[str, JobRow], listed: set[str]) -> list[Difference]:
    """Return the clips that are not here yet and that the service does not list any more."""
    return [
        Difference(
            "not listed",
            name,
            row.price - row.refunded,
            None,
            "Its clip is not in the library, and the service's list does not have it any more.",
        )
        for name, row in ours.items()
        if name not in listed and not row.state.final
    ]


def _shown(amount: Decimal | None) -> str:
    return "-" if amount is None else dollars(amount)
