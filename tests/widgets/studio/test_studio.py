"""The form without a browser: what follows from what, and what a press does."""

from decimal import Decimal
from types import SimpleNamespace

import pytest

from hailuo_widgets.errors import BudgetError, FrameError, GenerationFailedError, LibraryError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.jobs.runner.job import Job, JobState
from hailuo_widgets.money import Budget
from hailuo_widgets.prompt.camera import COMMANDS
from hailuo_widgets.request.video_request import VideoRequest
from hailuo_widgets.widgets.studio.studio import Studio
from tests.support.clips import make_clip
from tests.support.fake_generator import Generator, Home
from tests.support.fake_page import Page, saved
from tests.support.fake_previewer import Previewing
from tests.support.samples import clip as video
from tests.support.samples import picture

FREE = "emulator"
PAID = "wavespeed"


@pytest.fixture
def generator():
    return Generator()


@pytest.fixture
def connected():
    return SimpleNamespace(paid=None)


@pytest.fixture
def studio(generator, connected):
    return Studio(
        generate=generator,
        connections=lambda: connected,
        resume=Home,
        previewer=Previewing,
        samples=[],
    )


@pytest.fixture
def page(studio):
    return Page(studio)


@pytest.fixture(scope="module")
def films():
    return [video(frames=frames) for frames in (4, 5)]


def paid(left, amount="5.00", *, rows=()):
    """A connection to a paid service, and the takes its library has of any request."""
    amount = Decimal(amount)
    spent = amount - Decimal(left)
    jobs = SimpleNamespace(takes=lambda service, request_hash: list(rows))
    ledger = SimpleNamespace(jobs=jobs)
    return SimpleNamespace(
        service=PAID,
        price=Decimal("0.49"),
        price_is_listed=False,
        confirm_above=Decimal("2.00"),
        budget=Budget(amount=amount, spent=spent, committed=Decimal("0.00"), refunded=Decimal(0)),
        library=SimpleNamespace(ledger=ledger, holder=SimpleNamespace(is_alive=lambda _: True)),
    )


# -- what stands in the way -------------------------------------------------------------------


def test_nothing_runs_without_a_start_frame(studio):
    assert studio.blocker == "A start frame is needed first."
    studio.start.set(picture())
    assert studio.blocker == ""
    studio.start.clear()
    assert studio.blocker == "A start frame is needed first."


def test_frames_that_break_a_rule_are_mended_first(studio):
    studio.start.set(picture(280, 500))
    assert studio.blocker == "The start frame needs mending first."
    studio.start.set(picture())
    studio.end.set(picture(280, 500))
    assert studio.blocker == "The end image needs mending first."


def test_a_prompt_may_have_2000_code_points(studio):
    studio.start.set(picture())
    studio.prompt = "🎬" * 2000
    assert studio.blocker == ""
    studio.prompt = "🎬" * 2003
    assert studio.blocker == "The prompt is 3 characters too long."


def test_a_library_that_cannot_be_used_is_said_before_anything_runs(generator):
    def broken():
        raise LibraryError("The library folder could not be written to.")

    studio = Studio(
        picture(),
        generate=generator,
        connections=broken,
        resume=Home,
        previewer=Previewing,
        samples=[],
    )
    assert studio.blocker == "The library folder could not be written to."


# -- the prompt -------------------------------------------------------------------------------


def test_all_fifteen_commands_have_a_chip(studio):
    names = [key["name"] for chip in studio.chips for key in chip["keys"]]
    assert sorted(names) == sorted(command.name for command in COMMANDS)


def test_a_chip_puts_its_command_into_the_prompt_and_takes_it_out(studio, page):
    answer, _ = page.ask("command", name="Pan left", prompt="dawn")
    assert answer["prompt"] == studio.prompt == "[Pan left] dawn"
    assert studio.moves == {"Pan left": "bracket"}
    page.ask("command", name="Pan left", prompt=studio.prompt)
    assert studio.prompt == "dawn"


