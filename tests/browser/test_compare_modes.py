"""Ways of looking at a comparison in a real JupyterLab: every mode and key, read from the screen."""

import itertools
import re

import pytest
from playwright.sync_api import expect

from hailuo_widgets.library.library import Library
from tests.support import library_factory, samples
from tests.support.browser.jupyter_lab import LabPage
from tests.support.browser.screen_pixels import FRAMES, PRESENTED, Screen, pixels, tinted
from tests.support.films import film_reader, numbered_videos

pytestmark = pytest.mark.browser

PROMPTS = ["red dawn", "blue storm", "red dawn again"]
COMPARE = f"import hailuo_widgets as hw\nhw.compare('frame.jpg', {PROMPTS})"


class Look:
    """A comparison that is open in a page."""

    def __init__(self, lab, which=0):
        self.lab = lab
        self.page = lab.page
        self.root = self.page.get_by_role("group", name="Comparison").nth(which)
        self.clips = self.root.get_by_role("group", name="Clips", exact=True)

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def screen(self):
        """What is seen of the clips, once all of them show what they were sent to."""
        self.page.wait_for_function("() => document.querySelector('.hw-compare[data-settled]')")
        return Screen(pixels(self.clips.screenshot()))

    def presented(self, count):
        """The numbers of the next frames that the first clip presents."""
        video = self.root.get_by_role("group", name=re.compile("^1: ")).locator("video")
        return self.page.evaluate(PRESENTED, [video.element_handle(), count])

    def mode(self, name):
        return self.root.get_by_role("button", name=name, exact=True)

    def says(self, words):
        expect(
            self.root.get_by_role("status").filter(has_text=re.compile(words)).first
        ).to_be_attached()

    def at_frame(self, number):
        """Wait until every clip shows this frame, counted from 1."""
        expect(self.root).to_have_attribute("data-settled", str(number - 1))

    def chip(self, letter):
        return self.clips.get_by_role("note", name=re.compile(f"^{letter}: "))

    def place(self, x, y):
        box = self.clips.bounding_box()
        return box["x"] + box["width"] * x, box["y"] + box["height"] * y

    def passes(self, milliseconds):
        """Let the page's own clock run on."""
        end = self.page.evaluate("ms => performance.now() + ms", milliseconds)
        self.page.wait_for_function("end => performance.now() > end", arg=end)


def opened(chromium, server, name, cells, films_of=(), files=(), **context):
    """Open a notebook with a comparison, of films that its library holds or of files beside it."""
    made = chromium.new_context(accept_downloads=True, **context)
    made.set_default_timeout(30_000)
    path = server.notebook(name, cells)
    folder = (server.root / path).parent
    (folder / "frame.jpg").write_bytes(samples.picture())
    library = Library(folder / "hailuo-library")
    for prompt, data in zip(PROMPTS, films_of, strict=False):
        library_factory.finished(library, samples.request(prompt), data, price=library_factory.FREE)
    library.close()
    for file, data in files:
        (folder / file).write_bytes(data)
    lab = LabPage(made.new_page(), server, path).open()
    lab.run_cell(0)
    look = Look(lab)
    expect(look.clips).to_be_visible()
    look.page.wait_for_function("() => document.querySelector('.hw-compare video')?.videoWidth")
    return look


@pytest.fixture(scope="module")
def reds():
    """Two files that show the same."""
    return numbered_videos.copies(tinted("red"), 2)


@pytest.fixture(scope="module")
def desk(chromium, lab_server, reds):
    """One comparison for the whole module."""
    given = [reds[0], tinted("blue"), reds[1]]
    look = opened(
        chromium, lab_server, "looking", [COMPARE], given, viewport={"width": 1280, "height": 900}
    )
    look.page.wait_for_function(
        "() => [...document.querySelectorAll('.hw-compare video')].filter(v => v.videoWidth).length === 3"
    )
    yield look
    assert look.lab.errors == []
    look.page.context.close()


@pytest.fixture
def look(desk):
    """That comparison as it was at first: the grid, at the first frame, clips 1 and 2 picked."""
    desk.clips.focus()
    desk.press("Escape", "k", "x", "z", "1", "Shift+2", "Home")
    desk.at_frame(1)
    return desk


