"""A library, browsable: what was made, what is on its way, and what became of it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import ipywidgets
import traitlets

from hailuo_widgets.errors import HailuoError, LibraryError
from hailuo_widgets.jobs.runner import api
from hailuo_widgets.jobs.services import connect
from hailuo_widgets.library.library import Library
from hailuo_widgets.widgets.history import job_facts as facts
from hailuo_widgets.widgets.history import static_view
from hailuo_widgets.widgets.history.queries import Queries, find_library, read_job_ids
from hailuo_widgets.widgets.player.player import Player
from hailuo_widgets.widgets.shared import static_view as shared_view
from hailuo_widgets.widgets.shared.bundle import script, style
from hailuo_widgets.widgets.shared.change_poller import EVERY_SECONDS, ChangePoller
from hailuo_widgets.widgets.shared.downloads import Downloads
from hailuo_widgets.widgets.shared.job_actions import decide
from hailuo_widgets.widgets.shared.job_line import line_of
from hailuo_widgets.widgets.shared.rpc import in_background
from hailuo_widgets.widgets.shared.thumbnails import Thumbnails
from hailuo_widgets.widgets.studio.inline_studio import WithInlineStudio
from hailuo_widgets.widgets.studio.studio import Studio

if TYPE_CHECKING:
    from collections.abc import Callable

    from hailuo_widgets.jobs.runner.job import Job
    from hailuo_widgets.jobs.runner.resumed import ResumedJobs
    from hailuo_widgets.jobs.services.connect import Connections
    from hailuo_widgets.library.ledger.history import Entry
    from hailuo_widgets.library.ledger.records import JobRow
    from hailuo_widgets.widgets.shared.rpc import Answer, Buffers, Fields, Handler

_LOOK_AT_MOST: Final = 200
_IDS_AT_MOST: Final = 1_000_000
_PICTURES_AT_MOST: Final = 24
_TWIN_ENTRIES: Final = 12
_TAGS_AT_MOST: Final = 200


class History(WithInlineStudio):
    """Everything in a library: posters, newest first, to search, open, mark, re-use and export.

    At opening, what was on its way when its kernel ended is taken up again; nothing that costs is
    sent by that. Only what is in view goes to the page.

    Parameters
    ----------
    library : Library, str or Path, optional
        Default: the library in use.
    resume : callable, optional
        What resumes the jobs that were on their way; default: :func:`hailuo_widgets.jobs.runner.api.resume`.
        Another library than the one in use is only looked at.
    generate : callable, optional
        What fetches or renders a clip again; default:
        :func:`hailuo_widgets.jobs.runner.api.generate`.
    studio : callable, optional
        What makes the Studio that a request is used in; default: :class:`Studio`.
    connections : callable, optional
        What tells which library is in use; default:
        :func:`hailuo_widgets.jobs.services.connect.connections`.
    every : float
        Seconds between two looks at the library for changes.

    Raises
    ------
    LibraryError
        There is no such library, or it cannot be used.

    Examples
    --------
    >>> History()  # doctest: +SKIP
    """

    kind = "history"
    _esm = script("history")
    _css = style("history")

    player = traitlets.Instance(Player, help="The player of the opened clip.").tag(
        sync=True, **ipywidgets.widget_serialization
    )
    name = traitlets.Unicode(help="The library's folder, without its path.").tag(sync=True)
    homecoming = traitlets.Unicode(help="What came of the jobs that were on their way.").tag(
        sync=True
    )
    facets = traitlets.Dict(help="States, tags and start frames to choose from.").tag(sync=True)
    opened = traitlets.Dict(help="The opened job; empty when none is.").tag(sync=True)
    revision = traitlets.Int(help="Grows when anything in the library has changed.").tag(sync=True)

    def __init__(
        self,
        library: Library | str | os.PathLike[str] | None = None,
        *,
        resume: Callable[[], ResumedJobs] = api.resume,
        generate: Callable[..., Job] = api.generate,
        studio: Callable[..., Studio] = Studio,
        connections: Callable[[], Connections] = connect.connections,
        every: float = EVERY_SECONDS,
    ) -> None:
        self._watch: ChangePoller | None = None
        self._library, self._in_use = find_library(library, connections().library)
        self._ledger = self._library.ledger
        self._generate = generate
        self._studio = studio
        self._jobs: dict[int, Job] = {}
        self._stops: list[Callable[[], None]] = []
        self._pictures = Thumbnails(self._library.media)
        self._queries = Queries(self._ledger, self._card)
        self._downloads = Downloads(self)
        self._open: int | None = None
        self._newest: object = None
        super().__init__(player=Player(), name=self._library.path.name)
        self.facets = self._queries.facets()
        self._watch = ChangePoller(self._ledger.change_counter, self._library_changed, every)
        self._resume = resume
        if self._in_use:
            in_background(self._resume_jobs)

    # -- for Python -----------------------------------------------------------------------

    def close(self) -> None:
        """Let go of the page; jobs on their way go on."""
        # ipywidgets closes what is thrown away too, even what was never made to its end.
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.stop()
            for stop in self._stops:
                stop()
            self._downloads.close()
            self.player.close()
            self.show_studio(None)
        super().close()

    def draw_static_view(self) -> shared_view.MimeBundle:
        """Draw the newest posters with their facts."""
        entries, total = self._ledger.history.page(limit=_TWIN_ENTRIES)
        cards = [self._card(entry) for entry in entries]
        self._newest = cards
        return static_view.draw(cards, total, self.name, self._pictures.get)

    # -- what follows from what -----------------------------------------------------------

    def _resume_jobs(self) -> None:
        """Resume what was on its way; harmless when it is resumed already."""
        try:
            came = self._resume()
        except HailuoError as error:
            self.homecoming = str(error)
            return
        for stop in self._stops:
            stop()
        self._stops = [came.observe(self._show_resumed)]
        for job in came.jobs:
            self._follow(job)

    def _follow(self, job: Job) -> None:
        if job.row_id is not None:
            with self._lock:
                self._jobs[job.row_id] = job
            # Not under the lock: an observer is called under one of the job's own.
            self._stops.append(job.observe(self._job_changed))

    def _show_resumed(self, came: ResumedJobs) -> None:
        """Show how many resumed jobs have ended; called on the background thread."""
        self.homecoming = came.sentence

    def _job_changed(self, job: Job) -> None:
        """Show what the ledger does not know of the opened job; called on the background thread."""
        with self._lock:
            if self._open is not None and job.row_id == self._open:
                self._show(self._open)

    def _library_changed(self) -> None:
        """Show what has changed; called on the watch's thread."""
        with self._lock:
            self.facets = self._queries.facets()
            if self._open is not None:
                self._show(self._open)
            self.revision += 1
        entries, _ = self._ledger.history.page(limit=_TWIN_ENTRIES)
        cards = [self._card(entry) for entry in entries]
        with self._lock:  # a press and the poller may notice the same change
            changed, self._newest = cards != self._newest, cards
        if changed:
            self.update_static_views()

    def _card(self, entry: Entry) -> dict[str, Any]:
        job = self._jobs.get(entry.row.id)
        words = job.detail if job is not None and not job.done else ""
        return facts.card_of(entry, executing=self._is_executing(entry.row), words=words)

    def _is_executing(self, row: JobRow) -> bool:
        return facts.is_executing(row, self._library.holder.is_alive)

    def _show(self, job_id: int) -> None:
        """Show a job opened, as it stands now."""
        entry = self._queries.entry(job_id)
        row = entry.row
        clip = None
        if row.clip_sha256 is not None and row.removed_at is None:
            clip = self._library.clip(row.clip_sha256, prompt=entry.prompt, service=row.service)
        job = self._jobs.get(job_id)
        self.opened = facts.details_of(
            entry,
            self._ledger.jobs.transitions(job_id),
            here=clip is not None,
            executing=self._is_executing(row),
            line=None if job is None or job.clip is not None else line_of(job),
            now=datetime.now(UTC),
        )
        if clip != self.player.clip:
            self.player.clip = clip

    # -- for the page ---------------------------------------------------------------------

    def handlers(self) -> dict[str, Handler]:
        """Name what the page may ask."""
        return {
            **self._queries.handlers(),
            "export": self._export,
            "backup": self._backup,
            "piece": self._downloads.piece,
            "exported": self._downloads.exported,
            "pictures": self._send_pictures,
            "open": self._open_job,
            "close": self._close_job,
            "star": self._marking(
                lambda job_id, of: self._ledger.annotations.star(job_id, bool(of.get("on")))
            ),
            "note": self._marking(
                lambda job_id, of: self._ledger.annotations.note(job_id, of.get("text", ""))
            ),
            "tag": self._marking(
                lambda job_id, of: self._ledger.annotations.tag(job_id, of.get("text", ""))
            ),
            "untag": self._marking(
                lambda job_id, of: self._ledger.annotations.untag(job_id, of.get("text", ""))
            ),
            "remove": self._marking(lambda job_id, _: self._library.remove_clip(job_id)),
            "fetch": self._fetch,
            "decide": self._decided,
            "reuse": self._reuse,
            "close_studio": self._close_studio,
        }

    def _export(self, fields: Fields, _: Buffers) -> None:
        ids = read_job_ids(fields.get("jobs"))
        self._downloads.prepare(
            fields, _zip_name("hailuo-export"), lambda path, _: self._library.export(ids, path)
        )

    def _backup(self, fields: Fields, _: Buffers) -> None:
        self._downloads.prepare(
            fields, _zip_name("hailuo-library"), lambda path, _: self._library.backup(path)
        )

    def _send_pictures(self, fields: Fields, _: Buffers) -> None:
        given = fields.get("keys")
        keys = [str(key) for key in given[:_PICTURES_AT_MOST]] if isinstance(given, list) else []
        # Large start frames take a while to make small, and the kernel stays free.
        self.later(fields, lambda: ({}, [self._pictures.get(key) for key in keys]))

    def _open_job(self, fields: Fields, _: Buffers) -> Answer:
        job_id = self._queries.entry(fields.get("job")).row.id
        with self._lock:
            self._open = job_id
            self._show(job_id)
        if self.opened["mark"] in {"unknown", "idle"} and job_id not in self._jobs and self._in_use:
            # It needs the user's word, and came to that after this was drawn.
            in_background(self._resume_jobs)
        return {}, []

    def _close_job(self, _: Fields, __: Buffers) -> Answer:
        with self._lock:
            self._open = None
            self.opened = {}
            self.player.clip = None
        return {}, []

    def _marking(self, mark: Callable[[int, Fields], object]) -> Handler:
        """Answer a question that changes one job."""

        def handler(fields: Fields, _: Buffers) -> Answer:
            mark(self._queries.entry(fields.get("job")).row.id, fields)
            # The watch would see it too, a little later.
            self._library_changed()
            return {}, []

        return handler

    def _fetch(self, fields: Fields, _: Buffers) -> Answer:
        row = self._queries.entry(fields.get("job")).row
        if not self._in_use:
            raise LibraryError(
                "This is not the library in use, so nothing is asked for from here. Nothing was "
                "sent. Begin with hw.connect(library=...)."
            )
        here = row.clip_sha256 is not None and row.removed_at is None
        if not facts.fetching(row, here=here, executing=False, now=datetime.now(UTC)):
            raise LibraryError("This clip cannot be had again at no cost. Nothing was sent.")
        request = self._library.request_of(row)
        job = self._generate(
            request.image,
            request.prompt,
            request.end_image,
            request.enable_prompt_expansion,
            take=row.take,
            service=row.service,
        )
        self._follow(job)
        self._library_changed()
        return {}, []

    def _decided(self, fields: Fields, _: Buffers) -> Answer:
        job = self._jobs.get(self._queries.entry(fields.get("job")).row.id)
        if job is None:
            raise LibraryError("This kernel does not follow that job. Nothing was done.")
        after = decide(job, fields)
        if after is not job:
            self._follow(after)
        self._library_changed()
        return {}, []

    def _reuse(self, fields: Fields, _: Buffers) -> Answer:
        request = self._library.request_of(self._queries.entry(fields.get("job")).row)
        made = self._studio(
            request.image, request.prompt, request.end_image, request.enable_prompt_expansion
        )
        self.show_studio(made)
        return {}, []


def _zip_name(stem: str) -> str:
    return f"{stem}-{datetime.now():%Y-%m-%d-%H%M}.zip"  # noqa: DTZ005  the user's clock
