"""Looking things up in the ledger. Nothing here writes, or waits for another process."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.library.ledger.database import AT_ONCE, Store
from hailuo_widgets.library.ledger.records import (
    ClipRow,
    Inventory,
    JobRow,
    RequestRow,
    Transition,
    clip_row,
    request_row,
    transition_row,
)
from hailuo_widgets.library.ledger.states import FINAL, JobState
from hailuo_widgets.library.ledger.values import LONGEST_TEXT, moment_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_STEPS: Final = 10_000
_LONGEST_LAG: Final = 1e6


class JobQueries(Store):
    """The part of the ledger that answers questions about single things."""

    def row(self, job_id: int) -> JobRow:
        """Read one job."""
        with self._reading():
            return self._row(job_id)

    def rows(self, job_ids: Iterable[int]) -> list[JobRow]:
        """Read these jobs, in no particular order; unknown ones are left out."""
        ids = list(job_ids)
        found: list[JobRow] = []
        with self._reading():
            for start in range(0, len(ids), AT_ONCE):
                some = ids[start : start + AT_ONCE]
                found += self._jobs(f"id IN ({', '.join('?' * len(some))})", some)
        return found

    def jobs(self, *, service: str | None = None) -> list[JobRow]:
        """Read all jobs, newest first."""
        with self._reading():
            return self._jobs("? IS NULL OR service = ? ORDER BY id DESC", (service, service))

    def takes(self, service: str, request_hash: str) -> list[JobRow]:
        """Read all takes of a request, the first one first."""
        with self._reading():
            return self._jobs(
                "service = ? AND request_hash = ? ORDER BY take", (service, request_hash)
            )

    def latest(
        self, service: str, wanted: Iterable[tuple[str, int]]
    ) -> dict[tuple[str, int], JobRow]:
        """Read many takes at once, or what stands for them since they ended without a clip.

        Parameters
        ----------
        wanted : iterable of (request hash, take)
            What was never asked for is left out.
        """
        asked = set(wanted)
        hashes = list({request_hash for request_hash, _ in asked})
        with self._reading():
            rows: dict[tuple[str, int], JobRow] = {}
            for start in range(0, len(hashes), AT_ONCE):
                some = hashes[start : start + AT_ONCE]
                marks = ", ".join("?" * len(some))
                where = f"service = ? AND request_hash IN ({marks})"
                for row in self._jobs(where, (service, *some)):
                    if (row.request_hash, row.take) in asked:
                        rows[row.request_hash, row.take] = row
            following = _numbers(self._all("SELECT job_id, next FROM retakes"))
            for place, row in rows.items():
                last = row.id
                while following.get(last, 0) > last:
                    last = following[last]
                if last != row.id:
                    later = self._jobs("id = ?", (last,))
                    rows[place] = later[0] if later else row
        return rows

    def resumable(self, service: str | None = None) -> list[JobRow]:
        """Read the jobs that have not ended, oldest first."""
        return self._standing(service, (state for state in JobState if state not in FINAL))

    def unknown(self, service: str | None = None) -> list[JobRow]:
        """Read the jobs that may have been billed and of which no more is known, oldest first."""
        return self._standing(service, (JobState.UNKNOWN,))

    def _standing(self, service: str | None, wanted: Iterable[JobState]) -> list[JobRow]:
        """Read what stands so; what is damaged is never taken up, nor looked for."""
        names = tuple(wanted)
        marks = ", ".join("?" * len(names))
        where = f"state IN ({marks}) AND (? IS NULL OR service = ?) ORDER BY id"
        with self._reading():
            found = self._jobs(where, (*names, service, service))
        return [row for row in found if not row.damage]

    def predictions(self, service: str) -> dict[str, int]:
        """Give the id of every prediction this library knows, and the job it belongs to."""
        with self._reading():
            found = self._all(
                "SELECT prediction_id, id FROM jobs"
                " WHERE service = ? AND prediction_id IS NOT NULL",
                (service,),
            )
        return {name: job_id for name, job_id in map(tuple, found) if isinstance(name, str)}

    def seconds_taken(self, service: str, limit: int = 200) -> list[float]:
        """Tell how long generations took from accepted to completed, the newest first.

        Only those that one process followed from end to end: of others it is known when they were
        seen, not when they were done.
        """
        with self._reading():
            found = self._all(
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
        """Read how a job came to where it stands, in order."""
        with self._reading():
            found = self._all(
                "SELECT state, at, detail FROM transitions WHERE job_id = ? ORDER BY rowid LIMIT ?",
                (job_id, _MOST_STEPS),
            )
        return [step for step in map(transition_row, found) if step is not None]

    def request(self, request_hash: str) -> RequestRow:
        """Read what was asked for.

        Raises
        ------
        LibraryError
            The library has no such request.
        """
        with self._reading():
            found = self._all("SELECT * FROM requests WHERE hash = ?", (request_hash,))
        if not found:
            raise LibraryError(
                f"This library does not hold the request {request_hash[:12]}…. Nothing was sent."
            )
        return request_row(found[0])

    def frame_name(self, sha256: str) -> str | None:
        """Tell what a frame was called when it was first given; None when it never was."""
        with self._reading():
            try:
                found = self._all("SELECT name FROM frames WHERE sha256 = ?", (sha256,))
            except sqlite3.DataError:
                return None
        return str(found[0][0])[:LONGEST_TEXT] if found else None

    def stock(self) -> Inventory:
        """Tell what frames, clips and requests the library should hold, and which jobs are damaged."""
        with self._reading():
            frames, lost_frames = self._readable("frames")
            clips = self._all(
                "SELECT clip_sha256, id FROM jobs"
                " WHERE clip_sha256 IS NOT NULL AND removed_at IS NULL ORDER BY id"
            )
            requests, lost_requests = self._readable("requests")
            facts, lost_facts = self._readable("clips")
            jobs = self._jobs("1 ORDER BY id")
        shown: dict[str, tuple[int, ...]] = {}
        for sha256, job_id in map(tuple, clips):
            shown[str(sha256)] = (*shown.get(str(sha256), ()), job_id)
        damage = [f"Job {row.id} is damaged: {row.damage}." for row in jobs if row.damage]
        damage += [
            f"The facts of the clip {str(row['sha256'])[:12]}… are damaged."
            for row in facts
            if clip_row(row) is None
        ]
        damage += [
            f"{lost:,} of the {what} in the ledger hold values too large to be read."
            for what, lost in (
                ("frames", lost_frames),
                ("requests", lost_requests),
                ("clips", lost_facts),
            )
            if lost
        ]
        return Inventory(
            {str(row["sha256"]): str(row["name"])[:LONGEST_TEXT] for row in frames},
            shown,
            {str(row["hash"]): request_row(row) for row in requests},
            tuple(damage),
        )

    def _readable(self, table: str) -> tuple[list[Any], int]:
        """Read a whole table as far as its values can be; how many rows that leaves out."""
        query = f"SELECT * FROM {table}"  # noqa: S608  names written in this package
        try:
            return self._all(query), 0
        except sqlite3.DataError:
            pass
        rows: list[Any] = []
        places = self._all(f"SELECT rowid FROM {table}")  # noqa: S608  as above
        for (place,) in map(tuple, places):
            with contextlib.suppress(sqlite3.DataError):
                rows += self._all(f"{query} WHERE rowid = ?", (place,))
        return rows, len(places) - len(rows)

    def damage(self) -> list[str]:
        """Let SQLite look at its whole file; empty when all is well."""
        with self._reading():
            said = [str(words) for (words,) in map(tuple, self._all("PRAGMA quick_check(10)"))]
            torn = self._all("PRAGMA foreign_key_check")
        lost = {f"{row[0]} without their {row[2]}" for row in torn}
        return [words for words in said if words != "ok"] + sorted(lost)

    def clip_row(self, sha256: str) -> ClipRow | None:
        """Read the facts of one clip; None when the library never had it, or they are damaged."""
        with self._reading():
            found = self._all("SELECT * FROM clips WHERE sha256 = ?", (sha256,))
        return clip_row(found[0]) if found else None


def _numbers(pairs: Iterable[Any]) -> dict[int, int]:
    """Keep the pairs that are whole numbers."""
    return {
        one: other
        for one, other in map(tuple, pairs)
        if isinstance(one, int) and isinstance(other, int)
    }
