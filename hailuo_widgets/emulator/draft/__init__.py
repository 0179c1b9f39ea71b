"""From a prompt and frames to a draft: an animatic of what the prompt asks for."""

from __future__ import annotations

from hailuo_widgets.emulator.draft.errors import DraftError
from hailuo_widgets.emulator.draft.filming import filmed, render
from hailuo_widgets.emulator.draft.look import look
from hailuo_widgets.emulator.draft.plan import Shot, plan
from hailuo_widgets.emulator.draft.preview import Outlook, Preview, outlook, preview, preview_key
from hailuo_widgets.emulator.draft.stills import contact_strip, poster, thumbnail

__all__ = [
    "DraftError",
    "Outlook",
    "Preview",
    "Shot",
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
