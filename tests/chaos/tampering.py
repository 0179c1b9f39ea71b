"""What somebody else may have written into a ledger while nobody had it open; and taking it out.

Schemas and rows are changed by SQL as a stranger with a library in his hands would do it. The kit's
own code is not used.
"""

import contextlib
import sqlite3
from dataclasses import dataclass

_TRIGGER = (
    "CREATE TRIGGER generous AFTER INSERT ON jobs BEGIN"
    " UPDATE budgets SET amount_micros = 1000000000000; END"
)
_ZERO = "CREATE TRIGGER zero AFTER UPDATE ON jobs BEGIN UPDATE jobs SET price_micros = 0; END"

SCHEMAS = {
    "trigger": ([_TRIGGER], ["DROP TRIGGER generous"]),
    "zero trigger": ([_ZERO], ["DROP TRIGGER zero"]),
    "table": (["CREATE TABLE guests (name TEXT)"], ["DROP TABLE guests"]),
    "endless view": (
        [
            (
                "CREATE VIEW endless AS WITH RECURSIVE n(i) AS"
                " (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
            )
        ],
        ["DROP VIEW endless"],
    ),
}
"""By name: what makes the schema another one, and what makes it ours again."""

ROWS = {
    "state": ("state", "exploded"),
    "no state": ("state", ""),
    "date": ("asked_at", "the day before yesterday"),
    "far date": ("sent_at", "99999-01-01T00:00:00.000000+00:00"),
    "holder": ("holder", "../../canary"),
    "clip": ("clip_sha256", "../../canary"),
    "prediction": ("prediction_id", ".."),
    "free": ("price_micros", 0),
    "negative": ("price_micros", -100_000_000),
    "dear": ("price_micros", (1 << 63) - 1),
    "refund": ("refunded_micros", (1 << 63) - 1),
}
"""By name: a column of one job, and what stands in it."""

ROWS |= {"picture": ("image", "../../canary"), "expansion": ("enable_prompt_expansion", 7)}
"""And these two of its request."""

_OF_REQUEST = {"picture", "expansion"}

BUDGET = "budget"
VIEW = "view"
"""In the place of the table of budgets."""

KINDS = (*SCHEMAS, VIEW, *ROWS, BUDGET)

_RICH = 1_000_000_000_000


@dataclass(frozen=True)
class Tampering:
    """What is written, and into which row.

    Attributes
    ----------
    kind : str
        One of :data:`KINDS`.
    row : int
        Counted round from 0 among the paid jobs.
    """

    kind: str
    row: int = 0

    @property
    def refused(self):
        """Whether a ledger like that is opened by nobody."""
        return self.kind in SCHEMAS or self.kind == VIEW


class Tampered:
    """A ledger with something foreign in it.

    Parameters
    ----------
    path : Path
        Its file; nobody may have it open.
    """

    def __init__(self, path, tampering):
        self._path = path
        self._kind = tampering.kind
        self._undo = []
        with _open(path) as ledger:
            if tampering.kind in SCHEMAS:
                for statement in SCHEMAS[tampering.kind][0]:
                    ledger.execute(statement)
            elif tampering.kind == VIEW:
                self._replace(ledger)
            elif tampering.kind == BUDGET:
                self._enrich(ledger)
            else:
                self._damage(ledger, tampering.row)

    def undo(self):
        """Take it out again, where it still stands as it was written."""
        with _open(self._path) as ledger:
            for statement in SCHEMAS.get(self._kind, ([], []))[1]:
                ledger.execute(statement)
            for statement, values in self._undo:
                ledger.execute(statement, values)

    def _replace(self, ledger):
        """Put a view in the place of the budgets, which says that there is always enough."""
        (table,) = ledger.execute("SELECT sql FROM sqlite_master WHERE name = 'budgets'").fetchone()
        rows = ledger.execute("SELECT * FROM budgets").fetchall()
        ledger.execute("DROP TABLE budgets")
        ledger.execute(
            "CREATE VIEW budgets AS SELECT 'wavespeed' AS service,"
            " 1000000000000 AS amount_micros, '2026-01-01T00:00:00.000000+00:00' AS set_at"
        )
        marks = ", ".join("?" * len(rows[0])) if rows else ""
        self._undo = [("DROP VIEW budgets", ()), (table, ())]
        self._undo += [(f"INSERT INTO budgets VALUES ({marks})", row) for row in rows]

    def _enrich(self, ledger):
        """Allow a fortune wherever the ledger says what may be spent.

        What else such a row says, of whom it is or how it is sealed, stays as it was: a stranger
        can copy that, and cannot make it.
        """
        named = ledger.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in named:
            columns = {row[1] for row in ledger.execute(f"PRAGMA table_info({table})")}
            if "amount_micros" in columns:
                rows = ledger.execute(f"SELECT rowid, amount_micros FROM {table}").fetchall()
                ledger.execute(f"UPDATE {table} SET amount_micros = ?", (_RICH,))
                undo = f"UPDATE {table} SET amount_micros = ? WHERE rowid = ? AND amount_micros = ?"
                self._undo += [(undo, (amount, rowid, _RICH)) for rowid, amount in rows]

    def _damage(self, ledger, number):
        rows = ledger.execute(
            "SELECT jobs.id, requests.hash, requests.prompt FROM jobs"
            " JOIN requests ON requests.hash = jobs.request_hash"
            " WHERE service = 'wavespeed' ORDER BY jobs.id"
        ).fetchall()
        column, value = ROWS[self._kind]
        job_id, request, _ = rows[number % len(rows)]
        of = self._kind in _OF_REQUEST
        row = "requests WHERE hash" if of else "jobs WHERE id"
        table, _, key = row.partition(" WHERE ")
        name = request if of else job_id
        (before,) = ledger.execute(f"SELECT {column} FROM {row} = ?", (name,)).fetchone()
        change = f"UPDATE {table} SET {column} = ? WHERE {key} = ?"
        ledger.execute(change, (value, name))
        self._undo = [(f"{change} AND {column} = ?", (before, name, value))]


@contextlib.contextmanager
def _open(path):
    with contextlib.closing(sqlite3.connect(path, timeout=15)) as ledger, ledger:
        yield ledger
