"""What no report tells: where things lie on this machine, who its user is, and the key."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.redaction import redact
from hailuo_widgets.reports.literals import HIDDEN, in_prose, without_literals

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

KEY_VARIABLE: Final = "WAVESPEED_API_KEY"
_SHORTEST_KEY: Final = 6

# Ends a folder's name: what goes on with a letter is another folder.
_END: Final = r"(?![\w.-])"
_SOMEONE: Final = re.compile(
    rf"(?<![\w.~-])(?:/home|/Users|[A-Za-z]:\\+Users)[/\\]+[^/\\\s\"'<>:]+{_END}"
)
_TEXTS: Final = ("text/", "image/svg", "application/javascript", "application/json")
_ANSI: Final = re.compile(r"\x1b\[[0-9;:]*[A-Za-z]")


def discretion(
    folder: Path | None, environment: Mapping[str, str] = os.environ
) -> Callable[[str], str]:
    """Return a function that makes a text fit to be handed on.

    Parameters
    ----------
    folder : Path or None
        The notebook's folder: what lies in it is named from there.
    environment : mapping
        The process's environment variables.
    """
    key = environment.get(KEY_VARIABLE, "").strip()
    places = {
        str(folder.absolute()) if folder else "": ".",
        str(Path.cwd()): ".",
        str(Path.home()): "~",
        tempfile.gettempdir(): "…",
        sys.prefix: "…",
        sys.base_prefix: "…",
    }
    # The longest first: one of these folders may lie in another.
    known = sorted((place for place in places if len(place) > 1), key=len, reverse=True)
    folders = re.compile(rf"(?<![\w.~-])(?:{'|'.join(map(re.escape, known))}){_END}")

    def fit(text: str) -> str:
        if len(key) >= _SHORTEST_KEY:
            text = text.replace(key, HIDDEN)
        text = folders.sub(lambda found: places[found[0]], text)
        return _SOMEONE.sub("~", text)

    return fit


def hide_literals(cells: list[Any]) -> set[str]:
    """Take keys that somebody typed out of the cells' sources, in place; return those keys."""
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    sources, keys = without_literals([cell["source"] for cell in code])
    for cell, source in zip(code, sources, strict=True):
        cell["source"] = source
    for cell in cells:
        if cell["cell_type"] != "code":
            cell["source"], more = in_prose(cell["source"])
            keys |= more
    return keys


def hide(cell: dict[str, Any], fit: Callable[[str], str], keys: Collection[str] = ()) -> None:
    """Make a cell's source and the texts of its outputs fit to be handed on, in place.

    Of an error its name and sentence stay; its traceback is for the one that runs the notebook.

    Parameters
    ----------
    keys : collection of str
        Keys that stood in the notebook's code.
    """
    if cell["cell_type"] == "code":
        ((source,), more) = without_literals([cell["source"]])
        cell["source"], keys = source, {*keys, *more}

    def fit_text(text: str) -> str:
        # Colours may stand within a key.
        plain = _ANSI.sub("", text)
        return fit(redact(plain if redact(plain, keys) != plain else text, keys))

    cell["source"] = fit_text(cell["source"])
    for output in cell.get("outputs", ()):
        if output["output_type"] == "stream":
            output["text"] = fit_text(output["text"])
        elif output["output_type"] == "error":
            output["ename"] = fit_text(str(output.get("ename", "Error")))
            output["evalue"] = fit_text(_ANSI.sub("", output.get("evalue", "")))
            output["traceback"] = [f"{output['ename']}: {output['evalue']}"]
        else:
            data = output["data"]
            data.update(
                {
                    kind: fit_text(content)
                    for kind, content in data.items()
                    if kind.startswith(_TEXTS) and isinstance(content, str)
                }
            )
