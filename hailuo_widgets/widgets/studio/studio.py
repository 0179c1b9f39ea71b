"""The finished tool: pictures and a prompt in, a clip out."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import ipywidgets
import traitlets
from IPython import get_ipython

from hailuo_widgets.errors import FrameError, HailuoError, InputError, LibraryError, PromptError
from hailuo_widgets.files.user_path import file_of
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.jobs.runner import api
from hailuo_widgets.jobs.services import connect
from hailuo_widgets.media.clip import Clip
from hailuo_widgets.media.provenance import embed
from hailuo_widgets.prompt.camera import with_command
from hailuo_widgets.request.video_request import VideoRequest
from hailuo_widgets.service import PROMPT_LIMIT
from hailuo_widgets.widgets import display
from hailuo_widgets.widgets.frame_well.frame_well import FrameWell
from hailuo_widgets.widgets.player.player import Player
from hailuo_widgets.widgets.shared import headless, static_view
from hailuo_widgets.widgets.shared.bundle import script, style
from hailuo_widgets.widgets.shared.form_jobs import FormJobs
from hailuo_widgets.widgets.shared.quote import MOST_TAKES, accept, offer_of
from hailuo_widgets.widgets.shot_preview.shot_preview import ShotPreview
from hailuo_widgets.widgets.studio import prompt_hints
from hailuo_widgets.widgets.studio.restore_request import take_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from decimal import Decimal

    from hailuo_widgets.frame.frame import FrameSource
    from hailuo_widgets.jobs.runner.job import Job
    from hailuo_widgets.jobs.runner.resumed import ResumedJobs
    from hailuo_widgets.jobs.services.connect import Connection, Connections
    from hailuo_widgets.jobs.services.preview_client import Previewer
    from hailuo_widgets.library.ledger.records import JobRow
    from hailuo_widgets.media.provenance.provenance import Provenance
    from hailuo_widgets.widgets.shared.rpc import Answer, Buffers, Fields, Handler

_SAMPLE_FOLDER: Final = "images"
_SAMPLES_SHOWN: Final = 6
_PICTURES: Final = frozenset({".jpg", ".jpeg", ".png"})


class Studio(static_view.StaticViewMixin):
    """The form: a start frame, perhaps an end image, a prompt; then drafts, free, and clips.

    Parameters
    ----------
    image, end_image : path, URL, bytes, data URI, Path, PIL image, array or Frame, optional
        The pictures to begin with.
    prompt : str
        The prompt to begin with.
    enable_prompt_expansion : bool
        Whether the service may rewrite the prompt (and checks it for safety).
    samples : iterable of path, optional
        Pictures offered at a press; default: those of the folder ``images`` beside the notebook.
    generate : callable, optional
        What starts a job; default: :func:`hailuo_widgets.jobs.runner.api.generate`.
    generate_takes : callable, optional
        What starts several takes, all or none; default:
        :func:`hailuo_widgets.jobs.runner.api.generate_takes`, or `generate` for each where that is
        given.
    connections : callable, optional
        What tells whether a paid service is connected; default:
        :func:`hailuo_widgets.jobs.services.connect.connections`.
    resume : callable, optional
        What brings home the jobs of earlier kernels; default:
        :func:`hailuo_widgets.jobs.runner.api.resume`.
    previewer : callable, optional
        What looks ahead at a draft; default: :func:`hailuo_widgets.jobs.runner.api.previewer`.

    Examples
    --------
    >>> studio = Studio("frame.jpg", "slow push in, golden hour")  # doctest: +SKIP
    >>> studio.run().wait()  # doctest: +SKIP
    """

    kind = "studio"
    _esm = script("studio")
    _css = style("studio")

    start = traitlets.Instance(FrameWell, help="The well of the start frame.").tag(
        sync=True, **ipywidgets.widget_serialization
    )
    end = traitlets.Instance(FrameWell, help="The well of the end image.").tag(
        sync=True, **ipywidgets.widget_serialization
    )
    preview = traitlets.Instance(ShotPreview, help="The look ahead at the draft.").tag(
        sync=True, **ipywidgets.widget_serialization
    )
    player = traitlets.Instance(Player, help="The player of the newest clip.").tag(
        sync=True, **ipywidgets.widget_serialization
    )
    prompt = traitlets.Unicode(help="The prompt, as it would be sent.").tag(sync=True)
    enable_prompt_expansion = traitlets.Bool(
        True, help="Whether the service may rewrite the prompt and checks it for safety."
    ).tag(sync=True)
    limit = traitlets.Int(PROMPT_LIMIT, help="Code points a prompt may have.").tag(sync=True)
    chips = traitlets.List(traitlets.Dict(), help="The camera commands, grouped.").tag(sync=True)
    moves = traitlets.Dict(help="Commands the prompt asks for, and how.").tag(sync=True)
    hints = traitlets.List(traitlets.Dict(), help="What to know about the prompt.").tag(sync=True)
    blocker = traitlets.Unicode(help="Why nothing can be run now; empty when it can.").tag(
        sync=True
    )
    paid = traitlets.Dict(help="What the paid service offers; empty without one.").tag(sync=True)
    takes = traitlets.Int(1, min=1, max=MOST_TAKES, help="Paid takes at one press.").tag(sync=True)
    homecoming = traitlets.Unicode(help="What became of the jobs of earlier kernels.").tag(
        sync=True
    )
    lines = traitlets.List(
        traitlets.Dict(), help="The jobs on their way, and the last one that ended."
    ).tag(sync=True)
    clips = traitlets.List(traitlets.Dict(), help="This session's clips, oldest first.").tag(
        sync=True
    )

    def __init__(
        self,
        image: FrameSource | None = None,
        prompt: str = "",
        end_image: FrameSource | None = None,
        enable_prompt_expansion: bool = True,
        *,
        samples: Iterable[str | Path] | None = None,
        generate: Callable[..., Job] = api.generate,
        generate_takes: Callable[..., list[Job]] | None = None,
        connections: Callable[[], Connections] = connect.connections,
        resume: Callable[[], ResumedJobs] = api.resume,
        previewer: Callable[..., Previewer] = api.previewer,
    ) -> None:
        self._generate = generate
        together = api.generate_takes if generate is api.generate else _each_by(generate)
        self._generate_takes = generate_takes or together
        self._connections = connections
        self._lock = threading.RLock()
        self._trouble = ""
        self._jobs = FormJobs(self._heard)
        self._made: dict[str, Clip] = {}
        pictures = _beside_the_notebook() if samples is None else samples
        start = FrameWell(image, label="Start frame", samples=pictures)
        end = FrameWell(end_image, label="End image", optional=True)
        super().__init__(
            start=start,
            end=end,
            preview=ShotPreview(previewer),
            player=Player(),
            prompt=prompt,
            enable_prompt_expansion=enable_prompt_expansion,
            chips=prompt_hints.chips(),
        )
        display.install()
        self.player.on_last_frame(self.start.set)
        self.preview.on_preview(self._looked_ahead)
        start.on_clip(self._take_up)
        start.on_frame(lambda _: self._review())
        end.on_frame(lambda _: self._review())
        self._review()
        self.refresh()
        api.warm_up()
        self._bring_home(resume)
        # Any cell may connect to the paid service or change its budget.
        self._shell = get_ipython()
        if self._shell is not None:
            self._shell.events.register("post_run_cell", self._cell_has_run)

    # -- for Python -----------------------------------------------------------------------

    @classmethod
    def from_clip(cls, clip: Clip | str | os.PathLike[str], **options: Any) -> Studio:
        """Open a form with a clip's request in it, as dropping its file on the form does.

        Parameters
        ----------
        clip : Clip or path
            A clip of the library, or an MP4 that this kit has made.
        **options
            As for the class.

        Raises
        ------
        InputError
            The file holds no request.
        LibraryError
            It cannot be read.
        """
        if isinstance(clip, Clip):
            path, origin = clip.path, clip.provenance()
        else:
            path = file_of(clip)
            origin = embed.read_file(path)
        studio = cls(**options)
        studio._take_up(origin, path.name)
        return studio

    @property
    def job(self) -> Job | None:
        """The job started last."""
        return self._jobs.newest

    def run(self, service: str = connect.EMULATOR, *, take: int | Literal["another"] = 1) -> Job:
        """Start a job with what the form holds; returns at once.

        Parameters
        ----------
        service : "emulator" or "wavespeed"
            A free draft, or the paid service.
        take : int or "another"
            Which try of this request; ``"another"`` is the next one that nobody has asked for.

        Raises
        ------
        FrameError, PromptError, BudgetError, InputError, LibraryError
            As :func:`hailuo_widgets.generate` does; nothing was sent then.
        """
        paid = self._connections().paid if service == connect.WAVESPEED else None
        return self._run_at(None if paid is None else paid.price, service, take)

    def _run_at(self, price: Decimal | None, service: str, take: int | Literal["another"]) -> Job:
        job = self._generate(*self._request(), take=take, service=service, price=price)
        self._jobs.follow(job)
        headless.ends_with(job)
        return job

    def _request(self) -> tuple[Frame, str, Frame | None, bool]:
        """Return the four fields of the request as the form holds them."""
        if self.start.frame is None:
            raise FrameError("There is no start frame yet. Nothing was sent.")
        return self.start.frame, self.prompt, self.end.frame, self.enable_prompt_expansion

    def close(self) -> None:
        """Let go of the page; jobs on their way go on."""
        if self._shell is not None:
            with contextlib.suppress(ValueError):
                self._shell.events.unregister("post_run_cell", self._cell_has_run)
        self.preview.close()
        super().close()

    def refresh(self) -> None:
        """Look again at what is connected and what is left of the budget."""
        with self._lock:
            try:
                paid = self._connections().paid
                offer = offer_of(paid, self._takes_at(paid), self.takes)
            except LibraryError as error:
                offer, self._trouble = {}, str(error)
            else:
                self._trouble = ""
            self.paid = offer
            self.blocker = self._why_not()

    def twin(self) -> static_view.Bundle:
        """Draw the form's static twin: its newest job, or what it holds."""
        if self.job is not None:
            return static_view.of_job(self.job)
        rows = [("Prompt", self.prompt), ("Form", "run this cell to use it; drafts are free")]
        picture = self.start.frame
        if picture is None and (picture := self.start.sample):
            rows.append(("Picture", "the first of the samples to try"))
        if self.preview.strip is not None:
            rows.insert(1, ("Preview", self.preview.understood))
            picture = Frame(self.preview.strip, name="moments of the preview")
        return static_view.card("Studio", picture, rows)

    def _take_up(self, origin: Provenance, name: str) -> None:
        """Put a clip's request into the form; what is not to be had is said where it belongs."""
        found = take_up(origin, self._connections().library, name)
        with self._lock:
            self.prompt = origin.prompt
            self.enable_prompt_expansion = origin.enable_prompt_expansion is not False
        self.end.put(found.end_image, found.said_at_end)
        self.start.put(found.image, found.said)

    def _bring_home(self, resume: Callable[[], ResumedJobs]) -> None:
        try:
            home = resume()
        except LibraryError:
            return  # it is said where the form says why nothing can be run
        self._jobs.bring_home(home.jobs)
        home.observe(self._tell_home)

    def _tell_home(self, home: ResumedJobs) -> None:
        with self._lock:
            self.homecoming = home.sentence

    def _cell_has_run(self, _: object) -> None:
        self.refresh()

    # -- what follows from what -----------------------------------------------------------

    @traitlets.observe("prompt", "enable_prompt_expansion")
    def _prompt_changed(self, _: object) -> None:
        self._review()

    def _review(self) -> None:
        """Judge the form as it stands."""
        with self._lock:
            self.moves = prompt_hints.moves(self.prompt)
            self.hints = prompt_hints.hints(
                self.prompt,
                enable_prompt_expansion=self.enable_prompt_expansion,
                has_end_image=self.end.frame is not None,
            )
            self.blocker = self._why_not()
            # What is beyond the limit cannot be sent, so it is not drawn either.
            self.preview.look(
                self.prompt[:PROMPT_LIMIT], _sound(self.start.frame), _sound(self.end.frame)
            )
            if self.paid:
                self.refresh()

    @traitlets.observe("takes")
    def _takes_changed(self, _: object) -> None:
        self.refresh()

    def _takes_at(self, paid: Connection | None) -> list[JobRow]:
        """List the takes that the form's request has had at the paid service."""
        image = self.start.frame
        if paid is None or image is None or self._why_not():
            return []
        request = VideoRequest(image, self.prompt, self.end.frame, self.enable_prompt_expansion)
        return paid.library.ledger.jobs.takes(paid.service, request.request_hash)

    def _looked_ahead(self) -> None:
        if self.job is None:
            self.update_twins()

    def _why_not(self) -> str:
        if self._trouble:
            return self._trouble
        start: Frame | None = self.start.frame
        end: Frame | None = self.end.frame
        if start is None:
            return "A start frame is needed first."
        if start.problems:
            return "The start frame needs mending first."
        if end is not None and end.problems:
            return "The end image needs mending first."
        over = len(self.prompt) - PROMPT_LIMIT
        return f"The prompt is {over} characters too long." if over > 0 else ""

    def _heard(self, job: Job) -> None:
        """Show where a job stands; called on the background thread."""
        with self._lock:
            if job.clip is not None:
                self._made[job.clip.sha256] = job.clip
                if job is self.job or self.player.clip is None:
                    self.player.clip = job.clip
                self.clips = [
                    {"sha256": clip.sha256, "draft": clip.draft, "prompt": clip.prompt}
                    for clip in self._made.values()
                ]
            self.lines = self._jobs.lines(self.prompt)
        if job.service != connect.EMULATOR:
            self.refresh()
        if job.clip is not None or job.error is not None:
            self.update_twins()

    # -- for the page ---------------------------------------------------------------------

    def questions(self) -> dict[str, Handler]:
        """Name what the page may ask."""
        return {
            "run": self._run_pressed,
            "decide": self._decided,
            "command": self._chip_pressed,
            "hint": self._hint_pressed,
            "show": self._show_clip,
            "poster": self._send_poster,
            "now": lambda _, __: ({"now": time.time()}, []),
        }

    def _run_pressed(self, fields: Fields, _: Buffers) -> Answer:
        # What the page shows goes, even if its own update takes another thread and comes later.
        self._take_form(fields)
        if fields.get("service") != connect.WAVESPEED:
            self.run(connect.EMULATOR)
            return {}, []
        with contextlib.suppress(traitlets.TraitError):
            self.takes = int(fields.get("takes", 1))
        self.refresh()
        if not self.paid:
            raise InputError("The paid service is not connected any more. Nothing was sent.")
        # What was agreed to goes with every take, whatever the service says meanwhile.
        agreed = accept(self.paid, fields)
        if fields.get("another"):
            self._run_at(agreed.price, connect.WAVESPEED, "another")
            return {}, []
        jobs = self._generate_takes(
            *self._request(),
            takes=range(1, self.takes + 1),
            price=agreed.price,
            at_most=agreed.total,
            service=connect.WAVESPEED,
        )
        for job in jobs:
            self._jobs.follow(job)
        headless.ends_with(*jobs)
        return {}, []

    def _decided(self, fields: Fields, _: Buffers) -> Answer:
        self._jobs.decide(fields)
        return {}, []

    def _chip_pressed(self, fields: Fields, _: Buffers) -> Answer:
        self._take_form(fields)
        self.prompt = with_command(self.prompt, str(fields.get("name")))
        return {"prompt": self.prompt}, []

    def _hint_pressed(self, fields: Fields, _: Buffers) -> Answer:
        self._take_form(fields)
        hint = next((hint for hint in self.hints if hint == fields.get("hint")), None)
        if hint is None:
            raise PromptError("The prompt has changed meanwhile.")
        self.prompt = prompt_hints.with_hint(self.prompt, hint)
        return {"prompt": self.prompt}, []

    def _take_form(self, fields: Fields) -> None:
        self.prompt = str(fields.get("prompt", self.prompt))
        self.enable_prompt_expansion = bool(fields.get("expansion", self.enable_prompt_expansion))

    def _show_clip(self, fields: Fields, _: Buffers) -> Answer:
        with self._lock:
            self.player.clip = self._clip(fields)
        return {}, []

    def _send_poster(self, fields: Fields, _: Buffers) -> Answer:
        try:
            return {}, [self._clip(fields).poster.read_bytes()]
        except OSError:
            raise LibraryError("The poster can no longer be read from the library.") from None

    def _clip(self, fields: Fields) -> Clip:
        clip = self._made.get(str(fields.get("sha256")))
        if clip is None:
            raise HailuoError("That clip is not of this session.")
        return clip


def _each_by(generate: Callable[..., Job]) -> Callable[..., list[Job]]:
    """Start takes one by one, by what starts a single job."""

    def each(
        *request: object, takes: Iterable[int], price: Decimal, at_most: Decimal, service: str
    ) -> list[Job]:
        del at_most  # whatever starts one job at a time cannot hold them against it
        return [generate(*request, take=take, price=price, service=service) for take in takes]

    return each


def _sound(frame: Frame | None) -> Frame | None:
    """Give a frame that could be sent; one that needs mending could not."""
    return None if frame is None or frame.problems else frame


def _beside_the_notebook() -> list[Path]:
    folder = Path(_SAMPLE_FOLDER)
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in _PICTURES)[:_SAMPLES_SHOWN]