def test_a_chip_shows_what_plain_words_ask_for(studio, page):
    page.change(prompt="slow push in over the lake")
    assert studio.moves == {"Push in": "words"}


def test_an_unknown_chip_is_refused_and_changes_nothing(studio, page):
    answer, _ = page.ask("command", name="Orbit", prompt="dawn")
    assert answer["ok"] is False
    assert studio.prompt == "dawn"


def test_hints_follow_the_prompt_and_their_suggestion_is_one_press(studio, page):
    page.change(prompt="[Push out] a lake at dawn, still water")
    hint = next(hint for hint in studio.hints if hint["suggestion"])
    answer, _ = page.ask("hint", hint=hint)
    assert answer["prompt"] == studio.prompt == "[Pull out] a lake at dawn, still water"


def test_a_suggestion_for_an_older_prompt_is_refused(studio, page):
    page.change(prompt="[Push out] dawn")
    hint = next(hint for hint in studio.hints if hint["suggestion"])
    answer, _ = page.ask("hint", hint=hint, prompt="dusk")
    assert answer["ok"] is False
    assert studio.prompt == "dusk"


def test_an_empty_prompt_is_not_nagged_about(studio):
    assert studio.hints == []


def rules(studio):
    return {hint["rule"] for hint in studio.hints}


def test_hints_know_whether_the_prompt_may_be_rewritten(studio):
    studio.prompt = "[Pan left] a red boat lies on the shore of a lake"
    assert "expansion" in rules(studio)
    studio.enable_prompt_expansion = False
    assert "expansion" not in rules(studio)


def test_hints_know_of_the_end_image(studio):
    studio.prompt = "a red boat and a blue house beside a lake in the north"
    before = rules(studio)
    studio.end.set(picture())
    assert rules(studio) - before


# -- running ----------------------------------------------------------------------------------


def test_a_press_sends_the_four_fields_as_the_page_shows_them(studio, page, generator):
    studio.start.set(picture())
    studio.end.set(picture(800, 450))
    answer, _ = page.ask("run", service=FREE, prompt="typed just now", expansion=False)
    assert answer["ok"] is True
    (job,) = generator.jobs
    assert studio.job is job
    assert job.service == FREE
    assert job.request == VideoRequest(picture(), "typed just now", picture(800, 450), False)


def test_running_is_free_unless_said_otherwise(studio):
    studio.start.set(picture())
    assert studio.run().service == FREE


def test_running_without_a_frame_is_refused_in_code_too(studio, generator):
    with pytest.raises(FrameError, match="Nothing was sent"):
        studio.run()
    assert generator.jobs == []


def test_a_refusal_is_answered_and_nothing_is_lost(studio, page, generator, connected):
    connected.paid = paid("5.00")
    studio.start.set(picture())
    generator.refusal = BudgetError("This would cost $0.49. Nothing was sent.")
    answer, _ = page.ask("run", service=PAID, amount="$0.49", prompt="dawn", expansion=True)
    assert (answer["ok"], answer["error"]) == (False, "This would cost $0.49. Nothing was sent.")
    assert (studio.prompt, studio.lines) == ("dawn", [])
    assert studio.start.frame is not None


def test_a_line_says_where_each_job_stands(studio):
    studio.start.set(picture())
    job = studio.run()
    job.change(JobState.PROCESSING, "processing")
    (line,) = studio.lines
    assert (line["words"], line["draft"], line["ended"], line["money"]) == (
        "processing", True, False, "free",
    )  # fmt: skip
    assert line["expected"] == [2.0, 8.0]
    assert line["started"] == job.started_at.timestamp()


def test_jobs_in_flight_all_have_a_line_and_the_last_ended_one_keeps_its(studio, tmp_path, films):
    studio.start.set(picture())
    first = studio.run()
    studio.prompt = "second"
    second = studio.run()
    assert [line["ended"] for line in studio.lines] == [False, False]
    first.finish(make_clip(tmp_path, films[0]), JobState.DOWNLOADED, "ready")
    assert [line["ended"] for line in studio.lines] == [False]
    second.finish(make_clip(tmp_path, films[1]), JobState.DOWNLOADED, "ready")
    assert [line["ended"] for line in studio.lines] == [True]


