"""The scripts and styles as the page gets them."""

import base64
import re
from pathlib import Path

import pytest

from hailuo_widgets.widgets import assets
from hailuo_widgets.widgets.assets import script, style

STATIC = Path(assets.__file__).parent / "static"
WIDGETS = ["frame_well", "history", "job_view", "player", "studio"]
ADDRESS = re.compile(r'from "data:text/javascript;base64,([^"]+)"')


def leaves(text):
    """Every module inside a script, by the name it gives itself, with its address."""
    found = {}
    for address in ADDRESS.findall(text):
        inner = base64.b64decode(address).decode()
        name = re.search(r"sourceURL=hailuo_widgets/(\w+)\.js", inner)[1]
        found[name] = address
        found.update(leaves(inner))
    return found


@pytest.mark.parametrize("stem", WIDGETS)
def test_a_script_holds_all_it_imports(stem):
    text = script(stem)
    modules = [text, *(base64.b64decode(address).decode() for address in leaves(text).values())]
    assert not any(re.search(r'(from|import) "(?!data:)', module) for module in modules)
    assert not any(re.search(r"import\(", module) for module in modules)


def test_a_leaf_has_one_address_in_all_widgets():
    """One address is one module on the page: its clips are then shared."""
    known = {}
    for stem in WIDGETS:
        for name, address in leaves(script(stem)).items():
            assert known.setdefault(name, address) == address
    assert {"dom", "clips", "clock", "messages", "transfer"} <= set(known)


def test_comments_stay_behind_and_strings_do_not():
    text = script("frame_well")
    assert "@typedef" not in text
    assert 'placeholder: "https://' in text
    assert "/*" not in style("studio")


@pytest.mark.parametrize("stem", WIDGETS)
def test_a_style_begins_with_the_theme(stem):
    assert style(stem).lstrip().startswith(".hw {")


def test_nothing_is_fetched_from_elsewhere():
    for file in STATIC.iterdir():
        text = file.read_text(encoding="utf-8")
        outside = set(re.findall(r"https?://[\w.]+", text)) - {"http://www.w3.org"}
        assert not outside, file.name
        assert "@import" not in text
        assert "url(" not in text


def test_markup_is_never_made_of_text():
    for file in STATIC.glob("*.js"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text)


def test_what_a_headless_run_saves_stays_small():
    """A saved Studio holds two wells, one player and the form, each with script and style."""
    stems = ["frame_well", "frame_well", "player", "studio"]
    assert sum(len(script(stem)) + len(style(stem)) for stem in stems) < 180_000
