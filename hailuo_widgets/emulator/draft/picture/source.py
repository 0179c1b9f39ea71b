"""A picture file, read once for drafts and previews of every size."""

from __future__ import annotations

from collections.abc import Callable

from hailuo_widgets.emulator.draft.geometry.arrays import Bytes, Floats
from hailuo_widgets.emulator.draft.picture.cache import Lazy
from hailuo_widgets.emulator.draft.picture.matte import subject_matte
from hailuo_widgets.emulator.draft.picture.picture import (
    Picture,
    as_picture,
    glance,
    read_rgb,
    scaled,
)


class Source:
    """A picture cut to the aspect of a clip.

    Whatever the order in which sizes are asked for, each is made from the same pixels.

    Parameters
    ----------
    data : bytes
        The file's.
    largest : tuple of int
        Width and height of the largest clip; a smaller picture keeps its own pixels.
    matte_of : callable
        Finds the subject in a glance.

    Raises
    ------
    DraftError
        The bytes are not a readable picture.
    """

    def __init__(
        self,
        data: bytes,
        largest: tuple[int, int],
        matte_of: Callable[[Bytes], Floats | None] = subject_matte,
    ) -> None:
        self._rgb = read_rgb(data, largest)
        self._glance = glance(self._rgb)
        self._matte_of = matte_of
        self._matte: Lazy[Floats | None] = Lazy()

    def picture(self, size: tuple[int, int]) -> Picture:
        """Return the picture at a size."""
        return as_picture(scaled(self._rgb, size), self._glance)

    def matte(self) -> Floats | None:
        """Return the cover of the subject; None when there is no clear one."""
        return self._matte.get(lambda: self._matte_of(self._glance))
