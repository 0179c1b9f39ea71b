"""The comparison in a real JupyterLab: it fills in, waits for a press on a price, outlives its kernel.

And the passes of `test_compare_lock` again, behind a proxy of one port under a path prefix.
"""

import json
import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from hailuo_widgets.library.library import Library
from tests.support import library_factory, samples
from tests.support.browser import lockstep_probe as probe
from tests.support.browser.jupyter_lab import LabPage, LabServer
from tests.support.browser.lockstep import FILM, READY, plays_scrubs_and_steps
from tests.support.counting_proxy import Relay
from tests.support.films import film_reader, numbered_videos

pytestmark = pytest.mark.browser

PROMPTS = ["slow push in, dawn", "slow push in, storm light", "[Pan left] dawn"]
EVIL = '<img src=x onerror="window.hacked=1"> [Pan left] <b>x</b>'
LONG = "a very long prompt about one slow shot, " * 50
ARRIVAL_MS = 90_000
SIZE = (1280, 1400)


@pytest.fixture
def compared(lab):
    """Open a comparison of clips that the library holds already: ``compared({prompt: film})``."""

    def opened(given, *more, call="hw.compare('frame.jpg', {prompts!r})", **how):
        source = call.format(prompts=list(given))
        page = lab(f"import hailuo_widgets as hw\ngrid = {source}", *more, run=False,
                   size=how.pop("size", SIZE), **how)  # fmt: skip
        fill((page.server.root / page.path).parent, given)
        page.run_cell(0)
        return page

    return opened


def fill(folder, given):
    """Put a start frame beside the notebook, and clips of these prompts into its library."""
    (folder / "frame.jpg").write_bytes(samples.picture())
    library = Library(folder / "hailuo-library")
    for prompt, data in given.items():
        library_factory.finished(library, samples.request(prompt), data, price=library_factory.FREE)
    library.close()


def comparison(page):
    return page.get_by_role("group", name="Comparison")


def cell(page, number):
    return page.get_by_role("group", name=re.compile(f"^{number}: "))


def connected(emulator, budget=5):
    """Lines that connect to the paid service, which the emulator plays."""
    return (
        "import hailuo_widgets as hw\n"
        f"hw.connect('wavespeed', budget={budget}, api_key={emulator.key!r},"
        f" base_url={emulator.url!r}, tier='ultra')"
    )


def test_a_paid_grid_waits_for_its_button_fills_in_and_mends_a_failed_cell(lab, emulator):
    """From the price to the last clip; then the page is loaded anew."""
    prompts = [*PROMPTS, "slow push in, night", "slow push in, noon"]
    emulator.fault(15)
    emulator.renderer.open.clear()
    opened = lab(
        connected(emulator), f"grid = hw.compare('frame.jpg', {prompts})", run=False, size=SIZE
    )
    page = opened.page
    grid = comparison(page)
    ((opened.server.root / opened.path).parent / "frame.jpg").write_bytes(samples.gradient())
    opened.run_cell(0)
    opened.run_cell(1)
    expect(grid.get_by_text(re.compile(r"\$2\.45.*Nothing was sent"))).to_be_visible()
    # Posters before clips: the start frame stands for each of them.
    page.wait_for_function(
        "() => [...document.querySelectorAll('.hw-compare-image')].filter(i => i.naturalWidth).length >= 5"
    )
    for number, prompt in enumerate(prompts, 1):
        expect(cell(page, number).get_by_text(prompt)).to_be_visible()
    expect(grid.locator("mark.hw-compare-differs")).to_have_text(
        ["storm light", "[Pan left]", "night", "noon"]
    )
    assert emulator.bill()["rows"] == []

    grid.get_by_role("button", name="Run 5 · $2.45").click()
    expect(grid.get_by_text(re.compile("0 of 5 clips here"))).to_be_visible()
    expect(cell(page, 2).get_by_text(re.compile("accepted|processing|created"))).to_be_visible()
    emulator.renderer.open.set()
    again = grid.get_by_role("button", name="Try again · $0.49")
    expect(again).to_be_visible(timeout=ARRIVAL_MS)
    expect(grid.get_by_text(re.compile("4 of 5 clips here"))).to_be_visible(timeout=ARRIVAL_MS)
    failed = page.locator(".hw-compare-cell[data-state='without']")
    expect(failed.get_by_text("The service failed this generation")).to_be_visible()
    again.click()
    expect(grid.get_by_text(re.compile("^5 clips"))).to_be_visible(timeout=ARRIVAL_MS)
    expect(again).to_be_hidden()
    deducted = [row for row in emulator.bill()["rows"] if row["billing_type"] == "deduct"]
    assert len(deducted) == 6
    page.wait_for_function(READY, arg=5)
    expect(grid.get_by_role("button", name="Pause", exact=True)).to_be_enabled()

    opened.save()
    opened.reload()
    expect(grid.get_by_text(re.compile("^5 clips"))).to_be_visible()
    page.wait_for_function(READY, arg=5)
    expect(grid.get_by_text("64 x 36 · 24 fps")).to_be_visible()
    assert opened.errors == []


def test_a_refused_budget_is_a_sentence_where_the_clips_would_be(lab, emulator):
    opened = lab(connected(emulator, budget=0.6), f"grid = hw.compare('frame.jpg', {PROMPTS})",
                 run=False)  # fmt: skip
    ((opened.server.root / opened.path).parent / "frame.jpg").write_bytes(samples.gradient())
    opened.run_cell(0)
    opened.run_cell(1)
    expect(opened.page.get_by_role("alert").filter(has_text="$1.47")).to_be_visible()
    expect(opened.page.get_by_role("button", name="Run 3 · $1.47")).to_be_enabled()
    assert emulator.bill()["rows"] == []


