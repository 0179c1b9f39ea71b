"""What a comparison is given: cells of a sweep, jobs, clips and files, each told the same way."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.errors import InputError
from hailuo_widgets.files.regular_file import file_sha256
from hailuo_widgets.files.user_path import Place, place_of, reason_of
from hailuo_widgets.jobs.runner.job import Job
from hailuo_widgets.jobs.sweep.sweep import Sweep
from hailuo_widgets.media.clip import Clip, read_facts
from hailuo_widgets.media.formats.open_media import NotAVideoError
from hailuo_widgets.text import shown_name

if TYPE_CHECKING:
    from pathlib import Path

    from hailuo_widgets.frame.frame import Frame
    from hailuo_widgets.jobs.sweep.cell import SweepCell
    from hailuo_widgets.media.store import Media
    from hailuo_widgets.request.video_request import VideoRequest

MOST: Final = 120
"""Cells that are shown: a page with more is no comparison any more."""


class CompareItem:
    """One thing that is compared.

    Attributes
    ----------
    values : dict of str to str
        What it is: factor names and levels.
    job : Job or None
        What brings its clip.
    clip : Clip or None
        The clip, once it is here.
    trouble : str
        Why there is none, where no job says it.
    cell : SweepCell or None
        Its cell, when it is one of a sweep's.
    path : Path or None
        A file that is still to be read.
    earlier : Decimal
        US dollars that tries before this one were charged.
    """

    def __init__(
        self,
        values: Mapping[str, str],
        *,
        job: Job | None = None,
        clip: Clip | None = None,
        cell: SweepCell | None = None,
        path: Path | None = None,
        tried: str = "",
    ) -> None:
        self.values = dict(values)
        self.cell = cell
        self.path = path
        self._tried = tried
        self.trouble = ""
        self.earlier = Decimal(0)
        self._job = job
        self._clip = clip

    @property
    def job(self) -> Job | None:
        """What brings its clip."""
        return self.cell.job if self.cell is not None else self._job

    @job.setter
    def job(self, job: Job) -> None:
        self._job = job

    @property
    def clip(self) -> Clip | None:
        """The clip, once it is here."""
        return self._clip or (self.job.clip if self.job is not None else None)

    @property
    def request(self) -> VideoRequest | None:
        """What was asked for, where that is known."""
        if self.cell is not None:
            return self.cell.request
        return self._job.request if self._job is not None else None

    @property
    def skipped(self) -> bool:
        """True if a sweep leaves it out."""
        return self.cell is not None and self.cell.skipped

    @property
    def picture(self) -> Frame | None:
        """The start frame, which stands for it until its clip is here."""
        return None if self.request is None else self.request.image

    def read(self, media: Media) -> None:
        """Read its file, if it is one; what is wrong with it is kept as a sentence.

        Parameters
        ----------
        media : Media
            Where its poster goes: beside the file nothing is written.
        """
        path = self.path
        if path is None or self._clip is not None:
            return
        name = self.values.get("file") or shown_name(path.name)
        try:
            # First: that a file is not there is not said as well by who reads videos.
            sha256 = file_sha256(path, follow_links=True)
            facts = read_facts(path)
            poster = media.make_poster(path, sha256)
            size = path.stat().st_size
        except NotAVideoError as error:
            self.trouble = f"“{name}” cannot be shown: {error}."
        except (OSError, ValueError) as error:
            reason = reason_of(error, Place("", path, name, self._tried))
            self.trouble = f"“{name}” cannot be read: {reason}."
        else:
            self._clip = Clip(
                path=path,
                poster=poster,
                sha256=sha256,
                width=facts.width,
                height=facts.height,
                fps=facts.fps,
                duration=facts.duration,
                frame_count=facts.frame_count,
                bytes=size,
                draft=facts.draft,
            )


def items_of(what: object) -> list[CompareItem]:
    """Read what is to be compared.

    Raises
    ------
    InputError
        Something in it is neither a clip, a job, a sweep nor the path of a file.
    """
    if isinstance(what, Sweep):
        return [CompareItem(cell.values, cell=cell) for cell in what.cells]
    if isinstance(what, Mapping):
        return [_item(each, str(title)) for title, each in what.items()]
    if isinstance(what, (Clip, Job, str, os.PathLike)):
        return [_item(what)]
    if isinstance(what, Iterable):
        return [_titled(each) for each in what]
    raise _no_such(what)


def _titled(each: Any) -> CompareItem:
    if isinstance(each, tuple) and len(each) == 2 and isinstance(each[0], str):
        return _item(each[1], each[0])
    return _item(each)


def _item(each: object, title: str = "") -> CompareItem:
    front = {"title": title} if title else {}
    if isinstance(each, Job):
        return CompareItem({**front, **_asked(each)}, job=each)
    if isinstance(each, Clip):
        return CompareItem({**front, "prompt": each.prompt, "service": each.service}, clip=each)
    if isinstance(each, (str, os.PathLike)):
        place = place_of(each)
        if place.address:
            raise InputError(
                "A comparison shows clips, jobs and video files of this machine, no addresses. "
                "Download the video first, and give its file."
            )
        return CompareItem({**front, "file": place.name}, path=place.path, tried=place.tried)
    raise _no_such(each)


def _asked(job: Job) -> dict[str, str]:
    request = job.request
    end = request.end_image
    return {
        "prompt": request.prompt,
        "image": request.image.source_name,
        "end image": "" if end is None else end.source_name,
        "expansion": "on" if request.enable_prompt_expansion else "off",
        "take": str(job.take),
        "service": job.service,
    }


def _no_such(given: object) -> InputError:
    return InputError(
        "A comparison is made of a sweep, or of clips, jobs and paths of video files; "
        f"{type(given).__name__} is none of these."
    )
