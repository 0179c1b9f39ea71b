"""A job on its way: from state to state, from one process to another, by the user's decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.library.ledger import states
from hailuo_widgets.library.ledger.jobs_table import NO_ERROR
from hailuo_widgets.library.ledger.records import Failure, JobRow
from hailuo_widgets.library.ledger.states import JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hailuo_widgets.library.ledger.database import Database
    from hailuo_widgets.library.ledger.jobs_table import JobsTable
    from hailuo_widgets.media.clip import VideoFacts


class _Abandonment(NamedTuple):
    """How the user gives up a job that stands in one state."""

    state: JobState
    failure: Failure
    detail: str
    refusal: str
    written_off: bool = False


_WITHDRAWAL = _Abandonment(
    JobState.INTENT,
    Failure(
        "RefusedError",
        "Withdrawn by you, never sent. Nothing was billed. Ask for the same request again to "
        "send it.",
    ),
    "withdrawn by you, never sent",
    "This job cannot be withdrawn: it was sent and is {state}. The service has no cancel. Nothing "
    "was changed.",
)

_WRITE_OFF = _Abandonment(
    JobState.UNKNOWN,
    Failure(
        "UnknownOutcomeError",
        "Written off by you: its outcome was never known, and it is not sent again as this "
        "take. If the service charged for it after all, hw.reconcile() shows that. To have "
        "the clip, ask for another take.",
    ),
    "written off by you",
    "This job cannot be written off: it is not unknown but {state}. Nothing was changed.",
    written_off=True,
)


class Transitions:
    """The part of the ledger that moves jobs. Each method is one transaction, durable on return.

    Parameters
    ----------
    database : Database
        The ledger's file.
    table : JobsTable
        Its table of jobs.
    """

    def __init__(self, database: Database, table: JobsTable) -> None:
        self._database = database
        self._table = table

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
        """Move a job to a state and log when and why.

        Parameters
        ----------
        prediction_id : str, optional
            The service's own answer. It wins over the user's adoption of that prediction for
            another job, which is unknown again then.
        clip : (sha256, facts, bytes), optional
            The clip that was kept, with its file's size.

        Raises
        ------
        LibraryError
            The job was adopted with a prediction that has turned out to be another's.
        """
        with self._database.transaction():
            row = self._table.row(job_id)
            if prediction_id is not None:
                self._revoke_adoption(row, prediction_id)
                self._table.update(job_id, prediction_id=prediction_id)
            else:
                _require_own_prediction(row, state)
            if clip is not None:
                self._keep_clip(job_id, *clip)
            if failure is not None:
                self._table.set_failure(job_id, failure)
            self._table.set_state(job_id, state, detail)
            return self._table.row(job_id)

    def advance_all(self, steps: Iterable[tuple[int, JobState]]) -> None:
        """Move several jobs, each to its state, all of them or none.

        Raises
        ------
        LibraryError
            As :meth:`advance` does, for any of them.
        """
        with self._database.transaction():
            for job_id, state in steps:
                _require_own_prediction(self._table.row(job_id), state)
                self._table.set_state(job_id, state, "")

    def release(self, job_id: int) -> None:
        """Give up the lease of a job, so that another process may take it."""
        with self._database.transaction():
            self._table.update(job_id, holder=None)

    def take_up(
        self, job_id: int, *, holder: str, is_alive: Callable[[str], bool]
    ) -> JobRow | None:
        """Lease a job that no living process holds, to go on where it stands.

        One that was being sent when its process died is ``unknown`` from here on. An unknown one
        is leased too, so that one process at a time looks for it.

        Returns
        -------
        JobRow or None
            None when a living process holds it, this one included, or when it has ended.
        """
        with self._database.transaction():
            row = self._table.sound_row(job_id)
            if row.holder is not None and is_alive(row.holder):
                return None
            if row.state.final and row.state is not JobState.UNKNOWN:
                return None
            if row.state is JobState.SENT:
                self._table.set_orphaned(row.id)
            self._table.lease(row, holder)
            return self._table.row(job_id)

    def adopt(self, job_id: int, prediction_id: str, *, holder: str) -> JobRow:
        """Take a prediction as the one that an unknown submission became, as the user decided.

        Raises
        ------
        LibraryError
            The job is not unknown any more, or another job has that prediction.
        """
        with self._database.transaction() as connection:
            row = self._table.sound_row(job_id)
            if row.state is not JobState.UNKNOWN and not row.written_off:
                raise LibraryError(
                    f"This job is not unknown any more: it is {row.state.words}. Nothing was changed "
                    "and nothing was billed by this."
                )
            other = connection.execute(
                "SELECT id FROM jobs WHERE service = ? AND prediction_id = ? AND id <> ?",
                (row.service, prediction_id, job_id),
            ).fetchone()
            if other is not None:
                raise LibraryError(
                    f"Prediction {prediction_id} belongs to job {other[0]} of this library "
                    "already. Nothing was changed. Choose another one, or keep looking."
                )
            self._table.update(
                job_id,
                **NO_ERROR,
                prediction_id=prediction_id,
                written_off=False,
                resumed=True,
                adopted=True,
                holder=holder,
            )
            self._table.set_state(job_id, JobState.ACCEPTED, "adopted by you")
            return self._table.row(job_id)

    def withdraw(self, job_id: int) -> JobRow:
        """Return up a request that was never sent: nothing was billed, its money is free again.

        Raises
        ------
        LibraryError
            It has left already.
        """
        return self._abandon(job_id, _WITHDRAWAL)

    def withdraw_all(self, job_ids: Iterable[int]) -> list[int]:
        """Withdraw several requests, and return the ids of those that had not left yet."""
        with self._database.transaction():
            rows = [self._table.row(each) for each in job_ids]
            waiting = [row.id for row in rows if row.state is JobState.INTENT and not row.damage]
            for job_id in waiting:
                self._write_abandonment(job_id, _WITHDRAWAL)
            return waiting

    def write_off(self, job_id: int) -> JobRow:
        """Stop looking for an unknown outcome, as the user decided: its money is free again.

        It may still be charged for; comparing with the service's bill would show that.

        Raises
        ------
        LibraryError
            It is not unknown.
        """
        return self._abandon(job_id, _WRITE_OFF)

    def record_retry(self, job_id: int, next_id: int) -> None:
        """Write down that a later take stands for one that ended without a clip.

        Raises
        ------
        LibraryError
            The later one does not exist, or is not later.
        """
        with self._database.transaction() as connection:
            if self._table.row(next_id).id <= self._table.row(job_id).id:
                raise LibraryError(f"Job {next_id} came before job {job_id}. Nothing was changed.")
            connection.execute("INSERT OR REPLACE INTO retakes VALUES (?, ?)", (job_id, next_id))

    def add_polls(self, job_id: int, polls: int, lag_seconds: float | None) -> None:
        """Add to how often the service was asked about a job, and write down the lag.

        Parameters
        ----------
        polls : int
            Made since this was last written down.
        lag_seconds : float or None
            How long the job had been completed when that was seen; None when that is not known.
        """
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE jobs SET questions = questions + ?, lag_seconds = COALESCE(?, lag_seconds)"
                " WHERE id = ?",
                (polls, lag_seconds, job_id),
            )

    # -- inside a transaction -------------------------------------------------------------

    def _abandon(self, job_id: int, kind: _Abandonment) -> JobRow:
        with self._database.transaction():
            row = self._table.sound_row(job_id)
            if row.state is not kind.state:
                raise LibraryError(kind.refusal.format(state=row.state.words))
            self._write_abandonment(job_id, kind)
            return self._table.row(job_id)

    def _write_abandonment(self, job_id: int, kind: _Abandonment) -> None:
        self._table.set_failure(job_id, kind.failure)
        self._table.update(job_id, holder=None)
        if kind.written_off:
            self._table.update(job_id, written_off=True)
        self._table.set_state(job_id, JobState.REFUSED, kind.detail)

    def _revoke_adoption(self, row: JobRow, prediction_id: str) -> None:
        """Make a job unknown again that was adopted with the prediction of this one."""
        adopter = self._database.connection.execute(
            "SELECT id FROM jobs WHERE service = ? AND prediction_id = ? AND id <> ? AND adopted",
            (row.service, prediction_id, row.id),
        ).fetchone()
        if adopter is None:
            return
        (job_id,) = adopter
        sentence = (
            f"Prediction {prediction_id}, adopted for this job, has turned out to be job "
            f"{row.id}'s. What became of this one is unknown again: it may have been billed."
        )
        self._table.update(
            job_id,
            prediction_id=None,
            clip_sha256=None,
            accepted_at=None,
            completed_at=None,
            adopted=False,
            holder=None,
        )
        self._table.set_failure(job_id, Failure("UnknownOutcomeError", sentence))
        self._table.set_state(job_id, JobState.UNKNOWN, "the adopted prediction is another job's")

    def _keep_clip(self, job_id: int, sha256: str, facts: VideoFacts, size: int) -> None:
        self._database.connection.execute(
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
                self._database.stamp(),
            ),
        )
        self._table.update(job_id, **NO_ERROR, clip_sha256=sha256, removed_at=None)


def _require_own_prediction(row: JobRow, state: JobState) -> None:
    """Raise LibraryError if a job would go on with a prediction that was taken from it."""
    if row.state is JobState.UNKNOWN and not row.prediction_id and state in states.SPENT:
        raise LibraryError(
            "The prediction that was adopted for this job is another job's. What became of "
            "this one is unknown again: it may have been billed. Keep looking for it."
        )
