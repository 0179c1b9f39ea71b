"""Many clips side by side under one playhead."""

from __future__ import annotations

import contextlib
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

import traitlets
from IPython import get_ipython
from IPython.display import Image

from hailuo_widgets.errors import HailuoError, InputError
from hailuo_widgets.files import scratch
from hailuo_widgets.jobs.services import connect
from hailuo_widgets.jobs.sweep.sweep import Sweep
from hailuo_widgets.media.editing import side_by_side
from hailuo_widgets.media.store import Media
from hailuo_widgets.widgets.compare import page_state, static_view
from hailuo_widgets.widgets.compare.actions import Actions
from hailuo_widgets.widgets.compare.contents import Contents
from hailuo_widgets.widgets.compare.items import CompareItem
from hailuo_widgets.widgets.compare.media_requests import MediaRequests
from hailuo_widgets.widgets.compare.saving.film_export import Films
from hailuo_widgets.widgets.shared import headless
from hailuo_widgets.widgets.shared import static_view as shared_view
from hailuo_widgets.widgets.shared.bundle import script, style
from hailuo_widgets.widgets.shared.job_line import line_of
from hailuo_widgets.widgets.shared.rpc import in_background
from hailuo_widgets.widgets.shared.served import served_path

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from hailuo_widgets.jobs.runner.job import Job
    from hailuo_widgets.jobs.services.connect import Connections
    from hailuo_widgets.media.clip import Clip
    from hailuo_widgets.widgets.compare.state import CellWithLine, HeadState
    from hailuo_widgets.widgets.shared.rpc import Handler


