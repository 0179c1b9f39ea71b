"""1,000 jobs in flight from one kernel: memory, CPU, and whether each is served.

Beside it the official client, one thread a job, in a kernel of its own against the same emulator.
"""

import json
import os
import tempfile
import time
from pathlib import Path

from jupyter_client.manager import start_new_kernel

from tests.bench.polling import begin, by_output, emulator, end_of, questions
from tests.bench.table import show

JOBS = 1000
SETTLED_SECONDS = 31.0  # the first question comes after 30 s: by then all are being asked about
WINDOW_SECONDS = 20.0
MOST_SECONDS = 240.0
LATENCY_SECONDS = (75, 120)  # so that until then, and for the window, all of them are in flight
COMMON = """
import sys, threading, time, json
from tests.support import samples
picture = samples.picture()
seen = {}
"""
OURS = """
import hailuo_widgets as hw
from hailuo_widgets.jobs.runner.api import generate, warm_up
paid = hw.connect("wavespeed", budget=10_000, tier="ultra", base_url={url!r}, api_key={key!r}, library={library!r})
frame = hw.Frame(picture)
warm_up()
def look(job):
    if str(job.state) == "completed":
        seen.setdefault(job.prediction_id, time.time())
def start():
    global jobs
    jobs = [generate(frame, f"shot {{number}}") for number in range({jobs})]
    for job in jobs:
        job.observe(look)
def accepted():
    return sum(job.prediction_id is not None for job in jobs)
def ended():
    return sum(job.done for job in jobs)
def good():
    return sum(job.clip is not None for job in jobs)
"""
OFFICIAL = """
from wavespeed.api.client import Client
from tests.support.emulator_server import data_uri
from hailuo_widgets import service
uri = data_uri(picture, "jpeg")
threads, results, tries = [], [], []
def one(number):
    try:
        client = Client(api_key={key!r}, base_url={url!r})
        result = client.run(service.MODEL, {{"image": uri, "prompt": f"shot {{number}}"}})
        seen[result["outputs"][0]] = time.time()
        results.append(result)
    finally:
        tries.append(number)
def start():
    for number in range({jobs}):
        threads.append(threading.Thread(target=one, args=(number,), daemon=True))
        threads[-1].start()
def accepted():
    return {jobs}
def ended():
    return len(tries)
def good():
    return len(results)
"""


class Kernel:
    """A Jupyter kernel that is told what to do, and watched from outside."""

    def __init__(self, folder):
        self._manager, self._client = start_new_kernel(cwd=folder)
        self._told = Path(folder, "told.json")
        self.pid = self._manager.provisioner.process.pid

    def run(self, source):
        """Run a cell."""

        def hear(message):
            if message["msg_type"] == "error":
                raise RuntimeError(message["content"]["evalue"])

        self._client.execute_interactive(source, output_hook=hear, timeout=600)

    def ask(self, expression):
        """Evaluate; give the value."""
        # By a file: a thousand threads keep the kernel from printing for minutes.
        self.run(f"open({str(self._told)!r}, 'w').write(json.dumps({expression}))")
        return json.loads(self._told.read_text())

    def memory(self):
        """Megabytes that are its own (PSS)."""
        text = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        return (
            int(next(line for line in text.splitlines() if line.startswith("Pss:")).split()[1])
            / 1024
        )

    def cpu(self):
        """Seconds of CPU so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self):
        """End it."""
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


def watch(kernel, door):
    """Let one client carry the crowd; its figures."""
    idle = kernel.memory()
    peak = idle
    began, cpu_began = time.perf_counter(), kernel.cpu()
    kernel.run("start()")
    while billed(door) < JOBS:
        time.sleep(0.5)
        peak = max(peak, kernel.memory())
    sent = time.perf_counter()
    time.sleep(SETTLED_SECONDS)
    settled, cpu_settled, before = time.perf_counter(), kernel.cpu(), questions(door)
    while time.perf_counter() < settled + WINDOW_SECONDS:
        time.sleep(0.5)
        peak = max(peak, kernel.memory())
    window = time.perf_counter() - settled
    flying = (kernel.cpu() - cpu_settled) / window
    rate = (questions(door) - before) / window
    deadline = time.perf_counter() + MOST_SECONDS
    while kernel.ask("ended()") < JOBS and time.perf_counter() < deadline:
        time.sleep(1)
        peak = max(peak, kernel.memory())
    whole = (kernel.cpu() - cpu_began) / (time.perf_counter() - began)
    asked = questions(door)
    names = by_output(door)
    late = [
        when - end_of(door, names.get(seen, seen), scale=1.0)
        for seen, when in kernel.ask("seen").items()
    ]
    return {
        "sent, s": f"{sent - began:.0f}",
        "MB over idle": f"{peak - idle:.0f}",
        "CPU in flight": f"{flying:.1%}",
        "questions a second": f"{rate:.0f}",
        "CPU in all": f"{whole:.0%}",
        "clips": f"{kernel.ask('good()')}",
        "longest lag, s": f"{max(late, default=float('nan')):.0f}",
        "questions": f"{asked}",
    }


def billed(door):
    """How many submissions the service has accepted."""
    wishes = {"page": 1, "page_size": 1}
    return door.post("/api/v3/billings/search", json=wishes).json()["data"]["total"]


def run():
    found = {}
    for name, source in (("hailuo_widgets", OURS), ("wavespeed, a thread a job", OFFICIAL)):
        with (
            tempfile.TemporaryDirectory() as folder,
            emulator(Path(folder, "emulator")) as (url, key, door),
        ):
            begin(door, latency_seconds=LATENCY_SECONDS)
            kernel = Kernel(folder)
            try:
                place = str(Path(folder, "library"))
                words = {"url": url, "key": key, "library": place, "jobs": JOBS}
                kernel.run(COMMON + source.format(**words))
                found[name] = watch(kernel, door)
            finally:
                kernel.close()
    rows = [(name, *figures.values()) for name, figures in found.items()]
    header = ("client", *next(iter(found.values())))
    show(
        f"{JOBS} jobs in flight from one kernel, {LATENCY_SECONDS[0]} to {LATENCY_SECONDS[1]} s each"
        " (goals: 150 MB, 10 % of a core, every clip)",
        header,
        rows,
    )
