"""Clips one after the other as one film: their pictures as they are where that can be, else anew.

PyAV loads when something is first joined. Clips are read one at a time.
"""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import InputError
from hailuo_widgets.files.atomic_write import CLIP, new_file, require_new
from hailuo_widgets.media.clip import read_facts
from hailuo_widgets.media.editing.compose import Compositor, Tile
from hailuo_widgets.media.editing.layout import Box
from hailuo_widgets.media.formats.open_media import NotAVideoError
from hailuo_widgets.media.formats.writer import add_frame, add_picture, film
from hailuo_widgets.media.video.audio import AudioTrack, read_sound, samples
from hailuo_widgets.media.video.audio_samples import Unread
from hailuo_widgets.media.video.codec import Part, difference, read_part
from hailuo_widgets.media.video.reader import ClipReader, frames_in
from hailuo_widgets.media.video.stream_copy import NotCopiedError, stream_copy
from hailuo_widgets.text import shown_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from av.container import OutputContainer


MOST: Final = 500
"""Clips in one film."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A film that was made of clips.

    Attributes
    ----------
    path : Path
        The MP4.
    copied : bool
        True if the clips' pictures are in it as they were, bit by bit.
    why : str
        A sentence: why they could be copied, or had to be encoded anew.
    sound : str
        A sentence: what is to be heard.
    frame_count : int
        Frames that decode.
    duration : float
        Seconds.
    draft : bool
        True if any of the clips is a draft; the file says so too.
    """

    path: Path
    copied: bool
    why: str
    sound: str
    frame_count: int
    duration: float
    draft: bool


def join(
    clips: Sequence[Path],
    destination: Path,
    *,
    audio: Path | None = None,
    audio_offset: float = 0.0,
    audio_gain: float = 0.0,
    progress: Callable[[float], None] | None = None,
) -> Joined:
    """Join clips, in order, to one MP4.

    Where all are coded alike, their pictures are copied bit by bit, and the film is decoded once to
    see that every frame is there. Otherwise all are encoded anew (H.264), in the first clip's size
    and at its rate; another shape gets black bars. The clips' own sound is kept when all have some
    and no other is given.

    Parameters
    ----------
    clips : sequence of Path
        The clips, 1 to 500; one may come several times.
    destination : Path
        The file, which must not exist.
    audio : Path, optional
        Music, a voice-over, or a video with sound. It is cut off at the film's end with a fade of
        half a second, or followed by silence.
    audio_offset : float
        When in the film it begins, in seconds; below 0, as much of its beginning is left out.
    audio_gain : float
        How much louder it is made, in decibels.
    progress : callable, optional
        Called with the share that is done, 0..1. What it raises ends the work.

    Raises
    ------
    InputError
        There is nothing to join, a clip or the sound cannot be read, or a file of that name exists.
    LibraryError
        The file cannot be written.
    """
    if not 0 < len(clips) <= MOST:
        raise InputError(
            f"{len(clips) or 'No'} clips cannot be joined: one film takes 1 to {MOST}. Nothing was "
            "written."
        )
    require_new(destination, CLIP)
    parts = [read_part(path, f"clip {number}") for number, path in enumerate(clips, 1)]
    # A sound that cannot be read is an error before anything is written.
    length = 0.0 if audio is None else read_sound(audio).seconds
    track = _Track(parts, audio, audio_offset, audio_gain, length, Unread())
    with new_file(destination, CLIP) as path:
        count, seconds, why_not = _write(parts, path, track, progress or (lambda _: None))
    return Joined(
        path=destination,
        copied=not why_not,
        why=_why(len(parts), why_not),
        sound=track.sentence(seconds),
        frame_count=count,
        duration=seconds,
        draft=any(part.draft for part in parts),
    )


def _write(
    parts: Sequence[Part], path: Path, track: _Track, progress: Callable[[float], None]
) -> tuple[int, float, str]:
    """Copy the pictures where that can be, else encode them.

    Returns
    -------
    frames : int
    seconds : float
    why_not : str
        Why they could not be copied; empty when they were.
    """
    why_not = difference([part.coding for part in parts], [part.name for part in parts])
    if not why_not:
        try:
            return *_copy(parts, path, track, progress), ""
        except NotCopiedError as error:
            why_not = str(error)
    track.unread.seconds = 0.0  # it is read once more
    return *_encode(parts, path, track, progress), why_not


