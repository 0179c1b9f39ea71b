"""The ledger: requests, jobs, states and money, in one SQLite file.

The unique key over (service, request, take) is what makes a second paid submission of the same
take impossible, whoever tries it.
"""

from __future__ import annotations

import functools
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from hailuo_widgets.library import states
from hailuo_widgets.library.budget import to_micros
from hailuo_widgets.library.fate import fate_of, needed
from hailuo_widgets.library.history import History
from hailuo_widgets.library.looking import Looking
from hailuo_widgets.library.marks import Marks
from hailuo_widgets.library.money import Money
from hailuo_widgets.library.rows import Failure, JobRow, RequestRow, job_row
from hailuo_widgets.library.states import JobState
from hailuo_widgets.library.turns import Turns
from hailuo_widgets.library.uploads import Uploads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hailuo_widgets.request.frame import Frame
    from hailuo_widgets.request.request import VideoRequest

__all__ = ["Failure", "JobRow", "Ledger"]


class _Kernel(NamedTuple):
    """Who asks, and what it knows of processes and files."""

    holder: str
    is_alive: Callable[[str], bool]
    has_clip: Callable[[str], bool]

    def leaves(self, row: JobRow | None) -> bool:
        """Whether another process that lives carries it."""
        holder = None if row is None else row.holder
        return holder is not None and holder != self.holder and self.is_alive(holder)

    def has(self, row: JobRow | None) -> bool:
        """Whether its clip's file is there; what has no clip lacks none."""
        return row is None or row.clip_sha256 is None or self.has_clip(row.clip_sha256)


