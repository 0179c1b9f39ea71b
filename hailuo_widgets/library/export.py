"""Handing clips on: one zip with the clips and what is known of each, as CSV and as JSON."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import unicodedata
import zipfile
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.errors import InputError
from hailuo_widgets.library.new_file import new_file
from hailuo_widgets.request.text import FORMULA_SIGNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from hailuo_widgets.library.history import Entry
    from hailuo_widgets.library.media import Media

_SLUG_LETTERS: Final = 48


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
        new_file(destination) as part,
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
    path = media.clip_path(clip.sha256)
    if not path.is_file():
        return "", "you deleted the clip" if entry.row.removed_at else "the file is missing"
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != clip.sha256:
            return "", "the file is damaged"
    name = f"clips/{entry.row.id:05d}{_slug(entry.prompt)}-take-{entry.row.take}{path.suffix}"
    archive.write(path, name)  # stored as it is: video does not get smaller
    return name, ""


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
    rows = [{name: _cell(value) for name, value in each.items()} for each in facts]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    # The mark at the beginning tells spreadsheets that it is UTF-8.
    return text.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> str:
    if isinstance(value, list):
        value = "; ".join(value)
    text = "" if value is None else str(value)
    # A quote in front makes it text: whoever wrote a prompt must not run in a spreadsheet.
    return f"'{text}" if text.lstrip().startswith(FORMULA_SIGNS) else text
