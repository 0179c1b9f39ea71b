"""What running a sweep would do and cost, told before anything is asked for."""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Final

from hailuo_widgets.jobs.runner.send_queue import about
from hailuo_widgets.jobs.wavespeed import estimate
from hailuo_widgets.library.ledger.disposition import Disposition, disposition_of, needed
from hailuo_widgets.money import dollars
from hailuo_widgets.text import neutralize, short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from hailuo_widgets.jobs.services.services import Connection
    from hailuo_widgets.library.ledger.records import JobRow
    from hailuo_widgets.money import Budget
    from hailuo_widgets.request.sweep.grid import Cell

_NOTHING: Final = Decimal("0.00")
_LAG_SECONDS: Final = 3.0
"""So much later an end is seen (measured); only then there is room for the next one."""

_SHOWN: Final = 120
"""So many cells are shown whole; of more, the first and the last."""


@dataclass(frozen=True, slots=True)
class DryRunRow:
    """What asking for one cell would do.

    Attributes
    ----------
    index : int
        The cell's place in the sweep.
    values : mapping of str to str
        Its level of every factor.
    disposition : Disposition or None
        What would become of it; None for a cell that is left out.
    cost : Decimal
        What would be billed for it, in US dollars.
    needed : Decimal
        How much more of the budget it needs: what was asked for before holds its price already.
    row : JobRow or None
        The take as the ledger has it.
    take : int
        Which one that is.
    """

    index: int
    values: Mapping[str, str]
    disposition: Disposition | None
    cost: Decimal
    needed: Decimal
    row: JobRow | None = field(default=None, repr=False)
    take: int = 1

    @property
    def sends(self) -> bool:
        """True if a request would go out."""
        return self.disposition is not None and self.disposition.sends

    @property
    def words(self) -> str:
        """The same in a few words."""
        return "left out" if self.disposition is None else str(self.disposition)


@dataclass(frozen=True, slots=True)
class DryRun:
    """Every cell of a sweep with what it would cost; shows itself as a table. Nothing was sent.

    Attributes
    ----------
    lines : tuple of Line
        One a cell, in order.
    service : str
        ``"emulator"`` or ``"wavespeed"``.
    price : Decimal
        What one generation costs, in US dollars.
    price_is_listed : bool
        Whether that is only the list price: the service was not asked yet.
    budget : Budget or None
        As it stands; None for drafts, or when none was set.
    seconds : (float, float)
        Between which two times everything that is to be sent will be here.
    tier : str
        The account's tier.
    """

    lines: tuple[DryRunRow, ...]
    service: str
    price: Decimal
    price_is_listed: bool
    budget: Budget | None
    seconds: tuple[float, float]
    tier: str

    @property
    def total(self) -> Decimal:
        """What would be billed, in US dollars."""
        return sum((line.cost for line in self.lines), _NOTHING)

    @property
    def needed(self) -> Decimal:
        """How much more of the budget that needs, in US dollars."""
        return sum((line.needed for line in self.lines), _NOTHING)

    @property
    def sending(self) -> int:
        """How many requests would go out."""
        return sum(line.sends for line in self.lines)

    @property
    def fits(self) -> bool:
        """True if the budget allows it."""
        return self.needed <= 0 or (self.budget is not None and self.needed <= self.budget.left)

    @property
    def sentence(self) -> str:
        """What there is, the total, the budget and the time, for people."""
        counted = Counter(line.words for line in self.lines)
        said = ", ".join(f"{count:,} {words}" for words, count in counted.items())
        cells = f"{len(self.lines):,} cell{'s' * (len(self.lines) != 1)}: {said}."
        free = self.service == "emulator"
        if not self.sending:
            return f"{cells} Running it costs nothing. Nothing was sent."
        if free:
            money = "Drafts are free."
        else:
            listed = ", the list price" if self.price_is_listed else ""
            each = f" ({self.sending:,} at {dollars(self.price)}{listed})" * (self.sending > 1)
            money = f"{dollars(self.total)}{each}. {self._left}"
        time = f"It takes {_span(self.seconds)}" + ("" if free else f" under the {self.tier} tier")
        return f"{cells} {money} {time}. Nothing was sent."

    @property
    def _left(self) -> str:
        if self.budget is None:
            return (
                "No budget was set, so nothing can be sent: "
                f'hw.connect("wavespeed", budget={dollars(self.total)[1:]}) allows it.'
            )
        left = (
            f"{dollars(self.budget.left)} is left of your budget of {dollars(self.budget.amount)}"
        )
        if self.fits:
            return f"{left}."
        return f"{left}: {dollars(self.needed - self.budget.left)} too little."

    def __str__(self) -> str:
        return "\n".join((*_drawn(self._rows()), self.sentence))

    def __repr__(self) -> str:
        return neutralize("\n".join((*_drawn(_shortened(self._rows())), self.sentence)))

    def _repr_html_(self) -> str:
        head, *rows = ([escape(text) for text in row] for row in _shortened(self._rows()))
        names = "".join(f"<th>{text}</th>" for text in head)
        drawn = "".join(f"<tr>{''.join(f'<td>{text}</td>' for text in row)}</tr>" for row in rows)
        return (
            f"<p>{escape(self.sentence)}</p>"
            f"<table><thead><tr>{names}</tr></thead><tbody>{drawn}</tbody></table>"
        )

    def _rows(self) -> list[tuple[str, ...]]:
        """Draw the table, with the factors that vary."""
        first = self.lines[0].values
        vary = [
            name for name in first if any(line.values[name] != first[name] for line in self.lines)
        ]
        head = ("cell", *vary, "what would happen", "cost")
        return [head, *(_row(line, vary) for line in self.lines)]


