"""Words as pixels: labels in whatever fonts this machine has, cut to their place.

Pillow loads when a word is first drawn.
"""

from __future__ import annotations

import functools
import unicodedata
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE: Final = 1.35
"""How far apart lines are, in sizes of their letters."""

# Found by name in the system's own folders; the first that has a letter draws it. The last resort
# is the one inside Pillow, which knows the Latin letters.
_FONTS: Final = (
    "DejaVuSans.ttf", "NotoSans-Regular.ttf", "segoeui.ttf", "arial.ttf", "Arial.ttf", "Helvetica.ttc",
    "NotoSansCJK-Regular.ttc", "wqy-microhei.ttc", "DroidSansFallbackFull.ttf", "msyh.ttc",
    "YuGothM.ttc", "malgun.ttf", "PingFang.ttc", "Hiragino Sans GB.ttc", "Arial Unicode.ttf",
    "NotoSansArabic-Regular.ttf", "NotoSansHebrew-Regular.ttf", "NotoSansDevanagari-Regular.ttf",
    "NotoEmoji-Regular.ttf", "Symbola.ttf", "seguiemj.ttf", "Apple Symbols.ttf",
)  # fmt: skip
_BOLD: Final = ("DejaVuSans-Bold.ttf", "NotoSans-Bold.ttf", "segoeuib.ttf", "arialbd.ttf")
_DRAFT: Final = "DRAFT"
_CHIP: Final = "#f0a020"
_ON_CHIP: Final = "#201400"
_PROBE: Final = 24
_NO_LETTER: Final = "\U0010fffe"  # a noncharacter: every font answers with its empty box
_ELLIPSIS: Final = "…"
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})


def sanitize(text: str) -> str:
    """Return a text as one line, without characters that are not drawn or change the direction."""
    whole = text.encode("utf-8", "replace").decode()
    kept = (c if _is_drawn(c) else " " for c in whole)
    return " ".join("".join(kept).split())


def wrap(text: str, size: int, width: float, most: int, *, indent: float = 0) -> list[str]:
    """Break a label into lines that fit, the last one with an ellipsis when there is more.

    Parameters
    ----------
    text : str
        Any text.
    size : int
        The letters' size in pixels.
    width : float
        How wide a line may be, in pixels.
    most : int
        How many lines there may be.
    indent : float
        By how much the first one is shorter, in pixels.
    """
    rest: str = sanitize(text)
    found: list[str] = []
    while rest and len(found) < most:
        room = width if found else width - indent
        last = len(found) == most - 1
        if length(rest, size) <= room:
            found.append(rest)
            break
        end = _longest(rest, _ELLIPSIS if last else "", size, room)
        space = rest.rfind(" ", 0, end + 1)
        if space > 0 and not last:
            end = space
        found.append(rest[:end].rstrip() + (_ELLIPSIS if last else ""))
        rest = rest[end:].lstrip()
    return found


def length(line: str, size: int) -> float:
    """Measure a line, in pixels."""
    return float(sum(font.getlength(run) for font, run in _runs(line, size)))


def right_to_left(line: str) -> bool:
    """Return True if a line begins at the right, as Arabic and Hebrew do."""
    sides = (unicodedata.bidirectional(each) for each in line)
    return next((side in _RIGHT_TO_LEFT for side in sides if side in {"L", "R", "AL"}), False)


def write(drawing: Any, at: tuple[float, float], line: str, size: int, fill: Any) -> None:
    """Draw a line on a Pillow drawing, its baseline's left end at ``at``."""
    x, y = at
    runs = list(_runs(line, size))
    for font, run in reversed(runs) if right_to_left(line) else runs:
        drawing.text((x, y), run, font=font, fill=fill, anchor="ls")
        x += font.getlength(run)


def label(
    drawing: Any,
    box: tuple[int, int, int, int],
    text: str,
    size: int,
    fill: Any,
    *,
    draft: bool = False,
) -> None:
    """Write a label into its place, in as many lines as there is room for.

    Parameters
    ----------
    drawing : PIL.ImageDraw.ImageDraw
        What to write on.
    box : (int, int, int, int)
        The place: x, y, width and height in pixels.
    text : str
        Any text; what does not fit is cut off with an ellipsis.
    size : int
        The letters' size in pixels.
    fill : colour
        As Pillow takes it.
    draft : bool
        True: it says DRAFT in front.
    """
    x, y, width, height = box
    step = size * LINE
    indent = _chip(drawing, (x, y + step * 0.8), size) if draft else 0.0
    for number, line in enumerate(wrap(text, size, width, int(height / step), indent=indent)):
        if right_to_left(line):
            begin = x + width - length(line, size)
        else:
            begin = x if number else x + indent
        write(drawing, (begin, y + step * (number + 0.8)), line, size, fill)


