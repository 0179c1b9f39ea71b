"""What is told and shown before a draft: quick, true to the draft, the same every time."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hailuo_widgets.emulator.draft import (
    DraftError,
    filmed,
    outlook,
    plan,
    preview,
    preview_key,
    render,
)
from hailuo_widgets.emulator.draft.geometry.camera import Lens, Pose
from hailuo_widgets.emulator.draft.output.disocclusion import unseen_standing
from hailuo_widgets.emulator.draft.output.preview import LONG_SIDE, SHORT_SIDE, preview_size
from hailuo_widgets.emulator.draft.paint.compositor import FrameBuffer
from hailuo_widgets.emulator.draft.paint.frame_line import FrameLine
from hailuo_widgets.emulator.draft.paint.transition import Dissolve, Morph
from hailuo_widgets.emulator.draft.picture.cache import LruCache
from hailuo_widgets.emulator.draft.picture.picture import clip_size, read_picture
from hailuo_widgets.emulator.draft.picture.source import Source
from hailuo_widgets.emulator.draft.scene.scene import Scene
from hailuo_widgets.emulator.draft.scene.scene_cache import Scenes
from tests.support.draft.samples import png, psnr, textured
from tests.support.places import IMAGES

pytestmark = pytest.mark.slow

DANDELIONS, CAT, WALL, COFFEE = (
    (IMAGES / f"{name}.jpg").read_bytes() for name in ("dandelions", "cat", "great-wall", "coffee")
)
GROUND = png(textured(640, 360))


def painted(film, number):
    canvas = FrameBuffer.blank(*film.size)
    film.paint(number, canvas)
    return canvas


def test_a_preview_is_a_small_silent_clip_that_says_draft_and_six_moments():
    made = preview("[Pan left] slowly, snow falling", DANDELIONS, None)
    with av.open(io.BytesIO(made.clip)) as container:
        (video,) = container.streams
        assert (video.codec_context.name, video.average_rate, video.frames) == ("h264", 10, 50)
        assert (video.codec_context.width, video.codec_context.height) == (640, 360)
        assert float(video.duration * video.time_base) == 5.0
        assert container.metadata["title"] == "DRAFT"
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video)]
    assert made.clip.index(b"moov") < made.clip.index(b"mdat")
    strip = np.asarray(Image.open(io.BytesIO(made.strip)))
    assert strip.shape[1] <= 1920
    tiles = np.array_split(strip, 6, axis=1)
    for tile, number in zip(tiles, (0, 10, 20, 29, 39, 49), strict=True):
        size = (tile.shape[1], tile.shape[0])
        shown = cv2.resize(frames[number], size, interpolation=cv2.INTER_AREA)
        inner = (slice(4, -4), slice(8, -8))
        assert psnr(tile[inner], shown[inner]) > 22
    assert len(made.clip) < 600_000


@given(width=st.integers(300, 4000), share=st.floats(0.4, 2.5))
def test_a_preview_is_bounded_and_has_the_frames_shape(width, share):
    height = max(300, round(width * share))
    blank = io.BytesIO()
    Image.new("1", (width, height)).save(blank, "PNG")
    size = preview_size(blank.getvalue())
    assert min(size) <= SHORT_SIDE
    assert max(size) <= LONG_SIDE + 2
    assert min(size) == SHORT_SIDE or max(size) >= LONG_SIDE - 4
    assert size[0] / size[1] == pytest.approx(width / height, rel=0.015)
    assert size[0] % 2 == size[1] % 2 == 0


def test_previews_and_a_draft_at_once_are_what_they_are_alone(tmp_path):
    prompts = ["[Truck left] snow", "[Pull out] golden hour", "[Pan right]"]

    def drawn(name):
        path = tmp_path / name
        render("[Truck right] dust", CAT, None, 0, path, seconds=0.5, short_side=360)
        return path.read_bytes()

    alone = [preview(prompt, CAT, None) for prompt in prompts], drawn("alone.mp4")
    with ThreadPoolExecutor(4) as threads:
        draft = threads.submit(drawn, "at once.mp4")
        at_once = list(threads.map(lambda prompt: preview(prompt, CAT, None), prompts))
        assert (at_once, draft.result()) == alone


@pytest.mark.parametrize("patience", [0, 1, 17])
def test_a_preview_stops_as_soon_as_it_is_told_to(patience):
    asked = []

    def cancelled():
        asked.append(True)
        return len(asked) > patience

    assert preview("[Truck left] snow", GROUND, None, cancelled=cancelled) is None
    assert len(asked) == patience + 1


SAME = [
    ("[Push in]", "[Push in] a lighthouse at sea, rack focus"),
    ("", "[Static shot]"),
    ("[Pan left,Tilt up]", "[Tilt up,Pan left] quietly"),
]
OTHER = [
    "[Push in]",
    "[Push in] snow falling",
    "[Pull out]",
    "",
    "night falls",
    "[Pan left,Tilt up]",
]


def test_the_key_is_the_same_exactly_when_the_preview_is():
    for one, two in SAME:
        assert outlook(one, GROUND).key == outlook(two, GROUND).key
        assert preview(one, GROUND, None) == preview(two, GROUND, None)
    keys = {preview_key(prompt, GROUND, None) for prompt in OTHER}
    assert len(keys) == len(OTHER)
    assert len({preview(prompt, GROUND, None).clip for prompt in OTHER}) == len(OTHER)
    assert preview_key("", GROUND, COFFEE) != preview_key("", GROUND, WALL)
    assert preview_key("", CAT, None) != preview_key("", GROUND, None)


def test_between_pictures_of_one_scene_the_pictures_lead_the_camera():
    assert preview_key("[Pan left]", WALL, WALL) == preview_key("[Truck up]", WALL, WALL)
    assert preview_key("[Pan left]", WALL, COFFEE) != preview_key("[Pull out]", WALL, COFFEE)
    one, two = (preview(f"{move} snow", WALL, WALL) for move in ("[Pan left]", "[Push in]"))
    assert one == two


def closer(name, factor):
    """Give the middle of a picture, larger."""
    image = Image.open(IMAGES / name)
    width, height = (round(side / factor) for side in image.size)
    data = io.BytesIO()
    image.crop((0, 0, width, height)).resize(image.size).save(data, "JPEG")
    return data.getvalue()


@pytest.mark.parametrize(
    ("end", "way"),
    [(WALL, "moves"), (closer("great-wall.jpg", 1.3), "moves"), (COFFEE, "dissolves")],
    ids=["same", "closer", "other"],
)
def test_the_way_to_the_end_image_is_the_drafts_own_at_every_size(end, way):
    assert outlook("", WALL, None).way == ""
    assert outlook("", WALL, end).way == way
    for short_side in (90, 360, 1080):
        film = filmed("", WALL, end, 0, seconds=0.1, short_side=short_side)
        assert isinstance(film._stage, Morph if way == "moves" else Dissolve)


@pytest.mark.parametrize(
    ("size", "cropped"),
    [((1280, 720), 0.0), ((720, 720), 1 - 9 / 16), ((2000, 720), 0.36), ((360, 640), 0.684)],
)
def test_how_much_of_the_end_image_is_cut_off_is_told(size, cropped):
    end = png(np.full((size[1], size[0], 3), 90, np.uint8))
    assert outlook("", GROUND, end).cropped == pytest.approx(cropped, abs=0.002)


@pytest.mark.parametrize(
    ("prompt", "share"),
    [
        ("[Static shot]", 0.0),
        ("[Push in]", 0.0),
        ("[Zoom in]", 0.0),
        ("[Pan left]", 0.14),
        ("[Tilt down]", 0.14),
        ("[Zoom out]", 1 - 1 / 1.18**2),
        ("[Pan right][Pan left]", 0.14 / 2**0.5),
    ],
)
def test_what_the_camera_comes_to_see_is_known_beforehand(prompt, share):
    told = outlook(prompt, GROUND)
    assert told.beyond == pytest.approx(share, abs=0.025)
    assert (told.unseen, told.behind) == (told.beyond, 0.0)


@given(prompt=st.sampled_from(["[Truck left]", "orbit right", "[Pull out]", "[Pedestal up]"]))
def test_what_the_subject_hid_is_counted_once(prompt):
    told = outlook(prompt, CAT)
    assert told.behind > 0.003
    assert max(told.beyond, told.behind) <= told.unseen <= told.beyond + told.behind + 1e-6


@pytest.mark.parametrize(("slide", "expected"), [(0.1, (0.1, 0.0, 0.1)), (-0.1, (0.1, 0.1, 0.0))])
def test_what_is_unseen_is_as_wide_as_the_background_slid(slide, expected):
    matte = np.zeros((360, 640), np.float32)
    matte[:, 427:] = 1
    scene = Scene(read_picture(GROUND, (640, 360)), lambda: matte)
    pose = Pose(slide=Lens(640, 360).travel(slide * 640))
    assert unseen_standing(scene, [Pose(), pose]) == pytest.approx(expected, abs=0.01)


def test_a_turn_uncovers_nothing_behind_the_subject():
    assert outlook("[Pan left]", CAT).behind == 0
    assert outlook("[Pan left]", CAT).beyond == pytest.approx(0.14, abs=0.02)


def test_a_way_between_pictures_that_show_it_all_invents_nothing():
    assert outlook("", WALL, closer("great-wall.jpg", 1.3)).unseen < 0.01
    assert outlook("[Zoom out]", WALL, COFFEE).unseen > 0.05


def test_the_prompt_alone_is_judged_without_a_picture():
    told = outlook("slow push in, rack focus", None)
    assert told.understood == plan("slow push in, rack focus").understood
    assert told.not_understood == ("rack focus",)
    assert (told.key, told.way, told.unseen) == ("", "", 0.0)


@pytest.mark.parametrize("ask", [outlook, preview])
def test_what_is_no_picture_is_refused_in_a_sentence(ask):
    with pytest.raises(DraftError, match="cannot be read"):
        ask("[Push in]", b"no picture", None)


def test_the_frame_line_is_drawn_where_the_camera_sees_beyond_and_nowhere_else():
    plain, framed = (
        filmed("[Pan left]", GROUND, None, 0, short_side=360, framed=on) for on in (False, True)
    )
    assert np.array_equal(painted(plain, 0).y, painted(framed, 0).y)
    before, after = (painted(film, 119).y.astype(int) for film in (plain, framed))
    outline = framed._stage.outline(119)
    shown = np.zeros(before.shape, np.uint8)
    cv2.fillConvexPoly(shown, np.rint(outline).astype(np.int32), 255)
    inside = cv2.erode(shown, np.ones((9, 9), np.uint8), borderValue=0) > 0
    assert inside.mean() > 0.7
    assert np.array_equal(before[inside], after[inside])
    outside = cv2.dilate(shown, np.ones((15, 15), np.uint8)) == 0
    assert outside.mean() > 0.1
    assert after[outside].mean() < before[outside].mean() - 20
    # Dark and bright along the edge, at every height.
    left = outline[[0, 3], 0]
    band = after[30:-30, int(left.min()) - 6 : int(left.max()) + 2]
    for part in np.array_split(band, 12):
        assert part.min() < 60
        assert part.max() > 180


@pytest.mark.parametrize("prompt", ["[Push in]", "[Zoom in]", "[Static shot]"])
def test_there_is_no_frame_line_when_nothing_beyond_is_seen(prompt):
    plain, framed = (
        filmed(prompt, GROUND, None, 0, seconds=0.5, short_side=360, framed=on)
        for on in (False, True)
    )
    assert np.array_equal(painted(plain, 11).y, painted(framed, 11).y)


def test_the_frame_line_is_gone_when_the_end_image_stands():
    plain, framed = (
        filmed("[Pan left]", WALL, COFFEE, 0, short_side=360, framed=on) for on in (False, True)
    )
    assert np.array_equal(painted(plain, 119).y, painted(framed, 119).y)
    assert not np.array_equal(painted(plain, 50).y, painted(framed, 50).y)


def test_a_hairs_breadth_beyond_the_edge_is_not_worth_a_line():
    canvas = FrameBuffer.blank(640, 360)
    canvas.y[:], canvas.uv[:] = 128, 128
    FrameLine(640, 360).lay_on(canvas, np.array([[0.1, 0], [640, 0], [640, 360], [0.1, 360]]))
    assert (canvas.y == 128).all()


@pytest.mark.parametrize("luma", [16, 60, 128, 235])
def test_the_frame_line_shows_on_any_ground(luma):
    canvas = FrameBuffer.blank(640, 360)
    canvas.y[:], canvas.uv[:] = luma, 128
    FrameLine(640, 360).lay_on(canvas, np.array([[60, -1], [640, -1], [640, 360], [60, 360.0]]))
    line = canvas.y[:, 54:60]
    assert np.ptp(line[100:160].astype(int)) > 150
    assert np.abs(canvas.y[:, :50].astype(int) - luma).mean() > 12


def test_a_source_gives_the_same_picture_whatever_was_asked_before():
    sizes = [clip_size(1920, 1080, side) for side in (1080, 360, 180)]
    one, two = (Source(DANDELIONS, sizes[0]) for _ in range(2))
    for size, (first, second) in zip(
        sizes,
        zip(
            [one.picture(size) for size in sizes],
            [two.picture(size) for size in reversed(sizes)][::-1],
            strict=True,
        ),
        strict=True,
    ):
        assert first.size == size
        assert np.array_equal(first.y, second.y)
        assert psnr(first.y, read_picture(DANDELIONS, size).y) > 38


def test_the_subject_is_looked_for_once_for_all_sizes_and_threads():
    looked, begun = [], threading.Barrier(4)

    def matte_of(glance):
        looked.append(glance.shape)

    source = Source(DANDELIONS, (1920, 1080), matte_of)

    def ask(_):
        begun.wait()
        return source.matte()

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(ask, range(4))) == {None}
    assert looked == [(360, 640, 3)]


def test_a_draft_and_its_preview_share_the_subject():
    scenes = Scenes()
    (small,), (large,) = (scenes.of(CAT, size=size) for size in ((270, 360), (810, 1080)))
    assert small._matte() is large._matte() is not None


@given(keys=st.lists(st.integers(0, 9), max_size=60), most=st.integers(1, 5))
def test_what_is_kept_is_the_latest_and_no_more(keys, most):
    kept, made = LruCache(most), []
    latest = []
    for key in keys:
        known = key in latest
        before = len(made)
        assert kept.get(key, lambda key=key: made.append(key) or key) == key
        assert (len(made) == before) == known
        latest = [*(other for other in latest if other != key), key][-most:]
    assert sorted(kept.made()) == sorted(latest)


def test_what_could_not_be_made_is_tried_again():
    kept = LruCache(2)

    def failing():
        raise OSError("not now")

    with pytest.raises(OSError, match="not now"):
        kept.get("key", failing)
    assert kept.get("key", lambda: None) is None
    assert kept.get("key", failing) is None
