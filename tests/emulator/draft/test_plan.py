"""What a prompt is taken to ask of a draft."""

import re
import time
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hailuo_widgets.emulator.draft.paint.light import LOOKS
from hailuo_widgets.emulator.draft.paint.particles import AIR
from hailuo_widgets.emulator.draft.plan.plan import plan
from hailuo_widgets.prompt.camera import COMMANDS
from tests.support.places import DATA

TABLE = DATA / "shots.tsv"
SPEEDS = [  # from, below, what is said of a move and of a shake
    (0.0, 1.0, "slow", "gentle"),
    (1.0, 1.1, "", ""),
    (1.1, 2.5, "fast", "strong"),
    (2.5, 9.0, "very fast", "very strong"),
]
ORBITS = ("Orbit left", "Orbit right")
MOVES = {name.lower(): name for name in (*(command.name for command in COMMANDS), *ORBITS)}
MOVES["tracking shot to the left"] = "Tracking shot left"
IN_THE_AIR = {
    "snow": "falling snow",
    "rain": "rain",
    "dust": "drifting dust",
    "embers": "rising embers",
    "fog": "drifting fog",
}


class Expected(NamedTuple):
    """A row of the table."""

    prompt: str
    camera: str
    light: tuple[str, ...]
    particles: tuple[str, ...]
    not_understood: tuple[str, ...]

    def beats(self):
        """List the moves as (name, pace, start, end), with times in steps of the shot."""
        steps, *whole = self.camera.split(" · ") if self.camera else ("",)
        groups = [step.split(" + ") for step in steps.split(", then ")] if steps else []
        found = [
            (*named(move), number / len(groups), (number + 1) / len(groups))
            for number, group in enumerate(groups)
            for move in group
        ]
        return found + [(*named(move.removesuffix(" throughout")), 0.0, 1.0) for move in whole]


def named(said):
    name, _, pace = said.partition(", ")
    return MOVES[name], pace


def listed(cell):
    return tuple(cell.split(", ")) if cell else ()


def rows():
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            prompt, *cells = line.split("\t")
            camera, light, particles, beyond = [*cells, *[""] * 4][:4]
            yield Expected(
                prompt.replace("\\n", "\n"),
                camera,
                listed(light),
                listed(particles),
                listed(beyond),
            )


SHOTS = list(rows())


def pace_of(beat):
    return next(
        strength if beat.command == "Shake" else pace
        for least, below, pace, strength in SPEEDS
        if least <= beat.speed < below
    )


@pytest.mark.parametrize("expected", SHOTS, ids=lambda expected: expected.prompt)
def test_a_prompt_is_read_as_a_person_would(expected):
    shot = plan(expected.prompt)
    beats = [(beat.command, pace_of(beat), beat.start, beat.end) for beat in shot.beats]
    assert beats == expected.beats()
    assert shot.light == expected.light
    assert shot.particles == expected.particles
    assert shot.not_understood == expected.not_understood


@pytest.mark.parametrize("expected", SHOTS, ids=lambda expected: expected.prompt)
def test_what_was_understood_reads_in_one_line(expected):
    """The camera first, then the light, then what is in the air, each once."""
    parts = [
        expected.camera or "no camera move",
        *expected.light,
        *(IN_THE_AIR[name] for name in expected.particles),
    ]
    assert plan(expected.prompt).understood == " · ".join(parts)


def test_the_table_holds_two_hundred_prompts_and_all_there_is_to_ask():
    asked = {move for expected in SHOTS for move, *_ in expected.beats()}
    assert len({expected.prompt for expected in SHOTS}) == len(SHOTS) >= 200
    assert asked == set(MOVES.values())
    assert {name for expected in SHOTS for name in expected.light} == set(LOOKS)
    assert {name for expected in SHOTS for name in expected.particles} == {*AIR, "fog"}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_becomes_its_move_in_both_languages(command):
    for written in (f"[{command.name}]", f"[{command.chinese}]"):
        (beat,) = plan(written).beats
        assert (beat.command, beat.speed, beat.start, beat.end) == (command.name, 1.0, 0.0, 1.0)


WORDS = (
    "camera shot the a slowly slow push in pulls out pans left right tilt up then and , . [ ]"
    " while as no not static handheld fog snow rain light golden hour night at dusk orbit around"
    " fade to black over from before after of very dolly zoom focus rack lens cut first along"
    " [Push_in] [Orbit_left] [Golden_hour] [Fog] dust sparks tracking later \n"
)
VOCABULARY = st.sampled_from([word.replace("_", " ") for word in WORDS.split(" ")])
TEXTS = st.lists(VOCABULARY, max_size=25).map(" ".join) | st.text(max_size=300)


@given(prompt=TEXTS)
def test_any_text_is_a_shot(prompt):
    shot = plan(prompt)
    assert shot.understood
    assert all(0 <= beat.start < beat.end <= 1 for beat in shot.beats)


@given(prompt=TEXTS)
def test_what_is_not_understood_stands_in_the_prompt_and_is_said_once(prompt):
    shot = plan(prompt)
    assert all(words in prompt for words in shot.not_understood)
    said = [words.lower() for words in shot.not_understood]
    assert len(set(said)) == len(said)


@given(prompt=TEXTS)
@example("fog [fog] [Fog, rack focus]")
def test_nothing_is_both_understood_and_not(prompt):
    shot = plan(prompt)
    parts = {part.lower() for part in re.split(r" · | \+ |, then |, ", shot.understood)}
    assert not parts & {words.lower() for words in shot.not_understood}
    asked = {*shot.light, *shot.particles, *(beat.command for beat in shot.beats)}
    for words in shot.not_understood:
        alone = plan(words)
        assert not asked & {*alone.light, *alone.particles, *(b.command for b in alone.beats)}


@given(prompt=TEXTS)
def test_a_step_asks_for_each_move_once(prompt):
    moments = [(beat.command, beat.start) for beat in plan(prompt).beats]
    assert len(set(moments)) == len(moments)


@given(prompt=TEXTS)
def test_an_effect_is_said_once(prompt):
    shot = plan(prompt)
    said = shot.light + shot.particles
    assert len(set(said)) == len(said)


@pytest.mark.parametrize(
    "piece",
    [
        "the camera slowly ",
        "orbit fade ",
        "dolly ",
        "in right move ",
        "zoom move down dusk ",
        "no fog and the snow ",
        "[a] ",
        "slowly ",
        "\n",
        "lights slowly slowly ",
        "falling and falling and ",
        "pan across to the ",
    ],
)
def test_ten_prompts_worth_of_text_are_read_at_once(piece):
    """No wording takes long, as one would that is tried again from each of its words."""
    started = time.process_time()
    plan((piece * 20_000)[:20_000])
    assert time.process_time() - started < 4
