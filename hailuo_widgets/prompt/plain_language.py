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

``move_order.py`` tells which move follows which.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from hailuo_widgets.prompt.clauses import Clause, Word, words
from hailuo_widgets.prompt.commands import OPPOSITE, ORBITS, Move
from hailuo_widgets.prompt.move_phrases import Weight, phrases_by_first_word
from hailuo_widgets.prompt.speed_words import (
    ADVERBS,
    FAST,
    INTENSIFIERS,
    NORMAL,
    SLOW,
    SPEEDS,
    VERBS,
    WHIP,
)
from hailuo_widgets.prompt.subject_words import (
    AIMED,
    ARTICLES,
    CAMERA,
    DENIED,
    ENDS_IN_GOAL,
    FILLER,
    GOALS,
    LEADS,
    NEAR_GOALS,
    PADDING,
    PART,
    PICTURES,
    PREPOSITIONS,
)

_SURE: Final = frozenset({"name", "style"})
_REACH: Final = 40
"""Words before a wording that are looked at: nobody's subject stands farther away."""

_Subject = Literal["open", "camera", "shown", "other"]
"""Who acts where a clause names nobody: nobody named yet, the camera, what a shot shows
("a wide shot of a woman"), or somebody else."""


class PhraseMatch(NamedTuple):
    """A wording that is a move if the camera does it."""

    command: str
    weight: Weight
    start: int
    end: int


class MoveMatch(NamedTuple):
    """A move, whether it tells how the whole shot is taken, and whether it is a participle."""

    move: Move
    style: bool
    participle: bool


