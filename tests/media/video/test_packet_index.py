"""What a page is told of where a clip's frames lie."""

import base64
import io

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hailuo_widgets.media.video.packet_index import BYTES_A_FRAME, packets_of
from hailuo_widgets.media.video.scrub_frames import MOST_FRAMES
from tests.support import samples
from tests.support.films import numbered_videos


@pytest.fixture(scope="module")
def film():
    return numbered_videos.film(30, 320, 180, key_frames=12, uneven=True)


def test_packets_lie_where_it_is_said_and_decode_to_every_frame(film):
    said = packets_of(film)
    coder = av.CodecContext.create("h264", "r")
    coder.extradata = base64.b64decode(said["setup"])
    frames = []
    for place, size, _, _ in said["packets"]:
        frames += coder.decode(av.Packet(film[place : place + size]))
    frames += coder.decode(None)
    with av.open(io.BytesIO(film)) as whole:
        wanted = [frame.to_ndarray() for frame in whole.decode(video=0)]
    assert len(frames) == len(wanted) == 30
    assert all((one.to_ndarray() == other).all() for one, other in zip(frames, wanted, strict=True))


def test_times_and_key_frames_are_the_films(film):
    packets = packets_of(film)["packets"]
    assert packets[0][3] == 1
    assert sum(packet[3] for packet in packets) == 3
    with av.open(io.BytesIO(film)) as whole:
        times = [round(frame.time * 1e6) for frame in whole.decode(video=0)]
    assert sorted(packet[2] for packet in packets) == pytest.approx(times, abs=1)


def test_it_names_profile_and_level(film):
    assert packets_of(film)["codec"].startswith("avc1.64")


def test_it_takes_no_more_of_a_page_than_is_reckoned(film):
    assert len(str(packets_of(film)["packets"])) <= BYTES_A_FRAME * 30


def test_a_film_too_long_for_a_flip_book_has_none():
    assert packets_of(numbered_videos.film(MOST_FRAMES + 1, 64, 36)) is None


SMALL = samples.clip(frames=3, width=64, height=36)


@given(st.integers(0, len(SMALL) - 1), st.binary(max_size=8))
def test_a_damaged_file_says_nothing_or_what_lies_in_it(at, new):
    said = packets_of(SMALL[:at] + new + SMALL[at + 4 :])
    assert said is None or all(place >= 0 and size > 0 for place, size, _, _ in said["packets"])
