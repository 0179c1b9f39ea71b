"""The sessions of a trial: kernels that live and end while everything around them breaks."""

import dataclasses
import random
import time
from collections import Counter
from decimal import Decimal
from multiprocessing.connection import wait

from hailuo_widgets import service as facts
from tests.chaos import invariants, reasons, tunnel
from tests.chaos.names import Names
from tests.chaos.observed_worker import Watch
from tests.chaos.schedule import Kernel, Press
from tests.chaos.tampering import ROWS, Tampered
from tests.chaos.trial_folders import TrialFolders
from tests.chaos.witness import durable_lines
from tests.chaos.worker import PATIENCE_SECONDS, WEARY_SECONDS, Script

OTHER = "q0"
"""What the other library was asked for."""

AROUND = "around: "
"""What counts of faults around the kit begin with."""

LONG_SECONDS = 40.0
"""For kernels that wait for what is not hurried: a proxy that stalls, a draft that is rendered."""


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


class Day:
    """What all sessions of a trial share, and how one goes.

    Parameters
    ----------
    laboratory : Laboratory
    plan : Plan
    folder : Path
        Where the trial's own folder is made.
    """

    def __init__(self, laboratory, plan, folder):
        self.result = Result(plan.seed)
        self._laboratory = laboratory
        self._service = laboratory.service
        self._plan = plan
        self._shelf = TrialFolders(folder, plan.seed)
        self._names = Names(plan.ids) if plan.ids else None
        self._doors = []
        self._exchanges = []
        self._answered = []
        self._buried = set()
        self._asked = set()
        self._mistaken = set()
        self._more = Counter()
        self._deadly = False
        self._foreign = False
        self._slack = Decimal(0)
        self._dice = random.Random(f"person {plan.seed}")
        if plan.ids:
            self._count(f"ids with {plan.ids}")

    def clean(self):
        """Leave nothing behind."""
        for door in self._doors:
            self._laboratory.proxy.shut(door)
        self._shelf.clean()

    def _judge(self, problems):
        self.result.problems.extend(problems)

    def _count(self, fault, count=1):
        self.result.counts[f"{AROUND}{fault}"] += count

    def _allowed(self):
        """How many takes of each prompt a person has asked for."""
        return Counter(prompt for prompt, _ in self._asked) + self._more

    # -- the truth, as far as this library is concerned -----------------------------------

    def _shown(self, name):
        return name if self._names is None else self._names.shown(name)

    def _predictions(self):
        """All that the service knows, without what went with a library that is gone."""
        found = ({**each, "id": self._shown(each["id"])} for each in self._service.predictions())
        return [e for e in found if e["prompt"] != OTHER and e["id"] not in self._buried]

    def _bill(self):
        foreign = {each["id"] for each in self._service.predictions() if each["prompt"] == OTHER}
        lines = (line for line in self._service.bill() if line["prediction"] not in foreign)
        shown = ({**line, "prediction": self._shown(line["prediction"])} for line in lines)
        return [line for line in shown if line["prediction"] not in self._buried]

    # -- a session ------------------------------------------------------------------------

    def _session(self, session):
        act = session.kernels[0].act
        before = invariants.rows_of(self._shelf.path)
        tampered = self._tamper(session.tampering)
        mark = self._prepare(act)
        for fault in session.faults:
            self._service.fault({key: each for key, each in fault.items() if key != "of"})
        weary = any(kernel.disk_bytes is not None for kernel in session.kernels)
        started = [
            self._start_worker(kernel, weary=weary, restart=None if number else session.restart)
            for number, kernel in enumerate(session.kernels)
        ]
        self._attend(started)
        for each in started:
            self._remember(each)
            self._look_back(each, before, alone=len(started) == 1)
        if mark is not None:
            self._bury(act, mark, started[0])
        if tampered is not None:
            self._undo(session.tampering, tampered, started)

    def _prepare(self, act):
        """Make what an act needs; return what the service knew before, or None."""
        if act is None or act.kind == "price":
            return None
        if act.kind == "older copy" and not self._shelf.has_ledger:
            self._attend([self._start_worker(Kernel(()))])  # an empty one, then
        if act.kind == "older copy":
            self._shelf.copy()
        if act.kind == "swapped":
            other = self._start_worker(
                Kernel((Press(OTHER),), resumes=False), library=self._shelf.other
            )
            self._attend([other])
            self._foreign = True  # the account's bill has lines that are not this library's
            self._other = invariants.rows_of(self._shelf.other)
        return {each["id"] for each in self._predictions()}

    def _bury(self, act, known, started):
        """Put the folder back; what went with one that is gone is nobody's any more."""
        if not started.acted:  # its moment never came
            return
        if self._shelf.put_back(act.kind):
            if act.kind == "swapped" and invariants.rows_of(self._shelf.other) != self._other:
                self._judge(["another library was written into"])
            return
        later = [each for each in started.posts if each not in started.before]
        kept = {each.body["data"]["id"] for each in later if invariants.verdict(each) == "accepted"}
        kept = set(map(str, kept)) | (known if act.kind == "older copy" else set())
        self._buried |= {each["id"] for each in self._predictions()} - kept
        if act.kind == "older copy":
            self._exchanges = [each for each in self._exchanges if each not in started.before]
        else:
            self._exchanges = later
        self._deadly = True

    def _tamper(self, tampering):
        if tampering is None or not invariants.rows_of(self._shelf.path):
            return None
        self._shelf.set_canaries()
        self._count(f"tampered: {tampering.kind}")
        if tampering.kind in ROWS:
            self._slack = self._plan.price  # of a price that cannot be read nobody knows more
        return Tampered(self._shelf.path / "ledger.sqlite3", tampering)

    def _undo(self, tampering, tampered, started):
        tampered.undo()
        lost = self._shelf.lost_canaries()
        self._judge(f"{name} beside the library was touched" for name in lost)
        for each in started:
            if tampering.refused:
                self._judge(reasons.refused_whole(each.heard))
            elif tampering.kind in ROWS:
                self._judge(reasons.opened(each.heard))
            if each.kernel.broke:
                self._judge(reasons.asked_anew(each.posts))

    # -- a kernel -------------------------------------------------------------------------

    def _start_worker(self, kernel, *, weary=False, morning=False, restart=None, library=None):
        library = library or self._shelf.path
        watch = Watch(kernel, self._shelf, self._service, restart)
        door = self._laboratory.proxy.open(
            mischief=kernel.mischief,
            on_event=watch.see,
            witness=lambda: durable_lines(library),
            encoding=kernel.encoding,
            names=self._names,
            tunnel=kernel.tunnel,
        )
        watch.door = door
        self._doors.append(door)
        environment, trap = self._environment(kernel, door)
        long = kernel.drafts or (kernel.tunnel is not None and kernel.tunnel.seconds > 1)
        script = Script(
            kernel,
            library,
            f"https://{tunnel.HOST}" if kernel.tunnel else door.url(kernel.host),
            self._plan.budget,
            self._plan.tier,
            self._laboratory.world.began,
            patience=WEARY_SECONDS if weary else LONG_SECONDS if long else PATIENCE_SECONDS,
            weary=weary,
            wait_for_price=self._plan.repriced or self._plan.price != facts.PRICE,
            morning=morning,
            environment=environment,
        )
        return watch.begin(self._laboratory.worker(script), door, trap)

    def _environment(self, kernel, door):
        """Return a kernel's variables, and the door of a proxy that it must not use."""
        found, trap = {}, None
        if kernel.tunnel is not None:
            found["HTTPS_PROXY"] = f"http://person:{tunnel.SECRET}@127.0.0.1:{door.port}"
            found["SSL_CERT_FILE"] = str(self._laboratory.trust.file)
        if kernel.trap:
            trap = self._laboratory.proxy.open()
            self._doors.append(trap)
            found["HTTP_PROXY"] = found["ALL_PROXY"] = trap.url()
        return found | kernel.environment, trap

    def _attend(self, started, answer=None):
        """Listen to kernels until all are gone."""
        longest = max([PATIENCE_SECONDS, *(LONG_SECONDS for each in started if each.kernel.drafts)])
        deadline = time.monotonic() + 3 * longest
        while alive := {w.worker.connection: w for w in started if w.worker.alive}:
            for ready in wait(list(alive), max(0.0, deadline - time.monotonic())):
                message = alive[ready].worker.listen()
                if message and message[0] == "question":
                    alive[ready].worker.tell(answer(message[1]))
                elif message:
                    alive[ready].hear(message)
            if time.monotonic() > deadline:
                for each in alive.values():
                    each.worker.kill()
                    self.result.problems.append(f"a worker did not end: {each.heard[-3:]}")
                deadline += PATIENCE_SECONDS
        for thread in (thread for each in started for thread in each.threads):
            thread.join()
        # What one kernel was answered another one reads in the ledger.
        self._answered += [each for watch in started for each in watch.door.exchanges]

    def _remember(self, watch):
        self._exchanges += watch.posts
        for message in watch.heard:
            if message[0] == "broken":
                self.result.problems.append(f"a worker broke: {message[1]}")
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
        for fault, count in watch.happened().items():
            self._count(fault, count)
        self._judge(reasons.durable(watch.posts))
        self._judge(reasons.readable(watch.ended))
        self._judge(reasons.key_is_good(watch.ended, self._answered))
        self._judge(reasons.kept_secret(watch.heard))

    def _look_back(self, watch, before, *, alone):
        """Judge a kernel of the day by what was done to it."""
        kernel, lived = watch.kernel, watch.lived
        self.result.counts["workers"] += 1
        if not lived:
            self.result.counts[f"killed: {kernel.death.kind if kernel.death else '?'}"] += 1
        gone = watch.acted and kernel.act.kind != "price"
        self._deadly |= not lived or kernel.disk_bytes is not None or gone
        if lived and kernel.disk_bytes is None and alone and not watch.acted:
            prompts = [press.prompt for press in kernel.presses]
            self._judge(invariants.shown_at_once(watch.heard, watch.posts, prompts))
        if kernel.together:
            self._judge(reasons.all_or_nothing(watch.heard, before, watch.posts))
        if watch.trap is not None and (watch.trap.connects or watch.trap.exchanges):
            self._judge(["a question for loopback, and the key with it, went to a proxy"])
        if lived and kernel.tunnel is not None and (kernel.tunnel.closed or kernel.environment):
            after = invariants.rows_of(self._shelf.path)
            self._judge(reasons.nothing_held(before, after, watch.posts, watch.ended))
            known = {row.prompt for row in before}
            fresh = [job for job in watch.ended if job.prompt not in known]
            if kernel.environment:
                self._judge(reasons.named(fresh, tuple(kernel.environment)))
            elif kernel.tunnel.kind in {"403", "407", "502"}:
                self._judge(reasons.named(fresh, ("proxy",)))
        if lived and kernel.drafts:
            ends = [message[1] for message in watch.heard if message[0] == "drafted"]
            self._judge(reasons.drafted(watch.ended, *ends))
