"""Many clips side by side under one playhead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.library.media import Clip
from hailuo_widgets.widgets import twin
from hailuo_widgets.widgets.assets import script, style
from hailuo_widgets.widgets.compare_film import Films
from hailuo_widgets.widgets.player import facts_of, served_path
from hailuo_widgets.widgets.transfer import read_piece

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from hailuo_widgets.widgets.messages import Answer, Buffers, Fields, Handler


_NO_HEAD: dict[str, Any] = {
    "same": [],
    "column_name": "",
    "columns": [],
    "row_name": "",
    "rows": [],
    "money": "",
    "run": "",
    "amount": "",
    "hold": "",
    "trouble": "",
}


class Compare(twin.Twinned):
    """Plays clips side by side, locked to one playhead.

    Parameters
    ----------
    what : iterable of Clip
        What to compare.
    """

    _esm = script("compare")
    _css = style("compare")

    cells = traitlets.List(traitlets.Dict(), help="What stands in each place.").tag(sync=True)
    head = traitlets.Dict(help="What is said once for all.").tag(sync=True)
    chainable = traitlets.Bool(False, help="Whether a last frame can start a next clip.").tag(
        sync=True
    )

    def __init__(self, what: Iterable[Clip]) -> None:
        self._clips = {f"c{number}": clip for number, clip in enumerate(what, 1)}
        self._films = Films(self, self._filmable)
        super().__init__(
            cells=[_said(place, clip) for place, clip in self._clips.items()], head=dict(_NO_HEAD)
        )

    def close(self) -> None:
        """Let go of the page."""
        self._films.close()
        super().close()

    def twin(self) -> twin.Bundle:
        """Draw the static twin."""
        return twin.card("Comparison", None, [(key, c.facts) for key, c in self._clips.items()])

    def questions(self) -> dict[str, Handler]:
        """Name what the page may ask."""
        return {
            "piece": self._send_piece,
            "poster": self._send_poster,
            "export": self._films.export,
            "exported": self._films.exported,
        }

    def _filmable(self) -> dict[str, tuple[Path, str]]:
        return {
            place: (clip.path, f"{place[1:]} · {clip.prompt}")
            for place, clip in self._clips.items()
        }

    def _send_piece(self, fields: Fields, buffers: Buffers) -> Answer:
        if "parcel" in fields:
            return self._films.piece(fields, buffers)
        clip = self._shown(fields)
        return {}, [read_piece(clip.path, fields.get("offset"), fields.get("length"))]

    def _send_poster(self, fields: Fields, _: Buffers) -> Answer:
        return {}, [self._shown(fields).poster.read_bytes()]

    def _shown(self, fields: Fields) -> Clip:
        clip = self._clips.get(str(fields.get("cell")))
        if clip is None:
            raise LibraryError("Another clip is shown meanwhile.")
        return clip


def _said(place: str, clip: Clip) -> dict[str, Any]:
    return {
        "id": place,
        "kind": "clip",
        "number": int(place[1:]),
        "title": clip.prompt,
        "words": [[clip.prompt, False]],
        "row": 0,
        "column": 0,
        "picture": clip.sha256,
        "line": {},
        "facts": facts_of(clip),
        "relpath": served_path(clip.path),
        "note": "",
        "about": "",
        "retry": "",
    }
