"""What earlier kernels left on its way, as a fresh kernel finds and tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hailuo_widgets.jobs.runner.observable import Observable
from hailuo_widgets.library.ledger.states import JobState
from hailuo_widgets.text import neutralize

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hailuo_widgets.jobs.runner.job import Job


class ResumedJobs(Observable):
    """The jobs that an earlier kernel left, as this one resumes them.

    Made by :func:`hailuo_widgets.jobs.runner.api.resume`. Observers hear when its sentence is another.

    Parameters
    ----------
    jobs : iterable of Job
        Those that this kernel executes, follows, or has to ask the user about.
    out_of_reach : int
        How many more there are at a service that is not connected.

    Attributes
    ----------
    jobs : list of Job
        In the order in which they were asked for.
    """

    def __init__(self, jobs: Iterable[Job], out_of_reach: int = 0) -> None:
        super().__init__()
        self.jobs = list(jobs)
        self._out_of_reach = out_of_reach
        self._told = self.sentence
        for job in self.jobs:
            job.observe(lambda _: self._changed())

    def __repr__(self) -> str:
        return neutralize(f"<ResumedJobs {self.sentence or 'nothing was on its way'}>")

    @property
    def sentence(self) -> str:
        """What was on its way and how it stands now; empty when nothing was."""
        said = []
        if self.jobs:
            count = len(self.jobs)
            ends = ", ".join(_ends(self.jobs))
            said.append(
                f"{_clips(count)} {_were(count)} on {'its' if count == 1 else 'their'} way; "
            )
            said[-1] += f"{ends}."
        if self._out_of_reach:
            said.append(
                f"{_clips(self._out_of_reach)} may be at the paid service: "
                'hw.connect("wavespeed") lets this kernel bring home what is there.'
            )
        return " ".join(said)

    def _changed(self) -> None:
        with self._telling:
            sentence = self.sentence
            if sentence == self._told:
                return
            self._told = sentence
            self._tell()


def _ends(jobs: list[Job]) -> list[str]:
    """Count the jobs by how they stand."""
    arrived = sum(job.clip is not None for job in jobs)
    unknown = sum(job.state is JobState.UNKNOWN for job in jobs)
    unsent = sum(job.never_sent for job in jobs)
    ended = sum(job.clip is not None or job.error is not None for job in jobs)
    unfound = sum(job.state is JobState.UNKNOWN and job.error is None for job in jobs)
    rendering = len(jobs) - ended - unfound
    others = ended + unfound - arrived - unknown - unsent
    counted = (
        (arrived, f"{arrived} arrived"),
        (rendering, f"{rendering} {_is(rendering)} still rendering"),
        (unknown, f"{unknown} may have been billed"),
        (unsent, f"{unsent} {_were(unsent)} never sent"),
        (others, f"{others} ended without a clip"),
    )
    return [words for count, words in counted if count]


def _clips(count: int) -> str:
    return "1 clip" if count == 1 else f"{count} clips"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"
