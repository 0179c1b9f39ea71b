"""Checking that a ledger's schema is exactly ours: nothing of another one is ever run.

A file from elsewhere may hold triggers that raise a budget, views in a table's place, columns and
indices that compute. So what it declares is compared, word for word, with what our own migrations
declare at its version, before any statement touches a table.
"""

from __future__ import annotations

import contextlib
import functools
import re
import sqlite3
from typing import Final

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.library.ledger import migrations

_WORD: Final = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\w+|[^\s\w]")

_OF_SQLITE: Final = frozenset({"sqlite_stat1", "sqlite_stat4"})
"""What SQLite's own ANALYZE adds: figures for its planner, which run nothing."""

_LENGTH_LIMIT: Final = 4_000_000
"""Bytes of a declaration of ours, by far."""

Shape = frozenset[tuple[str, str, str, str]]


def require_ours(connection: sqlite3.Connection) -> None:
    """Raise LibraryError unless all that is declared is what this kit declares.

    Raises
    ------
    LibraryError
        Something else is declared, or the ledger was made by a newer version.
    """
    version = migrations.version_of(connection)
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    found = _shape(connection)
    if version == 0 and application == 0 and not found:
        return  # a new file
    if version > len(migrations.STEPS):
        raise migrations.newer()
    if version < 1 or application != 0 or found != _expected(version):
        raise LibraryError(
            "This library's ledger was not made by this kit as it is: "
            f"{_difference(found, version)}. It may come from somebody else, so nothing in it was "
            "run, nothing was changed and nothing was sent. Set HAILUO_LIBRARY to another folder; "
            "the clips beside it are ordinary MP4 files."
        )


def declares(connection: sqlite3.Connection, table: str) -> bool:
    """Return True if a table is declared as it is in some version of ours, and is no view."""
    found = connection.execute(
        "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name = ? AND type <> 'index'",
        (table,),
    ).fetchmany(2)
    versions = range(1, len(migrations.STEPS) + 1)
    return len(found) == 1 and any(
        (*tuple(found[0])[:3], _plain(found[0][3])) in _expected(version) for version in versions
    )


def _shape(connection: sqlite3.Connection) -> Shape:
    rows = connection.execute(
        "SELECT type, name, tbl_name, sql FROM sqlite_master"
        " WHERE length(CAST(COALESCE(sql, '') AS BLOB)) < ?",
        (_LENGTH_LIMIT,),
    ).fetchall()
    (count,) = connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    if count != len(rows):
        return frozenset({("huge", "", "", "")})
    return frozenset(
        (str(kind), str(name), str(table), _plain(sql))
        for kind, name, table, sql in map(tuple, rows)
        if str(name) not in _OF_SQLITE or kind != "table" or not _is_figures(name, sql)
    )


def _is_figures(name: str, sql: object) -> bool:
    columns = {"sqlite_stat1": "tbl,idx,stat", "sqlite_stat4": "tbl,idx,neq,nlt,ndlt,sample"}
    return _plain(sql) == _plain(f"CREATE TABLE {name}({columns[name]})")


def _plain(sql: object) -> str:
    """Write a declaration without what only lays it out."""
    return " ".join(_WORD.findall(sql)) if isinstance(sql, str) else repr(sql)


@functools.cache
def _expected(version: int) -> Shape:
    """Declare it ourselves, and look."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as ours:
        migrations.migrate(ours, to=version)
        return _shape(ours)


def _difference(found: Shape, version: int) -> str:
    if version < 1:
        return "it does not say of which version it is"
    expected = _expected(version)
    if found == expected:
        return "its application_id is another program's"
    for more in sorted(found - expected):
        kind, name = more[:2]
        known = any(name == other[1] for other in expected)
        kind, name = (re.sub(r"[^\w .-]", "?", word)[:40] for word in (kind, name))
        if known:
            return f"its {kind} {name} is not declared as ours is"
        return f"a {kind} named {name} already exists that is none of ours"
    return f"its {min(expected - found)[1]} is missing"
