"""Which moves of plain wording happen together, and which follow one another.

Moves follow one another when they stand in different sentences, are joined by "then",
"followed by", "before", "after" or "finally", or are opposites; in a sentence that says "first"
or goes on with "then", those parted by a comma do too. Else they happen together. How the whole
shot is taken ("handheld camera") goes with every move.
"""

from __future__ import annotations

import functools
from typing import Final

from hailuo_widgets.prompt.clauses import Clause, Joint, sentences
from hailuo_widgets.prompt.commands import OPPOSITE, Move
from hailuo_widgets.prompt.plain_language import MoveMatch, SentenceReader
from hailuo_widgets.prompt.speed_words import NORMAL

_QUIET: Final = frozenset({"and", "comma", "while", "who"})
_FIRST: Final = frozenset({"first", "firstly"})


@functools.lru_cache(maxsize=8)  # a form asks for moves and hints at each key
def prose_moves(prompt: str, *, orbits: bool = False) -> tuple[tuple[Move, ...], ...]:
    """Read the camera moves from the plain wording alone; brackets are not looked at.

    Parameters
    ----------
    prompt : str
        The prompt.
    orbits : bool, default False
        Whether orbits count, for which the service has no command.

    Returns
    -------
    tuple of tuple of Move
        The outer order is one after another; the moves of an inner tuple happen together.
    """
    order = _Order()
    for sentence in sentences(prompt):
        reader = SentenceReader(prompt, sentence, orbits=orbits)
        order.add(sentence, [reader.read(clause) for clause in sentence])
    return order.groups()


class _Order:
    """Moves as they are read, in groups one after another."""

    def __init__(self) -> None:
        self._groups: list[list[Move]] = []
        self._now = 0  # the group that a move joins which happens together with the last one
        self._style: Move | None = None

    def groups(self) -> tuple[tuple[Move, ...], ...]:
        style = self._style
        if style is None:
            return tuple(tuple(group) for group in self._groups)
        return tuple(
            tuple(group)
            if any(move.command == style.command for move in group)
            else tuple(sorted([*group, style], key=lambda move: move.start))
            for group in self._groups or [[style]]
        )

    def add(self, sentence: tuple[Clause, ...], read: list[list[MoveMatch]]) -> None:
        """Add the moves of a sentence, listed for each of its clauses."""
        in_steps = _in_steps(sentence, read)
        fronted = sentence[0].joint if sentence[0].joint in {"before", "after"} else None
        waiting: Joint = "sentence"
        for clause, seen in zip(sentence, read, strict=True):
            joint = "sentence" if clause is sentence[0] else clause.joint
            if joint in _QUIET and waiting not in _QUIET:
                joint = waiting
            elif fronted and joint == "comma" and seen:
                # "Before pushing in, it pans left", "after panning left, it tilts up".
                joint, fronted = ("after" if fronted == "before" else "then"), None
            elif (
                joint == "comma" and in_steps and seen and not (seen[0].participle or seen[0].style)
            ):
                joint = "then"
            for place, (move, style, _) in enumerate(seen):
                self._place(move, "and" if place else joint, style=style)
            # "Then, as the sun sets, it tilts up": the word waits for its move.
            if seen:
                waiting = "and"
            elif joint != "after":
                waiting = joint

    def _place(self, move: Move, joint: Joint, *, style: bool) -> None:
        if style and (joint in _QUIET or joint == "sentence"):
            self._style = self._style or move
            return
        now = self._groups[self._now] if self._groups else []
        commands = [other.command for other in now]
        if joint == "after" and now:
            self._groups.insert(self._now, [move])
        elif move.command in commands and joint not in {"then", "before"}:
            # Said again: "A slow push in. The camera pushes in on her face."
            place = commands.index(move.command)
            if now[place].speed == NORMAL:
                now[place] = move
        elif now and joint in _QUIET and OPPOSITE.get(move.command) not in commands:
            now.append(move)
        else:
            self._now = len(self._groups)
            self._groups.append([move])


def _in_steps(sentence: tuple[Clause, ...], read: list[list[MoveMatch]]) -> bool:
    """Return True if a comma means "then": "pans left, tilts up, then zooms in"."""
    moving = [clause for clause, seen in zip(sentence, read, strict=True) if seen]
    return any(clause.joint == "then" for clause in moving[1:]) or (
        bool(moving) and any(word.text in _FIRST for word in moving[0].words)
    )
