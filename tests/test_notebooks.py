"""The committed notebooks: they run with no key, and read well where no kernel is."""

import re

import nbformat
import papermill
import pytest

from hailuo_widgets.library.library import Library
from hailuo_widgets.reports.report import report
from tests.support import run_notebooks
from tests.support.run_notebooks import clips_of

pytestmark = pytest.mark.long

LIMIT = {"01_first_clip.ipynb": 300_000}
LIMIT_OF_OTHERS = 1_000_000
EACH = pytest.mark.parametrize("path", run_notebooks.committed(), ids=lambda path: path.stem)


def html_of(notebook):
    return [
        "".join(output["data"]["text/html"])
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "text/html" in output.get("data", {})
    ]


def assert_reads_well(notebook):
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert [output for output in outputs if output["output_type"] == "error"] == []
    assert [output for output in outputs if output.get("name") == "stderr"] == []
    twins = [html for html in html_of(notebook) if "hw-twin" in html]
    assert twins
    with_poster = [html for html in twins if "data:image/jpeg;base64," in html]
    assert with_poster
    # A form that has made nothing yet shows a sample.
    made = [html for html in with_poster if "the first of the samples" not in html]
    assert made
    assert all(re.search(r"\d+ x \d+ · 24 fps", html) for html in made)
    assert "when this was saved" not in "".join(twins)


@EACH
def test_it_runs_headless_and_once_more_at_no_cost(path, tmp_path):
    """With nbclient first, then with papermill, from the library that the first run has left."""
    copy = run_notebooks.beside_a_copy(path, tmp_path)
    done = run_notebooks.run(copy, tmp_path)
    assert_reads_well(done)
    text = nbformat.writes(done)
    assert len(text) < LIMIT.get(path.name, LIMIT_OF_OTHERS)
    assert str(tmp_path) not in text
    library = Library(tmp_path / "hailuo-library")
    made = len(library.ledger.jobs.all())
    again = papermill.execute_notebook(
        copy, tmp_path / "out.ipynb", cwd=tmp_path, kernel_name="python3", progress_bar=False
    )
    assert_reads_well(again)
    assert len(library.ledger.jobs.all()) == made
    library.close()
    page = report(tmp_path / "out.html", notebook=tmp_path / "out.ipynb").path
    assert page.stat().st_size <= 24_000_000
    assert page.read_text().count('id="clip-') == len(clips_of(again))


@EACH
def test_its_committed_outputs_show_poster_and_facts(path):
    notebook = nbformat.read(path, as_version=4)
    assert_reads_well(notebook)
    assert "widgets" not in notebook.metadata
    assert path.stat().st_size < LIMIT.get(path.name, LIMIT_OF_OTHERS)
    assert re.search(r"/(home|root|tmp|work|Users)/", path.read_text()) is None