def test_prompts_are_text_and_long_ones_are_cut_until_they_are_opened(compared):
    small = numbered_videos.copies(film_reader.small(frames=24), 3)
    opened = compared(dict(zip([EVIL, LONG, "雪が静かに降る 🎬 שלום"], small, strict=True)))
    page = opened.page
    page.wait_for_function(READY, arg=3)
    expect(cell(page, 1).get_by_text("<b>x</b>")).to_be_visible()
    text = cell(page, 2).locator(".hw-compare-words")
    expect(text).to_contain_text("about one slow shot")
    short = text.bounding_box()["height"]
    assert short < 80
    cell(page, 2).get_by_role("button", name="More").click()
    assert text.bounding_box()["height"] > 2 * short
    cell(page, 2).get_by_role("button", name="Less").click()
    assert page.evaluate("window.hacked") is None
    assert opened.errors == []


def test_clips_jobs_files_and_sweeps_are_shown_alike(compared):
    small = numbered_videos.copies(film_reader.small(frames=24), 2)
    opened = compared(
        dict(zip(PROMPTS[:2], small, strict=True)),
        "grid.clips[0].path.with_name('beside.mp4').write_bytes(grid.clips[0].path.read_bytes())\n"
        "hw.Compare({'one': grid.clips[0], 'file': grid.clips[0].path.with_name('beside.mp4'),"
        " 'missing': 'nowhere.mp4'})",
        f"hw.Sweep('frame.jpg', {PROMPTS}, service='emulator')",
        size=(1280, 2600),
    )
    page = opened.page
    opened.run_cell(1)
    second = comparison(page).nth(1)
    expect(second.get_by_role("group", name=re.compile("^2: file"))).to_be_visible()
    expect(second.get_by_text("“nowhere.mp4” cannot be read")).to_be_visible()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.hw-compare video')].filter(v => v.videoWidth).length === 4"
    )
    opened.run_cell(2)
    third = comparison(page).nth(2)
    expect(third.get_by_role("button", name="Render 1 draft · free")).to_be_enabled()
    expect(third.get_by_role("group", name=re.compile("^3: "))).to_be_visible()


def test_a_saved_notebook_is_small_and_readable_without_its_kernel(compared, lab):
    prompts = [f"shot {number}, {light}" for number in range(4) for light in ("dawn", "storm")]
    eight = numbered_videos.copies(film_reader.small(frames=24, width=640, height=360), 8)
    opened = compared(dict(zip(prompts, eight, strict=True)))
    page = opened.page
    page.wait_for_function(READY, arg=8)
    expect(page.locator(".hw-twin").first).to_be_hidden()
    text = opened.save()
    assert len(text) < 300_000
    assert text.count("data:image/jpeg;base64,") == 8
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.close()

    for trusted in (True, False):
        again = lab("1", run=False, name=f"compared-{trusted}", size=SIZE)
        content = json.loads(text)
        if not trusted:
            # A file from somewhere else has no valid signature.
            content["metadata"]["from"] = "elsewhere"
        (again.server.root / again.path).write_text(json.dumps(content))
        again.page.evaluate("window.jupyterapp.shell.currentWidget.context.revert()")
        if trusted:
            again.page.evaluate(
                "() => { for (const cell of window.jupyterapp.shell.currentWidget.content.model.cells)"
                " cell.trusted = true; }"
            )
        twin = again.page.locator(".hw-twin").first
        expect(twin).to_be_visible()
        expect(twin.locator("img")).to_have_count(8)
        expect(twin.get_by_text("shot 3, storm")).to_be_visible()
        expect(again.page.get_by_text("Error displaying widget")).to_have_count(0)


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """A JupyterLab as Binder and JupyterHub serve it: one port is passed on, under a prefix."""
    server = LabServer(tmp_path_factory.mktemp("hub"), base_url="/user/ann/")
    origin, _, prefix = server.url.removeprefix("http://").partition("/")
    relay = Relay(f"http://{origin}")
    yield SimpleNamespace(
        url=f"{relay.url}/{prefix}", token=server.token, root=server.root, notebook=server.notebook
    )
    relay.close()
    server.stop()


@pytest.mark.alone
def test_in_step_behind_a_proxy_of_one_port_under_a_prefix(hub, chromium):
    prompts = [f"shot {number}" for number in range(4)]
    path = hub.notebook("hub", [f"import hailuo_widgets as hw\nhw.compare('frame.jpg', {prompts})"])
    copies = numbered_videos.copies(numbered_videos.film(**FILM), 4)
    fill((hub.root / path).parent, dict(zip(prompts, copies, strict=True)))
    context = chromium.new_context(viewport={"width": SIZE[0], "height": SIZE[1]})
    context.set_default_timeout(60_000)
    opened = LabPage(context.new_page(), hub, path)
    page, asked = opened.page, []
    page.on("request", lambda request: asked.append(request.url))
    opened.open()
    opened.run_cell(0)
    page.wait_for_function(READY, arg=4)
    probe.install(page)

    plays_scrubs_and_steps(page, seconds=10, samples=30, scrubs=40, steps=25, start=40)

    # Everything came through that one port, each clip once.
    outside = [url for url in asked if not url.startswith((hub.url, "blob:", "data:"))]
    assert outside == []
    fetched = [url for url in asked if url.endswith(".mp4")]
    assert len(fetched) == len(set(fetched)) == 4
    assert opened.errors == []
    context.close()
