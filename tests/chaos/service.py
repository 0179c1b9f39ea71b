"""The emulator for the laboratory, in a world whose clocks run faster."""

import asyncio
import math
import random
import threading
import time
from collections import Counter
from datetime import UTC, datetime

import httpx

from hailuo_widgets.emulator import app
from hailuo_widgets.emulator.account.clock import Clock
from hailuo_widgets.emulator.account.database import State
from hailuo_widgets.emulator.account.settings import Settings
from hailuo_widgets.emulator.http import server
from hailuo_widgets.jobs.wavespeed import poll
from tests.support.emulator_server import PATIENCE_SECONDS, QuickLooker, QuickRenderer

HURRY = 1000.0
"""Seconds of the trial's world in one of ours."""

KEY = "key-of-the-laboratory"

_ANSWER_SECONDS = 0.5


class World:
    """The time that everybody in a laboratory shares.

    Parameters
    ----------
    began : float
        The epoch second at which it began to run faster.
    """

    def __init__(self, began):
        self.began = began

    def now(self):
        """The present moment, in epoch seconds of the hurried world."""
        return self.began + (time.time() - self.began) * HURRY

    def date(self):
        """The same as a date."""
        return datetime.fromtimestamp(self.now(), UTC)


def hurried_clock(wall, longest_from=math.inf):
    """The kit's clock in that world, with that date.

    Parameters
    ----------
    longest_from : float
        From so many seconds on a wait lasts half a second of ours at least: long enough for an
        answer, which no hurry makes quicker.
    """

    async def sleep(seconds):
        least = _ANSWER_SECONDS if seconds >= longest_from else 0.0
        await asyncio.sleep(max(least, seconds / HURRY))

    return poll.Clock(lambda: time.monotonic() * HURRY, sleep, random.Random(1), wall)


class HurriedClock(Clock):
    """The emulator's clock in that world: dates and waits run alike."""

    def __init__(self, world):
        super().__init__(wall=world.now)

    async def until(self, moment):
        """Wait for a moment; return at once when it has passed."""
        loop = asyncio.get_running_loop()
        while (left := moment - self.now()) > 0:
            sleeper = loop.create_future()
            timer = loop.call_later(
                left / HURRY, lambda each: each.done() or each.set_result(None), sleeper
            )
            self._sleepers.add(sleeper)
            try:
                await sleeper
            finally:
                timer.cancel()
                self._sleepers.discard(sleeper)


class Service:
    """A handle on the emulator, which serves in a thread of this process.

    Attributes
    ----------
    on_end : callable
        Called when it has ended in the middle of everything, before it begins again: connections
        that a process leaves open are closed by the operating system, those of a thread are not.
    """

    def __init__(self, folder, world, clip):
        self._folder = folder
        self._world = world
        self._clip = clip
        self._settings = {}
        self._struck = Counter()
        self._restarting = threading.Lock()
        self.port = 0
        self.on_end = lambda: None
        self._start()
        self._http = httpx.Client(
            base_url=f"http://{server.HOST}:{self.port}",
            headers={"Authorization": f"Bearer {KEY}"},
            timeout=PATIENCE_SECONDS,
            trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),  # none outlives a restart
        )

    def _start(self):
        self._state = State(self._folder)
        listener = server.listen(self.port)
        self.port = listener.getsockname()[1]
        self._server = server.serve(
            app.create(
                self._state,
                QuickRenderer(self._clip),
                QuickLooker(),
                key=KEY,
                settings=Settings().changed(self._settings),
                clock=HurriedClock(self._world),
            )
        )
        self._thread = threading.Thread(target=self._server.run, args=([listener],))
        self._thread.start()

    def _stop(self):
        self._server.stop()
        self._thread.join(PATIENCE_SECONDS)
        self._state.close()

    def close(self):
        """End the server."""
        self._http.close()
        self._stop()

    def restart(self, **settings):
        """End in the middle of everything and begin again, with what was kept; maybe changed."""
        with self._restarting:
            self._struck.update(self._asked_struck())
            self._server.force_exit = True
            self._stop()
            self.on_end()
            self._settings |= settings
            self._start()

    def _post(self, path, body):
        answer = self._http.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def reset(self, **settings):
        """Forget everything; go on with these settings and without faults."""
        self._settings = settings
        self._struck.clear()
        self._post("/emulator/reset", {"settings": settings})

    def fault(self, wishes):
        """Switch a quirk on."""
        self._post("/emulator/faults", wishes)

    def clear_faults(self):
        """Let nothing happen any more."""
        self._http.delete("/emulator/faults").raise_for_status()

    def struck(self):
        """How often each quirk has struck."""
        return self._struck + Counter(self._asked_struck())

    def _asked_struck(self):
        return self._http.get("/emulator/faults").json()["data"]["struck"]

    def advance(self, seconds):
        """Jump ahead."""
        self._post("/emulator/clock", {"advance": seconds})

    def bill(self):
        """All rows of the bill, oldest first."""
        return self._http.get("/emulator/bill").json()["data"]["rows"]

    def predictions(self):
        """All predictions, oldest first."""
        return self._http.get("/emulator/state").json()["data"]["predictions"]

    def requests(self, endpoint):
        """How often an endpoint has been asked since the last reset."""
        return self._http.get("/emulator/state").json()["data"]["requests"].get(endpoint, 0)
