"""Where a job's clip comes from, read from its row in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hailuo_widgets.media.provenance.provenance import Provenance, picture_of, software
from hailuo_widgets.service import MODEL
from hailuo_widgets.text import shown_name

if TYPE_CHECKING:
    from hailuo_widgets.library.ledger.records import JobRow
    from hailuo_widgets.request.video_request import VideoRequest


def of_job(row: JobRow, request: VideoRequest) -> Provenance:
    """Return the origin of a job's clip, always the same for the same job.

    Parameters
    ----------
    row : JobRow
        The job, completed.
    """
    draft = row.service == "emulator"
    return Provenance(
        draft=draft,
        service=row.service,
        model="" if draft else MODEL,
        prediction_id=shown_name(row.prediction_id or ""),
        prompt=request.prompt,
        enable_prompt_expansion=request.enable_prompt_expansion,
        image=picture_of(request.image),
        end_image=None if request.end_image is None else picture_of(request.end_image),
        take=row.take,
        asked_at=row.asked_at,
        accepted_at=row.accepted_at,
        completed_at=row.completed_at,
        software=software(),
    )
