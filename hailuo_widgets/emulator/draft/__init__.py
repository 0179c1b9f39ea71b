"""From a prompt and frames to a draft: an animatic of what the prompt asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from hailuo_widgets.emulator.draft.camera import Lens, beyond
from hailuo_widgets.emulator.draft.encode import encode
from hailuo_widgets.emulator.draft.errors import DraftError
from hailuo_widgets.emulator.draft.film import Ending, Film
from hailuo_widgets.emulator.draft.moves import pose_at
from hailuo_widgets.emulator.draft.picture import clip_size, frame_size
from hailuo_widgets.emulator.draft.plan import Shot, plan
from hailuo_widgets.emulator.draft.scene import BACKGROUND, Scenes

__all__ = ["DraftError", "Shot", "filmed", "plan", "render", "transition", "unseen_share"]

_GLANCE = 360  # short side in pixels at which a question is answered
_scenes = Scenes()


def render(
    prompt: str,
    image: bytes,
    end_image: bytes | None,
    variation: int,
    destination: Path,
    *,
    seconds: float = 5.0,
    fps: int = 24,
    short_side: int = 1080,
) -> None:
    """Render the draft of a request as an MP4 file.

    The same arguments give the same bytes. The file appears at ``destination`` only when whole.

    Parameters
    ----------
    prompt : str
        The request's prompt.
    image : bytes
        The first frame, as a file's bytes; the clip has its aspect.
    end_image : bytes or None
        The last frame, as a file's bytes.
    variation : int
        Which take; 0 is the canonical one.
    destination : Path
        Where to write; its folder must exist.
    seconds : float
        The clip's length.
    fps : int
        Frames per second.
    short_side : int
        The clip's shorter side in pixels.

    Raises
    ------
    DraftError
        A picture cannot be read, or the H.264 encoder is missing.
    """
    film = filmed(
        prompt, image, end_image, variation, seconds=seconds, fps=fps, short_side=short_side
    )
    encode(film.roll(), destination, count=film.frames, size=film.size, fps=fps)


def filmed(
    prompt: str,
    image: bytes,
    end_image: bytes | None,
    variation: int,
    *,
    seconds: float = 5.0,
    fps: int = 24,
    short_side: int = 1080,
) -> Film:
    """Make what :func:`render` encodes: any frame of it can be painted by its number.

    Takes and raises what :func:`render` does, but for the file.
    """
    size = clip_size(*frame_size(image), short_side)
    ending = None
    if end_image is None:
        (scene,) = _scenes.of(image, size=size)
    else:
        scene, last = _scenes.of(image, end_image, size=size)
        ending = Ending(last, _scenes.match(image, end_image, size=size))
    return Film(
        plan(prompt),
        scene,
        ending,
        frames=max(1, round(seconds * fps)),
        fps=fps,
        variation=variation,
    )


def transition(image: bytes, end_image: bytes) -> Literal["moves", "dissolves"]:
    """Tell how a draft gets from the first frame to the end image.

    Parameters
    ----------
    image, end_image : bytes
        The two pictures, as files' bytes.

    Returns
    -------
    str
        ``"moves"`` when both show one scene, else ``"dissolves"``.

    Raises
    ------
    DraftError
        A picture cannot be read.
    """
    size = clip_size(*frame_size(image), _GLANCE)
    return "dissolves" if _scenes.match(image, end_image, size=size) is None else "moves"


def unseen_share(prompt: str, image: bytes) -> float:
    """Tell how much of the picture the camera comes to see that the first frame does not show.

    Parameters
    ----------
    prompt : str
        The request's prompt.
    image : bytes
        The first frame, as a file's bytes.

    Returns
    -------
    float
        The largest share of any frame, 0..1, that lies beyond the first frame's edge. What the
        subject hides is not counted.

    Raises
    ------
    DraftError
        The picture cannot be read.
    """
    width, height = clip_size(*frame_size(image), _GLANCE)
    lens, beats = Lens(width, height), plan(prompt).beats
    poses = (pose_at(beats, number / 40, lens, seconds=5.0) for number in range(41))
    return max(beyond(lens.source_of(pose, BACKGROUND), width, height) for pose in poses)
