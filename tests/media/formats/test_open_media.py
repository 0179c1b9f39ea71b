"""The one door to video and sound files."""

import io
import os
import struct

import av
import pytest
from PIL import Image

from hailuo_widgets.errors import InputError, LibraryError
from hailuo_widgets.media.clip import Clip, last_frame, read_facts
from hailuo_widgets.media.editing.concatenate import join
from hailuo_widgets.media.editing.side_by_side import contact_sheet
from hailuo_widgets.media.formats.media_kind import title_of
from hailuo_widgets.media.formats.open_media import (
    NotAVideoError,
    Opened,
    UnreadableError,
    kind_of,
    opened_film,
)
from hailuo_widgets.media.store import Media
from hailuo_widgets.media.video.audio import read_sound
from hailuo_widgets.media.video.codec import read_part
from hailuo_widgets.media.video.packet_index import packets_of
from hailuo_widgets.media.video.reader import ClipReader
from hailuo_widgets.media.video.scrub_frames import flipbook
from hailuo_widgets.media.video.transcode import smaller
from tests.support.films.film_reader import kept, small, tone


def picture(form):
    target = io.BytesIO()
    Image.new("RGB", (32, 24), "teal").save(target, form)
    return target.getvalue()


@pytest.mark.parametrize(
    ("form", "kind"),
    [("JPEG", "jpeg"), ("PNG", "png"), ("GIF", "gif"), ("WEBP", "webp"), ("AVIF", "avif")],
)
def test_a_picture_is_known_by_its_bytes(form, kind):
    assert kind_of(picture(form)) == kind


@pytest.mark.parametrize(
    ("ending", "codec", "kind"),
    [
        ("mp3", "mp3", "mp3"),
        ("wav", "pcm_s16le", "wav"),
        ("flac", "flac", "flac"),
        ("ogg", "flac", "ogg"),
        ("m4a", "aac", "m4a"),
        ("adts", "aac", "aac"),
        ("mka", "pcm_s16le", "mkv"),
        ("aiff", "pcm_s16be", "aiff"),
    ],
)
def test_a_sound_is_known_by_its_bytes_and_not_by_its_name(tmp_path, ending, codec, kind):
    path = tone(tmp_path / f"sound.{ending}", 0.2, codec=codec)
    assert kind_of(path.rename(tmp_path / "sound.txt")) == kind


def test_what_is_no_medium_is_named_too():
    assert kind_of(b"ffconcat version 1.0\nfile /etc/hostname\n") == "text"
    assert kind_of(b"\n <!DOCTYPE html><title>Not here</title>") == "page"
    assert kind_of(b"\x00\x01\x02\x03" * 9) == kind_of(b"") == ""
    assert title_of("jpeg") == "a JPEG picture"


def test_a_film_is_opened_as_what_it_is():
    with opened_film(small()) as film:
        assert film.kind == "mp4"
        assert sum(1 for packet in film.packets() if packet.size) == 12


def test_what_is_no_film_is_told_by_its_name():
    with pytest.raises(NotAVideoError, match="a JPEG picture"), opened_film(picture("JPEG")):
        pass


READERS = {
    "facts": read_facts,
    "last frame": last_frame,
    "flip-book": flipbook,
    "reel": lambda path: ClipReader(path, "clip 1"),
    "sheet": lambda path: contact_sheet([(path, "a")], 3),
    "part": lambda path: read_part(path, "clip 1"),
    "join": lambda path: join([path], path.parent / "joined.mp4"),
    "sound": read_sound,
    "copy": lambda path: smaller(
        Clip(path, path, "0" * 64, 160, 96, 24, 0.5, 12, 1000, draft=False), 9000
    ),
}


@pytest.fixture(params=READERS)
def reader(request):
    return READERS[request.param]


REFUSALS = (NotAVideoError, InputError, LibraryError)


@pytest.mark.parametrize("ending", ["mp4", "mov", "mp3", "txt"])
@pytest.mark.parametrize(
    "text",
    [
        "ffconcat version 1.0\nfile 'whole.mp4'\n",
        "#EXTM3U\n#EXTINF:1,\nwhole.mp4\n",
        "<?xml version='1.0'?><MPD><BaseURL>whole.mp4</BaseURL></MPD>",
        "whole.mp4",
    ],
    ids=["concat", "hls", "dash", "name"],
)
def test_a_text_that_names_a_film_is_no_film(tmp_path, reader, text, ending):
    kept(tmp_path, small(), "whole.mp4")
    path = kept(tmp_path, text.encode(), f"list.{ending}")
    with pytest.raises(REFUSALS, match=r"a text|a web page"):
        reader(path)
    assert not (tmp_path / "joined.mp4").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_and_nobody_waits_for_it(tmp_path, reader):
    path = tmp_path / "pipe.mp4"
    os.mkfifo(path)
    with pytest.raises((*REFUSALS, OSError)):
        reader(path)
    with pytest.raises(OSError, match="no regular file"):
        kind_of(path)


def test_tags_that_are_no_utf8_decide_nothing(tmp_path):
    with_tags = tmp_path / "tags.mp4"
    with av.open(io.BytesIO(small())) as source, av.open(str(with_tags), "w") as target:
        target.metadata.update(title="DRAFT of it", comment="ABCDEFGH", artist="IJKLMNOP")
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                target.mux(packet)
    data = with_tags.read_bytes()
    odd = data.replace(b"ABCDEFGH", b"\xe4\xf6\xfc\xff\xfe\x80\xc3\x28").replace(
        b"IJKLMNOP", b"\xff" * 8
    )
    assert odd != data
    path = kept(tmp_path, odd, "odd.mp4")
    media = Media(tmp_path / "library")
    with media.incoming() as arrived:
        arrived.write_bytes(odd)
        sha256, facts = media.keep_clip(arrived)
    assert (facts.frame_count, facts.draft) == (12, True)
    assert media.poster_path(sha256).is_file()
    assert ClipReader(path, "clip 1").draft
    assert join([path], tmp_path / "joined.mp4").copied
    assert len(flipbook(path)) == 12
    assert packets_of(odd) is not None


