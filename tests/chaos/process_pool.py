"""Processes that carry jobs, made quickly: forks of one that has everything loaded.

The pool is a process with one thread and nothing open, so that each fork of it is what a fresh
kernel is. A worker is spoken to through a socket; its death is the socket's end.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from multiprocessing.connection import Connection

from tests.support.places import importing


class ProcessPool:
    """Forks workers."""

    def __init__(self):
        here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {
            **importing(),
            "OPENBLAS_NUM_THREADS": "1",
            "PROCESS_POOL": str(there.fileno()),
        }
        self._socket = here
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from tests.chaos import process_pool; process_pool.main()"],
            env=environment,
            pass_fds=[there.fileno()],
        )
        there.close()

    def worker(self, script):
        """Fork a worker and hand it its script."""
        here, there = socket.socketpair()
        socket.send_fds(self._socket, [b"worker"], [there.fileno()])
        there.close()
        pid = int(self._socket.recv(64))
        return Worker(pid, Connection(here.detach()), script)

    def close(self):
        """End the pool; its workers have ended before."""
        self._socket.close()
        self._process.wait(20)


class Worker:
    """A handle on one worker.

    Attributes
    ----------
    heard : list of tuple
        What it said, in order.
    alive : bool
        Whether its socket is still open.
    """

    def __init__(self, pid, connection, script):
        self.pid = pid
        self.connection = connection
        self.heard = []
        self.alive = True
        with contextlib.suppress(OSError):  # dead already
            connection.send(script)

    def listen(self):
        """Take one message, or learn that it is gone."""
        try:
            message = self.connection.recv()
        except (EOFError, OSError):
            self.alive = False
            self.connection.close()
            return None
        self.heard.append(message)
        return message

    def tell(self, answer):
        """Answer a question of it."""
        with contextlib.suppress(OSError):
            self.connection.send(answer)

    def kill(self):
        """End it as a machine's failure would; may be called from any thread."""
        if self.alive:
            os.kill(self.pid, signal.SIGKILL)

    def interrupt(self):
        """Press Stop: SIGINT for it and all that it has started; from any thread."""
        with contextlib.suppress(OSError):  # it has just ended
            os.killpg(self.pid, signal.SIGINT)


def main():
    """Be the pool, until the laboratory closes its side."""
    from tests.chaos import worker

    worker.load()
    control = socket.socket(fileno=int(os.environ["PROCESS_POOL"]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        message, handles, _, _ = socket.recv_fds(control, 64, 1)
        if not message:
            return
        pid = os.fork()
        if pid == 0:
            control.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _be_worker(worker, handles[0])
        os.close(handles[0])
        control.send(str(pid).encode())


def _be_worker(worker, handle):
    code = 1
    try:
        worker.live(Connection(handle))
        code = 0
    finally:
        # As a kernel that is shut down hard: no exit handler runs.
        os._exit(code)
