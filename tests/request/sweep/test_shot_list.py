"""Shot lists: what people write is read, what is written is read again without loss."""

import csv
import dataclasses
import io
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hailuo_widgets.errors import InputError
from hailuo_widgets.prompt import template
from hailuo_widgets.request.sweep import grid, shot_list
from hailuo_widgets.request.sweep.shot_list import Shot
from tests.support.samples import picture

# Whatever can be sent: everything but halves of characters.
ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
NASTY = st.sampled_from(
    ["", " ", "\n", "\r", "\r\n", "\0", '"', '""', "'", "'=1+1", "''=x", "=cmd|' /C calc'!A0", "-5",
     "\t=x", "+", "@", "\uff1d", ",", ";", "\t", "\ufeff", "{", "}}", "{{x}}", "\u202e", "\x1f", "x\x1fy"]
)  # fmt: skip
PROMPT = ANYTHING | NASTY | st.builds(str.__add__, NASTY, ANYTHING)
VISIBLE = PROMPT.filter(str.strip)


def read(text, **how):
    return shot_list.read(text.encode() if isinstance(text, str) else text, **how)


# -- there and back ---------------------------------------------------------------------------


@given(
    st.lists(
        st.builds(
            Shot,
            prompt=PROMPT.map(template.literal).map(lambda text: text or None),
            image=VISIBLE,
            end_image=st.none() | VISIBLE,
            enable_prompt_expansion=st.none() | st.booleans(),
            take=st.integers(1, 999_999_999),
            skip=st.booleans(),
        ),
        min_size=1,
        max_size=5,
    )
)
@example([Shot("'=x", "-a.jpg", "=b"), Shot("''=x", "'-a.jpg", " +")])
def test_what_is_written_is_read_again_without_loss(shots):
    assert shot_list.read(shot_list.write(shots)) == shots


@given(PROMPT, PROMPT)
def test_words_of_variables_come_back_too(move, light):
    shots = [Shot("{move}, {light}", "a.jpg", variables={"move": move, "light": light})]
    assert shot_list.read(shot_list.write(shots)) == shots


@given(VISIBLE)
def test_a_spreadsheet_runs_none_of_it(prompt):
    written = shot_list.write([Shot(template.literal(prompt), prompt, prompt)])
    cells = [cell for row in csv.reader(io.StringIO(written.decode("utf-8-sig"), newline=""))
             for cell in row]  # fmt: skip
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d"))]


@given(st.lists(PROMPT, min_size=1, max_size=4, unique=True), st.booleans())
def test_a_sweep_of_any_prompts_is_the_same_sweep_after_its_list(prompts, both):
    made = grid.plan(
        picture(),
        [template.literal(prompt) for prompt in prompts],
        enable_prompt_expansion=(True, False) if both else True,
        takes=2,
        skip=None if len(prompts) == 1 else {"prompt": template.literal(prompts[0])},
    )
    shots = shot_list.read(shot_list.write(made.shots(lambda _: "a.jpg")))
    nowhere = [dataclasses.replace(shot, image=None) for shot in shots]
    again = grid.plan_of(nowhere, Path(), image=picture())
    assert [(cell.request, cell.take, cell.skipped) for cell in again.cells] == [
        (cell.request, cell.take, cell.skipped) for cell in made.cells
    ]
    assert [factor.name for factor in again.factors] == [factor.name for factor in made.factors]


# -- what people write ------------------------------------------------------------------------

PLAIN = "image,prompt,take\na.jpg,push in,2\n"


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode(),
        PLAIN.replace(",", "\t").encode("utf-16"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.replace(",", ", ").encode(),
        b"Image,PROMPT,Take\na.jpg,push in,2",
        b"image,prompt,take,,\na.jpg,push in,2,,\n,,,,\n\n",
        b"take,prompt,image\n2,push in,a.jpg\n",
    ],
)
def test_a_list_is_read_as_spreadsheets_and_people_write_it(data):
    (shot,) = shot_list.read(data)
    assert (shot.image.strip(), shot.prompt.strip(), shot.take) == ("a.jpg", "push in", 2)


