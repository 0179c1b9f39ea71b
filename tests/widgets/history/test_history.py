"""The library's widget without a browser: what the page is told, and what a press does."""

import functools
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from hailuo_widgets.errors import BudgetError, LibraryError, UnknownOutcomeError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.jobs.runner.job import Job
from hailuo_widgets.library.ledger.records import Failure
from hailuo_widgets.library.ledger.states import JobState
from hailuo_widgets.library.library import Library
from hailuo_widgets.request.video_request import VideoRequest
from hailuo_widgets.widgets.history import job_facts as facts
from hailuo_widgets.widgets.history.history import History
from hailuo_widgets.widgets.shared.change_poller import ChangePoller
from hailuo_widgets.widgets.shared.thumbnails import Thumbnails
from hailuo_widgets.widgets.studio.studio import Studio
from tests.support import large_libraries
from tests.support.fake_page import Page, saved
from tests.support.fake_previewer import Previewing
from tests.support.html_reader import Reader
from tests.support.large_libraries import PRICE, Past
from tests.support.samples import gradient, picture

PAID = "wavespeed"
QUICK = 0.005


class ResumedJobs:
    """What was on its way, as the runner tells it."""

    def __init__(self, sentence, jobs=()):
        self.sentence, self.jobs = sentence, list(jobs)
        self._hear = []

    def observe(self, hear):
        self._hear.append(hear)
        hear(self)
        return lambda: self._hear.remove(hear)

    def say(self, sentence):
        self.sentence = sentence
        for hear in self._hear:
            hear(self)


class Generator:
    """Keeps what it was asked for, and begins nothing."""

    def __init__(self):
        self.asked = []

    def __call__(self, image, prompt, end_image, enable_prompt_expansion, *, take, service):
        request = VideoRequest(image, prompt, end_image, enable_prompt_expansion)
        self.asked.append((request, take, service))
        return Job(request, take, service, expected_seconds=(2.0, 8.0))


@pytest.fixture
def past(tmp_path):
    past = Past(tmp_path / "hailuo-library").quickly()
    yield past
    past.library.close()


@pytest.fixture
def generator():
    return Generator()


@pytest.fixture
def show(past, generator):
    """Open a History of the past's library; anything can be said otherwise."""
    shown = []

    def opened(library=None, *, used=None, came=None, resume=None, every=QUICK):
        history = History(
            library,
            resume=resume or (lambda: came or ResumedJobs("")),
            generate=generator,
            studio=functools.partial(
                Studio,
                connections=lambda: SimpleNamespace(paid=None),
                previewer=Previewing,
                samples=[],
            ),
            connections=lambda: SimpleNamespace(library=used or past.library),
            every=every,
        )
        shown.append(history)
        return history

    yield opened
    for history in shown:
        history.close()


@pytest.fixture
def page(show):
    return Page(show())


def look(page, offset=0, limit=48, **wanted):
    return page.ask("look", filter=wanted, offset=offset, limit=limit)[0]


def prompts(page, **wanted):
    return [card["prompt"] for card in look(page, **wanted)["cards"]]


# -- the grid ---------------------------------------------------------------------------------


def test_the_newest_come_first_and_only_as_many_as_were_asked_for(past, page):
    for text in "abcdef":
        past.job(text)
    found = look(page, offset=1, limit=2)
    assert [card["prompt"] for card in found["cards"]] == ["e", "d"]
    assert (found["total"], found["all"]) == (6, 6)


def test_words_are_searched_in_prompts_and_notes(past, page):
    past.job("golden hour over the sea")
    noted = past.job("fog")
    past.library.ledger.annotations.note(noted, "like the SEA at dawn")
    past.job("sea gulls")
    assert prompts(page, words="sea golden") == ["golden hour over the sea"]
    found = look(page, words="  sea ")
    assert (found["total"], found["all"]) == (3, 3)
    assert prompts(page, words="100%") == []