class Ledger(Turns, Money, Looking, History, Marks, Uploads):
    """The one door to the library's SQLite file. Safe to use from several threads.

    Its parts: asking is here, carrying and the queue in :mod:`turns` and :mod:`moving`, money in
    :mod:`money`, looking things up in :mod:`looking`, what people browse in :mod:`history`, what
    they add to it in :mod:`marks`, and frames that were uploaded in :mod:`uploads`.

    Parameters
    ----------
    path : Path
        The file; made when missing.
    now : callable
        Gives the time, aware, UTC.

    Raises
    ------
    LibraryError
        The file cannot be opened, is damaged, or was made by a newer version.
    """

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
        is_alive : callable
            Tells whether the process of that name still runs.
        has_clip : callable
            Tells whether the clip of that hash still has its file.

        Returns
        -------
        row : JobRow
            The take's one row.
        mine : bool
            Whether the caller now carries it. Otherwise a live process does, or it has ended.

        Raises
        ------
        BudgetError
            The price does not fit what is left; nothing was written.
        """
        with self._transaction() as connection:
            if take is None:
                (take,) = connection.execute(
                    "SELECT COALESCE(MAX(take), 0) + 1 FROM jobs"
                    " WHERE service = ? AND request_hash = ?",
                    (service, request.request_hash),
                ).fetchone()
            kernel = _Kernel(holder, is_alive, has_clip)
            return self._begin(service, request, take, price, kernel=kernel, require=self._require)

    def begin_all(
        self,
        service: str,
        wanted: Sequence[tuple[VideoRequest, int]],
        price: Decimal,
        *,
        holder: str,
        is_alive: Callable[[str], bool],
        has_clip: Callable[[str], bool],
    ) -> list[tuple[JobRow, bool]]:
        """Do the same for many takes in one transaction: all of them fit the budget, or none.

        Parameters
        ----------
        wanted : sequence of (VideoRequest, take)
            Each take of a request once.

        Returns
        -------
        list of (row, mine)
            In that order, each as :meth:`begin` gives it.

        Raises
        ------
        BudgetError
            All together do not fit what is left; nothing was written.
        """
        kernel = _Kernel(holder, functools.cache(is_alive), has_clip)
        with self._transaction():
            more = Decimal(0)
            for request, take in wanted:
                row = self._find(service, request.request_hash, take)
                fate = fate_of(row, carried=kernel.leaves(row), has_clip=kernel.has(row))
                more += needed(row, fate, price)
            self._require(service, more)
            return [
                self._begin(service, request, take, price, kernel=kernel, require=lambda *_: None)
                for request, take in wanted
            ]

    # -- inside a transaction -------------------------------------------------------------

    def _find(self, service: str, request_hash: str, take: int) -> JobRow | None:
        found = self._connection.execute(
            "SELECT * FROM jobs WHERE service = ? AND request_hash = ? AND take = ?",
            (service, request_hash, take),
        ).fetchone()
        return None if found is None else job_row(found)

    def _begin(
        self,
        service: str,
        request: VideoRequest,
        take: int,
        price: Decimal,
        *,
        kernel: _Kernel,
        require: Callable[[str, Decimal], None],
    ) -> tuple[JobRow, bool]:
        row = self._find(service, request.request_hash, take)
        if row is None:
            require(service, price)
            return self._new(service, request, take, price, kernel.holder), True
        if kernel.leaves(row):
            return row, False
        lost = not kernel.has(row)
        return self._take_over(row, price, kernel.holder, lost=lost, require=require)

    def _new(
        self, service: str, request: VideoRequest, take: int, price: Decimal, holder: str
    ) -> JobRow:
        self._keep_request(request)
        cursor = self._connection.execute(
            "INSERT INTO jobs (service, request_hash, take, state, price_micros, holder, asked_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                service,
                request.request_hash,
                take,
                JobState.INTENT,
                to_micros(price),
                holder,
                self._stamp(),
            ),
        )
        job_id = cursor.lastrowid
        assert job_id is not None
        end_image = request.end_image.sha256 if request.end_image else None
        asked = RequestRow(
            request.prompt, request.image.sha256, end_image, request.enable_prompt_expansion
        )
        self._index(job_id, asked, "")
        self._log(job_id, JobState.INTENT, "")
        return self._row(job_id)

    def _take_over(
        self,
        row: JobRow,
        price: Decimal,
        holder: str,
        *,
        lost: bool,
        require: Callable[[str, Decimal], None],
    ) -> tuple[JobRow, bool]:
        """Carry on with a row that nobody else carries, as far as that costs nothing new."""
        if row.state is JobState.SENT and row.holder != holder and row.price > 0:
            self._orphan(row.id)
            self._set(row.id, holder=None)
            return self._row(row.id), False
        again = (row.state is JobState.REFUSED and not row.written_off) or (
            row.price == 0
            and (lost or row.state in states.ENDED_WITHOUT_CLIP | {JobState.SENT, JobState.UNKNOWN})
        )
        if again:
            require(row.service, price)
            self._set(
                row.id,
                prediction_id=None,
                error_kind=None,
                error_message=None,
                error_code=None,
                accepted_at=None,
                completed_at=None,
                lag_seconds=None,
                refunded_micros=0,
                written_off=False,
                resumed=False,
                adopted=False,
                price_micros=to_micros(price),
                asked_at=self._stamp(),
                holder=holder,
            )
            self._write(row.id, JobState.INTENT, "asked for again")
            return self._row(row.id), True
        if lost:
            # Paid for: the service may still have it, and asking costs nothing.
            self._set(row.id, holder=holder, resumed=True)
            self._write(row.id, JobState.COMPLETED, "the file is gone")
            return self._row(row.id), True
        if row.state.final:
            if row.removed_at is not None and row.clip_sha256 is not None:
                # Another job shows the same clip, so its file is here.
                self._set(row.id, removed_at=None)
            return self._row(row.id), False
        if row.state is JobState.INTENT and price != row.price:
            # It goes out at today's price: the one of the day it was asked for is free again.
            self._set(row.id, price_micros=0)
            require(row.service, price)
            self._set(row.id, price_micros=to_micros(price))
        self._lease(row, holder)
        return self._row(row.id), True

    def _keep_request(self, request: VideoRequest) -> None:
        frames: tuple[Frame | None, ...] = (request.image, request.end_image)
        for frame in frames:
            if frame is not None:
                self._connection.execute(
                    "INSERT OR IGNORE INTO frames VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        frame.sha256,
                        frame.media_type,
                        frame.width,
                        frame.height,
                        len(frame.data),
                        frame.source_name,
                        self._stamp(),
                    ),
                )
        self._connection.execute(
            "INSERT OR IGNORE INTO requests VALUES (?, ?, ?, ?, ?, ?)",
            (
                request.request_hash,
                request.prompt,
                request.image.sha256,
                request.end_image.sha256 if request.end_image else None,
                request.enable_prompt_expansion,
                self._stamp(),
            ),
        )
