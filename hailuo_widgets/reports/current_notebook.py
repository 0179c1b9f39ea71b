"""The file of the notebook that runs now, as it was saved last."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_JUPYTER: Final = "JPY_SESSION_NAME"
_VS_CODE: Final = "__vsc_ipynb_file__"
_REPORT: Final = "report("


def notebook_file(environment: Mapping[str, str], names: Mapping[str, Any]) -> Path:
    """Find the file of the notebook that runs now.

    Jupyter's server tells a kernel which notebook it was started for; VS Code lays it among the
    notebook's names. A headless run (nbclient, papermill) tells nobody, and has saved nothing yet.

    Parameters
    ----------
    environment : mapping
        The process's environment variables.
    names : mapping
        The notebook's own names.

    Raises
    ------
    InputError
        It cannot be found.
    """
    for said in (names.get(_VS_CODE), environment.get(_JUPYTER)):
        if isinstance(said, str) and said.endswith(".ipynb") and (path := Path(said)).is_file():
            return path
    raise InputError(
        "Which notebook this is cannot be told from here: a kernel knows it in JupyterLab, "
        "Notebook and VS Code, unless the file was renamed since the kernel started. Nothing was "
        'written. Name it: hw.report("out.html", notebook="x.ipynb"); or export the saved file: '
        "jupyter nbconvert --to hailuo x.ipynb."
    )


def is_behind(counts: Iterable[int | None], ran: Sequence[str]) -> bool:
    """Return True if cells have run since a notebook was saved, other than those that report it.

    Parameters
    ----------
    counts : iterable of int or None
        The execution counts of its cells, as saved.
    ran : sequence of str
        What has run so far, by its count; the last is the cell that runs.
    """
    saved = max((count for count in counts if count), default=0)
    return any(_REPORT not in source for source in ran[saved + 1 : -1])


def here() -> tuple[Mapping[str, str], Mapping[str, Any]]:
    """Return the environment and the notebook's names."""
    from IPython import get_ipython  # noqa: PLC0415

    ip = get_ipython()
    return os.environ, {} if ip is None else ip.user_ns
