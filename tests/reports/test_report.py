"""Reports without a browser: what the page holds, what it says, and what it never tells."""

import base64
import html.parser
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import hypothesis.strategies as st
import nbformat
import pytest
from hypothesis import given, settings

import hailuo_widgets as hw
from hailuo_widgets.errors import InputError
from hailuo_widgets.jobs.runner import api
from hailuo_widgets.reports.blocks import Blocks
from hailuo_widgets.reports.current_notebook import is_behind, notebook_file
from hailuo_widgets.reports.embed_clips import shares_of
from hailuo_widgets.reports.exporter import HailuoExporter
from hailuo_widgets.reports.library_lookup import LibraryLookup
from hailuo_widgets.reports.redact import discretion, hide
from hailuo_widgets.reports.report import report
from hailuo_widgets.reports.widget_outputs import shown
from hailuo_widgets.widgets.job_view.job_view import JobView
from hailuo_widgets.widgets.shared import static_view as twin
from tests.support import report_notebooks, samples
from tests.support.films import numbered_videos
from tests.support.report_outputs import HOSTILE, comparison, strip_of

pytestmark = pytest.mark.slow


class Reader(html.parser.HTMLParser):
    """Collects the elements, the text and the data of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text, self.attributes, self.held = [], "", [], {}
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.extend(dict(attrs).items())
        self._inside = dict(attrs).get("id", tag) if tag == "script" else tag

    def handle_data(self, data):
        if self._inside.startswith(("clip-", "hw-report-data")):
            self.held[self._inside] = self.held.get(self._inside, "") + data
        elif self._inside not in {"style", "script"}:
            self.text += data


@pytest.fixture(scope="module")
def films():
    return numbered_videos.copies(numbered_videos.film(24, 640, 360), 2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, films):
    """A notebook's folder with a library of two clips."""
    place = tmp_path_factory.mktemp("notebook")
    report_notebooks.shelf(place, *films)
    return place


@pytest.fixture(scope="module")
def clips(folder):
    return report_notebooks.shelf(folder)


def exported(folder, *cells, name="shots", **options):
    """Export a notebook of these cells; returns the page, read, and what lies beside it."""
    resources = {
        "metadata": {"name": name, "path": str(folder)},
        "output_files_dir": f"{name}_files",
    }
    page, resources = HailuoExporter(**options).from_notebook_node(
        report_notebooks.notebook(*cells), resources
    )
    return page, resources


# -- the page ------------------------------------------------------------------------------


def test_a_clip_lies_in_the_page_once_as_it_is_in_the_library(folder, clips):
    page, _ = exported(
        folder, report_notebooks.of_clip(clips[0]), report_notebooks.of_clip(clips[0])
    )
    read = Reader(page)
    assert list(read.held) == [f"clip-{clips[0].sha256}", "hw-report-data"]
    data = base64.b64decode(read.held[f"clip-{clips[0].sha256}"])
    assert data == clips[0].path.read_bytes()
    assert "shown here at" not in read.text
    assert read.text.count("640 x 360 · 24 fps") == 2
    assert [value for name, value in read.attributes if name == "data-clip"] == [
        clips[0].sha256
    ] * 2


def test_the_page_asks_for_nothing(folder, clips):
    page, _ = exported(
        folder, "# Dawn\n\n![far](https://example.com/x.png)", report_notebooks.of_clip(clips[0])
    )
    read = Reader(page)
    loads = [
        value
        for name, value in read.attributes
        if name in {"src", "srcset", "data", "poster"} and not value.startswith("data:")
    ]
    assert loads == []
    assert "link" not in read.tags
    assert ("href", "https://example.com/x.png") in read.attributes
    policy = re.search(r'<meta content="(default-src[^"]+)"', page)[1]
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy


def test_clips_that_do_not_fit_are_copied_smaller_and_the_page_says_so(folder, clips):
    whole, _ = exported(folder, *map(report_notebooks.of_clip, clips))
    budget = round(len(whole.encode()) / 1e6 - 0.07, 3)
    page, _ = exported(folder, *map(report_notebooks.of_clip, clips), budget=budget)
    assert len(page.encode()) <= budget * 1e6
    read = Reader(page)
    said = re.findall(
        r"shown here at (\d+) x (\d+), [\d.]+ KB; the original has 640 x 360", read.text
    )
    assert len(said) == 2
    facts = json.loads(read.held["hw-report-data"])["clips"][clips[0].sha256]
    assert [str(facts["width"]), str(facts["height"])] == list(said[0])
    assert facts["bytes"] == len(base64.b64decode(read.held[f"clip-{clips[0].sha256}"]))
    assert facts["frames"] == 24


