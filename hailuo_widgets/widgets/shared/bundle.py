"""The widgets' JavaScript and CSS as the two strings that anywidget sends to the page.

Scripts are plain ES modules that import their leaves with ``from "../page/dom.js"``. A page can not
resolve that, so the leaves come along in the script, each once, as a function that gives what the
leaf exports. What a page must hold once, whichever widgets import it, becomes a ``data:`` URL
instead: the same URL is the same module.
"""

from __future__ import annotations

import base64
import functools
import posixpath
import re
from pathlib import Path
from typing import Final

_ROOMS: Final = Path(__file__).parent.parent
_SHARED: Final = frozenset({"page/clip_cache"})
_ICONS: Final = "page/icons"
_THEME: Final = "page/theme"
_IMPORT: Final = re.compile(r'^import \{([^}]*)\} from "(\.\.?/[a-z_./]+)\.js";\n', re.MULTILINE)
_EXPORT: Final = re.compile(
    r"^export (?=(?:async function|function|const|class) (\w+))", re.MULTILINE
)
# Only comments that have their lines to themselves: no string of ours begins a line that way.
_COMMENT: Final = re.compile(
    r"^[ \t]*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*\n", re.MULTILINE | re.DOTALL
)
# Within a line a comment says a type: no string of ours does.
_TYPE: Final = re.compile(r"/\*\* @type (?:(?!\*/).)*\*/ ?")
# Empty lines too. No text of ours in backquotes goes on in a next line; a test says so.
_INDENT: Final = re.compile(r"^\s+", re.MULTILINE)


@functools.cache
def script(name: str) -> str:
    """Return a module with the modules it imports inside it.

    Comments, indents and empty lines are left out: a headless run saves the script in the notebook file.

    Parameters
    ----------
    name : str
        A widget, such as ``player``, or the place of any module below ``widgets/``, such as
        ``page/dom``.
    """
    place = place_of(name)
    leaves: list[str] = []
    _collect(place, leaves)
    wanted = {each for module in [place, *leaves] for each in _names(module)}
    return "".join([*(_leaf(each, wanted) for each in leaves), _linked(place)])


@functools.cache
def style(name: str) -> str:
    """Return the theme followed by a widget's own style."""
    sheets = [_read(f"{place}.css") for place in (_THEME, place_of(name))]
    return _INDENT.sub("", _COMMENT.sub("", "\n".join(sheets)))


def place_of(name: str) -> str:
    """Return where a module lies below ``widgets/``: a widget's own has its room's name."""
    return name if "/" in name else f"{name}/{name}"


def _read(place: str) -> str:
    return (_ROOMS / place).read_text(encoding="utf-8")


@functools.cache
def _text(place: str) -> str:
    return _INDENT.sub("", _TYPE.sub("", _COMMENT.sub("", _read(f"{place}.js"))))


def _imports(place: str) -> list[tuple[str, str]]:
    """Return what a module imports: the names, and the place that each statement takes them from."""
    return [(names, _beside(place, path)) for names, path in _IMPORT.findall(_text(place))]


def _beside(place: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(place), path))


def _collect(place: str, leaves: list[str]) -> None:
    """Add the modules that one imports, those first that they import themselves."""
    for _, leaf in _imports(place):
        if leaf in leaves:
            continue
        if leaf not in _SHARED:
            _collect(leaf, leaves)
        leaves.append(leaf)


def _names(place: str) -> list[str]:
    """Return the names that a module imports."""
    return [
        name.partition(" as ")[0].strip()
        for given, _ in _imports(place)
        for name in given.split(",")
    ]


def _variable(place: str) -> str:
    return "$" + place.replace("/", "_")


def _leaf(place: str, wanted: set[str]) -> str:
    """Return a module as a leaf of a script; a page's icons are those that it draws."""
    if place in _SHARED:
        return f'import * as {_variable(place)} from "{_address(place)}";\n'
    given = _EXPORT.findall(_text(place))
    body = _linked(place)
    if place == _ICONS:
        given = [name for name in given if name in wanted]
        body = "".join(
            line
            for line in body.splitlines(keepends=True)
            if set(_EXPORT.findall(line)) & set(given)
        )
    inside = f"{_EXPORT.sub('', body)}return {{ {', '.join(given)} }};\n"
    return f"const {_variable(place)} = (() => {{\n{inside}}})();\n"


def _linked(place: str) -> str:
    """Return a module's text with its imports taken from the leaves above it."""

    def taken(found: re.Match[str]) -> str:
        leaf = _variable(_beside(place, found[2]))
        return f"const {{{found[1].replace(' as ', ': ')}}} = {leaf};\n"

    return _IMPORT.sub(taken, _text(place))


def _address(place: str) -> str:
    text = f"{script(place)}//# sourceURL=hailuo_widgets/{place}.js\n"
    return "data:text/javascript;base64," + base64.b64encode(text.encode()).decode()
