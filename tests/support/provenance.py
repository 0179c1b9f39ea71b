"""Rows of a ledger and the origins of clips that are told from them."""

import dataclasses
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.library.ledger.records import JobRow
from hailuo_widgets.library.ledger.states import JobState
from hailuo_widgets.library.origin import of_job
from hailuo_widgets.request.video_request import VideoRequest
from tests.support.samples import picture

NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)


FRAMES = [
    Frame(picture(colour=(90, 30 * number, 10)), name=f"frame {number}.jpg") for number in range(3)
]


def job(**fields):
    """A row of the ledger, as far as a clip's origin is told from it."""
    values = dict.fromkeys(field.name for field in dataclasses.fields(JobRow))
    values |= {
        "service": "wavespeed",
        "take": 1,
        "state": JobState.COMPLETED,
        "price": Decimal("0.49"),
        "prediction_id": "p-0123456789abcdef",
        "asked_at": NOON,
        "accepted_at": NOON + timedelta(seconds=2),
        "completed_at": NOON + timedelta(seconds=61),
    }
    return JobRow(**(values | fields))


def origin(prompt="slow push in, golden hour", end=None, expansion=True, **fields):
    return of_job(job(**fields), VideoRequest(FRAMES[0], prompt, end, expansion))