# -- modes ----------------------------------------------------------------------------------


def test_every_mode_has_a_button_and_a_key(look):
    names = {"Wipe": "w", "Flip": "f", "Onion": "n", "Difference": "d", "Grid": "g"}
    for name, key in names.items():
        look.mode(name).click()
        expect(look.mode(name)).to_have_attribute("aria-pressed", "true")
        look.press("0")
        expect(look.mode("Grid")).to_have_attribute("aria-pressed", "true")
        look.clips.focus()
        look.press(key)
        expect(look.mode(name)).to_have_attribute("aria-pressed", "true")
        look.says(f"^{name}")


def test_the_grid_shows_every_clip_at_the_same_frame(look):
    look.press("ArrowRight", "ArrowRight", "ArrowRight")
    look.at_frame(4)
    for number, tint in zip((1, 2, 3), ("red", "blue", "red"), strict=True):
        cell = look.root.get_by_role("group", name=re.compile(f"^{number}: "))
        video = cell.locator("video")
        screen = Screen(pixels(video.screenshot()))
        assert (screen.number(), screen.tint(0.2, 0.8)) == (3, tint)


def test_coming_back_to_the_grid_nobody_is_waited_for(look):
    """Clip 3 has stood aside at the very frame that is due."""
    look.press("w")
    look.at_frame(1)
    before = look.page.evaluate("performance.now()")
    look.press("Escape", "Home")
    look.at_frame(1)
    assert look.page.evaluate("performance.now()") - before < 1500


def test_the_wipe_follows_the_pointer(look):
    look.press("w")
    screen = look.screen()
    assert (screen.tint(0.25, 0.8), screen.tint(0.75, 0.8)) == ("red", "blue")
    expect(look.chip("A")).to_contain_text("1 · red dawn")
    expect(look.chip("B")).to_contain_text("2 · blue storm")
    for x in (0.2, 0.7):
        look.page.mouse.move(*look.place(x, 0.6))
        screen = look.screen()
        assert (screen.tint(x - 0.06, 0.8), screen.tint(x + 0.06, 0.8)) == ("red", "blue")


def test_the_line_of_the_wipe_is_moved_by_keys(look):
    look.press("w")
    line = look.clips.get_by_role("separator", name="Line between A and B")
    line.focus()
    look.press("Home")
    expect(line).to_have_attribute("aria-valuenow", "0")
    assert look.screen().tint(0.05, 0.8) == "blue"
    look.press("End")
    expect(line).to_have_attribute("aria-valuenow", "100")
    assert look.screen().tint(0.95, 0.8) == "red"
    look.press("ArrowLeft", "Shift+ArrowLeft")
    expect(line).to_have_attribute("aria-valuenow", "88")
    look.at_frame(1)
    look.clips.focus()
    look.press("ArrowDown")
    expect(line).to_have_attribute("aria-valuenow", "86")
    look.root.get_by_role("slider", name="Line between A and B").fill("0.3")
    screen = look.screen()
    assert (screen.tint(0.24, 0.8), screen.tint(0.36, 0.8)) == ("red", "blue")


def test_flip_shows_one_or_the_other_and_says_which(look):
    look.press("f")
    assert look.screen().tint(0.5, 0.8) == "red"
    expect(look.chip("A")).to_be_visible()
    expect(look.chip("B")).to_have_count(0)
    look.press("f")
    assert look.screen().tint(0.5, 0.8) == "blue"
    expect(look.chip("B")).to_contain_text("2 · blue storm")
    expect(look.chip("A")).to_have_count(0)
    look.says("^B is seen: 2 · blue storm")
    look.page.mouse.click(*look.place(0.5, 0.8))
    assert look.screen().tint(0.5, 0.8) == "red"


def test_a_held_key_or_press_only_peeks(look):
    look.press("f")
    look.page.keyboard.down("f")
    assert look.screen().tint(0.5, 0.8) == "blue"
    look.passes(350)
    look.page.keyboard.up("f")
    expect(look.chip("A")).to_be_visible()
    assert look.screen().tint(0.5, 0.8) == "red"
    look.page.mouse.move(*look.place(0.5, 0.8))
    look.page.mouse.down()
    expect(look.chip("B")).to_be_visible()
    assert look.screen().tint(0.5, 0.8) == "blue"
    look.page.mouse.up()
    expect(look.chip("A")).to_be_visible()
    assert look.screen().tint(0.5, 0.8) == "red"


