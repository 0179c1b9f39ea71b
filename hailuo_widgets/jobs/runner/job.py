"""A job: what a caller holds of one take on its way from intent to clip."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
import weakref
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import HailuoError, LibraryError
from hailuo_widgets.jobs import forked
from hailuo_widgets.jobs.runner import error_messages
from hailuo_widgets.jobs.runner.job_actions import JobActions, Terms
from hailuo_widgets.jobs.runner.observable import Observable
from hailuo_widgets.jobs.runner.waiting import wait_for
from hailuo_widgets.library.ledger.states import JobState
from hailuo_widgets.text import neutralize, short

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from hailuo_widgets.jobs.wavespeed.candidates import Candidate
    from hailuo_widgets.library.ledger.ledger import JobRow
    from hailuo_widgets.library.library import Library
    from hailuo_widgets.media.clip import Clip
    from hailuo_widgets.request.video_request import VideoRequest

__all__ = ["Job", "JobState"]


class Job(Observable):
    """One take of one request, on its way or finished.

    Made by :func:`hailuo_widgets.generate`, never directly. ``await job`` and ``job.wait()`` give
    the :class:`~hailuo_widgets.media.clip.Clip` or raise what went wrong.

    Attributes
    ----------
    request : VideoRequest
        What was asked for.
    take : int
        Which try of that request.
    service : str
        ``"emulator"`` (free drafts) or ``"wavespeed"`` (paid).
    state : JobState
        Where it stands.
    prediction_id : str or None
        The service's id, once accepted.
    cost : Decimal
        US dollars charged or held for it; 0 for drafts and refused requests.
    clip : Clip or None
        The finished clip.
    error : HailuoError or None
        Why it ended without one.
    detail : str
        One line for people: what is going on.
    from_library : bool
        Whether the clip was there already, so that asking cost nothing.
    row_id : int or None
        Its row in the library's ledger.
    position : int or None
        While it waits for its turn: how many go before it.
    arrival : (float, float) or None
        While it waits for its turn: after how many seconds its clip is expected.
    held_up : bool
        Whether the service has said: not so fast. It is sent by itself later, unless withdrawn.
    candidates : tuple of Candidate
        Predictions that an unknown submission may have become, the likeliest first.
    searching : bool
        Whether they are being looked for.
    may_write_off : bool
        Whether an unknown submission was looked for long enough to be written off.
    shared : frozenset of str
        Hashes of frames that jobs of the same sweep send too: they are uploaded once.
    note : str
        What the user should know besides, e.g. that a frame could not be uploaded.
    """

    def __init__(
        self,
        request: VideoRequest,
        take: int,
        service: str,
        *,
        expected_seconds: tuple[float, float],
        started_at: datetime | None = None,
        row_id: int | None = None,
        actions: JobActions[Job] | None = None,
        terms: Callable[[], Terms] | None = None,
    ) -> None:
        super().__init__()
        self.request = request
        self.take = take
        self.service = service
        self.expected_seconds = expected_seconds
        self.started_at = started_at or datetime.now(UTC)
        self.finished_at: datetime | None = None
        self.state = JobState.INTENT
        self.prediction_id: str | None = None
        self.cost = Decimal("0.00")
        self.clip: Clip | None = None
        self.error: HailuoError | None = None
        self.detail = "waiting for its turn"
        self.from_library = False
        self.row_id = row_id
        self.position: int | None = None
        self.arrival: tuple[float, float] | None = None
        self.held_up = False
        self.candidates: tuple[Candidate, ...] = ()
        self.searching = False
        self.may_write_off = False
        self.shared: frozenset[str] = frozenset()
        self.note = ""
        self._actions = actions
        self._terms = terms
        self._future: concurrent.futures.Future[Clip] = concurrent.futures.Future()
        _jobs.add(self)

    @property
    def done(self) -> bool:
        """True if nothing more will happen by itself."""
        return self._future.done()

    @property
    def never_sent(self) -> bool:
        """True if it was asked for and has not left, and nothing will send it by itself."""
        return self.state is JobState.INTENT and self.error is not None

    @property
    def terms(self) -> Terms:
        """What asking for its request again would cost now."""
        return self._terms() if self._terms else Terms(self.cost, self.cost)

    @property
    def elapsed(self) -> float:
        """Seconds from asking to the end, or until now."""
        return ((self.finished_at or datetime.now(UTC)) - self.started_at).total_seconds()

    def __repr__(self) -> str:
        kind = "draft" if self.service == "emulator" else "paid"
        words = short(self.request.prompt, 48)
        end = self.clip.facts if self.clip else self.detail
        return neutralize(f"<Job {self.state} · {kind} · {self.elapsed:.1f} s · {words!r} · {end}>")

    def __await__(self) -> Generator[None, None, Clip]:
        # A caller that stops waiting (asyncio.wait_for) must not take the clip from everybody else.
        return asyncio.shield(asyncio.wrap_future(self._future)).__await__()

    def wait(self, timeout: float | None = None) -> Clip:
        """Block until the clip is here.

        Parameters
        ----------
        timeout : float, optional
            Seconds of patience; default: no limit. When it ends, the job goes on.

        Raises
        ------
        WaitTimeoutError
            Patience ended first.
        HailuoError
            What went wrong, as in ``job.error``.
        """
        return wait_for(self._future, timeout, lambda: self.detail or self.state.words)

    def adopt(self, prediction_id: str) -> None:
        """Take a prediction as the one that this unknown submission became; costs nothing more.

        Parameters
        ----------
        prediction_id : str
            One of `candidates`, or another that the service knows.

        Raises
        ------
        LibraryError
            The job is not unknown any more, or another job has that prediction.
        InputError, PredictionError, HailuoError
            It is no id, the service does not know it, or could not be asked.
        """
        self.require_actions().adopt(self, prediction_id)

    def keep_looking(self) -> None:
        """Look for an unknown submission again; costs nothing.

        Raises
        ------
        LibraryError
            The job is not unknown any more.
        """
        self.require_actions().keep_looking(self)

    def send_again(self, *, price: Decimal | None = None) -> Job:
        """Send this request, at its price, and return the job to follow.

        A take that was never sent, or was refused, is sent now. Otherwise it becomes another take:
        an unknown submission may be billed besides it.

        Parameters
        ----------
        price : Decimal, optional
            What was shown to the person, in US dollars.

        Raises
        ------
        BudgetError, LibraryError
            As :func:`hailuo_widgets.generate` does; nothing was sent then.
        """
        return self.require_actions().send_again(self, price)

    def withdraw(self) -> None:
        """Take back a request that was not sent yet; nothing is billed, its money is free again.

        Raises
        ------
        LibraryError
            It has left already.
        """
        self.require_actions().withdraw(self)

    def write_off(self) -> None:
        """Stop looking for an unknown submission, and free its money.

        A charge that comes all the same is shown by :func:`hailuo_widgets.reconcile`.

        Raises
        ------
        LibraryError
            It is not unknown, or was not looked for long enough (see `may_write_off`).
        """
        self.require_actions().write_off(self)

    def require_actions(self) -> JobActions[Job]:
        """Return what can be decided about it.

        Raises
        ------
        LibraryError
            It belongs to no library.
        """
        if self._actions is None:
            raise LibraryError("This job belongs to no library. Nothing was changed.")
        return self._actions

    def change(self, state: JobState, detail: str, *, prediction_id: str | None = None) -> None:
        """Set where the job stands now, and notify the observers."""
        self.state = state
        self.detail = detail
        if state is not JobState.INTENT:
            self.position = self.arrival = None
            self.held_up = False
        if prediction_id is not None:
            self.prediction_id = prediction_id
        self._tell()

    def mark_queued(
        self, position: int, arrival: tuple[float, float], detail: str, *, held: bool = False
    ) -> None:
        """Set its place among those that wait; observers hear only of other words."""
        self.position, self.arrival = position, arrival
        before, self.held_up = (self.detail, self.held_up), held
        if before != (detail, held):
            self.change(JobState.INTENT, detail)

    def mark_searching(self, detail: str) -> None:
        """Mark an unknown outcome as being searched for; a finished job becomes awaitable again."""
        self.searching = True
        if self.done:
            self.reopen()
        self.change(JobState.UNKNOWN, detail)

    def reopen(self) -> None:
        """Go on with a job that had ended without a clip."""
        with self._telling:
            self.error = None
            self.finished_at = None
            self._future = concurrent.futures.Future()

    def finish(
        self,
        outcome: Clip | HailuoError,
        state: JobState,
        detail: str,
        at: datetime | None = None,
    ) -> None:
        """End the job, at a time (default: now); calls after the first one are ignored."""
        with self._telling:
            if self._future.done():
                return
            self.state = state
            self.detail = detail
            self.finished_at = at or datetime.now(UTC)
            if isinstance(outcome, HailuoError):
                self.error = outcome
            else:
                self.clip = outcome
            # Waiters go on only after every observer was notified: what a cell displays is then
            # complete when the cell ends.
            try:
                self._tell()
            finally:
                if isinstance(outcome, HailuoError):
                    self._future.set_exception(outcome)
                else:
                    self._future.set_result(outcome)

    def finish_from(self, row: JobRow, library: Library) -> None:
        """End the job as the ledger says it ended: the one end of every job that has a row."""
        self.prediction_id = row.prediction_id
        if row.clip_sha256 is not None and row.state is JobState.DOWNLOADED:
            clip = library.clip(row.clip_sha256, prompt=self.request.prompt, service=row.service)
            if clip is not None:
                words = "already in your library" if self.from_library else "ready"
                self.finish(clip, row.state, words, row.finished_at)
                return
        if row.state is JobState.REFUSED:
            self.cost = self.cost * 0
        self.finish(error_messages.of_row(row), row.state, str(row.state), row.finished_at)

    def _now_in_child(self) -> None:
        """End this copy in a forked child: the job goes on in the parent."""
        forked.keep((self._telling, self._future))
        self._telling, self._observers = threading.RLock(), []
        self._future = concurrent.futures.Future()
        if self.clip is not None:
            self._future.set_result(self.clip)
        elif self.error is not None:
            self._future.set_exception(self.error)
        else:
            error = HailuoError(
                "This job goes on in the process that this one was forked from. Nothing was sent "
                "or billed by this. Ask for the same request here to have its clip at no cost."
            )
            self.finish(error, self.state, self.detail)


_jobs: Final[weakref.WeakSet[Job]] = weakref.WeakSet()


def _now_in_child() -> None:
    for job in tuple(_jobs):
        job._now_in_child()  # noqa: SLF001  of the same module


forked.in_child(_now_in_child)
