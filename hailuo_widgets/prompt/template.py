"""A prompt with places for words: ``"{move}, {light}"``.

``{{`` and ``}}`` stand for braces that belong to the prompt itself.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import InputError, PromptError
from hailuo_widgets.service import PROMPT_LIMIT
from hailuo_widgets.text import short

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST: Final = 10 * PROMPT_LIMIT
"""Characters of a template: its variables' names may be longer than what comes into them."""

_PART: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def variables_of(template: str) -> tuple[str, ...]:
    """Name the variables of a template, each once, in their order.

    Raises
    ------
    InputError
        A brace stands alone, or holds what is no name.
    """
    found: dict[str, None] = {}
    for part in _PART.finditer(template):
        name = part[1]
        if name is None:
            if part[0] in "{}":
                raise InputError(
                    f"A brace stands alone in the prompt “{short(template, 60)}”. A variable is "
                    "written {so}; for a brace as such, as in JSON, write it twice, {{ or }}. Nothing "
                    "was sent."
                )
        elif name.isidentifier():
            found[name] = None
        else:
            raise InputError(
                f"{{{short(name)}}} in the prompt “{short(template, 60)}” names no variable: a name "
                "has letters, digits and _ and begins with no digit. For braces as such, as in JSON "
                "and wildcards, write them twice, {{ and }}. Nothing was sent."
            )
    return tuple(found)


def names_in(text: str) -> set[str]:
    """Return what could be the names of variables in a text that need not be a template."""
    return {part[1] for part in _PART.finditer(text) if part[1] and part[1].isidentifier()}


def read_as(text: str, words: Mapping[str, str] | Mapping[str, object]) -> str:
    """Return the template that the user means: a text that is none, where no words are given, itself.

    JSON and sets of wildcards such as ``{day|night}`` are no templates: their braces hold no names.
    A brace that stands alone is a slip, and stays one.

    Raises
    ------
    PromptError
        It is too long for a prompt, whatever words come into it.
    """
    if len(text) > _LONGEST:
        raise PromptError(
            f"The prompt has {len(text):,} characters; the service takes {PROMPT_LIMIT:,}. Nothing "
            "was sent."
        )
    if any(words.values()) or not _is_literal(text):
        return text
    return literal(text)


def _is_literal(text: str) -> bool:
    names = [part[1] for part in _PART.finditer(text) if part[1] is not None]
    lone = any(part[0] in {"{", "}"} for part in _PART.finditer(text))
    if not lone and all(name.isidentifier() for name in names):
        return False  # a template
    return _is_json(text) or (_is_balanced(text) and not any(map(str.isidentifier, names)))


def _is_json(text: str) -> bool:
    if text.lstrip()[:1] not in {"{", "["}:
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _is_balanced(text: str) -> bool:
    depth = 0
    for brace in re.findall("[{}]", text):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0


def as_written(template: str) -> str:
    """Return a template as the user would write it: one without variables is its prompt."""
    return template if variables_of(template) else filled(template, {})


def filled(template: str, values: Mapping[str, str]) -> str:
    """Put words in the places; braces in the words stay as they are.

    Raises
    ------
    InputError
        A brace stands alone, or a variable has no words.
    """
    for name in variables_of(template):
        if name not in values:
            raise missing(name, template)
    return _PART.sub(lambda part: part[0][0] if part[1] is None else values[part[1]], template)


def literal(prompt: str) -> str:
    """Write the template that gives this prompt, braces included, and has no variables."""
    return prompt.replace("{", "{{").replace("}", "}}")


def missing(name: str, template: str) -> InputError:
    """Return the error of a template whose words were not given."""
    return InputError(
        f"The prompt “{short(template, 60)}” has {{{name}}}, and {name} was not given. Give it as "
        f'{name}=["...", "..."] (in a CSV: as a column); for braces as such write '
        f"{{{{{name}}}}}. Nothing was sent."
    )
