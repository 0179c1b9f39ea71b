"""A shot list: a sweep as people keep it in a spreadsheet, one row a shot.

What is written here is read again without loss, whatever stands in a prompt.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import InputError
from hailuo_widgets.request.template import variables_of
from hailuo_widgets.request.text import FORMULA_SIGNS, has_lone_surrogate, short

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_COLUMNS: Final = ("image", "prompt", "end_image", "enable_prompt_expansion", "take", "skip")
_YES: Final = frozenset({"true", "yes", "on", "1", "x"})
_NO: Final = frozenset({"false", "no", "off", "0"})
_SEPARATORS: Final = (",", ";", "\t")

_ALONE: Final = "\x1f"
"""The separator of a list with one column: a character that nobody types, so that commas are text."""

_FORMULA: Final = re.compile(rf"'*\s*[{re.escape(''.join(FORMULA_SIGNS))}]")
_ESCAPED: Final = re.compile(rf"'+\s*[{re.escape(''.join(FORMULA_SIGNS))}]")


@dataclass(frozen=True, slots=True)
class Shot:
    """One row of a shot list.

    Attributes
    ----------
    prompt : str or None
        A template; None when the row says nothing, so that a default holds.
    image, end_image : str or None
        Where the pictures are: paths, seen from the list's folder, or URLs.
    enable_prompt_expansion : bool or None
        None when the row says nothing.
    take : int
        From 1.
    skip : bool
        Whether this one is left out.
    variables : mapping of str to str
        Words for the template's variables.
    row : int
        Its number as a spreadsheet shows it; the header is row 1.
    """

    prompt: str | None = None
    image: str | None = None
    end_image: str | None = None
    enable_prompt_expansion: bool | None = None
    take: int = 1
    skip: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)
    row: int = field(default=0, compare=False)


def read(data: bytes, *, template: str | None = None) -> list[Shot]:
    """Read a shot list: CSV by comma, semicolon or tab, UTF-8 or UTF-16, with or without a BOM.

    Parameters
    ----------
    template : str, optional
        The prompt of rows that have none; its variables may be columns.

    Raises
    ------
    InputError
        It is no such list. The sentence names the row, or the column and what is allowed.
    """
    rows = _rows(_text(data))
    if not rows:
        raise InputError("The shot list is empty. Its first row names the columns: " + _ALLOWED)
    names = _names(rows[0])
    shots = [_shot(names, cells, row) for row, cells in _filled_rows(names, rows[1:])]
    if not shots:
        raise InputError("The shot list has column names and no rows. Nothing was sent.")
    _refuse_unknown(names, shots, template)
    return shots


def write(shots: Sequence[Shot]) -> bytes:
    """Write a shot list as CSV: UTF-8 with a BOM, by comma, every field in quotes.

    A text that a spreadsheet would run as a formula gets a ``'`` in front; reading takes it away.
    """
    variables = list(dict.fromkeys(name for shot in shots for name in shot.variables))
    skips = ["skip"] if any(shot.skip for shot in shots) else []
    header = ["image", "prompt", *variables, "end_image", "enable_prompt_expansion", "take", *skips]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, header, quoting=csv.QUOTE_ALL, restval="")
    writer.writeheader()
    for shot in shots:
        expansion = shot.enable_prompt_expansion
        cells: dict[str, str] = {
            **shot.variables,
            "image": shot.image or "",
            "prompt": shot.prompt or "",
            "end_image": shot.end_image or "",
            "enable_prompt_expansion": "" if expansion is None else str(expansion).lower(),
            "take": str(shot.take),
            "skip": "x" if shot.skip else "",
        }
        writer.writerow({name: _put(cells.get(name, "")) for name in header})
    return text.getvalue().encode("utf-8-sig")


_ALLOWED: Final = (
    f"{', '.join(_COLUMNS[:-1])} and {_COLUMNS[-1]}, and one for each variable that stands in "
    "braces in a prompt."
)


def _text(data: bytes) -> str:
    encoding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise InputError(
            "The shot list is not UTF-8, so its letters cannot be told. In a spreadsheet, save it "
            "as “CSV UTF-8”. Nothing was sent."
        ) from None


def _rows(text: str) -> list[list[str]]:
    """Split a list by the separator under which its header names most of our columns."""
    best = max(_SEPARATORS, key=lambda separator: _known(_split(text, separator, 1)))
    header = _split(text, best, 1)
    # The names of variables are not known here: a header that any separator splits is split.
    if _known(header) <= 1:
        best = max(_SEPARATORS, key=lambda each: len(next(iter(_split(text, each, 1)), ())))
        if len(next(iter(_split(text, best, 1)), ())) <= 1:
            best = _ALONE
    return _split(text, best)


def _split(text: str, separator: str, most: int | None = None) -> list[list[str]]:
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=False
    )
    found: list[list[str]] = []
    try:
        for cells in reader:
            found.append(cells)
            if len(found) == most:
                break
    except csv.Error as error:
        raise InputError(
            f"The shot list cannot be read as CSV after row {len(found)}: {error}. Nothing was "
            "sent."
        ) from None
    return found


def _known(rows: list[list[str]]) -> int:
    return sum(_plain(name) in _COLUMNS for name in rows[0]) if rows else 0


def _plain(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def _names(header: Sequence[str]) -> list[str]:
    names = []
    for cell in header:
        name = _taken(cell).strip()
        names.append(_plain(name) if _plain(name) in _COLUMNS else name)
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"The shot list has two columns “{short(twice)}”. Nothing was sent.")
    return names


def _filled_rows(
    names: Sequence[str], rows: Iterable[list[str]]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Give the rows that are not empty, with their numbers."""
    for number, cells in enumerate(rows, 2):
        if not any(cell.strip() for cell in cells):
            continue
        if any(cell.strip() for cell in cells[len(names) :]):
            raise InputError(
                f"Row {number} of the shot list has {len(cells)} fields and the header has "
                f"{len(names)}. A text with a comma in it stands in quotes. Nothing was sent."
            )
        named = [(name, _taken(cell)) for name, cell in zip(names, cells, strict=False)]
        if any(cell.strip() for name, cell in named if not name):
            raise InputError(
                f"Row {number} of the shot list has something in a column without a name. Nothing "
                "was sent."
            )
        yield number, dict(named)


