"""Cells that wait for their clips where nobody sits before them.

A run by nbclient (papermill, ``nbconvert --execute``, Quarto) saves what each cell shows when it
ends, and nothing that comes after the last one. So there a cell that shows a job ends when the job
does. Where the user sits a cell returns at once.

Such a run is known by what it tells the kernel with every cell: that no question can be asked.
Voila tells the same, and has the user before it; it says so in the environment. ``HAILUO_WAIT``
overrules both: 0 never waits, another number is the most seconds that a cell waits.
"""

from __future__ import annotations

import contextlib
import functools
import os
import threading
import time
import warnings
from typing import TYPE_CHECKING, Any, Final

from IPython import get_ipython

from hailuo_widgets.errors import HailuoError, InputError
from hailuo_widgets.widgets.shared.rpc import in_background

if TYPE_CHECKING:
    from collections.abc import Mapping

    from IPython.core.interactiveshell import InteractiveShell

    from hailuo_widgets.jobs.runner.job import Job

VARIABLE: Final = "HAILUO_WAIT"
_PATIENCE: Final = 20 * 60.0
_VOILA: Final = "VOILA_SERVER_URL"


def ends_with(*jobs: Job) -> None:
    """Let the cell that runs now end with these jobs, if this is a headless run.

    Raises
    ------
    InputError
        ``HAILUO_WAIT`` is set, and is no number of seconds.
    """
    ip = get_ipython()
    if ip is None:
        return
    kernel = getattr(ip, "kernel", None)
    if patience(os.environ, may_ask=getattr(kernel, "_allow_stdin", True)) > 0:
        _waiting(ip).extend(jobs)


def patience(environment: Mapping[str, str], *, may_ask: bool) -> float:
    """Return how many seconds a cell waits for its jobs.

    Parameters
    ----------
    environment : mapping
        The process's environment variables.
    may_ask : bool
        Whether who runs the cell can answer questions (``input()``).
    """
    said = environment.get(VARIABLE, "").strip()
    if said:
        return _seconds(said)
    return 0.0 if may_ask or _VOILA in environment else _PATIENCE


def _seconds(said: str) -> float:
    with contextlib.suppress(ValueError):
        seconds = float(said)
        if 0 <= seconds <= threading.TIMEOUT_MAX:
            return seconds
    raise InputError(
        f"{VARIABLE} is how many seconds a headless cell waits for its clips, 0 for not at all; "
        f"{said[:40]!r} is no such number."
    )


@functools.cache
def _waiting(ip: InteractiveShell) -> list[Job]:
    """Return the list of jobs that the running cell waits for; it is emptied when the cell ends."""
    jobs: list[Job] = []

    def cell_has_run(_: Any) -> None:
        mine = jobs[:]
        jobs.clear()
        wait_for(mine, patience(os.environ, may_ask=False))

    ip.events.register("post_run_cell", cell_has_run)
    return jobs


def wait_for(jobs: list[Job], seconds: float) -> None:
    """Block until all of these jobs have ended, or for so many seconds in all.

    What went wrong with one of them is said where the job is shown.
    """
    done = threading.Event()
    deadline = time.monotonic() + seconds

    def work() -> None:
        # A thread without a loop of its own: there a wait is a plain one, and ends after every
        # observer has drawn what came.
        for job in jobs:
            with contextlib.suppress(HailuoError):
                job.wait(max(0.0, deadline - time.monotonic()))
        done.set()

    in_background(work)
    done.wait(seconds + 1)
    left = sum(not job.done for job in jobs)
    if left:
        warnings.warn(
            f"{left} of {len(jobs)} clips had not come after {seconds:g} s: what is saved of them "
            "says so. Nothing is lost and nothing is sent again; running the notebook again goes "
            f"on from there. {VARIABLE} sets how long a cell waits.",
            stacklevel=2,
        )
