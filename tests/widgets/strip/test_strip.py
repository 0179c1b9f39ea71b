"""The strip without a browser: what the page is told and given, and what Python can do with it."""

import hashlib
import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hailuo_widgets.errors import GenerationFailedError, InputError, LibraryError
from hailuo_widgets.jobs.runner.job import Job, JobState
from hailuo_widgets.widgets.shared.transfer import PIECE_BYTES, UPLOAD_LIMIT
from hailuo_widgets.widgets.strip import strip
from tests.support import samples
from tests.support.clips import make_clip
from tests.support.fake_page import Page, saved
from tests.support.films.film_reader import decoded, kept, number, packets, small, tone

EVIL = '<img src=x onerror="1"> dawn'
_numbers = itertools.count()
_made = []


@pytest.fixture(autouse=True)
def strips():
    """Close every strip that a test made: what it keeps for the page goes then."""
    yield
    while _made:
        _made.pop().close()


class Strip(strip.Strip):
    def __init__(self, *given, **more):
        _made.append(self)
        super().__init__(*given, **more)


@pytest.fixture
def clip(tmp_path):
    """Make a clip of the library: ``clip(frames)``."""

    def made(frames=12, *, draft=False, prompt="", **how):
        return make_clip(tmp_path / "lib", small(frames, **how), draft=draft, prompt=prompt)

    return made


def job(prompt="on its way"):
    return Job(samples.request(prompt), 1, "emulator", expected_seconds=(1, 2))


def titles(strip):
    return [shot["title"] for shot in strip.shots]


def keys(strip):
    return [shot["key"] for shot in strip.shots]


def test_the_page_is_told_the_clips_in_order(clip):
    strip = Strip([clip(12, prompt=EVIL), clip(5, draft=True)])
    assert [shot["facts"]["frames"] for shot in strip.shots] == [12, 5]
    assert [shot["facts"]["draft"] for shot in strip.shots] == [False, True]
    assert titles(strip) == [EVIL, ""]
    assert len(set(keys(strip))) == 2


def test_a_strip_can_be_empty_hold_one_and_hold_the_same_twice(clip):
    assert Strip().clips == Strip(None).clips == []
    one = clip()
    assert Strip(one).clips == [one]
    twice = Strip([one, one])
    assert twice.clips == [one, one]
    assert len(set(keys(twice))) == 2


def test_clips_are_put_taken_and_ordered_in_python(clip):
    a, b = clip(1), clip(2)
    strip = Strip([a])
    strip.append(b)
    assert strip.clips == [a, b]
    strip.clips = [b, a, b]
    assert [shot["facts"]["frames"] for shot in strip.shots] == [2, 1, 2]
    strip.clips.clear()
    assert len(strip.clips) == 3


@pytest.mark.parametrize("wrong", ["film.mp4", 3, [1]])
def test_what_is_neither_clip_nor_job_is_a_sentence(wrong):
    with pytest.raises(InputError, match="takes clips and jobs"):
        Strip([wrong])


def test_a_jobs_clip_takes_its_place_when_it_comes(clip):
    on_its_way = job("dawn")
    strip = Strip([clip(2), on_its_way])
    assert strip.clips[1] is on_its_way
    assert (strip.shots[1]["facts"], strip.shots[1]["title"]) == ({}, "dawn")
    on_its_way.change(JobState.ACCEPTED, "processing, 4 s of about 40")
    assert strip.shots[1]["words"] == "processing, 4 s of about 40"
    with pytest.raises(InputError, match="1 of 2 clips are not here"):
        strip.save("film.mp4")
    with pytest.raises(InputError, match="not here"):
        strip.last_frame()
    arrived = clip(5, prompt="dawn")
    before = keys(strip)
    on_its_way.finish(arrived, JobState.DOWNLOADED, "done")
    assert strip.clips[1] == arrived
    assert strip.shots[1]["facts"]["frames"] == 5
    assert keys(strip) == before


def test_a_job_that_failed_says_why(clip):
    failed = job()
    strip = Strip([failed])
    failed.finish(
        GenerationFailedError("The service said no.", prediction_id="p"), JobState.FAILED, "x"
    )
    assert strip.shots[0]["words"] == "The service said no."
    assert strip.shots[0]["failed"] is True


def test_a_job_that_is_done_already_is_its_clip(clip):
    done = job()
    done.finish(clip(3), JobState.DOWNLOADED, "done")
    assert Strip([done]).clips == [clip(3)]


