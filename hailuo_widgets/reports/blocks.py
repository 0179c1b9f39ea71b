"""What widgets showed, as parts of a page: posters, facts, and places where clips play."""

from __future__ import annotations

import base64
import functools
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.errors import HailuoError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.media.editing.side_by_side import contact_sheet
from hailuo_widgets.reports.comparison import comparison
from hailuo_widgets.reports.embed_clips import name_of
from hailuo_widgets.reports.strip import strip
from hailuo_widgets.reports.widget_outputs import COMPARE, HISTORY, STRIP

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import jinja2

    from hailuo_widgets.media.clip import Clip
    from hailuo_widgets.reports.comparison import Comparison
    from hailuo_widgets.reports.embed_clips import EmbeddedClip
    from hailuo_widgets.reports.library_lookup import LibraryLookup
    from hailuo_widgets.reports.strip import Strip
    from hailuo_widgets.reports.widget_outputs import Card, Shown

    Together = Comparison | Strip

TEMPLATES: Final = Path(__file__).parent / "templates"

_POSTER_SIDE: Final = 800
_TILE_SIDE: Final = 400
_SHEET_INSTANTS: Final = 4
_SHEET_WIDTH: Final = 1400
_SHEET_QUALITY: Final = 78
_CELL_SIDE: Final = 640
_STILL_SIDE: Final = 1280
# Rows that stand elsewhere in a block.
_TOGETHER: Final[dict[str, Callable[[Shown], Together]]] = {COMPARE: comparison, STRIP: strip}
_ELSEWHERE: Final = frozenset({"Prompt", "Number", "What"})
_TILES_FROM: Final = 4