def _chip(drawing: Any, at: tuple[float, float], size: int) -> float:
    """Draw the word DRAFT on a ground of its own; return how much room it takes."""
    font = _bold(round(size * 0.72))
    x, y = at
    width = font.getlength(_DRAFT)
    pad = size * 0.3
    drawing.rounded_rectangle(
        (x, y - size * 0.84, x + width + 2 * pad, y + size * 0.22), size * 0.2, fill=_CHIP
    )
    drawing.text((x + pad, y - size * 0.06), _DRAFT, font=font, fill=_ON_CHIP, anchor="ls")
    return float(width + 3.2 * pad)


def _bold(size: int) -> Any:
    """Return a bold font for a few Latin letters, or the plain one where there is none."""
    from PIL import ImageFont  # noqa: PLC0415

    path = next((path for name in _BOLD if (path := _path(name))), None)
    return ImageFont.truetype(path, size) if path else _fonts(size)[0]


def _is_drawn(character: str) -> bool:
    category = unicodedata.category(character)
    # Of the format characters those stay that join letters and emoji.
    return category[0] != "C" or character in "\u200c\u200d"


def _longest(text: str, tail: str, size: int, width: float) -> int:
    """Find where to cut, so that no letter is taken apart; one letter stays at least."""
    ends = [at for at in range(1, len(text)) if not _joined(text, at)] or [len(text)]
    fits, over = 0, len(ends)
    while over - fits > 1:
        half = (fits + over) // 2
        if length(text[: ends[half]] + tail, size) <= width:
            fits = half
        else:
            over = half
    return ends[fits]


def _joined(text: str, at: int) -> bool:
    """Return True if what is at ``at`` belongs to the letter before it."""
    here = text[at]
    return (
        unicodedata.combining(here) != 0
        or here == "\u200d"
        or text[at - 1] == "\u200d"
        or "\ufe00" <= here <= "\ufe0f"
        or "\U0001f3fb" <= here <= "\U0001f3ff"
    )


def _runs(line: str, size: int) -> Iterator[tuple[Any, str]]:
    """Split a line into stretches that one font can draw."""
    fonts = _fonts(size)
    begin, current = 0, None
    for at, character in enumerate(line):
        best = None if at and _joined(line, at) else _best(character)
        # What has no picture of its own goes along with what is before it; so do dots and commas.
        if best is None or best == current:
            continue
        if current is not None:
            if _is_mark(character) and _covers(current, character):
                continue
            yield fonts[current], line[begin:at]
            begin = at
        current = best
    if line:
        yield fonts[current or 0], line[begin:]


def _is_mark(character: str) -> bool:
    return character.isascii() and not character.isalnum()


@functools.cache
def _best(character: str) -> int | None:
    """Find the font for a character; None where it has no picture of its own."""
    if character.isspace() or unicodedata.category(character)[0] in "CM":
        return None
    return next((at for at in range(len(_fonts(_PROBE))) if _covers(at, character)), 0)


@functools.cache
def _covers(at: int, character: str) -> bool:
    font = _fonts(_PROBE)[at]
    box, drawn = (font.getmask(each) for each in (_NO_LETTER, character))
    return (box.size, bytes(box)) != (drawn.size, bytes(drawn))


@functools.lru_cache(maxsize=32)
def _fonts(size: int) -> list[Any]:
    from PIL import ImageFont  # noqa: PLC0415

    paths = [path for name in _FONTS if (path := _path(name))]
    return [*(ImageFont.truetype(path, size) for path in paths), ImageFont.load_default(size)]


@functools.cache
def _path(name: str) -> str | None:
    """Find a font in the system's folders."""
    from PIL import ImageFont  # noqa: PLC0415

    try:
        return str(ImageFont.truetype(name).path)
    except OSError:
        return None
