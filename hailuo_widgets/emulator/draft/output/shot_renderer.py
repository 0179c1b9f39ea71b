"""A shot, ready to be painted: every frame follows from its number alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

import av
import cv2

from hailuo_widgets.emulator.draft.geometry.camera import Lens, Pose
from hailuo_widgets.emulator.draft.paint.compositor import FrameBuffer
from hailuo_widgets.emulator.draft.paint.draft_label import Label
from hailuo_widgets.emulator.draft.paint.fog import Fog
from hailuo_widgets.emulator.draft.paint.frame_line import FrameLine
from hailuo_widgets.emulator.draft.paint.light import FADES, Light, strength
from hailuo_widgets.emulator.draft.paint.particles import Particles
from hailuo_widgets.emulator.draft.paint.stage import Stage, StaticStage
from hailuo_widgets.emulator.draft.paint.transition import Dissolve, Morph
from hailuo_widgets.emulator.draft.plan.moves import eased, poses
from hailuo_widgets.emulator.draft.plan.plan import Shot
from hailuo_widgets.emulator.draft.scene.optical_flow import Match
from hailuo_widgets.emulator.draft.scene.scene import Scene

_ENTERING: Final = 0.8  # seconds until all that is in the air is there

_AHEAD: Final = 2
"""Frames painted before they are asked for.

With none the encoder's threads run dry in cheap frames: a fifth more time for two layers.
"""


class EndFrame(NamedTuple):
    """The end image.

    Attributes
    ----------
    scene : Scene
        At the first frame's size.
    match : Match or None
        How it hangs together with the first frame, if they show one scene.
    """

    scene: Scene
    match: Match | None


class Film:
    """Everything that a clip shows.

    Parameters
    ----------
    shot : Shot
        What the prompt asks for.
    scene : Scene
        The first frame.
    ending : Ending or None
        The end image and how it is reached.
    frames : int
        How many frames the clip has.
    fps : int
        Frames per second.
    variation : int
        Another take of the same shot; 0 is the canonical one.
    framed : bool
        Show where the camera sees beyond the first frame's edge.
    """

    def __init__(
        self,
        shot: Shot,
        scene: Scene,
        ending: EndFrame | None = None,
        *,
        frames: int,
        fps: int,
        variation: int = 0,
        framed: bool = False,
    ) -> None:
        self.size = scene.picture.size
        self.frames = frames
        self.fps = fps
        self._ends = ending is not None
        lens, seconds = Lens(*self.size), frames / fps
        shares = [number / max(1, frames - 1) for number in range(frames)]
        self._poses = poses(shot.beats, lens, frames=frames, fps=fps, variation=variation)
        self._stage: Stage
        if ending is None:
            self._stage = StaticStage(scene, self._poses, airy=bool(shot.particles))
        elif ending.match is None:
            self._stage = Dissolve(scene, ending.scene, self._poses)
        else:
            self._stage = Morph(scene, ending.scene, ending.match, frames)
            # The pictures say where the camera goes; what is in the air stays with them.
            self._poses = [Pose()] * frames
        lights = {
            name: Light(
                name,
                scene.picture,
                [
                    strength(name, share, seconds, variation) * self._alone(share)
                    for share in shares
                ],
            )
            for name in shot.light
        }
        self._lights = [light for name, light in lights.items() if name not in FADES]
        self._fades = [light for name, light in lights.items() if name in FADES]
        self._air = [
            Fog(lens, variation) if name == "fog" else Particles(name, lens, variation)
            for name in shot.particles
        ]
        self._label = Label(*self.size)
        self._line = FrameLine(*self.size) if framed else None

    def _alone(self, share: float) -> float:
        """Return how far effects may alter the picture: not the end image."""
        return 1.0 - eased(max(0.0, 2 * share - 1), 0.5) if self._ends else 1.0

    def _airiness(self, number: int) -> float:
        """Return how much there is in the air: nothing in the first frame and in the end image."""
        entered = min(number / self.fps / _ENTERING, 1.0)
        left = min((self.frames - 1 - number) / self.fps / _ENTERING, 1.0) if self._ends else 1.0
        return eased(entered, 0.5) * eased(left, 0.5)

    def paint(self, number: int, canvas: FrameBuffer) -> None:
        """Paint frame ``number`` (from 0) over whatever the canvas holds."""
        self._stage.paint(number, canvas)
        for light in self._lights:
            light.lay_on(canvas, number)
        for air in self._air:
            air.lay_on(
                canvas,
                number / self.fps,
                self._poses[number],
                self._airiness(number),
                self._stage.hiding(number),
            )
        outline = self._stage.outline(number) if self._line else None
        if self._line and outline is not None:
            self._line.lay_on(canvas, outline)
        for light in self._fades:
            light.lay_on(canvas, number)
        self._label.lay_on(canvas.y)

    def repeats(self, number: int) -> bool:
        """Return True if frame ``number`` is the one before it over again."""
        if number == 0 or self._lights or self._fades or self._air:
            return False
        return self._stage.repeats(number)

    def roll(self) -> Iterator[av.VideoFrame]:
        """Paint all frames in order; the next ones while a frame is looked at.

        A frame's memory is painted over as soon as the following one is asked for, and the film
        must not be painted by others meanwhile.
        """
        # More threads cost a tenth to a half more CPU and win nothing beside the encoder's.
        cv2.setNumThreads(1)
        canvases = [FrameBuffer.blank(*self.size) for _ in range(1 + _AHEAD)]
        fresh = (number for number in range(self.frames) if not self.repeats(number))
        painter = ThreadPoolExecutor(1, "painter")
        coming = deque(
            painter.submit(self._painted, number, canvas)
            for canvas, number in zip(canvases, fresh, strict=False)
        )
        shown: FrameBuffer | None = None
        try:
            for number in range(self.frames):
                if shown is None or not self.repeats(number):
                    if shown is not None and (later := next(fresh, None)) is not None:
                        coming.append(painter.submit(self._painted, later, shown))
                    shown = coming.popleft().result()
                yield shown.frame
        finally:
            painter.shutdown(cancel_futures=True)

    def _painted(self, number: int, canvas: FrameBuffer) -> FrameBuffer:
        self.paint(number, canvas)
        return canvas
