"""A subject stands before its background, and without one the picture is one plane."""

import hashlib

import cv2
import numpy as np
import pytest

from hailuo_widgets.emulator.draft.geometry.box import Box
from hailuo_widgets.emulator.draft.geometry.camera import Pose
from hailuo_widgets.emulator.draft.paint.compositor import Compositor, FrameBuffer
from hailuo_widgets.emulator.draft.paint.stage import StaticStage
from hailuo_widgets.emulator.draft.picture.inpaint import membrane
from hailuo_widgets.emulator.draft.picture.layers import lost, taken_apart
from hailuo_widgets.emulator.draft.picture.matte import NETWORK, subject_matte
from hailuo_widgets.emulator.draft.picture.picture import read_picture
from hailuo_widgets.emulator.draft.scene.plates import covering_plate, opaque_plate
from hailuo_widgets.emulator.draft.scene.scene import Scene
from hailuo_widgets.emulator.draft.scene.scene_cache import Scenes
from tests.support.draft.samples import png, psnr, textured
from tests.support.places import IMAGES

pytestmark = pytest.mark.slow


def photograph(name, size):
    return read_picture((IMAGES / name).read_bytes(), size)


@pytest.fixture(scope="module")
def cat():
    return photograph("cat.jpg", (270, 360))


@pytest.fixture(scope="module")
def cat_layers(cat):
    return taken_apart(cat, subject_matte(cat.rgb))


def test_the_cat_is_the_subject(cat_layers):
    cover = cat_layers.cover
    assert cover[150, 130] > 250  # between its eyes
    assert cover[20, 130] < 20  # the wall behind it
    assert 0.2 < (cover > 127).mean() < 0.6


def test_the_background_no_longer_shows_the_subject(cat, cat_layers):
    inside = cat_layers.cover > 250
    detail, left = (cv2.Laplacian(y, cv2.CV_32F) for y in (cat.y, cat_layers.background.y))
    assert detail[inside].std() > 3 * left[inside].std()
    outside = cat_layers.cover == 0
    difference = np.abs(cat.y.astype(int) - cat_layers.background.y)[outside]
    assert (difference == 0).mean() > 0.8


def test_put_together_again_the_layers_are_the_picture(cat, cat_layers):
    lack, _ = lost(cat, cat_layers)
    assert psnr(cat.y, cat.y.astype(int) + lack) > 36
    standing = StaticStage(Scene(cat), _poses_of_a_truck())
    canvas = FrameBuffer.blank(270, 360)
    standing.paint(0, canvas)
    assert np.array_equal(canvas.y, cat.y)
    assert np.array_equal(canvas.uv, cat.uv)


def _poses_of_a_truck():
    return [Pose(x=0.02 * number) for number in range(3)]


def test_a_plate_stood_before_another_covers_it_where_it_should():
    size = (64, 48)
    behind = textured(*size, seed=1)
    box = Box(0, 0, *size)
    ground = opaque_plate(behind[..., 0].copy(), behind[::2, ::2, :2].copy(), box)
    cover = np.zeros((48, 64), np.uint8)
    cover[10:30, 20:40] = 255
    y = np.where(cover > 0, 200, 0).astype(np.uint8)
    uv = np.where(cover[::2, ::2, None] > 0, [90, 170], 0).astype(np.uint8)
    canvas, compositor = FrameBuffer.blank(*size), Compositor(*size)
    compositor.lay(canvas, ground, np.eye(3))
    # Ten pixels to the right.
    plate = covering_plate(y, uv, cover, cover[::2, ::2], box)
    compositor.stand(canvas, plate, np.array([[1, 0, -10], [0, 1, 0], [0, 0, 1.0]]))
    assert (canvas.y[11:29, 31:49] == 200).all()
    assert (canvas.uv[6:14, 16:24] == [90, 170]).all()
    untouched = np.ones((48, 64), bool)
    untouched[8:32, 28:52] = False
    assert np.array_equal(canvas.y[untouched], behind[..., 0][untouched])


@pytest.mark.parametrize("damage", ["missing", "altered"])
def test_without_its_network_a_picture_is_one_plane(tmp_path, cat, damage):
    network = tmp_path / "network.onnx"
    if damage == "altered":
        network.write_bytes(NETWORK.read_bytes()[:-1] + b"?")
    scene = Scene(cat, lambda: subject_matte(cat.rgb, network))
    assert scene.layers is None
    standing = StaticStage(scene, _poses_of_a_truck())
    canvas = FrameBuffer.blank(270, 360)
    standing.paint(2, canvas)
    assert standing.hiding(2) is None
    assert canvas.y.std() > 10


@pytest.mark.parametrize("size", [(96, 96), (200, 90)])
def test_a_picture_without_a_clear_subject_is_one_plane(size):
    assert Scene(photograph("great-wall.jpg", (480, 358))).layers is None
    grey = read_picture(png(np.full((*size, 3), 128, np.uint8)), size)
    assert Scene(grey).layers is None


def test_the_network_is_the_one_that_was_checked_in():
    notice = NETWORK.with_name("u2netp.NOTICE.txt").read_text()
    assert hashlib.sha256(NETWORK.read_bytes()).hexdigest() in notice
    assert "Apache" in notice


def test_a_membrane_keeps_what_is_known_and_runs_straight_between():
    values = np.zeros((40, 60, 2), np.float32)
    values[:, :10] = 20, 120
    values[:, 50:] = 100, 40
    known = np.zeros((40, 60), bool)
    known[:, :10] = known[:, 50:] = True
    filled = membrane(values, known)
    assert np.array_equal(filled[known], values[known])
    ramp = filled[20, 9:51]
    assert np.allclose(ramp, np.linspace((20, 120), (100, 40), 42), atol=4)


def test_the_same_picture_is_taken_apart_once():
    scenes, image = Scenes(), (IMAGES / "coffee.jpg").read_bytes()
    (one,) = scenes.of(image, size=(270, 180))
    (two,) = scenes.of(bytes(bytearray(image)), size=(270, 180))
    assert one is two
    assert one.layers is two.layers is not None
    (other,) = scenes.of(image, size=(540, 360))
    assert other is not one
