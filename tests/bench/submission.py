"""From Run pressed to the POST on the wire, with a 20 MB JPEG.

The peer does what any client must: read the file and write it as base64 text.
"""

import base64
import contextlib
import http.server
import os
import statistics
import tempfile
import threading
import time
from pathlib import Path

from tests.bench.table import median_of, show

RUNS = 7
SIZE = 19_900_000


class _Listener(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.arrived.append(time.perf_counter())
        remaining = int(self.headers["Content-Length"])
        while remaining:
            remaining -= len(self.rfile.read(min(remaining, 1 << 20)))
        self.server.whole.append(time.perf_counter())
        body = b'{"code":400,"message":"benchmark"}'
        self.send_response(400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def large_jpeg(size=SIZE):
    """A real JPEG of about that many bytes: noise does not compress."""
    import io

    import numpy as np
    from PIL import Image

    pixels = np.random.default_rng(0).integers(0, 255, (4000, 6000, 3), np.uint8)
    while True:
        target = io.BytesIO()
        Image.fromarray(pixels).save(target, "JPEG", quality=90)
        if target.tell() <= size:
            return target.getvalue()
        # Bytes grow with pixels: take away as many rows as are too many, and one for rounding.
        pixels = pixels[: int(len(pixels) * size / target.tell()) - 1]


def run():
    import hailuo_widgets as hw
    from hailuo_widgets.errors import RefusedError
    from hailuo_widgets.jobs.runner.api import generate, warm_up

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Listener)
    server.arrived, server.whole = [], []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "large.jpg"
        picture.write_bytes(large_jpeg())
        peer = median_of(RUNS, lambda: base64.b64encode(picture.read_bytes()))
        os.environ["HAILUO_LIBRARY"] = str(Path(folder) / "library")
        hw.connect(
            "wavespeed", budget=100, api_key="benchmark",
            base_url=f"http://127.0.0.1:{server.server_port}",
        )  # fmt: skip
        warm_up()  # as the Studio does when it is shown
        pressed = []
        frame_seconds = []
        for take in range(1, RUNS + 2):
            began = time.perf_counter()
            frame = hw.Frame(picture)
            # As the well does when a picture is dropped, to show and to tell it.
            assert frame.sha256
            frame_seconds.append(time.perf_counter() - began)
            pressed.append(time.perf_counter())
            job = generate(frame, "benchmark", take=take)
            with contextlib.suppress(RefusedError):
                job.wait()
        # The first one opens the connection; it stands apart.
        first = server.arrived[0] - pressed[0]
        wire = statistics.median(
            arrived - began for arrived, began in zip(server.arrived[1:], pressed[1:], strict=True)
        )
        whole = statistics.median(
            arrived - began for arrived, began in zip(server.whole[1:], pressed[1:], strict=True)
        )
        rows = [
            ("read the file and code it as base64", f"{peer * 1000:.0f}", "1.00"),
            ("hw.Frame(file)", f"{statistics.median(frame_seconds) * 1000:.0f}", ""),
            ("Run to POST on the wire", f"{wire * 1000:.0f}", f"{wire / peer:.2f}"),
            ("the same, first of the process", f"{first * 1000:.0f}", f"{first / peer:.2f}"),
            ("Run to the whole body received", f"{whole * 1000:.0f}", f"{whole / peer:.2f}"),
        ]
        size = picture.stat().st_size / 1e6
        show(f"Submitting a {size:.1f} MB JPEG (goal: ratio <= 1.5)", ("step", "ms", "ratio"), rows)
    server.shutdown()
