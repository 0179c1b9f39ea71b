"""A clip: a finished video, with the facts that its own file tells.

PyAV and Pillow load when a clip is first read.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.media.formats.open_media import NotAVideoError, opened_film
from hailuo_widgets.media.formats.orientation import Pictures
from hailuo_widgets.media.formats.writer import Scaler
from hailuo_widgets.media.provenance import embed, provenance
from hailuo_widgets.renamed import renamed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hailuo_widgets.media.formats.media_kind import Source
    from hailuo_widgets.media.provenance.provenance import Provenance

_MOST_DECODED: Final = 2_000
"""Frames on the way to a video's last one."""


class VideoFacts(NamedTuple):
    """What a video file says of itself: pixels, frames per second, seconds, frames."""

    width: int
    height: int
    fps: float
    duration: float
    frame_count: int
    draft: bool


@dataclass(frozen=True, slots=True)
class Clip:
    """A finished video in the library. Every number was read from the file.

    Attributes
    ----------
    path, poster : Path
        The MP4, and a JPEG of its first frame (at most 960 px on its long side).
    width, height : int
        Pixels.
    fps : float
        Frames per second (mean, when the rate varies).
    duration : float
        Seconds.
    frame_count : int
        Frames that decode.
    draft : bool
        True if it was rendered by the emulator rather than generated.
    """

    path: Path
    poster: Path
    sha256: str
    width: int
    height: int
    fps: float
    duration: float
    frame_count: int
    bytes: int
    draft: bool
    prompt: str = ""
    service: str = ""

    @property
    def facts(self) -> str:
        """One line for display: ``1920 x 1080 · 24 fps · 5.0 s · 3.2 MB``."""
        return (
            f"{self.width} x {self.height} · {self.fps:g} fps · {self.duration:.1f} s · "
            f"{self.bytes / 1e6:.1f} MB"
        )

    def last_frame(self) -> Frame:
        """Return its last frame as a picture, to start the next shot with.

        Returns
        -------
        Frame
            A PNG at full size: ``hw.generate(clip.last_frame(), "...")`` goes on from there.

        Raises
        ------
        LibraryError
            The file is gone or damaged.
        """
        try:
            picture = last_frame(self.path)
        except (OSError, ValueError):
            raise gone(self) from None
        return Frame(picture, name=f"last frame of {self.prompt or self.path.stem[:8]}")

    def provenance(self) -> Provenance:
        """Return where it comes from: the request, who rendered it, and when.

        Returns
        -------
        Provenance
            Printed, it is a text. It is read from the clip's own file; of one that says nothing
            (kept by an earlier version, or sealed by its maker) the prompt alone is known.

        Raises
        ------
        LibraryError
            The file is gone.
        InputError
            What the file says was damaged.
        """
        try:
            with self.path.open("rb") as file:
                origin = embed.read(file)
        except OSError:
            raise gone(self) from None
        return origin or provenance.of_prompt(self.prompt, self.service, draft=self.draft)

    def credits(self) -> Provenance:
        """Return where it comes from; the old name of :meth:`provenance`."""
        renamed("Clip.credits()", "Clip.provenance()")
        return self.provenance()

    def signed(
        self,
        destination: str | os.PathLike[str],
        *,
        certificate: str | os.PathLike[str],
        key: str | os.PathLike[str],
    ) -> Path:
        """Write a copy with Content Credentials (C2PA), sealed with your own certificate.

        Needs the extra ``c2pa``: ``pip install "hailuo-widgets[c2pa]"``. The clip in the library
        stays as it is.

        Parameters
        ----------
        destination : path
            The file to write; it must not exist.
        certificate : path
            A PEM file: your certificate, then those of the authorities above it.
        key : path
            A PEM file: its private key (PKCS #8, no password; ECDSA, Ed25519 or RSA).

        Returns
        -------
        Path
            The copy.

        Raises
        ------
        InputError
            The package is missing, the certificate or the key cannot be used, or the destination
            exists.
        LibraryError
            The clip is gone, or the copy cannot be written.
        """
        from hailuo_widgets.media.provenance.content_credentials import sign  # noqa: PLC0415

        return sign(self.path, destination, self.provenance(), certificate=certificate, key=key)

    def __repr__(self) -> str:
        kind = "draft" if self.draft else "clip"
        return f"<Clip {kind} · {self.facts} · {self.path.name}>"


def gone(clip: Clip) -> LibraryError:
    """Return the error that a clip's file is gone, with what to do."""
    return LibraryError(
        f"The clip's file {clip.path.name} can no longer be read from the library. "
        "Ask for the same request again: what the service still has is fetched at no cost."
    )


def read_facts(path: Path) -> VideoFacts:
    """Decode a video from end to end and count what is there.

    Raises
    ------
    NotAVideoError
        It has no picture, or stops decoding before its end.
    OSError
        The file is gone.
    """
    with opened_film(path) as film:
        pictures = Pictures(film)
        shape = pictures.shape()
        decoded = pictures.count()
        declared = film.stream.frames
        seconds = film.seconds
        fps = float(film.stream.average_rate or film.stream.guessed_rate or 0)
        draft = marked_draft(film.container.metadata)
    if film.is_cut:  # part of the last picture is enough for some decoders
        raise NotAVideoError("its end is missing")
    if declared and decoded < declared:
        raise NotAVideoError(f"only {decoded} of its {declared} frames decode")
    if not seconds and fps:
        seconds = decoded / fps
    return VideoFacts(shape.width, shape.height, fps, seconds, decoded, draft)


def marked_draft(metadata: Mapping[str, str]) -> bool:
    """Return True if a file's metadata say that it was rendered by the emulator, or holds such a part.

    What the metadata say of prompts does not count: the one that writes "DRAFT" into one shoots a
    generation all the same.
    """
    return any("DRAFT" in metadata.get(name, "") for name in ("title", "comment"))


def frame_image(video: Source, *, last: bool) -> Any:
    """Return the first or last frame, as a player shows it, as a Pillow image."""
    with opened_film(video) as film:
        if last and film.stream.duration:
            # Seeks land on the key frame before, so the end is decoded from there.
            film.container.seek(film.stream.duration, stream=film.stream, backward=True)
        pictures = Pictures(film)
        width, height, *_ = pictures.shape()
        picture = None
        for number, picture in enumerate(pictures):  # noqa: B007
            if not last:
                break
            if number > _MOST_DECODED:
                raise NotAVideoError("its end lies too far behind its last key frame")
        if picture is None:
            raise NotAVideoError("it holds no picture")
        drawn = Scaler(width, height, "rgb24")(picture)
        return drawn.to_image()  # type: ignore[no-untyped-call]  # PyAV leaves it untyped


def last_frame(video: Source) -> bytes:
    """Return a video's last frame as PNG at full size, upright, to start the next shot with.

    Raises
    ------
    NotAVideoError
        It does not decode, or not in reasonable time and memory.
    """
    target = io.BytesIO()
    frame_image(video, last=True).save(target, "PNG", compress_level=3)
    return target.getvalue()
