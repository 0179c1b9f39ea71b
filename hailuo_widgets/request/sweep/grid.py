"""A sweep: what varies, and the request of every cell. Nothing here asks, reads a clock or pays.

Cells stand in row-major order: the last factor changes fastest.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from hailuo_widgets.errors import InputError
from hailuo_widgets.prompt.template import missing, read_as, variables_of
from hailuo_widgets.request.sweep.cells import (
    CELLS_LIMIT,
    NONE,
    Cell,
    CellSpec,
    Factor,
    SweepPlan,
    cells_of,
    on,
)
from hailuo_widgets.request.sweep.from_shot_list import plan_of
from hailuo_widgets.request.sweep.images import Pictures
from hailuo_widgets.text import short

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hailuo_widgets.request.sweep.images import Sources

__all__ = ["Cell", "Factor", "Skip", "SweepPlan", "Words", "plan", "plan_of"]

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


def plan(
    image: Sources,
    prompt: str | Sequence[str] = "",
    *,
    end_image: Sources | None = None,
    enable_prompt_expansion: bool | Sequence[bool] = True,
    takes: int | Sequence[int] = 1,
    skip: Skip | None = None,
    variables: Mapping[str, Words] | None = None,
) -> SweepPlan:
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
    words = {name: _words(name, given) for name, given in (variables or {}).items()}
    prompts = _templates(prompt)
    templates = [read_as(text, words) for text in prompts]
    _require_variables(templates, words)
    pictures = Pictures()
    axes = [
        _Axis(
            "prompt",
            list(zip(prompts, templates, strict=True)),
            shown=len(templates) > 1 or not words,
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
            CellSpec(
                template=given["prompt"],
                variables={name: given[name] for name in words},
                image=given["image"],
                end=given["end image"],
                expansion=given["expansion"],
                take=given["take"],
                skipped=leaves_out(values),
                values=values,
                where=", ".join(f"{name} {short(text)}" for name, text in values.items()),
            )
        )
    return SweepPlan(factors, cells_of(rows), pictures.addresses)


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
                f"{self.name} has “{short(twice)}” twice. It would be one and the same clip; for "
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
                f"{unused} was given, and the prompt “{short(template)}” has no {{{unused}}}: its "
                f"cells would be the same for every {unused}. Put it in, or leave it out. Nothing "
                "was sent."
            )


def _end_axis(pictures: Pictures, given: Sources | None) -> _Axis:
    if given is None:
        return _Axis("end image", [(NONE, None)], shown=False)
    several = pictures.several(given, "end_image", none=NONE)
    return _Axis("end image", [(one.label, one if one.frame else None) for one in several])


def _expansion_axis(given: object) -> _Axis:
    both: list[Any] = list(given) if isinstance(given, (list, tuple)) else [given]
    if not all(isinstance(one, bool) for one in both):
        raise InputError("enable_prompt_expansion is True, False, or (True, False).")
    levels = [(on(one), one) for one in both]
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


def _rule(skip: Skip | None, factors: Sequence[Factor]) -> Callable[[Mapping[str, str]], bool]:
    """Make a question of what the user gave to say which cells are left out."""
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
                    f"skip names “{short(str(name))}”, which does not vary. There are "
                    f"{', '.join(levels)}. Nothing was sent."
                )
            if text not in levels[name]:
                known = ", ".join(short(level) for level in levels[name][:8])
                raise InputError(
                    f"skip names {name} “{short(text)}”, and there is none. There are {known}. "
                    "Nothing was sent."
                )
        wanted.append(texts)
    return lambda values: any(texts.items() <= values.items() for texts in wanted)


def _text(name: object, value: object) -> str:
    if name == "expansion" and isinstance(value, bool):
        return on(value)
    return NONE if value is None else str(value)
