"""Damaged and hostile films, sounds and pictures, read in a process of its own.

``python -m tests.support.hostile.media KIND COUNT SEED`` makes so many files of one kind,
each a whole one with some bytes changed, and hands each to what the kit reads such files with. It
prints what came of it as JSON. A reader that hangs ends the process, with a traceback of where.
"""

import faulthandler
import io
import json
import os
import random
import resource
import struct
import sys
import tempfile
import time
import warnings
from pathlib import Path

import av
import numpy as np
from PIL import Image

from hailuo_widgets.emulator.account.validation import flaw
from hailuo_widgets.emulator.draft.geometry.errors import DraftError
from hailuo_widgets.emulator.draft.picture.picture import frame_size, read_rgb
from hailuo_widgets.errors import HailuoError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.media.clip import Clip, last_frame, read_facts
from hailuo_widgets.media.editing.concatenate import join
from hailuo_widgets.media.editing.side_by_side import contact_sheet, write_comparison
from hailuo_widgets.media.formats.mp4_boxes import is_movie
from hailuo_widgets.media.formats.open_media import UnreadableError, kind_of
from hailuo_widgets.media.provenance import embed
from hailuo_widgets.media.store import Media
from hailuo_widgets.media.video.audio import read_sound, samples
from hailuo_widgets.media.video.packet_index import packets_of
from hailuo_widgets.media.video.scrub_frames import flipbook
from hailuo_widgets.media.video.transcode import smaller
from tests.support.films.film_reader import MATRICES, kept, small, tone, turned

MOST_SECONDS = 20
"""For one file; it is much on purpose: other tests run at the same time."""

REFUSALS = (HailuoError, UnreadableError, DraftError)
_NUMBERS = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


# -- whole files --------------------------------------------------------------------------


def _film(path, codec, form, *, options=None, pixels="yuv420p"):
    with av.open(str(path), "w", format=form, options=options or {}) as target:
        stream = target.add_stream(codec, rate=24)
        stream.width, stream.height, stream.pix_fmt = 96, 64, pixels
        sound = target.add_stream(
            "aac" if form != "webm" else "libopus", rate=48_000, layout="mono"
        )
        for number in range(8):
            gray = np.full((96, 96), 20 * number + 40, np.uint8)
            frame = av.VideoFrame.from_ndarray(gray, "yuv420p").reformat(format=pixels)
            frame.pts = number
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
        size = sound.codec_context.frame_size or 960
        for number in range(12):
            wave = np.sin(np.arange(size) / 9, dtype=np.float32)[None]
            block = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
            if form == "webm":
                block.sample_rate = 48_000
                block = av.AudioResampler("s16", "mono", 48_000).resample(block)[0]
            block.sample_rate, block.pts = 48_000, number * size
            target.mux(sound.encode(block))
        target.mux(sound.encode(None))
    return path.read_bytes()


def films(folder):
    """Small films of every kind that is taken."""
    fragments = {"movflags": "frag_keyframe+empty_moov"}
    return [
        small(),
        turned(small(), MATRICES["turned left"], quicktime=True),
        _film(folder / "a", "libx264", "mp4", options={"movflags": "+faststart"}),
        _film(folder / "b", "libx264", "mp4", options=fragments),
        _film(folder / "c", "mjpeg", "mov", pixels="yuvj420p"),
        _film(folder / "d", "mpeg4", "mp4"),
        _film(folder / "e", "libvpx", "webm"),
    ]


def sounds(folder):
    """Short sounds of every kind that is taken."""
    kinds = {"mp3": "mp3", "wav": "pcm_s16le", "flac": "flac", "m4a": "aac", "adts": "aac"}
    kinds |= {"ogg": "flac", "aiff": "pcm_s16be", "mka": "mp3", "ts": "mp2"}
    made = [
        tone(folder / f"s.{ending}", 0.3, codec=codec, rate=48_000).read_bytes()
        for ending, codec in kinds.items()
    ]
    return [*made, made[0] + tone(folder / "t.mp3", 0.2, codec="mp3", channels=2).read_bytes()]


