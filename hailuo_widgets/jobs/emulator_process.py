"""The door that starts the local emulator: a child process, gone when this process is gone."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
import threading
from typing import Final

from hailuo_widgets.errors import EmulatorError
from hailuo_widgets.jobs.key import Key

KEY_VARIABLE: Final = "HAILUO_EMULATOR_KEY"
_HELP: Final = (
    "Drafts cannot be rendered now; nothing was sent and nothing costs anything. Try again, or run "
    "`python -m hailuo_widgets.emulator` in a terminal to see why."
)


class EmulatorProcess:
    """The emulator as a child of this process, started on first need.

    Its key is random and travels in the child's environment. The child ends when the pipe to its
    standard input closes, which the operating system does however this process ends.
    """

    def __init__(self) -> None:
        self._child: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self._base_url = ""
        self.key = Key("")

    def base_url(self) -> str:
        """Return where it listens; starts it when it is not running. Blocks up to a second.

        Raises
        ------
        EmulatorError
            It does not start.
        """
        with self._lock:
            if self._child is None or self._child.poll() is not None:
                self._end()
                self._start()
            return self._base_url

    def stop(self) -> None:
        """End the child."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._child is None:
            return
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(5)
        self._child.kill()
        self._child.wait()
        self._child.stdout.close()
        self._child = None

    def _start(self) -> None:
        value = secrets.token_urlsafe(24)
        command = [sys.executable, "-m", "hailuo_widgets.emulator", "--port", "0"]
        try:
            self._child = subprocess.Popen(  # noqa: S603  our own module, no shell
                [*command, "--exit-with-parent"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, KEY_VARIABLE: value},
                text=True,
            )
        except OSError as error:
            raise EmulatorError(f"The emulator did not start ({error.strerror}). {_HELP}") from None
        assert self._child.stdout is not None
        line = self._child.stdout.readline().strip()
        if not line.startswith("http://127.0.0.1:"):
            code = self._child.wait()
            raise EmulatorError(f"The emulator ended as it started (exit code {code}). {_HELP}")
        self._base_url = line
        self.key = Key(value)
