"""The ``%%hailuo`` cell magic."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, magics_class
from IPython.core.magic_arguments import MagicArgumentParser

from hailuo_widgets.errors import HailuoError
from hailuo_widgets.request.arguments import add_to, words_of
from hailuo_widgets.widgets import display

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

    from hailuo_widgets.jobs.runner.job import Job


@magics_class
class HailuoMagics(Magics):
    """A cell whose body is the prompt.

    Parameters
    ----------
    shell : InteractiveShell, optional
        Where it works.
    generate : callable, optional
        What starts a job; default: :func:`hailuo_widgets.generate`.
    """

    def __init__(
        self,
        shell: InteractiveShell | None = None,
        generate: Callable[..., Job] = display.generate,
    ) -> None:
        super().__init__(shell)
        self._generate = generate

    @cell_magic
    def hailuo(self, line: str, cell: str) -> Job:
        """Ask for a clip; the body of the cell is the prompt.

        ``%%hailuo IMAGE [--end-image IMAGE] [--no-prompt-expansion] [--take N|another]``

        A path with blanks stands in quotes; a backslash is a backslash.

        The service is the one ``hailuo_widgets.connect`` chose last; free drafts by default. The
        job is the cell's value: ``_.wait()`` gives the clip.
        """
        try:
            given = _parser().parse_args(words_of(line))
        except ValueError as error:
            raise UsageError(f"%%hailuo: {error} in its first line.") from None
        try:
            return self._generate(
                given.image,
                cell.strip(),
                given.end_image,
                not given.no_prompt_expansion,
                take=given.take,
            )
        except HailuoError as error:
            # IPython shows this one as a single line, without a traceback.
            raise UsageError(str(error)) from None


@functools.cache
def _parser() -> argparse.ArgumentParser:
    # This kind raises UsageError where others end the process.
    parser = MagicArgumentParser("%%hailuo", add_help=False)  # type: ignore[no-untyped-call]
    parser.add_argument("image", help="the first frame: a picture's path or URL")
    add_to(parser)
    return parser


def register(ip: InteractiveShell) -> None:
    """Bring the magic, and tell IPython how jobs and clips are shown."""
    display.install()
    ip.register_magics(HailuoMagics)
