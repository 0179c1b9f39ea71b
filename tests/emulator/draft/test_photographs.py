"""Drafts of photographs show no fault that can be measured; and a fault would be measured."""

import os
import subprocess
import sys
from dataclasses import replace

import cv2
import numpy as np
import pytest

from hailuo_widgets.emulator.draft import render
from hailuo_widgets.emulator.draft.output.render import SCENES
from hailuo_widgets.emulator.draft.picture.picture import Picture, clip_size, frame_size
from tests.support.draft.artefacts import MOVES, examine
from tests.support.draft.camera_motion import decoded
from tests.support.draft.samples import figure
from tests.support.places import IMAGES

pytestmark = pytest.mark.slow

SHORT_SIDE = 300


def drafted(path, photograph, move):
    """Render a move on a photograph; give luma, the picture, and where its subject is."""
    image = (IMAGES / photograph).read_bytes()
    render(MOVES[move].prompt, image, None, 0, path, seconds=1.0, short_side=SHORT_SIDE)
    (scene,) = SCENES.of(image, size=clip_size(*frame_size(image), SHORT_SIDE))
    return decoded(path), scene.picture, None if scene.layers is None else scene.layers.cover


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize(
    "photograph", ["cat.jpg", "coffee.jpg", "dandelions.jpg", "great-wall.jpg"]
)
def test_a_draft_of_a_photograph_has_no_fault(tmp_path, photograph, move):
    frames, picture, cover = drafted(tmp_path / "clip.mp4", photograph, move)
    # So small, each pixel holds more detail; at full size a test of its own asks for 38 dB.
    found = examine(frames, picture, cover, MOVES[move], exact=34)
    assert found.flags == [], found.figures


@pytest.fixture(scope="module")
def truck(tmp_path_factory):
    """A faultless draft: luma, the picture, where its subject is."""
    return drafted(tmp_path_factory.mktemp("truck") / "clip.mp4", "dandelions.jpg", "truck")


def hole(frames):
    frames[-1, 120:280, 200:500] = 128


def black_edge(frames):
    frames[-1, -40:] = 16


def drawn_out_edge(frames):
    frames[-1, :, -12:] = frames[-1, :, -13:-12]


def jump(frames):
    frames[12] = frames[16]


def tremble(frames):
    frames[1::2] = np.roll(frames[1::2], 1, axis=1)


def bend(frames):
    rows = np.arange(frames.shape[1])
    for number, frame in enumerate(frames):
        for row in rows[:: 1 if number else len(rows)]:
            shift = round(number / 3 * np.sin(row / 12))
            frame[row] = np.roll(frame[row], shift)


DAMAGES = {
    hole: "flat",
    black_edge: "black",
    drawn_out_edge: "edge",
    jump: "pop",
    tremble: "jitter",
    bend: "ground dB",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_draft_is_flagged(truck, damage):
    frames, picture, cover = truck
    frames = frames.copy()
    damage(frames)
    flags = examine(frames, picture, cover, MOVES["truck"]).flags
    assert DAMAGES[damage] in {flag.rsplit(" ", 1)[0] for flag in flags}


def test_a_draft_that_goes_the_wrong_way_is_flagged(truck):
    frames, picture, cover = truck
    found = examine(frames, picture, cover, replace(MOVES["truck"], sign=1))
    assert [flag.split()[0] for flag in found.flags] == ["x"]


def put_together(cover, shift_near, shift_far, picture):
    """Give frames in which what is covered moves otherwise than the rest, without any care."""
    frames = []
    for number in range(24):
        far = np.roll(picture, round(number * shift_far), axis=1)
        near = np.roll(picture, round(number * shift_near), axis=1)
        inside = np.roll(cover, round(number * shift_near), axis=1) > 127
        frames.append(np.where(inside, near, far))
    return np.stack(frames)


def as_picture(y):
    return Picture(y=y, uv=np.empty(0), rgb=np.empty(0))


def test_a_surface_that_is_cut_where_it_has_no_edge_is_flagged():
    _, cover = figure(640, 360)
    across, down = np.meshgrid(np.arange(640), np.arange(360))
    y = (120 + 45 * np.sin(across / 40) + 45 * np.sin(down / 35)).astype(np.uint8)
    wide = np.ones((51, 51), np.uint8)
    smooth = cv2.dilate(cover, wide) != cv2.erode(cover, wide)
    for x, row in np.random.default_rng(3).integers(20, (620, 340), (900, 2)):
        if not smooth[row, x]:
            cv2.circle(y, (int(x), int(row)), 3, 255, -1, cv2.LINE_AA)
    frames = put_together(cover, -3, 0.5, y)
    flags = examine(frames, as_picture(y), cover, MOVES["truck"]).flags
    assert "torn" in {flag.split()[0] for flag in flags}


def test_a_subject_that_is_left_behind_is_flagged():
    rgb, cover = figure(640, 360)
    y = rgb[..., 1]
    frames = put_together(cover, -7, -1, y)
    flags = examine(frames, as_picture(y), cover, MOVES["truck"]).flags
    assert "ghost" in {flag.split()[0] for flag in flags}


def test_another_process_gives_the_same_bytes(tmp_path):
    script = (
        "import sys; from pathlib import Path; from hailuo_widgets.emulator.draft import render;"
        "render('[Truck left,Shake] golden hour, snow', Path(sys.argv[1]).read_bytes(), None, 3,"
        " Path(sys.argv[2]), seconds=0.5, short_side=180)"
    )
    files = []
    for seed in ("1", "2"):
        path = tmp_path / f"{seed}.mp4"
        subprocess.run(
            [sys.executable, "-c", script, IMAGES / "dandelions.jpg", path],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
        )
        files.append(path.read_bytes())
    assert files[0] == files[1]
