"""Camera commands in square brackets: found, read, put in and taken out."""

# ruff: noqa: RUF001 - full-width punctuation is part of the vocabulary

from __future__ import annotations

import re
from typing import Final, NamedTuple

from hailuo_widgets.errors import PromptError
from hailuo_widgets.prompt.clauses import words
from hailuo_widgets.prompt.commands import COMMANDS, ORBITS, STATIC, Move
from hailuo_widgets.prompt.move_order import prose_moves
from hailuo_widgets.prompt.speed_words import ADVERBS, MANNERS, NORMAL, SPEEDS
from hailuo_widgets.service import PROMPT_LIMIT

OPENING: Final = "[［【"
CLOSING: Final = "]］】"
_ENDS: Final = re.escape(OPENING + CLOSING)
_BRACKET: Final = re.compile(rf"[{re.escape(OPENING)}]([^{_ENDS}\n]*)[{re.escape(CLOSING)}]")
_STRAY: Final = re.compile(f"[{_ENDS}]")
# A speed word belongs to a bracket when nothing but a space parts them.
_PAUSE: Final = re.compile(rf"[\n.!?;,:，。、()—{_ENDS}]")
_REACH: Final = 60  # characters before a bracket that may say how fast
_ITEM: Final = re.compile(r"[^,，、]+")
_LEADS: Final = frozenset({"a", "an", "the", "camera", "with", "and", "then"})
_BY_SPELLING: Final = {
    spelling: command.name
    for command in COMMANDS
    for spelling in (command.name.casefold(), command.chinese)
}


class Segment(NamedTuple):
    """One word of a bracket; ``command`` is None when it is no listed command."""

    command: str | None
    start: int
    end: int


class Bracket(NamedTuple):
    """One bracket with its items, as slices of the prompt."""

    items: tuple[Segment, ...]
    start: int
    end: int

    @property
    def commands(self) -> tuple[str, ...]:
        """The listed commands, each once, in the order written."""
        return tuple(dict.fromkeys(item.command for item in self.items if item.command))


def command_named(text: str) -> str | None:
    """Return the command's name for its English or Chinese spelling; case and spacing are free."""
    return _BY_SPELLING.get(" ".join(text.split()).casefold())


def brackets(prompt: str) -> tuple[Bracket, ...]:
    """Find every closed bracket, empty ones included, in the order written."""
    found = []
    for match in _BRACKET.finditer(prompt):
        items = []
        for item in _ITEM.finditer(prompt, match.start(1), match.end(1)):
            word = item.group().strip()
            if word:
                start = item.start() + item.group().index(word)
                items.append(Segment(command_named(word), start, start + len(word)))
        found.append(Bracket(tuple(items), match.start(), match.end()))
    return tuple(found)


def bracket_moves(prompt: str, *, orbits: bool = False) -> tuple[tuple[Move, ...], ...]:
    """Read the moves that brackets ask for: one bracket together, brackets one after another.

    Parameters
    ----------
    prompt : str
        The prompt.
    orbits : bool, default False
        Whether orbits count, for which the service has no command: those in brackets, and
        those in prose together with the bracket before them.

    Returns
    -------
    tuple of tuple of Move
        Empty where no bracket holds a listed command.
    """
    found = brackets(prompt)
    if not any(bracket.commands for bracket in found):
        return ()
    groups: list[list[Move]] = []
    for bracket in found:
        first = {item.command: item for item in reversed(bracket.items)}
        speed = _speed_beside(prompt, bracket)
        group = [Move(name, speed, first[name].start, first[name].end) for name in bracket.commands]
        if orbits:
            group += _orbits(prompt, bracket.start, bracket.end)
        if group:
            groups.append(group)
    if orbits:
        for orbit in _orbits(unbracketed(prompt), 0, len(prompt)):
            earlier = [group for group in groups if group[0].start < orbit.start]
            group = earlier[-1] if earlier else groups[0]
            if not {move.command for move in group} & {*ORBITS, STATIC}:
                group.append(orbit)
    return tuple(tuple(group) for group in groups)


def _orbits(prompt: str, start: int, end: int) -> list[Move]:
    return [
        Move(move.command, move.speed, move.start + start, move.end + start)
        for group in prose_moves(prompt[start:end], orbits=True)
        for move in group
        if move.command in ORBITS
    ]


