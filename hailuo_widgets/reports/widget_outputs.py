"""What a notebook's outputs say of the clips they show.

A notebook comes from anywhere: what stands in its metadata is data. It is taken when it has the
expected shape, bounded in size, and never as markup or as a path.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

METADATA: Final = "hailuo"
HISTORY: Final = "history"
COMPARE: Final = "compare"
STRIP: Final = "strip"
STUDIO: Final = "studio"
VIEW: Final = "application/vnd.jupyter.widget-view+json"

_TEXT: Final = 2_000
_ROWS: Final = 40
_CARDS: Final = 500
_PICTURE: Final = 3_000_000
_MARKUP: Final = 30_000_000
_HASH: Final = re.compile("[0-9a-f]{64}")
_IMAGE: Final = re.compile('src="data:image/jpeg;base64,([A-Za-z0-9+/]+={0,2})"')
_TWIN: Final = '<div class="hw-twin"'


@dataclass(frozen=True, slots=True)
class Card:
    """A picture with facts.

    Attributes
    ----------
    title : str
        What it is, as in "Draft".
    rows : tuple of (str, str)
        Names and values.
    clip : str
        The hash of its clip; empty without one.
    picture : str
        The picture that the notebook holds, a JPEG in base64; empty without one.
    """

    title: str
    rows: tuple[tuple[str, str], ...]
    clip: str
    picture: str

    def value(self, name: str) -> str:
        """Return the value of a row; empty when there is none."""
        return next((value for key, value in self.rows if key == name), "")


@dataclass(frozen=True, slots=True)
class Shown:
    """What one widget showed.

    Attributes
    ----------
    kind : str
        Which widget it was: "clip", "job", "studio", "history", "compare", "strip" or another.
    cards : tuple of Card
        What it showed, in order.
    head : Card or None
        What it said of all of them.
    more : mapping
        What else it said, as it stands in the file.
    """

    kind: str
    cards: tuple[Card, ...]
    head: Card | None
    more: Mapping[str, Any]


def shown(output: Mapping[str, Any]) -> Shown | None:
    """Read what an output says of itself; None when it is no widget's of this kit."""
    about = _mapping(_mapping(output.get("metadata")).get(METADATA))
    if not about:
        return None
    cards = about.get("cards")
    said = [_mapping(card) for card in cards[:_CARDS]] if isinstance(cards, list) else []
    pictures = _pictures(_mapping(output.get("data")).get("text/html"), len(said))
    kind = text(about.get("kind"), 40)
    head = _mapping(about.get("head")) if kind in {HISTORY, STRIP} else {}
    return Shown(
        kind=kind,
        cards=tuple(_card(card, picture) for card, picture in zip(said, pictures, strict=True)),
        head=_card(head, "") if head else None,
        more=about,
    )


def is_live(output: Mapping[str, Any]) -> bool:
    """Return True if an output is the live half of a widget whose other half is its static view."""
    data = _mapping(output.get("data"))
    return VIEW in data and not "".join(data.get("text/plain", ""))


def is_unused(said: Shown) -> bool:
    """Return True if it is a form that nothing was put into: there is nothing of it to hand on."""
    return said.kind == STUDIO and not any(
        card.clip or card.value("Prompt") or card.value("State") for card in said.cards
    )


def text(value: object, most: int = _TEXT) -> str:
    """Take a value as a text for people: whole characters, and not too many of them."""
    if not isinstance(value, str):
        return ""
    whole = value[:most].encode("utf-8", "replace").decode()
    return whole if len(value) <= most else f"{whole}…"


def sha256(value: object) -> str:
    """Take a value as a hash; empty when it is none. Only a hash ever becomes a file's name."""
    return value if isinstance(value, str) and _HASH.fullmatch(value) else ""


def _card(said: Mapping[str, Any], picture: str) -> Card:
    return Card(
        title=text(said.get("title"), 200),
        rows=tuple(_rows(said.get("rows"))),
        clip=sha256(said.get("clip")),
        picture=picture,
    )


def _rows(said: object) -> Iterator[tuple[str, str]]:
    for row in said[:_ROWS] if isinstance(said, list) else ():
        if isinstance(row, (list, tuple)) and len(row) == 2:
            name, value = text(row[0], 100), text(row[1])
            if name and value:
                yield name, value


def _pictures(markup: object, count: int) -> list[str]:
    """Return the posters of the last `count` cards in the markup, "" where a card has none."""
    whole = "".join(markup) if isinstance(markup, (str, list)) else ""
    parts = whole.split(_TWIN)[1:] if len(whole) <= _MARKUP else []
    found = [_IMAGE.search(part) for part in parts]
    pictures = [image[1] if image and len(image[1]) <= _PICTURE else "" for image in found]
    return [*pictures[-count:], *[""] * count][:count] if count else []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
