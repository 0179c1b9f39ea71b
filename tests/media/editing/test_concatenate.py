"""Clips one after the other: what is truly in the film, in its packets, its pixels and its sound."""

import math

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hailuo_widgets.errors import InputError, LibraryError
from hailuo_widgets.media.clip import read_facts
from hailuo_widgets.media.editing.concatenate import join
from hailuo_widgets.media.video.audio import read_sound
from hailuo_widgets.media.video.audio_samples import RATE
from hailuo_widgets.media.video.codec import CodecParameters, carries_parameters
from tests.support import samples
from tests.support.films.film_reader import decoded, heard, kept, number, packets, small, tone
from tests.support.library_factory import full_disk

pytestmark = pytest.mark.slow

AAC_FRAME = 1024 / RATE


@pytest.fixture
def film(tmp_path):
    return kept(tmp_path, small(12), "film.mp4")


@pytest.fixture
def long_film(tmp_path):
    return kept(tmp_path, small(72), "long.mp4")


def joinings(folder):
    return [path.name for path in folder.iterdir() if path.suffix == ".part"]


@settings(max_examples=15)
@given(lengths=st.lists(st.sampled_from([1, 2, 5, 12, 30]), min_size=1, max_size=6))
def test_clips_coded_alike_are_copied_bit_by_bit_and_play_in_order(tmp_path_factory, lengths):
    folder = tmp_path_factory.mktemp("join")
    clips = [kept(folder, small(n), f"{n}.mp4") for n in lengths]
    joined = join(clips, folder / "o.mp4")
    assert joined.copied, joined.why
    assert packets(joined.path) == [packet for clip in clips for packet in packets(clip)]
    assert [number(light) for light in decoded(joined.path)] == [
        at for n in lengths for at in range(n)
    ]
    facts = read_facts(joined.path)
    assert joined.frame_count == facts.frame_count == sum(lengths)
    assert joined.duration == pytest.approx(sum(lengths) / 24)
    assert facts.duration == pytest.approx(sum(lengths) / 24)


@settings(max_examples=8)
@given(
    kinds=st.lists(
        st.sampled_from(
            [(12, 24, 160, 96), (10, 12, 160, 96), (1, 30, 160, 96), (9, 24, 128, 224)]
        ),
        min_size=2,
        max_size=4,
    ).filter(lambda kinds: len({kind[1:] for kind in kinds}) > 1)
)
def test_clips_coded_otherwise_become_as_the_first_one_is_frame_by_frame(tmp_path_factory, kinds):
    folder = tmp_path_factory.mktemp("join")
    clips = [kept(folder, small(*kind), f"{at}.mp4") for at, kind in enumerate(kinds)]
    joined = join(clips, folder / "o.mp4")
    _, rate, width, height = kinds[0]
    expected = []
    for frames, fps, *_ in kinds:
        count = max(1, math.ceil(frames / fps * rate - 0.05))
        expected += [min(frames - 1, math.floor(at / rate * fps + 0.05)) for at in range(count)]
    assert joined.copied is False
    assert joined.why.startswith("Encoded anew, in the size and at the rate of clip 1: clip ")
    facts = read_facts(joined.path)
    assert (facts.width, facts.height, facts.fps) == (width, height, rate)
    assert joined.frame_count == facts.frame_count == len(expected)
    lights = decoded(joined.path)
    boxes = [inside((w, h), (width, height)) for frames, fps, w, h in kinds]
    counts = [max(1, math.ceil(frames / fps * rate - 0.05)) for frames, fps, *_ in kinds]
    where = [box for box, count in zip(boxes, counts, strict=True) for _ in range(count)]
    assert [number(light, box) for light, box in zip(lights, where, strict=True)] == expected


def inside(size, whole):
    """Where a picture of a size lies within another, whole and in its middle."""
    scale = min(whole[0] / size[0], whole[1] / size[1])
    width, height = size[0] * scale, size[1] * scale
    return ((whole[0] - width) / 2, (whole[1] - height) / 2, width, height)


def test_it_says_what_differs(tmp_path, film):
    small_one = kept(tmp_path, samples.clip(frames=3), "small.mp4")
    assert (
        "clip 2 is 320 x 180 and clip 1 is 160 x 96"
        in join([film, small_one], tmp_path / "a.mp4").why
    )
    slow = kept(tmp_path, small(12, 12), "slow.mp4")
    assert (
        "clip 2 has 12 frames per second and clip 1 has 24"
        in join([film, slow], tmp_path / "b.mp4").why
    )


