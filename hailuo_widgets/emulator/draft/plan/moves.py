"""The camera commands as poses over time, eased as an operator would."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from hailuo_widgets.emulator.draft.geometry.camera import Lens, Pose

WHIP: Final = 2.5
"""From this speed on a move is a whip: over in a third of its time."""

SHAKE_HERTZ: Final = (4.6, 6.1, 7.9, 9.7)
"""A held camera trembles at several unrelated rates; a walk's slow sway is not asked for."""


@dataclass(frozen=True, slots=True)
class MoveSegment:
    """One camera move and when it happens.

    Attributes
    ----------
    command : str
        A command's name, e.g. ``"Push in"``, or ``"Orbit left"`` / ``"Orbit right"``.
    speed : float
        1.0 is usual, .5 slow, 3 a whip.
    start, end : float
        Shares of the shot, 0..1.
    """

    command: str
    speed: float = 1.0
    start: float = 0.0
    end: float = 1.0


def _truck(lens: Lens, share: float) -> Pose:
    return Pose(x=lens.travel(share * lens.width))


def _pan(lens: Lens, share: float) -> Pose:
    return Pose(yaw=lens.angle(share * lens.width))


def _tilt(lens: Lens, share: float) -> Pose:
    return Pose(pitch=lens.angle(share * lens.height))


def _pedestal(lens: Lens, share: float) -> Pose:
    return Pose(y=-lens.travel(share * lens.height))


# What a whole shot at usual speed does: shares of the picture's width or height, and factors.
_WHOLE: Final[dict[str, Callable[[Lens], Pose]]] = {
    "Truck left": lambda lens: _truck(lens, -0.08),
    "Truck right": lambda lens: _truck(lens, 0.08),
    "Pan left": lambda lens: _pan(lens, -0.14),
    "Pan right": lambda lens: _pan(lens, 0.14),
    "Push in": lambda _: Pose(z=1 - 1 / 1.2),
    "Pull out": lambda _: Pose(z=1 - 1.18),
    "Pedestal up": lambda lens: _pedestal(lens, 0.09),
    "Pedestal down": lambda lens: _pedestal(lens, -0.09),
    "Tilt up": lambda lens: _tilt(lens, 0.14),
    "Tilt down": lambda lens: _tilt(lens, -0.14),
    "Zoom in": lambda _: Pose(zoom=math.log(1.25)),
    "Zoom out": lambda _: Pose(zoom=-math.log(1.18)),
    "Tracking shot": lambda lens: Pose(slide=lens.travel(0.1 * lens.width)),
    "Tracking shot left": lambda lens: Pose(slide=lens.travel(-0.1 * lens.width)),
    "Static shot": lambda _: Pose(),
}


def pose_at(
    beats: Iterable[MoveSegment], share: float, lens: Lens, *, seconds: float, variation: int = 0
) -> Pose:
    """Return the camera's pose at a moment of the shot.

    Parameters
    ----------
    beats : iterable of Beat
        Moves; those that overlap in time add up, those that are over stay where they went.
    share : float
        The moment, 0 (first frame: always the neutral pose) to 1 (last frame).
    lens : Lens
        The clip's camera.
    seconds : float
        Length of the shot; a tremble has a rate in hertz.
    variation : int
        Another take: a slightly different amount, another tremble. 0 is canonical.
    """
    pose = Pose()
    taken = 1.0 + 0.08 * math.sin(2.4 * variation)
    for beat in beats:
        if beat.command == "Shake":
            pose += _shake(beat, share, lens, seconds, variation)
        elif beat.command.startswith("Orbit"):
            pose += _orbit(beat, _progress(beat, share) * taken)
        else:
            pose += _WHOLE[beat.command](lens) * (_progress(beat, share) * _amount(beat) * taken)
    return _within(pose)