def test_onion_lays_b_over_a_as_thickly_as_asked(look):
    look.press("n")
    slider = look.root.get_by_role("slider", name="Opacity of B")
    slider.fill("0")
    thin = look.screen().at(0.5, 0.8)
    assert look.screen().tint(0.5, 0.8) == "red"
    slider.fill("1")
    thick = look.screen().at(0.5, 0.8)
    assert look.screen().tint(0.5, 0.8) == "blue"
    slider.fill("0.5")
    assert look.screen().at(0.5, 0.8) == pytest.approx((thin + thick) / 2, abs=6)
    look.clips.focus()
    look.press("ArrowUp", "ArrowUp")
    expect(slider).to_have_attribute("aria-valuetext", "60 %")
    assert look.screen().at(0.5, 0.8) == pytest.approx(thin * 0.4 + thick * 0.6, abs=6)
    slider.fill("0.5")


def test_the_difference_is_black_where_clips_are_equal_and_bright_where_not(look):
    look.press("Shift+3", "d")
    assert look.screen().rgb[60:-9, 9:-9].max() < 24  # below the labels
    look.press("Shift+2")
    one = look.screen().at(0.5, 0.8)
    assert one.max() > 60
    slider = look.root.get_by_role("slider", name="Brightness of the difference")
    slider.fill("1")
    plain = look.screen().at(0.5, 0.8)
    look.clips.focus()
    look.press("ArrowUp")
    expect(slider).to_have_attribute("aria-valuetext", "2 x")
    assert look.screen().at(0.5, 0.8).max() == pytest.approx(min(255, plain.max() * 2), abs=8)
    slider.fill("4")


def test_a_frame_of_offset_shows_in_the_difference(look):
    look.press("Shift+3", "d", "]")
    expect(look.root.get_by_role("group", name="Move A by frames")).to_contain_text("+1 frame")
    assert look.screen().rgb[60:-9, 9:-9].max() > 200
    look.press("[")
    expect(look.root.get_by_role("group", name="Move A by frames")).to_contain_text("0 frames")
    assert look.screen().rgb[60:-9, 9:-9].max() < 24


def test_a_clip_stands_against_its_start_image(look):
    look.press("w", "a")
    expect(look.chip("B")).to_contain_text("Start frame")
    screen = look.screen()
    assert screen.tint(0.25, 0.8) == "red"
    assert screen.at(0.75, 0.8) == pytest.approx((90, 140, 200), abs=8)
    look.press("a")
    expect(look.chip("B")).to_contain_text("2 · blue storm")
    look.root.get_by_role("combobox", name="Clip B").select_option(label="Start frame")
    assert look.screen().at(0.75, 0.8) == pytest.approx((90, 140, 200), abs=8)


# -- which two ------------------------------------------------------------------------------


def test_digits_pick_and_b_swaps(look):
    look.press("w", "2")
    expect(look.chip("A")).to_contain_text("2 · blue storm")
    expect(look.chip("B")).to_contain_text("1 · red dawn")
    assert look.screen().tint(0.25, 0.8) == "blue"
    look.press("Shift+3")
    expect(look.chip("B")).to_contain_text("3 · red dawn again")
    look.press("b")
    screen = look.screen()
    assert (screen.tint(0.25, 0.8), screen.tint(0.75, 0.8)) == ("red", "blue")
    look.root.get_by_role("button", name="A and B change places").click()
    assert look.screen().tint(0.25, 0.8) == "blue"
    look.clips.focus()
    look.press("9")
    look.says("There is no clip 9")


def test_lists_pick_too_and_keep_their_keys(look):
    look.press("w")
    clip = look.root.get_by_role("combobox", name="Clip A")
    clip.select_option(label="3 · red dawn again")
    expect(look.chip("A")).to_contain_text("3 · red dawn again")
    clip.focus()
    look.press("g", "d")
    expect(look.mode("Wipe")).to_have_attribute("aria-pressed", "true")


