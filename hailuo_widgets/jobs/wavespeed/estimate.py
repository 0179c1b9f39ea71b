"""How long things take: learned from what this library has seen, told as honest ranges.

Nothing here asks or waits; seconds go in, seconds come out.
"""

from __future__ import annotations

import heapq
import random
from typing import TYPE_CHECKING, Final

from hailuo_widgets import service

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hailuo_widgets.service import Tier

Range = tuple[float, float]
"""Two seconds between which eight of ten end."""

ENOUGH_CLIPS: Final = 8
"""From so many clips on, the library's own history is believed instead of the service's page."""

_MINUTE: Final = 61.0
"""The ledger's minute of the rate (see `library/ledger/send_queue.py`)."""

_DRAWS: Final = 24


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share (0..1) of the values lies, between neighbours linear."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def usual_seconds(durations: Sequence[float]) -> Range:
    """Return how long a generation takes: the quantiles 0.1 and 0.9 of this library's own.

    Until there are eight clips it is what the service's page says: 30 to 90 s.
    """
    if len(durations) < ENOUGH_CLIPS:
        return service.EXPECTED_SECONDS
    return quantile(durations, 0.1), quantile(durations, 0.9)


def arrival(
    position: int,
    in_flight: int,
    seconds: Range,
    tier: Tier,
    *,
    sent_last_minute: int = 0,
) -> Range:
    """Return after how many seconds a waiting job's clip is here.

    Parameters
    ----------
    position : int
        How many wait before it.
    in_flight : int
        How many the service is working on.
    seconds : (float, float)
        How long one generation takes: quantiles 0.1 and 0.9.
    tier : Tier
        What the account may do.
    sent_last_minute : int
        How many were sent within the last minute.
    """
    return arrivals(position + 1, in_flight, seconds, tier, sent_last_minute=sent_last_minute)[-1]


def arrivals(
    count: int,
    in_flight: int,
    seconds: Range,
    tier: Tier,
    *,
    sent_last_minute: int = 0,
) -> list[Range]:
    """Return the same for each of `count` waiting jobs, in their order."""
    rng = random.Random(1)  # noqa: S311  the same question gets the same answer
    ends: list[list[float]] = [[] for _ in range(count)]
    for _ in range(_DRAWS):
        drawn = _draw(
            rng, count, seconds, tier, in_flight=in_flight, sent_last_minute=sent_last_minute
        )
        for place, end in enumerate(drawn):
            ends[place].append(end)
    return [(quantile(each, 0.1), quantile(each, 0.9)) for each in ends]


def span(count: int, tier: Tier, seconds: Range) -> Range:
    """Return how long a batch takes from asking to its last clip, on an account that rests.

    Parameters
    ----------
    count : int
        How many generations.
    tier : Tier
        What the account may do.
    seconds : (float, float)
        How long one generation takes: quantiles 0.1 and 0.9.
    """
    if count < 1:
        return 0.0, 0.0
    rng = random.Random(1)  # noqa: S311
    last = [max(_draw(rng, count, seconds, tier)) for _ in range(_DRAWS)]
    return quantile(last, 0.1), quantile(last, 0.9)


def _draw(
    rng: random.Random,
    count: int,
    seconds: Range,
    tier: Tier,
    *,
    in_flight: int = 0,
    sent_last_minute: int = 0,
) -> list[float]:
    """Play the queue once with drawn durations; return when each waiting job's clip is here."""

    def duration() -> float:
        # Even between the quantiles, and as much beyond them as they leave out.
        low, high = seconds
        return max(0.0, low + (high - low) * (rng.random() - 0.1) / 0.8)

    # Who is at work began some time ago.
    busy = [duration() * rng.random() for _ in range(in_flight)]
    heapq.heapify(busy)
    gap = _MINUTE / (sent_last_minute + 1)
    sent = [gap * (place + 1) - _MINUTE for place in range(sent_last_minute)]
    ends = []
    for _ in range(count):
        begin = 0.0
        while len(busy) >= tier.concurrent:
            begin = max(begin, heapq.heappop(busy))
        if len(sent) >= tier.videos_per_minute:
            begin = max(begin, sent[-tier.videos_per_minute] + _MINUTE)
        if sent:
            begin = max(begin, sent[-1])
        sent.append(begin)
        ends.append(begin + duration())
        heapq.heappush(busy, ends[-1])
    return ends
