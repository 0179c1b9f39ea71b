"""One trial: sessions in which everything breaks, then a morning in which nothing does.

In the morning a fresh process resumes what was left and reconciles. Where the service's list does
not tell two lost submissions apart, a person does, by watching the clips: here it is the truth.
"""

import time

from tests.chaos import invariants
from tests.chaos.fault_phase import Day
from tests.chaos.faulty_proxy import Proxy
from tests.chaos.process_pool import ProcessPool
from tests.chaos.quirks import HOUR
from tests.chaos.schedule import Kernel, draw
from tests.chaos.service import Service, World
from tests.chaos.tunnel import Trust
from tests.support import samples

NIGHT_SECONDS = 4 * HOUR
"""Longer than the service takes to refund."""

MORNINGS = 20
"""A busy machine may use up the kit's patience, which runs a thousand times faster here."""


class Laboratory:
    """An emulator, a proxy and a pool, for one trial after another.

    Parameters
    ----------
    folder : Path
        For the emulator's state and the libraries.

    Attributes
    ----------
    service, proxy, trust, world
        What one trial after the other meets.
    """

    def __init__(self, folder):
        self.folder = folder
        self._pool = ProcessPool()  # first: it must not inherit what is opened later
        self.world = World(time.time())
        clip = samples.clip(frames=3, width=64, height=36)
        self.service = Service(folder / "service", self.world, clip)
        self.trust = Trust(folder)
        self.proxy = Proxy(self.service.port, self.trust)
        self.service.on_end = self.proxy.cut_off

    def close(self):
        """End everything."""
        self._pool.close()
        self.service.close()
        self.proxy.close()

    def run(self, seed):
        """Run the trial of a number."""
        began = time.perf_counter()
        trial = _Trial(self, draw(seed), self.folder)
        try:
            trial.go()
        finally:
            trial.clean()
        trial.result.seconds = time.perf_counter() - began
        return trial.result

    def worker(self, script):
        """Fork a worker."""
        return self._pool.worker(script)


class _Trial(Day):
    """One trial on its way."""

    def go(self):
        """Run it and judge it."""
        self._service.reset(**self._plan.settings)
        for session in self._plan.sessions:
            self._session(session)
        self.result.counts.update(
            {f"Q{number}": count for number, count in self._service.struck().items()}
        )
        self._service.clear_faults()
        self._judge(self._night(invariants.rows_of(self._shelf.path)))
        self._service.advance(NIGHT_SECONDS)
        for shape in self._plan.shapes:
            self._service.fault(shape)
        for number in range(MORNINGS):
            money = self._morning(first=number == 0)
            rows = invariants.rows_of(self._shelf.path)
            if money is None or all(row.state in invariants.ENDS | {"intent"} for row in rows):
                break
        if money is None:
            return
        predictions = self._predictions()
        budget = self._plan.budget + self._slack
        self._judge(
            invariants.settled(rows, predictions, self._bill(), budget, money, self._mistaken)
        )
        self._judge(self._night(rows))
        if not self._buried and not self._foreign:
            self._judge(invariants.reconciled(money, rows, predictions))
        counts = self.result.counts
        counts["predictions accepted"] += len(predictions)
        counts["refunds"] += sum(row.refunded > 0 for row in rows)
        counts["POSTs"] += len(self._exchanges)
        counts["answers lost"] += sum(invariants.verdict(e) == "ambiguous" for e in self._exchanges)
        counts.update(f"ended {row.state}" for row in rows)

    def _night(self, rows):
        return invariants.at_night(
            rows, self._exchanges, self._predictions(), self._allowed(), self._mistaken
        )

    # -- the morning ----------------------------------------------------------------------

    def _morning(self, *, first):
        """Resume and reconcile in a fresh process; what it then says of money, or None."""
        before = invariants.rows_of(self._shelf.path)
        kernel = Kernel((), clock=(NIGHT_SECONDS, 0.0))
        watch = self._start_worker(kernel, morning=True)
        self._attend([watch], lambda shown: self._person(before, shown, first=first))
        self._remember(watch)
        money = [message[1] for message in watch.heard if message[0] == "money"]
        if not money:
            self.result.problems.append(f"the morning ended early: {watch.heard[-2:]}")
            return None
        return money[0]

    def _person(self, before, shown, *, first):
        """Look at what a fresh process shows; decide about everything that is in doubt.

        Parameters
        ----------
        shown : list of Shown
            The jobs it lists, once it has done all that it does by itself.

        Returns
        -------
        dict
            What to do about which of them.
        """
        rows = invariants.rows_of(self._shelf.path)
        if first:  # what is written off later was unknown then
            self._judge(invariants.lost_are_unknown(rows, self._exchanges, deadly=self._deadly))
        predictions = self._predictions()
        self._judge(invariants.all_listed(before, shown))
        self._judge(invariants.all_found(rows, shown, predictions, self._mistaken))
        swaps = invariants.swapped(rows, predictions, self._mistaken)
        known = {row.prediction for row in rows}
        homeless = [each for each in predictions if each["id"] not in known]
        decisions = {}
        for job in shown:
            if job.never_sent:
                decisions[job.number] = (self._dice.choice(("withdraw", "leave", "send")), None)
            elif job.state == "unknown":
                own = next((e for e in homeless if e["prompt"] == job.prompt), None)
                if own is None:
                    # Its own was taken unseen for another's: that one's is its now.
                    left = (e for e in homeless if job.prompt in swaps.get(e["prompt"], ()))
                    own = next(left, None)
                    if own is not None:
                        self._mistaken.add(own["id"])
                        self.result.counts["mistaken for another's"] += 1
                if own is not None:
                    homeless.remove(own)
                    decisions[job.number] = ("adopt", own["id"])
                    self.result.counts["adopted"] += 1
                else:
                    choices = ("write off", "leave", "send") if job.may_write_off else ("leave",)
                    decisions[job.number] = (self._dice.choice(choices), None)
        return decisions
