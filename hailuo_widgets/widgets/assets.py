"""The widgets' JavaScript and CSS as the two strings that anywidget sends to the page.

Scripts are plain ES modules that import their shared leaves with ``from "./dom.js"``. A page can
not resolve that, so each leaf becomes a ``data:`` URL in its importer. The URL is made of the
leaf's text alone: the browser loads a leaf once per page, whichever widgets import it.
"""

from __future__ import annotations

import base64
import functools
import re
from pathlib import Path
from typing import Final

_STATIC: Final = Path(__file__).parent / "static"
_IMPORT: Final = re.compile(r'(?<=from )"\./([a-z_]+)\.js"')
# Only comments that have their lines to themselves: no string of ours begins a line that way.
_COMMENT: Final = re.compile(r"^[ \t]*(?:/\*.*?\*/|//[^\n]*)[ \t]*\n", re.MULTILINE | re.DOTALL)


@functools.cache
def script(stem: str) -> str:
    """Return ``static/<stem>.js`` with the modules it imports inside it.

    Comments are left out: a headless run saves the script in the notebook file.
    """
    text = (_STATIC / f"{stem}.js").read_text(encoding="utf-8")
    return _IMPORT.sub(lambda found: f'"{_address(found[1])}"', _COMMENT.sub("", text))


@functools.cache
def style(stem: str) -> str:
    """Return the theme followed by ``static/<stem>.css``."""
    sheets = [(_STATIC / f"{name}.css").read_text(encoding="utf-8") for name in ("theme", stem)]
    return _COMMENT.sub("", "\n".join(sheets))


def _address(stem: str) -> str:
    text = f"{script(stem)}//# sourceURL=hailuo_widgets/{stem}.js\n"
    return "data:text/javascript;base64," + base64.b64encode(text.encode()).decode()
