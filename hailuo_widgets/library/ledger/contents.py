"""What the library holds besides jobs, and whether the ledger's file is damaged. Nothing here writes."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Any

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.library.ledger.records import (
    ClipRow,
    Inventory,
    RequestRow,
    clip_row,
    request_row,
)
from hailuo_widgets.library.ledger.values import LONGEST_TEXT

if TYPE_CHECKING:
    from hailuo_widgets.library.ledger.database import Database
    from hailuo_widgets.library.ledger.jobs_table import JobsTable


class Contents:
    """The part of the ledger that reads requests, frames and clips."""

    def __init__(self, database: Database, table: JobsTable) -> None:
        self._database = database
        self._table = table

    def request(self, request_hash: str) -> RequestRow:
        """Return what was asked for.

        Raises
        ------
        LibraryError
            The library has no such request.
        """
        with self._database.reading():
            found = self._database.read_all(
                "SELECT * FROM requests WHERE hash = ?", (request_hash,)
            )
        if not found:
            raise LibraryError(
                f"This library does not hold the request {request_hash[:12]}…. Nothing was sent."
            )
        return request_row(found[0])

    def frame_name(self, sha256: str) -> str | None:
        """Return what a frame was called when it was first given; None when it never was."""
        with self._database.reading():
            try:
                found = self._database.read_all(
                    "SELECT name FROM frames WHERE sha256 = ?", (sha256,)
                )
            except sqlite3.DataError:
                return None
        return str(found[0][0])[:LONGEST_TEXT] if found else None

    def inventory(self) -> Inventory:
        """Return the frames, clips and requests the library should hold, and what is damaged."""
        with self._database.reading():
            frames, lost_frames = self._readable("frames")
            clips = self._database.read_all(
                "SELECT clip_sha256, id FROM jobs"
                " WHERE clip_sha256 IS NOT NULL AND removed_at IS NULL ORDER BY id"
            )
            requests, lost_requests = self._readable("requests")
            facts, lost_facts = self._readable("clips")
            jobs = self._table.select("1 ORDER BY id")
        jobs_of_clips: dict[str, tuple[int, ...]] = {}
        for sha256, job_id in map(tuple, clips):
            jobs_of_clips[str(sha256)] = (*jobs_of_clips.get(str(sha256), ()), job_id)
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
            jobs_of_clips,
            {str(row["hash"]): request_row(row) for row in requests},
            tuple(damage),
        )

    def _readable(self, table: str) -> tuple[list[Any], int]:
        """Return the rows of a table that can be read, and the number of those that cannot."""
        query = f"SELECT * FROM {table}"  # noqa: S608  names written in this package
        try:
            return self._database.read_all(query), 0
        except sqlite3.DataError:
            pass
        rows: list[Any] = []
        places = self._database.read_all(f"SELECT rowid FROM {table}")  # noqa: S608  as above
        for (place,) in map(tuple, places):
            with contextlib.suppress(sqlite3.DataError):
                rows += self._database.read_all(f"{query} WHERE rowid = ?", (place,))
        return rows, len(places) - len(rows)

    def check_integrity(self) -> list[str]:
        """Return what SQLite finds wrong in its whole file; empty when all is well."""
        with self._database.reading():
            messages = [
                str(words)
                for (words,) in map(tuple, self._database.read_all("PRAGMA quick_check(10)"))
            ]
            torn = self._database.read_all("PRAGMA foreign_key_check")
        lost = {f"{row[0]} without their {row[2]}" for row in torn}
        return [words for words in messages if words != "ok"] + sorted(lost)

    def clip(self, sha256: str) -> ClipRow | None:
        """Return the facts of one clip; None when the library never had it, or they are damaged."""
        with self._database.reading():
            found = self._database.read_all("SELECT * FROM clips WHERE sha256 = ?", (sha256,))
        return clip_row(found[0]) if found else None
