"""A widget that opens a Studio below itself."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import ipywidgets
import traitlets

from hailuo_widgets.widgets.shared.static_view import StaticViewMixin
from hailuo_widgets.widgets.studio.studio import Studio

if TYPE_CHECKING:
    from hailuo_widgets.widgets.shared.rpc import Answer, Buffers, Fields


class WithInlineStudio(StaticViewMixin):
    """Holds at most one Studio; another one takes the place of the first, which is closed."""

    studio = traitlets.Instance(
        Studio, allow_none=True, help="The Studio that is open below; None without one."
    ).tag(sync=True, **ipywidgets.widget_serialization)

    def __init__(self, **traits: object) -> None:
        self._lock = threading.RLock()
        super().__init__(**traits)

    def show_studio(self, studio: Studio | None) -> None:
        """Open a Studio below, or none; closes the one that was open."""
        with self._lock:
            before, self.studio = self.studio, studio
        if before is not None:
            before.close()

    def _close_studio(self, _: Fields, __: Buffers) -> Answer:
        self.show_studio(None)
        return {}, []
