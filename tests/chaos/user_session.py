"""What a worker does in its life: a person who presses, waits, reads and decides."""

import contextlib
import math
import os
import sys
import threading
import time
import traceback

from tests.chaos import process_faults
from tests.chaos.invariants import Shown
from tests.chaos.reasons import Ended
from tests.chaos.service import KEY, World, hurried_clock

HOME = 1000
"""From here on, numbers mean jobs that were taken up."""

LOADED = {}
"""What was made before the fork: the frame that everybody sends."""


class Life:
    """One worker's life."""

    def __init__(self, script, connection):
        self.script = script
        self.kernel = script.kernel
        self.jobs = []
        self._connection = connection
        self._speaking = threading.Lock()
        self._world = World(script.began)
        self._off = self.kernel.clock[0]
        self._ahead = 0.0
        self._to_state = 0
        self._denied = {}
        self._tired = False
        self._cell = process_faults.Cell()

    def say(self, *words):
        """Tell the laboratory."""
        with self._speaking:
            try:
                self._connection.send(words)
            except OSError:
                os._exit(1)  # the laboratory has gone

    def go(self):
        """Open the library, and do what the script says."""
        from hailuo_widgets import errors
        from hailuo_widgets.jobs import loop
        from hailuo_widgets.jobs.runner.runner import Runner

        self._refusal = errors.HailuoError
        process_faults.bring(self.kernel)
        if not self._open():
            return
        waits = 10.0 if self.kernel.act and self.kernel.act.price else math.inf
        self._runner = Runner(hurried_clock(self._now, waits))
        if self.kernel.resumes:
            for number, job in enumerate(self._runner.resume(self._paid).jobs, start=HOME):
                self._follow(number, job)
        asking = loop.submit(self._ask_price)
        if self.script.morning:
            self._heard(asking)
            self._wait()
            self._decide()
            self._wait()
            self._reckon()
        else:
            self._press_all(asking)
        self.say("ended", self.ends())

    def ends(self):
        """How every job stands now."""
        return [_ended(number, job) for number, job in self.jobs]

    async def _ask_price(self):
        """Ask what a generation costs, as connecting does; who cannot be asked is heard of later."""
        with contextlib.suppress(self._refusal):
            await self._paid.renew_price(self._runner.http_clients())

    def _heard(self, asking):
        """Wait until the price was asked for, whatever came of it."""
        with contextlib.suppress(self._refusal):
            asking.result()

    def _open(self):
        """Open the library and connect, as far as that is possible."""
        from hailuo_widgets import errors
        from hailuo_widgets.jobs.services.services import WaveSpeed
        from hailuo_widgets.jobs.wavespeed.api_key import ApiKey
        from hailuo_widgets.library.library import Library

        script = self.script
        try:
            library = Library(script.library, now=self._now)
            if not self.kernel.broke:
                library.ledger.budget.set("wavespeed", script.budget)
        except errors.LibraryError as error:
            self.say("closed", str(error))
            return False
        except errors.BudgetError as error:
            self.say("not connected", str(error))
            return False
        url = "http://127.0.0.1:9" if self.kernel.offline else script.url
        # A price is a minute old when the laboratory says so, not when a minute has passed.
        clock = {"now": lambda: time.monotonic() + self._ahead}
        self._paid = WaveSpeed(library, script.tier, url, ApiKey(KEY), **clock)
        return True

    def _press_all(self, asking):
        presses = self.kernel.presses
        if self.script.wait_for_price:
            self._heard(asking)
            if self._paid.price_is_listed:
                presses = ()  # a person who is told that nobody knows the price waits
        act = self.kernel.act
        read = None
        begun = {n for n, press in enumerate(presses) if press.take != "another"}
        if not self.kernel.together:
            begun = set()
        elif begun:
            read = self._let_act(asking) if act and act.before is not None else None
            self._press_together({n: presses[n] for n in sorted(begun)}, read or self._paid.price)
        for number, press in enumerate(presses):
            if number == len(presses) // 2:
                self._off += self.kernel.clock[1]
            if number in begun:
                continue
            time.sleep(press.pause)
            if act and act.before == number and not begun:
                read = self._let_act(asking)
            self._press(number, press, read)
        self._wait()
        self._press_again()
        self._wait()
        if self.kernel.hasty:
            self._adopt_first()
            self._wait()

    def _let_act(self, asking):
        """Have something done when nothing is on its way out; return the price that was read."""
        self._heard(asking)
        deadline = time.monotonic() + self.script.patience
        while any(not job.done and str(job.state) in {"intent", "sent"} for _, job in self.jobs):
            if time.monotonic() > deadline:
                break
            time.sleep(0.002)
        read = self._paid.price
        self.say("act")
        self._connection.recv()
        if self.kernel.act.kind != "price":
            return None
        self._ahead += 61
        return read

    def _press_again(self):
        """Press again what has only to be read once more, or whose library was opened too early."""
        from hailuo_widgets.errors import LibraryError, PriceChangedError
        from hailuo_widgets.jobs import loop

        presses = self.kernel.presses
        failed = dict(self._denied)
        failed |= {n: type(j.error) for n, j in self.jobs if n < HOME and j.error is not None}
        act = self.kernel.act
        if act and act.again and LibraryError in failed.values():
            self._open()
            asking = loop.submit(self._ask_price)
            if self.script.wait_for_price:
                self._heard(asking)
                if self._paid.price_is_listed:
                    failed = {}
            self.say("opened anew")
        else:
            failed = {n: kind for n, kind in failed.items() if kind is PriceChangedError}
        for number, kind in sorted(failed.items()):
            if kind in {LibraryError, PriceChangedError}:
                self._press(number, presses[number])

    def _now(self):
        from datetime import UTC, datetime

        return datetime.fromtimestamp(self._world.now() + self._off, UTC)

    def _press(self, number, press, price=None):
        from hailuo_widgets.request.video_request import VideoRequest

        request = VideoRequest(LOADED["frame"], press.prompt)
        job = None
        while job is None:
            self.say("press", number, press)
            try:
                with self._cell:
                    job = self._runner.ask(self._paid, request, press.take, price)
            except KeyboardInterrupt:
                self.say("interrupted", number)
            except self._refusal as error:
                self._denied[number] = type(error)
                self.say("denied", number, type(error).__name__, str(error))
                return
        self.say("asked", number, job.take)
        self._follow(number, job)

    def _press_together(self, presses, price):
        """Ask for many takes at one press: all of them, or nothing."""
        from hailuo_widgets.request.video_request import VideoRequest

        frame = LOADED["frame"]
        wanted = [(VideoRequest(frame, each.prompt), each.take) for each in presses.values()]
        jobs = None
        while jobs is None:
            for number, press in presses.items():
                self.say("press", number, press)
            try:
                with self._cell:
                    jobs = self._runner.ask_all(self._paid, wanted, price)
            except KeyboardInterrupt:
                self.say("interrupted", *presses)
            except self._refusal as error:
                self._denied |= dict.fromkeys(presses, type(error))
                self.say("denied together", type(error).__name__, str(error))
                return
        for number, job in zip(presses, jobs, strict=True):
            self.say("asked", number, job.take)
            self._follow(number, job)

    def _decide(self):
        """Show everything to the person, and do what they say."""
        self.say("question", [_shown(number, job) for number, job in self.jobs])
        decisions = self._connection.recv()
        jobs = dict(self.jobs)
        for number, (what, prediction_id) in decisions.items():
            job = jobs[number]
            try:
                if what == "adopt":
                    job.adopt(prediction_id)
                elif what == "withdraw":
                    job.withdraw()
                elif what == "write off":
                    job.write_off()
                elif what == "send":
                    if not job.never_sent:
                        self.say("again", job.request.prompt)
                    self._follow(number + HOME, job.send_again())
            except self._refusal as error:
                self.say("denied", number, type(error).__name__, f"{what}: {error}")

    def _adopt_first(self):
        for number, job in list(self.jobs):
            offered = job.candidates
            if str(job.state) == "unknown" and len(offered) == 1:
                self.say("adopt", number, offered[0].prediction_id)
                try:
                    job.adopt(offered[0].prediction_id)
                except self._refusal as error:
                    self.say("denied", number, type(error).__name__, str(error))

    def _reckon(self):
        """Say what the ledger and the service say of money."""
        reconciliation = self._runner.reconcile(self._paid)
        budget = self._paid.budget
        self.say(
            "money",
            {
                "spent": budget.spent,
                "committed": budget.committed,
                "total_ledger": reconciliation.total_ledger,
                "total_service": reconciliation.total_service,
                "differences": [str(each.sentence) for each in reconciliation.differences],
                "matched": reconciliation.matched,
                "unknown": reconciliation.unknown,
            },
        )

    def _follow(self, number, job):
        self.jobs.append((number, job))
        job.observe(lambda job: self._see(number, job))

    def _see(self, number, job):
        error = type(job.error).__name__ if job.error else None
        self.say("seen", number, str(job.state), error, job.done)
        death = self.kernel.death
        if death and death.kind == "state" and job.state == death.where:
            self._to_state += 1
            if self._to_state == death.nth:
                process_faults.die()

    def _wait(self):
        deadline = time.monotonic() + self.script.patience
        while not all(job.done and not job.searching for _, job in self.jobs):
            if self._tired:
                return
            if time.monotonic() > deadline:
                if self.script.weary:
                    self.say("weary")
                    self.say("done")
                    os._exit(0)
                stuck = [(n, str(j.state), j.detail, j.searching) for n, j in self.jobs]
                self.say("broken", f"still going on: {stuck}; {_stacks()}")
                self._tired = True
                return
            time.sleep(0.002)


def _shown(number, job):
    return Shown(
        number,
        job.request.prompt,
        job.take,
        str(job.state),
        type(job.error).__name__ if job.error else None,
        job.never_sent,
        tuple(each.prediction_id for each in job.candidates),
        job.may_write_off,
    )


def _ended(number, job):
    return Ended(
        number,
        job.request.prompt,
        str(job.state),
        job.done,
        job.clip is not None,
        type(job.error).__name__ if job.error else None,
        str(job.error or ""),
        job.detail,
        job.position,
    )


def _stacks():
    """Where every thread of this process stands."""
    frames = sys._current_frames().values()
    return "".join(f"\n--\n{''.join(traceback.format_stack(frame)[-4:])}" for frame in frames)
