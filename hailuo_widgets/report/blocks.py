"""What widgets showed, as parts of a page: posters, facts, and places where clips play."""

from __future__ import annotations

import base64
import functools
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.errors import HailuoError
from hailuo_widgets.library.montage import contact_sheet
from hailuo_widgets.report.fitting import name_of
from hailuo_widgets.request.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Callable

    import jinja2

    from hailuo_widgets.library.media import Clip
    from hailuo_widgets.report.fitting import Held
    from hailuo_widgets.report.outputs import Card, Shown
    from hailuo_widgets.report.shelf import Shelf

TEMPLATES: Final = Path(__file__).parent / "templates"

_POSTER_SIDE: Final = 800
_TILE_SIDE: Final = 400
_SHEET_INSTANTS: Final = 4
_SHEET_WIDTH: Final = 1400
_SHEET_QUALITY: Final = 78
# Rows that stand elsewhere in a block.
_PROMPT: Final = "Prompt"
_TILES_FROM: Final = 4


class Blocks:
    """Draws what widgets showed, and keeps which clips the page then needs.

    Parameters
    ----------
    shelf : Shelf
        Where the clips are.
    playing : bool
        Whether the page plays clips; else it shows their sheets and names their files.

    Attributes
    ----------
    clips : dict of Clip
        What was drawn, by hash.
    missing : set of str
        The hashes of clips that are not here.
    drafts : int
        How many of the cards are drafts.
    drawn : int
        How many widgets were drawn.
    playing : bool
        As given.
    """

    def __init__(self, shelf: Shelf, *, playing: bool) -> None:
        self._shelf = shelf
        self.playing = playing
        self._token = f"hailuo-{secrets.token_hex(12)}-"
        self.clips: dict[str, Clip] = {}
        self.missing: set[str] = set()
        self.drafts = 0
        self.drawn = 0

    def draw(self, shown: Shown) -> str:
        """Draw one widget's block, as HTML."""
        self.drawn += 1
        tiles = shown.kind == "history" or len(shown.cards) >= _TILES_FROM
        side = _TILE_SIDE if tiles else _POSTER_SIDE
        template = _environment().get_template("blocks.html.j2")
        return template.render(
            kind=shown.kind,
            tiles=tiles,
            head=shown.head,
            cards=[self._card(card, side, sheet=not tiles) for card in shown.cards],
            playing=self.playing,
        )

    def filled(self, page: str, held: dict[str, Held]) -> str:
        """Say in a page that was drawn how it holds each clip, where that differs from the clip."""
        row: Callable[..., str] = (
            _environment().get_template("facts.html.j2").module.row  # type: ignore[attr-defined]
        )
        for sha256 in self.clips:
            sentence = held[sha256].sentence if sha256 in held else ""
            page = page.replace(self._place(sha256), row("Here", sentence) if sentence else "")
        return page

    def _place(self, sha256: str) -> str:
        return f"<!--{self._token}{sha256}-->"

    def _card(self, card: Card, side: int, *, sheet: bool) -> dict[str, Any]:
        clip = self._shelf.clip(card.clip)
        if clip is not None:
            self.clips[clip.sha256] = clip
        elif card.clip:
            self.missing.add(card.clip)
        draft = card.title.removeprefix("★ ") == "Draft"
        self.drafts += draft
        rows = [(name, value) for name, value in card.rows if name != _PROMPT]
        if clip is not None and not self.playing:
            rows.append(("File", name_of(clip)))
        return {
            "title": card.title,
            "draft": draft,
            "prompt": card.value(_PROMPT),
            "rows": rows,
            "clip": clip,
            "poster": poster(clip, side) if clip is not None else card.picture,
            "sheet": _sheet(clip) if clip is not None and sheet else "",
            "missing": bool(card.clip) and clip is None,
            # What comes here is known when all clips are: the page's budget is shared.
            "held": self._place(clip.sha256) if clip is not None else "",
        }


def poster(clip: Clip, side: int) -> str:
    """Give a clip's poster as a JPEG in base64; empty when it cannot be read."""
    try:
        return base64.b64encode(Frame(clip.poster).thumbnail(side)).decode()
    except (HailuoError, OSError):
        return ""


def _sheet(clip: Clip) -> str:
    """Draw moments of a clip side by side, for print, as a JPEG in base64."""
    try:
        drawn = contact_sheet(
            [(clip.path, "")], _SHEET_INSTANTS, width=_SHEET_WIDTH, quality=_SHEET_QUALITY
        )
    except HailuoError:
        return ""
    return base64.b64encode(drawn).decode()


@functools.cache
def _environment() -> jinja2.Environment:
    import jinja2  # noqa: PLC0415

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES / "hailuo"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
