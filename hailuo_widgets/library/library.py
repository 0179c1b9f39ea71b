"""A library: one folder that outlives the kernel."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import FrameError, InputError, LibraryError
from hailuo_widgets.files import leftovers
from hailuo_widgets.files.disk import sync_folder
from hailuo_widgets.files.presence import NOTHING_SENT, replaced
from hailuo_widgets.files.process_lock import ProcessLock
from hailuo_widgets.files.regular_file import read_regular
from hailuo_widgets.files.user_path import written_place
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.library.backup import write_whole
from hailuo_widgets.library.export_zip import write_zip
from hailuo_widgets.library.ledger.database import clock
from hailuo_widgets.library.ledger.ledger import Ledger
from hailuo_widgets.library.ledger.owner import this_owner
from hailuo_widgets.library.ledger.states import JobState
from hailuo_widgets.library.verify import Verification, verify
from hailuo_widgets.media.clip import Clip
from hailuo_widgets.media.formats.open_media import NotAVideoError
from hailuo_widgets.media.store import Media, unwritable
from hailuo_widgets.renamed import renamed
from hailuo_widgets.request.video_request import VideoRequest
from hailuo_widgets.text import neutralize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from hailuo_widgets.library.ledger.records import JobRow

LEDGER: Final = "ledger.sqlite3"
FOLDER_VARIABLE: Final = "HAILUO_LIBRARY"
DEFAULT_FOLDER: Final = "hailuo-library"


def folder_of(folder: str | os.PathLike[str] | None = None) -> Path:
    """Name the folder a library would live in: the given one, else the environment's, else ours."""
    chosen = folder or os.environ.get(FOLDER_VARIABLE) or DEFAULT_FOLDER
    return Path(chosen).expanduser().absolute()


_LARGEST_FRAME: Final = 64_000_000
"""Bytes; the service takes 20 MB."""


