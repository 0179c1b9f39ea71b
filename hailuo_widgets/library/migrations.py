"""The ledger's schema: a list of steps that only ever grows.

Each step runs in one transaction and is recorded in SQLite's ``user_version``. A step that has
been released is never edited: a library made by it must open for ever.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from hailuo_widgets.errors import LibraryError

_FIRST: Final = """
CREATE TABLE frames (
    sha256     TEXT PRIMARY KEY,
    media_type TEXT NOT NULL,
    width      INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    bytes      INTEGER NOT NULL,
    name       TEXT NOT NULL,
    added_at   TEXT NOT NULL
) STRICT;

CREATE TABLE requests (
    hash                    TEXT PRIMARY KEY,
    prompt                  TEXT NOT NULL,
    image                   TEXT NOT NULL REFERENCES frames (sha256),
    end_image               TEXT REFERENCES frames (sha256),
    enable_prompt_expansion INTEGER NOT NULL,
    added_at                TEXT NOT NULL
) STRICT;

CREATE TABLE clips (
    sha256      TEXT PRIMARY KEY,
    width       INTEGER NOT NULL,
    height      INTEGER NOT NULL,
    fps         REAL NOT NULL,
    duration    REAL NOT NULL,
    frame_count INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,
    draft       INTEGER NOT NULL,
    added_at    TEXT NOT NULL
) STRICT;

CREATE TABLE jobs (
    id            INTEGER PRIMARY KEY,
    service       TEXT NOT NULL,
    request_hash  TEXT NOT NULL REFERENCES requests (hash),
    take          INTEGER NOT NULL CHECK (take >= 1),
    state         TEXT NOT NULL,
    price_micros  INTEGER NOT NULL,
    prediction_id TEXT,
    clip_sha256   TEXT REFERENCES clips (sha256),
    error_kind    TEXT,
    error_message TEXT,
    error_code    INTEGER,
    holder        TEXT,
    asked_at      TEXT NOT NULL,
    sent_at       TEXT,
    accepted_at   TEXT,
    finished_at   TEXT,
    UNIQUE (service, request_hash, take)
) STRICT;

CREATE UNIQUE INDEX jobs_by_prediction ON jobs (service, prediction_id)
    WHERE prediction_id IS NOT NULL;
CREATE INDEX jobs_by_state ON jobs (service, state);

CREATE TABLE transitions (
    job_id INTEGER NOT NULL REFERENCES jobs (id),
    state  TEXT NOT NULL,
    at     TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX transitions_by_job ON transitions (job_id);

CREATE TABLE budgets (
    service       TEXT PRIMARY KEY,
    amount_micros INTEGER NOT NULL,
    set_at        TEXT NOT NULL
) STRICT;
"""

STEPS: Final = (_FIRST,)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a ledger to the newest schema; safe when two processes do it at once.

    Raises
    ------
    LibraryError
        The ledger was made by a newer version of the kit.
    """
    version = _version(connection)
    if version == len(STEPS):
        return
    if version > len(STEPS):
        raise LibraryError(
            "This library was made by a newer version of hailuo_widgets. Nothing in it was "
            "changed. Update the kit (pip install -U hailuo-widgets), or set HAILUO_LIBRARY to "
            "another folder."
        )
    connection.execute("BEGIN IMMEDIATE")
    try:
        for number in range(_version(connection), len(STEPS)):
            for statement in STEPS[number].split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
