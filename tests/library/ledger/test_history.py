"""The history: found by any word, in any script, quickly; what people add to it is just text."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hailuo_widgets.errors import InputError, LibraryError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.library.ledger.history import Filter
from hailuo_widgets.library.ledger.ledger import Ledger
from hailuo_widgets.library.ledger.states import JobState
from hailuo_widgets.request.video_request import VideoRequest
from tests.support import large_libraries, samples
from tests.support.library_factory import FREE, begin

pytestmark = pytest.mark.slow

FRAME = Frame(samples.picture(), name="harbour.jpg")
OTHER = Frame(samples.picture(colour=(9, 9, 9)), name="night.jpg")

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@pytest.fixture
def ledger(tmp_path):
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    ledger.budget.set("wavespeed", 1000)
    yield ledger
    ledger.close()


def add(ledger, prompt="", image=FRAME, end_image=None, **asked):
    return begin(ledger, VideoRequest(image, prompt, end_image), **asked)[0].id


def found(ledger, words="", **wanted):
    entries, total = ledger.history.page(Filter(words=words, **wanted))
    assert total == len(entries)
    return [entry.row.id for entry in entries]


def test_a_history_is_newest_first_and_comes_in_pages(ledger):
    ids = [add(ledger, str(number), price=FREE) for number in range(7)]
    pages = [ledger.history.page(offset=offset, limit=3) for offset in (0, 3, 6, 9)]
    assert [total for _, total in pages] == [7, 7, 7, 7]
    assert [entry.row.id for page, _ in pages for entry in page] == ids[::-1]
    assert ledger.history.ids() == ids[::-1]


def test_an_entry_tells_what_a_list_shows(ledger):
    job = add(ledger, "slow push in", end_image=OTHER)
    ledger.annotations.tag(job, "client")
    (entry,), _ = ledger.history.page()
    assert (entry.prompt, entry.image_name, entry.image, entry.end_image) == (
        "slow push in",
        "harbour.jpg",
        FRAME.sha256,
        OTHER.sha256,
    )
    assert (entry.enable_prompt_expansion, entry.clip, entry.tags) == (True, None, ("client",))


@pytest.mark.parametrize(
    ("words", "prompt"),
    [
        ("zürich", "ZÜRICH at dawn"),
        ("ZÜRICH", "a tram in Zu\u0308rich"),
        ("strasse", "die Straße hinab"),
        ("ΟΔΟΣ", "στην οδος"),
        ("МЕТЕЛЬ", "метель за окном"),
        ("cafe", "Café terrace"),
        ("雪", "東京、雪の夜"),
        ("ﬁlm", "film grain"),
        ("in push", "slow PUSH in"),
        ("ush i", "push in"),
    ],
)
def test_case_and_script_do_not_matter_and_order_neither(ledger, words, prompt):
    job = add(ledger, prompt)
    add(ledger, "something else")
    assert found(ledger, words) == [job]


@pytest.mark.parametrize("sign", ["%", "_", "'", '"', "\\", "*", "?", "^", "NEAR", "--", "\x00"])
def test_signs_stand_for_themselves(ledger, sign):
    job = add(ledger, f"exactly 50{sign}x")
    add(ledger, "exactly 50 x")
    assert found(ledger, f"50{sign}x") == [job]


def test_every_word_counts_wherever_it_stands(ledger):
    job = add(ledger, "golden hour over the harbour")
    add(ledger, "golden fields")
    ledger.annotations.note(job, "the best WIND of all")
    assert found(ledger, "wind golden") == [job]
    assert found(ledger, "wind fields") == []


def test_a_note_that_is_changed_is_searched_as_it_is_now(ledger):
    job = add(ledger, "push in")
    ledger.annotations.note(job, "first")
    ledger.annotations.note(job, "second")
    assert (found(ledger, "first"), found(ledger, "second push")) == ([], [job])


def test_a_lone_surrogate_in_a_search_finds_nothing_and_breaks_nothing(ledger):
    add(ledger, "push in \ufffd")
    assert found(ledger, "push \ud800x") == []


@settings(max_examples=60)
@given(prompt=TEXT, note=TEXT)
def test_a_job_is_found_by_each_word_of_its_prompt_and_note_in_any_case(
    tmp_path_factory, prompt, note
):
    ledger = Ledger(tmp_path_factory.mktemp("library") / "ledger.sqlite3")
    job = add(ledger, prompt, price=FREE)
    ledger.annotations.note(job, note)
    words = [*prompt.split(), *note.split()]
    for word in words:
        assert found(ledger, word) == [job]
        assert found(ledger, word.casefold()) == [job]
    assert found(ledger, " ".join(words)) == [job]
    ledger.close()


@settings(max_examples=60)
@given(
    jobs=st.lists(
        st.tuples(
            st.sampled_from(["push in", "push OUT", "pan"]),
            st.sampled_from([JobState.DOWNLOADED, JobState.FAILED, JobState.INTENT]),
            st.booleans(),
            st.booleans(),
            st.sampled_from([None, "hero", "Client"]),
            st.sampled_from([(FRAME, None), (OTHER, None), (FRAME, OTHER)]),
        ),
        max_size=12,
    ),
    words=st.sampled_from(["", "push", "out PUSH", "zoom"]),
    states=st.sampled_from([(), (JobState.FAILED,), (JobState.INTENT, JobState.DOWNLOADED)]),
    service=st.sampled_from([None, "emulator", "wavespeed"]),
    frame=st.sampled_from([None, FRAME, OTHER]),
    starred=st.booleans(),
    tag=st.sampled_from([None, "HERO", "client"]),
)
def test_filters_together_give_what_meets_all_of_them(
    tmp_path_factory, jobs, words, states, service, frame, starred, tag
):
    ledger = Ledger(tmp_path_factory.mktemp("library") / "ledger.sqlite3")
    ledger.budget.set("wavespeed", 1000)
    expected = []
    for prompt, state, paid, star, label, (image, end_image) in jobs:
        price = {} if paid else {"price": FREE}
        job = add(ledger, prompt, image, end_image, take=None, **price)
        if state is not JobState.INTENT:
            ledger.transitions.advance(job, state)
        ledger.annotations.star(job, star)
        if label:
            ledger.annotations.tag(job, label)
        meets = (
            all(word in prompt.lower() for word in words.lower().split())
            and (not states or state in states)
            and service in {None, "wavespeed" if paid else "emulator"}
            and (frame is None or frame in {image, end_image})
            and (star or not starred)
            and (tag is None or (label or "").lower() == tag.lower())
        )
        if meets:
            expected.insert(0, job)
    hash_ = frame and frame.sha256
    assert expected == found(
        ledger, words, states=states, service=service, frame=hash_, starred=starred, tag=tag
    )
    ledger.close()


def test_a_frame_is_looked_for_at_the_start_and_at_the_end(ledger):
    start, end = add(ledger, "one", OTHER), add(ledger, "two", FRAME, OTHER)
    add(ledger, "neither", FRAME)
    assert found(ledger, frame=OTHER.sha256) == [end, start]
    assert found(ledger, "two", frame=OTHER.sha256) == [end]
    assert found(ledger, frame="0" * 64) == []


def test_markup_in_a_tag_or_a_note_is_just_text(ledger):
    job = add(ledger, "push in")
    markup = "<img src=x onerror=alert(1)>"
    ledger.annotations.tag(job, markup)
    ledger.annotations.note(job, f"{markup}\n& more")
    (entry,), _ = ledger.history.page(Filter(tag=markup))
    assert (entry.tags, entry.row.note) == ((markup,), f"{markup}\n& more")


def test_a_tag_is_one_tag_in_whatever_case_and_spacing_it_is_given(ledger):
    one, two = add(ledger, "one"), add(ledger, "two")
    ledger.annotations.tag(one, "  Night   rain ")
    ledger.annotations.tag(two, "night RAIN")
    ledger.annotations.tag(two, "dawn")
    assert ledger.annotations.tags() == [("Night rain", 2), ("dawn", 1)]
    ledger.annotations.untag(one, "NIGHT rain")
    ledger.annotations.untag(one, "never there")
    assert ledger.annotations.tags() == [("dawn", 1), ("Night rain", 1)]


@pytest.mark.parametrize("text", ["", " \t ", "x" * 61, None, 5, "half \ud800"])
def test_what_is_no_tag_is_refused_with_a_sentence(ledger, text):
    job = add(ledger, "push in")
    with pytest.raises(InputError, match="Nothing was changed"):
        ledger.annotations.tag(job, text)
    assert ledger.annotations.tags() == []


def test_a_job_carries_a_bounded_number_of_tags(ledger):
    job = add(ledger, "push in")
    for number in range(50):
        ledger.annotations.tag(job, f"tag {number}")
    with pytest.raises(InputError, match="at most 50 tags"):
        ledger.annotations.tag(job, "one more")
    ledger.annotations.tag(job, "TAG 7")
    assert len(ledger.annotations.tags()) == 50


@pytest.mark.parametrize("text", ["x" * 2001, None, b"bytes", "half \udfff"])
def test_what_is_no_note_is_refused_and_the_old_one_stays(ledger, text):
    job = add(ledger, "push in")
    ledger.annotations.note(job, "kept")
    with pytest.raises(InputError, match="Nothing was changed"):
        ledger.annotations.note(job, text)
    assert ledger.jobs.row(job).note == "kept"


def test_a_star_can_be_given_and_taken(ledger):
    job = add(ledger, "push in")
    ledger.annotations.star(job, True)
    assert found(ledger, starred=True) == [job]
    ledger.annotations.star(job, False)
    assert found(ledger, starred=True) == []


def test_what_is_not_there_cannot_be_marked(ledger):
    for mark in (
        lambda: ledger.annotations.star(9, True),
        lambda: ledger.annotations.note(9, ""),
        lambda: ledger.annotations.tag(9, "x"),
    ):
        with pytest.raises(LibraryError, match="no job 9"):
            mark()


def test_start_frames_are_listed_with_the_one_used_last_first(ledger):
    add(ledger, "one", FRAME)
    add(ledger, "two", OTHER)
    add(ledger, "three", FRAME, OTHER)
    assert [(each.name, each.jobs) for each in ledger.history.frames()] == [
        ("harbour.jpg", 2),
        ("night.jpg", 1),
    ]


def test_the_pulse_differs_after_a_write_here_or_elsewhere_and_else_not(ledger, tmp_path):
    job = add(ledger, "push in")
    elsewhere = Ledger(tmp_path / "ledger.sqlite3")
    before = ledger.change_counter()
    ledger.history.page(Filter(words="push"))
    assert ledger.change_counter() == before
    elsewhere.annotations.star(job, True)
    after = ledger.change_counter()
    assert after != before
    ledger.annotations.star(job, False)
    assert ledger.change_counter() != after
    elsewhere.close()


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A library of 10,000 jobs."""
    past = large_libraries.Past(tmp_path_factory.mktemp("large")).quickly()
    for number in range(10_000):
        past.job(state=JobState.FAILED if number % 3 else JobState.REFUSED)
    yield past.library.ledger
    past.library.close()


