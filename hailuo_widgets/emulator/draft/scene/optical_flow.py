"""Where each point of one picture is found in another of the same scene."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import cv2
import numpy as np

from hailuo_widgets.emulator.draft.geometry.arrays import Bytes, Floats, Matrix, Truth
from hailuo_widgets.emulator.draft.geometry.remap import looked_up
from hailuo_widgets.emulator.draft.picture.inpaint import membrane
from hailuo_widgets.emulator.draft.picture.picture import Picture

SURE: Final = 0.4
"""From this confidence on, optical flow alone is believed."""

RELATED: Final = 0.18
"""Below this confidence two pictures are taken for unrelated."""

_LONG_SIDE: Final = 480  # pixels at which flow is looked for
_ALIKE: Final = 0.6  # correlation of two small windows that show the same thing
_INLIERS: Final = 15  # matches that a similarity needs

_AS_ONE: Final = 0.75  # pixels, at the size at which flow is looked for
_STILL: Final = 0.005  # of the picture's width or height


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Where points go, as an affine map and what it leaves over.

    Attributes
    ----------
    affine : array, shape (2, 3)
        In shares of the picture's width and height.
    rest : array of float32, shape (rows, columns, 2)
        Added to it, on a grid over the whole picture; in shares too.
    """

    affine: Matrix
    rest: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """How two pictures of one scene hang together.

    Attributes
    ----------
    there, back : Flow
        From the first picture to the second, and from the second to the first.
    confidence : float
        Share of the picture that was found again, 0..1.
    """

    there: Flow
    back: Flow
    confidence: float

    @property
    def still(self) -> bool:
        """True if hardly anything moves: the pictures differ in light alone."""
        corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
        moved = corners @ self.there.affine[:, :2].T + self.there.affine[:, 2] - corners
        return bool(np.abs(moved).max() < _STILL and np.abs(self.there.rest).mean() < _STILL)


def match(first: Picture, second: Picture) -> Match | None:
    """Match two pictures of the same size; None when they are not of the same scene.

    Dense inverse search (Kroeger et al. 2016) in both directions. Where that is not enough, a
    similarity through SIFT keypoints (Lowe 2004) comes first and flow finds the rest.
    """
    one, two = _grey(first), _grey(second)
    best = _flows(one, two)
    if best.confidence < SURE:
        similar = _similarity(one, two)
        if similar is not None:
            best = max(best, _flows_after(one, two, similar), key=_confidence)
    if best.confidence < RELATED:
        return None
    # Once the whole is known, a second look finds the small with much less error.
    whole = _affine(best.there, best.found)
    if whole is not None:
        best = max(_flows_after(one, two, whole), best, key=_confidence)
    seen_back = _carried(best.found, best.there)
    return Match(_settled(best.there, best.found), _settled(best.back, seen_back), best.confidence)


class _Flows(NamedTuple):
    """Flow each way in pixels, and where in the first picture it can be believed."""

    there: Floats
    back: Floats
    found: Truth

    @property
    def confidence(self) -> float:
        return float(self.found.mean())


def _confidence(flows: _Flows) -> float:
    return round(flows.confidence, 2)


def _grey(picture: Picture) -> Bytes:
    height, width = picture.y.shape
    shrink = min(1.0, _LONG_SIDE / max(width, height))
    return cv2.resize(
        picture.y, (round(width * shrink), round(height * shrink)), interpolation=cv2.INTER_AREA
    )


def _flows(one: Bytes, two: Bytes) -> _Flows:
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    there, back = search.calc(one, two, None), search.calc(two, one, None)
    return _Flows(there, back, _believed(one, two, there, back))


def _believed(one: Bytes, two: Bytes, there: Floats, back: Floats) -> Truth:
    """Return where a point comes back to itself and looks alike at both ends."""
    height, width = one.shape
    to = _grid(width, height) + there
    returned = looked_up(back, to) + there
    tolerance = 1.0 + 0.05 * np.linalg.norm(there, axis=2)
    inside = (to >= 0).all(axis=2) & (to[..., 0] < width) & (to[..., 1] < height)
    alike = _correlation(one, looked_up(two, to)) > _ALIKE
    return (np.linalg.norm(returned, axis=2) < tolerance) & inside & alike


def _correlation(one: Bytes, two: Bytes) -> Floats:
    """Correlate small windows: 1 where they differ in brightness and contrast alone."""
    a, b = one.astype(np.float32), two.astype(np.float32)

    def mean(values: Floats) -> Floats:
        return cv2.blur(values, (15, 15))

    a_mean, b_mean = mean(a), mean(b)
    together = mean(a * b) - a_mean * b_mean
    apart = (mean(a * a) - a_mean**2) * (mean(b * b) - b_mean**2)
    # A little noise is assumed everywhere, so that two flat windows say nothing.
    return together / np.sqrt(np.maximum(apart, 0) + 40.0)