def test_a_budget_too_small_for_the_posters_is_a_sentence(folder, clips):
    with pytest.raises(
        InputError, match=r"does not fit 0.05 MB: .* Give at least [\d.]+ MB"
    ) as caught:
        exported(folder, report_notebooks.of_clip(clips[0]), budget=0.05)
    needed = float(re.search(r"at least ([\d.]+) MB", str(caught.value))[1])
    exported(folder, report_notebooks.of_clip(clips[0]), budget=needed)


@pytest.mark.parametrize("budget", [0, -1, float("nan"), float("inf")])
def test_a_budget_that_is_no_size_is_a_sentence(folder, budget):
    with pytest.raises(InputError, match="a number of megabytes above 0"):
        exported(folder, "# Dawn", budget=budget)


def test_clips_can_lie_beside_the_page_as_they_are(folder, clips):
    page, resources = exported(folder, *map(report_notebooks.of_clip, clips), clips="link")
    names = [f"shots_files/draft-{clip.sha256[:8]}.mp4" for clip in clips]
    assert resources["outputs"] == {
        name: clip.path.read_bytes() for name, clip in zip(names, clips, strict=True)
    }
    read = Reader(page)
    assert list(read.held) == ["hw-report-data"]
    assert json.loads(read.held["hw-report-data"])["clips"][clips[1].sha256]["address"] == names[1]
    assert f"{names[0]}, beside this page" in read.text


def test_a_damaged_clip_stays_a_poster_and_the_page_says_so(tmp_path):
    (clip,) = report_notebooks.shelf(tmp_path, numbered_videos.film(24, 640, 360))
    output = report_notebooks.of_clip(clip)
    clip.path.write_bytes(b"no film" + bytes(100_000))
    page, _ = exported(tmp_path, output, budget=0.42)
    read = Reader(page)
    assert "only its poster: the clip's file is damaged or gone" in read.text
    assert read.held == {}


# -- where things are missing --------------------------------------------------------------


def test_without_its_library_a_page_has_the_posters_that_the_notebook_holds(
    folder, clips, tmp_path
):
    output = report_notebooks.of_clip(clips[0])
    poster = re.search('base64,([^"]+)', output[1].data["text/html"])[1]
    page, resources = exported(tmp_path, output)
    read = Reader(page)
    assert ("src", f"data:image/jpeg;base64,{poster}") in read.attributes
    assert "640 x 360 · 24 fps" in read.text
    assert "1 clip of this notebook does not play here" in read.text
    assert "no library hailuo-library beside the notebook" in read.text
    assert resources["shown"] == {"blocks": 1, "clips": 0, "missing": 1}
    assert list(tmp_path.iterdir()) == []


def test_another_librarys_clips_are_told_from_missing_libraries(clips, tmp_path):
    report_notebooks.shelf(tmp_path, samples.clip(frames=4))
    read = Reader(exported(tmp_path, report_notebooks.of_clip(clips[0]))[0])
    assert "It is not in the library beside it." in read.text
    assert "is no library" not in read.text


def test_a_library_can_be_named(folder, clips, tmp_path):
    page, _ = exported(
        tmp_path, report_notebooks.of_clip(clips[0]), library=str(folder / "hailuo-library")
    )
    assert f"clip-{clips[0].sha256}" in Reader(page).held


def test_foreign_outputs_are_left_as_they_are_and_state_goes(folder, clips):
    foreign = nbformat.v4.new_output(
        "display_data",
        {report_notebooks.VIEW: {"model_id": "other"}, "text/plain": "IntSlider(value=3)"},
    )
    table = nbformat.v4.new_output(
        "display_data", {"text/html": "<table><tr><td>7</td></tr></table>"}
    )
    book = report_notebooks.notebook([foreign, table, *report_notebooks.of_clip(clips[0])])
    secret = {"state": {"other": {"state": {"value": "sesame"}}}}
    book.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": secret}
    page, _ = HailuoExporter().from_notebook_node(book, {"metadata": {"path": str(folder)}})
    assert "IntSlider(value=3)" in Reader(page).text
    assert "<table><tr><td>7</td></tr></table>" in page
    assert "sesame" not in page


def test_each_widget_becomes_one_block_in_its_place(folder, clips):
    page, _ = exported(folder, "before", report_notebooks.of_clip(clips[0]), "after")
    assert page.count('class="hw-report-block') == 1
    assert page.index("before</p>") < page.index("<figure") < page.index("after</p>")
    assert "hw-twin" not in page


