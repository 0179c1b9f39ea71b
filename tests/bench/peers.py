"""A draft's whole process beside its peers': the same photograph, the same push in.

Twice: a photograph already cut to the clip's size, and one of twelve megapixels, as phones give.
Every row is a process of its own from start to the finished file, interpreter and imports
included. All encode with libx264 at the same settings. Peers live in a virtual environment of
their own (moviepy pins Pillow below 12), made in a temporary folder; ffmpeg is the one that
imageio-ffmpeg brings.
"""

import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import cv2

from hailuo_widgets.emulator.draft.output.encode import FULL, THREADS
from tests.bench.table import show
from tests.support.draft.camera_motion import decoded, jitter
from tests.support.places import IMAGES

PHOTOGRAPH = IMAGES / "dandelions.jpg"
RUNS = 3
FRAMES, FPS, CLOSER = 120, 24, 1.2
SIZE = (1920, 1080)
PHONE = (4608, 2592)

FFMPEG = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-threads", str(THREADS)]
for option, value in FULL.options(FRAMES).items():
    FFMPEG += [f"-{option}", value]
ZOOM = (
    f"zoompan=z='1+{CLOSER - 1:.1f}*on/{FRAMES - 1}':x='iw/2-iw/zoom/2':y='ih/2-ih/zoom/2'"
    f":d={FRAMES}:s={SIZE[0]}x{SIZE[1]}:fps={FPS}"
)

# As the emulator's process begins.
ONE_THREAD = 'import os\nos.environ["OPENBLAS_NUM_THREADS"] = "1"\n'
PLANE = f"""{ONE_THREAD}
import sys
from pathlib import Path
from hailuo_widgets.emulator.draft import plan
from hailuo_widgets.emulator.draft.output.encode import encode
from hailuo_widgets.emulator.draft.output.shot_renderer import Film
from hailuo_widgets.emulator.draft.picture.picture import read_picture
from hailuo_widgets.emulator.draft.scene.scene import Scene
image, clip = map(Path, sys.argv[1:])
scene = Scene(read_picture(image.read_bytes(), {SIZE}), lambda: None)
film = Film(plan("[Push in]"), scene, frames={FRAMES}, fps={FPS})
encode(film.roll(), clip, count=film.frames, size=film.size, fps={FPS})
"""
LAYERS = f"""{ONE_THREAD}
import sys
from pathlib import Path
from hailuo_widgets.emulator.draft import render
image, clip = map(Path, sys.argv[1:])
render("[Push in]", image.read_bytes(), None, 0, clip)
"""
MOVIEPY = f"""
import sys
from moviepy import CompositeVideoClip, ImageClip
image, clip = sys.argv[1:]
seconds = {FRAMES / FPS}
still = ImageClip(image).resized({SIZE}).with_duration(seconds)
closer = still.resized(lambda t: 1 + {CLOSER - 1:.1f} * t / seconds).with_position("center")
CompositeVideoClip([closer], size={SIZE}).write_videofile(
    clip, fps={FPS}, codec="libx264", preset={FULL.preset!r}, threads={THREADS},
    logger=None, ffmpeg_params={FFMPEG[4:]},
)
"""
PILLOW = f"""
import sys
import imageio_ffmpeg
from PIL import Image
image, clip = sys.argv[1:]
still = Image.open(image).convert("RGB")
width, height = still.size
writer = imageio_ffmpeg.write_frames(
    clip, {SIZE}, fps={FPS}, codec="libx264", quality=None, macro_block_size=1,
    output_params={FFMPEG[4:]},
)
writer.send(None)
for number in range({FRAMES}):
    scale = 1 / (1 + {CLOSER - 1:.1f} * number / {FRAMES - 1})
    across, down = width * (1 - scale) / 2, height * (1 - scale) / 2
    way = (scale * width / {SIZE[0]}, 0, across, 0, scale * height / {SIZE[1]}, down)
    closer = still.transform({SIZE}, Image.Transform.AFFINE, way, Image.Resampling.BICUBIC)
    writer.send(closer.tobytes())
writer.close()
"""
METER = """
import os, sys, time
began = time.perf_counter()
_, status, usage = os.wait4(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ), 0)
print(usage.ru_utime + usage.ru_stime, time.perf_counter() - began, usage.ru_maxrss / 1024)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def run():
    """Run all in turn, three times; print medians and the camera's jitter."""
    with tempfile.TemporaryDirectory() as folder:
        python, ffmpeg = _environment(Path(folder, "peers"))
        phone = Path(folder, "phone.jpg")
        cv2.imwrite(str(phone), cv2.resize(cv2.imread(str(PHOTOGRAPH)), PHONE))
        for photograph, size in ((PHOTOGRAPH, SIZE), (phone, PHONE)):
            jobs = _jobs(photograph, python, ffmpeg)
            clips = {name: Path(folder, f"{number}.mp4") for number, name in enumerate(jobs)}
            spent = {name: [] for name in jobs}
            for _ in range(RUNS):
                for name, command in jobs.items():
                    spent[name].append(_whole_process([*command, str(clips[name])]))
            show(
                f"Push in over {FRAMES} frames of {SIZE[0]}x{SIZE[1]} from a photograph of"
                f" {size[0]}x{size[1]}, whole processes (goals: jitter <= .03, one plane below"
                " every peer's CPU, two layers <= 1/4 of moviepy's)",
                ("renderer", "CPU s", "wall s", "peak MB", "jitter px", "MB"),
                [(name, *_figures(spent[name], clips[name])) for name in jobs],
            )


def _jobs(photograph, python, ffmpeg):
    """Give each renderer's command, but for the clip that it writes."""
    image = str(photograph)
    zoompan = [ffmpeg, "-v", "error", "-y", "-i", image]
    return {
        "ours, one plane": [sys.executable, "-c", PLANE, image],
        "ours, two layers": [sys.executable, "-c", LAYERS, image],
        "ffmpeg zoompan": [*zoompan, "-vf", ZOOM, *FFMPEG],
        "ffmpeg scale=8000, zoompan": [*zoompan, "-vf", f"scale=8000:-1,{ZOOM}", *FFMPEG],
        "moviepy": [python, "-c", MOVIEPY, image],
        "Pillow + imageio-ffmpeg": [python, "-c", PILLOW, image],
    }


def _environment(folder):
    """Make the peers' environment; give its interpreter and its ffmpeg."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--quiet", "--disable-pip-version-check",
         "moviepy>=2.2", "imageio-ffmpeg", "pillow<12"],
        check=True,
    )  # fmt: skip
    asked = "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())"
    ffmpeg = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True)
    return python, ffmpeg.stdout.strip()


def _whole_process(command):
    """Give CPU seconds, wall seconds and peak MB of a process and those it waited for.

    The peak is that of the largest single one: where ffmpeg is a child, the sum is larger.
    """
    # A process begins with its parent's peak as its own, so a small one starts it.
    told = subprocess.run(
        [sys.executable, "-c", METER, *command], capture_output=True, text=True, check=True
    )
    cpu, wall, peak = map(float, told.stdout.split()[-3:])
    return cpu, wall, peak


def _figures(runs, clip):
    cpu, wall, peak = (statistics.median(column) for column in zip(*runs, strict=True))
    frames = decoded(clip)
    if frames.shape != (FRAMES, *SIZE[::-1]):
        raise RuntimeError(f"{clip.name} is not what was asked for: {frames.shape}")
    size = clip.stat().st_size / 1e6
    return f"{cpu:.2f}", f"{wall:.2f}", f"{peak:.0f}", f"{jitter(frames):.3f}", f"{size:.1f}"
