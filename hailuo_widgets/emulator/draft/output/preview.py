"""What the user is told and shown before rendering or paying."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import av

from hailuo_widgets.emulator.draft.geometry.camera import Lens
from hailuo_widgets.emulator.draft.output.disocclusion import (
    Unseen,
    unseen_dissolving,
    unseen_moving,
    unseen_standing,
)
from hailuo_widgets.emulator.draft.output.encode import HASTY, encode
from hailuo_widgets.emulator.draft.output.render import SCENES, filmed
from hailuo_widgets.emulator.draft.output.shot_renderer import Film
from hailuo_widgets.emulator.draft.output.stills import contact_strip
from hailuo_widgets.emulator.draft.picture.picture import clip_size, cut_size, frame_size
from hailuo_widgets.emulator.draft.plan.moves import poses
from hailuo_widgets.emulator.draft.plan.plan import plan
from hailuo_widgets.emulator.draft.scene.scene_cache import digest

SECONDS: Final = 5.0
FPS: Final = 10
SHORT_SIDE: Final = 360
LONG_SIDE: Final = 800
"""At most; the short side is the less where a frame is very long."""

_FRAMES: Final = round(SECONDS * FPS)
_EVERY: Final = 2  # frames looked at for how much is unseen


@dataclass(frozen=True, slots=True)
class ShotSummary:
    """What the user is told before rendering or paying.

    Attributes
    ----------
    understood : str
        What the prompt asks for, in one line.
    not_understood : tuple of str
        Film language of the prompt that a draft does not show.
    way : str
        How the end image is reached: ``"moves"`` when both pictures show one scene, else
        ``"dissolves"``; ``""`` without one.
    cropped : float
        Share of the end image's area, 0..1, that is cut off to give it the first frame's shape.
    unseen : float
        Largest share of any frame, 0..1, that shows what no given picture does: beyond the edge,
        or hidden by the subject.
    beyond : float
        The same, of what lies beyond the edge.
    behind : float
        The same, of what the subject hid.
    key : str
        What :func:`preview_key` gives; ``""`` without a first frame.
    """

    understood: str
    not_understood: tuple[str, ...]
    way: Literal["", "moves", "dissolves"]
    cropped: float
    unseen: float
    beyond: float
    behind: float
    key: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A draft in small, with the first frame's outline where the camera sees beyond it.

    Attributes
    ----------
    clip : bytes
        MP4, H.264, silent.
    strip : bytes
        JPEG: six moments of it side by side.
    """

    clip: bytes
    strip: bytes


def outlook(prompt: str, image: bytes | None, end_image: bytes | None = None) -> ShotSummary:
    """Return what a draft would show.

    Parameters
    ----------
    prompt : str
        The request's prompt.
    image : bytes or None
        The first frame, as a file's bytes; without it only the prompt is judged.
    end_image : bytes or None
        The end image, as a file's bytes.

    Raises
    ------
    DraftError
        A picture cannot be read.
    """
    shot = plan(prompt)
    way: Literal["", "moves", "dissolves"] = ""
    cropped, unseen, key = 0.0, Unseen(), ""
    if image is not None:
        size = preview_size(image)
        route = poses(shot.beats, Lens(*size), frames=_FRAMES, fps=FPS)[1::_EVERY]  # and the last
        key = preview_key(prompt, image, end_image)
        if end_image is None:
            (scene,) = SCENES.of(image, size=size)
            unseen = unseen_standing(scene, route)
        else:
            match = SCENES.match(image, end_image)
            way = "dissolves" if match is None else "moves"
            cropped = _cropped(end_image, size)
            unseen = unseen_dissolving(size, route) if match is None else unseen_moving(size, match)
    return ShotSummary(
        understood=shot.understood,
        not_understood=shot.not_understood,
        way=way,
        cropped=cropped,
        unseen=unseen.whole,
        beyond=unseen.beyond,
        behind=unseen.behind,
        key=key,
    )


def preview_key(prompt: str, image: bytes, end_image: bytes | None) -> str:
    """Return what is equal for two requests exactly when their previews are the same bytes.

    Takes what :func:`preview` does; a picture without an end image is not even opened.
    """
    shot = plan(prompt)
    beats = sorted(
        (beat for beat in shot.beats if beat.command != "Static shot"),
        key=lambda beat: (beat.start, beat.command, beat.speed, beat.end),
    )
    moves = end_image is not None and SCENES.match(image, end_image) is not None
    pictures = (digest(image), None if end_image is None else digest(end_image))
    # The pictures say where the camera goes, when they show one scene.
    asked = ([] if moves else beats, shot.light, shot.particles, pictures)
    return hashlib.sha256(repr(asked).encode()).hexdigest()


def preview(
    prompt: str,
    image: bytes,
    end_image: bytes | None,
    *,
    cancelled: Callable[[], bool] = lambda: False,
) -> Preview | None:
    """Render a draft in small: 10 frames a second, about 640 x 360.

    Parameters
    ----------
    prompt : str
        The request's prompt.
    image : bytes
        The first frame, as a file's bytes.
    end_image : bytes or None
        The end image, as a file's bytes.
    cancelled : callable
        Asked before each frame; as soon as it says so, None is returned.

    Raises
    ------
    DraftError
        A picture cannot be read, or the H.264 encoder is missing.
    """
    if cancelled():
        return None
    film = filmed(
        prompt,
        image,
        end_image,
        0,
        seconds=SECONDS,
        fps=FPS,
        short_side=min(preview_size(image)),
        framed=True,
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "preview.mp4")
        try:
            encode(
                _unless(cancelled, film),
                path,
                count=film.frames,
                size=film.size,
                fps=FPS,
                settings=HASTY,
            )
        except _CancelledError:
            return None
        return Preview(path.read_bytes(), contact_strip(film))


def preview_size(image: bytes) -> tuple[int, int]:
    """Return a preview's width and height.

    Raises
    ------
    DraftError
        The picture cannot be read.
    """
    width, height = frame_size(image)
    bounded = LONG_SIDE * min(width, height) / max(width, height)
    return clip_size(width, height, min(SHORT_SIDE, max(2, 2 * round(bounded / 2))))


class _CancelledError(Exception):
    pass


def _unless(cancelled: Callable[[], bool], film: Film) -> Iterator[av.VideoFrame]:
    frames = film.roll()
    for _ in range(film.frames):
        if cancelled():
            raise _CancelledError
        yield next(frames)


def _cropped(end_image: bytes, size: tuple[int, int]) -> float:
    """Return the share of the end image that is cut off to give it the shape of a clip."""
    have = frame_size(end_image)
    left = cut_size(have, size)
    return 1 - left[0] * left[1] / (have[0] * have[1])
