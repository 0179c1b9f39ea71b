"""The public names as people use them, for the type checker alone: nothing here is ever run."""

from decimal import Decimal
from pathlib import Path
from typing import assert_type

import hailuo_widgets as hw
from hailuo_widgets.jobs.runner.job import Job
from hailuo_widgets.jobs.services.reconcile import Reconciliation
from hailuo_widgets.jobs.sweep.cell import SweepCell
from hailuo_widgets.jobs.sweep.dry_run import DryRun
from hailuo_widgets.media.editing.concatenate import Joined
from hailuo_widgets.media.provenance.provenance import Provenance
from hailuo_widgets.reports.report import ReportResult


def frames_and_requests() -> None:
    frame = hw.Frame("frame.jpg")
    assert_type(frame.fixed(), hw.Frame)
    assert_type(list(frame.problems), list[str])
    request = hw.VideoRequest(frame, "slow push in", end_image=None)
    assert_type(request.prompt, str)
    assert_type(request.end_image, hw.Frame | None)


def one_clip() -> None:
    job = hw.generate("frame.jpg", "slow push in, dawn", take="another")
    assert_type(job, Job)
    clip = job.wait(60)
    assert_type(clip, hw.Clip)
    assert_type(clip.path, Path)
    assert_type(clip.provenance(), Provenance)
    assert_type(clip.last_frame(), hw.Frame)
    assert_type(job.cost, Decimal)
    assert_type(job.send_again(price=Decimal("0.49")), Job)


async def awaited() -> None:
    assert_type(await hw.generate(Path("frame.jpg"), "pan left"), hw.Clip)
    grid = hw.compare("frame.jpg", ["dawn", "storm"])
    assert_type(await grid, hw.Compare)


def many_clips() -> None:
    sweep = hw.Sweep("frame.jpg", "{move}, dawn", takes=2, move=["push in", "pan left"])
    assert_type(sweep.dry_run(), DryRun)
    assert_type(sweep.run().wait(600), hw.Sweep)
    assert_type(sweep.cells, tuple[SweepCell, ...])
    grid = hw.Compare({"dawn": "dawn.mp4"})
    assert_type(grid.clips, list[hw.Clip])


def widgets() -> None:
    studio = hw.Studio("frame.jpg", "slow push in")
    assert_type(studio.run(), Job)
    assert_type(studio.job, Job | None)
    assert_type(hw.FrameWell(label="Start frame").frame, hw.Frame | None)
    hw.History()
    hw.Player()
    strip = hw.Strip([hw.generate("frame.jpg")])
    assert_type(strip.save("film.mp4"), Joined)


def services_and_reports() -> None:
    hw.connect("wavespeed", budget=5.00, tier="silver")
    assert_type(hw.reconcile(), Reconciliation)
    assert_type(hw.report("out.html", notebook="x.ipynb"), ReportResult)
