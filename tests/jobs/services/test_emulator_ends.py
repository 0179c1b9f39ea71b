"""The emulator ends while it renders, or never begins: the draft comes all the same, or a sentence."""

import os
import queue
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from hailuo_widgets.errors import EmulatorError, HailuoError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.jobs import loop
from hailuo_widgets.jobs.runner.api import Runner
from hailuo_widgets.jobs.runner.job import JobState
from hailuo_widgets.jobs.services import services
from hailuo_widgets.jobs.services.connect import Emulator
from hailuo_widgets.jobs.services.emulator_process import EmulatorProcess
from hailuo_widgets.jobs.services.preview_client import Preview, Previewer
from hailuo_widgets.jobs.wavespeed import poll
from hailuo_widgets.jobs.wavespeed.http import HttpClients
from hailuo_widgets.library.library import Library
from tests.support.fast_clock import clock
from tests.support.places import ROOT, importing
from tests.support.samples import gradient, request

pytestmark = pytest.mark.slow

PATIENCE = 90
AGAIN = "the emulator ended; rendering again"


class Impatient(Emulator):
    """The local emulator, given up sooner when it does not answer."""

    schedule = poll.LOCAL._replace(answer=4.0)


@pytest.fixture
def library(tmp_path):
    library = Library(tmp_path / "library")
    yield library
    library.close()


@pytest.fixture
def runner():
    runner = Runner(clock(1))
    yield runner
    runner.close()
    services._process().stop()


def at_work(job):
    """Wait until a job is being rendered."""
    working = queue.SimpleQueue()
    job.observe(lambda job: job.state is JobState.PROCESSING and working.put(1))
    working.get(timeout=PATIENCE)


def strike(number):
    os.kill(services._process()._child.pid, number)


def test_a_draft_whose_emulator_is_killed_is_rendered_again_and_says_so(library, runner):
    connection = Emulator(library, "ultra")
    jobs = [runner.ask(connection, request(f"static shot {number}"), 1) for number in range(2)]
    said = []
    jobs[0].observe(lambda job: said.append((job.state, job.detail)))
    at_work(jobs[0])
    strike(signal.SIGKILL)
    assert [job.wait(PATIENCE).draft for job in jobs] == [True, True]
    assert (JobState.INTENT, AGAIN) in said
    assert said[-1] == (JobState.DOWNLOADED, "ready")
    steps = [step.detail for step in library.ledger.jobs.transitions(jobs[0].row_id)]
    assert steps.count(AGAIN) == 1


def test_a_second_end_is_told_and_asking_again_works(library, runner):
    connection = Emulator(library, "ultra")
    job = runner.ask(connection, request("static shot"), 1)
    for _ in range(2):
        at_work(job)
        strike(signal.SIGKILL)
        ended = queue.SimpleQueue()
        job.observe(lambda job, ended=ended: job.state is JobState.INTENT and ended.put(1))
        ended.get(timeout=PATIENCE)
    with pytest.raises(EmulatorError, match="ended twice"):
        job.wait(PATIENCE)
    assert library.ledger.jobs.row(job.row_id).holder is None
    assert runner.ask(connection, request("static shot"), 1).wait(PATIENCE).draft


def test_an_emulator_that_hangs_is_ended_and_replaced(library, runner):
    job = runner.ask(Impatient(library, "ultra"), request("static shot"), 1)
    at_work(job)
    strike(signal.SIGSTOP)
    assert job.wait(PATIENCE).draft


def test_a_request_to_an_emulator_that_hangs_is_sent_to_another(library, runner):
    connection = Impatient(library, "ultra")
    assert runner.ask(connection, request("static shot"), 1).wait(PATIENCE).draft
    strike(signal.SIGSTOP)
    job = runner.ask(connection, request("static shot, fog"), 1)
    assert job.wait(PATIENCE).draft


def test_a_draft_that_another_kernel_carries_is_followed_past_the_end(library, runner, tmp_path):
    other = Library(tmp_path / "library")
    follower = Runner(clock(1))
    try:
        mine = runner.ask(Emulator(library, "ultra"), request("static shot"), 1)
        at_work(mine)
        theirs = follower.ask(Emulator(other, "ultra"), request("static shot"), 1)
        strike(signal.SIGKILL)
        assert theirs.wait(PATIENCE).sha256 == mine.wait(PATIENCE).sha256
    finally:
        follower.close()
        other.close()


