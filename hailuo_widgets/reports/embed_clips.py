"""Clips into a page of a given size: as they are where they fit, else smaller copies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hailuo_widgets.media.video.transcode import smaller

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hailuo_widgets.media.clip import Clip

# What 180 lines of a calm shot take.
_LEAST_BYTES: Final = 6_000
_LEAST_BYTES_A_SECOND: Final = 6_000


@dataclass(frozen=True, slots=True)
class EmbeddedClip:
    """A clip as a page holds it.

    Attributes
    ----------
    width, height, size : int
        Pixels and bytes of what the page plays.
    data : bytes
        The MP4; empty where the page does not hold it.
    address : str
        Where it lies beside the page; empty where the page holds it.
    sentence : str
        What the page says of that; empty when it plays the clip as it is.

    With neither data nor address there is only the poster.
    """

    width: int
    height: int
    size: int
    data: bytes = b""
    address: str = ""
    sentence: str = ""

    @property
    def plays(self) -> bool:
        """True if the page can play it."""
        return bool(self.data or self.address)


_DAMAGED: Final = EmbeddedClip(
    0, 0, 0, sentence="only its poster: the clip's file is damaged or gone"
)


def name_of(clip: Clip) -> str:
    """Name a clip's file for people."""
    return f"{'draft' if clip.draft else 'clip'}-{clip.sha256[:8]}.mp4"


def embedded(clips: Mapping[str, Clip], room: int) -> dict[str, EmbeddedClip]:
    """Make clips fit into a page.

    Parameters
    ----------
    clips : mapping of Clip
        By their hashes.
    room : int
        Bytes of the page that are left for them, as base64; at least :func:`least_room`.
    """
    least = {sha256: _least(clip) for sha256, clip in clips.items()}
    sizes = {sha256: clip.bytes for sha256, clip in clips.items()}
    shares = shares_of(sizes, room * 3 // 4, least)
    return {sha256: _embed(clip, shares[sha256]) for sha256, clip in clips.items()}


def least_room(clips: Mapping[str, Clip]) -> int:
    """Return how many bytes of a page the smallest copies take that are worth looking at."""
    return -(-sum(map(_least, clips.values())) * 4 // 3)


def linked(
    clips: Mapping[str, Clip], folder: str
) -> tuple[dict[str, EmbeddedClip], dict[str, bytes]]:
    """Lay clips into a folder beside the page; give the files by their paths from the page."""
    held: dict[str, EmbeddedClip] = {}
    files: dict[str, bytes] = {}
    for sha256, clip in clips.items():
        address = f"{folder}/{name_of(clip)}" if folder else name_of(clip)
        try:
            files[address] = clip.path.read_bytes()
        except OSError:
            held[sha256] = _DAMAGED
            continue
        held[sha256] = EmbeddedClip(
            clip.width,
            clip.height,
            clip.bytes,
            address=address,
            sentence=f"{address}, beside this page",
        )
    return held, files


def shares_of(sizes: Mapping[str, int], room: int, least: Mapping[str, int]) -> dict[str, int]:
    """Share out room: the one that needs less than an even share leaves the rest to the others.

    Parameters
    ----------
    sizes : mapping of int
        What each would take.
    room : int
        What there is; at least the sum of `least`.
    least : mapping of int
        What each gets in any case; a share is even in proportion to it.

    Returns
    -------
    dict of int
        At most its size for each, at most `room` in all.
    """
    shares: dict[str, int] = {}
    open_ = dict(sizes)
    while open_:
        weight = sum(least[name] for name in open_)
        even = {name: room * least[name] // weight for name in open_}
        content = [name for name in open_ if open_[name] <= even[name]]
        if not content:
            return {**shares, **even}
        for name in content:
            shares[name] = open_.pop(name)
            room -= shares[name]
    return shares


def _least(clip: Clip) -> int:
    return min(clip.bytes, _LEAST_BYTES + int(_LEAST_BYTES_A_SECOND * clip.duration))


def _embed(clip: Clip, share: int) -> EmbeddedClip:
    try:
        if clip.bytes <= share:
            return EmbeddedClip(clip.width, clip.height, clip.bytes, clip.path.read_bytes())
        copy = smaller(clip, share)
    except OSError:
        return _DAMAGED
    return EmbeddedClip(
        copy.width,
        copy.height,
        len(copy.data),
        copy.data,
        sentence=(
            f"shown here at {copy.width} x {copy.height}, {_megabytes(len(copy.data))}; the "
            f"original has {clip.width} x {clip.height}, {_megabytes(clip.bytes)}"
        ),
    )


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{count / 1e3:.0f} KB"