def quickest(work):
    """The least CPU seconds of several tries: what else the machine does is not counted."""

    def seconds():
        began = time.thread_time()
        work()
        return time.thread_time() - began

    return min(seconds() for _ in range(5))


@pytest.mark.alone
@pytest.mark.parametrize(
    "wanted",
    [
        Filter(),
        Filter(words="s"),
        Filter(words="golden dust slowly push shot"),
        Filter(words="nowhere"),
        Filter(words="snow", states=(JobState.FAILED,), service="emulator"),
        Filter(starred=True),
        Filter(tag="none"),
        Filter(frame=Frame(samples.gradient()).sha256),
    ],
    ids=str,
)
def test_any_search_over_10_000_jobs_takes_less_than_20_ms(large, wanted):
    assert quickest(lambda: large.history.page(wanted)) < 0.020


def test_money_and_turns_are_as_quick_with_10_000_jobs(large):
    job, _ = begin(large, take=None, price=FREE)
    questions = [
        lambda: large.budget.read("wavespeed"),
        lambda: large.queue.take_turn(job.id, concurrent=0, per_minute=2, is_alive=lambda _: True),
        lambda: large.jobs.takes("emulator", job.request_hash),
        lambda: large.jobs.resumable("emulator"),
        lambda: large.jobs.seconds_taken("emulator"),
        large.history.frames,
        large.annotations.tags,
    ]
    for question in questions:
        assert quickest(question) < 0.020
