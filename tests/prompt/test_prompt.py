"""The prompt: what it asks of the camera, what is worth knowing about it, and its chips."""

# ruff: noqa: RUF001 - full-width punctuation and typographic apostrophes are tested

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hailuo_widgets.errors import PromptError
from hailuo_widgets.prompt.camera import COMMANDS, camera_moves, lint, unlisted_words, with_command
from hailuo_widgets.prompt.commands import OPPOSITE

NAMES = [command.name for command in COMMANDS]


def written(prompt: str) -> str:
    """Write the moves as "A + B > C": together with +, in sequence with >."""
    return " > ".join(" + ".join(move.command for move in group) for group in camera_moves(prompt))


BRACKETS = [
    ("[Push in] slow dawn", "Push in"),
    ("slow dawn [Push in]", "Push in"),
    ("[push in] dawn", "Push in"),
    ("[PUSH   IN] dawn", "Push in"),
    ("[ Push in ] dawn", "Push in"),
    ("[Pan left,Pedestal up] dawn", "Pan left + Pedestal up"),
    ("[Pan left, Pedestal up] dawn", "Pan left + Pedestal up"),
    ("[Pan left，Pedestal up] dawn", "Pan left + Pedestal up"),
    ("[Pan left、Pedestal up] dawn", "Pan left + Pedestal up"),
    ("［Pan left］ dawn", "Pan left"),
    ("【Pan left】 dawn", "Pan left"),
    ("[推进] 黎明", "Push in"),
    ("[左摇，上升] 黎明", "Pan left + Pedestal up"),
    ("［变焦拉远］黎明", "Zoom out"),
    (
        "A man picks up a book [Pedestal up], then reads [Static shot].",
        "Pedestal up > Static shot",
    ),
    ("[Push in][Pull out]", "Push in > Pull out"),
    ("[Push in,Push in] dawn", "Push in"),
    ("[Push in,Orbit] dawn", "Push in"),
    ("[Orbit] dawn", ""),
    ("[] dawn", ""),
    ("[,] dawn", ""),
    ("[Push in dawn", ""),
    ("Push in] dawn", "Push in"),
    ("the camera pans left [Tilt up]", "Tilt up"),
    ("[Orbit] the camera pans left", "Pan left"),
    ("[Dolly in] dawn", "Push in"),
    ("[Slow push in] dawn", "Push in"),
]

