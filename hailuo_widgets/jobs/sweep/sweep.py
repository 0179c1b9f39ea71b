"""A sweep: many cells asked for as one, within one budget, each followed to its clip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from hailuo_widgets.files.user_path import place_of, written_place
from hailuo_widgets.jobs.sweep.csv_file import read_list, write_list
from hailuo_widgets.jobs.sweep.run import SweepRun
from hailuo_widgets.jobs.sweep.table import table
from hailuo_widgets.request.sweep import grid

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from hailuo_widgets.frame.frame import FrameSource
    from hailuo_widgets.jobs.runner.runner import Runner
    from hailuo_widgets.jobs.services.connect import Connection
    from hailuo_widgets.request.sweep.grid import Skip, SweepPlan, Words
    from hailuo_widgets.request.sweep.images import Sources


class Sweep(SweepRun):
    """Every combination of prompts, pictures, expansion and takes, asked for as one.

    Nothing is sent until `run` is called; `dry_run` says what that would cost. ``await sweep`` and
    ``sweep.wait()`` return it when every cell has ended. A cell that the library holds costs
    nothing, so that the same sweep made and run again goes on where it stood: after an error, a
    pause or a dead kernel.

    Parameters
    ----------
    image : frame source, list of them, or dict of name to source
        The start frames: whatever :class:`hailuo_widgets.Frame` takes.
    prompt : str or list of str
        Templates with variables: ``"{move}, {light}"``. For a brace as such write it twice.
    end_image : as `image`, optional
        In a list, None stands for no end image.
    enable_prompt_expansion : bool or (True, False)
        ``(True, False)`` asks for every cell with and without: a paired experiment, because the
        service never returns the prompt that it has rewritten.
    takes : int or list of int
        How many takes of each request, or which ones. The service has no seed, so takes differ.
    skip : callable, dict or list of dict, optional
        Which cells are left out, such as ``{"move": "pan left", "light": "night"}``; they keep
        their place.
    service : "emulator" or "wavespeed", optional
        Default: the one that ``connect`` chose last.
    **variables : str, number, or list of them
        The words for each variable, in the order in which they shall vary.

    Attributes
    ----------
    cells : tuple of SweepCell
        In row-major order: the last factor changes fastest.

    Raises
    ------
    InputError
        A variable is missing or unused, a level stands twice, or no cell is left.
    FrameError, PromptError
        A picture or a prompt cannot be sent.

    Examples
    --------
    >>> import numpy as np
    >>> frame = np.zeros((720, 1280, 3), np.uint8)
    >>> Sweep(frame, "{move}, {light}", move=["push in", "pan left"], light=["dawn", "night"])
    <Sweep of 4 cells: 2 move x 2 light · none asked for>
    """

    def __init__(
        self,
        image: Sources,
        prompt: str | Sequence[str] = "",
        *,
        end_image: Sources | None = None,
        enable_prompt_expansion: bool | Sequence[bool] = True,
        takes: int | Sequence[int] = 1,
        skip: Skip | None = None,
        service: str | None = None,
        **variables: Words,
    ) -> None:
        made = grid.plan(
            image,
            prompt,
            end_image=end_image,
            enable_prompt_expansion=enable_prompt_expansion,
            takes=takes,
            skip=skip,
            variables=variables,
        )
        super().__init__(made, service)

    @classmethod
    def from_plan(
        cls,
        plan: SweepPlan,
        service: str | None = None,
        *,
        connection: Connection | None = None,
        runner: Runner | None = None,
    ) -> Self:
        """Make a sweep of cells that are laid out already.

        Parameters
        ----------
        connection, runner : optional
            The service and the runner, where they are not the process's own.
        """
        made = cls.__new__(cls)
        SweepRun.__init__(made, plan, service, connection, runner)
        return made

    @classmethod
    def from_csv(
        cls,
        path: str | os.PathLike[str],
        image: FrameSource | None = None,
        *,
        prompt: str = "",
        end_image: FrameSource | None = None,
        enable_prompt_expansion: bool = True,
        service: str | None = None,
    ) -> Self:
        """Make a sweep of a shot list.

        Parameters
        ----------
        path : str or Path
            A CSV with the columns image, prompt, end_image, enable_prompt_expansion, take, skip,
            in any order, any of them left out, and one column for each variable of a prompt.
            Paths in it are seen from its own folder.
        image, prompt, end_image, enable_prompt_expansion
            What holds for rows that say nothing.

        Raises
        ------
        InputError
            It is no such list; the sentence names the row or the column.
        FrameError, PromptError
            A picture or a prompt cannot be sent.
        """
        place = place_of(path)
        plan = grid.plan_of(
            read_list(place, prompt),
            place.path.absolute().parent,
            image=image,
            prompt=prompt,
            end_image=end_image,
            enable_prompt_expansion=enable_prompt_expansion,
        )
        return cls.from_plan(plan, service)

    # -- lists and tables -----------------------------------------------------------------

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write it as a shot list that `from_csv` reads without loss.

        Pictures that are files stand there as paths from the list's folder; others are kept in the
        library and stand there with their place in it. A text that a spreadsheet would run as a
        formula gets a ``'`` in front, which `from_csv` takes away.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        InputError
            Another file of that name exists; it is left as it is.
        LibraryError
            It cannot be written.
        """
        return write_list(self._plan, written_place(path), self._connection().library)

    def to_frame(self) -> pd.DataFrame:
        """Return a table for pandas, one row a cell: factors, request, clip, money and times.

        Raises
        ------
        InputError
            pandas is not installed.
        LibraryError
            The library cannot be read.
        """
        return table(self.factors, self.cells, self._connection(), self._take_of)
