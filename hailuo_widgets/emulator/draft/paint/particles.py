"""What is in the air: snow, rain, dust, embers.

Each particle hangs in space before the camera. Where it is follows from its number and the time
alone, so that any frame can be painted by itself. Near ones are larger, faster and softer; those
behind the subject are hidden by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from hailuo_widgets.emulator.draft.geometry.arrays import Bytes, Floats, Matrix, Pairs, Truth
from hailuo_widgets.emulator.draft.geometry.camera import Lens, Plane, Pose
from hailuo_widgets.emulator.draft.paint.compositor import FrameBuffer
from hailuo_widgets.emulator.draft.paint.splats import SplatRenderer

_ROOM: Final = 1.5
"""The air is filled over so many picture widths and heights, and repeats beyond."""

_REACH: Final = 0.01  # short sides that a dot at the background may reach, be it out of focus

_ANYWHERE: Final = Plane()  # turning and zooming move all depths alike


@dataclass(frozen=True, slots=True)
class ParticleKind:
    """One kind of particle. Lengths are in background distances, as the camera's are.

    Attributes
    ----------
    count : int
        How many there are in a 16:9 picture with its surroundings.
    far, near : float
        Range of inverse depths; 1 is the background.
    drift : tuple of float
        Velocity to the right and downwards, per second.
    sway : float
        How far it swings to either side.
    swing : float
        Swings per second.
    radius : float
        Its radius at the background, as a share of the short side.
    bright : float
        Luma it adds, 0..255.
    streaks : float
        Seconds of its way that one frame shows as a streak; 0 for a dot.
    tint : tuple of float or None
        U and V that it gives to what is behind it.
    pulse : float
        How much its brightness comes and goes, 0..1.
    """

    count: int
    far: float
    near: float
    drift: tuple[float, float]
    sway: float
    swing: float
    radius: float
    bright: float
    streaks: float = 0.0
    tint: tuple[float, float] | None = None
    pulse: float = 0.0


AIR: Final = {
    "snow": ParticleKind(2600, 0.8, 9.0, (0.015, 0.08), 0.012, 0.35, 0.0017, 200, tint=(128, 128)),
    "rain": ParticleKind(900, 0.8, 5.0, (0.05, 1.0), 0.0, 0.0, 0.0006, 75, streaks=0.022),
    "dust": ParticleKind(900, 0.8, 14.0, (0.010, -0.003), 0.010, 0.12, 0.0013, 150, pulse=0.7),
    "embers": ParticleKind(
        600, 0.9, 10.0, (0.02, -0.11), 0.03, 0.5, 0.0014, 230, tint=(72, 190), pulse=0.7
    ),
}


def hashed(ids: Pairs, salt: int) -> Floats:
    """Return each number its own fraction, 0..1, evenly spread: a 32-bit integer hash."""
    x = ids ^ np.uint32(salt * 0x9E3779B9 & 0xFFFFFFFF)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x = (x ^ (x >> np.uint32(shift))) * np.uint32(factor)
    x = x ^ (x >> np.uint32(16))
    return x / 2.0**32


@dataclass(frozen=True, slots=True, eq=False)
class Occluder:
    """The subject, where particles behind it cannot be seen.

    Attributes
    ----------
    cover : array of uint8
        Its cover over the first frame.
    source_of : array, shape (3, 3)
        Screen pixel to first-frame pixel of its plane.
    near : float
        Its inverse depth.
    """

    cover: Bytes
    source_of: Matrix
    near: float

    def shows(self, x: Floats, y: Floats, near: Floats) -> Floats:
        """Return how much of each particle is not hidden, 0..1."""
        column, row, depth = self.source_of @ np.stack([x, y, np.ones_like(x)])
        height, width = self.cover.shape
        # Its cover goes on beyond the edge as it ends there.
        column = np.clip(np.rint(column / depth), 0, width - 1).astype(np.intp)
        row = np.clip(np.rint(row / depth), 0, height - 1).astype(np.intp)
        return np.where(near < self.near, 1 - self.cover[row, column] / 255, 1.0)


class Particles:
    """One kind of particle in a shot.

    Parameters
    ----------
    name : str
        A key of :data:`AIR`.
    lens : Lens
        The clip's camera.
    variation : int
        Another take has other particles.
    """

    def __init__(self, name: str, lens: Lens, variation: int = 0) -> None:
        self._air, self._lens = AIR[name], lens
        air = self._air
        ids = np.arange(air.count, dtype=np.uint32)
        draw = [hashed(ids, 8 * variation + salt) for salt in range(1, 7)]
        # Evenly in the square of the distance: most are far, and some always near.
        self._near = (air.far**-2 + draw[0] * (air.near**-2 - air.far**-2)) ** -0.5
        self._x, self._y = draw[1], draw[2]
        self._phase = 2 * np.pi * draw[3]
        self._rate = 0.7 + 0.6 * draw[4]
        self._strong = 0.5 + 0.5 * draw[5]
        self._splatter = SplatRenderer(lens.width // 2, lens.height // 2)
        self._full = np.empty((lens.height, lens.width), np.uint8)

    def lay_on(
        self,
        canvas: FrameBuffer,
        seconds: float,
        pose: Pose,
        amount: float,
        hiding: Occluder | None = None,
    ) -> None:
        """Draw onto a frame.

        Parameters
        ----------
        canvas : Canvas
            Painted onto.
        seconds : float
            Time since the first frame.
        pose : Pose
            The camera's.
        amount : float
            0 (none) to 1.
        hiding : Hiding or None
            The subject.
        """
        if amount <= 0:
            return
        air = self._air
        x, y, near = self._places(seconds, pose)
        bright = amount * air.bright * self._strong
        if air.pulse:
            wave = np.sin(2 * np.pi * 0.5 * self._rate * seconds + 3 * self._phase)
            bright = bright * (1 - air.pulse * (0.5 + 0.5 * wave))
        seen = (near > 0) & self._near_screen(x, y, near)
        x, y, near, bright = x[seen], y[seen], near[seen], bright[seen]
        if hiding is not None:
            bright = bright * hiding.shows(x, y, near)
        half_x, half_y = (x + 0.5) / 2, (y + 0.5) / 2
        radius = air.radius * min(self._lens.width, self._lens.height) / 2 * near
        if air.streaks:
            sheet = self._streaks(half_x, half_y, near, bright)
        else:
            # Near the lens it is out of focus: the same light on a larger disc.
            spread = 1 + 0.1 * np.maximum(near - 2, 0)
            bright = bright * np.minimum(1, (1.6 * radius) ** 2) * spread**-1.5
            sheet = self._splatter.draw(half_x, half_y, radius * spread, bright)
        full = cv2.resize(
            sheet,
            (self._lens.width, self._lens.height),
            dst=self._full,
            interpolation=cv2.INTER_LINEAR,
        )
        cv2.add(canvas.y, full, dst=canvas.y)
        if air.tint is not None:
            _tint(canvas.uv, sheet, air.tint)

    def _places(self, seconds: float, pose: Pose) -> tuple[Floats, Floats, Floats]:
        """Return where on the screen the particles are, and their inverse depths (0: behind us)."""
        air, lens, near = self._air, self._lens, self._near
        swung = air.sway * np.sin(2 * np.pi * air.swing * self._rate * seconds + self._phase)
        swung = swung - air.sway * np.sin(self._phase)
        focal = lens.focal * near
        across = focal * (self._rate * air.drift[0] * seconds + swung - pose.x - pose.slide)
        down = focal * (self._rate * air.drift[1] * seconds - pose.y)
        across = (self._x + across / (_ROOM * lens.width)) % 1 - 0.5
        down = (self._y + down / (_ROOM * lens.height)) % 1 - 0.5
        depth = 1 / near - pose.z
        ahead = depth > 0.06
        nearer = np.where(ahead, 1 / np.where(ahead, depth, 1.0), 0.0)
        grown = np.where(ahead, nearer / near, 1.0)
        x = (lens.width - 1) / 2 + _ROOM * lens.width * across * grown
        y = (lens.height - 1) / 2 + _ROOM * lens.height * down * grown
        turn = Pose(yaw=pose.yaw, pitch=pose.pitch, roll=pose.roll, zoom=pose.zoom)
        screen = np.linalg.inv(lens.source_of(turn, _ANYWHERE))
        x, y, w = screen @ np.stack([x, y, np.ones_like(x)])
        return x / w, y / w, nearer

    def _near_screen(self, x: Floats, y: Floats, near: Floats) -> Truth:
        """Return which ones the screen may show a part of."""
        reach = _REACH * min(self._lens.width, self._lens.height) * near
        reach += np.abs(self._air.streaks * self._air.drift[1] * self._lens.focal * near)
        across = np.abs(x - self._lens.width / 2) < self._lens.width / 2 + reach
        return across & (np.abs(y - self._lens.height / 2) < self._lens.height / 2 + reach)

    def _streaks(self, x: Floats, y: Floats, near: Floats, bright: Floats) -> Bytes:
        """Draw the way that each one goes while the shutter is open."""
        sheet = np.zeros((self._lens.height // 2, self._lens.width // 2), np.uint8)
        way = self._lens.focal / 2 * near * self._air.streaks
        ends = np.stack(
            [
                np.stack([x, y], -1),
                np.stack([x - way * self._air.drift[0], y - way * self._air.drift[1]], -1),
            ],
            axis=1,
        )
        inside = (ends[..., 1].max(axis=1) > 0) & (ends[..., 1].min(axis=1) < sheet.shape[0])
        fixed = np.rint(ends * 16).astype(np.int32)
        thick = np.clip(np.rint(near * 0.6), 1, 4).astype(int)
        levels = np.rint(bright / 8).astype(int)
        # Faint ones first, so that a near streak is not cut by a far one.
        for width in range(1, 5):
            for level in range(1, int(levels.max(initial=0)) + 1):
                chosen = inside & (thick == width) & (levels == level)
                if chosen.any():
                    shade = 8 * level / width**0.5
                    cv2.polylines(sheet, list(fixed[chosen]), False, shade, width, cv2.LINE_AA, 4)
        return sheet


def _tint(uv: Bytes, sheet: Bytes, tint: tuple[float, float]) -> None:
    """Turn colours towards the particles' own where they are bright."""
    strong = cv2.convertScaleAbs(sheet, alpha=1.6)
    colour = cv2.merge([cv2.convertScaleAbs(strong, alpha=part / 255) for part in tint])
    cover = cv2.merge([strong, strong])
    cv2.multiply(uv, cv2.bitwise_not(cover), dst=uv, scale=1 / 255)
    cv2.add(uv, colour, dst=uv)