WITH_CAMERA = [
    ("The camera trucks left", "Truck left"),
    ("The camera slides to the left", "Truck left"),
    ("The camera moves left along the wall", "Truck left"),
    ("Camera crabs right", "Truck right"),
    ("camera dollies right past the columns", "Truck right"),
    ("A lateral move to the right, wide shot", "Truck right"),
    ("Camera pans slowly to the left", "Pan left"),
    ("The camera turns left", "Pan left"),
    ("The camera swings right", "Pan right"),
    ("The camera sweeps from left to right", "Pan right"),
    ("The camera pans right to left", "Pan left"),
    ("The lens rotates right", "Pan right"),
    ("Camera looks left", "Pan left"),
    ("The camera PANS\n  LEFT", ""),
    ("The camera pushes in on her face", "Push in"),
    ("The camera is pushing in", "Push in"),
    ("The camera starts to push in", "Push in"),
    ("The camera creeps in", "Push in"),
    ("The camera moves closer to the door", "Push in"),
    ("The camera moves forward", "Push in"),
    ("The camera approaches the house", "Push in"),
    ("The camera glides toward the altar", "Push in"),
    ("The camera pulls back from the window", "Pull out"),
    ("The camera pulls away", "Pull out"),
    ("The camera dollies out", "Pull out"),
    ("The camera backs away", "Pull out"),
    ("The camera retreats down the hall", "Pull out"),
    ("The camera moves back", "Pull out"),
    ("The camera rises above the roofs", "Pedestal up"),
    ("The camera lifts", "Pedestal up"),
    ("The camera ascends", "Pedestal up"),
    ("The camera cranes up", "Pedestal up"),
    ("The camera booms up", "Pedestal up"),
    ("The camera moves up", "Pedestal up"),
    ("The camera lowers to the grass", "Pedestal down"),
    ("The camera descends", "Pedestal down"),
    ("The camera sinks", "Pedestal down"),
    ("The camera pedestals down", "Pedestal down"),
    ("The camera tilts up at the tower", "Tilt up"),
    ("The camera looks up", "Tilt up"),
    ("The camera angles down", "Tilt down"),
    ("The camera points down", "Tilt down"),
    ("The camera zooms in", "Zoom in"),
    ("The camera zooms into the eye", "Zoom in"),
    ("The lens punches in", "Zoom in"),
    ("The shot tightens on her hands", "Zoom in"),
    ("The view widens", "Zoom out"),
    ("The lens zooms out", "Zoom out"),
    ("The camera shakes", "Shake"),
    ("The camera trembles slightly", "Shake"),
    ("A trembling camera", "Shake"),
    ("Shaky cam", "Shake"),
    ("A subtle camera shake", "Shake"),
    ("Handheld camera", "Shake"),
    ("The camera follows the runner", "Tracking shot"),
    ("The camera tracks the car", "Tracking shot"),
    ("The camera trails her", "Tracking shot"),
    ("The camera chases the fox", "Tracking shot"),
    ("The camera moves alongside the train", "Tracking shot"),
    ("Follow shot of a cyclist", "Tracking shot"),
    ("Static camera", "Static shot"),
    ("A fixed camera on the shelf", "Static shot"),
    ("Locked-off shot", "Static shot"),
    ("Tripod shot", "Static shot"),
    ("The camera does not move", "Static shot"),
    ("The camera doesn’t move", "Static shot"),
    ("The camera stays perfectly still", "Static shot"),
    ("The camera holds still", "Static shot"),
    ("The camera remains stationary as it rains", "Static shot"),
    ("a shot that slowly pushes in on her face", "Push in"),
    ("Camera slowly, almost imperceptibly, pushes in", "Push in"),
    ("Wide shot of a forest, slowly pushing in", "Push in"),
    ("Following a dog through the grass, low camera", "Tracking shot"),
    ("Slow pan left shot over the valley", "Pan left"),
    ("Rising slowly, the camera reveals the sea", "Pedestal up"),
    ("The camera pushes through the window", "Push in"),
    ("Cinematic drone shot flying forward over a lake", "Push in"),
    ("Vertical crane shot rising up the facade", "Pedestal up"),
    ("The shot begins with a close-up and slowly pulls back to a wide view", "Pull out"),
    ("The camera pans to follow the bird", "Tracking shot"),
    ("The camera remains steady", "Static shot"),
    ("Camera movement: static", "Static shot"),
    ("Over-the-shoulder shot, gentle handheld movement", "Shake"),
]

ALONE = [
    ("slow push in, golden hour light", "Push in"),
    ("slow push in, golden hour light, drifting dust", "Push in"),
    ("golden hour light, slow push in", "Push in"),
    ("golden light. Slow push in.", "Push in"),
    ("slow, smooth push in", "Push in"),
    ("push-in", "Push in"),
    ("A gentle push-in on her face", "Push in"),
    ("gentle pan left", "Pan left"),
    ("left pan", "Pan left"),
    ("dolly in slowly", "Push in"),
    ("dolly-in", "Push in"),
    ("dolly out to reveal the city", "Pull out"),
    ("pull-back", "Pull out"),
    ("slow zoom out", "Zoom out"),
    ("crash zoom on his eyes", "Zoom in"),
    ("handheld", "Shake"),
    ("handheld, slow push in", "Shake + Push in"),
    ("tracking shot", "Tracking shot"),
    ("static shot", "Static shot"),
    ("truck right", "Truck right"),
    ("crane up over the forest", "Pedestal up"),
    ("pan left across the valley", "Pan left"),
    ("A woman stands in a field, slow push in on her face", "Push in"),
    ("We push in on the clock", "Push in"),
    ("Pushing in slowly, golden light", "Push in"),
    ("slow push in on the harbour with subtle handheld shake", "Push in + Shake"),
    ("truck left alongside the horses", "Truck left"),
    ("tracking left", "Truck left"),
    ("dolly zoom", "Push in + Zoom out"),
    ("dolly zoom out", "Pull out + Zoom in"),
]

