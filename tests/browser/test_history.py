"""The library's widget in a real JupyterLab in a real browser, as a person uses it."""

import csv
import io
import json
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from hailuo_widgets.library.ledger.states import JobState
from tests.support.large_libraries import Past, photographs, varied

pytestmark = pytest.mark.browser

HISTORY = "import hailuo_widgets as hw\nhistory = hw.History()\nhistory"
EVIL = '<img src=x onerror="window.hacked=1"> dawn'
ARRIVAL_MS = 120_000


@pytest.fixture(scope="module")
def pictures():
    return photographs(8)


@pytest.fixture
def library(lab, pictures):
    """Open a History over a past that the test writes: ``library(write, size=..., ...)``."""

    def opened(write, *more, cell=HISTORY, **how):
        page = lab(cell, *more, run=False, **how)
        past = Past((page.server.root / page.path).parent / "hailuo-library", pictures).quickly()
        write(past)
        past.library.close()
        page.run_cell(0)
        return page

    return opened


def seen(place, text):
    """Text that eyes can see; the live region repeats it for ears."""
    return place.get_by_text(text).and_(place.locator(":not(.hw-unseen)"))


def grid(page):
    return page.get_by_role("grid", name="Library")


def card(page, words):
    return grid(page).get_by_role("gridcell").filter(has_text=words)


def press(page, words):
    card(page, words).get_by_role("button", name=re.compile("^(Draft|Clip)")).click()


def opened(page):
    return page.get_by_role("region", name="Opened clip")


def search(page, words):
    page.get_by_role("searchbox", name="Search prompts and notes").fill(words)


