"""Clips one after the other in one file, their pictures bit by bit as they were.

PyAV loads when something is first copied. Clips are read one at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hailuo_widgets.media.formats.open_media import opened_film
from hailuo_widgets.media.video.codec import Part, carries_parameters
from hailuo_widgets.media.video.reader import reading, require_all_frames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from av.container import OutputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

    from hailuo_widgets.media.video.audio import AudioTrack


class NotCopiedError(Exception):
    """Copying does not give what it should; the message says in which way."""


def stream_copy(
    parts: Sequence[Part],
    target: OutputContainer,
    voice_for: Callable[[OutputContainer], AudioTrack | None],
    progress: Callable[[float], None],
) -> tuple[int, float]:
    """Copy clips' pictures into a film, packet by packet, the clips one after the other.

    Parameters
    ----------
    parts : sequence of Part
        The clips, all coded alike.
    target : OutputContainer
        The film.
    voice_for : callable
        What gives the film its sound, once it has a picture.
    progress : callable
        Called with the share that is done, 0..1.

    Returns
    -------
    tuple
        How many pictures were copied, and the seconds they last.

    Raises
    ------
    InputError
        A clip's file is damaged or cut off.
    NotCopiedError
        One is not to be played as it is.
    """
    ticks = parts[0].coding.ticks
    # In decoding order a clip begins before its first picture is due: all by the largest lead.
    lead = max(part.delay for part in parts)
    place = count = 0
    stream, voice = None, None
    for number, part in enumerate(parts, 1):
        end = place
        for source, packet in _packets(part):
            if stream is None:
                stream = _like(source, target)
                voice = voice_for(target)
            shift = place - part.begin
            packet.pts = (packet.pts or 0) + shift
            packet.dts = (packet.dts or 0) + shift - (lead - part.delay)
            end = max(end, packet.pts + (packet.duration or round(1 / part.coding.rate / ticks)))
            packet.stream = stream
            target.mux(packet)
            count += 1
            if voice is not None:
                voice.until(float(packet.dts * ticks))
        place = end
        progress(number / len(parts))
    if voice is not None:
        voice.end()
    return count, float(place * ticks)


def _like(source: VideoStream, target: OutputContainer) -> VideoStream:
    """Add a stream to a film that is coded as another one.

    Raises
    ------
    NotCopiedError
        A film cannot hold such a one.
    """
    try:
        return target.add_stream_from_template(source)
    except ValueError:
        name = source.codec_context.name
        raise NotCopiedError(f"MP4 does not take {name} as it is") from None


def _packets(part: Part) -> Iterator[tuple[VideoStream, Packet[VideoStream]]]:
    """Read a clip's packets.

    Raises
    ------
    InputError
        The file is damaged or cut off.
    NotCopiedError
        They are not to be played as they are.
    """
    count = 0
    with reading(part.name), opened_film(part.path) as film:
        stream: VideoStream = film.stream
        for packet in film.packets():
            if packet.dts is None or packet.pts is None:
                continue  # the demuxer's own word that it is at the end
            if packet.is_discard:
                raise NotCopiedError(f"{part.name} holds pictures that are not to be shown")
            if carries_parameters(part.coding, bytes(packet)):
                raise NotCopiedError(f"{part.name} changes its settings on the way")
            count += 1
            yield stream, packet
        require_all_frames(part.name, count, stream)
