"""Cells that wait for their clips where nobody sits before them."""

import nbclient
import nbformat
import pytest

from hailuo_widgets.errors import GenerationFailedError, InputError
from hailuo_widgets.jobs.runner.job import Job, JobState
from hailuo_widgets.request.video_request import VideoRequest
from hailuo_widgets.widgets.shared.headless import patience, wait_for
from tests.support.samples import clip as video
from tests.support.samples import picture

SETUP = """
import asyncio
from pathlib import Path
from tests.support import samples
from tests.support.clips import make_clip
from hailuo_widgets.jobs import loop as background
from hailuo_widgets.jobs.runner.job import Job, JobState
from hailuo_widgets.request.video_request import VideoRequest
from hailuo_widgets.widgets import display
clip = make_clip(Path("hailuo-library"), Path("film.mp4").read_bytes(), prompt="dawn")
def start(turns):
    job = Job(VideoRequest(samples.picture(), "dawn"), 1, "emulator", expected_seconds=(2, 8))
    async def work():
        for _ in range(turns):
            await asyncio.sleep(0.01)
        job.finish(clip, JobState.DOWNLOADED, "ready")
    background.submit(work)
    return job
"""


def job():
    return Job(VideoRequest(picture(), "dawn"), 1, "emulator", expected_seconds=(2.0, 8.0))


@pytest.mark.parametrize(
    ("environment", "may_ask", "seconds"),
    [
        ({}, True, 0),
        ({}, False, 1200),
        ({"VOILA_SERVER_URL": "/"}, False, 0),
        ({"HAILUO_WAIT": "0"}, False, 0),
        ({"HAILUO_WAIT": "7.5"}, True, 7.5),
        ({"HAILUO_WAIT": " "}, False, 1200),
        ({"HAILUO_WAIT": "60", "VOILA_SERVER_URL": "/"}, False, 60),
    ],
)
def test_only_a_cell_before_which_nobody_sits_waits(environment, may_ask, seconds):
    assert patience(environment, may_ask=may_ask) == seconds


@pytest.mark.parametrize("said", ["yes", "-1", "nan", "inf", "1e300", "<b>" * 100])
def test_a_wait_that_is_no_number_of_seconds_is_a_sentence(said):
    with pytest.raises(InputError, match="HAILUO_WAIT is how many seconds") as caught:
        patience({"HAILUO_WAIT": said}, may_ask=False)
    assert len(str(caught.value)) < 200


def test_a_failed_job_ends_the_wait_and_says_nothing_more():
    failed, left = job(), job()
    error = GenerationFailedError("It was refunded.", prediction_id="p")
    failed.finish(error, JobState.FAILED, "failed")
    wait_for([failed], 60)
    with pytest.warns(UserWarning, match="1 of 2 clips had not come after 0 s"):
        wait_for([failed, left], 0)


def test_in_a_headless_run_a_cell_ends_with_its_clip(tmp_path, request):
    (tmp_path / "film.mp4").write_bytes(video(frames=4))
    sources = [
        SETUP,
        "job = start(60)\ndisplay.show(job)\nprint(job.done)",
        "print(job.done)",
        "await asyncio.sleep(0)\njobs = [start(20), start(60)]\nfor each in jobs: display.show(each)",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])
    client = nbclient.NotebookClient(
        notebook, timeout=60, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    said = [
        output.text
        for cell in notebook.cells
        for output in cell.outputs
        if output.output_type == "stream"
    ]
    assert said == ["False\n", "True\n"]
    twins = [
        output.data["text/plain"]
        for cell in notebook.cells
        for output in cell.outputs
        if "hailuo" in output.get("metadata", ())
    ]
    assert [text.startswith("Draft · dawn · 320 x 180") for text in twins] == [True] * 3
