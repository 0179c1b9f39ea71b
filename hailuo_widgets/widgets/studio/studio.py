"""The finished tool: pictures and a prompt in, a clip out."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import ipywidgets
import traitlets

from hailuo_widgets.errors import FrameError, InputError, LibraryError
from hailuo_widgets.jobs.runner import api
from hailuo_widgets.jobs.services import connect
from hailuo_widgets.media.clip import Clip
from hailuo_widgets.prompt.camera import with_command
from hailuo_widgets.service import PROMPT_LIMIT
from hailuo_widgets.widgets import display
from hailuo_widgets.widgets.frame_well.frame_well import FrameWell
from hailuo_widgets.widgets.player.player import Player
from hailuo_widgets.widgets.shared import static_view as shared_view
from hailuo_widgets.widgets.shared.bundle import script, style
from hailuo_widgets.widgets.shared.cell_hook import after_each_cell
from hailuo_widgets.widgets.shared.form_jobs import FormJobs
from hailuo_widgets.widgets.shared.quote import MOST_TAKES, accept
from hailuo_widgets.widgets.shot_preview.shot_preview import ShotPreview
from hailuo_widgets.widgets.studio import prompt_hints, static_view
from hailuo_widgets.widgets.studio.readiness import find_blocker, sample_pictures, sendable
from hailuo_widgets.widgets.studio.restore_request import read_origin, restore_request
from hailuo_widgets.widgets.studio.runs import Runs
from hailuo_widgets.widgets.studio.session_clips import SessionClips

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hailuo_widgets.frame.frame import FrameSource
    from hailuo_widgets.jobs.runner.job import Job
    from hailuo_widgets.jobs.runner.resumed import ResumedJobs
    from hailuo_widgets.jobs.services.connect import Connections
    from hailuo_widgets.jobs.services.preview_client import Previewer
    from hailuo_widgets.media.provenance.provenance import Provenance
    from hailuo_widgets.widgets.shared.rpc import Answer, Buffers, Fields, Handler
    from hailuo_widgets.widgets.studio.runs import RequestFields


class Studio(shared_view.StaticViewMixin):
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
        What resumes the jobs of earlier kernels; default:
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
        self._connections = connections
        self._lock = threading.RLock()
        self._trouble = ""
        self._jobs = FormJobs(self._job_changed)
        self._runs = Runs(self._jobs, generate, generate_takes, connections)
        pictures = sample_pictures() if samples is None else samples
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
        self._clips = SessionClips(self.player, self._lock)
        display.install()
        self.player.on_last_frame(self.start.set)
        self.preview.on_preview(lambda: self.update_static_views() if self.job is None else None)
        start.on_clip(self._restore)
        start.on_frame(self._review)
        end.on_frame(self._review)
        self._review()
        self.refresh()
        api.warm_up()
        self._resume_jobs(resume)
        # Any cell may connect to the paid service or change its budget.
        self._stop_watching = after_each_cell(self.refresh)

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
        origin = read_origin(clip)
        studio = cls(**options)
        studio._restore(*origin)
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
        return self._runs.start(self._request(), service, take)

    def _request(self) -> RequestFields:
        """Return the four fields of the request as the form holds them."""
        if self.start.frame is None:
            raise FrameError("There is no start frame yet. Nothing was sent.")
        return self.start.frame, self.prompt, self.end.frame, self.enable_prompt_expansion

    def close(self) -> None:
        """Let go of the page; jobs on their way go on."""
        self._stop_watching()
        self.preview.close()
        super().close()

    def refresh(self) -> None:
        """Look again at what is connected and what is left of the budget."""
        with self._lock:
            try:
                fields = None if self._find_blocker() else self._request()
                offer = self._runs.quote(fields, self.takes)
            except LibraryError as error:
                offer, self._trouble = {}, str(error)
            else:
                self._trouble = ""
            self.paid = offer
            self.blocker = self._find_blocker()

    def draw_static_view(self) -> shared_view.MimeBundle:
        """Draw the form's static view: its newest job, or what it holds."""
        if self.job is not None:
            return shared_view.of_job(self.job)
        return static_view.draw(self.prompt, self.start, self.preview)

    def _restore(self, origin: Provenance, name: str) -> None:
        """Put a clip's request into the form; a missing picture is named in its well."""
        found = restore_request(origin, self._connections().library, name)
        with self._lock:
            self.prompt = origin.prompt
            self.enable_prompt_expansion = origin.enable_prompt_expansion is not False
        self.end.put(found.end_image, found.end_note)
        self.start.put(found.image, found.note)

    def _resume_jobs(self, resume: Callable[[], ResumedJobs]) -> None:
        try:
            home = resume()
        except LibraryError:
            return  # it is said where the form says why nothing can be run
        self._jobs.add_resumed(home.jobs)
        home.observe(self._show_resumed)

    def _show_resumed(self, home: ResumedJobs) -> None:
        with self._lock:
            self.homecoming = home.sentence

    # -- what follows from what -----------------------------------------------------------

    @traitlets.observe("prompt", "enable_prompt_expansion")
    def _review(self, _: object = None) -> None:
        """Judge the form as it stands."""
        with self._lock:
            self.moves = prompt_hints.moves(self.prompt)
            self.hints = prompt_hints.hints(
                self.prompt,
                enable_prompt_expansion=self.enable_prompt_expansion,
                has_end_image=self.end.frame is not None,
            )
            self.blocker = self._find_blocker()
            # What is beyond the limit cannot be sent, so it is not drawn either.
            self.preview.look(
                self.prompt[:PROMPT_LIMIT], sendable(self.start.frame), sendable(self.end.frame)
            )
            if self.paid:
                self.refresh()

    @traitlets.observe("takes")
    def _takes_changed(self, _: object) -> None:
        self.refresh()

    def _find_blocker(self) -> str:
        return self._trouble or find_blocker(self.start.frame, self.end.frame, self.prompt)

    def _job_changed(self, job: Job) -> None:
        """Show where a job stands; called on the background thread."""
        with self._lock:
            if job.clip is not None:
                self._clips.add(job.clip, show=job is self.job)
                self.clips = self._clips.state()
            self.lines = self._jobs.lines(self.prompt)
        if job.service != connect.EMULATOR:
            self.refresh()
        if job.clip is not None or job.error is not None:
            self.update_static_views()

    # -- for the page ---------------------------------------------------------------------

    def handlers(self) -> dict[str, Handler]:
        """Name what the page may ask."""
        return {
            "run": self._run_pressed,
            "decide": self._jobs.decide,
            "command": self._chip_pressed,
            "hint": self._hint_pressed,
            **self._clips.handlers(),
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
            self._runs.start_at(agreed.price, self._request(), connect.WAVESPEED, "another")
        else:
            self._runs.start_takes(agreed, self._request(), self.takes)
        return {}, []

    def _chip_pressed(self, fields: Fields, _: Buffers) -> Answer:
        self._take_form(fields)
        self.prompt = with_command(self.prompt, str(fields.get("name")))
        return {"prompt": self.prompt}, []

    def _hint_pressed(self, fields: Fields, _: Buffers) -> Answer:
        self._take_form(fields)
        self.prompt = prompt_hints.apply_hint(self.prompt, self.hints, fields.get("hint"))
        return {"prompt": self.prompt}, []

    def _take_form(self, fields: Fields) -> None:
        self.prompt = str(fields.get("prompt", self.prompt))
        self.enable_prompt_expansion = bool(fields.get("expansion", self.enable_prompt_expansion))
