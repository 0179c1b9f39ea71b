"""The ledger's schema: a list of steps that only ever grows.

Each step runs in one transaction and is recorded in SQLite's ``user_version``. A step that has
been released is never edited: a library made by it must open for ever.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.library.ledger.search_text import fold

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

_HISTORY: Final = """
ALTER TABLE jobs ADD COLUMN completed_at TEXT;
ALTER TABLE jobs ADD COLUMN questions INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN lag_seconds REAL;
ALTER TABLE jobs ADD COLUMN refunded_micros INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN starred INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN removed_at TEXT;
ALTER TABLE jobs ADD COLUMN written_off INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN resumed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN adopted INTEGER NOT NULL DEFAULT 0;

UPDATE jobs SET completed_at = (
    SELECT MIN(at) FROM transitions WHERE job_id = jobs.id AND transitions.state = 'completed'
);

DROP INDEX jobs_by_state;
CREATE INDEX jobs_standing
    ON jobs (service, state, price_micros, refunded_micros, holder, sent_at);
CREATE INDEX jobs_waiting ON jobs (service, asked_at, id, holder) WHERE state = 'intent';
CREATE INDEX jobs_by_completion ON jobs (service, completed_at) WHERE completed_at IS NOT NULL;
CREATE INDEX jobs_by_clip ON jobs (clip_sha256) WHERE clip_sha256 IS NOT NULL;
CREATE INDEX jobs_starred ON jobs (id) WHERE starred;
CREATE INDEX transitions_sent ON transitions (at) WHERE state = 'sent';

CREATE TABLE tags (
    job_id   INTEGER NOT NULL REFERENCES jobs (id),
    key      TEXT NOT NULL,
    text     TEXT NOT NULL,
    added_at TEXT NOT NULL,
    PRIMARY KEY (job_id, key)
) STRICT;
CREATE INDEX tags_by_key ON tags (key, job_id, text);

CREATE TABLE search (
    job_id    INTEGER PRIMARY KEY REFERENCES jobs (id),
    image     TEXT NOT NULL,
    end_image TEXT,
    words     TEXT NOT NULL
) STRICT;
CREATE INDEX search_by_image ON search (image);
CREATE INDEX search_by_end_image ON search (end_image) WHERE end_image IS NOT NULL;
INSERT INTO search
    SELECT id, image, end_image, fold(prompt)
    FROM jobs JOIN requests ON requests.hash = jobs.request_hash;
"""

_SWEEPS: Final = """
CREATE TABLE retakes (
    job_id INTEGER PRIMARY KEY REFERENCES jobs (id),
    next   INTEGER NOT NULL REFERENCES jobs (id)
) STRICT;

CREATE TABLE uploads (
    base_url    TEXT NOT NULL,
    sha256      TEXT NOT NULL,
    url         TEXT NOT NULL,
    uploaded_at TEXT NOT NULL,
    PRIMARY KEY (base_url, sha256)
) STRICT;
"""

_SEALS: Final = """
CREATE TABLE allowances (
    service       TEXT NOT NULL,
    owner         TEXT NOT NULL,
    amount_micros INTEGER NOT NULL,
    set_at        TEXT NOT NULL,
    seal          TEXT NOT NULL,
    PRIMARY KEY (service, owner)
) STRICT;
"""
"""What each user allows, sealed: a row of ``budgets`` does not say whose it is."""

STEPS: Final = (_FIRST, _HISTORY, _SWEEPS, _SEALS)


def newer() -> LibraryError:
    """Return the error that a ledger is of a later version than this kit."""
    return LibraryError(
        "This library was made by a newer version of hailuo_widgets. Nothing in it was "
        "changed. Update the kit (pip install -U hailuo-widgets), or set HAILUO_LIBRARY to "
        "another folder."
    )


def migrate(connection: sqlite3.Connection, to: int = len(STEPS)) -> None:
    """Bring a ledger to the newest schema; safe when two processes do it at once.

    Parameters
    ----------
    to : int
        An earlier version, to compare with.

    Raises
    ------
    LibraryError
        The ledger was made by a newer version of the kit.
    """
    version = version_of(connection)
    if version == to:
        return
    if version > to:
        raise newer()
    connection.create_function("fold", 1, fold, deterministic=True)
    connection.execute("BEGIN IMMEDIATE")
    try:
        for number in range(version_of(connection), to):
            for statement in STEPS[number].split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def version_of(connection: sqlite3.Connection) -> int:
    """Return how many of the steps a ledger has taken."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