def test_search_filter_open_and_back_by_keyboard(library):
    lab = library(lambda past: varied(past, 60))
    page = lab.page
    expect(seen(page, "60 in the library")).to_be_visible()
    search(page, "fog OR nothing")
    expect(seen(page, "Nothing matches")).to_be_visible()
    search(page, "best of")
    expect(seen(page, "1 of 60")).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()
    page.get_by_role("combobox", name="State").select_option("Without a clip")
    expect(seen(page, "2 of 60")).to_be_visible()
    expect(grid(page).get_by_text("refunded")).to_be_visible()
    page.get_by_role("combobox", name="State").select_option("All states")
    page.get_by_role("button", name="Starred", exact=True).click()
    expect(seen(page, "3 of 60")).to_be_visible()
    page.get_by_role("button", name="Starred", exact=True).click()

    page.get_by_role("button", name="Start frame").click()
    page.get_by_role("group", name="Start frames").get_by_role("button").first.click()
    expect(seen(page, "8 of 60")).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()

    expect(card(page, "shot 00059")).to_be_visible()
    press(page, "shot 00059")
    expect(opened(page).get_by_text("shot 00059")).to_be_visible()
    page.keyboard.press("Escape")
    first = card(page, "shot 00059").get_by_role("button", name=re.compile("^(Draft|Clip)"))
    expect(first).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(opened(page).get_by_text("shot 00058")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(opened(page).get_by_text("shot 00057")).to_be_visible()
    page.wait_for_function(
        "() => { const v = document.querySelector('.hw-player-video'); return v.videoWidth === 320; }"
    )
    assert lab.errors == []


def test_only_what_is_in_view_is_drawn_and_sent(library):
    count = "print(len(history._pictures._made), history.comm is not None)"
    lab = library(lambda past: varied(past, 600), count)
    page = lab.page
    page.wait_for_function(
        "() => [...document.querySelectorAll('.hw-history-poster')].filter(i => i.complete).length > 9"
    )
    assert page.locator(".hw-history-card").count() < 50
    grid(page).focus()
    card(page, "shot 00599").get_by_role("button", name=re.compile("^(Draft|Clip)")).focus()
    page.keyboard.press("Control+End")
    expect(card(page, "shot 00000")).to_be_visible()
    assert page.locator(".hw-history-card").count() < 60
    lab.run_cell(1)
    sent = int(lab.outputs(1)[0]["text"].split()[0])
    assert 20 < sent < 150


def test_marks_are_kept_html_is_text_and_the_unknown_has_its_mark(library):
    def write(past):
        past.job(EVIL)
        past.job("lost answer", state=JobState.UNKNOWN, service="wavespeed")
        past.job("at the service", state=JobState.ACCEPTED, service="wavespeed")

    lab = library(write)
    page = lab.page
    expect(card(page, "lost answer").get_by_text("May have been billed")).to_be_visible()
    expect(card(page, "lost answer").get_by_text("$0.49 held")).to_be_visible()
    press(page, "onerror")
    detail = opened(page)
    detail.get_by_role("textbox", name="Add a tag").fill("<b>opening</b>")
    page.keyboard.press("Enter")
    expect(detail.get_by_role("button", name="Remove the tag <b>opening</b>")).to_be_visible()
    detail.get_by_role("textbox", name="Note").fill("<i>slower</i>")
    expect(detail.get_by_text("saved")).to_be_visible()
    detail.get_by_role("button", name="Star", exact=True).click()
    expect(detail.get_by_role("button", name="Star", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    detail.get_by_role("button", name="All clips").click()
    expect(card(page, "onerror").get_by_text("<b>opening</b>")).to_be_visible()
    search(page, "slower")
    expect(seen(page, "1 of 3")).to_be_visible()
    page.get_by_role("searchbox").press("Escape")

    press(page, "at the service")
    expect(
        opened(page).get_by_text(
            re.compile(r"until .* 2026.*deleted there after that|may be deleted")
        )
    ).to_be_visible()
    assert page.evaluate("window.hacked") is None
    assert lab.errors == []


def test_deleting_takes_two_presses_and_says_what_getting_it_back_costs(library):
    lab = library(lambda past: past.job("[Pan left] dawn"))
    page = lab.page
    clips = (lab.server.root / lab.path).parent / "hailuo-library" / "clips"
    press(page, "dawn")
    detail = opened(page)
    detail.get_by_role("button", name="Delete the clip file").click()
    expect(detail.get_by_text("the emulator renders it again, free")).to_be_visible()
    page.keyboard.press("Escape")
    expect(detail.get_by_role("button", name="Delete the clip file")).to_be_focused()
    assert len(list(clips.glob("*.mp4"))) == 1
    page.keyboard.press("Enter")
    detail.get_by_role("button", name="Delete the file").click()
    expect(detail.get_by_role("heading", name="Draft · File deleted")).to_be_focused()
    assert list(clips.glob("*.mp4")) == []

    detail.get_by_role("button", name="Render it again · free").click()
    page.wait_for_function(
        "() => document.querySelector('.hw-player-video')?.videoWidth === 1920", timeout=ARRIVAL_MS
    )


def test_a_request_is_used_again_in_a_studio_beneath(library):
    lab = library(lambda past: past.job("[Pan left] dawn"))
    page = lab.page
    press(page, "dawn")
    opened(page).get_by_role("button", name="Use in Studio").click()
    studio = page.get_by_role("region", name="Studio with this request")
    prompt = studio.get_by_role("textbox", name="Prompt", exact=True)
    expect(prompt).to_have_value("[Pan left] dawn")
    expect(prompt).to_be_focused()
    expect(studio.get_by_text("1280 x 720")).to_be_visible()
    prompt.fill("[Pan right] dusk")
    studio.get_by_role("button", name="Render draft · free").click()
    expect(seen(studio, re.compile("Draft ready"))).to_be_visible(timeout=ARRIVAL_MS)
    # The library shows it without being asked.
    page.keyboard.press("Escape")
    opened(page).get_by_role("button", name="All clips").click()
    expect(card(page, "[Pan right] dusk")).to_be_visible()
    expect(seen(page, "2 in the library")).to_be_visible()
    studio.get_by_role("button", name="Close this Studio").click()
    expect(studio).to_be_hidden()


def test_what_was_on_its_way_comes_home_by_itself(library, emulator):
    """Its kernel is gone; opening the library is enough, and nothing is paid again."""
    prediction = emulator.accepted(prompt="on its way")
    connect = (
        "import hailuo_widgets as hw\n"
        f"hw.connect('wavespeed', budget=5, api_key={emulator.key!r}, base_url={emulator.url!r})\n"
    )

    def write(past):
        past.now = datetime.now(UTC)
        past.job(
            "on its way", state=JobState.ACCEPTED, service="wavespeed",
            prediction=prediction, seconds=0,
        )  # fmt: skip
        past.job("answer lost", state=JobState.UNKNOWN, service="wavespeed")

    page = library(write, cell=connect + HISTORY).page
    said = seen(page, "2 clips were on their way; 1 arrived, 1 may have been billed.")
    expect(said).to_be_visible(timeout=ARRIVAL_MS)
    expect(
        card(page, "on its way").get_by_role("button", name=re.compile("^Clip, on its way"))
    ).to_be_visible()
    press(page, "answer lost")
    expect(opened(page).get_by_role("button", name="Send it again · $0.49")).to_be_visible()
    expect(
        opened(page).get_by_role("button", name=re.compile("Keep looking|Look again now"))
    ).to_be_visible()
    assert [row["billing_type"] for row in emulator.bill()["rows"]] == ["deduct"]


def test_a_range_is_selected_and_saved_as_a_zip(library):
    lab = library(lambda past: varied(past, 12))
    page = lab.page
    card(page, "shot 00011").get_by_role("checkbox").check()
    card(page, "shot 00008").get_by_role("checkbox").click(modifiers=["Shift"])
    expect(seen(page, "4 selected")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Export as zip").click()
    assert re.fullmatch(r"hailuo-export-[\d-]+\.zip", saved.value.suggested_filename)
    packed = zipfile.ZipFile(saved.value.path())
    assert len([name for name in packed.namelist() if name.endswith(".mp4")]) == 4
    rows = list(csv.DictReader(io.StringIO(packed.read("facts.csv").decode("utf-8-sig"))))
    assert [row["prompt"].rpartition(" ")[2] for row in rows] == [
        "00011",
        "00010",
        "00009",
        "00008",
    ]
    assert str(lab.server.root) not in packed.read("facts.json").decode()
    page.get_by_role("button", name="Select all 12").click()
    expect(seen(page, "12 selected")).to_be_visible()


def test_an_empty_library_says_what_to_do(lab):
    page = lab(HISTORY).page
    expect(seen(page, "Nothing here yet")).to_be_visible()
    expect(seen(page, "hw.Studio()")).to_be_visible()


def test_a_saved_notebook_shows_the_newest_posters_without_a_kernel(lab, library):
    first = library(lambda past: varied(past, 20))
    expect(first.page.locator(".hw-history-card").first).to_be_visible()
    expect(first.page.locator(".hw-twin").first).to_be_hidden()
    text = first.save()
    assert len(text) < 260_000
    first.page.close()
    again = lab("1", run=False)
    (again.server.root / again.path).write_text(text)
    again.page.evaluate("window.jupyterapp.shell.currentWidget.context.revert()")
    again.page.evaluate(
        "() => { for (const cell of window.jupyterapp.shell.currentWidget.content.model.cells)"
        " cell.trusted = true; }"
    )
    expect(again.page.locator(".hw-twin img")).to_have_count(12)
    expect(again.page.locator(".hw-twin img").first).to_be_visible()
    expect(again.page.get_by_text("20 in hailuo-library")).to_be_visible()
    expect(again.page.get_by_text("Error displaying widget")).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_nothing_is_wider_than_the_page(library, theme):
    lab = library(lambda past: varied(past, 12), theme=theme, size=(390, 844))
    page = lab.page
    expect(card(page, "shot 00011")).to_be_visible()
    fits = (
        "() => { const root = document.querySelector('.hw-history'); const right ="
        " root.getBoundingClientRect().right + 1; return [...root.querySelectorAll('.hw-history-card,"
        " .hw-history-detail, .hw-history-facts')].every(node => node.getBoundingClientRect().right"
        " <= right) && root.scrollWidth <= root.clientWidth; }"
    )
    assert page.evaluate(fits)
    press(page, "shot 00011")
    expect(opened(page)).to_be_visible()
    assert page.evaluate(fits)


def test_the_saved_state_holds_no_path_and_no_poster(library):
    lab = library(lambda past: varied(past, 12))
    expect(lab.page.locator(".hw-history-card").first).to_be_visible()
    live = json.dumps([output for output in lab.outputs(0) if "hw-twin" not in json.dumps(output)])
    assert "image/jpeg" not in live
    assert str(Path(lab.server.root)) not in json.dumps(lab.outputs(0))
