"""One kernel as the laboratory sees it: what it says, what goes through its door, what befalls it."""

import threading
from collections import Counter

from tests.chaos import disguised_answers


class Watch:
    """A worker, its door, and what is to happen at which step.

    Parameters
    ----------
    kernel : Kernel
        What was drawn.
    shelf : Shelf
        Where its library lies.
    service : Service
        What may have to begin again.
    restart : (str, int) or None
        At which step, and which time.

    Attributes
    ----------
    acted : bool
        Whether what was to be done to its library or to the price has been done.
    before : list of Exchange
        Its submissions until then.
    """

    def __init__(self, kernel, shelf, service, restart=None):
        self.kernel = kernel
        self.worker = self.door = self.trap = None
        self.acted = False
        self.before = []
        self.counts = Counter()
        self.threads = []
        self._shelf = shelf
        self._service = service
        self._restart = restart
        self._steps = Counter()

    def begin(self, worker, door, trap):
        """Watch a worker that has just begun."""
        self.worker, self.door, self.trap = worker, door, trap
        return self

    # -- what is known of it --------------------------------------------------------------

    @property
    def heard(self):
        """What it has said."""
        return self.worker.heard

    @property
    def lived(self):
        """Whether it has come to the end of its script."""
        return self.heard[-1:] == [("done",)]

    @property
    def posts(self):
        """The submissions that came through its door."""
        return [each for each in self.door.exchanges if each.target == "submit"]

    @property
    def ended(self):
        """How its jobs stood at the end, as it said."""
        return [job for message in self.heard if message[0] == "ended" for job in message[1]]

    def happened(self):
        """Count what has befallen it."""
        kernel, counts = self.kernel, Counter(self.counts)
        if kernel.encoding:
            counts[f"answers in {kernel.encoding}"] += 1
        if any(message[0] == "denied together" for message in self.heard):
            counts["many takes refused at once"] += 1
        if kernel.environment:
            counts["an odd environment"] += 1
        if self.trap is not None:
            counts["a proxy that is not meant"] += 1
        if kernel.tunnel is not None and self.door.connects >= kernel.tunnel.first:
            counts[f"proxy: {kernel.tunnel.kind}"] += 1
        if kernel.drafts:
            counts[f"emulator {kernel.drafts}"] += 1
        for each in self.door.exchanges:
            if each.page in disguised_answers.PAGES:
                counts[each.page] += 1
        return counts

    # -- what befalls it ------------------------------------------------------------------

    def see(self, step):
        """Hear of a step on the wire, on the proxy's thread; let happen what is due then."""
        self._steps[step] += 1
        now = (step, self._steps[step])
        death = self.kernel.death
        if death and death.kind == "wire" and (death.where, death.nth) == now and self.worker:
            self.worker.kill()
        if now in self.kernel.interrupts and self.worker:
            self.worker.interrupt()
            self.counts["SIGINT"] += 1
        act = self.kernel.act
        if act and act.step == step and not self.acted:
            self._act()
        if now == self._restart:
            self.counts["service restarted"] += 1
            self._later(self._service.restart)

    def hear(self, message):
        """Hear what it says, on the laboratory's own thread."""
        if message[0] == "press":
            self.see("press")
        elif message[0] == "act":
            self._act()
            self.worker.tell(True)

    def _act(self):
        act = self.kernel.act
        self.acted = True
        if act.kind == "price":
            self.counts["price changed"] += 1
            self._service.restart(price=act.price)
        else:
            self.before = self.posts
            self.counts[f"library {act.kind}"] += 1
            self._shelf.act(act.kind)

    def _later(self, act):
        thread = threading.Thread(target=act)
        thread.start()
        self.threads.append(thread)
