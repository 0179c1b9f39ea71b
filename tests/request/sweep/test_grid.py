"""Sweeps laid out: which cells there are, in which order, and what cannot be one."""

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hailuo_widgets.errors import FrameError, InputError, PromptError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.request.sweep import shot_list
from hailuo_widgets.request.sweep.grid import Factor, plan, plan_of
from hailuo_widgets.request.video_request import VideoRequest
from tests.support.samples import gradient, picture

FRAME = Frame(picture(), name="harbour.jpg")
OTHER = Frame(gradient(), name="lake.jpg")
WORDS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=6), min_size=1,
                 max_size=3, unique=True)  # fmt: skip


def names(made):
    return [factor.name for factor in made.factors]


# -- the grid ---------------------------------------------------------------------------------


def test_three_by_four_by_two_are_24_cells_and_the_last_factor_changes_fastest():
    made = plan(
        FRAME,
        "{move}, {light}",
        takes=2,
        variables={"move": ["push in", "pan left", "static"], "light": ["dawn", "noon", "dusk", 9]},
    )
    assert made.factors == (
        Factor("move", ("push in", "pan left", "static")),
        Factor("light", ("dawn", "noon", "dusk", "9")),
        Factor("image", ("harbour.jpg",)),
        Factor("take", ("1", "2")),
    )
    assert [cell.index for cell in made.cells] == list(range(24))
    assert [cell.request.prompt for cell in made.cells[:4]] == ["push in, dawn"] * 2 + [
        "push in, noon"
    ] * 2
    assert [cell.take for cell in made.cells[:4]] == [1, 2, 1, 2]
    assert dict(made.cells[23].values) == {
        "move": "static",
        "light": "9",
        "image": "harbour.jpg",
        "take": "2",
    }


@given(WORDS, WORDS, st.integers(1, 3), st.booleans())
def test_every_combination_is_there_once_in_row_major_order(moves, lights, takes, both):
    made = plan(
        FRAME,
        "{move}|{{{light}}}",
        takes=takes,
        enable_prompt_expansion=(False, True) if both else True,
        variables={"move": moves, "light": lights},
    ) if _distinct(moves, lights) else None  # fmt: skip
    if made is None:
        return
    levels = [factor.levels for factor in made.factors]
    assert [tuple(cell.values.values()) for cell in made.cells] == list(itertools.product(*levels))
    assert [
        (cell.request.prompt, cell.take, cell.request.enable_prompt_expansion)
        for cell in made.cells
    ] == [
        (f"{move}|{{{light}}}", take, expansion)
        for move in moves
        for light in lights
        for expansion in ((False, True) if both else (True,))
        for take in range(1, takes + 1)
    ]


def _distinct(moves, lights):
    prompts = [f"{move}|{{{light}}}" for move in moves for light in lights]
    return len(set(prompts)) == len(prompts)


def test_only_what_was_asked_for_is_a_factor():
    assert names(plan(FRAME, "x")) == ["prompt", "image"]
    assert names(plan(FRAME, "{a}", variables={"a": "x"})) == ["a", "image"]
    assert names(plan(FRAME, ["{a}", "no {a}"], variables={"a": "x"})) == ["prompt", "a", "image"]
    assert names(plan(FRAME, "x", enable_prompt_expansion=False)) == [
        "prompt",
        "image",
        "expansion",
    ]
    assert names(plan(FRAME, "x", takes=[3])) == ["prompt", "image", "take"]
    assert names(plan(FRAME, "x", end_image=OTHER)) == ["prompt", "image", "end image"]


def test_pictures_have_names_and_none_is_a_level_of_its_own():
    made = plan(
        {"sea": FRAME, "hill": OTHER}, "x", end_image=[None, FRAME], enable_prompt_expansion=[False]
    )
    assert made.factors[1:3] == (
        Factor("image", ("sea", "hill")),
        Factor("end image", ("none", "harbour.jpg")),
    )
    assert [cell.request.end_image for cell in made.cells] == [None, FRAME, None, FRAME]


def test_pictures_of_one_name_can_be_told_apart(tmp_path):
    paths = []
    for folder, data in (("a", picture()), ("b", gradient())):
        (tmp_path / folder).mkdir()
        paths.append(tmp_path / folder / "frame.jpg")
        paths[-1].write_bytes(data)
    made = plan(paths, "x")
    assert made.factors[1] == Factor("image", ("frame.jpg", "frame.jpg (2)"))
    assert set(made.addresses.values()) == set(map(str, paths))


def test_an_array_is_one_picture_and_a_picture_is_read_once():
    made = plan(np.zeros((720, 1280, 3), np.uint8), ["a", "b"], takes=2)
    assert len({id(cell.request.image) for cell in made.cells}) == 1


