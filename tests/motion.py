"""What a decoded clip's camera does, measured: flow between frames and a similarity fit.

Signs, and the chain of fits: content to the left is ``x < 0``, content down is ``y > 0``,
nearer is ``scale > 1``.
"""

from dataclasses import dataclass
from itertools import pairwise

import av
import cv2
import numpy as np


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

    ``x`` and ``y`` are shares of the width and the height, ``roll`` is in radians.
    ``path`` holds (x, y, scale, roll) after each frame.
    """

    x: float
    y: float
    scale: float
    roll: float
    path: np.ndarray

    @property
    def components(self):
        """Each component as the share of the short side it moves at its strongest."""
        return np.abs([self.x, self.y, (self.scale - 1) / 2, self.roll / 2])


def measure(frames, mask=None):
    """Chain the fits from frame to frame; ``mask`` (uint8) chooses where to look."""
    height, width = frames[0].shape
    shrink = 256 / min(width, height)
    small = [
        cv2.resize(frame, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        if shrink < 1
        else frame
        for frame in frames
    ]
    rows, columns = small[0].shape
    where = np.ones((rows, columns), bool)
    # The label stands still, whatever the camera does.
    where[: rows // 10, : columns // 4] = False
    if mask is not None:
        where &= cv2.resize(mask, (columns, rows), interpolation=cv2.INTER_NEAREST) > 0
    grid_y, grid_x = np.mgrid[6:rows:12, 6:columns:12]
    chosen = where[grid_y, grid_x]
    points = np.stack([grid_x[chosen], grid_y[chosen]], -1).astype(np.float32)
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    middle = np.array([(columns - 1) / 2, (rows - 1) / 2])
    total = np.eye(3)
    path = [(0.0, 0.0, 1.0, 0.0)]
    for before, after in pairwise(small):
        moved = flow.calc(before, after, None)
        to = points + moved[points[:, 1].astype(int), points[:, 0].astype(int)]
        fit, _ = cv2.estimateAffinePartial2D(
            points, to, method=cv2.RANSAC, ransacReprojThreshold=1.0
        )
        total = np.vstack([fit, [0, 0, 1]]) @ total
        shift = total[:2, :2] @ middle + total[:2, 2] - middle
        path.append(
            (
                shift[0] / columns,
                shift[1] / rows,
                np.hypot(total[0, 0], total[1, 0]),
                np.arctan2(total[1, 0], total[0, 0]),
            )
        )
    return Motion(*path[-1], np.array(path))
