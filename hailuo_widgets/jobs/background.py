"""The one background loop of the process.

It runs in a thread of its own, so that work goes on while a notebook cell blocks. Each piece of
work starts in an empty :class:`contextvars.Context`: with the submitting cell's context, ipykernel
would tag every later update with that cell, and headless runs would drop them.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import threading
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Future

T = TypeVar("T")


@functools.cache
def loop() -> asyncio.AbstractEventLoop:
    """Return the running background loop; started on first need, ends with the process."""
    started = threading.Event()
    background = asyncio.SelectorEventLoop()
    # nest-asyncio replaces asyncio.Task by a Python class for the whole process; the original
    # one keeps httpx working here whatever a notebook applies.
    background.set_task_factory(_c_task)  # type: ignore[arg-type]  # 3.11's stub lacks **options

    def run() -> None:
        asyncio.set_event_loop(background)
        background.call_soon(started.set)
        background.run_forever()

    threading.Thread(target=run, name="hailuo_widgets", daemon=True).start()
    started.wait()
    return background


def submit(work: Callable[[], Coroutine[Any, Any, T]]) -> Future[T]:
    """Start a coroutine on the background loop, from any thread."""
    return contextvars.Context().run(lambda: asyncio.run_coroutine_threadsafe(work(), loop()))


def call_soon(function: Callable[..., object], *arguments: object) -> None:
    """Run a short function on the background loop, from any thread."""
    loop().call_soon_threadsafe(function, *arguments, context=contextvars.Context())


def _c_task(
    owner: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], **options: Any
) -> asyncio.Task[Any]:
    # Imported before asyncio, it would leave asyncio with its own parts in Python, which know
    # nothing of tasks made in C.
    import _asyncio  # noqa: PLC0415

    task: asyncio.Task[Any] = _asyncio.Task(work, loop=owner, **options)
    return task
