"""Ledgers of earlier versions open for ever, with everything that is in them."""

import sqlite3
import threading
from decimal import Decimal

import pytest

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.library.ledger import migrations
from hailuo_widgets.library.ledger.history import Filter
from hailuo_widgets.library.ledger.ledger import Ledger
from hailuo_widgets.library.ledger.states import JobState
from tests.support.library_factory import begin

# The first schema as it was released; never to be edited, wherever the code goes.
FIRST = """
CREATE TABLE frames (sha256 TEXT PRIMARY KEY, media_type TEXT NOT NULL, width INTEGER NOT NULL,
    height INTEGER NOT NULL, bytes INTEGER NOT NULL, name TEXT NOT NULL, added_at TEXT NOT NULL
) STRICT;
CREATE TABLE requests (hash TEXT PRIMARY KEY, prompt TEXT NOT NULL,
    image TEXT NOT NULL REFERENCES frames (sha256), end_image TEXT REFERENCES frames (sha256),
    enable_prompt_expansion INTEGER NOT NULL, added_at TEXT NOT NULL) STRICT;
CREATE TABLE clips (sha256 TEXT PRIMARY KEY, width INTEGER NOT NULL, height INTEGER NOT NULL,
    fps REAL NOT NULL, duration REAL NOT NULL, frame_count INTEGER NOT NULL,
    bytes INTEGER NOT NULL, draft INTEGER NOT NULL, added_at TEXT NOT NULL) STRICT;
CREATE TABLE jobs (id INTEGER PRIMARY KEY, service TEXT NOT NULL,
    request_hash TEXT NOT NULL REFERENCES requests (hash), take INTEGER NOT NULL CHECK (take >= 1),
    state TEXT NOT NULL, price_micros INTEGER NOT NULL, prediction_id TEXT,
    clip_sha256 TEXT REFERENCES clips (sha256), error_kind TEXT, error_message TEXT,
    error_code INTEGER, holder TEXT, asked_at TEXT NOT NULL, sent_at TEXT, accepted_at TEXT,
    finished_at TEXT, UNIQUE (service, request_hash, take)) STRICT;
CREATE UNIQUE INDEX jobs_by_prediction ON jobs (service, prediction_id)
    WHERE prediction_id IS NOT NULL;
CREATE INDEX jobs_by_state ON jobs (service, state);
CREATE TABLE transitions (job_id INTEGER NOT NULL REFERENCES jobs (id), state TEXT NOT NULL,
    at TEXT NOT NULL, detail TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX transitions_by_job ON transitions (job_id);
CREATE TABLE budgets (service TEXT PRIMARY KEY, amount_micros INTEGER NOT NULL,
    set_at TEXT NOT NULL) STRICT;
PRAGMA user_version = 1;
"""

ROWS = """
INSERT INTO frames VALUES ('f1', 'image/jpeg', 640, 360, 5, 'harbour.jpg', '2026-01-01T08:00:00+00:00');
INSERT INTO requests VALUES ('r1', 'Zürich, SNOW', 'f1', NULL, 1, '2026-01-01T08:00:00+00:00');
INSERT INTO clips VALUES ('c1', 1920, 1080, 24.0, 5.0, 120, 9, 0, '2026-01-01T08:01:00+00:00');
INSERT INTO jobs VALUES (1, 'wavespeed', 'r1', 1, 'downloaded', 490000, 'p1', 'c1', NULL, NULL,
    NULL, NULL, '2026-01-01T08:00:00+00:00', '2026-01-01T08:00:01+00:00',
    '2026-01-01T08:00:02+00:00', '2026-01-01T08:01:00+00:00');
INSERT INTO jobs VALUES (2, 'wavespeed', 'r1', 2, 'unknown', 490000, NULL, NULL,
    'UnknownOutcomeError', 'lost', NULL, NULL, '2026-01-01T08:00:00+00:00', NULL, NULL, NULL);
INSERT INTO transitions VALUES (1, 'sent', '2026-01-01T08:00:01+00:00', '');
INSERT INTO transitions VALUES (1, 'completed', '2026-01-01T08:00:52+00:00', '');
INSERT INTO budgets VALUES ('wavespeed', 5000000, '2026-01-01T08:00:00+00:00');
"""


