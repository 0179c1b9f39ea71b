"""A draft as a file: what it is, what it says of itself, and that it never changes."""

import io
import threading

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from hailuo_widgets.emulator.draft import DraftError, render
from hailuo_widgets.emulator.draft.output.encode import NOTICE, encode
from hailuo_widgets.emulator.draft.paint.compositor import FrameBuffer
from hailuo_widgets.emulator.draft.paint.draft_label import Label
from hailuo_widgets.emulator.draft.picture.picture import clip_size, frame_size, read_picture
from tests.support.draft.camera_motion import decoded
from tests.support.draft.samples import filmed_picture, png, psnr, textured
from tests.support.places import IMAGES

pytestmark = pytest.mark.slow


@pytest.fixture
def rendered(tmp_path):
    """Render a prompt on a picture's bytes, small and short; give the file."""

    def render_to(prompt, image, end=None, take=0, name="clip.mp4", seconds=0.5, short_side=180):
        path = tmp_path / name
        render(prompt, image, end, take, path, seconds=seconds, short_side=short_side)
        return path

    return render_to


def test_a_draft_is_five_seconds_of_1080p_that_plays_everywhere(tmp_path):
    path = tmp_path / "clip.mp4"
    render("[Static shot]", (IMAGES / "dandelions.jpg").read_bytes(), None, 0, path)
    with av.open(str(path)) as container:
        (video,) = container.streams
        assert video.type == "video"
        context = video.codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
        assert (context.width, context.height) == (1920, 1080)
        assert (video.average_rate, video.frames) == (24, 120)
        assert float(video.duration * video.time_base) == 5.0
        assert (context.color_primaries, context.color_trc, context.colorspace) == (1, 1, 1)
        assert sum(1 for _ in container.decode(video)) == 120
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_a_draft_says_so_in_its_metadata(rendered):
    with av.open(str(rendered("pan left", png(textured(320, 180))))) as container:
        assert container.metadata["title"] == "DRAFT"
        assert container.metadata["comment"] == NOTICE


@pytest.mark.parametrize("luma", [20, 128, 225])
@pytest.mark.parametrize("short_side", [360, 1080])
def test_draft_can_be_read_in_every_frame_on_any_ground(tmp_path, luma, short_side):
    path = tmp_path / "clip.mp4"
    grey = png(np.full((360, 640, 3), luma, np.uint8))
    render("[Pan left]", grey, None, 0, path, seconds=0.25, short_side=short_side)
    frames = decoded(path)
    label = Label(frames.shape[2], frames.shape[1])
    # On black, letters are bright and their outline is nearly black.
    stencil = np.zeros(frames[0].shape, np.uint8)
    label.lay_on(stencil)
    rows, columns = label.box
    ink = stencil[rows, columns]
    letters, outline = ink > 120, (ink > 6) & (ink < 20)
    for frame in frames:
        seen = frame[rows, columns].astype(float)
        assert seen[letters].mean() - seen[outline].mean() > 25
        # Small, and in the corner.
        assert ink.size < 0.004 * frame.size
        assert np.ptp(frame[rows.stop + 4 :].astype(int)) < 8


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (1920, 1080, (1920, 1080)),
        (4000, 3000, (1440, 1080)),
        (1080, 1920, (1080, 1920)),
        (500, 500, (1080, 1080)),
        (752, 301, (2698, 1080)),
        (301, 752, (1080, 2698)),
        (1001, 667, (1620, 1080)),
    ],
)
def test_the_clip_has_the_frames_aspect_and_even_sides(width, height, expected):
    assert clip_size(width, height, 1080) == expected


@pytest.mark.parametrize("size", [(301, 302), (752, 301), (301, 752), (1003, 1501)])
def test_every_size_renders(rendered, size):
    frames = decoded(rendered("[Tilt up]", png(textured(*size))))
    assert frames.shape[1:] == tuple(reversed(clip_size(*size, 180)))


