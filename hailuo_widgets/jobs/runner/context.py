"""What the jobs of one library at one service share in this process."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from hailuo_widgets.jobs import loop
from hailuo_widgets.jobs.runner.follower import Follower
from hailuo_widgets.jobs.runner.send_queue import SendQueue
from hailuo_widgets.jobs.runner.state_batch import LOCAL_SECONDS, PAID_SECONDS, StateBatch
from hailuo_widgets.jobs.wavespeed.upload import Uploads

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine

    from hailuo_widgets.errors import HailuoError
    from hailuo_widgets.jobs.runner.state_writer import StateWriter
    from hailuo_widgets.jobs.wavespeed.http import HttpClients
    from hailuo_widgets.jobs.wavespeed.poll import Clock
    from hailuo_widgets.library.library import Library


class ServiceContext:
    """Made once per library and service; outlives a connection that is made anew.

    Parameters
    ----------
    paid : bool
        Writes of a paid service may wait a little longer for company.

    Attributes
    ----------
    http : callable
        Returns the HTTP clients, on the background loop.
    queue : SendQueue
        Gives slots to the jobs that wait to be sent.
    batch : StateBatch
        Writes running states, many at a time.
    uploads : Uploads
        Addresses of frames that several requests share.
    writers : mapping of int to StateWriter
        By row: the writer of each job's newest execution.
    follower : Follower
        Follows the jobs that other processes execute.
    """

    def __init__(
        self, library: Library, clock: Clock, http: Callable[[], HttpClients], *, paid: bool
    ) -> None:
        ledger = library.ledger
        self.library = library
        self.clock = clock
        self.http = http
        self.queue = SendQueue(clock, http)
        self.batch = StateBatch(ledger, clock, PAID_SECONDS if paid else LOCAL_SECONDS)
        self.uploads = Uploads(ledger, clock)
        self.writers: weakref.WeakValueDictionary[int, StateWriter] = weakref.WeakValueDictionary()
        self.follower = Follower(library, clock)
        self._executions: set[asyncio.Task[None]] = set()

    def start(
        self, work: Coroutine[None, None, None], failed: Callable[[HailuoError], object]
    ) -> None:
        """Run an execution on the background loop, and keep it alive until it ends."""
        task = loop.start(work, failed=failed)
        self._executions.add(task)
        task.add_done_callback(self._executions.discard)

    def tasks(self) -> set[asyncio.Task[Any]]:
        """Return all tasks that run for these jobs."""
        tasks: set[asyncio.Task[Any]] = {*self._executions, *self.uploads.tasks()}
        return tasks.union(self.queue.tasks(), self.batch.tasks(), self.follower.tasks())
