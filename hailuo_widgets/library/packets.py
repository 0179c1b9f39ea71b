"""Where a clip's frames lie in its file, so that a page can decode them without reading MP4.

A page has no kernel to ask for a flip-book (see `flipbook.py`); its browser's own decoder
makes one, and wants to be handed the packets.
"""

from __future__ import annotations

import base64
import io
from typing import Any, Final

from hailuo_widgets.library.flipbook import MOST_FRAMES

BYTES_A_FRAME: Final = 32
"""What a page says of one frame, at most."""

_MICROSECONDS: Final = 1_000_000


def packets_of(data: bytes) -> dict[str, Any] | None:
    """Tell how the frames of an MP4 are coded, and where they lie.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    dict or None
        ``codec``, as in RFC 6381; ``setup``, the decoder's, in base64; ``packets``, in the order of
        decoding: place, bytes, microseconds, and 1 for a key frame. None where it is not H.264, has
        more than 720 frames, or does not read as it should.
    """
    import av  # noqa: PLC0415

    try:
        with av.open(io.BytesIO(data), "r", format="mp4") as container:
            stream = container.streams.video[0]
            coder: av.VideoCodecContext | None = stream.codec_context  # none of an unknown coding
            setup = bytes((coder and coder.extradata) or b"")
            # An avcC box begins with 1, profile, compatibility and level (ISO/IEC 14496-15).
            if coder is None or coder.name != "h264" or setup[:1] != b"\x01":
                return None
            packets = [
                [
                    packet.pos,
                    packet.size,
                    round(packet.pts * packet.time_base * _MICROSECONDS),
                    int(packet.is_keyframe),
                ]
                for packet in container.demux(stream)
                if packet.size and packet.pts is not None and packet.pos is not None
            ]
    except (av.error.FFmpegError, IndexError, ValueError):
        return None
    if not packets or len(packets) > MOST_FRAMES:
        return None
    return {
        "codec": f"avc1.{setup[1:4].hex()}",
        "setup": base64.b64encode(setup).decode(),
        "packets": packets,
    }