def test_a_coding_that_is_not_known_is_told(tmp_path, reader):
    path = kept(tmp_path, small().replace(b"avc1", b"zzzz"), "odd.mp4")
    with pytest.raises(REFUSALS, match=r"cannot be read here|has no sound"):
        reader(path)


def large(folder, *, head):
    """A film whose pictures say that they are 16,000 x 16,000; its head may say 160 x 96."""
    path = folder / "large.mov"
    with av.open(str(path), "w") as target:
        stream = target.add_stream("mjpeg", rate=24)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuvj420p"
        for _ in range(2):
            target.mux(stream.encode(av.VideoFrame(160, 96, "yuvj420p")))
        target.mux(stream.encode(None))
    data = path.read_bytes()
    said = b"\x08\x00\x60\x00\xa0\x03"  # bits, height, width, channels (ITU-T T.81, B.2.2)
    assert data.count(said) == 2
    data = data.replace(said, b"\x08\x3e\x80\x3e\x80\x03")
    if head:
        at = data.index(b"jpeg") + 28
        data = data[:at] + struct.pack(">HH", 16_000, 16_000) + data[at + 4 :]
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("head", [False, True])
def test_too_many_pixels_are_told_before_there_is_room_for_them(tmp_path, reader, head):
    path = large(tmp_path, head=head)
    with pytest.raises(REFUSALS):
        reader(path)


def patched(kind, offset, *values):
    data = bytearray(small())
    at = data.index(kind) + 4 + offset
    data[at : at + 4 * len(values)] = struct.pack(f">{len(values)}I", *values)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (patched(b"stsz", 4, 1, 150_000_000), "announces"),
        (patched(b"stsz", 4, 0x01000000, 12), "announces"),
        (patched(b"stsc", 8, 1, 0x7FFFFFFF), "samples in one piece"),
        (small().replace(b"udta", b"cmov"), "compressed"),
    ],
    ids=["alike", "larger than the file", "one piece", "compressed"],
)
def test_a_table_that_announces_more_than_a_file_can_hold_is_told(tmp_path, data, said):
    path = kept(tmp_path, data, "table.mp4")
    with pytest.raises(NotAVideoError, match=said):
        read_facts(path)


def test_fragments_that_announce_frames_without_bytes_are_told(tmp_path):
    trun = struct.pack(">I4sII", 16, b"trun", 0, 50_000_000)
    traf = struct.pack(">I4s", 8 + len(trun), b"traf") + trun
    moof = struct.pack(">I4s", 8 + len(traf), b"moof") + traf
    with pytest.raises(NotAVideoError, match="announces 50,000,012 pictures"):
        read_facts(kept(tmp_path, small() + moof, "fragments.mp4"))


@pytest.mark.parametrize("seconds", [100_000, 4_000_000_000 // 12_288])
def test_a_film_that_says_it_never_ends_is_not_joined(tmp_path, seconds):
    data = bytearray(small())
    at = data.index(b"stts") + 8
    (entries,) = struct.unpack_from(">I", data, at)
    (ticks,) = struct.unpack_from(">I", data, data.index(b"mdhd") + 16)
    # Its first frame stands for a day and more.
    struct.pack_into(">2I", data, at + 4, 1, min(2**31 - 1, seconds * ticks))
    assert entries
    path = kept(tmp_path, bytes(data), "endless.mp4")
    with pytest.raises(InputError, match="pictures last"):
        join([path], tmp_path / "joined.mp4")
    with pytest.raises(InputError, match="pictures last"):
        contact_sheet([(path, "a")], 3)


def test_packets_of_more_bytes_than_the_file_has_are_no_longer_read(tmp_path):
    """Tables can name the same bytes again and again: a few kilobytes would decode for hours."""
    path = tmp_path / "plain.mov"
    with av.open(str(path), "w") as target:
        stream = target.add_stream("rawvideo", rate=24)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "rgb24"
        for _ in range(60):
            target.mux(stream.encode(av.VideoFrame(160, 96, "rgb24")))
    with av.open(str(path)) as container:
        whole = Opened(container, container.streams.video[0], "mov", path.stat().st_size)
        assert sum(packet.size for packet in whole.packets()) == 60 * 160 * 96 * 3
    with av.open(str(path)) as container:
        short = Opened(container, container.streams.video[0], "mov", 50_000)
        with pytest.raises(UnreadableError, match="again and again"):
            list(short.packets())


def test_a_cover_is_no_film_and_hides_none(tmp_path):
    sound = tone(tmp_path / "a.m4a", 0.5, codec="aac")
    with pytest.raises(NotAVideoError, match="no picture"):
        read_facts(sound)
    assert read_sound(sound).codec == "aac"


def test_webm_is_read_as_webm(tmp_path):
    path = tmp_path / "a.mp4"  # whatever its name says
    with av.open(str(path), "w", format="webm") as target:
        stream = target.add_stream("libvpx", rate=24)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for _ in range(12):
            target.mux(stream.encode(av.VideoFrame(160, 96, "yuv420p")))
        target.mux(stream.encode(None))
    assert kind_of(path) == "webm"
    assert read_facts(path)[:5] == (160, 96, 24.0, pytest.approx(0.5, abs=0.05), 12)
    assert ClipReader(path, "clip 1").frame_count == 12
    assert join([path, path], tmp_path / "joined.mp4").frame_count == 24
