"""What every program that the kit starts is given: an environment without key and surprises."""

from __future__ import annotations

import os

from hailuo_widgets.redaction import without_keys


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a child process.

    It is this process's own without the API key (I3). A Python child does not look for modules in
    the folder that it starts in: a file ``secrets.py`` beside the notebook is not the library's.

    Parameters
    ----------
    **more : str
        Variables to add.
    """
    return {**without_keys(dict(os.environ)), "PYTHONSAFEPATH": "1", **more}
