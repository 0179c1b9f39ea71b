"""Open ledgers around a fork: SQLite's connections must not be carried into a child process."""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    import sqlite3


class Forkable(Protocol):
    """An object whose methods are called around forks."""

    def before_fork(self) -> bool:
        """Close what a child must not have; return True if it is locked until after the fork."""
        ...

    def after_fork(self) -> None:
        """Unlock, in the parent."""
        ...

    def leave_in_child(self) -> None:
        """Use nothing of the parent's."""
        ...


_watched: Final[weakref.WeakSet[Forkable]] = weakref.WeakSet()
_locked: Final[list[Forkable]] = []
_abandoned: Final[list[sqlite3.Connection]] = []


def watch(each: Forkable) -> None:
    """Call its methods around each fork of this process, for as long as it lives."""
    _watched.add(each)


def abandon(connection: sqlite3.Connection) -> None:
    """Keep a parent's connection in the child for ever: closing it would act for the parent."""
    _abandoned.append(connection)


def _before_fork() -> None:
    _locked.extend(each for each in list(_watched) if each.before_fork())


def _after_fork() -> None:
    while _locked:
        _locked.pop().after_fork()


def _after_fork_in_child() -> None:
    _locked.clear()
    for each in list(_watched):
        each.leave_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child
    )
