"""One trial: sessions in which everything breaks, then a morning in which nothing does.

In the morning a fresh process resumes what was left and reconciles. Where the service's list does
not tell two lost submissions apart, a person does, by watching the clips: here it is the truth.
"""

import dataclasses
import random
import shutil
import time
from collections import Counter
from multiprocessing.connection import wait

import samples
from chaos import oracle
from chaos.carrier import PATIENCE_SECONDS, WEARY_SECONDS, Script
from chaos.nursery import Nursery
from chaos.plan import HOUR, Kernel, draw
from chaos.proxy import Proxy
from chaos.service import Service, World
from hailuo_widgets.request import service as facts

NIGHT_SECONDS = 4 * HOUR
"""Longer than the service takes to refund."""

MORNINGS = 3
"""A busy machine may use up the kit's patience, which runs a thousand times faster here."""


@dataclasses.dataclass
class Result:
    """How a trial went.

    Attributes
    ----------
    problems : list of str
        What did not hold; empty when all is well.
    counts : Counter
        Figures of what happened.
    """

    seed: int
    problems: list[str] = dataclasses.field(default_factory=list)
    counts: Counter = dataclasses.field(default_factory=Counter)
    seconds: float = 0.0


class Laboratory:
    """An emulator, a proxy and a nursery, for one trial after another.

    Parameters
    ----------
    folder : Path
        For the emulator's state and the libraries.
    """

    def __init__(self, folder):
        self._folder = folder
        self._nursery = Nursery()  # first: it must not inherit what is opened later
        self.world = World(time.time())
        clip = samples.clip(frames=3, width=64, height=36)
        self.service = Service(folder / "service", self.world, clip)
        self.proxy = Proxy(self.service.port)

    def close(self):
        """End everything."""
        self._nursery.close()
        self.service.close()
        self.proxy.close()

    def run(self, seed):
        """Run the trial of a number."""
        began = time.perf_counter()
        trial = _Trial(self, draw(seed), self._folder / f"library-{seed}")
        try:
            trial.go()
        finally:
            trial.clean()
        trial.result.seconds = time.perf_counter() - began
        return trial.result

    def carrier(self, script):
        """Give birth to a carrier."""
        return self._nursery.carrier(script)


