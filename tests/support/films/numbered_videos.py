"""Videos with their frame numbers painted in, to be read back from pixels: nothing is believed."""

import hashlib
import struct
import tempfile
from fractions import Fraction
from functools import cache
from pathlib import Path

BITS = 10
# As shares of the picture, so that a reader needs no size: a number's bits stand in the upper
# row, the greatest first, and what each of them is not in the lower one.
LEFT, TOP, WIDTH, HEIGHT = 0.1, 0.35, 0.8, 0.3
BLACK, WHITE = 16, 235

READ = f"""() => {{
    const canvas = new OffscreenCanvas({BITS} * 4, 8);
    const pen = canvas.getContext('2d', {{ willReadFrequently: true }});
    window.painted = (video) => {{
        const [w, h] = [video.videoWidth, video.videoHeight];
        if (!w) return null;
        pen.drawImage(video, w * {LEFT}, h * {TOP}, w * {WIDTH}, h * {HEIGHT}, 0, 0, {BITS} * 4, 8);
        const {{ data }} = pen.getImageData(0, 0, {BITS} * 4, 8);
        const at = (x, y) => data[(y * {BITS} * 4 + x) * 4 + 1];
        let number = 0;
        for (let bit = 0; bit < {BITS}; bit += 1) {{
            const [yes, no] = [at(bit * 4 + 2, 2), at(bit * 4 + 2, 6)];
            if (Math.abs(yes - no) < 90) return null;
            number = number * 2 + (yes > no ? 1 : 0);
        }}
        return number;
    }};
}}"""
"""JavaScript that brings ``painted(video)``: the number a video shows now, null without one."""


def paint(pixels, number):
    """Paint a number into an array of luma, uint8 of (height, width)."""
    height, width = pixels.shape
    top, middle, bottom = (round(height * (TOP + HEIGHT * share)) for share in (0, 0.5, 1))
    edges = [round(width * (LEFT + WIDTH * bit / BITS)) for bit in range(BITS + 1)]
    for bit in range(BITS):
        on = bool(number >> (BITS - 1 - bit) & 1)
        columns = slice(edges[bit], edges[bit + 1])
        pixels[top:middle, columns] = WHITE if on else BLACK
        pixels[middle:bottom, columns] = BLACK if on else WHITE


@cache
def film(frames=120, width=1920, height=1080, fps=24, key_frames=48, uneven=False, first=0):
    """Encode such a video, as file bytes; the picture around the number moves, as a shot does.

    Parameters
    ----------
    key_frames : int
        At most so many frames apart; 48 as in our drafts.
    uneven : bool
        Whether every third frame lasts twice as long.
    first : int
        The number that is painted into the first frame.
    """
    import av
    import numpy as np

    # Something to decode: soft shapes that pan, with a little grain that moves along.
    rng = np.random.default_rng(5)
    coarse = rng.integers(40, 200, (height // 60 + 2, width // 40 + 2)).astype(np.uint8)
    scene = np.kron(coarse, np.ones((60, 40), np.uint8))[:height, :width]
    scene = (scene + rng.integers(0, 12, scene.shape)).astype(np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
            stream = container.add_stream("libx264", rate=fps)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            stream.options = {"preset": "veryfast", "crf": "21", "g": str(key_frames)}
            stream.codec_context.time_base = Fraction(1, fps * 4)
            pts = 0
            for number in range(frames):
                luma = np.roll(scene, 4 * number, axis=1)
                paint(luma, first + number)
                planes = np.full((height * 3 // 2, width), 128, np.uint8)
                planes[:height] = luma
                frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
                frame.pts, frame.time_base = pts, Fraction(1, fps * 4)
                pts += 8 if uneven and number % 3 == 2 else 4
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return path.read_bytes()


def copies(data, count):
    """Files that differ in their hash and show the same: a box at the end that players skip."""
    made = []
    for number in range(count):
        note = f"copy {number}".encode()
        made.append(data + struct.pack(">I4s", len(note) + 8, b"free") + note)
    return made


def name_of(data):
    return hashlib.sha256(data).hexdigest()
