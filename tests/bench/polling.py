"""Questions per finished job and how late its end is learnt, beside the official client.

Both send the same requests to the same emulator with the same seed, so that every prediction takes
the same 30 to 90 s on both sides. Time runs `SCALE` times faster for everybody, here not at all.

The ends are spread evenly over 60 s. A question learns those of the 2.5 s before it within 2.5 s, and
there is room for twelve, 5 s apart: 30 of the 60 s. So half of the ends are learnt later than 2.5 s,
whatever the schedule, and a sample's median lies around that, give or take 0.14 s for 320 ends. The
third row plays the same ends against a perfect timer that asks from 30 s on every 5 s, and whose
questions take no time: what goes beyond it is the kit's own. With this seed it has 2.47 s.
"""

import contextlib
import math
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import httpx

from tests.bench.table import show

SCALE = 1.0  # real time: faster, and the machine itself would be part of the lag
JOBS = 320
AT_ONCE = JOBS
FIRST_SECONDS, FLOOR_SECONDS = 30.0, 5.0
OFFICIAL_INTERVAL_SECONDS = 1.0  # its default
SEED = 2
EMULATOR = """
import sys
from tests.support import samples
from pathlib import Path
from tests.support.emulator_server import QuickRenderer, RunningEmulator
running = RunningEmulator(Path(sys.argv[1]), QuickRenderer(samples.clip(frames=4)))
print(running.url, running.key, flush=True)
sys.stdin.read()
running.close()
"""


@contextlib.contextmanager
def emulator(folder):
    """An emulator in a process of its own; gives its URL, its key and a client for its door."""
    process = subprocess.Popen(
        [sys.executable, "-c", EMULATOR, str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    url, key = process.stdout.readline().split()
    headers = {"Authorization": f"Bearer {key}"}
    try:
        with httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False) as door:
            yield url, key, door
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def begin(door, **settings):
    """Forget everything; the next predictions take what the seed says."""
    wishes = {"latency": "real", "tier": "ultra", "seed": 1, **settings}
    door.post("/emulator/reset", json={"settings": wishes}).raise_for_status()


def questions(door):
    """How often a result has been asked for."""
    return door.get("/emulator/state").json()["data"]["requests"]["result"]


def span_of(door, prediction):
    """When a prediction was accepted, in epoch seconds, and for how many it was worked on."""
    data = door.get(f"/api/v3/predictions/{prediction}/result").json()["data"]
    created = datetime.fromisoformat(data["created_at"]).timestamp()
    return created, data["timings"]["inference"] / 1000


def end_of(door, prediction, scale=SCALE):
    """When a prediction was finished, in epoch seconds."""
    created, worked = span_of(door, prediction)
    return created + worked / scale


def perfect(seconds):
    """How often a perfect timer asks about what takes so long, and how late it learns the end."""
    before = max(0, math.ceil((seconds - FIRST_SECONDS) / FLOOR_SECONDS))
    return before + 1, FIRST_SECONDS + before * FLOOR_SECONDS - seconds


def official(url, key, picture):
    """Run all jobs with the official client; when which prediction's end was learnt."""
    from wavespeed.api.client import Client

    from hailuo_widgets import service
    from tests.support.emulator_server import data_uri

    fields = {"image": data_uri(picture, "jpeg")}

    def one(number):
        client = Client(api_key=key, base_url=url)
        asked = {**fields, "prompt": f"shot {number}"}
        result = client.run(service.MODEL, asked, poll_interval=OFFICIAL_INTERVAL_SECONDS / SCALE)
        return result["outputs"][0], time.time()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(pool.map(one, range(JOBS)))


def ours(url, key, picture, folder):
    """Run all jobs with the kit, on a library without history; the same."""
    from hailuo_widgets.jobs.runner.api import Runner
    from hailuo_widgets.jobs.services.services import WaveSpeed
    from hailuo_widgets.jobs.wavespeed.api_key import ApiKey
    from hailuo_widgets.library.ledger.states import JobState
    from hailuo_widgets.library.library import Library
    from hailuo_widgets.request.video_request import VideoRequest
    from tests.support import fast_clock

    began = time.time()

    def now():
        return datetime.fromtimestamp(began + (time.time() - began) * SCALE, UTC)

    library = Library(folder, now=now)
    library.ledger.budget.set("wavespeed", Decimal(1000))
    paid = WaveSpeed(library, "ultra", url, ApiKey(key))
    free = threading.Semaphore(AT_ONCE)
    learnt = {}
    jobs = []

    def look(job):
        if job.state is JobState.COMPLETED and job.prediction_id not in learnt:
            learnt[job.prediction_id] = time.time()
            free.release()

    with contextlib.closing(Runner(fast_clock.clock(SCALE))) as runner:
        for number in range(JOBS):
            free.acquire()
            job = runner.ask(paid, VideoRequest(picture, f"shot {number}"), 1)
            job.observe(look)
            jobs.append(job)
        for job in jobs:
            job.wait(300)
    library.close()
    return learnt


def lags(door, learnt):
    """How late each end was learnt, in the service's seconds."""
    return [(when - end_of(door, name)) * SCALE for name, when in learnt.items()]


def by_output(door):
    """The predictions by their clips' addresses: that is what the official client gives."""
    found = door.post("/api/v3/predictions", json={"page": 1, "page_size": 100}).json()["data"]
    pages = -(-found["total"] // 100)
    items = list(found["items"])
    for page in range(2, pages + 1):
        wishes = {"page": page, "page_size": 100}
        items += door.post("/api/v3/predictions", json=wishes).json()["data"]["items"]
    return {item["outputs"][0]: item["id"] for item in items if item["outputs"]}


def run():
    from tests.support import samples

    picture = samples.picture()
    with (
        tempfile.TemporaryDirectory() as folder,
        emulator(Path(folder, "emulator")) as (url, key, door),
    ):
        begin(door, time_scale=SCALE, seed=SEED)
        learnt = official(url, key, picture)
        their_questions = questions(door) / JOBS
        names = by_output(door)
        theirs = {names[output]: when for output, when in learnt.items()}
        their_lag = statistics.median(lags(door, theirs))
        begin(door, time_scale=SCALE, seed=SEED)
        mine = ours(url, key, picture, Path(folder, "library"))
        our_questions = questions(door) / JOBS
        late = lags(door, mine)
        ideal = [perfect(span_of(door, name)[1]) for name in mine]
        assert mine.keys() == theirs.keys(), (
            "both had the same predictions, with the same latencies"
        )
    median, worst = statistics.median(late), max(late)
    rows = [
        ("wavespeed, every second", f"{their_questions:.1f}", "1.00", f"{their_lag:.2f}", ""),
        (
            "hailuo_widgets",
            f"{our_questions:.1f}",
            f"{our_questions / their_questions:.2f}",
            f"{median:.2f}",
            f"{worst:.1f}",
        ),
        (
            "a perfect timer",
            f"{statistics.mean(each for each, _ in ideal):.1f}",
            "",
            f"{statistics.median(each for _, each in ideal):.2f}",
            f"{max(each for _, each in ideal):.1f}",
        ),
    ]
    show(
        f"Polling, {JOBS} jobs of 30 to 90 s (goals: ratio <= 0.20, median lag <= "
        f"{FLOOR_SECONDS / 2} s, half the documented floor)",
        ("client", "questions per job", "ratio", "median lag, s", "longest, s"),
        rows,
    )