def test_a_very_large_photograph_is_read_small():
    target = io.BytesIO()
    Image.linear_gradient("L").resize((8000, 4500)).convert("RGB").save(target, "JPEG")
    picture = read_picture(target.getvalue(), (640, 360))
    assert picture.y.shape == (360, 640)
    assert picture.y[:10].mean() < 25
    assert picture.y[-10:].mean() > 225


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("have", [(1280, 720), (1430, 1000), (2700, 720)])
def test_a_photograph_read_small_has_all_that_the_clip_shows(have, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    width, height = have if orientation == 1 else have[::-1]
    pixels = cv2.GaussianBlur(textured(width, height), (0, 0), 2)
    files = []
    for kind, how in (("JPEG", {"quality": 98, "subsampling": 0}), ("PNG", {})):
        files.append(io.BytesIO())
        Image.fromarray(pixels).save(files[-1], kind, exif=exif, **how)
    small, whole = (read_picture(file.getvalue(), (640, 360)).y for file in files)
    assert psnr(small, whole) > 40


def test_a_turned_photograph_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    target = io.BytesIO()
    Image.linear_gradient("L").resize((640, 360)).convert("RGB").save(target, "JPEG", exif=exif)
    assert frame_size(target.getvalue()) == (360, 640)
    picture = read_picture(target.getvalue(), (360, 640))
    assert picture.y[:, -20:].mean() < picture.y[:, :20].mean()


def test_colour_moves_with_what_it_belongs_to(rendered):
    disc = np.full((360, 640, 3), 128, np.uint8)
    cv2.circle(disc, (460, 110), 50, (250, 60, 60), -1)
    path = rendered("[Zoom in]", png(disc), short_side=360)
    with av.open(str(path)) as container:
        last = list(container.decode(video=0))[-1].to_ndarray(format="yuv444p").astype(float)
    away = [np.abs(plane[60:] - np.median(plane)) for plane in (last[0], last[2])]
    middles = [
        [(part * axis).sum() / part.sum() for axis in np.indices(part.shape)] for part in away
    ]
    assert middles[0] == pytest.approx(middles[1], abs=0.6)


PROMPTS = {
    "plane": "[Pan right]",
    "layers": "[Truck left,Push in]",
    "air": "slow push in, golden hour, snow and fog, flickering",
}


@pytest.mark.parametrize("kind", PROMPTS)
def test_the_same_request_gives_the_same_bytes(rendered, kind):
    image = (IMAGES / "dandelions.jpg").read_bytes()
    one = rendered(PROMPTS[kind], image, name="one.mp4").read_bytes()
    other = png(textured(320, 180))
    rendered("[Push in]", other, name="between.mp4")
    assert rendered(PROMPTS[kind], image, name="two.mp4").read_bytes() == one


def test_another_take_is_another_clip(rendered):
    image = png(textured(320, 180))
    takes = {rendered("[Push in] snow", image, take=take).read_bytes() for take in range(3)}
    assert len(takes) == 3


@pytest.mark.parametrize(
    "photograph", ["cat.jpg", "coffee.jpg", "dandelions.jpg", "great-wall.jpg"]
)
def test_the_first_frame_is_the_picture(tmp_path, photograph):
    image, path = (IMAGES / photograph).read_bytes(), tmp_path / "clip.mp4"
    render("[Truck left] golden hour, snow", image, None, 0, path, seconds=0.5)
    first = decoded(path)[0]
    picture = read_picture(image, (first.shape[1], first.shape[0]))
    assert psnr(first, picture.y) >= 38


@pytest.mark.parametrize("data", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"])
def test_what_is_no_picture_is_refused_in_a_sentence(rendered, data):
    with pytest.raises(DraftError, match=r"^The picture cannot be (read|decoded) \(\w+\)"):
        rendered("[Push in]", data)


def test_a_picture_cut_short_is_refused_in_a_sentence(rendered):
    data = (IMAGES / "coffee.jpg").read_bytes()
    with pytest.raises(DraftError, match="it may be cut short"):
        rendered("[Push in]", data[: len(data) // 2])


def test_a_missing_encoder_is_named_and_leaves_no_file(tmp_path):
    with pytest.raises(DraftError, match="encoder libx264-gone is missing"):
        encode([], tmp_path / "clip.mp4", count=0, size=(64, 64), fps=24, encoder="libx264-gone")
    assert list(tmp_path.iterdir()) == []


def test_a_draft_that_breaks_off_leaves_nothing_behind(tmp_path):
    def breaking():
        for _ in range(60):
            yield av.VideoFrame(64, 64, "nv12")
        raise RuntimeError("stopped")

    kept = tmp_path / "clip.mp4"
    kept.write_bytes(b"an earlier clip")
    with pytest.raises(RuntimeError, match="stopped"):
        encode(breaking(), kept, count=90, size=(64, 64), fps=24)
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]
    assert kept.read_bytes() == b"an earlier clip"


@pytest.mark.parametrize("prompt", ["[Truck left], falling snow", "[Static shot]", "[Pan right]"])
def test_frames_painted_ahead_are_those_painted_one_by_one(prompt):
    film, again = (filmed_picture(textured(320, 180), prompt) for _ in range(2))
    alone, seen = FrameBuffer.blank(*film.size), 0
    for number, frame in enumerate(film.roll()):
        again.paint(number, alone)
        np.testing.assert_array_equal(frame.to_ndarray(), alone.frame.to_ndarray())
        seen += 1
    assert seen == film.frames == 12


def test_a_film_left_early_paints_no_further():
    film = filmed_picture(textured(320, 180), "[Push in]", seconds=5)
    frames = film.roll()
    next(frames)
    frames.close()
    assert not any(thread.name.startswith("painter") for thread in threading.enumerate())
