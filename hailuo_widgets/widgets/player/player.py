"""One clip, frame-exact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.media.clip import gone, last_frame
from hailuo_widgets.widgets.shared import static_view
from hailuo_widgets.widgets.shared.bundle import script, style
from hailuo_widgets.widgets.shared.served import served_path
from hailuo_widgets.widgets.shared.transfer import read_piece

if TYPE_CHECKING:
    from collections.abc import Callable

    from hailuo_widgets.media.clip import Clip
    from hailuo_widgets.widgets.shared.rpc import Answer, Buffers, Fields, Handler


class Player(static_view.StaticViewMixin):
    """Plays a clip and steps through its frames.

    The clip reaches the page through Jupyter's own file route where that exists, else in pieces
    from the kernel. The notebook file holds neither clip nor poster.

    Parameters
    ----------
    clip : Clip, optional
        What to play.

    Examples
    --------
    >>> Player(job.wait())  # doctest: +SKIP
    """

    kind = "clip"
    _esm = script("player")
    _css = style("player")

    facts = traitlets.Dict(help="The clip's hash, size, frames and name; empty without one.").tag(
        sync=True
    )
    relpath = traitlets.Unicode(
        help="Where Jupyter's server finds the clip, below its root; empty when it does not."
    ).tag(sync=True)
    chainable = traitlets.Bool(False, help="Whether its last frame can start a next clip.").tag(
        sync=True
    )

    def __init__(self, clip: Clip | None = None) -> None:
        self._clip: Clip | None = None
        self._on_last_frame: Callable[[bytes], None] | None = None
        super().__init__()
        self.clip = clip

    @property
    def clip(self) -> Clip | None:
        """The clip that is shown."""
        return self._clip

    @clip.setter
    def clip(self, clip: Clip | None) -> None:
        self._clip = clip
        self.relpath = served_path(clip.path) if clip else ""
        self.facts = facts_of(clip) if clip else {}
        self.update_static_views()

    def on_last_frame(self, callback: Callable[[bytes], None]) -> None:
        """Offer "use last frame" and hand its PNG to the callback, in any thread."""
        self._on_last_frame = callback
        self.chainable = True

    def draw_static_view(self) -> static_view.MimeBundle:
        """Draw the clip's static view."""
        return (
            static_view.of_clip(self._clip)
            if self._clip
            else static_view.card("No clip yet", None, [])
        )

    def handlers(self) -> dict[str, Handler]:
        """Name what the page may ask."""
        return {
            "piece": self._send_piece,
            "poster": self._send_poster,
            "last_frame": self._use_last_frame,
        }

    def _send_piece(self, fields: Fields, _: Buffers) -> Answer:
        clip = self._shown(fields)
        try:
            return {}, [read_piece(clip.path, fields.get("offset"), fields.get("length"))]
        except OSError:
            raise gone(clip) from None

    def _send_poster(self, fields: Fields, _: Buffers) -> Answer:
        clip = self._shown(fields)
        try:
            return {}, [clip.poster.read_bytes()]
        except OSError:
            raise gone(clip) from None

    def _use_last_frame(self, fields: Fields, _: Buffers) -> Answer:
        clip = self._shown(fields)
        try:
            picture = last_frame(clip.path)
        except (OSError, ValueError):
            raise gone(clip) from None
        if self._on_last_frame is not None:
            self._on_last_frame(picture)
        return {}, []

    def _shown(self, fields: Fields) -> Clip:
        clip = self._clip
        if clip is None or fields.get("sha256") != clip.sha256:
            raise LibraryError("Another clip is shown meanwhile.")
        return clip


def facts_of(clip: Clip) -> dict[str, Any]:
    """Return the page about a clip, as plain data."""
    return {
        "sha256": clip.sha256,
        "bytes": clip.bytes,
        "width": clip.width,
        "height": clip.height,
        "fps": clip.fps,
        "frames": clip.frame_count,
        "draft": clip.draft,
        "name": f"{'draft' if clip.draft else 'clip'}-{clip.sha256[:8]}",
        "summary": clip.facts,
    }
