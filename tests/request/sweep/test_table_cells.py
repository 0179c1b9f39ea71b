"""Table files: no cell is a formula, whichever separator a spreadsheet opens them with."""

import csv
import io
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hailuo_widgets.prompt import template
from hailuo_widgets.request.sweep import shot_list
from hailuo_widgets.request.sweep.shot_list import Shot
from hailuo_widgets.text import from_cell, to_cell

SIGNS = "=+-@＝＋－＠\t\r"  # noqa: RUF001
PARTS = st.sampled_from(
    [*SIGNS, ",", ";", "|", "\n", "\r\n", "'", '"', " ", "\u00a0", "x", "\ufeff"]
)
TEXT = st.lists(PARTS, max_size=12).map("".join) | st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXT)
@example("x;=cmd|' /C calc'!A0")
@example("'';'=x\t=y")
def test_a_cell_gives_its_text_back(text):
    assert from_cell(to_cell(text)) == text


@given(TEXT)
def test_no_part_of_a_cell_begins_like_a_formula(text):
    for part in re.split(r"[,;|\t\r\n]", to_cell(text)):
        assert not part.startswith(tuple(SIGNS))
        assert not part.lstrip(' "\u00a0\ufeff').startswith(tuple(SIGNS))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@given(TEXT.filter(str.strip), TEXT.filter(str.strip))
def test_a_shot_list_runs_nothing_whatever_it_is_opened_with(separator, prompt, image):
    written = shot_list.write([Shot(template.literal(prompt), image, image)])
    text = written.decode("utf-8-sig")
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
        for cell in row:
            assert not cell.startswith(tuple(SIGNS)), (cell, text)


def test_prose_keeps_its_signs():
    for text in ["a - b", "slow push in -> pan", "50 + 50", "look, 'tis dawn", "1=1", "it's, 'so'"]:
        assert to_cell(text) == text == from_cell(text)
