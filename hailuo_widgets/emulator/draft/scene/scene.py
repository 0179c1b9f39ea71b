"""A frame -> the planes it is made of, kept for the next draft of the same frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from hailuo_widgets.emulator.draft.geometry.arrays import Bytes, Floats
from hailuo_widgets.emulator.draft.geometry.box import Box
from hailuo_widgets.emulator.draft.geometry.camera import Plane
from hailuo_widgets.emulator.draft.picture.cache import Lazy
from hailuo_widgets.emulator.draft.picture.extrapolate import continued, continued_subject
from hailuo_widgets.emulator.draft.picture.layers import Layers, put_together, taken_apart
from hailuo_widgets.emulator.draft.picture.matte import subject_matte
from hailuo_widgets.emulator.draft.picture.picture import Picture
from hailuo_widgets.emulator.draft.scene.plates import (
    PLAIN,
    Kind,
    Plate,
    covering_plate,
    opaque_plate,
)

BACKGROUND: Final = Plane(near=1.0, slope=0.25)
"""In most pictures the ground comes closer towards the bottom.

The steeper it is taken to be, the more do upright lines lean when the camera goes sideways.
"""

STEP: Final = 0.17
"""How much nearer than its foot a subject stands, so that one high in the picture does not stick to it.

The gap behind a subject widens with its nearness, and so does what has to be made up there.
"""

_BARE: Final = 0.03
"""A margin of less than this share of the short side needs no knowledge of the subject."""


class Scene:
    """A picture as one plane or, where it has a clear subject, two.

    Parameters
    ----------
    picture : Picture
        The frame at the clip's size.
    matte : callable or None
        Gives the cover of its subject, or None where there is none; asked once, on first need.
        By default the network looks for it.
    """

    def __init__(self, picture: Picture, matte: Callable[[], Floats | None] | None = None) -> None:
        self.picture = picture
        self._matte = matte or (lambda: subject_matte(picture.rgb))
        self._layers: Lazy[Layers | None] = Lazy()
        self._plates: dict[str, Plate] = {}

    @property
    def layers(self) -> Layers | None:
        """The picture taken apart; None when it has no clear subject."""
        return self._layers.get(self._taken_apart)

    def _taken_apart(self) -> Layers | None:
        matte = self._matte()
        return None if matte is None else taken_apart(self.picture, matte)

    @property
    def subject_plane(self) -> Plane:
        """Where the subject stands: upright, a step before the ground at its foot."""
        foot = 1.0 if self.layers is None else self.layers.foot
        return Plane(near=BACKGROUND.near_at(foot) + STEP, followed=True)

    def whole(self, box: Box, kind: Kind = PLAIN) -> Plate:
        """Return the plate of the undivided picture."""
        return self._kept("whole", box, kind, self._make_whole)

    def behind(self, box: Box, kind: Kind) -> Plate:
        """Return the plate of the background; of the whole picture where there is no subject."""
        if self.layers is None:
            return self.whole(box, kind)
        return self._kept("behind", box, kind, self._make_behind)

    def subject(self, box: Box) -> Plate | None:
        """Return the plate of the subject, if there is one."""
        if self.layers is None:
            return None
        return self._kept("subject", box, PLAIN, self._make_subject)

    def forget_plates(self) -> None:
        """Let go of the plates; they are made again when asked for."""
        self._plates = {}

    def _kept(self, name: str, box: Box, kind: Kind, make: Callable[[Box, Kind], Plate]) -> Plate:
        plate = self._plates.get(name)
        if plate is None or (plate.asked, plate.kind) != (box, kind):
            plate = None  # neither name holds the old one while the new one takes memory
            self._plates.pop(name, None)
            plate = self._plates[name] = make(box, kind)
        return plate

    def _make_whole(self, box: Box, kind: Kind) -> Plate:
        picture, layers = self.picture, None
        width, height = picture.size
        margin = max(-box.left, -box.top, box.right - width, box.bottom - height)
        if margin > _BARE * min(width, height):
            layers = self.layers
        if layers is None:
            y, uv = continued(picture.y, box), continued(picture.uv, box.half)
            return opaque_plate(y, uv, box, kind)
        # Beyond the edge no second subject is mirrored.
        behind = layers.background
        return opaque_plate(
            _around(picture.y, behind.y, layers.y, layers.cover, box),
            _around(picture.uv, behind.uv, layers.uv, layers.cover_uv, box.half),
            box,
            kind,
        )

    def _make_behind(self, box: Box, kind: Kind) -> Plate:
        assert self.layers is not None
        behind = self.layers.background
        y, uv = continued(behind.y, box), continued(behind.uv, box.half)
        return opaque_plate(y, uv, box, kind)

    def _make_subject(self, box: Box, _kind: Kind) -> Plate:
        layers = self.layers
        assert layers is not None
        y, cover = continued_subject(layers.y, layers.cover, box)
        uv, cover_uv = continued_subject(layers.uv, layers.cover_uv, box.half)
        return covering_plate(y, uv, cover, cover_uv, box)


def _around(pixels: Bytes, behind: Bytes, own: Bytes, cover: Bytes, box: Box) -> Bytes:
    """Continue pixels beyond their edge by what the background and the subject are there."""
    own_wide, cover_wide = continued_subject(own, cover, box)
    wide = put_together(continued(behind, box), own_wide, cover_wide)
    inside = Box(0, 0, pixels.shape[1], pixels.shape[0])
    np.copyto(inside.cut(wide, box), pixels)
    return wide
