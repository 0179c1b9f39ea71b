"""The look ahead without a browser: what the form says before anything is paid."""

import pytest

from hailuo_widgets.errors import HailuoError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.jobs.services.preview_client import Preview, ShotSummary
from hailuo_widgets.widgets.shot_preview.shot_preview import ShotPreview
from hailuo_widgets.widgets.studio.studio import Studio
from tests.support.fake_generator import Generator
from tests.support.fake_page import Page, saved
from tests.support.fake_previewer import Previewing
from tests.support.samples import gradient, picture


@pytest.fixture
def made():
    return []


@pytest.fixture
def previewer(made):
    def make(hear):
        made.append(Previewing(hear))
        return made[-1]

    return make


@pytest.fixture
def widget(previewer):
    return ShotPreview(previewer)


@pytest.fixture
def page(widget):
    return Page(widget)


def preview(key="k", **outlook):
    return Preview(key, ShotSummary("push in", **outlook), b"clip", b"strip")


def texts(widget):
    return [note["text"] for note in widget.notes]


def test_what_is_understood_comes_before_the_preview(widget, made):
    widget.look("push in", Frame(picture(1000, 500)), None)
    assert (widget.busy, widget.aspect) == (True, 2.0)
    made[0].hear(ShotSummary("push in, slow", ("rack focus",)))
    assert (widget.understood, widget.missed) == ("push in, slow", ["rack focus"])
    assert (widget.busy, widget.shown) == (True, "")
    made[0].hear(preview())
    assert (widget.busy, widget.shown) == (False, "k")


def test_the_page_gets_clip_and_strip_when_it_asks(widget, page, made):
    made[0].hear(preview("a"))
    assert page.ask("clip", key="a")[1] == [b"clip"]
    assert page.ask("strip", key="a")[1] == [b"strip"]
    assert page.ask("clip", key="b")[0]["ok"] is False


def test_the_notebook_file_holds_no_preview(widget, made):
    made[0].hear(preview())
    assert "clip" not in saved(widget).replace("_send_clip", "")


def test_what_the_model_must_invent_is_said(widget, made):
    made[0].hear(ShotSummary("pan left", unseen=0.124))
    assert texts(widget) == [
        "The model must invent up to 12% of the picture: the start frame does not show it."
    ]
    made[0].hear(ShotSummary("static shot", unseen=0.01))
    assert widget.notes == []


@pytest.mark.parametrize(("way", "word"), [("moves", "same scene"), ("dissolves", "dissolves")])
def test_how_the_end_image_is_reached_is_said_before_paying(widget, made, way, word):
    made[0].hear(ShotSummary("", way=way))
    (text,) = texts(widget)
    assert word in text


def test_an_end_image_that_will_be_cropped_is_warned_of(widget, made):
    made[0].hear(ShotSummary("", way="moves", cropped=0.4375))
    warning = widget.notes[-1]
    assert (warning["level"], "44%" in warning["text"]) == ("warning", True)


def test_the_same_question_is_asked_once(widget, made):
    for _ in range(3):
        widget.look("push in", Frame(gradient()), None)
    assert len(made[0].asked) == 1


def test_without_a_picture_the_old_preview_goes(widget, made):
    widget.look("push in", Frame(gradient()), None)
    made[0].hear(preview())
    widget.look("push in", None, None)
    assert (widget.shown, widget.aspect, widget.strip, widget.busy) == ("", 0.0, None, False)


def test_trouble_is_said_and_goes_with_the_next_news(widget, made):
    widget.look("push in", Frame(gradient()), None)
    made[0].hear(HailuoError("There is no preview now."))
    assert (widget.trouble, widget.busy) == ("There is no preview now.", False)
    made[0].hear(ShotSummary("push in"))
    assert widget.trouble == ""


def test_closing_stops_looking(widget, made):
    widget.close()
    assert made[0].stopped


# -- in the form ------------------------------------------------------------------------------


@pytest.fixture
def studio(previewer):
    return Studio(
        generate=Generator(), connections=lambda: _Nothing, previewer=previewer, samples=[]
    )


class _Nothing:
    paid = None


def test_the_form_looks_ahead_as_it_is_filled_in(studio, made):
    studio.prompt = "push in"
    studio.start.set(picture())
    studio.end.set(picture(800, 450))
    assert made[0].asked == [
        ("", None, None),
        ("push in", None, None),
        ("push in", Frame(picture()), None),
        ("push in", Frame(picture()), Frame(picture(800, 450))),
    ]


def test_a_frame_that_needs_mending_is_not_looked_at(studio, made):
    studio.start.set(picture(280, 500))
    assert made[0].asked == [("", None, None)]


def test_before_any_job_the_saved_form_shows_moments_of_the_preview(studio, made):
    studio.start.set(picture())
    before = studio.draw_static_view()["text/html"]
    made[0].hear(Preview("k", ShotSummary("push in"), b"clip", picture(900, 300)))
    after = studio.draw_static_view()["text/html"]
    assert "moments of the preview" in after
    assert "moments of the preview" not in before
