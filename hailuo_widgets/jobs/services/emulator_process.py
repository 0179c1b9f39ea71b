"""The door that starts the local emulator: a child process, gone when this process is gone."""

from __future__ import annotations

import atexit
import collections
import contextlib
import itertools
import os
import queue
import re
import secrets
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import hailuo_widgets
from hailuo_widgets import child_process
from hailuo_widgets.errors import EmulatorError
from hailuo_widgets.jobs.wavespeed.api_key import ApiKey
from hailuo_widgets.redaction import redact
from hailuo_widgets.text import neutralize, short

if TYPE_CHECKING:
    from collections.abc import Iterable

KEY_VARIABLE: Final = "HAILUO_EMULATOR_KEY"
_HELP: Final = (
    "Drafts cannot be rendered now; nothing was sent and nothing costs anything. Mend that and "
    "try again, or run `python -m hailuo_widgets.emulator` in a terminal to see more."
)
_ERROR: Final = re.compile(r"\w(Error|Exception)\b|[Ee]rror:")
_serials: Final = itertools.count(1)

_START_SECONDS: Final = 25.0
_END_SECONDS: Final = 5.0
_BREAK_SECONDS: Final = 1.0
_LINES: Final = 12
_PIECE: Final = 4096

# The package is loaded from its own folder: neither the folder that the child starts in nor the
# one beside a package that is not installed is ever searched for modules.
_BOOTSTRAP: Final = """\
import importlib.util, sys
name, place = "hailuo_widgets", {place!r}
spec = importlib.util.spec_from_file_location(
    name, place + "/__init__.py", submodule_search_locations=[place])
module = sys.modules[name] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
sys.path += [each for each in {paths!r} if each not in sys.path]
from hailuo_widgets.emulator.__main__ import main
sys.exit(main())
"""


class Place(NamedTuple):
    """An emulator that runs: which one it is, where it listens, and with which key."""

    serial: int
    base_url: str
    key: ApiKey


