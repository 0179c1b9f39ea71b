"""Reading jobs from the ledger. Nothing here writes, or waits for another process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.library.ledger.jobs_table import BATCH
from hailuo_widgets.library.ledger.records import JobRow, Transition, transition_row
from hailuo_widgets.library.ledger.states import FINAL, JobState
from hailuo_widgets.library.ledger.values import moment_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hailuo_widgets.library.ledger.database import Database
    from hailuo_widgets.library.ledger.jobs_table import JobsTable

_MOST_STEPS: Final = 10_000
_LONGEST_LAG: Final = 1e6


class JobQueries:
    """The part of the ledger that reads jobs."""

    def __init__(self, database: Database, table: JobsTable) -> None:
        self._database = database
        self._table = table

    def row(self, job_id: int) -> JobRow:
        """Return one job."""
        with self._database.reading():
            return self._table.row(job_id)

    def rows(self, job_ids: Iterable[int]) -> list[JobRow]:
        """Return these jobs, in no particular order; unknown ones are left out."""
        ids = list(job_ids)
        found: list[JobRow] = []
        with self._database.reading():
            for start in range(0, len(ids), BATCH):
                some = ids[start : start + BATCH]
                found += self._table.select(f"id IN ({', '.join('?' * len(some))})", some)
        return found

    def all(self, *, service: str | None = None) -> list[JobRow]:
        """Return all jobs, newest first."""
        with self._database.reading():
            return self._table.select(
                "? IS NULL OR service = ? ORDER BY id DESC", (service, service)
            )

    def takes(self, service: str, request_hash: str) -> list[JobRow]:
        """Return all takes of a request, the first one first."""
        with self._database.reading():
            return self._table.select(
                "service = ? AND request_hash = ? ORDER BY take", (service, request_hash)
            )

    def latest(
        self, service: str, wanted: Iterable[tuple[str, int]]
    ) -> dict[tuple[str, int], JobRow]:
        """Return many takes at once, or what stands for them since they ended without a clip.

        Parameters
        ----------
        wanted : iterable of (request hash, take)
            What was never asked for is left out.
        """
        asked = set(wanted)
        hashes = list({request_hash for request_hash, _ in asked})
        with self._database.reading():
            rows: dict[tuple[str, int], JobRow] = {}
            for start in range(0, len(hashes), BATCH):
                some = hashes[start : start + BATCH]
                marks = ", ".join("?" * len(some))
                where = f"service = ? AND request_hash IN ({marks})"
                for row in self._table.select(where, (service, *some)):
                    if (row.request_hash, row.take) in asked:
                        rows[row.request_hash, row.take] = row
            following = _numbers(self._database.read_all("SELECT job_id, next FROM retakes"))
            for place, row in rows.items():
                last = row.id
                while following.get(last, 0) > last:
                    last = following[last]
                if last != row.id:
                    later = self._table.select("id = ?", (last,))
                    rows[place] = later[0] if later else row
        return rows

    def resumable(self, service: str | None = None) -> list[JobRow]:
        """Return the jobs that have not ended, oldest first."""
        return self._in_states(service, (state for state in JobState if state not in FINAL))

    def unknown(self, service: str | None = None) -> list[JobRow]:
        """Return the jobs that may have been billed and of which no more is known, oldest first."""
        return self._in_states(service, (JobState.UNKNOWN,))

    def _in_states(self, service: str | None, wanted: Iterable[JobState]) -> list[JobRow]:
        """Return the jobs in these states; a damaged one is never taken up, nor looked for."""
        names = tuple(wanted)
        marks = ", ".join("?" * len(names))
        where = f"state IN ({marks}) AND (? IS NULL OR service = ?) ORDER BY id"
        with self._database.reading():
            found = self._table.select(where, (*names, service, service))
        return [row for row in found if not row.damage]

    def predictions(self, service: str) -> dict[str, int]:
        """Return the id of every prediction this library knows, and the job it belongs to."""
        with self._database.reading():
            found = self._database.read_all(
                "SELECT prediction_id, id FROM jobs"
                " WHERE service = ? AND prediction_id IS NOT NULL",
                (service,),
            )
        return {name: job_id for name, job_id in map(tuple, found) if isinstance(name, str)}

    def seconds_taken(self, service: str, limit: int = 200) -> list[float]:
        """Return how many seconds generations took, from accepted to completed, the newest first.

        Only those that one process followed from end to end: of others it is known when they were
        seen, not when they were done.
        """
        with self._database.reading():
            found = self._database.read_all(
                "SELECT accepted_at, completed_at, COALESCE(lag_seconds, 0) FROM jobs"
                " WHERE service = ?"
                " AND completed_at IS NOT NULL AND accepted_at IS NOT NULL AND NOT resumed"
                " ORDER BY completed_at DESC LIMIT ?",
                (service, limit),
            )
        times = ((moment_of(start), moment_of(end), lag) for start, end, lag in map(tuple, found))
        took = (
            # The end lies between two questions.
            (end - start).total_seconds() - lag / 2
            for start, end, lag in times
            if start and end and isinstance(lag, int | float) and abs(lag) < _LONGEST_LAG
        )
        # Less than nothing: the clock was set meanwhile.
        return [seconds for seconds in took if seconds > 0]

    def transitions(self, job_id: int) -> list[Transition]:
        """Return the changes of a job's state, in order."""
        with self._database.reading():
            found = self._database.read_all(
                "SELECT state, at, detail FROM transitions WHERE job_id = ? ORDER BY rowid LIMIT ?",
                (job_id, _MOST_STEPS),
            )
        return [step for step in map(transition_row, found) if step is not None]


def _numbers(pairs: Iterable[Any]) -> dict[int, int]:
    """Return the pairs that are whole numbers."""
    return {
        one: other
        for one, other in map(tuple, pairs)
        if isinstance(one, int) and isinstance(other, int)
    }
