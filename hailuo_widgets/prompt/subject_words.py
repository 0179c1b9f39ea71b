"""Words that tell who acts in a clause: the camera, or somebody else.

They are compared in lower case; each set says where a word stands, not what it means elsewhere.
"""

from __future__ import annotations

import re
from typing import Final

from hailuo_widgets.prompt.speed_words import INTENSIFIERS, SPEEDS


def _set(words_of_it: str) -> frozenset[str]:
    return frozenset(words_of_it.split())


CAMERA: Final = _set("camera camera's cameras shot shots lens view views")
PICTURES: Final = frozenset({"shot", "shots", "view", "views"})
AIMED: Final = re.compile(r"(?:look|point|angl)ing\b", re.IGNORECASE)
ARTICLES: Final = frozenset({"a", "an", "the", "its", "this"})
FILLER: Final = (
    frozenset(SPEEDS)
    | INTENSIFIERS
    | ARTICLES
    | _set(
        "it we i and no not than so more little bit almost with by using use make have let add"
        " do please there is be now first also just only simply instead still ever again"
        " together once eventually see will should must can to start starting starts begin"
        " begins beginning keep keeps keeping continue continues continuing smooth steady soft"
        " dramatic cinematic continuous constant long short single simple epic controlled"
        " deliberate careful light faint natural fluid graceful elegant full half complete 180"
        " 360 degree degrees hand-held handheld slow-motion movement move motion effect style"
        " look feel footage camerawork close-up closeup drone aerial wide medium overhead low"
        " high pov dolly crane"
    )
)
DENIED: Final = re.compile(
    r"\b(?:no|not|never|without|avoid(?:s|ing)?|cannot|dont|neither|instead of|rather than|\w+n't)"
    r"(?! (?:only|just|merely|(?:more|less) than)\b)(?: \S+){0,3}$"
)
# What may stand right before a participle or a bare verb that the camera does ("camera slowly
# rising", "starts to rise"). After any other word it is that word's: "a leaf trembling".
LEADS: Final = (
    (FILLER - ARTICLES) | CAMERA | _set("left right up down in out back forward closer away")
)
PREPOSITIONS: Final = _set(
    "in into of out on onto at from to toward towards by with for behind before beside past"
    " across through near holding"
)
PADDING: Final = FILLER - PREPOSITIONS
GOALS: Final = _set(
    "to toward towards onto across over from into through past along alongside around at"
    " reveal reveals revealing show shows showing following"
)
NEAR_GOALS: Final = GOALS | _set("on for closer above below beyond close off")
ENDS_IN_GOAL: Final = re.compile(
    r"\b(?:into|towards?|closer\s+to|across|over|along|on(?:to)?"
    r"|(?:orbit|arc|around|round)(?:\s+(?:the|an?|h\w+|its?|them|their))?)$",
    re.IGNORECASE,
)
PART: Final = re.compile(r"[^\W_]+")
