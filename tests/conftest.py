"""What several tests stand on."""

import itertools

import hypothesis
import pytest

from hailuo_widgets.jobs.services.connect import connect
from tests.support import samples
from tests.support.browser.chromium import chromium as start_chromium
from tests.support.browser.jupyter_lab import LabPage, LabServer
from tests.support.emulator_server import QuickRenderer, RunningEmulator

_numbers = itertools.count(1)

# A busy machine is no failure: examples have no deadline of their own.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


def pytest_collection_modifyitems(items):
    """Begin with what takes minutes: at the end it would keep one worker while the others rest."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session")
def _running_emulator(tmp_path_factory):
    renderer = QuickRenderer(samples.clip(frames=16, width=64, height=36))
    running = RunningEmulator(tmp_path_factory.mktemp("emulator"), renderer)
    yield running
    running.close()


@pytest.fixture
def emulator(_running_emulator, caplog):
    """An emulator that knows nothing yet, with no faults and the usual settings."""
    _running_emulator.renderer.reset()
    _running_emulator.looker.reset()
    _running_emulator.reset()
    yield _running_emulator
    _running_emulator.renderer.open.set()
    _running_emulator.looker.open.set()
    its_own = ("hailuo_widgets.emulator", "uvicorn")
    said = [each for each in caplog.get_records("call") if each.name.startswith(its_own)]
    assert [each.getMessage() for each in said] == []


@pytest.fixture
def paid(emulator, tmp_path):
    """Connected to the paid service, played by the emulator, with $5.00 to spend."""
    return connect(
        "wavespeed",
        budget=5,
        api_key=emulator.key,
        base_url=emulator.url,
        tier="ultra",  # as the emulator is: no test waits for a turn that it is not about
        library=tmp_path / "library",
    )


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory):
    """A JupyterLab with a home of its own, for the whole session."""
    server = LabServer(tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def chromium():
    """A browser for one module: outside of browser tests no event loop runs in this thread."""
    with start_chromium() as running:
        yield running


@pytest.fixture
def lab(lab_server, chromium, request):
    """Open a notebook of these cells in a page of its own: ``lab(cell, ..., files=[...])``."""
    contexts = []

    def open_notebook(
        *cells, files=(), theme="light", size=(1280, 900), run=True, name=None, host="lab"
    ):
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, accept_downloads=True
        )
        context.set_default_timeout(30_000)
        contexts.append(context)
        stem = name or f"{request.node.originalname}-{next(_numbers)}"
        path = lab_server.notebook(stem, cells, files=files)
        page = LabPage(context.new_page(), lab_server, path, host=host)
        page.open(theme=theme)
        if run:
            page.run_all()
        return page

    yield open_notebook
    for context in contexts:
        context.close()