class SentenceReader:
    """Reads the clauses of one sentence in order and remembers who acts.

    Parameters
    ----------
    prompt : str
        The whole prompt.
    sentence : tuple of Clause
        The clauses that will be read.
    orbits : bool
        Whether orbits count, for which the service has no command.
    """

    def __init__(self, prompt: str, sentence: tuple[Clause, ...], *, orbits: bool) -> None:
        self._prompt = prompt
        self._orbits = orbits
        texts = {word.text for clause in sentence for word in clause.words}
        self._about_camera = bool(texts & CAMERA)
        self._lists_by_or = bool(texts & {"or", "nor"})
        self._subject: _Subject = "open"
        self._of_main_clause: _Subject = "open"
        self._last: Move | None = None
        self._ended_on_camera = False
        self._denies = False

    def read(self, clause: Clause) -> list[MoveMatch]:
        """List the moves of the next clause."""
        elliptic = self._elliptic(clause.words)
        if elliptic is not None:
            self._last = elliptic
            return [MoveMatch(elliptic, style=False, participle=False)]
        if clause.joint == "who" and not self._ended_on_camera:
            self._subject = "other"  # "a man who lifts his hat", but "a shot that rises"
        elif clause.joint == "then":
            self._subject = self._of_main_clause  # "turns left as she sits, then rises"
        self._ended_on_camera = clause.words[-1].text in CAMERA
        seen = self._moves(clause)
        self._remember(clause, acted=bool(seen))
        self._last = seen[-1].move if seen else None
        return seen

    def _moves(self, clause: Clause) -> list[MoveMatch]:
        prompt = self._prompt
        seen: list[MoveMatch] = []
        poll_prediction = _sightings(prompt, clause, orbits=self._orbits)
        # "Without panning left, tilting up or zooming in".
        denied = self._denies and self._lists_by_or and clause.joint in {"comma", "and"}
        self._denies = not poll_prediction and _is_denied(clause.words)
        free: list[Word] = []  # the words so far that belong to no move
        done = read = clause.start
        for place, sighting in enumerate(poll_prediction):
            following = poll_prediction[place + 1 : place + 3]  # two stand at one place at most
            until = next((s.start for s in following if s.start >= sighting.end), clause.end)
            free += words(prompt, read, sighting.start)
            read = sighting.start
            before = free[-_REACH:]
            after = words(prompt, sighting.end, until)
            denied = (denied and _all_filler(before)) or _is_denied(before)
            self._denies = self._denies or denied
            if not denied and self._counts(sighting, before, after):
                near = [word for word in before if word.start >= done]
                inside = words(prompt, sighting.start, sighting.end)
                speed = _speed(near, inside, after)
                if speed is None and clause.linked and not seen and _all_filler(before):
                    speed = self._last.speed if self._last else None
                move = Move(sighting.command, speed or NORMAL, sighting.start, sighting.end)
                style = sighting.weight == "style" or (
                    sighting.command == "Shake" and sighting.weight == "term"
                )
                seen.append(MoveMatch(move, style, self._form(sighting) == "participle"))
                done = read = sighting.end
        return seen

    def _elliptic(self, text: tuple[Word, ...]) -> Move | None:
        """Read "right" in "pans left and right"."""
        if self._last is None:
            return None
        # "Back" may stand alone ("pushes in and back") or before the side ("and back out").
        rest = [word for word in text if not _is_filler(word.text)]
        if len(rest) == 2 and rest[0].text == "back":
            rest = rest[1:]
        if len(rest) != 1:
            return None
        (side,) = rest
        opposite = OPPOSITE.get(self._last.command, "")
        if opposite.endswith(" out" if side.text == "back" else f" {side.text}"):
            return Move(opposite, self._last.speed, side.start, side.end)
        return None

    def _counts(self, sighting: PhraseMatch, before: list[Word], after: tuple[Word, ...]) -> bool:
        if sighting.weight in _SURE:
            return True
        if self._about_camera and self._camera_does(sighting, before, after):
            return True
        # Film language in the place of a direction.
        if sighting.weight != "term" or not _all_filler(before):
            return False
        if not self._goes_on(sighting, after):
            return False
        return self._form(sighting) == "base" or self._subject != "other"

    def _camera_does(
        self, sighting: PhraseMatch, before: list[Word], after: tuple[Word, ...]
    ) -> bool:
        form = self._form(sighting)
        last = before[-1].text if before else None
        if after and after[0].text in CAMERA and after[0].start <= sighting.end + 1:
            return True  # "a rising camera"
        if last in PICTURES and AIMED.match(self._prompt, sighting.start):
            return False  # "a low shot looking up" is where the camera stands
        if _camera_acts(before):
            return form == "finite" or _leads(last, sighting, form)
        alone = _all_filler(before) and last not in ARTICLES
        if alone and sighting.weight == "term" and self._goes_on(sighting, after):
            return True  # "as the sun sets, it tilts up"
        if alone and self._subject in {"open", "camera"}:
            follows = sighting.command == "Tracking shot"  # what stands after it is its object
            return self._subject == "camera" or follows or self._goes_on(sighting, after)
        # "A city at dusk with a slow push in, wide shot".
        noun = sighting.weight == "term" and form == "base" and last in FILLER
        return noun and len(before) > 1 and self._goes_on(sighting, after)

    def _form(self, sighting: PhraseMatch) -> Literal["base", "finite", "participle"]:
        verb = words(self._prompt, sighting.start, sighting.end)[0].text.partition("-")[0]
        if verb.endswith("ing"):
            return "participle"
        return "finite" if verb.endswith("s") else "base"

    def _goes_on(self, sighting: PhraseMatch, after: tuple[Word, ...]) -> bool:
        """Return True if what follows belongs to a move: nothing, its manner, or its goal."""
        if ENDS_IN_GOAL.search(self._prompt, sighting.start, sighting.end):
            return True
        rest = [word.text for word in after if not _is_manner(word.text)]
        if not rest or all(_is_filler(word) for word in rest):
            return True
        # "A pan left on the stove" is a pan.
        sideways = sighting.command.endswith(("left", "right"))
        return rest[0] in (GOALS if sideways else NEAR_GOALS)

    def _remember(self, clause: Clause, *, acted: bool) -> None:
        text = clause.words
        places = [place for place, word in enumerate(text) if word.text in CAMERA]
        shows = bool(places) and [word.text for word in text[places[-1] + 1 :]][:1] == ["of"]
        if shows:
            self._subject = "shown"
        elif acted or _camera_acts(text):
            self._subject = "camera"
        elif not _all_filler(text):
            self._subject = "other"
        if clause.joint not in {"while", "who"}:
            self._of_main_clause = self._subject


