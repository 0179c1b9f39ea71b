"""Run something after each cell of the notebook."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from IPython import get_ipython

if TYPE_CHECKING:
    from collections.abc import Callable


def after_each_cell(callback: Callable[[], None]) -> Callable[[], None]:
    """Call back whenever a cell has run; returns what ends that. Outside IPython nothing happens."""
    shell = get_ipython()
    if shell is None:
        return lambda: None

    def cell_has_run(_: object) -> None:
        callback()

    def stop() -> None:
        with contextlib.suppress(ValueError):  # stopped already
            shell.events.unregister("post_run_cell", cell_has_run)

    shell.events.register("post_run_cell", cell_has_run)
    return stop