# -- the playhead ---------------------------------------------------------------------------


def test_arrows_step_frames_and_seconds(look):
    look.press("n")
    for key, frame in [
        ("ArrowRight", 2), ("ArrowRight", 3), ("Shift+ArrowRight", 27), ("ArrowLeft", 26),
        ("Shift+ArrowLeft", 2), ("End", FRAMES), ("ArrowRight", FRAMES), ("Home", 1), ("ArrowLeft", 1),
    ]:  # fmt: skip
        look.press(key)
        look.at_frame(frame)
        assert look.screen().number() == frame - 1


def test_space_plays_and_pauses(look):
    look.press("Space")
    expect(look.root.get_by_role("button", name="Pause")).to_be_visible()
    look.page.wait_for_function(
        "() => Number(document.querySelector('.hw-compare').dataset.frame) > 4"
    )
    look.press("Space")
    expect(look.root.get_by_role("button", name="Play", exact=True)).to_be_visible()
    look.press("f")
    now = int(look.root.get_attribute("data-frame"))
    assert look.screen().number() == now > 4


def test_j_k_and_l_shuttle(look):
    speed = look.root.get_by_role("combobox", name="Speed")
    look.press("l")
    expect(look.root.get_by_role("button", name="Pause")).to_be_visible()
    expect(speed).to_have_value("1")
    look.press("l")
    expect(speed).to_have_value("2")
    look.press("l", "l")
    expect(speed).to_have_value("4")
    look.press("j", "j")
    expect(speed).to_have_value("1")
    look.press("k", "End", "f")
    look.at_frame(FRAMES)
    look.press("j")
    backwards = look.root.get_by_text(re.compile(r"Backwards 1x · \d+ of 24 frames a second shown"))
    expect(backwards).to_be_visible()
    seen = look.presented(8)
    # Below the first frame it goes on from the last one.
    assert all(two < one or (one < 8 and two > 40) for one, two in itertools.pairwise(seen)), seen
    look.press("j")
    expect(look.root.get_by_text(re.compile("Backwards 2x"))).to_be_visible()
    look.press("k")
    expect(look.root.get_by_text(re.compile("Backwards"))).to_be_hidden()
    now = int(look.root.get_attribute("data-frame"))
    assert look.screen().number() == now


def test_i_and_o_set_the_loop_and_x_clears_it(look):
    look.press("f", *["ArrowRight"] * 10)
    look.at_frame(11)
    look.press("i", *["ArrowRight"] * 5)
    look.at_frame(16)
    look.press("o")
    look.says("Loop from 0.42 to 0.67 seconds")
    look.press("l")
    seen = look.presented(16)
    # The next one may be presented before the browser is told to go back.
    assert all(10 <= number <= 16 for number in seen)
    assert sum(two < one for one, two in itertools.pairwise(seen)) >= 2
    look.press("k", "Backspace")
    look.says("No loop")
    look.press("End")
    look.at_frame(FRAMES)
    look.root.get_by_role("button", name="Loop begins here").click()
    look.says("Loop from 1.96 to 2.00 seconds")
    look.root.get_by_role("button", name="No loop").click()
    expect(look.root.get_by_role("button", name="No loop")).to_be_disabled()


def test_the_picked_clip_moves_by_frames(look):
    look.press("f", *["ArrowRight"] * 5)
    look.at_frame(6)
    look.press("]", "]", "]")
    assert look.screen().number() == 8
    look.press("f")
    assert look.screen().number() == 5
    look.press("[", "[", "[", "[")
    look.press("f")
    assert look.screen().number() == 4
    look.root.get_by_role("button", name="A one frame later").click()
    assert look.screen().number() == 5


# -- looking closer -------------------------------------------------------------------------

PLACES = """() => [...document.querySelectorAll('.hw-compare-screen video')].map(video => {
    const cell = video.closest('.hw-compare-screen').getBoundingClientRect();
    const own = video.getBoundingClientRect();
    return [(own.x - cell.x) / cell.width, (own.y - cell.y) / cell.height, own.width / cell.width];
})"""


def places(look):
    """Where each video lies in its cell, in shares of it, and how many times as wide it is."""
    return [[round(each, 3) for each in place] for place in look.page.evaluate(PLACES)]


