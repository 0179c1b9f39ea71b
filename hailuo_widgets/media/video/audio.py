"""A film's sound: music, a voice-over or the clips' own, cut or filled to the film's length, as AAC.

PyAV and NumPy load when a sound is first read. It is read in step with the film.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final, NamedTuple

from hailuo_widgets.errors import InputError
from hailuo_widgets.media.formats.open_media import (
    NoSoundError,
    NotASoundError,
    because,
    opened_sound,
)
from hailuo_widgets.media.video.audio_samples import CHANNELS, RATE, Unread, length_of, sound_of
from hailuo_widgets.text import shown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import numpy as np
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

FADE_SECONDS: Final = 0.5
"""Where a sound is cut off at the film's end."""

_CLICK_SECONDS: Final = 0.01
_BLOCK: Final = 1024  # one frame of AAC
_BITS: Final = 192_000
_DAY: Final = 86_400


class SoundFacts(NamedTuple):
    """What a sound file says of itself: the codec's name, and seconds (0 when it does not say)."""

    codec: str
    seconds: float


def read_sound(path: Path) -> SoundFacts:
    """Return the facts of a sound file, or of a video with sound.

    Raises
    ------
    InputError
        It is gone, or holds no sound that can be read.
    """
    with _input_errors(path):
        with opened_sound(path) as sound:
            facts = SoundFacts(sound.stream.codec_context.name, length_of(sound))
        next(sound_of(path, Unread()), None)  # that nothing can be decoded is an error now
    return facts


def samples(
    path: Path,
    seconds: float,
    *,
    offset: float = 0.0,
    gain: float = 0.0,
    unread: Unread | None = None,
    with_picture: bool = False,
) -> Iterator[Samples]:
    """Read a sound as long as a film is: cut off with a short fade, or followed by silence.

    Parameters
    ----------
    path : Path
        A sound file, or a video with sound.
    seconds : float
        How long the film is.
    offset : float
        When in the film the sound begins, in seconds; below 0, as much of its beginning is left
        out.
    gain : float
        How much louder, in decibels. What is too loud then is clipped.
    unread : Unread, optional
        Counts how much could not be read.
    with_picture : bool
        True: it begins with the first picture of its film, rather than with the first of both.

    Yields
    ------
    numpy.ndarray
        float32 of shape (2, n), 48,000 a second; ``round(seconds * 48000)`` in all.

    Raises
    ------
    InputError
        It is gone, or does not decode.
    """
    total = round(seconds * RATE)
    sound = sound_of(path, unread or Unread(), with_picture=with_picture)
    yield from _fit(_shift(path, sound, round(offset * RATE)), total, gain)


def _fit(parts: Iterator[Samples], total: int, gain: float) -> Iterator[Samples]:
    """Make a sound louder, and so many samples long."""
    import numpy as np  # noqa: PLC0415

    fade = min(round(FADE_SECONDS * RATE), total // 2)
    factor = np.float32(10 ** (gain / 20))
    # The end is held back: only when the sound goes on beyond it, it is faded.
    end = np.zeros((CHANNELS, fade), np.float32)
    position, goes_on = 0, False
    for part in parts:
        if position >= total:
            goes_on = bool(np.any(part))
            position += part.shape[1]
            if goes_on or position > total + RATE:
                break
            continue
        piece = np.clip(part[:, : total - position] * factor, -1, 1)
        goes_on = part.shape[1] > piece.shape[1]
        before_end = max(0, min(piece.shape[1], total - fade - position))
        late = piece[:, before_end:]
        begin = max(0, position + before_end - (total - fade))
        end[:, begin : begin + late.shape[1]] = late
        if before_end:
            yield piece[:, :before_end]
        position += piece.shape[1]
        if goes_on:
            break
    silent = total - fade - position
    if silent > 0:
        yield np.zeros((CHANNELS, silent), np.float32)
    if goes_on:
        end *= np.linspace(1, 0, fade, dtype=np.float32)
    yield end


class AudioTrack:
    """Writes a film's sound in step with its picture.

    Parameters
    ----------
    target : OutputContainer
        The film; its picture was added before.
    parts : iterable of numpy.ndarray
        As :func:`samples` yields them.
    """

    def __init__(self, target: OutputContainer, parts: Iterable[Samples]) -> None:
        self._target = target
        self._stream: AudioStream = target.add_stream("aac", rate=RATE, layout="stereo")
        self._stream.bit_rate = _BITS
        self._parts = iter(parts)
        self._written = 0

    def until(self, seconds: float) -> None:
        """Write what sounds before a time."""
        while self._written < seconds * RATE and self._write_next():
            pass

    def end(self) -> None:
        """Write the rest."""
        while self._write_next():
            pass
        self._target.mux(self._stream.encode(None))

    def _write_next(self) -> bool:
        import av  # noqa: PLC0415
        import numpy as np  # noqa: PLC0415

        part = next(self._parts, None)
        if part is None:
            return False
        for at in range(0, part.shape[1], _BLOCK):
            block = np.ascontiguousarray(part[:, at : at + _BLOCK])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = RATE, self._written
            self._target.mux(self._stream.encode(frame))
            self._written += block.shape[1]
        return True


def _shift(path: Path, whole: Iterator[Samples], lead: int) -> Iterator[Samples]:
    """Yield the whole sound, moved by so many samples: with silence before it, or its start off."""
    import numpy as np  # noqa: PLC0415

    for at in range(0, min(lead, _DAY * RATE), RATE):
        yield np.zeros((CHANNELS, min(RATE, lead - at)), np.float32)
    off = max(0, -lead)
    soft = round(_CLICK_SECONDS * RATE) if off else 0
    with _input_errors(path):
        for given in whole:
            part = given[:, off:]
            off = max(0, off - given.shape[1])
            if soft and part.shape[1]:
                # Cut in the middle of a wave it would click.
                part[:, :soft] *= np.linspace(0, 1, soft, dtype=np.float32)[: part.shape[1]]
                soft = 0
            if part.shape[1]:
                yield part


@contextlib.contextmanager
def _input_errors(path: Path) -> Iterator[None]:
    """Raise InputError, with the name of the sound, for what is wrong with it."""
    name = shown_name(path.name) or "the sound"
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"There is no file “{name}” at the given path.") from None
    except NoSoundError:
        raise InputError(
            f"“{name}” has no sound. Nothing was written. Give a music or voice file "
            "(MP3, WAV, M4A, OGG, FLAC), or a video that can be heard."
        ) from None
    except (NotASoundError, OSError) as error:
        raise InputError(
            f"“{name}” cannot be read as a sound{because(error)}. Nothing was written. Give a music or "
            "voice file: MP3, WAV, M4A, OGG or FLAC."
        ) from None