def test_equal_in_all_but_the_encoders_settings_is_not_copied(tmp_path, film):
    """Their pictures would decode to rubbish with the other's parameters."""
    other = tmp_path / "other.mp4"
    with av.open(str(film)) as source, av.open(str(other), "w") as target:
        stream = target.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        stream.options = {"preset": "ultrafast", "profile": "baseline"}
        for frame in source.decode(video=0):
            frame.pict_type = 0
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    joined = join([film, other], tmp_path / "o.mp4")
    assert joined.copied is False
    assert "other settings" in joined.why
    assert [number(light) for light in decoded(joined.path)] == [*range(12), *range(12)]


def test_parameters_in_the_middle_of_the_pictures_are_seen():
    sps, pps, idr = b"\x67\x64\x00\x0c", b"\x68\xeb\xe3\xcb", b"\x65\x88\x84"
    head = b"\x01\x64\x00\x0c\xff\xe1\x00\x04" + sps + b"\x01\x00\x04" + pps
    coding = CodecParameters("h264", 160, 96, 1, "yuv420p", 24, 1, head)

    def packet(*units):
        return b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)

    assert carries_parameters(coding, packet(sps, pps, idr)) is False
    assert carries_parameters(coding, packet(b"\x67\x64\x00\x1f", pps, idr)) is True
    assert carries_parameters(coding, packet(idr, b"\x68\xee\xee\xee")) is True
    assert carries_parameters(coding, packet(idr)) is False
    assert carries_parameters(coding, b"\x00\x00\xff\xff\x67") is True
    assert carries_parameters(coding._replace(codec="hevc"), packet(b"\x67\x00")) is False


def test_odd_sizes_become_even(tmp_path, film):
    odd = tmp_path / "odd.mp4"
    with av.open(str(odd), "w") as target:
        stream = target.add_stream("mpeg4", rate=24)
        stream.width, stream.height, stream.pix_fmt = 161, 97, "yuv420p"
        frame = av.VideoFrame(161, 97, "yuv420p")
        target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    joined = join([odd, film], tmp_path / "o.mp4")
    facts = read_facts(joined.path)
    assert (facts.width % 2, facts.height % 2) == (0, 0)
    assert facts.frame_count == 13


@pytest.mark.parametrize("drafts", [(), (2,), (1, 2)])
def test_a_film_with_a_draft_in_it_says_so(tmp_path, drafts):
    clips = [
        kept(
            tmp_path,
            samples.clip(frames=2, comment="DRAFT: x" if at in drafts else ""),
            f"{at}.mp4",
        )
        for at in (1, 2)
    ]
    joined = join(clips, tmp_path / "o.mp4")
    assert joined.draft == read_facts(joined.path).draft == bool(drafts)
    with av.open(str(joined.path)) as container:
        comment = container.metadata.get("comment", "")
    assert ("clip 2 rendered" in comment) == (drafts == (2,))
    assert comment.startswith("DRAFT: rendered locally") == (drafts == (1, 2))


# -- sound --


def loudness(wave, begin, end):
    """The root mean square of a stretch, in seconds."""
    part = wave[0, round(begin * RATE) : round(end * RATE)]
    return float(np.sqrt(np.mean(part**2)))


KINDS = [
    ("music.mp3", "libmp3lame"),
    ("music.wav", "pcm_s16le"),
    ("music.m4a", "aac"),
    ("music.ogg", "libopus"),
    ("music.flac", "flac"),
]


@pytest.mark.parametrize(("name", "codec"), KINDS)
def test_music_of_any_kind_is_cut_to_the_film_with_a_fade(tmp_path, long_film, name, codec):
    music = tone(tmp_path / name, 5, rate=48_000, codec=codec, channels=2)
    joined = join([long_film], tmp_path / "o.mp4", audio=music)
    assert joined.copied
    assert packets(joined.path) == packets(long_film)
    wave, rate = heard(joined.path)
    assert rate == RATE
    assert wave.shape[1] / rate == pytest.approx(3, abs=2 * AAC_FRAME)
    assert loudness(wave, 0.5, 2.4) == pytest.approx(0.5 / math.sqrt(2), rel=0.1)
    assert loudness(wave, 2.95, 3) < 0.1 * loudness(wave, 2, 2.4)
    assert joined.sound == f"Sound: “{name}”, cut off at the end with a fade."
    assert read_facts(joined.path).frame_count == 72