SEQUENCES = [
    ("whip pan right then tilt up", "Pan right > Tilt up"),
    ("Push in, followed by a slow pan right", "Push in > Pan right"),
    ("pan left before tilting up", "Pan left > Tilt up"),
    ("The camera tilts up after panning left", "Pan left > Tilt up"),
    ("The camera pans left. It tilts up, camera rising.", "Pan left > Tilt up + Pedestal up"),
    ("push in; pull out", "Push in > Pull out"),
    ("slow push in -> pan left", "Push in > Pan left"),
    ("The camera pushes in, then, as the sun sets, it tilts up", "Push in > Tilt up"),
    ("The camera pans left and tilts up", "Pan left + Tilt up"),
    ("Push in while tilting up", "Push in + Tilt up"),
    ("The camera pushes in as it rises", "Push in + Pedestal up"),
    ("The camera pans left following the car", "Pan left + Tracking shot"),
    ("Camera: push in, pan left", "Push in + Pan left"),
    ("slow push in, pan left", "Push in + Pan left"),
    ("The camera pans left and right", "Pan left > Pan right"),
    ("The camera tilts up, then down", "Tilt up > Tilt down"),
    ("The camera pushes in and pulls back", "Push in > Pull out"),
    ("The camera pushes in, then back out", "Push in > Pull out"),
    ("The camera pushes in, then back", "Push in > Pull out"),
    ("The camera pans left, right side in shadow", "Pan left"),
    ("The camera pans left, pans left", "Pan left"),
]

NO_MOVES = [
    "",
    "   ",
    "A frying pan left on the stove",
    "A frying pan, wide shot",
    "The camera watches a frying pan left on the stove",
    "A Zoom call in the evening, static noise on the radio",
    "A Zoom call, seen by a camera",
    "static noise, close-up shot",
    "a tilted hat, medium shot",
    "he pushes in a door",
    "push in a door",
    "he pans left the gold",
    "He looks up and walks left",
    "A truck left the station",
    "The truck left from the yard",
    "smoke rises, leaves tremble, she follows him",
    "The camera watches as the sun rises",
    "The camera shows the sea while a gull descends",
    "Smoke rises in front of the camera",
    "A woman walks toward the camera, moves closer",
    "A man holds still and a door shakes",
    "Wide shot of a woman, looking up",
    "Close-up shot of a leaf trembling",
    "A view of rising mist",
    "The camera sees a man who lifts his hat",
    "a balloon comes into view as it rises",
    "rising sun, wide shot",
    "he pulls out a knife",
    "pull out a knife, close-up shot",
    "The camera does not pan left",
    "The camera never tilts up",
    "without zooming in",
    "The camera moves in a circle",
    "The camera moves in slow motion",
    "a handheld fan, wide shot",
    "a crowd, pushing in, shouts",
    "A lower angle shot",
    "Low angle shot looking up at the skyscraper",
    "push through the crowd",
    "A ship moves left across the view",
    "A train passes from left to right, wide shot",
    "The camera orbits around the statue",
    "no camera shake, smooth motion",
    "The company expands, lens by lens",
]


@pytest.mark.parametrize(("prompt", "expected"), BRACKETS + WITH_CAMERA + ALONE + SEQUENCES)
def test_moves(prompt, expected):
    """Each wording asks for the moves that a reader would expect, in that order."""
    assert written(prompt) == expected


@pytest.mark.parametrize("prompt", NO_MOVES)
def test_no_moves(prompt):
    """What somebody or something else does is no camera move."""
    assert written(prompt) == ""


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("The camera orbits around the statue", "Orbit right"),
        ("Orbit left, then push in", "Orbit left > Push in"),
        ("[Orbit left]", "Orbit left"),
        ("[Push in, Arc left] dawn", "Push in + Orbit left"),
        ("[Push in] The camera circles her clockwise [Tilt up]", "Push in + Orbit left > Tilt up"),
        ("[Static shot] The camera circles her", "Static shot"),
        ("[Push in][Orbit right][Tilt up]", "Push in > Orbit right > Tilt up"),
    ],
)
def test_orbits_are_read_where_they_are_asked_for(prompt, expected):
    """The service has no command for an orbit; who can show one asks for it."""
    groups = camera_moves(prompt, orbits=True)
    assert " > ".join(" + ".join(move.command for move in group) for group in groups) == expected


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        (
            "Handheld. She runs. The camera pans left, then tilts up",
            "Shake + Pan left > Shake + Tilt up",
        ),
        (
            "The camera pans left, then tilts up, handheld",
            "Pan left + Shake > Tilt up + Shake",
        ),
    ],
)
def test_how_the_shot_is_taken_goes_with_every_move(prompt, expected):
    """A held camera trembles in each step, and the same words are named in each."""
    assert written(prompt) == expected
    shakes = {move for group in camera_moves(prompt) for move in group if move.command == "Shake"}
    assert len(shakes) == 1


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("[Push in, Orbit] dawn [镜头左移]", ["Orbit", "镜头左移"]),
        ("[Push in] dawn", []),
        ("[ Rack  focus ] []", ["Rack  focus"]),
    ],
)
def test_unlisted_words_of_brackets(prompt, words):
    """What stands in a bracket and is no command is found where it stands."""
    assert [prompt[start:end] for start, end in unlisted_words(prompt)] == words


