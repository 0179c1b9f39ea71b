"""From the first frame to the end image: along the flow between them, or by a dissolve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import cv2
import numpy as np

from hailuo_widgets.emulator.draft.geometry.arrays import Bytes, Floats, Matrix
from hailuo_widgets.emulator.draft.geometry.box import Box
from hailuo_widgets.emulator.draft.geometry.camera import Lens, Pose, outline
from hailuo_widgets.emulator.draft.paint.compositor import Compositor, FrameBuffer
from hailuo_widgets.emulator.draft.paint.particles import Occluder
from hailuo_widgets.emulator.draft.paint.stage import PLATE_GRID
from hailuo_widgets.emulator.draft.paint.warp_grid import CoarseGrid
from hailuo_widgets.emulator.draft.plan.moves import eased
from hailuo_widgets.emulator.draft.scene.optical_flow import Match
from hailuo_widgets.emulator.draft.scene.plates import box_seen, kind_for
from hailuo_widgets.emulator.draft.scene.scene import BACKGROUND, Scene

# Shares of the shot between which the pictures are blended: briefly where they lie upon each
# other by their flow, slowly where only the light changes.
_MORPHED: Final = (0.3, 0.7)
_LIT: Final = (0.05, 0.95)
_DISSOLVED: Final = (0.2, 0.8)


def _mixed(share: float, between: tuple[float, float]) -> float:
    """Return the second picture's part, from 0 to 1 between two moments."""
    start, end = between
    return eased(min(max((share - start) / (end - start), 0.0), 1.0), 0.5)


def arriving(views: Sequence[Matrix]) -> list[Matrix]:
    """Return what the end image's camera sees on a way that ends where the end image was taken."""
    arrived = np.linalg.inv(views[-1])
    return [arrived @ view for view in views]


def dissolving(frames: int) -> list[float]:
    """Return the end image's part in each frame of a dissolve, 0..1."""
    return [_mixed(number / max(1, frames - 1), _DISSOLVED) for number in range(frames)]


class Dissolve:
    """Two unrelated pictures; the camera's way goes through both.

    Parameters
    ----------
    first, last : Scene
        Of the same size.
    poses : sequence of Pose
        The camera in each frame; the end image is seen as it is from the last one.
    """

    def __init__(self, first: Scene, last: Scene, poses: Sequence[Pose]) -> None:
        size = first.picture.size
        lens = Lens(*size)
        views = [lens.source_of(pose, BACKGROUND) for pose in poses]
        self._views = (views, arriving(views))
        self._plates = tuple(
            scene.whole(box_seen(seen, *size, PLATE_GRID), kind_for(poses, seen, *size))
            for scene, seen in zip((first, last), self._views, strict=True)
        )
        self._parts = dissolving(len(poses))
        self._compositor = Compositor(*size)
        self._second = FrameBuffer.blank(*size)

    def paint(self, number: int, canvas: FrameBuffer) -> None:
        """Paint frame ``number`` over whatever the canvas holds."""
        part = self._parts[number]
        first, last = zip(self._plates, self._views, strict=True)
        if part < 1:
            self._compositor.lay(canvas, first[0], first[1][number])
        if part == 1:
            self._compositor.lay(canvas, last[0], last[1][number])
        elif part > 0:
            self._compositor.lay(self._second, last[0], last[1][number])
            for pixels, others in ((canvas.y, self._second.y), (canvas.uv, self._second.uv)):
                cv2.addWeighted(pixels, 1 - part, others, part, 0, dst=pixels)

    def repeats(self, number: int) -> bool:
        """Return True if frame ``number`` (from 1) is the one before it over again."""
        return self._parts[number] == self._parts[number - 1] and all(
            np.array_equal(views[number], views[number - 1]) for views in self._views
        )

    def hiding(self, _number: int) -> Occluder | None:
        """Hide nothing: the two pictures have different subjects."""
        return None

    def outline(self, number: int) -> Floats | None:
        """Return where the corners of the picture that is seen better are on the screen."""
        views = self._views[self._parts[number] > 0.5]
        return outline(views[number], *self._compositor.size)


class Morph:
    """One scene in two pictures: each point goes straight to where it is in the other.

    Where only one of the two shows a place, that one is seen, whatever the time.

    Parameters
    ----------
    first, last : Scene
        Of the same size.
    match : Match
        How they hang together.
    frames : int
        How many frames the clip has.
    """

    def __init__(self, first: Scene, last: Scene, match: Match, frames: int) -> None:
        self._frames = frames
        self._between = _LIT if match.still else _MORPHED
        self._grid = CoarseGrid(*first.picture.size)
        self._flows = (match.there, match.back)
        self._plates = tuple(
            scene.whole(self._grid.box_of(flow))
            for scene, flow in zip((first, last), self._flows, strict=True)
        )
        self._second = FrameBuffer.blank(*first.picture.size)

    def paint(self, number: int, canvas: FrameBuffer) -> None:
        """Paint frame ``number`` over whatever the canvas holds."""
        grid, share = self._grid, number / max(1, self._frames - 1)
        gone, part = eased(share), _mixed(share, self._between)
        sights = (grid.sight(self._flows[0], gone), grid.sight(self._flows[1], 1 - gone))
        shown, shown_last = (grid.shown(sight) for sight in sights)
        weight = part * (1 - shown * (1 - shown_last)) + (1 - part) * (1 - shown) * shown_last
        pictures = list(zip(self._plates, sights, strict=True))
        even, rims = grid.split(np.abs(weight - part) > 0.004)
        if part < 1:
            grid.lay(*pictures[0], canvas, grid.whole)
        else:
            grid.lay(*pictures[1], canvas, grid.whole)
        if 0 < part < 1:
            grid.lay(*pictures[1], self._second, grid.whole)
            for pixels, others in _both(canvas, self._second, even):
                cv2.addWeighted(pixels, 1 - part, others, part, 0, dst=pixels)
        for rim in rims:
            if part in {0.0, 1.0}:
                grid.lay(*pictures[0 if part == 1 else 1], self._second, rim)
            other = 1 - weight if part == 1 else weight
            grid.mix(canvas, self._second, other, rim)

    def repeats(self, _number: int) -> bool:
        """Return True if a frame is the one before it over again: never."""
        return False

    def hiding(self, _number: int) -> Occluder | None:
        """Hide nothing: the subject moves with the flow."""
        return None

    def outline(self, _number: int) -> Floats | None:
        """Return none: where one picture ends, the other one is seen."""
        return None


def _both(one: FrameBuffer, two: FrameBuffer, box: Box) -> Iterator[tuple[Bytes, Bytes]]:
    """Return the luma and the chroma of two canvases inside a box."""
    for part, pixels, others in ((box, one.y, two.y), (box.half, one.uv, two.uv)):
        inside = (slice(part.top, part.bottom), slice(part.left, part.right))
        yield pixels[inside], others[inside]
