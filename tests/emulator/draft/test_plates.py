"""Every pixel of a draft is covered by a plate, whatever the camera does."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hailuo_widgets.emulator.draft.geometry.box import Box
from hailuo_widgets.emulator.draft.geometry.camera import Lens, Plane, Pose
from hailuo_widgets.emulator.draft.paint.compositor import Compositor, FrameBuffer, chroma_of
from hailuo_widgets.emulator.draft.paint.transition import Dissolve, arriving
from hailuo_widgets.emulator.draft.picture.extrapolate import continued, continued_subject
from hailuo_widgets.emulator.draft.picture.picture import clip_size
from hailuo_widgets.emulator.draft.plan.moves import MoveSegment, pose_at
from hailuo_widgets.emulator.draft.scene.plates import (
    Enlarged,
    Kind,
    Plate,
    box_seen,
    covering_plate,
    opaque_plate,
)
from hailuo_widgets.emulator.draft.scene.scene import BACKGROUND
from hailuo_widgets.prompt.camera import COMMANDS
from tests.support.draft.samples import filmed_picture, psnr, textured

pytestmark = pytest.mark.slow

NAMES = [*(command.name for command in COMMANDS), "Tracking shot left", "Orbit left", "Orbit right"]
SPEEDS = st.sampled_from([0.25, 0.5, 1.0, 1.8, 3.0])
BEATS = st.lists(
    st.builds(MoveSegment, st.sampled_from(NAMES), SPEEDS, st.sampled_from([0.0, 0.5])), max_size=6
)
# From 2:5 to 5:2, what the service takes; the ends are often tried.
ASPECTS = st.one_of(st.sampled_from([0.4, 9 / 16, 1.0, 16 / 9, 2.5]), st.floats(0.4, 2.5))


@settings(max_examples=60)
@given(
    beats=BEATS,
    aspect=ASPECTS,
    short_side=st.sampled_from([98, 360]),
    slope=st.floats(0, 0.5),
    near=st.floats(1, 1.4),
    take=st.integers(0, 9),
    enlarged=st.builds(Enlarged, st.sampled_from([3, 5]), st.sampled_from([3, 5])),
)
def test_every_pixel_that_is_looked_up_lies_on_its_plate(
    beats, aspect, short_side, slope, near, take, enlarged
):
    width, height = clip_size(round(1000 * aspect), 1000, short_side)
    lens = Lens(width, height)
    poses = [pose_at(beats, number / 11, lens, seconds=5, variation=take) for number in range(12)]
    for plane in (BACKGROUND, Plane(near, slope), Plane(near, followed=True)):
        views = [lens.source_of(pose, plane) for pose in poses]
        for ways in (views, arriving(views)):
            box = box_seen(ways, width, height)
            plate = Plate(box, box, np.empty(0), np.empty(0), enlarged=enlarged)
            for way in ways:
                _lies_on(plate.luma_of @ way, (width, height), box, enlarged)
                _lies_on(chroma_of(plate, way), (width // 2, height // 2), box.half, enlarged)


def _lies_on(place_of, screen, box, enlarged):
    """The nearest plate pixel is one that there is, for each of a grid over the screen."""
    wide, high = screen
    x, y = np.meshgrid(np.linspace(0, wide - 1, 9), np.linspace(0, high - 1, 9))
    seen = place_of @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    assert (seen[2] > 0).all()
    column, row = np.rint(seen[:2] / seen[2])
    assert column.min() >= 0
    assert row.min() >= 0
    assert column.max() < enlarged.across * (box.right - box.left)
    assert row.max() < enlarged.down * (box.bottom - box.top)


@pytest.mark.parametrize("size", [(96, 238), (238, 96), (96, 96), (170, 96), (98, 130)])
def test_no_black_and_nothing_constant_shows_at_any_aspect(size):
    picture = textured(*size, low=150, high=220)
    for command in NAMES:
        film = filmed_picture(picture, f"[{command}, Pull out, Shake]")
        canvas = FrameBuffer.blank(*film.size)
        for number in (3, film.frames - 1):
            canvas.y[:] = 0
            canvas.uv[:] = 0
            film.paint(number, canvas)
            canvas.y[film._label.box] = picture[film._label.box][..., 0]
            assert canvas.y.min() > 120
            assert canvas.uv.min() > 60
            squares = canvas.y[: size[1] // 12 * 12, : size[0] // 12 * 12]
            squares = squares.reshape(size[1] // 12, 12, size[0] // 12, 12)
            assert squares.std(axis=(1, 3)).min() > 0.3


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


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("finer", [False, True])
def test_a_pixel_stands_in_the_middle_of_its_copies(turned, finer):
    picture = textured(64, 48, low=20, high=230)
    uv = np.ascontiguousarray(picture[::2, ::2, :2])
    plate = opaque_plate(picture[..., 0].copy(), uv, Box(0, 0, 64, 48), Kind(turned, finer))
    assert plate.enlarged == ((5 if finer and turned else 3), (5 if finer and not turned else 3))
    y, pairs = (cv2.transpose(part) if turned else part for part in (plate.y, plate.uv))
    rows, columns = (slice(many // 2, None, many) for many in plate.enlarged[::-1])
    assert np.array_equal(y[rows, columns], picture[..., 0])
    assert np.array_equal(pairs[rows, columns].copy().view(np.uint8).reshape(24, 32, 2), uv)
    corner = plate.luma_of @ [0, 0, 1]
    assert tuple(corner[:2]) == (columns.start, rows.start)


def test_a_plate_has_no_more_lines_than_memory_can_bear():
    y, uv = np.zeros((4002, 8), np.uint8), np.zeros((2001, 4, 2), np.uint8)
    assert opaque_plate(y, uv, Box(0, 0, 8, 4002), Kind(finer=True)).enlarged == (3, 3)


@pytest.mark.parametrize(("pose", "turned"), [(Pose(yaw=0.02), True), (Pose(pitch=0.02), False)])
def test_more_lines_come_closer_to_exact_interpolation(pose, turned):
    size, box = (320, 180), Box(-32, -32, 320 + 32, 180 + 32)
    y = cv2.GaussianBlur(textured(384, 244, low=0, high=255)[..., 0], (0, 0), 1.0)
    uv = np.full((122, 192, 2), 128, np.uint8)
    way = Lens(*size).source_of(pose, BACKGROUND)
    inside = np.array([[1, 0, 32], [0, 1, 32], [0, 0, 1.0]]) @ way
    flags = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
    exact = cv2.warpPerspective(y, inside, size, flags=flags)
    canvas, found = FrameBuffer.blank(*size), []
    for finer in (False, True):
        Compositor(*size).lay(canvas, opaque_plate(y, uv, box, Kind(turned, finer)), way)
        found.append(psnr(canvas.y, exact))
    assert found[1] > found[0] + 0.8


@pytest.mark.parametrize(
    ("prompt", "enlarged"), [("[Pan right]", (5, 3)), ("[Tilt up]", (3, 5)), ("", (3, 3))]
)
def test_so_have_both_pictures_of_a_dissolve(prompt, enlarged):
    first, last = textured(160, 96, low=40, high=120), textured(160, 96, low=130, high=220)[::-1]
    film = filmed_picture(first, prompt, np.ascontiguousarray(last))
    assert isinstance(film._stage, Dissolve)
    assert [plate.enlarged for plate in film._stage._plates] == [enlarged] * 2


@pytest.mark.parametrize(
    ("prompt", "enlarged"),
    [("[Pan right]", (5, 3)), ("[Tilt up]", (3, 5)), ("[Push in]", (3, 3)), ("[Zoom in]", (3, 3))],
)
def test_a_pan_and_a_tilt_have_more_lines(prompt, enlarged):
    film = filmed_picture(textured(160, 96, low=40, high=220), prompt)
    assert film._stage._ground.enlarged == enlarged


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
