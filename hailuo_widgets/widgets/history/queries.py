"""What the page asks of a library's history: which jobs, how many, their tags and pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.library.ledger.history import Filter
from hailuo_widgets.library.library import Library, folder_of
from hailuo_widgets.widgets.history import job_facts as facts

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from hailuo_widgets.library.ledger.history import Entry
    from hailuo_widgets.library.ledger.ledger import Ledger
    from hailuo_widgets.widgets.shared.rpc import Answer, Buffers, Fields, Handler

_MOST_CARDS: Final = 200
_MOST_IDS: Final = 1_000_000
_MOST_TAGS: Final = 200


class Queries:
    """Handlers of what a page asks about a library; they change nothing.

    Parameters
    ----------
    draw_card : callable
        Returns a job's card as the page shows it.
    """

    def __init__(self, ledger: Ledger, draw_card: Callable[[Entry], dict[str, Any]]) -> None:
        self._ledger = ledger
        self._draw_card = draw_card
        self._counted: tuple[object, int] | None = None

    def handlers(self) -> dict[str, Handler]:
        """Return the handlers by the kind of question."""
        return {"look": self._send_cards, "ids": self._send_ids, "tags": self._send_tags}

    def facets(self) -> dict[str, Any]:
        """Return the states, tags and start frames that the page can choose from."""
        tags = self._tags("")
        return {
            "states": [{"key": key, "label": label} for key, (label, _) in facts.GROUPS.items()],
            "tags": tags[:_MOST_TAGS],
            "more_tags": len(tags) > _MOST_TAGS,
            "frames": [
                {"sha256": frame.sha256, "name": frame.name, "count": frame.jobs}
                for frame in self._ledger.history.frames()
            ],
        }

    def entry(self, job_id: object) -> Entry:
        """Return one job with its request.

        Raises
        ------
        LibraryError
            The library has no such job.
        """
        found = self._ledger.history.entries(read_job_ids([job_id]))
        if not found:
            raise LibraryError("There is no such job in this library.")
        return found[0]

    def _send_cards(self, fields: Fields, _: Buffers) -> Answer:
        offset, limit = _read_span(fields, _MOST_CARDS)
        wanted = _read_filter(fields)
        entries, total = self._ledger.history.page(wanted, offset=offset, limit=limit)
        everything = total if wanted == Filter() else self._count()
        cards = [self._draw_card(entry) for entry in entries]
        return {"total": total, "all": everything, "cards": cards}, []

    def _send_ids(self, fields: Fields, _: Buffers) -> Answer:
        offset, limit = _read_span(fields, _MOST_IDS)
        ids = self._ledger.history.ids(_read_filter(fields))
        return {"ids": ids[offset : offset + limit]}, []

    def _send_tags(self, fields: Fields, _: Buffers) -> Answer:
        return {"tags": self._tags(str(fields.get("words") or ""))[:_MOST_TAGS]}, []

    def _tags(self, words: str) -> list[dict[str, Any]]:
        """Return the most used tags that hold a text, one more than the page shows."""
        found = self._ledger.annotations.tags(words, _MOST_TAGS + 1)
        return [{"text": text, "count": count} for text, count in found]

    def _count(self) -> int:
        """Return the number of all jobs; counted anew only after a change."""
        pulse = self._ledger.change_counter()
        if self._counted is None or self._counted[0] != pulse:
            self._counted = pulse, self._ledger.history.page(limit=0)[1]
        return self._counted[1]


def find_library(
    given: Library | str | os.PathLike[str] | None, used: Library
) -> tuple[Library, bool]:
    """Return the library, and whether it is the one in use.

    Raises
    ------
    LibraryError
        There is none in that folder.
    """
    if given is None:
        return used, True
    if isinstance(given, Library):
        return given, given.path == used.path
    folder = folder_of(given)
    if not folder.is_dir():
        raise LibraryError(
            f"There is no library in {folder.name}. Nothing was made. Give the folder of one, or "
            "none for the library in use."
        )
    return (used, True) if used.path == folder else (Library(folder), False)


def read_job_ids(given: object) -> list[int]:
    """Return what can be the ids of jobs; SQLite counts to 2**63."""
    asked: list[object] = given if isinstance(given, list) else []
    return [each for each in asked if type(each) is int and 0 < each < 2**63]


def _read_filter(fields: Fields) -> Filter:
    """Return what the page wants to see; a value that is not valid leaves nothing out."""
    given = fields.get("filter")
    asked: dict[str, Any] = given if isinstance(given, dict) else {}

    def text(name: str) -> str:
        return str(asked.get(name) or "")

    return Filter(
        words=text("words").strip(),
        states=facts.by_state(text("state")),
        service=text("service") or None,
        frame=text("frame") or None,
        starred=bool(asked.get("starred")),
        tag=text("tag") or None,
    )


def _read_span(fields: Fields, at_most: int) -> tuple[int, int]:
    offset, limit = fields.get("offset"), fields.get("limit")
    if not isinstance(offset, int) or not isinstance(limit, int):
        return 0, 0
    return max(0, offset), min(max(0, limit), at_most)
