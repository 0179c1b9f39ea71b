"""Frames, clips and posters as files named by their hash; the only reader of video in the kit.

PyAV and Pillow load when a clip is first read.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import os
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.library import inscription, provenance
from hailuo_widgets.library.streams import same_film
from hailuo_widgets.request.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from hailuo_widgets.library.provenance import Provenance

_log: Final = logging.getLogger("hailuo_widgets")
_POSTER_SIDE: Final = 960
_POSTER_QUALITY: Final = 82
_PIXELS_LIMIT: Final = 100_000_000
_MOST_DECODED: Final = 2_000
"""Pixels of a frame, and frames on the way to a video's last one."""


class NotAVideoError(ValueError):
    """The bytes do not decode as a video; the message says where it stopped."""


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
        Whether it was rendered by the emulator rather than generated.
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
        """One line for people: ``1920 x 1080 · 24 fps · 5.0 s · 3.2 MB``."""
        return (
            f"{self.width} x {self.height} · {self.fps:g} fps · {self.duration:.1f} s · "
            f"{self.bytes / 1e6:.1f} MB"
        )

    def last_frame(self) -> Frame:
        """Give its last frame as a picture, to start the next shot with.

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

    def credits(self) -> Provenance:
        """Tell where it comes from: the request, who made it of that, and when.

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
                told = inscription.read(file)
        except OSError:
            raise gone(self) from None
        return told or provenance.of_prompt(self.prompt, self.service, draft=self.draft)

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
        from hailuo_widgets.library.signing import sign  # noqa: PLC0415

        return sign(self.path, destination, self.credits(), certificate=certificate, key=key)

    def __repr__(self) -> str:
        kind = "draft" if self.draft else "clip"
        return f"<Clip {kind} · {self.facts} · {self.path.name}>"