@dataclass(frozen=True, slots=True)
class _Track:
    """What is to be heard in the film."""

    parts: Sequence[Part]
    audio: Path | None
    offset: float
    gain: float
    seconds: float
    unread: Unread

    def voice(self, target: OutputContainer, lengths: Sequence[float]) -> AudioTrack | None:
        """Add a film's sound, if any; its clips last so long each, in seconds."""
        if self.audio is not None:
            heard = samples(
                self.audio,
                sum(lengths),
                offset=self.offset,
                gain=self.gain,
                unread=self.unread,
            )
            return AudioTrack(target, heard)
        if any(part.silent for part in self.parts):
            return None
        pairs = zip(self.parts, lengths, strict=True)
        own = (
            samples(part.path, seconds, gain=self.gain, unread=self.unread, with_picture=True)
            for part, seconds in pairs
        )
        return AudioTrack(target, itertools.chain.from_iterable(own))

    def sentence(self, seconds: float) -> str:
        """Return a sentence: what is to be heard in a film of that many seconds."""
        silent = [f"{part.name} {part.silent}" for part in self.parts if part.silent]
        own = len(silent) < len(self.parts)
        if self.audio is None:
            if not own:
                return "No sound."
            if not silent:
                return f"The clips' own sound{self.unread}."
            return f"No sound: the clips' own was left out, as {silent[0]}."
        end = self.offset + self.seconds
        place = " in place of the clips' own" if own else ""
        rest = ""
        if self.seconds and end > seconds:
            rest = ", cut off at the end with a fade"
        elif self.seconds and end < seconds:
            rest = f", then silence from {max(0.0, end):.1f} s on"
        return f"Sound: “{shown_name(self.audio.name)}”{place}{rest}{self.unread}."


def _why(count: int, why_not: str) -> str:
    if why_not:
        return f"Encoded anew, in the size and at the rate of clip 1: {why_not}."
    alike = f"all {count} clips are coded alike" if count > 1 else "it is one clip"
    return f"Copied without encoding: {alike}."


def _open_film(
    path: Path, parts: Sequence[Part]
) -> contextlib.AbstractContextManager[OutputContainer]:
    drafts = [number for number, part in enumerate(parts, 1) if part.draft]
    return film(path, drafts=drafts, alone=len(drafts) == len(parts))


def _copy(
    parts: Sequence[Part], path: Path, track: _Track, progress: Callable[[float], None]
) -> tuple[int, float]:
    """Copy the pictures, packet by packet; return how many there are, and the seconds they last.

    Raises
    ------
    NotCopiedError
        They cannot be copied after all.
    """
    import av  # noqa: PLC0415

    lengths = [float(part.seconds) for part in parts]
    try:
        with _open_film(path, parts) as target:
            count, seconds = stream_copy(
                parts, target, lambda target: track.voice(target, lengths), progress
            )
        there = read_facts(path).frame_count
    except NotAVideoError as error:
        raise NotCopiedError(f"copied, {error}") from None
    except av.error.FFmpegError as error:
        if isinstance(error, OSError):
            raise  # the disk, not the clips
        raise NotCopiedError(
            f"MP4 does not take them as they are ({type(error).__name__})"
        ) from None
    if there != count:
        raise NotCopiedError(f"copied, {there} of {count} frames would decode")
    return count, seconds


def _encode(
    parts: Sequence[Part], path: Path, track: _Track, progress: Callable[[float], None]
) -> tuple[int, float]:
    """Encode all anew, as the first one is; return how many frames there are, and the seconds."""
    from PIL import Image  # noqa: PLC0415

    rate = parts[0].coding.rate
    shown = parts[0].shown
    size = (2 * max(1, round(shown.width / 2)), 2 * max(1, shown.height // 2))
    counts = [frames_in(part.seconds, rate) for part in parts]
    number, total = 0, sum(counts)
    with _open_film(path, parts) as target:
        stream = add_picture(target, size, rate)
        voice = track.voice(target, [float(count / rate) for count in counts])
        for part, count in zip(parts, counts, strict=True):
            with contextlib.closing(ClipReader(part.path, part.name, threads=2)) as reader:
                compositor = Compositor(Image.new("RGB", size, "black"))
                tile = Tile(compositor, Box(0, 0, *size), (reader.width, reader.height))
                for step in range(count):
                    tile.show(reader.at(step / rate))
                    add_frame(target, stream, compositor.frame(), number)
                    number += 1
                    if voice is not None:
                        voice.until(float(number / rate))
                    progress(number / total)
        target.mux(stream.encode(None))
        if voice is not None:
            voice.end()
    return total, float(total / rate)
