"""Camera moves in plain wording: "slow push in, golden hour light".

A wording counts when the camera does it, and there are two ways to know:

* The sentence says "camera", "shot", "lens" or "view", and that is what moves: the word stands
  before the wording in the same clause ("the camera slowly pans left"), or the clause goes on
  without a subject of its own ("the camera pans left and tilts up"). In "as the sun rises"
  nothing rises but the sun.
* Without such a word, film language counts where only a direction to the camera can stand: as a
  clause that consists of the move and words of manner ("slow push in", "handheld"), or that
  goes from the move straight to its goal ("zoom out to reveal the city"). So "pushes in a
  door", "he pans left the gold" and "a frying pan" are no moves.

Moves follow one another when they stand in different sentences, are joined by "then",
"followed by", "before", "after" or "finally", or are opposites; else they happen together.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

from hailuo_widgets.request.clauses import Clause, Joint, Word, sentences, words
from hailuo_widgets.request.speed import ADVERBS, NORMAL, SPEEDS
from hailuo_widgets.request.vocabulary import COMMANDS, OPPOSITE, Move, PhraseKind


def _set(words_of_it: str) -> frozenset[str]:
    return frozenset(words_of_it.split())


_CAMERA: Final = _set("camera camera's cameras shot shots lens view views")
_PICTURES: Final = frozenset({"shot", "shots", "view", "views"})
_AIMED: Final = re.compile(r"(?:look|point|angl)ing\b", re.IGNORECASE)
_ARTICLES: Final = frozenset({"a", "an", "the", "its", "this"})
_FILLER: Final = (
    frozenset(SPEEDS)
    | _ARTICLES
    | _set(
        "it we i very so more little bit almost with by using use make add do please there"
        " is be now first also just still ever again together once eventually see will should must"
        " can to start starts starting begin begins beginning keep keeps keeping continue continues"
        " continuing smooth steady soft dramatic cinematic continuous constant long short single"
        " simple epic controlled deliberate careful light faint slight natural fluid graceful"
        " elegant hand-held handheld movement move motion effect style look feel footage camerawork"
        " close-up closeup drone aerial wide medium overhead low high pov dolly crane"
    )
)
_NEGATIONS: Final = _set("no not never without avoid avoids avoiding cannot dont")
# What may stand right before a participle or a bare verb that the camera does ("camera slowly
# rising", "starts to rise"). After any other word it is that word's: "a leaf trembling".
_LEADS: Final = (
    (_FILLER - _ARTICLES) | _CAMERA | _set("left right up down in out back forward closer away")
)
_PREPOSITIONS: Final = _set(
    "in into of out on onto at from to toward towards by with for behind before beside past"
    " across through near holding"
)
_GOALS: Final = _set(
    "to toward towards onto across over from into through past along alongside around revealing"
    " showing following"
)
_NEAR_GOALS: Final = _GOALS | _set("on for closer above below beyond close off")
_ENDS_IN_GOAL: Final = re.compile(r"(?:into|towards?|closer\s+to)$", re.IGNORECASE)
_DOLLY_ZOOM: Final = re.compile(
    r"\b(?:dolly[\s-]zoom|zolly|vertigo)\b(?:[\s-](in|out)\b)?", re.IGNORECASE
)

_Subject = Literal["open", "camera", "shown", "other"]
"""Who acts where a clause names nobody: nobody named yet, the camera, what a shot shows
("a wide shot of a woman"), or somebody else."""


class _Sighting(NamedTuple):
    """A wording that is a move if the camera does it."""

    command: str
    kind: PhraseKind
    start: int
    end: int


def prose_moves(prompt: str) -> tuple[tuple[Move, ...], ...]:
    """Read the camera moves from the plain wording alone; brackets are not looked at.

    Returns
    -------
    tuple of tuple of Move
        The outer order is one after another; the moves of an inner tuple happen together.
    """
    groups: list[list[Move]] = []
    for sentence in sentences(prompt):
        reader = _SentenceReader(prompt, sentence)
        pending: Joint = "sentence"
        for clause in sentence:
            joint = pending if clause.joint in {"and", "who"} else clause.joint
            moves = reader.read(clause)
            for place, move in enumerate(moves):
                _place(groups, move, "and" if place else joint)
            # "Then, as the sun sets, it tilts up": the word waits for its move.
            if moves:
                pending = "and"
            elif joint != "after":
                pending = joint
    return tuple(tuple(group) for group in groups)


def _place(groups: list[list[Move]], move: Move, joint: Joint) -> None:
    if joint == "after" and groups:
        groups.insert(len(groups) - 1, [move])
        return
    now = {other.command for other in groups[-1]} if groups and joint in {"and", "who"} else None
    if now is None or OPPOSITE.get(move.command) in now:
        groups.append([move])
    elif move.command not in now:
        groups[-1].append(move)


class _SentenceReader:
    """Reads the clauses of one sentence in order and remembers who acts."""

    def __init__(self, prompt: str, sentence: tuple[Clause, ...]) -> None:
        self._prompt = prompt
        everything = words(prompt, sentence[0].start, sentence[-1].end)
        self._about_camera = any(word.text in _CAMERA for word in everything)
        self._subject: _Subject = "open"
        self._last: Move | None = None
        self._ended_on_camera = False

    def read(self, clause: Clause) -> list[Move]:
        """List the moves of the next clause."""
        prompt = self._prompt
        text = words(prompt, clause.start, clause.end)
        elliptic = self._elliptic(text)
        if elliptic is not None:
            self._last = elliptic
            return [elliptic]
        if clause.joint == "who" and not self._ended_on_camera:
            self._subject = "other"  # "a man who lifts his hat", but "a shot that rises"
        self._ended_on_camera = text[-1].text in _CAMERA
        moves: list[Move] = []
        sightings = _sightings(prompt, clause)
        for place, sighting in enumerate(sightings):
            following = sightings[place + 1 :]
            until = next((s.start for s in following if s.start >= sighting.end), clause.end)
            done = moves[-1].end if moves else clause.start
            before = [
                word
                for word in text
                if word.end <= sighting.start
                and not any(move.start <= word.start < move.end for move in moves)
            ]
            after = [word for word in text if sighting.end <= word.start < until]
            if self._counts(sighting, before, after):
                near = [word for word in before if word.start >= done]
                inside = words(prompt, sighting.start, sighting.end)
                speed = _speed(near, inside, after)
                if speed is None and clause.linked and not moves and _all_filler(before):
                    speed = self._last.speed if self._last else None
                moves.append(Move(sighting.command, speed or NORMAL, sighting.start, sighting.end))
        self._remember(text, acted=bool(moves))
        self._last = moves[-1] if moves else None
        return moves

    def _elliptic(self, text: list[Word]) -> Move | None:
        """Read "right" in "pans left and right"."""
        # "Back" may stand alone ("pushes in and back") or before the side ("and back out").
        rest = [word for word in text if not _is_filler(word.text)]
        if len(rest) == 2 and rest[0].text == "back":
            rest = rest[1:]
        if self._last is None or len(rest) != 1:
            return None
        (side,) = rest
        opposite = OPPOSITE.get(self._last.command, "")
        if opposite.endswith(" out" if side.text == "back" else f" {side.text}"):
            return Move(opposite, self._last.speed, side.start, side.end)
        return None

    def _counts(self, sighting: _Sighting, before: list[Word], after: list[Word]) -> bool:
        if any(_is_negation(word.text) for word in before[-4:]):
            return False
        if sighting.kind == "name":
            return True
        if self._about_camera and self._camera_does(sighting, before, after):
            return True
        # Film language in the place of a direction.
        if sighting.kind != "term" or not _all_filler(before) or not self._goes_on(sighting, after):
            return False
        return self._form(sighting) == "base" or self._subject != "other"

    def _camera_does(self, sighting: _Sighting, before: list[Word], after: list[Word]) -> bool:
        form = self._form(sighting)
        last = before[-1].text if before else None
        if after and after[0].text in _CAMERA and after[0].start <= sighting.end + 1:
            return True  # "a rising camera"
        if last in _PICTURES and _AIMED.match(self._prompt, sighting.start):
            return False  # "a low shot looking up" is where the camera stands
        if _camera_acts(before):
            return form == "finite" or _leads(last, sighting, form)
        alone = _all_filler(before) and last not in _ARTICLES
        if alone and sighting.kind == "term" and self._goes_on(sighting, after):
            return True  # "as the sun sets, it tilts up"
        if alone and self._subject in {"open", "camera"}:
            follows = sighting.command == "Tracking shot"  # what stands after it is its object
            return self._subject == "camera" or follows or self._goes_on(sighting, after)
        # "A city at dusk with a slow push in, wide shot".
        noun = sighting.kind == "term" and form == "base" and last in _FILLER
        return noun and len(before) > 1 and self._goes_on(sighting, after)

    def _form(self, sighting: _Sighting) -> Literal["base", "finite", "participle"]:
        verb = words(self._prompt, sighting.start, sighting.end)[0].text.partition("-")[0]
        if verb.endswith("ing"):
            return "participle"
        return "finite" if verb.endswith("s") else "base"

    def _goes_on(self, sighting: _Sighting, after: list[Word]) -> bool:
        """Tell whether what follows belongs to a move: nothing, its manner, or its goal."""
        if _ENDS_IN_GOAL.search(self._prompt, sighting.start, sighting.end):
            return True
        rest = [word.text for word in after if not _is_manner(word.text)]
        if not rest or all(_is_filler(word) for word in rest):
            return True
        # "A pan left on the stove" is a pan.
        sideways = sighting.command.endswith(("left", "right"))
        return rest[0] in (_GOALS if sideways else _NEAR_GOALS)

    def _remember(self, text: list[Word], *, acted: bool) -> None:
        places = [place for place, word in enumerate(text) if word.text in _CAMERA]
        shows = bool(places) and [word.text for word in text[places[-1] + 1 :]][:1] == ["of"]
        if shows:
            self._subject = "shown"
        elif acted or _camera_acts(text):
            self._subject = "camera"
        elif not _all_filler(text):
            self._subject = "other"


def _sightings(prompt: str, clause: Clause) -> list[_Sighting]:
    """Find the wordings of a clause; where two overlap the earlier, then the longer one stays."""
    found = [
        _Sighting(command.name, phrase.kind, match.start(), match.end())
        for command in COMMANDS
        for phrase in command.phrases
        for match in phrase.compiled.finditer(prompt, clause.start, clause.end)
    ]
    for match in _DOLLY_ZOOM.finditer(prompt, clause.start, clause.end):
        backwards = (match.group(1) or "in").lower() == "out"
        pair = ("Pull out", "Zoom in") if backwards else ("Push in", "Zoom out")
        found += [_Sighting(name, "term", match.start(), match.end()) for name in pair]
    found.sort(key=lambda sighting: (sighting.start, -sighting.end))
    kept: list[_Sighting] = []
    for sighting in found:
        same_span = kept and (kept[-1].start, kept[-1].end) == (sighting.start, sighting.end)
        if not kept or sighting.start >= kept[-1].end or same_span:
            kept.append(sighting)
    return kept


def _leads(last: str | None, sighting: _Sighting, form: str) -> bool:
    """Tell whether a participle, bare verb or noun after this word is the camera's."""
    noun = sighting.kind == "term" and form == "base" and last in _ARTICLES
    return noun or last is None or last in _LEADS or last.endswith("ly")


