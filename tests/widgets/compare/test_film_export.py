"""What the page asks to be filmed, whatever it sends."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hailuo_widgets.errors import InputError
from hailuo_widgets.widgets.compare.saving.film_export import MOST, Layout, layout_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
KNOWN = {"c1", "c2", "c3"}


def test_the_film_is_what_the_page_shows():
    asked = {"cells": ["c2", "c1"], "columns": 2, "loop": [0.5, 1.5], "offsets": [0.25, -1]}
    assert layout_of(asked, KNOWN) == Layout(("c2", "c1"), 2, (0.25, -1.0), (0.5, 1.5))


def test_offsets_stay_with_their_clips_when_another_one_is_gone():
    asked = {"cells": ["gone", "c1", "c2"], "offsets": [9, 0.5, 1]}
    assert layout_of(asked, KNOWN) == Layout(("c1", "c2"), 2, (0.5, 1.0), None)


@given(
    cells=st.lists(JSON | st.sampled_from(sorted(KNOWN)), max_size=6),
    fields=st.fixed_dictionaries({}, optional={"columns": JSON, "loop": JSON, "offsets": JSON}),
)
@example(cells=[["c1"]], fields={"offsets": [1.0, 2.0]})
def test_whatever_comes_with_a_clip_is_a_layout(cells, fields):
    found = layout_of({**fields, "cells": [*cells, "c1"]}, KNOWN)
    assert set(found.cells) <= KNOWN
    assert 1 <= found.columns <= len(found.cells)
    assert len(found.offsets) == len(found.cells)
    assert all(math.isfinite(each) for each in found.offsets)
    assert found.loop is None or 0 <= found.loop[0] < found.loop[1] < math.inf


@pytest.mark.parametrize("cells", [None, [], ["gone"], "c1", [["c1"]]])
def test_no_clip_is_no_film(cells):
    with pytest.raises(InputError, match="nothing to film"):
        layout_of({"cells": cells}, KNOWN)


def test_too_many_are_refused():
    many = [f"c{number}" for number in range(MOST + 1)]
    with pytest.raises(InputError, match="at most 64 clips, and these are 65"):
        layout_of({"cells": many}, set(many))
