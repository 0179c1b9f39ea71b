"""The page's typedefs and Python's typed dictionaries describe one and the same state."""

import re
from pathlib import Path

import pytest

from hailuo_widgets.widgets import compare
from hailuo_widgets.widgets.compare.state import (
    CellState,
    CellWithLine,
    HeadState,
    blank_cell,
    blank_head,
)

FOLDER = Path(compare.__path__[0])


def properties_of(typedef):
    """Return the keys of a JSDoc typedef, wherever in the comparison's scripts it stands."""
    found = [
        block
        for script in FOLDER.rglob("*.js")
        for block in re.findall(r"/\*\*.*?\*/", script.read_text(encoding="utf-8"), re.DOTALL)
        if re.search(rf"@typedef \{{object\}} {typedef}\b", block)
    ]
    (block,) = found
    return re.findall(r"@property \{.*\} (\w+)", block)


@pytest.mark.parametrize(
    ("typedef", "state"), [("CellState", CellWithLine), ("HeadState", HeadState)]
)
def test_the_page_knows_the_same_keys(typedef, state):
    assert sorted(properties_of(typedef)) == sorted(state.__annotations__)


def test_blank_states_have_every_key():
    assert blank_cell("c1", "clip").keys() == CellState.__annotations__.keys()
    assert blank_head().keys() == HeadState.__annotations__.keys()
