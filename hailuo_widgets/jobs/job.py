"""A job: what a caller holds of one take on its way from intent to clip."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from hailuo_widgets.errors import HailuoError, WaitTimeoutError
from hailuo_widgets.library.states import JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from hailuo_widgets.library.media import Clip
    from hailuo_widgets.request.request import VideoRequest

__all__ = ["Job", "JobState"]


class Job:
    """One take of one request, on its way or finished.

    Made by :func:`hailuo_widgets.generate`, never directly. ``await job`` and ``job.wait()`` give
    the :class:`~hailuo_widgets.library.media.Clip` or raise what went wrong.

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
    """

    def __init__(
        self,
        request: VideoRequest,
        take: int,
        service: str,
        *,
        expected_seconds: tuple[float, float],
        started_at: datetime | None = None,
    ) -> None:
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
        self._future: concurrent.futures.Future[Clip] = concurrent.futures.Future()
        self._observers: list[Callable[[Job], None]] = []
        # Held while observers are called: they hear one change at a time, in order.
        self._telling = threading.RLock()

    @property
    def done(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self._future.done()

    @property
    def elapsed(self) -> float:
        """Seconds from asking to the end, or until now."""
        return ((self.finished_at or datetime.now(UTC)) - self.started_at).total_seconds()

    def __repr__(self) -> str:
        kind = "draft" if self.service == "emulator" else "paid"
        words = (
            self.request.prompt
            if len(self.request.prompt) <= 48
            else (self.request.prompt[:47] + "…")
        )
        end = self.clip.facts if self.clip else self.detail
        return f"<Job {self.state} · {kind} · {self.elapsed:.1f} s · {words!r} · {end}>"

    def __await__(self) -> Generator[None, None, Clip]:
        return asyncio.wrap_future(self._future).__await__()

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

        Notes
        -----
        In a notebook cell the notebook's own tasks keep running meanwhile: nest-asyncio is applied
        to the running loop at this moment and never at import. A loop that cannot be nested
        (uvloop) is simply blocked.
        """
        try:
            running = asyncio.get_running_loop()
        except RuntimeError:
            return self._block(timeout)
        if not _nestable(running):
            return self._block(timeout)
        waiting = asyncio.wait_for(asyncio.shield(asyncio.wrap_future(self._future)), timeout)
        try:
            clip: Clip = running.run_until_complete(waiting)
        except TimeoutError as error:
            raise self._impatient(error, timeout) from None
        return clip

    def _block(self, timeout: float | None) -> Clip:
        try:
            return self._future.result(timeout)
        except TimeoutError as error:
            raise self._impatient(error, timeout) from None

    def _impatient(self, error: TimeoutError, timeout: float | None) -> BaseException:
        """Tell the caller's patience from a failure that is itself a timeout."""
        if isinstance(error, HailuoError):
            return error
        return WaitTimeoutError(
            f"No clip after {timeout:g} s of waiting; it is {self.detail or self.state}. The job "
            "goes on and nothing is sent again: wait for it again, or look at job.state."
        )

    def observe(self, callback: Callable[[Job], None]) -> Callable[[], None]:
        """Call back at once, in this thread, and after every change, on the background thread.

        Calls never overlap. A callback must be quick and must not wait for the job.

        Returns
        -------
        callable
            Stops the calls.
        """
        with self._telling:
            self._observers.append(callback)
            callback(self)

        def stop() -> None:
            with self._telling:
                if callback in self._observers:
                    self._observers.remove(callback)

        return stop

    # -- for the runner -------------------------------------------------------------------

    def change(self, state: JobState, detail: str, *, prediction_id: str | None = None) -> None:
        """Say where the job stands now."""
        self.state = state
        self.detail = detail
        if prediction_id is not None:
            self.prediction_id = prediction_id
        self._tell()

    def finish(
        self,
        outcome: Clip | HailuoError,
        state: JobState,
        detail: str,
        at: datetime | None = None,
    ) -> None:
        """Say how and when (default: now) the job ended; later words are ignored."""
        if self._future.done():
            return
        self.state = state
        self.detail = detail
        self.finished_at = at or datetime.now(UTC)
        if isinstance(outcome, HailuoError):
            self.error = outcome
        else:
            self.clip = outcome
        self._tell()
        # Whoever waits goes on only after every observer has heard: what a cell displays is
        # then complete when the cell ends.
        if isinstance(outcome, HailuoError):
            self._future.set_exception(outcome)
        else:
            self._future.set_result(outcome)

    def _tell(self) -> None:
        with self._telling:
            for callback in tuple(self._observers):
                callback(self)


def _nestable(running: asyncio.AbstractEventLoop) -> bool:
    import nest_asyncio2  # noqa: PLC0415

    try:
        nest_asyncio2.apply(running)
    except ValueError:
        return False
    return True
