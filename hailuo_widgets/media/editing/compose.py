"""A video picture that is put together of others, in video's own colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from hailuo_widgets.media.editing.layout import Box, inside
from hailuo_widgets.media.formats.writer import Scaler

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import av
    import numpy as np
    from numpy.typing import NDArray

    from hailuo_widgets.media.video.reader import ClipReader


class Compositor:
    """The picture.

    Parameters
    ----------
    ground : PIL.Image.Image
        RGB, of even size: what shows where nothing is put.
    """

    def __init__(self, ground: Any) -> None:
        import av  # noqa: PLC0415

        frame = av.VideoFrame.from_image(ground)  # type: ignore[no-untyped-call]
        self._whole = _bytes(Scaler(*ground.size)(frame))

    def frame(self) -> av.VideoFrame:
        """Return it as it is now, yuv420p."""
        import av  # noqa: PLC0415

        return av.VideoFrame.from_ndarray(self._whole, format="yuv420p")

    def put(self, box: Box, piece: NDArray[np.uint8]) -> None:
        """Put a piece, yuv420p of the box's size, into the picture."""
        for whole, part, shift in zip(_planes(self._whole), _planes(piece), (0, 1, 1), strict=True):
            y, x = box.y >> shift, box.x >> shift
            whole[y : y + part.shape[0], x : x + part.shape[1]] = part


class Tile:
    """A place in a compositor that shows one clip.

    Parameters
    ----------
    compositor : Compositor
        The picture.
    box : Box
        The place; what does not have its shape is fitted into it, whole.
    size : (int, int)
        The clip's width and height, as it is shown.
    """

    def __init__(self, compositor: Compositor, box: Box, size: tuple[int, int]) -> None:
        self._compositor = compositor
        self._box = inside(box, size)
        self._scaler = Scaler(self._box.width, self._box.height)
        self._shown: av.VideoFrame | None = None

    def show(self, frame: av.VideoFrame) -> None:
        """Show a frame; one that is there already costs nothing."""
        if frame is not self._shown:
            self._shown = frame
            self._compositor.put(self._box, _bytes(self._scaler(frame)))


def compose(
    background: Any, clips: Iterable[tuple[ClipReader | None, Box, float]], times: Iterable[float]
) -> Iterator[av.VideoFrame]:
    """Yield the pictures of some times, in seconds, in order: each clip in its place.

    Parameters
    ----------
    background : PIL.Image.Image
        As :class:`Compositor` takes it.
    clips : iterable of (ClipReader or None, Box, float)
        The clip, its place, and how many seconds of it are left out at its beginning.
    """
    compositor = Compositor(background)
    tiles = [
        (reader, Tile(compositor, box, (reader.width, reader.height)), start)
        for reader, box, start in clips
        if reader is not None
    ]
    for time in times:
        for reader, tile, start in tiles:
            tile.show(reader.at(time + start))
        yield compositor.frame()


def _bytes(frame: av.VideoFrame) -> NDArray[np.uint8]:
    return cast("NDArray[np.uint8]", frame.to_ndarray())


def _planes(whole: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Return luma and the two chroma planes of yuv420p, as PyAV lays it out, each as a picture."""
    height, width = whole.shape[0] * 2 // 3, whole.shape[1]
    light, quarter = height * width, height * width // 4
    flat = whole.reshape(-1)
    half = (height // 2, width // 2)
    return [
        flat[:light].reshape(height, width),
        flat[light : light + quarter].reshape(half),
        flat[light + quarter :].reshape(half),
    ]
