"""A film's pictures as a player shows them: turned and mirrored as the file asks, in its shape.

Phones write a film as the sensor saw it, and a matrix beside it that says how to hold it. Players
obey the matrix; a decoder yields the picture as it is stored. All reading of pictures goes through
here, so that what is shown, measured and joined stands upright. PyAV loads when a film is read.

Sources: ISO/IEC 14496-12, 8.3.2 (the matrix), 12.1.4 (the shape of pixels).
"""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from hailuo_widgets.media.formats.open_media import MOST_PIXELS, NotAVideoError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    import av
    from av.filter import Graph

    from hailuo_widgets.media.formats.open_media import Opened

_MATRIX: Final = struct.Struct("=9i")
_WIDEST: Final = 8
"""Pixels that are said to be more oblong than that are a slip of the file."""


class Turn(NamedTuple):
    """How a picture must be turned to stand upright: mirrored or not, then clockwise."""

    degrees: int = 0
    mirrored: bool = False

    def __str__(self) -> str:
        parts = ["mirrored"] if self.mirrored else []
        if self.degrees:
            side = {90: " to the right", 270: " to the left"}.get(self.degrees, "")
            parts.append(f"turned by {180 if not side else 90} degrees{side}")
        return " and ".join(parts) or "upright"

    @property
    def swaps_sides(self) -> bool:
        """True if its width becomes its height."""
        return self.degrees in {90, 270}


UPRIGHT: Final = Turn()

# Which way the matrix sends a step to the right, and one down: (a, b, c, d), each -1, 0 or 1.
_TURNS: Final = {
    (1, 0, 0, 1): UPRIGHT,
    (0, 1, -1, 0): Turn(90),
    (-1, 0, 0, -1): Turn(180),
    (0, -1, 1, 0): Turn(270),
    (-1, 0, 0, 1): Turn(0, mirrored=True),
    (0, -1, -1, 0): Turn(90, mirrored=True),
    (1, 0, 0, -1): Turn(180, mirrored=True),
    (0, 1, 1, 0): Turn(270, mirrored=True),
}
_FILTERS: Final = {
    Turn(90): (("transpose", "clock"),),
    Turn(180): (("hflip", ""), ("vflip", "")),
    Turn(270): (("transpose", "cclock"),),
    Turn(0, mirrored=True): (("hflip", ""),),
    Turn(90, mirrored=True): (("transpose", "clock_flip"),),
    Turn(180, mirrored=True): (("vflip", ""),),
    Turn(270, mirrored=True): (("transpose", "cclock_flip"),),
}


class Shape(NamedTuple):
    """A film's size as a player shows it, and how its pictures lie in the file."""

    width: int
    height: int
    turn: Turn
    square: bool
    """Return True if its pixels are square."""

    @property
    def plain(self) -> bool:
        """True if its pictures are stored as they are shown."""
        return self.square and self.turn == UPRIGHT


def turn_of(frame: av.VideoFrame) -> Turn:
    """Read how a decoded picture must be turned; by the nearest right angle."""
    given = cast("Any", frame.side_data).get("DISPLAYMATRIX")
    matrix = b"" if given is None else bytes(given)
    if len(matrix) < _MATRIX.size:
        return UPRIGHT
    a, b, _, c, d, *_ = _MATRIX.unpack_from(matrix)
    if abs(a) + abs(d) >= abs(b) + abs(c):
        b = c = 0
    else:
        a = d = 0
    # One that lets the picture vanish asks for nothing that can be shown.
    return _TURNS.get((_sign(a), _sign(b), _sign(c), _sign(d)), UPRIGHT)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


class Pictures:
    """The pictures of a film, upright, read forward.

    Parameters
    ----------
    film : Opened
        The film.
    """

    def __init__(self, film: Opened) -> None:
        self._film = film
        self._kept: list[av.VideoFrame] = []
        self._decoded = self._decode()
        self._turning: tuple[object, Graph] | None = None

    def shape(self) -> Shape:
        """Return its size; its first picture is decoded for that.

        Raises
        ------
        NotAVideoError
            It holds no picture.
        """
        if not self._kept:
            first = next(self._decoded, None)
            if first is None:
                raise NotAVideoError("it holds no picture")
            self._kept.append(first)
        return _shape(self._kept[0], self._film.stream.sample_aspect_ratio)

    def __iter__(self) -> Iterator[av.VideoFrame]:
        while self._kept:
            yield self._upright(self._kept.pop(0))
        for frame in self._decoded:
            yield self._upright(frame)

    def count(self) -> int:
        """Decode all that is left, and count it."""
        held, self._kept = len(self._kept), []
        return held + sum(1 for _ in self._decoded)

    def close(self) -> None:
        """Close the decoder."""
        self._decoded.close()

    def _decode(self) -> Generator[av.VideoFrame]:
        for packet in self._film.packets():
            yield from packet.decode()

    def _upright(self, frame: av.VideoFrame) -> av.VideoFrame:
        turn = turn_of(frame)
        if turn == UPRIGHT:
            return frame
        kind = (turn, frame.format.name, frame.width, frame.height)
        if self._turning is None or self._turning[0] != kind:
            self._turning = kind, _graph(frame, turn)
        graph = self._turning[1]
        graph.push(frame)
        turned = cast("av.VideoFrame", graph.pull())
        turned.pts, turned.time_base = frame.pts, frame.time_base
        return turned


def _shape(frame: av.VideoFrame, aspect: Fraction | None) -> Shape:
    turn = turn_of(frame)
    width, height = frame.width, frame.height
    share = float(aspect or 1)
    square = not 1 / _WIDEST <= share <= _WIDEST or share == 1
    if not square:
        wide = max(1, round(width * share))
        if wide * height > MOST_PIXELS:
            square = True
        else:
            width = wide
    if turn.swaps_sides:
        width, height = height, width
    return Shape(width, height, turn, square)


def _graph(frame: av.VideoFrame, turn: Turn) -> Graph:
    """Build what turns pictures; FFmpeg's filters move pixels of any kind as they are."""
    from av.filter import Graph  # noqa: PLC0415

    graph = Graph()
    last = graph.add_buffer(
        width=frame.width,
        height=frame.height,
        format=frame.format,
        time_base=frame.time_base or Fraction(1),
    )
    for name, direction in _FILTERS[turn]:
        step = graph.add(name, direction) if direction else graph.add(name)
        last.link_to(step)
        last = step
    last.link_to(graph.add("buffersink"))
    graph.configure()
    return graph
