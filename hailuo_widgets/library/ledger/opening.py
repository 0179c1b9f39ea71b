"""Opening a ledger's SQLite file: only a plain file of ours, in the way its disk can bear."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.files import disk
from hailuo_widgets.files.regular_file import is_regular
from hailuo_widgets.library.ledger import migrations, schema

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_LOCK_SECONDS: Final = 15.0

LONGEST_SECONDS: Final = 60.0
"""So long may one transaction of ours compute; a file made to hang would for ever."""

STEPS: Final = 200_000
"""Of SQLite's machine, between looks at the clock."""

LONGEST_VALUE: Final = 4_000_000
"""Bytes of one row. Ours stay far below; a file from elsewhere may hold a text of gigabytes."""

_LIMITS: Final = {
    sqlite3.SQLITE_LIMIT_LENGTH: LONGEST_VALUE,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 200_000,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 8,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
}

_BESIDE: Final = ("-wal", "-shm", "-journal")


def open_ledger(path: Path) -> sqlite3.Connection:
    """Open a ledger, or make one; bring it to the newest schema.

    Raises
    ------
    LibraryError
        Something else stands there, its schema is not ours, or its disk cannot hold a library.
    sqlite3.Error
        The file cannot be opened, or is damaged.
    """
    _require_plain(path)
    found = _probed(path)
    new = not path.exists()
    try:
        connection = _read(path, alone=False)
    except sqlite3.OperationalError as error:
        if found.maps or not _name_of(error).startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")):
            raise
        # It is in WAL, made on another disk. Alone, SQLite needs no shared map to read that.
        connection = _read(path, alone=True)
    try:
        _choose_journal(connection, maps=found.maps)
        # In a rollback journal, EXTRA writes the folder's entry down too; in WAL it is FULL.
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.execute("PRAGMA foreign_keys = ON")
        # A history of 10,000 jobs fits: searching it then reads nothing from the disk.
        connection.execute("PRAGMA cache_size = -32768")
        migrations.migrate(connection)
        # Of two that opened it at once the other one may have declared more.
        schema.require_ours(connection)
        connection.row_factory = sqlite3.Row
        if new:
            disk.sync_folder(path.parent)
    except BaseException:
        connection.close()
        raise
    return connection


def _read(path: Path, *, alone: bool) -> sqlite3.Connection:
    """Open a file and see that it is ours; nothing in it is changed by that."""
    connection = sqlite3.connect(
        path, timeout=_LOCK_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        restrain(connection)
        if alone:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        schema.require_ours(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def restrain(connection: sqlite3.Connection) -> None:
    """Forbid that what a file declares runs functions, and values larger than ours."""
    for limit, value in _LIMITS.items():
        connection.setlimit(limit, value)
    late = time.monotonic() + LONGEST_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > late, STEPS)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA mmap_size = 0")
    if hasattr(connection, "setconfig"):  # from Python 3.12 on
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)  # type: ignore[attr-defined,unused-ignore]


def _require_plain(path: Path) -> None:
    """Raise unless the file, and what SQLite keeps beside it, is plain or not there."""
    for each in (path, *(path.with_name(f"{path.name}{end}") for end in _BESIDE)):
        if os.path.lexists(each) and not is_regular(each):
            raise LibraryError(
                f"{each.name} in the library is no plain file but a link, a pipe or a folder. "
                "Nothing was opened, nothing was changed and nothing was sent. Put the file "
                "itself there, or set HAILUO_LIBRARY to another folder."
            )


def _probed(path: Path) -> disk.Disk:
    try:
        found = disk.probe(path.parent)
    except OSError as error:
        raise LibraryError(
            f"The library folder {path.parent.name} could not be written to: {disk.why(error)}. "
            f"Nothing was sent. {disk.mend(error)}"
        ) from None
    if found.trouble:
        raise LibraryError(
            f"The library folder {path.parent.name} cannot be used: {found.trouble} Nothing was "
            "sent."
        )
    return found


def _choose_journal(connection: sqlite3.Connection, *, maps: bool) -> None:
    """Use WAL where processes can share a map of it, else a rollback journal."""
    try:
        connection.execute(f"PRAGMA journal_mode = {'WAL' if maps else 'TRUNCATE'}").fetchone()
        connection.execute("PRAGMA locking_mode = NORMAL")
        # A lock that was kept is given up by the next statement that reads.
        connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        # Another kernel has it open in the other way, and could.
        if not _name_of(error).startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise


def is_written(path: Path, job_id: int, wanted: Mapping[str, str]) -> bool:
    """Return True if the file says this of a job, read anew from the disk by its name.

    Raises
    ------
    sqlite3.Error
        It cannot be read.
    """
    place = f"{path.absolute().as_uri()}?mode=ro"
    fresh = sqlite3.connect(place, uri=True, timeout=_LOCK_SECONDS, isolation_level=None)
    with contextlib.closing(fresh):
        restrain(fresh)
        # What was read just now by the connection that wrote it stays out of this.
        names = ", ".join(wanted)
        found = fresh.execute(
            f"SELECT {names} FROM jobs WHERE id = ?",  # noqa: S608  names written in this package
            (job_id,),
        ).fetchone()
    return bool(found == tuple(wanted.values()))


def _name_of(error: sqlite3.Error) -> str:
    return getattr(error, "sqlite_errorname", "") or ""