@pytest.mark.parametrize("command", COMMANDS, ids=NAMES)
def test_every_command_is_read_in_every_spelling(command):
    """Bracket, Chinese bracket and plain wording of each command all mean it."""
    assert written(command.bracket) == command.name
    assert written(f"[{command.chinese}]") == command.name
    assert written(f"{command.name}, golden hour light") == (
        "" if command.name == "Shake" else command.name
    )


@pytest.mark.parametrize(
    ("prompt", "speeds"),
    [
        ("push in", [1.0]),
        ("slow push in", [0.5]),
        ("gentle pan left", [0.5]),
        ("subtle zoom in", [0.5]),
        ("creeping push in", [0.5]),
        ("dolly in slowly", [0.5]),
        ("The camera slowly pans left", [0.5]),
        ("Slowly, the camera pans left", [0.5]),
        ("The camera pans slowly to the left", [0.5]),
        ("The camera pushes in on her face slowly", [0.5]),
        ("fast zoom out", [1.8]),
        ("The camera swiftly rises", [1.8]),
        ("The camera pans left fast", [1.8]),
        ("whip pan right", [3.0]),
        ("crash zoom in", [3.0]),
        ("snap zoom in", [3.0]),
        ("slow push in, whip pan left", [0.5, 3.0]),
        ("The camera slowly pans left and tilts up", [0.5, 0.5]),
        ("The camera slowly pans left and quickly tilts up", [0.5, 1.8]),
        ("The camera follows a slowly walking man", [1.0]),
        ("In a slow river, the camera pans left", [1.0]),
        ("The camera follows a fast car", [1.0]),
        ("Above a slow river the camera pans left", [1.0]),
        ("Slowly above a river the camera pans left", [0.5]),
        ("slow [Push in]", [0.5]),
        ("a slow [Push in,Pan left]", [0.5, 0.5]),
        ("The camera slowly [Push in]", [0.5]),
        ("[Push in] slowly", [0.5]),
        ("[Push in] slowly over the sea", [0.5]),
        ("[Push in] slow dawn", [1.0]),
        ("[Push in] fast cars", [1.0]),
        ("The river flows slowly [Push in]", [1.0]),
        ("slow dawn. [Push in]", [1.0]),
        ("whip [Pan left] then slow [Tilt up]", [3.0, 0.5]),
    ],
)
def test_speed(prompt, speeds):
    """A speed word counts for the move beside it, and for nothing else."""
    assert [move.speed for group in camera_moves(prompt) for move in group] == speeds


@pytest.mark.parametrize(
    ("prompt", "spans"),
    [
        ("dawn [Pan left, tilt up]", ["Pan left", "tilt up"]),
        ("slow push in, golden hour light", ["push in"]),
        ("The camera tracks the car", ["tracks"]),
        ("The camera pans slowly to the left", ["pans slowly to the left"]),
        ("The camera pans left and right", ["pans left", "right"]),
        ("İstanbul at dawn, slow push in", ["push in"]),
    ],
)
def test_spans_name_the_words(prompt, spans):
    """A move points at the words that ask for it."""
    moves = [move for group in camera_moves(prompt) for move in group]
    assert [prompt[move.start : move.end] for move in moves] == spans


WORDS = (
    "camera shot the a slowly slow push pushes in out pan pans left right tilt up then and , . [ ]"
    " while as no not static handheld Push,Pan left [Push in] after zoom of who"
)
VOCABULARY = st.sampled_from(WORDS.split(" "))


