"""How jobs, clips and sweeps show themselves in notebooks; ``generate`` for people."""

from __future__ import annotations

import functools
import importlib.metadata
import warnings
import weakref
from typing import TYPE_CHECKING, Final, Literal

from IPython import get_ipython

from hailuo_widgets.jobs.runner import api
from hailuo_widgets.jobs.runner.job import Job
from hailuo_widgets.jobs.sweep.sweep import Sweep
from hailuo_widgets.media.clip import Clip
from hailuo_widgets.widgets.compare.compare import Compare
from hailuo_widgets.widgets.job_view.job_view import JobView
from hailuo_widgets.widgets.player.player import Player
from hailuo_widgets.widgets.shared import headless
from hailuo_widgets.widgets.shared.static_view import in_kernel

if TYPE_CHECKING:
    from decimal import Decimal

    from IPython.core.interactiveshell import InteractiveShell

    from hailuo_widgets.frame.frame import FrameSource

_shown: Final[weakref.WeakKeyDictionary[Job, int]] = weakref.WeakKeyDictionary()
"""In which execution each job showed itself last."""


def generate(
    image: FrameSource,
    prompt: str = "",
    end_image: FrameSource | None = None,
    enable_prompt_expansion: bool = True,
    *,
    take: int | Literal["another"] = 1,
    price: Decimal | None = None,
    service: str | None = None,
) -> Job:
    """Ask for a clip; returns at once, and shows itself live in a notebook.

    In a headless run (nbclient, papermill, ``nbconvert --execute``) the cell ends with the clip: see
    :mod:`hailuo_widgets.widgets.shared.headless`.

    The same request and take asked for again is the same job: a clip the library holds comes from
    there at no cost, and one on its way is joined. ``await job`` or ``job.wait()`` gives the clip.

    Parameters
    ----------
    image : path, URL, bytes, data URI, Path, PIL image, array or Frame
        The first frame.
    prompt : str
        At most 2000 code points.
    end_image : as `image`, optional
        The last frame.
    enable_prompt_expansion : bool
        Whether the service may rewrite the prompt (and checks it for safety).
    take : int or "another"
        Which try of this request, from 1. The service has no seed, so takes differ. ``"another"``
        is the next one that nobody has asked for yet: at the paid service it costs its price.
    price : Decimal, optional
        What one generation may cost, in US dollars, as you were shown it. If the service names
        another price, nothing is sent.
    service : "emulator" or "wavespeed", optional
        Default: the one ``connect`` chose last, the free emulator when it was never called.

    Raises
    ------
    FrameError, PromptError, InputError
        The request cannot be sent.
    BudgetError
        It would cost more than the budget allows, no budget was set, or the price is another.
    LibraryError
        The library cannot write down that it was asked for.
    """
    job = api.generate(
        image, prompt, end_image, enable_prompt_expansion, take=take, price=price, service=service
    )
    if in_kernel():
        install()
        show(job)
    return job


def show(job: Job) -> None:
    """Show a job live in the cell that runs now."""
    ip = get_ipython()
    if ip is not None:
        _shown[job] = ip.execution_count
    headless.ends_with(job)
    JobView(job)._ipython_display_()


def install() -> None:
    """Tell IPython how they are shown; in a terminal their one line is enough."""
    ip = get_ipython()
    if ip is not None and in_kernel():
        _install(ip)


@functools.cache
def _install(ip: InteractiveShell) -> None:
    if ip.display_formatter is None:
        return
    formatter = ip.display_formatter.ipython_display_formatter
    formatter.for_type(Job, _show_once)
    formatter.for_type(Clip, lambda clip: Player(clip)._ipython_display_())
    formatter.for_type(Sweep, lambda sweep: Compare(sweep).show())
    _warn_of_hanging_kernels()


def _show_once(job: Job) -> None:
    """Show a job that ends a cell, unless it has shown itself there already."""
    ip = get_ipython()
    if ip is None or _shown.get(job) != ip.execution_count:
        show(job)


def _warn_of_hanging_kernels() -> None:
    version = importlib.metadata.version("ipykernel")
    if version.startswith(("7.0.", "7.1.", "7.2.", "7.3.")):
        warnings.warn(
            f"ipykernel {version} hangs at random (its issue 1554). Install 7.4 or newer, or 6.31: "
            'pip install "ipykernel>=7.4".',
            stacklevel=2,
        )