def pictures(_):
    """Small pictures of every kind that is taken, and some that are not."""
    x, y = np.meshgrid(np.arange(40), np.arange(32))
    scene = Image.fromarray(np.stack([x * 6, y * 7, x * 3 + y], axis=-1).astype(np.uint8))
    exif = Image.Exif()
    exif[0x0112], exif[271] = 6, "camera"
    wide = Image.fromarray(np.asarray(scene.convert("L")).astype(np.uint16) * 257)

    def coded(image, form, **how):
        target = io.BytesIO()
        image.save(target, form, **how)
        return target.getvalue()

    both = {"save_all": True, "append_images": [scene.rotate(90)]}
    return [
        coded(scene, "JPEG", exif=exif),
        coded(scene, "JPEG", progressive=True, quality=60),
        coded(scene.convert("CMYK"), "JPEG"),
        coded(scene, "PNG", exif=exif),
        coded(scene.convert("P"), "PNG", transparency=3),
        coded(wide, "PNG"),
        coded(scene, "PNG", **both),
        coded(scene, "GIF", **both),
        coded(scene, "WEBP", **both),
        coded(scene, "WEBP", lossless=True),
        coded(scene, "TIFF", compression="tiff_lzw", **both),
        coded(scene.convert("CMYK"), "TIFF"),
        coded(scene, "TIFF", compression="jpeg"),
        coded(scene, "BMP"),
        coded(scene, "AVIF"),
        coded(scene, "ICO", sizes=[(32, 32)]),
        coded(scene, "JPEG2000"),
        coded(scene, "PPM"),
    ]


# -- damage -------------------------------------------------------------------------------


def damaged(chance, whole, others):
    """Change a file in one to six places."""
    data = bytearray(whole)
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        at = _place(chance, data)
        how = chance.randrange(8)
        if how == 0:
            data[at : at + 1] = bytes([chance.randrange(256)])
        elif how == 1:
            form = chance.choice((">I", "<I", ">H", "<H", ">Q"))
            most = 2 ** (8 * struct.calcsize(form)) - 1
            number = min(chance.choice(_NUMBERS), most)
            data[at : at + struct.calcsize(form)] = struct.pack(form, number)
        elif how == 2:
            del data[at:]
        elif how == 3:
            del data[at : at + chance.randrange(1, 40)]
        elif how == 4:
            data[at:at] = data[at : at + chance.randrange(1, 400)]
        elif how == 5:
            data[at:at] = chance.randbytes(chance.randrange(1, 200))
        elif how == 6:
            other = chance.choice(others)
            data[at:] = other[min(at, len(other)) :]
        else:
            data[at : at + 16] = bytes(min(16, len(data) - at))
    return bytes(data)


def _place(chance, data):
    """Choose where: what a file says of itself stands mostly at its ends, a movie's in an index."""
    index = data.find(b"moov")
    if index >= 0 and chance.random() < 0.5:
        return chance.randrange(index, len(data))
    reach = chance.choice((64, 512, len(data) + 1, len(data) + 1))
    at = min(chance.randrange(reach), max(0, len(data) - 1))
    return max(0, len(data) - 1 - at) if chance.random() < 0.25 else at


# -- readers ------------------------------------------------------------------------------


def _kept(path):
    media = Media(path.parent / "library")
    with media.incoming() as arrived:
        arrived.write_bytes(path.read_bytes())
        media.keep_clip(arrived)


def _copied(path):
    smaller(Clip(path, path, "0" * 64, 96, 64, 24, 0.5, 8, 1000, draft=False), 9000)