def test_a_form_that_nothing_was_put_into_is_left_out(folder, clips):
    empty = twin.card("Studio", None, [("Form", "run this cell to use it")])
    begun = twin.card("Studio", None, [("Prompt", "dawn"), ("Form", "run this cell to use it")])
    page, _ = exported(
        folder, report_notebooks.outputs(empty, "studio"), report_notebooks.outputs(begun, "studio")
    )
    assert page.count('class="hw-report-block') == 1
    assert Reader(page).text.count("run this cell to use it") == 1


# -- comparisons ----------------------------------------------------------------------------


def test_a_comparison_gives_the_widget_its_state_and_nothing_to_press(folder, clips):
    page, _ = exported(folder, comparison(clips))
    read = Reader(page)
    (state,) = json.loads(read.held["hw-report-data"])["places"].values()
    assert state["widget"] == "compare"
    state = state["state"]
    assert [cell["facts"]["sha256"] for cell in state["cells"]] == [c.sha256 for c in clips]
    assert state["cells"][1]["words"] == [["slow ", 0], ["storm", 2]]
    assert {cell["retry"] + cell["relpath"] for cell in state["cells"]} == {""}
    assert (state["head"]["run"], state["head"]["amount"]) == ("", "")
    assert state["head"]["money"] == "2 drafts · free"
    assert "secret/place" not in page
    assert page.count("<mark>storm</mark>") == 1
    assert "Start framecat.jpg" in read.text.replace("\n", "")
    assert re.search(r"2 · Draft.*?640 x 360.*?free.*?unchanged", read.text, re.DOTALL)


def test_a_comparison_without_its_library_is_posters_with_marked_words(clips, tmp_path):
    read = Reader(exported(tmp_path, comparison(clips))[0])
    assert read.held == {}
    assert read.tags.count("mark") == 2
    assert (
        sum(name == "class" and value == "hw-report-poster" for name, value in read.attributes) == 2
    )


# -- strips -----------------------------------------------------------------------------------


def test_a_strip_gives_the_widget_its_clips_in_order(folder, clips):
    page, _ = exported(folder, strip_of(clips[::-1]))
    read = Reader(page)
    (place,) = json.loads(read.held["hw-report-data"])["places"].values()
    assert place["widget"] == "strip"
    shots = place["state"]["shots"]
    assert [shot["facts"]["sha256"] for shot in shots] == [c.sha256 for c in clips[::-1]]
    assert [shot["title"] for shot in shots] == ["[Push in] take 2", "[Push in] take 1"]
    assert "Strip with drafts" in read.text
    assert "rain.mp3" in read.text
    assert "2 · 2.0 s · 48 frames" in read.text


# -- what comes from a file is data -----------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(HOSTILE),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=20,
)
CARDS = st.lists(
    st.fixed_dictionaries({}, optional={"title": JSON, "rows": JSON, "clip": JSON}), max_size=3
)
ABOUT = st.fixed_dictionaries(
    {"kind": st.sampled_from(["clip", "job", "history", "compare", "strip"]) | JSON},
    optional={"cards": CARDS | JSON, "head": JSON, "cells": st.lists(JSON) | JSON},
)


@settings(deadline=None)
@given(ABOUT, st.text(max_size=20))
def test_whatever_a_file_says_of_a_widget_is_text(tmp_path_factory, about, markup):
    said = shown({"metadata": {"hailuo": about}, "data": {"text/html": markup}})
    blocks = Blocks(LibraryLookup("", tmp_path_factory.getbasetemp() / "nowhere", {}), playing=True)
    drawn = Reader(blocks.draw(said)) if said else Reader("")
    assert not {"script", "style", "iframe", "object", "link"} & set(drawn.tags)
    assert all(not name.startswith("on") for name, _ in drawn.attributes)
    assert "49" not in drawn.text or "49" in json.dumps(about)


def test_script_and_template_syntax_in_a_prompt_are_text(folder):
    bundle = twin.card("Draft", None, [("Prompt", HOSTILE), ("Note", HOSTILE)])
    page, _ = exported(folder, report_notebooks.outputs(bundle, "job"))
    assert Reader(page).text.count(HOSTILE) == 2
    assert "alert(1)</script>" not in page


def test_script_in_a_prompt_that_is_played_is_text_too(folder, clips):
    page, _ = exported(folder, comparison(clips, words=("dawn", HOSTILE)))
    (place,) = json.loads(Reader(page).held["hw-report-data"])["places"].values()
    assert place["state"]["cells"][1]["words"] == [["slow ", 0], [HOSTILE, 2]]
    assert page.count("alert(1)</script>") == 0


