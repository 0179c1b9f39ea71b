"""A shot list laid out as cells: a grid where its rows are one, else one shot after the other."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from hailuo_widgets.errors import InputError
from hailuo_widgets.prompt.template import as_written, missing, read_as, variables_of
from hailuo_widgets.request.sweep.cells import (
    CELLS_LIMIT,
    NONE,
    CellSpec,
    Factor,
    SweepPlan,
    cells_of,
    on,
)
from hailuo_widgets.request.sweep.images import Pictures
from hailuo_widgets.text import short

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from hailuo_widgets.frame.frame import FrameSource
    from hailuo_widgets.request.sweep.shot_list import Shot


def plan_of(
    shots: Sequence[Shot],
    folder: Path,
    *,
    image: FrameSource | None = None,
    prompt: str = "",
    end_image: FrameSource | None = None,
    enable_prompt_expansion: bool = True,
) -> SweepPlan:
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
        As :func:`hailuo_widgets.request.sweep.grid.plan` does; the sentence names the row.
    FrameError, PromptError
        A picture or a prompt cannot be sent.
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
        template = _template(prompt if shot.prompt is None else shot.prompt, shot)
        rows.append(
            CellSpec(
                template=template,
                variables=_words(template, shot),
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
    return SweepPlan(factors, cells_of(rows), pictures.addresses)


def _template(text: str, shot: Shot) -> str:
    try:
        return read_as(text, shot.variables)
    except InputError as error:
        raise type(error)(f"Row {shot.row}: {error}") from None


def _words(template: str, shot: Shot) -> Mapping[str, str]:
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
            f"Row {shot.row} gives {short(idle)}, and its prompt has no {{{short(idle)}}}. Nothing "
            "was sent."
        )
    return {name: shot.variables[name] for name in used}


def _grid(rows: Sequence[CellSpec]) -> tuple[Factor, ...]:
    """Return the rows their values in a grid; nothing when they are none in row-major order."""
    names = tuple(rows[0].variables)
    if any(tuple(row.variables) != names for row in rows):
        return ()
    columns: dict[str, list[str]] = {
        "prompt": [as_written(row.template) for row in rows],
        **{name: [row.variables[name] for row in rows] for name in names},
        "image": [row.image.label for row in rows],
        "end image": [row.end.label if row.end else NONE for row in rows],
        "expansion": [on(row.expansion) for row in rows],
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
    usual = {"prompt": factor.levels if has_variables else (), "end image": (NONE,)}
    usual.update({"expansion": ("on",), "take": ("1",)})
    return len(factor.levels) > 1 or usual.get(factor.name) != factor.levels


def _list(rows: Sequence[CellSpec]) -> tuple[Factor, ...]:
    numbers = tuple(str(number) for number in range(1, len(rows) + 1))
    for number, row in zip(numbers, rows, strict=True):
        row.values = {"shot": number}
    return (Factor("shot", numbers),)
