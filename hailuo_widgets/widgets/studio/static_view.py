"""What a saved notebook shows of a Studio where no kernel is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.widgets.shared import static_view

if TYPE_CHECKING:
    from hailuo_widgets.widgets.frame_well.frame_well import FrameWell
    from hailuo_widgets.widgets.shot_preview.shot_preview import ShotPreview


def draw(prompt: str, start: FrameWell, preview: ShotPreview) -> static_view.MimeBundle:
    """Draw a form from which nothing was started yet: its picture, its prompt and its preview."""
    rows = [("Prompt", prompt), ("Form", "run this cell to use it; drafts are free")]
    picture = start.frame
    if picture is None and (picture := start.sample):
        rows.append(("Picture", "the first of the samples to try"))
    if preview.strip is not None:
        rows.insert(1, ("Preview", preview.understood))
        picture = Frame(preview.strip, name="moments of the preview")
    return static_view.card("Studio", picture, rows)
