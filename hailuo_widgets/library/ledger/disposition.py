"""What asking for a take would do, by its row: the same rules by which ``begin`` acts."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hailuo_widgets.library.ledger.states import ENDED_WITHOUT_CLIP, JobState

if TYPE_CHECKING:
    from hailuo_widgets.library.ledger.records import JobRow

_NOTHING: Final = Decimal("0.00")


class Disposition(StrEnum):
    """What becomes of a take that is asked for."""

    NEW = "new"
    UNSENT = "asked for before, never sent"
    HELD = "in your library"
    JOINED = "on its way"
    FETCHED = "paid for, its file is fetched again"
    IN_DOUBT = "may have been billed, waits for your word"
    ENDED = "ended without a clip"

    @property
    def sends(self) -> bool:
        """True if a request is sent, at its price."""
        return self in {Disposition.NEW, Disposition.UNSENT}


_ALONE: Final = {
    JobState.INTENT: Disposition.UNSENT,
    JobState.SENT: Disposition.IN_DOUBT,
    JobState.UNKNOWN: Disposition.IN_DOUBT,
    JobState.REFUSED: Disposition.ENDED,
    JobState.DOWNLOADED: Disposition.FETCHED,
    **dict.fromkeys(ENDED_WITHOUT_CLIP, Disposition.ENDED),
}
"""Of a paid take that no process holds; the others are taken up at the service."""


def disposition_of(row: JobRow | None, *, executing: bool, has_clip: bool) -> Disposition:
    """Return what asking for a take would do.

    Parameters
    ----------
    row : JobRow or None
        The take's row; None when it was never asked for.
    executing : bool
        True if a living process holds it.
    has_clip : bool
        True if its clip's file is there.
    """
    if row is None:
        return Disposition.NEW
    if row.damage and row.state is not JobState.DOWNLOADED:
        return Disposition.IN_DOUBT
    if row.state is JobState.DOWNLOADED and has_clip:
        return Disposition.HELD
    if executing and not row.state.final:
        return Disposition.JOINED
    alone = _ALONE.get(row.state, Disposition.JOINED)
    again = not row.written_off if row.state is JobState.REFUSED else row.price == 0
    return Disposition.NEW if again and alone is not Disposition.UNSENT else alone


def needed(row: JobRow | None, disposition: Disposition, price: Decimal) -> Decimal:
    """Return how much more of the budget is needed, in US dollars, when it is asked for."""
    if not disposition.sends:
        return _NOTHING
    # What was never sent holds its price already, unless it was let go of.
    return price - row.held if row is not None and row.state is JobState.INTENT else price
