"""What a decoded clip's camera does, measured: flow between frames and a similarity fit.

Signs, and the chain of fits: content to the left is ``x < 0``, content down is ``y > 0``,
nearer is ``scale > 1``.
"""

from dataclasses import dataclass
from itertools import pairwise

import av
import cv2
import numpy as np

_SHORT_SIDE = 256  # pixels at which a motion is measured
_FEWEST = 12  # corners that a fit needs


class NothingToTrackError(Exception):
    """What is looked at has no corners: a clear sky, a blank wall."""


def decoded(path):
    """Give the clip's frames as luma, uint8, shape (frames, height, width)."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        planes = []
        for frame in container.decode(stream):
            plane = frame.planes[0]
            rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
            planes.append(rows[: frame.height, : frame.width].copy())
        return np.stack(planes)


@dataclass
class Motion:
    """What the content did from the first frame to the last, at the middle of the picture.

    ``x`` and ``y`` are shares of the width and the height, ``roll`` is in radians (of what was
    level), ``lean`` is how far the bottom went to the right of the top, as a share of the height.
    ``path`` holds (x, y, scale, roll) after each frame, ``way`` the whole as a homography of
    pixels of the clip.
    """

    x: float
    y: float
    scale: float
    roll: float
    lean: float
    path: np.ndarray
    way: np.ndarray

    @property
    def components(self):
        """Each component as the share of the side it moves at its strongest, unsigned."""
        return np.abs([self.x, self.y, (self.scale - 1) / 2, self.roll / 2])

    @property
    def signed(self):
        """The components a command asks for, by name; the scale as its logarithm."""
        return {"x": self.x, "y": self.y, "scale": float(np.log(self.scale))}


def similarity(points, to):
    """Fit a shift, a scale and a turn (RANSAC); shape (3, 3)."""
    fit, _ = cv2.estimateAffinePartial2D(points, to, method=cv2.RANSAC, ransacReprojThreshold=1.0)
    return np.vstack([fit, [0, 0, 1]])


def homography(points, to):
    """Fit what a plane can do before a camera (RANSAC); shape (3, 3)."""
    fit, _ = cv2.findHomography(points, to, method=cv2.RANSAC, ransacReprojThreshold=1.0)
    return fit


def measure(frames, mask=None, fitted=similarity):
    """Chain the fits from frame to frame.

    Parameters
    ----------
    frames : sequence of uint8 arrays
        Luma.
    mask : uint8 array or None
        Where to look in the first frame; what is there is followed.
    fitted : function
        :func:`similarity`, or :func:`homography` where one plane is seen at a slant.

    Raises
    ------
    NothingToTrackError
        There are no corners.
    """
    height, width = frames[0].shape
    shrink = min(1.0, _SHORT_SIDE / min(width, height))
    size = (round(width * shrink), round(height * shrink))
    small = [cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in frames]
    if mask is not None:
        mask = cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST)
    total = np.eye(3)
    path = [_at_the_middle(total, size)]
    for step, _ in _steps(small, mask, fitted, corners=250, distance=7):
        total = step @ total
        path.append(_at_the_middle(total, size))
    smaller = np.diag([size[0] / width, size[1] / height, 1.0])
    smaller[:2, 2] = (np.diag(smaller)[:2] - 1) / 2  # the middle of pixel 0 lies half a pixel in
    way = np.linalg.inv(smaller) @ total @ smaller
    return Motion(*path[-1], np.array(path)[:, :4], way)


def jitter(frames, mask=None, fitted=similarity):
    """Give the camera's unsteadiness: RMS second difference of tracked points, in pixels.

    Nine points among those tracked are followed by the fits from frame to frame at full size.
    What is asked for has a second difference too: a smooth course of the speed is taken off
    first. Takes and raises what :func:`measure` does.
    """
    steps = list(_steps(frames, mask, fitted, corners=300, distance=12))
    _, points = steps[0]
    across, down = (
        middle + 1.2 * spread * np.array([-1, 0, 1])
        for middle, spread in zip(points.mean(axis=0), points.std(axis=0), strict=True)
    )
    nine = np.stack(np.meshgrid(across, down), -1).reshape(1, -1, 2)
    speeds = np.array([cv2.perspectiveTransform(nine, step) - nine for step, _ in steps])
    speeds = speeds.reshape(len(speeds), -1)
    time = np.linspace(-1, 1, len(speeds))
    smooth = np.polynomial.polynomial.polyfit(time, speeds, 8)
    rest = speeds - np.polynomial.polynomial.polyval(time, smooth).T
    return float(np.sqrt(2 * (np.diff(rest, axis=0) ** 2).mean()))


def settled(before, after, mask, way):
    """Give a way from one frame to another once more, without what a chain has added up.

    ``mask`` says where to look in the later one.
    """
    height, width = before.shape
    moved = cv2.warpPerspective(before, way, (width, height), flags=cv2.INTER_CUBIC)
    points, to = _tracked(moved, after, mask, corners=600, distance=8)
    return homography(points, to) @ way


def breadth(frame, mask):
    """Give the share of a frame that its clear corners surround; none where they are few."""
    # In a sky or a blur even the clearest corner is noise.
    corners = cv2.cornerMinEigenVal(cv2.GaussianBlur(frame, (0, 0), 1.0), 3) > 1e-4
    where = _without_label(np.where(corners, mask, 0).astype(np.uint8))
    begun = cv2.goodFeaturesToTrack(frame, 400, 0.03, min(frame.shape) / 40, mask=where)
    if begun is None or len(begun) < 120:
        return 0.0
    return cv2.contourArea(cv2.convexHull(begun)) / frame.size


def _steps(frames, mask, fitted, **looking):
    """Fit each frame to the next, looking where the mask has gone; give the corners as well."""
    height, width = frames[0].shape
    total = np.eye(3)
    for before, after in pairwise(frames):
        where = np.full((height, width), 255, np.uint8)
        if mask is not None:
            where = cv2.warpPerspective(mask, total, (width, height), flags=cv2.INTER_NEAREST)
        points, to = _tracked(before, after, where, **looking)
        step = fitted(points, to)
        total = step @ total
        yield step, points


def _tracked(before, after, where, *, corners, distance):
    """Find corners and track them into the next frame (Lucas and Kanade 1981).

    Only those that are tracked back to where they began are given: arrays of x and y.
    """
    where = _without_label(where)
    begun = cv2.goodFeaturesToTrack(before, corners, 0.005, distance, mask=where)
    if begun is None:
        raise NothingToTrackError
    window = {
        "winSize": (15, 15),
        "maxLevel": 3,
        "criteria": (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 0.001),
    }
    found, there, _ = cv2.calcOpticalFlowPyrLK(before, after, begun, None, **window)
    again, back, _ = cv2.calcOpticalFlowPyrLK(after, before, found, None, **window)
    returned = np.abs(again - begun).max(axis=(1, 2)) < 0.3
    sure = (there.ravel() == 1) & (back.ravel() == 1) & returned
    if sure.sum() < _FEWEST:
        raise NothingToTrackError
    return begun[sure, 0], found[sure, 0]


def _without_label(where):
    """Look away from the label: it stands still, whatever the camera does."""
    where = where.copy()
    where[: where.shape[0] // 10, : where.shape[1] // 4] = 0
    return where


def _at_the_middle(way, size):
    """Give the shift, the scale, the turn and the lean of a homography at the middle."""
    middle = (np.array(size) - 1) / 2
    beside = middle + np.array([[0, 0], [1, 0], [0, 1]])
    to = cv2.perspectiveTransform(beside[None], way)[0]
    (a, c), (b, d) = to[1:] - to[0]
    shift = (to[0] - middle) / size
    return *shift, np.sqrt(a * d - b * c), np.arctan2(c, a), b
