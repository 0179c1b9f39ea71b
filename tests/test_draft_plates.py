"""Every pixel of a draft is covered by a plate, whatever the camera does."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hailuo_widgets.emulator.draft.box import Box
from hailuo_widgets.emulator.draft.camera import Lens, Plane
from hailuo_widgets.emulator.draft.canvas import Canvas
from hailuo_widgets.emulator.draft.edges import continued, continued_subject
from hailuo_widgets.emulator.draft.moves import Beat, pose_at
from hailuo_widgets.emulator.draft.picture import clip_size
from hailuo_widgets.emulator.draft.plates import (
    ENLARGED,
    box_seen,
    covering_plate,
    opaque_plate,
)
from hailuo_widgets.emulator.draft.scene import BACKGROUND
from hailuo_widgets.request.prompt import COMMANDS
from tests.draft_helpers import filmed_picture, textured

NAMES = [*(command.name for command in COMMANDS), "Tracking shot left", "Orbit left", "Orbit right"]
SPEEDS = st.sampled_from([0.5, 1.0, 1.8, 3.0])
BEATS = st.lists(
    st.builds(Beat, st.sampled_from(NAMES), SPEEDS, st.sampled_from([0.0, 0.5])), max_size=5
)
SIDES = st.tuples(st.integers(301, 752), st.integers(301, 752))


@settings(max_examples=40, deadline=None)
@given(beats=BEATS, sides=SIDES, slope=st.floats(0, 0.5), near=st.floats(1, 1.36))
def test_all_that_is_seen_lies_on_the_plate(beats, sides, slope, near):
    width, height = clip_size(*sides, 120)
    lens = Lens(width, height)
    poses = [pose_at(beats, number / 11, lens, seconds=5) for number in range(12)]
    for plane in (BACKGROUND, Plane(near, slope)):
        views = [lens.source_of(pose, plane) for pose in poses]
        box = box_seen(views, width, height)
        x, y = np.meshgrid(np.linspace(0, width - 1, 9), np.linspace(0, height - 1, 9))
        screen = np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
        for view in views:
            seen = view @ screen
            assert (seen[2] > 0).all()
            column, row = seen[:2] / seen[2]
            assert box.left <= column.min()
            assert column.max() <= box.right - 1
            assert box.top <= row.min()
            assert row.max() <= box.bottom - 1


@pytest.mark.parametrize("size", [(96, 238), (238, 96), (96, 96), (170, 96), (98, 130)])
def test_no_black_shows_at_any_aspect(size):
    picture = textured(*size, low=150, high=220)
    for command in NAMES:
        film = filmed_picture(picture, f"[{command}, Pull out, Shake]")
        canvas = Canvas.blank(*film.size)
        for number in (3, film.frames - 1):
            canvas.y[:] = 0
            canvas.uv[:] = 0
            film.paint(number, canvas)
            canvas.y[film._label.box] = 200
            assert canvas.y.min() > 120
            assert canvas.uv.min() > 60


def test_what_goes_on_beyond_the_edge_is_neither_constant_nor_cut():
    picture = textured(160, 96, low=40, high=220)
    box = Box(-64, -40, 160 + 64, 96 + 40)
    wide = continued(picture[..., 0], box)
    assert np.array_equal(wide[40:-40, 64:-64], picture[..., 0])
    assert wide[40:-40, :64].std() > 5
    # At the edge it goes on as it was.
    jump = np.abs(wide[40:-40, 63].astype(int) - wide[40:-40, 64]).mean()
    usual = np.abs(np.diff(picture[..., 0].astype(int), axis=1)).mean()
    assert jump < 2 * usual


def test_a_pixel_stands_in_the_middle_of_its_copies():
    picture = textured(64, 48, low=20, high=230)
    uv = np.ascontiguousarray(picture[::2, ::2, :2])
    plate = opaque_plate(picture[..., 0].copy(), uv, Box(0, 0, 64, 48))
    middle = slice(ENLARGED // 2, None, ENLARGED)
    assert np.array_equal(plate.y[middle, middle], picture[..., 0])
    pairs = plate.uv[middle, middle].copy().view(np.uint8).reshape(24, 32, 2)
    assert np.array_equal(pairs, uv)


def test_a_covering_plate_is_cut_to_its_cover():
    cover = np.zeros((68, 84), np.uint8)
    cv2.circle(cover, (40, 30), 8, 255, -1)
    y, uv = cover // 2, np.dstack([cover, cover])[::2, ::2] // 2
    plate = covering_plate(y, uv, cover, cover[::2, ::2], Box(-10, -10, 74, 58))
    assert plate.asked == Box(-10, -10, 74, 58)
    assert plate.box.left <= 22 - 1
    assert plate.box.right >= 38 + 2
    assert plate.box.right - plate.box.left < 30
    packed = plate.y.view(np.uint8).reshape(*plate.y.shape, 2)
    assert packed[0, :, 1].max() == packed[-1, :, 1].max() == 0


def test_a_subject_goes_on_only_where_the_edge_cuts_it():
    cover = np.zeros((90, 160), np.uint8)
    cover[20:40, 120:] = 255  # cut by the right edge
    cover[60:80, 10:40] = 255  # near the left edge and whole
    own = cover // 2
    box = Box(-50, -30, 160 + 50, 90 + 30)
    wide_own, wide_cover = continued_subject(own, cover, box)
    assert np.array_equal(wide_cover[30:-30, 50:-50], cover)
    assert wide_cover[30 + 30, -45] > 200
    assert wide_cover[:, :50].max() == 0
    # No farther than it reaches inwards: forty pixels.
    assert wide_cover[30 + 30, -1] < 100
    assert (wide_own <= wide_cover // 2 + 2).all()