def _sightings(prompt: str, clause: Clause, *, orbits: bool) -> list[PhraseMatch]:
    """Find the wordings of a clause; of two that overlap the earlier, surer or longer one stays."""
    known = phrases_by_first_word()
    found: list[PhraseMatch] = []
    for word, end in _parts(prompt, clause.words):
        for phrase in known.get(word, ()):
            if orbits or phrase.command not in ORBITS:
                until = phrase.end_from(prompt, end, clause.end)
                if until is not None:
                    found.append(PhraseMatch(phrase.command, phrase.weight, end - len(word), until))
    found.sort(key=lambda s: (s.start, s.weight not in _SURE, -s.end))
    kept: list[PhraseMatch] = []
    for sighting in found:
        same_span = kept and (kept[-1].start, kept[-1].end) == (sighting.start, sighting.end)
        twice = same_span and kept[-1].command == sighting.command
        if not kept or sighting.start >= kept[-1].end or (same_span and not twice):
            kept.append(sighting)
    return kept


def _parts(prompt: str, text: tuple[Word, ...]) -> Iterator[tuple[str, int]]:
    """List the words, those of a compound each by itself, and where each ends."""
    for word in text:
        if word.text.isalnum():
            yield word.text, word.end
        else:
            for part in PART.finditer(prompt, word.start, word.end):
                yield part.group().lower(), part.end()


def _leads(last: str | None, sighting: PhraseMatch, form: str) -> bool:
    """Return True if a participle, bare verb or noun after this word is the camera's."""
    noun = sighting.weight == "term" and form == "base" and last in ARTICLES
    return noun or last is None or last in LEADS or last.endswith("ly")


def _camera_acts(text: list[Word] | tuple[Word, ...]) -> bool:
    """Return True if a camera word stands as a subject: not "toward the camera", "a view of"."""
    solid = True  # whether all so far is filler
    leading = -1  # the last word so far that is more than padding
    for place, word in enumerate(text):
        of = place + 1 < len(text) and text[place + 1].text == "of"
        led = not solid and leading > 0 and text[leading].text in PREPOSITIONS
        if word.text in CAMERA and not of and not led:
            return True
        solid = solid and _is_filler(word.text)
        if word.text not in PADDING:
            leading = place
    return False


def _is_denied(before: list[Word] | tuple[Word, ...]) -> bool:
    return bool(DENIED.search(" ".join(word.text for word in before[-6:])))


def _is_manner(word: str) -> bool:
    return word in SPEEDS or word in INTENSIFIERS or word.endswith("ly")


def _is_filler(word: str) -> bool:
    return word in FILLER or word.endswith("ly") or all(w in FILLER for w in word.split("-"))


def _all_filler(text: list[Word] | tuple[Word, ...]) -> bool:
    return all(_is_filler(word.text) for word in text)


def _speed(before: list[Word], inside: tuple[Word, ...], after: tuple[Word, ...]) -> float | None:
    """Read how fast a move is from the words in it, before it and after it, in that order."""
    for place in range(1, len(inside)):
        if inside[place].text in SPEEDS:
            return _paced(inside, place)
    if inside[0].text in SPEEDS:
        return SPEEDS[inside[0].text]
    close = True
    for place in range(len(before) - 1, -1, -1):
        word = before[place].text
        if word in (SPEEDS if close else ADVERBS):
            return _paced(before, place)
        close = close and (_is_filler(word) or word in CAMERA)
    return _speed_after(after) or _own_speed(inside[0].text)


def _speed_after(after: tuple[Word, ...]) -> float | None:
    text = [word.text for word in after]
    if text[:2] in (["a", "little"], ["a", "bit"]) or text[-2:] in (["a", "little"], ["a", "bit"]):
        return SLOW
    while text and text[0] in INTENSIFIERS:
        text = text[1:]
    if not text:
        return None
    place = len(after) - len(text)
    # In "follows a slowly walking man" the man walks slowly.
    if text[0] in ADVERBS and not (len(text) > 1 and text[1].endswith("ing")):
        return _paced(after, place)
    return _paced(after, len(after) - 1) if text[-1] in ADVERBS else None


def _paced(text: list[Word] | tuple[Word, ...], place: int) -> float:
    speed = SPEEDS[text[place].text]
    stronger = place > 0 and text[place - 1].text in INTENSIFIERS
    return WHIP if speed == FAST and stronger else speed


def _own_speed(verb: str) -> float | None:
    """Return the speed that is in the verb: "creeps" is slow."""
    return next((VERBS[stem] for stem in VERBS if verb.startswith(stem.rstrip("e"))), None)
