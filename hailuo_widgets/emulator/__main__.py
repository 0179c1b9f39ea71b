"""``python -m hailuo_widgets.emulator``: the emulator as a process of its own."""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from hailuo_widgets import service as facts
from hailuo_widgets.emulator import app
from hailuo_widgets.emulator.account.database import State, StateError
from hailuo_widgets.emulator.account.settings import SettingError, Settings
from hailuo_widgets.emulator.http import server

KEY_VARIABLE = "HAILUO_EMULATOR_KEY"
CANNOT_START = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop by a signal or by the end of stdin.

    Returns
    -------
    int
        The exit code, when it could not start.
    """
    options = _parser().parse_args(arguments)
    # NumPy's threads for matrices cost CPU where they start; a draft multiplies three by three.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        settings = Settings().changed(_wishes(options))
    except SettingError as error:
        return _refuse(str(error))
    try:
        listener = server.listen(options.port)
    except (OSError, OverflowError) as error:
        return _refuse(f"Port {options.port} of {server.HOST} cannot be used: {error}.")
    folder = Path(options.state or tempfile.mkdtemp(prefix="hailuo-emulator-"))
    try:
        state = State(folder)
    except StateError as error:
        return _refuse(str(error))
    key = options.key or os.environ.get(KEY_VARIABLE) or None
    # The one that started it by hand without a key gets one for what is not the service's.
    control_key = key or secrets.token_urlsafe(24)
    service = app.create(
        state,
        _render,
        _Looker(),
        key=key,
        control_key=control_key,
        hosts=options.allow_host,
        settings=settings,
    )
    running = server.serve(service)

    def end() -> NoReturn:
        # At once, in the middle of a draft or of an answer: the state's journal bears it.
        if not options.state:
            shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end())
    if options.exit_with_parent:
        threading.Thread(target=_watch_stdin, args=(end,), daemon=True).start()
    _allow_many_connections()
    print(f"http://{server.HOST}:{listener.getsockname()[1]}", flush=True)  # noqa: T201 - the interface
    if key is None:
        said = f"Any API key is taken. /emulator wants this one: {control_key}"
        print(said, file=sys.stderr, flush=True)  # noqa: T201 - the interface
    running.run(sockets=[listener])
    return end()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m hailuo_widgets.emulator",
        description="The WaveSpeedAI service for Hailuo 02 I2V Pro on loopback, with free drafts."
        " Prints its base URL on the first line.",
    )
    parser.add_argument("--port", type=int, default=0, help="0, the default: any free one")
    parser.add_argument(
        "--key", help=f"the only API key taken; from {KEY_VARIABLE} it is not seen by others"
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name besides loopback's that it may be called by, as through a proxy",
    )
    parser.add_argument("--state", metavar="DIR", help="remember predictions and bill there")
    parser.add_argument("--latency", choices=("fast", "real"), help="real: 30 to 90 s")
    parser.add_argument("--tier", choices=tuple(facts.TIERS), help="enforce an account tier")
    parser.add_argument("--time-scale", metavar="F", help="divide every wait by F")
    parser.add_argument("--seed", help="fix prediction ids and latencies")
    parser.add_argument("--exit-with-parent", action="store_true", help="end when stdin ends")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="any setting, e.g. clip_seconds=6; more than once",
    )
    return parser


def _wishes(options: argparse.Namespace) -> dict[str, Any]:
    wishes: dict[str, Any] = {}
    for text in options.set:
        name, equals, value = text.partition("=")
        if not equals:
            raise SettingError(f"--set wants NAME=VALUE, not {text!r}.")
        wishes[name.strip()] = value.strip()
    for name in ("latency", "tier", "time_scale", "seed"):
        if getattr(options, name) is not None:
            wishes[name] = getattr(options, name)
    return wishes


def _render(*args: Any, **shape: Any) -> None:
    # OpenCV and PyAV take longer to load than the whole server: not before the first draft.
    from hailuo_widgets.emulator import draft  # noqa: PLC0415

    draft.render(*args, **shape)


class _Looker:
    """Looks ahead with the module that renders drafts, loaded on first need."""

    def __getattr__(self, name: str) -> Any:
        from hailuo_widgets.emulator import draft  # noqa: PLC0415

        return getattr(draft, name)


def _watch_stdin(end: Callable[[], NoReturn]) -> None:
    # `os.read`, because a lock of `sys.stdin` held here would be fatal when the process ends.
    while os.read(0, 65536):
        pass
    end()


def _allow_many_connections() -> None:
    """Let a thousand clients in where the usual limit of open files is about as low."""
    try:
        import resource  # noqa: PLC0415 - POSIX alone has it

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    except (ImportError, OSError, ValueError):
        pass


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201 - the interface
    return CANNOT_START


if __name__ == "__main__":
    sys.exit(main())