def gone(clip: Clip) -> LibraryError:
    """Say that a clip's file is gone, and what to do."""
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
    """
    import av  # noqa: PLC0415

    try:
        with av.open(os.fspath(path), format="mp4") as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            decoded = 0
            for _ in container.decode(stream):
                decoded += 1
            declared = stream.frames
            seconds = float((stream.duration or 0) * (stream.time_base or 0))
            fps = float(stream.average_rate or stream.guessed_rate or 0)
            width, height = stream.width, stream.height
            draft = marked_draft(container.metadata)
    except (av.error.FFmpegError, IndexError, OverflowError, ValueError) as error:
        raise NotAVideoError(f"it does not decode as a video ({type(error).__name__})") from None
    if decoded == 0:
        raise NotAVideoError("it holds no picture")
    if declared and decoded < declared:
        raise NotAVideoError(f"only {decoded} of its {declared} frames decode")
    if not seconds and fps:
        seconds = decoded / fps
    return VideoFacts(width, height, fps, seconds, decoded, draft)


def marked_draft(metadata: Mapping[str, str]) -> bool:
    """Whether a file's metadata say that it was rendered by the emulator, or holds such a part.

    What the metadata say of prompts does not count: whoever writes "DRAFT" into one shoots a
    generation all the same.
    """
    return any("DRAFT" in metadata.get(name, "") for name in ("title", "comment"))


def _inscribed(arrived: Path, copy: Path, origin: Provenance) -> bool:
    """Write a copy with its origin in it, and see that it is the same film."""
    with arrived.open("rb") as source, copy.open("wb") as target:
        if not inscription.inscribe(source, target, origin):
            return False
    if same_film(arrived, copy):
        return True
    _log.warning("a clip is kept as it came: writing its origin into it would have changed it")
    return False


def _frame_image(video: Path | BinaryIO, *, last: bool) -> Any:
    """Return the first or last frame as a Pillow image."""
    import av  # noqa: PLC0415

    source = os.fspath(video) if isinstance(video, os.PathLike) else video
    try:
        # Always as MP4: what only claims to be one, a playlist say, could open other files.
        with av.open(source, mode="r", format="mp4") as container:
            stream = container.streams.video[0]
            stream.codec_context.options = {"max_pixels": str(_PIXELS_LIMIT)}
            if last and stream.duration:
                # Seeks land on the key frame before, so the end is decoded from there.
                container.seek(stream.duration, stream=stream, backward=True)
            picture = None
            for number, picture in enumerate(container.decode(stream)):  # noqa: B007
                if not last:
                    break
                if number > _MOST_DECODED:
                    raise NotAVideoError("its end lies too far behind its last key frame")
    except (av.error.FFmpegError, IndexError, OverflowError) as error:
        raise NotAVideoError(f"it does not decode as a video ({type(error).__name__})") from None
    if picture is None:
        raise NotAVideoError("it holds no picture")
    return picture.to_image()  # type: ignore[no-untyped-call]  # PyAV leaves it untyped


def last_frame(video: Path | BinaryIO) -> bytes:
    """Return a video's last frame as PNG at full size, to start the next shot with.

    Raises
    ------
    NotAVideoError
        It does not decode, or not in reasonable time and memory.
    """
    target = io.BytesIO()
    _frame_image(video, last=True).save(target, "PNG", compress_level=3)
    return target.getvalue()


class Media:
    """The library's files.

    Parameters
    ----------
    folder : Path
        The library's folder. ``frames``, ``clips`` and ``posters`` are made below it.
    """

    def __init__(self, folder: Path) -> None:
        self.frames = folder / "frames"
        self.clips = folder / "clips"
        self.posters = folder / "posters"
        for place in (self.frames, self.clips, self.posters):
            place.mkdir(parents=True, exist_ok=True)

    def keep_frame(self, frame: Frame) -> Path:
        """Write a frame under its hash unless it is there, whole; on the disk when this returns.

        Raises
        ------
        LibraryError
            The folder cannot be written to, or the disk is full.
        """
        path = self.frames / f"{frame.sha256}{frame.extension}"
        if not path.is_file() or path.stat().st_size != len(frame.data):
            with self.incoming(self.frames) as temporary:
                with temporary.open("wb") as file:
                    file.write(frame.data)
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(path)
        return path

    def frame_path(self, sha256: str) -> Path | None:
        """Where a frame lies, or None when its file is gone."""
        return next(self.frames.glob(f"{sha256}.*"), None)

    def clip_path(self, sha256: str) -> Path:
        """Where the clip of that hash lies or would lie."""
        return self.clips / f"{sha256}.mp4"

    def poster_path(self, sha256: str) -> Path:
        """Where the poster of that clip lies or would lie."""
        return self.posters / f"{sha256}.jpg"

    def keep_clip(self, arrived: Path, origin: Provenance | None = None) -> tuple[str, VideoFacts]:
        """Check a file that has arrived, make its poster, and move both into place.

        Parameters
        ----------
        arrived : Path
            A complete file in :meth:`incoming`'s folder; it is renamed, not copied.
        origin : Provenance, optional
            Written into the file that is kept, unless that would change its film.

        Raises
        ------
        NotAVideoError
            It does not decode from end to end; nothing was kept.
        """
        facts = read_facts(arrived)
        if origin is None:
            return self._move_in(arrived), facts
        with self.incoming() as copy:
            told = origin.as_draft() if facts.draft else origin
            return self._move_in(copy if _inscribed(arrived, copy, told) else arrived), facts

    def _move_in(self, whole: Path) -> str:
        """Give a checked file the name of its hash; a crash leaves either name, never a part."""
        with whole.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        self.make_poster(whole, sha256)
        with whole.open("rb") as file:
            os.fsync(file.fileno())
        whole.replace(self.clip_path(sha256))
        return sha256

    def make_poster(self, video: Path, sha256: str) -> Path:
        """Write the poster of a clip unless it is there; return where it is."""
        path = self.poster_path(sha256)
        if not path.is_file():
            image = _frame_image(video, last=False)
            image.thumbnail((_POSTER_SIDE, _POSTER_SIDE))
            # Not saved straight to the file: Pillow does not notice a disk that fills up midway.
            coded = io.BytesIO()
            image.save(coded, "JPEG", quality=_POSTER_QUALITY)
            with self.incoming(self.posters) as temporary:
                temporary.write_bytes(coded.getvalue())
                temporary.replace(path)
        return path

    @contextlib.contextmanager
    def incoming(self, folder: Path | None = None) -> Iterator[Path]:
        """Give a temporary name beside its final place; what is left of it goes at the end.

        Raises
        ------
        LibraryError
            The folder cannot be written to, or the disk is full.
        """
        place = folder or self.clips
        # Not tempfile: its files can be read by their owner alone, and a Jupyter server that
        # serves them may run as somebody else.
        temporary = place / f"incoming-{uuid.uuid4().hex}.part"
        try:
            temporary.touch(exist_ok=False)
        except OSError as error:
            raise LibraryError(unwritable(place, error)) from None
        try:
            yield temporary
        except OSError as error:
            if isinstance(error, LibraryError) or error.errno is None:
                raise
            raise LibraryError(unwritable(place, error)) from None
        finally:
            temporary.unlink(missing_ok=True)


def unwritable(place: Path, error: OSError) -> str:
    """Say why a folder of the library took no file, and what to do."""
    return (
        f"The library folder {place.parent.name}/{place.name} could not be written to: "
        f"{error.strerror or type(error).__name__}. Nothing that was paid for is lost: what the "
        "service has made stays there for 7 days and is fetched as soon as the folder can be "
        "written again. Free some space or permit writing, or set HAILUO_LIBRARY to another folder."
    )