class Blocks:
    """Draws what widgets showed, and keeps what the page then needs.

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
    together : dict of (Comparison or Strip, list of str)
        What plays under one playhead, by the id of its place on the page, and which of its pictures
        the page has.
    missing : set of str
        The hashes of clips that are not here.
    drafts : int
        How many of the cards are drafts.
    drawn : int
        How many widgets were drawn.
    playing : bool
        As given.
    """

    def __init__(self, shelf: LibraryLookup, *, playing: bool) -> None:
        self._shelf = shelf
        self._token = f"hailuo-{secrets.token_hex(12)}-"
        self.playing = playing
        self.clips: dict[str, Clip] = {}
        self.together: dict[str, tuple[Together, list[str]]] = {}
        self.missing: set[str] = set()
        self.drafts = 0
        self.drawn = 0

    def draw(self, shown: Shown) -> str:
        """Draw one widget's block, as HTML."""
        self.drawn += 1
        if shown.kind in _TOGETHER and shown.cards:
            return self._together(_TOGETHER[shown.kind](shown))
        tiles = shown.kind == HISTORY or len(shown.cards) >= _TILES_FROM
        side = _TILE_SIDE if tiles else _POSTER_SIDE
        return _template("blocks.html.j2").render(
            kind=shown.kind,
            tiles=tiles,
            head=shown.head,
            cards=[self._card(card, side, () if tiles else None) for card in shown.cards],
            playing=self.playing,
        )

    def _together(self, said: Together) -> str:
        """Draw clips that play under one playhead."""
        shown = [cell.card for cell in said.cells]
        found = [self._shelf.clip(card.clip, draft=_is_draft(card)) for card in shown]
        # The same instants of all of them, up to the last frame of the longest.
        last = max((c.duration - 1 / (c.fps or 24) for c in found if c is not None), default=0.0)
        times = [last * step / (_SHEET_INSTANTS - 1) for step in range(_SHEET_INSTANTS)]
        place = f"together-{len(self.together) + 1}"
        stills = self._stills(said) if self.playing else []
        cards = [self._card(cell.card, _CELL_SIDE, times) for cell in said.cells]
        if self.playing and any(card["clip"] for card in cards):
            self.together[place] = said, [still["id"] for still in stills]
        return _template("comparison.html.j2").render(
            place=place,
            said=said,
            cells=list(zip(said.cells, cards, strict=True)),
            names=_names(cards, playing=self.playing),
            stills=stills,
        )

    def _stills(self, said: Together) -> list[dict[str, str]]:
        found = [(still, self._shelf.frame(still.sha256)) for still in said.stills]
        return [
            {"id": still.id, "name": still.name, "data": data}
            for still, frame in found
            if frame is not None and (data := _coded(frame, _STILL_SIDE))
        ]

    def filled(self, page: str, held: dict[str, EmbeddedClip]) -> str:
        """Say in a page that was drawn how it holds each clip, where that differs from the clip."""
        row: Callable[..., str] = _template("facts.html.j2").module.row  # type: ignore[attr-defined]
        for sha256 in self.clips:
            sentence = held[sha256].sentence if sha256 in held else ""
            page = page.replace(self._place(sha256), row("Here", sentence) if sentence else "")
            page = page.replace(self._place(f"in-table-{sha256}"), sentence or "unchanged")
        return page

    def _place(self, what: str) -> str:
        """Mark a place on the page; what comes there is known when all clips are."""
        return f"<!--{self._token}{what}-->"

    def _why_missing(self, sha256: str) -> str:
        if self._shelf.is_damaged(sha256):
            return "Here is only its poster: the clip's file is damaged or gone."
        return "The clip is not in this library; its picture is the one that the notebook holds."

    def _card(self, card: Card, side: int, times: Sequence[float] | None) -> dict[str, Any]:
        """Gather what is drawn of a card; `times` are those of its sheet, none for no sheet."""
        draft = _is_draft(card)
        clip = self._shelf.clip(card.clip, draft=draft)
        if clip is not None:
            self.clips[clip.sha256] = clip
        elif card.clip:
            self.missing.add(card.clip)
        self.drafts += draft
        rows = [(name, value) for name, value in card.rows if name not in _ELSEWHERE]
        if clip is not None and not self.playing:
            rows.append(("File", name_of(clip)))
        return {
            "title": card.title,
            "draft": draft,
            "prompt": card.value("Prompt"),
            "rows": rows,
            "clip": clip,
            "poster": _poster(clip, side) if clip is not None else card.picture,
            "sheet": _sheet(clip, times),
            "missing": self._why_missing(card.clip) if card.clip and clip is None else "",
            "by_name": dict(rows),
            "held": self._place(clip.sha256) if clip is not None else "",
            "here": self._place(f"in-table-{clip.sha256}") if clip is not None else "",
        }


def _is_draft(card: Card) -> bool:
    return card.title.removeprefix("★ ") == "Draft"


def _names(cards: Sequence[dict[str, Any]], *, playing: bool) -> list[str]:
    """Name the columns of a table of these cards."""
    names = list(dict.fromkeys(name for card in cards for name in card["by_name"]))
    return [*names, "Here"] if playing and any(card["clip"] for card in cards) else names


def _poster(clip: Clip, side: int) -> str:
    try:
        return _coded(Frame(clip.poster), side)
    except HailuoError:
        return ""


def _coded(frame: Frame, side: int) -> str:
    """Code a picture as a small JPEG in base64; empty when it cannot be read."""
    try:
        return base64.b64encode(frame.thumbnail(side)).decode()
    except HailuoError:
        return ""


def _sheet(clip: Clip | None, times: Sequence[float] | None) -> str:
    """Draw moments of a clip side by side, for print, as a JPEG in base64."""
    if clip is None or (times is not None and not times):
        return ""
    try:
        drawn = contact_sheet(
            [(clip.path, "")],
            _SHEET_INSTANTS if times is None else times,
            width=_SHEET_WIDTH,
            quality=_SHEET_QUALITY,
        )
    except HailuoError:
        return ""
    return base64.b64encode(drawn).decode()


def _template(name: str) -> jinja2.Template:
    return _environment().get_template(name)


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