def poses(
    beats: Iterable[MoveSegment], lens: Lens, *, frames: int, fps: int, variation: int = 0
) -> list[Pose]:
    """Return the camera's pose in each frame of a shot; takes what :func:`pose_at` does."""
    beats = tuple(beats)
    return [
        pose_at(beats, number / max(1, frames - 1), lens, seconds=frames / fps, variation=variation)
        for number in range(frames)
    ]


def _within(pose: Pose) -> Pose:
    """Keep the camera before the subject and its look on the picture, whatever was piled up."""
    return Pose(
        x=_limited(pose.x, 0.22),
        y=_limited(pose.y, 0.22),
        z=_limited(pose.z, 0.38 if pose.z > 0 else 0.6),
        yaw=_limited(pose.yaw, 0.25),
        pitch=_limited(pose.pitch, 0.25),
        roll=_limited(pose.roll, 0.25),
        zoom=_limited(pose.zoom, 0.5),
        slide=_limited(pose.slide, 0.22),
    )


def _limited(value: float, most: float) -> float:
    """Let a value be up to 60 % of the most; from there on let it near the most ever slower."""
    share = abs(value) / most
    if share > 0.6:
        share = 0.6 + 0.4 * math.tanh((share - 0.6) / 0.4)
    return math.copysign(share * most, value)


def _amount(beat: MoveSegment) -> float:
    """Slow moves go less far, fast ones farther; a move with less time goes less far."""
    length = beat.end - beat.start
    return float(beat.speed ** (0.7 if beat.speed < 1 else 0.4) * length**0.5)


def _progress(beat: MoveSegment, share: float) -> float:
    """Return how far the move has got, 0..1, smooth at both ends."""
    length = beat.end - beat.start
    start, ramp = beat.start, 0.3
    if beat.speed >= WHIP:
        start, length, ramp = beat.start + 0.2 * length, 0.35 * length, 0.5
    elif beat.speed > 1:
        length *= beat.speed**-0.5
    return eased(min(max((share - start) / length, 0.0), 1.0), ramp)


def eased(u: float, ramp: float = 0.3) -> float:
    """Run from 0 to 1 at an even speed that is reached and left along half a cosine wave.

    Parameters
    ----------
    u : float
        Time, 0..1.
    ramp : float
        Share of the time that speeding up takes, and again slowing down; at most .5.
    """
    if u > 0.5:
        return 1.0 - eased(1.0 - u, ramp)
    if u >= ramp:
        return (u - ramp / 2) / (1 - ramp)
    return (u - ramp / math.pi * math.sin(math.pi * u / ramp)) / 2 / (1 - ramp)


def _shake(beat: MoveSegment, share: float, lens: Lens, seconds: float, variation: int) -> Pose:
    """Tremble about the neutral pose, from nothing and back to nothing."""
    since, left = (share - beat.start) * seconds, (beat.end - share) * seconds
    if since <= 0 or left <= 0:
        return Pose()
    # A third of a second in and out; a very short shot shares what it has.
    fade = min(0.33, (beat.end - beat.start) * seconds / 4)
    envelope = eased(min(since / fade, 1.0), 0.5) * eased(min(left / fade, 1.0), 0.5)

    def tremble(axis: int) -> float:
        return sum(
            math.sin(2 * math.pi * hertz * since + 2.4 * axis + 1.7 * number + 0.9 * variation)
            for number, hertz in enumerate(SHAKE_HERTZ)
        ) / len(SHAKE_HERTZ)

    size = lens.angle(0.014 * min(lens.width, lens.height)) * envelope * beat.speed**0.5
    return Pose(yaw=size * tremble(0), pitch=size * tremble(1), roll=0.4 * size * tremble(2))


def _orbit(beat: MoveSegment, progress: float) -> Pose:
    """Go along an arc about the point in the middle of the picture, looking at it."""
    turn = math.radians(6.0) * _amount(beat) * progress
    turn = -turn if beat.command.endswith("left") else turn
    return Pose(x=math.sin(turn), z=1 - math.cos(turn), yaw=-turn)
