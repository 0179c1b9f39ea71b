"""A library of 10,000 jobs in a real JupyterLab: opening it, searching it, and what crosses over."""

import tempfile
from pathlib import Path
from statistics import median

from tests.bench.table import show
from tests.support.browser.chromium import chromium
from tests.support.browser.jupyter_lab import LabPage, LabServer
from tests.support.large_libraries import Past, photographs, varied

JOBS = 10_000
OPEN_GOAL_SECONDS = 1.0
SEARCH_GOAL_SECONDS = 0.1
WORDS = ["falling snow", "neon", "shot 0077", "dust golden", "best"]

SHOW = "history = hw.History()\nhistory"
PREPARE = "import hailuo_widgets as hw\nimport hailuo_widgets.widgets.history.history"

# From the press on Run: the first card's text, and the moment all posters in view are decoded.
OPEN = """index => new Promise(done => {
    const began = performance.now();
    const notebook = window.jupyterapp.shell.currentWidget.content;
    notebook.activeCellIndex = index;
    void window.jupyterapp.commands.execute('notebook:run-cell');
    let text = 0;
    const look = () => {
        const output = notebook.widgets[index].outputArea.node;
        const cards = [...output.querySelectorAll('.hw-history-card:not(.hw-history-empty)')]
            .filter(card => card.getBoundingClientRect().height > 0);
        if (cards.length && !text) text = performance.now() - began;
        const posters = cards.map(card => card.querySelector('.hw-history-poster'));
        if (cards.length && posters.every(image => image.complete && image.naturalWidth))
            return requestAnimationFrame(() => done([text, performance.now() - began, cards.length]));
        requestAnimationFrame(look);
    };
    look();
})"""

# From a key to the frame in which the answer stands; posters may follow.
WATCH = """() => {
    const root = [...document.querySelectorAll('.hw-history')].at(-1);
    window.painted = 0;
    window.addEventListener('keydown', () => (window.pressed = performance.now()), true);
    const count = root.querySelector('.hw-history-count');
    let before = count.textContent;
    new MutationObserver(() => {
        if (count.textContent === before) return;
        before = count.textContent;
        requestAnimationFrame(() => setTimeout(() => (window.painted = performance.now())));
    }).observe(count, { childList: true, characterData: true, subtree: true });
}"""
PAINTED = "() => window.painted > window.pressed && window.painted - window.pressed"
KEPT = "() => document.querySelectorAll('.hw-history-card').length"


def _searches(page):
    """Seconds from each key that changes what is found, to the new count and cards."""
    search = page.get_by_role("searchbox", name="Search prompts and notes").last
    waited = []
    for words in WORDS:
        search.fill("")
        page.wait_for_timeout(400)
        for letter in words:
            before = page.locator(".hw-history-count").last.text_content()
            page.evaluate("window.painted = 0")
            search.press(letter if letter != " " else "Space")
            page.wait_for_timeout(250)
            if page.locator(".hw-history-count").last.text_content() != before:
                waited.append(page.evaluate(PAINTED) / 1000)
    return waited


def run():
    """Print what opening and searching take, with the kit imported before and not."""
    rows = []
    with tempfile.TemporaryDirectory() as home, chromium() as browser:
        server = LabServer(Path(home, "lab"))
        try:
            path = server.notebook(
                "history", [f"import hailuo_widgets as hw\n{SHOW}", PREPARE, SHOW]
            )
            folder = server.root / "history" / "hailuo-library"
            varied(Past(folder, photographs()).quickly(), JOBS).library.close()
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            lab = LabPage(context.new_page(), server, path).open()
            cold = lab.page.evaluate(OPEN, 0)
            lab.run_cell(1)
            warm = [lab.page.evaluate(OPEN, 2) for _ in range(5)]
            rows.append(
                ("opening in a fresh kernel, imports included, text", f"{cold[0] / 1000:.2f}")
            )
            rows.append(("the same, all posters in view", f"{cold[1] / 1000:.2f}"))
            rows.append(("opening, text", f"{median(each[0] for each in warm) / 1000:.2f}"))
            rows.append(
                ("opening, all posters in view", f"{median(each[1] for each in warm) / 1000:.2f}")
            )
            lab.page.evaluate(WATCH)
            seconds = _searches(lab.page)
            rows.append((f"a search, median of {len(seconds)} keys", f"{median(seconds):.3f}"))
            rows.append(("a search, the slowest", f"{max(seconds):.3f}"))
            context.close()
        finally:
            server.stop()
    title = (
        f"History of {JOBS:,} jobs (goals: {OPEN_GOAL_SECONDS:g} s to open, "
        f"{SEARCH_GOAL_SECONDS:g} s to search; {warm[0][2]} posters in view)"
    )
    show(title, ("what", "seconds"), rows)


if __name__ == "__main__":
    run()