def test_a_short_sound_is_followed_by_silence_and_not_faded(tmp_path, long_film):
    music = tone(tmp_path / "music.wav", 1)
    joined = join([long_film], tmp_path / "o.mp4", audio=music)
    wave, _ = heard(joined.path)
    assert wave.shape[1] / RATE == pytest.approx(3, abs=2 * AAC_FRAME)
    assert loudness(wave, 0.8, 0.97) == pytest.approx(0.5 / math.sqrt(2), rel=0.1)
    assert loudness(wave, 1.1, 3) < 0.001
    assert joined.sound == "Sound: “music.wav”, then silence from 1.0 s on."


def test_a_sound_that_ends_with_the_film_is_not_faded(tmp_path, long_film):
    music = tone(tmp_path / "music.wav", 3, rate=48_000)
    wave, _ = heard(join([long_film], tmp_path / "o.mp4", audio=music).path)
    assert loudness(wave, 2.9, 2.98) == pytest.approx(0.5 / math.sqrt(2), rel=0.1)


@pytest.mark.parametrize(
    ("offset", "silent", "loud"),
    [(1.0, (0, 0.95), (1.1, 1.9)), (-1.0, (1.1, 3), (0.1, 0.9)), (9.0, (0, 3), None), (-9.0, (0, 3), None)],
)  # fmt: skip
def test_a_sound_can_begin_later_or_within_itself(tmp_path, long_film, offset, silent, loud):
    music = tone(tmp_path / "music.wav", 2)
    wave, _ = heard(join([long_film], tmp_path / "o.mp4", audio=music, audio_offset=offset).path)
    assert wave.shape[1] / RATE == pytest.approx(3, abs=2 * AAC_FRAME)
    assert loudness(wave, *silent) < 0.01
    if loud:
        assert loudness(wave, *loud) == pytest.approx(0.5 / math.sqrt(2), rel=0.1)


def test_the_gain_is_in_decibels_and_never_passes_full(tmp_path, long_film):
    music = tone(tmp_path / "music.wav", 3, level=0.2)
    quiet, _ = heard(join([long_film], tmp_path / "a.mp4", audio=music, audio_gain=-20).path)
    assert loudness(quiet, 0.5, 2) == pytest.approx(0.02 / math.sqrt(2), rel=0.1)
    loud, _ = heard(join([long_film], tmp_path / "b.mp4", audio=music, audio_gain=60).path)
    assert loudness(loud, 0.5, 2) < 1.2


@settings(max_examples=12)
@given(
    frames=st.sampled_from([1, 5, 30]),
    seconds=st.floats(0.01, 2),
    offset=st.floats(-1, 1),
    rate=st.sampled_from([8_000, 44_100, 48_000]),
)
def test_the_sound_lasts_as_long_as_the_film(tmp_path_factory, frames, seconds, offset, rate):
    folder = tmp_path_factory.mktemp("sound")
    clip = kept(folder, small(frames), "c.mp4")
    music = tone(folder / "m.wav", seconds, rate=rate)
    joined = join([clip], folder / "o.mp4", audio=music, audio_offset=offset)
    wave, _ = heard(joined.path)
    assert wave.shape[1] / RATE == pytest.approx(joined.duration, abs=2 * AAC_FRAME)


def with_sound(folder, name, frames=24, hertz=440.0):
    """A clip that can be heard."""
    silent = kept(folder, small(frames), f"silent-{name}")
    music = tone(folder / f"{name}.wav", frames / 24 + 0.5, hertz=hertz)
    return join([silent], folder / name, audio=music).path


def test_the_clips_own_sound_is_kept_when_all_have_some(tmp_path):
    clips = [
        with_sound(tmp_path, "low.mp4", hertz=220),
        with_sound(tmp_path, "high.mp4", hertz=880),
    ]
    joined = join(clips, tmp_path / "o.mp4")
    wave, _ = heard(joined.path)
    assert joined.sound == "The clips' own sound."
    assert joined.copied
    for begin, hertz in [(0.1, 220), (1.1, 880)]:
        part = wave[0, round(begin * RATE) : round((begin + 0.4) * RATE)]
        peak = np.argmax(np.abs(np.fft.rfft(part))) * RATE / len(part)
        assert peak == pytest.approx(hertz, abs=5)


