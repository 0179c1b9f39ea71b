"""Faults on demand: which quirk happens to which request.

A fault strikes the next requests at its quirk's endpoints, or a share of all of them. A share is
decided by the fault's seed and by what is asked, not by the order in which requests arrive: the
same session with the same seeds meets the same faults, however its requests interleave.
"""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hailuo_widgets.emulator.api.request_context import Endpoint, RequestContext
from hailuo_widgets.emulator.faults.effects import Effect, FaultParameters, Quirk, Stage
from hailuo_widgets.emulator.faults.table import QUIRKS

ANY = "any"
"""The variant that is drawn anew each time."""

MOST_FAULTS = 1000

BODILESS = frozenset({204, 205, 304})
"""Statuses that cannot carry what a fault says."""


class FaultError(ValueError):
    """A fault cannot be: unknown, impossible for a server, or with impossible values."""


@dataclass(slots=True, eq=False)
class Fault:
    """One quirk, switched on.

    Attributes
    ----------
    variant : str
        One of the quirk's, or ``"any"``.
    at : tuple of Endpoint
        Where it strikes.
    times : int or None
        How often it strikes before it is used up. None: until it is cleared.
    share : float
        Of the requests that it strikes.
    seed : int
        Decides the share, and the variant where that is ``"any"``.
    skip : int
        How many requests pass unharmed first.
    hit : Hit
        Seconds and status, for the quirks that have some.
    """

    quirk: Quirk
    variant: str
    at: tuple[Endpoint, ...]
    times: int | None
    share: float
    seed: int
    skip: int
    hit: FaultParameters
    struck: int = 0
    _seen: Counter[str] = field(default_factory=Counter)

    @property
    def used_up(self) -> bool:
        """True if it has struck as often as it should."""
        return self.times is not None and self.struck >= self.times

    def draw(self, case: RequestContext, stages: tuple[Stage, ...], question: str) -> Effect | None:
        """Return what happens to a request, if anything. Ask once for each request.

        Parameters
        ----------
        question : str
            What is asked, so that the dice fall the same way whenever it is.
        """
        names = [self.variant]
        if self.variant == ANY:
            variants = self.quirk.variants.items()
            names = [name for name, effect in variants if effect.stage is not Stage.ARRIVAL]
        names = [name for name in names if self.quirk.variants[name].stage in stages]
        if case.endpoint not in self.at or not names or self.used_up:
            return None
        if self.skip > 0:
            self.skip -= 1
            return None
        self._seen[question] += 1
        words = f"{self.seed} {self.quirk.number} {question} {self._seen[question]}"
        dice = random.Random(words)  # noqa: S311 - replayable on purpose
        if dice.random() >= self.share:
            return None
        return self.quirk.variants[dice.choice(names)]

    def as_json(self) -> dict[str, Any]:
        """Return what it is and how often it has struck."""
        return {
            "quirk": self.quirk.number,
            "variant": self.variant,
            "at": list(self.at),
            "times": self.times,
            "share": self.share,
            "seed": self.seed,
            "struck": self.struck,
        }