def dry_run(cells: Sequence[Cell], connection: Connection, takes: Callable[[Cell], int]) -> DryRun:
    """Look every cell up in the library; sends nothing and asks nobody.

    Parameters
    ----------
    takes : callable
        Gives the take that stands for a cell now.

    Raises
    ------
    LibraryError
        The library cannot be read.
    """
    price = connection.price
    lines = tuple(look(cells, connection, takes, price))
    sending = sum(line.sends for line in lines)
    low, high = connection.expected_seconds
    lag = _LAG_SECONDS if price else 0.0
    return DryRun(
        lines,
        connection.service,
        price,
        connection.price_is_listed,
        connection.budget,
        estimate.span(sending, connection.pace, (low + lag, high + lag)),
        connection.tier,
    )


def look(
    cells: Iterable[Cell], connection: Connection, takes: Callable[[Cell], int], price: Decimal
) -> list[DryRunRow]:
    """Return for every cell what asking for it would do, at this price of a generation."""
    library = connection.library
    is_alive = functools.cache(library.holder.is_alive)
    wanted = [(cell, (cell.request.request_hash, takes(cell))) for cell in cells]
    rows = library.ledger.jobs.latest(
        connection.service, (place for cell, place in wanted if not cell.skipped)
    )
    lines = []
    for cell, place in wanted:
        if cell.skipped:
            lines.append(DryRunRow(cell.index, cell.values, None, _NOTHING, _NOTHING))
            continue
        row = rows.get(place)
        clip = row.clip_sha256 if row else None
        disposition = disposition_of(
            row,
            executing=row is not None and row.holder is not None and is_alive(row.holder),
            has_clip=clip is None or library.media.has_clip(clip),
        )
        cost = price if disposition.sends else _NOTHING
        more = needed(row, disposition, price)
        take = row.take if row else place[1]
        lines.append(DryRunRow(cell.index, cell.values, disposition, cost, more, row, take))
    return lines


def _row(line: DryRunRow, names: Iterable[str]) -> tuple[str, ...]:
    cost = "" if line.disposition is None else dollars(line.cost)
    levels = (short(line.values[name]) for name in names)
    return (str(line.index), *levels, line.words, cost)


def _shortened(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    if len(rows) <= _SHOWN + 1:
        return rows
    half = _SHOWN // 2
    left_out = f"… {len(rows) - 1 - _SHOWN:,} more"
    middle = (left_out, *("…" for _ in rows[0][1:]))
    return [*rows[: half + 1], middle, *rows[-half:]]


def _drawn(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(len(text) for text in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [text.ljust(width) for text, width in zip(row, widths, strict=True)]
        yield "  ".join(cells).rstrip()


def _span(seconds: tuple[float, float]) -> str:
    low, high = seconds
    if high < 5400:
        return about(seconds)
    return f"about {round(low / 3600, 1):g} to {round(high / 3600, 1):g} h"
