"""A worker that renders drafts, while its local emulator is killed or its kernel is stopped.

The emulator is the kit's own child, with its own renderer, and the clock is the real one: nothing
here is hurried, so few trials have it.
"""

import contextlib
import os
import signal
import threading
from pathlib import Path

from tests.chaos.user_session import LOADED, Life

TIMES = {"killed once": 1, "killed twice": 2, "interrupted": 1}
PATIENCE_SECONDS = 40.0


class Drafts(Life):
    """Its life: one draft, and as many deaths of its emulator as were drawn."""

    def go(self):
        """Ask for a draft, end its emulator while it works, and wait for what comes of it."""
        from hailuo_widgets import errors
        from hailuo_widgets.jobs.runner.runner import Runner
        from hailuo_widgets.jobs.services.services import Emulator
        from hailuo_widgets.library.library import Library
        from hailuo_widgets.request.video_request import VideoRequest

        self._left = TIMES[self.kernel.drafts]
        self._gone = set()
        self._ending = threading.Lock()
        try:
            library = Library(self.script.library)
        except errors.LibraryError as error:
            self.say("closed", str(error))
            return
        request = VideoRequest(LOADED["frame"], "static shot")
        self._follow(0, Runner().ask(Emulator(library, "ultra"), request, 1))
        self._wait()
        self.say("drafted", TIMES[self.kernel.drafts] - self._left)
        self.say("ended", self.ends())

    def _see(self, number, job):
        super()._see(number, job)
        # Where it is said to be worked on, a child that has not ended yet does it.
        if not job.done and job.prediction_id is not None:
            with self._ending:
                self._end_one()

    def _end_one(self):
        alive = _children() - self._gone
        if not alive or not self._left:
            return
        self._left -= 1
        self._gone |= alive
        if self.kernel.drafts == "interrupted":
            os.killpg(0, signal.SIGINT)
            return
        for pid in alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _children():
    """Find the processes that this one has started and that have not ended."""
    found = set()
    for tasks in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found |= {int(word) for word in tasks.read_text().split()}
    return {pid for pid in found if _works(pid)}


def _works(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return False
