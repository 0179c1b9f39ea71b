"""What a saved notebook shows without a kernel."""

import os
import subprocess
import sys
from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import given
from PIL import Image

from hailuo_widgets.errors import GenerationFailedError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.jobs.runner.job import Job, JobState
from hailuo_widgets.request.video_request import VideoRequest
from hailuo_widgets.widgets.job_view.job_view import JobView
from hailuo_widgets.widgets.shared import static_view
from tests.support.clips import make_clip
from tests.support.fake_page import Page
from tests.support.html_reader import Reader
from tests.support.samples import clip as video
from tests.support.samples import picture


def job(prompt="dawn", service="emulator", take=1):
    made = Job(VideoRequest(picture(), prompt), take, service, expected_seconds=(2.0, 8.0))
    made.cost = Decimal("0.49") if service == "wavespeed" else Decimal("0.00")
    return made


@pytest.fixture
def clip(tmp_path):
    return make_clip(tmp_path, video(frames=4), prompt="dawn")


@given(st.text(max_size=200), st.text(max_size=50))
def test_whatever_a_prompt_holds_is_text(prompt, title):
    drawn = Reader(
        static_view.card(title, None, [("Prompt", prompt + "<script>alert(1)</script>")])[
            "text/html"
        ]
    )
    assert drawn.tags == ["div", "style", "strong", "table", "tr", "th", "td"]


def test_a_clips_static_view_has_poster_and_facts(clip):
    bundle = static_view.of_clip(clip)
    drawn = Reader(bundle["text/html"])
    assert drawn.attributes["img"]["src"].startswith("data:image/jpeg;base64,")
    assert "320 x 180 · 24 fps" in drawn.text
    assert "Draft" in drawn.text
    assert bundle["text/plain"].startswith("Draft · dawn · 320 x 180")


def test_a_paid_clip_is_not_called_a_draft(tmp_path):
    paid = make_clip(tmp_path, video(frames=4), draft=False)
    assert "Draft" not in static_view.of_clip(paid)["text/html"]


def test_a_poster_is_small_whatever_it_shows():
    noise = Image.effect_noise((1920, 1080), 200)
    markup = static_view.card("Draft", Frame(noise), [])["text/html"]
    assert len(markup) < 85_000


def test_a_jobs_static_view_follows_the_job(clip):
    going = job()
    going.change(JobState.PROCESSING, "processing")
    assert "processing when this was saved" in static_view.of_job(going)["text/html"]
    going.finish(clip, JobState.DOWNLOADED, "ready")
    words = Reader(static_view.of_job(going)["text/html"]).text
    assert "when this was saved" not in words
    assert "local emulator" in words
    assert "free" in words


def test_a_failed_jobs_static_view_says_what_happened():
    failed = job(service="wavespeed", take=3)
    error = GenerationFailedError("It was refunded.", prediction_id="p")
    failed.finish(error, JobState.FAILED, "failed")
    words = Reader(static_view.of_job(failed)["text/html"]).text
    assert "It was refunded." in words
    assert "$0.49" in words
    assert "Take3" in words


def test_a_view_of_a_job_shows_its_clip_when_it_comes(clip):
    going = job()
    view = JobView(going)
    assert (view.line["ended"], view.player.clip, view.prompt) == (False, None, "dawn")
    going.finish(clip, JobState.DOWNLOADED, "ready")
    assert view.line["ended"] is True
    assert view.player.clip == clip
    assert Page(view).ask("now")[0]["now"] > 0


def test_in_a_terminal_a_display_is_one_line(tmp_path, clip):
    code = """
from pathlib import Path
from tests.support.clips import make_clip
from hailuo_widgets.widgets.player.player import Player
display(Player(make_clip(Path("library"), Path(FILM).read_bytes(), prompt="dawn")))
"""
    given = f"FILM = {str(clip.path)!r}\n"
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--colors=NoColor", "-c", given + code],
        cwd=tmp_path, env={**os.environ, "IPYTHONDIR": str(tmp_path / "ipython")},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "Draft · dawn · 320 x 180 · 24 fps · 0.2 s · 0.0 MB\n"
