"""What is wrong with a decoded draft of a photograph, in figures, and which are too bad.

Each fault is measured from the pixels: from the camera's own numbers only the matte is taken,
to know where to look for two planes.
"""

from dataclasses import dataclass, field
from itertools import pairwise

import cv2
import numpy as np

from tests.support.draft.camera_motion import (
    NothingToTrackError,
    breadth,
    homography,
    jitter,
    measure,
    settled,
)
from tests.support.draft.samples import psnr

_FLAT = 0.25  # standard deviation below which a square shows nothing
_ALIKE = 34.0  # decibels
_BROAD, _AROUND = 0.5, 0.7  # shares of the frame
_SOFT_EDGE, _HARD_EDGE = 5.0, 14.0  # luma levels a pixel


@dataclass
class Move:
    """What is asked for and what must be seen of it.

    ``component`` is ``"x"``, ``"y"``, ``"scale"`` or ``"lean"``, and ``sign`` its direction.
    ``plain`` says that nothing but the camera changes the picture.
    """

    prompt: str
    component: str
    sign: int
    plain: bool = True


@dataclass
class Findings:
    """Figures by name, and what is wrong in words."""

    figures: dict = field(default_factory=dict)
    flags: list = field(default_factory=list)

    def note(self, name, value, *, wrong):
        """Keep a figure; ``wrong`` says that it is too bad."""
        self.figures[name] = float(value)
        if wrong:
            self.flags.append(f"{name} {value:.2f}")


MOVES = {
    "push in": Move("[Push in]", "scale", 1),
    "truck": Move("[Truck right]", "x", -1),
    "pan": Move("[Pan left]", "x", 1),
    "pull out": Move("[Pull out]", "scale", -1),
    "orbit": Move("the camera orbits left", "lean", 1),
    "air": Move("slow push in, golden hour, falling snow", "scale", 1, plain=False),
}


def examine(frames, picture, cover, move, *, exact=38.0):
    """Look for faults in a clip.

    Parameters
    ----------
    frames : array of uint8, shape (frames, height, width)
        The decoded luma.
    picture : Picture
        The first frame, as it was asked for.
    cover : array of uint8, shape (height, width), or None
        Where the subject is in it.
    move : Move
        What was asked for.
    exact : float
        Decibels to which the first frame must be the picture.
    """
    found = Findings()
    first = psnr(frames[0], picture.y)
    found.note("first dB", first, wrong=first < exact)
    holes = _flat_share(frames[-1]) - _flat_share(picture.y)
    found.note("flat", holes, wrong=move.plain and holes > 0.06)
    dark = np.mean(frames[-1] < 18) - np.mean(picture.y < 18)
    found.note("black", dark, wrong=dark > 0.02)
    streak = _streak(frames[-1])
    found.note("edge", streak, wrong=streak < 0.07)
    pop = _pop(frames)
    found.note("pop", pop, wrong=move.plain and pop > 1.8)
    near, far = _parts(cover, picture.y.shape)
    try:
        _look_at_motion(found, frames, near, far, move)
    except NothingToTrackError:
        found.figures["untracked"] = 1.0
    return found


def _look_at_motion(found, frames, near, far, move):
    broad = breadth(frames[0], far)
    found.note("breadth", broad, wrong=False)
    # A plane with few corners, all on one side, cannot be told from another one; where a
    # subject hides the middle, they must lie all around it.
    clear = broad >= (_BROAD if near is None else _AROUND)
    if not move.plain:
        # What falls is tracked as well.
        return
    ground = measure(frames, far, homography) if clear else measure(frames)
    if clear or move.component != "lean":
        asked = ground.lean if move.component == "lean" else ground.signed[move.component]
        found.note(move.component, asked, wrong=move.sign * asked < 0.02)
    if clear:
        sizes = dict(zip(("x", "y", "scale", "roll"), ground.components, strict=True))
        wanted = sizes.pop(move.component, abs(ground.lean))
        astray = max(sizes.values()) / wanted
        found.note("astray", astray, wrong=astray > 0.2)
    hidden = np.zeros_like(far)
    part = far
    if near is not None:
        subject = measure(frames, near)
        seen = _seen(near, subject.way)
        way = settled(frames[0], frames[-1], seen, subject.way)
        alike = _alike(frames, way, seen)
        found.note("subject dB", alike, wrong=alike < _ALIKE)
        torn = _torn(frames, near, way)
        found.note("torn", torn, wrong=torn > 0.1)
        hidden = cv2.dilate(_moved(255 - far, way), np.ones((9, 9)))
        if clear:
            ghost = _ghost(frames, near, ground.way, way)
            found.note("ghost", ghost, wrong=ghost > 0.6)
        part = max(near, far, key=lambda mask: breadth(frames[0], mask))
    if clear:
        seen = _seen(far, ground.way) & ~hidden
        alike = _alike(frames, settled(frames[0], frames[-1], seen, ground.way), seen)
        found.note("ground dB", alike, wrong=alike < _ALIKE)
    if breadth(frames[0], part) >= _BROAD:
        unsteady = jitter(frames, part, homography)
        found.note("jitter", unsteady, wrong=unsteady > 0.35)