def test_it_is_saved_as_one_film_with_its_sound(clip, tmp_path):
    strip = Strip([clip(12), clip(5)], audio=tone(tmp_path / "music.wav", 1))
    joined = strip.save(tmp_path / "film.mp4")
    assert joined.copied
    assert [number(light) for light in decoded(joined.path)] == [*range(12), *range(5)]
    assert joined.sound.startswith("Sound: “music.wav”")
    other = tone(tmp_path / "other.wav", 1)
    assert "other.wav" in strip.save(tmp_path / "film2.mp4", audio=other).sound
    named = strip.save(tmp_path)
    assert named.path.name.startswith("strip-2")
    assert Strip([clip(5, draft=True)]).save(tmp_path).path.name.startswith("draft-strip-")


def test_the_last_frame_starts_the_next_shot(clip):
    strip = Strip([clip(5), clip(12, prompt="dawn")])
    assert strip.last_frame() == clip(12).last_frame()
    assert strip.last_frame().source_name == "last frame of dawn"
    with pytest.raises(InputError, match="no clip in this strip"):
        Strip().last_frame()


# -- the page --


def test_the_pieces_the_page_asks_for_are_the_clips(clip):
    a, b = clip(5), clip(12)
    page = Page(Strip([a, b]))
    for each in (a, b):
        fields, (data,) = page.ask("piece", sha256=each.sha256, offset=0, length=PIECE_BYTES)
        assert fields["ok"]
        assert data == each.path.read_bytes()
    fields, _ = page.ask("piece", sha256="0" * 64, offset=0, length=9)
    assert "not of this strip" in fields["error"]


def test_a_clip_whose_file_is_gone_is_a_sentence(clip, tmp_path):
    gone = clip(5)
    strip = Strip([gone])
    gone.path.unlink()
    page = Page(strip)
    fields, _ = page.ask("piece", sha256=gone.sha256, offset=0, length=9)
    assert "can no longer be read" in fields["error"]
    fields, _ = page.ask("export", keys=keys(strip), known=keys(strip))
    assert "The file of clip 1 is gone" in fields["error"]
    fields, _ = page.ask("next", key=keys(strip)[0])
    assert "can no longer be read" in fields["error"]
    with pytest.raises(InputError, match="clip 1"):
        strip.save(tmp_path / "o.mp4")


def test_small_posters_come_on_request(clip):
    a = clip(5)
    page = Page(Strip([a]))
    wanted = [
        f"clip:{a.sha256}@240",
        f"clip:{'0' * 64}@240",
        "clip:../../etc/passwd@240",
        "frame:x@9",
    ]
    _, buffers = page.ask("pictures", keys=wanted)
    assert buffers[0][:2] == b"\xff\xd8"
    assert buffers[1:] == [b"", b"", b""]


@settings(max_examples=30)
@given(
    data=st.data(),
    count=st.integers(0, 5),
    junk=st.lists(
        st.none() | st.integers() | st.text(max_size=3) | st.lists(st.text()), max_size=4
    ),
)
def test_the_page_arranges_what_it_knows_and_never_loses_what_it_does_not(data, count, junk):
    jobs = [job(str(at)) for at in range(count)]
    strip = Strip(jobs)
    known = keys(strip)
    newer = job("newer")
    strip.append(newer)
    order = data.draw(st.permutations(known))
    kept_keys = order[: data.draw(st.integers(0, count))]
    fields, _ = Page(strip).ask("arrange", keys=[*kept_keys, *junk], known=known)
    assert fields["ok"]
    assert keys(strip) == [*kept_keys, keys(strip)[-1]]
    assert strip.clips[-1] is newer


def test_what_was_taken_out_can_be_put_back(clip):
    strip = Strip([clip(1), clip(2), clip(5)])
    all_keys = keys(strip)
    page = Page(strip)
    page.ask("arrange", keys=[all_keys[2], all_keys[0]], known=all_keys)
    assert [each.frame_count for each in strip.clips] == [5, 1]
    page.ask("arrange", keys=all_keys, known=keys(strip))
    assert [each.frame_count for each in strip.clips] == [1, 2, 5]
    fields, _ = page.ask("arrange", keys="s1", known=None)
    assert fields["ok"]


