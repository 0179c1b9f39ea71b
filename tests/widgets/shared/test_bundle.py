"""The scripts and styles as the page gets them."""

import base64
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hailuo_widgets import widgets
from hailuo_widgets.widgets.shared.bundle import script, style

ROOMS = Path(widgets.__file__).parent
SCRIPTS = sorted(ROOMS.rglob("*.js"))
WIDGETS = ["compare", "frame_well", "history", "job_view", "player", "strip", "studio"]
ADDRESS = re.compile(r'from "data:text/javascript;base64,([^"]+)"')


def shared(text):
    """Every module that a script shares with others, by the name it gives itself."""
    found = {}
    for address in ADDRESS.findall(text):
        inner = base64.b64decode(address).decode()
        name = re.search(r"sourceURL=hailuo_widgets/([\w/]+)\.js", inner)[1]
        found[name] = address
        found.update(shared(inner))
    return found


def variable(file):
    """What a module is called within a script."""
    return "_".join(file.relative_to(ROOMS).with_suffix("").parts)


def modules(stem):
    text = script(stem)
    return [text, *(base64.b64decode(address).decode() for address in shared(text).values())]


@pytest.mark.parametrize("stem", WIDGETS)
def test_a_script_holds_all_it_imports(stem):
    for module in modules(stem):
        assert not re.search(r'(from|import) "(?!data:)', module)
        assert not re.search(r"import\(", re.sub(r"/\*.*?\*/", "", module))
        used = set(re.findall(r"^const \{[^}]*\} = \$(\w+);$", module, re.MULTILINE))
        held = re.findall(r"^(?:const|import \* as) \$(\w+)", module, re.MULTILINE)
        assert used == set(held)
        assert len(held) == len(set(held))


@pytest.mark.parametrize("stem", WIDGETS)
def test_a_script_is_a_module_that_a_page_can_read(stem, tmp_path):
    """Read by Node, whose modules are the browser's: all that is taken from a leaf is there."""
    place = tmp_path / "widget.mjs"
    place.write_text(script(stem), encoding="utf-8")
    reader = f"const w = await import({place.as_uri()!r}); console.log(typeof w.default.render)"
    done = subprocess.run(
        [Path(sys.executable).with_name("node"), "--input-type=module", "--eval", reader],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout.strip(), done.stderr) == ("function", "")
    for names, leaf in re.findall(r"^const \{([^}]*)\} = \$(\w+);$", script(stem), re.MULTILINE):
        wanted = {name.split(":")[0].strip() for name in names.split(",")}
        (file,) = [file for file in SCRIPTS if variable(file) == leaf]
        text = file.read_text(encoding="utf-8")
        assert wanted - {""} <= set(
            re.findall(r"^export .*?(?:function|const|class) (\w+)", text, re.MULTILINE)
        )


def test_a_shared_leaf_has_one_address_in_all_widgets():
    """One address is one module on the page: its clips are then shared."""
    known = {}
    for stem in WIDGETS:
        for name, address in shared(script(stem)).items():
            assert known.setdefault(name, address) == address
    assert set(known) == {"page/clip_cache"}


def test_what_a_page_holds_once_is_shared():
    """A module that remembers something of the page would remember it once a widget."""
    memory = re.compile(r"^(?:let|const \w+ = new (?:Map|WeakMap)\b)", re.MULTILINE)
    keeping = {file.stem for file in SCRIPTS if memory.search(file.read_text("utf-8"))}
    assert keeping == {"clip_cache"}


def test_comments_stay_behind_and_strings_do_not():
    text = script("frame_well")
    assert "@typedef" not in text
    assert 'placeholder: "https://' in text
    assert "/*" not in style("studio")


@pytest.mark.parametrize("stem", WIDGETS)
def test_a_style_begins_with_the_theme(stem):
    assert style(stem).lstrip().startswith(".hw {")


def test_nothing_is_fetched_from_elsewhere():
    for file in [*SCRIPTS, *ROOMS.rglob("*.css")]:
        text = file.read_text(encoding="utf-8")
        outside = set(re.findall(r"https?://[\w.]+", text)) - {"http://www.w3.org"}
        assert not outside, file.name
        assert "@import" not in text
        assert "url(" not in text


def test_markup_is_never_made_of_text():
    for file in SCRIPTS:
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text)


def test_what_a_headless_run_saves_stays_small():
    """A saved Studio holds two wells, one player and the form, each with script and style."""
    stems = ["frame_well", "frame_well", "player", "studio"]
    assert sum(len(script(stem)) + len(style(stem)) for stem in stems) < 150_000


def test_no_text_in_backquotes_goes_on_in_a_next_line():
    """Scripts are handed on without the blanks that their lines begin with."""
    for file in SCRIPTS:
        for line in file.read_text(encoding="utf-8").splitlines():
            assert line.count("`") % 2 == 0, (file.name, line)


def test_a_page_gets_the_icons_that_it_draws():
    assert "const PICTURE =" in script("frame_well")
    assert "const DIFFERENCE =" not in script("frame_well")
    assert "const DIFFERENCE =" in script("compare")
