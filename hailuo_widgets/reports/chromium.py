"""A page printed by the Chromium of this machine, in a process of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from hailuo_widgets.child_process import environment
from hailuo_widgets.errors import HailuoError

NAMES: Final = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
    "brave-browser",
)
_SECONDS: Final = 90
_FLAGS: Final = (
    "--headless",
    "--disable-gpu",
    # A notebook may come from anybody. Its page runs no script by its own policy: Chromium prints by
    # a script of its own, which a flag would stop too.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--no-pdf-header-footer",
    "--run-all-compositor-stages-before-draw",
)
_PDF: Final = b"%PDF-"


def find(chosen: str = "") -> str:
    """Find the program.

    Parameters
    ----------
    chosen : str
        Its name or path, as the user gave it; empty: the usual names.

    Raises
    ------
    HailuoError
        There is none.
    """
    names = (chosen,) if chosen else NAMES
    found = next((path for path in map(shutil.which, names) if path), None)
    if found is None:
        what = f"No program {chosen!r} is" if chosen else "No Chromium or Chrome is"
        raise HailuoError(
            f"{what} on this machine, and a PDF is the page as it prints it. Nothing was written. "
            "Install one (Debian, Ubuntu: apt-get install chromium; macOS: brew install --cask "
            "chromium), or export with --to hailuo and print that page."
        )
    return found


def printed(page: str, program: str, *, seconds: float = _SECONDS) -> bytes:
    """Print a page that needs nothing but itself.

    Parameters
    ----------
    page : str
        HTML.
    program : str
        Chromium, as :func:`find` gives it.
    seconds : float
        Patience.

    Returns
    -------
    bytes
        A PDF.

    Raises
    ------
    HailuoError
        It does not start, gives no PDF, or is not ready in time.
    """
    with tempfile.TemporaryDirectory(prefix="hailuo-", ignore_cleanup_errors=True) as folder:
        source, target = Path(folder, "report.html"), Path(folder, "report.pdf")
        source.write_text(page, encoding="utf-8", errors="replace")
        # Without a right to its sandbox, as root, it does not start at all.
        as_root = ("--no-sandbox",) if getattr(os, "geteuid", lambda: 1)() == 0 else ()
        command = [
            program,
            *_FLAGS,
            *as_root,
            f"--user-data-dir={folder}/profile",
            f"--print-to-pdf={target}",
            source.as_uri(),
        ]
        said = _run(command, seconds)
        data = target.read_bytes() if target.is_file() else b""
    if not data.startswith(_PDF):
        raise HailuoError(
            f"{Path(program).name} printed no PDF. Nothing was written. It said: "
            f"{said[-300:].strip() or 'nothing'}"
        )
    return data


def _run(command: list[str], seconds: float) -> str:
    """Run a program that may start others, and let none of them outlive it."""
    try:
        process = subprocess.Popen(  # noqa: S603  a program of this machine, found by its name
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment(),
            start_new_session=True,
        )
    except OSError as error:
        raise HailuoError(
            f"{Path(command[0]).name} could not be started: {error.strerror}. Nothing was written."
        ) from None
    try:
        _, said = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise HailuoError(
            f"{Path(command[0]).name} has not printed the page within {seconds:g} s. Nothing was "
            "written. An output of the notebook may be too much for it, or the machine is busy: try "
            "again, or export with --to hailuo and print that page."
        ) from None
    finally:
        _end(process)
    return said.decode(errors="replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.communicate()
