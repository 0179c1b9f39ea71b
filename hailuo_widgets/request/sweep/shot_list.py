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
from hailuo_widgets.prompt.template import names_in
from hailuo_widgets.text import from_cell, has_lone_surrogate, short, to_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_COLUMNS: Final = ("image", "prompt", "end_image", "enable_prompt_expansion", "take", "skip")
_YES: Final = frozenset({"true", "yes", "on", "1", "x"}) | frozenset(
    # As spreadsheets of other languages show TRUE.
    {"wahr", "vrai", "verdadero", "verdadeiro", "vero", "waar", "prawda", "истина", "真", "참"}
)
_NO: Final = frozenset({"false", "no", "off", "0"}) | frozenset(
    {"falsch", "faux", "falso", "onwaar", "fałsz", "ложь", "假", "거짓"}
)
_SEPARATORS: Final = (",", ";", "\t", "|")

_ALONE: Final = "\x1f"
"""The separator of a list with one column: a character that nobody types, so that commas are text."""

_FIRST_LINE: Final = re.compile(r'"?sep=(\\t|[^\r\n"])"?[ ,;\t]*(?:\r\n|\r|\n|$)', re.IGNORECASE)
"""What Excel writes before the header to say which separator it took; no row of its own there."""

_WHOLE: Final = re.compile(r"([0-9]{1,9})(?:[.,]0*)?")
"""A whole number, also as a column of decimal numbers shows it."""


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
    header = next((place for place, cells in enumerate(rows) if _is_filled(cells)), None)
    if header is None:
        raise InputError("The shot list is empty. Its first row names the columns: " + _ALLOWED)
    names = _names(rows[header])
    below = enumerate(rows[header + 1 :], header + 2)
    shots = [_shot(names, cells, row) for row, cells in _filled_rows(names, below)]
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
        writer.writerow({name: to_cell(cells.get(name, "")) for name in header})
    return text.getvalue().encode("utf-8-sig")


_ALLOWED: Final = (
    f"{', '.join(_COLUMNS[:-1])} and {_COLUMNS[-1]}, and one for each variable that stands in "
    "braces in a prompt."
)


_QUOTES: Final = (
    "A text with a comma, a quote or a line break in it stands in quotes, and each quote within it "
    'is written twice: """Stop!"" she says". Nothing was sent.'
)


def _text(data: bytes) -> str:
    encoding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        return data.decode(encoding).lstrip("\ufeff")
    except UnicodeDecodeError:
        raise InputError(
            "The shot list is not UTF-8, so its letters cannot be told. In a spreadsheet, save it "
            "as “CSV UTF-8”. Nothing was sent."
        ) from None


def _rows(text: str) -> list[list[str]]:
    """Split a list by the separator it names, else the one under which its header names most."""
    named = _FIRST_LINE.match(text)
    if named:
        return list(_split(text[named.end() :], named[1].replace("\\t", "\t")))
    headers = {separator: _header(text, separator) for separator in _SEPARATORS}
    best = max(_SEPARATORS, key=lambda separator: _known(headers[separator]))
    # The names of variables are not known here: a header that any separator splits is split.
    if _known(headers[best]) <= 1:
        best = max(_SEPARATORS, key=lambda separator: len(headers[separator]))
        if len(headers[best]) <= 1:
            best = _ALONE
    return list(_split(text, best))


def _header(text: str, separator: str) -> list[str]:
    """Read the first row that is not empty; nothing where that separator makes no sense."""
    try:
        return next((cells for cells in _split(text, separator) if _is_filled(cells)), [])
    except InputError:
        return []


def _split(text: str, separator: str) -> Iterator[list[str]]:
    """Read row by row.

    Strict: otherwise a quote that is never closed swallows all rows after it, and one that is
    closed too early is lost from the prompt.
    """
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True
    )
    row = 0
    try:
        for row, cells in enumerate(reader, 1):  # noqa: B007  the row where it broke off
            yield cells
    except csv.Error as error:
        raise InputError(_why_no_row(row + 1, str(error))) from None


def _why_no_row(row: int, reason: str) -> str:
    if "unexpected end of data" in reason:
        return f"A quote opens in row {row} of the shot list and is never closed. {_QUOTES}"
    if "expected after" in reason:
        return (
            f"In row {row} of the shot list a text goes on after the quote that ends it, or a quote "
            f"before it is not closed. {_QUOTES}"
        )
    return f"Row {row} of the shot list cannot be read as CSV: {reason}. Nothing was sent."


def _is_filled(cells: Sequence[str]) -> bool:
    return any(cell.strip() for cell in cells)


def _known(header: Sequence[str]) -> int:
    return sum(_plain(name) in _COLUMNS for name in header)


def _plain(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def _names(header: Sequence[str]) -> list[str]:
    names = []
    for cell in header:
        name = from_cell(cell).strip()
        names.append(_plain(name) if _plain(name) in _COLUMNS else name)
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"The shot list has two columns “{short(twice)}”. Nothing was sent.")
    return names


def _filled_rows(
    names: Sequence[str], rows: Iterable[tuple[int, list[str]]]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows that are not empty, with their numbers."""
    for number, cells in rows:
        if not _is_filled(cells):
            continue
        if any(cell.strip() for cell in cells[len(names) :]):
            raise InputError(
                f"Row {number} of the shot list has {len(cells)} fields and the header has "
                f"{len(names)}. A text with a comma in it stands in quotes. Nothing was sent."
            )
        named = [(name, from_cell(cell)) for name, cell in zip(names, cells, strict=False)]
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
    number = _WHOLE.fullmatch(word)
    word = number[1] if number else word
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
    number = _WHOLE.fullmatch(word)
    if number is None or int(number[1]) < 1:
        raise InputError(
            f"Row {row}: take is a whole number from 1, not “{short(word)}”. Nothing was sent."
        )
    return int(number[1])


def _refuse_unknown(names: Sequence[str], shots: Iterable[Shot], template: str | None) -> None:
    """Raise for a column that is neither ours nor a variable: what it says would be lost."""
    extra = [name for name in names if name not in {*_COLUMNS, ""}]
    if not extra:
        return
    prompts = dict.fromkeys(shot.prompt if shot.prompt is not None else template for shot in shots)
    used = {name for prompt in prompts if prompt for name in names_in(prompt)}
    unknown = [name for name in extra if name not in used]
    if unknown:
        said = ", ".join(f"“{short(name)}”" for name in unknown[:5])
        raise InputError(
            f"The shot list has a column {said} that no prompt uses. Allowed are {_ALLOWED} "
            "Rename it, or take it out. Nothing was sent."
        )