class Compare(shared_view.StaticViewMixin):
    """Plays clips side by side, locked to one playhead; fills in live.

    Rows and columns are what varies between the clips, and what is equal is said once. Nothing is
    asked for by showing it: :func:`hailuo_widgets.compare` also runs what it shows.

    Parameters
    ----------
    what : Sweep, or iterable of Clip, Job or path, or dict of these by title
        What to compare; of more than 120 the first ones.
    connections : callable, optional
        What tells from which amount on a second press is wanted; default:
        :func:`hailuo_widgets.jobs.services.connect.connections`.

    Raises
    ------
    InputError
        It is none of these.

    Examples
    --------
    >>> Compare({"dawn": "dawn.mp4", "storm": "storm.mp4"})  # doctest: +SKIP
    """

    kind = "compare"
    _esm = script("compare")
    _css = style("compare")

    cells = traitlets.List(traitlets.Dict(), help="What stands in each place.").tag(sync=True)
    lines = traitlets.Dict(help="Where the jobs stand that bring the clips, by place.").tag(
        sync=True
    )
    head = traitlets.Dict(help="What is said once for all.").tag(sync=True)
    chainable = traitlets.Bool(False, help="Whether a last frame can start a next clip.").tag(
        sync=True
    )

    def __init__(
        self,
        what: object,
        *,
        connections: Callable[[], Connections] = connect.connections,
    ) -> None:
        self.sweep = what if isinstance(what, Sweep) else None
        self._contents = Contents(what)
        self._actions = Actions(
            self._contents,
            self.sweep,
            connections,
            refresh=self._refresh,
            follow=self._follow_anew,
        )
        self._served: dict[str, str] = {}
        self._ended: object = None
        self._lock = threading.RLock()
        self._stops: dict[str, Callable[[], None]] = {}
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._shown_in: int | None = None
        self._films = Films(self, self._contents.labelled_clips)
        self._media = MediaRequests(self._contents, self._films, self.later)
        self._closed = False
        super().__init__()
        self._actions.look_ahead()
        self._refresh()
        self._follow()
        if any(item.path is not None for item in self._contents.items.values()):
            in_background(self._read_files)

    # -- for Python -----------------------------------------------------------------------

    @property
    def clips(self) -> list[Clip]:
        """The clips that are here, in the order in which they are numbered."""
        return self._contents.clips()

    def run(self) -> Self:
        """Run the sweep that is shown; a refusal is a sentence in the widget.

        What the library holds costs nothing, and calling it again is harmless.
        """
        if self.sweep is not None:
            self._actions.run()
            self._follow()
            self._refresh()
        return self

    def wait(self, timeout: float | None = None) -> Self:
        """Block until every cell has ended; a failed one raises nothing, it says why in its place.

        Raises
        ------
        WaitTimeoutError
            Patience ended first; nothing else did.
        """
        if self.sweep is not None:
            self.sweep.wait(timeout)
            return self
        until = None if timeout is None else time.monotonic() + timeout
        for job in self._contents.jobs():
            left = None if until is None else max(0.0, until - time.monotonic())
            if not job.done or job.error is None:
                with contextlib.suppress(HailuoError):
                    job.wait(left)
        return self

    def __await__(self) -> Generator[Any, None, Self]:
        return self._all_here().__await__()

    async def _all_here(self) -> Self:
        for job in self._contents.jobs():
            with contextlib.suppress(HailuoError):
                await job
        return self

    def contact_sheet(self, instants: int = 6, *, width: int = 1200) -> Image:
        """Draw the same instants of all clips that are here: a row for each, on white.

        Parameters
        ----------
        instants : int
            How many, spread from the first frame to the last one of the longest clip.
        width : int
            In pixels, at most.

        Returns
        -------
        IPython.display.Image
            A JPEG that shows itself; its bytes are in ``data``.

        Raises
        ------
        InputError
            No clip is here yet, or one is missing or damaged.
        """
        clips = list(self._contents.labelled_clips().values())
        if not clips:
            raise InputError("No clip is here yet, so there is nothing to draw. Wait for one.")
        drawn = side_by_side.contact_sheet(clips, instants, width=width)
        return Image(drawn, format="jpeg")  # type: ignore[no-untyped-call]

    def on_last_frame(self, callback: Callable[[bytes], None]) -> None:
        """Offer "use last frame" at each clip, and hand its PNG to the callback, in any thread."""
        self._media.on_last_frame = callback
        self.chainable = True

    def close(self) -> None:
        """Let go of the page; jobs on their way go on."""
        # ipywidgets closes what is thrown away too, even what was never made to its end.
        if not getattr(self, "_closed", True):
            self._closed = True
            for stop in list(self._stops.values()):
                stop()
            self._films.close()
            if self._folder is not None:
                self._folder.cleanup()
        super().close()

    def draw_static_view(self) -> shared_view.MimeBundle:
        """Draw the posters side by side, with what is known of each clip."""
        with self._lock:
            cells = [{**cell, "line": self.lines.get(cell["id"], {})} for cell in self.cells]
            head = dict(self.head)
        return static_view.draw(
            cast("HeadState", head),
            cast("list[CellWithLine]", cells),
            lambda place: page_state.poster_or_nothing(self._contents.items[place]),
        )

    def show(self) -> None:
        """Show it in the cell that runs now; once, though it may also be that cell's value."""
        ip = get_ipython()
        if ip is not None:
            self._shown_in = ip.execution_count
        headless.ends_with(*self._contents.jobs())
        super()._ipython_display_()

    def _ipython_display_(self) -> None:
        ip = get_ipython()
        if ip is None or self._shown_in != ip.execution_count:
            self.show()

    # -- what follows from what -----------------------------------------------------------

    def _follow(self) -> None:
        """Hear of everything that is on its way; calling it again is harmless."""
        if self.sweep is not None:
            if "sweep" not in self._stops:
                self._stops["sweep"] = self.sweep.observe(lambda _: self._refresh())
            return
        for place, item in self._contents.items.items():
            if item.job is not None and place not in self._stops:
                self._stops[place] = item.job.observe(lambda _: self._refresh())

    def _follow_anew(self, place: str, job: Job) -> None:
        """Hear of the job that has taken the place of a cell's earlier one."""
        before = self._stops.pop(place, None)
        if before is not None:
            before()
        self._stops[place] = job.observe(lambda _: self._refresh())

    def _read_files(self) -> None:
        """Read files one after the other; called on a thread of its own."""
        try:
            folder = scratch.folder("posters")
            media = Media(Path(folder.name))
        except OSError as error:
            self._actions.trouble = (
                f"No posters can be made: {error.strerror or type(error).__name__}."
            )
            self._refresh()
            return
        self._folder = folder
        for item in self._contents.items.values():
            if self._is_closed():
                folder.cleanup()
                return
            item.read(media)
            self._refresh()

    def _is_closed(self) -> bool:
        return self._closed

    def _refresh(self) -> None:
        """Show how everything stands; called on any thread, and under locks of jobs."""
        with self._lock:
            if self._closed:
                return
            items = self._contents.items
            self.lines = {
                place: line_of(item.job) for place, item in items.items() if item.job is not None
            }
            equal, differ = page_state.compare_files(items)
            cells = [
                *(
                    page_state.cell_state(
                        place,
                        item,
                        self._contents.spots[place],
                        relpath=self._relpath(place, item),
                        about=differ.get(place, ()),
                        **self._actions.retry_state(item),
                    )
                    for place, item in items.items()
                ),
                *(
                    page_state.still_state(place, *still)
                    for place, still in self._contents.stills.items()
                ),
            ]
            self.cells = [dict(cell) for cell in cells]
            head = page_state.head_state(
                self._contents.layout,
                items,
                equal=equal,
                sweep=self.sweep,
                dry=self._actions.dry,
                left_out=self._contents.left_out,
                trouble=self._actions.trouble,
            )
            self.head = dict(head)
            ended = [
                (cell["facts"].get("sha256"), cell["note"], self._error_of(cell["id"]))
                for cell in cells
            ]
            changed, self._ended = ended != self._ended, ended
        if changed:
            self.update_static_views()

    def _error_of(self, place: str) -> str:
        line: dict[str, Any] = self.lines.get(place, {})
        return str(line.get("error", ""))

    def _relpath(self, place: str, item: CompareItem) -> str:
        if item.clip is not None and place not in self._served:
            self._served[place] = served_path(item.clip.path)
        return self._served.get(place, "")

    def begin(self) -> None:
        """Run at once, unless it costs so much that the user is asked first."""
        if self._actions.may_begin():
            self.run()
            headless.ends_with(*self._contents.jobs())

    # -- for the page ---------------------------------------------------------------------

    def handlers(self) -> dict[str, Handler]:
        """Name what the page may ask."""
        return {
            **self._media.handlers(),
            **self._actions.handlers(),
            "export": self._films.export,
            "exported": self._films.exported,
        }