@pytest.fixture
def first(tmp_path):
    """A ledger that the first release has written."""
    path = tmp_path / "ledger.sqlite3"
    connection = sqlite3.connect(path)
    connection.executescript(FIRST + ROWS)
    connection.close()
    return path


def shape(path):
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT type, name, tbl_name FROM sqlite_master").fetchall()
    columns = {
        (table, column[1:4])
        for kind, _, table in found
        if kind == "table"
        for column in connection.execute(f"PRAGMA table_info({table})")
    }
    connection.close()
    return set(found), columns


def test_the_first_step_is_still_the_schema_that_was_released(tmp_path):
    released, now = tmp_path / "released.sqlite3", tmp_path / "now.sqlite3"
    for path, script in ((released, FIRST), (now, migrations.STEPS[0])):
        connection = sqlite3.connect(path)
        connection.executescript(script)
        connection.close()
    assert shape(released) == shape(now)


def test_a_ledger_of_the_first_release_keeps_its_jobs_and_its_money(first):
    ledger = Ledger(first)
    assert [(row.state, row.price, row.refunded) for row in ledger.jobs.all()] == [
        (JobState.UNKNOWN, Decimal("0.49"), 0),
        (JobState.DOWNLOADED, Decimal("0.49"), 0),
    ]
    budget = ledger.budget.read("wavespeed")
    assert (budget.spent, budget.committed, budget.left) == (
        Decimal("0.49"),
        Decimal("0.49"),
        Decimal("4.02"),
    )
    ledger.close()


def test_what_a_ledger_of_the_first_release_holds_can_be_searched_and_learned_from(first):
    ledger = Ledger(first)
    entries, total = ledger.history.page(Filter(words="zürich snow"))
    assert (total, entries[1].image_name, entries[1].clip.frame_count) == (2, "harbour.jpg", 120)
    assert ledger.history.page(Filter(frame="f1"))[1] == 2
    assert ledger.jobs.seconds_taken("wavespeed") == [50.0]
    assert [each.name for each in ledger.history.frames()] == ["harbour.jpg"]
    ledger.close()


def test_a_ledger_of_the_first_release_goes_on(first):
    ledger = Ledger(first)
    row, mine = begin(ledger)
    assert (row.id, row.state, mine) == (3, JobState.INTENT, True)
    ledger.close()


def test_an_old_ledger_and_a_new_one_have_the_same_schema(first, tmp_path):
    Ledger(first).close()
    fresh = tmp_path / "fresh.sqlite3"
    Ledger(fresh).close()
    assert shape(first) == shape(fresh)


def test_a_step_that_fails_leaves_the_ledger_as_it_was(first):
    before = shape(first)
    connection = sqlite3.connect(first)
    connection.execute("CREATE TABLE tags (in_the_way)")
    connection.close()
    with pytest.raises(LibraryError, match="tags already exists"):
        Ledger(first)
    connection = sqlite3.connect(first)
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    connection.execute("DROP TABLE tags")
    connection.close()
    assert shape(first) == before


def test_two_kernels_open_an_old_ledger_at_once(first):
    ledgers, start = [], threading.Barrier(4)

    def open_it():
        start.wait()
        ledgers.append(Ledger(first))

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(ledger.jobs.all()) for ledger in ledgers] == [2, 2, 2, 2]
    for ledger in ledgers:
        ledger.close()


def test_a_ledger_by_a_newer_version_is_left_alone(tmp_path):
    path = tmp_path / "ledger.sqlite3"
    Ledger(path).close()
    with sqlite3.connect(path) as newer:
        newer.execute(f"PRAGMA user_version = {len(migrations.STEPS) + 1}")
    newer.close()
    before = path.read_bytes()
    with pytest.raises(LibraryError, match=r"newer version.*pip install -U"):
        Ledger(path)
    assert path.read_bytes() == before
