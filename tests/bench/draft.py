"""What a draft costs beside encoding its frames alone: CPU ratios, time and memory.

Run it with ``python -m tests.bench draft [kind ...]``. Each kind of clip has a process of its
own, so that its peak memory is its own; ratios are medians of three interleaved runs. Cold is a
new picture in a process that is up. Jitter is that of shots with one plane. Then the same of previews, and what is told beforehand.
"""

import io
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from PIL import Image

from hailuo_widgets.emulator.draft import filmed, outlook, preview, preview_key, render
from hailuo_widgets.emulator.draft.output.encode import encode
from hailuo_widgets.emulator.draft.paint.compositor import FrameBuffer
from tests.support.draft.camera_motion import decoded, jitter
from tests.support.places import IMAGES, importing

RUNS = 3


def _closer(name, factor):
    """Give the middle of a picture, as if the camera had moved in."""
    image = Image.open(IMAGES / name)
    width, height = (round(side / factor) for side in image.size)
    left, top = (image.width - width) // 2, (image.height - height) // 2
    closer = image.crop((left, top, left + width, top + height)).resize(image.size)
    data = io.BytesIO()
    closer.save(data, "JPEG", quality=92)
    return data.getvalue()


# Kind: the ratio aimed at, the picture, the prompt, and the end image.
KINDS = {
    "static": (1.05, "great-wall.jpg", "[Static shot]", None),
    "plane": (1.15, "great-wall.jpg", "[Push in]", None),
    "pan": (1.15, "great-wall.jpg", "[Pan right]", None),
    "tilt": (1.15, "great-wall.jpg", "[Tilt up]", None),
    "layers, push": (1.35, "dandelions.jpg", "[Push in]", None),
    "layers, truck": (1.35, "dandelions.jpg", "[Truck right]", None),
    "light + snow": (1.40, "dandelions.jpg", "[Push in] golden hour, falling snow", None),
    "night + rain": (1.40, "dandelions.jpg", "[Truck right] night falls, rain", None),
    "dawn + fog": (1.40, "dandelions.jpg", "[Push in] dawn breaks, drifting fog", None),
    "morph": (1.50, "great-wall.jpg", "", lambda: _closer("great-wall.jpg", 1.25)),
    "dissolve": (1.50, "great-wall.jpg", "", (IMAGES / "dandelions.jpg").read_bytes),
}

AHEAD = {
    "plane ahead": ("great-wall.jpg", "[Pan left]", None),
    "layers ahead": ("dandelions.jpg", "[Truck right]", None),
    "snow ahead": ("dandelions.jpg", "[Truck right] golden hour, falling snow", None),
    "morph ahead": ("great-wall.jpg", "", lambda: _closer("great-wall.jpg", 1.25)),
    "dissolve ahead": ("great-wall.jpg", "", (IMAGES / "dandelions.jpg").read_bytes),
}

TRACKED = ("plane", "pan", "tilt")


def _spent(action):
    cpu, wall = time.process_time(), time.perf_counter()
    action()
    return time.process_time() - cpu, time.perf_counter() - wall


def measure(kind):
    """Print one row: CPU ratio, CPU of both, wall cold and warm, peak memory."""
    _, name, prompt, end = KINDS[kind]
    image, end_image = (IMAGES / name).read_bytes(), end() if end else None
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder, "clip.mp4")

        def whole():
            render(prompt, image, end_image, 0, clip)

        cold = _spent(whole)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        film = filmed(prompt, image, end_image, 0)
        canvases = []
        for number in range(film.frames):
            if film.repeats(number):
                canvases.append(canvases[-1])
            else:
                canvases.append(FrameBuffer.blank(*film.size))
                film.paint(number, canvases[-1])
        frames = [canvas.frame for canvas in canvases]
        rows = []
        for _ in range(RUNS):
            alone = _spent(lambda: encode(frames, clip, count=120, size=film.size, fps=24))
            rows.append((alone, _spent(whole)))
        size = clip.stat().st_size / 1e6
        unsteady = f"{jitter(list(decoded(clip))):.3f}" if kind in TRACKED else ""
    ratio = median(both[0] / alone[0] for alone, both in rows)
    alone, both = (median(row[part][0] for row in rows) for part in (0, 1))
    warm = min(both[1] for _, both in rows)
    print(
        f"{kind:14s} {ratio:5.2f} {KINDS[kind][0]:5.2f} {alone:7.2f} {both:7.2f}"
        f" {warm:7.2f} {cold[1]:7.2f} {peak:6.0f} {size:6.1f} {unsteady:>10s}",
        flush=True,
    )


def measure_ahead(kind):
    """Print one row: what is told and shown beforehand, cold and warm, wall."""
    name, prompt, end = AHEAD[kind]
    image, end_image = (IMAGES / name).read_bytes(), end() if end else None
    preview("[Static shot]", (IMAGES / "cat.jpg").read_bytes(), None)  # the process is up
    cold = _spent(lambda: preview(prompt, image, end_image))
    rows = [_spent(lambda: preview(prompt, image, end_image)) for _ in range(2 * RUNS)]
    told = [_spent(lambda: outlook(prompt, image, end_image)) for _ in range(4 * RUNS)]
    keys = [_spent(lambda: preview_key(prompt, image, end_image)) for _ in range(4 * RUNS)]
    made = preview(prompt, image, end_image)
    cpu, warm = (median(row[part] for row in rows) for part in (0, 1))
    told_ms, key_ms = (1000 * median(row[1] for row in times) for times in (told, keys))
    print(
        f"{kind:14s} {cold[1]:7.2f} {warm:7.2f} {cpu:7.2f} {told_ms:9.1f} {key_ms:7.2f}"
        f" {len(made.clip) / 1000:7.0f} {len(made.strip) / 1000:7.0f}",
        flush=True,
    )


def run(kinds=()):
    """Measure each kind in a process of its own."""
    print("\nDrafts: CPU beside encoding the same frames alone, seconds, memory")
    print("clip           ratio   aim encode s draft s  warm s  cold s RSS MB     MB  jitter px")
    for kind in kinds or KINDS:
        if kind in KINDS:
            _in_process(kind)
    print("\nPreviews: seconds of wall and CPU, milliseconds of what is told, kB")
    print("preview         cold s  warm s   cpu s outlook ms  key ms clip kB strip kB")
    for kind in kinds or AHEAD:
        if kind in AHEAD:
            _in_process(kind)


def _in_process(kind):
    settings = importing() | {"KIND": kind}
    subprocess.run([sys.executable, __file__], env=settings, check=True)


if __name__ == "__main__":
    chosen = os.environ["KIND"]
    (measure if chosen in KINDS else measure_ahead)(chosen)
