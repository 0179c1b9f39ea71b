"""Sounds as they come from recorders, phones and radios: heard in time, whatever is in the file."""

from fractions import Fraction

import av
import numpy as np
import pytest

from hailuo_widgets.errors import InputError
from hailuo_widgets.media.editing.concatenate import join
from hailuo_widgets.media.video.audio import read_sound, samples
from hailuo_widgets.media.video.audio_samples import RATE, Unread, sound_of
from tests.support.films.film_reader import heard, kept, small, tone

FRAME = 1024 / 44_100
"""Seconds of one frame of AAC."""


def wave(seconds, rate=44_100, hertz=440.0):
    return (
        np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate).astype(np.float32) / 2
    )


def film_with(path, pieces, *, picture_at=0.0, seconds=3.0, codec="aac", rate=44_100):
    """Write a film whose sound stands at times: pieces of (from when, how long)."""
    with av.open(str(path), "w") as target:
        video = target.add_stream("libx264", rate=24)
        video.width, video.height, video.pix_fmt = 160, 96, "yuv420p"
        audio = target.add_stream(codec, rate=rate, layout="mono")
        size = audio.codec_context.frame_size or 1024
        for number in range(round(seconds * 24)):
            frame = av.VideoFrame.from_ndarray(np.full((144, 160), 99, np.uint8), "yuv420p")
            frame.pts, frame.time_base = round(picture_at * 24) + number, Fraction(1, 24)
            target.mux(video.encode(frame))
        target.mux(video.encode(None))
        for begin, long in pieces:
            coder = target.streams.audio[0] if len(pieces) == 1 else audio
            sound = wave(long, rate)
            for at in range(0, len(sound) - size + 1, size):
                block = sound[at : at + size][None]
                frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
                frame.sample_rate, frame.pts = rate, round(begin * rate) + at
                frame.time_base = Fraction(1, rate)
                target.mux(coder.encode(frame))
        target.mux(audio.encode(None))
    return path


def sounding(data, rate=RATE, level=0.1):
    """Give the stretches that are loud, in seconds: (from, to)."""
    loud = np.abs(data).max(axis=0) > level
    block = rate // 100
    loud = loud[: len(loud) // block * block].reshape(-1, block).any(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], loud.astype(int), [0]])))
    return [(begin / 100, end / 100) for begin, end in edges.reshape(-1, 2)]


def about(*times):
    return [pytest.approx(pair, abs=FRAME + 0.011) for pair in times]


def read(path, seconds, **how):
    return np.concatenate(list(samples(path, seconds, **how)), axis=1)


@pytest.fixture(params=["mp4", "mov", "mkv"])
def ending(request):
    return request.param


def test_sound_that_begins_late_is_heard_late(tmp_path, ending):
    path = film_with(tmp_path / f"late.{ending}", [(1.0, 1.5)])
    assert sounding(read(path, 3)) == about((1.0, 2.5))
    assert sounding(read(path, 3, with_picture=True)) == about((1.0, 2.5))
    assert read_sound(path).seconds == pytest.approx(2.5, abs=0.6)


def test_late_sound_stays_late_in_a_film_of_such_clips(tmp_path):
    path = film_with(tmp_path / "late.mp4", [(0.75, 1.5)])
    joined = join([path, path], tmp_path / "film.mp4")
    assert joined.sound == "The clips' own sound."
    assert sounding(*heard(joined.path)) == about((0.75, 2.25), (3.75, 5.25))
    given = join([path, path], tmp_path / "given.mp4", audio=path)
    assert sounding(*heard(given.path)) == about((0.75, 2.25))
    assert given.sound.endswith("then silence from 2.2 s on.") or "2.3 s" in given.sound


def test_a_gap_is_heard_as_a_gap(tmp_path, ending):
    path = film_with(tmp_path / f"gap.{ending}", [(0.0, 1.0), (1.6, 1.0)])
    assert sounding(read(path, 3)) == about((0.0, 1.0), (1.6, 2.6))


def test_sound_before_the_first_picture_is_left_out_of_the_film_and_not_of_a_given_sound(tmp_path):
    path = film_with(tmp_path / "early.mkv", [(0.0, 1.0)], picture_at=0.5)
    assert sounding(read(path, 3, with_picture=True)) == about((0.0, 0.5))
    assert sounding(read(path, 3)) == about((0.0, 1.0))


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp3", "mp3"), ("a.m4a", "aac"), ("a.flac", "flac"), ("a.wav", "pcm_s16le")],
)
def test_what_an_encoder_puts_before_its_sound_is_no_lateness(tmp_path, name, codec):
    path = tone(tmp_path / name, 1.0, codec=codec)
    assert sounding(read(path, 2))[0] == pytest.approx((0.0, 1.0), abs=0.03)
    film = film_with(tmp_path / "film.mp4", [(0.0, 1.0)], codec="aac")
    assert sounding(read(film, 2, with_picture=True))[0][0] <= 0.01


def mp3(folder, seconds, **how):
    return tone(folder / "part.mp3", seconds, codec="mp3", **how).read_bytes()


