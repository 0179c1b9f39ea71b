"""One cell of a sweep, as a caller holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hailuo_widgets.text import neutralize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hailuo_widgets.jobs.runner.job import Job
    from hailuo_widgets.request.sweep.grid import Cell
    from hailuo_widgets.request.video_request import VideoRequest


class SweepCell:
    """One cell of a sweep, and the job that it has become.

    Attributes
    ----------
    index : int
        Its place in row-major order, from 0.
    request : VideoRequest
        What is asked for.
    values : mapping of str to str
        The level of every factor.
    skipped : bool
        Whether it is left out.
    job : Job or None
        What it has become; None until it is asked for.
    withdrawn : bool
        Whether a pause has taken it back.
    plan : Cell
        The cell as it was laid out.
    """

    def __init__(self, cell: Cell) -> None:
        self.plan = cell
        self.index = cell.index
        self.request: VideoRequest = cell.request
        self.values: Mapping[str, str] = cell.values
        self.skipped = cell.skipped
        self.job: Job | None = None
        self.withdrawn = False

    @property
    def take(self) -> int:
        """Which try of the request: another one than planned once it was tried again."""
        return self.job.take if self.job is not None else self.plan.take

    @property
    def error(self) -> str:
        """Why it has no clip and no job on its way; empty otherwise."""
        if self.job is None or self.withdrawn:
            return ""
        return str(self.job.error) if self.job.error is not None else ""

    @property
    def ended(self) -> bool:
        """True if nothing more will happen by itself."""
        return self.job is None or self.job.done

    @property
    def stands(self) -> str:
        """How it stands, as the words after "it is" in a sentence."""
        if self.skipped:
            return "left out"
        if self.job is None:
            return "not asked for yet"
        return "ready" if self.job.clip is not None else self.job.state.words

    def __repr__(self) -> str:
        values = ", ".join(f"{name} {text[:40]!r}" for name, text in self.values.items())
        if self.skipped:
            stands = "left out"
        else:
            stands = self.job.detail if self.job is not None else "not asked for"
        return neutralize(f"<cell {self.index} · {values} · {stands}>")
