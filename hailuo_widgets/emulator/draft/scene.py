"""A frame -> the planes it is made of, kept for the next draft of the same frame."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np

from hailuo_widgets.emulator.draft.arrays import Bytes
from hailuo_widgets.emulator.draft.box import Box
from hailuo_widgets.emulator.draft.camera import Plane
from hailuo_widgets.emulator.draft.edges import continued, continued_subject
from hailuo_widgets.emulator.draft.layers import Layers, put_together, taken_apart
from hailuo_widgets.emulator.draft.matching import Match, match
from hailuo_widgets.emulator.draft.matte import NETWORK, subject_matte
from hailuo_widgets.emulator.draft.picture import Picture, read_picture
from hailuo_widgets.emulator.draft.plates import Plate, covering_plate, opaque_plate

BACKGROUND: Final = Plane(near=1.0, slope=0.5)
"""In most pictures the ground comes closer towards the bottom."""

NEAREST_SUBJECT: Final = 1.36
"""How near a subject may stand; the background's middle is 1.

The gap behind a subject widens with its nearness, and so does what has to be made up there.
"""

_Key = tuple[str, tuple[int, int]]

STEP: Final = 0.1
"""How much nearer than its foot a subject stands, lest one high in the picture stick to it."""

_BARE: Final = 0.03
"""A margin of less than this share of the short side needs no knowledge of the subject."""

KEPT: Final = 4
"""Scenes kept for another draft, about 15 MB each at 1080p; the latest one's plates as well."""


class Scene:
    """A picture as one plane or, where it has a clear subject, two.

    Parameters
    ----------
    picture : Picture
        The frame at the clip's size.
    network : Path
        The file of the network that finds the subject; without it there is one plane.
    """

    def __init__(self, picture: Picture, network: Path = NETWORK) -> None:
        self.picture = picture
        self._network = network
        self._lock = Lock()
        self._layers: Layers | None = None
        self._searched = False
        self._plates: dict[str, Plate] = {}

    @property
    def layers(self) -> Layers | None:
        """The picture taken apart; None when it has no clear subject."""
        with self._lock:
            if not self._searched:
                matte = subject_matte(self.picture.rgb, self._network)
                self._layers = None if matte is None else taken_apart(self.picture, matte)
                self._searched = True
            return self._layers

    @property
    def subject_plane(self) -> Plane:
        """Where the subject stands: upright, a step before the ground at its foot."""
        foot = 1.0 if self.layers is None else self.layers.foot
        return Plane(near=min(BACKGROUND.near_at(foot) + STEP, NEAREST_SUBJECT), followed=True)

    def whole(self, box: Box) -> Plate:
        """Give the plate of the undivided picture."""
        return self._kept("whole", box, self._make_whole)

    def behind(self, box: Box) -> Plate:
        """Give the plate of the background; of the whole picture where there is no subject."""
        if self.layers is None:
            return self.whole(box)
        return self._kept("behind", box, self._make_behind)

    def subject(self, box: Box) -> Plate | None:
        """Give the plate of the subject, if there is one."""
        return None if self.layers is None else self._kept("subject", box, self._make_subject)

    def forget_plates(self) -> None:
        """Let go of the plates; they are made again when asked for."""
        self._plates = {}

    def _kept(self, name: str, box: Box, make: Callable[[Box], Plate]) -> Plate:
        plate = self._plates.get(name)
        if plate is None or plate.asked != box:
            self._plates.pop(name, None)  # before the new one takes its memory
            plate = self._plates[name] = make(box)
        return plate

    def _make_whole(self, box: Box) -> Plate:
        picture, layers = self.picture, None
        width, height = picture.size
        margin = max(-box.left, -box.top, box.right - width, box.bottom - height)
        if margin > _BARE * min(width, height):
            layers = self.layers
        if layers is None:
            return opaque_plate(continued(picture.y, box), continued(picture.uv, box.half), box)
        # Beyond the edge no second subject is mirrored.
        behind = layers.background
        return opaque_plate(
            _around(picture.y, behind.y, layers.y, layers.cover, box),
            _around(picture.uv, behind.uv, layers.uv, layers.cover_uv, box.half),
            box,
        )

    def _make_behind(self, box: Box) -> Plate:
        assert self._layers is not None
        behind = self._layers.background
        return opaque_plate(continued(behind.y, box), continued(behind.uv, box.half), box)

    def _make_subject(self, box: Box) -> Plate:
        layers = self._layers
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


class Scenes:
    """The latest scenes, by the bytes they were made from."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._scenes: OrderedDict[_Key, Scene] = OrderedDict()
        self._matches: OrderedDict[tuple[_Key, _Key], Match | None] = OrderedDict()

    def of(self, *images: bytes, size: tuple[int, int]) -> tuple[Scene, ...]:
        """Give the scenes of the pictures of one draft, made or remembered.

        Raises
        ------
        DraftError
            The bytes are not a readable picture.
        """
        keys = [_key(image, size) for image in images]
        with self._lock:
            for key, image in zip(keys, images, strict=True):
                if key not in self._scenes:
                    self._scenes[key] = Scene(read_picture(image, size))
                self._scenes.move_to_end(key)
            while len(self._scenes) > KEPT:
                self._scenes.popitem(last=False)
            for key, scene in self._scenes.items():
                if key not in keys:
                    scene.forget_plates()
            return tuple(self._scenes[key] for key in keys)

    def match(self, image: bytes, end_image: bytes, *, size: tuple[int, int]) -> Match | None:
        """Tell how two pictures hang together; None when they are not of one scene."""
        pair = (_key(image, size), _key(end_image, size))
        first, last = self.of(image, end_image, size=size)
        with self._lock:
            if pair not in self._matches:
                self._matches[pair] = match(first.picture, last.picture)
            self._matches.move_to_end(pair)
            while len(self._matches) > KEPT:
                self._matches.popitem(last=False)
            return self._matches[pair]


def _key(image: bytes, size: tuple[int, int]) -> _Key:
    return hashlib.sha256(image).hexdigest(), size
