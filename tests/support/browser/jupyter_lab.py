"""A real JupyterLab in a real browser, for tests of what people touch.

One server and one browser serve a whole test session; each test gets a folder, a notebook and a
page of its own. Everything is found the way a person finds it: by role, label and text.
"""

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import nbformat

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
KERNEL_IDLE = """() => {
    const panel = window.jupyterapp?.shell.currentWidget;
    const session = panel?.sessionContext;
    return Boolean(session?.isReady && session.session?.kernel?.status === 'idle'
        && session.session.kernel.connectionStatus === 'connected');
}"""
QUIET = {
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
    "@jupyterlab/docmanager-extension/plugin.jupyterlab-settings": {"autosave": False},
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def own_home(home):
    """An environment in which Jupyter finds nothing of the machine's user."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    folders = {
        name: str(home / name.lower())
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    kept.pop("HAILUO_LIBRARY", None)
    kept.pop("WAVESPEED_API_KEY", None)
    return {**kept, "HOME": str(home), **folders}


class LabServer:
    """One JupyterLab process that serves a folder, by default an empty one of its own."""

    def __init__(self, home, *, base_url="/", environment=None, root=None, python=sys.executable):
        self.root = root or home / "work"
        self.root.mkdir(parents=True, exist_ok=True)
        self.token = secrets.token_hex(16)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}{base_url}"
        settings = home / "settings"
        for name, value in QUIET.items():
            (settings / name).parent.mkdir(parents=True, exist_ok=True)
            (settings / name).write_text(json.dumps(value))
        self.settings = settings
        command = [
            python, "-m", "jupyterlab", "--no-browser", "--allow-root",
            f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.base_url={base_url}", f"--IdentityProvider.token={self.token}",
            f"--ServerApp.root_dir={self.root}", "--LabApp.expose_app_in_browser=True",
            # Notebook 7 is served beside it.
            "--JupyterNotebookApp.expose_app_in_browser=True",
            f"--LabApp.user_settings_dir={settings}",
            f"--LabApp.workspaces_dir={home / 'workspaces'}",
        ]  # fmt: skip
        self.log = (home / "server.log").open("wb")
        self.process = subprocess.Popen(
            command,
            env={**own_home(home), **(environment or {})},
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._wait()

    def _wait(self):
        request = urllib.request.Request(
            f"{self.url}api/status", headers={"Authorization": f"token {self.token}"}
        )
        while self.process.poll() is None:
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                urllib.request.urlopen(request, timeout=5).close()
                return
        raise RuntimeError((self.log.name, Path(self.log.name).read_text()[-2000:]))

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        self.log.close()

    def notebook(self, name, cells, *, files=()):
        """Write a notebook and the files beside it; return its path below the root."""
        folder = self.root / name
        folder.mkdir()
        for file in files:
            shutil.copy(file, folder)
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        nbformat.write(notebook, folder / f"{name}.ipynb")
        return f"{name}/{name}.ipynb"


class LabPage:
    """One notebook open in one browser page, in JupyterLab or in Notebook 7."""

    def __init__(self, page, server, path, *, host="lab"):
        self.page = page
        self.host = host
        self.server = server
        self.path = path
        self.errors = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, *, theme="light", wait_for_kernel=True):
        place = {"lab": "doc/tree", "notebook": "notebooks"}[self.host]
        self.page.goto(f"{self.server.url}{place}/{self.path}?reset&token={self.server.token}")
        self.page.wait_for_selector(".jp-Notebook-cell")
        if wait_for_kernel:
            self.page.wait_for_function(KERNEL_IDLE, timeout=60_000)
        # The server remembers a theme, so each page says which one it wants.
        self.page.evaluate(
            "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})",
            f"JupyterLab {theme.capitalize()}",
        )
        is_light = "true" if theme == "light" else "false"
        self.page.wait_for_selector(f"[data-jp-theme-light='{is_light}']", state="attached")
        return self

    def run_all(self):
        """Run every cell; returns when all have ended."""
        self.page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")

    def start_all(self):
        """Run every cell; returns at once."""
        self.page.evaluate("void window.jupyterapp.commands.execute('notebook:run-all-cells')")

    def start_cell(self, index):
        """Run one cell; returns at once."""
        self.page.evaluate(
            """index => {
                const notebook = window.jupyterapp.shell.currentWidget.content;
                notebook.activeCellIndex = index;
                void window.jupyterapp.commands.execute('notebook:run-cell');
            }""",
            index,
        )

    def run_cell(self, index):
        self.start_cell(index)
        self.page.wait_for_function(
            """index => {
                const cell = window.jupyterapp.shell.currentWidget.content.model.cells.get(index);
                return cell.executionCount !== null && cell.executionState !== 'running';
            }""",
            arg=index,
        )
        self.page.wait_for_function(KERNEL_IDLE, timeout=60_000)

    def outputs(self, index):
        """The cell's outputs as the notebook file would hold them."""
        return self.page.evaluate(
            "index => window.jupyterapp.shell.currentWidget.content.model.cells.get(index)"
            ".outputs.toJSON()",
            index,
        )

    def save(self):
        """Save the notebook; return the file as text."""
        self.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
        return (self.server.root / self.path).read_text()

    def reload(self):
        self.page.reload()
        self.page.wait_for_selector(".jp-Notebook-cell")
        self.page.wait_for_function(KERNEL_IDLE, timeout=60_000)

    @property
    def cell_area(self):
        return self.page.locator(".jp-OutputArea").first