def test_the_film_goes_to_the_page_in_pieces_and_says_how_it_was_made(clip, tmp_path):
    a, b = clip(12), clip(5)
    strip = Strip([a, b])
    page = Page(strip)
    first, second = keys(strip)
    fields, _ = page.ask("export", keys=[second, first], known=[first, second])
    assert fields["name"].startswith("strip-")
    assert fields["copied"] is True
    assert fields["words"] == (
        "2 clips, 17 frames, 0.7 s. Copied without encoding: all 2 clips are coded alike. No sound."
    )
    whole = b"".join(
        page.ask("piece", parcel=fields["parcel"], offset=at, length=min(PIECE_BYTES, fields["bytes"] - at))[1][0]
        for at in range(0, fields["bytes"], PIECE_BYTES)
    )  # fmt: skip
    film = kept(tmp_path, whole, "film.mp4")
    assert packets(film) == [*packets(b.path), *packets(a.path)]
    assert [each.frame_count for each in strip.clips] == [5, 12]
    page.ask("exported", parcel=fields["parcel"])
    fields, _ = page.ask("piece", parcel=fields["parcel"], offset=0, length=9)
    assert "is gone" in fields["error"]


def test_the_page_hears_how_far_the_film_is(clip):
    strip = Strip([clip(12), make_clip(clip(12).path.parents[1], samples.clip(frames=12))])
    page = Page(strip)
    fields, _ = page.ask("export", keys=keys(strip), known=keys(strip))
    assert fields["copied"] is False
    assert "Encoded anew" in fields["words"]
    shares = [
        data["content"]["share"] for data, _ in page.heard if "share" in data.get("content", {})
    ]
    assert shares == sorted(shares)
    assert len(shares) > 5
    assert shares[-1] == 1


def test_nothing_to_save_is_a_sentence():
    fields, _ = Page(Strip()).ask("export", keys=[], known=[])
    assert "no clip in this strip" in fields["error"]


def test_a_next_shot_begins_in_a_studio_and_its_clip_is_taken(clip):
    from hailuo_widgets.widgets.studio.studio import Studio

    def quiet_studio(*given):
        return Studio(*given, samples=[])

    strip = Strip([clip(12, width=640, height=360)], studio=quiet_studio)
    page = Page(strip)
    assert "not here yet" in page.ask("next", key="s9")[0]["error"]
    assert "no clip yet" in page.ask("take")[0]["error"]
    assert page.ask("next", key=keys(strip)[0])[0]["ok"]
    assert strip.studio.start.frame == clip(12, width=640, height=360).last_frame()
    assert "no clip yet" in page.ask("take")[0]["error"]
    made = clip(5, draft=True, prompt="on")
    assert strip.offered is False
    strip.studio.player.clip = made
    assert strip.offered is True
    assert page.ask("take")[0]["ok"]
    assert strip.clips[-1] == made
    page.ask("close_studio")
    assert (strip.studio, strip.offered) == (None, False)


# -- the sound --


def send(page, data, name="music.mp3", size=None):
    """Send a file as the page does: announced, then piece by piece as it is asked for."""
    asked = f"u{next(_numbers)}"
    page.tell(
        id=asked,
        kind="upload",
        name=name,
        size=len(data) if size is None else size,
        type="audio/mpeg",
    )
    sent = set()

    def wishes():
        return [
            wish
            for wish in page.messages("want")
            if wish["id"] == asked and wish["offset"] not in sent
        ]

    while not page.answers(asked):
        page.wait_for(lambda: page.answers(asked) or wishes())
        for wish in wishes():
            sent.add(wish["offset"])
            part = data[wish["offset"] : wish["offset"] + wish["length"]]
            page.tell([part], id=asked, kind="piece", offset=wish["offset"])
    return page.answer(asked)[0]


def test_a_sound_named_in_python_is_told_to_the_page_and_given_to_it(clip, tmp_path):
    music = tone(tmp_path / "music.wav", 2)
    strip = Strip([clip()])
    assert strip.audio is None
    assert strip.sound == {}
    strip.audio = str(music)
    assert strip.audio == music
    data = music.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    assert strip.sound == {
        "name": "music.wav", "seconds": 2.0, "sha256": sha256, "bytes": len(data), "relpath": "",
    }  # fmt: skip
    _, (piece,) = Page(strip).ask("piece", sha256=sha256, offset=0, length=PIECE_BYTES)
    assert piece == data[:PIECE_BYTES]
    with pytest.raises(InputError, match=r"no file “gone\.mp3”"):
        strip.audio = tmp_path / "gone.mp3"
    assert strip.audio == music
    strip.audio = None
    assert strip.sound == {}


