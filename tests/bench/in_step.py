"""Four 1080p clips under one playhead on a report's page, judged by numbers painted into them.

Half a minute of looped play, 60 frames dragged to, 100 single steps each way. In JupyterLab the
same is printed by ``pytest -s tests/test_compare_lock.py tests/test_lab_compare.py``.
"""

import random
import tempfile
from pathlib import Path

import handed_on
import lockstep_probe as probe
import painted
from browser import chromium
from hailuo_widgets.report.write import report
from test_compare_lock import BOOKS, FILM, FRAMES, settled, stop
from test_report import comparison
from tests.bench.table import show

PLAY_SECONDS, SCRUBS, STEPS = 30, 60, 100
WORDS = ("dawn", "storm", "fog", "rain")


def run():
    """Write a page, open it, and print what was found."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        clips = handed_on.shelf(Path(folder), *painted.copies(painted.film(**FILM), len(WORDS)))
        book = handed_on.save(Path(folder), "# Four moves", comparison(clips, WORDS))
        report(Path(folder, "out.html"), notebook=book)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.goto(Path(folder, "out.html").as_uri())
        page.evaluate(painted.READ)
        probe.install(page)
        page.wait_for_function("count => probe.count() === count", arg=len(WORDS))
        found = probe.drift(page, PLAY_SECONDS, FRAMES)
        stop(page)
        page.hover(".hw-compare-playing")
        page.wait_for_function(BOOKS, arg=FRAMES, timeout=60_000)
        dice = random.Random(5)
        took = probe.scrubs(page, [dice.randrange(FRAMES) for _ in range(SCRUBS)])
        page.evaluate("probe.toFrame(5)")
        settled(page, 5)
        wrong = [
            len(probe.steps(page, name, STEPS, by)[0])
            for name, by in (("Forward one frame", 1), ("Back one frame", -1))
        ]
    rows = [
        ("drift, frames: p95, most", f"{found.p95}, {found.most}", "1, 2"),
        ("a scrub to its painted frame, p95 ms", f"{probe.share(took, 0.95):.0f}", "150"),
        (f"steps of {STEPS} that were wrong: forward, back", f"{wrong[0]}, {wrong[1]}", "0, 0"),
    ]
    show("Four 1080p clips on a report's page", ("what", "measured", "goal"), rows)