def test_each_filter_leaves_out_what_it_says(past, page):
    end = Frame(gradient(640, 360), name="end.jpg")
    starred = past.job("starred")
    past.library.ledger.annotations.star(starred, True)
    past.library.ledger.annotations.tag(past.job("tagged", service=PAID), "Opening")
    past.job(
        "failed",
        state=JobState.FAILED,
        service=PAID,
        failure=Failure("GenerationFailedError", "no"),
    )
    past.job("unknown", state=JobState.UNKNOWN, service=PAID)
    past.job("with an end", end_image=end)
    assert prompts(page, starred=True) == ["starred"]
    assert prompts(page, tag="opening") == ["tagged"]
    assert prompts(page, state="failed") == ["failed"]
    assert prompts(page, state="unknown") == ["unknown"]
    assert prompts(page, service=PAID, state="ready") == ["tagged"]
    assert len(prompts(page, frame=past.frames[0].sha256)) == 5
    assert prompts(page, frame="0" * 64) == []


@pytest.mark.parametrize("wanted", [None, 7, "x", {"state": "?", "words": None, "starred": 0}])
def test_a_filter_that_makes_no_sense_leaves_nothing_out(past, page, wanted):
    past.job("a")
    assert page.ask("look", filter=wanted, offset=0, limit=9)[0]["total"] == 1


@pytest.mark.parametrize(("offset", "limit"), [("0", 9), (0, None), (0.5, 3), (0, -1)])
def test_a_span_that_makes_no_sense_gives_nothing(past, page, offset, limit):
    past.job("a")
    assert page.ask("look", filter={}, offset=offset, limit=limit)[0]["cards"] == []


def test_nobody_can_ask_for_everything_at_once(past, page):
    for number in range(230):
        past.job(str(number), state=JobState.INTENT)
    assert len(look(page, limit=10_000)["cards"]) == 200
    assert page.ask("ids", filter={}, offset=2, limit=3)[0]["ids"] == [228, 227, 226]
    assert len(page.ask("ids", filter={}, offset=0, limit=10**6)[0]["ids"]) == 230


def test_an_empty_library_says_so(page):
    assert look(page) == {"id": "q0", "ok": True, "total": 0, "all": 0, "cards": []}
    assert page.widget.name == "hailuo-library"


def test_what_there_is_to_choose_from(past, show):
    past.library.ledger.annotations.tag(past.job("a"), "dawn")
    offered = show().facets
    assert offered["tags"] == [{"text": "dawn", "count": 1}]
    frame = past.frames[0]
    assert offered["frames"] == [{"sha256": frame.sha256, "name": "frame-0.jpg", "count": 1}]
    assert {each["key"] for each in offered["states"]} == {"ready", "going", "unknown", "failed"}


