"""A forked child has one thread: what lived in the others is made anew there on first need."""

from __future__ import annotations

import contextlib
import gc
import os
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Made(Protocol):
    """A function that makes something once a process (:func:`functools.cache`)."""

    def cache_clear(self) -> None:
        """Forget what it has made."""

    def cache_info(self) -> Any:
        """Return, among others, how much it has made."""

    def __call__(self) -> object:
        """Return what it has made."""


_in_child: Final[list[Callable[[], None]]] = []
_parents: Final[list[object]] = []
"""What belongs to the parent. It is never let go of: to close a copy of it in the child would take
sockets, file locks or the watch over files away from the parent."""


def in_child(forget: Callable[[], None]) -> None:
    """Call a function in each forked child, before anything else runs there."""
    _in_child.append(forget)


def renew(made: Made, forget: Callable[[Any], None] = lambda _: None) -> None:
    """Let a forked child make its own of what is made once a process.

    Parameters
    ----------
    forget : callable, optional
        Called in the child with what the parent has made.
    """

    def anew() -> None:
        if made.cache_info().currsize:
            parents = made()
            keep(parents)
            made.cache_clear()
            forget(parents)

    in_child(anew)


def keep(parents: object) -> None:
    """Never let go of something of the parent's in this child."""
    _parents.append(parents)


def _run() -> None:
    # What the parent had let go of is not collected here: a decoder would wait for ever for its
    # threads, which the child does not have.
    gc.freeze()
    for forget in _in_child:
        # One part that cannot be made anew must not take the others with it.
        with contextlib.suppress(Exception):
            forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_run)
