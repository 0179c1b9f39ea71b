"""A file's sound, every sample at its time: late starts, gaps, changes and damage included.

What a sound's packets say of their times decides where their sound belongs; a file without times
of its own (MP3, WAV) is placed by its samples. What does not decode is left out, and counted. PyAV
and NumPy load when something is first read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from hailuo_widgets.media.formats.open_media import NotASoundError, opened_sound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import av
    import numpy as np
    from av.audio.frame import AudioFrame
    from av.packet import Packet
    from numpy.typing import NDArray

    from hailuo_widgets.media.formats.open_media import Opened

    Samples = NDArray[np.float32]

RATE: Final = 48_000
"""Samples per second."""
CHANNELS: Final = 2

_SLACK: Final = 0.02
"""Seconds: one frame of AAC. Times are rounded, and are not worth a click."""
_RESTART: Final = 0.5
"""Seconds; times that go back further begin anew, as in files put one after the other."""
_TAIL: Final = 0.25
"""Seconds; a file that ends so much before it says was cut off."""

# Kinds whose packets have times of their own, and those whose head tells a true length.
_TIMED: Final = frozenset({"mp4", "mov", "m4a", "webm", "mkv", "mpegts", "avi", "asf"})
_FROM_ZERO: Final = frozenset({"mp4", "mov", "m4a", "webm", "mkv"})
_DECLARED: Final = frozenset({"mp4", "mov", "m4a", "flac"})


class Unread:
    """How much of a sound could not be read, in seconds; it grows while the sound is read."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __str__(self) -> str:
        """Return it as the end of a sentence; empty when all could be read."""
        return f"; {self.seconds:.2f} s of it could not be read" if self.seconds >= 0.005 else ""


def sound_of(path: Path, unread: Unread, *, with_picture: bool = False) -> Iterator[Samples]:
    """Read all of a file's sound, from the file's beginning on.

    Parameters
    ----------
    path : Path
        A sound, or a film that can be heard.
    unread : Unread
        Is told what had to be left out.
    with_picture : bool
        True: begin with the first picture; what is heard before that is left out.

    Yields
    ------
    numpy.ndarray
        float32 of shape (2, n), 48,000 a second.

    Raises
    ------
    NotASoundError
        It holds no sound, or nothing of it decodes.
    OSError
        The file is gone.
    """
    with opened_sound(path) as sound:
        line = _Line(*_beginning(sound, with_picture=with_picture))
        for packet in _whole_packets(sound):
            try:
                frames = cast("list[AudioFrame]", packet.decode())
            except _failures():
                seconds = float((packet.duration or 0) * (packet.time_base or 0))
                unread.seconds += seconds
                yield from line.leave_out(seconds)
                continue
            for frame in frames:
                yield from line.put(frame, unread)
        yield from line.end()
        if line.heard:
            unread.seconds += _missing(sound, line)
        elif line.left_out or unread.seconds:
            raise NotASoundError("nothing of it can be decoded")


def length_of(sound: Opened) -> float:
    """Return when a sound ends, in seconds from its beginning; 0 when it does not say."""
    begin, earlier = _beginning(sound, with_picture=False)
    stream = sound.stream
    if begin is None or not stream.duration or stream.start_time is None:
        return sound.seconds
    start = float(stream.start_time * stream.time_base)
    begin = min(begin, start) if earlier else begin
    return max(0.0, start - begin + float(stream.duration * stream.time_base))


def is_audible(path: Path) -> bool:
    """Return True if any sound of a file decodes."""
    try:
        return next(sound_of(path, Unread()), None) is not None
    except NotASoundError:
        return False


def _failures() -> tuple[type[Exception], ...]:
    import av  # noqa: PLC0415

    return av.error.FFmpegError, ValueError, ArithmeticError, MemoryError


def _whole_packets(sound: Opened) -> Iterator[Packet[Any]]:
    """Read packets as far as the file can be read; then let the decoder give what it holds."""
    import av  # noqa: PLC0415

    try:
        yield from sound.packets()
    except av.error.FFmpegError:
        return


def _beginning(sound: Opened, *, with_picture: bool) -> tuple[float | None, bool]:
    """Return when a file begins, if it has times, and whether an earlier sound makes that earlier."""
    if sound.kind not in _TIMED:
        return None, False
    for stream in sound.pictures():
        return float((stream.start_time or 0) * (stream.time_base or 0)), not with_picture
    return (0.0, True) if sound.kind in _FROM_ZERO else (float("inf"), True)


