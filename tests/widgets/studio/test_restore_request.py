"""A clip given to a form brings its request back: without a browser."""

import io
from types import SimpleNamespace

import pytest

from hailuo_widgets.errors import InputError, LibraryError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.library.library import Library
from hailuo_widgets.library.origin import of_job
from hailuo_widgets.media.provenance.embed import embed_origin
from hailuo_widgets.request.video_request import VideoRequest
from hailuo_widgets.widgets.frame_well.frame_well import FrameWell
from hailuo_widgets.widgets.studio.studio import Studio
from tests.support import samples
from tests.support.fake_generator import Generator, Home
from tests.support.fake_page import Page, saved, send_file
from tests.support.fake_previewer import Previewing
from tests.support.provenance import job

FILM = samples.clip(frames=8, width=640, height=360)
START = Frame(samples.gradient(), name="hill.jpg")
END = Frame(samples.picture(), name="valley.jpg")
EVIL = '<img src=x onerror="window.hacked=1">{{ 7*7 }}\0 [Pan left]'


def film(prompt=EVIL, end=END, expansion=False, **fields):
    """An MP4 of this kit, as somebody may have it."""
    origin = of_job(job(**fields), VideoRequest(START, prompt, end, expansion))
    target = io.BytesIO()
    assert embed_origin(io.BytesIO(FILM), target, origin)
    return target.getvalue()


@pytest.fixture
def library(tmp_path):
    kept = Library(tmp_path / "library")
    yield kept
    kept.close()


@pytest.fixture
def options(library):
    """What a form needs besides a clip."""
    return {
        "generate": Generator(),
        "connections": lambda: SimpleNamespace(paid=None, library=library),
        "resume": Home,
        "previewer": Previewing,
        "samples": [],
    }


@pytest.fixture
def studio(options):
    return Studio(samples.picture(320, 320), "typed before", **options)


def drop(well, data, name="shot.mp4"):
    page = Page(well)
    send_file(page, data, name)
    page.wait_for(lambda: (well.note or well.message) and not well.busy)
    return page


def test_a_clip_brings_back_prompt_expansion_and_both_pictures(studio, library):
    for frame in (START, END):
        library.media.keep_frame(frame)
    drop(studio.start, film())
    assert studio.prompt == EVIL
    assert studio.enable_prompt_expansion is False
    assert (studio.start.frame, studio.end.frame) == (START, END)
    assert studio.start.facts["name"] == "hill.jpg"
    assert studio.start.note == "Taken up from “shot.mp4”: prompt, start frame and end image."
    assert studio.end.note == ""
    assert studio.blocker == ""
    asked = VideoRequest(studio.start.frame, studio.prompt, studio.end.frame, False)
    assert asked == VideoRequest(START, EVIL, END, False)


def test_a_picture_that_the_library_lacks_is_named_where_it_is_to_be_given(studio, library):
    library.media.keep_frame(END)
    drop(studio.start, film())
    assert (studio.start.frame, studio.end.frame) == (None, END)
    assert studio.start.note == (
        "Taken up from “shot.mp4”: prompt and end image. "
        "The clip's start frame “hill.jpg” is not in this library: give that picture here."
    )
    assert studio.blocker == "A start frame is needed first."
    studio.start.set(START)
    assert studio.start.note == ""


def test_a_missing_end_image_is_said_at_its_own_place(studio, library):
    library.media.keep_frame(START)
    studio.end.set(samples.picture(400, 400))
    drop(studio.start, film())
    assert (studio.start.frame, studio.end.frame) == (START, None)
    assert studio.end.note == (
        "The clip's end image “valley.jpg” is not in this library: give that picture here."
    )


def test_a_clip_without_an_end_image_leaves_none(studio, library):
    library.media.keep_frame(START)
    studio.end.set(END)
    drop(studio.start, film(end=None, expansion=True))
    assert studio.end.frame is None
    assert studio.end.note == ""
    assert studio.start.note == "Taken up from “shot.mp4”: prompt and start frame."


def test_a_damaged_picture_counts_as_missing(studio, library):
    library.media.keep_frame(START).write_bytes(samples.picture(321, 321))
    drop(studio.start, film(end=None))
    assert studio.start.frame is None
    assert "“hill.jpg” is not in this library" in studio.start.note