def test_a_preview_outlives_the_end_of_its_emulator(library):
    news = queue.SimpleQueue()
    connection = Emulator(library, "ultra")
    http_clients = HttpClients()
    previewer = Previewer(lambda: http_clients, lambda: connection, news.put)
    for prompt in ("push in", "pan left"):
        previewer.look(prompt, Frame(gradient()), None)
        while not isinstance(found := news.get(timeout=PATIENCE), Preview):
            assert not isinstance(found, HailuoError), found
        strike(signal.SIGKILL)
    loop.submit(http_clients.close).result(PATIENCE)
    services._process().stop()


# -- starting -----------------------------------------------------------------------------------


@pytest.fixture
def process():
    process = EmulatorProcess()
    yield process
    process.stop()


@pytest.mark.skipif(sys.platform == "win32", reason="process groups of POSIX")
def test_it_has_a_process_group_of_its_own(process):
    process.base_url()
    assert os.getpgid(process._child.pid) != os.getpgid(0)


def test_an_end_that_the_system_has_not_told_yet_is_seen(process):
    serial = process.running().serial
    os.kill(process._child.pid, signal.SIGKILL)
    assert process.has_ended(serial)


def test_it_does_not_get_the_key_of_the_paid_service(process, monkeypatch):
    monkeypatch.setenv("WAVESPEED_API_KEY", "sk-sentinel-of-the-environment")
    monkeypatch.setenv("MY_NOTES", "the key is sk-sentinel-of-the-environment")
    process.base_url()
    given = Path(f"/proc/{process._child.pid}/environ").read_bytes()
    assert b"sentinel" not in given


def test_what_it_says_as_it_ends_is_in_the_sentence(process, monkeypatch):
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    with pytest.raises(EmulatorError, match=r"did not start .*encodings.*nothing costs anything"):
        process.base_url()


def test_without_files_left_it_is_a_sentence():
    script = """
        import resource, sys
        from hailuo_widgets.errors import EmulatorError
        from hailuo_widgets.jobs.services.emulator_process import EmulatorProcess
        resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]),) * 2)
        try:
            EmulatorProcess().base_url()
        except EmulatorError as error:
            print(error)
    """
    for most in (4, 6, 8):
        done = in_child(script, str(most))
        assert "did not start" in done.stdout, done
        assert "Traceback" not in done.stderr
        assert "oo many open files" in done.stdout


def in_child(script, *arguments, **how):
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), *arguments],
        check=False, capture_output=True, text=True, timeout=PATIENCE,
        env=importing(), **how,
    )  # fmt: skip


MODULES = [
    "secrets",
    "click",
    "hashlib",
    "fractions",
    "cv2",
    "uvicorn",
    "starlette",
    "anyio",
    "numpy",
    "av",
    "queue",
    "statistics",
    "calendar",
    "random",
    "PIL",
    "multipart",
    "python_multipart",
    "sqlite3",
    "typing_extensions",
    "h11",
]
BESIDE = """
    import os, sys
    import hailuo_widgets
    from hailuo_widgets.jobs.services.emulator_process import EmulatorProcess
    import asyncio, urllib.request, urllib.error, secrets, subprocess, httpx
    httpx.Client(trust_env=False).close()
    os.chdir(sys.argv[1])
    sys.path.insert(0, sys.argv[2])
    os.environ["PYTHONPATH"] = sys.argv[3].replace("|", os.pathsep)
    process = EmulatorProcess()
    base = process.base_url()
    http = httpx.Client(trust_env=False, auth=process.key.auth(base))
    print(http.get(base + "/api/v3/balance").status_code)
    fields = {"prompt": "push in", "image": None, "end_image": None}
    print(http.post(base + "/emulator/outlook", json=fields).json()["data"]["understood"])
"""


@pytest.mark.parametrize(
    ("first", "paths"), [("", ""), ("{here}", "."), ("", "{here}"), ("{here}", "|{here}/|")]
)
def test_files_beside_the_notebook_are_not_its_modules(tmp_path, first, paths):
    for name in MODULES:
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('not yours')\n")
    here = str(tmp_path)
    done = in_child(BESIDE, here, first.format(here=here), paths.format(here=here))
    assert done.stdout.split("\n")[0] == "200", done.stderr
    assert "push in" in done.stdout


def test_the_package_is_this_one_however_the_parent_found_it(tmp_path):
    """A working copy that is not installed, and the notebook in its root."""
    script = """
        import os, sys
        sys.path.insert(0, sys.argv[1])
        os.environ.pop("PYTHONPATH")
        os.chdir(sys.argv[1])
        from hailuo_widgets.jobs.services.emulator_process import EmulatorProcess
        process = EmulatorProcess()
        print(process.base_url())
    """
    done = in_child(script, str(ROOT))
    assert done.stdout.startswith("http://127.0.0.1:"), done.stderr
