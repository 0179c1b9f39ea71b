"""MP4 files of every build that a clip may come in, and what a reader finds in one."""

import io
import struct

import av

from hailuo_widgets.media.formats.mp4_boxes import boxes

NESTED = (b"moov", b"trak", b"mdia", b"minf", b"stbl")


def packets(data):
    """All that is in a file's streams: how each is set up, and every packet with its times."""
    with av.open(io.BytesIO(data)) as container:
        streams = [
            (
                stream.type,
                stream.time_base,
                stream.start_time,
                stream.duration,
                stream.frames,
                stream.codec_context.name,
                bytes(stream.codec_context.extradata or b""),
            )
            for stream in container.streams
        ]
        found = [
            (
                packet.stream.index,
                packet.pts,
                packet.dts,
                packet.duration,
                packet.is_keyframe,
                bytes(packet),
            )
            for packet in container.demux()
        ]
    assert found
    return streams, found


def complaints(data):
    """What FFmpeg has to say when it reads a file from end to end; nothing, when all is well."""
    before = av.logging.get_level()
    av.logging.set_level(av.logging.WARNING)
    try:
        with av.logging.Capture(local=False) as said, av.open(io.BytesIO(data)) as container:
            frames = sum(1 for _ in container.decode(video=0))
    finally:
        av.logging.set_level(before)
    assert frames
    return list(said)


def tags(data):
    """The plain tags as FFmpeg tells them."""
    with av.open(io.BytesIO(data)) as container:
        return dict(container.metadata)


def index_last(data):
    """The same film with its index behind the media data."""
    top = taken_apart(data)
    place = next(box for box in boxes(io.BytesIO(data)) if box.kind == b"moov")
    index = dict(top)[b"moov"]
    others = [whole for kind, whole in top if kind != b"moov"]
    return b"".join([*others, shifted(index, -len(index), beyond=place.end)])


def wide_offsets(data):
    """The same film with its chunk offsets in 64 bits, index in front or not."""
    top = taken_apart(data)
    place = next(box for box in boxes(io.BytesIO(data)) if box.kind == b"moov")
    index = dict(top)[b"moov"]
    wide = widened(index)
    wide = shifted(wide, len(wide) - len(index), beyond=place.end)
    return b"".join(wide if kind == b"moov" else whole for kind, whole in top)


def open_ended(data):
    """The same film, index in front, whose media data says that it reaches to the end."""
    (*before, (kind, last)) = taken_apart(data)
    assert kind == b"mdat"
    return b"".join([*(whole for _, whole in before), bytes(4), last[4:]])


def hidden_tables(data):
    """The same film, index in front, with its sample tables one box deeper than is usual."""

    def wrapped(whole):
        kind = whole[4:8]
        if kind == b"stbl":
            return struct.pack(">I4s", len(whole) + 8, b"dinf") + whole
        if kind not in NESTED:
            return whole
        body = b"".join(wrapped(inner) for _, inner in taken_apart(whole[8:]))
        return struct.pack(">I4s", len(body) + 8, kind) + body

    top = taken_apart(data)
    index = wrapped(shifted(dict(top)[b"moov"], 8, beyond=0))
    return b"".join(index if kind == b"moov" else whole for kind, whole in top)


def taken_apart(data):
    """The boxes that follow each other in some bytes: kind, and all of it."""
    return [(box.kind, data[box.start : box.end]) for box in boxes(io.BytesIO(data))]


def widened(whole):
    """A box with every ``stco`` in it made a ``co64``."""
    kind = whole[4:8]
    if kind == b"stco":
        (count,) = struct.unpack_from(">I", whole, 12)
        offsets = struct.unpack_from(f">{count}I", whole, 16)
        body = whole[8:16] + struct.pack(f">{count}Q", *offsets)
        kind = b"co64"
    elif kind in NESTED:
        body = b"".join(widened(inner) for _, inner in taken_apart(whole[8:]))
    else:
        return whole
    return struct.pack(">I4s", len(body) + 8, kind) + body


def shifted(whole, by, beyond):
    """A box with every chunk offset behind a place in it moved."""
    kind, form = whole[4:8], {b"stco": "I", b"co64": "Q"}.get(whole[4:8])
    if form:
        (count,) = struct.unpack_from(">I", whole, 12)
        offsets = struct.unpack_from(f">{count}{form}", whole, 16)
        moved = [offset + by if offset >= beyond else offset for offset in offsets]
        return whole[:16] + struct.pack(f">{count}{form}", *moved)
    if kind not in NESTED:
        return whole
    return whole[:8] + b"".join(shifted(inner, by, beyond) for _, inner in taken_apart(whole[8:]))
