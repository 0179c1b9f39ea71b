"""The SQLite file under the ledger: transactions on a file that still has its name.

Every write is one transaction that is on disk when the call returns. Before each, path and open
file are compared: what was deleted, moved or replaced meanwhile is neither written to nor believed.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
import weakref
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.files.presence import GONE, NOTHING_SENT, NOTHING_WRITTEN, identity, replaced
from hailuo_widgets.library.ledger import forks, opening, troubles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from hailuo_widgets.library.ledger.states import JobState

_SHORTEST_ROW: Final = 4
"""Bytes that a row takes in the file, at least: what gives more rows repeats its pages."""

_FORK_SECONDS: Final = 2.0

_FAULTS: Final = (sqlite3.Error, sqlite3.Warning, UnicodeError, OverflowError, MemoryError)


def clock() -> datetime:
    """Return the time, aware, UTC."""
    return datetime.now(UTC)


class Database:
    """One SQLite file, safe to use from several threads and processes, forked ones included.

    Parameters
    ----------
    path : Path
        The file; made when missing.
    now : callable
        Returns the time, aware, UTC.

    Raises
    ------
    LibraryError
        The file cannot be opened, is damaged or not ours, or was made by a newer version.
    """

    def __init__(self, path: Path, *, now: Callable[[], datetime] = clock) -> None:
        self._path = path
        self.now = now
        self._lock = threading.RLock()
        self._closed = self._lost = False
        self._deadline = float("inf")
        self._opened: sqlite3.Connection | None = None
        for other in list(_databases):
            other._make_room(path)  # noqa: SLF001  of the same class
        self._identity: tuple[int, int] | None = None
        self._side_files: dict[Path, tuple[int, int]] = {}
        self._file_state: tuple[int, int] | None = None
        self._open()
        _databases.add(self)
        forks.watch(self)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._closed = True
            opened, self._opened = self._opened, None
            if opened is not None:
                opened.close()

    @property
    def is_whole(self) -> bool:
        """True if the path still leads to what was opened."""
        return (
            not self._lost
            and identity(self._path) == self._identity
            and all(identity(path) == known for path, known in self._side_files.items())
        )

    def __del__(self) -> None:
        # From Python 3.13 on, a connection that was never closed is a warning.
        opened = vars(self).get("_opened")
        if opened is not None:
            with contextlib.suppress(sqlite3.Error):
                opened.close()

    def change_counter(self) -> tuple[int, int]:
        """Return a pair that differs whenever anything was written, by this process or another."""
        with self._translated_errors(), self._lock:
            connection = self.connection
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
                connection = self.connection
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
        with self._translated_errors(), self._lock:
            _ = self.connection
            self._require_whole(NOTHING_SENT)
            wanted = {"state": str(state), "holder": holder}
            if not opening.is_written(self._path, job_id, wanted):
                raise replaced(NOTHING_SENT)
            self._require_whole(NOTHING_SENT)

    # -- transactions ---------------------------------------------------------------------

    @property
    def connection(self) -> sqlite3.Connection:
        """The open file; opened anew where a fork has closed it."""
        if self._lost:
            raise replaced(NOTHING_SENT)
        if self._opened is None and not self._closed:
            self._open()
        if self._opened is None or self._closed:
            raise sqlite3.ProgrammingError("closed")
        return self._opened

    @contextlib.contextmanager
    def transaction(self, money: str = NOTHING_WRITTEN) -> Iterator[sqlite3.Connection]:
        """Write: whole or not at all, and alone among all processes.

        Parameters
        ----------
        money : str
            What is true of money when the file has lost its name meanwhile.
        """
        with self._scope("BEGIN IMMEDIATE", money) as connection:
            yield connection

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read one state of things; waits for no other process."""
        with self._scope("BEGIN", NOTHING_WRITTEN) as connection:
            yield connection

    @contextlib.contextmanager
    def _scope(self, begin: str, money: str) -> Iterator[sqlite3.Connection]:
        with self._translated_errors(money), self._lock:
            connection = self.connection
            self._deadline = time.monotonic() + opening.LONGEST_SECONDS
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
                self._deadline = float("inf")
            self._note_file_state()

    @contextlib.contextmanager
    def _translated_errors(self, money: str = NOTHING_SENT) -> Iterator[None]:
        try:
            yield
        except _FAULTS as error:
            if not self._closed and not self.is_whole:
                raise replaced(money) from None
            raise LibraryError(troubles.sentence(self._path, error)) from None

    # -- inside a transaction -------------------------------------------------------------

    def read_all(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        """Return all rows of a query: no more than the file has room for, with damaged text mended."""
        connection = self.connection
        try:
            return self._fetch(query, values)
        except sqlite3.OperationalError as error:
            if "UTF-8" not in str(error):
                raise
        connection.text_factory = _lenient
        try:
            return self._fetch(query, values)
        finally:
            connection.text_factory = str

    def _fetch(self, query: str, values: Sequence[object]) -> list[Any]:
        cursor = self.connection.execute(query, values)
        rows: list[Any] = []
        while some := cursor.fetchmany(5000):
            rows += some
            if len(rows) >= 10_000 and len(rows) > self._most_rows():
                raise LibraryError(
                    troubles.sentence(self._path, sqlite3.DataError("its pages repeat"))
                )
        return rows

    def _most_rows(self) -> int:
        (pages,) = self.connection.execute("PRAGMA page_count").fetchone()
        (size,) = self.connection.execute("PRAGMA page_size").fetchone()
        return int(pages) * int(size) // _SHORTEST_ROW

    def stamp(self) -> str:
        """Return the time as text. With microseconds always: texts and times sort alike."""
        return self.now().isoformat(timespec="microseconds")

    # -- opening, and losing it -----------------------------------------------------------

    def _open(self) -> None:
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
        self._side_files = {path: found for path, found in known if found is not None}
        self._note_file_state()

    def _is_late(self) -> bool:
        return time.monotonic() > self._deadline

    def _require_whole(self, money: str) -> None:
        if not self.is_whole:
            self._rescue()
            raise replaced(money)

    def _note_file_state(self) -> None:
        """Note time and size of the file, to see whether another process has written to it."""
        try:
            found = self._path.stat()
        except OSError:
            return
        self._file_state = (found.st_mtime_ns, found.st_size)

    def _rescue(self) -> None:
        """Bring into the file what stands in a WAL that was deleted beside it.

        Only where no other process can have opened the file since: it is as it was, and has no WAL.
        """
        wal = self._path.with_name(f"{self._path.name}-wal")
        if self._lost or wal not in self._side_files or identity(self._path) != self._identity:
            return
        seen = self._file_state
        self._note_file_state()
        if identity(wal) is None and self._file_state == seen and self._opened is not None:
            with contextlib.suppress(sqlite3.Error):
                if not self._opened.in_transaction:
                    self._opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                    self._opened.close()
                    self._opened, self._lost = None, True
                    self._side_files = {}

    def _make_room(self, path: Path) -> None:
        """Close a file whose path leads elsewhere now: SQLite must not mix the two."""
        if path != self._path or self._closed:
            return
        with self._lock:
            if self._opened is None or self.is_whole:
                return
            self._rescue()
            if not self._lost and identity(path) == self._identity:
                raise LibraryError(f"{GONE} {NOTHING_SENT} Restart the kernel to open it again.")

    # -- around a fork --------------------------------------------------------------------

    def before_fork(self) -> bool:
        """Close the file, and return True if it is locked until after the fork."""
        if not self._lock.acquire(timeout=_FORK_SECONDS):
            return False
        with contextlib.suppress(sqlite3.Error):
            if self._opened is not None and not self._opened.in_transaction:
                self._opened.close()
                self._opened, self._side_files = None, {}
        return True

    def after_fork(self) -> None:
        """Unlock the file, in the parent."""
        self._lock.release()

    def leave_in_child(self) -> None:
        """Use no connection of the parent's that could not be closed."""
        self._lock = threading.RLock()
        if self._opened is not None:
            forks.abandon(self._opened)
            self._opened, self._closed = None, True


def _lenient(data: bytes) -> str:
    return data.decode("utf-8", "replace")


_databases: Final[weakref.WeakSet[Database]] = weakref.WeakSet()