def test_a_sound_comes_from_the_page_in_pieces(clip, tmp_path):
    data = tone(tmp_path / "m.wav", 15).read_bytes()
    assert len(data) > PIECE_BYTES
    strip = Strip([clip()])
    page = Page(strip)
    assert send(page, data, "../../Été: my *music*.wav")["ok"]
    assert strip.audio.read_bytes() == data
    assert strip.sound["seconds"] == 15
    assert strip.audio.name == "_.._Été_ my _music_.wav"
    assert str(tmp_path) not in json.dumps(strip.sound)
    folder = strip.audio.parents[1]
    assert "music" in strip.save(tmp_path / "film.mp4").sound
    assert page.ask("silence")[0]["ok"]
    assert strip.audio is None
    strip.close()
    assert not folder.exists()


@pytest.mark.parametrize("data", [b"<html>404</html>" * 99, small(3)])
def test_what_is_no_sound_is_refused_and_the_one_before_stays(clip, tmp_path, data):
    music = tone(tmp_path / "music.wav", 1)
    strip = Strip([clip()], audio=music)
    answer = send(Page(strip), data)
    assert answer["ok"] is False
    assert "music.mp3" in answer["error"]
    assert strip.audio == music


@pytest.mark.parametrize("size", [0, -1, UPLOAD_LIMIT + 1, "9", None])
def test_a_file_of_no_or_too_many_bytes_is_refused_before_it_is_sent(clip, size):
    page = Page(Strip([clip()]))
    page.tell(id="u", kind="upload", name="a.mp3", size=size)
    answer, _ = page.answer("u")
    assert "60 MB" in answer["error"]
    assert page.messages("want") == []


def test_a_second_file_takes_the_place_of_one_on_its_way_and_cancelling_is_heard(clip, tmp_path):
    data = tone(tmp_path / "m.wav", 1).read_bytes()
    strip = Strip([clip()])
    page = Page(strip)
    page.tell(id="first", kind="upload", name="a.wav", size=len(data))
    page.tell(id="second", kind="upload", name="b.wav", size=len(data))
    assert "meanwhile" in page.answer("first")[0]["error"]
    page.tell(id="second", kind="cancel", why="person")
    assert page.answer("second")[0]["error"] == "Cancelled."
    assert send(page, data)["ok"]
    page.tell(id="third", kind="upload", name="b.wav", size=100)
    page.wait_for(lambda: any(wish["id"] == "third" for wish in page.messages("want")))
    page.tell([b"too long" * 99], id="third", kind="piece", offset=0)
    assert "did not arrive whole" in page.answer("third")[0]["error"]


def test_when_the_sound_begins_and_how_loud_is_bounded(clip):
    import traitlets

    strip = Strip([clip()])
    strip.audio_offset = -2.5
    for wrong in (1e9, float("inf")):
        with pytest.raises(traitlets.TraitError):
            strip.audio_offset = wrong
    with pytest.raises(traitlets.TraitError):
        strip.audio_gain = 99


# -- what is saved --


def test_the_static_view_shows_moments_and_facts_and_escapes_them(clip):
    strip = Strip([clip(12, prompt=EVIL), clip(5, draft=True)])
    drawn = strip.draw_static_view()
    assert "Strip with drafts" in drawn["text/html"]
    assert "data:image/jpeg;base64," in drawn["text/html"]
    assert "2 · 0.7 s · 17 frames" in drawn["text/plain"]
    assert "<img src=x" not in drawn["text/html"]
    assert [card["clip"] for card in drawn.cards] == [clip(12).sha256, clip(5).sha256]
    assert len(json.dumps(drawn.whole())) < 400_000


def test_the_static_view_of_an_empty_strip_and_of_one_whose_files_are_gone(clip):
    assert "none yet" in Strip().draw_static_view()["text/plain"]
    gone = clip(12)
    strip = Strip([gone, job()])
    gone.path.unlink()
    drawn = strip.draw_static_view()
    assert "1 when this was saved" in drawn["text/plain"]
    assert "data:image/jpeg" in drawn["text/html"]
    gone.poster.unlink()
    assert "data:image/jpeg" not in strip.draw_static_view()["text/html"]


def test_the_notebook_holds_no_clip_no_poster_and_no_path(clip, tmp_path):
    strip = Strip([clip(12), clip(5)], audio=tone(tmp_path / "music.wav", 1))
    text = saved(strip)
    assert len(text) < 2500
    assert str(tmp_path) not in text


def test_a_strip_that_is_closed_makes_no_film(clip, tmp_path):
    strip = Strip([clip(12)])
    heard = []
    strip.later = lambda fields, work: heard.append(work)
    strip._downloads.prepare({"id": "x"}, "x.mp4", lambda path, tell: tell(0.5) or path)
    strip.close()
    with pytest.raises(LibraryError, match="was closed"):
        heard[0]()
