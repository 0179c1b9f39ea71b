"""Many clips side by side under one playhead."""

from __future__ import annotations

import contextlib
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import traitlets
from IPython import get_ipython
from IPython.display import Image

from hailuo_widgets.errors import HailuoError, InputError, LibraryError
from hailuo_widgets.files import scratch
from hailuo_widgets.jobs.services import connect
from hailuo_widgets.jobs.sweep.sweep import Sweep
from hailuo_widgets.media.clip import gone, last_frame, read_facts
from hailuo_widgets.media.editing import side_by_side
from hailuo_widgets.media.formats.open_media import NotAVideoError
from hailuo_widgets.media.store import Media
from hailuo_widgets.money import dollars
from hailuo_widgets.widgets.compare import page_state, static_view
from hailuo_widgets.widgets.compare.film_export import Films
from hailuo_widgets.widgets.compare.items import MOST, Item, items_of
from hailuo_widgets.widgets.compare.layout import lay_out
from hailuo_widgets.widgets.compare.scrub_frames import ScrubFrames
from hailuo_widgets.widgets.shared import headless
from hailuo_widgets.widgets.shared import static_view as shared_view
from hailuo_widgets.widgets.shared.bundle import script, style
from hailuo_widgets.widgets.shared.job_actions import decide
from hailuo_widgets.widgets.shared.job_line import line_of
from hailuo_widgets.widgets.shared.quote import question, require_agreement
from hailuo_widgets.widgets.shared.served import served_path
from hailuo_widgets.widgets.shared.threads import in_background
from hailuo_widgets.widgets.shared.transfer import read_piece

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from decimal import Decimal

    from hailuo_widgets.jobs.runner.job import Job
    from hailuo_widgets.jobs.services.connect import Connections
    from hailuo_widgets.jobs.sweep.dry_run import DryRun
    from hailuo_widgets.media.clip import Clip
    from hailuo_widgets.request.sweep.grid import Skip, Words
    from hailuo_widgets.request.sweep.images import Sources
    from hailuo_widgets.widgets.shared.rpc import Answer, Buffers, Fields, Handler


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
        items = items_of(what)
        self.sweep = what if isinstance(what, Sweep) else None
        self._connections = connections
        self._layout = lay_out([item.values for item in items[:MOST]])
        order = sorted(
            range(len(self._layout.spots)),
            key=lambda at: (self._layout.spots[at].row, self._layout.spots[at].column),
        )
        self._items = {f"c{number}": items[at] for number, at in enumerate(order, 1)}
        self._spots = {f"c{number}": self._layout.spots[at] for number, at in enumerate(order, 1)}
        self._left_out = len(items) - len(self._items)
        self._stills = page_state.stills_of(self._items.values())
        self._served: dict[str, str] = {}
        self._trouble = ""
        self._dry: DryRun | None = None
        self._ended: object = None
        self._lock = threading.RLock()
        self._stops: dict[str, Callable[[], None]] = {}
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._on_last_frame: Callable[[bytes], None] | None = None
        self._shown_in: int | None = None
        self._films = Films(self, self._filmable)
        self._flipbooks = ScrubFrames()
        self._closed = False
        super().__init__()
        if self.sweep is not None:
            self._look_ahead()
        self._refresh()
        self._follow()
        if any(item.path is not None for item in self._items.values()):
            in_background(self._read_files)

    # -- for Python -----------------------------------------------------------------------

    @property
    def clips(self) -> list[Clip]:
        """The clips that are here, in the order in which they are numbered."""
        return [item.clip for item in self._items.values() if item.clip is not None]

    def run(self) -> Self:
        """Run the sweep that is shown; a refusal is a sentence in the widget.

        What the library holds costs nothing, and calling it again is harmless.
        """
        if self.sweep is not None:
            try:
                self.sweep.run()
            except HailuoError as error:
                self._trouble = str(error)
            else:
                self._trouble = ""
            self._look_ahead()
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
        for job in self._jobs():
            left = None if until is None else max(0.0, until - time.monotonic())
            if not job.done or job.error is None:
                with contextlib.suppress(HailuoError):
                    job.wait(left)
        return self

    def __await__(self) -> Generator[Any, None, Self]:
        return self._all_here().__await__()

    async def _all_here(self) -> Self:
        for job in self._jobs():
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
        clips = list(self._filmable().values())
        if not clips:
            raise InputError("No clip is here yet, so there is nothing to draw. Wait for one.")
        drawn = side_by_side.contact_sheet(clips, instants, width=width)
        return Image(drawn, format="jpeg")  # type: ignore[no-untyped-call]

    def on_last_frame(self, callback: Callable[[bytes], None]) -> None:
        """Offer "use last frame" at each clip, and hand its PNG to the callback, in any thread."""
        self._on_last_frame = callback
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

    def twin(self) -> shared_view.Bundle:
        """Draw the posters side by side, with what is known of each clip."""
        with self._lock:
            merged = [{**cell, "line": self.lines.get(cell["id"], {})} for cell in self.cells]
            head = dict(self.head)
        return static_view.draw(
            head, merged, lambda place: page_state.poster_or_nothing(self._items[place])
        )

    def show(self) -> None:
        """Show it in the cell that runs now; once, though it may also be that cell's value."""
        ip = get_ipython()
        if ip is not None:
            self._shown_in = ip.execution_count
        headless.ends_with(*self._jobs())
        super()._ipython_display_()

    def _ipython_display_(self) -> None:
        ip = get_ipython()
        if ip is None or self._shown_in != ip.execution_count:
            self.show()

    # -- what follows from what -----------------------------------------------------------

    def _jobs(self) -> list[Job]:
        return [item.job for item in self._items.values() if item.job is not None]

    def _follow(self) -> None:
        """Hear of everything that is on its way; calling it again is harmless."""
        if self.sweep is not None:
            if "sweep" not in self._stops:
                self._stops["sweep"] = self.sweep.observe(lambda _: self._refresh())
            return
        for place, item in self._items.items():
            if item.job is not None and place not in self._stops:
                self._stops[place] = item.job.observe(lambda _: self._refresh())

    def _look_ahead(self) -> None:
        """Find out what running the rest would cost."""
        if self.sweep is None:
            return
        try:
            self._dry = self.sweep.dry_run()
        except HailuoError as error:
            self._dry, self._trouble = None, str(error)

    def _read_files(self) -> None:
        """Read files one after the other; called on a thread of its own."""
        try:
            folder = scratch.folder("posters")
            media = Media(Path(folder.name))
        except OSError as error:
            self._trouble = f"No posters can be made: {error.strerror or type(error).__name__}."
            self._refresh()
            return
        self._folder = folder
        for item in self._items.values():
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
            self.lines = {
                place: line_of(item.job)
                for place, item in self._items.items()
                if item.job is not None
            }
            equal, differ = page_state.files_of(self._items)
            self.cells = [
                *(
                    page_state.cell_of(
                        place,
                        item,
                        self._spots[place],
                        relpath=self._relpath(place, item),
                        about=differ.get(place, ()),
                        **self._retry(item),
                    )
                    for place, item in self._items.items()
                ),
                *(page_state.still_of(place, *still) for place, still in self._stills.items()),
            ]
            self.head = {
                **page_state.head_of(self._layout, self._items, equal),
                **page_state.start_of(self.sweep, self._dry),
                "money": page_state.money_of(self._items, self._dry, self._left_out),
                "trouble": self._trouble,
            }
            ended = [
                (cell["facts"].get("sha256"), cell["note"], self._error_of(cell["id"]))
                for cell in self.cells
            ]
            changed, self._ended = ended != self._ended, ended
        if changed:
            self.update_twins()

    def _error_of(self, place: str) -> str:
        line: dict[str, Any] = self.lines.get(place, {})
        return str(line.get("error", ""))

    def _relpath(self, place: str, item: Item) -> str:
        if item.clip is not None and place not in self._served:
            self._served[place] = served_path(item.clip.path)
        return self._served.get(place, "")

    def _retry(self, item: Item) -> dict[str, str]:
        """Return the words of the button that tries a failed cell again, and what it asks first."""
        price = self._price(item)
        words = page_state.retry_words(item, price)
        return {"retry": words, "confirm": self._question(item, price) if words else ""}

    def _price(self, item: Item) -> Decimal | None:
        """Say what one more try of a failed cell costs; None where it is not known."""
        if item.job is None or item.job.error is None:
            return None
        with contextlib.suppress(HailuoError):
            return self._connections().named(item.job.service).price
        return None

    def _question(self, item: Item, price: Decimal | None) -> str:
        """Return what is asked before a failed cell is tried again; empty: nothing."""
        if item.job is None or not price:
            return ""
        return question(1, price, self._connections().named(item.job.service).confirm_above)

    def _begin(self) -> None:
        """Run at once, unless it costs so much that a person is asked first."""
        dry = self._dry
        if self.sweep is None or dry is None:
            return
        limit = self._connections().named(self.sweep.service).confirm_above
        if dry.total <= limit:
            self.run()
            headless.ends_with(*self._jobs())

    # -- for the page ---------------------------------------------------------------------

    def questions(self) -> dict[str, Handler]:
        """Name what the page may ask."""
        return {
            "piece": self._send_piece,
            "poster": self._send_poster,
            "picture": self._send_picture,
            "flipbook": self._send_flipbook,
            "examine": self._examine,
            "run": self._run_pressed,
            "pause": self._pause_pressed,
            "resume": self._run_pressed,
            "retry": self._retry_pressed,
            "decide": self._decided,
            "last_frame": self._use_last_frame,
            "export": self._films.export,
            "exported": self._films.exported,
            "now": lambda _, __: ({"now": time.time()}, []),
        }

    def _filmable(self) -> dict[str, tuple[Path, str]]:
        return {
            place: (item.clip.path, f"{place[1:]} · {self._spots[place].title}")
            for place, item in self._items.items()
            if item.clip is not None
        }

    def _send_piece(self, fields: Fields, buffers: Buffers) -> Answer:
        if "parcel" in fields:
            return self._films.piece(fields, buffers)
        clip = self._clip(fields)
        if fields.get("sha256") != clip.sha256:
            raise LibraryError("Another clip is shown meanwhile.")
        try:
            return {}, [read_piece(clip.path, fields.get("offset"), fields.get("length"))]
        except (OSError, ValueError):
            raise gone(clip) from None

    def _send_poster(self, fields: Fields, _: Buffers) -> None:
        item = self._item(fields)
        # Large start frames take a while to make small, and the kernel stays free.
        self.later(fields, lambda: ({}, [page_state.poster_of(item)]))

    def _send_picture(self, fields: Fields, _: Buffers) -> None:
        still = self._stills.get(str(fields.get("cell")))
        if still is None:
            raise LibraryError("There is no such picture here.")
        self.later(fields, lambda: ({}, [page_state.still_bytes(still[0])]))

    def _send_flipbook(self, fields: Fields, _: Buffers) -> None:
        clip = self._clip(fields)
        self.later(fields, lambda: self._flipbooks.pages(clip, fields))

    def _examine(self, fields: Fields, _: Buffers) -> None:
        """Find out why the page could not play a clip."""
        clip = self._clip(fields)

        def work() -> Answer:
            if not clip.path.is_file():
                raise gone(clip)
            try:
                read_facts(clip.path)
            except NotAVideoError as error:
                return {"sentence": f"The clip's file is damaged: {error}."}, []
            return {
                "sentence": "The clip's file is whole, but this browser cannot play its coding."
            }, []

        self.later(fields, work)

    def _run_pressed(self, fields: Fields, _: Buffers) -> Answer:
        if self.sweep is None:
            raise InputError("There is nothing to run here.")
        self._look_ahead()
        if self._dry is None:
            self._refresh()
            raise InputError(f"{self._trouble} Nothing was sent.")
        now = dollars(self._dry.total)
        try:
            # Running the cell was the first word where it costs much: nothing began by itself.
            require_agreement(fields, shown=fields.get("amount") or dollars(Decimal(0)), now=now)
        except InputError:
            self._refresh()
            raise
        self.run()
        return {}, []

    def _pause_pressed(self, _: Fields, __: Buffers) -> Answer:
        if self.sweep is not None:
            self.sweep.pause()
            self._look_ahead()
            self._refresh()
        return {}, []

    def _retry_pressed(self, fields: Fields, _: Buffers) -> Answer:
        item = self._item(fields)
        price, job = self._price(item), item.job
        words = page_state.retry_words(item, price)
        if not words or job is None:
            raise InputError("This cell has moved on meanwhile. Nothing was sent.")
        if fields.get("words") != words:
            self._refresh()
            raise InputError(f"The button now says “{words}”. Nothing was sent. Press it again.")
        require_agreement(fields, shown=words, now=words, confirm=self._question(item, price))
        charged = job.cost
        if self.sweep is not None and item.cell is not None:
            self.sweep.retry(item.cell.index, price=price)
        else:
            self._go_on_with(str(fields.get("cell")), job.send_again(price=price))
        item.earlier += charged
        self._refresh()
        return {}, []

    def _decided(self, fields: Fields, _: Buffers) -> Answer:
        item = self._item(fields)
        if item.job is None:
            raise InputError("This cell has moved on meanwhile. Nothing was done.")
        now = decide(item.job, fields)
        if now is not item.job:
            self._go_on_with(str(fields.get("cell")), now)
        self._refresh()
        return {}, []

    def _go_on_with(self, place: str, job: Job) -> None:
        item = self._items[place]
        if self.sweep is not None and item.cell is not None:
            # The ledger learns it too, so that a later kernel's sweep shows the same take.
            self.sweep.go_on_with(item.cell.index, job)
            return
        item.job = job
        before = self._stops.pop(place, None)
        if before is not None:
            before()
        self._stops[place] = job.observe(lambda _: self._refresh())

    def _use_last_frame(self, fields: Fields, _: Buffers) -> Answer:
        clip = self._clip(fields)
        if self._on_last_frame is not None:
            try:
                picture = last_frame(clip.path)
            except (OSError, ValueError):
                raise gone(clip) from None
            self._on_last_frame(picture)
        return {}, []

    def _item(self, fields: Fields) -> Item:
        item = self._items.get(str(fields.get("cell")))
        if item is None:
            raise LibraryError("There is no such cell here.")
        return item

    def _clip(self, fields: Fields) -> Clip:
        clip = self._item(fields).clip
        if clip is None:
            raise LibraryError("This clip is not here yet.")
        return clip


