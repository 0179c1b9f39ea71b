"""Libraries with a past: many jobs, in every state, written through the ledger's own door."""

import hashlib
import io
import itertools
import os
import struct
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from PIL import Image

from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.library.ledger.records import Failure
from hailuo_widgets.library.ledger.states import JobState
from hailuo_widgets.library.library import Library
from hailuo_widgets.media.clip import VideoFacts
from hailuo_widgets.request.video_request import VideoRequest
from tests.support import samples
from tests.support.places import IMAGES

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PRICE = Decimal("0.49")

_MOVES = (
    "[Push in]",
    "[Pan left]",
    "[Truck right]",
    "[Pedestal up]",
    "[Static shot]",
    "[Tilt down]",
)
_LIGHTS = ("golden hour", "blue hour", "overcast", "neon night", "first light", "noon haze", "rain")
_THINGS = ("drifting dust", "falling snow", "a passing train", "sea spray", "fireflies", "steam")


def prompt(number):
    """One of many prompts, all different."""
    words = (_MOVES[number % 6], _LIGHTS[number // 6 % 7], _THINGS[number // 42 % 6])
    return f"{words[0]} slowly, {words[1]}, {words[2]}, shot {number:05}"


class Past:
    """Writes jobs into a library as if they had happened, one after the other.

    Parameters
    ----------
    folder : Path
        The library's folder.
    pictures : list of bytes
        Start frames and posters, used in turn; conforming JPEGs.
    """

    def __init__(self, folder, pictures=None, film=None):
        self.now = NOON
        self.library = Library(folder, now=lambda: self.now)
        self.library.ledger.budget.set("wavespeed", Decimal(100_000))
        self.frames = [
            Frame(data, name=f"frame-{number}.jpg")
            for number, data in enumerate(pictures or [samples.gradient()])
        ]
        for frame in self.frames:
            self.library.media.keep_frame(frame)
        self._film = film or samples.clip(frames=4)
        self._numbers = itertools.count()

    def job(self, text=None, *, state=JobState.DOWNLOADED, service="emulator", end_image=None,
            failure=None, refunded=None, seconds=40.0, take=None, expansion=True, prediction=None):  # fmt: skip
        """Write one job down, with its clip when it has one; returns its id."""
        number = next(self._numbers)
        prediction = prediction or f"prediction-{number:05}"
        frame = self.frames[number % len(self.frames)]
        request = VideoRequest(
            frame, prompt(number) if text is None else text, end_image, expansion
        )
        ledger, paid = self.library.ledger, service == "wavespeed"
        row, _ = ledger.begin(
            service, request, take, PRICE if paid else Decimal(0),
            holder="of-the-past", is_alive=lambda _: False, has_clip=lambda _: True,
        )  # fmt: skip
        if state is not JobState.INTENT:
            ledger.transitions.advance(row.id, JobState.SENT)
        if state is JobState.REFUSED or state is JobState.UNKNOWN:
            ledger.transitions.advance(row.id, state, failure=failure)
        elif state not in {JobState.INTENT, JobState.SENT}:
            ledger.transitions.advance(row.id, JobState.ACCEPTED, prediction_id=prediction)
            self.now += timedelta(seconds=seconds)
            if state is JobState.DOWNLOADED:
                ledger.transitions.advance(row.id, JobState.COMPLETED)
                ledger.transitions.advance(row.id, state, clip=self._clip(number, draft=not paid))
            elif state is not JobState.ACCEPTED:
                ledger.transitions.advance(row.id, state, failure=failure)
        if refunded is not None:
            ledger.budget.record_refund(service, prediction, refunded)
        ledger.transitions.release(row.id)
        self.now += timedelta(minutes=7)
        return row.id

    def _clip(self, number, *, draft):
        """A clip of its own, by a box that players skip; posters share their bytes, as files may."""
        note = f"clip {number}".encode()
        film = self._film + struct.pack(">I4s", len(note) + 8, b"free") + note
        sha256 = hashlib.sha256(film).hexdigest()
        media = self.library.media
        media.clip_path(sha256).write_bytes(film)
        shared = media.posters / f"shared-{number % len(self.frames)}.jpg"
        if not shared.exists():
            shared.write_bytes(small(self.frames[number % len(self.frames)].data))
        os.link(shared, media.poster_path(sha256))
        return sha256, VideoFacts(320, 180, 24.0, 4 / 24, 4, draft), len(film)

    def quickly(self):
        """Do without the disk's word after each step: nothing here is worth a power cut."""
        self.library.ledger._database.connection.execute("PRAGMA synchronous = OFF")
        return self


def small(data, side=960):
    image = Image.open(io.BytesIO(data))
    image.thumbnail((side, side))
    target = io.BytesIO()
    image.convert("RGB").save(target, "JPEG", quality=82)
    return target.getvalue()


def photographs(count=24):
    """Different crops of the sample pictures, as file bytes."""
    folder = IMAGES
    paths = sorted(folder.glob("*.jpg"))
    found = []
    for number in range(count):
        with Image.open(paths[number % len(paths)]) as image:
            step = number // len(paths)
            width, height = image.size
            share = 0.55 + 0.15 * (step % 3)
            left = int((width - width * share) * (step * 0.37 % 1))
            top = int((height - height * share) * (step * 0.61 % 1))
            part = image.crop((left, top, left + int(width * share), top + int(height * share)))
            target = io.BytesIO()
            part.resize((1280, 720)).save(target, "JPEG", quality=88)
            found.append(target.getvalue())
    return found


def varied(past, count):
    """A past of many jobs in the proportions of a real one."""
    for number in range(count):
        kind = number % 50
        paid = "wavespeed" if number % 5 == 2 else "emulator"
        if kind == 13:
            past.job(state=JobState.FAILED, service="wavespeed", refunded=PRICE,
                     failure=Failure("GenerationFailedError", "The service failed this generation.", 1403))  # fmt: skip
        elif kind == 37:
            past.job(state=JobState.REFUSED, service="wavespeed",
                     failure=Failure("RefusedError", "The service refused the request (HTTP 400). Nothing was billed.", 400))  # fmt: skip
        else:
            job_id = past.job(service=paid)
            if kind in {4, 29}:
                past.library.ledger.annotations.star(job_id, True)
            if kind in {7, 29}:
                past.library.ledger.annotations.tag(
                    job_id, ("keep", "client", "opening")[number % 3]
                )
            if kind == 29:
                past.library.ledger.annotations.note(
                    job_id, f"the best of the {_LIGHTS[number % 7]} ones"
                )
    return past
