"""From a key press to the first painted frame of the preview, in a real JupyterLab."""

import tempfile
from pathlib import Path
from statistics import median

from tests.bench.table import show
from tests.support.browser.chromium import chromium
from tests.support.browser.jupyter_lab import LabPage, LabServer
from tests.support.places import IMAGES

GOAL_SECONDS = 0.5
PICTURES = {"two layers": "dandelions.jpg", "one plane": "great-wall.jpg"}
CHIPS = ["Push in", "Pan left", "Truck right", "Pedestal up", "Zoom out", "Tilt down"]
WORDS = ["falling snow", "drifting dust", "at sunset", "light rain", "at sunrise"]

# The page notes when a key or a button went down, and when a preview was on the screen.
WATCH = """() => {
    const root = document.querySelector('.hw-preview');
    window.pressed = window.painted = 0;
    for (const type of ['keydown', 'pointerdown'])
        window.addEventListener(type, () => (window.pressed = performance.now()), true);
    new MutationObserver(() => (window.painted = performance.now()))
        .observe(root, { attributes: true, attributeFilter: ['data-shown'] });
}"""
PAINTED = "() => window.painted > window.pressed && window.painted - window.pressed"


def _waited(page, press):
    page.evaluate("window.painted = 0")
    press()
    return page.wait_for_function(PAINTED, timeout=30_000, polling=10).json_value() / 1000


def _measure(page):
    prompt = page.get_by_role("textbox", name="Prompt", exact=True)
    chips, keys = [], []
    for name in CHIPS:
        chip = page.get_by_role("button", name=name, exact=True)
        chips.append(_waited(page, chip.click))
        _waited(page, chip.click)
    for words in WORDS:
        prompt.fill("")
        page.wait_for_timeout(1500)
        # All but the last letter first: it is the one that makes the word.
        prompt.press_sequentially(f"slow push in, {words[:-1]}")
        page.wait_for_timeout(1500)
        keys.append(_waited(page, lambda last=words[-1]: prompt.press_sequentially(last)))
    return chips, keys


def run():
    """Print a row for each picture."""
    rows = []
    with tempfile.TemporaryDirectory() as home, chromium() as browser:
        server = LabServer(Path(home, "lab"))
        try:
            for label, name in PICTURES.items():
                source = f"import hailuo_widgets as hw\nhw.Studio({name!r})"
                path = server.notebook(
                    f"preview-{Path(name).stem}", [source], files=[IMAGES / name]
                )
                context = browser.new_context(viewport={"width": 1280, "height": 900})
                lab = LabPage(context.new_page(), server, path).open()
                lab.run_all()
                lab.page.wait_for_selector(".hw-preview[data-shown]", timeout=60_000)
                lab.page.evaluate(WATCH)
                for how, seconds in zip(("chip", "key"), _measure(lab.page), strict=True):
                    middle, worst = (f"{value:.2f}" for value in (median(seconds), max(seconds)))
                    rows.append((f"{label}, {how}", middle, worst))
                context.close()
        finally:
            server.stop()
    title = f"Preview: from a press to the first painted frame (goal: {GOAL_SECONDS} s)"
    show(title, ("picture and press", "median s", "worst s"), rows)


if __name__ == "__main__":
    run()
