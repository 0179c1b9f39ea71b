"""What can still be read of a damaged ledger, in a new one beside it.

Rows are read one page after the other, from both ends, and singly in between, so that a damaged
page takes only its own rows along. The damaged file is opened for reading alone.
"""

from __future__ import annotations

import contextlib
import sqlite3
import uuid
from typing import TYPE_CHECKING, Final, NamedTuple

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.files.atomic_write import unfinished_file
from hailuo_widgets.files.disk import sync_file
from hailuo_widgets.files.presence import identity
from hailuo_widgets.files.regular_file import is_regular
from hailuo_widgets.library.ledger import migrations, opening, schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Not the budgets: what is lost is not counted any more, so the user sets the amount anew.
_TABLES: Final = ("frames", "requests", "clips", "jobs", "transitions", "tags", "retakes")

_MISSES: Final = 1000
"""So many rows on end that are not there, and no more are looked for: no page holds as many."""

_hopeless: Final[set[object]] = set()
"""Files of which nothing could be read: as long as they are the same, that is not tried again."""

_UNREADABLE: Final = (sqlite3.Error, UnicodeDecodeError)
"""The latter where damage stands in the name of a column, which `sqlite3` decodes by itself."""


class Recovery(NamedTuple):
    """The path of the new ledger, and how many jobs are in it."""

    path: Path
    jobs: int


def recover(damaged: Path) -> Recovery | None:
    """Write what can be read of a damaged ledger to a new one beside it.

    One that was made before is left as it is. None when nothing can be read, or written.
    """
    kept = damaged.with_name(f"{damaged.stem}-salvaged{damaged.suffix}")
    if is_regular(kept):
        try:
            return Recovery(kept, _jobs(kept))
        except _UNREADABLE:
            return None
    found = identity(damaged)
    try:
        state = (found, damaged.stat().st_mtime_ns)
    except OSError:
        return None
    if state in _hopeless:
        return None
    saved = _write_recovered(damaged, kept)
    if saved is None:
        _hopeless.add(state)
    return saved


def _write_recovered(damaged: Path, target: Path) -> Recovery | None:
    part = target.with_name(f"{target.stem}-{uuid.uuid4().hex}.part")
    try:
        with unfinished_file(part):
            jobs = _copy(damaged, part)
            if jobs == 0:
                return None
            part.replace(target)
    except (*_UNREADABLE, sqlite3.Warning, OverflowError, OSError, LibraryError):
        return None
    return Recovery(target, jobs)


def sentence(damaged: Path) -> str:
    """Return a sentence: what could be saved of a damaged ledger, and what to do."""
    saved = recover(damaged)
    if saved is None:
        return (
            "it is damaged, and no job could be read from it. The clips beside it are intact, and "
            "nothing was sent. Keep a copy of the folder, then move "
            f"{damaged.name} away to begin a new one."
        )
    jobs = f"{saved.jobs:,} job{'s' * (saved.jobs != 1)}"
    return (
        f"it is damaged. What could be read of it, {jobs} with their money, is in "
        f"{saved.path.name} beside it; the clips are intact, and nothing was sent. To go on: shut "
        "down other kernels, keep a copy of the folder, move every file that begins with "
        f"{damaged.name} away, and rename {saved.path.name} to {damaged.name}. What could not be "
        "read counts against no budget any more, so set the budget with that in mind; "
        "hw.reconcile() shows what the service knows of it."
    )


def _copy(damaged: Path, part: Path) -> int:
    source = sqlite3.connect(f"{damaged.absolute().as_uri()}?mode=ro", uri=True)
    target = sqlite3.connect(part, isolation_level=None)
    with contextlib.closing(source), contextlib.closing(target):
        opening.restrain(source)
        source.row_factory = target.row_factory = sqlite3.Row
        migrations.migrate(target)
        target.execute("BEGIN")
        for table in _TABLES:
            _copy_table(source, target, table)
        target.execute(
            "INSERT INTO search SELECT id, image, end_image, fold(prompt || char(10) || note)"
            " FROM jobs JOIN requests ON requests.hash = jobs.request_hash"
        )
        (jobs,) = target.execute("SELECT COUNT(*) FROM jobs").fetchone()
        target.execute("COMMIT")
    sync_file(part)
    return int(jobs)


def _copy_table(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> None:
    try:
        if not schema.declares(source, table):
            return  # another one's: nothing of it is run
    except _UNREADABLE:
        return
    names = [row["name"] for row in target.execute(f"PRAGMA table_info({table})")]
    for row in _readable(source, table):
        common = [name for name in names if name in row.keys()]  # noqa: SIM118  a Row holds values
        statement = (
            f"INSERT INTO {table} ({', '.join(common)})"  # noqa: S608  our own schema's names
            f" VALUES ({', '.join('?' * len(common))})"
        )
        with contextlib.suppress(sqlite3.Error):  # a row that damage made senseless
            target.execute(statement, [row[name] for name in common])


def _readable(source: sqlite3.Connection, table: str) -> Iterator[sqlite3.Row]:
    """Yield every row that can be read, each once."""
    select = f"SELECT rowid AS place, * FROM {table} WHERE rowid"  # noqa: S608  our own names
    last = 0
    try:
        for row in source.execute(f"{select} > 0 ORDER BY rowid"):
            last = row["place"]
            yield row
    except _UNREADABLE:
        pass
    else:
        return
    first = None
    try:
        for row in source.execute(f"{select} > ? ORDER BY rowid DESC", (last,)):
            first = row["place"]
            yield row
    except _UNREADABLE:
        pass
    misses = 0
    place = last + 1
    while place != first and misses < _MISSES:
        misses += 1
        with contextlib.suppress(*_UNREADABLE):
            for row in source.execute(f"{select} = ?", (place,)):
                misses = 0
                yield row
        place += 1


def _jobs(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        return int(db.execute("SELECT COUNT(*) FROM jobs").fetchone()[0])
