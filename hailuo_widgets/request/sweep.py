"""A sweep: what varies, and the request of every cell. Nothing here asks, reads a clock or pays.

Cells stand in row-major order: the last factor changes fastest.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from hailuo_widgets.errors import InputError
from hailuo_widgets.request.pictures import Picture, Pictures
from hailuo_widgets.request.request import VideoRequest
from hailuo_widgets.request.shot_list import Shot
from hailuo_widgets.request.template import filled, missing, variables_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from hailuo_widgets.request.frame import Frame, FrameSource
    from hailuo_widgets.request.pictures import Sources

__all__ = ["Cell", "Factor", "Plan", "Skip", "plan", "plan_of"]

CELLS_LIMIT: Final = 50_000
"""Cells of one sweep: more cannot be looked at, and would cost $24,500."""

Words: TypeAlias = "str | float | Sequence[str | float]"
"""What a variable stands for: one text or number, or several."""

Skip: TypeAlias = (
    "Callable[[Mapping[str, str]], object] | Mapping[str, object] | Sequence[Mapping[str, object]]"
)
"""Which cells are left out: a function of a cell's values, or values as they stand in a cell."""

_NOT_VARIABLES: Final = frozenset(
    {"image", "prompt", "end_image", "enable_prompt_expansion", "take", "takes", "skip", "service"}
    | {"expansion", "shot", "index"}
)


