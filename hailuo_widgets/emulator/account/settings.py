"""What can be set about the emulator: the last column of section 8 of the API reference."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from hailuo_widgets import service as facts

MOST = 1e9
"""Seconds, days or dollars: no wait, and no amount, is longer."""

UNLIMITED_CONCURRENCY = 2
"""Drafts at once when no account tier is emulated: as many as Bronze allows."""


_Reader = Callable[[Any], Any]


class SettingError(ValueError):
    """A setting has an unknown name or an impossible value."""


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """How the emulator behaves when no fault is asked for. Times are seconds, money US dollars.

    Attributes
    ----------
    latency : str
        ``"fast"``: as quick as it renders. ``"real"``: held back until `latency_seconds` are over.
    latency_seconds : tuple of float
        Between which two a real latency is drawn, evenly and by `seed`.
    tier : str or None
        The account tier whose rate and concurrency are enforced. None: with fast latency no rate
        and two drafts at once; with real latency Bronze, the tier that every account begins with.
    time_scale : float
        Every wait is divided by it, the minute of the rate included.
    seed : int or None
        Fixes prediction ids and drawn latencies. None: another seed for every new state.
    workers : int
        Drafts rendered at the same moment, whatever the tier allows in flight.
    price, balance : Decimal
        Of one generation; on the account at the beginning (drafts shall never run out).
    refund_seconds : float
        From a failure to its refund row.
    retention_days : float
        After which predictions, outputs and uploads are gone.
    clip_seconds, clip_fps, clip_short_side : float, int, int
        The shape of a clip.
    images_judged : str
        Inline images are refused at ``"submit"`` (400) or fail ``"later"`` (task code 1401).
    strict_keys, strict_prompt : bool
        Refuse unknown keys; refuse a prompt above 2000 code points.
    created_at : str
        Precision of dates: ``"ms"`` or ``"ns"``.
    """

    latency: str = "fast"
    latency_seconds: tuple[float, float] = facts.EXPECTED_SECONDS
    tier: str | None = None
    time_scale: float = 1.0
    seed: int | None = None
    workers: int = 2
    price: Decimal = facts.PRICE
    balance: Decimal = Decimal(1_000_000)
    refund_seconds: float = 0.0
    retention_days: float = facts.RETENTION_DAYS
    clip_seconds: float = facts.CLIP_SECONDS
    clip_fps: int = facts.CLIP_FPS
    clip_short_side: int = facts.CLIP_SHORT_SIDE
    images_judged: str = "submit"
    strict_keys: bool = False
    strict_prompt: bool = False
    created_at: str = "ms"

    @property
    def limits(self) -> tuple[float, int]:
        """Predictions accepted per minute (may be infinite), and in flight at once."""
        tier = self.tier or ("bronze" if self.latency == "real" else None)
        return facts.TIERS[tier] if tier else (math.inf, UNLIMITED_CONCURRENCY)

    @property
    def clip_shape(self) -> dict[str, float]:
        """What the renderer must be told: nothing while a clip has the service's usual shape."""
        usual = (facts.CLIP_SECONDS, facts.CLIP_FPS, facts.CLIP_SHORT_SIDE)
        wanted = {
            "seconds": self.clip_seconds,
            "fps": self.clip_fps,
            "short_side": self.clip_short_side,
        }
        return {
            name: value
            for (name, value), default in zip(wanted.items(), usual, strict=True)
            if value != default
        }

    def changed(self, wishes: Mapping[str, Any]) -> Settings:
        """Return settings with the wishes fulfilled.

        Parameters
        ----------
        wishes : mapping
            Names to values, as JSON or a command line has them: numbers may be text.

        Raises
        ------
        SettingError
            For an unknown name or an impossible value; the sentence names it.
        """
        values: dict[str, Any] = {}
        for name, wish in wishes.items():
            read = _READERS.get(name)
            if read is None:
                raise SettingError(
                    f"There is no setting {name[:80]!r}; there are {sorted(_READERS)}."
                )
            try:
                values[name] = read(wish)
            except (ValueError, TypeError, ArithmeticError) as error:
                shown = f"{name} cannot be {repr(wish)[:80]}: {str(error)[:200]}"
                raise SettingError(f"{shown}.") from None
        return dataclasses.replace(self, **values)

    def as_json(self) -> dict[str, Any]:
        """Return all settings as JSON knows them; money as text, so that no cent is lost."""
        return {
            name: str(value) if isinstance(value, Decimal) else value
            for name, value in dataclasses.asdict(self).items()
        }


def _one_of(*names: str | None) -> _Reader:
    def read(wish: Any) -> str | None:
        if wish not in names:
            raise ValueError(f"it is one of {', '.join(map(str, names))}")
        return wish if wish is None else str(wish)

    return read


def _number(*, above: float = -1.0, least: float = 0.0, most: float = MOST) -> _Reader:
    def read(wish: Any) -> float:
        value = float(wish)
        if not (value > above and least <= value <= most):
            raise ValueError("it is a finite number within its bounds")
        return value

    return read


def _whole(*, least: int, most: int) -> _Reader:
    def read(wish: Any) -> int:
        value = int(wish)
        if not least <= value <= most:
            raise ValueError(f"it is a whole number between {least} and {most}")
        return value

    return read


def _money(wish: Any) -> Decimal:
    value = Decimal(str(wish))
    if not value.is_finite() or not 0 <= value <= MOST:
        raise ValueError("it is an amount of US dollars")
    return value


def _switch(wish: Any) -> bool:
    words = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}
    try:
        return words[str(wish).lower()]
    except KeyError:
        raise ValueError("it is true or false") from None


def _seed(wish: Any) -> int | None:
    return None if wish is None else int(wish)


def _range(wish: Any) -> tuple[float, float]:
    parts = wish.split(",") if isinstance(wish, str) else list(wish)
    shortest, longest = (_number()(part) for part in parts)
    if shortest > longest:
        raise ValueError("the shorter time comes first")
    return shortest, longest


_READERS: dict[str, _Reader] = {
    "latency": _one_of("fast", "real"),
    "latency_seconds": _range,
    "tier": _one_of(*facts.TIERS, None),
    "time_scale": _number(least=1e-6),
    "seed": _seed,
    "workers": _whole(least=1, most=64),
    "price": _money,
    "balance": _money,
    "refund_seconds": _number(),
    "retention_days": _number(above=0),
    "clip_seconds": _number(above=0, most=60),
    "clip_fps": _whole(least=1, most=240),
    "clip_short_side": _whole(least=2, most=4320),
    "images_judged": _one_of("submit", "later"),
    "strict_keys": _switch,
    "strict_prompt": _switch,
    "created_at": _one_of("ms", "ns"),
}
