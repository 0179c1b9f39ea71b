"""The positions of a clip's frames in its file, so that a page decodes them without reading MP4.

A page has no kernel to ask for a flip-book (see `flipbook.py`); its browser's own decoder
makes one, and wants to be handed the packets.
"""

from __future__ import annotations

import base64
from typing import Any, Final

from hailuo_widgets.media.formats.open_media import NotAVideoError, opened_film
from hailuo_widgets.media.formats.orientation import Pictures
from hailuo_widgets.media.video.scrub_frames import MOST_FRAMES

BYTES_A_FRAME: Final = 32
"""What a page says of one frame, at most."""

_MICROSECONDS: Final = 1_000_000
_MP4: Final = frozenset({"mp4", "mov"})


def packets_of(data: bytes) -> dict[str, Any] | None:
    """Return how the frames of an MP4 are coded, and where they are.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    dict or None
        ``codec``, as in RFC 6381; ``setup``, the decoder's, in base64; ``packets``, in the order of
        decoding: place, bytes, microseconds, and 1 for a key frame. None where it is not H.264, has
        more than 720 frames, is turned by a matrix, or does not read as it should.
    """
    try:
        with opened_film(data) as film:
            # The page's decoder turns nothing, and takes pixels for square.
            if not Pictures(film).shape().plain:
                return None
        with opened_film(data) as film:
            coder = film.stream.codec_context
            setup = bytes(coder.extradata or b"")
            # An avcC box begins with 1, profile, compatibility and level (ISO/IEC 14496-15).
            if film.kind not in _MP4 or coder.name != "h264" or setup[:1] != b"\x01":
                return None
            packets = [
                [
                    packet.pos,
                    packet.size,
                    round(packet.pts * packet.time_base * _MICROSECONDS),
                    int(packet.is_keyframe),
                ]
                for packet in film.packets()
                if packet.size and packet.pts is not None and packet.pos is not None
            ]
    except NotAVideoError:
        return None
    if not packets or len(packets) > MOST_FRAMES:
        return None
    return {
        "codec": f"avc1.{setup[1:4].hex()}",
        "setup": base64.b64encode(setup).decode(),
        "packets": packets,
    }
