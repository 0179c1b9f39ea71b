"""What the user can do in a comparison that may cost money: run, pause, try again, decide."""

from __future__ import annotations

import contextlib
from decimal import Decimal
from typing import TYPE_CHECKING

from hailuo_widgets.errors import HailuoError, InputError
from hailuo_widgets.money import dollars
from hailuo_widgets.widgets.compare import page_state
from hailuo_widgets.widgets.shared.job_actions import decide
from hailuo_widgets.widgets.shared.quote import question, require_agreement

if TYPE_CHECKING:
    from collections.abc import Callable

    from hailuo_widgets.jobs.runner.job import Job
    from hailuo_widgets.jobs.services.connect import Connections
    from hailuo_widgets.jobs.sweep.dry_run import DryRun
    from hailuo_widgets.jobs.sweep.sweep import Sweep
    from hailuo_widgets.widgets.compare.contents import Contents
    from hailuo_widgets.widgets.compare.items import CompareItem
    from hailuo_widgets.widgets.shared.rpc import Answer, Buffers, Fields, Handler


class Actions:
    """Runs a comparison's sweep and its cells' jobs, at the prices that its page has shown.

    Parameters
    ----------
    sweep : Sweep or None
        What is compared, when it is one.
    connections : callable
        Returns the services, with their prices and limits.
    refresh : callable
        Shows anew how everything stands.
    follow : callable
        Called with a cell's id and the job that takes the place of its earlier one.

    Attributes
    ----------
    dry : DryRun or None
        What running the rest would cost; None without a sweep, or where it cannot be known.
    trouble : str
        Why the sweep does not go on; empty without a reason.
    """

    def __init__(
        self,
        contents: Contents,
        sweep: Sweep | None,
        connections: Callable[[], Connections],
        *,
        refresh: Callable[[], None],
        follow: Callable[[str, Job], None],
    ) -> None:
        self._contents = contents
        self._sweep = sweep
        self._connections = connections
        self._refresh = refresh
        self._follow = follow
        self.dry: DryRun | None = None
        self.trouble = ""

    def handlers(self) -> dict[str, Handler]:
        """Return the handlers by the kind of question."""
        return {
            "run": self._run_pressed,
            "pause": self._pause_pressed,
            "resume": self._run_pressed,
            "retry": self._retry_pressed,
            "decide": self._decided,
        }

    def run(self) -> None:
        """Run the sweep; a refusal becomes the `trouble`."""
        if self._sweep is None:
            return
        try:
            self._sweep.run()
        except HailuoError as error:
            self.trouble = str(error)
        else:
            self.trouble = ""
        self.look_ahead()

    def look_ahead(self) -> None:
        """Find out what running the rest would cost."""
        if self._sweep is None:
            return
        try:
            self.dry = self._sweep.dry_run()
        except HailuoError as error:
            self.dry, self.trouble = None, str(error)

    def may_begin(self) -> bool:
        """Return True if the sweep may run without a press: it costs no more than the limit."""
        if self._sweep is None or self.dry is None:
            return False
        return self.dry.total <= self._connections().named(self._sweep.service).confirm_above

    def retry_state(self, item: CompareItem) -> dict[str, str]:
        """Return the words of a failed cell's button, and what it asks first."""
        price = self._price(item)
        words = page_state.retry_words(item, price)
        return {"retry": words, "confirm": self._question(item, price) if words else ""}

    def _price(self, item: CompareItem) -> Decimal | None:
        """Return what one more try of a failed cell costs; None where it is not known."""
        if item.job is None or item.job.error is None:
            return None
        with contextlib.suppress(HailuoError):
            return self._connections().named(item.job.service).price
        return None

    def _question(self, item: CompareItem, price: Decimal | None) -> str:
        """Return what is asked before a failed cell is tried again; empty: nothing."""
        if item.job is None or not price:
            return ""
        return question(1, price, self._connections().named(item.job.service).confirm_above)

    def _run_pressed(self, fields: Fields, _: Buffers) -> Answer:
        if self._sweep is None:
            raise InputError("There is nothing to run here.")
        self.look_ahead()
        if self.dry is None:
            self._refresh()
            raise InputError(f"{self.trouble} Nothing was sent.")
        now = dollars(self.dry.total)
        try:
            # Running the cell was the first word where it costs much: nothing began by itself.
            require_agreement(fields, shown=fields.get("amount") or dollars(Decimal(0)), now=now)
        except InputError:
            self._refresh()
            raise
        self.run()
        self._refresh()
        return {}, []

    def _pause_pressed(self, _: Fields, __: Buffers) -> Answer:
        if self._sweep is not None:
            self._sweep.pause()
            self.look_ahead()
            self._refresh()
        return {}, []

    def _retry_pressed(self, fields: Fields, _: Buffers) -> Answer:
        item = self._contents.item(fields)
        price, job = self._price(item), item.job
        words = page_state.retry_words(item, price)
        if not words or job is None:
            raise InputError("This cell changed since you pressed the button. Nothing was sent.")
        if fields.get("words") != words:
            self._refresh()
            raise InputError(f"The button now says “{words}”. Nothing was sent. Press it again.")
        require_agreement(fields, shown=words, now=words, confirm=self._question(item, price))
        charged = job.cost
        if self._sweep is not None and item.cell is not None:
            self._sweep.retry(item.cell.index, price=price)
        else:
            self._replace_job(str(fields.get("cell")), job.send_again(price=price))
        item.earlier += charged
        self._refresh()
        return {}, []

    def _decided(self, fields: Fields, _: Buffers) -> Answer:
        item = self._contents.item(fields)
        if item.job is None:
            raise InputError("This cell changed since you pressed the button. Nothing was done.")
        now = decide(item.job, fields)
        if now is not item.job:
            self._replace_job(str(fields.get("cell")), now)
        self._refresh()
        return {}, []

    def _replace_job(self, place: str, job: Job) -> None:
        item = self._contents.items[place]
        if self._sweep is not None and item.cell is not None:
            # The ledger learns it too, so that a later kernel's sweep shows the same take.
            self._sweep.go_on_with(item.cell.index, job)
            return
        item.job = job
        self._follow(place, job)