def test_of_many_tags_the_page_gets_those_used_most_and_finds_the_others(past, page):
    jobs = [past.job(str(number)) for number in range(6)]
    for number in range(240):
        past.library.ledger.annotations.tag(jobs[number // 40], f"Tag {number:03}")
    past.library.ledger.annotations.tag(jobs[1], "tag 007")
    page.widget._library_changed()
    offered = page.widget.facets
    assert (len(offered["tags"]), offered["more_tags"]) == (200, True)
    assert offered["tags"][0] == {"text": "Tag 007", "count": 2}
    fields, _ = page.ask("tags", words=" TAG 23")
    assert [each["text"] for each in fields["tags"]] == [f"Tag {n}" for n in range(230, 240)]
    assert len(page.ask("tags", words="")[0]["tags"]) == 200
    assert page.ask("tags", words="x" * 10**6)[0]["tags"] == []


# -- pictures ---------------------------------------------------------------------------------


def test_pictures_come_small_by_key_and_what_there_is_not_is_empty(past, page):
    past.job("a")
    (card,) = look(page)["cards"]
    frame = f"frame:{past.frames[0].sha256}@480"
    keys = [f"{card['picture']}@240", frame, f"clip:{'0' * 64}@240"]
    _, buffers = page.ask("pictures", keys=keys)
    sizes = [Frame(data).width for data in buffers[:2]]
    assert (sizes, buffers[2]) == ([240, 480], b"")


@pytest.mark.parametrize(
    "key",
    ["", "clip:../../ledger.sqlite3@240", f"frame:{'*' * 64}@240", f"clip:{'a' * 64}@4000",
     f"clip:{'A' * 64}@240", f"frame:{'a' * 64}"],
)  # fmt: skip
def test_a_key_that_is_no_hash_never_becomes_a_path(past, key):
    assert Thumbnails(past.library.media).get(key) == b""


def test_thumbnails_that_were_used_last_are_kept(past, tmp_path):
    media = past.library.media
    frames = [Frame(picture(colour=(40 * n, 9, 9))) for n in range(3)]
    keys = [f"frame:{media.keep_frame(frame).stem}@240" for frame in frames]
    size = len(Thumbnails(media).get(keys[0]))
    small = Thumbnails(media, kept_bytes=2 * size + size // 2)
    made = [small.get(keys[place]) for place in (0, 1, 0, 2)]
    for path in media.frames.iterdir():
        path.unlink()
    assert [small.get(key) for key in keys] == [made[0], b"", made[3]]


# -- how a job stands -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "service", "carried", "mark", "words"),
    [
        (JobState.DOWNLOADED, PAID, False, "", ""),
        (JobState.UNKNOWN, PAID, False, "unknown", "May have been billed"),
        (JobState.SENT, PAID, False, "unknown", "May have been billed"),
        (JobState.SENT, PAID, True, "going", "sending"),
        (JobState.UNKNOWN, "emulator", False, "bad", "Answer lost"),
        (JobState.INTENT, PAID, True, "going", "waiting"),
        (JobState.INTENT, PAID, False, "idle", "Never sent"),
        (JobState.PROCESSING, PAID, True, "going", "rendering"),
        (JobState.PROCESSING, PAID, False, "idle", "Waits at the service"),
        (JobState.FAILED, PAID, False, "bad", "Failed"),
        (JobState.REFUSED, PAID, False, "bad", "Refused"),
    ],
)
def test_each_state_has_its_mark(past, state, service, carried, mark, words):
    row = past.library.ledger.jobs.row(past.job(state=state, service=service))
    assert facts.standing(row, executing=carried) == (mark, words)


def test_what_a_person_gave_up_is_said_as_such(past):
    ledger = past.library.ledger
    withdrawn = ledger.transitions.withdraw(past.job(state=JobState.INTENT, service=PAID))
    given_up = ledger.transitions.write_off(past.job(state=JobState.UNKNOWN, service=PAID))
    assert facts.standing(withdrawn, executing=False) == ("bad", "Withdrawn")
    assert facts.standing(given_up, executing=False) == ("bad", "Written off")


@pytest.mark.parametrize(
    ("state", "refunded", "money"),
    [
        (JobState.DOWNLOADED, None, "$0.49"),
        (JobState.UNKNOWN, None, "$0.49 held"),
        (JobState.REFUSED, None, "not billed"),
        (JobState.FAILED, PRICE, "refunded"),
        (JobState.FAILED, PRICE / 2, "$0.24"),
    ],
)
def test_what_a_job_costs_in_two_words(past, state, refunded, money):
    job_id = past.job(state=state, service=PAID, refunded=refunded)
    assert facts.money(past.library.ledger.jobs.row(job_id)) == money


def test_every_state_is_in_exactly_one_group():
    grouped = [state for _, states in facts.GROUPS.values() for state in states]
    assert sorted(grouped) == sorted(JobState)


def test_a_job_on_its_way_is_told_by_who_carries_it(past, show):
    job_id = past.job("a", state=JobState.INTENT)
    past.library.ledger.transitions.take_up(
        job_id, holder=past.library.holder.name, is_alive=lambda _: False
    )
    job = Job(VideoRequest(picture(), "a"), 1, PAID, expected_seconds=(2.0, 8.0), row_id=job_id)
    job.detail = "waiting for its turn, 3 before it"
    page = Page(show(came=ResumedJobs("", [job])))
    page.wait_for(lambda: page.widget._jobs)
    (card,) = look(page)["cards"]
    assert (card["mark"], card["words"]) == ("going", "waiting for its turn, 3 before it")


# -- one opened -------------------------------------------------------------------------------


def test_opening_shows_clip_request_states_and_money(past, page):
    end = Frame(gradient(640, 400), name="end.jpg")
    job_id = past.job("[Push in] dawn", service=PAID, end_image=end, expansion=False)
    page.ask("open", job=job_id)
    shown = page.widget.opened
    assert page.widget.player.clip.frame_count == 4
    assert [frame["role"] for frame in shown["frames"]] == ["Start frame", "End image"]
    assert shown["frames"][0]["name"] == "frame-0.jpg"
    assert (shown["prompt"], shown["expansion"]) == ("[Push in] dawn", False)
    assert [step["words"] for step in shown["steps"]] == [
        "Asked for", "Sent", "Accepted", "Completed at the service", "In the library",
    ]  # fmt: skip
    assert shown["steps"][3]["at"] - shown["steps"][2]["at"] == 40.0
    assert (shown["costs"], shown["prediction"]) == (["$0.49 spent"], "prediction-00000")
    page.ask("close")
    assert (page.widget.opened, page.widget.player.clip) == ({}, None)


def test_a_paid_clip_that_is_not_here_yet_has_a_deadline(past, page):
    job_id = past.job(service=PAID, state=JobState.ACCEPTED)
    accepted = past.library.ledger.jobs.row(job_id).accepted_at
    page.ask("open", job=job_id)
    assert page.widget.opened["deadline"] == (accepted + timedelta(days=7)).timestamp()
    page.ask("open", job=past.job(service=PAID))
    assert page.widget.opened["deadline"] == 0
    page.ask("open", job=past.job(state=JobState.ACCEPTED))
    assert page.widget.opened["deadline"] == 0


def test_why_there_is_no_clip_is_said(past, page):
    failure = Failure("GenerationFailedError", "The service failed this. It is refunded.", 1200)
    page.ask(
        "open", job=past.job(service=PAID, state=JobState.FAILED, failure=failure, refunded=PRICE)
    )
    shown = page.widget.opened
    assert shown["trouble"] == "The service failed this. It is refunded."
    assert shown["costs"] == ["$0.49 billed", "$0.49 refunded"]


@pytest.mark.parametrize("job_id", [None, "1", 99, -1, True, 10**30])
def test_a_job_that_is_not_there_is_a_sentence(page, job_id):
    assert "no such job" in page.ask("open", job=job_id)[0]["error"]


def test_marks_are_kept_and_shown_at_once(past, page):
    job_id = past.job("a")
    page.ask("open", job=job_id)
    page.ask("star", job=job_id, on=True)
    page.ask("tag", job=job_id, text="<b>dawn</b>")
    page.ask("tag", job=job_id, text="sea")
    page.ask("untag", job=job_id, text="sea")
    page.ask("note", job=job_id, text="slower, please")
    shown = page.widget.opened
    assert (shown["starred"], shown["tags"], shown["note"]) == (
        True,
        ["<b>dawn</b>"],
        "slower, please",
    )
    (card,) = look(page)["cards"]
    assert (card["starred"], card["noted"], card["tags"]) == (True, True, ["<b>dawn</b>"])
    assert page.widget.facets["tags"] == [{"text": "<b>dawn</b>", "count": 1}]


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("note", "x" * 2001, "2,000 characters"),
        ("tag", "  ", "at least one"),
        ("tag", None, "text"),
    ],
)
def test_a_mark_that_cannot_be_kept_is_refused_with_a_sentence(past, page, kind, text, words):
    assert words in page.ask(kind, job=past.job("a"), text=text)[0]["error"]