@pytest.mark.parametrize(
    "kinds",
    [
        [{"rate": 44_100}, {"rate": 48_000}],
        [{"channels": 1}, {"channels": 2}],
        [{"rate": 48_000, "channels": 2}, {"rate": 32_000}, {"rate": 44_100, "channels": 2}],
    ],
)
def test_a_sound_that_changes_midway_goes_on(tmp_path, kinds):
    path = kept(tmp_path, b"".join(mp3(tmp_path, 2.0, **kind) for kind in kinds), "radio.mp3")
    unread = Unread()
    data = read(path, 8, unread=unread)
    assert data.shape == (2, 8 * RATE)
    stretches = sounding(data)
    assert stretches[0][0] < 0.05
    assert stretches[-1][1] == pytest.approx(2.0 * len(kinds), abs=0.2)
    assert sum(end - begin for begin, end in stretches) == pytest.approx(2.0 * len(kinds), abs=0.3)
    # Pitch tells that each part was read at its own rate.
    for number in range(len(kinds)):
        part = data[0, round((2 * number + 0.5) * RATE) : round((2 * number + 1.5) * RATE)]
        assert np.abs(np.fft.rfft(part)).argmax() == pytest.approx(440, abs=2)


def test_aac_that_changes_midway_goes_on(tmp_path):
    parts = [
        tone(tmp_path / "p.adts", 1.0, codec="aac", rate=rate).read_bytes()
        for rate in (44_100, 22_050)
    ]
    path = kept(tmp_path, b"".join(parts), "radio.aac")
    assert sounding(read(path, 3))[-1][1] == pytest.approx(2.0, abs=0.15)


@pytest.mark.parametrize(
    "junk", [b"\xa5" * 3000, bytes(5000), b"ID3\x04\0\0\0\0\0\x0a" + b"x" * 10, None]
)
def test_what_is_no_sound_between_frames_is_left_out(tmp_path, junk):
    if junk is None:
        junk = np.random.default_rng(3).integers(0, 256, 3000, np.uint8).tobytes()
    whole = mp3(tmp_path, 2.0)
    path = kept(tmp_path, whole[:9000] + junk + whole[9000:], "cut.mp3")
    data = read(path, 3)
    assert sum(end - begin for begin, end in sounding(data)) == pytest.approx(2.0, abs=0.2)


def test_damaged_packets_are_left_out_and_said_and_the_rest_stays_in_time(tmp_path):
    path = tone(tmp_path / "a.m4a", 3.0, codec="aac")
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        packets = [(packet.pos, packet.size) for packet in container.demux() if packet.size]
    for at, size in packets[40:46]:
        data[at : at + size] = b"\xff" * size
    path.write_bytes(data)
    unread = Unread()
    stretches = sounding(read(path, 4, unread=unread))
    assert stretches[-1][1] == pytest.approx(3.0, abs=0.05)
    assert 0.05 < unread.seconds <= 0.2
    joined = join([kept(tmp_path, small(96), "film.mp4")], tmp_path / "film2.mp4", audio=path)
    assert f"; {unread.seconds:.2f} s of it could not be read." in joined.sound


def test_a_cut_off_sound_is_heard_as_far_as_it_goes_and_that_is_said(tmp_path):
    path = tone(tmp_path / "a.mp3", 2.0, codec="mp3")
    path.write_bytes(path.read_bytes()[:-200])
    assert sounding(read(path, 3))[-1][1] == pytest.approx(2.0, abs=0.08)
    with av.open(str(tone(tmp_path / "b.m4a", 3.0, codec="aac"))) as source:
        film = tmp_path / "cut.m4a"
        with av.open(str(film), "w", "mp4", options={"movflags": "+faststart"}) as target:
            stream = target.add_stream_from_template(source.streams.audio[0])
            for packet in source.demux():
                if packet.size:
                    packet.stream = stream
                    target.mux(packet)
    film.write_bytes(film.read_bytes()[: film.stat().st_size * 2 // 3])
    unread = Unread()
    end = sounding(read(film, 4, unread=unread))[-1][1]
    assert 1.0 < end < 2.5
    assert unread.seconds == pytest.approx(3.0 - end, abs=0.1)


def test_a_sound_of_which_nothing_decodes_is_refused(tmp_path):
    path = tone(tmp_path / "a.m4a", 1.0, codec="aac")
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        packets = [(packet.pos, packet.size) for packet in container.demux() if packet.size]
    for at, size in packets:
        data[at : at + size] = b"\xff" * size
    path.write_bytes(data)
    with pytest.raises(InputError, match="nothing of it can be decoded"):
        read_sound(path)
    with pytest.raises(InputError, match=r"a\.m4a"):
        read(path, 1)


def test_a_clip_whose_sound_cannot_be_decoded_is_joined_without_and_that_is_said(tmp_path):
    whole, broken = (film_with(tmp_path / f"{name}.mp4", [(0.0, 1.0)], seconds=1) for name in "ab")
    data = bytearray(broken.read_bytes())
    with av.open(str(broken)) as container:
        packets = [(p.pos, p.size) for p in container.demux(container.streams.audio[0]) if p.size]
    for at, size in packets:
        data[at : at + size] = b"\xff" * size
    broken.write_bytes(data)
    joined = join([whole, broken], tmp_path / "o.mp4")
    assert joined.sound == "No sound: the clips' own was left out, as clip 2 cannot be heard."


def test_times_that_begin_anew_go_on(tmp_path):
    """Two recordings put one after the other: the second one's times are the first one's again."""
    one = film_with(
        tmp_path / "one.ts", [(0.0, 1.0)], seconds=1, codec="mp2", rate=48_000
    ).read_bytes()
    path = kept(tmp_path, one + one, "both.ts")
    data = np.concatenate(list(sound_of(path, Unread())), axis=1)
    assert sum(end - begin for begin, end in sounding(data)) == pytest.approx(2.0, abs=0.15)
