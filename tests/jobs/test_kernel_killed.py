"""A real Jupyter kernel is killed with jobs in flight; the next one brings them home."""

import contextlib
import json
import os
import signal
import time
from pathlib import Path

import pytest
from jupyter_client.manager import start_new_kernel

from tests.support.fast_clock import deductions

pytestmark = pytest.mark.slow

LIST_SECONDS = 2.0
BEGIN = """
import json, sys, time
from tests.support import fast_clock
from tests.support import samples
from hailuo_widgets.jobs.services.connect import connect
paid = connect(
    "wavespeed", budget=5, base_url={url!r}, api_key={key!r}, library={library!r}, tier="ultra"
)
"""
SEND = """
jobs = [fast_clock.generate(samples.gradient(), f"shot {number}") for number in range(5)]
"""
ACCEPTED = """
while not all(job.prediction_id for job in jobs):
    time.sleep(0.01)
"""
LIST = """
home = fast_clock.RUNNER.resume(paid)
print(json.dumps([[job.request.prompt, job.prediction_id] for job in home.jobs]))
"""
FINISH = """
clips = [job.wait(fast_clock.PATIENCE) for job in home.jobs]
print(json.dumps([home.sentence, [str(clip.path) for clip in clips]]))
"""
FIND = """
while not all(job.done and not job.searching for job in home.jobs):
    time.sleep(0.01)
print(json.dumps([
    [str(job.state), [each.prediction_id for each in job.candidates]] for job in home.jobs
]))
"""
ADOPT = """
for job, name in zip(home.jobs, sorted(each.prediction_id for each in home.jobs[0].candidates)):
    job.adopt(name)
"""


class Kernel:
    """A real kernel, spoken to as a notebook speaks to it."""

    def __init__(self, folder):
        self._manager, self._client = start_new_kernel(cwd=str(folder))

    def run(self, source):
        """Run a cell; give what it printed."""
        printed = []

        def hear(message):
            assert message["msg_type"] != "error", "\n".join(message["content"]["traceback"])
            printed.append(message["content"].get("text", ""))

        self._client.execute_interactive(source, output_hook=hear, timeout=60)
        return "".join(printed)

    def kill(self):
        """End it as the operating system does when memory is short."""
        process = self._manager.provisioner.process
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    def close(self):
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        self._manager.cleanup_resources()


@pytest.fixture
def kernel(tmp_path, emulator):
    """Start a kernel that is connected to the paid service, as often as it is called."""
    place = str(tmp_path / "library")
    words = {"url": emulator.url, "key": emulator.key, "library": place}
    with contextlib.ExitStack() as running:

        def start(*, connected=True):
            started = Kernel(tmp_path)
            running.callback(started.close)
            if connected:
                started.run(BEGIN.format(**words))
            return started

        start.begin = BEGIN.format(**words)
        yield start


def killed_with_five_in_flight(kernel, emulator):
    emulator.renderer.open.clear()
    first = kernel()
    first.run(SEND + ACCEPTED)
    first.kill()
    return first


def test_the_next_kernel_lists_all_within_two_seconds_and_finishes_all(kernel, emulator):
    killed_with_five_in_flight(kernel, emulator)
    second = kernel(connected=False)
    began = time.perf_counter()
    listed = json.loads(second.run(kernel.begin + LIST))
    took = time.perf_counter() - began
    assert {prompt for prompt, _ in listed} == {f"shot {number}" for number in range(5)}
    assert {name for _, name in listed} == {row["prediction"] for row in deductions(emulator)}
    assert took < LIST_SECONDS
    emulator.renderer.open.set()
    sentence, clips = json.loads(second.run(FINISH))
    assert all(Path(clip).is_file() for clip in clips)
    assert len(set(clips)) == 5
    assert "5 clips were on their way" in sentence
    assert len(deductions(emulator)) == 5


def test_what_was_on_the_wire_is_unknown_found_and_adopted_and_never_sent_again(kernel, emulator):
    emulator.fault(30, share=1.0, seconds=30)
    first = kernel()
    first.run(SEND)
    emulator.until(lambda: len(deductions(emulator)) == 5)
    first.kill()
    emulator.clear_faults()
    second = kernel()
    assert len(json.loads(second.run(LIST))) == 5
    shown = json.loads(second.run(FIND))
    paid_for = {row["prediction"] for row in deductions(emulator)}
    assert all(state == "unknown" for state, _ in shown)
    assert all(set(names) == paid_for for _, names in shown)
    second.run(ADOPT)
    _, clips = json.loads(second.run(FINISH))
    assert len(set(clips)) == 5
    assert len(deductions(emulator)) == 5