def _make(folder: Path) -> None:
    """Make a folder and sync its entry; links on the way to it are followed, as the user made them."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        sync_folder(folder.parent)


class Library:
    """Everything that was asked for and everything that came of it.

    Parameters
    ----------
    folder : str or Path, optional
        Default: ``HAILUO_LIBRARY``, else ``hailuo-library`` in the working directory. Not hidden:
        Jupyter serves no file from a folder whose name begins with a dot.
    now : callable, optional
        Gives the time, aware, UTC.

    Raises
    ------
    LibraryError
        The folder cannot be made or written, or its ledger cannot be used.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | None = None,
        *,
        now: Callable[[], datetime] = clock,
    ) -> None:
        self.path = folder_of(folder)
        try:
            _make(self.path)
            self.media = Media(self.path)
            self.holder = ProcessLock(self.path / "holders")
        except OSError as error:
            if isinstance(error, LibraryError):
                raise
            raise LibraryError(unwritable(self.path, error)) from None
        except ValueError:
            raise LibraryError(
                "The library's folder has a name that no disk can hold. Nothing was sent. Set "
                "HAILUO_LIBRARY to another folder."
            ) from None
        self._now = now
        try:
            self.ledger = Ledger(self.path / LEDGER, now=now, owner=this_owner())
        except BaseException:
            self.holder.close()
            raise
        leftovers.sweep(self.path)

    def __repr__(self) -> str:
        return neutralize(f"<Library {self.path.name}>")

    @property
    def is_whole(self) -> bool:
        """True if folders and ledger are still those that were opened."""
        return self.media.is_whole and self.ledger.is_whole

    def require_written(self, job_id: int) -> None:
        """Raise unless the disk says, under this library's name, that a job is being sent by us.

        Asked at the last moment before money is spent.

        Raises
        ------
        LibraryError
            The folder was deleted, moved or replaced, or cannot be read. Nothing was sent.
        """
        if not self.media.is_whole:
            raise replaced(NOTHING_SENT)
        self.ledger.require_written(job_id, JobState.SENT, self.holder.name)

    def close(self) -> None:
        """Close the ledger and give up the leases."""
        self.ledger.close()
        self.holder.close()

    def clip(self, sha256: str, *, prompt: str = "", service: str = "") -> Clip | None:
        """Find a clip by hash; None when its file is gone, or is not what arrived."""
        if not self.media.has_clip(sha256):
            return None
        path = self.media.clip_path(sha256)
        facts = self.ledger.contents.clip(sha256)
        if facts is None:
            return None
        try:
            poster = self.media.make_poster(path, sha256)
        except NotAVideoError:
            return None  # its hash is right, and it is no video: not written by this kit
        return Clip(
            path=path,
            poster=poster,
            sha256=sha256,
            width=facts.width,
            height=facts.height,
            fps=facts.fps,
            duration=facts.duration,
            frame_count=facts.frame_count,
            bytes=facts.bytes,
            draft=facts.draft or service == "emulator",
            prompt=prompt,
            service=service,
        )

    def request_of(self, row: JobRow) -> VideoRequest:
        """Make a job's request again, from the library's own pictures.

        Raises
        ------
        LibraryError
            A picture is not in the library any more, or is damaged.
        """
        asked = self.ledger.contents.request(row.request_hash)
        end_image = None if asked.end_image is None else self._frame(asked.end_image, "end image")
        try:
            request = VideoRequest(
                self._frame(asked.image, "first frame"),
                asked.prompt,
                end_image,
                asked.enable_prompt_expansion,
            )
        except InputError as error:
            raise LibraryError(
                f"What the ledger says of this request is damaged: {error} Ask with the picture "
                "and the prompt themselves."
            ) from None
        if request.request_hash != row.request_hash:
            # Sending it would be another request, and be paid as one.
            raise LibraryError(
                "What the ledger says of this request is damaged: it is not what was asked for. "
                "Nothing was sent. Ask with the picture and the prompt themselves."
            )
        return request

    def frame(self, sha256: str) -> Frame | None:
        """Find a picture by hash; None when the library does not have it, or not whole."""
        try:
            return self._frame(sha256, "picture")
        except LibraryError:
            return None

    def _frame(self, sha256: str, role: str) -> Frame:
        name = self.ledger.contents.frame_name(sha256) or "a picture"
        path = self.media.frame_path(sha256)
        try:
            data = None if path is None else read_regular(path, _LARGEST_FRAME)
        except OSError:
            data = None
        wrong = "is not in the library any more" if data is None else "is damaged in the library"
        if data is not None and hashlib.sha256(data).hexdigest() == sha256:
            with contextlib.suppress(FrameError):
                return Frame(data, name=name)
        raise LibraryError(
            f"The {role} “{name}” of this request {wrong}. Nothing was sent. Give the picture "
            "again to ask with it."
        )

    def remove_clip(self, job_id: int) -> None:
        """Delete a job's clip and poster; its row, and what it cost, stay.

        Files that another job shows too stay as well. Asked for again, a draft is rendered anew,
        and a paid clip is fetched at no cost while the service has it.

        Raises
        ------
        LibraryError
            There is no clip, it is deleted already, or its files cannot be deleted.
        """
        sha256, alone = self.ledger.annotations.mark_removed(job_id)
        if not alone:
            return
        for path in (self.media.clip_path(sha256), self.media.poster_path(sha256)):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise LibraryError(
                    f"The clip is taken out of the history, but its file {path.parent.name}/"
                    f"{path.name} could not be deleted: {error.strerror}. Delete it by hand."
                ) from None

    def verify(self) -> Verification:
        """Derive every hash again and return what is missing, damaged or extra; changes nothing."""
        return verify(self.ledger, self.media)

    def export(self, job_ids: Iterable[int], destination: str | os.PathLike[str]) -> Path:
        """Write clips, and what is known of them, to one zip file.

        Parameters
        ----------
        job_ids : iterable of int
            In the order in which they stand in the lists.
        destination : str or Path
            The file, which must not exist; or a folder, where it gets a name with the date.

        Raises
        ------
        InputError
            There is nothing to write, or a file of that name exists.
        LibraryError
            The file cannot be written.
        """
        return write_zip(self.ledger.history.entries(job_ids), self.media, self._place(destination))

    def backup(self, destination: str | os.PathLike[str]) -> Path:
        """Write the whole library to one zip file: unpacked anywhere, it goes on from there.

        Parameters
        ----------
        destination : str or Path
            The file, which must not exist; or a folder, where it gets a name with the date.

        Raises
        ------
        InputError
            A file of that name exists.
        LibraryError
            The file cannot be written.
        """
        return write_whole(self.ledger, self.media, self._place(destination))

    def take_home(self, destination: str | os.PathLike[str]) -> Path:
        """Write the whole library to one zip file; the old name of :meth:`backup`."""
        renamed("Library.take_home()", "Library.backup()")
        return self.backup(destination)

    def _place(self, destination: str | os.PathLike[str]) -> Path:
        place = written_place(destination)
        if place.is_dir():
            place /= f"hailuo-{self._now().astimezone():%Y-%m-%d-%H%M%S}.zip"
        return place