def test_a_list_of_prompts_alone_needs_no_quotes():
    shots = read("prompt\nslow push in, golden hour\n\n[Pan left]; dusk\n")
    assert [shot.prompt for shot in shots] == ["slow push in, golden hour", "[Pan left]; dusk"]
    assert [shot.row for shot in shots] == [2, 4]


def test_columns_of_variables_are_split_without_any_of_ours():
    shots = read("move;light\npush in;dawn, fog\n", template="{move}, {light}")
    assert [shot.variables for shot in shots] == [{"move": "push in", "light": "dawn, fog"}]


def test_names_of_columns_may_have_blanks_and_dashes():
    (shot,) = read("End Image,enable-prompt-expansion\nb.jpg,No\n")
    assert (shot.end_image, shot.enable_prompt_expansion) == ("b.jpg", False)


@pytest.mark.parametrize(
    ("word", "means"),
    [
        ("TRUE", True),
        ("1", True),
        ("on", True),
        ("x", True),
        ("", None),
        ("no", False),
        ("0", False),
    ],
)
def test_a_switch_is_said_in_many_ways(word, means):
    (shot,) = read(f"prompt,enable_prompt_expansion\nx,{word}\n")
    assert shot.enable_prompt_expansion is means


def test_cells_that_are_missing_at_the_end_of_a_row_are_empty():
    (shot,) = read("prompt,image,take\npush in\n")
    assert (shot.image, shot.take) == (None, 1)


# -- what is no list --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("prompt\n", "no rows"),
        ("prompt\n\n\n", "no rows"),
        ("prompt,mood\nx,sad\n", "a column “mood” that no prompt uses. Allowed are image, prompt,"),
        ("prompt,prompt\nx,y\n", "two columns “prompt”"),
        ("prompt,Prompt\nx,y\n", "two columns “prompt”"),
        ("prompt,take\nx,0\n", "Row 2: take is a whole number from 1, not “0”"),
        ("prompt,take\nx,1.5\n", "not “1.5”"),
        ("prompt,take\nx,²\n", "not “²”"),
        ("prompt,enable_prompt_expansion\nx,\ny,maybe\n", "Row 3: enable_prompt_expansion is true"),
        ("prompt,image\npush in, slow, dawn,a.jpg\n", "Row 2 of the shot list has 4 fields"),
        ("prompt,\nx,y\n", "a column without a name"),
        (b"prompt\n\xff\xfa\n", "not UTF-8"),
        (f"prompt,image\nx,{'y' * 200_000}\n", "Row 2 of the shot list cannot be read as CSV"),
    ],
)
def test_what_is_no_list_is_a_sentence(text, said):
    with pytest.raises(InputError) as told:
        read(text)
    assert said in str(told.value)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_list_or_a_sentence(data):
    try:
        shots = shot_list.read(data)
    except InputError:
        return
    assert shots


def test_ten_thousand_rows_are_a_list():
    assert len(read("prompt\n" + "".join(f"shot {number}\n" for number in range(10_000)))) == 10_000


# -- templates --------------------------------------------------------------------------------


@given(PROMPT)
def test_a_literal_prompt_has_no_variables_and_is_itself(prompt):
    assert template.variables_of(template.literal(prompt)) == ()
    assert template.filled(template.literal(prompt), {}) == prompt


@given(PROMPT, PROMPT)
def test_words_are_put_in_as_they_are(move, light):
    assert template.filled("{move} {{x}} {light}{move}", {"move": move, "light": light}) == (
        f"{move} {{x}} {light}{move}"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a { b", "brace stands alone"),
        ("a } b", "brace stands alone"),
        ("{}", "names no variable"),
        ("{1}", "names no variable"),
        ("{a b}", "names no variable"),
        ("{a:>3}", "names no variable"),
        ("{{{x}", "x was not given"),
        ("{x}", "x was not given"),
    ],
)
def test_a_template_that_makes_no_sense_is_a_sentence(text, said):
    with pytest.raises(InputError, match=said):
        template.filled(text, {})
