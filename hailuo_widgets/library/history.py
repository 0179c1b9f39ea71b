"""The history: every job, newest first, found by words, state, service, frame, star or tag."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hailuo_widgets.library.rows import ClipRow, FrameUse, JobRow, clip_row, job_row
from hailuo_widgets.library.store import AT_ONCE, Store
from hailuo_widgets.library.words import fold, folded_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hailuo_widgets.library.rows import Columns
    from hailuo_widgets.library.states import JobState


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


class History(Store):
    """The part of the ledger that people browse."""

    def history(
        self, wanted: Filter | None = None, *, offset: int = 0, limit: int = 60
    ) -> tuple[list[Entry], int]:
        """Look through the jobs, newest first.

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
        with self._reading():
            ids = self._found(wanted)
            return self._entries(ids[first : first + max(0, limit)]), len(ids)

    def history_ids(self, wanted: Filter | None = None) -> list[int]:
        """Give the ids of what is wanted, all of them, newest first."""
        with self._reading():
            return self._found(wanted)

    def entries(self, job_ids: Iterable[int]) -> list[Entry]:
        """Read the entries of these jobs, in this order; unknown ones are left out."""
        with self._reading():
            return self._entries(list(dict.fromkeys(job_ids)))

    def frames(self, limit: int = 100) -> list[FrameUse]:
        """Tell which start frames are in use, the one used last first."""
        with self._reading() as connection:
            found = connection.execute(
                "SELECT image, COALESCE(name, ''), jobs FROM"
                " (SELECT image, COUNT(*) AS jobs, MAX(job_id) AS latest FROM search"
                "  GROUP BY image ORDER BY latest DESC LIMIT ?)"
                " LEFT JOIN frames ON frames.sha256 = image ORDER BY latest DESC",
                (limit,),
            )
            return [FrameUse(*row) for row in found.fetchall()]

    # -- inside a transaction -------------------------------------------------------------

    def _found(self, wanted: Filter | None) -> list[int]:
        query, values = _query(wanted or Filter())
        return [job_id for (job_id,) in self._connection.execute(query, values)]

    def _entries(self, ids: Sequence[int]) -> list[Entry]:
        connection = self._connection
        entries: dict[int, Entry] = {}
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start : start + AT_ONCE]
            marks = ", ".join("?" * len(some))
            tags: dict[int, list[str]] = {}
            for job_id, text in connection.execute(
                f"SELECT job_id, text FROM tags WHERE job_id IN ({marks}) ORDER BY key",  # noqa: S608
                some,
            ):
                tags.setdefault(job_id, []).append(text)
            for row in connection.execute(f"{_ENTRY} ({marks})", some):
                entries[row["id"]] = _entry(row, tags.get(row["id"], ()))
        return [entries[job_id] for job_id in ids if job_id in entries]


# A request or frame that damage has taken leaves its job, and the job's money, to be seen.
_ENTRY: Final = """
SELECT jobs.*, prompt, image, end_image, enable_prompt_expansion, frames.name AS image_name,
       clips.sha256, clips.width, clips.height, fps, duration, frame_count, clips.bytes, draft
FROM jobs
LEFT JOIN requests ON requests.hash = jobs.request_hash
LEFT JOIN frames ON frames.sha256 = requests.image
LEFT JOIN clips ON clips.sha256 = jobs.clip_sha256
WHERE jobs.id IN"""


def _entry(row: Columns, tags: Iterable[str]) -> Entry:
    return Entry(
        row=job_row(row),
        prompt=row["prompt"] or "",
        image=row["image"] or "",
        image_name=row["image_name"] or "",
        end_image=row["end_image"],
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
    # Only marks and the words above go into the statement; what a person gave goes in as values.
    return f"SELECT id FROM {tables}{where} ORDER BY id DESC", values  # noqa: S608
