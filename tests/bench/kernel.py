"""A trivial cell's latency while 100 jobs are in flight, beside the same kernel at rest."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from jupyter_client.manager import start_new_kernel

from tests.bench.table import show

ROUNDS = 200
JOBS = 100
# The emulator renders with a ready clip here: what is measured is the kernel, not the renderer.
EMULATOR = """
import sys, threading
from tests.support import samples
from pathlib import Path
from tests.support.emulator_server import QuickRenderer, RunningEmulator
running = RunningEmulator(Path(sys.argv[1]), QuickRenderer(samples.clip(frames=16)))
running.reset(latency="real", latency_seconds=[60, 60], tier="ultra")
print(running.url, running.key, flush=True)
sys.stdin.read()
running.close()
"""
START = """
import hailuo_widgets as hw
from hailuo_widgets.jobs.runner.api import generate
import numpy as np
hw.connect("wavespeed", budget=1000, tier="ultra", base_url={url!r}, api_key={key!r}, library={library!r})
picture = hw.Frame(np.zeros((360, 640, 3), np.uint8))
jobs = [generate(picture, "benchmark", take=take) for take in range(1, {jobs} + 1)]
"""
WAIT = """
import time
while not all(job.prediction_id for job in jobs):
    time.sleep(0.05)
"""
COUNT = "print(sum(not job.done for job in jobs))"


def latency(client):
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        client.execute_interactive("1 + 1", output_hook=lambda _: None, timeout=60)
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def printed(client, source):
    found = []
    client.execute_interactive(
        source, output_hook=lambda message: found.append(message["content"].get("text", ""))
    )
    return "".join(found).strip()


def run():
    with tempfile.TemporaryDirectory() as folder:
        emulator = subprocess.Popen(
            [sys.executable, "-c", EMULATOR, str(Path(folder, "emulator"))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        url, key = emulator.stdout.readline().split()
        manager, client = start_new_kernel(cwd=folder)
        try:
            latency(client)
            rest = latency(client)
            place = str(Path(folder, "library"))
            printed(client, START.format(url=url, key=key, library=place, jobs=JOBS))
            printed(client, WAIT)
            busy = latency(client)
            in_flight = printed(client, COUNT)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
            emulator.stdin.close()
            emulator.wait()
            emulator.stdout.close()
    rows = [
        ("at rest", f"{rest * 1000:.2f}", "1.00"),
        (f"{in_flight} jobs in flight", f"{busy * 1000:.2f}", f"{busy / rest:.2f}"),
    ]
    show("A trivial cell's median latency (goal: ratio <= 1.2)", ("kernel", "ms", "ratio"), rows)
