"""The one door to video and sound files: what a file is, and a reader that cannot be led astray.

The kind comes from the first bytes, never from the name, and FFmpeg is given that kind: left to
itself it takes a text that begins like a playlist for one, and opens what the text names. It gets
an open file and no path, so that it can open no other. What a file says of its size is judged
before anything is decoded. PyAV loads when something is first opened.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.errors import HailuoError
from hailuo_widgets.media.formats.media_kind import HEAD, Source, kind_in, opened_file, title_of
from hailuo_widgets.media.formats.media_kind import kind_of as kind_of  # noqa: PLC0414  goes with it
from hailuo_widgets.media.formats.mp4_bounds import TooMuchError, check_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

MOST_PIXELS: Final = 40_000_000
"""Of one picture of a film: 8192 x 4320 and a little more."""

_UNDECODED: Final = "it does not decode"
_MICROSECONDS: Final = 1_000_000
_MOST_STREAMS: Final = 64
_MOST_RATE: Final = 768_000
_MOST_CHANNELS: Final = 64
_BYTES_READ_TWICE: Final = 1_000_000
_COVER: Final = 0x0400
"""AV_DISPOSITION_ATTACHED_PIC: a picture that goes with a sound."""

_READERS: Final = {
    **dict.fromkeys(("mp4", "mov", "m4a"), "mov"),
    **dict.fromkeys(("webm", "mkv"), "matroska"),
    **{kind: kind for kind in ("mp3", "wav", "w64", "aiff", "flac", "ogg", "aac")},
    **{kind: kind for kind in ("mpegts", "avi", "asf")},
}
"""The kinds that are taken, and FFmpeg's name of each."""

FILMS: Final = frozenset({"mp4", "mov", "m4a", "webm", "mkv"})
SOUNDS: Final = frozenset(_READERS)


class UnreadableError(ValueError):
    """The bytes are not what they are opened as; the message goes on after "it" or a name."""


def because(error: Exception) -> str:
    """Return the reason, for the end of a sentence that says that something does not decode."""
    if not isinstance(error, UnreadableError):
        return f" ({type(error).__name__})"
    message = str(error)
    return f" {message[message.index('(') :]}" if message.startswith(_UNDECODED) else f": {message}"


class NotAVideoError(UnreadableError):
    """The bytes do not decode as a video; the message says where it stopped."""


class NotASoundError(UnreadableError):
    """The bytes do not decode as a sound; the message says why."""


class NoSoundError(NotASoundError):
    """It is a film without sound."""


class Opened:
    """A file that is open to be read: a container, and the stream that is meant.

    Attributes
    ----------
    container : av.container.InputContainer
    stream : av.video.stream.VideoStream or av.audio.stream.AudioStream
    kind : str
        As `kind_of` tells it.
    source : Path or bytes
        Where it comes from; for another look.
    is_cut : bool
        True if a packet that was read reaches beyond the file's end.
    """

    def __init__(
        self,
        container: InputContainer,
        stream: VideoStream | AudioStream,
        kind: str,
        size: int,
        source: Source = b"",
    ) -> None:
        self.source = source
        self.container = container
        self.stream: Any = stream
        self.kind = kind
        self.is_cut = False
        self._allowed = 2 * size + _BYTES_READ_TWICE

    @property
    def seconds(self) -> float:
        """How long the file says that it lasts; 0 when it does not say."""
        seconds = float((self.stream.duration or 0) * (self.stream.time_base or 0))
        return max(0.0, seconds or (self.container.duration or 0) / _MICROSECONDS)

    def pictures(self) -> list[VideoStream]:
        """List the streams of pictures that move, whatever stream is meant."""
        return [stream for stream in self.container.streams.video if not _is_cover(stream)]

    def packets(self) -> Iterator[Packet[Any]]:
        """Read its packets in order; the last one is empty and tells a decoder to give the rest.

        Raises
        ------
        UnreadableError
            They hold more bytes than the file: its tables name the same bytes again and again.
        """
        yield from self._bounded(self.container.demux(self.stream))

    def all_packets(self) -> Iterator[Packet[Any]]:
        """Read the packets of all its streams, as :meth:`packets` does of one."""
        yield from self._bounded(self.container.demux())

    def _bounded(self, packets: Iterable[Packet[Any]]) -> Iterator[Packet[Any]]:
        read = 0
        for packet in packets:
            self.is_cut = self.is_cut or packet.is_corrupt
            read += packet.size
            if read > self._allowed:
                raise UnreadableError("it names the same bytes again and again")
            yield packet


