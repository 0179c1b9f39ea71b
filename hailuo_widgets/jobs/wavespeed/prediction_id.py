"""The service's name of a prediction: of any form (Q12), kept as it came and shown on one line."""

from __future__ import annotations

from typing import Any, Final

from hailuo_widgets.library.ledger.values import NO_IDS
from hailuo_widgets.text import has_lone_surrogate, short

_LONGEST: Final = 4_000
"""Each character of it may take twelve in an address."""
_SHOWN: Final = 120


def id_of(value: Any) -> str | None:
    """Return the id that a value of the service names; None when it names none.

    Whatever is not empty is one, whole numbers too. ``.`` and ``..`` can not stand in a path, half
    a character not in the ledger.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    return None if value in NO_IDS or has_lone_surrogate(value) else value


def shown(prediction_id: str) -> str:
    """Return an id as a sentence shows it: one line, of bounded length."""
    return short(prediction_id, _SHOWN)


def in_full(prediction_id: str) -> str:
    """Return an id as it is shown to be copied."""
    return short(prediction_id, _LONGEST)
