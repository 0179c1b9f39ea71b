"""Factors and cells: what varies in a sweep, and the request at each place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import InputError
from hailuo_widgets.prompt.template import filled
from hailuo_widgets.request.sweep.shot_list import Shot
from hailuo_widgets.request.video_request import VideoRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hailuo_widgets.frame.frame import Frame
    from hailuo_widgets.request.sweep.images import Picture

CELLS_LIMIT: Final = 50_000
"""Cells of one sweep: more cannot be looked at, and would cost $24,500."""

NONE: Final = "none"
"""The level of cells without an end image."""


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
class SweepPlan:
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
            Says where a frame lies, for the list; asked once for each.
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


@dataclass(slots=True)
class CellSpec:
    """What becomes one cell; `where` is what sentences call it."""

    template: str
    variables: Mapping[str, str]
    image: Picture
    end: Picture | None
    expansion: bool
    take: int
    skipped: bool
    values: Mapping[str, str]
    where: str


def cells_of(rows: Sequence[CellSpec]) -> tuple[Cell, ...]:
    """Make the requests.

    Raises
    ------
    InputError
        No cell is left, or two are the same take of the same request.
    FrameError, PromptError
        A request cannot be sent; the sentence says which.
    """
    cells = tuple(_made(rows))
    if all(cell.skipped for cell in cells):
        raise InputError("Every cell is left out: there is nothing to ask for.")
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


def on(expansion: bool) -> str:
    """Name a level of the expansion."""
    return "on" if expansion else "off"


def _made(rows: Sequence[CellSpec]) -> Iterator[Cell]:
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
