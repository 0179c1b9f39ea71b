"""A job on its way: from state to state, from one process to another, by a person's word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.library.ledger import states
from hailuo_widgets.library.ledger.database import Store
from hailuo_widgets.library.ledger.records import Failure, JobRow
from hailuo_widgets.library.ledger.states import JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hailuo_widgets.media.clip import VideoFacts

_STAMPED: dict[JobState, str] = {
    JobState.SENT: "sent_at",
    JobState.ACCEPTED: "accepted_at",
}


class JobTransitions(Store):
    """The part of the ledger that carries jobs."""

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
        prediction_id : str, optional
            The service's own answer. It wins over a person's adoption of that prediction for
            another job, which is unknown again then.
        clip : (sha256, facts, bytes), optional
            The clip that was kept, with its file's size.

        Raises
        ------
        LibraryError
            The job was adopted with a prediction that has turned out to be another's.
        """
        with self._transaction():
            row = self._row(job_id)
            if prediction_id is not None:
                self._take_back(row, prediction_id)
                self._set(job_id, prediction_id=prediction_id)
            else:
                _refuse_what_was_taken_back(row, state)
            if clip is not None:
                self._keep_clip(job_id, *clip)
            if failure is not None:
                self._fail(job_id, failure)
            self._write(job_id, state, detail)
            return self._row(job_id)

    def advance_all(self, steps: Iterable[tuple[int, JobState]]) -> None:
        """Move several jobs, each to its state, all of them or none; durable when this returns.

        Raises
        ------
        LibraryError
            As :meth:`advance` does, for any of them.
        """
        with self._transaction():
            for job_id, state in steps:
                _refuse_what_was_taken_back(self._row(job_id), state)
                self._write(job_id, state, "")

    def release(self, job_id: int) -> None:
        """Stop carrying a job, so that another process may."""
        with self._transaction():
            self._set(job_id, holder=None)

    def take_up(
        self, job_id: int, *, holder: str, is_alive: Callable[[str], bool]
    ) -> JobRow | None:
        """Lease a job that nobody carries, to go on where it stands.

        One that was being sent when its process died is ``unknown`` from here on. An unknown one
        is leased too, so that one process at a time looks for it.

        Returns
        -------
        JobRow or None
            None when a living process carries it, this one included, or when it has ended.
        """
        with self._transaction():
            row = self._sound(job_id)
            if row.holder is not None and is_alive(row.holder):
                return None
            if row.state.final and row.state is not JobState.UNKNOWN:
                return None
            if row.state is JobState.SENT:
                self._orphan(row.id)
            self._lease(row, holder)
            return self._row(job_id)

    def adopt(self, job_id: int, prediction_id: str, *, holder: str) -> JobRow:
        """Take a prediction as the one that an unknown submission became; by a person's word.

        Raises
        ------
        LibraryError
            The job is not unknown any more, or another job has that prediction.
        """
        with self._transaction() as connection:
            row = self._sound(job_id)
            if row.state is not JobState.UNKNOWN and not row.written_off:
                raise LibraryError(
                    f"This job is not unknown any more: it is {row.state.said}. Nothing was changed "
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
            self._set(
                job_id,
                prediction_id=prediction_id,
                error_kind=None,
                error_message=None,
                error_code=None,
                written_off=False,
                resumed=True,
                adopted=True,
                holder=holder,
            )
            self._write(job_id, JobState.ACCEPTED, "adopted by you")
            return self._row(job_id)

    def withdraw(self, job_id: int) -> JobRow:
        """Give up a request that was never sent: nothing was billed, its money is free again.

        Raises
        ------
        LibraryError
            It has left already.
        """
        with self._transaction():
            row = self._sound(job_id)
            if row.state is not JobState.INTENT:
                raise LibraryError(
                    f"This job cannot be withdrawn: it was sent and is {row.state.said}. The service "
                    "has no cancel. Nothing was changed."
                )
            self._withdraw(job_id)
            return self._row(job_id)

    def withdraw_all(self, job_ids: Iterable[int]) -> list[int]:
        """Do the same for many at once, and name those that had not left yet."""
        with self._transaction():
            rows = [self._row(each) for each in job_ids]
            waiting = [row.id for row in rows if row.state is JobState.INTENT and not row.damage]
            for job_id in waiting:
                self._withdraw(job_id)
            return waiting

    def write_off(self, job_id: int) -> JobRow:
        """Stop looking for an unknown outcome, by a person's word: its money is free again.

        It may still be charged for; comparing with the service's bill would show that.

        Raises
        ------
        LibraryError
            It is not unknown.
        """
        with self._transaction():
            row = self._sound(job_id)
            if row.state is not JobState.UNKNOWN:
                raise LibraryError(
                    f"This job cannot be written off: it is not unknown but {row.state.said}. Nothing "
                    "was changed."
                )
            sentence = (
                "Written off by you: its outcome was never known, and it is not sent again as this "
                "take. If the service charged for it after all, hw.reconcile() shows that. To have "
                "the clip, ask for another take."
            )
            self._fail(job_id, Failure("UnknownOutcomeError", sentence))
            self._set(job_id, holder=None, written_off=True)
            self._write(job_id, JobState.REFUSED, "written off by you")
            return self._row(job_id)

    def retook(self, job_id: int, next_id: int) -> None:
        """Write down that a later take stands for one that ended without a clip.

        Raises
        ------
        LibraryError
            The later one does not exist, or is not later.
        """
        with self._transaction() as connection:
            if self._row(next_id).id <= self._row(job_id).id:
                raise LibraryError(f"Job {next_id} came before job {job_id}. Nothing was changed.")
            connection.execute("INSERT OR REPLACE INTO retakes VALUES (?, ?)", (job_id, next_id))

    def asked(self, job_id: int, questions: int, lag_seconds: float | None) -> None:
        """Add to how often the service was asked about a job, and write down what that gave.

        Parameters
        ----------
        questions : int
            Asked since this was last written down.
        lag_seconds : float or None
            How long the job had been completed when that was seen; None when that is not known.
        """
        with self._transaction() as connection:
            connection.execute(
                "UPDATE jobs SET questions = questions + ?, lag_seconds = COALESCE(?, lag_seconds)"
                " WHERE id = ?",
                (questions, lag_seconds, job_id),
            )

    # -- inside a transaction -------------------------------------------------------------

    def _sound(self, job_id: int) -> JobRow:
        """Read a row that something is to be done with, which no damaged one is fit for."""
        row = self._row(job_id)
        if row.damage:
            raise LibraryError(f"Nothing was changed and nothing was sent. {row.error_message}")
        return row

    def _withdraw(self, job_id: int) -> None:
        sentence = (
            "Withdrawn by you, never sent. Nothing was billed. Ask for the same request again to "
            "send it."
        )
        self._fail(job_id, Failure("RefusedError", sentence))
        self._set(job_id, holder=None)
        self._write(job_id, JobState.REFUSED, "withdrawn by you, never sent")

    def _write(self, job_id: int, state: JobState, detail: str) -> None:
        now = self._stamp()
        stamped = _STAMPED.get(state)
        changed: dict[str, object] = {"state": state, "finished_at": now if state.final else None}
        if stamped is not None:
            changed[stamped] = now
        if state is JobState.INTENT:
            changed["sent_at"] = None
        self._set(job_id, **changed)
        if state is JobState.COMPLETED:
            self._connection.execute(
                "UPDATE jobs SET completed_at = ? WHERE id = ? AND completed_at IS NULL",
                (now, job_id),
            )
        self._log(job_id, state, detail)

    def _take_back(self, row: JobRow, prediction_id: str) -> None:
        """Make a job unknown again that was adopted with the prediction of this one."""
        adopter = self._connection.execute(
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
        self._set(
            job_id,
            prediction_id=None,
            clip_sha256=None,
            accepted_at=None,
            completed_at=None,
            adopted=False,
            holder=None,
        )
        self._fail(job_id, Failure("UnknownOutcomeError", sentence))
        self._write(job_id, JobState.UNKNOWN, "the adopted prediction is another job's")

    def _orphan(self, job_id: int) -> None:
        """Its process died with the request on the wire: only the service knows."""
        self._write(job_id, JobState.UNKNOWN, "its process ended while sending")

    def _lease(self, row: JobRow, holder: str) -> None:
        """Carry on with a row; how long it took is not this library's to tell any more."""
        self._set(row.id, holder=holder)
        if row.state in states.AT_SERVICE:
            self._set(row.id, resumed=True)

    def _fail(self, job_id: int, failure: Failure) -> None:
        self._set(
            job_id,
            error_kind=failure.kind,
            error_message=failure.message,
            error_code=failure.code,
        )

    def _set(self, job_id: int, **columns: object) -> None:
        names = ", ".join(f"{name} = ?" for name in columns)
        self._connection.execute(
            f"UPDATE jobs SET {names} WHERE id = ?",  # noqa: S608  names are written in this package
            (*columns.values(), job_id),
        )

    def _keep_clip(self, job_id: int, sha256: str, facts: VideoFacts, size: int) -> None:
        self._connection.execute(
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
        self._set(
            job_id,
            clip_sha256=sha256,
            removed_at=None,
            error_kind=None,
            error_message=None,
            error_code=None,
        )


def _refuse_what_was_taken_back(row: JobRow, state: JobState) -> None:
    """Raise when a job would go on with a prediction that is not its own any more."""
    if row.state is JobState.UNKNOWN and not row.prediction_id and state in states.SPENT:
        raise LibraryError(
            "The prediction that was adopted for this job is another job's. What became of "
            "this one is unknown again: it may have been billed. Keep looking for it."
        )