# -- deleting and fetching --------------------------------------------------------------------


def test_deleting_takes_the_file_and_leaves_the_money(past, page):
    job_id = past.job(service=PAID)
    page.ask("open", job=job_id)
    path = page.widget.player.clip.path
    page.ask("remove", job=job_id)
    shown = page.widget.opened
    assert not path.exists()
    assert page.widget.player.clip is None
    assert (shown["mark"], shown["words"], shown["removal"]) == ("gone", "File deleted", "")
    assert shown["costs"] == ["$0.49 spent"]
    assert "deleted already" in page.ask("remove", job=job_id)[0]["error"]


def test_deleting_says_first_what_getting_it_back_takes(past):
    draft = past.library.ledger.jobs.row(past.job())
    paid = past.library.ledger.jobs.row(past.job(service=PAID))
    soon, late = (paid.accepted_at + timedelta(days=days) for days in (1, 8))
    assert "renders it again, free" in facts.removal(draft, 3_200_000, soon)
    assert "(3.2 MB)" in facts.removal(draft, 3_200_000, soon)
    assert "fetching it until then is free" in facts.removal(paid, 0, soon)
    assert "a new take costs $0.49" in facts.removal(paid, 0, soon)
    assert "cannot be brought back" in facts.removal(paid, 0, late)


