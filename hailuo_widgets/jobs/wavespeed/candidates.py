"""Looking for what an unknown submission became, among the service's recent predictions (E7).

A list's items hold no picture and seldom a prompt, so a prediction is known by its time alone. The
service's clock may be off (Q50), and ours may have been set since: what lies outside of the time is
shown too, when nothing lies within. Nothing found here is ever adopted but by the user.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets import service
from hailuo_widgets.errors import HailuoError
from hailuo_widgets.jobs.wavespeed import pagination
from hailuo_widgets.jobs.wavespeed.client import NotFound, Transient
from hailuo_widgets.jobs.wavespeed.prediction_id import id_of, in_full

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from hailuo_widgets.jobs.wavespeed.client import Client
    from hailuo_widgets.library.ledger.ledger import JobRow

_BEFORE: Final = timedelta(minutes=2)
_AFTER: Final = timedelta(minutes=10)
"""A submission that is answered late, or goes through a gateway's queue, is accepted later."""

_CLOCKS_AGREE_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A prediction that an unknown submission may have become.

    Attributes
    ----------
    prediction_id : str
        The service's id.
    status : str
        Where it stands, in the service's words.
    created_at : datetime or None
        When the service accepted it, by the service's clock.
    prompt : str or None
        Its prompt, where the list tells it.
    near : bool
        Whether it was accepted at about the time of the submission.
    """

    prediction_id: str
    status: str
    created_at: datetime | None
    prompt: str | None = None
    near: bool = True

    def __str__(self) -> str:
        when = f"{self.created_at.astimezone():%d %b %H:%M:%S}, " if self.created_at else ""
        return f"{in_full(self.prediction_id)} ({when}{self.status or 'no status'})"


async def find(
    client: Client,
    row: JobRow,
    known: Callable[[], Container[str]],
    *,
    prompt: str | None = None,
    before: Callable[[], datetime | None] = lambda: None,
    in_doubt: Callable[[], int] = lambda: 1,
) -> tuple[Candidate, ...]:
    """Return what a submission may have become, the likeliest first.

    Parameters
    ----------
    row : JobRow
        The unknown submission.
    known : callable
        Gives the ids of all predictions that belong to some job. Asked after the list has come:
        one that was accepted meanwhile is known by then.
    prompt : str, optional
        What it asked for; a prediction that shows another prompt is left out.
    before : callable, optional
        Gives when the oldest submission was sent that still waits for its answer: what is younger
        may be that one's.
    in_doubt : callable, optional
        Gives how many submissions are looked for, this one among them. When fewer than that were
        accepted at about its time, as many others as are missing are shown too, those nearest in
        time: our clock may have been wrong when it was sent.

    Raises
    ------
    Transient, NotFound, AuthError
        As the client does: nothing is known then.
    """
    sent = row.sent_at or row.asked_at
    for since in (sent, None):
        shown = [_candidate(item, sent, client.clock_skew) for item in await _list(client, since)]
        open_since, ids, wanted = await asyncio.to_thread(lambda: (before(), known(), in_doubt()))
        left = [
            each
            for each in shown
            if each is not None
            and each.prediction_id not in ids
            and (prompt is None or each.prompt in {None, prompt})
            and not _is_younger(each, open_since, client.clock_skew)
        ]
        left.sort(key=lambda each: (not each.near, _distance(each, sent, client)))
        near = sum(each.near for each in left)
        if near >= max(1, wanted):
            break
    return tuple(left[: max(near, wanted)] if near else left)


async def is_listed(client: Client, prediction_id: str) -> bool | None:
    """Return True if the service's recent predictions name this one; None when they cannot be had."""
    try:
        items = await _items(client, {"model": service.MODEL})
    except (Transient, NotFound, HailuoError):
        return None
    return any(id_of(item.get("id")) == prediction_id for item in items)


async def _list(client: Client, since: datetime | None) -> list[dict[str, Any]]:
    """Return the predictions since a time of ours, or all that the service still has."""
    if since is None:
        return await _items(client, {"model": service.MODEL})
    asked_with = client.clock_skew
    found = await _items(client, _fields(since, asked_with))
    if abs(client.clock_skew - asked_with) > _CLOCKS_AGREE_SECONDS:
        found = await _items(client, _fields(since, client.clock_skew))
    return found


def _fields(since: datetime, clock_skew: float) -> dict[str, Any]:
    earliest = since - _BEFORE + min(timedelta(), timedelta(seconds=clock_skew))
    return {"model": service.MODEL, "created_after": earliest.isoformat()}


async def _items(client: Client, fields: dict[str, Any]) -> list[dict[str, Any]]:
    return await pagination.items(
        client, service.PREDICTIONS_PATH, fields, lambda item: str(item.get("id"))
    )


def _candidate(item: dict[str, Any], sent: datetime, clock_skew: float) -> Candidate | None:
    name = id_of(item.get("id"))
    if name is None or item.get("model", service.MODEL) != service.MODEL:
        return None
    given = item.get("input")
    prompt = given.get("prompt") if isinstance(given, dict) else None
    created_at = pagination.moment(item.get("created_at"))
    return Candidate(
        prediction_id=name,
        status=str(item.get("status") or ""),
        created_at=created_at,
        prompt=prompt if isinstance(prompt, str) else None,
        near=created_at is None or _is_near(created_at, sent, clock_skew),
    )


def _is_near(created_at: datetime, sent: datetime, clock_skew: float) -> bool:
    """Return True if it fits by the service's clock as it is now, or by ours as it is."""
    shifts = (timedelta(), timedelta(seconds=clock_skew))
    return any(-_BEFORE <= created_at - sent - shift <= _AFTER for shift in shifts)


def _is_younger(each: Candidate, open_since: datetime | None, clock_skew: float) -> bool:
    """Return True if it may be what a submission became that still waits for its answer."""
    if open_since is None or each.created_at is None:
        return False
    # Seconds, because the header that tells the service's clock has whole ones.
    return each.created_at >= open_since + timedelta(seconds=clock_skew - 2)


def _distance(each: Candidate, sent: datetime, client: Client) -> float:
    if each.created_at is None:
        return 0.0
    return abs((each.created_at - sent).total_seconds() - client.clock_skew)
