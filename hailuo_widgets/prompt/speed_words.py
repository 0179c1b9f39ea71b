"""Words that say how fast, or how much, a camera moves."""

from __future__ import annotations

from typing import Final

SLOW: Final = 0.5
NORMAL: Final = 1.0
FAST: Final = 1.8
WHIP: Final = 3.0


def _all(speed: float, words: str) -> dict[str, float]:
    return dict.fromkeys(words.split(), speed)


ADVERBS: Final = (
    _all(SLOW, "slowly gently subtly gradually slightly imperceptibly delicately lazily")
    | _all(FAST, "quickly rapidly swiftly fast briskly suddenly abruptly hurriedly")
    | _all(WHIP, "lightning-fast")
)
"""They may stand after the move: "pushes in slowly"."""

SPEEDS: Final = (
    ADVERBS
    | _all(
        SLOW,
        "slow gentle subtle gradual slight little imperceptible delicate lazy leisurely creeping",
    )
    | _all(FAST, "quick rapid swift brisk sudden abrupt")
    | _all(WHIP, "whip crash snap swish")
)
"""They may stand before the move: "slow push in". Relative to an unmarked move."""

VERBS: Final = (
    _all(SLOW, "creep inch ease drift") | _all(FAST, "rush race dash punch") | _all(WHIP, "whip")
)
"""Verbs that are slow or fast by themselves, where nothing else says how fast."""

INTENSIFIERS: Final = frozenset({"very", "extremely", "super", "really", "incredibly"})
"""What is fast becomes a whip by them; slow is slow enough."""

_SMOOTH: Final = "cinematic continuous dramatic long smooth smoothly soft softly steadily steady"
MANNERS: Final = frozenset(SPEEDS) | INTENSIFIERS | frozenset(_SMOOTH.split())
"""Words of manner that may pile up before a move."""
