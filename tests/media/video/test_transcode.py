"""Smaller copies of clips: fewer bytes, and every frame where it was."""

import io

import av
import hypothesis.strategies as st
import pytest
from hypothesis import given

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.media.video.transcode import size_within, smaller
from tests.support import samples
from tests.support.clips import make_clip
from tests.support.films import film_reader, numbered_videos


def frames(data):
    """The time and the painted number of each frame."""
    with av.open(io.BytesIO(data)) as container:
        return [
            (
                float(frame.pts * frame.time_base),
                film_reader.number(frame.to_ndarray(format="gray")),
            )
            for frame in container.decode(video=0)
        ]


@pytest.fixture(scope="module", params=[False, True], ids=["steady", "uneven"])
def clip(tmp_path_factory, request):
    film = numbered_videos.film(36, 640, 360, uneven=request.param)
    return make_clip(tmp_path_factory.mktemp("library"), film)


@pytest.mark.parametrize("share", [0.9, 0.4])
def test_a_copy_fits_and_keeps_every_frame_at_its_time(clip, share):
    copy = smaller(clip, int(clip.bytes * share))
    assert len(copy.data) <= clip.bytes * share
    assert frames(copy.data) == frames(clip.path.read_bytes())
    assert [number for _, number in frames(copy.data)] == list(range(36))


def test_pixels_give_way_when_bits_do_not_suffice(clip):
    copy = smaller(clip, 12_000)
    assert (copy.width, copy.height) == (320, 180)
    assert len(copy.data) <= 12_000
    with av.open(io.BytesIO(copy.data)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (320, 180)


def test_what_the_file_says_of_itself_goes_along(tmp_path):
    draft = make_clip(tmp_path, samples.clip(comment="DRAFT: a test"))
    with av.open(io.BytesIO(smaller(draft, draft.bytes // 2).data)) as container:
        assert container.metadata["comment"] == "DRAFT: a test"


def test_a_damaged_file_is_a_sentence(clip, tmp_path):
    broken = make_clip(tmp_path, clip.path.read_bytes())
    broken.path.write_bytes(b"no film")
    with pytest.raises(LibraryError, match="does not decode as a video"):
        smaller(broken, 1_000)


SIDES = st.integers(min_value=2, max_value=4000)


@given(SIDES, SIDES, st.floats(min_value=0, max_value=1e8))
def test_a_size_is_even_no_larger_and_within_what_was_asked(width, height, pixels):
    made = size_within(width, height, pixels)
    assert all(side % 2 == 0 for side in made)
    assert made[0] <= width + 1
    assert made[1] <= height + 1
    short = min(width, height)
    # Rounding to even sides may add one pixel to each.
    slack = width + height + 1
    assert made[0] * made[1] <= pixels + slack or min(made) <= min(short, 180) + 1


def test_a_shape_is_kept():
    assert size_within(1920, 1080, 960 * 540) == (960, 540)
    assert size_within(1080, 1440, 540 * 720) == (540, 720)
