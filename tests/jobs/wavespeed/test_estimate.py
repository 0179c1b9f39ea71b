"""How long things take: learned, and told as ranges that hold."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hailuo_widgets.jobs.runner.send_queue import about
from hailuo_widgets.jobs.wavespeed import estimate
from hailuo_widgets.service import TIERS

BRONZE = TIERS["bronze"]


@pytest.mark.parametrize("count", [0, 1, 7])
def test_until_there_are_eight_clips_the_services_page_is_believed(count):
    assert estimate.usual_seconds([1.0] * count) == (30.0, 90.0)


@given(st.lists(st.floats(0, 1000), min_size=8))
def test_eight_of_ten_lie_between_the_two(durations):
    low, high = estimate.usual_seconds(durations)
    inside = sum(low - 1e-9 <= seconds <= high + 1e-9 for seconds in durations)
    assert inside >= 0.8 * len(durations) - 2


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.floats(0, 1))
def test_a_quantile_lies_among_its_values(values, share):
    assert min(values) <= estimate.quantile(values, share) <= max(values)


def test_who_finds_room_waits_for_its_own_generation_alone():
    low, high = estimate.arrival(0, 0, (60.0, 60.0), BRONZE)
    assert (low, high) == (60.0, 60.0)


def test_who_finds_the_service_full_waits_for_room():
    alone = estimate.arrival(0, 0, (40.0, 80.0), BRONZE)
    behind = estimate.arrival(0, 2, (40.0, 80.0), BRONZE)
    assert behind[0] > alone[0]
    assert behind[1] > alone[1]


def test_the_rate_holds_back_what_would_find_room():
    """Bronze: two a minute. With ten seconds each, the fifth begins after two minutes."""
    low, high = estimate.arrival(4, 0, (10.0, 10.0), BRONZE)
    assert low == high == pytest.approx(2 * 61 + 10)


@given(st.integers(0, 40), st.integers(0, 2))
def test_whoever_stands_further_behind_comes_later(position, in_flight):
    nearer, further = (
        estimate.arrival(place, in_flight, (30.0, 90.0), BRONZE)
        for place in (position, position + 4)
    )
    assert nearer[0] < further[0]
    assert nearer[1] < further[1]


def played(count, tier, chance):
    """Play a batch second by second, as the ledger and the service would."""
    now, waiting, sent, ends, last = 0, count, [], [], 0.0
    while waiting or ends:
        ends = [end for end in ends if end > now]
        lately = [at for at in sent if at > now - 61]
        if waiting and len(ends) < tier.concurrent and len(lately) < tier.videos_per_minute:
            waiting -= 1
            sent.append(now)
            ends.append(now + chance.uniform(30, 90))
            last = max(last, ends[-1])
            continue
        now += 1
    return last


@pytest.mark.parametrize("count", [1, 6, 20, 60])
@pytest.mark.parametrize("tier", ["bronze", "silver"])
def test_a_batch_takes_as_long_as_was_said(count, tier):
    low, high = estimate.span(count, TIERS[tier], (36.0, 84.0))
    chance = random.Random(7)
    spans = [played(count, TIERS[tier], chance) for _ in range(20)]
    middle = sum(spans) / len(spans)
    assert (low + high) / 2 == pytest.approx(middle, rel=0.15)


def test_an_empty_batch_takes_no_time():
    assert estimate.span(0, BRONZE, (30.0, 90.0)) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        ((2, 6), "about 10 s"),
        ((30, 90), "about 60 s"),
        ((100, 130), "about 2 min"),
        ((110, 250), "about 2 to 4 min"),
    ],
)
def test_a_range_is_said_as_people_do(seconds, words):
    assert about(seconds) == words
