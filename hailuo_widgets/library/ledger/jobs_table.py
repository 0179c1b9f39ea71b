"""The table of jobs, inside a transaction: reading rows, damaged ones too, and writing states."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.library.ledger import states
from hailuo_widgets.library.ledger.records import Failure, JobRow, job_row
from hailuo_widgets.library.ledger.states import SERVICES, JobState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hailuo_widgets.library.ledger.database import Database

BATCH: Final = 500
"""How many rows one statement asks for by number."""

# The services' names that are none, found by walking along an index.
ODD_SERVICES: Final = f"""
    SELECT service FROM (
        WITH RECURSIVE names(service) AS (
            SELECT MIN(service) FROM jobs
            UNION ALL
            SELECT (SELECT MIN(service) FROM jobs WHERE service > names.service) FROM names
            WHERE names.service IS NOT NULL LIMIT 100
        )
        SELECT service FROM names
        WHERE service NOT IN ({", ".join(f"'{each}'" for each in sorted(SERVICES))})
    )
"""  # noqa: S608  words of this package

_TIME_COLUMNS: Final = {JobState.SENT: "sent_at", JobState.ACCEPTED: "accepted_at"}
"""Where it is written down when a job came to a state."""

NO_ERROR: Final[dict[str, object]] = {
    "error_kind": None,
    "error_message": None,
    "error_code": None,
}
"""The columns of a job that nothing went wrong with."""


class JobsTable:
    """The rows of ``jobs``. Every method is called inside a transaction of its database.

    Parameters
    ----------
    database : Database
        The file that holds the table.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- reading --------------------------------------------------------------------------

    def row(self, job_id: int) -> JobRow:
        """Return one row.

        Raises
        ------
        LibraryError
            There is no such job.
        """
        rows = self.select("id = ?", (job_id,))
        if not rows:
            raise LibraryError(f"This library has no job {job_id}. Nothing was changed.")
        return rows[0]

    def sound_row(self, job_id: int) -> JobRow:
        """Return a row that is about to be changed, which a damaged one never is.

        Raises
        ------
        LibraryError
            There is no such job, or it is damaged.
        """
        row = self.row(job_id)
        if row.damage:
            raise LibraryError(f"Nothing was changed and nothing was sent. {row.error_message}")
        return row

    def select(self, where: str, values: Sequence[object] = ()) -> list[JobRow]:
        """Return the rows that fit: a damaged one as such, one with a huge value without that."""
        select = f"SELECT * FROM jobs WHERE {where}"  # noqa: S608  conditions of this package
        try:
            return [job_row(row) for row in self._database.read_all(select, values)]
        except sqlite3.DataError as error:
            if "too big" not in str(error):
                raise
        ids = self._database.read_all(f"SELECT id FROM jobs WHERE {where}", values)  # noqa: S608  as above
        return [job_row(self.bounded_values(job_id)) for (job_id,) in ids]

    def bounded_values(self, job_id: int) -> dict[str, object]:
        """Return a job's values by column, read one by one, without those that are too large."""
        info = self._database.connection.execute("PRAGMA table_info(jobs)")
        values: dict[str, object] = {}
        for name in [row["name"] for row in info]:
            try:
                (values[name],) = self._database.read_all(
                    f"SELECT {name} FROM jobs WHERE id = ?",  # noqa: S608  our schema's names
                    (job_id,),
                )[0]
            except (sqlite3.DataError, IndexError):
                values[name] = b""  # no column of ours holds bytes, so it is judged as damaged
        return values

    # -- writing --------------------------------------------------------------------------

    def update(self, job_id: int, **columns: object) -> None:
        """Set columns of one row."""
        names = ", ".join(f"{name} = ?" for name in columns)
        self._database.connection.execute(
            f"UPDATE jobs SET {names} WHERE id = ?",  # noqa: S608  names are written in this package
            (*columns.values(), job_id),
        )

    def set_state(self, job_id: int, state: JobState, detail: str) -> None:
        """Move a job to a state, with the time, and log that."""
        now = self._database.stamp()
        columns: dict[str, object] = {"state": state, "finished_at": now if state.final else None}
        time_column = _TIME_COLUMNS.get(state)
        if time_column is not None:
            columns[time_column] = now
        if state is JobState.INTENT:
            columns["sent_at"] = None
        self.update(job_id, **columns)
        if state is JobState.COMPLETED:
            self._database.connection.execute(
                "UPDATE jobs SET completed_at = ? WHERE id = ? AND completed_at IS NULL",
                (now, job_id),
            )
        self.log(job_id, state, detail)

    def set_failure(self, job_id: int, failure: Failure) -> None:
        """Write down what went wrong with a job."""
        self.update(
            job_id,
            error_kind=failure.kind,
            error_message=failure.message,
            error_code=failure.code,
        )

    def set_orphaned(self, job_id: int) -> None:
        """Make a job unknown whose process died while it was sending the request."""
        self.set_state(job_id, JobState.UNKNOWN, "its process ended while sending")

    def lease(self, row: JobRow, holder: str) -> None:
        """Give a job to a process that goes on with it."""
        self.update(row.id, holder=holder)
        if row.state in states.AT_SERVICE:
            # How long it took cannot be measured any more: part of it was not followed.
            self.update(row.id, resumed=True)

    def log(self, job_id: int, state: JobState, detail: str) -> None:
        """Write a line of a job's history."""
        self._database.connection.execute(
            "INSERT INTO transitions VALUES (?, ?, ?, ?)",
            (job_id, state, self._database.stamp(), detail),
        )
