"""The send queue: the account's tier, shared by all kernels on one library.

A job leaves ``intent`` for ``sent`` inside the transaction that has counted what is in flight and
what was sent within the last minute, so that two kernels never pass the tier together.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.files.presence import NOTHING_SENT
from hailuo_widgets.library.ledger.records import QueuePosition
from hailuo_widgets.library.ledger.states import JobState
from hailuo_widgets.library.ledger.values import moment_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from hailuo_widgets.library.ledger.budget import BudgetTable
    from hailuo_widgets.library.ledger.database import Database
    from hailuo_widgets.library.ledger.jobs_table import JobsTable
    from hailuo_widgets.library.ledger.records import JobRow

_MINUTE: Final = timedelta(seconds=61)
"""The minute of the rate, and a second: a request may travel faster than the one before it."""

_SLACK: Final = timedelta(seconds=1)
"""What lies further ahead than this was written before the clock was set back."""

_UNFOLLOWED: Final = timedelta(minutes=5)
"""How long a job that no living process follows is taken to be in flight at the service."""

_OCCUPIED_SECONDS: Final = 1.0
_LONGEST_SECONDS: Final = 10.0
_SHORTEST_SECONDS: Final = 0.02

_IN_FLIGHT: Final = (
    JobState.SENT,
    JobState.ACCEPTED,
    JobState.CREATED,
    JobState.PROCESSING,
    JobState.UNKNOWN,
)


class SendQueueTable:
    """The part of the ledger that lets jobs go one after the other."""

    def __init__(self, database: Database, table: JobsTable, budget: BudgetTable) -> None:
        self._database = database
        self._table = table
        self._budget = budget

    def take_turn(
        self,
        job_id: int,
        *,
        concurrent: int,
        per_minute: int,
        is_alive: Callable[[str], bool],
    ) -> float:
        """Mark a waiting job as sent if it is its turn; otherwise return when to ask again.

        Parameters
        ----------
        concurrent, per_minute : int
            How many the service lets be in flight, and be sent within 60 s.
        is_alive : callable
            Returns whether the process of that name still runs: jobs of ended ones do not wait.

        Returns
        -------
        float
            0.0: it is ``sent`` now, durably. Else the seconds (at most 10) after which asking
            again makes sense.

        Raises
        ------
        LibraryError
            It is not waiting any more; nothing was changed and must not be sent.
        BudgetError
            No budget of this user covers it; nothing was changed and must not be sent.
        """
        with self._database.transaction(NOTHING_SENT):
            row = self._table.sound_row(job_id)
            if row.state is not JobState.INTENT:
                raise LibraryError(
                    f"This take is not waiting to be sent any more: it is {row.state.words}. Nothing was "
                    "sent by this call."
                )
            before = self._before(row, is_alive)
            in_flight = self._in_flight(row.service, is_alive)
            # Most have room: then counting what left, without looking closer, is enough.
            roomy = before + self._left_lately() < per_minute
            sent = [] if roomy else self._sent_lately(row.service)
            if before < min(concurrent - in_flight, per_minute - len(sent)):
                self._budget.require(row.service, row.price, held=row.price)
                self._table.set_state(job_id, JobState.SENT, "")
                return 0.0
            wait = _OCCUPIED_SECONDS if before >= concurrent - in_flight else 0.0
            # The one after whose leaving the minute there is room for all before it, and for it.
            leaving = before + len(sent) - per_minute
            if leaving >= 0:
                last = sent[min(leaving, len(sent) - 1)] if sent else self._database.now()
                wait = max(wait, (last + _MINUTE - self._database.now()).total_seconds())
            return min(_LONGEST_SECONDS, max(_SHORTEST_SECONDS, wait))

    def position(self, job_id: int, *, is_alive: Callable[[str], bool]) -> QueuePosition:
        """Return where a waiting job stands in its service's queue."""
        with self._database.reading():
            row = self._table.row(job_id)
            return QueuePosition(
                self._before(row, is_alive),
                self._in_flight(row.service, is_alive),
                len(self._sent_lately(row.service)),
            )

    def _before(self, row: JobRow, is_alive: Callable[[str], bool]) -> int:
        asked_at = row.asked_at.isoformat(timespec="microseconds")
        waiting = self._database.connection.execute(
            "SELECT holder, COUNT(*) FROM jobs WHERE service = ? AND state = 'intent'"
            " AND holder IS NOT NULL AND (asked_at, id) < (?, ?) GROUP BY holder",
            (row.service, asked_at, row.id),
        )
        return sum(count for holder, count in waiting.fetchall() if is_alive(holder))

    def _in_flight(self, service: str, is_alive: Callable[[str], bool]) -> int:
        marks = ", ".join("?" * len(_IN_FLIGHT))
        found = self._database.connection.execute(
            # UNKNOWN is never followed: it may be in flight as long as one that no process follows.
            "SELECT CASE state WHEN 'unknown' THEN NULL ELSE holder END, COUNT(*),"  # noqa: S608
            " COUNT(*) FILTER (WHERE sent_at BETWEEN ? AND ?)"
            f" FROM jobs WHERE service = ? AND state IN ({marks}) GROUP BY 1",
            (*self._window(_UNFOLLOWED), service, *_IN_FLIGHT),
        )
        return sum(
            count if holder is not None and is_alive(holder) else recent
            for holder, count, recent in found.fetchall()
        )

    def _left_lately(self) -> int:
        """Count the requests of all services within the last minute, those not sent included."""
        found = self._database.connection.execute(
            "SELECT COUNT(*) FROM transitions WHERE state = 'sent' AND at BETWEEN ? AND ?",
            self._window(_MINUTE),
        ).fetchone()
        return int(found[0])

    def _sent_lately(self, service: str) -> list[datetime]:
        """Return when requests left within the last minute, oldest first; unsent ones are left out."""
        found = self._database.read_all(
            "SELECT at FROM transitions AS sent JOIN jobs ON jobs.id = sent.job_id"
            " WHERE sent.state = 'sent' AND sent.at BETWEEN ? AND ? AND jobs.service = ?"
            " AND COALESCE((SELECT later.state FROM transitions AS later"
            "   WHERE later.job_id = sent.job_id AND later.rowid > sent.rowid"
            "   ORDER BY later.rowid LIMIT 1), '') <> 'intent'"
            " ORDER BY sent.at",
            (*self._window(_MINUTE), service),
        )
        times = (moment_of(at) for (at,) in map(tuple, found))
        return [at for at in times if at is not None]

    def _window(self, length: timedelta) -> tuple[str, str]:
        now = self._database.now()
        return (
            (now - length).isoformat(timespec="microseconds"),
            (now + _SLACK).isoformat(timespec="microseconds"),
        )
