"""How much of a shot no picture shows: what the model must invent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from hailuo_widgets.emulator.draft.geometry.arrays import Bytes, Floats, Matrix
from hailuo_widgets.emulator.draft.geometry.camera import Lens, Pose
from hailuo_widgets.emulator.draft.paint.transition import arriving, dissolving
from hailuo_widgets.emulator.draft.paint.warp_grid import CoarseGrid
from hailuo_widgets.emulator.draft.scene.optical_flow import Match
from hailuo_widgets.emulator.draft.scene.scene import BACKGROUND, Scene

_Places: TypeAlias = tuple[Floats, Floats]

_ACROSS: Final = 96  # points along the long side; an edge between two counts in parts
_MOMENTS: Final = 11  # of a transition along the flow, which goes straight


class Unseen(NamedTuple):
    """Largest shares of any frame, 0..1.

    Attributes
    ----------
    whole : float
        Of what is unseen for whatever reason.
    beyond : float
        Of what lies beyond the edge.
    behind : float
        Of what the subject hid.
    """

    whole: float = 0.0
    beyond: float = 0.0
    behind: float = 0.0


def unseen_standing(scene: Scene, poses: Sequence[Pose]) -> Unseen:
    """Return how much a camera sees that the first frame does not show.

    Parameters
    ----------
    scene : Scene
        The first frame.
    poses : sequence of Pose
        The camera at some moments.
    """
    if all(pose == Pose() for pose in poses):
        return Unseen()
    size = scene.picture.size
    lens, screen = Lens(*size), _Screen(*size)
    ground = screen.looked(lens.source_of(pose, BACKGROUND) for pose in poses)
    beyond = 1 - screen.inside(ground)
    if scene.layers is None or not any(pose.travels for pose in poses):
        return _largest(beyond, np.zeros_like(beyond))
    cover = scene.layers.cover
    subject = screen.looked(lens.source_of(pose, scene.subject_plane) for pose in poses)
    # Where the edge cuts the subject it is continued.
    stands, beyond_subject = screen.value(cover, subject), 1 - screen.inside(subject)
    behind = (1 - stands) * (1 - beyond) * screen.value(cover, ground)
    return _largest(stands * beyond_subject + (1 - stands) * beyond, behind)


def unseen_dissolving(size: tuple[int, int], poses: Sequence[Pose]) -> Unseen:
    """Return how much a dissolve shows that neither picture does."""
    lens, screen = Lens(*size), _Screen(*size)
    views = [lens.source_of(pose, BACKGROUND) for pose in poses]
    first, last = (1 - screen.inside(screen.looked(seen)) for seen in (views, arriving(views)))
    part = np.array(dissolving(len(poses)))[:, None]
    beyond = (1 - part) * first + part * last
    return _largest(beyond, np.zeros_like(beyond))


def unseen_moving(size: tuple[int, int], match: Match) -> Unseen:
    """Return how much a way from one picture into another shows that neither does."""
    grid, screen = CoarseGrid(*size), _Screen(*size)
    shares = []
    for gone in np.linspace(0, 1, _MOMENTS):
        first, last = grid.sight(match.there, gone), grid.sight(match.back, 1 - gone)
        inner = (np.moveaxis(grid.inner(sight), -1, 0) for sight in (first, last))
        shown = (screen.inside((x, y)) for x, y in inner)
        shares.append(np.prod([1 - part for part in shown], axis=0).ravel())
    beyond = np.stack(shares)
    return _largest(beyond, np.zeros_like(beyond))


def _largest(beyond: Floats, behind: Floats) -> Unseen:
    shares = (part.mean(axis=1).max() for part in (beyond + behind, beyond, behind))
    return Unseen(*(min(max(float(share), 0.0), 1.0) for share in shares))


class _Screen:
    """Evenly spread points of the screen."""

    def __init__(self, width: int, height: int) -> None:
        self._size = (width, height)
        self._step = max(width, height) / _ACROSS
        across, down = (
            (np.arange(count) + 0.5) * side / count - 0.5
            for side, count in (
                (side, max(2, round(side / self._step))) for side in (width, height)
            )
        )
        x, y = (places.ravel() for places in np.meshgrid(across, down))
        self._points = np.stack([x, y, np.ones_like(x)]).astype(np.float32)

    def looked(self, views: Iterable[Matrix]) -> _Places:
        """Return the picture pixel at each point; shape (views, points) each."""
        x, y, w = np.moveaxis(np.stack(tuple(views)).astype(np.float32) @ self._points, 1, 0)
        return x / w, y / w

    def inside(self, places: _Places) -> Floats:
        """Return how far each place lies inside of the picture, 0..1 across its edge."""
        far = [
            np.minimum(at + 0.5, side - 0.5 - at)
            for at, side in zip(places, self._size, strict=True)
        ]
        return np.clip(np.minimum(*far) / np.float32(self._step) + np.float32(0.5), 0, 1)

    def value(self, cover: Bytes, places: _Places) -> Floats:
        """Return the cover at each place, 0..1; edges go on as they end."""
        column, row = (
            np.clip(np.rint(at), 0, side - 1).astype(np.intp)
            for at, side in zip(places, self._size, strict=True)
        )
        return cover[row, column] * np.float32(1 / 255)
