"""The one background loop of the process, and the one guarded way to run work on it.

It runs in a thread of its own, so that work goes on while a notebook cell blocks. Each piece of
work starts in an empty :class:`contextvars.Context`: with the submitting cell's context, ipykernel
would tag every later update with that cell, and headless runs would drop them.

Whatever ends a piece of work, somebody hears of it: who waits for it gets a
:class:`~hailuo_widgets.errors.HailuoError`, and what nobody waits for (:func:`start`,
:func:`call_soon`) names who hears. No other module makes a task or a callback.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import logging
import threading
from collections.abc import Coroutine

# Here and not on first need: imported by one thread while another one forks, it breaks the fork.
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, TypeVar

from hailuo_widgets.errors import HailuoError
from hailuo_widgets.jobs import forked
from hailuo_widgets.redaction import redact
from hailuo_widgets.text import neutralize, short

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from concurrent.futures import Future

T = TypeVar("T")

_log: Final = logging.getLogger("hailuo_widgets")


@functools.cache
def loop() -> asyncio.AbstractEventLoop:
    """Return the running background loop; started on first need, ends with the process.

    Raises
    ------
    HailuoError
        This machine gives no thread or no file for it.
    """
    try:
        background = asyncio.SelectorEventLoop()
        background.set_default_executor(ThreadPoolExecutor(thread_name_prefix="hailuo_widgets"))
        # nest-asyncio replaces asyncio.Task by a Python class for the whole process; the original
        # one keeps httpx working here whatever a notebook applies.
        background.set_task_factory(_c_task)  # type: ignore[arg-type]  # 3.11's stub lacks **options
        started = threading.Event()

        def run() -> None:
            asyncio.set_event_loop(background)
            background.call_soon(started.set)
            background.run_forever()

        threading.Thread(target=run, name="hailuo_widgets", daemon=True).start()
    except (OSError, RuntimeError) as error:
        reason = _reason(error)
    else:
        started.wait()
        return background
    raise HailuoError(
        f"Work in the background cannot start on this machine: {reason}. Nothing was sent and "
        "nothing was billed. Close what holds many files or threads open, or restart the kernel."
    )


forked.renew(loop)


def submit(work: Callable[[], Coroutine[Any, Any, T]]) -> Future[T]:
    """Start a coroutine on the background loop, from any thread.

    Whatever ends it, the future raises a HailuoError.
    """
    there = loop()

    async def told() -> T:
        try:
            return await work()
        except asyncio.CancelledError as raised:
            if _is_cancelled():
                raise
            error = as_told(raised)
        except BaseException as raised:  # noqa: BLE001  who waits gets a sentence
            error = as_told(raised)
        raise error

    return contextvars.Context().run(lambda: asyncio.run_coroutine_threadsafe(told(), there))


def call_soon(
    function: Callable[..., object],
    *arguments: object,
    failed: Callable[[HailuoError], object] = lambda _: None,
) -> None:
    """Run a short function on the background loop, from any thread.

    Parameters
    ----------
    failed : callable, optional
        Hears, on the loop, what ended it; default: nobody waits for it, and the log has it.
    """

    def run() -> None:
        try:
            function(*arguments)
        except BaseException as raised:  # noqa: BLE001  it would end the loop, or be lost
            _hear(failed, raised)

    loop().call_soon_threadsafe(run, context=contextvars.Context())


def start(
    work: Coroutine[Any, Any, object], *, failed: Callable[[HailuoError], object]
) -> asyncio.Task[None]:
    """Start work that nobody awaits; on the loop.

    Parameters
    ----------
    failed : callable
        Hears what ended it, unless it was cancelled from outside.
    """

    async def guarded() -> None:
        try:
            await work
        except asyncio.CancelledError as raised:
            if _is_cancelled():
                raise
            _hear(failed, raised)
        except BaseException as raised:  # noqa: BLE001  it would end the loop, or be lost
            _hear(failed, raised)

    return _task(guarded(), work)


def part(work: Awaitable[T]) -> asyncio.Task[T]:
    """Start work whose starter awaits it; on the loop.

    What it raises is its starter's, apart from what would end the loop.
    """

    async def guarded() -> T:
        try:
            return await work
        except (KeyboardInterrupt, SystemExit, GeneratorExit) as raised:
            error = as_told(raised)
        raise error

    return _task(guarded(), work)


def as_told(raised: BaseException) -> HailuoError:
    """Return an error as people are told it: our own as it is, any other as one sentence."""
    if isinstance(raised, HailuoError):
        return raised
    reason = _reason(raised)
    _log.warning("something unexpected: %s", reason)
    _log.debug("something unexpected", exc_info=_clean(raised))
    return HailuoError(
        f"Something unexpected stopped this ({reason}). What the service knows is kept: ask for "
        "the same request again to go on at no cost."
    )


def _task(guarded: Coroutine[Any, Any, T], work: Awaitable[Any]) -> asyncio.Task[T]:
    task = asyncio.get_running_loop().create_task(guarded)
    if isinstance(work, Coroutine):
        # Cancelled before its first step, it would leave `work` as one that was never awaited.
        task.add_done_callback(lambda _: work.close())
    return task


def _is_cancelled() -> bool:
    """Return True if this task was cancelled, and not only something that it waited for."""
    this = asyncio.current_task()
    return this is None or this.cancelling() > 0


def _hear(failed: Callable[[HailuoError], object], raised: BaseException) -> None:
    error = as_told(raised)
    try:
        failed(error)
    except BaseException as again:  # noqa: BLE001  it would end the loop
        _log.warning("nobody could be told of “%s” (%s)", error, _reason(again))
        _log.debug("nobody could be told", exc_info=_clean(again))


def _reason(raised: BaseException) -> str:
    """Name an error in a few words, without any key."""
    words = short(neutralize(redact(str(raised))), 200)
    return f"{type(raised).__name__}: {words}" if words else type(raised).__name__


def _clean(raised: BaseException) -> BaseException | None:
    """Return what the log may show: an error's text or values may hold a key (I3)."""
    with contextlib.suppress(Exception):
        if redact(repr(raised)) == repr(raised):
            return raised
    return None


def _c_task(
    owner: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], **options: Any
) -> asyncio.Task[Any]:
    # Imported before asyncio, it would leave asyncio with its own parts in Python, which know
    # nothing of tasks made in C.
    import _asyncio  # noqa: PLC0415

    task: asyncio.Task[Any] = _asyncio.Task(work, loop=owner, **options)
    return task
