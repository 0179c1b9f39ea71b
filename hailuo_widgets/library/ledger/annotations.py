"""What the user adds to the history: stars, notes and tags, and taking a clip out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import InputError, LibraryError
from hailuo_widgets.library.ledger.records import request_row
from hailuo_widgets.library.ledger.search_text import fold, index_job
from hailuo_widgets.library.ledger.values import TAG_LIMIT
from hailuo_widgets.text import has_lone_surrogate

if TYPE_CHECKING:
    from hailuo_widgets.library.ledger.database import Database
    from hailuo_widgets.library.ledger.jobs_table import JobsTable
    from hailuo_widgets.library.ledger.records import JobRow

NOTE_LIMIT: Final = 2000
"""Unicode code points."""

_TAGS_A_JOB: Final = 50


class Annotations:
    """The part of the ledger that the user writes in. Each method is one transaction."""

    def __init__(self, database: Database, table: JobsTable) -> None:
        self._database = database
        self._table = table

    def star(self, job_id: int, on: bool) -> None:
        """Set or remove a job's star."""
        self._mark(job_id, "UPDATE jobs SET starred = ? WHERE id = ?", (bool(on), job_id))

    def note(self, job_id: int, text: str) -> None:
        """Write a note to a job, in place of the one it had.

        Raises
        ------
        InputError
            It is no text, or longer than 2000 characters.
        """
        words = _plain(text, "note", NOTE_LIMIT)
        with self._database.transaction() as connection:
            row = self._table.row(job_id)
            connection.execute("UPDATE jobs SET note = ? WHERE id = ?", (words, job_id))
            found = connection.execute(
                "SELECT * FROM requests WHERE hash = ?", (row.request_hash,)
            ).fetchone()
            if found is not None:
                index_job(connection, job_id, request_row(found), words)

    def tag(self, job_id: int, text: str) -> None:
        """Put a tag on a job. One that is known in another case is used as it is known.

        Raises
        ------
        InputError
            It is no text, empty, longer than 60 characters, or one too many.
        """
        name = " ".join(_plain(text, "tag", TAG_LIMIT).split())
        if not name:
            raise InputError("A tag needs at least one character. Nothing was changed.")
        key = fold(name)
        with self._database.transaction() as connection:
            self._table.row(job_id)
            known = connection.execute("SELECT text FROM tags WHERE key = ?", (key,)).fetchone()
            (count,) = connection.execute(
                "SELECT COUNT(*) FROM tags WHERE job_id = ? AND key <> ?", (job_id, key)
            ).fetchone()
            if count >= _TAGS_A_JOB:
                raise InputError(
                    f"A job carries at most {_TAGS_A_JOB} tags. Nothing was changed; take one away "
                    "first."
                )
            connection.execute(
                "INSERT OR IGNORE INTO tags VALUES (?, ?, ?, ?)",
                (job_id, key, known[0] if known else name, self._database.stamp()),
            )

    def untag(self, job_id: int, text: str) -> None:
        """Take a tag away; one that is not there is no mistake."""
        key = fold(" ".join(_plain(text, "tag", TAG_LIMIT).split()))
        self._mark(job_id, "DELETE FROM tags WHERE job_id = ? AND key = ?", (job_id, key))

    def tags(self, words: str = "", limit: int = -1) -> list[tuple[str, int]]:
        """Return tags and how many jobs carry each, the most used first.

        Parameters
        ----------
        words : str
            Only those that hold this text; case does not matter.
        limit : int
            At most so many; below 0, all.
        """
        wanted = fold(words[:TAG_LIMIT].strip())
        with self._database.reading():
            found = self._database.read_all(
                "SELECT substr(MIN(text), 1, ?), COUNT(*) AS jobs FROM tags"
                " WHERE instr(key, ?) OR ? = '' GROUP BY key ORDER BY jobs DESC, key LIMIT ?",
                (TAG_LIMIT, wanted, wanted, limit),
            )
        return [(str(text), count) for text, count in map(tuple, found)]

    def mark_removed(self, job_id: int) -> tuple[str, bool]:
        """Write down that the user deletes a job's clip; its row, and its money, stay.

        Returns
        -------
        sha256 : str
            The clip.
        alone : bool
            True if no other job shows it, so that its files may be deleted.

        Raises
        ------
        LibraryError
            There is no clip, or it is deleted already.
        """
        with self._database.transaction() as connection:
            row = self._table.row(job_id)
            if row.damage:
                raise _damaged(row)
            if row.clip_sha256 is None:
                raise LibraryError(f"Job {job_id} has no clip to delete. Nothing was changed.")
            if row.removed_at is not None:
                raise LibraryError(
                    "This clip was deleted already, here or in another kernel. Nothing was "
                    "changed; what it cost stays in the ledger."
                )
            connection.execute(
                "UPDATE jobs SET removed_at = ? WHERE id = ?", (self._database.stamp(), job_id)
            )
            other = connection.execute(
                "SELECT 1 FROM jobs WHERE clip_sha256 = ? AND removed_at IS NULL",
                (row.clip_sha256,),
            ).fetchone()
            return row.clip_sha256, other is None

    # -- inside a transaction -------------------------------------------------------------

    def _mark(self, job_id: int, statement: str, values: tuple[object, ...]) -> None:
        with self._database.transaction() as connection:
            self._table.row(job_id)
            connection.execute(statement, values)


def _damaged(row: JobRow) -> LibraryError:
    return LibraryError(f"Nothing was deleted. {row.error_message}")


def _plain(text: object, what: str, limit: int) -> str:
    """Return a text as it is, markup included, or raise InputError."""
    if not isinstance(text, str):
        raise InputError(f"A {what} is a text, not {type(text).__name__}. Nothing was changed.")
    if len(text) > limit:
        raise InputError(
            f"A {what} has at most {limit:,} characters; this one has {len(text):,}. Nothing was "
            "changed."
        )
    if has_lone_surrogate(text):
        raise InputError(
            f"The {what} holds half of a character (a lone surrogate), which cannot be kept. "
            "Nothing was changed."
        )
    return text
