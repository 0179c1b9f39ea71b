"""One frame of video in memory, and how planes are laid on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import av
import cv2
import numpy as np

from hailuo_widgets.emulator.draft.geometry.arrays import Bytes, Matrix
from hailuo_widgets.emulator.draft.geometry.box import Box
from hailuo_widgets.emulator.draft.scene.plates import Plate

# Where chroma sample (i, j) lies in luma pixels, and back: left-sited, as H.264 assumes.
_LUMA_OF_CHROMA = np.array([[2.0, 0.0, 0.0], [0.0, 2.0, 0.5], [0.0, 0.0, 1.0]])
_CHROMA_OF_LUMA = np.linalg.inv(_LUMA_OF_CHROMA)

_TURN = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
_NEAREST = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP


@dataclass(frozen=True, slots=True, eq=False)
class FrameBuffer:
    """A video frame and views on its memory.

    Attributes
    ----------
    frame : av.VideoFrame
        What the encoder takes.
    y : array of uint8, shape (height, width)
        Its luma.
    uv : array of uint8, shape (height / 2, width / 2, 2)
        Its chroma.
    """

    frame: av.VideoFrame
    y: Bytes
    uv: Bytes

    @classmethod
    def blank(cls, width: int, height: int) -> FrameBuffer:
        """Allocate a frame (NV12: the layout x264 works in itself)."""
        frame = av.VideoFrame(width, height, "nv12")
        luma, chroma = frame.planes
        y, uv = _rows(luma)[:height, :width], _rows(chroma)[: height // 2, :width]
        return cls(frame, y, uv.reshape(height // 2, width // 2, 2))


class Compositor:
    """Lays plates on canvases of one size; not for two threads at once.

    Parameters
    ----------
    width, height : int
        The canvases' size.
    """

    def __init__(self, width: int, height: int) -> None:
        self.size = width, height
        # Written anew for each frame: fresh memory would cost a page fault every 4 kB.
        self._turned = np.empty((width, height), np.uint8)
        self._turned_uv = np.empty((width // 2, height // 2), np.uint16)
        self._packed = np.empty((height, width), np.uint16)
        self._chroma = np.empty((height // 2, width // 2, 4), np.uint8)
        self._own_uv = np.empty((height // 2, width // 2, 2), np.uint8)
        self._own = np.empty((height, width), np.uint8)
        self._keep = np.empty((height, width), np.uint8)
        self._keep_uv = np.empty((height // 2, width // 2, 2), np.uint8)

    def lay(self, canvas: FrameBuffer, plate: Plate, source_of: Matrix) -> None:
        """Fill the whole frame with a plate.

        Parameters
        ----------
        canvas : Canvas
            Painted over.
        plate : Plate
            Opaque, and covering everything that the homography shows.
        source_of : array, shape (3, 3)
            Screen pixel to picture pixel.
        """
        seen, seen_uv = plate.luma_of @ source_of, chroma_of(plate, source_of)
        pairs = canvas.uv.view(np.uint16)[..., 0]
        if not plate.kind.turned:
            look_up(plate.y, seen, canvas.y)
            look_up(plate.uv, seen_uv, pairs)
            return
        look_up(plate.y, _TURN @ seen @ _TURN, self._turned)
        look_up(plate.uv, _TURN @ seen_uv @ _TURN, self._turned_uv)
        cv2.transpose(self._turned, dst=canvas.y)
        cv2.transpose(self._turned_uv, dst=pairs)

    def stand(self, canvas: FrameBuffer, plate: Plate, source_of: Matrix) -> None:
        """Put a plate with cover before what the frame shows.

        Parameters
        ----------
        canvas : Canvas
            Painted onto.
        plate : Plate
            Its luma holds the cover too; its pixels are multiplied by it.
        source_of : array, shape (3, 3)
            Screen pixel to picture pixel.
        """
        box = self._on_screen(plate.box, source_of)
        if box is None:
            return
        rows, columns = slice(box.top, box.bottom), slice(box.left, box.right)
        high, wide = box.bottom - box.top, box.right - box.left
        seen = source_of @ shifted(box)

        packed = self._packed[:high, :wide]
        look_up(plate.y, plate.luma_of @ seen, packed)
        own, keep = self._own[:high, :wide], self._keep[:high, :wide]
        cv2.split(packed.view(np.uint8).reshape(high, wide, 2), [own, keep])
        cv2.bitwise_not(keep, dst=keep)
        y = canvas.y[rows, columns]
        cv2.multiply(y, keep, dst=y, scale=1 / 255)
        cv2.add(y, own, dst=y)

        chroma = self._chroma[: high // 2, : wide // 2]
        look_up(plate.uv, chroma_of(plate, seen), chroma)
        own_uv, keep_uv = (part[: high // 2, : wide // 2] for part in (self._own_uv, self._keep_uv))
        cv2.mixChannels([chroma], [own_uv, keep_uv], [0, 0, 1, 1, 2, 2, 3, 3])
        cv2.bitwise_not(keep_uv, dst=keep_uv)
        uv = canvas.uv[rows.start // 2 : rows.stop // 2, columns.start // 2 : columns.stop // 2]
        cv2.multiply(uv, keep_uv, dst=uv, scale=1 / 255)
        cv2.add(uv, own_uv, dst=uv)

    def _on_screen(self, box: Box, source_of: Matrix) -> Box | None:
        """Return the even box of screen pixels that a box of the picture reaches."""
        corners = np.array(
            [
                [box.left, box.right, box.left, box.right],
                [box.top, box.top, box.bottom, box.bottom],
                [1, 1, 1, 1],
            ]
        )
        x, y, w = np.linalg.inv(source_of) @ corners
        x, y = x / w, y / w
        left, right = max(0.0, x.min()), min(float(self.size[0]), x.max() + 1)
        top, bottom = max(0.0, y.min()), min(float(self.size[1]), y.max() + 1)
        if left >= right or top >= bottom:
            return None
        return Box(
            2 * math.floor(left / 2),
            2 * math.floor(top / 2),
            2 * math.ceil(right / 2),
            2 * math.ceil(bottom / 2),
        )


def _rows(plane: Any) -> Bytes:
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)


def chroma_of(plate: Plate, source_of: Matrix) -> Matrix:
    """Return the homography from a chroma sample of the screen to the plate's chroma pixel."""
    return plate.chroma_of @ _CHROMA_OF_LUMA @ source_of @ _LUMA_OF_CHROMA


def shifted(box: Box) -> Matrix:
    """Return the homography from a box's own pixels to the screen's."""
    return np.array([[1.0, 0.0, box.left], [0.0, 1.0, box.top], [0.0, 0.0, 1.0]])


def look_up(pixels: Bytes, place_of: Matrix, onto: Bytes) -> None:
    """Fill an array with the nearest pixels at the places that a homography gives."""
    height, width = onto.shape[:2]
    cv2.warpPerspective(
        pixels,
        place_of,
        (width, height),
        dst=onto,
        flags=_NEAREST,
        borderMode=cv2.BORDER_REPLICATE,
    )
