"""What people see of a notebook who have nothing of this kit: plain nbconvert, to any of its kinds."""

import base64
import re

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter, LatexExporter, MarkdownExporter

from tests.support import report_notebooks, run_notebooks, samples

EACH = pytest.mark.parametrize("path", run_notebooks.committed(), ids=lambda path: path.stem)
POSTER = re.compile('src="(data:image/jpeg;base64,[^"]+)"')
# What Jupyter and nbconvert put where they cannot show a widget.
BLANKS = ("Error displaying widget", "Loading widget", "A Jupyter Widget", "widget not available")


def twins(book):
    return [
        output
        for cell in book.cells
        for output in cell.get("outputs", ())
        if "hailuo" in output.get("metadata", {})
    ]


def views(book):
    return [
        output
        for cell in book.cells
        for output in cell.get("outputs", ())
        if report_notebooks.VIEW in output.get("data", {})
    ]


def assert_nothing_is_blank(book):
    shown = twins(book)
    assert shown
    assert len(views(book)) == len(shown)

    html, _ = HTMLExporter().from_notebook_node(book)
    markdown, _ = MarkdownExporter().from_notebook_node(book)
    # Texts need pandoc there; what is looked at here are the outputs.
    latex, resources = LatexExporter(exclude_markdown=True).from_notebook_node(book)

    for text in (html, markdown):
        for output in shown:
            posters = POSTER.findall("".join(output.data["text/html"]))
            assert posters
            assert all(poster in text for poster in posters)
    files = list(resources["outputs"].values())
    assert all(base64.b64decode(output.data["image/jpeg"]) in files for output in shown)
    assert latex.count(r"\adjustimage{") >= len(shown)
    for text in (html, markdown, latex):
        assert not any(words in text for words in BLANKS)
        assert "application/vnd.jupyter.widget-view" not in text


@EACH
def test_each_committed_notebook_shows_a_poster_for_each_widget(path):
    assert_nothing_is_blank(nbformat.read(path, as_version=4))


def test_the_live_half_of_a_widget_prints_nothing(tmp_path):
    (clip,) = report_notebooks.shelf(tmp_path, samples.clip(frames=4))
    live, twin = report_notebooks.of_clip(clip)
    with_live = report_notebooks.notebook([live, twin])
    without = report_notebooks.notebook([twin])
    without.cells[0].id = with_live.cells[0].id
    for exporter in (HTMLExporter(), MarkdownExporter(), LatexExporter(exclude_markdown=True)):
        words = [
            "".join(exporter.from_notebook_node(book)[0].split()) for book in (with_live, without)
        ]
        extra = len(words[0]) - len(words[1])
        # HTML has an empty place for it.
        assert extra == 0 or (isinstance(exporter, HTMLExporter) and extra < 300)
    assert_nothing_is_blank(with_live)
