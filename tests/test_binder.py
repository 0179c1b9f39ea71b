"""What Binder would build, built here: the same steps, in an environment of its own.

repo2docker copies the repository, makes an environment of the Python that ``binder/runtime.txt``
names, and installs ``binder/requirements.txt`` at the top of the repository. Docker is left out;
the hub's address is played by a path prefix.
"""

import contextlib
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from playwright.sync_api import expect

from tests.support.browser.jupyter_lab import LabPage, LabServer
from tests.support.places import ROOT

BINDER = ROOT / "binder"
COPIED = ("binder", "hailuo_widgets", "notebooks", "pyproject.toml", "README.md", "LICENSE")
PREFIX = "/user/someone-on-binder/"
GIGABYTE = 1_000_000_000
ARRIVAL_MS = 180_000
PLAYS = """() => [...document.querySelectorAll('.hw-player-video')].some(
    video => video.videoWidth >= 1080 && video.currentTime > 0.2)"""
PINNED = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+")


def test_every_version_is_pinned_and_nothing_is_named_but_versions():
    lines = (BINDER / "requirements.txt").read_text().splitlines()
    assert lines[1] == "--editable ."
    assert [line for line in lines[2:] if not PINNED.fullmatch(line)] == []


def test_the_lock_holds_what_the_kit_needs():
    """A dependency that was added and not locked would be resolved anew at each build."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["lab"], *extras["app"]]
    locked = {
        re.sub(r"[._]", "-", line.split("==")[0]).lower()
        for line in (BINDER / "requirements.txt").read_text().splitlines()[2:]
    }
    needed = [
        each for each in map(Requirement, wanted) if not each.marker or each.marker.evaluate()
    ]
    names = {re.sub(r"[._]", "-", each.name).lower() for each in needed}
    assert names - {"hailuo-widgets"} <= locked


def test_the_folder_holds_what_is_read_there_and_nothing_else():
    assert {path.name for path in BINDER.iterdir()} == {"requirements.txt", "runtime.txt"}
    assert re.fullmatch(r"python-3\.\d+\n", (BINDER / "runtime.txt").read_text())


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The repository as it would lie on Binder, and the Python installed for it."""
    home = tmp_path_factory.mktemp("binder")
    repository = home / "repository"
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            leave = shutil.ignore_patterns("__pycache__", "hailuo-library", ".ipynb_checkpoints")
            shutil.copytree(source, repository / name, ignore=leave)
        else:
            shutil.copy(source, repository / name)
    subprocess.run([sys.executable, "-m", "venv", home / "env"], check=True)
    python = str(home / "env" / "bin" / "python")
    install = [python, "-m", "pip", "install", "--quiet", "-r", "binder/requirements.txt"]
    subprocess.run(install, cwd=repository, check=True)
    return repository, python


@pytest.fixture(scope="module")
def binder(built, tmp_path_factory):
    repository, python = built
    server = LabServer(
        tmp_path_factory.mktemp("server"), base_url=PREFIX, root=repository, python=python
    )
    yield server
    server.stop()


def descendants(pid):
    """A process and all that come of it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [each for child in task.read_text().split() for each in descendants(child)]
    return found


def resident(pid):
    """Bytes of memory of a process and all that come of it; what they share is counted once."""
    total = 0
    for each in descendants(pid):
        with contextlib.suppress(OSError):
            smaps = Path(f"/proc/{each}/smaps_rollup").read_text()
            total += int(re.search(r"^Pss:\s+(\d+) kB", smaps, re.MULTILINE)[1]) * 1024
    return total


@contextlib.contextmanager
def measured(server):
    """Look at the memory of all processes of a server again and again; yields the list."""
    seen = []
    ended = threading.Event()

    def look():
        while not ended.wait(0.1):
            seen.append(resident(server.process.pid))

    looking = threading.Thread(target=look)
    looking.start()
    yield seen
    ended.set()
    looking.join()


@pytest.fixture
def page(chromium):
    contexts = []

    def opened(width):
        context = chromium.new_context(viewport={"width": width, "height": 900})
        context.set_default_timeout(60_000)
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


def fits(page):
    """Whether nothing of the widget sticks out at its right."""
    return page.evaluate(
        "() => [...document.querySelectorAll('.hw')].every(node => node.clientWidth === 0"
        " || node.scrollWidth <= node.clientWidth + 1)"
    )


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_the_first_notebook_runs_in_the_lab(binder, page, width):
    with measured(binder) as memory:
        opened = LabPage(page(width), binder, "notebooks/01_first_clip.ipynb").open()
        opened.run_all()
        # A clip is fetched when it comes near what is in view.
        opened.page.locator(".hw-player").nth(1).scroll_into_view_if_needed()
        opened.page.wait_for_function(PLAYS, timeout=ARRIVAL_MS)
        assert fits(opened.page)
        opened.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    assert opened.errors == []
    print(f"JupyterLab at {width} px: {max(memory) / 1e6:.0f} MB")
    assert max(memory) < GIGABYTE


@pytest.mark.browser
def test_the_studio_is_an_app(binder, page):
    errors = []
    with measured(binder) as memory:
        app = page(390)
        app.on("pageerror", lambda error: errors.append(str(error)))
        app.goto(f"{binder.url}voila/render/notebooks/studio_app.ipynb?token={binder.token}")
        app.get_by_role("button", name="dandelions").click()
        app.get_by_role("textbox", name="Prompt", exact=True).fill("[Push in] slowly")
        app.get_by_role("button", name="Render draft · free").click()
        expect(app.get_by_text(re.compile("Draft ready")).first).to_be_attached(timeout=ARRIVAL_MS)
        app.locator(".hw-player").first.scroll_into_view_if_needed()
        app.wait_for_function(PLAYS, timeout=ARRIVAL_MS)
        expect(app.get_by_role("button", name="Download library")).to_be_visible()
        assert fits(app)
    assert errors == []
    print(f"Voila: {max(memory) / 1e6:.0f} MB")
    assert max(memory) < GIGABYTE
