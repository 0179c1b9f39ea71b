"""Four 1080p clips under one playhead, judged by the frame numbers that their pixels show.

The page is no notebook: the widget's own module with a plain object as its model, as in a report.
"""

import pytest
from playwright.sync_api import expect

from hailuo_widgets.media.video.scrub_frames import flipbook
from tests.support.browser import compare_page
from tests.support.browser import lockstep_probe as probe
from tests.support.browser.lockstep import (
    FILM,
    READY,
    on_screen,
    plays_scrubs_and_steps,
    settled,
    stop,
)
from tests.support.films import film_reader, numbered_videos

pytestmark = [pytest.mark.browser, pytest.mark.alone]


@pytest.fixture(scope="module")
def film():
    return numbered_videos.film(**FILM)


@pytest.fixture(scope="module")
def book(film, tmp_path_factory):
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    path.write_bytes(film)
    return flipbook(path)


@pytest.fixture
def shown(chromium, tmp_path):
    """Open a page that compares these films: ``shown(films, cells)``."""
    contexts = []
    stack = []

    def opened(made, cells, *, size=(1240, 900), live=None, **how):
        compare_page.write(tmp_path, made, cells, **how)
        server = compare_page.served(tmp_path)
        stack.append(server)
        context = chromium.new_context(viewport={"width": size[0], "height": size[1]})
        contexts.append(context)
        page = context.new_page()
        page.failures = []
        page.on("pageerror", lambda error: page.failures.append(str(error)))
        page.goto(server.__enter__())
        page.wait_for_function(READY, arg=len(made) if live is None else live, timeout=60_000)
        probe.install(page)
        return page

    yield opened
    for context in contexts:
        context.close()
    for server in stack:
        server.__exit__(None, None, None)


@pytest.fixture
def four(shown, film, book):
    copies = numbered_videos.copies(film, 4)
    cells = [compare_page.said(number, data) for number, data in enumerate(copies, 1)]
    return shown(copies, cells, book=book)


def test_half_a_minute_of_play_without_drift_then_scrubs_then_every_step(four):
    found = plays_scrubs_and_steps(four, seconds=30, samples=100, scrubs=60, steps=100, start=5)
    assert found.turns >= 1
    assert four.failures == []


def test_without_flip_books_scrubs_still_land_exactly_and_the_newest_wish_wins(four):
    page = four
    stop(page)
    # As a hand does: many wishes, of which only the last one counts.
    page.evaluate("() => { for (let frame = 3; frame < 110; frame += 1) probe.toFrame(frame); }")
    assert settled(page, 109) == 109
    assert on_screen(page) == [109] * 4
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("() => Number(document.querySelector('.hw-compare').dataset.frame) < 60")
    now = stop(page)
    assert on_screen(page) == [now] * 4


def small_cell(number, data, **more):
    return compare_page.said(number, data, width=160, height=96, **more)


def test_other_rates_and_lengths_are_compared_by_time_and_the_ruler_says_so(shown):
    one = film_reader.small(frames=72, fps=24)
    two = film_reader.small(frames=60, fps=30)
    page = shown(
        [one, two],
        [small_cell(1, one, frames=72), small_cell(2, two, frames=60, fps=30)],
    )
    expect(page.get_by_text("by time: frame rates differ · lengths differ")).to_be_visible()
    stop(page)
    # 3 s in all, in steps of the quicker one; the shorter clip holds its last frame.
    for step, expected in ((0, [0, 0]), (30, [24, 30]), (59, [47, 59]), (80, [64, 59])):
        page.evaluate("step => probe.toFrame(step)", step)
        settled(page, step)
        assert on_screen(page) == expected
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("() => Number(document.querySelector('.hw-compare').dataset.frame) < 60")
    assert page.failures == []