class EmulatorProcess:
    """The emulator as a child of this process, started on first need.

    Its key is random and travels in the child's environment. The child ends when the pipe to its
    standard input closes, which the operating system does however this process ends. It has a
    process group of its own: the one that interrupts the kernel does not end it.
    """

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._registered = 0
        self._last: collections.deque[str] = collections.deque(maxlen=_LINES)
        self._place = Place(0, "", ApiKey(""))

    @property
    def key(self) -> ApiKey:
        """The key of the emulator that was started last."""
        return self._place.key

    def base_url(self) -> str:
        """Return where it listens; see :meth:`running`."""
        return self.running().base_url

    def running(self) -> Place:
        """Return the emulator; starts it when it is not running. Blocks up to a second.

        Raises
        ------
        EmulatorError
            It does not start; the sentence says what stops it.
        """
        with self._lock:
            if self._child is None or self._child.poll() is not None:
                self._end()
                self._start()
            return self._place

    def has_ended(self, serial: int) -> bool:
        """Return True if the emulator of that number runs no more. Blocks up to a second.

        For the one that has met trouble with it: the connections of a process break a moment before
        the system tells that it has ended.
        """
        with self._lock:
            child = self._child if serial == self._place.serial else None
        if child is None:
            return True
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_BREAK_SECONDS)
        return child.poll() is not None

    def last_words(self) -> str:
        """Return the last line that it wrote about its own trouble; empty when there is none."""
        told = [each for each in tuple(self._last) if each]
        last = [each for each in told if _ERROR.search(each)][-1:] or told[-1:]
        return short(neutralize(redact("".join(last))), 300).rstrip(".")

    def kill(self, serial: int) -> None:
        """End the emulator of that number at once: it does not answer any more."""
        with self._lock:
            if serial == self._place.serial and self._child is not None:
                self._child.kill()
                self._child.wait()

    def stop(self) -> None:
        """End the child."""
        with self._lock:
            self._end()

    def let_go(self) -> None:
        """Leave the child to the parent, in a forked copy of this process."""
        if self._child is not None and self._child.stdin is not None:
            # Open here, this pipe would keep the emulator alive when the parent ends.
            self._child.stdin.close()

    def _at_exit(self, owner: int) -> None:
        if os.getpid() == owner and self._child is not None:
            self._child.kill()  # nobody waits for what it renders
            self.stop()

    def _end(self) -> None:
        if self._child is None:
            return
        assert self._child.stdin is not None
        self._child.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(_END_SECONDS)
        self._child.kill()
        self._child.wait()
        self._child = None

    def _start(self) -> None:
        value = secrets.token_urlsafe(24)
        self._last.clear()
        if self._registered != os.getpid():
            # A pipe left open is only closed by the system: with warnings as errors that is told.
            atexit.register(self._at_exit, os.getpid())
            self._registered = os.getpid()
        try:
            self._child = subprocess.Popen(  # noqa: S603  our own module, no shell
                [*_command(), "--port", "0", "--exit-with-parent"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=_environment(**{KEY_VARIABLE: value}),
                bufsize=0,
                **_own_group(),
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise EmulatorError(f"The emulator did not start ({reason}). {_HELP}") from None
        try:
            line = self._first_line()
        except RuntimeError as error:  # no thread can be started
            self._end()
            raise EmulatorError(f"The emulator did not start ({error}). {_HELP}") from None
        if line is None or not line.startswith("http://127.0.0.1:"):
            raise EmulatorError(f"The emulator did not start{self._why(line)}. {_HELP}")
        self._place = Place(next(_serials), line, ApiKey(value))

    def _first_line(self) -> str | None:
        """Return the first line that it prints; empty when it ends first, None when it hangs."""
        child, lines = self._child, queue.SimpleQueue[str]()
        assert child is not None
        said, log = child.stdout, child.stderr
        assert said is not None
        assert log is not None
        reading = threading.Thread(target=_hand_on, args=(log, self._last.append), daemon=True)
        reading.start()

        def read() -> None:
            _hand_on(said, lines.put)
            reading.join(_END_SECONDS)
            lines.put("")

        threading.Thread(target=read, daemon=True).start()
        try:
            return lines.get(timeout=_START_SECONDS)
        except queue.Empty:
            return None

    def _why(self, line: str | None) -> str:
        """Tell from what the child said last why it does not serve; ends it."""
        assert self._child is not None
        if line is None:
            self._child.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(_END_SECONDS)
        code = self._child.poll()
        self._end()
        if line is None:
            how = f"within {_START_SECONDS:.0f} s"
        elif code is not None and code < 0:
            how = f"(ended by signal {-code})"
        else:
            how = f"(exit code {code})"
        last = self.last_words()
        return f" {how}{f': {last}' if last else ''}"


def _hand_on(pipe: Any, hear: Any) -> None:
    """Hear each line of a pipe until it ends, then close it."""
    # Raw reads: a buffered pipe has a lock, which a forked copy of this process would find taken.
    rest = b""
    with contextlib.suppress(OSError, ValueError), pipe:
        while piece := os.read(pipe.fileno(), _PIECE):
            *lines, rest = (rest + piece).split(b"\n")
            rest = rest[-_PIECE:]
            for line in lines:
                hear(line.decode("utf-8", "replace").strip())
    if rest:
        hear(rest.decode("utf-8", "replace").strip())


def _command() -> list[str]:
    package = Path(str(hailuo_widgets.__file__)).resolve().parent
    code = _BOOTSTRAP.format(place=package.as_posix(), paths=_not_a_persons(sys.path))
    return [sys.executable or "python", "-P", "-c", code]


def _environment(**more: str) -> dict[str, str]:
    """Return the child's environment; of its paths to modules none is the notebook's folder."""
    given = child_process.environment(**more)
    paths = _not_a_persons(given.pop("PYTHONPATH", "").split(os.pathsep))
    return {**given, **({"PYTHONPATH": os.pathsep.join(paths)} if paths else {})}


def _not_a_persons(paths: Iterable[str]) -> list[str]:
    """Leave out where the user's own files lie: the working folder, and that of a script."""
    main = sys.modules.get("__main__")
    script = getattr(main, "__file__", None) if getattr(main, "__spec__", None) is None else None
    theirs = {Path(script).resolve().parent} if script else set()
    with contextlib.suppress(OSError):  # the working folder may be gone
        theirs.add(Path.cwd().resolve())
    given = [each for each in paths if each and Path(each).is_absolute()]
    return [each for each in given if Path(each).resolve() not in theirs]


def _own_group() -> dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