# -- leaving out ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "skip",
    [
        {"light": "night"},
        [{"light": "night", "move": "push"}, {"light": "night", "move": "pan"}],
        lambda values: values["light"] == "night",
    ],
)
def test_a_cell_that_is_left_out_keeps_its_place(skip):
    made = plan(
        FRAME, "{move} {light}", skip=skip, variables={"move": ["push", "pan"],
                                                       "light": ["day", "night"]}
    )  # fmt: skip
    assert [cell.skipped for cell in made.cells] == [False, True, False, True]
    assert [cell.index for cell in made.cells] == [0, 1, 2, 3]


def test_levels_of_other_kinds_are_named_as_they_are_given():
    made = plan(
        FRAME,
        "x",
        end_image=[None, OTHER],
        enable_prompt_expansion=(True, False),
        takes=2,
        skip=[{"expansion": False, "take": 2}, {"end image": None, "expansion": True}],
    )
    assert [
        (cell.values["end image"], cell.values["expansion"], cell.take)
        for cell in made.cells
        if not cell.skipped
    ] == [("none", "off", 1), ("lake.jpg", "on", 1), ("lake.jpg", "on", 2), ("lake.jpg", "off", 1)]


@pytest.mark.parametrize(
    ("skip", "said"),
    [
        ({"mood": "sad"}, "names “mood”, which does not vary. There are move, image"),
        ({"move": "fly"}, "names move “fly”, and there is none. There are push, pan"),
        ([{}], "skip is a function"),
        (["push"], "skip is a function"),
        (lambda _: True, "Every cell is left out"),
    ],
)
def test_what_leaves_out_nothing_that_is_there_is_a_sentence(skip, said):
    with pytest.raises(InputError) as told:
        plan(FRAME, "{move}", skip=skip, variables={"move": ["push", "pan"]})
    assert said in str(told.value)


def test_a_cell_that_is_left_out_may_be_like_another():
    words = {"a": ["x", "xy"], "b": ["yz", "z"]}
    made = plan(FRAME, "{a}{b}", skip={"a": "xy", "b": "z"}, variables=words)
    assert [cell.request.prompt for cell in made.cells if not cell.skipped] == ["xyz", "xz", "xyyz"]


# -- what is no sweep -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"prompt": "{move}"}, "has {move}, and move was not given"),
        ({"prompt": "{move"}, "brace stands alone"),
        ({"prompt": "x", "variables": {"move": "y"}}, "move was given, and the prompt “x” has no"),
        (
            {"prompt": ["{a}", "x"], "variables": {"a": ["1", "2"]}},
            "the prompt “x” has no {a}: its cells would be the same",
        ),
        ({"prompt": ["x", "x"]}, "prompt has “x” twice"),
        ({"prompt": "{a}", "variables": {"a": ["1", 1]}}, "a has “1” twice"),
        (
            {"prompt": "{a}{b}", "variables": {"a": ["x", "xy"], "b": ["yz", "z"]}},
            "Two cells are the same take of the same request: a x, b yz, image harbour.jpg and a xy",
        ),
        ({"image": [FRAME, FRAME]}, "image has “harbour.jpg” twice"),
        ({"image": {"a": FRAME, "b": FRAME}}, "the same take of the same request"),
        ({"image": []}, "image is an empty list"),
        ({"image": [FRAME, None]}, "image holds None where a picture belongs"),
        ({"prompt": []}, "prompt is an empty list"),
        ({"prompt": 5}, "prompt is a text or a list of texts"),
        ({"prompt": "{a}", "variables": {"a": None}}, "a is a text, a number, or a list"),
        ({"prompt": "{a}", "variables": {"a": [True]}}, "a is a text, a number, or a list"),
        ({"prompt": "{a}", "variables": {"a": []}}, "a is an empty list"),
        ({"prompt": "{take}", "variables": {"take": [1]}}, "take cannot be a variable"),
        ({"takes": 0}, "takes is how many"),
        ({"takes": True}, "takes is how many"),
        ({"takes": [1, 0]}, "takes is how many"),
        ({"takes": [2, 2]}, "take has “2” twice"),
        ({"takes": 10**12}, "takes is how many"),
        ({"takes": []}, "take is an empty list"),
        ({"enable_prompt_expansion": "yes"}, "enable_prompt_expansion is True, False"),
        (
            {"prompt": "{a}{b}{c}", "variables": {name: list(range(50)) for name in "abc"}},
            "125,000 cells",
        ),
    ],
)
def test_what_is_no_sweep_is_a_sentence(how, said):
    given_ = {"image": FRAME, "prompt": "x", **how}
    with pytest.raises(InputError) as told:
        plan(given_.pop("image"), given_.pop("prompt"), **given_)
    assert said in str(told.value)


