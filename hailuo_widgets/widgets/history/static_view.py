"""What a saved notebook shows of a library where no kernel is: its newest posters with facts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.errors import FrameError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.widgets.shared import static_view

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_GRID: Final = "display:grid;grid-template-columns:repeat(auto-fill,minmax(190px,1fr));gap:8px;max-width:1000px"

_SIDE: Final = 240


def draw(
    cards: Sequence[dict[str, Any]],
    total: int,
    name: str,
    picture: Callable[[str], bytes],
) -> static_view.MimeBundle:
    """Draw the static view of a library.

    Parameters
    ----------
    cards : sequence of dict
        The newest jobs, as the grid shows them.
    total : int
        How many there are.
    picture : callable
        Gives a small JPEG by its key, or nothing.
    """
    count = f"{total:,} in {name}" if total else f"{name} is empty"
    more = f"the newest {len(cards)} when this was saved" if total > len(cards) else ""
    head = static_view.card("History", None, [("Library", count), ("Shown", more)])
    drawn = [_card(card, picture(f"{card['picture']}@{_SIDE}")) for card in cards]
    posters = "".join(each["text/html"] for each in drawn)
    markup = f'<div class="hw-twin">{head["text/html"]}<div style="{_GRID}">{posters}</div></div>'
    plain = "\n".join(each["text/plain"] for each in (head, *drawn))
    media = {"text/html": markup, "text/plain": plain}
    newest = next((each.picture for each in drawn if each.picture), None)
    cards = [card for each in drawn for card in each.cards]
    return static_view.MimeBundle(media, cards, {"head": head.cards[0]}, newest)


def _card(card: dict[str, Any], picture: bytes) -> static_view.MimeBundle:
    asked = datetime.fromtimestamp(card["asked"], UTC).astimezone()
    rows = [
        ("Prompt", card["prompt"]),
        ("State", card["words"]),
        ("Asked", f"{asked:%Y-%m-%d %H:%M}"),
        ("Cost", card["money"]),
        ("Tags", ", ".join(card["tags"])),
    ]
    try:
        frame = Frame(picture, name=card["prompt"][:40] or "no prompt") if picture else None
    except FrameError:
        frame = None
    title = f"★ {card['kind']}" if card["starred"] else card["kind"]
    clip = card["picture"].removeprefix("clip:") if card["filmed"] else ""
    return static_view.card(title, frame, rows, clip)
