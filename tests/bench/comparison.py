"""Eight 1080p clips in a notebook, beside what people show videos with today.

From the press on Run to the first frame of a video that is painted, and to the first frame of the
last one; and how large the notebook's file is then. Whatever a way imports is imported before. The
clips are drafts of photographs that truck or shake in snow or rain, coded as largely as the service
does: about 8 MB each. A comparison plays, and so do mediapy's videos unless told not to, so IPython's
are shown both ways.
"""

import tempfile
from pathlib import Path

from hailuo_widgets.emulator.draft import filmed
from hailuo_widgets.emulator.draft.output.encode import Settings, encode
from hailuo_widgets.library.library import Library
from tests.bench.table import show
from tests.support import library_factory, samples
from tests.support.browser.chromium import chromium
from tests.support.browser.jupyter_lab import LabPage, LabServer
from tests.support.places import IMAGES

CLIPS = 8
PICTURES = ("dandelions", "great-wall", "cat", "coffee")
SHOTS = ("[Truck right] slowly, falling snow", "[Shake], rain")
SOONER_GOAL, SMALLER_GOAL = 3, 50
PROMPTS = [f"shot {number}" for number in range(CLIPS)]
LARGE = Settings("veryfast", crf=16, key_frames=48)
PATIENCE_MS = 600_000

VIDEO = "from IPython.display import Video, display"
EMBEDDED = (
    f"for number in range({CLIPS}):\n"
    "    display(Video(f'{{number}}.mp4', embed=True, width=400{more}))"
)

# What is imported before, and the cell that is measured.
WAYS = {
    "hw.compare": (
        "import hailuo_widgets as hw\nhw.compare\nhw.connect('emulator')",
        f"hw.compare('frame.jpg', {PROMPTS})",
    ),
    "IPython.display.Video(embed=True)": (VIDEO, EMBEDDED.format(more="")),
    "the same, playing as a comparison does": (
        VIDEO,
        EMBEDDED.format(more=", html_attributes='controls muted loop autoplay'"),
    ),
    # Its own reader does not understand this ffmpeg; PyAV's frames come one by one, for as whole
    # arrays they would take 6 GB.
    "mediapy.show_videos": (
        (
            "import av, imageio_ffmpeg, mediapy\n"
            "mediapy.set_ffmpeg(imageio_ffmpeg.get_ffmpeg_exe())\n"
            "def frames(path):\n"
            "    with av.open(path) as film:\n"
            "        for frame in film.decode(video=0):\n"
            "            yield frame.to_ndarray(format='rgb24')"
        ),
        (
            f"mediapy.show_videos({{f'shot {{n}}': frames(f'{{n}}.mp4') for n in range({CLIPS})}},"
            " fps=24, columns=4, width=400, downsample=False)"
        ),
    ),
}

# A frame is painted in the frame after the one in which the video has it.
MEASURE = """([index, count]) => new Promise((done, fail) => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    const began = performance.now();
    const painted = new Map();
    notebook.activeCellIndex = index;
    void window.jupyterapp.commands.execute('notebook:run-cell');
    const look = () => {
        const output = notebook.widgets[index].outputArea.node;
        for (const video of output.querySelectorAll('video')) {
            if (video.readyState < 2 || !video.videoWidth || painted.has(video)) continue;
            painted.set(video, 0);
            requestAnimationFrame(() => painted.set(video, performance.now() - began));
        }
        if (output.querySelector('[data-mime-type="application/vnd.jupyter.stderr"]')) {
            return fail(new Error(output.textContent.slice(-300)));
        }
        const times = [...painted.values()].filter(Boolean);
        if (times.length >= count) return done([Math.min(...times) / 1000, Math.max(...times) / 1000]);
        requestAnimationFrame(look);
    };
    look();
})"""


def _measure(browser, server, name, films):
    before, cell = WAYS[name]
    stem = "".join(letter for letter in name if letter.isalpha())
    path = server.notebook(stem, [before, cell])
    folder = (server.root / path).parent
    (folder / "frame.jpg").write_bytes(samples.picture())
    if name == "hw.compare":
        library = Library(folder / "hailuo-library")
        for prompt, data in zip(PROMPTS, films, strict=True):
            library_factory.finished(
                library, samples.request(prompt), data, price=library_factory.FREE
            )
        library.close()
    else:
        for number, data in enumerate(films):
            (folder / f"{number}.mp4").write_bytes(data)
    context = browser.new_context(viewport={"width": 1700, "height": 1400})
    context.set_default_timeout(PATIENCE_MS)
    lab = LabPage(context.new_page(), server, path).open()
    lab.run_cell(0)
    first, last = lab.page.evaluate(MEASURE, [1, CLIPS])
    size = len(lab.save())
    context.close()
    return first, last, size


def _films(path):
    films = []
    for picture in PICTURES:
        data = (IMAGES / f"{picture}.jpg").read_bytes()
        for shot in SHOTS:
            film = filmed(shot, data, None, 0)
            encode(
                film.roll(),
                path,
                count=film.frames,
                size=film.size,
                fps=film.fps,
                settings=LARGE,
            )
            films.append(path.read_bytes())
    return films


def run():
    """Print a row for each way."""
    with tempfile.TemporaryDirectory() as home, chromium() as browser:
        films = _films(Path(home, "film.mp4"))
        server = LabServer(Path(home, "lab"))
        try:
            found = {name: _measure(browser, server, name, films) for name in WAYS}
        finally:
            server.stop()
    ours = found["hw.compare"]
    rows = [
        (
            name,
            f"{first:.2f}",
            f"{last:.2f}",
            f"{size / 1e6:.2f}",
            f"{first / ours[0]:.1f}",
            f"{last / ours[1]:.1f}",
            f"{size / ours[2]:.0f}",
        )
        for name, (first, last, size) in found.items()
    ]
    megabytes = sum(map(len, films)) / 1e6 / CLIPS
    title = (
        f"{CLIPS} clips of 1080p of {megabytes:.1f} MB: the first frame of the first and of the last one, and the saved"
        f" notebook (goals: {SOONER_GOAL} x sooner, {SMALLER_GOAL} x smaller)"
    )
    header = ("way", "first s", "last s", "notebook MB", "x first", "x last", "x larger")
    show(title, header, rows)


if __name__ == "__main__":
    run()
