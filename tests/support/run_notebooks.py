"""Run notebooks headless; as a program, run those that are committed and keep their outputs.

``python -m tests.support.run_notebooks`` refreshes the outputs in place. Widget state is not stored: what a
saved notebook shows without a kernel is each widget's static twin.
"""

import shutil
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from tests.support.places import NOTEBOOKS


def committed():
    return sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))


def run(path, folder):
    """Run a notebook in a folder and return it with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    # Which kernel it asks for is the reader's business; here it is the one of this environment.
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        store_widget_state=False,
    )
    return client.execute()


def beside_a_copy(path, folder):
    """Lay out a folder as the notebook's own: its pictures and nothing else."""
    shutil.copytree(path.parent / "images", folder / "images")
    return Path(shutil.copy(path, folder))


def main():
    for path in committed():
        with tempfile.TemporaryDirectory() as home:
            notebook = run(beside_a_copy(path, Path(home)), home)
        for cell in notebook.cells:
            cell.metadata.pop("execution", None)
        nbformat.write(notebook, path)
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB", file=sys.stderr)


if __name__ == "__main__":
    main()


def clips_of(notebook):
    """The hashes of all clips that a notebook's widgets show."""
    return {
        card["clip"]
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        for card in output.get("metadata", {}).get("hailuo", {}).get("cards", ())
        if "clip" in card
    }
