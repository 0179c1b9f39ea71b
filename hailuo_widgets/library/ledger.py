"""The ledger: requests, jobs, states and money, in one SQLite file.

Every write is one transaction that is on disk when the call returns (``synchronous=FULL``). The
unique key over (service, request, take) is what makes a second paid submission of the same take
impossible, whoever tries it.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import BudgetError, LibraryError
from hailuo_widgets.library import migrations, states
from hailuo_widgets.library.budget import Budget, dollars, from_micros, to_micros
from hailuo_widgets.library.states import JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from hailuo_widgets.library.media import VideoFacts
    from hailuo_widgets.request.frame import Frame
    from hailuo_widgets.request.request import VideoRequest

_LOCK_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job as the ledger holds it."""

    id: int
    service: str
    request_hash: str
    take: int
    state: JobState
    price: Decimal
    prediction_id: str | None
    clip_sha256: str | None
    error_kind: str | None
    error_message: str | None
    error_code: int | None
    holder: str | None
    asked_at: datetime
    sent_at: datetime | None
    accepted_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job stands where it stands, in a form the ledger keeps."""

    kind: str
    message: str
    code: int | None = None


class Ledger:
    """The one door to the library's SQLite file. Safe to use from several threads.

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

    def __init__(
        self, path: Path, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._path = path
        self._now = now
        self._lock = threading.RLock()
        try:
            self._connection = sqlite3.connect(
                path, timeout=_LOCK_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA foreign_keys = ON")
            migrations.migrate(self._connection)
        except sqlite3.Error as error:
            raise LibraryError(_sentence(path, error)) from None

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    # -- asking ---------------------------------------------------------------------------

    def begin(
        self,
        service: str,
        request: VideoRequest,
        take: int,
        price: Decimal,
        *,
        holder: str,
        is_alive: Callable[[str], bool],
        has_clip: Callable[[str], bool],
    ) -> tuple[JobRow, bool]:
        """Write down that a take is wanted, or find that it was wanted before.

        One transaction reads the budget, holds the price against it and makes the row durable,
        so that two kernels can never pass one budget together.

        Returns
        -------
        row : JobRow
            The take's one row.
        mine : bool
            Whether the caller now carries it. Otherwise a live process does, or it has ended.

        Notes
        -----
        ``is_alive`` tells whether the process of that name still runs, ``has_clip`` whether the
        clip of that hash still has its file.

        Raises
        ------
        BudgetError
            The price does not fit what is left; nothing was written.
        """
        with self._transaction() as connection:
            found = connection.execute(
                "SELECT * FROM jobs WHERE service = ? AND request_hash = ? AND take = ?",
                (service, request.request_hash, take),
            ).fetchone()
            if found is None:
                self._require(service, price)
                self._keep_request(request)
                cursor = connection.execute(
                    "INSERT INTO jobs (service, request_hash, take, state, price_micros, holder,"
                    " asked_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        service,
                        request.request_hash,
                        take,
                        JobState.INTENT,
                        to_micros(price),
                        holder,
                        self._stamp(),
                    ),
                )
                job_id = cursor.lastrowid
                assert job_id is not None
                self._note(job_id, JobState.INTENT, "")
                return self._row(job_id), True
            row = _job(found)
            if row.holder is not None and row.holder != holder and is_alive(row.holder):
                return row, False
            lost = row.clip_sha256 is not None and not has_clip(row.clip_sha256)
            return self._take_over(row, price, holder, lost=lost)

    def _take_over(
        self, row: JobRow, price: Decimal, holder: str, *, lost: bool
    ) -> tuple[JobRow, bool]:
        """Carry on with a row that nobody else carries, as far as that costs nothing new."""
        if row.state is JobState.SENT and row.holder != holder:
            # Its process died with the request on the wire: only the service knows.
            self._write(row.id, JobState.UNKNOWN, "its process ended while sending", holder=None)
            return self._row(row.id), False
        again = row.state is JobState.REFUSED or (
            row.price == 0 and (lost or row.state in states.ENDED_WITHOUT_CLIP | {JobState.UNKNOWN})
        )
        if again:
            self._require(row.service, price)
            self._connection.execute(
                "UPDATE jobs SET prediction_id = NULL, error_kind = NULL, error_message = NULL,"
                " error_code = NULL, sent_at = NULL, accepted_at = NULL, finished_at = NULL,"
                " price_micros = ?, asked_at = ? WHERE id = ?",
                (to_micros(price), self._stamp(), row.id),
            )
            self._write(row.id, JobState.INTENT, "asked for again", holder=holder)
            return self._row(row.id), True
        if lost:
            # Paid for: the service may still have it, and asking costs nothing.
            self._write(row.id, JobState.COMPLETED, "the file is gone", holder=holder)
            return self._row(row.id), True
        if row.state.final:
            return row, False
        self._connection.execute("UPDATE jobs SET holder = ? WHERE id = ?", (holder, row.id))
        return self._row(row.id), True

    def _keep_request(self, request: VideoRequest) -> None:
        frames: Iterable[Frame | None] = (request.image, request.end_image)
        for frame in frames:
            if frame is not None:
                self._connection.execute(
                    "INSERT OR IGNORE INTO frames VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        frame.sha256,
                        frame.media_type,
                        frame.width,
                        frame.height,
                        len(frame.data),
                        frame.source_name,
                        self._stamp(),
                    ),
                )
        self._connection.execute(
            "INSERT OR IGNORE INTO requests VALUES (?, ?, ?, ?, ?, ?)",
            (
                request.request_hash,
                request.prompt,
                request.image.sha256,
                request.end_image.sha256 if request.end_image else None,
                request.enable_prompt_expansion,
                self._stamp(),
            ),
        )

    # -- moving on ------------------------------------------------------------------------

    def advance(
        self,
        job_id: int,
        state: JobState,
        detail: str = "",
        *,
        prediction_id: str | None = None,
        failure: Failure | None = None,
        clip: tuple[str, VideoFacts, int] | None = None,
    ) -> JobRow:
        """Move a job to a state and write down when and why; durable when this returns.

        Parameters
        ----------
        clip : (sha256, facts, bytes), optional
            The clip that was kept, with its file's size.
        """
        with self._transaction() as connection:
            if clip is not None:
                sha256, facts, size = clip
                connection.execute(
                    "INSERT OR IGNORE INTO clips VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        sha256,
                        facts.width,
                        facts.height,
                        facts.fps,
                        facts.duration,
                        facts.frame_count,
                        size,
                        facts.draft,
                        self._stamp(),
                    ),
                )
                connection.execute("UPDATE jobs SET clip_sha256 = ? WHERE id = ?", (sha256, job_id))
            if prediction_id is not None:
                connection.execute(
                    "UPDATE jobs SET prediction_id = ? WHERE id = ?", (prediction_id, job_id)
                )
            if failure is not None:
                connection.execute(
                    "UPDATE jobs SET error_kind = ?, error_message = ?, error_code = ?"
                    " WHERE id = ?",
                    (failure.kind, failure.message, failure.code, job_id),
                )
            self._write(job_id, state, detail)
            return self._row(job_id)

    def release(self, job_id: int) -> None:
        """Stop carrying a job, so that another process may."""
        with self._transaction() as connection:
            connection.execute("UPDATE jobs SET holder = NULL WHERE id = ?", (job_id,))

    def _write(self, job_id: int, state: JobState, detail: str, *, holder: object = ...) -> None:
        now = self._stamp()
        self._connection.execute("UPDATE jobs SET state = ? WHERE id = ?", (state, job_id))
        column = {JobState.SENT: "sent_at", JobState.ACCEPTED: "accepted_at"}.get(state)
        if column is None and state.final:
            column = "finished_at"
        if column is not None:
            self._connection.execute(
                f"UPDATE jobs SET {column} = ? WHERE id = ?",  # noqa: S608  a constant above
                (now, job_id),
            )
        if holder is not ...:
            self._connection.execute("UPDATE jobs SET holder = ? WHERE id = ?", (holder, job_id))
        self._note(job_id, state, detail)

    def _note(self, job_id: int, state: JobState, detail: str) -> None:
        self._connection.execute(
            "INSERT INTO transitions VALUES (?, ?, ?, ?)", (job_id, state, self._stamp(), detail)
        )

    # -- money ----------------------------------------------------------------------------

    def set_budget(self, service: str, amount: Decimal) -> None:
        """Set what this library may spend at a service in all, past spending included.

        Raises
        ------
        BudgetError
            The amount is below what is spent and on its way already; nothing was changed.
        """
        with self._transaction() as connection:
            now = self._budget(service, amount)
            gone = now.spent + now.committed
            if amount < gone:
                raise BudgetError(
                    f"A budget of {dollars(amount)} is below what this library has already used: "
                    f"{dollars(now.spent)} spent and {dollars(now.committed)} on its way. The "
                    "budget is for the library as a whole. Nothing was changed; give at least "
                    f"{dollars(gone)}, or use another library."
                )
            connection.execute(
                "INSERT INTO budgets VALUES (?, ?, ?) ON CONFLICT (service) DO UPDATE SET"
                " amount_micros = excluded.amount_micros, set_at = excluded.set_at",
                (service, to_micros(amount), self._stamp()),
            )

    def budget(self, service: str) -> Budget | None:
        """Give the budget as it stands, or None when none was ever set."""
        with self._transaction() as connection:
            found = connection.execute(
                "SELECT amount_micros FROM budgets WHERE service = ?", (service,)
            ).fetchone()
            return None if found is None else self._budget(service, from_micros(found[0]))

    def _require(self, service: str, price: Decimal) -> None:
        if price == 0:
            return
        found = self._connection.execute(
            "SELECT amount_micros FROM budgets WHERE service = ?", (service,)
        ).fetchone()
        if found is None:
            raise BudgetError(
                f"This would cost {dollars(price)} and no budget was set. Nothing was sent. "
                'Set one with hw.connect("wavespeed", budget=5.00).'
            )
        self._budget(service, from_micros(found[0])).require(price)

    def _budget(self, service: str, amount: Decimal) -> Budget:
        def total(group: Iterable[JobState]) -> Decimal:
            names = tuple(group)
            marks = ", ".join("?" * len(names))
            (micros,) = self._connection.execute(
                "SELECT COALESCE(SUM(price_micros), 0) FROM jobs"  # noqa: S608  only marks
                f" WHERE service = ? AND state IN ({marks})",
                (service, *names),
            ).fetchone()
            return from_micros(micros)

        return Budget(amount, spent=total(states.SPENT), committed=total(states.COMMITTED))

    # -- looking --------------------------------------------------------------------------

    def row(self, job_id: int) -> JobRow:
        """Read one job."""
        with self._transaction():
            return self._row(job_id)

    def jobs(self, *, service: str | None = None) -> list[JobRow]:
        """Read all jobs, newest first."""
        with self._transaction() as connection:
            found = connection.execute(
                "SELECT * FROM jobs WHERE ? IS NULL OR service = ? ORDER BY id DESC",
                (service, service),
            ).fetchall()
            return [_job(row) for row in found]

    def clip_row(self, sha256: str) -> sqlite3.Row:
        """Read the facts of one clip."""
        with self._transaction() as connection:
            row: sqlite3.Row = connection.execute(
                "SELECT * FROM clips WHERE sha256 = ?", (sha256,)
            ).fetchone()
            return row

    def _row(self, job_id: int) -> JobRow:
        found = self._connection.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
        return _job(found)

    # -- SQLite ---------------------------------------------------------------------------

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield self._connection
                except BaseException:
                    self._connection.execute("ROLLBACK")
                    raise
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise LibraryError(_sentence(self._path, error)) from None

    def _stamp(self) -> str:
        return self._now().isoformat()


def _job(row: sqlite3.Row) -> JobRow:
    def when(column: str) -> datetime | None:
        return None if row[column] is None else datetime.fromisoformat(row[column])

    return JobRow(
        id=row["id"],
        service=row["service"],
        request_hash=row["request_hash"],
        take=row["take"],
        state=JobState(row["state"]),
        price=from_micros(row["price_micros"]),
        prediction_id=row["prediction_id"],
        clip_sha256=row["clip_sha256"],
        error_kind=row["error_kind"],
        error_message=row["error_message"],
        error_code=row["error_code"],
        holder=row["holder"],
        asked_at=datetime.fromisoformat(row["asked_at"]),
        sent_at=when("sent_at"),
        accepted_at=when("accepted_at"),
        finished_at=when("finished_at"),
    )


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
    elif code in {"SQLITE_NOTADB", "SQLITE_CORRUPT"}:
        why = "it is damaged"
        mend = (
            "The clips beside it are intact. Keep a copy of the folder, then move ledger.sqlite3 "
            "away to begin a new one."
        )
    else:
        why = f"SQLite says: {error}"
        mend = "Nothing was changed and nothing was sent."
    return f"The library's ledger ({name}): {why}. {mend}"
