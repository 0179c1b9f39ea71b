"""Jobs and clips in a real kernel: headless runs, formatters, the cell magic."""

import nbclient
import nbformat
import pytest
from IPython.core.error import UsageError

from hailuo_widgets.errors import FrameError
from hailuo_widgets.widgets.magic import HailuoMagics
from tests.support.samples import clip as video
from tests.support.samples import picture

VIEW = "application/vnd.jupyter.widget-view+json"

SETUP = """
import os
os.environ["HAILUO_WAIT"] = "0"  # a cell here ends before its job does
from pathlib import Path
from tests.support import samples
from tests.support.clips import make_clip
from hailuo_widgets.jobs.runner.job import Job, JobState
from hailuo_widgets.jobs.loop import call_soon
from hailuo_widgets.request.video_request import VideoRequest
from hailuo_widgets.widgets import display
from hailuo_widgets.widgets.studio.studio import Studio
display.install()
clip = make_clip(Path("hailuo-library"), Path("film.mp4").read_bytes(), prompt="dawn")
def start(*_, **__):
    return Job(VideoRequest(samples.picture(), "dawn"), 1, "emulator", expected_seconds=(2, 8))
def finish(job):
    call_soon(job.finish, clip, JobState.DOWNLOADED, "ready")
    return job.wait(20)
"""


@pytest.fixture(scope="module")
def outputs(tmp_path_factory, request):
    """What each cell of one notebook showed, by the cell's source."""
    folder = tmp_path_factory.mktemp("notebook")
    (folder / "film.mp4").write_bytes(video(frames=4))
    (folder / "frame.jpg").write_bytes(picture())
    sources = [
        SETUP,
        "studio = Studio(samples.picture(), 'dawn', generate=start, samples=[])\nstudio",
        "studio_job = studio.run()",
        "finish(studio_job); print('in the library')",
        "job = start()\ndisplay.show(job)\njob",
        "job",
        "finish(job)",
        "%load_ext hailuo_widgets",
        "%%hailuo nowhere.jpg\nslow push in",
        "%%hailuo frame.jpg --unknown\nslow push in",
        "%%hailuo 'frame.jpg\nslow push in",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])
    client = nbclient.NotebookClient(
        notebook, timeout=60, allow_errors=True, resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
    shown = {cell.source: cell.outputs for cell in notebook.cells}
    shown["notebook"] = nbformat.writes(notebook)
    return shown


def kinds(outputs):
    return [sorted(output.get("data", {})) or output.output_type for output in outputs]


LIVE_AND_TWIN = [
    [VIEW, "text/html", "text/latex", "text/plain"],
    ["image/jpeg", "text/html", "text/plain"],
]


def twin_of(outputs):
    (html,) = (output.data["text/html"] for output in outputs if "hailuo" in output.metadata)
    return html


def test_a_studio_is_a_live_widget_and_its_static_view(outputs):
    (studio,) = (shown for source, shown in outputs.items() if source.startswith("studio ="))
    assert kinds(studio) == LIVE_AND_TWIN
    assert {kind: text for kind, text in studio[0].data.items() if kind != VIEW} == {
        "text/html": "",
        "text/latex": "",
        "text/plain": "",
    }


def test_a_static_view_is_drawn_anew_from_the_background_in_a_later_cell(outputs):
    """The update belongs to no cell, else a headless run would drop it."""
    (studio,) = (shown for source, shown in outputs.items() if source.startswith("studio ="))
    assert "320 x 180 · 24 fps" in twin_of(studio)


def test_a_job_shows_itself_once_in_one_cell(outputs):
    assert kinds(outputs["job = start()\ndisplay.show(job)\njob"]) == LIVE_AND_TWIN


def test_a_job_can_be_shown_again_in_another_cell(outputs):
    assert kinds(outputs["job"]) == LIVE_AND_TWIN
    assert "320 x 180 · 24 fps" in twin_of(outputs["job"])


def test_a_clip_shows_a_player_and_its_static_view(outputs):
    assert kinds(outputs["finish(job)"]) == LIVE_AND_TWIN


def test_background_work_prints_nothing(outputs):
    assert [output.text for output in outputs["finish(studio_job); print('in the library')"]] == [
        "in the library\n"
    ]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("%%hailuo nowhere.jpg\nslow push in", "no file “nowhere.jpg”"),
        ("%%hailuo frame.jpg --unknown\nslow push in", "unrecognized arguments: --unknown"),
        ("%%hailuo 'frame.jpg\nslow push in", "No closing quotation"),
    ],
)
def test_the_magic_says_what_is_wrong_in_one_line(outputs, source, words):
    (said,) = [output for output in outputs[source] if output.output_type == "stream"]
    assert said.name == "stderr"
    assert said.text.startswith("UsageError: ")
    assert words in said.text
    assert said.text.count("\n") == 1


def test_the_notebook_stays_small_and_names_no_folder(outputs, tmp_path_factory):
    assert str(tmp_path_factory.getbasetemp()) not in outputs["notebook"]


def test_the_magic_passes_on_what_it_is_given():
    asked = []
    magics = HailuoMagics(generate=lambda *args, **named: asked.append((args, named)))
    magics.hailuo(
        "'my frame.jpg' --end-image end.png --no-prompt-expansion --take 2", "\n a [Pan left] \n"
    )
    magics.hailuo("frame.jpg", "dawn")
    assert asked == [
        (("my frame.jpg", "a [Pan left]", "end.png", False), {"take": 2}),
        (("frame.jpg", "dawn", None, True), {"take": 1}),
    ]


def test_the_magics_errors_are_one_sentence():
    def refuse(*_, **__):
        raise FrameError("There is no file.")

    with pytest.raises(UsageError, match="There is no file") as caught:
        HailuoMagics(generate=refuse).hailuo("frame.jpg", "dawn")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