def test_a_failure_is_shown_with_its_sentence(studio):
    studio.start.set(picture())
    job = studio.run()
    error = GenerationFailedError("It was refunded. Change the prompt.", prediction_id="p")
    job.finish(error, JobState.FAILED, "failed")
    (line,) = studio.lines
    assert (line["error"], line["ended"]) == ("It was refunded. Change the prompt.", True)
    assert studio.player.clip is None


def test_the_clip_plays_and_an_older_one_can_be_gone_back_to(studio, page, tmp_path, films):
    studio.start.set(picture())
    clips = [make_clip(tmp_path, film, prompt=str(index)) for index, film in enumerate(films)]
    for clip in clips:
        studio.prompt = clip.prompt
        studio.run().finish(clip, JobState.DOWNLOADED, "ready")
    assert studio.player.clip == clips[1]
    assert [made["prompt"] for made in studio.clips] == ["0", "1"]
    assert page.ask("poster", sha256=clips[0].sha256)[1] == [clips[0].poster.read_bytes()]
    assert page.ask("show", sha256=clips[0].sha256)[0]["ok"] is True
    assert studio.player.clip == clips[0]
    assert page.ask("show", sha256="0" * 64)[0]["ok"] is False


def test_an_older_job_that_ends_late_does_not_take_the_screen(studio, tmp_path, films):
    studio.start.set(picture())
    older = studio.run()
    studio.prompt = "newer"
    newer = studio.run()
    clips = [make_clip(tmp_path, film) for film in films]
    newer.finish(clips[1], JobState.DOWNLOADED, "ready")
    older.finish(clips[0], JobState.DOWNLOADED, "ready")
    assert studio.player.clip == clips[1]
    assert len(studio.clips) == 2


def test_the_same_request_again_is_the_same_job(studio, generator, tmp_path, films):
    studio.start.set(picture())
    job = studio.run()
    job.finish(make_clip(tmp_path, films[0]), JobState.DOWNLOADED, "ready")
    assert studio.run() is job
    assert len(studio.lines) == len(studio.clips) == 1


def test_pressing_twice_watches_one_job_once(studio):
    studio.start.set(picture())
    assert studio.run() is studio.run()
    assert len(studio.job._observers) == 1


def test_the_last_frame_starts_the_next_clip(studio, tmp_path, films):
    studio.start.set(picture())
    clip = make_clip(tmp_path, films[0])
    studio.run().finish(clip, JobState.DOWNLOADED, "ready")
    assert Page(studio.player).ask("last_frame", sha256=clip.sha256)[0]["ok"] is True
    frame = studio.start.frame
    assert (frame.media_type, frame.width, frame.height) == ("image/png", 320, 180)


# -- money ------------------------------------------------------------------------------------


def test_nothing_paid_is_offered_before_a_paid_service_is_connected(studio):
    assert studio.paid == {}


def test_after_connecting_price_and_budget_are_shown(studio, connected):
    connected.paid = paid("4.51")
    studio.refresh()
    assert (studio.paid["run"], studio.paid["money"]) == (
        "Run · $0.49",
        "budget $5.00 · spent $0.49 · left $4.51",
    )


def test_the_offer_follows_the_form_and_the_takes(studio, connected):
    held = SimpleNamespace(take=1, state=JobState.DOWNLOADED, holder=None)
    connected.paid = paid("5.00", rows=[held])
    studio.refresh()
    assert studio.paid["run"] == "Run · $0.49"  # without a start frame there is no request yet
    studio.start.set(picture())
    assert studio.paid["run"] == "Already in your library · $0"
    studio.takes = 3
    assert studio.paid["run"] == "Run 3 takes · $0.98"


def test_a_run_beyond_the_budget_is_not_offered(studio, connected):
    connected.paid = paid("0.48")
    studio.refresh()
    assert studio.paid["why"] == "The budget has $0.48 left; this would cost $0.49."