def test_equal_rates_are_compared_by_frame_and_an_offset_moves_one_clip(shown):
    made = numbered_videos.copies(film_reader.small(frames=48), 2)
    page = shown(made, [small_cell(n, data, frames=48) for n, data in enumerate(made, 1)])
    expect(page.get_by_text("by frame · 24 fps")).to_be_visible()
    stop(page)
    page.evaluate("probe.toFrame(10)")
    settled(page, 10)
    for _ in range(3):
        page.get_by_role("button", name="A one frame later").click()
    page.wait_for_function("async () => (await probe.numbers()).join() === '13,10'")
    page.get_by_role("button", name="Forward one frame").click()
    settled(page, 11)
    assert on_screen(page) == [14, 11]


def test_uneven_frames_a_single_frame_and_a_broken_file_keep_nobody_waiting(shown):
    uneven, still, broken = (
        film_reader.small(frames=48, uneven=True),
        film_reader.small(frames=1),
        b"no film at all",
    )
    cells = [
        small_cell(1, uneven, frames=48, fps=24 * 3 / 4),
        small_cell(2, still, frames=1),
        small_cell(3, broken, frames=48),
    ]
    page = shown([uneven, still, broken], cells, live=2)
    expect(page.get_by_text("This clip's file cannot be played here.")).to_be_visible()
    page.wait_for_function("() => Number(document.querySelector('.hw-compare').dataset.frame) > 4")
    stop(page)
    page.evaluate("probe.toFrame(20)")
    settled(page, 20)
    first, second = page.evaluate("probe.numbers()")
    assert second == 0
    assert first is not None
    assert first > 5
    assert page.failures == []


def test_nine_of_forty_clips_live_and_others_when_they_are_asked_for(shown):
    made = numbered_videos.copies(film_reader.small(frames=48), 40)
    cells = [small_cell(n, data, frames=48) for n, data in enumerate(made, 1)]
    page = shown(made, cells, size=(1800, 2600), live=9)
    live = "() => [...document.querySelectorAll('video')].filter(video => video.videoWidth).length"
    assert page.evaluate(live) == 9
    last = page.get_by_role("group", name="40: clip 40")
    last.get_by_role("button", name="Play along").click()
    last.get_by_role("button", name="Play along").wait_for(state="hidden")
    page.wait_for_function(
        "() => document.querySelector('[data-id=c40] video').videoWidth"
        " && !document.querySelector('[data-id=c9] video').videoWidth"
    )
    assert page.evaluate(live) == 9
    stop(page)
    page.evaluate("probe.toFrame(30)")
    settled(page, 30)
    assert page.evaluate("probe.numbers()") == [30] * 9
    assert page.failures == []


def test_a_clip_that_comes_while_others_play_joins_them(shown):
    made = numbered_videos.copies(film_reader.small(frames=96), 3)
    cells = [small_cell(n, data, frames=96) for n, data in enumerate(made, 1)]
    facts = cells[2]["facts"]
    cells[2]["facts"] = {}
    page = shown(made, cells, live=2)
    page.wait_for_function("() => Number(document.querySelector('.hw-compare').dataset.frame) > 10")
    page.evaluate(
        "facts => model.set('cells', model.get('cells').map(cell =>"
        " cell.id === 'c3' ? { ...cell, facts } : cell))",
        facts,
    )
    page.wait_for_function(READY, arg=3)
    page.evaluate("probe.drift(1.5, 96)")
    found = probe.drift(page, 4, 96)
    assert found.in_step, found
    now = stop(page)
    assert on_screen(page) == [now] * 3


def test_a_page_that_is_left_and_come_back_to_plays_on_in_step(shown):
    made = numbered_videos.copies(film_reader.small(frames=96), 3)
    page = shown(made, [small_cell(n, data, frames=96) for n, data in enumerate(made, 1)])
    page.wait_for_function("() => Number(document.querySelector('.hw-compare').dataset.frame) > 5")
    page.evaluate(
        "() => { document.getElementById('place').style.marginTop = '5000px';"
        " window.scrollTo(0, 0); }"
    )
    page.wait_for_function("() => [...document.querySelectorAll('video')].every(v => v.paused)")
    page.evaluate("() => { document.getElementById('place').style.marginTop = ''; }")
    page.wait_for_function("() => [...document.querySelectorAll('video')].every(v => !v.paused)")
    now = stop(page)
    assert on_screen(page) == [now] * 3
