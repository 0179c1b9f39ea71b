"""The ledger: requests, jobs, states and money, in one SQLite file.

The unique key over (service, request, take) is what makes a second paid submission of the same
take impossible, whoever tries it.
"""

from __future__ import annotations

import functools
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from hailuo_widgets import service as facts
from hailuo_widgets.errors import InputError
from hailuo_widgets.files.presence import NOTHING_SENT
from hailuo_widgets.library.ledger import states
from hailuo_widgets.library.ledger.annotations import Annotations
from hailuo_widgets.library.ledger.budget import BudgetQueries
from hailuo_widgets.library.ledger.database import ODD_SERVICES
from hailuo_widgets.library.ledger.disposition import disposition_of, needed
from hailuo_widgets.library.ledger.history import History
from hailuo_widgets.library.ledger.queries import JobQueries
from hailuo_widgets.library.ledger.records import Failure, JobRow, RequestRow
from hailuo_widgets.library.ledger.send_queue import SendQueueTable
from hailuo_widgets.library.ledger.states import JobState
from hailuo_widgets.library.ledger.uploads import Uploads
from hailuo_widgets.money import dollars, to_micros

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hailuo_widgets.frame.frame import Frame
    from hailuo_widgets.request.video_request import VideoRequest

_MOST_TAKES: Final = 2**53

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


class Ledger(SendQueueTable, BudgetQueries, JobQueries, History, Annotations, Uploads):
    """The one door to the library's SQLite file. Safe to use from several threads.

    Its parts: asking is here; states change in :mod:`transitions` and the queue is in
    :mod:`send_queue`; money is in :mod:`budget`, reading in :mod:`queries`, what people browse in
    :mod:`history`, what they add to it in :mod:`annotations`, and frames that were uploaded in
    :mod:`uploads`.

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
        with self._transaction(NOTHING_SENT) as connection:
            if take is None:
                (take,) = connection.execute(
                    "SELECT COALESCE(MAX(take), 0) + 1 FROM jobs"
                    " WHERE service = ? AND request_hash = ? AND take < ?",
                    (service, request.request_hash, _MOST_TAKES),
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
        at_most: Decimal | None = None,
    ) -> list[tuple[JobRow, bool]]:
        """Do the same for many takes in one transaction: all of them fit the budget, or none.

        Parameters
        ----------
        wanted : sequence of (VideoRequest, take)
            Each take of a request once.
        at_most : Decimal, optional
            US dollars that a person agreed to for all that this sends; default: no limit but the
            budget.

        Returns
        -------
        list of (row, mine)
            In that order, each as :meth:`begin` gives it.

        Raises
        ------
        BudgetError
            All together do not fit what is left; nothing was written.
        InputError
            More would be sent than was agreed to; nothing was written.
        """
        kernel = _Kernel(holder, functools.cache(is_alive), has_clip)
        with self._transaction(NOTHING_SENT):
            more = cost = Decimal(0)
            for request, take in wanted:
                row = self._find(service, request.request_hash, take)
                fate = disposition_of(row, carried=kernel.leaves(row), has_clip=kernel.has(row))
                more += needed(row, fate, price)
                cost += price if fate.sends else 0
            if at_most is not None and cost > at_most:
                raise InputError(
                    f"This would cost {dollars(cost)} now; you agreed to {dollars(at_most)}. "
                    "Nothing was sent. Press again to accept it."
                )
            self._require(service, more)
            return [
                self._begin(service, request, take, price, kernel=kernel, require=lambda *_: None)
                for request, take in wanted
            ]

    # -- inside a transaction -------------------------------------------------------------

    def _find(self, service: str, request_hash: str, take: int) -> JobRow | None:
        """Find the take's row; one whose service is damaged may be any service's."""
        found = self._jobs(
            f"service IN (SELECT ? UNION ALL {ODD_SERVICES}) AND request_hash = ? AND take = ? LIMIT 2",
            (service, request_hash, take),
        )
        return next((row for row in found if row.damage), found[0] if found else None)

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
        if row.damage or kernel.leaves(row):
            # What a damaged row was asked for may have been paid: it is never sent again.
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
        if self._may_return(row):
            # The service said that it was gone. Asking again costs nothing, and it may be back.
            self._set(
                row.id, state=JobState.ACCEPTED, finished_at=None, holder=holder, resumed=True
            )
            self._log(row.id, JobState.ACCEPTED, "looked for again")
            return self._row(row.id), True
        if row.state.final:
            if row.removed_at is not None and row.clip_sha256 is not None:
                # Another job shows the same clip, so its file is here.
                self._set(row.id, removed_at=None)
            return self._row(row.id), False
        if row.state is JobState.INTENT and price != row.held:
            # It goes out at today's price: the one of the day it was asked for is free again. One
            # that was let go of holds none.
            self._set(row.id, state=JobState.REFUSED)
            require(row.service, price)
            self._set(row.id, state=JobState.INTENT, price_micros=to_micros(price))
        self._lease(row, holder)
        return self._row(row.id), True

    def _may_return(self, row: JobRow) -> bool:
        """Whether a paid record that was gone is young enough to be there again."""
        age = self._now() - (row.sent_at or row.asked_at)
        return (
            row.state is JobState.DELETED
            and row.prediction_id is not None
            and age < timedelta(days=facts.RETENTION_DAYS)
        )

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