def test_a_foreign_video_changes_nothing_and_offers_its_last_frame(studio):
    before = studio.start.frame
    page = drop(studio.start, FILM, "holiday.mp4")
    assert studio.start.note == (
        "“holiday.mp4” is a video and holds no request that could be taken up. "
        "Its last frame can be used as a picture."
    )
    assert (studio.start.frame, studio.prompt) == (before, "typed before")
    assert studio.start.offer["what"] == "last frame"
    assert (studio.start.offer["width"], studio.start.offer["height"]) == (640, 360)
    assert page.ask("picture", which="offer")[1][0].startswith(b"\xff\xd8")
    page.ask("use_offer")
    assert studio.start.frame.source_name == "last frame of holiday.mp4"
    assert (studio.start.note, studio.start.offer) == ("", {})


def test_the_offer_of_a_last_frame_can_be_declined(studio):
    before = studio.start.frame
    page = drop(studio.start, FILM)
    page.ask("drop_offer")
    assert (studio.start.offer, studio.start.note) == ({}, "")
    assert studio.start.frame is before
    assert page.ask("use_offer")[0]["ok"] is False


def test_where_no_request_is_taken_up_a_clip_is_a_video(studio):
    drop(studio.end, film())
    assert studio.end.note == ("“shot.mp4” is a video. Its last frame can be used as a picture.")
    assert (studio.prompt, studio.end.clips, studio.start.clips) == ("typed before", False, True)
    well = FrameWell()
    drop(well, film())
    assert well.offer["what"] == "last frame"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (FILM[:900], "damaged"),
        (film()[:-9], "damaged"),
        (film().replace(b'"take":1', b'"take":0'), "its take is no number"),
        (film().replace(b"<hailuo:Statement>", b"<hailuo:Statement "), "no well-formed XML"),
    ],
    ids=["cut film", "cut packet", "nonsense", "no XML"],
)
def test_a_damaged_clip_is_told_in_a_sentence_and_the_form_stays(studio, data, words):
    before = studio.start.frame
    drop(studio.start, data)
    assert words in studio.start.message
    assert (studio.start.frame, studio.prompt, studio.start.busy) == (before, "typed before", "")


def test_a_video_that_does_not_decode_is_told_in_a_sentence(studio):
    start = FILM.index(b"mdat") + 4
    drop(studio.start, FILM[:start] + bytes(len(FILM) - start))
    assert "does not decode" in studio.start.message
    assert studio.start.offer == {}


def test_a_picture_given_meanwhile_is_not_replaced_by_a_slow_clip(studio, library):
    library.media.keep_frame(START)
    slow = studio.start._next_ticket("Reading")
    studio.start.set(END)
    studio.start._take_clip(film(), "slow.mp4", slow)
    assert (studio.start.frame, studio.prompt) == (END, "typed before")


def test_nothing_of_a_clip_but_its_request_is_saved_with_the_notebook(studio, library):
    library.media.keep_frame(START)
    drop(studio.start, film(end=None))
    assert len(saved(studio.start)) < 2000
    assert str(library.path) not in saved(studio.start) + saved(studio)


def test_a_form_can_be_opened_with_a_clip(options, library, tmp_path):
    library.media.keep_frame(START)
    path = tmp_path / "shot.mp4"
    path.write_bytes(film(end=None))
    studio = Studio.from_clip(path, **options)
    assert (studio.prompt, studio.start.frame) == (EVIL, START)
    assert Studio.from_clip(str(path), **options).start.frame == START


@pytest.mark.parametrize(
    ("data", "words"),
    [(None, "cannot be read"), (FILM, "holds no request"), (b"text", "holds no request")],
    ids=["no file", "foreign", "no video"],
)
def test_a_file_without_a_request_opens_no_form(options, tmp_path, data, words):
    path = tmp_path / "holiday.mp4"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(InputError, match=f"“holiday.mp4” {words}"):
        Studio.from_clip(path, **options)


def test_a_library_that_cannot_be_used_is_told_at_the_well(options):
    def broken():
        raise LibraryError("The library cannot be opened.")

    studio = Studio(**(options | {"resume": Home}))
    studio._connections = broken
    drop(studio.start, film())
    assert studio.start.message == "The library cannot be opened."
