"""Small films with painted numbers, and what is truly in the files that are made of them."""

import functools
import math
import struct

import numpy as np

from tests.support.films import numbered_videos

SLACK = 0.05


@functools.cache
def small(frames=12, fps=24, width=160, height=96, **how):
    """A small film whose frames have their numbers painted in, as file bytes."""
    return numbered_videos.film(frames, width, height, fps, **how)


def kept(folder, data, name):
    """Write a file; return its path."""
    path = folder / name
    path.write_bytes(data)
    return path


def decoded(path):
    """Decode every frame; gives their light, uint8 of (height, width)."""
    import av

    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]


def number(light, box=None):
    """Read the painted number back; None when there is none. The box is (x, y, width, height)."""
    x, y, width, height = box or (0, 0, light.shape[1], light.shape[0])
    value = 0
    for bit in range(numbered_videos.BITS):
        across = x + width * (
            numbered_videos.LEFT + numbered_videos.WIDTH * (bit + 0.5) / numbered_videos.BITS
        )
        yes, no = (
            int(
                light[
                    int(y + height * (numbered_videos.TOP + numbered_videos.HEIGHT * share)),
                    int(across),
                ]
            )
            for share in (0.25, 0.75)
        )
        if abs(yes - no) < 90:
            return None
        value = value * 2 + (yes > no)
    return value


def shown_at(seconds, fps, count):
    """Which frame a player shows at a time, as ``frameAt`` in page/frame_time.js says."""
    return max(0, min(count - 1, math.floor(seconds * fps + SLACK)))


def packets(path):
    """The bytes of a file's video packets, in order."""
    import av

    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return [bytes(packet) for packet in container.demux(stream) if packet.size]


def tone(path, seconds, *, hertz=440.0, rate=44_100, codec="pcm_s16le", channels=1, level=0.5):
    """Write a sound file of a steady tone; its kind is the name's ending."""
    import av

    layout = "mono" if channels == 1 else "stereo"
    times = np.arange(round(seconds * rate)) / rate
    wave = (level * np.sin(2 * np.pi * hertz * times) * 32767).astype(np.int16)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        for at in range(0, len(wave), 4096):
            block = np.repeat(wave[at : at + 4096], channels)[None]
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout=layout)
            frame.sample_rate, frame.pts = rate, at
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def heard(path):
    """Decode a file's sound; gives float samples of (channels, n) and their rate."""
    import av

    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        parts = [frame.to_ndarray() for frame in container.decode(stream)]
        return np.concatenate(parts, axis=1), stream.rate


MATRICES = {
    "turned right": (0, 1, -1, 0),
    "upside down": (-1, 0, 0, -1),
    "turned left": (0, -1, 1, 0),
    "mirrored": (-1, 0, 0, 1),
    "mirrored and turned": (0, -1, -1, 0),
}
"""Steps to the right and down, as a display matrix sends them: a, b, c, d."""


def turned(data, matrix, *, quicktime=False):
    """Write another display matrix into the picture's track of an MP4 (ISO/IEC 14496-12, 8.3.2)."""
    at = data.index(b"tkhd") + 4
    place = at + (52 if data[at] else 40)
    a, b, c, d = (round(step * 65536) for step in matrix)
    new = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    data = data[:place] + new + data[place + 36 :]
    return data.replace(b"ftypisom", b"ftypqt  ", 1) if quicktime else data


def as_shown(picture, matrix):
    """Turn the pixels of a picture by a matrix, the slow way: where each one comes to lie."""
    a, b, c, d = matrix
    height, width = picture.shape[:2]
    y, x = np.mgrid[:height, :width]
    across, down = a * x + c * y, b * x + d * y
    across, down = across - across.min(), down - down.min()
    shown = np.zeros((down.max() + 1, across.max() + 1, *picture.shape[2:]), picture.dtype)
    shown[down, across] = picture
    return shown