def test_the_wheel_zooms_all_clips_alike_and_the_point_under_it_stays(look):
    cell = look.root.get_by_role("group", name=re.compile("^1: ")).locator("video").bounding_box()
    at = cell["x"] + cell["width"] * 0.25, cell["y"] + cell["height"] * 0.75
    look.page.mouse.move(*at)
    look.page.keyboard.down("Control")
    look.page.mouse.wheel(0, -480)
    look.page.keyboard.up("Control")
    expect(look.root.get_by_role("button", name=re.compile("^Zoom [2-4]00 %"))).to_be_visible()
    first, *others = places(look)
    x, y, scale = first
    assert scale > 1.9
    assert others == [first] * 2
    assert ((0.25 - x) / scale, (0.75 - y) / scale) == pytest.approx((0.25, 0.75), abs=0.004)


def test_the_wheel_alone_scrolls_the_page_unless_one_looks_closer(look):
    look.page.evaluate(
        "() => { window.taken = []; addEventListener('wheel', e => taken.push(e.defaultPrevented)); }"
    )

    def turn():
        before = look.page.evaluate("taken.length")
        look.page.mouse.move(*look.place(0.5, 0.3))
        look.page.mouse.wheel(0, -120)
        look.page.wait_for_function(f"() => taken.length > {before}")
        return look.page.evaluate("taken.at(-1)"), places(look)[0][2]

    assert turn() == (False, 1)
    look.press("+")
    assert turn() == (True, pytest.approx(1.25 * 2**0.5, abs=0.01))
    look.page.evaluate("document.activeElement.blur()")
    assert turn() == (False, pytest.approx(1.25 * 2**0.5, abs=0.01))


def test_keys_zoom_pan_and_go_back(look):
    look.press("+", "+", "=")
    assert places(look)[0][2] == pytest.approx(1.25**3, abs=0.002)
    look.press("-")
    x = places(look)[0][0]
    assert places(look)[0][2] == pytest.approx(1.25**2, abs=0.002)
    look.press("Alt+ArrowRight")
    assert places(look)[0][0] == pytest.approx(x - 0.1, abs=0.002)
    look.press("Alt+ArrowDown")
    look.press("z")
    assert places(look) == [[0, 0, 1]] * 3


def test_a_drag_pans_and_a_double_click_goes_back(look):
    look.press("n", "+", "+", "+", "+")
    look.page.mouse.move(*look.place(0.5, 0.5))
    look.page.mouse.down()
    look.page.mouse.move(*look.place(0.6, 0.55), steps=4)
    look.page.mouse.up()
    shown = [place for place in places(look) if place[2] > 1]
    assert len(shown) == 2
    scale = 1.25**4
    assert shown[0] == pytest.approx(
        [0.5 - 0.5 * scale + 0.1, 0.5 - 0.5 * scale + 0.05, scale], abs=0.01
    )
    assert shown[0] == shown[1]
    look.page.mouse.dblclick(*look.place(0.5, 0.5))
    expect(look.root.get_by_role("button", name=re.compile("^Zoom 100 %"))).to_be_disabled()


# -- what is kept ---------------------------------------------------------------------------


def test_the_frames_are_saved_as_one_labelled_picture(look):
    look.press("w", "ArrowRight", "ArrowRight")
    look.at_frame(3)
    with look.page.expect_download() as saved:
        look.press("s")
    assert re.fullmatch(r"comparison-\d+\.\d\ds\.png", saved.value.suggested_filename)
    found = Screen(pixels(saved.value.path().read_bytes()))
    height, width = found.light.shape
    assert width > 2 * 320
    assert height > 180 + 20
    assert found.tint(0.25, 0.2) == "red"
    assert found.tint(0.75, 0.2) == "blue"
    look.press("g")
    with look.page.expect_download() as saved:
        look.root.get_by_role("button", name="Save frames").click()
    assert Screen(pixels(saved.value.path().read_bytes())).light.shape[1] > 3 * 320


