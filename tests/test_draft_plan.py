"""What a prompt is taken to ask of a draft."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hailuo_widgets.emulator.draft.light import LOOKS
from hailuo_widgets.emulator.draft.particles import AIR
from hailuo_widgets.emulator.draft.plan import plan
from hailuo_widgets.emulator.draft.wording import LIGHT, PARTICLES
from hailuo_widgets.request.prompt import COMMANDS

UNDERSTOOD = {
    "": "no camera move",
    "slow push in, golden hour light, drifting dust": "push in, slow · golden light · drifting dust",
    "A man picks up a book [Pedestal up], then reads [Static shot].": (
        "pedestal up, then static shot"
    ),
    "[Pan left,Pedestal up]": "pan left + pedestal up",
    "[左摇，推进]": "pan left + push in",  # noqa: RUF001
    "[Push in,Zoom out]": "push in + zoom out",
    "whip pan right": "pan right, very fast",
    "the camera quickly zooms out": "zoom out, fast",
    "push in, then orbit right slowly": "push in, then orbit right, slow",
    "the camera arcs around him to the left": "orbit left",
    "orbit clockwise around the statue": "orbit left",
    "orbit counterclockwise": "orbit right",
    "[Orbit left]": "orbit left",
    "[Arc right][Push in]": "orbit right, then push in",
    "tracking shot of a runner, right to left": "tracking shot left",
    # Light
    "night falls over the town": "no camera move · night",
    "day turns to night": "no camera move · night",
    "the lights slowly dim": "no camera move · night",
    "dawn breaks over the hills": "no camera move · dawn",
    "as the sun rises": "no camera move · dawn",
    "at sunset": "no camera move · golden light",
    "the room turns golden": "no camera move · golden light",
    "flickering neon": "no camera move · flicker",
    "by candlelight": "no camera move · flicker",
    "fade to black": "no camera move · fade to black",
    "the shot fades out to white": "no camera move · fade to white",
    # In the air
    "snow": "no camera move · falling snow",
    "it snows": "no camera move · falling snow",
    "light snow falling on the roofs": "no camera move · falling snow",
    "snowflakes swirl in the wind": "no camera move · falling snow",
    "heavy rain, wet street": "no camera move · rain",
    "it starts raining": "no camera move · rain",
    "a train in the rain": "no camera move · rain",
    "dust motes in a sunbeam": "no camera move · drifting dust",
    "embers rise from the fire": "no camera move · rising embers",
    "sparks fly": "no camera move · rising embers",
    "fog rolling in": "no camera move · drifting fog",
    "thick mist over the lake": "no camera move · drifting fog",
    "night falls and it starts raining": "no camera move · night · rain",
    # Traps
    "Snow White in a frying pan": "no camera move",
    "a snow leopard on a snow-capped mountain": "no camera move",
    "rain boots and a raincoat": "no camera move",
    "a training session on terrain": "no camera move",
    "a golden retriever at the Golden Gate": "no camera move",
    "a dusty road, a dust jacket": "no camera move",
    "a Zoom call with static noise": "no camera move",
    "a knight in shining armour": "no camera move",
    "a satellite orbits the earth": "no camera move",
    "colours fade with age": "no camera move",
    "the circle of life": "no camera move",
    # Not wanted
    "no snow": "no camera move",
    "without any fog": "no camera move",
    "it isn't raining": "no camera move",
    "never at sunset": "no camera move",
    "no rain but heavy snow": "no camera move · falling snow",
    "don't orbit": "no camera move",
}


@pytest.mark.parametrize("prompt", UNDERSTOOD)
def test_a_prompt_is_understood(prompt):
    assert plan(prompt).understood == UNDERSTOOD[prompt]


NOT_UNDERSTOOD = {
    "slow push in": (),
    "push in, rack focus to the door": ("rack focus",),
    "[Rack focus, Push in]": ("Rack focus",),
    "[Dutch angle] slow motion": ("Dutch angle", "slow motion"),
    "[Push out]": ("Push out",),
    "lens flare, shallow depth of field": ("lens flare", "shallow depth of field"),
    "no lens flare": (),
    "[Orbit left]": (),
    "smoke rises, cut to the street": ("smoke", "cut to"),
}


@pytest.mark.parametrize("prompt", NOT_UNDERSTOOD)
def test_what_no_draft_shows_is_said(prompt):
    assert plan(prompt).not_understood == NOT_UNDERSTOOD[prompt]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_becomes_its_move_in_both_languages(command):
    for written in (f"[{command.name}]", f"[{command.chinese}]"):
        (beat,) = plan(written).beats
        assert (beat.command, beat.speed, beat.start, beat.end) == (command.name, 1.0, 0.0, 1.0)


def test_moves_in_sequence_share_the_time():
    beats = plan("[Pan left][Tilt up,Zoom in][Static shot]").beats
    assert [(beat.command, round(3 * beat.start), round(3 * beat.end)) for beat in beats] == [
        ("Pan left", 0, 1),
        ("Tilt up", 1, 2),
        ("Zoom in", 1, 2),
        ("Static shot", 2, 3),
    ]


def test_everything_that_can_be_asked_for_can_be_shown():
    assert set(LIGHT) == set(LOOKS)
    assert set(PARTICLES) == {*AIR, "fog"}


@given(prompt=st.text(max_size=300))
def test_any_text_is_a_shot(prompt):
    shot = plan(prompt)
    assert shot.understood
    assert all(0 <= beat.start < beat.end <= 1 for beat in shot.beats)


def test_two_thousand_characters_are_read_at_once():
    prompt = ("fog and the snow and no rain, the camera slowly " * 50)[:2000]
    assert plan(prompt).particles == ("fog", "snow")