def _shot(names: Sequence[str], cells: Mapping[str, str], row: int) -> Shot:
    broken = next((name for name, text in cells.items() if has_lone_surrogate(text)), None)
    if broken is not None:
        raise InputError(f"Row {row}: “{broken}” holds half of a character. Nothing was sent.")
    return Shot(
        prompt=cells.get("prompt") or None,
        image=_address(cells.get("image", "")),
        end_image=_address(cells.get("end_image", "")),
        enable_prompt_expansion=_switch(cells, "enable_prompt_expansion", row),
        take=_take(cells.get("take", ""), row),
        skip=bool(_switch(cells, "skip", row)),
        variables={name: cells.get(name, "") for name in names if name not in {*_COLUMNS, ""}},
        row=row,
    )


def _address(text: str) -> str | None:
    return text if text.strip() else None


def _switch(cells: Mapping[str, str], name: str, row: int) -> bool | None:
    word = cells.get(name, "").strip().lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    if word:
        raise InputError(
            f"Row {row}: {name} is true or false (or yes, no, on, off, 1, 0), not "
            f"“{short(word)}”. Nothing was sent."
        )
    return None


def _take(text: str, row: int) -> int:
    word = text.strip()
    if not word:
        return 1
    if not (word.isascii() and word.isdecimal() and len(word) < 10 and int(word) > 0):
        raise InputError(
            f"Row {row}: take is a whole number from 1, not “{short(word)}”. Nothing was sent."
        )
    return int(word)


def _refuse_unknown(names: Sequence[str], shots: Iterable[Shot], template: str | None) -> None:
    """Raise for a column that is neither ours nor a variable: what it says would be lost."""
    extra = [name for name in names if name not in {*_COLUMNS, ""}]
    if not extra:
        return
    prompts = dict.fromkeys(shot.prompt if shot.prompt is not None else template for shot in shots)
    used = {name for prompt in prompts if prompt for name in variables_of(prompt)}
    unknown = [name for name in extra if name not in used]
    if unknown:
        said = ", ".join(f"“{short(name)}”" for name in unknown[:5])
        raise InputError(
            f"The shot list has a column {said} that no prompt uses. Allowed are {_ALLOWED} "
            "Rename it, or take it out. Nothing was sent."
        )


def _put(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def _taken(text: str) -> str:
    return text[1:] if _ESCAPED.match(text) else text
