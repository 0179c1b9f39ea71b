"""Processes on a library, as the kit sees them, whose time runs as much faster as a test wants."""

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.jobs.runner.api import Runner
from hailuo_widgets.jobs.services.connect import WaveSpeed
from hailuo_widgets.jobs.sweep.sweep import Sweep
from hailuo_widgets.jobs.wavespeed.api_key import ApiKey
from hailuo_widgets.library.library import Library
from hailuo_widgets.request.sweep.grid import plan
from tests.support.fast_clock import RUNNER, clock
from tests.support.samples import gradient, request

FRAME = Frame(gradient(), name="harbour.jpg")


def sweep(prompts=("dawn", "dusk", "night"), *, image=FRAME, runner=RUNNER, connection=None, **how):
    """Lay out a sweep of these prompts, to be run by this runner on this connection."""
    return Sweep.from_plan(plan(image, list(prompts), **how), connection=connection, runner=runner)


class Kernel:
    """A process on a library, connected to the paid service; ``scale`` times as fast."""

    def __init__(self, folder, emulator, *, scale=40, budget=20, tier="bronze", key=None):
        began = time.time()

        def now():
            return datetime.fromtimestamp(began, UTC) + timedelta(
                seconds=(time.time() - began) * scale
            )

        self.library = Library(folder, now=now)
        self.library.ledger.budget.set("wavespeed", Decimal(budget))
        self.paid = WaveSpeed(self.library, tier, emulator.url, ApiKey(key or emulator.key))
        self.runner = Runner(clock(scale))
        self.closed = False

    def ask(self, prompt, **how):
        """Ask for one take."""
        return self.runner.ask(self.paid, request(prompt), how.pop("take", 1), **how)

    def sweep(self, *prompts, **how):
        """Lay out a sweep on this kernel."""
        return sweep(*prompts, runner=self.runner, connection=self.paid, **how)

    def close(self):
        """End it as a kernel that is shut down."""
        self.closed = True
        self.runner.close()
        self.library.close()
