"""A job as a cell's output: its progress, then its clip."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets
import traitlets

from hailuo_widgets.widgets.player.player import Player
from hailuo_widgets.widgets.shared import static_view
from hailuo_widgets.widgets.shared.bundle import script, style
from hailuo_widgets.widgets.shared.job_actions import decide
from hailuo_widgets.widgets.shared.job_line import line_of

if TYPE_CHECKING:
    from hailuo_widgets.jobs.runner.job import Job
    from hailuo_widgets.widgets.shared.rpc import Answer, Buffers, Fields, Handler


class JobView(static_view.StaticViewMixin):
    """Shows where a job stands, and plays its clip when it has come.

    Parameters
    ----------
    job : Job
        On its way or ended.
    """

    kind = "job"
    _esm = script("job_view")
    _css = style("job_view")

    prompt = traitlets.Unicode(help="What was asked for.").tag(sync=True)
    line = traitlets.Dict(help="Where the job stands.").tag(sync=True)
    player = traitlets.Instance(Player, help="The player of its clip.").tag(
        sync=True, **ipywidgets.widget_serialization
    )

    def __init__(self, job: Job) -> None:
        self._job = job
        super().__init__(prompt=job.request.prompt, player=Player(job.clip), line=line_of(job))
        self._stop = job.observe(self._heard)

    def draw_static_view(self) -> static_view.MimeBundle:
        """Draw the job's static view."""
        return static_view.of_job(self._job)

    def handlers(self) -> dict[str, Handler]:
        """Name what the page may ask."""
        return {"decide": self._decided}

    def _decided(self, fields: Fields, _: Buffers) -> Answer:
        now = decide(self._job, fields)
        if now is not self._job:
            self._job = now
            self._stop()
            self._stop = now.observe(self._heard)
        return {}, []

    def _heard(self, job: Job) -> None:
        if job.clip is not None and self.player.clip is None:
            self.player.clip = job.clip
        self.line = line_of(job)
        if job.clip is not None or job.error is not None:
            self.update_static_views()