@dataclass(frozen=True, slots=True)
class Factor:
    """One thing that varies, or is said once because it does not.

    Attributes
    ----------
    name : str
        ``"prompt"`` or a variable's name, ``"image"``, ``"end image"``, ``"expansion"``,
        ``"take"``; ``"shot"`` for a shot list that is no grid.
    levels : tuple of str
        Each once, in the order given.
    """

    name: str
    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One take of one request, at its place in the sweep.

    Attributes
    ----------
    index : int
        Its place in row-major order, from 0; a cell that is left out keeps its place.
    request : VideoRequest
        What would be asked for.
    take : int
        Which try of it.
    values : mapping of str to str
        The level of every factor.
    skipped : bool
        Whether it is left out.
    template : str
        The prompt before words were put in.
    variables : mapping of str to str
        Those words.
    """

    index: int
    request: VideoRequest
    take: int
    values: Mapping[str, str]
    skipped: bool
    template: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """All cells of a sweep, and what varies between them.

    Attributes
    ----------
    factors : tuple of Factor
        Prompt or variables, and the image; the others where they were asked for.
    cells : tuple of Cell
        In row-major order.
    addresses : mapping of str to str
        By a frame's hash: the path or URL it was read from, where there is one.
    """

    factors: tuple[Factor, ...]
    cells: tuple[Cell, ...]
    addresses: Mapping[str, str] = field(default_factory=dict, repr=False)

    def shots(self, address: Callable[[Frame], str]) -> list[Shot]:
        """Write the plan as rows of a shot list.

        Parameters
        ----------
        address : callable
            Says where a frame lies, for the list.
        """
        places: dict[str, str] = {}

        def place(frame: Frame | None) -> str | None:
            if frame is None:
                return None
            if frame.sha256 not in places:
                places[frame.sha256] = address(frame)
            return places[frame.sha256]

        return [
            Shot(
                cell.template,
                place(cell.request.image),
                place(cell.request.end_image),
                cell.request.enable_prompt_expansion,
                cell.take,
                cell.skipped,
                cell.variables,
                cell.index + 2,
            )
            for cell in self.cells
        ]


def plan(
    image: Sources,
    prompt: str | Sequence[str] = "",
    *,
    end_image: Sources | None = None,
    enable_prompt_expansion: bool | Sequence[bool] = True,
    takes: int | Sequence[int] = 1,
    skip: Skip | None = None,
    variables: Mapping[str, Words] | None = None,
) -> Plan:
    """Lay out every combination.

    Parameters
    ----------
    image : frame source, list of them, or dict of name to source
        The start frames.
    prompt : str or list of str
        Templates: ``"{move}, {light}"``. For a brace as such write it twice.
    end_image : as `image`, optional
        In a list, None stands for no end image.
    enable_prompt_expansion : bool or both
        ``(True, False)``: each cell with and without.
    takes : int or list of int
        How many takes of each, or which ones; they count from 1.
    skip : callable, dict or list of dict, optional
        Which cells are left out: a function of a cell's values, or values that a cell has.
    variables : mapping of str to str, number or list
        The words for each variable.

    Raises
    ------
    InputError
        A variable is missing or unused, a level stands twice, two cells would be the same take of
        the same request, there are more than 50,000 cells, or none is left.
    FrameError, PromptError
        A picture or a prompt cannot be sent.
    """
    templates = _templates(prompt)
    words = {name: _words(name, given) for name, given in (variables or {}).items()}
    _require_variables(templates, words)
    pictures = Pictures()
    axes = [
        _Axis(
            "prompt", [(text, text) for text in templates], shown=len(templates) > 1 or not words
        ),
        *(_Axis(name, [(text, text) for text in texts]) for name, texts in words.items()),
        _Axis("image", [(one.label, one) for one in pictures.several(image, "image")]),
        _end_axis(pictures, end_image),
        _expansion_axis(enable_prompt_expansion),
        _take_axis(takes),
    ]
    for axis in axes:
        axis.require_each_once()
    size = math.prod(len(axis.levels) for axis in axes)
    if size > CELLS_LIMIT:
        raise InputError(
            f"That would be {size:,} cells; at most {CELLS_LIMIT:,} make one sweep. Use shorter "
            "lists, or several sweeps. Nothing was sent."
        )
    factors = tuple(axis.factor for axis in axes if axis.shown)
    leaves_out = _rule(skip, factors)
    rows = []
    for levels in itertools.product(*(axis.levels for axis in axes)):
        given = {axis.name: value for axis, (_, value) in zip(axes, levels, strict=True)}
        values = {
            axis.name: label for axis, (label, _) in zip(axes, levels, strict=True) if axis.shown
        }
        rows.append(
            _Row(
                template=given["prompt"],
                variables={name: given[name] for name in words},
                image=given["image"],
                end=given["end image"],
                expansion=given["expansion"],
                take=given["take"],
                skipped=leaves_out(values),
                values=values,
                where=", ".join(f"{name} {_short(text)}" for name, text in values.items()),
            )
        )
    return Plan(factors, _cells(rows), pictures.addresses)


def plan_of(
    shots: Sequence[Shot],
    folder: Path,
    *,
    image: FrameSource | None = None,
    prompt: str = "",
    end_image: FrameSource | None = None,
    enable_prompt_expansion: bool = True,
) -> Plan:
    """Lay out a shot list: a grid where its rows are one in row-major order, else one list.

    Parameters
    ----------
    folder : Path
        Paths in the list are seen from here.
    image, prompt, end_image, enable_prompt_expansion
        What holds for rows that say nothing.

    Raises
    ------
    InputError
        As :func:`plan` does; the sentence names the row.
    """
    if len(shots) > CELLS_LIMIT:
        raise InputError(
            f"The shot list has {len(shots):,} rows; at most {CELLS_LIMIT:,} make one sweep. "
            "Nothing was sent."
        )
    pictures = Pictures(folder)
    usual = None if image is None else pictures.one(image)
    usual_end = None if end_image is None else pictures.one(end_image)
    rows = []
    for shot in shots:
        where = f"row {shot.row}"
        first = usual if shot.image is None else pictures.of_list(shot.image, where)
        if first is None:
            raise InputError(
                f"Row {shot.row} has no image. Fill in the column, or give one for all with "
                "image=. Nothing was sent."
            )
        end = usual_end if shot.end_image is None else pictures.of_list(shot.end_image, where)
        expansion = shot.enable_prompt_expansion
        template = prompt if shot.prompt is None else shot.prompt
        rows.append(
            _Row(
                template=template,
                variables=_words_of(template, shot),
                image=first,
                end=end,
                expansion=enable_prompt_expansion if expansion is None else expansion,
                take=shot.take,
                skipped=shot.skip,
                values={},
                where=where,
            )
        )
    factors = _grid(rows) or _list(rows)
    return Plan(factors, _cells(rows), pictures.addresses)


@dataclass(slots=True)
class _Row:
    """What becomes one cell."""

    template: str
    variables: Mapping[str, str]
    image: Picture
    end: Picture | None
    expansion: bool
    take: int
    skipped: bool
    values: Mapping[str, str]
    where: str


class _Axis(NamedTuple):
    """A factor with what its levels stand for."""

    name: str
    levels: list[tuple[str, Any]]
    shown: bool = True

    @property
    def factor(self) -> Factor:
        return Factor(self.name, tuple(label for label, _ in self.levels))

    def require_each_once(self) -> None:
        if not self.levels:
            raise InputError(f"{self.name} is an empty list: there is nothing to ask for.")
        counted = Counter(label for label, _ in self.levels)
        twice = next((label for label, times in counted.items() if times > 1), None)
        if twice is not None:
            raise InputError(
                f"{self.name} has “{_short(twice)}” twice. It would be one and the same clip; for "
                "more tries of a request use takes=2. Nothing was sent."
            )


def _templates(prompt: object) -> list[str]:
    texts = [prompt] if isinstance(prompt, str) else prompt
    if not isinstance(texts, (list, tuple)) or not all(isinstance(text, str) for text in texts):
        raise InputError("prompt is a text or a list of texts. Nothing was sent.")
    return list(texts)


def _words(name: str, given: object) -> list[str]:
    if name in _NOT_VARIABLES:
        raise InputError(
            f"{name} cannot be a variable: it has a meaning of its own here. Use another name. "
            "Nothing was sent."
        )
    several = given if isinstance(given, (list, tuple)) else [given]
    if not all(isinstance(word, (str, int, float)) and word is not True and word is not False
               for word in several):  # fmt: skip
        raise InputError(
            f"{name} is a text, a number, or a list of them. If it is no variable of the prompt, "
            "leave it out. Nothing was sent."
        )
    return [str(word) for word in several]


def _require_variables(templates: Iterable[str], words: Mapping[str, object]) -> None:
    for template in templates:
        used = variables_of(template)
        for name in used:
            if name not in words:
                raise missing(name, template)
        unused = next((name for name in words if name not in used), None)
        if unused is not None:
            raise InputError(
                f"{unused} was given, and the prompt “{_short(template)}” has no {{{unused}}}: its "
                f"cells would be the same for every {unused}. Put it in, or leave it out. Nothing "
                "was sent."
            )


def _words_of(template: str, shot: Shot) -> Mapping[str, str]:
    try:
        used = variables_of(template)
    except InputError as error:
        raise InputError(f"Row {shot.row}: {error}") from None
    for name in used:
        if name not in shot.variables:
            raise InputError(f"Row {shot.row}: {missing(name, template)}")
    idle = next((name for name, text in shot.variables.items() if text and name not in used), None)
    if idle is not None:
        raise InputError(
            f"Row {shot.row} gives {_short(idle)}, and its prompt has no {{{_short(idle)}}}. "
            "Nothing was sent."
        )
    return {name: shot.variables[name] for name in used}


def _end_axis(pictures: Pictures, given: Sources | None) -> _Axis:
    if given is None:
        return _Axis("end image", [(_NONE, None)], shown=False)
    several = pictures.several(given, "end_image", none=_NONE)
    return _Axis("end image", [(one.label, one if one.frame else None) for one in several])


_NONE: Final = "none"
"""The level of cells without an end image."""


def _expansion_axis(given: object) -> _Axis:
    both: list[Any] = list(given) if isinstance(given, (list, tuple)) else [given]
    if not all(isinstance(one, bool) for one in both):
        raise InputError("enable_prompt_expansion is True, False, or (True, False).")
    levels = [(_on(one), one) for one in both]
    return _Axis("expansion", levels, shown=both != [True])


def _take_axis(given: object) -> _Axis:
    several = list(given) if isinstance(given, (list, tuple, range)) else given
    if isinstance(several, int) and not isinstance(several, bool) and 1 <= several <= CELLS_LIMIT:
        several = list(range(1, several + 1))
    if not isinstance(several, list) or not all(
        isinstance(one, int) and not isinstance(one, bool) and one > 0 for one in several
    ):
        raise InputError(
            "takes is how many takes of each request, or a list of their numbers; they count from "
            f"1. {str(given)[:40]!r} is neither. Nothing was sent."
        )
    return _Axis("take", [(str(one), one) for one in several], shown=several != [1])


def _on(expansion: bool) -> str:
    return "on" if expansion else "off"


def _rule(skip: Skip | None, factors: Sequence[Factor]) -> Callable[[Mapping[str, str]], bool]:
    """Make a question of what a person gave to say which cells are left out."""
    if skip is None:
        return lambda _: False
    if callable(skip):
        asked = skip
        return lambda values: bool(asked(MappingProxyType(dict(values))))
    partial = [skip] if isinstance(skip, Mapping) else list(skip)
    levels = {factor.name: factor.levels for factor in factors}
    wanted = []
    for each in partial:
        if not isinstance(each, Mapping) or not each:
            raise InputError(
                'skip is a function of a cell\'s values, or values such as {"light": "night"}.'
            )
        texts = {name: _text(name, value) for name, value in each.items()}
        for name, text in texts.items():
            if name not in levels:
                raise InputError(
                    f"skip names “{_short(str(name))}”, which does not vary. There are "
                    f"{', '.join(levels)}. Nothing was sent."
                )
            if text not in levels[name]:
                known = ", ".join(_short(level) for level in levels[name][:8])
                raise InputError(
                    f"skip names {name} “{_short(text)}”, and there is none. There are {known}. "
                    "Nothing was sent."
                )
        wanted.append(texts)
    return lambda values: any(texts.items() <= values.items() for texts in wanted)


def _text(name: object, value: object) -> str:
    if name == "expansion" and isinstance(value, bool):
        return _on(value)
    return _NONE if value is None else str(value)


def _grid(rows: Sequence[_Row]) -> tuple[Factor, ...]:
    """Give the rows their values in a grid; nothing when they are none in row-major order."""
    names = tuple(rows[0].variables)
    if any(tuple(row.variables) != names for row in rows):
        return ()
    columns: dict[str, list[str]] = {
        "prompt": [row.template for row in rows],
        **{name: [row.variables[name] for row in rows] for name in names},
        "image": [row.image.label for row in rows],
        "end image": [row.end.label if row.end else _NONE for row in rows],
        "expansion": [_on(row.expansion) for row in rows],
        "take": [str(row.take) for row in rows],
    }
    factors = [Factor(name, tuple(dict.fromkeys(texts))) for name, texts in columns.items()]
    combinations = itertools.product(*(factor.levels for factor in factors))
    if math.prod(len(factor.levels) for factor in factors) != len(rows) or any(
        mine != theirs
        for mine, theirs in zip(zip(*columns.values(), strict=True), combinations, strict=True)
    ):
        return ()
    shown = [factor for factor in factors if _is_asked(factor, bool(names))]
    for place, row in enumerate(rows):
        row.values = {factor.name: columns[factor.name][place] for factor in shown}
    return tuple(shown)


def _is_asked(factor: Factor, has_variables: bool) -> bool:
    usual = {"prompt": factor.levels if has_variables else (), "end image": (_NONE,)}
    usual.update({"expansion": ("on",), "take": ("1",)})
    return len(factor.levels) > 1 or usual.get(factor.name) != factor.levels


def _list(rows: Sequence[_Row]) -> tuple[Factor, ...]:
    numbers = tuple(str(number) for number in range(1, len(rows) + 1))
    for number, row in zip(numbers, rows, strict=True):
        row.values = {"shot": number}
    return (Factor("shot", numbers),)


def _cells(rows: Sequence[_Row]) -> tuple[Cell, ...]:
    cells = tuple(_made(rows))
    if all(cell.skipped for cell in cells):
        raise InputError("Every cell is left out by skip: there is nothing to ask for.")
    first: dict[tuple[str, int], int] = {}
    for cell in cells:
        if cell.skipped:
            continue
        other = first.setdefault((cell.request.request_hash, cell.take), cell.index)
        if other != cell.index:
            raise InputError(
                f"Two cells are the same take of the same request: {rows[other].where} and "
                f"{rows[cell.index].where}. It would be one and the same clip. Leave one out, or "
                "ask for another take. Nothing was sent."
            )
    return cells


def _made(rows: Sequence[_Row]) -> Iterator[Cell]:
    requests: dict[tuple[str, str, str | None, bool], VideoRequest] = {}
    for index, row in enumerate(rows):
        end = row.end.frame if row.end else None
        frame = row.image.frame
        assert frame is not None
        try:
            prompt = filled(row.template, row.variables)
            key = (prompt, frame.sha256, end.sha256 if end else None, row.expansion)
            if key not in requests:
                requests[key] = VideoRequest(frame, prompt, end, row.expansion)
        except InputError as error:
            raise type(error)(f"{row.where[:1].upper()}{row.where[1:]}: {error}") from None
        yield Cell(
            index,
            requests[key],
            row.take,
            MappingProxyType(dict(row.values)),
            row.skipped,
            row.template,
            MappingProxyType(dict(row.variables)),
        )


def _short(text: str) -> str:
    shown = " ".join(text.split())
    return shown if len(shown) <= 40 else f"{shown[:39]}…"
