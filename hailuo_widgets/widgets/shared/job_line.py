"""A job as one line of a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hailuo_widgets.library.ledger.states import JobState
from hailuo_widgets.money import dollars
from hailuo_widgets.widgets.shared.job_actions import choices_of

if TYPE_CHECKING:
    from hailuo_widgets.jobs.runner.job import Job


def line_of(job: Job) -> dict[str, Any]:
    """Return where a job stands, as plain data; the page counts the seconds itself."""
    return {
        "state": str(job.state),
        "words": job.detail,
        "draft": job.service == "emulator",
        "started": job.started_at.timestamp(),
        "expected": list(job.expected_seconds),
        "ended": job.clip is not None or job.error is not None,
        "seconds": job.elapsed if job.finished_at else None,
        "money": money_of(job),
        "error": str(job.error) if job.error else "",
        "about": "",
        "headline": _headline(job),
        "choices": choices_of(job),
    }


def _headline(job: Job) -> str:
    """Return in a few words what became of a job about which only the user can decide."""
    if job.state is JobState.UNKNOWN and job.cost > 0:
        return "May have been billed"
    return ""


def money_of(job: Job) -> str:
    """Return what a job costs."""
    if job.from_library:
        return "$0, already in your library"
    return "free" if job.cost == 0 else dollars(job.cost)
