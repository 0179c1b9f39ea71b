"""Films that lie on their side in the file, as phones write them: upright wherever they are seen."""

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from hailuo_widgets.media.clip import Clip, last_frame, read_facts
from hailuo_widgets.media.editing.concatenate import join
from hailuo_widgets.media.editing.side_by_side import contact_sheet, write_comparison
from hailuo_widgets.media.store import Media
from hailuo_widgets.media.video.packet_index import packets_of
from hailuo_widgets.media.video.scrub_frames import flipbook
from hailuo_widgets.media.video.transcode import smaller
from tests.support.films.film_reader import MATRICES, as_shown, decoded, kept, number, small, turned

SIZE = (160, 96)


def light(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("L")).astype(int)


def off(one, other):
    assert one.shape == other.shape
    return np.abs(one.astype(int) - other.astype(int)).mean()


@pytest.fixture(params=MATRICES)
def matrix(request):
    return MATRICES[request.param]


@pytest.fixture(params=[False, True], ids=["mp4", "mov"])
def film(request, tmp_path, matrix):
    data = turned(small(), matrix, quicktime=request.param)
    return kept(tmp_path, data, "film.mov" if request.param else "film.mp4")


@pytest.fixture
def lying(tmp_path):
    """The pictures as they lie in the file."""
    return decoded(kept(tmp_path, small(), "lying.mp4"))


def size_of(matrix):
    return SIZE if matrix[0] else SIZE[::-1]


def test_its_size_is_that_of_the_picture_as_it_is_shown(film, matrix):
    facts = read_facts(film)
    assert (facts.width, facts.height) == size_of(matrix)
    assert facts.frame_count == 12


def test_its_poster_and_last_frame_stand_upright(tmp_path, film, matrix, lying):
    poster = Media(tmp_path / "library").make_poster(film, "0" * 64)
    assert off(light(poster.read_bytes()), as_shown(lying[0], matrix)) < 12
    assert off(light(last_frame(film)), as_shown(lying[-1], matrix)) < 12


def test_its_flipbook_and_its_smaller_copy_stand_upright(film, matrix, lying):
    pages = flipbook(film)
    assert len(pages) == 12
    assert off(light(pages[7]), as_shown(lying[7], matrix)) < 12
    # As the library may have noted it before films were turned.
    clip = Clip(film, film, "0" * 64, *SIZE, 24, 0.5, 12, film.stat().st_size, draft=False)
    copy = smaller(clip, 10**6)
    assert (copy.width, copy.height) == size_of(matrix)
    with av.open(io.BytesIO(copy.data)) as container:
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    assert off(frames[7], as_shown(lying[7], matrix)) < 20


def test_it_stands_upright_on_a_contact_sheet_and_in_a_comparison(tmp_path, film, matrix, lying):
    upright = kept(tmp_path, small(), "upright.mp4")
    sheet = light(contact_sheet([(film, "")], [0.0], width=400))
    shown = Image.fromarray(as_shown(lying[0], matrix))
    found = best_fit(sheet, shown)
    assert found < 25, found
    made = write_comparison([(upright, ""), (film, "")], tmp_path / "both.mp4", columns=2)
    whole = decoded(made)[0]
    left, right = whole[:, : whole.shape[1] // 2], whole[:, whole.shape[1] // 2 :]
    assert best_fit(left, Image.fromarray(lying[0])) < 25
    assert best_fit(right, shown) < 25


def best_fit(light, picture):
    """How far a picture is from what is in the middle of a larger one, fitted to its size."""
    rows = np.abs(np.diff(light.astype(int), axis=1)).max(axis=1) > 25
    columns = np.abs(np.diff(light.astype(int), axis=0)).max(axis=0) > 25
    top, bottom = np.flatnonzero(rows)[[0, -1]]
    left, right = np.flatnonzero(columns)[[0, -1]]
    width, height = right - left + 1, bottom - top + 1
    assert width / height == pytest.approx(picture.width / picture.height, rel=0.1)
    cut = light[top : bottom + 1, left : right + 1]
    return off(cut, np.asarray(picture.resize((width, height), Image.Resampling.BOX)))


def test_turned_behind_upright_is_encoded_anew_and_upright(tmp_path, film, matrix, lying):
    upright = kept(tmp_path, small(), "upright.mp4")
    joined = join([upright, film], tmp_path / "joined.mp4")
    assert joined.copied is False
    word = "mirrored" if matrix in ((-1, 0, 0, 1), (0, -1, -1, 0)) else "turned by"
    assert f"clip 2 is {word}" in joined.why
    if matrix in (MATRICES["turned right"], MATRICES["turned left"]):
        assert "clip 2 is turned by 90 degrees" in joined.why
    frames = decoded(joined.path)
    assert [number(frame) for frame in frames[:12]] == list(range(12))
    shown = Image.fromarray(as_shown(lying[3], matrix))
    scale = min(SIZE[0] / shown.width, SIZE[1] / shown.height)
    width = round(shown.width * scale / 2) * 2
    left = (SIZE[0] - width) // 2 & ~1
    second = frames[15]
    assert second[:, : max(0, left - 2)].max(initial=0) < 24  # black bars
    cut = second[:, left : left + width]
    assert off(cut, np.asarray(shown.resize((width, SIZE[1]), Image.Resampling.BOX))) < 20


def test_turned_alone_or_after_its_like_is_copied_with_its_matrix(tmp_path, film, matrix):
    joined = join([film, film], tmp_path / "joined.mp4")
    assert joined.copied is True
    facts = read_facts(joined.path)
    assert (facts.width, facts.height) == size_of(matrix)
    assert joined.frame_count == 24


def test_a_page_decodes_only_films_that_lie_as_they_are_shown(film):
    assert packets_of(film.read_bytes()) is None
    assert packets_of(small()) is not None


@pytest.mark.parametrize(
    ("matrix", "size"),
    [
        ((0, 0, 0, 0), SIZE),
        ((0.9925, 0.1219, -0.1219, 0.9925), SIZE),  # seven degrees
        ((0.1219, 0.9925, -0.9925, 0.1219), SIZE[::-1]),  # eighty-three
        ((2, 0, 0, 2), SIZE),
        ((1, 0, 0, 0), SIZE),
    ],
)
def test_of_an_odd_matrix_the_nearest_right_angle_is_taken(tmp_path, matrix, size):
    film = kept(tmp_path, turned(small(), matrix), "odd.mp4")
    assert read_facts(film)[:2] == size
    assert Image.open(io.BytesIO(last_frame(film))).size == size


def test_pixels_that_are_not_square_are_shown_in_shape(tmp_path):
    path = tmp_path / "wide.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(2)
        for _ in range(3):
            frame = av.VideoFrame.from_ndarray(np.full((144, 160), 128, np.uint8), "yuv420p")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert read_facts(path)[:2] == (320, 96)
    assert Image.open(io.BytesIO(last_frame(path))).size == (320, 96)
    standing = kept(tmp_path, turned(path.read_bytes(), MATRICES["turned left"]), "standing.mp4")
    assert read_facts(standing)[:2] == (96, 320)
    assert Image.open(io.BytesIO(last_frame(standing))).size == (96, 320)
