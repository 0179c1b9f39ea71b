"""The history: every job, newest first, found by words, state, service, frame, star or tag."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hailuo_widgets.library.ledger.jobs_table import BATCH
from hailuo_widgets.library.ledger.records import ClipRow, FrameUse, JobRow, clip_row, job_row
from hailuo_widgets.library.ledger.search_text import fold, folded_words
from hailuo_widgets.library.ledger.values import TAG_LIMIT, RowReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hailuo_widgets.library.ledger.database import Database
    from hailuo_widgets.library.ledger.jobs_table import JobsTable
    from hailuo_widgets.library.ledger.records import SqlRow
    from hailuo_widgets.library.ledger.states import JobState


@dataclass(frozen=True, slots=True)
class Filter:
    """Which jobs of a library are wanted; empty: all of them.

    Parameters
    ----------
    words : str
        Every one of them stands in the prompt or in the note; case does not matter.
    states : sequence of JobState
        The job stands in one of them.
    service : str, optional
        ``"emulator"`` or ``"wavespeed"``.
    frame : str, optional
        The hash of its start frame or end image.
    starred : bool
        Only what has a star.
    tag : str, optional
        It carries this tag; case does not matter.
    """

    words: str = ""
    states: Sequence[JobState] = ()
    service: str | None = None
    frame: str | None = None
    starred: bool = False
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One job with everything that a list of them shows."""

    row: JobRow
    prompt: str
    image: str
    image_name: str
    end_image: str | None
    enable_prompt_expansion: bool
    clip: ClipRow | None
    tags: tuple[str, ...]


class History:
    """The part of the ledger that the user browses."""

    def __init__(self, database: Database, table: JobsTable) -> None:
        self._database = database
        self._table = table

    def page(
        self, wanted: Filter | None = None, *, offset: int = 0, limit: int = 60
    ) -> tuple[list[Entry], int]:
        """Return one page of the jobs, newest first.

        Parameters
        ----------
        offset, limit : int
            Which part of what was found.

        Returns
        -------
        entries : list of Entry
            That part.
        total : int
            How many there are in all.
        """
        first = max(0, offset)
        with self._database.reading():
            ids = self._select_ids(wanted)
            return self._entries(ids[first : first + max(0, limit)]), len(ids)

    def ids(self, wanted: Filter | None = None) -> list[int]:
        """Return the ids of all jobs that are wanted, newest first."""
        with self._database.reading():
            return self._select_ids(wanted)

    def entries(self, job_ids: Iterable[int]) -> list[Entry]:
        """Read the entries of these jobs, in this order; unknown ones are left out."""
        with self._database.reading():
            return self._entries(list(dict.fromkeys(job_ids)))

    def frames(self, limit: int = 100) -> list[FrameUse]:
        """Return the start frames in use, the one used last first."""
        with self._database.reading(), contextlib.suppress(sqlite3.DataError):
            found = self._database.read_all(
                "SELECT image, COALESCE(substr(name, 1, 200), ''), jobs FROM"
                " (SELECT image, COUNT(*) AS jobs, MAX(job_id) AS latest FROM search"
                "  GROUP BY image ORDER BY latest DESC LIMIT ?)"
                " LEFT JOIN frames ON frames.sha256 = image ORDER BY latest DESC",
                (limit,),
            )
            return [
                FrameUse(str(image)[:64], str(name), jobs)
                for image, name, jobs in map(tuple, found)
            ]
        return []

    # -- inside a transaction -------------------------------------------------------------

    def _select_ids(self, wanted: Filter | None) -> list[int]:
        query, values = _query(wanted or Filter())
        return [job_id for (job_id,) in map(tuple, self._database.read_all(query, values))]

    def _entries(self, ids: Sequence[int]) -> list[Entry]:
        entries: dict[int, Entry] = {}
        for start in range(0, len(ids), BATCH):
            some = ids[start : start + BATCH]
            try:
                entries |= self._read_batch(some)
            except sqlite3.DataError:
                # One of them holds a value that is too large: the others do not go with it.
                for job_id in some:
                    entries |= self._read_one(job_id)
        return [entries[job_id] for job_id in ids if job_id in entries]

    def _read_batch(self, ids: Sequence[int]) -> dict[int, Entry]:
        marks = ", ".join("?" * len(ids))
        tags: dict[int, list[str]] = {}
        for job_id, text in map(
            tuple,
            self._database.read_all(
                f"SELECT job_id, text FROM tags WHERE job_id IN ({marks}) ORDER BY key",  # noqa: S608
                ids,
            ),
        ):
            tags.setdefault(job_id, []).append(str(text)[:TAG_LIMIT])
        return {
            row["id"]: _entry(row, tags.get(row["id"], ()))
            for row in self._database.read_all(f"{_ENTRY} ({marks})", ids)
        }

    def _read_one(self, job_id: int) -> dict[int, Entry]:
        try:
            return self._read_batch([job_id])
        except sqlite3.DataError:
            row = self._table.bounded_values(job_id)
            return {job_id: _entry({**dict.fromkeys(_JOINED), **row}, ())}