def test_a_deleted_draft_is_rendered_again_as_the_same_take(past, page, generator):
    past.job("a", take=2)
    job_id = past.job("a", take=3)
    page.ask("open", job=job_id)
    page.ask("remove", job=job_id)
    assert page.widget.opened["fetching"] == "Render it again · free"
    assert page.ask("fetch", job=job_id)[0]["ok"] is True
    ((request, take, service),) = generator.asked
    assert (request.prompt, take, service) == ("a", 3, "emulator")
    assert request.request_hash == past.library.ledger.jobs.row(job_id).request_hash


def test_nothing_that_would_cost_is_ever_asked_for_from_here(past, page, generator):
    past.now = datetime.now(UTC) - timedelta(days=30)
    late = past.job(service=PAID)
    past.library.remove_clip(late)
    past.now = datetime.now(UTC)
    others = [past.job(service=PAID, state=state) for state in JobState if state is not JobState.ACCEPTED
              and state not in {JobState.CREATED, JobState.PROCESSING, JobState.COMPLETED}]  # fmt: skip
    for job_id in (late, *others):
        assert "Nothing was sent" in page.ask("fetch", job=job_id)[0]["error"]
    assert generator.asked == []


def test_a_paid_clip_that_waits_at_the_service_is_fetched(past, page, generator):
    past.now = datetime.now(UTC)
    job_id = past.job("a", service=PAID, state=JobState.ACCEPTED)
    page.ask("open", job=job_id)
    assert page.widget.opened["fetching"] == "Fetch it · $0"
    page.ask("fetch", job=job_id)
    assert [(take, service) for _, take, service in generator.asked] == [(1, PAID)]


# -- a person's word --------------------------------------------------------------------------


class JobActions:
    """Notes what a person said."""

    def __init__(self):
        self.said = []
        self.taken = None

    def keep_looking(self, job):
        self.said.append("keep looking")

    def send_again(self, job, price):
        self.said.append(f"send again at {price}")
        return self.taken


def unknown(past, care, **fields):
    """A job of which nobody knows whether it was billed, as a fresh kernel has it."""
    job_id = past.job("a", state=JobState.UNKNOWN, service=PAID, **fields)
    job = Job(
        VideoRequest(past.frames[0], "a"), 1, PAID,
        expected_seconds=(2.0, 8.0), row_id=job_id, actions=care,
    )  # fmt: skip
    job.cost = PRICE
    job.finish(UnknownOutcomeError("It may have been billed."), JobState.UNKNOWN, "unknown")
    return job


def test_what_may_have_been_billed_is_decided_where_it_is_opened(past, show):
    care = JobActions()
    job = unknown(past, care)
    care.taken = Job(job.request, 2, PAID, expected_seconds=(2.0, 8.0), row_id=past.job("b"))
    page = Page(show(came=ResumedJobs("", [job])))
    page.wait_for(lambda: page.widget._jobs)
    page.ask("open", job=job.row_id)
    line = page.widget.opened["line"]
    assert line["headline"] == "May have been billed"
    assert [each["act"] for each in line["choices"]] == ["look", "send"]
    assert page.widget.opened["trouble"] == ""
    page.ask("decide", job=job.row_id, act="look", prediction="")
    page.ask("decide", job=job.row_id, act="send", prediction="")
    assert care.said == ["keep looking", "send again at 0.49"]
    assert page.widget._jobs[care.taken.row_id] is care.taken
    assert "moved on" in page.ask("decide", job=job.row_id, act="burn")[0]["error"]