def test_a_contact_sheet_shows_the_same_instants_of_every_clip(look):
    look.press("ArrowRight", "ArrowRight", "c")
    sheet = look.page.get_by_role("dialog", name="Contact sheet")
    expect(sheet.get_by_role("img", name="3 clips at 6 instants")).to_be_visible()
    keep = sheet.get_by_role("button", name="Save as PNG")
    expect(keep).to_be_enabled()
    sheet.get_by_role("combobox", name="Instants").select_option("3 instants")
    expect(sheet.get_by_role("img", name="3 clips at 3 instants")).to_be_visible()
    expect(keep).to_be_enabled()
    with look.page.expect_download() as saved:
        keep.click()
    found = pixels(saved.value.path().read_bytes())
    assert numbers_on(found) == [[0, 24, 47]] * 3
    look.press("Escape")
    expect(sheet).to_be_hidden()
    look.at_frame(3)
    expect(look.clips).to_be_focused()


def numbers_on(rgb):
    """The painted numbers of a sheet's pictures, row by row."""
    import numpy as np

    pictures = np.abs(rgb.astype(int) - rgb[0, 0]).max(axis=2) > 40
    rows = runs(pictures.mean(axis=1) > 0.7)
    found = []
    for top, bottom in rows:
        columns = runs(pictures[top:bottom].mean(axis=0) > 0.7)
        light = rgb.mean(axis=2)
        found.append(
            [
                film_reader.number(light, (left, top, right - left, bottom - top))
                for left, right in columns
            ]
        )
    assert np.shape(found)
    return found


def runs(flags):
    edges = [0, *(i for i in range(1, len(flags)) if flags[i] != flags[i - 1]), len(flags)]
    return [(a, b) for a, b in itertools.pairwise(edges) if flags[a] and b - a > 20]


def test_the_comparison_is_saved_as_one_film(look, tmp_path):
    look.press("w", *["ArrowRight"] * 4)
    look.at_frame(5)
    look.press("i", *["ArrowRight"] * 7)
    look.at_frame(12)
    look.press("o")
    with look.page.expect_download() as saved:
        look.root.get_by_role("button", name="Save as MP4").click()
    assert re.fullmatch(r"comparison-[\d-]+\.mp4", saved.value.suggested_filename)
    path = tmp_path / "film.mp4"
    saved.value.save_as(path)
    assert len(film_reader.decoded(path)) == 8


# -- help, and who hears the keys -----------------------------------------------------------


def test_the_list_of_keys_is_a_dialog(look):
    look.press("?")
    keys = look.page.get_by_role("dialog", name="Keys")
    for words in ["Play or pause", "Wipe: A left of the line, B right of it", "This list"]:
        expect(keys.get_by_text(words)).to_be_visible()
    for key in ["Space", "J", "W", "F", "N", "D", "[", "]", "Z", "S", "C", "?"]:
        expect(keys.get_by_text(key, exact=True)).to_be_visible()
    for _ in range(5):
        look.press("Tab")
        assert look.page.evaluate(
            "document.activeElement.closest('dialog') !== null || document.activeElement === document.body"
        )
    look.press("d")
    look.press("Escape")
    expect(keys).to_be_hidden()
    expect(look.clips).to_be_focused()
    expect(look.mode("Grid")).to_have_attribute("aria-pressed", "true")
    look.root.get_by_role("button", name="Keys").click()
    keys.get_by_role("button", name="Close").click()
    expect(keys).to_be_hidden()


def test_jupyterlab_hears_none_of_the_keys(look):
    count = "() => window.jupyterapp.shell.currentWidget.content.model.cells.length"
    before = look.page.evaluate(count)
    look.press(*"abxdccdvzjkmyio", "Shift+m", "Escape")
    look.page.keyboard.press("Escape")
    assert look.page.evaluate(count) == before
    source = "() => window.jupyterapp.shell.currentWidget.content.model.cells.get(0).sharedModel.getSource()"
    assert look.page.evaluate(source) == COMPARE


def test_keys_mean_nothing_outside_of_the_widget(look):
    look.page.evaluate("document.activeElement.blur()")
    look.press("w")
    expect(look.mode("Grid")).to_have_attribute("aria-pressed", "true")


# -- bad clips, one clip, a phone -----------------------------------------------------------


BROKEN = """\
from hailuo_widgets.widgets.compare.compare import Compare
Compare({name: f"{name}.mp4" for name in ["good", "gone", "broken", "odd"]})
"""

