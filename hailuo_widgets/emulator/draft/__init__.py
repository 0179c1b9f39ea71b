"""From a prompt and frames to a draft: an animatic of what the prompt asks for."""

from __future__ import annotations

from hailuo_widgets.emulator.draft.geometry.errors import DraftError
from hailuo_widgets.emulator.draft.output.preview import (
    Preview,
    ShotSummary,
    outlook,
    preview,
    preview_key,
)
from hailuo_widgets.emulator.draft.output.render import filmed, render
from hailuo_widgets.emulator.draft.output.stills import contact_strip, poster, thumbnail
from hailuo_widgets.emulator.draft.output.write_file import look
from hailuo_widgets.emulator.draft.plan.plan import Shot, plan

__all__ = [
    "DraftError",
    "Preview",
    "Shot",
    "ShotSummary",
    "contact_strip",
    "filmed",
    "look",
    "outlook",
    "plan",
    "poster",
    "preview",
    "preview_key",
    "render",
    "thumbnail",
]