@given(st.lists(VOCABULARY, max_size=25).map(" ".join) | st.text(max_size=80))
def test_any_text_can_be_read(prompt):
    """Whatever is typed: spans lie within the prompt, no group is empty, none holds a pair."""
    for group in camera_moves(prompt):
        commands = [move.command for move in group]
        assert commands
        assert len(set(commands)) == len(commands)
        for move in group:
            assert 0 <= move.start < move.end <= len(prompt)
            assert move.command in NAMES
    for hint in lint(prompt, has_end_image=True):
        assert (hint.start is None) == (hint.end is None)
        if hint.start is not None:
            assert 0 <= hint.start < hint.end <= len(prompt)


def test_a_long_hostile_prompt_is_read_quickly():
    """No wording makes the reading take long, as nested repetitions in a pattern would."""
    started = time.process_time()
    for piece in ("slowly ", "the camera ", "[", "left to ", "then ", "a ", "push slowly "):
        lint((piece * 2000)[:4000])
    assert time.process_time() - started < 10


# with_command


@pytest.mark.parametrize(
    ("prompt", "name", "expected"),
    [
        ("", "Push in", "[Push in]"),
        ("slow dawn", "Push in", "[Push in] slow dawn"),
        ("[Push in] slow dawn", "Pan left", "[Push in,Pan left] slow dawn"),
        ("[Push in,Pan left] slow dawn", "Push in", "[Pan left] slow dawn"),
        ("[Push in] slow dawn", "Push in", "slow dawn"),
        ("[Push in]", "Push in", ""),
        ("A man [Push in], then reads", "Push in", "A man, then reads"),
        ("A man [Push in] reads", "Push in", "A man reads"),
        ("A man reads [Push in]", "Push in", "A man reads"),
        ("[push in] dawn", "Push in", "dawn"),
        ("[推进] dawn", "Push in", "dawn"),
        ("[Push in] a [Pan left] b", "Tilt up", "[Push in] a [Pan left,Tilt up] b"),
        ("[Push in] a [Push in,Pan left] b", "Push in", "a [Pan left] b"),
        ("[Orbit] dawn", "Push in", "[Push in] [Orbit] dawn"),
        ("[Push in, Orbit] dawn", "Push in", "[Orbit] dawn"),
        ("[] dawn", "Push in", "[Push in] [] dawn"),
        ("slow push in", "Pan left", "[Pan left] slow push in"),
    ],
)
def test_chip(prompt, name, expected):
    """A press puts the command where a person would, and takes it away without a trace."""
    assert with_command(prompt, name) == expected


@given(
    st.text(st.characters(exclude_characters="[]［］【】", exclude_categories=["Cs"]), max_size=40),
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True),
)
@example(" ,", ["Push in"])
def test_pressing_twice_changes_nothing(prompt, names):
    """Chips pressed and pressed again, in any order, give back the very same prompt."""
    pressed = prompt
    for name in names:
        pressed = with_command(pressed, name)
    assert {move.command for group in camera_moves(pressed) for move in group} == set(names)
    for name in names:
        pressed = with_command(pressed, name)
    assert pressed == prompt


def test_unknown_chip_is_refused():
    """A name that is no command raises, and the sentence lists the commands."""
    with pytest.raises(PromptError, match=r"'Orbit'.*Truck left.*Static shot"):
        with_command("dawn", "Orbit")


# lint


def rules(prompt, **options):
    return [hint.rule for hint in lint(prompt, **options)]


FILL = "a quiet harbour at dawn with two boats"


