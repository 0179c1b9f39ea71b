"""A clip read forward in step with a clock: at each time, the picture that a player shows then.

PyAV loads when a clip is first opened. Of each clip only the pictures around the present are held.
"""

from __future__ import annotations

import contextlib
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import HailuoError, InputError
from hailuo_widgets.media.clip import marked_draft
from hailuo_widgets.media.formats.open_media import NotAVideoError, because, opened_film
from hailuo_widgets.media.formats.orientation import Pictures

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    import av
    from av.video.stream import VideoStream

    from hailuo_widgets.media.formats.open_media import Opened

SLACK: Final = 0.05
"""Of a frame. Presentation times are rounded, so a frame may seem to begin a little late; the page
allows as much (``frameAt`` in ``page/frame_time.js``)."""

_USUAL_RATE: Final = Fraction(24)
_FASTEST: Final = 1_000
_SLOWEST: Final = 0.1
_LONG: Final = 600.0
"""Pictures a second that no film goes beyond, and seconds from which on that is said."""


def frames_in(seconds: float | Fraction, rate: Fraction) -> int:
    """Count the frames that a stretch of time has at a rate; one at least.

    A frame that begins within the stretch counts, so that no picture of a slower clip is lost.
    """
    return max(1, math.ceil(float(seconds * rate) - SLACK))


@contextlib.contextmanager
def reading(name: str) -> Iterator[None]:
    """Translate the errors of reading a video file into a sentence with its name.

    Raises
    ------
    InputError
        The file is missing, holds no picture, or stops decoding.
    """
    import av  # noqa: PLC0415

    try:
        yield
    except FileNotFoundError:
        raise InputError(
            f"The file of {name} is gone. Nothing was written. Ask for the same request again: "
            "what the service still has is fetched at no cost."
        ) from None
    except (
        av.error.FFmpegError,
        OSError,
        ValueError,
        LookupError,
        ArithmeticError,
        MemoryError,
    ) as error:
        if isinstance(error, HailuoError):
            raise
        raise InputError(
            f"The file of {name} does not decode as a video to its end"
            f"{because(error)}. Nothing was written. Leave it out and try again."
        ) from None


class ClipReader:
    """One clip, read forward.

    Parameters
    ----------
    path : Path
        The video file.
    name : str
        What messages call it, as in ``clip 2 (“dawn”)``; never a path.
    threads : int
        How many threads decode it.

    Attributes
    ----------
    width, height : int
        As a player shows it: upright, with square pixels.
    rate : Fraction
        Frames per second (mean, when the rate varies).
    frame_count : int
        As the file declares.
    draft : bool
        True if its file says that it was rendered by the emulator.

    Raises
    ------
    InputError
        The file is missing or no video.
    """

    def __init__(self, path: Path, name: str, *, threads: int = 1) -> None:
        self._name = name
        self._door = contextlib.ExitStack()
        with reading(name):
            film = self._door.enter_context(opened_film(path, threads=threads))
            try:
                self._pictures = Pictures(film)
                self.width, self.height, *_ = self._pictures.shape()
                self.frame_count = frames_of(film)
            except BaseException:
                self._door.close()
                raise
        self.rate = rate_of(film.stream)
        self.draft = marked_draft(film.container.metadata)
        self._frames = self._timed(film.stream)
        self._now: av.VideoFrame | None = None
        self._next: tuple[float, av.VideoFrame] | None = None

    @property
    def seconds(self) -> Fraction:
        """How long it lasts."""
        return self.frame_count / self.rate

    def at(self, seconds: float | Fraction) -> av.VideoFrame:
        """Return the picture that a player shows at a time; times must not go back.

        Before its beginning that is its first one, after its end its last one.

        Raises
        ------
        InputError
            It does not decode so far.
        """
        reached = float(seconds) + SLACK / float(self.rate)
        if self._now is None:
            self._step()
        while self._next is not None and self._next[0] <= reached:
            self._step()
        if self._now is None:
            raise InputError(
                f"The file of {self._name} holds no picture. Nothing was written. Leave it out "
                "and try again."
            )
        return self._now

    def close(self) -> None:
        """Close the file."""
        self._frames.close()
        self._pictures.close()
        self._door.close()

    def _step(self) -> None:
        """Go on to the next picture, and look at the one after it."""
        if self._next is None:
            self._next = next(self._frames, None)
        if self._next is not None:
            self._now = self._next[1]
            self._next = next(self._frames, None)

    def _timed(self, stream: VideoStream) -> Generator[tuple[float, av.VideoFrame]]:
        """Decode; give each picture with its time, in seconds from the first one."""
        with reading(self._name):
            begin, count = 0.0, 0
            for frame in self._pictures:
                time = count / float(self.rate) if frame.time is None else frame.time
                begin = begin if count else time
                count += 1
                yield time - begin, frame
            require_all_frames(self._name, count, stream)


def require_all_frames(name: str, count: int, stream: VideoStream) -> None:
    """Raise unless a file held as many frames as it declares.

    Raises
    ------
    InputError
        It is cut off.
    """
    if count < stream.frames:
        raise InputError(
            f"The file of {name} is cut off: only {count} of its {stream.frames} frames are there. "
            "Nothing was written. Leave it out, or ask for the same request again."
        )


def rate_of(stream: VideoStream) -> Fraction:
    """Return a stream's frames per second; the usual rate where it does not say."""
    return stream.average_rate or stream.guessed_rate or _USUAL_RATE


def frames_of(film: Opened) -> int:
    """Count a film's frames as the file declares them, or as they lie in it; one at least.

    Raises
    ------
    NotAVideoError
        They are said to follow each other so fast or so slowly that a film of them has no end.
    """
    count = film.stream.frames
    if not count:
        # WebM and fragments do not say; what they say of their length need not be true.
        with opened_film(film.source) as again:
            count = max(1, sum(1 for packet in again.packets() if packet.size))
    rate = rate_of(film.stream)
    seconds = float(count / rate)
    if rate > _FASTEST or (seconds > _LONG and rate < _SLOWEST):
        raise NotAVideoError(f"it says that {count:,} pictures last {seconds:,.3g} s")
    return int(count)
