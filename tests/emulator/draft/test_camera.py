"""Decoded drafts move as their prompts say: measured by flow and a similarity fit."""

import tempfile
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hailuo_widgets.emulator.draft import render
from hailuo_widgets.emulator.draft.geometry.camera import Lens, Pose
from hailuo_widgets.emulator.draft.output.render import SCENES
from hailuo_widgets.emulator.draft.plan.moves import MoveSegment, eased, pose_at
from hailuo_widgets.prompt.camera import COMMANDS
from tests.support.draft.camera_motion import decoded, homography, measure
from tests.support.draft.samples import figure, png
from tests.support.places import IMAGES

pytestmark = pytest.mark.slow

# Upright, wide and nearly square; the last has no subject. The figure's own cover is known.
PHOTOGRAPHS = ("cat.jpg", "dandelions.jpg", "great-wall.jpg")
PICTURES = {"figure": figure(640, 360)}

# Component, and how far the background's middle goes, as a share of the picture's width or
# height or as the logarithm of a factor. Content left is negative x, content down positive y.
MOVES = {
    "Truck left": ("x", 0.08),
    "Truck right": ("x", -0.08),
    "Pan left": ("x", 0.14),
    "Pan right": ("x", -0.14),
    "Push in": ("scale", np.log(1.2)),
    "Pull out": ("scale", -np.log(1.18)),
    "Pedestal up": ("y", 0.09),
    "Pedestal down": ("y", -0.09),
    "Tilt up": ("y", 0.14),
    "Tilt down": ("y", -0.14),
    "Zoom in": ("scale", np.log(1.25)),
    "Zoom out": ("scale", -np.log(1.18)),
    "Tracking shot": ("x", -0.10),
}
BY_THEMSELVES = {"Static shot", "Shake"}


