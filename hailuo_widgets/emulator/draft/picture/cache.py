"""What was made lately, kept for those who ask again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Lazy(Generic[V]):
    """A value that is made when it is first asked for, by one thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.values: tuple[V, ...] = ()  # none or one: the value itself may be None

    def get(self, make: Callable[[], V]) -> V:
        """Return the value; ``make`` it, if nobody has. Raises what ``make`` does."""
        with self._lock:
            if not self.values:
                self.values = (make(),)
            return self.values[0]


class LruCache(Generic[K, V]):
    """The latest values by their keys.

    A value is made once, however many threads ask for it; one that is being made holds up
    nobody who asks for another.

    Parameters
    ----------
    most : int
        How many are kept; the one asked for longest ago goes first.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._entries: OrderedDict[K, Lazy[V]] = OrderedDict()

    def get(self, key: K, make: Callable[[], V]) -> V:
        """Return the value of a key; ``make`` it, if nobody has. Raises what ``make`` does."""
        with self._lock:
            entry = self._entries.setdefault(key, Lazy())
            self._entries.move_to_end(key)
            while len(self._entries) > self._most:
                self._entries.popitem(last=False)
        return entry.get(make)

    def made(self) -> list[V]:
        """Return all values that are kept now."""
        with self._lock:
            return [value for entry in self._entries.values() for value in entry.values]
