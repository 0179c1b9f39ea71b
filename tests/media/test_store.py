"""Files of the library: what a clip's name promises, it is."""

import hashlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.media.clip import last_frame, marked_draft, read_facts
from hailuo_widgets.media.formats.open_media import NotAVideoError
from hailuo_widgets.media.store import Media
from hailuo_widgets.request.video_request import VideoRequest
from tests.support.clips import make_clip
from tests.support.library_factory import full_disk
from tests.support.samples import clip, gradient, picture

WHOLE = clip(frames=12)


def keep(media, data):
    with media.incoming() as temporary:
        temporary.write_bytes(data)
        return media.keep_clip(temporary)


@pytest.fixture
def media(tmp_path):
    return Media(tmp_path)


def leftovers(media):
    return [path.name for path in media.clips.parent.rglob("incoming-*")]


def test_a_whole_clip_is_kept_under_its_hash_with_a_poster(media):
    sha256, facts = keep(media, WHOLE)
    assert sha256 == hashlib.sha256(WHOLE).hexdigest()
    assert media.clip_path(sha256).read_bytes() == WHOLE
    with Image.open(media.poster_path(sha256)) as poster:
        assert poster.size == (320, 180)
    assert facts == (320, 180, 24.0, 0.5, 12, False)


def test_a_frame_is_kept_under_its_hash_and_one_that_was_cut_off_is_written_anew(media):
    frame = Frame(picture())
    path = media.keep_frame(frame)
    assert (path.name, path.read_bytes()) == (f"{frame.sha256}.jpg", frame.data)
    path.write_bytes(frame.data[:99])
    media.keep_frame(frame)
    assert path.read_bytes() == frame.data
    assert [each.name for each in media.frames.iterdir()] == [path.name]


def test_a_draft_is_known_by_its_own_file(media):
    _, facts = keep(media, clip(comment="DRAFT: rendered here"))
    assert facts.draft


@settings(max_examples=25, deadline=None)
@given(length=st.integers(0, len(WHOLE) - 1))
def test_a_cut_off_clip_is_never_kept(tmp_path_factory, length):
    media = Media(tmp_path_factory.mktemp("library"))
    with pytest.raises(NotAVideoError):
        keep(media, WHOLE[:length])
    assert list(media.clips.iterdir()) == []


@pytest.mark.parametrize("data", [b"", b"<html>404</html>", b"\x89PNG\r\n\x1a\n" + b"0" * 99])
def test_what_is_no_video_is_not_kept_and_leaves_nothing(media, data):
    with pytest.raises(NotAVideoError):
        keep(media, data)
    assert leftovers(media) == []


def test_the_last_frame_is_the_last_frame_at_full_size(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(clip(frames=30, width=640, height=360))
    image = Image.open(io.BytesIO(last_frame(path)))
    assert image.size == (640, 360)
    bar = [x for x in range(640) if image.getpixel((x, 180))[0] > 180]
    assert abs(min(bar) - 29 * 8) <= 2


def test_facts_are_read_from_the_file_not_promised(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(clip(frames=50, width=128, height=256, fps=25))
    assert read_facts(path) == (128, 256, 25.0, 2.0, 50, False)


def test_a_folder_that_takes_no_file_is_told_in_a_sentence(media):
    media.clips.rmdir()
    with pytest.raises(LibraryError, match="could not be written to"), media.incoming():
        pass


def test_a_full_disk_is_told_in_a_sentence_and_leaves_nothing(media):
    with pytest.raises(LibraryError, match="No space left"), media.incoming() as temporary:
        raise OSError(28, "No space left on device", str(temporary))
    assert leftovers(media) == []


@pytest.mark.parametrize("room", [0, 1000])
def test_on_a_disk_that_fills_up_no_frame_and_no_poster_is_kept_by_half(media, room):
    whole = Frame(gradient())
    with pytest.raises(LibraryError, match="could not be written to"), full_disk(room):
        media.keep_frame(whole)
    with media.incoming() as temporary:
        temporary.write_bytes(clip(width=1280, height=720))
        with pytest.raises(LibraryError, match="could not be written to"), full_disk(room):
            media.keep_clip(temporary)
    for folder in (media.frames, media.clips, media.posters):
        assert list(folder.iterdir()) == []
    assert media.keep_frame(whole).read_bytes() == whole.data


def test_the_last_frame_of_a_clip_starts_the_next_shot(tmp_path):
    data = clip(frames=30, width=640, height=360)
    shot = make_clip(tmp_path, data, prompt="[Pan left] <b>dawn</b>\n")
    frame = shot.last_frame()
    assert (frame.width, frame.height, frame.media_type) == (640, 360, "image/png")
    assert frame.source_name == "last frame of [Pan left] <b>dawn</b>"
    assert frame.data == last_frame(shot.path)
    assert VideoRequest(frame, "go on").image == frame
    shot.path.write_bytes(b"no more")
    with pytest.raises(LibraryError, match="can no longer be read"):
        shot.last_frame()
    shot.path.unlink()
    with pytest.raises(LibraryError, match="at no cost"):
        shot.last_frame()


def test_only_what_the_kit_writes_makes_a_draft():
    assert marked_draft({"title": "DRAFT", "comment": ""})
    assert marked_draft({"comment": "DRAFT: clip 2 rendered locally"})
    assert not marked_draft({"description": "1. DRAFT horses", "encoder": "Lavf"})
