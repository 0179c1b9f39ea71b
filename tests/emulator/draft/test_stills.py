"""Stills and moving thumbnails: the clip's own frames, in files that say what they are."""

import io

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from hailuo_widgets.emulator.draft import (
    DraftError,
    contact_strip,
    filmed,
    look,
    poster,
    render,
    thumbnail,
)
from hailuo_widgets.emulator.draft.output.encode import NOTICE
from hailuo_widgets.emulator.draft.output.stills import moments
from tests.support.draft.samples import psnr
from tests.support.places import IMAGES

pytestmark = pytest.mark.slow

PROMPT = "[Truck left] golden hour, falling snow"
SHAPE = {"seconds": 1.0, "short_side": 360}
DESCRIPTION = 0x010E


@pytest.fixture(scope="module", params=["dandelions.jpg", "cat.jpg"])
def film_and_clip(request, tmp_path_factory):
    """Give a film and its clip's decoded frames, RGB."""
    image = (IMAGES / request.param).read_bytes()
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    render(PROMPT, image, None, 0, path, **SHAPE)
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    return filmed(PROMPT, image, None, 0, **SHAPE), frames


def opened(data):
    return Image.open(io.BytesIO(data))


def test_the_poster_is_the_first_frame(film_and_clip):
    film, frames = film_and_clip
    shown = opened(poster(film))
    assert shown.format == "JPEG"
    assert psnr(np.asarray(shown), frames[0]) >= 30


@pytest.mark.parametrize("count", [1, 2, 6])
def test_a_contact_strip_is_moments_of_the_clip(film_and_clip, count):
    film, frames = film_and_clip
    strip = np.asarray(opened(contact_strip(film, count)))
    width = (strip.shape[1] + 4) // count - 4
    for place, number in enumerate(moments(film.frames, count)):
        tile = strip[:, place * (width + 4) :][:, :width]
        shown = cv2.resize(frames[number], tile.shape[1::-1], interpolation=cv2.INTER_AREA)
        assert psnr(tile, shown) >= 30
        if place:
            gap = strip[:, place * (width + 4) - 3 : place * (width + 4) - 1]
            assert gap.min() > 225


@pytest.mark.parametrize(
    ("frames", "count", "expected"),
    [(120, 6, [0, 24, 48, 71, 95, 119]), (24, 2, [0, 23]), (5, 1, [0]), (1, 3, [0, 0, 0])],
)
def test_moments_are_spread_from_the_first_to_the_last(frames, count, expected):
    assert moments(frames, count) == expected


@pytest.mark.parametrize("kind", ["AVIF", "WEBP"])
def test_a_thumbnail_is_the_clip_in_small_without_end(film_and_clip, kind):
    film, frames = film_and_clip
    data = thumbnail(film, kind)
    moving = opened(data)
    assert (moving.format, moving.n_frames) == (kind, 12)
    assert moving.width == min(480, film.size[0])
    assert moving.info.get("loop", 0) == 0
    assert len(data) < 400_000
    for number in range(12):
        moving.seek(number)
        small = np.asarray(moving.convert("RGB"))
        shown = cv2.resize(frames[2 * number], small.shape[1::-1], interpolation=cv2.INTER_AREA)
        assert psnr(small, shown) >= 30


@pytest.mark.parametrize("make", [poster, contact_strip, thumbnail])
def test_a_still_says_that_it_is_a_draft_and_is_the_same_every_time(film_and_clip, make):
    film, _ = film_and_clip
    data = make(film)
    assert opened(data).getexif()[DESCRIPTION] == NOTICE
    assert make(film) == data


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [(".jpg", "JPEG"), (".JPEG", "JPEG"), (".avif", "AVIF"), (".webp", "WEBP"), (".mp4", None)],
)
def test_a_look_is_what_its_name_says(tmp_path, suffix, kind):
    path = tmp_path / f"look{suffix}"
    look("[Static shot]", (IMAGES / "coffee.jpg").read_bytes(), None, path)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    if kind is None:
        with av.open(str(path)) as container:
            assert container.streams.video[0].frames == 120
    else:
        assert opened(path.read_bytes()).format == kind


@pytest.mark.parametrize("name", ["look.gif", "look"])
def test_a_look_of_another_kind_is_refused_in_a_sentence(tmp_path, name):
    with pytest.raises(DraftError, match=r"^A draft cannot be a .*: name it \.mp4"):
        look("", (IMAGES / "coffee.jpg").read_bytes(), None, tmp_path / name)
    assert list(tmp_path.iterdir()) == []
