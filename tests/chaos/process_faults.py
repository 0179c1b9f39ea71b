"""How a worker comes to its end, and what the operating system refuses it before."""

import os
import resource
import signal
import sys
import threading


def bring(kernel):
    """Arrange the death of a kernel, and its full disk, as far as the process itself does."""
    death = kernel.death
    limit = kernel.disk_bytes
    if death and death.kind == "write":
        # The kernel of the operating system ends the process in the middle of a write.
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        limit = death.where
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    if limit == kernel.disk_bytes and kernel.disk_freed is not None:
        later(kernel.disk_freed, _free_disk)
    if death and death.kind == "time":
        later(death.where, die)
    if death and death.kind == "call":
        hook = _Hook(death.where)
        threading.setprofile(hook)
        sys.setprofile(hook)


def die():
    """End at once."""
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()


def later(seconds, act):
    """Do something after a while, unless the process has ended."""
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()


def _free_disk():
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


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
                die()


class Cell:
    """A cell that runs: only there a Stop is heard, as in a kernel of Jupyter.

    Made on the main thread. Inside the ``with``, SIGINT raises KeyboardInterrupt once.
    """

    def __init__(self):
        self._runs = False
        signal.signal(signal.SIGINT, self._hear)

    def __enter__(self):
        self._runs = True

    def __exit__(self, *_):
        self._runs = False

    def _hear(self, *_):
        if self._runs:
            self._runs = False
            raise KeyboardInterrupt
