"""The prompt as a camera direction: its commands, its moves, and what to know before sending it.

The vocabulary, the reading of plain wording and the lint have modules of their own; this one is
their door. The emulator reads prompts through it too.
"""

from __future__ import annotations

from hailuo_widgets.prompt.brackets import bracket_moves, unlisted_words, with_command
from hailuo_widgets.prompt.commands import COMMANDS, Command, Move
from hailuo_widgets.prompt.lint import Hint, lint
from hailuo_widgets.prompt.move_order import prose_moves
from hailuo_widgets.service import PROMPT_LIMIT

__all__ = [
    "COMMANDS",
    "Command",
    "Hint",
    "Move",
    "camera_moves",
    "lint",
    "unlisted_words",
    "with_command",
]


def camera_moves(prompt: str, *, orbits: bool = False) -> tuple[tuple[Move, ...], ...]:
    """Read which camera moves a prompt asks for.

    Brackets outrank plain wording: where one bracket holds a listed command, prose is not read.
    Commands of one bracket happen together; brackets follow one another as they stand.

    Parameters
    ----------
    prompt : str
        The prompt as it would be sent; what is beyond the service's limit is not read.
    orbits : bool, default False
        Whether ``"Orbit left"`` and ``"Orbit right"`` count as commands. The service has none
        for them, but a draft shows them.

    Returns
    -------
    tuple of tuple of Move
        The outer order is one after another; the moves of an inner tuple happen together.
        Empty when the prompt asks for no move.

    Examples
    --------
    >>> [[move.command for move in moves] for moves in camera_moves("slow push in, then pan left")]
    [['Push in'], ['Pan left']]
    >>> camera_moves("slow push in")[0][0].speed
    0.5
    """
    read = prompt[:PROMPT_LIMIT]
    return bracket_moves(read, orbits=orbits) or prose_moves(read, orbits=orbits)