class Faults:
    """The faults that are switched on."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self.struck: Counter[str] = Counter()

    def add(self, wishes: Mapping[str, Any]) -> Fault:
        """Switch one on.

        Parameters
        ----------
        wishes : mapping
            ``quirk`` and, if wanted, ``variant``, ``at``, ``times`` (1 when there is no share),
            ``share``, ``seed``, ``skip``, ``seconds``, ``status``.

        Raises
        ------
        FaultError
            With a sentence.
        """
        fault = _read(wishes)
        if len(self._faults) >= MOST_FAULTS:
            raise FaultError(f"there are {MOST_FAULTS} faults already; clear them first")
        self._faults.append(fault)
        return fault

    def clear(self, number: int | None = None) -> None:
        """Switch all off, or those of one quirk."""
        self._faults = [fault for fault in self._faults if number not in (None, fault.quirk.number)]
        if number is None:
            self.struck.clear()

    def as_json(self) -> list[dict[str, Any]]:
        """Return all that are switched on."""
        return [fault.as_json() for fault in self._faults]

    def plan(self, case: RequestContext, *stages: Stage) -> FaultPlan:
        """Decide, once for a request, what will happen to it at the given stages."""
        asked = [fault for fault in self._faults if case.endpoint in fault.at]
        if not asked:
            return FaultPlan([], self)
        question = _question(case)
        drawn = [(fault, fault.draw(case, stages, question)) for fault in asked]
        return FaultPlan(
            [PendingFault(fault, due) for fault, due in drawn if due is not None], self
        )

    def count(self, fault: Fault) -> None:
        """Note that a fault has struck; let go of it when it is used up."""
        fault.struck += 1
        self.struck[str(fault.quirk.number)] += 1
        if fault.used_up and fault in self._faults:
            self._faults.remove(fault)


class PendingFault(NamedTuple):
    """A fault and what it will do to a request."""

    fault: Fault
    effect: Effect


class FaultPlan:
    """What will happen to one request."""

    def __init__(self, due: list[PendingFault], faults: Faults) -> None:
        self._due = due
        self._faults = faults

    def act(self, stage: Stage, case: RequestContext) -> None:
        """Let happen what is due at a stage. Before the endpoint, an answer ends it."""
        for fault, effect in self._due:
            if effect.stage is not stage or fault.used_up:
                continue
            if stage is not Stage.AFTER and case.answer is not None:
                return
            with contextlib.suppress(LookupError, TypeError, AttributeError):
                # Raised where another fault has already taken what this one changes.
                if effect.act(case, fault.hit):
                    self._faults.count(fault)


def _question(case: RequestContext) -> str:
    # Not the whole URL: the same session may run on another port.
    url = case.request.url
    return f"{case.request.method} {url.path}?{url.query} {case.digest}"


def _read(wishes: Mapping[str, Any]) -> Fault:
    known = {"quirk", "variant", "at", "times", "share", "seed", "skip", "seconds", "status"}
    if unknown := sorted(wishes.keys() - known):
        raise FaultError(f"a fault has no {', '.join(unknown)[:80]}; it may have {sorted(known)}")
    quirk = QUIRKS.get(_whole("quirk", wishes.get("quirk")) or 0)
    if quirk is None:
        raise FaultError(f"quirk is a number between 1 and {max(QUIRKS)}")
    if quirk.reason:
        raise FaultError(f"Q{quirk.number} is not the server's to cause: {quirk.reason}")
    share = wishes.get("share")
    status = _whole("status", wishes.get("status"), least=200, most=599)
    if status in BODILESS:
        raise FaultError(f"status {status} has no body to send")
    return Fault(
        quirk=quirk,
        variant=_variant(quirk, wishes.get("variant")),
        at=_endpoints(quirk, wishes.get("at")),
        times=_whole("times", wishes.get("times", 1 if share is None else None), least=1),
        share=1.0 if share is None else _number("share", share, most=1.0),
        seed=_whole("seed", wishes.get("seed", 0)) or 0,
        skip=_whole("skip", wishes.get("skip", 0), least=0) or 0,
        hit=FaultParameters(
            seconds=None if "seconds" not in wishes else _number("seconds", wishes["seconds"]),
            status=status,
        ),
    )


def _variant(quirk: Quirk, wish: Any) -> str:
    if wish is None:
        return next(iter(quirk.variants))
    if wish == ANY or str(wish) in quirk.variants:
        return str(wish)
    raise FaultError(f"Q{quirk.number} has the variants {[*quirk.variants, ANY]}")


def _endpoints(quirk: Quirk, wish: Any) -> tuple[Endpoint, ...]:
    if wish is None:
        return quirk.at
    names = [wish] if isinstance(wish, str) else wish
    possible = {str(endpoint): endpoint for endpoint in quirk.at + quirk.also}
    if not isinstance(names, list) or not names or not possible.keys() >= set(map(str, names)):
        raise FaultError(f"Q{quirk.number} happens at {sorted(possible)}")
    return tuple(possible[name] for name in names)


def _whole(
    name: str, value: Any, *, least: int | None = None, most: int | None = None
) -> int | None:
    if value is None:
        return None
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or (least is not None and value < least) or (most is not None and value > most):
        raise FaultError(f"{name} is a whole number within its bounds, not {repr(value)[:80]}")
    return int(value)


def _number(name: str, value: Any, *, most: float = 1e9) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= most:
        raise FaultError(f"{name} is a number between 0 and {most:g}, not {repr(value)[:80]}")
    return float(value)
