"""Words that say how fast a camera moves."""

from __future__ import annotations

from typing import Final

SLOW: Final = 0.5
NORMAL: Final = 1.0
FAST: Final = 1.8
WHIP: Final = 3.0

ADVERBS: Final = {
    "slowly": SLOW,
    "gently": SLOW,
    "subtly": SLOW,
    "gradually": SLOW,
    "quickly": FAST,
    "rapidly": FAST,
    "swiftly": FAST,
    "fast": FAST,
}
"""They may stand after the move: "pushes in slowly"."""

SPEEDS: Final = ADVERBS | {
    "slow": SLOW,
    "gentle": SLOW,
    "subtle": SLOW,
    "gradual": SLOW,
    "creeping": SLOW,
    "quick": FAST,
    "rapid": FAST,
    "swift": FAST,
    "whip": WHIP,
    "crash": WHIP,
    "snap": WHIP,
}
"""They may stand before the move: "slow push in". Relative to an unmarked move."""

MANNERS: Final = frozenset(SPEEDS) | {
    "cinematic",
    "continuous",
    "dramatic",
    "long",
    "smooth",
    "smoothly",
    "soft",
    "softly",
    "steadily",
    "steady",
    "very",
}
"""Words of manner that may pile up before a move."""
