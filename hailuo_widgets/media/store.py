"""Frames, clips and posters as files named by their hash.

PyAV and Pillow load when a clip is first read.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import logging
import os
import uuid
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.files import disk
from hailuo_widgets.files.atomic_write import unfinished_file
from hailuo_widgets.files.disk import sync_file, sync_folder
from hailuo_widgets.files.file_names import is_hash, media_name
from hailuo_widgets.files.presence import NOTHING_WRITTEN, identity, replaced
from hailuo_widgets.files.regular_file import (
    file_sha256,
    is_folder,
    is_regular,
    open_regular,
    sha256_of,
)
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.media.clip import VideoFacts, frame_image, read_facts
from hailuo_widgets.media.provenance import embed
from hailuo_widgets.media.provenance.same_streams import same_film

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hailuo_widgets.media.provenance.provenance import Provenance

_log: Final = logging.getLogger("hailuo_widgets")
_POSTER_SIDE: Final = 960
_POSTER_QUALITY: Final = 82

_FRAME_SUFFIXES: Final = (".jpg", ".png")
_MOST_CHECKED: Final = 20_000


def _inscribed(arrived: Path, copy: Path, origin: Provenance) -> bool:
    """Write a copy with its origin in it, and see that it is the same film."""
    with arrived.open("rb") as source, copy.open("wb") as target:
        if not embed.embed_origin(source, target, origin):
            return False
    if same_film(arrived, copy):
        return True
    _log.warning("a clip is kept as it came: writing its origin into it would have changed it")
    return False


class Media:
    """The library's files.

    Parameters
    ----------
    folder : Path
        The library's folder. ``frames``, ``clips`` and ``posters`` are made below it, and
        ``others`` when the service sends something that is no clip.
    """

    def __init__(self, folder: Path) -> None:
        self.frames = folder / "frames"
        self.clips = folder / "clips"
        self.posters = folder / "posters"
        self.others = folder / "others"
        self._folder = folder
        for place in (self.frames, self.clips, self.posters):
            place.mkdir(parents=True, exist_ok=True)
            _require_folder(place)
        self._identity = identity(folder)
        self._checked: dict[tuple[int, ...], str] = {}

    @property
    def is_whole(self) -> bool:
        """True if the folders are where they were made."""
        places = (self.frames, self.clips, self.posters)
        return identity(self._folder) == self._identity and all(map(is_folder, places))

    def keep_frame(self, frame: Frame) -> Path:
        """Write a frame under its hash unless it is there, whole; on the disk when this returns.

        Raises
        ------
        LibraryError
            The folder cannot be written to, or the disk is full.
        """
        path = self.frames / media_name(frame.sha256, frame.extension)
        if not is_regular(path) or path.stat().st_size != len(frame.data):
            with self.incoming(self.frames) as temporary:
                temporary.write_bytes(frame.data)
                sync_file(temporary)
                temporary.replace(path)
                sync_folder(self.frames)
        return path

    def frame_path(self, sha256: str) -> Path | None:
        """Return the path of a frame, or None when no regular file of it is there."""
        if not is_hash(sha256):
            return None
        usual = (self.frames / media_name(sha256, end) for end in _FRAME_SUFFIXES)
        others = self.frames.glob(media_name(sha256, ".*"))
        return next((path for path in itertools.chain(usual, others) if is_regular(path)), None)

    def clip_path(self, sha256: str) -> Path:
        """Return the path of the clip of that hash, whether it is there or not.

        Raises
        ------
        LibraryError
            It is no hash.
        """
        return self.clips / media_name(sha256, ".mp4")

    def poster_path(self, sha256: str) -> Path:
        """Return the path of that clip's poster; as :meth:`clip_path`."""
        return self.posters / media_name(sha256, ".jpg")

    def has_clip(self, sha256: str) -> bool:
        """Return True if the clip of that hash is here: a regular file with just these bytes.

        Each file is read once as long as it is not written to.
        """
        if not is_hash(sha256):
            return False
        return self.hash_of(self.clip_path(sha256)) == sha256

    def hash_of(self, path: Path) -> str:
        """Return a file's hash; empty where no regular file can be read."""
        try:
            with open_regular(path) as file:
                place = _place(os.fstat(file.fileno()))
                if place not in self._checked:
                    if len(self._checked) > _MOST_CHECKED:
                        self._checked.clear()
                    self._checked[place] = sha256_of(file)
                return self._checked[place]
        except OSError:
            return ""

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
            provenance = origin.as_draft() if facts.draft else origin
            return self._move_in(copy if _inscribed(arrived, copy, provenance) else arrived), facts

    def _move_in(self, whole: Path) -> str:
        """Rename a checked file to its hash; a crash leaves either name, never a part."""
        sha256 = file_sha256(whole)
        self.make_poster(whole, sha256)
        sync_file(whole)
        path = self.clip_path(sha256)
        whole.replace(path)
        sync_folder(self.clips)
        self._checked[_place(path.lstat())] = sha256
        return sha256

    def keep_other(self, arrived: Path, suffix: str) -> Path:
        """Keep a file that is no clip under the name of its hash; return its path.

        Parameters
        ----------
        arrived : Path
            A complete file in :meth:`incoming`'s folder; it is renamed, not copied.
        suffix : str
            What its name shall end with, e.g. ``".webm"``.

        Raises
        ------
        LibraryError
            The folder cannot be written to.
        """
        try:
            self.others.mkdir(exist_ok=True)
            sha256 = file_sha256(arrived)
            sync_file(arrived)
            path = self.others / f"{sha256}{suffix}"
            arrived.replace(path)
        except OSError as error:
            raise LibraryError(unwritable(self.others, error)) from None
        return path

    def make_poster(self, video: Path, sha256: str) -> Path:
        """Write the poster of a clip unless it is there; return where it is."""
        path = self.poster_path(sha256)
        if not is_regular(path):  # a link in its place is replaced, and never followed
            image = frame_image(video, last=False)
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
        """Yield a temporary name beside its final place; what is left of it is deleted at the end.

        Raises
        ------
        LibraryError
            The folder cannot be written to, or the disk is full.
        """
        place = folder or self.clips
        if identity(self._folder) != self._identity:
            raise replaced(NOTHING_WRITTEN)
        # Not tempfile: its files can be read by their owner alone, and a Jupyter server that
        # serves them may run as another user.
        temporary = place / f"incoming-{uuid.uuid4().hex}.part"
        try:
            if os.path.lexists(place):
                _require_folder(place)
            temporary.touch(exist_ok=False)
        except OSError as error:
            raise LibraryError(unwritable(place, error)) from None
        try:
            with unfinished_file(temporary):
                yield temporary
        except OSError as error:
            if isinstance(error, LibraryError) or error.errno is None:
                raise
            raise LibraryError(unwritable(place, error)) from None


def unwritable(place: Path, error: OSError) -> str:
    """Return a sentence: why a folder of the library took no file, and what to do."""
    return (
        f"The library folder {place.parent.name}/{place.name} could not be written to: "
        f"{disk.why(error)}. Nothing that was paid for is lost: what the "
        "service has made stays there for 7 days and is fetched as soon as the folder can be "
        f"written again. {disk.mend(error)}"
    )


def _place(found: os.stat_result) -> tuple[int, ...]:
    """Return a key of a file's present content: another one has another time or size."""
    times = found.st_mtime_ns, found.st_ctime_ns
    return found.st_dev, found.st_ino, found.st_size, *times


def _require_folder(place: Path) -> None:
    if not is_folder(place):
        raise LibraryError(
            f"{place.parent.name}/{place.name} is a link or a file where a folder of the library "
            "belongs. Nothing was written there and nothing was sent. Put a folder in its place, "
            "or set HAILUO_LIBRARY to another library."
        )
