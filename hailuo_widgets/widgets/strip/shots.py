"""What stands in a strip: clips, and jobs whose clips are on their way, in an order that changes."""

from __future__ import annotations

import itertools
import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hailuo_widgets.errors import InputError, LibraryError
from hailuo_widgets.jobs.runner.job import Job
from hailuo_widgets.media.clip import Clip
from hailuo_widgets.widgets.player.player import facts_of
from hailuo_widgets.widgets.shared.served import served_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Shot = Clip | Job


class Shots:
    """Clips and jobs in order, each known to the page by a key of its own; for any thread.

    Parameters
    ----------
    changed : callable
        Called after every change.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._lock = threading.RLock()
        self._keys = itertools.count(1)
        self._known: dict[str, Shot] = {}
        self._order: list[str] = []
        self._stops: list[Callable[[], None]] = []

    @property
    def items(self) -> list[Shot]:
        """What stands in it, in order: of a job that has ended its clip."""
        with self._lock:
            return [_here(self._known[key]) for key in self._order]

    def put(self, items: Iterable[Shot]) -> None:
        """Hold these instead.

        Raises
        ------
        InputError
            One is neither a clip nor a job; nothing was changed.
        """
        self._arrange([self._know(each) for each in list(items)])

    def append(self, item: Shot) -> None:
        """Hold one more, at the end.

        Raises
        ------
        InputError
            It is neither a clip nor a job.
        """
        key = self._know(item)
        with self._lock:
            self._arrange([*self._order, key])

    def arrange(self, keys: Iterable[str], known: Iterable[str]) -> None:
        """Take another order.

        Parameters
        ----------
        keys : iterable of str
            The order; what is missing in it is taken out, and can be put back by its key.
        known : iterable of str
            What was known to who ordered. What came since stays, at the end.
        """
        with self._lock:
            order = [key for key in dict.fromkeys(keys) if key in self._known]
            seen = {*known, *order}
            self._arrange([*order, *(key for key in self._order if key not in seen)])

    def get(self, key: str) -> Shot | None:
        """Return what is known by a key, also when it was taken out."""
        with self._lock:
            return _here(self._known[key]) if key in self._known else None

    def clip(self, sha256: object) -> Clip:
        """Find a clip by its hash.

        Raises
        ------
        LibraryError
            It never stood here.
        """
        with self._lock:
            every = [_here(each) for each in self._known.values()]
        for each in every:
            if isinstance(each, Clip) and each.sha256 == sha256:
                return each
        raise LibraryError("That clip is not of this strip.")

    def told(self) -> list[dict[str, Any]]:
        """Return what stands in each place, as plain data."""
        with self._lock:
            return [_told(key, _here(self._known[key])) for key in self._order]

    def close(self) -> None:
        """Hear no more of jobs."""
        with self._lock:
            for stop in self._stops:
                stop()
            self._stops.clear()

    def _know(self, given: Shot) -> str:
        """Know one more; the same clip may stand in several places."""
        if not isinstance(given, Clip | Job):
            raise InputError(
                f"A strip takes clips and jobs; this is a {type(given).__name__}. Give "
                "hw.generate(...), or its clip: job.wait()."
            )
        with self._lock:
            key = f"s{next(self._keys)}"
            self._known[key] = given
            if isinstance(given, Job) and given.clip is None:
                self._stops.append(given.observe(lambda _: self._changed()))
        return key

    def _arrange(self, order: list[str]) -> None:
        with self._lock:
            self._order = order
        self._changed()


def finished(given: Iterable[Shot]) -> list[Clip]:
    """Return them all as clips.

    Raises
    ------
    InputError
        There is none, or one is not here.
    """
    every = list(given)
    clips = [each for each in every if isinstance(each, Clip)]
    if not every:
        raise InputError("There is no clip in this strip yet. Nothing was written.")
    if len(clips) < len(every):
        raise InputError(
            f"{len(every) - len(clips)} of {len(every)} clips are not here. Nothing was written. "
            "Wait for them, or take them out of the strip."
        )
    return clips


def _here(given: Shot) -> Shot:
    """Return a job's clip once it has come."""
    return given.clip if isinstance(given, Job) and given.clip is not None else given


def _told(key: str, given: Shot) -> dict[str, Any]:
    if isinstance(given, Clip):
        said = {"facts": facts_of(given), "relpath": served_path(given.path), "words": ""}
        return {"key": key, "title": given.prompt, **said, "failed": False}
    words = str(given.error) if given.error is not None else given.detail or str(given.state)
    said = {"facts": {}, "relpath": "", "words": words}
    return {"key": key, "title": given.request.prompt, **said, "failed": given.error is not None}


def file_name(clips: Sequence[Clip]) -> str:
    """Return a name for the film of these clips, with the date."""
    kind = "draft-strip" if any(clip.draft for clip in clips) else "strip"
    return f"{kind}-{datetime.now():%Y-%m-%d-%H%M%S}.mp4"  # noqa: DTZ005  the user's clock


def read_keys(given: object) -> list[str]:
    """Return the keys that a page names; anything else is left out."""
    return [each for each in given if isinstance(each, str)] if isinstance(given, list) else []
