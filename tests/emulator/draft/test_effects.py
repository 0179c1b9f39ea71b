"""Light changes and particles: what they do to the picture, and when."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hailuo_widgets.emulator.draft.geometry.camera import Lens, Pose
from hailuo_widgets.emulator.draft.paint.compositor import FrameBuffer
from hailuo_widgets.emulator.draft.paint.fog import Fog
from hailuo_widgets.emulator.draft.paint.light import LOOKS, strength
from hailuo_widgets.emulator.draft.paint.particles import AIR, Occluder, Particles, hashed
from hailuo_widgets.emulator.draft.paint.splats import SplatRenderer
from tests.support.draft.samples import filmed_picture, textured

pytestmark = pytest.mark.slow

SIZE = (320, 180)
PICTURE = textured(*SIZE, low=60, high=180)


def painted(prompt, number, seconds=2.0):
    """Give a frame's luma and mean chroma, without the label's corner."""
    film = filmed_picture(PICTURE, prompt, seconds=seconds)
    canvas = FrameBuffer.blank(*SIZE)
    film.paint(number, canvas)
    canvas.y[film._label.box] = 0
    return canvas.y.astype(float), canvas.uv.reshape(-1, 2).mean(axis=0)


PLAIN_Y, PLAIN_UV = painted("[Static shot]", 0)
PROMPTS = {
    "golden light": "golden hour",
    "night": "night falls",
    "dawn": "dawn breaks",
    "flicker": "candlelight",
    "fade to black": "fade to black",
    "fade to white": "fade to white",
    "snow": "snow falling",
    "rain": "heavy rain",
    "dust": "drifting dust",
    "embers": "embers rise",
    "fog": "fog rolls in",
}


@pytest.mark.parametrize("effect", PROMPTS)
def test_an_effect_is_not_in_the_first_frame_and_grows(effect):
    first, _ = painted(PROMPTS[effect], 0)
    assert np.array_equal(first, PLAIN_Y)
    early, late = (
        np.abs(painted(PROMPTS[effect], number)[0] - PLAIN_Y).mean() for number in (3, 44)
    )
    assert late > 0.15
    assert late > early


# U falls where blue does, V rises with red.
CHANGES = {
    "golden hour": lambda y, u, v: u < -4 and v > 4 and abs(y) < 25,
    "night falls": lambda y, u, v: y < -25 and u > 3 and v < 0,
    "dawn breaks": lambda y, u, v: y > 5 and v > 2,
    "fade to black": lambda y, u, v: y < -90,
    "fade to white": lambda y, u, v: y > 90,
    "fog rolls in": lambda y, u, v: y > 5,
}


@pytest.mark.parametrize("prompt", CHANGES)
def test_light_ends_as_it_is_called(prompt):
    y, uv = painted(prompt, 47)
    u, v = uv - PLAIN_UV
    assert CHANGES[prompt](y.mean() - PLAIN_Y.mean(), u, v)


def test_faded_out_nothing_is_left_not_even_what_was_in_the_air():
    y, uv = painted("snow falling, fade to black", 47)
    assert y[60:].max() <= 17
    assert uv == pytest.approx([128, 128], abs=0.1)


def test_a_flicker_swings_without_a_flash():
    shares = np.linspace(0, 1, 121)
    swings = np.array([strength("flicker", share, 5.0) for share in shares])
    assert swings[0] == 0
    assert swings[24:].std() > 0.08
    # Relative luminance of mid grey, gamma 2.4: opposing changes of a tenth make a flash.
    luminance = (0.6 * (1 - 0.33 * swings)) ** 2.4
    flashes = 0
    turns = luminance[[0, *(np.flatnonzero(np.diff(np.sign(np.diff(luminance)))) + 1), -1]]
    for before, after in pairwise(turns):
        flashes += abs(after - before) >= 0.1
    assert flashes == 0


@given(share=st.floats(0, 1), name=st.sampled_from(sorted(LOOKS)), take=st.integers(0, 9))
def test_a_light_is_between_nothing_and_all(share, name, take):
    assert -1e-9 <= strength(name, share, 5.0, take) <= 1


def lit(name, seconds, pose=Pose(), hiding=None, take=0):  # noqa: B008 - Pose is immutable
    """Give what particles add to a dark frame."""
    canvas = FrameBuffer.blank(640, 360)
    canvas.y[:] = 16
    canvas.uv[:] = 128
    Particles(name, Lens(640, 360), take).lay_on(canvas, seconds, pose, 1.0, hiding)
    return canvas.y.astype(float) - 16


@pytest.mark.parametrize(("name", "down"), [("snow", 1), ("embers", -1), ("rain", 1)])
def test_particles_fall_and_embers_rise(name, down):
    _, y, near = Particles(name, Lens(640, 360))._places(1.0, Pose())
    _, later, _ = Particles(name, Lens(640, 360))._places(1.01, Pose())
    moved = later - y
    moved = moved[np.abs(moved) < 100]  # but for those that came round again
    assert (np.sign(moved) == down).mean() > 0.9
    # Near ones are faster.
    far, close = near < 1.2, near > 4
    assert np.median(np.abs(later - y)[close]) > 2 * np.median(np.abs(later - y)[far])


def test_near_flakes_are_larger_and_softer():
    sheet = SplatRenderer(200, 100)
    small = sheet.draw(*np.array([[50.0], [50.0], [1.0], [200.0]]))
    large = sheet.draw(*np.array([[50.0], [50.0], [8.0], [200.0]]))
    assert (large > 20).sum() > 20 * (small > 20).sum()
    assert np.abs(np.diff(large.astype(int), axis=1)).max() < small.max() / 4


@pytest.mark.parametrize("radius", [1.0, 2.0, 2.8, 4.0, 5.6, 8.0, 11.0])
def test_a_dot_is_as_large_as_asked_on_whichever_sheet_it_is_drawn(radius):
    drawn = SplatRenderer(240, 160).draw(*np.array([[120.3], [80.6], [radius], [240.0]]))
    # A Gaussian that has fallen to 1/e at nine tenths of the radius.
    wide = np.sqrt((drawn > drawn.max() / np.e).sum() / np.pi)
    assert wide == pytest.approx(0.9 * radius, rel=0.2, abs=0.3)
    rows, columns = np.indices(drawn.shape) + 0.5
    assert (drawn * columns).sum() / drawn.sum() == pytest.approx(120.3, abs=0.3 + radius / 16)
    assert (drawn * rows).sum() / drawn.sum() == pytest.approx(80.6, abs=0.3 + radius / 16)


def test_a_dot_moves_by_parts_of_a_pixel():
    sheet = SplatRenderer(64, 64)
    middles = []
    for x in np.arange(20, 24, 0.25):
        drawn = sheet.draw(np.array([x]), np.array([30.3]), np.array([2.0]), np.array([250.0]))
        middles.append((drawn * (np.arange(64) + 0.5)).sum() / drawn.sum())
    assert np.diff(middles) == pytest.approx(0.25, abs=0.08)


def test_particles_turn_with_the_camera():
    x, _, _ = Particles("snow", Lens(640, 360))._places(1.0, Pose())
    turned, _, _ = Particles("snow", Lens(640, 360))._places(1.0, Pose(yaw=0.05))
    assert (turned < x).all()


def test_what_is_behind_the_subject_is_hidden_and_what_is_before_it_is_not():
    cover = np.zeros((360, 640), np.uint8)
    cover[:, :320] = 255
    free = lit("snow", 1.0)
    behind_all = lit("snow", 1.0, hiding=Occluder(cover, np.eye(3), 100.0))
    assert behind_all[:, :300].max() < free[:, :300].max() / 3
    assert np.array_equal(behind_all[:, 345:], free[:, 345:])
    before_all = lit("snow", 1.0, hiding=Occluder(cover, np.eye(3), 0.1))
    assert np.array_equal(before_all, free)
    some = lit("snow", 1.0, hiding=Occluder(cover, np.eye(3), 2.0))
    assert behind_all[:, :300].sum() < some[:, :300].sum() < free[:, :300].sum()


@pytest.mark.parametrize("name", sorted(AIR))
def test_a_frame_of_particles_follows_from_its_time_alone(name):
    one = lit(name, 2.5)
    lit(name, 1.0)
    assert np.array_equal(lit(name, 2.5), one)
    assert not np.array_equal(lit(name, 2.5, take=1), one)


def test_fog_drifts_and_covers_without_an_edge():
    canvas = FrameBuffer.blank(640, 360)
    fog = Fog(Lens(640, 360))
    seen = []
    for seconds in (1.0, 1.1, 3.0):
        canvas.y[:] = 40
        canvas.uv[:] = 128
        fog.lay_on(canvas, seconds, Pose(), 1.0)
        seen.append(canvas.y.astype(float))
    assert 0 < np.abs(seen[1] - seen[0]).mean() < np.abs(seen[2] - seen[0]).mean()
    assert np.abs(np.diff(seen[0], axis=1)).max() <= 6
    assert np.ptp(seen[0]) > 30


@given(ids=st.lists(st.integers(0, 2**20), min_size=1, max_size=50), salt=st.integers(0, 10**6))
def test_a_hash_is_a_fraction_and_always_the_same(ids, salt):
    numbers = np.array(ids, np.uint32)
    fractions = hashed(numbers, salt)
    assert ((fractions >= 0) & (fractions < 1)).all()
    assert np.array_equal(fractions, hashed(numbers, salt))


def test_hashes_are_spread_evenly():
    counts, _ = np.histogram(hashed(np.arange(10_000, dtype=np.uint32), 3), 10, (0, 1))
    assert counts.min() > 900
