"""Bytes on the wire for twelve cells of one 10 MB frame, counted by a relay before the service.

The peer is the way that the model's page shows: base64 in every POST. Questions, prices and polls
count on all sides.
"""

import contextlib
import tempfile
from decimal import Decimal
from pathlib import Path

from tests.bench.polling import emulator
from tests.bench.table import show

CELLS = 12
WIDTH, HEIGHT = 2700, 1530  # of noise, a JPEG of 10 MB
GOAL = 0.1
PROMPTS = [f"shot {number}" for number in range(CELLS)]


def inline(runner, connection, frame):
    """Every request with the frame in it."""
    from hailuo_widgets.request.video_request import VideoRequest

    jobs = [runner.ask(connection, VideoRequest(frame, prompt), 1) for prompt in PROMPTS]
    for job in jobs:
        job.wait(300)
    return ()


def sweep(runner, connection, frame):
    """The same requests as one sweep."""
    from hailuo_widgets.jobs.sweep.sweep import Sweep
    from hailuo_widgets.request.sweep.grid import plan

    made = Sweep.from_plan(plan(frame, PROMPTS), connection=connection, runner=runner)
    made.run().wait(300)
    assert made.failed == (), made.failed
    return made.notes


def measured(way, url, key, door, frame, fault=None):
    """Bytes that one way has sent to the service, and what was said meanwhile."""
    from hailuo_widgets.jobs.runner.api import Runner
    from hailuo_widgets.jobs.services.services import WaveSpeed
    from hailuo_widgets.jobs.wavespeed.api_key import ApiKey
    from hailuo_widgets.library.library import Library
    from tests.support import fast_clock
    from tests.support.counting_proxy import Relay

    door.post("/emulator/reset", json={"settings": {}}).raise_for_status()
    if fault:
        door.post("/emulator/faults", json=fault).raise_for_status()
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.closing(Relay(url)) as relay,
        contextlib.closing(Library(folder)) as library,
        contextlib.closing(Runner(fast_clock.clock(10))) as runner,
    ):
        library.ledger.budget.set("wavespeed", Decimal(100))
        paid = WaveSpeed(library, "ultra", relay.url, ApiKey(key))
        notes = way(runner, paid, frame)
        assert door.get("/emulator/state").json()["data"]["requests"]["submit"] == CELLS
        return relay.sent, notes


def run():
    import numpy as np

    from hailuo_widgets.frame.frame import Frame

    noise = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
    frame = Frame(noise, name="frame.jpg")
    with (
        tempfile.TemporaryDirectory() as folder,
        emulator(Path(folder, "emulator")) as (url, key, door),
    ):
        peer, _ = measured(inline, url, key, door, frame)
        ours, notes = measured(sweep, url, key, door, frame)
        assert notes == ()
        refused, said = measured(
            sweep, url, key, door, frame, {"quirk": 44, "variant": "put", "share": 1.0}
        )
    ways = (
        ("base64 in every POST", peer),
        ("a sweep", ours),
        ("a sweep whose uploads are refused", refused),
    )
    rows = [(name, f"{sent / 1e6:.1f}", f"{sent / peer:.3f}") for name, sent in ways]
    size = len(frame.data) / 1e6
    show(
        f"Bytes to the service for {CELLS} cells of one {size:.1f} MB frame (goal: ratio <= {GOAL})",
        ("way", "MB", "ratio"),
        rows,
    )
    print(f"  said of the last: {' '.join(said)}")
    assert ours <= GOAL * peer
