"""Cells asked for as one: run, paused, tried again, waited for."""

from __future__ import annotations

import contextlib
import functools
import threading
import time
from typing import TYPE_CHECKING, Any, Self

from hailuo_widgets import errors
from hailuo_widgets.jobs.runner.observable import Observable
from hailuo_widgets.jobs.runner.runner import withdraw_all
from hailuo_widgets.jobs.services.connect import WAVESPEED, connections
from hailuo_widgets.jobs.sweep.cell import SweepCell
from hailuo_widgets.jobs.sweep.dry_run import DryRun, dry_run, look
from hailuo_widgets.jobs.sweep.shared_frames import keep_shared_frames
from hailuo_widgets.jobs.wavespeed import price as prices
from hailuo_widgets.library.ledger.states import JobState

if TYPE_CHECKING:
    from collections.abc import Generator
    from decimal import Decimal

    from hailuo_widgets.jobs.runner.job import Job
    from hailuo_widgets.jobs.runner.runner import Runner
    from hailuo_widgets.jobs.services.connect import Connection
    from hailuo_widgets.request.sweep.grid import Cell, Factor, SweepPlan


class SweepRun(Observable):
    """The part of a sweep that runs.

    Parameters
    ----------
    plan : Plan
        Its cells, laid out.
    service : str, optional
        ``"emulator"`` or ``"wavespeed"``; default: the one that ``connect`` chose last.
    connection, runner : optional
        The service and the runner, where they are not the process's own.

    Attributes
    ----------
    cells : tuple of SweepCell
        In row-major order.
    """

    def __init__(
        self,
        plan: SweepPlan,
        service: str | None = None,
        connection: Connection | None = None,
        runner: Runner | None = None,
    ) -> None:
        super().__init__()
        self._plan = plan
        self._given = connection
        self._runner_given = runner
        self._service = (connection or connections().planned(service)).service
        self.cells = tuple(SweepCell(cell) for cell in plan.cells)
        self._notes: dict[str, None] = {}
        self._agreed: DryRun | None = None
        # One call of run, pause or retry at a time; observers never take it.
        self._working = threading.RLock()

    @property
    def factors(self) -> tuple[Factor, ...]:
        """What varies, or is the same for all; each with its levels."""
        return self._plan.factors

    @property
    def service(self) -> str:
        """``"emulator"`` (free drafts) or ``"wavespeed"`` (paid)."""
        return self._service

    @property
    def price(self) -> Decimal:
        """What one more generation costs now, in US dollars, as far as that is known."""
        return self._connection().price

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know besides, e.g. that a picture could not be uploaded."""
        return tuple(self._notes)

    @property
    def failed(self) -> tuple[SweepCell, ...]:
        """The cells that have ended without a clip; each says why in `error`."""
        return tuple(cell for cell in self.cells if cell.ended and cell.error)

    @property
    def ended(self) -> bool:
        """True if nothing more will happen by itself."""
        return all(cell.ended for cell in self.cells)

    def __repr__(self) -> str:
        varies = " x ".join(
            f"{len(factor.levels)} {factor.name}"
            for factor in self.factors
            if len(factor.levels) > 1
        )
        jobs = [cell.job for cell in self.cells if cell.job is not None]
        here = sum(job.clip is not None for job in jobs)
        failed = f", {len(self.failed)} without a clip" if self.failed else ""
        wanted = sum(not cell.skipped for cell in self.cells)
        stands = f"{here} of {wanted} here{failed}" if jobs else "none asked for"
        shape, counted = f": {varies}" if varies else "", len(self.cells)
        return f"<Sweep of {counted} cell{'s' * (counted != 1)}{shape} · {stands}>"

    # -- asking ---------------------------------------------------------------------------

    def dry_run(self) -> DryRun:
        """Return what running it would do and cost, cell by cell; sends nothing, needs no network.

        Returns
        -------
        DryRun
            Shows itself as a table, with the total in dollars, what is left of the budget, and
            the time under the account's tier.

        Raises
        ------
        LibraryError
            The library cannot be read.
        """
        connection = self._connection()
        found = dry_run(self._plan.cells, connection, self._take_of)
        self._agreed = found
        return found

    def run(self) -> Self:
        """Ask for every cell, in order; returns at once (some seconds for thousands of cells).

        What the library holds comes from there, what is on its way is joined, and what was never
        sent is sent. Calling it again is harmless, and is how a sweep goes on after a pause or in
        a new kernel.

        Raises
        ------
        BudgetError
            All that is new together would cost more than is left; nothing at all was sent.
        PriceChangedError
            A generation costs something else than the dry run said; nothing was sent.
        InputError, LibraryError
            The service is not connected, more would be sent than the dry run said, or the library
            cannot be used.
        """
        with self._working:
            connection = self._given or connections().named(self._service)
            agreed, self._agreed = self._agreed, None
            price = connection.price
            lines = look(self._plan.cells, connection, self._take_of, price)
            asked = [line for line in lines if line.disposition is not None]
            sending = [self.cells[line.index] for line in asked if line.sends]
            if sending and agreed is not None and agreed.price != price:
                raise prices.changed(agreed.price, price)
            cells = [self.cells[line.index] for line in asked]
            wanted = [(cell.request, line.take) for cell, line in zip(cells, asked, strict=True)]
            shared = keep_shared_frames([cell.request for cell in sending], connection)
            at_most = None if agreed is None else agreed.total
            jobs = self._runner().ask_all(connection, wanted, price, shared, at_most=at_most)
            for cell, job in zip(cells, jobs, strict=True):
                self._follow(cell, job)
        self._tell()
        return self

    def pause(self) -> Self:
        """Withdraw what has not left yet; what is at the service goes on.

        Its money is free again, and `resume` asks for it once more. Not to be called by observers.

        Raises
        ------
        LibraryError
            The library cannot be written; nothing was withdrawn.
        """
        with self._working:
            waiting = {
                cell.job: cell
                for cell in self.cells
                if cell.job is not None and not cell.job.done and cell.job.state is JobState.INTENT
            }
            for cell in waiting.values():
                cell.withdrawn = True  # before its job says so
            left: list[Job] = []
            try:
                left = withdraw_all(waiting)
            finally:
                for job in waiting.keys() - set(left):
                    waiting[job].withdrawn = False
        self._tell()
        return self

    def resume(self) -> Self:
        """Ask for what is left; the same as `run`."""
        return self.run()

    def retry(self, index: int, *, price: Decimal | None = None) -> Job:
        """Try one failed cell again, alone, at its price.

        What was refused or never left is sent as the take it is. A paid generation that failed
        becomes another take: the service charged for it and refunds it later. A cell that may have
        been billed waits for your word (see ``sweep.cells[index].job``).

        Parameters
        ----------
        index : int
            The cell's place.
        price : Decimal, optional
            What the user was shown, in US dollars.

        Returns
        -------
        Job
            The cell's job from now on.

        Raises
        ------
        InputError
            The cell has not failed.
        BudgetError, LibraryError
            As :func:`hailuo_widgets.generate` does; nothing was sent then.
        """
        with self._working:
            cell = self._cell(index)
            job = cell.job
            if job is None or not job.done or job.clip is not None or cell.skipped:
                raise errors.InputError(
                    f"Cell {index} has not failed: it is {cell.stands}. Nothing was sent."
                )
            if job.state is JobState.UNKNOWN and self.service == WAVESPEED:
                raise errors.InputError(
                    f"Cell {index} may have been billed, so it is not sent again by this. Look at "
                    f"sweep.cells[{index}].job: adopt the prediction that is yours, keep_looking(), "
                    "or send_again() to pay for another take besides it. Nothing was sent."
                )
            again = job.send_again(price=price)
            self.go_on_with(index, again)
        return again

    def go_on_with(self, index: int, job: Job) -> None:
        """Let another take stand for a cell, in this kernel and in later ones.

        For what ``sweep.cells[index].job.send_again()`` gives; `retry` does it by itself.

        Raises
        ------
        InputError
            It is a job of another request or service.
        """
        with self._working:
            cell = self._cell(index)
            if job.request != cell.request or job.service != self.service:
                raise errors.InputError(
                    f"That job asks for something else than cell {index}. Nothing was changed."
                )
            before = cell.job.row_id if cell.job is not None else None
            self._follow(cell, job)
            if before is not None and job.row_id is not None and before < job.row_id:
                try:
                    self._connection().library.ledger.transitions.record_retry(before, job.row_id)
                except errors.LibraryError as error:
                    self._notes[f"Another kernel will not know of this new take: {error}"] = None
        self._tell()

    # -- waiting --------------------------------------------------------------------------

    def wait(self, timeout: float | None = None) -> Self:
        """Block until every cell has ended; a cell that fails raises nothing, see `failed`.

        Parameters
        ----------
        timeout : float, optional
            Seconds of patience; default: no limit. When it ends, the sweep goes on.

        Raises
        ------
        WaitTimeoutError
            Patience ended first.
        """
        until = None if timeout is None else time.monotonic() + timeout
        while (job := self._first_on_its_way()) is not None:
            left = None if until is None else max(0.0, until - time.monotonic())
            try:
                job.wait(left)
            except errors.WaitTimeoutError:
                if not job.done:
                    raise errors.WaitTimeoutError(
                        f"Not every cell has ended after {timeout:g} s of waiting: {self!r}. The "
                        "sweep goes on and nothing is sent again: wait for it again."
                    ) from None
            except errors.HailuoError:
                pass  # the cell shows it
        return self

    def __await__(self) -> Generator[Any, None, Self]:
        return self._ended().__await__()

    async def _ended(self) -> Self:
        while (job := self._first_on_its_way()) is not None:
            with contextlib.suppress(errors.HailuoError):
                await job
        return self

    def _first_on_its_way(self) -> Job | None:
        jobs = (cell.job for cell in self.cells)
        return next((job for job in jobs if job is not None and not job.done), None)

    def _connection(self) -> Connection:
        """Return who would be asked: for planning, the paid service need not be connected."""
        return self._given or connections().planned(self._service)

    def _runner(self) -> Runner:
        from hailuo_widgets.jobs.runner import api  # noqa: PLC0415  it stands on all of this package

        return self._runner_given or api.shared()

    def _cell(self, index: int) -> SweepCell:
        if type(index) is not int or not 0 <= index < len(self.cells):
            raise errors.InputError(
                f"There is no cell {str(index)[:20]}; they go from 0 to {len(self.cells) - 1}. "
                "Nothing was sent."
            )
        return self.cells[index]

    def _take_of(self, cell: Cell) -> int:
        return self.cells[cell.index].take

    def _follow(self, cell: SweepCell, job: Job) -> None:
        if cell.job is job:
            cell.withdrawn = False
            return
        # The first call comes at once, while the cell still has another job, and is ignored.
        job.observe(functools.partial(self._job_changed, cell))
        cell.withdrawn = False
        cell.job = job
        if job.note:
            self._notes[job.note] = None

    def _job_changed(self, cell: SweepCell, job: Job) -> None:
        if cell.job is not job:
            return
        if job.note:
            self._notes[job.note] = None
        self._tell()
