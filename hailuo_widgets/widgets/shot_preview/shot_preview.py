"""What the prompt will make of the picture, moving, before anything is rendered or paid."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import traitlets

from hailuo_widgets.errors import HailuoError
from hailuo_widgets.jobs.runner import api
from hailuo_widgets.jobs.services.preview_client import Preview, ShotSummary
from hailuo_widgets.widgets.shared.bundle import script, style
from hailuo_widgets.widgets.shared.rpc import Rpc

if TYPE_CHECKING:
    from collections.abc import Callable

    from hailuo_widgets.frame.frame import Frame
    from hailuo_widgets.jobs.services.preview_client import Previewer, PreviewUpdate
    from hailuo_widgets.widgets.shared.rpc import Answer, Buffers, Fields, Handler

_WAYS = {
    "moves": "The end image shows the same scene: the draft moves into it, and the pictures, not "
    "the words, say where the camera goes.",
    "dissolves": "The end image shows another scene: the draft dissolves into it.",
}
_LITTLE = 0.015
"""A share below this is not worth a word."""


class ShotPreview(Rpc):
    """A small moving preview, what was understood of the prompt, and what must be invented.

    Each new question cancels the one before it. The preview's bytes stay in the kernel until the
    page asks for them; the notebook file holds none.

    Parameters
    ----------
    previewer : callable, optional
        What makes the previewer, given whom to tell; default:
        :func:`hailuo_widgets.jobs.runner.api.previewer`.
    """

    _esm = script("shot_preview")
    _css = style("shot_preview")

    understood = traitlets.Unicode(help="The shot that the prompt asks for, in one line.").tag(
        sync=True
    )
    missed = traitlets.List(
        traitlets.Unicode(), help="Film language of the prompt that a draft does not show."
    ).tag(sync=True)
    notes = traitlets.List(
        traitlets.Dict(), help="What else to know before paying: a level and a sentence each."
    ).tag(sync=True)
    aspect = traitlets.Float(0.0, help="Width by height of the start frame; 0 without one.").tag(
        sync=True
    )
    shown = traitlets.Unicode(help="Names the preview that can be had; empty without one.").tag(
        sync=True
    )
    busy = traitlets.Bool(False, help="Whether a newer preview is being made.").tag(sync=True)
    trouble = traitlets.Unicode(help="Why there is no preview.").tag(sync=True)

    def __init__(self, previewer: Callable[..., Previewer] = api.previewer) -> None:
        self._lock = threading.Lock()
        self._preview: Preview | None = None
        self._asked: tuple[str, str | None, str | None] | None = None
        self._on_preview: Callable[[], None] = lambda: None
        super().__init__()
        self._previewer = previewer(self._heard)

    @property
    def strip(self) -> bytes | None:
        """A JPEG with moments of the preview side by side; None while there is none."""
        preview = self._preview
        return None if preview is None else preview.strip

    def on_preview(self, callback: Callable[[], None]) -> None:
        """Call back when another preview is there; in any thread."""
        self._on_preview = callback

    def look(self, prompt: str, image: Frame | None, end_image: Frame | None) -> None:
        """Show what this request would be; returns at once."""
        asked = (prompt, image and image.sha256, end_image and end_image.sha256)
        with self._lock:
            if asked == self._asked:
                return
            self._asked = asked
            self.aspect = image.width / image.height if image else 0.0
            self.busy = image is not None
            if image is None:
                self._preview, self.shown = None, ""
        self._previewer.look(prompt, image, end_image)

    def close(self) -> None:
        """Stop looking."""
        self._previewer.stop()
        super().close()

    def handlers(self) -> dict[str, Handler]:
        """Name what the page may ask."""
        return {"clip": self._send_clip, "strip": self._send_strip}

    def _heard(self, news: PreviewUpdate) -> None:
        """Take what the previewer tells; called on the background thread."""
        with self._lock:
            if isinstance(news, HailuoError):
                self.busy, self.trouble = False, str(news)
                return
            self.trouble = ""
            outlook = news if isinstance(news, ShotSummary) else news.outlook
            self.understood = outlook.understood
            self.missed = list(outlook.not_understood)
            self.notes = _notes(outlook)
            if isinstance(news, Preview):
                self._preview, self.shown = news, news.key
                self.busy = False
        if isinstance(news, Preview):
            self._on_preview()

    def _send_clip(self, fields: Fields, _: Buffers) -> Answer:
        return {}, [self._asked_for(fields).clip]

    def _send_strip(self, fields: Fields, _: Buffers) -> Answer:
        return {}, [self._asked_for(fields).strip]

    def _asked_for(self, fields: Fields) -> Preview:
        preview = self._preview
        if preview is None or preview.key != fields.get("key"):
            raise HailuoError("Another preview is shown meanwhile.")
        return preview


def _notes(outlook: ShotSummary) -> list[dict[str, Any]]:
    """Return what to know before paying."""
    notes = []
    if outlook.unseen >= _LITTLE:
        sentence = (
            f"The model must invent up to {outlook.unseen:.0%} of the picture: the start frame "
            "does not show it."
        )
        notes.append({"level": "note", "text": sentence})
    if outlook.way:
        notes.append({"level": "note", "text": _WAYS[outlook.way]})
    if outlook.cropped >= _LITTLE:
        sentence = (
            f"The end image has another shape: {outlook.cropped:.0%} of it is cut off. "
            "Crop it to the start frame's shape yourself to choose what stays."
        )
        notes.append({"level": "warning", "text": sentence})
    return notes