class _Trial:
    """One trial on its way."""

    def __init__(self, laboratory, plan, library):
        self.result = Result(plan.seed)
        self._laboratory = laboratory
        self._service = laboratory.service
        self._plan = plan
        self._library = library
        self._doors = []
        self._exchanges = []
        self._asked = set()
        self._mistaken = set()
        self._more = Counter()
        self._deadly = False
        self._dice = random.Random(f"person {plan.seed}")

    def clean(self):
        """Leave nothing behind."""
        for door in self._doors:
            self._laboratory.proxy.shut(door)
        shutil.rmtree(self._library, ignore_errors=True)

    def go(self):
        """Run it and judge it."""
        self._service.reset(**self._plan.settings)
        for session in self._plan.sessions:
            self._session(session)
        self.result.counts.update(
            {f"Q{number}": count for number, count in self._service.struck().items()}
        )
        self._service.clear_faults()
        self._judge(
            oracle.at_night(
                oracle.rows_of(self._library),
                self._exchanges,
                self._service.predictions(),
                self._allowed(),
                self._mistaken,
            )
        )
        self._service.advance(NIGHT_SECONDS)
        for shape in self._plan.shapes:
            self._service.fault(shape)
        for number in range(MORNINGS):
            money = self._morning(first=number == 0)
            rows = oracle.rows_of(self._library)
            if money is None or all(row.state in oracle.ENDS | {"intent"} for row in rows):
                break
        if money is None:
            return
        predictions, bill = self._service.predictions(), self._service.bill()
        self._judge(
            oracle.settled(rows, predictions, bill, self._plan.budget, money, self._mistaken)
        )
        self._judge(
            oracle.at_night(rows, self._exchanges, predictions, self._allowed(), self._mistaken)
        )
        self._judge(oracle.reconciled(money, rows, predictions))
        counts = self.result.counts
        counts["predictions accepted"] += len(predictions)
        counts["refunds"] += sum(row.refunded > 0 for row in rows)
        counts["POSTs"] += len(self._exchanges)
        counts["answers lost"] += sum(oracle.verdict(e) == "ambiguous" for e in self._exchanges)
        counts.update(f"ended {row.state}" for row in rows)

    def _judge(self, problems):
        self.result.problems.extend(problems)

    def _allowed(self):
        """How many takes of each prompt a person has asked for."""
        return Counter(prompt for prompt, _ in self._asked) + self._more

    # -- the day --------------------------------------------------------------------------

    def _session(self, session):
        for fault in session.faults:
            self._service.fault(fault)
        weary = any(kernel.disk_bytes is not None for kernel in session.kernels)
        born = [self._birth(kernel, weary=weary) for kernel in session.kernels]
        self._attend([carrier for carrier, _ in born])
        for (carrier, door), kernel in zip(born, session.kernels, strict=True):
            self._remember(carrier, door)
            lived = carrier.heard[-1:] == [("done",)]
            self.result.counts["carriers"] += 1
            if not lived:
                self.result.counts[f"killed: {kernel.death.kind if kernel.death else '?'}"] += 1
            if lived and kernel.disk_bytes is None and len(born) == 1:
                prompts = [press.prompt for press in kernel.presses]
                self._judge(oracle.shown_at_once(carrier.heard, door.exchanges, prompts))
            self._deadly |= not lived or kernel.disk_bytes is not None

    def _birth(self, kernel, *, weary=False, morning=False):
        mortal = []
        left = kernel.death.nth if kernel.death else 0

        def on_event(step):
            nonlocal left
            if kernel.death.where == step:
                left -= 1
                if left == 0 and mortal:
                    mortal[0].kill()

        hears = {"on_event": on_event} if kernel.death and kernel.death.kind == "wire" else {}
        door = self._laboratory.proxy.open(kernel.mischief, **hears)
        self._doors.append(door)
        script = Script(
            kernel,
            self._library,
            door.url,
            self._plan.budget,
            self._plan.tier,
            self._laboratory.world.began,
            patience=WEARY_SECONDS if weary else PATIENCE_SECONDS,
            weary=weary,
            wait_for_price=self._plan.price != facts.PRICE,
            morning=morning,
        )
        mortal.append(self._laboratory.carrier(script))
        return mortal[0], door

    def _attend(self, carriers, answer=None):
        """Listen to carriers until all are gone."""
        deadline = time.monotonic() + 3 * PATIENCE_SECONDS
        while alive := {each.connection: each for each in carriers if each.alive}:
            for ready in wait(list(alive), max(0.0, deadline - time.monotonic())):
                message = alive[ready].listen()
                if message and message[0] == "question":
                    alive[ready].tell(answer(message[1]))
            if time.monotonic() > deadline:
                for each in alive.values():
                    each.kill()
                    self.result.problems.append(f"a carrier did not end: {each.heard[-3:]}")
                deadline += PATIENCE_SECONDS

    def _remember(self, carrier, door):
        self._exchanges += [each for each in door.exchanges if each.target == "submit"]
        for message in carrier.heard:
            if message[0] == "broken":
                self.result.problems.append(f"a carrier broke: {message[1]}")
            elif message[0] == "press" and message[2].take == "another":
                self._more[message[2].prompt] += 1
            elif message[0] == "press":
                self._asked.add((message[2].prompt, message[2].take))
            elif message[0] == "weary":
                self._deadly = True
                self.result.counts["given up on a full disk"] += 1
            elif message[0] == "adopt":
                self._mistaken.add(message[2])
            elif message[0] == "again":
                self._more[message[1]] += 1

    # -- the morning ----------------------------------------------------------------------

    def _morning(self, *, first):
        """Resume and reconcile in a fresh process; what it then says of money, or None."""
        before = oracle.rows_of(self._library)
        kernel = Kernel((), clock=(NIGHT_SECONDS, 0.0))
        carrier, door = self._birth(kernel, morning=True)
        self._attend([carrier], lambda shown: self._person(before, shown, first=first))
        self._remember(carrier, door)
        money = [message[1] for message in carrier.heard if message[0] == "money"]
        if not money:
            self.result.problems.append(f"the morning ended early: {carrier.heard[-2:]}")
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
        rows = oracle.rows_of(self._library)
        if first:  # what is written off later was unknown then
            self._judge(oracle.lost_are_unknown(rows, self._exchanges, deadly=self._deadly))
        predictions = self._service.predictions()
        self._judge(oracle.all_listed(before, shown))
        self._judge(oracle.all_found(rows, shown, predictions, self._mistaken))
        swaps = oracle.swapped(rows, predictions, self._mistaken)
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