def _camera_acts(text: list[Word]) -> bool:
    """Tell whether a camera word stands as a subject: not "toward the camera", "a view of"."""
    for place, word in enumerate(text):
        if word.text not in _CAMERA or (text[place + 1 :] and text[place + 1].text == "of"):
            continue
        lead = [earlier for earlier in text[:place] if not _is_filler(earlier.text)]
        led_by = text[:place]
        while led_by and led_by[-1].text in _FILLER - _PREPOSITIONS:
            led_by = led_by[:-1]
        if not lead or len(led_by) <= 1 or led_by[-1].text not in _PREPOSITIONS:
            return True
    return False


def _is_negation(word: str) -> bool:
    return word in _NEGATIONS or word.endswith("n't")


def _is_manner(word: str) -> bool:
    return word in SPEEDS or word.endswith("ly")


def _is_filler(word: str) -> bool:
    return word in _FILLER or word.endswith("ly")


def _all_filler(text: list[Word]) -> bool:
    return all(_is_filler(word.text) for word in text)


def _speed(before: list[Word], inside: list[Word], after: list[Word]) -> float | None:
    for word in inside:
        if word.text in SPEEDS:
            return SPEEDS[word.text]
    close = True
    for word in reversed(before):
        if word.text in (SPEEDS if close else ADVERBS):
            return SPEEDS[word.text]
        close = close and (_is_filler(word.text) or word.text in _CAMERA)
    if not after:
        return None
    following = after[1].text if len(after) > 1 else ""
    # In "follows a slowly walking man" the man walks slowly.
    if after[0].text in ADVERBS and not following.endswith("ing"):
        return ADVERBS[after[0].text]
    return ADVERBS.get(after[-1].text)
