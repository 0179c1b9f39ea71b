"""Writing down that a take is wanted, or finding that it was wanted before."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from hailuo_widgets import service as facts
from hailuo_widgets.library.ledger import states
from hailuo_widgets.library.ledger.jobs_table import NO_ERROR, ODD_SERVICES
from hailuo_widgets.library.ledger.records import JobRow, RequestRow
from hailuo_widgets.library.ledger.search_text import index_job
from hailuo_widgets.library.ledger.states import JobState
from hailuo_widgets.money import to_micros

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from hailuo_widgets.frame.frame import Frame
    from hailuo_widgets.library.ledger.database import Database
    from hailuo_widgets.library.ledger.jobs_table import JobsTable
    from hailuo_widgets.request.video_request import VideoRequest


class Caller(NamedTuple):
    """The process that asks, and what it knows of other processes and of files."""

    holder: str
    is_alive: Callable[[str], bool]
    has_clip: Callable[[str], bool]

    def is_held_elsewhere(self, row: JobRow | None) -> bool:
        """Return True if another process that lives holds it."""
        holder = None if row is None else row.holder
        return holder is not None and holder != self.holder and self.is_alive(holder)

    def has_file(self, row: JobRow | None) -> bool:
        """Return True unless it has a clip whose file is gone."""
        return row is None or row.clip_sha256 is None or self.has_clip(row.clip_sha256)


class Terms(NamedTuple):
    """At what price a take may be sent, and the check of the budget for it."""

    price: Decimal
    require: Callable[[str, Decimal], None]


class TakeWriter:
    """Writes one take at a time. Every method is called inside a transaction of its database."""

    def __init__(self, database: Database, table: JobsTable) -> None:
        self._database = database
        self._table = table

    def find(self, service: str, request_hash: str, take: int) -> JobRow | None:
        """Return the take's row; one whose service is damaged may be any service's."""
        rows = self._table.select(
            f"service IN (SELECT ? UNION ALL {ODD_SERVICES}) AND request_hash = ? AND take = ? LIMIT 2",
            (service, request_hash, take),
        )
        return next((row for row in rows if row.damage), rows[0] if rows else None)

    def begin(
        self, service: str, request: VideoRequest, take: int, *, terms: Terms, caller: Caller
    ) -> tuple[JobRow, bool]:
        """Return the take's row, made where there is none, and whether the caller now holds it."""
        row = self.find(service, request.request_hash, take)
        if row is None:
            terms.require(service, terms.price)
            return self._insert(service, request, take, terms.price, caller.holder), True
        if row.damage or caller.is_held_elsewhere(row):
            # What a damaged row was asked for may have been paid: it is never sent again.
            return row, False
        mine = self._take_over(row, terms, caller.holder, lost=not caller.has_file(row))
        return self._table.row(row.id), mine

    def _insert(
        self, service: str, request: VideoRequest, take: int, price: Decimal, holder: str
    ) -> JobRow:
        self._keep_request(request)
        cursor = self._database.connection.execute(
            "INSERT INTO jobs (service, request_hash, take, state, price_micros, holder, asked_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                service,
                request.request_hash,
                take,
                JobState.INTENT,
                to_micros(price),
                holder,
                self._database.stamp(),
            ),
        )
        job_id = cursor.lastrowid
        assert job_id is not None
        end_image = request.end_image.sha256 if request.end_image else None
        row = RequestRow(
            request.prompt, request.image.sha256, end_image, request.enable_prompt_expansion
        )
        index_job(self._database.connection, job_id, row, "")
        self._table.log(job_id, JobState.INTENT, "")
        return self._table.row(job_id)

    def _take_over(self, row: JobRow, terms: Terms, holder: str, *, lost: bool) -> bool:
        """Go on with a row that no other process holds, as far as that costs nothing new.

        Returns
        -------
        bool
            True if the caller holds it now; False when there is nothing to be done for it.
        """
        if row.state is JobState.SENT and row.holder != holder and row.price > 0:
            self._table.set_orphaned(row.id)
            self._table.update(row.id, holder=None)
            return False
        if _may_be_sent_again(row, lost=lost):
            self._restart(row, terms, holder)
        elif lost:
            # Paid for: the service may still have it, and asking costs nothing.
            self._table.update(row.id, holder=holder, resumed=True)
            self._table.set_state(row.id, JobState.COMPLETED, "the file is gone")
        elif self._may_return(row):
            # The service said that it was gone. Asking again costs nothing, and it may be back.
            self._table.update(
                row.id, state=JobState.ACCEPTED, finished_at=None, holder=holder, resumed=True
            )
            self._table.log(row.id, JobState.ACCEPTED, "looked for again")
        elif row.state.final:
            if row.removed_at is not None and row.clip_sha256 is not None:
                # Another job shows the same clip, so its file is here.
                self._table.update(row.id, removed_at=None)
            return False
        else:
            if row.state is JobState.INTENT and terms.price != row.held:
                self._reprice(row, terms)
            self._table.lease(row, holder)
        return True

    def _restart(self, row: JobRow, terms: Terms, holder: str) -> None:
        """Ask for a take once more, at today's price, as if it were new."""
        terms.require(row.service, terms.price)
        self._table.update(
            row.id,
            **NO_ERROR,
            prediction_id=None,
            accepted_at=None,
            completed_at=None,
            lag_seconds=None,
            refunded_micros=0,
            written_off=False,
            resumed=False,
            adopted=False,
            price_micros=to_micros(terms.price),
            asked_at=self._database.stamp(),
            holder=holder,
        )
        self._table.set_state(row.id, JobState.INTENT, "asked for again")

    def _reprice(self, row: JobRow, terms: Terms) -> None:
        """Let a take that was never sent go out at today's price.

        The price of the day it was asked for is free again; one that was let go of holds none.
        """
        self._table.update(row.id, state=JobState.REFUSED)
        terms.require(row.service, terms.price)
        self._table.update(row.id, state=JobState.INTENT, price_micros=to_micros(terms.price))

    def _may_return(self, row: JobRow) -> bool:
        """Return True if a paid prediction that was deleted is young enough to be there again."""
        age = self._database.now() - (row.sent_at or row.asked_at)
        return (
            row.state is JobState.DELETED
            and row.prediction_id is not None
            and age < timedelta(days=facts.RETENTION_DAYS)
        )

    def _keep_request(self, request: VideoRequest) -> None:
        frames: tuple[Frame | None, ...] = (request.image, request.end_image)
        for frame in frames:
            if frame is not None:
                self._database.connection.execute(
                    "INSERT OR IGNORE INTO frames VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        frame.sha256,
                        frame.media_type,
                        frame.width,
                        frame.height,
                        len(frame.data),
                        frame.source_name,
                        self._database.stamp(),
                    ),
                )
        self._database.connection.execute(
            "INSERT OR IGNORE INTO requests VALUES (?, ?, ?, ?, ?, ?)",
            (
                request.request_hash,
                request.prompt,
                request.image.sha256,
                request.end_image.sha256 if request.end_image else None,
                request.enable_prompt_expansion,
                self._database.stamp(),
            ),
        )


def _may_be_sent_again(row: JobRow, *, lost: bool) -> bool:
    """Return True if sending it once more cannot charge twice: a draft, or a refused one."""
    if row.state is JobState.REFUSED and not row.written_off:
        return True
    ended = states.ENDED_WITHOUT_CLIP | {JobState.SENT, JobState.UNKNOWN}
    return row.price == 0 and (lost or row.state in ended)
