"""Block until a job has ended, in any thread, with or without a running event loop.

In a notebook cell the notebook's own tasks keep running meanwhile: nest-asyncio is applied to the
running loop at that moment and never at import. A loop that cannot be nested (uvloop) is blocked.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from hailuo_widgets.errors import HailuoError, WaitTimeoutError

if TYPE_CHECKING:
    import concurrent.futures
    from collections.abc import Callable

T = TypeVar("T")


def wait_for(
    future: concurrent.futures.Future[T], timeout: float | None, describe: Callable[[], str]
) -> T:
    """Return the future's result; a running loop that can be nested goes on meanwhile.

    Parameters
    ----------
    timeout : float or None
        Seconds.
    describe : callable
        Returns where the job stands, for the sentence of the timeout.

    Raises
    ------
    WaitTimeoutError
        The time is over; the job goes on.
    HailuoError
        What the future raises.
    """
    try:
        running = asyncio.get_running_loop()
    except RuntimeError:
        return _block(future, timeout, describe)
    if not _nestable(running):
        return _block(future, timeout, describe)
    waiting = asyncio.wait_for(asyncio.shield(asyncio.wrap_future(future)), timeout)
    try:
        result: T = running.run_until_complete(waiting)
    except TimeoutError as error:
        raise _timeout_error(error, timeout, describe) from None
    return result


def _block(
    future: concurrent.futures.Future[T], timeout: float | None, describe: Callable[[], str]
) -> T:
    try:
        return future.result(timeout)
    except TimeoutError as error:
        raise _timeout_error(error, timeout, describe) from None


def _timeout_error(
    error: TimeoutError, timeout: float | None, describe: Callable[[], str]
) -> BaseException:
    """Return the job's own failure if that is a timeout too, else the caller's."""
    if isinstance(error, HailuoError):
        return error
    return WaitTimeoutError(
        f"No clip after {timeout:g} s of waiting. Where it stands: {describe()}. The job goes on and "
        "nothing is sent again: wait for it again, or look at job.state."
    )


def _nestable(running: asyncio.AbstractEventLoop) -> bool:
    import nest_asyncio2  # noqa: PLC0415

    try:
        nest_asyncio2.apply(running)
    except ValueError:
        return False
    return True
