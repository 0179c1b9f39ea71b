"""Camera moves -> where each plane of the scene lands on the screen.

The scene is one or two planes in space seen by a pinhole camera, so every frame of a plane is
one homography: straight lines stay straight and nothing can tear or fold.

Axes are the camera's: x right, y down, z forward. Depth is counted in units of the distance
to the background at the middle of the picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from hailuo_widgets.emulator.draft.geometry.arrays import Floats, Matrix

FOCAL: Final = 1.15
"""Focal length in picture diagonals: that of a 50 mm lens on 35 mm film."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the camera is and looks, relative to the first frame.

    Attributes
    ----------
    x, y, z : float
        Position, in background distances: right, down, forward.
    yaw, pitch, roll : float
        Radians: to the right, upwards, clockwise.
    zoom : float
        Logarithm of the factor on the focal length.
    slide : float
        Sideways travel shared with the subject: only what stands behind it sees it.
    """

    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    zoom: float = 0.0
    slide: float = 0.0

    @property
    def travels(self) -> bool:
        """True if the camera is elsewhere, so that near and far move apart."""
        return any((self.x, self.y, self.z, self.slide))

    def __add__(self, other: Pose) -> Pose:
        return Pose(
            self.x + other.x,
            self.y + other.y,
            self.z + other.z,
            self.yaw + other.yaw,
            self.pitch + other.pitch,
            self.roll + other.roll,
            self.zoom + other.zoom,
            self.slide + other.slide,
        )

    def __mul__(self, amount: float) -> Pose:
        return Pose(
            self.x * amount,
            self.y * amount,
            self.z * amount,
            self.yaw * amount,
            self.pitch * amount,
            self.roll * amount,
            self.zoom * amount,
            self.slide * amount,
        )


@dataclass(frozen=True, slots=True)
class Plane:
    """A plane in space, by its inverse depth over the picture.

    Attributes
    ----------
    near : float
        Inverse depth at the middle of the picture; 1 is the background's.
    slope : float
        How much the inverse depth grows from the top of the picture to its bottom.
    followed : bool
        The camera's slide is shared with it: it is the subject of a tracking shot.
    """

    near: float = 1.0
    slope: float = 0.0
    followed: bool = False

    def near_at(self, share: float) -> float:
        """Return the inverse depth at a height of the picture, 0 (top) to 1 (bottom)."""
        return self.near + self.slope * (share - 0.5)


@dataclass(frozen=True, slots=True)
class Lens:
    """The pinhole camera of one clip size."""

    width: int
    height: int

    @property
    def focal(self) -> float:
        """Focal length in pixels."""
        return FOCAL * math.hypot(self.width, self.height)

    def _matrix(self, zoom: float = 0.0) -> Matrix:
        focal = self.focal * math.exp(zoom)
        return np.array(
            [
                [focal, 0.0, (self.width - 1) / 2],
                [0.0, focal, (self.height - 1) / 2],
                [0.0, 0.0, 1.0],
            ]
        )

    def angle(self, pixels: float) -> float:
        """Return the turn that moves the middle of the picture by ``pixels``, in radians."""
        return math.atan(pixels / self.focal)

    def travel(self, pixels: float) -> float:
        """Return the sideways travel that moves the background's middle by ``pixels``."""
        return pixels / self.focal

    def source_of(self, pose: Pose, plane: Plane) -> Matrix:
        """Return the homography from a screen pixel to the pixel of the first frame it shows.

        A point X of the plane n.X = 1 is seen from C at R(X - C) = R(I - C n') X, hence
        screen = K R (I - C n') K^-1 source (Hartley and Zisserman 2004, section 13.1).
        """
        normal = np.array([0.0, plane.slope * self.focal / self.height, plane.near])
        slide = 0.0 if plane.followed else pose.slide
        centre = np.array([pose.x + slide, pose.y, pose.z])
        seen = _rotation(pose) @ (np.eye(3) - np.outer(centre, normal))
        return self._matrix() @ np.linalg.inv(seen) @ np.linalg.inv(self._matrix(pose.zoom))


def _rotation(pose: Pose) -> Matrix:
    """World to camera: turning right moves the world left."""
    cos, sin = math.cos(pose.yaw), math.sin(pose.yaw)
    yaw = np.array([[cos, 0.0, -sin], [0.0, 1.0, 0.0], [sin, 0.0, cos]])
    cos, sin = math.cos(pose.pitch), math.sin(pose.pitch)
    pitch = np.array([[1.0, 0.0, 0.0], [0.0, cos, sin], [0.0, -sin, cos]])
    cos, sin = math.cos(pose.roll), math.sin(pose.roll)
    roll = np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
    return roll @ pitch @ yaw


def outline(source_of: Matrix, width: int, height: int) -> Floats:
    """Return where on the screen the picture's corners are, in order around it; shape (4, 2)."""
    edge = np.array([[0, width, width, 0], [0, 0, height, height], [1, 1, 1, 1]], float)
    edge[:2] -= 0.5  # the corner of a pixel, not its middle
    x, y, w = np.linalg.inv(source_of) @ edge
    return np.stack([x / w, y / w], axis=-1)


def footprint(source_of: Matrix, width: int, height: int) -> tuple[float, float, float, float]:
    """Return the box (left, top, right, bottom) of first-frame pixels that the screen shows."""
    corners = np.array(
        [[0, width - 1, 0, width - 1], [0, 0, height - 1, height - 1], [1, 1, 1, 1]], float
    )
    x, y, w = source_of @ corners
    if np.any(w <= 0):
        raise ValueError("the screen looks past the plane's horizon")
    return float((x / w).min()), float((y / w).min()), float((x / w).max()), float((y / w).max())