def test_ten_megabytes_of_prompt_are_cut(folder):
    bundle = twin.card("Draft", None, [("Prompt", "long " * 2_000_000)])
    page, _ = exported(folder, report_notebooks.outputs(bundle, "job"))
    assert len(page) < 400_000
    assert "long …" in Reader(page).text


# -- what no report tells -------------------------------------------------------------------


@given(st.text(alphabet=st.characters(exclude_characters="/\\.", codec="ascii"), max_size=20))
def test_no_folder_of_this_machine_is_named(tail):
    fit = discretion(Path("/srv/films/notebook"), {})
    for place in (
        "/srv/films/notebook",
        str(Path.home()),
        str(Path.cwd()),
        "/home/ann",
        "/Users/ann",
    ):
        said = fit(f"in {place}/{tail}: {place}")
        assert place not in said
    assert fit("/homes/ann and /srv/films/notebooks") == "/homes/ann and /srv/films/notebooks"


def test_the_key_is_hidden_wherever_it_stands():
    fit = discretion(None, {"WAVESPEED_API_KEY": "ws-sentinel"})
    cell = nbformat.v4.new_code_cell(
        'hw.connect("wavespeed", api_key="typed in", budget=5)',
        outputs=[
            nbformat.v4.new_output("stream", text="ws-sentinel"),
            nbformat.v4.new_output("display_data", {"text/html": "<b>ws-sentinel</b>"}),
            nbformat.v4.new_output(
                "error", ename="ValueError", evalue="no ws-sentinel",
                traceback=["\x1b[31m/home/ann/x.py\x1b[0m in line 3", "ws-sentinel"],
            ),
        ],
    )  # fmt: skip
    hide(cell, fit)
    text = json.dumps(cell, ensure_ascii=False)
    assert "sentinel" not in text
    assert "typed in" not in text
    assert "ann" not in text
    assert cell.outputs[2].traceback == ["ValueError: no •••"]
    assert "budget=5" in cell.source


def test_a_paid_runs_key_is_in_nothing_that_is_handed_on(emulator, paid, tmp_path):
    job = api.generate(samples.gradient(), "dawn")
    job.wait(60)
    view = JobView(job)
    book = report_notebooks.save(
        tmp_path, report_notebooks.outputs(view.draw_static_view(), view.kind)
    )
    said = report(tmp_path / "out.html", notebook=book, library=tmp_path / "library")
    assert "1 clip" in repr(said)
    assert "$0.49" in Reader((tmp_path / "out.html").read_text()).text
    held = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {".html", ".ipynb", ".mp4", ".sqlite3"} <= {path.suffix for path in held}
    assert [path.name for path in held if emulator.key.encode() in path.read_bytes()] == []


def test_a_page_names_no_folder(folder, clips):
    printed = nbformat.v4.new_output("stream", text=f"{folder}/x.mp4 of {Path.home()}")
    page, _ = exported(folder, [printed], report_notebooks.of_clip(clips[0]))
    assert str(folder) not in page
    assert str(Path.home()) + " " not in page
    assert "./x.mp4 of ~" in page


# -- sharing a budget -------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.integers(1, 10**7), st.integers(1, 10**5)), max_size=30),
    st.integers(0, 10**8),
)
def test_shares_are_within_the_room_and_nobody_gets_less_than_the_least(clips, more):
    sizes = {str(n): max(size, least) for n, (size, least) in enumerate(clips)}
    least = {str(n): few for n, (_, few) in enumerate(clips)}
    room = sum(least.values()) + more
    shares = shares_of(sizes, room, least)
    assert sum(shares.values()) <= room
    assert all(least[name] <= share <= sizes[name] for name, share in shares.items())
    if sum(sizes.values()) <= room:
        assert shares == sizes


# -- hw.report ----------------------------------------------------------------------------------


def test_a_report_is_written_from_a_saved_notebook(folder, clips, tmp_path):
    book = report_notebooks.save(folder, "# Dawn", report_notebooks.of_clip(clips[0]))
    target = tmp_path / "out.html"
    written = hw.report(target, notebook=book)
    assert re.fullmatch(
        r"out\.html: 0\.\d MB, 1 clip, from shots\.ipynb as saved at \d\d:\d\d:\d\d\.",
        repr(written),
    )
    assert "<title>Dawn</title>" in target.read_text()
    first = target.read_bytes()
    assert hw.report(target, notebook=book).path == target
    assert len(target.read_bytes()) == len(first)


