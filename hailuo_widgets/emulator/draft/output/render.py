"""A request -> its film, and the film as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from hailuo_widgets.emulator.draft.output.encode import encode
from hailuo_widgets.emulator.draft.output.shot_renderer import EndFrame, Film
from hailuo_widgets.emulator.draft.picture.picture import clip_size, frame_size
from hailuo_widgets.emulator.draft.plan.plan import plan
from hailuo_widgets.emulator.draft.scene.scene_cache import Scenes

SCENES: Final = Scenes()
"""Shared by all drafts and previews of the process."""


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
    framed: bool = False,
) -> Film:
    """Make what :func:`render` encodes: any frame of it can be painted by its number.

    Takes and raises what :func:`render` does, but for the file; ``framed`` shows where the camera
    sees beyond the first frame's edge.
    """
    size = clip_size(*frame_size(image), short_side)
    ending = None
    if end_image is None:
        (scene,) = SCENES.of(image, size=size)
    else:
        scene, last = SCENES.of(image, end_image, size=size)
        ending = EndFrame(last, SCENES.match(image, end_image))
    return Film(
        plan(prompt),
        scene,
        ending,
        frames=max(1, round(seconds * fps)),
        fps=fps,
        variation=variation,
        framed=framed,
    )
