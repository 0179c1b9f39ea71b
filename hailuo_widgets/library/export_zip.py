"""Handing clips on: one zip with the clips and what is known of each, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import time
import unicodedata
import zipfile
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.errors import InputError
from hailuo_widgets.files.atomic_write import ARCHIVE, new_file
from hailuo_widgets.files.file_names import is_hash
from hailuo_widgets.files.regular_file import is_regular, open_regular, sha256_of
from hailuo_widgets.text import inert_begin, inert_inside

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from hailuo_widgets.library.ledger.history import Entry
    from hailuo_widgets.media.store import Media

_SLUG_LETTERS: Final = 48
_ZIP_FIRST: Final = (1980, 1, 1, 0, 0, 0)
_ZIP_LAST: Final = (2107, 12, 31, 23, 59, 58)


def write_zip(entries: Sequence[Entry], media: Media, destination: Path) -> Path:
    """Write the jobs' clips and facts to a zip file; whole, or not at all.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        There is nothing to write, or a file of that name exists.
    LibraryError
        The file cannot be written.
    """
    if not entries:
        raise InputError("Nothing was chosen, so there is nothing to export.")
    with (
        new_file(destination, ARCHIVE) as part,
        zipfile.ZipFile(part, "x", strict_timestamps=False) as archive,
    ):
        facts = [_facts(entry, _put(archive, entry, media)) for entry in entries]
        archive.writestr("facts.json", _json(facts), zipfile.ZIP_DEFLATED)
        archive.writestr("facts.csv", _csv(facts), zipfile.ZIP_DEFLATED)
    return destination


def _put(archive: zipfile.ZipFile, entry: Entry, media: Media) -> tuple[str, str]:
    """Put a clip into the archive; its name in there, and what was wrong with it."""
    clip = entry.clip
    if clip is None:
        return "", "there is no clip"
    if not is_hash(clip.sha256) or not is_regular(media.clip_path(clip.sha256)):
        return "", "you deleted the clip" if entry.row.removed_at else "the file is missing"
    path = media.clip_path(clip.sha256)
    name = f"clips/{entry.row.id:05d}{_slug(entry.prompt)}-take-{entry.row.take}{path.suffix}"
    if not put_file(archive, path, name, clip.sha256):
        return "", "the file is damaged"
    return name, ""


def put_file(archive: zipfile.ZipFile, path: Path, name: str, sha256: str | None) -> bool:
    """Put a plain file into an archive as it is; whether it was one, with these bytes.

    Parameters
    ----------
    sha256 : str or None
        Of the whole file, which is opened once: what is checked is what is handed on.
    """
    try:
        file = open_regular(path)
    except OSError:
        return False
    with file:
        found = os.fstat(file.fileno())
        if sha256 is not None and sha256_of(file) != sha256:
            return False
        file.seek(0)
        about = zipfile.ZipInfo(name, _moment(found.st_mtime))
        about.external_attr = 0o644 << 16
        about.file_size = found.st_size  # stored as it is: video does not get smaller
        with archive.open(about, "w") as place:
            shutil.copyfileobj(file, place, 1 << 20)
    return True


def _moment(seconds: float) -> tuple[int, int, int, int, int, int]:
    """Put a file's time into what a zip file can say."""
    try:
        found = time.localtime(seconds)
    except (ValueError, OverflowError, OSError):
        return _ZIP_FIRST
    return max(_ZIP_FIRST, min(_ZIP_LAST, found[:6]))


def _slug(prompt: str) -> str:
    """Make a part of a file name of a prompt: letters and digits that every system can write."""
    plain = unicodedata.normalize("NFKD", prompt).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    slug = "-".join(words)[:_SLUG_LETTERS].strip("-")
    return f"-{slug}" if slug else ""


def _facts(entry: Entry, put: tuple[str, str]) -> dict[str, Any]:
    row, clip, (file, problem) = entry.row, entry.clip, put
    return {
        "job": row.id,
        "file": file,
        "problem": problem,
        "kind": "draft" if row.service == "emulator" else "generation",
        "service": row.service,
        "prompt": entry.prompt,
        "enable_prompt_expansion": entry.enable_prompt_expansion,
        "take": row.take,
        "state": str(row.state),
        "error": row.error_message or "",
        "price_usd": str(row.price),
        "refunded_usd": str(row.refunded),
        "prediction_id": row.prediction_id or "",
        "request_sha256": row.request_hash,
        "image_name": entry.image_name,
        "image_sha256": entry.image,
        "end_image_sha256": entry.end_image or "",
        "asked_at": _time(row.asked_at),
        "sent_at": _time(row.sent_at),
        "accepted_at": _time(row.accepted_at),
        "finished_at": _time(row.finished_at),
        "clip_sha256": clip.sha256 if clip else "",
        "width": clip.width if clip else None,
        "height": clip.height if clip else None,
        "fps": clip.fps if clip else None,
        "seconds": clip.duration if clip else None,
        "frames": clip.frame_count if clip else None,
        "bytes": clip.bytes if clip else None,
        "starred": row.starred,
        "tags": list(entry.tags),
        "note": row.note,
    }


def _time(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""


def _json(facts: list[dict[str, Any]]) -> str:
    return json.dumps({"jobs": facts}, ensure_ascii=False, indent=2) + "\n"


def _csv(facts: Iterable[dict[str, Any]]) -> bytes:
    rows = [{name: inert_inside(_cell(value)) for name, value in each.items()} for each in facts]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    # The mark at the beginning tells spreadsheets that it is UTF-8.
    return text.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> str:
    if isinstance(value, list):
        value = "; ".join(value)
    return inert_begin("" if value is None else str(value))
