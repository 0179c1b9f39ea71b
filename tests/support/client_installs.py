"""Other people's clients, installed beside the tests when they are first needed, and kept."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import filelock
import pytest

from tests.support.places import TESTS

HERE = TESTS / "public_clients"
KEPT = HERE / "build"
"""A name that every tool leaves alone, Git and pytest included."""

PATIENCE_SECONDS = 300


def python_folder(name):
    """Install what ``public_clients/<name>.txt`` pins; return the folder to import it from."""
    wanted = HERE / f"{name}.txt"
    folder = KEPT / f"{name}-{sys.version_info.major}.{sys.version_info.minor}"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]
    _once(folder, wanted, [*command, "--target", folder, "-r", wanted])
    return folder


def node_folder():
    """Install what the lock file in ``public_clients`` pins; return the modules' folder."""
    npm = Path(sys.executable).with_name("npm")
    found = npm if npm.exists() else shutil.which("npm") or "npm"
    flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    folder = HERE / "node_modules"
    _once(folder, HERE / "package-lock.json", [found, "--prefix", HERE, "ci", *flags])
    return folder


def node():
    """Return the Node that the page's tests use too."""
    beside = Path(sys.executable).with_name("node")
    return str(beside) if beside.exists() else shutil.which("node") or "node"


def _once(folder, wanted, command):
    """Run a command, unless it was run for the same list; skip where nothing can be installed."""
    digest = hashlib.sha256(wanted.read_bytes()).hexdigest()
    stamp = KEPT / f"{folder.name}.sha256"
    KEPT.mkdir(exist_ok=True)
    with filelock.FileLock(KEPT / "lock"):
        if folder.exists() and stamp.exists() and stamp.read_text() == digest:
            return
        shutil.rmtree(folder, ignore_errors=True)
        # npm is a script that looks for node.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            list(map(str, command)),
            check=False,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            env={**os.environ, "PATH": path},
        )
        if done.returncode != 0:
            pytest.skip(f"cannot be installed here: {(done.stderr or done.stdout)[-300:]}")
        stamp.write_text(digest)
