"""Looking things up in the ledger. Nothing here writes, or waits for another process."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.library.rows import (
    ClipRow,
    JobRow,
    RequestRow,
    Stock,
    Transition,
    clip_row,
    job_row,
    request_row,
)
from hailuo_widgets.library.states import FINAL, JobState
from hailuo_widgets.library.store import AT_ONCE, Store

if TYPE_CHECKING:
    from collections.abc import Iterable


class Looking(Store):
    """The part of the ledger that answers questions about single things."""

    def row(self, job_id: int) -> JobRow:
        """Read one job."""
        with self._reading():
            return self._row(job_id)

    def rows(self, job_ids: Iterable[int]) -> list[JobRow]:
        """Read these jobs, in no particular order; unknown ones are left out."""
        ids = list(job_ids)
        found: list[JobRow] = []
        with self._reading() as connection:
            for start in range(0, len(ids), AT_ONCE):
                some = ids[start : start + AT_ONCE]
                marks = ", ".join("?" * len(some))
                found += map(
                    job_row,
                    connection.execute(f"SELECT * FROM jobs WHERE id IN ({marks})", some),  # noqa: S608
                )
        return found

    def jobs(self, *, service: str | None = None) -> list[JobRow]:
        """Read all jobs, newest first."""
        with self._reading() as connection:
            found = connection.execute(
                "SELECT * FROM jobs WHERE ? IS NULL OR service = ? ORDER BY id DESC",
                (service, service),
            ).fetchall()
            return [job_row(row) for row in found]

    def takes(self, service: str, request_hash: str) -> list[JobRow]:
        """Read all takes of a request, the first one first."""
        with self._reading() as connection:
            found = connection.execute(
                "SELECT * FROM jobs WHERE service = ? AND request_hash = ? ORDER BY take",
                (service, request_hash),
            ).fetchall()
            return [job_row(row) for row in found]

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
        with self._reading() as connection:
            rows: dict[tuple[str, int], JobRow] = {}
            for start in range(0, len(hashes), AT_ONCE):
                some = hashes[start : start + AT_ONCE]
                marks = ", ".join("?" * len(some))
                for found in connection.execute(
                    f"SELECT * FROM jobs WHERE service = ? AND request_hash IN ({marks})",  # noqa: S608
                    (service, *some),
                ):
                    place = (found["request_hash"], found["take"])
                    if place in asked:
                        rows[place] = job_row(found)
            following = dict(connection.execute("SELECT job_id, next FROM retakes").fetchall())
            for place, row in rows.items():
                last = row.id
                while following.get(last, 0) > last:
                    last = following[last]
                if last != row.id:
                    later = connection.execute("SELECT * FROM jobs WHERE id = ?", (last,))
                    found = later.fetchone()
                    rows[place] = row if found is None else job_row(found)
        return rows

    def resumable(self, service: str | None = None) -> list[JobRow]:
        """Read the jobs that have not ended, oldest first."""
        return self._standing(service, (state for state in JobState if state not in FINAL))

    def unknown(self, service: str | None = None) -> list[JobRow]:
        """Read the jobs that may have been billed and of which no more is known, oldest first."""
        return self._standing(service, (JobState.UNKNOWN,))

    def _standing(self, service: str | None, wanted: Iterable[JobState]) -> list[JobRow]:
        names = tuple(wanted)
        marks = ", ".join("?" * len(names))
        with self._reading() as connection:
            found = connection.execute(
                f"SELECT * FROM jobs WHERE state IN ({marks})"  # noqa: S608  only marks
                " AND (? IS NULL OR service = ?) ORDER BY id",
                (*names, service, service),
            ).fetchall()
            return [job_row(row) for row in found]

    def predictions(self, service: str) -> dict[str, int]:
        """Give the id of every prediction this library knows, and the job it belongs to."""
        with self._reading() as connection:
            found = connection.execute(
                "SELECT prediction_id, id FROM jobs"
                " WHERE service = ? AND prediction_id IS NOT NULL",
                (service,),
            ).fetchall()
            return dict(found)

    def seconds_taken(self, service: str, limit: int = 200) -> list[float]:
        """Tell how long generations took from accepted to completed, the newest first.

        Only those that one process followed from end to end: of others it is known when they were
        seen, not when they were done.
        """
        with self._reading() as connection:
            found = connection.execute(
                "SELECT accepted_at, completed_at, COALESCE(lag_seconds, 0) FROM jobs"
                " WHERE service = ?"
                " AND completed_at IS NOT NULL AND accepted_at IS NOT NULL AND NOT resumed"
                " ORDER BY completed_at DESC LIMIT ?",
                (service, limit),
            ).fetchall()
        took = (
            # The end lies between two questions.
            (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() - lag / 2
            for start, end, lag in found
        )
        # Less than nothing: the clock was set meanwhile.
        return [seconds for seconds in took if seconds > 0]

    def transitions(self, job_id: int) -> list[Transition]:
        """Read how a job came to where it stands, in order."""
        with self._reading() as connection:
            found = connection.execute(
                "SELECT state, at, detail FROM transitions WHERE job_id = ? ORDER BY rowid",
                (job_id,),
            ).fetchall()
            return [
                Transition(JobState(state), datetime.fromisoformat(at), detail)
                for state, at, detail in found
            ]

    def request(self, request_hash: str) -> RequestRow:
        """Read what was asked for.

        Raises
        ------
        LibraryError
            The library has no such request.
        """
        with self._reading() as connection:
            found = connection.execute(
                "SELECT * FROM requests WHERE hash = ?", (request_hash,)
            ).fetchone()
        if found is None:
            raise LibraryError(
                f"This library does not hold the request {request_hash[:12]}…. Nothing was sent."
            )
        return request_row(found)

    def frame_name(self, sha256: str) -> str | None:
        """Tell what a frame was called when it was first given; None when it never was."""
        with self._reading() as connection:
            found = connection.execute(
                "SELECT name FROM frames WHERE sha256 = ?", (sha256,)
            ).fetchone()
            return None if found is None else str(found[0])

    def stock(self) -> Stock:
        """Tell what frames, clips and requests the library should hold."""
        with self._reading() as connection:
            frames = dict(connection.execute("SELECT sha256, name FROM frames").fetchall())
            clips: dict[str, tuple[int, ...]] = {}
            for sha256, job_id in connection.execute(
                "SELECT clip_sha256, id FROM jobs"
                " WHERE clip_sha256 IS NOT NULL AND removed_at IS NULL ORDER BY id"
            ):
                clips[sha256] = (*clips.get(sha256, ()), job_id)
            requests = {
                row["hash"]: request_row(row)
                for row in connection.execute("SELECT * FROM requests")
            }
        return Stock(frames, clips, requests)

    def damage(self) -> list[str]:
        """Let SQLite look at its whole file; empty when all is well."""
        with self._reading() as connection:
            said = [str(words) for (words,) in connection.execute("PRAGMA quick_check(10)")]
            torn = connection.execute("PRAGMA foreign_key_check").fetchall()
        lost = {f"{row[0]} without their {row[2]}" for row in torn}
        return [words for words in said if words != "ok"] + sorted(lost)

    def clip_row(self, sha256: str) -> ClipRow | None:
        """Read the facts of one clip; None when the library never had it."""
        with self._reading() as connection:
            found = connection.execute("SELECT * FROM clips WHERE sha256 = ?", (sha256,)).fetchone()
            return None if found is None else clip_row(found)