@contextlib.contextmanager
def opened_film(source: Source, *, threads: int = 0) -> Iterator[Opened]:
    """Open a film to be read: MP4, MOV, WebM or Matroska.

    Parameters
    ----------
    source : Path or bytes
        The file; it must be a regular one.
    threads : int
        How many decode it; 0: as many as there are.

    Raises
    ------
    NotAVideoError
        It is something else, damaged, coded in a way that is not known here, or of too many
        pixels. What FFmpeg finds within the ``with`` raises it too.
    OSError
        The file is gone, or cannot be read.
    """
    with _told(NotAVideoError, "video"), _opened(source, FILMS, NotAVideoError) as found:
        container, kind, size = found
        stream = _readable(
            (each for each in container.streams.video if not _is_cover(each)),
            NotAVideoError,
            NotAVideoError("it holds no picture"),
        )
        context = stream.codec_context
        _check_pixels(context.width, context.height)
        context.options = {"max_pixels": str(MOST_PIXELS)}
        context.thread_type = "AUTO" if threads == 0 else "FRAME" if threads > 1 else "NONE"
        context.thread_count = threads
        yield Opened(container, stream, kind, size, source)


@contextlib.contextmanager
def opened_sound(source: Source) -> Iterator[Opened]:
    """Open a sound to be read: MP3, WAV, M4A, OGG, FLAC and others, or a film that can be heard.

    Raises
    ------
    NotASoundError
        It is something else, holds no sound, or is damaged. What FFmpeg finds within the ``with``
        raises it too.
    OSError
        The file is gone, or cannot be read.
    """
    with _told(NotASoundError, "sound"), _opened(source, SOUNDS, NotASoundError) as found:
        container, kind, size = found
        stream = _readable(container.streams.audio, NotASoundError, NoSoundError("it has no sound"))
        context = stream.codec_context
        channels = context.layout.nb_channels
        if not 0 < context.sample_rate <= _MOST_RATE or not 0 < channels <= _MOST_CHANNELS:
            raise NotASoundError("it says nothing sensible of its rate and channels")
        yield Opened(container, stream, kind, size)


def _is_cover(stream: VideoStream) -> bool:
    return bool(stream.disposition.value & _COVER)


def _readable(streams: Iterable[Any], kind: type[UnreadableError], none: UnreadableError) -> Any:
    """Choose the first stream that there is a decoder for."""
    found = list(streams)
    if not found:
        raise none
    for stream in found:
        if stream.codec_context is not None:
            return stream
    raise kind("it is coded in a way that cannot be read here")


def _check_pixels(width: int, height: int) -> None:
    if width <= 0 or height <= 0:
        raise NotAVideoError("it holds no picture")
    if width * height > MOST_PIXELS:
        raise NotAVideoError(
            f"its pictures are {width:,} x {height:,} pixels large; more than "
            f"{MOST_PIXELS // 10**6} million are not read"
        )


@contextlib.contextmanager
def _told(refusal: type[UnreadableError], what: str) -> Iterator[None]:
    """Turn whatever a file does to its reader into one kind of error."""
    import av  # noqa: PLC0415

    try:
        yield
    except (HailuoError, NotAVideoError, NotASoundError):
        raise
    except UnreadableError as error:
        raise refusal(str(error)) from None
    except (av.error.FFmpegError, ArithmeticError, LookupError, ValueError, MemoryError) as error:
        raise refusal(f"{_UNDECODED} as a {what} ({type(error).__name__})") from None


@contextlib.contextmanager
def _opened(
    source: Source, kinds: frozenset[str], refusal: type[UnreadableError]
) -> Iterator[tuple[InputContainer, str, int]]:
    import av  # noqa: PLC0415

    with opened_file(source) as file:
        kind = kind_in(file.read(HEAD))
        if kind not in kinds:
            raise refusal(f"it is {title_of(kind)}")
        size = file.seek(0, os.SEEK_END)
        form = _READERS[kind]
        if form == "mov":
            try:
                check_tables(file, size)
            except TooMuchError as error:
                raise refusal(str(error)) from None
        file.seek(0)
        options = {
            "format_whitelist": form,
            "protocol_whitelist": "none",
            "max_streams": str(_MOST_STREAMS),
            # It holds for what is decoded to find out the streams' kinds.
            "max_pixels": str(MOST_PIXELS),
        }
        # Tags that are no UTF-8 decide nothing.
        with contextlib.closing(
            av.open(file, "r", format=form, options=options, metadata_errors="replace")
        ) as container:
            yield container, kind, size
