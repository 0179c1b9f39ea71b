"""The arguments of a request, as a terminal and the cell magic take them."""

from __future__ import annotations

import argparse
import re
from typing import Final, Literal

from hailuo_widgets.text import short

_QUOTES: Final = {'"': '"', "'": "'", "“": "”", "„": "“", "«": "»", "‘": "’"}  # noqa: RUF001
_START: Final = re.compile(rf"(?:--[\w-]+=)?([{''.join(_QUOTES)}])")


def add_to(parser: argparse.ArgumentParser) -> None:
    """Teach a parser the end image, the expansion and the take."""
    parser.add_argument("--end-image", help="the picture to end on")
    parser.add_argument(
        "--no-prompt-expansion",
        action="store_true",
        help="send the prompt as it is (this also switches the service's safety check off)",
    )
    parser.add_argument(
        "--take", type=take_of, default=1, help='which try of this request (1), or "another"'
    )


def take_of(text: str) -> int | Literal["another"]:
    """Read which take is meant.

    Raises
    ------
    ArgumentTypeError
        It is neither a number nor "another".
    """
    word = text.strip().lower()
    if word == "another":
        return "another"
    if not (word.isascii() and word.isdecimal() and len(word) < 10):
        said = f"{short(text)!r} is neither a number from 1 nor"
        raise argparse.ArgumentTypeError(f'{said} "another"')
    return int(word)


def words_of(line: str) -> list[str]:
    r"""Split a line at its blanks; what stands in quotes is one word, a backslash is a backslash.

    A quote counts where a word or an option's value begins: ``Bob's.jpg`` needs none.

    Raises
    ------
    ValueError
        A quote is opened and not closed.

    Examples
    --------
    >>> words_of(r'C:\new\cat.jpg --end-image="my cat.jpg"')
    ['C:\\new\\cat.jpg', '--end-image=my cat.jpg']
    """
    found = []
    rest = line.strip()
    while rest:
        quoted = _START.match(rest)
        if quoted is None:
            word, _, rest = _split(rest)
            found.append(word)
        else:
            begin = quoted.end()
            end = re.compile(rf"{re.escape(_QUOTES[quoted[1]])}(?=\s|$)").search(rest, begin)
            if end is None:
                raise ValueError("No closing quotation")
            found.append(rest[: begin - 1] + rest[begin : end.start()])
            rest = rest[end.end() :]
        rest = rest.lstrip()
    return found


def _split(text: str) -> tuple[str, str, str]:
    word, *rest = text.split(None, 1)
    return word, " ", rest[0] if rest else ""