def compare(
    image: Sources,
    prompts: str | Sequence[str] = "",
    *,
    end_image: Sources | None = None,
    enable_prompt_expansion: bool | Sequence[bool] = True,
    takes: int | Sequence[int] = 1,
    skip: Skip | None = None,
    service: str | None = None,
    **variables: Words,
) -> Compare:
    """Shoot the same picture by several prompts, and see the clips side by side.

    The grid is drawn at once, with price and time of the whole, and fills in as the clips come.
    Drafts are free and start by themselves. So do paid clips of at most ``confirm_above`` dollars in
    all ($2.00 unless :func:`hailuo_widgets.connect` says otherwise); more waits for a press on the
    button that names the price. What the library holds costs nothing.

    Parameters
    ----------
    image, end_image, enable_prompt_expansion, takes, skip, service, **variables
        As for :class:`hailuo_widgets.Sweep`.
    prompts : str or list of str
        One text each, or templates such as ``"{move}, {light}"`` with ``move=[...]``.

    Returns
    -------
    Compare
        ``grid.wait()`` or ``await grid`` ends when every clip is here or has failed;
        ``grid.clips`` are the clips and ``grid.sweep`` is the sweep.

    Raises
    ------
    FrameError, PromptError, InputError
        The requests cannot be sent.

    Examples
    --------
    >>> compare("frame.jpg", ["slow push in, dawn", "slow push in, storm light"])  # doctest: +SKIP
    """
    sweep = Sweep(
        image,
        prompts,
        end_image=end_image,
        enable_prompt_expansion=enable_prompt_expansion,
        takes=takes,
        skip=skip,
        service=service,
        **variables,
    )
    made = Compare(sweep)
    # Asking takes no time, and what the library holds is there when the page first draws it.
    made._begin()  # noqa: SLF001  the other half of this function
    if shared_view.in_kernel():
        made.show()
    return made
