"""The SQLite file under the ledger: transactions on a file that still has its name.

Every write is one transaction that is on disk when the call returns. Before each, path and open
file are compared: what was deleted, moved or replaced meanwhile is neither written to nor believed.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
import weakref
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.files.presence import GONE, NOTHING_SENT, NOTHING_WRITTEN, identity, replaced
from hailuo_widgets.library.ledger import opening, troubles
from hailuo_widgets.library.ledger.records import JobRow, job_row
from hailuo_widgets.library.ledger.states import SERVICES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from hailuo_widgets.library.ledger.owner import Owner
    from hailuo_widgets.library.ledger.states import JobState

AT_ONCE: Final = 500
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

_SHORTEST_ROW: Final = 4
"""Bytes that a row takes in the file, at least: what gives more rows repeats its pages."""

_FORK_SECONDS: Final = 2.0

_FAULTS: Final = (sqlite3.Error, sqlite3.Warning, UnicodeError, OverflowError, MemoryError)


def clock() -> datetime:
    """Give the time, aware, UTC."""
    return datetime.now(UTC)


class Store:
    """One SQLite file, safe to use from several threads and processes, forked ones included.

    Parameters
    ----------
    path : Path
        The file; made when missing.
    now : callable
        Gives the time, aware, UTC.
    owner : Owner, optional
        Whose budgets count. None: whatever the ledger says, for those who have no person.

    Raises
    ------
    LibraryError
        The file cannot be opened, is damaged or not ours, or was made by a newer version.
    """

    def __init__(
        self, path: Path, *, now: Callable[[], datetime] = clock, owner: Owner | None = None
    ) -> None:
        self._path = path
        self._now = now
        self._owner = owner
        self._lock = threading.RLock()
        self._closed = self._lost = False
        self._until = float("inf")
        self._opened: sqlite3.Connection | None = None
        for other in list(_open):
            other._make_room(path)  # noqa: SLF001  of the same class
        self._identity: tuple[int, int] | None = None
        self._beside: dict[Path, tuple[int, int]] = {}
        self._seen: tuple[int, int] | None = None
        self._open_it()
        _open.add(self)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._closed = True
            opened, self._opened = self._opened, None
            if opened is not None:
                opened.close()

    @property
    def is_whole(self) -> bool:
        """Whether the path still leads to what was opened."""
        return (
            not self._lost
            and identity(self._path) == self._identity
            and all(identity(path) == known for path, known in self._beside.items())
        )

    def __del__(self) -> None:
        # From Python 3.13 on, a connection that nobody has closed is a warning.
        for name in ("_opened", "_connection"):
            connection = vars(self).get(name)
            if connection is not None:
                with contextlib.suppress(sqlite3.Error):
                    connection.close()

    def pulse(self) -> tuple[int, int]:
        """Give a pair that differs whenever anything was written, by this process or another."""
        with self._told(), self._lock:
            connection = self._connection
            self._require_whole(NOTHING_SENT)
            (others,) = connection.execute("PRAGMA data_version").fetchone()
            return others, connection.total_changes

    def copy_to(self, path: Path) -> None:
        """Write the ledger as it stands at one moment to a new file, whole by itself.

        Raises
        ------
        LibraryError
            The ledger cannot be read, or the file cannot be written.
        """
        try:
            with self._lock, contextlib.closing(sqlite3.connect(path)) as copy:
                connection = self._connection
                self._require_whole(NOTHING_SENT)
                connection.backup(copy)
                # Beside the ledger SQLite keeps two more files; the copy is one.
                copy.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.Error as error:
            raise LibraryError(
                f"A copy of the ledger could not be written ({error}). Nothing in the library was "
                "changed. Free some space, or choose another folder."
            ) from None

    def require_written(self, job_id: int, state: JobState, holder: str) -> None:
        """Raise unless the disk, read anew by the ledger's name, says this of a job.

        Asked at the last moment before money is spent: a folder may have been deleted, moved,
        replaced or copied over since the line was written.

        Raises
        ------
        LibraryError
            It does not, or cannot be read.
        """
        with self._told(), self._lock:
            _ = self._connection
            self._require_whole(NOTHING_SENT)
            wanted = {"state": str(state), "holder": holder}
            if not opening.is_written(self._path, job_id, wanted):
                raise replaced(NOTHING_SENT)
            self._require_whole(NOTHING_SENT)

    # -- transactions ---------------------------------------------------------------------

    @property
    def _connection(self) -> sqlite3.Connection:
        """The open file; opened anew where a fork has closed it."""
        if self._lost:
            raise replaced(NOTHING_SENT)
        if self._opened is None and not self._closed:
            self._open_it()
        if self._opened is None or self._closed:
            raise sqlite3.ProgrammingError("closed")
        return self._opened

    @contextlib.contextmanager
    def _transaction(self, money: str = NOTHING_WRITTEN) -> Iterator[sqlite3.Connection]:
        """Write: whole or not at all, and alone among all processes.

        Parameters
        ----------
        money : str
            What is true of money when the file has lost its name meanwhile.
        """
        with self._scope("BEGIN IMMEDIATE", money) as connection:
            yield connection

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Read one state of things; waits for no other process."""
        with self._scope("BEGIN", NOTHING_WRITTEN) as connection:
            yield connection

    @contextlib.contextmanager
    def _scope(self, begin: str, money: str) -> Iterator[sqlite3.Connection]:
        with self._told(money), self._lock:
            connection = self._connection
            self._until = time.monotonic() + opening.LONGEST_SECONDS
            connection.execute(begin)
            try:
                self._require_whole(money)
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # A full disk has rolled back by itself: asking again would hide its error.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            finally:
                self._until = float("inf")
            self._look()

    @contextlib.contextmanager
    def _told(self, money: str = NOTHING_SENT) -> Iterator[None]:
        try:
            yield
        except _FAULTS as error:
            if not self._closed and not self.is_whole:
                raise replaced(money) from None
            raise LibraryError(troubles.sentence(self._path, error)) from None

    # -- inside a transaction -------------------------------------------------------------

    def _all(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        """Read all rows of a query: no more than the file has room for, and text as it can be."""
        connection = self._connection
        try:
            return self._fetched(query, values)
        except sqlite3.OperationalError as error:
            if "UTF-8" not in str(error):
                raise
        connection.text_factory = _lenient
        try:
            return self._fetched(query, values)
        finally:
            connection.text_factory = str

    def _fetched(self, query: str, values: Sequence[object]) -> list[Any]:
        cursor = self._connection.execute(query, values)
        rows: list[Any] = []
        while some := cursor.fetchmany(5000):
            rows += some
            if len(rows) >= 10_000 and len(rows) > self._most_rows():
                raise LibraryError(
                    troubles.sentence(self._path, sqlite3.DataError("its pages repeat"))
                )
        return rows

    def _most_rows(self) -> int:
        (pages,) = self._connection.execute("PRAGMA page_count").fetchone()
        (size,) = self._connection.execute("PRAGMA page_size").fetchone()
        return int(pages) * int(size) // _SHORTEST_ROW

    def _row(self, job_id: int) -> JobRow:
        found = self._jobs("id = ?", (job_id,))
        if not found:
            raise LibraryError(f"This library has no job {job_id}. Nothing was changed.")
        return found[0]

    def _jobs(self, where: str, values: Sequence[object] = ()) -> list[JobRow]:
        """Read rows of ``jobs``: a damaged one as such, one with a huge value without that."""
        select = f"SELECT * FROM jobs WHERE {where}"  # noqa: S608  conditions of this package
        try:
            return [job_row(row) for row in self._all(select, values)]
        except sqlite3.DataError as error:
            if "too big" not in str(error):
                raise
        ids = self._all(f"SELECT id FROM jobs WHERE {where}", values)  # noqa: S608  as above
        return [job_row(self._bounded(job_id)) for (job_id,) in ids]

    def _bounded(self, job_id: int) -> dict[str, object]:
        """Read a job value by value, without those that are too large."""
        connection = self._connection
        names = [row["name"] for row in connection.execute("PRAGMA table_info(jobs)")]
        found: dict[str, object] = {}
        for name in names:
            try:
                (found[name],) = self._all(
                    f"SELECT {name} FROM jobs WHERE id = ?",  # noqa: S608  our schema's names
                    (job_id,),
                )[0]
            except (sqlite3.DataError, IndexError):
                found[name] = b""  # which nothing of ours is
        return found

    def _log(self, job_id: int, state: JobState, detail: str) -> None:
        self._connection.execute(
            "INSERT INTO transitions VALUES (?, ?, ?, ?)", (job_id, state, self._stamp(), detail)
        )

    def _stamp(self) -> str:
        # Always with microseconds: then the order of the texts is the order of the times.
        return self._now().isoformat(timespec="microseconds")

    # -- opening, and losing it -----------------------------------------------------------

    def _open_it(self) -> None:
        """Open the file, the one that was opened before where there was one."""
        if self._identity is not None and identity(self._path) != self._identity:
            raise replaced(NOTHING_SENT)
        try:
            self._opened = opening.open_ledger(self._path)
        except _FAULTS as error:
            raise LibraryError(troubles.sentence(self._path, error)) from None
        self._opened.set_progress_handler(self._is_late, opening.STEPS)
        self._identity = identity(self._path)
        beside = (self._path.with_name(f"{self._path.name}{end}") for end in ("-wal", "-shm"))
        known = ((path, identity(path)) for path in beside)
        self._beside = {path: found for path, found in known if found is not None}
        self._look()

    def _is_late(self) -> bool:
        return time.monotonic() > self._until

    def _require_whole(self, money: str) -> None:
        if not self.is_whole:
            self._rescue()
            raise replaced(money)

    def _look(self) -> None:
        """Remember how the file stands, to know that nobody else has written to it."""
        try:
            found = self._path.stat()
        except OSError:
            return
        self._seen = (found.st_mtime_ns, found.st_size)

    def _rescue(self) -> None:
        """Bring into the file what stands in a WAL that was deleted beside it.

        Only where nobody else can have opened the file since: it is as it was, and has no WAL.
        """
        wal = self._path.with_name(f"{self._path.name}-wal")
        if self._lost or wal not in self._beside or identity(self._path) != self._identity:
            return
        seen = self._seen
        self._look()
        if identity(wal) is None and self._seen == seen and self._opened is not None:
            with contextlib.suppress(sqlite3.Error):
                if not self._opened.in_transaction:
                    self._opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                    self._opened.close()
                    self._opened, self._lost = None, True
                    self._beside = {}

    def _make_room(self, path: Path) -> None:
        """Let go of the same path when it leads elsewhere: SQLite must not mix the two."""
        if path != self._path or self._closed:
            return
        with self._lock:
            if self._opened is None or self.is_whole:
                return
            self._rescue()
            if not self._lost and identity(path) == self._identity:
                raise LibraryError(f"{GONE} {NOTHING_SENT} Restart the kernel to open it again.")

    # -- around a fork --------------------------------------------------------------------

    def _before_fork(self) -> bool:
        """Close the file: an open one must not be carried into a child. Whether it is held still."""
        if not self._lock.acquire(timeout=_FORK_SECONDS):
            return False
        with contextlib.suppress(sqlite3.Error):
            if self._opened is not None and not self._opened.in_transaction:
                self._opened.close()
                self._opened, self._beside = None, {}
        return True

    def _in_child(self) -> None:
        """Use nothing of the parent's that could not be closed."""
        self._lock = threading.RLock()
        if self._opened is not None:
            _left.append(self._opened)  # never closed: that would be done in the parent's name
            self._opened, self._closed = None, True


def _lenient(data: bytes) -> str:
    return data.decode("utf-8", "replace")


_open: Final[weakref.WeakSet[Store]] = weakref.WeakSet()
_left: Final[list[sqlite3.Connection]] = []
_held: Final[list[Store]] = []


def _before_fork() -> None:
    for store in list(_open):
        if store._before_fork():  # noqa: SLF001
            _held.append(store)


def _after_fork() -> None:
    while _held:
        _held.pop()._lock.release()  # noqa: SLF001


def _after_fork_in_child() -> None:
    _held.clear()
    for store in list(_open):
        store._in_child()  # noqa: SLF001


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child
    )