def test_linked_clips_lie_in_a_folder_named_like_the_report(folder, clips, tmp_path):
    book = report_notebooks.save(folder, report_notebooks.of_clip(clips[0]))
    report(tmp_path / "out.html", notebook=book, clips="link")
    assert [path.name for path in tmp_path.rglob("*.mp4")] == [f"draft-{clips[0].sha256[:8]}.mp4"]


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("mine.html", {}, "mine.html exists and is no report of this kit"),
        ("out.docx", {}, "'out.docx' is neither"),
        ("out.html", {"notebook": "nowhere.ipynb"}, "There is no notebook nowhere.ipynb"),
        ("out.html", {"notebook": "broken.ipynb"}, "broken.ipynb cannot be read as a notebook"),
        ("out.html", {"notebook": "empty.ipynb"}, "shows nothing of this kit yet"),
        ("out.html", {"clips": "none"}, 'clips is "embed" or "link"'),
        ("out.html", {"budget": -1}, "a number of megabytes above 0"),
        ("out.html", {"notebook": None}, "Which notebook this is cannot be told"),
    ],
)
def test_what_cannot_be_reported_is_a_sentence_and_leaves_files_alone(
    folder, clips, tmp_path, name, options, sentence
):
    (tmp_path / "mine.html").write_text("<p>mine</p>")
    (tmp_path / "broken.ipynb").write_text("{")
    report_notebooks.save(tmp_path, "# Nothing", name="empty.ipynb")
    book = report_notebooks.save(folder, report_notebooks.of_clip(clips[0]))
    chosen = {"notebook": book, **options}
    if chosen["notebook"] in {"broken.ipynb", "empty.ipynb"}:
        chosen["notebook"] = tmp_path / chosen["notebook"]
    with pytest.raises(InputError) as caught:
        report(tmp_path / name, **chosen)
    assert sentence in str(caught.value)
    assert str(tmp_path) not in str(caught.value)
    assert (tmp_path / "mine.html").read_text() == "<p>mine</p>"
    assert not (tmp_path / "out.html").exists()


def test_the_running_notebook_is_found_where_jupyter_or_vs_code_tell_of_it(tmp_path):
    book = tmp_path / "x.ipynb"
    book.write_text("{}")
    assert notebook_file({"JPY_SESSION_NAME": str(book)}, {}) == book
    assert notebook_file({}, {"__vsc_ipynb_file__": str(book)}) == book
    with pytest.raises(InputError, match=r'notebook="x.ipynb"'):
        notebook_file({"JPY_SESSION_NAME": str(tmp_path / "renamed.ipynb")}, {})


@pytest.mark.parametrize(
    ("counts", "ran", "behind"),
    [
        ([1, 2], ["", "a", "b", "hw.report()"], False),
        ([1], ["", "a", "b", "hw.report()"], True),
        ([1], ["", "a", "hw.report()", "hw.report()"], False),
        ([None, 1], ["", "hw.report()"], False),
        ([7, 9], ["", "a", "b", "hw.report()"], False),
        ([None], [], False),
    ],
)
def test_cells_that_ran_since_the_last_save_are_noticed(counts, ran, behind):
    assert is_behind(counts, ran) is behind


def test_report_is_the_function_also_after_its_modules_were_imported():
    import hailuo_widgets.reports.report as module

    assert hw.report is module.report


# -- the command line ------------------------------------------------------------------------------


def nbconvert(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "hailuo", "shots.ipynb", *arguments],
        cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "JUPYTER_CONFIG_DIR": str(folder)},
    )  # fmt: skip


def test_on_the_command_line_too_small_is_a_sentence_and_status_1(folder, clips):
    report_notebooks.save(folder, report_notebooks.of_clip(clips[0]))
    done = nbconvert(folder, "--HailuoExporter.budget=0.05")
    assert done.returncode == 1
    assert "does not fit 0.05 MB" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "shots.html").exists()


def test_on_the_command_line_a_missing_library_is_a_warning_and_status_0(clips, tmp_path):
    report_notebooks.save(tmp_path, report_notebooks.of_clip(clips[0]))
    done = nbconvert(tmp_path)
    assert done.returncode == 0
    assert "WARNING | 1 clip of this notebook does not play here" in done.stderr
    assert (tmp_path / "shots.html").is_file()


def test_in_a_terminal_clips_can_be_linked(folder, clips, tmp_path):
    book = report_notebooks.save(folder, report_notebooks.of_clip(clips[0]))
    done = subprocess.run(
        [sys.executable, "-m", "hailuo_widgets.reports", str(book), "-o", "out.html", "--clips=link"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("out.html: 0.")
    assert list((tmp_path / "out_files").iterdir())
