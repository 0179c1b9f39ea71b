"""Decoded drafts move as their prompts say: measured by flow and a similarity fit."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hailuo_widgets.emulator.draft import render
from hailuo_widgets.emulator.draft.camera import Lens, Pose
from hailuo_widgets.emulator.draft.moves import Beat, eased, pose_at
from hailuo_widgets.emulator.draft.picture import read_picture
from hailuo_widgets.emulator.draft.scene import Scene
from tests.motion import decoded, measure

IMAGES = Path(__file__).parents[1] / "notebooks" / "images"
PHOTOGRAPHS = ("cat.jpg", "dandelions.jpg", "great-wall.jpg")  # two with a subject, one without

# Component, and which way it goes: content left is negative x, content down is positive y.
DIRECTIONS = {
    "Truck left": ("x", 1),
    "Truck right": ("x", -1),
    "Pan left": ("x", 1),
    "Pan right": ("x", -1),
    "Push in": ("scale", 1),
    "Pull out": ("scale", -1),
    "Pedestal up": ("y", 1),
    "Pedestal down": ("y", -1),
    "Tilt up": ("y", 1),
    "Tilt down": ("y", -1),
    "Zoom in": ("scale", 1),
    "Zoom out": ("scale", -1),
    "Tracking shot": ("x", -1),
}


@pytest.fixture
def clip(tmp_path):
    """Render a prompt on a photograph, small and short; give the decoded luma."""

    def rendered(prompt, photograph="great-wall.jpg", *, seconds=0.75, short_side=240, **options):
        destination = tmp_path / "clip.mp4"
        image = (IMAGES / photograph).read_bytes()
        render(
            prompt, image, None, 0, destination, seconds=seconds, short_side=short_side, **options
        )
        return decoded(destination)

    return rendered


@pytest.mark.parametrize("photograph", PHOTOGRAPHS)
@pytest.mark.parametrize("command", [name for name in DIRECTIONS if name != "Tracking shot"])
def test_a_command_moves_the_right_way_and_no_other(clip, command, photograph):
    component, sign = DIRECTIONS[command]
    motion = measure(clip(f"[{command}]", photograph))
    moved = {"x": motion.x, "y": motion.y, "scale": np.log(motion.scale)}
    assert np.sign(moved[component]) == sign
    assert abs(moved[component]) > 0.05
    sizes = dict(zip(("x", "y", "scale", "roll"), motion.components, strict=True))
    wanted = sizes.pop(component)
    assert max(sizes.values()) <= wanted / 5, (wanted, sizes)


def test_a_tracking_shot_passes_the_background_and_keeps_the_subject(clip):
    frames = clip("[Tracking shot]", "dandelions.jpg")
    cover = _cover("dandelions.jpg", frames)
    assert measure(frames, 255 - cover).x < -0.06
    assert abs(measure(frames, cover).x) < 0.01


def test_a_tracking_shot_of_a_picture_without_a_subject_slides_along(clip):
    assert measure(clip("[Tracking shot]", "great-wall.jpg")).x < -0.06
    assert measure(clip("tracking shot, moving right to left")).x > 0.06


def test_a_static_shot_does_not_move_at_all(clip):
    motion = measure(clip("[Static shot]", short_side=480))
    assert np.abs(motion.path[:, :2]).max() * 640 < 0.5
    assert np.abs(motion.path[:, 2] - 1).max() * 320 < 0.5


def test_no_asked_move_is_no_move(clip):
    assert np.abs(measure(clip("a wall in the hills")).path[:, :2]).max() < 1e-3


def test_a_shake_trembles_above_four_hertz_and_ends_where_it_began(clip):
    frames = clip("[Shake]", seconds=2.0)
    assert max(measure(frames[[0, -1]]).components) < 0.001
    motion = measure(frames)
    for axis in (0, 1):
        way = motion.path[:, axis] - motion.path[:, axis].mean()
        power = np.abs(np.fft.rfft(way)) ** 2
        hertz = np.fft.rfftfreq(len(way), 1 / 24)
        assert way.std() > 0.002
        assert power[hertz >= 4].sum() > 0.8 * power.sum()


def _cover(photograph, frames):
    height, width = frames[0].shape
    scene = Scene(read_picture((IMAGES / photograph).read_bytes(), (width, height)))
    return np.where(scene.layers.cover > 200, 255, 0).astype(np.uint8)


@pytest.mark.parametrize(
    ("travelling", "turning", "component"),
    [
        ("Truck right", "Pan right", "x"),
        ("Pedestal up", "Tilt up", "y"),
        ("Push in", "Zoom in", "scale"),
    ],
)
def test_travelling_shows_parallax_and_turning_does_not(clip, travelling, turning, component):
    def parallax(command):
        frames = clip(f"[{command}]", "dandelions.jpg")[:12]
        cover = _cover("dandelions.jpg", frames)
        subject, background = measure(frames, cover), measure(frames, 255 - cover)
        value = {"x": lambda m: m.x, "y": lambda m: m.y, "scale": lambda m: np.log(m.scale)}
        return value[component](subject) / value[component](background)

    assert parallax(travelling) > 1.06
    assert parallax(turning) == pytest.approx(1, abs=0.045)


def test_commands_of_one_bracket_happen_together(clip):
    path = measure(clip("[Pan left,Pedestal up]")).path
    assert path[-1][0] > 0.1
    assert path[-1][1] > 0.06
    # At half time both are half done.
    assert path[len(path) // 2][:2] == pytest.approx(path[-1][:2] / 2, rel=0.2)


def test_brackets_follow_one_another(clip):
    path = measure(clip("[Tilt up] and then [Truck left] at last [Static shot]", seconds=1.5)).path
    third = len(path) // 3
    assert path[third][1] > 0.07
    assert abs(path[third][0]) < 0.005
    assert path[2 * third][0] > 0.03
    assert path[2 * third][1] == pytest.approx(path[third][1], abs=0.01)
    assert path[-1][:2] == pytest.approx(path[2 * third][:2], abs=0.005)


def test_a_dolly_zoom_holds_the_background_while_the_subject_grows(clip):
    frames = clip("[Push in,Zoom out]", "dandelions.jpg")
    cover = _cover("dandelions.jpg", frames)
    assert measure(frames, cover).scale > 1.01 * measure(frames, 255 - cover).scale


def test_plain_english_moves_too_and_slow_goes_less_far_than_fast(clip):
    slow = measure(clip("the camera slowly pans to the right")).x
    usual = measure(clip("the camera pans to the right")).x
    fast = measure(clip("the camera quickly pans to the right")).x
    assert 0 > slow > usual > fast


def test_a_whip_is_over_in_a_part_of_the_shot(clip):
    path = np.abs(measure(clip("whip pan left", seconds=1.5)).path[:, 0])
    moving = (path > 0.05 * path[-1]) & (path < 0.95 * path[-1])
    assert moving.mean() < 0.4


def test_an_orbit_goes_round_the_subject(clip):
    frames = clip("the camera orbits left around the flower", "dandelions.jpg")
    cover = _cover("dandelions.jpg", frames)
    assert measure(frames, cover).x - measure(frames, 255 - cover).x > 0.01


@given(share=st.floats(0, 1), command=st.sampled_from(sorted(DIRECTIONS)))
def test_the_first_frame_is_never_moved_and_no_move_turns_back(share, command):
    lens, beats = Lens(640, 360), (Beat(command),)
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
    lens, beats = Lens(640, 360), (Beat("Shake"),)
    yaw = np.array([pose_at(beats, share, lens, seconds=5).yaw for share in np.linspace(0, 1, 121)])
    steps = np.abs(np.diff(yaw))
    assert yaw[0] == yaw[-1] == 0
    assert max(steps[0], steps[-1]) < steps.max() / 10


def test_another_take_moves_a_little_otherwise(tmp_path):
    lens, beats = Lens(640, 360), (Beat("Push in"),)
    ends = {round(pose_at(beats, 1.0, lens, seconds=5, variation=take).z, 6) for take in range(5)}
    assert len(ends) == 5
    assert max(ends) < 1.2 * min(ends)
