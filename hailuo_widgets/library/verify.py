"""Verifying a library: every hash is derived again from what is on the disk."""

from __future__ import annotations

import functools
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import InputError, LibraryError
from hailuo_widgets.files.file_names import is_hash
from hailuo_widgets.files.regular_file import file_sha256, is_regular, read_regular
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.request.video_request import VideoRequest
from hailuo_widgets.text import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hailuo_widgets.library.ledger.ledger import Ledger
    from hailuo_widgets.library.ledger.records import RequestRow
    from hailuo_widgets.media.store import Media

_YOUNG_SECONDS: Final = 3600.0
"""A file without a row that is younger may be on its way in."""

_LARGEST_FRAME: Final = 64_000_000

_FRAMES_AT_HAND: Final = 4


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of verifying a library.

    Attributes
    ----------
    checked : int
        Frames, clips and requests whose hashes were derived again.
    problems : tuple of str
        One sentence for each thing that is missing, damaged or extra.
    """

    checked: int
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """True if everything is as it should be."""
        return not self.problems

    def __str__(self) -> str:
        if self.ok:
            return f"{self.checked:,} frames, clips and requests checked: all is well."
        count = len(self.problems)
        lines = "\n".join(f"- {problem}" for problem in self.problems)
        return (
            f"{self.checked:,} frames, clips and requests checked, {count} "
            f"problem{'s' * (count > 1)}:\n{lines}"
        )


def verify(ledger: Ledger, media: Media) -> Verification:
    """Return what is missing, damaged or extra in a library; changes nothing."""
    stock = ledger.contents.inventory()
    known = {*stock.frames, *stock.clips}
    problems = [f"The ledger is damaged: {words}." for words in ledger.contents.check_integrity()]
    problems += stock.damage
    whole: dict[str, Path] = {}
    for sha256, name in stock.frames.items():
        path = media.frame_path(sha256)
        if not is_hash(sha256):
            problems.append(f"A frame of the ledger is damaged: its hash reads “{short(sha256)}”.")
        elif path is None:
            problems.append(
                f"The frame “{name}” is missing (frames/{sha256[:12]}…). The clips made of it are "
                "not touched by that; to ask with it again, give the picture again."
            )
        elif _sha256(path) != sha256:
            problems.append(f"The frame “{name}” is damaged (frames/{path.name}).")
        else:
            whole[sha256] = path
    for sha256, job_ids in stock.clips.items():
        problems += _of_clip(media, sha256, job_ids)
    problems += _of_requests(stock.requests, stock.frames, whole)
    problems += _extra(media, known)
    checked = len(stock.frames) + len(stock.clips) + len(stock.requests)
    return Verification(checked, tuple(problems))


def _of_clip(media: Media, sha256: str, job_ids: tuple[int, ...]) -> Iterator[str]:
    jobs = f"job{'s' * (len(job_ids) > 1)} {', '.join(map(str, job_ids))}"
    again = (
        "Ask for the same request again: a draft is rendered anew, and a paid clip is fetched at "
        "no cost while the service has it (7 days)."
    )
    if not is_hash(sha256):
        yield f"The clip of {jobs} is damaged: its hash reads “{short(sha256)}”."
        return
    path = media.clip_path(sha256)
    if not is_regular(path):
        yield f"The clip of {jobs} is missing (clips/{path.name}). {again}"
    elif _sha256(path) != sha256:
        yield (
            f"The clip of {jobs} is damaged (clips/{path.name}): its bytes are not those that "
            f"arrived. Move the file away. {again}"
        )


def _of_requests(
    requests: dict[str, RequestRow], names: dict[str, str], whole: dict[str, Path]
) -> Iterator[str]:
    """Ask anew, without sending: the same four values must give the same hash."""

    @functools.lru_cache(maxsize=_FRAMES_AT_HAND)
    def frame(sha256: str) -> Frame:
        return Frame(read_regular(whole[sha256], _LARGEST_FRAME), name=names[sha256])

    ordered = sorted(requests.items(), key=lambda item: (item[1].image, item[1].end_image or ""))
    for request_hash, row in ordered:
        hashes = [sha256 for sha256 in (row.image, row.end_image) if sha256 is not None]
        if not all(sha256 in whole for sha256 in hashes):
            continue  # told as a missing or damaged frame
        try:
            end_image = None if row.end_image is None else frame(row.end_image)
            asked = VideoRequest(
                frame(row.image), row.prompt, end_image, row.enable_prompt_expansion
            )
            same = asked.request_hash == request_hash
        except (InputError, OSError):
            same = False
        if not same:
            yield (
                f"The request {request_hash[:12]}… (“{short(row.prompt, 60)}”) is damaged: what the "
                "ledger says of it is not what was asked for."
            )


def _extra(media: Media, known: set[str]) -> Iterator[str]:
    for folder in (media.frames, media.clips, media.posters):
        for entry in sorted(os.scandir(folder), key=lambda each: each.name):
            name = f"{folder.name}/{short(entry.name, 100)}"
            if not entry.is_file(follow_symlinks=False):
                if not entry.name.startswith("."):
                    yield (
                        f"{name} is no plain file but a link, a pipe or a folder: it is never "
                        "opened, shown or handed on."
                    )
                continue
            young = time.time() - entry.stat(follow_symlinks=False).st_mtime < _YOUNG_SECONDS
            path = Path(entry.name)
            if entry.name.startswith(".") or path.stem in known or young:
                continue
            if path.suffix == ".part":
                what = "is left of something that was interrupted, and can be deleted"
            else:
                what = "belongs to nothing in the ledger; it was left as it is"
            yield f"The file {name} {what}."


def _sha256(path: Path) -> str:
    try:
        return file_sha256(path)
    except OSError as error:
        raise LibraryError(
            f"{path.parent.name}/{path.name} cannot be read: {error.strerror}. Nothing was "
            "changed; permit reading it, and verify again."
        ) from None
