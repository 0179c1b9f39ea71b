"""Limits come first: what is too long is judged by its length, and not read."""

import contextlib
import time
from pathlib import Path

import pytest

from hailuo_widgets.errors import InputError, PromptError
from hailuo_widgets.prompt import camera, template, word_diff
from hailuo_widgets.request.sweep import grid, shot_list
from tests.support.samples import picture

HUGE = {
    "letters": "a" * 10**6,
    "moves": "slow push in then pan left, " * 36_000,
    "brackets": "[Push in] " * 100_000,
    "open": "[a," * 333_000,
    "quotes": '"' * 10**6,
    "accents": "e" + "\u0301" * 10**6,
    "braces": "{" * 500_000 + "}" * 500_000,
}


@pytest.fixture(params=HUGE.values(), ids=HUGE)
def huge(request):
    return request.param


def quick(work):
    start = time.process_time()
    work()
    # Reading them took from 10 s to a minute.
    assert time.process_time() - start < 1.5


def test_a_prompt_that_cannot_be_sent_is_told_by_its_length(huge):
    def work():
        assert camera.lint(huge)[0].rule == "length"
        camera.camera_moves(huge, orbits=True)
        camera.unlisted_words(huge)
        with pytest.raises(PromptError, match="the service takes 2,000"):
            camera.with_command(huge, "Push in")

    quick(work)


def test_a_sweep_of_such_prompts_is_told_by_their_length(huge):
    def work():
        with pytest.raises(PromptError, match="the service takes 2,000"):
            grid.plan(picture(), ["dawn", huge])
        with pytest.raises(InputError):
            grid.plan(picture(), "{a}", variables={"a": huge})

    quick(work)


def test_a_list_with_such_a_prompt_is_refused_soon(huge):
    def work():
        # Most are too long for a field already; else their prompt is.
        with contextlib.suppress(InputError):
            shots = shot_list.read(("image,prompt\nx," + huge + "\n").encode())
            with pytest.raises(PromptError):
                grid.plan_of(shots, Path(), image=picture())

    quick(work)


def test_such_prompts_are_not_compared_word_by_word(huge):
    def work():
        assert word_diff.marked([huge, "dawn"]) == [[(huge, word_diff.SHARED)], [("dawn", 1)]]

    quick(work)


# -- prompts with braces ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        '{"shot": {"camera": "slow push in", "light": ["dawn"]}}',
        '[{"a": 1}, {"b": "{"}]',
        "a {red|blue} boat at {dawn|night}",
        "{}",
        "{1} of {2-4}",
        "{{push|pan} in|static}",
    ],
)
def test_a_prompt_with_braces_is_sent_as_it_is_where_no_words_are_given(text):
    (cell,) = grid.plan(picture(), text).cells
    assert cell.request.prompt == text
    shots = shot_list.read(shot_list.write(grid.plan(picture(), text).shots(lambda _: "a.jpg")))
    assert template.filled(shots[0].prompt, {}) == text
    made = grid.plan(picture(), [text, "dawn"])
    assert [each.levels for each in made.factors if each.name == "prompt"] == [(text, "dawn")]


@pytest.mark.parametrize("text", ['{"move": "{move}"}', "{move} of {a|b}"])
def test_with_words_a_brace_that_is_no_variable_is_told(text):
    with pytest.raises(InputError, match="as in JSON"):
        grid.plan(picture(), text, variables={"move": ["push", "pan"]})


@pytest.mark.parametrize("text", ["{move", "{move} in", "{{x} y"])
def test_a_slip_stays_a_slip(text):
    with pytest.raises(InputError):
        grid.plan(picture(), text)
