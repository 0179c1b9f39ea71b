"""nbconvert's step from a notebook with widgets to one with static blocks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nbconvert.preprocessors import Preprocessor
from nbformat import from_dict

from hailuo_widgets.reports.blocks import Blocks
from hailuo_widgets.reports.library_lookup import LibraryLookup
from hailuo_widgets.reports.redact import discretion, hide, hide_literals
from hailuo_widgets.reports.widget_outputs import is_live, is_unused, shown, text

if TYPE_CHECKING:
    from nbformat import NotebookNode

_TITLE: Final = 200
_HEADING: Final = re.compile(r"^#[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)


class WidgetOutputs(Preprocessor):
    """Replaces each widget of this kit, and its static view, by one block made from the library.

    Outputs of others are left as they are. Widget state goes: nothing on the page reads it, and
    it may hold what somebody typed. Paths, the user's name and the key go too. The blocks are
    given on in ``resources["blocks"]``, the keys that code held in ``resources["keys"]``, the
    page's own words in ``resources["hailuo"]``.

    Parameters
    ----------
    library : str
        The library's folder; empty: ``HAILUO_LIBRARY``, else ``hailuo-library`` beside the
        notebook.
    playing : bool
        Whether the page plays clips.
    """

    enabled = True

    def __init__(self, *, library: str = "", playing: bool = True, **traits: object) -> None:
        super().__init__(**traits)  # type: ignore[no-untyped-call]
        self._library = library
        self._playing = playing

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Do so for all cells of a notebook, which is a copy already."""
        folder = Path(resources.get("metadata", {}).get("path") or ".")
        fit = discretion(folder)
        shelf = LibraryLookup(self._library, folder)
        blocks = Blocks(shelf, playing=self._playing)
        keys = hide_literals(nb.cells)
        try:
            for cell in nb.cells:
                hide(cell, fit, keys)
                if cell.cell_type == "code":
                    cell.outputs = _replaced(cell.outputs, blocks)
        finally:
            shelf.close()
        nb.metadata.pop("widgets", None)
        resources["blocks"] = blocks
        resources["keys"] = keys
        resources["hailuo"].update(
            title=_title(nb, resources), notes=_notes(blocks, shelf), foot=_foot(blocks)
        )
        return nb, resources


def _replaced(outputs: list[NotebookNode], blocks: Blocks) -> list[NotebookNode]:
    """Put blocks in the places of static views, and leave out the live half before each."""
    kept: list[NotebookNode] = []
    for output in outputs:
        said = shown(output)
        if said is None:
            kept.append(output)
            continue
        if kept and is_live(kept[-1]):
            kept.pop()
        if is_unused(said):
            continue
        block = {
            "output_type": "display_data",
            "data": {"text/html": blocks.draw(said)},
            "metadata": {"hailuo_block": True},
        }
        kept.append(from_dict(block))  # type: ignore[no-untyped-call]
    return kept


def _title(nb: NotebookNode, resources: dict[str, Any]) -> str:
    """Find what the notebook is called: its own word, its first heading, or its file's name."""
    if isinstance(given := nb.metadata.get("title"), str) and given.strip():
        return text(given, _TITLE)
    for cell in nb.cells:
        if cell.cell_type == "markdown" and (found := _HEADING.search(cell.source)):
            return text(found[1], _TITLE)
    return text(resources.get("metadata", {}).get("name"), _TITLE) or "Report"


def _notes(blocks: Blocks, shelf: LibraryLookup) -> list[str]:
    count = len(blocks.missing)
    if not count:
        return []
    subject, do, they, their = (
        ("clip", "does", "It is", "its") if count == 1 else ("clips", "do", "They are", "their")
    )
    why = shelf.trouble or f"{they} not in the library beside it."
    said = (
        f"{count} {subject} of this notebook {do} not play here: {their} pictures are those that "
        f"the notebook holds. {why}"
    )
    return [said]


def _foot(blocks: Blocks) -> list[str]:
    lines = []
    if blocks.clips and blocks.playing:
        lines.append("Keys: space plays, the arrows step one frame, with shift one second.")
    if blocks.drafts:
        lines.append(
            "A draft is rendered locally from one picture and shows the move; it is no generation."
        )
    return lines