def test_what_is_found_is_shown_where_it_is_opened(past, show):
    job = unknown(past, JobActions())
    page = Page(show(came=ResumedJobs("", [job])))
    page.wait_for(lambda: page.widget._jobs)
    page.ask("open", job=job.row_id)
    job.mark_searching("looking for it")
    assert page.widget.opened["line"]["words"] == "looking for it"


def test_what_came_to_need_a_word_later_is_taken_up_when_it_is_opened(past, show):
    came = [ResumedJobs("")]
    page = Page(show(resume=lambda: came[-1]))
    job = unknown(past, JobActions())
    came.append(ResumedJobs("1 clip may have been billed.", [job]))
    page.ask("open", job=job.row_id)
    page.wait_for(lambda: page.widget.opened["line"])
    assert page.widget.homecoming == "1 clip may have been billed."


def test_nobody_decides_about_a_job_that_is_not_carried_here(past, page):
    assert "Nothing was done" in page.ask("decide", job=past.job("a"), act="send")[0]["error"]


# -- using a request again --------------------------------------------------------------------


def test_a_request_is_used_again_with_its_frames(past, page):
    end = Frame(gradient(700, 400), name="end.jpg")
    past.library.media.keep_frame(end)
    page.ask("reuse", job=past.job("first"))
    first = page.widget.studio
    page.ask("reuse", job=past.job("[Pan left] second", end_image=end, expansion=False))
    studio = page.widget.studio
    assert studio is not first
    assert (studio.prompt, studio.enable_prompt_expansion) == ("[Pan left] second", False)
    assert studio.start.frame == past.frames[0]
    assert studio.start.facts["name"] == "frame-0.jpg"
    assert studio.end.frame == end
    page.ask("close_studio")
    assert page.widget.studio is None


def test_a_frame_that_is_gone_is_a_sentence(past, page):
    job_id = past.job("a")
    for path in past.library.media.frames.iterdir():
        path.unlink()
    said = page.ask("reuse", job=job_id)[0]["error"]
    assert "frame-0.jpg" in said
    assert str(past.library.path) not in said


# -- export -----------------------------------------------------------------------------------


def fetch(page, answer):
    """Fetch a packed file as the page does."""
    fields = {"parcel": answer["parcel"], "offset": 0, "length": answer["bytes"]}
    return page.ask("piece", **fields)[1][0]


def test_what_is_selected_comes_as_a_zip_without_a_path_of_this_machine(past, page, tmp_path):
    jobs = [past.job("one"), past.job("two")]
    answer, _ = page.ask("export", jobs=jobs)
    data = fetch(page, answer)
    packed = zipfile.ZipFile(io.BytesIO(data))
    told = json.loads(packed.read("facts.json"))
    assert [Path(each["file"]).parent.name for each in told["jobs"]] == ["clips", "clips"]
    assert {"facts.csv", "facts.json", told["jobs"][0]["file"]} <= set(packed.namelist())
    assert str(tmp_path) not in json.dumps([told, packed.namelist(), answer])
    assert answer["name"].startswith("hailuo-export-")
    page.ask("exported", parcel=answer["parcel"])
    assert (
        "export again" in page.ask("piece", parcel=answer["parcel"], offset=0, length=9)[0]["error"]
    )


@pytest.mark.parametrize("jobs", [[], ["x"], [99]])
def test_an_export_of_nothing_is_refused_with_a_sentence(page, jobs):
    fields, _ = page.ask("export", jobs=jobs)
    assert fields["ok"] is False
    assert "The kit itself failed" not in fields["error"]


