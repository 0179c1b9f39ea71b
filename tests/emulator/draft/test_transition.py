"""The end image is reached: along the flow within one scene, by a dissolve otherwise."""

import cv2
import numpy as np
import pytest

from hailuo_widgets.emulator.draft import render
from hailuo_widgets.emulator.draft.paint.compositor import FrameBuffer
from hailuo_widgets.emulator.draft.picture.picture import read_picture
from hailuo_widgets.emulator.draft.plan.moves import eased
from hailuo_widgets.emulator.draft.scene.optical_flow import match
from tests.support.draft.camera_motion import decoded, measure
from tests.support.draft.samples import filmed_picture, png, psnr, textured
from tests.support.places import IMAGES

pytestmark = pytest.mark.slow


def photograph(name, size):
    image = cv2.cvtColor(cv2.imread(str(IMAGES / name)), cv2.COLOR_BGR2RGB)
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def closer(picture, factor):
    """Give the picture as seen by a lens that much longer."""
    height, width = picture.shape[:2]
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    way = np.hstack([np.eye(2) * factor, (middle * (1 - factor))[:, None]])
    return cv2.warpAffine(picture, way, (width, height), flags=cv2.INTER_LANCZOS4)


def as_read(rgb):
    return read_picture(png(rgb), (rgb.shape[1], rgb.shape[0]))


WALL = photograph("great-wall.jpg", (480, 360))
DANDELIONS = photograph("dandelions.jpg", (480, 270))
NIGHT = (WALL * 0.35).astype(np.uint8)
OTHER = photograph("coffee.jpg", (480, 360))

LARGER = {
    "great-wall.jpg": (480, 360),
    "dandelions.jpg": (640, 360),
    "cat.jpg": (300, 400),
    "coffee.jpg": (540, 360),
}

PAIRS = {
    "zoom": (WALL, closer(WALL, 1.25)),
    "far zoom": (DANDELIONS, closer(DANDELIONS, 1.5)),
    "light": (WALL, NIGHT),
    "unrelated": (WALL, OTHER),
}


@pytest.mark.parametrize("kind", ["same scene", "unrelated"])
def test_both_ends_are_the_pictures_given_after_encoding_at_full_size(tmp_path, kind):
    size = (1920, 1080)
    first = photograph("dandelions.jpg", size)
    last = closer(first, 1.3) if kind == "same scene" else photograph("coffee.jpg", size)
    path = tmp_path / "clip.mp4"
    render("[Truck left] golden hour, snow", png(first), png(last), 0, path, seconds=0.25)
    frames = decoded(path)
    assert psnr(frames[0], as_read(first).y) >= 38
    assert psnr(frames[-1], as_read(last).y) >= 38


@pytest.mark.parametrize("kind", PAIRS)
def test_the_last_frame_is_the_end_image_however_it_is_reached(kind):
    first, last = PAIRS[kind]
    film = filmed_picture(first, "[Truck left] golden hour, snow", last)
    canvas = FrameBuffer.blank(*film.size)
    for number, picture in ((0, first), (film.frames - 1, last)):
        film.paint(number, canvas)
        away = canvas.y.astype(int) - as_read(picture).y
        away[film._label.box] = 0
        assert np.abs(away).max() <= 2


@pytest.mark.parametrize(
    ("kind", "same"), [("zoom", True), ("far zoom", True), ("light", True), ("unrelated", False)]
)
def test_pictures_of_one_scene_are_told_from_unrelated_ones(kind, same):
    found = match(*(as_read(picture) for picture in PAIRS[kind]))
    assert (found is not None) == same
    if found is not None:
        assert found.still == (kind == "light")
        assert not found.there.rest.any()  # each of them moves as one


def test_noise_and_flat_pictures_are_unrelated():
    flat = np.full((180, 320, 3), 120, np.uint8)
    assert match(as_read(textured(320, 180)), as_read(textured(320, 180, seed=5))) is None
    assert match(as_read(flat), as_read(textured(320, 180))) is None


