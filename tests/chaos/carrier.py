"""A process that carries jobs: a kernel without Jupyter, with a person who presses Run.

It says everything it is told and shown to the laboratory. Nothing of the kit is replaced; deaths
come from where they come in life: from outside, or from the operating system within a write.
"""

import logging
import os
import resource
import signal
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

import samples
from chaos.oracle import Shown
from chaos.plan import Kernel
from chaos.service import KEY, World, hurried_clock

PATIENCE_SECONDS = 15.0
"""For everything a carrier has to bring to its end: a hundred times what it takes."""

WEARY_SECONDS = 3.0
"""After which a person restarts a kernel that waits for a full disk, or for one that does."""

HOME = 1000
"""From here on, numbers mean jobs that were taken up."""

_loaded = {}


@dataclass(frozen=True)
class Script:
    """What a carrier does.

    Attributes
    ----------
    began : float
        When the hurried world began.
    patience : float
        Seconds for everything it has to bring to its end.
    weary : bool
        Whether its person may give up waiting and shut it down, because a disk is full.
    wait_for_price : bool
        Whether its person presses only when the service has named its price.
    morning : bool
        Whether it is the one that comes after everything, resumes and reconciles.
    """

    kernel: Kernel
    library: Path
    url: str
    budget: object
    tier: str
    began: float
    patience: float = PATIENCE_SECONDS
    weary: bool = False
    wait_for_price: bool = False
    morning: bool = False


def load():
    """Import what carriers use, so that a fork has it; no thread may begin here."""
    import av  # noqa: F401
    import httpx  # noqa: F401

    from hailuo_widgets.jobs import runner  # noqa: F401
    from hailuo_widgets.request.frame import Frame

    # An empty trust store: reading the usual one is half of a short life, and all is plain HTTP.
    os.environ["SSL_CERT_DIR"] = str(Path(__file__).parent)
    _loaded["frame"] = frame = Frame(samples.picture())
    assert frame.problems == ()


def live(connection):
    """Be a carrier until the end of its script."""
    script = connection.recv()
    logging.disable()  # what goes wrong here is meant to
    life = Life(script, connection)
    try:
        life.go()
    except BaseException:  # noqa: BLE001  whatever it is, the laboratory must hear of it
        life.say("broken", traceback.format_exc())
    life.say("done")


class Life:
    """One carrier's life."""

    def __init__(self, script, connection):
        self.script = script
        self.kernel = script.kernel
        self.jobs = []
        self._connection = connection
        self._speaking = threading.Lock()
        self._world = World(script.began)
        self._off = self.kernel.clock[0]
        self._to_state = 0

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
        from hailuo_widgets.jobs import background
        from hailuo_widgets.jobs.carrier import Runner
        from hailuo_widgets.jobs.key import Key
        from hailuo_widgets.jobs.services import WaveSpeed
        from hailuo_widgets.library.library import Library

        self._refusal = errors.HailuoError
        self._bring_death()
        script = self.script
        try:
            library = Library(script.library, now=self._now)
            library.ledger.set_budget("wavespeed", script.budget)
        except errors.LibraryError as error:
            self.say("closed", str(error))
            return
        url = "http://127.0.0.1:9" if self.kernel.offline else script.url
        self._paid = WaveSpeed(library, script.tier, url, Key(KEY))
        self._runner = Runner(hurried_clock(self._now))
        if self.kernel.resumes:
            for number, job in enumerate(self._runner.resume(self._paid).jobs, start=HOME):
                self._follow(number, job)
        asking = background.submit(lambda: self._paid.renew_price(self._runner.wires()))
        if script.morning:
            asking.result()
            self._wait()
            self._decide()
            self._wait()
            self._reckon()
        else:
            self._press_all(asking)

    def _press_all(self, asking):
        from hailuo_widgets.errors import PriceChangedError

        presses = self.kernel.presses
        if self.script.wait_for_price:
            asking.result()
            if self._paid.price_is_listed:
                presses = ()  # a person who is told that nobody knows the price waits
        for number, press in enumerate(presses):
            if number == len(presses) // 2:
                self._off += self.kernel.clock[1]
            time.sleep(press.pause)
            self._press(number, press)
        self._wait()
        for number, job in list(self.jobs):
            if isinstance(job.error, PriceChangedError) and number < HOME:
                self._press(number, presses[number])  # having read the new price
        self._wait()
        if self.kernel.hasty:
            self._adopt_first()
            self._wait()

    def _now(self):
        from datetime import UTC, datetime

        return datetime.fromtimestamp(self._world.now() + self._off, UTC)

    def _press(self, number, press):
        from hailuo_widgets.request.request import VideoRequest

        self.say("press", number, press)
        request = VideoRequest(_loaded["frame"], press.prompt)
        try:
            job = self._runner.ask(self._paid, request, press.take)
        except self._refusal as error:
            self.say("denied", number, type(error).__name__, str(error))
            return
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
                _die()

    def _wait(self):
        deadline = time.monotonic() + self.script.patience
        while not all(job.done and not job.searching for _, job in self.jobs):
            if time.monotonic() > deadline:
                if self.script.weary:
                    self.say("weary")
                    self.say("done")
                    os._exit(0)
                stuck = [(n, str(j.state), j.detail, j.searching) for n, j in self.jobs]
                self.say("broken", f"still going on: {stuck}; {_stacks()}")
                return
            time.sleep(0.002)

    def _bring_death(self):
        death = self.kernel.death
        limit = self.kernel.disk_bytes
        if death and death.kind == "write":
            # The kernel of the operating system ends the process in the middle of a write.
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            limit = death.where
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        if limit == self.kernel.disk_bytes and self.kernel.disk_freed is not None:
            _later(self.kernel.disk_freed, _free_disk)
        if death and death.kind == "time":
            _later(death.where, _die)
        if death and death.kind == "call":
            hook = _Hook(death.where)
            threading.setprofile(hook)
            sys.setprofile(hook)


class _Hook:
    """Counts what jobs and library do, call by call, and ends the process at one of them."""

    def __init__(self, left):
        self._left = left

    def __call__(self, frame, event, argument):
        if "hailuo_widgets/jobs/" in (name := frame.f_code.co_filename) or (
            "hailuo_widgets/library/" in name
        ):
            self._left -= 1
            if self._left == 0:
                _die()


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


def _later(seconds, act):
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()


def _free_disk():
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _stacks():
    """Where every thread of this process stands."""
    frames = sys._current_frames().values()
    return "".join(f"\n--\n{''.join(traceback.format_stack(frame)[-4:])}" for frame in frames)


def _die():
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()
