"""The jobs of a form: those it started, and those that earlier kernels left on their way."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from hailuo_widgets.errors import InputError
from hailuo_widgets.widgets.shared.job_actions import choices_of, decide
from hailuo_widgets.widgets.shared.job_line import line_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hailuo_widgets.jobs.runner.job import Job
    from hailuo_widgets.widgets.shared.rpc import Answer, Buffers, Fields


class FormJobs:
    """Follows jobs and draws them as lines; safe to use from several threads.

    Parameters
    ----------
    changed : callable
        Called with a job whenever it changes, on the background thread or the caller's.
    """

    def __init__(self, changed: Callable[[Job], None]) -> None:
        self._changed = changed
        self._lock = threading.RLock()
        self._numbers: dict[Job, int] = {}
        self._started: list[Job] = []

    @property
    def newest(self) -> Job | None:
        """The job started last."""
        return self._started[-1] if self._started else None

    def add_resumed(self, jobs: Iterable[Job]) -> None:
        """Follow jobs that this form did not start."""
        for job in jobs:
            self._know(job)

    def follow(self, job: Job) -> None:
        """Follow a job as the newest."""
        with self._lock:
            self._started = [*(other for other in self._started if other is not job), job]
        self._know(job)

    def lines(self, prompt: str) -> list[dict[str, Any]]:
        """Draw the jobs on their way, those that wait for the user's word, and the newest.

        Parameters
        ----------
        prompt : str
            The form's: a job of another one says so.
        """
        with self._lock:
            home = [job for job in self._numbers if job not in self._started]
            return [
                self._line(job, prompt)
                for job in [*home, *self._started]
                if job is self.newest or choices_of(job) or not (job.clip or job.error)
            ]

    def decide(self, fields: Fields, _: Buffers | None = None) -> Answer:
        """Do what the user chose about the job named by ``key``.

        Raises
        ------
        HailuoError
            It cannot be done; the sentence says why.
        """
        with self._lock:
            job = next(
                (job for job, key in self._numbers.items() if key == fields.get("key")), None
            )
        if job is None:
            raise InputError("That job is not of this form. Nothing was done.")
        now = decide(job, fields)
        if now is not job:
            self.follow(now)
        return {}, []

    def _know(self, job: Job) -> None:
        with self._lock:
            known = job in self._numbers
            self._numbers.setdefault(job, len(self._numbers))
        if known:
            self._changed(job)
        else:
            job.observe(self._changed)

    def _line(self, job: Job, prompt: str) -> dict[str, Any]:
        about = [job.request.prompt] if job.request.prompt != prompt else []
        if job.take > 1:
            about.append(f"take {job.take}")
        return {**line_of(job), "key": self._numbers[job], "about": " · ".join(about)}