ONE = "Compare({'only': 'good.mp4'})"


def test_what_is_missing_broken_or_alone_says_so_and_the_rest_goes_on(chromium, lab_server):
    # The kit can read the odd one, and the browser can not.
    files = [
        ("good.mp4", tinted("red")),
        ("broken.mp4", b"no film" * 99),
        ("odd.mp4", tinted("blue", codec="mpeg4")),
    ]
    look = opened(chromium, lab_server, "looking-broken", [BROKEN, ONE], files=files)
    page = look.page
    look.clips.focus()
    look.press("k", "Home", "w")
    expect(look.chip("B")).to_contain_text("2 · gone")
    expect(look.clips.get_by_text("“gone.mp4” cannot be read: No such file")).to_be_visible()
    assert look.screen().tint(0.25, 0.7) == "red"
    look.press("Shift+3")
    expect(look.clips.get_by_text("“broken.mp4” cannot be shown")).to_be_visible()
    for key in "fndg":
        look.press(key)
    with page.expect_download() as saved:
        look.press("s")
    assert Screen(pixels(saved.value.path().read_bytes())).tint(0.1, 0.2) == "red"
    look.press("c")
    sheet = page.get_by_role("dialog", name="Contact sheet")
    expect(sheet.get_by_text("1 of 2 clips could not be shown.")).to_be_visible()
    expect(sheet.get_by_role("button", name="Save as PNG")).to_be_enabled()
    look.press("Escape")
    film = look.root.get_by_role("button", name="Save as MP4")
    with page.expect_download() as saved:
        film.click()
    assert saved.value.path().stat().st_size > 1000
    (lab_server.root / "looking-broken" / "odd.mp4").unlink()
    film.click()
    expect(look.root.get_by_role("alert").filter(has_text="odd")).to_be_visible()
    expect(film).to_be_enabled()

    look.lab.run_cell(1)
    alone = Look(look.lab, 1)
    alone.mode("Wipe").click()
    alone.says("only one clip")
    expect(alone.mode("Grid")).to_have_attribute("aria-pressed", "true")
    assert look.lab.errors == []
    page.context.close()


def test_a_phone_wipes_by_a_finger_and_zooms_by_two(chromium, lab_server, reds):
    size = {"width": 380, "height": 780}
    given = [reds[0], tinted("blue"), reds[1]]
    look = opened(
        chromium, lab_server, "looking-phone", [COMPARE], given, viewport=size, has_touch=True
    )
    page = look.page
    fits = """() => { const root = document.querySelector('.hw-compare'), right = root.getBoundingClientRect().right + 1;
        return [...root.querySelectorAll('button, select, input, output, .hw-compare-cell')]
            .filter(node => node.checkVisibility()).every(node => node.getBoundingClientRect().right <= right)
            && root.scrollWidth <= root.clientWidth; }"""
    assert page.evaluate(fits)
    look.mode("Wipe").tap()
    assert page.evaluate(fits)
    look.clips.scroll_into_view_if_needed()
    look.clips.focus()
    look.press("k")
    client = page.context.new_cdp_session(page)

    def touch(kind, *at):
        points = [
            dict(zip("xy", look.place(*place), strict=True), id=finger)
            for finger, place in enumerate(at)
        ]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (0.5, 0.8))
    for x in (0.45, 0.4, 0.3):
        touch("touchMove", (x, 0.8))
    touch("touchEnd")
    screen = look.screen()
    assert (screen.tint(0.2, 0.85), screen.tint(0.4, 0.85)) == ("red", "blue")

    touch("touchStart", (0.45, 0.5))
    touch("touchStart", (0.45, 0.5), (0.55, 0.5))
    for step in (0.05, 0.1, 0.15):
        touch("touchMove", (0.45 - step, 0.5), (0.55 + step, 0.5))
    touch("touchEnd")
    shown = [place for place in places(look) if place[2] > 1]
    assert shown[0] == pytest.approx([-1.5, -1.5, 4], abs=0.2)
    assert shown[0] == shown[1]
    line = look.clips.get_by_role("separator")
    assert 20 <= int(line.get_attribute("aria-valuenow")) <= 50
    page.context.close()
