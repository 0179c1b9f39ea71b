"""Notebooks with a library beside them, as a person would hand them on."""

import hashlib
import itertools
import struct

import nbformat

from hailuo_widgets.library.ledger.states import JobState
from hailuo_widgets.library.library import Library
from hailuo_widgets.media.clip import read_facts
from hailuo_widgets.widgets.player.player import Player
from tests.support import library_factory, samples

PLAIN = {"text/html": "", "text/latex": "", "text/plain": ""}
VIEW = "application/vnd.jupyter.widget-view+json"
_numbers = itertools.count()


def shelf(folder, *films, prompt="[Push in] take {}"):
    """A library beside a notebook, with one more clip of each film; returns all its clips."""
    library = Library(folder / "hailuo-library")
    for number, film in enumerate(films, 1):
        request = samples.request(prompt.format(number))
        library_factory.finished(library, request, film, price=library_factory.FREE)
    entries, _ = library.ledger.history.page()
    clips = [
        library.clip(entry.row.clip_sha256, prompt=entry.prompt, service="emulator")
        for entry in reversed(entries)
    ]
    library.close()
    return clips


def stand_ins(folder, hashes, film):
    """A library with a film for each of these hashes: a real notebook's clips, made quickly.

    Returns
    -------
    dict
        The hash of each one's stand-in: what is handed on must be what its hash says.
    """
    library = Library(folder / "hailuo-library")
    names = {}
    for number, sha256 in enumerate(sorted(hashes)):
        row, _ = library_factory.begin(
            library.ledger, samples.request(f"{number}"), price=library_factory.FREE
        )
        # A box that players skip makes each of them a film of its own.
        whole = film + struct.pack(">I4sI", 12, b"free", number)
        names[sha256] = hashlib.sha256(whole).hexdigest()
        path = library.media.clip_path(names[sha256])
        path.write_bytes(whole)
        arrived = (names[sha256], read_facts(path), len(whole))
        library.ledger.transitions.advance(
            row.id, JobState.DOWNLOADED, prediction_id=f"p{number}", clip=arrived
        )
        library.ledger.transitions.release(row.id)
    library.close()
    return names


def outputs(bundle, kind):
    """A widget's two outputs, as a saved notebook holds them."""
    live = {VIEW: {"model_id": f"m{next(_numbers)}", "version_major": 2, "version_minor": 0}}
    about = {"kind": kind, "cards": bundle.cards, **bundle.more}
    return [
        nbformat.v4.new_output("display_data", {**live, **PLAIN}),
        nbformat.v4.new_output("display_data", bundle.whole(), metadata={"hailuo": about}),
    ]


def outputs_of_text(text):
    """A widget's outputs whose card says a text in its title and in each row."""
    card = {"title": text, "rows": [[text, text], ["Prompt", text], ["State", text]]}
    about = {"kind": "clip", "cards": [card]}
    made = nbformat.v4.new_output("display_data", {"text/html": text}, metadata={"hailuo": about})
    return [made]


def of_clip(clip):
    return outputs(Player(clip).draw_static_view(), Player.kind)


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
