"""A prompt with places for words: ``"{move}, {light}"``.

``{{`` and ``}}`` stand for braces that belong to the prompt itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import InputError
from hailuo_widgets.request.text import short

if TYPE_CHECKING:
    from collections.abc import Mapping

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
                    "written {so}; for a brace as such write it twice, {{ or }}. Nothing was sent."
                )
        elif name.isidentifier():
            found[name] = None
        else:
            raise InputError(
                f"{{{short(name)}}} in the prompt “{short(template, 60)}” names no variable: a name "
                "has letters, digits and _ and begins with no digit. For braces as such write "
                "them twice, {{ and }}. Nothing was sent."
            )
    return tuple(found)


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
    """Tell that a template asks for words that nobody gave."""
    return InputError(
        f"The prompt “{short(template, 60)}” has {{{name}}}, and {name} was not given. Give it as "
        f'{name}=["...", "..."] (in a CSV: as a column); for braces as such write '
        f"{{{{{name}}}}}. Nothing was sent."
    )