# A request or frame that damage has taken leaves its job, and the job's money, to be seen.
_ENTRY: Final = """
SELECT jobs.*, prompt, image, end_image, enable_prompt_expansion, frames.name AS image_name,
       clips.sha256, clips.width, clips.height, fps, duration, frame_count, clips.bytes, draft
FROM jobs
LEFT JOIN requests ON requests.hash = jobs.request_hash
LEFT JOIN frames ON frames.sha256 = requests.image
LEFT JOIN clips ON clips.sha256 = jobs.clip_sha256
WHERE jobs.id IN"""


_JOINED: Final = (
    "prompt", "image", "end_image", "enable_prompt_expansion", "image_name", "sha256", "width",
    "height", "fps", "duration", "frame_count", "bytes", "draft",
)  # fmt: skip
"""What a row has of other tables, each at its side."""


def _entry(row: SqlRow, tags: Iterable[str]) -> Entry:
    reader = RowReader(row)
    return Entry(
        row=job_row(row),
        prompt=reader.text_or_none("prompt") or "",
        image=reader.hash_or_none("image") or "",
        image_name=reader.text_or_none("image_name") or "",
        end_image=reader.hash_or_none("end_image"),
        enable_prompt_expansion=bool(row["enable_prompt_expansion"]),
        clip=None if row["sha256"] is None else clip_row(row),
        tags=tuple(tags),
    )


def _query(wanted: Filter) -> tuple[str, list[object]]:
    """Write the statement that gives the ids of what is wanted, newest first."""
    conditions: list[str] = []
    values: list[object] = []

    def add(condition: str, *given: object) -> None:
        conditions.append(condition)
        values.extend(given)

    if wanted.service is not None:
        add("jobs.service = ?", wanted.service)
    if wanted.states:
        add(f"jobs.state IN ({', '.join('?' * len(wanted.states))})", *wanted.states)
    if wanted.starred:
        add("jobs.starred")
    if wanted.tag is not None:
        tag = fold(" ".join(wanted.tag.split()))
        add("id IN (SELECT job_id FROM tags WHERE key = ?)", tag)
    of_jobs = bool(conditions)
    if wanted.frame is not None:
        add("(search.image = ? OR search.end_image = ?)", wanted.frame, wanted.frame)
    for word in folded_words(wanted.words):
        add("instr(search.words, ?)", word)
    of_search = wanted.frame is not None or bool(wanted.words.strip())
    # No table is read that is not asked for: the wide rows of jobs would double the time.
    if of_jobs and of_search:
        tables = "(SELECT job_id AS id, * FROM search) AS search JOIN jobs USING (id)"
    else:
        tables = "(SELECT job_id AS id, * FROM search) AS search" if of_search else "jobs"
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    # Only marks and the words above go into the statement; what the user gave goes in as values.
    return f"SELECT id FROM {tables}{where} ORDER BY id DESC", values  # noqa: S608
