"""What no report tells: where things lie on this machine, who its user is, and the key."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KEY_VARIABLE: Final = "WAVESPEED_API_KEY"
_HIDDEN: Final = "•••"
_SHORTEST_KEY: Final = 6

# Ends a folder's name: what goes on with a letter is another folder.
_END: Final = r"(?![\w.-])"
_SOMEONE: Final = re.compile(
    rf"(?<![\w.~-])(?:/home|/Users|[A-Za-z]:\\+Users)[/\\]+[^/\\\s\"'<>:]+{_END}"
)
_KEY_IN_CODE: Final = re.compile(r"""(\bapi_key\s*=\s*)(?:"[^"\n]*"|'[^'\n]*')""")
_ANSI: Final = re.compile(r"\x1b\[[0-9;]*m")


def discretion(
    folder: Path | None, environment: Mapping[str, str] = os.environ
) -> Callable[[str], str]:
    """Give a function that makes a text fit to be handed on.

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
            text = text.replace(key, _HIDDEN)
        text = folders.sub(lambda found: places[found[0]], text)
        return _KEY_IN_CODE.sub(rf'\1"{_HIDDEN}"', _SOMEONE.sub("~", text))

    return fit


def hide(cell: dict[str, Any], fit: Callable[[str], str]) -> None:
    """Make a cell's source and the texts of its outputs fit to be handed on, in place.

    Of an error its name and sentence stay; its traceback is for whoever runs the notebook.
    """
    cell["source"] = fit(cell["source"])
    for output in cell.get("outputs", ()):
        if output["output_type"] == "stream":
            output["text"] = fit(output["text"])
        elif output["output_type"] == "error":
            output["evalue"] = fit(_ANSI.sub("", output.get("evalue", "")))
            output["traceback"] = [f"{output.get('ename', 'Error')}: {output['evalue']}"]
        else:
            data = output["data"]
            data.update(
                {
                    kind: fit(content)
                    for kind, content in data.items()
                    if kind.startswith("text/") and isinstance(content, str)
                }
            )