def test_the_budget_is_looked_at_again_while_a_paid_job_goes_on(studio, connected):
    connected.paid = paid("5.00")
    studio.start.set(picture())
    job = studio.run(PAID)
    connected.paid = paid("4.51")
    job.change(JobState.ACCEPTED, "accepted")
    assert studio.paid["money"].endswith("left $4.51")


def test_a_paid_press_sends_the_takes_at_the_price_that_was_shown(
    studio, page, generator, connected
):
    connected.paid = paid("5.00")
    studio.start.set(picture())
    answer, _ = page.ask("run", service=PAID, takes=2, amount="$0.98")
    assert answer["ok"] is True
    assert [(job.take, job.service) for job in generator.jobs] == [(1, PAID), (2, PAID)]
    assert generator.prices == [Decimal("0.49")] * 2
    answer, _ = page.ask("run", service=PAID, takes=2, amount="$0.49", another=True)
    assert generator.jobs[-1].take == 3


def test_a_paid_press_at_another_amount_sends_nothing(studio, page, generator, connected):
    connected.paid = paid("5.00")
    studio.start.set(picture())
    for fields in ({"amount": "$0.55"}, {"takes": 5, "amount": "$2.45"}, {}):
        answer, _ = page.ask("run", service=PAID, **fields)
        assert answer["ok"] is False
        assert "Nothing was sent" in answer["error"]
    connected.paid = None
    answer, _ = page.ask("run", service=PAID, amount="$0.49")
    assert "Nothing was sent" in answer["error"]
    assert generator.jobs == []


def test_what_earlier_kernels_left_is_told_and_its_clips_are_shown(
    generator, connected, tmp_path, films
):
    job = Job(VideoRequest(picture(), "dawn"), 1, PAID, expected_seconds=(30.0, 90.0))
    home = Home([job], "1 clip was on its way; 1 is still rendering.")
    studio = Studio(
        generate=generator, connections=lambda: connected, resume=lambda: home,
        previewer=Previewing, samples=[],
    )  # fmt: skip
    assert studio.homecoming == "1 clip was on its way; 1 is still rendering."
    assert [line["about"] for line in studio.lines] == ["dawn"]
    job.finish(make_clip(tmp_path, films[0]), JobState.DOWNLOADED, "ready")
    home.say("1 clip was on its way; 1 arrived.")
    assert (studio.homecoming, studio.lines) == ("1 clip was on its way; 1 arrived.", [])
    assert studio.player.clip is job.clip
    assert studio.job is None


# -- what is kept -----------------------------------------------------------------------------


def test_what_was_given_at_the_start_is_there(generator, connected):
    studio = Studio(
        picture(), "dawn", picture(800, 450), False,
        generate=generator, connections=lambda: connected, resume=Home, previewer=Previewing,
        samples=[],
    )  # fmt: skip
    assert studio.start.frame == Frame(picture())
    assert studio.end.frame == Frame(picture(800, 450))
    assert (studio.prompt, studio.enable_prompt_expansion, studio.blocker) == ("dawn", False, "")


def test_the_saved_form_is_small_and_names_no_folder(studio, tmp_path, films):
    studio.start.set(picture())
    studio.run().finish(make_clip(tmp_path, films[0]), JobState.DOWNLOADED, "ready")
    text = saved(studio)
    assert len(text) < 8000
    assert str(tmp_path) not in text


def test_the_page_can_set_its_clock_by_the_kernels(page):
    answer, _ = page.ask("now")
    assert answer["now"] > 1.7e9


def test_the_static_view_shows_the_form_then_its_newest_job(studio, tmp_path, films):
    studio.prompt = "a <b>dawn</b>"
    studio.start.set(picture())
    assert "a &lt;b&gt;dawn&lt;/b&gt;" in studio.draw_static_view()["text/html"]
    studio.run().finish(make_clip(tmp_path, films[0]), JobState.DOWNLOADED, "ready")
    assert studio.draw_static_view()["text/plain"].startswith("Draft · [Pan left] · 320 x 180")
