"""Boxes of pixels."""

from __future__ import annotations

from dataclasses import dataclass

from hailuo_widgets.emulator.draft.geometry.arrays import Bytes


@dataclass(frozen=True, slots=True)
class Box:
    """A box of picture pixels, the far sides excluded; all even, so that chroma fits."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def half(self) -> Box:
        """The same box in chroma samples."""
        return Box(self.left // 2, self.top // 2, self.right // 2, self.bottom // 2)

    def cut(self, pixels: Bytes, whole: Box) -> Bytes:
        """Cut this box out of the pixels of a larger one; a view."""
        return pixels[
            self.top - whole.top : self.bottom - whole.top,
            self.left - whole.left : self.right - whole.left,
        ]
