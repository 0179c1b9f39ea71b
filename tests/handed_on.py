"""Notebooks with a library beside them, as a person would hand them on."""

import itertools

import nbformat

import samples
import shelves
from hailuo_widgets.library.library import Library
from hailuo_widgets.widgets.player import Player

PLAIN = {"text/html": "", "text/latex": "", "text/plain": ""}
VIEW = "application/vnd.jupyter.widget-view+json"
_numbers = itertools.count()


def shelf(folder, *films, prompt="[Push in] take {}"):
    """A library beside a notebook, with one more clip of each film; returns all its clips."""
    library = Library(folder / "hailuo-library")
    for number, film in enumerate(films, 1):
        request = samples.request(prompt.format(number))
        shelves.finished(library, request, film, price=shelves.FREE)
    entries, _ = library.ledger.history()
    clips = [
        library.clip(entry.row.clip_sha256, prompt=entry.prompt, service="emulator")
        for entry in reversed(entries)
    ]
    library.close()
    return clips


def outputs(bundle, kind):
    """A widget's two outputs, as a saved notebook holds them."""
    live = {VIEW: {"model_id": f"m{next(_numbers)}", "version_major": 2, "version_minor": 0}}
    about = {"kind": kind, "cards": bundle.cards, **bundle.more}
    return [
        nbformat.v4.new_output("display_data", {**live, **PLAIN}),
        nbformat.v4.new_output("display_data", bundle.whole(), metadata={"hailuo": about}),
    ]


def of_clip(clip):
    return outputs(Player(clip).twin(), Player.kind)


def notebook(*cells):
    """A notebook of these cells: a text, or the outputs of a code cell."""
    made = []
    for cell in cells:
        if isinstance(cell, str):
            made.append(nbformat.v4.new_markdown_cell(cell))
        else:
            made.append(nbformat.v4.new_code_cell("hw.shown()", outputs=cell))
    return nbformat.v4.new_notebook(cells=made)


def save(folder, *cells, name="shots.ipynb"):
    path = folder / name
    nbformat.write(notebook(*cells), path)
    return path
