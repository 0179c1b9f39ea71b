"""The ledger: requests, jobs, states and money, in one SQLite file.

The unique key over (service, request, take) makes a second paid submission of the same take
impossible, whichever process tries it.
"""

from __future__ import annotations

import functools
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import InputError
from hailuo_widgets.files.presence import NOTHING_SENT
from hailuo_widgets.library.ledger.annotations import Annotations
from hailuo_widgets.library.ledger.budget import BudgetTable
from hailuo_widgets.library.ledger.contents import Contents
from hailuo_widgets.library.ledger.database import Database, clock
from hailuo_widgets.library.ledger.disposition import disposition_of, needed
from hailuo_widgets.library.ledger.history import History
from hailuo_widgets.library.ledger.jobs_table import JobsTable
from hailuo_widgets.library.ledger.queries import JobQueries
from hailuo_widgets.library.ledger.records import Failure, JobRow
from hailuo_widgets.library.ledger.send_queue import SendQueueTable
from hailuo_widgets.library.ledger.take_writer import Caller, TakeWriter, Terms
from hailuo_widgets.library.ledger.transitions import Transitions
from hailuo_widgets.library.ledger.uploads import UploadsTable
from hailuo_widgets.money import dollars

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from hailuo_widgets.library.ledger.owner import Owner
    from hailuo_widgets.library.ledger.states import JobState
    from hailuo_widgets.request.video_request import VideoRequest

_MOST_TAKES: Final = 2**53

__all__ = ["Failure", "JobRow", "Ledger"]


class Ledger:
    """The one door to the library's SQLite file. Safe to use from several threads.

    What belongs to one subject is in a part; what crosses them in one transaction, and what
    concerns the file as a whole, is here.

    Parameters
    ----------
    path : Path
        The file; made when missing.
    now : callable
        Returns the time, aware, UTC.
    owner : Owner, optional
        Whose budgets count. None: those that the ledger holds, no matter who set them.

    Attributes
    ----------
    jobs : JobQueries
        Reading jobs.
    transitions : Transitions
        Moving jobs from state to state and from one process to another.
    queue : SendQueueTable
        Which job is sent next.
    budget : BudgetTable
        What may be spent, and refunds.
    history : History
        Browsing and searching jobs.
    annotations : Annotations
        Stars, notes, tags, and clips taken out of the history.
    uploads : UploadsTable
        Addresses of frames that were uploaded.
    contents : Contents
        What else the library holds: requests, frames, clips; and whether the file is damaged.

    Raises
    ------
    LibraryError
        The file cannot be opened, is damaged, or was made by a newer version.
    """

    def __init__(
        self, path: Path, *, now: Callable[[], datetime] = clock, owner: Owner | None = None
    ) -> None:
        self._database = database = Database(path, now=now)
        self._table = table = JobsTable(database)
        self._takes = TakeWriter(database, table)
        self.jobs: Final = JobQueries(database, table)
        self.transitions: Final = Transitions(database, table)
        self.budget: Final = BudgetTable(database, owner)
        self.queue: Final = SendQueueTable(database, table, self.budget)
        self.history: Final = History(database, table)
        self.annotations: Final = Annotations(database, table)
        self.uploads: Final = UploadsTable(database)
        self.contents: Final = Contents(database, table)

    # -- the file -------------------------------------------------------------------------

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    @property
    def is_whole(self) -> bool:
        """True if the path still leads to the file that was opened."""
        return self._database.is_whole

    def change_counter(self) -> tuple[int, int]:
        """Return a pair that differs whenever anything was written, by this process or another."""
        return self._database.change_counter()

    def copy_to(self, path: Path) -> None:
        """Write the ledger as it stands at one moment to a new file, as :class:`Database` does."""
        self._database.copy_to(path)

    def require_written(self, job_id: int, state: JobState, holder: str) -> None:
        """Raise LibraryError unless the disk says this of a job, as :class:`Database` does."""
        self._database.require_written(job_id, state, holder)

    # -- asking for takes -----------------------------------------------------------------

    def begin(
        self,
        service: str,
        request: VideoRequest,
        take: int | None,
        price: Decimal,
        *,
        holder: str,
        is_alive: Callable[[str], bool],
        has_clip: Callable[[str], bool],
    ) -> tuple[JobRow, bool]:
        """Write down that a take is wanted, or find that it was wanted before.

        One transaction reads the budget, holds the price against it and makes the row durable,
        so that two kernels can never pass one budget together.

        Parameters
        ----------
        take : int or None
            None: another one, the next that is free.
        price : Decimal
            US dollars.
        is_alive : callable
            Returns whether the process of that name still runs.
        has_clip : callable
            Returns whether the clip of that hash still has its file.

        Returns
        -------
        row : JobRow
            The take's one row.
        mine : bool
            True if the caller now holds it. Otherwise a live process does, or it has ended.

        Raises
        ------
        BudgetError
            The price does not fit what is left; nothing was written.
        """
        with self._database.transaction(NOTHING_SENT) as connection:
            if take is None:
                (take,) = connection.execute(
                    "SELECT COALESCE(MAX(take), 0) + 1 FROM jobs"
                    " WHERE service = ? AND request_hash = ? AND take < ?",
                    (service, request.request_hash, _MOST_TAKES),
                ).fetchone()
            caller = Caller(holder, is_alive, has_clip)
            terms = Terms(price, self.budget.require)
            return self._takes.begin(service, request, take, terms=terms, caller=caller)

    def begin_all(
        self,
        service: str,
        wanted: Sequence[tuple[VideoRequest, int]],
        price: Decimal,
        *,
        holder: str,
        is_alive: Callable[[str], bool],
        has_clip: Callable[[str], bool],
        at_most: Decimal | None = None,
    ) -> list[tuple[JobRow, bool]]:
        """Do the same for many takes in one transaction: all of them fit the budget, or none.

        Parameters
        ----------
        wanted : sequence of (VideoRequest, take)
            Each take of a request once.
        at_most : Decimal, optional
            US dollars that the user agreed to for all that this sends; default: no limit but the
            budget.

        Returns
        -------
        list of (row, mine)
            In that order, each as :meth:`begin` returns it.

        Raises
        ------
        BudgetError
            All together do not fit what is left; nothing was written.
        InputError
            More would be sent than was agreed to; nothing was written.
        """
        caller = Caller(holder, functools.cache(is_alive), has_clip)
        with self._database.transaction(NOTHING_SENT):
            more = cost = Decimal(0)
            for request, take in wanted:
                row = self._takes.find(service, request.request_hash, take)
                disposition = disposition_of(
                    row, executing=caller.is_held_elsewhere(row), has_clip=caller.has_file(row)
                )
                more += needed(row, disposition, price)
                cost += price if disposition.sends else 0
            if at_most is not None and cost > at_most:
                raise InputError(
                    f"This would cost {dollars(cost)} now; you agreed to {dollars(at_most)}. "
                    "Nothing was sent. Press again to accept it."
                )
            self.budget.require(service, more)
            terms = Terms(price, lambda *_: None)  # required for all of them just now
            return [
                self._takes.begin(service, request, take, terms=terms, caller=caller)
                for request, take in wanted
            ]
