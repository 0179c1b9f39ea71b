"""The widgets' JavaScript and CSS as the two strings that anywidget sends to the page.

Scripts are plain ES modules that import their leaves with ``from "./dom.js"``. A page can not
resolve that, so the leaves come along in the script, each once, as a function that gives what the
leaf exports. What a page must hold once, whichever widgets import it, becomes a ``data:`` URL
instead: the same URL is the same module.
"""

from __future__ import annotations

import base64
import functools
import re
from pathlib import Path
from typing import Final

_STATIC: Final = Path(__file__).parent / "static"
_SHARED: Final = frozenset({"clips"})
_IMPORT: Final = re.compile(r'^import \{([^}]*)\} from "\./([a-z_]+)\.js";\n', re.MULTILINE)
_EXPORT: Final = re.compile(
    r"^export (?=(?:async function|function|const|class) (\w+))", re.MULTILINE
)
# Only comments that have their lines to themselves: no string of ours begins a line that way.
_COMMENT: Final = re.compile(
    r"^[ \t]*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*\n", re.MULTILINE | re.DOTALL
)


@functools.cache
def script(stem: str) -> str:
    """Return ``static/<stem>.js`` with the modules it imports inside it.

    Comments are left out: a headless run saves the script in the notebook file.
    """
    leaves: dict[str, str] = {}
    _collect(stem, leaves)
    return "".join([*leaves.values(), _linked(stem)])


@functools.cache
def style(stem: str) -> str:
    """Return the theme followed by ``static/<stem>.css``."""
    sheets = [(_STATIC / f"{name}.css").read_text(encoding="utf-8") for name in ("theme", stem)]
    return _COMMENT.sub("", "\n".join(sheets))


@functools.cache
def _text(stem: str) -> str:
    return _COMMENT.sub("", (_STATIC / f"{stem}.js").read_text(encoding="utf-8"))


def _collect(stem: str, leaves: dict[str, str]) -> None:
    """Add the modules that one imports, those first that they import themselves."""
    for _, leaf in _IMPORT.findall(_text(stem)):
        if leaf not in leaves and leaf in _SHARED:
            leaves[leaf] = f'import * as ${leaf} from "{_address(leaf)}";\n'
        elif leaf not in leaves:
            _collect(leaf, leaves)
            leaves[leaf] = _wrapped(leaf)


def _wrapped(stem: str) -> str:
    given = ", ".join(_EXPORT.findall(_text(stem)))
    body = _EXPORT.sub("", _linked(stem))
    return f"const ${stem} = (() => {{\n{body}return {{ {given} }};\n}})();\n"


def _linked(stem: str) -> str:
    """Give a module's text with its imports taken from the leaves above it."""

    def taken(found: re.Match[str]) -> str:
        return f"const {{{found[1].replace(' as ', ': ')}}} = ${found[2]};\n"

    return _IMPORT.sub(taken, _text(stem))


def _address(stem: str) -> str:
    text = f"{script(stem)}//# sourceURL=hailuo_widgets/{stem}.js\n"
    return "data:text/javascript;base64," + base64.b64encode(text.encode()).decode()