@pytest.mark.parametrize(
    ("prompt", "level", "rule", "words", "suggestion"),
    [
        (
            f"[Push in,Tilt up,Pan left,Shake] {FILL}",
            "warning",
            "bracket-crowded",
            "[Push in,Tilt up,Pan left,Shake]",
            None,
        ),
        (
            f"[Pan left,Pan right] {FILL}",
            "warning",
            "bracket-opposites",
            "[Pan left,Pan right]",
            "[Pan left] [Pan right]",
        ),
        (
            f"[Push in,Pull out,Shake] {FILL}",
            "warning",
            "bracket-opposites",
            "[Push in,Pull out,Shake]",
            None,
        ),
        (f"[Push in,Zoom out] {FILL}", "note", "dolly-zoom", "[Push in,Zoom out]", None),
        (f"[Static shot,Shake] {FILL}", "warning", "bracket-static", "[Static shot,Shake]", None),
        (f"[Push in, push in] {FILL}", "note", "bracket-repeat", ", push in", ""),
        (f"[Push out] {FILL}", "warning", "bracket-unlisted", "Push out", "Pull out"),
        (f"[Dolly in] {FILL}", "warning", "bracket-unlisted", "Dolly in", "Push in"),
        (f"[dolly out] {FILL}", "warning", "bracket-unlisted", "dolly out", "Pull out"),
        (f"[Crane up] {FILL}", "warning", "bracket-unlisted", "Crane up", "Pedestal up"),
        (f"[Boom down] {FILL}", "warning", "bracket-unlisted", "Boom down", "Pedestal down"),
        (f"[Handheld] {FILL}", "warning", "bracket-unlisted", "Handheld", "Shake"),
        (f"[Follow] {FILL}", "warning", "bracket-unlisted", "Follow", "Tracking shot"),
        (f"[Fixed] {FILL}", "warning", "bracket-unlisted", "Fixed", "Static shot"),
        (f"[Locked] {FILL}", "warning", "bracket-unlisted", "Locked", "Static shot"),
        (f"[Puch in] {FILL}", "warning", "bracket-unlisted", "Puch in", "Push in"),
        (f"[Push in, Orbit] {FILL}", "warning", "bracket-unlisted", "Orbit", None),
        (f"[Arc shot] {FILL}", "warning", "bracket-unlisted", "Arc shot", None),
        (f"[Barrel roll] {FILL}", "warning", "bracket-unlisted", "Barrel roll", None),
        (f"[Dutch angle] {FILL}", "warning", "bracket-unlisted", "Dutch angle", None),
        (f"[Rack focus] {FILL}", "warning", "bracket-unlisted", "Rack focus", None),
        (f"[] {FILL}", "warning", "bracket-empty", "[]", ""),
        (f"[ , ] {FILL}", "warning", "bracket-empty", "[ , ]", ""),
        (f"[Push in {FILL}", "warning", "bracket-unclosed", "[", None),
        (f"Push in] {FILL}", "warning", "bracket-unclosed", "]", None),
        (f"{FILL}, no people", "warning", "negation", "no people", None),
        (f"{FILL} without wind", "warning", "negation", "without wind", None),
        (f"{FILL}. Don’t zoom", "warning", "negation", "Don’t zoom", None),
        (f"{FILL}. It does not rain", "warning", "negation", "not rain", None),
        (f"{FILL}, never cutting", "warning", "negation", "never cutting", None),
        (f"{FILL}, avoid blur", "warning", "negation", "avoid blur", None),
        (f"{FILL}, no more rain", "warning", "negation", "no more", None),
        (f"{FILL}, neither dogs nor cats", "warning", "negation", "neither dogs", None),
        (f"{FILL}, then cut to a street", "warning", "scenes", "cut to", None),
        (f"{FILL}. Next scene: a street", "warning", "scenes", "Next scene", None),
        (f"{FILL}. Meanwhile, rain", "warning", "scenes", "Meanwhile", None),
        (f"{FILL}. Moments later, rain", "warning", "scenes", "later", None),
        (f"Scene 2: {FILL}", "warning", "scenes", "Scene 2", None),
        (f"{FILL}, then in a street", "warning", "scenes", "then in a street", None),
        (
            f"[Pan left] {FILL}, the camera stays still",
            "warning",
            "contradiction",
            "camera stays still",
            None,
        ),
        (
            f"[Pan left] {FILL}, the camera pans right",
            "warning",
            "contradiction",
            "pans right",
            None,
        ),
        (f"[Static shot] {FILL}, slow push in", "warning", "contradiction", "push in", None),
        (
            f"[Static shot] {FILL}, the camera orbits left",
            "warning",
            "contradiction",
            "orbits left",
            None,
        ),
    ],
)
def test_hint(prompt, level, rule, words, suggestion):
    """Each rule fires once, at its level, on its words, with what could stand there instead."""
    (hint,) = [hint for hint in lint(prompt) if hint.rule == rule]
    assert (hint.level, prompt[hint.start : hint.end]) == (level, words)
    assert hint.suggestion == suggestion