def _similarity(one: Bytes, two: Bytes) -> Matrix | None:
    """Find a shift, turn and scale that many keypoints agree on; shape (2, 3), in pixels."""
    sift = cv2.SIFT.create(1500)
    keys_one, marks_one = sift.detectAndCompute(one, None)
    keys_two, marks_two = sift.detectAndCompute(two, None)
    if min(len(keys_one), len(keys_two)) < _INLIERS:
        return None
    pairs = cv2.BFMatcher().knnMatch(marks_one, marks_two, k=2)
    good = [
        pair[0] for pair in pairs if len(pair) == 2 and pair[0].distance < 0.75 * pair[1].distance
    ]
    if len(good) < _INLIERS:
        return None
    here = np.array([keys_one[mark.queryIdx].pt for mark in good])
    there = np.array([keys_two[mark.trainIdx].pt for mark in good])
    found, agree = cv2.estimateAffinePartial2D(
        here, there, method=cv2.RANSAC, ransacReprojThreshold=4.0
    )
    if found is None or int(agree.sum()) < _INLIERS or agree.mean() < 0.25:
        return None
    return np.asarray(found, np.float64)


def _flows_after(one: Bytes, two: Bytes, way: Matrix) -> _Flows:
    """Move the first picture by an affine map, then let flow find the rest."""
    height, width = one.shape
    moved = cv2.warpAffine(one, way, (width, height), borderMode=cv2.BORDER_REPLICATE)
    rest = _flows(moved, two)
    grid = _grid(width, height)
    landed = _applied(way, grid)
    there = (landed + looked_up(rest.there, landed) - grid).astype(np.float32)
    back = _applied(cv2.invertAffineTransform(way), grid + rest.back) - grid
    return _Flows(there, back, _believed(one, two, there, back))


def _affine(flow: Floats, found: Truth) -> Matrix | None:
    """Fit an affine map to the believed flow; shape (2, 3), in pixels."""
    height, width = found.shape
    grid = _grid(width, height)
    sample = found.copy()
    sample[1::2] = sample[:, 1::2] = False
    if sample.sum() < _INLIERS:
        return None
    affine, _ = cv2.estimateAffine2D(
        grid[sample], (grid + flow)[sample], method=cv2.RANSAC, ransacReprojThreshold=1.5
    )
    return None if affine is None else np.asarray(affine, np.float64)


def _carried(found: Truth, there: Floats) -> Truth:
    """Return where the believed points of the first picture lie in the second."""
    height, width = found.shape
    to = np.rint(_grid(width, height) + there)[found].astype(np.intp)
    marked = np.zeros(found.shape, np.uint8)
    keep = (to >= 0).all(axis=1) & (to[:, 0] < width) & (to[:, 1] < height)
    marked[to[keep, 1], to[keep, 0]] = 1
    return cv2.morphologyEx(marked, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)) > 0


def _settled(flow: Floats, found: Truth) -> Flow:
    """Keep the flow where it is believed; elsewhere continue it smoothly."""
    height, width = found.shape
    grid = _grid(width, height)
    affine = _affine(flow, found)
    if affine is None:
        affine = np.eye(2, 3)
    rest: Floats = (grid + flow - _applied(affine, grid)).astype(np.float32)
    close = np.linalg.norm(rest, axis=2) < _AS_ONE
    if close[found].mean() > 0.9:
        # The scene moved as one: what little is left over is the search's own error.
        rest[:] = 0
    else:
        rest = cv2.GaussianBlur(membrane(rest, found), (0, 0), 2.0)
    half = (width // 2, height // 2)
    size = np.array([width, height], np.float32)
    rest = cv2.resize(rest, half, interpolation=cv2.INTER_AREA) / size
    # Pixel middles lie half a pixel in: p = share * size - .5.
    scale = np.diag([width, height, 1.0])
    scale[:2, 2] = -0.5
    whole = np.linalg.inv(scale) @ np.vstack([affine, [0, 0, 1]]) @ scale
    return Flow(whole[:2], rest.astype(np.float32))


def _grid(width: int, height: int) -> Floats:
    columns, rows = np.meshgrid(
        np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    )
    return np.stack([columns, rows], axis=-1)


def _applied(affine: Matrix, points: Floats) -> Floats:
    return (points @ affine[:, :2].T + affine[:, 2]).astype(np.float32)
