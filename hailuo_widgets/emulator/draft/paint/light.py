"""Light that changes over the shot.

A change is a look that grows: each frame is the same few sums over whole planes, so a look costs
about a millisecond at 1080p, whatever it does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from hailuo_widgets.emulator.draft.geometry.arrays import Floats
from hailuo_widgets.emulator.draft.paint.compositor import FrameBuffer
from hailuo_widgets.emulator.draft.picture.picture import Picture
from hailuo_widgets.emulator.draft.plan.moves import eased

_BLACK: Final = 16.0
_GREY: Final = 128.0


@dataclass(frozen=True, slots=True)
class Look:
    """A light at its full strength.

    Attributes
    ----------
    gain : float
        Factor on luma above black.
    level : float or None
        Mean luma above black that the gain is chosen for, within .4..0.8.
    lift : float
        Added to luma.
    glow : float
        Luma added where the light comes from, falling off from there.
    shade : float
        Share of the luma taken where the light does not come from.
    tint : tuple of float
        U and V, 16..240, that colours turn to.
    tinting : float
        How far they turn, 0..1.
    source : tuple of float
        Where the light comes from, as shares of width and height; on the other side where the
        picture is brighter there.
    """

    gain: float = 1.0
    level: float | None = None
    lift: float = 0.0
    glow: float = 0.0
    shade: float = 0.0
    tint: tuple[float, float] = (_GREY, _GREY)
    tinting: float = 0.0
    source: tuple[float, float] = (0.15, 0.1)


LOOKS: Final = {
    "golden light": Look(
        gain=0.92, glow=34, shade=0.22, tint=(98.0, 157.0), tinting=0.36, source=(0.15, 0.1)
    ),
    "night": Look(
        level=58, lift=2, shade=0.35, tint=(150.0, 118.0), tinting=0.6, source=(0.3, 0.0)
    ),
    "storm light": Look(
        level=92, lift=3, shade=0.18, tint=(137.0, 120.0), tinting=0.62, source=(0.5, 0.0)
    ),
    "dawn": Look(gain=1.0, lift=4, glow=28, tint=(116.0, 150.0), tinting=0.26, source=(0.2, 0.45)),
    "flicker": Look(gain=0.78, shade=0.2, tint=(108.0, 146.0), tinting=0.14, source=(0.5, 0.8)),
    "fade to black": Look(gain=0.0, tinting=1.0),
    "fade to white": Look(gain=0.0, lift=219, tinting=1.0),
}

FADES: Final = frozenset({"fade to black", "fade to white"})
"""They take with them what is in the air."""


def strength(name: str, share: float, seconds: float, variation: int = 0) -> float:
    """Return how much of a look there is at a moment of the shot: none in the first frame.

    Parameters
    ----------
    name : str
        A key of :data:`LOOKS`.
    share : float
        The moment, 0..1.
    seconds : float
        Length of the shot.
    variation : int
        Another take flickers otherwise.
    """
    if name in FADES:
        return eased(min(max((share - 0.6) / 0.4, 0.0), 1.0), 0.5)
    if name == "flicker":
        # Slow and fast swings without a common period. The fast ones stay below a tenth of the
        # light, which is where WCAG 2.2 (2.3.1) begins to count flashes.
        swing = sum(
            size * math.sin(2 * math.pi * hertz * share * seconds + phase + 1.9 * variation)
            for size, hertz, phase in (
                (0.34, 0.9, 0.0),
                (0.26, 2.3, 1.0),
                (0.2, 5.3, 2.0),
                (0.14, 8.7, 4.0),
            )
        )
        return min(share * seconds / 0.3, 1.0) * (0.5 + swing / 2)
    return eased(share, 0.5)


class Light:
    """One look, ready to be laid on the frames of a shot.

    Parameters
    ----------
    name : str
        A key of :data:`LOOKS`.
    picture : Picture
        The first frame: its size, and its brighter side is where the light comes from.
    strengths : sequence of float
        The look's strength in each frame.
    """

    def __init__(self, name: str, picture: Picture, strengths: Sequence[float]) -> None:
        look = LOOKS[name]
        if look.level is not None:
            bright = max(1.0, float(picture.y.mean()) - _BLACK)
            look = replace(look, gain=min(max(look.level / bright, 0.4), 0.8))
        self._look = look
        self._strengths = strengths
        width, height = picture.size
        middle = picture.rgb.shape[1] // 2
        mirrored = picture.rgb[:, middle:].mean() > picture.rgb[:, :middle].mean()
        x, y = self._look.source
        near = _nearness(width, height, 1 - x if mirrored else x, y)
        self._glow = (near * 255).astype(np.uint8)
        self._lit = ((1 - self._look.shade * (1 - near)) * 255 + 0.5).astype(np.uint8)
        self._tint = np.empty((height // 2, width // 2, 2), np.uint8)
        self._tint[:] = self._look.tint
        self._shaded = np.empty((height, width), np.uint8)

    def lay_on(self, canvas: FrameBuffer, number: int) -> None:
        """Light frame ``number``, in place."""
        look, amount = self._look, self._strengths[number]
        if amount <= 0:
            return
        y = canvas.y
        gain = 1 + amount * (look.gain - 1)
        lift = _BLACK * (1 - gain) + amount * look.lift
        if look.shade:
            cv2.multiply(y, self._lit, dst=self._shaded, scale=1 / 255)
            cv2.addWeighted(y, gain * (1 - amount), self._shaded, gain * amount, lift, dst=y)
            gain, lift = 1.0, 0.0
        if look.glow:
            cv2.addWeighted(y, gain, self._glow, amount * look.glow / 255, lift, dst=y)
        elif (gain, lift) != (1.0, 0.0):
            cv2.convertScaleAbs(y, dst=y, alpha=gain, beta=lift)
        turned = amount * look.tinting
        cv2.addWeighted(canvas.uv, 1 - turned, self._tint, turned, 0, dst=canvas.uv)


def _nearness(width: int, height: int, x: float, y: float) -> Floats:
    """Return how near each pixel is to a point: 1 there, falling off smoothly."""
    across = np.linspace(0, 1, max(2, width // 8), dtype=np.float32) - x
    down = np.linspace(0, 1, max(2, height // 8), dtype=np.float32) - y
    near = np.exp(-(across[None, :] ** 2 + (0.9 * down[:, None]) ** 2) / 0.62**2)
    return cv2.resize(near, (width, height), interpolation=cv2.INTER_LINEAR)