# -- live -------------------------------------------------------------------------------------


def test_what_another_kernel_changes_is_shown(past, show):
    job_id = past.job("a", state=JobState.ACCEPTED)
    page = Page(show())
    page.ask("open", job=job_id)
    before = page.widget.revision
    other = Library(past.library.path)
    other.ledger.transitions.advance(job_id, JobState.PROCESSING)
    page.wait_for(lambda: page.widget.revision > before)
    other.close()
    assert page.widget.opened["steps"][-1]["words"] == "Rendering"


def test_the_static_view_is_drawn_anew_only_when_what_it_shows_has_changed(past, show):
    job_id = past.job("a")
    history = show()
    drawn = []
    history._static_views = [SimpleNamespace(update=lambda bundle, **_: drawn.append(bundle))]
    history.draw_static_view()
    page = Page(history)
    page.ask("star", job=job_id, on=True)
    assert len(drawn) == 1
    page.ask("star", job=job_id, on=True)
    assert len(drawn) == 1


def test_what_was_on_its_way_is_told_live(show):
    came = ResumedJobs("2 clips were on their way; both are still rendering.")
    page = Page(show(came=came))
    page.wait_for(lambda: page.widget.homecoming == came.sentence)
    came.say("2 clips were on their way; both arrived.")
    assert page.widget.homecoming == "2 clips were on their way; both arrived."


def test_another_library_is_only_looked_at(past, show, tmp_path, generator):
    other = Library(tmp_path / "elsewhere")
    job_id = past.job("a")
    past.library.remove_clip(job_id)
    page = Page(show(past.library, used=other, came=ResumedJobs("home")))
    assert "not the library in use" in page.ask("fetch", job=job_id)[0]["error"]
    assert page.widget.homecoming == ""
    assert generator.asked == []
    other.close()


def test_why_nothing_could_be_brought_home_is_said(show):
    def fail():
        raise BudgetError("No budget was set. Nothing was sent.")

    page = Page(show(resume=fail))
    page.wait_for(lambda: page.widget.homecoming == "No budget was set. Nothing was sent.")


def test_a_watch_tells_of_changes_and_outlives_a_ledger_that_is_locked():
    looks = iter([1, 1, LibraryError("locked"), 2, 2])
    page = Page(SimpleNamespace())
    told = []

    def look():
        seen = next(looks, 2)
        if isinstance(seen, Exception):
            raise seen
        return seen

    def changed():
        told.append("changed")
        page.send({})

    watch = ChangePoller(look, changed, QUICK)
    page.wait_for(lambda: told)
    watch.stop()
    assert told == ["changed"]


# -- what is saved ----------------------------------------------------------------------------


def test_the_notebook_holds_neither_posters_nor_paths(past, show, tmp_path):
    large_libraries.varied(past, 60)
    page = Page(show())
    look(page)
    page.ask("open", job=60)
    text = saved(page.widget)
    assert len(text) < 6000
    assert str(tmp_path) not in text


def test_the_static_view_shows_the_newest_twelve_with_their_facts(past, show):
    for number in range(14):
        past.job(f"<i>shot</i> {number}")
    past.library.ledger.annotations.star(14, True)
    bundle = show().draw_static_view()
    drawn = Reader(bundle["text/html"])
    assert drawn.tags.count("img") == 12
    assert "<i>shot</i> 13" in drawn.text
    assert "<i>shot</i> 1free" not in drawn.text.replace("\n", "")
    assert "14 in hailuo-library" in drawn.text
    assert "★ Draft" in drawn.text
    assert "i" not in drawn.tags
    assert len(bundle["text/html"]) < 160_000
    assert "the newest 12" in bundle["text/plain"]


def test_an_empty_librarys_static_view_is_a_sentence(show):
    assert "hailuo-library is empty" in show().draw_static_view()["text/plain"]


def test_a_folder_without_a_library_is_a_sentence_and_stays_away(show, tmp_path):
    with pytest.raises(LibraryError, match="There is no library in nowhere"):
        show(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()