def _parts(cover, shape):
    """Give masks of the subject and the background, a margin apart."""
    if cover is None:
        return None, np.full(shape, 255, np.uint8)
    margin = np.ones((max(5, min(shape) // 40) | 1,) * 2, np.uint8)
    whole = np.where(cover > 127, 255, 0).astype(np.uint8)
    return cv2.erode(whole, margin), 255 - cv2.dilate(whole, margin)


def _flat_share(y):
    """Give the share of small squares without any structure."""
    side = max(4, min(y.shape) // 36)
    size = (y.shape[1] // side, y.shape[0] // side)
    part = y[: size[1] * side, : size[0] * side].astype(np.float32)
    squares = part.reshape(size[1], side, size[0], side)
    return float((squares.std(axis=(1, 3)) < _FLAT).mean())


def _streak(y):
    """Give how much differs eight pixels inwards from an edge, beside eight pixels along it.

    Near nought where the last pixels of a plate were drawn out to the frame's edge.
    """
    found = []
    for side in (y, y[::-1], y.T, y.T[::-1]):
        rows = side[:9].astype(np.float32)
        inwards = np.abs(rows[0] - rows[8]).mean()
        along = np.abs(rows[0, 8:] - rows[0, :-8]).mean()
        found.append((inwards + 0.2) / (along + 0.2))
    return min(found)


def _pop(frames):
    """Give the largest change between two frames beside the usual one of those around it.

    Where hardly anything moves, an encoder alone makes one frame differ from the next.
    """
    changed = np.array([np.abs(one.astype(np.int16) - two).mean() for one, two in pairwise(frames)])
    around = np.median(np.lib.stride_tricks.sliding_window_view(changed, 7), axis=1)
    now = changed[3:-3]
    moving = now > max(np.median(changed) / 2, 0.5)
    return float((now[moving] / around[moving]).max(initial=0.0))


def _moved(part, way):
    return cv2.warpPerspective(part, way, part.shape[::-1], flags=cv2.INTER_NEAREST)


def _seen(part, way):
    """Give where a part is seen in the last frame, away from its rim and from the label."""
    # Beyond the picture's edge there is nothing to be like.
    inside = np.zeros_like(part)
    inside[6:-6, 6:-6] = part[6:-6, 6:-6]
    return cv2.erode(_moved(inside, way), np.ones((9, 9)))


def _alike(frames, way, seen):
    """Give the likeness of the last frame and the first one moved by the fit, in decibels.

    Low where a part was folded, torn or bent: no one plane could move like that.
    """
    moved = cv2.warpPerspective(frames[0], way, seen.shape[::-1], flags=cv2.INTER_CUBIC)
    seen = seen > 0
    seen[: seen.shape[0] // 10, : seen.shape[1] // 4] = False
    if seen.mean() < 0.005:
        return np.nan
    # What a plane looked up between pixels may differ by is not looked for.
    one, two = (cv2.GaussianBlur(each, (0, 0), 2.0) for each in (moved, frames[-1]))
    return psnr(one[seen], two[seen])


def _torn(frames, near, way):
    """Give the share of the subject's outline where the move has made an edge of what was none."""
    outline, _ = cv2.findContours(near, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    points = np.concatenate(outline).astype(np.float64)
    to = cv2.perspectiveTransform(points, way)[:, 0]
    here = points[:, 0].astype(int)
    there = np.rint(to).astype(int)
    height, width = frames[0].shape
    margin = min(height, width) // 20

    def inside(place):
        x, y = place.T
        return (x >= margin) & (y >= margin) & (x < width - margin) & (y < height - margin)

    keep = inside(here) & inside(there)
    if keep.sum() < 50:
        return np.nan
    before, after = (_edges(frame, margin) for frame in (frames[0], frames[-1]))
    here, there = here[keep], there[keep]
    was, now = before[here[:, 1], here[:, 0]], after[there[:, 1], there[:, 0]]
    return float(((was < _SOFT_EDGE) & (now > _HARD_EDGE)).mean())


def _edges(y, reach):
    """Give the strongest gradient near each pixel, in luma levels a pixel."""
    soft = cv2.GaussianBlur(y, (0, 0), 1.0).astype(np.float32)
    across, down = (cv2.Scharr(soft, cv2.CV_32F, *axis) / 32 for axis in ((1, 0), (0, 1)))
    return cv2.dilate(cv2.magnitude(across, down), np.ones((reach | 1, reach | 1), np.uint8))


def _ghost(frames, near, ground_way, subject_way):
    """Give how much of the subject is still seen where it stood before: a correlation."""
    size = frames[0].shape[::-1]
    back = np.linalg.inv(ground_way)
    now = cv2.warpPerspective(frames[-1], back, size, flags=cv2.INTER_CUBIC)
    gone = cv2.warpPerspective(near, back @ subject_way, size, flags=cv2.INTER_NEAREST)
    seen = cv2.warpPerspective(np.full_like(near, 255), back, size) > 250
    margin = np.ones((max(9, min(size) // 20) | 1,) * 2, np.uint8)
    bared = (near > 0) & (cv2.dilate(gone, margin) == 0) & seen
    if bared.mean() < 0.001:
        return np.nan
    sigma = min(size) / 60
    was, now = (
        (each - cv2.GaussianBlur(each, (0, 0), sigma))[bared]
        for each in (frames[0].astype(np.float32), now.astype(np.float32))
    )
    return float((was * now).mean() / (was.std() * now.std() + 1.0))