def test_the_clips_own_sound_is_left_out_when_one_has_none_and_that_is_said(tmp_path, film):
    joined = join([with_sound(tmp_path, "a.mp4"), film], tmp_path / "o.mp4")
    assert joined.sound == "No sound: the clips' own was left out, as clip 2 has none."
    with av.open(str(joined.path)) as container:
        assert len(container.streams.audio) == 0


def test_a_video_can_give_the_sound_in_place_of_the_clips_own(tmp_path):
    clip, other = with_sound(tmp_path, "a.mp4"), with_sound(tmp_path, "b.mp4", 12, hertz=880)
    joined = join([clip], tmp_path / "o.mp4", audio=other)
    assert joined.sound.startswith("Sound: “b.mp4” in place of the clips' own, then silence")


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("gone.mp3", None, "no file “gone.mp3”"),
        ("silent.mp4", small(3), "has no sound"),
        ("page.mp3", b"<html>404</html>" * 99, "cannot be read as a sound"),
        ("empty.wav", b"", "cannot be read as a sound"),
        ("list.m3u8", b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nmusic.mp3\n#EXT-X-ENDLIST\n",
         "cannot be read as a sound"),
        ("list.mp3", b"ffconcat version 1.0\nfile 'music.mp3'\n", "cannot be read as a sound"),
    ],
)  # fmt: skip
def test_what_is_no_sound_is_told_and_nothing_is_written(tmp_path, film, name, data, said):
    tone(tmp_path / "music.mp3", 1, rate=48_000, codec="libmp3lame")
    if data is not None:
        kept(tmp_path, data, name)
    with pytest.raises(InputError, match=said) as told:
        join([film], tmp_path / "o.mp4", audio=tmp_path / name)
    assert str(tmp_path) not in str(told.value)
    assert not (tmp_path / "o.mp4").exists()
    assert joinings(tmp_path) == []


def test_the_facts_of_a_sound_are_read_from_it(tmp_path):
    assert read_sound(tone(tmp_path / "a.flac", 2, codec="flac")) == ("flac", 2.0)


# -- what goes wrong --


@pytest.mark.parametrize("data", [None, b"", b"<html>404</html>", samples.clip(frames=9)[:900]])
def test_a_clip_that_is_missing_or_damaged_is_named_and_nothing_is_left(tmp_path, film, data):
    broken = tmp_path / "broken.mp4"
    if data is not None:
        broken.write_bytes(data)
    with pytest.raises(InputError, match="clip 2") as told:
        join([film, broken], tmp_path / "o.mp4")
    assert str(tmp_path) not in str(told.value)
    assert not (tmp_path / "o.mp4").exists()
    assert joinings(tmp_path) == []


@pytest.mark.parametrize("others", [[], [samples.clip(frames=2)]])
def test_a_clip_that_is_cut_off_is_named_whether_copied_or_encoded(tmp_path, others):
    """Its head lies in front, so that it opens, and what is there decodes; the rest is not there."""
    data = small(40)
    with av.open(str(kept(tmp_path, data, "whole.mp4"))) as container:
        places = [packet.pos for packet in container.demux(video=0) if packet.size]
    cut = kept(tmp_path, data[: places[30]], "cut.mp4")
    more = [kept(tmp_path, other, "other.mp4") for other in others]
    with pytest.raises(InputError, match="clip 1 is cut off: only 30 of its 40"):
        join([cut, *more], tmp_path / "o.mp4")
    assert not (tmp_path / "o.mp4").exists()


def test_a_file_that_exists_is_left_as_it_is(tmp_path, film):
    there = kept(tmp_path, b"mine", "mine.mp4")
    with pytest.raises(InputError, match="exists already"):
        join([film], there)
    assert there.read_bytes() == b"mine"


def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path, film):
    with pytest.raises(LibraryError, match="could not be written"), full_disk(2000):
        join([film] * 3, tmp_path / "o.mp4")
    with pytest.raises(LibraryError, match="could not be written"):
        join([film], tmp_path / "no such folder" / "o.mp4")
    assert joinings(tmp_path) == []


def test_nothing_to_join_is_a_sentence(tmp_path, film):
    with pytest.raises(InputError, match="No clips"):
        join([], tmp_path / "o.mp4")
    with pytest.raises(InputError, match="501 clips"):
        join([film] * 501, tmp_path / "o.mp4")