@cache
def clip(prompt, picture="great-wall.jpg", *, seconds=0.42, short_side=None):
    """Render a prompt on a picture, small and short; give the decoded luma."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "clip.mp4")
        image = (
            png(PICTURES[picture][0]) if picture in PICTURES else (IMAGES / picture).read_bytes()
        )
        side = short_side or (360 if picture in PICTURES else 240)
        render(prompt, image, None, 0, path, seconds=seconds, short_side=side)
        return decoded(path)


@cache
def parts(picture, size):
    """Give masks of the subject and the background, a margin apart; None without a subject."""
    if picture in PICTURES:
        cover = PICTURES[picture][1]
    else:
        (scene,) = SCENES.of((IMAGES / picture).read_bytes(), size=size)
        if scene.layers is None:
            return None
        cover = scene.layers.cover
    # What stands out of the matte, fur and whiskers, goes with the subject.
    return cv2.erode(cover, np.ones((9, 9))), 255 - cv2.dilate(cover, np.ones((25, 25)))


def apart(frames, picture, fitted=homography):
    """Measure the subject, and the plane of the background."""
    near, far = parts(picture, frames[0].shape[::-1])
    return measure(frames, near), measure(frames, far, fitted)


def others_are_small(motion, component):
    sizes = dict(zip(("x", "y", "scale", "roll"), motion.components, strict=True))
    wanted = sizes.pop(component)
    assert max(sizes.values()) <= wanted / 5, (wanted, sizes)


def test_every_command_is_measured():
    assert {command.name for command in COMMANDS} == MOVES.keys() | BY_THEMSELVES


@pytest.mark.parametrize("photograph", PHOTOGRAPHS)
@pytest.mark.parametrize("command", [name for name in MOVES if name != "Tracking shot"])
def test_a_command_moves_the_right_way_as_far_as_it_should_and_no_other(command, photograph):
    component, size = MOVES[command]
    frames = clip(f"[{command}]", photograph)
    whole = measure(frames)
    others_are_small(whole, component)
    assert whole.signed[component] / size > 0.9
    _, far = parts(photograph, frames[0].shape[::-1]) or (None, None)
    background = measure(frames, far, homography)
    others_are_small(background, component)
    assert background.signed[component] == pytest.approx(size, rel=0.08)


@pytest.mark.parametrize("photograph", ["cat.jpg", "dandelions.jpg"])
def test_a_tracking_shot_passes_the_background_and_keeps_the_subject(photograph):
    subject, background = apart(clip("[Tracking shot]", photograph), photograph)
    assert background.x == pytest.approx(-0.1, rel=0.06)
    others_are_small(background, "x")
    assert subject.components.max() < 0.005


def test_a_tracking_shot_of_a_picture_without_a_subject_slides_along():
    right, left = (
        measure(clip(prompt), fitted=homography)
        for prompt in ("[Tracking shot]", "[Tracking shot] from right to left")
    )
    assert right.x == pytest.approx(-0.1, rel=0.06)
    assert left.x == pytest.approx(0.1, rel=0.06)
    others_are_small(right, "x")


@pytest.mark.parametrize("photograph", ["coffee.jpg", "dandelions.jpg", "great-wall.jpg"])
@pytest.mark.parametrize(("side", "sign"), [("left", 1), ("right", -1)])
def test_an_orbit_turns_about_the_middle_and_near_things_pass_far_ones(photograph, side, sign):
    frames = clip(f"the camera orbits {side}", photograph)
    if parts(photograph, frames[0].shape[::-1]) is None:
        background = measure(frames, fitted=homography)
    else:
        subject, background = apart(frames, photograph)
        assert sign * (subject.x - background.x) > 0.025
        assert abs(subject.y) < abs(subject.x) / 5
    # What lies low is near; the bottom passes the top.
    assert 0.03 < sign * background.lean < 0.08  # more would tip what stands upright
    assert max(background.components[:3]) <= abs(background.lean) / 5


@pytest.mark.parametrize("photograph", PHOTOGRAPHS)
def test_no_asked_move_is_no_move(photograph):
    assert measure(clip("a quiet morning", photograph)).components.max() < 1e-4


def test_a_static_shot_does_not_move_by_half_a_pixel_in_five_seconds_of_1080p():
    frames = clip("[Static shot]", "dandelions.jpg", seconds=5.0, short_side=1080)
    first, *later = frames[::17, 284:796, 704:1216].astype(np.float32)
    shifts = [cv2.phaseCorrelate(first, frame)[0] for frame in later]
    assert np.abs(shifts).max() < 0.5
    ends = measure(frames[[0, -1]])
    assert abs(ends.scale - 1) * 960 < 0.5
    assert abs(ends.roll) * 960 < 0.5


@pytest.mark.parametrize("photograph", PHOTOGRAPHS)
def test_a_shake_trembles_above_four_hertz_and_ends_where_it_began(photograph):
    frames = clip("[Shake]", photograph, seconds=1.5)
    assert max(measure(frames[[0, -1]]).components) < 0.001
    motion = measure(frames)
    for axis in (0, 1):
        way = motion.path[:, axis] - motion.path[:, axis].mean()
        power = np.abs(np.fft.rfft(way)) ** 2
        hertz = np.fft.rfftfreq(len(way), 1 / 24)
        assert way.std() > 0.002
        assert power[hertz >= 4].sum() > 0.8 * power.sum()


@pytest.mark.parametrize("picture", ["cat.jpg", "dandelions.jpg", "figure"])
@pytest.mark.parametrize(
    ("travelling", "turning"),
    [("Truck right", "Pan right"), ("Pedestal up", "Tilt up"), ("Push in", "Zoom in")],
)
def test_travelling_shows_parallax_and_turning_does_not(travelling, turning, picture):
    def parallax(command):
        subject, background = apart(clip(f"[{command}]", picture), picture)
        component, _ = MOVES[command]
        return subject.signed[component] / background.signed[component]

    assert parallax(travelling) > 1.1
    assert parallax(turning) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("photograph", PHOTOGRAPHS)
def test_commands_of_one_bracket_happen_together(photograph):
    motion = measure(clip("[Pan left,Pedestal up]", photograph))
    path = motion.path
    assert motion.x == pytest.approx(0.14, rel=0.1)
    assert 0.08 < motion.y < 0.12
    assert max(motion.components[2:]) < 0.14 / 5
    # At half time both are half done.
    half = (path[len(path) // 2 - 1][:2] + path[len(path) // 2][:2]) / 2
    assert half == pytest.approx(path[-1][:2] / 2, rel=0.06)


def test_three_moves_of_one_bracket_happen_together():
    motion = measure(clip("[Truck right, Tilt down, Zoom in]"), fitted=homography)
    # What is shifted is enlarged as well.
    assert motion.x == pytest.approx(-0.08 * 1.25, rel=0.1)
    assert motion.y == pytest.approx(-0.14 * 1.25, rel=0.1)
    assert motion.scale == pytest.approx(1.25, rel=0.06)


# What each half of the shot does: component, and which way. A half goes less far than a whole.
SEQUENCES = {
    "[Push in][Pan right]": (("scale", 1), ("x", -1)),
    "push in, then tilt up": (("scale", 1), ("y", 1)),
    "[Pedestal down] and then [Zoom out]": (("y", -1), ("scale", -1)),
    "【左移】【拉远】": (("x", 1), ("scale", -1)),
}


@pytest.mark.parametrize("prompt", SEQUENCES)
def test_moves_follow_one_another(prompt):
    frames = clip(prompt, seconds=1.0)
    for (component, sign), half in zip(SEQUENCES[prompt], (frames[:12], frames[12:]), strict=True):
        motion = measure(half)
        others_are_small(motion, component)
        assert sign * motion.signed[component] > 0.05


def test_a_move_that_is_over_stays_where_it_went():
    path = measure(clip("[Tilt up] and then [Truck left] at last [Static shot]", seconds=1.5)).path
    third = len(path) // 3
    assert path[third][1] > 0.07
    assert abs(path[third][0]) < 0.005
    assert path[2 * third][0] > 0.03
    assert path[2 * third][1] == pytest.approx(path[third][1], abs=0.01)
    assert path[-1][:2] == pytest.approx(path[2 * third][:2], abs=0.002)


@pytest.mark.parametrize("picture", ["dandelions.jpg", "figure"])
def test_a_dolly_zoom_holds_the_background_while_the_subject_grows(picture):
    subject, background = apart(clip("[Push in,Zoom out]", picture), picture)
    assert background.scale == pytest.approx(1.2 / 1.18, abs=0.01)
    assert subject.scale > 1.02 * background.scale


def test_plain_english_moves_too_and_slow_goes_less_far_than_fast():
    slow = measure(clip("the camera slowly pans to the right")).x
    usual = measure(clip("the camera pans to the right")).x
    fast = measure(clip("the camera quickly pans to the right")).x
    assert 0 > slow > usual > fast


def test_a_whip_is_over_in_a_part_of_the_shot():
    path = np.abs(measure(clip("whip pan left", seconds=1.5)).path[:, 0])
    moving = (path > 0.05 * path[-1]) & (path < 0.95 * path[-1])
    assert moving.mean() < 0.4


@given(share=st.floats(0, 1), command=st.sampled_from(sorted(MOVES)))
def test_the_first_frame_is_never_moved_and_no_move_turns_back(share, command):
    lens, beats = Lens(640, 360), (MoveSegment(command),)
    assert pose_at(beats, 0.0, lens, seconds=5) == Pose()
    now, end = (pose_at(beats, at, lens, seconds=5) for at in (share, 1.0))
    for part in ("x", "y", "z", "yaw", "pitch", "zoom", "slide"):
        done, whole = getattr(now, part), getattr(end, part)
        # A share of 1e-290 drowns in rounding; a billionth of a move is no turning back.
        assert -1e-9 <= done / whole <= 1 + 1e-9 if whole else done == 0


@given(u=st.floats(0, 1), ramp=st.floats(0.05, 0.5))
def test_easing_is_even_about_the_middle_and_goes_one_way(u, ramp):
    assert eased(0, ramp) == 0
    assert eased(1, ramp) == 1
    assert eased(u, ramp) + eased(1 - u, ramp) == pytest.approx(1)
    assert eased(min(1, u + 0.01), ramp) >= eased(u, ramp)


@pytest.mark.parametrize(
    "command", ["Truck left", "Pan right", "Tilt up", "Push in", "Orbit right"]
)
def test_straight_lines_stay_straight(command, tmp_path):
    picture = np.full((240, 426, 3), 40, np.uint8)
    cv2.line(picture, (30, 200), (400, 40), (230, 230, 230), 5, cv2.LINE_AA)
    image = cv2.imencode(".png", picture)[1].tobytes()
    render(f"[{command}]", image, None, 0, tmp_path / "clip.mp4", seconds=0.5, short_side=240)
    last = decoded(tmp_path / "clip.mp4")[-1].astype(float)
    columns = np.arange(120, 300)
    bright = np.clip(last[30:, columns] - 60, 0, None)
    rows = (bright * np.arange(30, 240)[:, None]).sum(axis=0) / bright.sum(axis=0)
    bend = rows - np.polyval(np.polyfit(columns, rows, 1), columns)
    assert np.abs(bend).max() < 0.4


def test_a_tremble_begins_and_ends_gently():
    lens, beats = Lens(640, 360), (MoveSegment("Shake"),)
    yaw = np.array([pose_at(beats, share, lens, seconds=5).yaw for share in np.linspace(0, 1, 121)])
    steps = np.abs(np.diff(yaw))
    assert yaw[0] == yaw[-1] == 0
    assert max(steps[0], steps[-1]) < steps.max() / 10


def test_another_take_moves_a_little_otherwise(tmp_path):
    lens, beats = Lens(640, 360), (MoveSegment("Push in"),)
    ends = {round(pose_at(beats, 1.0, lens, seconds=5, variation=take).z, 6) for take in range(5)}
    assert len(ends) == 5
    assert max(ends) < 1.2 * min(ends)