def _missing(sound: Opened, line: _Line) -> float:
    """How many seconds a file is shorter than it says."""
    stream = sound.stream
    if sound.kind not in _DECLARED or not stream.duration or not stream.time_base:
        return 0.0
    declared = float(((stream.start_time or 0) + stream.duration) * stream.time_base)
    short = declared - line.time
    return short if short > _TAIL else 0.0


class _Line:
    """Puts frames of sound where they belong.

    Parameters
    ----------
    begin : float or None
        The time that comes first, in the file's own seconds; None: frames follow each other.
    earlier : bool
        True if a first frame from before that is the beginning instead.
    """

    def __init__(self, begin: float | None, earlier: bool) -> None:
        self._begin = begin
        self._earlier = earlier
        self._change: av.AudioResampler | None = None
        self._kind: tuple[object, ...] = ()
        self._given = self._off = 0
        self.time = 0.0  # the file's, of what comes next
        self.heard = self.left_out = False

    def put(self, frame: AudioFrame, unread: Unread) -> Iterator[Samples]:
        """Return the samples that a frame adds."""
        if frame.samples <= 0 or frame.sample_rate <= 0:
            return
        if self._begin is not None and frame.time is not None:
            yield from self._go_to(frame.time)
        seconds = frame.samples / frame.sample_rate
        kind = (frame.sample_rate, frame.layout.name, frame.format.name)
        try:
            if kind != self._kind:
                # FFmpeg keeps to the first kind; players go on.
                yield from self._flush()
                self._change, self._kind = _resampler(frame), kind
            assert self._change is not None
            frame.pts = None  # it is placed here
            changed = self._change.resample(frame)
        except _failures():
            self._change, self._kind = None, ()
            unread.seconds += seconds
            yield from self.leave_out(seconds)
            return
        self.time += seconds
        self.heard = True
        for part in changed:
            yield from self._give(_floats(part))

    def leave_out(self, seconds: float) -> Iterator[Samples]:
        """Go on after something that cannot be read; later times tell how long that was."""
        self.left_out = True
        if self._begin is None and self.heard:
            yield from self._flush()
            self.time += seconds
            yield from self._silence(round(self.time * RATE) - self._given)

    def end(self) -> Iterator[Samples]:
        """Return the samples that are still held back."""
        yield from self._flush()

    def _go_to(self, time: float) -> Iterator[Samples]:
        """Go to a frame's time: with silence, or leaving out what was there already."""
        assert self._begin is not None
        if not self.heard:
            self._begin = min(self._begin, time) if self._earlier else self._begin
        elif abs(time - self.time) <= _SLACK:
            return
        elif time < self.time - _RESTART:
            self._begin += time - self.time
        yield from self._flush()
        self.time = time
        ahead = round((time - self._begin) * RATE) - self._given
        self._off = max(0, -ahead)
        yield from self._silence(ahead)

    def _silence(self, count: int) -> Iterator[Samples]:
        import numpy as np  # noqa: PLC0415

        while count > 0:
            part = np.zeros((CHANNELS, min(count, RATE)), np.float32)
            count -= part.shape[1]
            self._given += part.shape[1]
            yield part

    def _flush(self) -> Iterator[Samples]:
        if self._change is not None:
            change, self._change, self._kind = self._change, None, ()
            for part in change.resample(None):
                yield from self._give(_floats(part))

    def _give(self, part: Samples) -> Iterator[Samples]:
        off = min(self._off, part.shape[1])
        self._off -= off
        if part.shape[1] > off:
            self._given += part.shape[1] - off
            yield part[:, off:]


def _resampler(frame: AudioFrame) -> av.AudioResampler:
    import av  # noqa: PLC0415

    # FFmpeg would make one channel quieter on its way to two; players do not.
    layout = "mono" if frame.layout.nb_channels == 1 else "stereo"
    return av.AudioResampler(format="fltp", layout=layout, rate=RATE)


def _floats(frame: AudioFrame) -> Samples:
    import numpy as np  # noqa: PLC0415

    given = cast("Samples", frame.to_ndarray())
    # A damaged file can say infinity.
    return np.nan_to_num(
        np.repeat(given, CHANNELS // len(given), axis=0), nan=0, posinf=1, neginf=-1
    )
