"""Shoot one picture by several prompts and show the clips side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hailuo_widgets.jobs.sweep.sweep import Sweep
from hailuo_widgets.widgets.compare.compare import Compare
from hailuo_widgets.widgets.shared.static_view import in_kernel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hailuo_widgets.request.sweep.grid import Skip, Words
    from hailuo_widgets.request.sweep.images import Sources


def compare(
    image: Sources,
    prompts: str | Sequence[str] = "",
    *,
    end_image: Sources | None = None,
    enable_prompt_expansion: bool | Sequence[bool] = True,
    takes: int | Sequence[int] = 1,
    skip: Skip | None = None,
    service: str | None = None,
    **variables: Words,
) -> Compare:
    """Shoot the same picture by several prompts, and see the clips side by side.

    The grid is drawn at once, with price and time of the whole, and fills in as the clips come.
    Drafts are free and start by themselves. So do paid clips of at most ``confirm_above`` dollars in
    all ($2.00 unless :func:`hailuo_widgets.connect` says otherwise); more waits for a press on the
    button that names the price. What the library holds costs nothing.

    Parameters
    ----------
    image, end_image, enable_prompt_expansion, takes, skip, service, **variables
        As for :class:`hailuo_widgets.Sweep`.
    prompts : str or list of str
        One text each, or templates such as ``"{move}, {light}"`` with ``move=[...]``.

    Returns
    -------
    Compare
        ``grid.wait()`` or ``await grid`` ends when every clip is here or has failed;
        ``grid.clips`` are the clips and ``grid.sweep`` is the sweep.

    Raises
    ------
    FrameError, PromptError, InputError
        The requests cannot be sent.

    Examples
    --------
    >>> compare("frame.jpg", ["slow push in, dawn", "slow push in, storm light"])  # doctest: +SKIP
    """
    sweep = Sweep(
        image,
        prompts,
        end_image=end_image,
        enable_prompt_expansion=enable_prompt_expansion,
        takes=takes,
        skip=skip,
        service=service,
        **variables,
    )
    made = Compare(sweep)
    # Asking takes no time, and what the library holds is there when the page first draws it.
    made.begin()
    if in_kernel():
        made.show()
    return made
