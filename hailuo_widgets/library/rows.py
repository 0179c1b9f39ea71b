"""What the ledger gives: its rows as plain, frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from hailuo_widgets.library.budget import from_micros
from hailuo_widgets.library.states import JobState

if TYPE_CHECKING:
    from decimal import Decimal


class Columns(Protocol):
    """A row as SQLite gives it: values by the names of their columns."""

    def __getitem__(self, name: str, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job as the ledger holds it.

    Attributes
    ----------
    price, refunded : Decimal
        US dollars held or charged for it, and what the service's bill gave back.
    holder : str or None
        The process that carries it.
    completed_at : datetime or None
        When it was first seen completed at the service.
    questions : int
        How often the service was asked about it.
    lag_seconds : float or None
        How long it was completed before that was seen.
    removed_at : datetime or None
        When a person deleted its clip.
    written_off : bool
        A person has given up looking for it: it is never sent again as this take.
    """

    id: int
    service: str
    request_hash: str
    take: int
    state: JobState
    price: Decimal
    prediction_id: str | None
    clip_sha256: str | None
    error_kind: str | None
    error_message: str | None
    error_code: int | None
    holder: str | None
    asked_at: datetime
    sent_at: datetime | None
    accepted_at: datetime | None
    finished_at: datetime | None
    completed_at: datetime | None
    questions: int
    lag_seconds: float | None
    refunded: Decimal
    starred: bool
    note: str
    removed_at: datetime | None
    written_off: bool


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job stands where it stands, in a form the ledger keeps."""

    kind: str
    message: str
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of a job's state: to what, when, and why."""

    state: JobState
    at: datetime
    detail: str


@dataclass(frozen=True, slots=True)
class RequestRow:
    """What was asked for; the frames by their hashes."""

    prompt: str
    image: str
    end_image: str | None
    enable_prompt_expansion: bool


@dataclass(frozen=True, slots=True)
class ClipRow:
    """What was read from a clip's file when it arrived: pixels, seconds, bytes."""

    sha256: str
    width: int
    height: int
    fps: float
    duration: float
    frame_count: int
    bytes: int
    draft: bool


@dataclass(frozen=True, slots=True)
class FrameUse:
    """A start frame, and how many jobs begin with it."""

    sha256: str
    name: str
    jobs: int


@dataclass(frozen=True, slots=True)
class Stock:
    """Everything a library should hold: names of frames, jobs of clips, requests; by hash."""

    frames: dict[str, str]
    clips: dict[str, tuple[int, ...]]
    requests: dict[str, RequestRow]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a waiting job stands: waiting before it, in flight, and sent in the last minute."""

    before: int
    in_flight: int
    sent_last_minute: int


def job_row(row: Columns) -> JobRow:
    """Read a row of ``jobs``."""
    return JobRow(
        id=row["id"],
        service=row["service"],
        request_hash=row["request_hash"],
        take=row["take"],
        state=JobState(row["state"]),
        price=from_micros(row["price_micros"]),
        prediction_id=row["prediction_id"],
        clip_sha256=row["clip_sha256"],
        error_kind=row["error_kind"],
        error_message=row["error_message"],
        error_code=row["error_code"],
        holder=row["holder"],
        asked_at=datetime.fromisoformat(row["asked_at"]),
        sent_at=_when(row["sent_at"]),
        accepted_at=_when(row["accepted_at"]),
        finished_at=_when(row["finished_at"]),
        completed_at=_when(row["completed_at"]),
        questions=row["questions"],
        lag_seconds=row["lag_seconds"],
        refunded=from_micros(row["refunded_micros"]),
        starred=bool(row["starred"]),
        note=row["note"],
        removed_at=_when(row["removed_at"]),
        written_off=bool(row["written_off"]),
    )


def clip_row(row: Columns) -> ClipRow:
    """Read a row of ``clips``."""
    return ClipRow(
        sha256=row["sha256"],
        width=row["width"],
        height=row["height"],
        fps=row["fps"],
        duration=row["duration"],
        frame_count=row["frame_count"],
        bytes=row["bytes"],
        draft=bool(row["draft"]),
    )


def request_row(row: Columns) -> RequestRow:
    """Read a row of ``requests``."""
    return RequestRow(
        row["prompt"], row["image"], row["end_image"], bool(row["enable_prompt_expansion"])
    )


def _when(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