FILM_READERS = (
    read_facts,
    last_frame,
    lambda path: last_frame(path.read_bytes()),
    flipbook,
    _kept,
    _copied,
    lambda path: packets_of(path.read_bytes()),
    lambda path: contact_sheet([(path, "a")], 3, width=200),
    lambda path: write_comparison([(path, "a"), (path, "b")], path.parent / "both.mp4", columns=2),
    lambda path: join([path, path], path.parent / "joined.mp4"),
    lambda path: join([path.parent / "whole.mp4", path], path.parent / "joined.mp4"),
    lambda path: (is_movie(path.read_bytes()), embed.read(path.read_bytes())),
    kind_of,
)
SOUND_READERS = (
    read_sound,
    lambda path: sum(part.shape[1] for part in samples(path, 1.0)),
    lambda path: sum(part.shape[1] for part in samples(path, 0.5, offset=-0.1, gain=3)),
    lambda path: join([path.parent / "whole.mp4"], path.parent / "joined.mp4", audio=path),
)


def _mended(path):
    frame = Frame(path)
    frame.fixed()
    frame.thumbnail(64)


PICTURE_READERS = (
    _mended,
    lambda path: read_rgb(path.read_bytes(), (64, 48)),
    lambda path: (frame_size(path.read_bytes()), flaw(path.read_bytes())),
)
KINDS = {
    "film": (films, FILM_READERS),
    "sound": (sounds, SOUND_READERS),
    "picture": (pictures, PICTURE_READERS),
}


class Trial:
    """What came of reading files; whatever is opened for writing outside the folder is noted."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.raw, self.touched = [], []
        self.read = self.refused = 0
        self.slowest = (0.0, "")
        sys.addaudithook(self._watch)

    def _watch(self, event, details):
        if event == "open" and isinstance(details[0], (str, bytes, os.PathLike)):
            path, mode = Path(os.fsdecode(details[0])), str(details[1] or "")
            if set(mode) & set("wax+") and not path.is_relative_to(self.folder):
                self.touched.append(str(path))

    def take(self, reader, path, note):
        """Let a reader have a file."""
        for name in ("joined.mp4", "both.mp4"):
            (path.parent / name).unlink(missing_ok=True)
        faulthandler.dump_traceback_later(MOST_SECONDS, exit=True)
        begin = time.monotonic()
        try:
            reader(path)
            self.read += 1
        except REFUSALS as error:
            self.refused += 1
            if not str(error).strip():
                self.raw.append([note, "no words", type(error).__name__])
        except BaseException as error:  # noqa: BLE001  whatever it is, it is told
            self.raw.append([note, repr(error)[:300]])
        self.slowest = max(self.slowest, (round(time.monotonic() - begin, 2), note))
        faulthandler.cancel_dump_traceback_later()


def main(kind, count, seed, *, every=False):
    """Read so many damaged files; tell what came of it."""
    warnings.simplefilter("ignore")
    av.logging.set_level(None)
    chance = random.Random(seed)
    make, readers = KINDS[kind]
    with tempfile.TemporaryDirectory() as top:
        folder = Path(top, "inside")
        folder.mkdir()
        whole = make(folder)
        kept(folder, small(), "whole.mp4")
        outside = set(Path(top).iterdir())
        trial = Trial(folder)
        for number in range(count):
            path = kept(folder, damaged(chance, chance.choice(whole), whole), "damaged.bin")
            for reader in readers if every else (chance.choice(readers),):
                trial.take(reader, path, f"file {number}, reader {readers.index(reader)}")
        trial.touched += [path.name for path in set(Path(top).iterdir()) - outside]
    # Its own: what `getrusage` tells begins with the parent's.
    status = Path("/proc/self/status")
    lines = status.read_text("ascii").splitlines() if status.exists() else []
    own = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
    peak = (own or [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss])[0] / 1024
    told = {"read": trial.read, "refused": trial.refused, "raw": trial.raw}
    told |= {"touched": trial.touched, "slowest": trial.slowest, "megabytes": round(peak)}
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), every=len(sys.argv) > 4)
