"""Old names of public things: they work for one release, and say what to write."""

from __future__ import annotations

import warnings


def renamed(old: str, new: str) -> None:
    """Warn the caller's caller that a name will be removed.

    Parameters
    ----------
    old, new : str
        As callers write them, such as ``Frame.mended()``.
    """
    words = f"{old} is now called {new}; the old name goes with version 0.2."
    warnings.warn(words, DeprecationWarning, stacklevel=3)
