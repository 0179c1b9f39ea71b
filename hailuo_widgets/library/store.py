"""The SQLite file under the ledger: opening it, transactions, and what it says when it cannot.

Every write is one transaction that is on disk when the call returns (``synchronous=FULL``).
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.library import migrations, salvage
from hailuo_widgets.library.rows import JobRow, job_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hailuo_widgets.library.states import JobState

_LOCK_SECONDS: Final = 15.0

AT_ONCE: Final = 500
"""How many rows one statement asks for by number."""


def clock() -> datetime:
    """Give the time, aware, UTC."""
    return datetime.now(UTC)


class Store:
    """One SQLite file, safe to use from several threads and processes.

    Parameters
    ----------
    path : Path
        The file; made when missing.
    now : callable
        Gives the time, aware, UTC.

    Raises
    ------
    LibraryError
        The file cannot be opened, is damaged, or was made by a newer version.
    """

    def __init__(self, path: Path, *, now: Callable[[], datetime] = clock) -> None:
        self._path = path
        self._now = now
        self._lock = threading.RLock()
        try:
            self._connection = sqlite3.connect(
                path, timeout=_LOCK_SECONDS, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise LibraryError(_sentence(path, error)) from None
        try:
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA foreign_keys = ON")
            # A history of 10,000 jobs fits: searching it then reads nothing from the disk.
            self._connection.execute("PRAGMA cache_size = -32768")
            migrations.migrate(self._connection)
        except sqlite3.Error as error:
            self._connection.close()
            raise LibraryError(_sentence(path, error)) from None
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def pulse(self) -> tuple[int, int]:
        """Give a pair that differs whenever anything was written, by this process or another."""
        with self._told(), self._lock:
            (others,) = self._connection.execute("PRAGMA data_version").fetchone()
            return others, self._connection.total_changes

    def copy_to(self, path: Path) -> None:
        """Write the ledger as it stands at one moment to a new file, whole by itself.

        Raises
        ------
        LibraryError
            The ledger cannot be read, or the file cannot be written.
        """
        try:
            with self._lock, contextlib.closing(sqlite3.connect(path)) as copy:
                self._connection.backup(copy)
                # Beside the ledger SQLite keeps two more files; the copy is one.
                copy.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.Error as error:
            raise LibraryError(
                f"A copy of the ledger could not be written ({error}). Nothing in the library was "
                "changed. Free some space, or choose another folder."
            ) from None

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Write: whole or not at all, and alone among all processes."""
        with self._scope("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Read one state of things; waits for no other process."""
        with self._scope("BEGIN") as connection:
            yield connection

    @contextlib.contextmanager
    def _scope(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._told(), self._lock:
            connection = self._connection
            connection.execute(begin)
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # A full disk has rolled back by itself: asking again would hide its error.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise LibraryError(_sentence(self._path, error)) from None

    # -- inside a transaction -------------------------------------------------------------

    def _row(self, job_id: int) -> JobRow:
        found = self._connection.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
        if found is None:
            raise LibraryError(f"This library has no job {job_id}. Nothing was changed.")
        return job_row(found)

    def _log(self, job_id: int, state: JobState, detail: str) -> None:
        self._connection.execute(
            "INSERT INTO transitions VALUES (?, ?, ?, ?)", (job_id, state, self._stamp(), detail)
        )

    def _stamp(self) -> str:
        # Always with microseconds: then the order of the texts is the order of the times.
        return self._now().isoformat(timespec="microseconds")


def _sentence(path: Path, error: sqlite3.Error) -> str:
    name = f"{path.parent.name}/{path.name}"
    code = getattr(error, "sqlite_errorname", "") or ""
    if code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")):
        why = "it cannot be opened for writing"
        mend = "Permit writing to the folder, or set HAILUO_LIBRARY to another folder."
    elif code.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        why = "the disk is full or failing"
        mend = "Free some space and ask again; nothing in the ledger was changed."
    elif code.startswith("SQLITE_BUSY"):
        why = "another process is holding it"
        mend = "Wait for the other kernel, or shut it down, and ask again."
    elif code.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return f"The library's ledger ({name}): {salvage.sentence(path)}"
    else:
        why = f"SQLite says: {error}"
        mend = "Nothing was changed and nothing was sent."
    return f"The library's ledger ({name}): {why}. {mend}"