def test_a_prompt_that_cannot_be_sent_is_told_with_its_cell():
    with pytest.raises(PromptError, match=r"^Move y+….*2,001 characters"):
        plan(FRAME, "{move}", variables={"move": ["x", "y" * 2001]})


def test_a_picture_that_cannot_be_sent_is_told_with_its_name():
    with pytest.raises(FrameError, match=r"small\.jpg"):
        plan(Frame(picture(200, 200), name="small.jpg"), "x")


def test_an_array_that_is_no_picture_is_a_sentence():
    with pytest.raises(FrameError):
        plan(np.zeros((5,), np.float32), "x")


# -- shot lists as sweeps ---------------------------------------------------------------------


def listed(text, folder, **how):
    return plan_of(shot_list.read(text.encode(), template=how.get("prompt")), folder, **how)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "harbour.jpg").write_bytes(picture())
    (tmp_path / "lake.jpg").write_bytes(gradient())
    return tmp_path


def test_paths_are_seen_from_the_lists_folder(folder):
    made = listed(
        f"image,end_image,prompt\npictures/harbour.jpg,lake.jpg ,x\n{folder}/lake.jpg,,y\n", folder
    )
    assert [cell.request for cell in made.cells] == [
        VideoRequest(picture(), "x", gradient()),
        VideoRequest(gradient(), "y"),
    ]


def test_rows_in_the_order_of_a_grid_are_one(folder):
    made = listed(
        "move,light,take\n" + "".join(
            f"{move},{light},{take}\n"
            for move, light, take in itertools.product(("push", "pan"), ("dawn", "dusk"), (1, 2))
        ),
        folder, image=FRAME, prompt="{move} at {light}",
    )  # fmt: skip
    assert made.factors == (
        Factor("move", ("push", "pan")),
        Factor("light", ("dawn", "dusk")),
        Factor("image", ("harbour.jpg",)),
        Factor("take", ("1", "2")),
    )
    assert made.cells[7].request.prompt == "pan at dusk"


def test_other_rows_are_one_shot_after_the_other(folder):
    made = listed("prompt,image\na,lake.jpg\nb,pictures/harbour.jpg\nc,lake.jpg\n", folder)
    assert made.factors == (Factor("shot", ("1", "2", "3")),)
    assert [cell.values["shot"] for cell in made.cells] == ["1", "2", "3"]


def test_a_row_marked_to_be_left_out_keeps_its_place(folder):
    made = listed("prompt,skip\na,\nb,x\nc,\n", folder, image=FRAME)
    assert [cell.skipped for cell in made.cells] == [False, True, False]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prompt\nx\n", "Row 2 has no image"),
        ("prompt,image\nx,lake.jpg\ny,river.jpg\n", "Row 3: There is no file “river.jpg”"),
        ("prompt,image\nx,lake.jpg\nx,lake.jpg\n", "same request: row 2 and row 3"),
        ("prompt,image\n{move},lake.jpg\n", "Row 2: The prompt “{move}” has {move}"),
        ("prompt,image\n{,lake.jpg\n", "Row 2: A brace stands alone"),
        ("prompt,image,a\n{a},lake.jpg,1\nx,lake.jpg,2\n", "Row 3 gives a, and its prompt has no"),
        (f"prompt,image\n{'y' * 2001},lake.jpg\n", "Row 2: The prompt has 2,001 characters"),
        ("prompt,image,skip\nx,lake.jpg,x\n", "Every cell is left out"),
        ("prompt,image\nx,\0.jpg\n", "Row 2: “.jpg” cannot be read"),
    ],
)
def test_a_row_that_cannot_be_sent_is_told_by_its_number(folder, text, said):
    with pytest.raises(InputError) as told:
        listed(text, folder)
    assert said in str(told.value)


def test_ten_thousand_cells_read_each_picture_once(folder):
    rows = "".join(f"shot {number},lake.jpg\n" for number in range(10_000))
    made = listed("prompt,image\n" + rows, folder)
    assert len(made.cells) == 10_000
    assert len({id(cell.request.image) for cell in made.cells}) == 1
    assert math.prod(len(factor.levels) for factor in made.factors) == 10_000


def test_a_list_of_more_rows_than_a_sweep_has_cells_is_a_sentence():
    with pytest.raises(InputError, match="50,001 rows; at most 50,000"):
        plan_of([shot_list.Shot("x")] * 50_001, Path(), image=FRAME)
