"""The main job in a terminal, as a person runs it: a real process, the real emulator."""

import os
import subprocess
import sys

import pytest
from PIL import Image

from hailuo_widgets.media.clip import read_facts
from tests.support.samples import gradient, picture

pytestmark = pytest.mark.slow


def run(folder, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "hailuo_widgets", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "WAVESPEED_API_KEY": "", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def frame(tmp_path):
    path = tmp_path / "frame.jpg"
    path.write_bytes(gradient(640, 360))
    return path


def test_a_picture_and_words_become_a_1080p_draft(tmp_path, frame):
    done = run(tmp_path, frame, "slow push in", "-o", "clip.mp4")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "clip.mp4"
    facts = read_facts(tmp_path / "clip.mp4")
    assert (facts.width, facts.height, facts.frame_count, facts.draft) == (1920, 1080, 120, True)
    assert "free" in done.stderr

    again = run(tmp_path, frame, "slow push in")
    assert again.returncode == 0, again.stderr
    assert "from the library" in again.stderr


def test_a_file_that_exists_is_left_alone(tmp_path, frame):
    (tmp_path / "clip.mp4").write_text("mine")
    done = run(tmp_path, frame, "push in", "-o", "clip.mp4")
    assert done.returncode == 1
    assert "exists already" in done.stderr
    assert (tmp_path / "clip.mp4").read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("small.jpg", picture(280, 280), "280 px"),
        ("text.jpg", b"not a picture", "text.jpg"),
        ("none.jpg", None, "none.jpg"),
    ],
)
def test_a_bad_picture_is_a_sentence_and_no_traceback(tmp_path, name, data, words):
    if data is not None:
        (tmp_path / name).write_bytes(data)
    done = run(tmp_path, name, "push in")
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_spending_needs_a_key_and_a_budget(tmp_path, frame):
    without_key = run(tmp_path, frame, "x", "--service", "wavespeed", "--budget", "5")
    assert without_key.returncode == 1
    assert "WAVESPEED_API_KEY" in without_key.stderr
    without_budget = run(
        tmp_path, frame, "x", "--service", "wavespeed", WAVESPEED_API_KEY="sk-sentinel"
    )
    assert without_budget.returncode == 1
    assert "no budget was set" in without_budget.stderr
    assert "sk-sentinel" not in without_budget.stderr


def test_a_library_that_cannot_be_written_is_a_sentence(tmp_path, frame):
    (tmp_path / "file").write_text("in the way")
    done = run(tmp_path, frame, "x", "--library", "file/library")
    assert done.returncode == 1
    assert "could not be written to" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("name", "kind"), [("look.jpg", "JPEG"), ("look.webp", "WEBP")])
def test_a_look_ahead_is_a_picture_and_no_job(tmp_path, frame, name, kind):
    done = run(tmp_path, frame, "slow pull out, rack focus", "-o", name)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == name
    assert "Understood: pull out, slow; not understood: 'rack focus'" in done.stderr
    assert "must invent up to" in done.stderr
    with Image.open(tmp_path / name) as picture:
        assert picture.format == kind
        assert getattr(picture, "is_animated", False) == (kind == "WEBP")
    assert list((tmp_path / "hailuo-library" / "clips").iterdir()) == []


def test_a_look_ahead_is_never_asked_of_the_paid_service(tmp_path, frame):
    key = {"WAVESPEED_API_KEY": "some-key"}
    done = run(tmp_path, frame, "push in", "-o", "look.jpg", "--service", "wavespeed", **key)
    assert done.returncode == 1
    assert "Nothing was sent" in done.stderr
