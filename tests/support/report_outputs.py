"""Outputs of widgets as a saved notebook holds them."""

from hailuo_widgets.widgets.compare import static_view
from hailuo_widgets.widgets.strip import static_view as strip_twin
from tests.support import report_notebooks

HOSTILE = "</script><script>alert(1)</script>{{ 7 * 7 }}{% raw %}<img src=x onerror=y>"


def comparison(clips, words=("dawn", "storm"), **more):
    """A comparison's outputs, as the widget tells of itself."""
    cells = [
        {
            "id": f"c{number}", "kind": "clip", "number": number, "title": word,
            "words": [["slow ", 0], [word, 2]], "row": 0, "column": number - 1,
            "picture": f"clip:{clip.sha256}", "relpath": "secret/place.mp4", "note": "", "about": "",
            "retry": "Try again · $0.49", "line": {"money": "free"},
            "facts": {"sha256": clip.sha256, "draft": True, "summary": clip.facts},
        }
        for number, (clip, word) in enumerate(zip(clips, words, strict=True), 1)
    ]  # fmt: skip
    head = {
        "same": [["Start frame", "cat.jpg"]], "column_name": "Prompt", "columns": [],
        "row_name": "", "rows": [], "money": "2 drafts · free", "trouble": "", "run": "Run · $9",
        "amount": "$9", "hold": "", "hold_words": "", **more,
    }  # fmt: skip
    poster = clips[0].poster.read_bytes()
    return report_notebooks.outputs(static_view.draw(head, cells, lambda _: poster), "compare")


def strip_of(clips, sound="rain.mp3"):
    return report_notebooks.outputs(strip_twin.draw(clips, 0, sound), "strip")