ZOOMS = [
    ("great-wall.jpg", 1.25),
    ("great-wall.jpg", 1 / 1.2),
    ("dandelions.jpg", 1.43),
    ("dandelions.jpg", 1 / 1.35),
    ("cat.jpg", 1.12),
    ("coffee.jpg", 1.6),
]


@pytest.mark.parametrize(("name", "factor"), ZOOMS)
def test_a_same_scene_transition_is_far_better_than_any_dissolve(name, factor):
    # Both pictures, and what lies between, are seen in a larger one.
    size = LARGER[name]
    larger = photograph(name, size)
    widest = max(1.0, 1 / factor)
    first, last = closer(larger, widest), closer(larger, widest * factor)
    film = filmed_picture(first, "", last, seconds=1)
    canvas = FrameBuffer.blank(*film.size)
    one, two = (as_read(picture).y[40:].astype(float) for picture in (first, last))
    for number in (7, 12, 16):
        scale = widest * (1 + (factor - 1) * eased(number / 23))
        true = as_read(closer(larger, scale)).y[40:]
        # The weight that comes nearest to the truth is the best that a dissolve can do.
        share = ((true - one) * (two - one)).sum() / ((two - one) ** 2).sum()
        dissolved = one + share * (two - one)
        film.paint(number, canvas)
        assert psnr(canvas.y[40:], true) >= psnr(dissolved, true) + 12


def test_the_scene_moves_evenly_into_the_end_image(tmp_path):
    path = tmp_path / "clip.mp4"
    render("", png(WALL), png(closer(WALL, 1.25)), 0, path, seconds=1, short_side=240)
    scale = measure(decoded(path)).path[:, 2]
    assert scale[-1] == pytest.approx(1.25, abs=0.02)
    assert (np.diff(scale) > -0.002).all()


def test_a_change_of_light_alone_takes_the_whole_shot():
    film = filmed_picture(WALL, "", NIGHT, seconds=1)
    canvas, means = FrameBuffer.blank(*film.size), []
    for number in range(24):
        film.paint(number, canvas)
        means.append(canvas.y.mean())
    assert (np.diff(means[3:-3]) < -0.5).all()


def test_unrelated_pictures_dissolve_and_the_camera_goes_on_through_both(tmp_path):
    path = tmp_path / "clip.mp4"
    render("[Push in]", png(WALL), png(OTHER), 0, path, seconds=2, short_side=240)
    frames = decoded(path)
    assert measure(frames[:10]).scale > 1.01
    assert measure(frames[-12:]).scale > 1.01
    middle = frames[24].astype(float)
    parts = np.stack([frames[14].ravel(), frames[34].ravel()], -1).astype(float)
    weights, *_ = np.linalg.lstsq(parts, middle.ravel(), rcond=None)
    assert (weights > 0.15).all()


def test_an_end_image_of_another_aspect_is_cut_to_the_clips(tmp_path):
    tall = np.vstack(
        [np.zeros((200, 320, 3), np.uint8), textured(320, 180), np.zeros((200, 320, 3), np.uint8)]
    )
    film = filmed_picture(textured(320, 180, seed=4), "", tall)
    canvas = FrameBuffer.blank(*film.size)
    film.paint(film.frames - 1, canvas)
    canvas.y[film._label.box] = 100
    assert psnr(canvas.y[30:], as_read(textured(320, 180)).y[30:]) > 38


def test_a_transition_is_the_same_each_time(tmp_path):
    files = []
    for name in ("one.mp4", "two.mp4"):
        render(
            "snow",
            png(WALL),
            png(closer(WALL, 1.25)),
            1,
            tmp_path / name,
            seconds=0.5,
            short_side=180,
        )
        files.append((tmp_path / name).read_bytes())
    assert files[0] == files[1]
