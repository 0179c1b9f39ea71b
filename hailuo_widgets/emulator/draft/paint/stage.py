"""What stands before the camera: a scene, seen along the camera's way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import cv2
import numpy as np

from hailuo_widgets.emulator.draft.geometry.arrays import Floats
from hailuo_widgets.emulator.draft.geometry.camera import Lens, Pose, outline
from hailuo_widgets.emulator.draft.paint.compositor import Compositor, FrameBuffer
from hailuo_widgets.emulator.draft.paint.particles import Occluder
from hailuo_widgets.emulator.draft.picture.layers import lost
from hailuo_widgets.emulator.draft.scene.plates import box_seen, kind_for
from hailuo_widgets.emulator.draft.scene.scene import BACKGROUND, Scene

PLATE_GRID: Final = 32
"""Plates grow by so many pixels at once, so that like shots share them."""

_MENDED: Final = 8  # frames


class Stage(Protocol):
    """Paints the picture of each frame; light, air and label come after it."""

    def paint(self, number: int, canvas: FrameBuffer) -> None:
        """Paint frame ``number`` over whatever the canvas holds."""

    def repeats(self, number: int, /) -> bool:
        """Return True if frame ``number`` (from 1) is the one before it over again."""

    def hiding(self, number: int, /) -> Occluder | None:
        """Return what particles may be behind of."""

    def outline(self, number: int, /) -> Floats | None:
        """Return where the picture's corners are on the screen; None where no such line is seen."""


class StaticStage:
    """One scene, as one plane or two.

    Parameters
    ----------
    scene : Scene
        The first frame.
    poses : sequence of Pose
        The camera in each frame.
    airy : bool
        Whether there will be particles, which the subject may hide.
    """

    def __init__(self, scene: Scene, poses: Sequence[Pose], *, airy: bool = False) -> None:
        size = scene.picture.size
        lens = Lens(*size)
        self._picture = scene.picture
        # Turning and zooming show no parallax: one plane is exact.
        divided = any(pose.travels for pose in poses)
        self._ground = self._subject = None
        if any(pose != Pose() for pose in poses):
            self._views = [lens.source_of(pose, BACKGROUND) for pose in poses]
            box = box_seen(self._views, *size, PLATE_GRID)
            make = scene.behind if divided else scene.whole
            self._ground = make(box, kind_for(poses, self._views, *size))
        self._occluders: list[Occluder] = []
        if (divided or airy) and scene.layers is not None:
            plane = scene.subject_plane
            views = [lens.source_of(pose, plane) for pose in poses]
            self._occluders = [Occluder(scene.layers.cover, view, plane.near) for view in views]
            if divided:
                self._subject = scene.subject(box_seen(views, *size, PLATE_GRID))
                self._lost = lost(scene.picture, scene.layers)
        self._compositor = Compositor(*size)

    def paint(self, number: int, canvas: FrameBuffer) -> None:
        """Paint frame ``number`` over whatever the canvas holds."""
        if self._ground is None:
            np.copyto(canvas.y, self._picture.y)
            np.copyto(canvas.uv, self._picture.uv)
            return
        self._compositor.lay(canvas, self._ground, self._views[number])
        if self._subject is not None:
            self._compositor.stand(canvas, self._subject, self._occluders[number].source_of)
            if number < _MENDED:
                self._mend(canvas, 1 - number / _MENDED)

    def repeats(self, number: int) -> bool:
        """Return True if frame ``number`` (from 1) is the one before it over again."""
        return self._ground is None or np.array_equal(self._views[number], self._views[number - 1])

    def hiding(self, number: int) -> Occluder | None:
        """Return the subject, if there is one."""
        return self._occluders[number] if self._occluders else None

    def outline(self, number: int) -> Floats | None:
        """Return where the first frame's corners are on the screen."""
        return (
            None if self._ground is None else outline(self._views[number], *self._compositor.size)
        )

    def _mend(self, canvas: FrameBuffer, share: float) -> None:
        """Give the first frames what taking the picture apart has lost, less and less."""
        for pixels, lack in zip((canvas.y, canvas.uv), self._lost, strict=True):
            rest = cv2.addWeighted(lack, share, lack, 0.0, 0.0)
            cv2.add(pixels, rest, dst=pixels, dtype=cv2.CV_8U)
