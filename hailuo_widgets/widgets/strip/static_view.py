"""What a saved notebook shows of a strip where no kernel is: moments of its clips, with facts."""

from __future__ import annotations

import functools
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import HailuoError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.media.editing.side_by_side import contact_sheet
from hailuo_widgets.widgets.shared import static_view

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hailuo_widgets.media.clip import Clip

_SHEET_WIDTH: Final = 1100
_CLIPS_SHOWN: Final = 12
_ROWS: Final = 3
"""So many clips get a row of moments each; more are shown by their first frames."""
_INSTANTS: Final = 4
_SHEETS_KEPT: Final = 8
_kept: Final[OrderedDict[tuple[str, ...], bytes]] = OrderedDict()


def draw(clips: Sequence[Clip], waiting: int, sound: str) -> static_view.MimeBundle:
    """Draw the static view of a strip.

    Parameters
    ----------
    clips : sequence of Clip
        The clips that are here, in order.
    waiting : int
        How many are still on their way.
    sound : str
        The name of its sound; empty without one.
    """
    draft = any(clip.draft for clip in clips)
    rows = [
        ("Clips", in_words(clips) if clips else "none yet"),
        ("On their way", f"{waiting} when this was saved" if waiting else ""),
        *((f"{number}", _line(clip)) for number, clip in enumerate(clips, 1)),
        ("Sound", sound),
    ]
    whole = static_view.card("Strip with drafts" if draft else "Strip", _picture(clips), rows)
    # A report plays the clips themselves, in order.
    cards = [card for clip in clips for card in _alone(clip).cards]
    return static_view.MimeBundle(whole, cards, {"head": whole.cards[0]}, whole.picture)


def in_words(clips: Sequence[Clip]) -> str:
    """Return how long clips are one after the other."""
    seconds = sum(clip.frame_count / clip.fps for clip in clips)
    frames = sum(clip.frame_count for clip in clips)
    return f"{len(clips)} · {seconds:.1f} s · {frames:,} frames"


def _alone(clip: Clip) -> static_view.MimeBundle:
    title = "Draft" if clip.draft else "Clip"
    return static_view.card(
        title, None, [("Prompt", clip.prompt), ("Clip", clip.facts)], clip.sha256
    )


def _line(clip: Clip) -> str:
    words = [clip.prompt, clip.facts, "draft" if clip.draft else ""]
    return " · ".join(word for word in words if word)


def worth_moments(clips: Sequence[Clip]) -> bool:
    """Return True if there are so few clips that a row of moments fits for each."""
    return 0 < len(clips) <= _ROWS


def moments(clips: Sequence[Clip]) -> bool:
    """Draw moments of each clip for the static view to show; False when they cannot be read."""
    try:
        _kept[_name(clips)] = contact_sheet(_cells(clips), _INSTANTS, width=_SHEET_WIDTH)
    except HailuoError:
        return False
    while len(_kept) > _SHEETS_KEPT:
        _kept.popitem(last=False)
    return True


def _name(clips: Sequence[Clip]) -> tuple[str, ...]:
    return tuple(clip.sha256 for clip in clips)


def _cells(clips: Sequence[Clip]) -> list[tuple[Path | None, str]]:
    return [(clip.path, clip.prompt) for clip in clips[:_CLIPS_SHOWN]]


def _picture(clips: Sequence[Clip]) -> Frame | None:
    """Return the moments when they are drawn, else the first frames."""
    if not clips:
        return None
    sheet = _kept.get(_name(clips))
    try:
        return Frame(sheet or _first_frames(tuple(_cells(clips))), name="moments of the strip")
    except HailuoError:
        return _poster(clips[0])


def _poster(clip: Clip) -> Frame | None:
    try:
        return Frame(clip.poster)
    except HailuoError:
        return None


@functools.lru_cache(maxsize=8)
def _first_frames(cells: tuple[tuple[Path | None, str], ...]) -> bytes:
    return contact_sheet(cells, 1, width=_SHEET_WIDTH)