@pytest.mark.parametrize(
    "prompt",
    [
        "Nothing but a knot of notes in Norway, and another noble north wind",
        "It is piano No. 5 in a quiet room",
        'A sign reads "no smoking" above the harbour at dawn',
        "The camera does not move while two boats pass",
        "A no-man's land at dawn, two birds cross it",
        "Sooner or later, rain will fall on it",
        "She cuts bread, then sits on the chair",
        "[Pan left] The camera slowly pans left over the sea",
        "[Static shot] a boat [Pan left] the camera pans left",
        "[Push in,Tilt up,Pan left] two boats leave at dawn",
        "No more than a slow push in on two boats at dawn",
        "Without moving the camera, two boats pass at dawn",
        "Slow zoom in on two boats, later a pan to the left",
    ],
)
def test_no_warning(prompt):
    """What only looks like a broken rule stays without a warning."""
    assert [hint for hint in lint(prompt) if hint.level != "note"] == []


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (1899, []),
        (1900, [("note", "100 of 2,000 characters left.")]),
        (2000, [("note", "0 of 2,000 characters left.")]),
        (2001, [("error", "2,001 characters; the service takes 2,000. 1 too many.")]),
    ],
)
@pytest.mark.parametrize("character", ["x", "🎬"])
def test_length(length, expected, character):
    """Code points are counted: a note from 1900, an error past 2000, and nothing else is one."""
    hints = lint(character * length)
    assert [(hint.level, hint.text) for hint in hints if hint.rule == "length"] == expected
    assert any(hint.level == "error" for hint in hints) == (length > 2000)


def test_commands_with_expansion_on_get_a_note():
    """Expansion may alter commands; with it off, or without commands, there is nothing to say."""
    assert rules(f"[Push in] {FILL}") == ["expansion"]
    assert rules(f"[Push in] {FILL}", enable_prompt_expansion=False) == []
    assert rules(FILL) == []


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        (FILL, ["end-image"]),
        (f"[Static shot] {FILL}", ["end-image"]),
        (f"{FILL}, which turns into night", []),
        (f"slow push in, {FILL}", []),
        (f"[Push in] {FILL}", []),
        (f"orbit around {FILL}", []),
    ],
)
def test_end_image_wants_a_change(prompt, expected):
    """With an end image, a prompt that describes no change gets a note."""
    given_one = rules(prompt, has_end_image=True, enable_prompt_expansion=False)
    assert given_one == expected
    assert "end-image" not in rules(prompt)


@pytest.mark.parametrize(
    ("count", "expected"), [(4, ["words"]), (5, []), (120, []), (121, ["words"])]
)
def test_word_count(count, expected):
    """Under 5 and over 120 words there is a note."""
    assert rules(" ".join(["boat"] * count)) == expected


def test_chinese_is_counted_by_character():
    """A Chinese sentence is not "one word"."""
    assert rules("黎明时分安静的港口") == []


def test_hints_come_in_order_of_weight():
    """Errors first, then warnings, then notes."""
    hints = lint("[Push in] no boats, cut to rain " + "x" * 2000, has_end_image=True)
    order = ["error", "warning", "note"]
    levels = [order.index(hint.level) for hint in hints]
    assert levels == sorted(levels)
    assert set(levels) == {0, 1, 2}


def test_suggestions_cure_what_they_are_about():
    """Putting every suggestion in place leaves no warning about brackets."""
    prompt = f"[Dolly in, dolly in] {FILL} [] [Pan left,Pan right] [Push in,Push in]"
    for _ in range(10):
        for hint in reversed(lint(prompt)):
            if hint.suggestion is not None:
                prompt = prompt[: hint.start] + hint.suggestion + prompt[hint.end :]
                break
    assert [hint for hint in lint(prompt) if hint.rule.startswith("bracket")] == []


def test_texts_are_one_quiet_line():
    """A hint is one sentence or two, short, and without an exclamation mark."""
    prompt = f"[Push out,Orbit,Zoom] no {FILL}, cut to [ [] [Pan left,Pan right,Shake,Static shot]"
    for hint in lint(prompt, has_end_image=True):
        assert len(hint.text) <= 110
        assert re.fullmatch(r"[^!\n]+\.", hint.text)


def test_opposites_are_mutual():
    """The opposite of an opposite is the command itself."""
    assert all(OPPOSITE[OPPOSITE[name]] == name for name in OPPOSITE)
    assert set(NAMES) - set(OPPOSITE) == {"Shake", "Tracking shot", "Static shot"}