def unlisted_words(prompt: str) -> tuple[tuple[int, int], ...]:
    """Find the words in brackets that are no command, as slices of the prompt."""
    return tuple(
        (item.start, item.end)
        for bracket in brackets(prompt[:PROMPT_LIMIT])
        for item in bracket.items
        if item.command is None
    )


def unbracketed(prompt: str) -> str:
    """Return the prompt with its brackets emptied, every position kept."""
    return _BRACKET.sub(lambda match: f"[{' ' * len(match.group(1))}]", prompt)


def _speed_beside(prompt: str, bracket: Bracket) -> float:
    run = re.split(_PAUSE, prompt[max(0, bracket.start - _REACH) : bracket.start])[-1]
    before = words(prompt, bracket.start - len(run), bracket.start)
    if before:
        # "The river flows slowly [Push in]" is a slow river, "slowly [Push in]" a slow push.
        manner = all(word.text in MANNERS or word.text in _LEADS for word in before)
        last = before[-1].text
        if last in SPEEDS and (manner or last not in ADVERBS):
            return SPEEDS[last]
    pause = _PAUSE.search(prompt, bracket.end)
    after = words(prompt, bracket.end, pause.start() if pause else len(prompt))
    if after and after[0].text in ADVERBS:
        # "[Push in] fast cars" is about cars.
        alone = len(after) == 1
        if alone or (after[0].text.endswith("ly") and not after[1].text.endswith("ing")):
            return ADVERBS[after[0].text]
    return NORMAL


def stray_brackets(prompt: str) -> tuple[int, ...]:
    """Find the brackets that open and do not close, or close and did not open."""
    closed = {place for bracket in brackets(prompt) for place in (bracket.start, bracket.end - 1)}
    return tuple(match.start() for match in _STRAY.finditer(prompt) if match.start() not in closed)


def with_command(prompt: str, name: str) -> str:
    """Press a command's chip: put the command into the prompt, or take it out again.

    The first command opens a bracket before the text. Further ones join the last bracket that
    holds a command, which asks for them together. A command that stands in any bracket is
    taken out wherever it stands, with the bracket and the space it leaves empty.

    Parameters
    ----------
    prompt : str
        The prompt so far.
    name : str
        A command's name, e.g. ``"Push in"``.

    Returns
    -------
    str
        The prompt after the press; two presses on a prompt without brackets give it back.

    Raises
    ------
    PromptError
        If there is no such command, or the prompt is too long already.

    Examples
    --------
    >>> with_command("slow dawn", "Push in")
    '[Push in] slow dawn'
    >>> with_command("[Push in] slow dawn", "Pan left")
    '[Push in,Pan left] slow dawn'
    >>> with_command("[Push in,Pan left] slow dawn", "Push in")
    '[Pan left] slow dawn'
    """
    if len(prompt) > PROMPT_LIMIT:
        raise PromptError(
            f"The prompt has {len(prompt):,} characters; the service takes {PROMPT_LIMIT:,}. Shorten "
            "it first."
        )
    command = command_named(name)
    if command is None:
        names = ", ".join(known.name for known in COMMANDS)
        raise PromptError(f"There is no camera command {name!r}. The commands are: {names}.")
    holding = [bracket for bracket in brackets(prompt) if bracket.commands]
    if any(command in bracket.commands for bracket in holding):
        for bracket in reversed(holding):
            if command in bracket.commands:
                prompt = _without(prompt, bracket, command)
        return prompt
    if holding:
        end = holding[-1].items[-1].end
        return f"{prompt[:end]},{command}{prompt[end:]}"
    return f"[{command}] {prompt}" if prompt else f"[{command}]"


def _without(prompt: str, bracket: Bracket, command: str) -> str:
    before, after = prompt[: bracket.start], prompt[bracket.end :]
    kept = [prompt[item.start : item.end] for item in bracket.items if item.command != command]
    if kept:
        return f"{before}[{','.join(kept)}]{after}"
    if after.startswith(" ") and (not before or before[-1].isspace()):
        return before + after[1:]
    if before.endswith(" ") and (not after or after[0] in ",.;:!?"):
        return before[:-1] + after
    return before + after
