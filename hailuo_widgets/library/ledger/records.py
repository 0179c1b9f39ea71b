"""The ledger's rows as frozen values, each validated when it is read."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from hailuo_widgets.library.ledger.states import COMMITTED, COUNTED, EMULATOR, SERVICES, JobState
from hailuo_widgets.library.ledger.values import RowReader
from hailuo_widgets.money import from_micros
from hailuo_widgets.service import PRICE

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

_LONGEST_ID: Final = 10_000
"""Characters of a prediction's id: whatever the service calls it."""


class SqlRow(Protocol):
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
        The process that executes it.
    completed_at : datetime or None
        When it was first seen completed at the service.
    questions : int
        How often the service was asked about it.
    lag_seconds : float or None
        How long it was completed before that was seen.
    removed_at : datetime or None
        When the user deleted its clip.
    written_off : bool
        True if the user gave up looking for it: it is never sent again as this take.
    damage : str
        What in it none of ours could be; empty when all is well. A damaged job is shown, its money
        stays counted, and nothing is sent for it.
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
    damage: str = ""

    @property
    def held(self) -> Decimal:
        """US dollars held against the budget: nothing for what was not sent and was let go of."""
        let_go = self.state is JobState.INTENT and self.holder is None
        return self.price if self.state in COMMITTED and not let_go else self.price * 0


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
class Inventory:
    """Everything a library should hold: names of frames, jobs of clips, requests; by hash.

    And one sentence for each row that is none of ours.
    """

    frames: dict[str, str]
    clips: dict[str, tuple[int, ...]]
    requests: dict[str, RequestRow]
    damage: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QueuePosition:
    """A waiting job's place: the jobs before it, in flight, and sent in the last minute."""

    before: int
    in_flight: int
    sent_last_minute: int


def job_row(row: SqlRow) -> JobRow:
    """Read a row of ``jobs``; one that none of ours can be is a damaged job, and never raises."""
    reader = RowReader(row)
    found = JobRow(
        id=reader.whole("id", -(2**63), 2**63),
        service=reader.text("service", 100),
        request_hash=reader.hash("request_hash"),
        take=reader.whole("take", 1),
        state=reader.state("state"),
        price=from_micros(reader.micros("price_micros")),
        prediction_id=reader.id_or_none("prediction_id", _LONGEST_ID),
        clip_sha256=reader.hash_or_none("clip_sha256"),
        error_kind=reader.text_or_none("error_kind", 200),
        error_message=reader.text_or_none("error_message"),
        error_code=reader.whole_or_none("error_code"),
        holder=reader.text_or_none("holder", 200),
        asked_at=reader.moment("asked_at"),
        sent_at=reader.moment_or_none("sent_at"),
        accepted_at=reader.moment_or_none("accepted_at"),
        finished_at=reader.moment_or_none("finished_at"),
        completed_at=reader.moment_or_none("completed_at"),
        questions=reader.whole("questions"),
        lag_seconds=reader.signed_or_none("lag_seconds"),
        refunded=from_micros(reader.micros("refunded_micros")),
        starred=bool(row["starred"]),
        note=reader.text("note"),
        removed_at=reader.moment_or_none("removed_at"),
        written_off=bool(row["written_off"]),
    )
    if found.service not in SERVICES:
        reader.problems.append("there is no such service as its own")
    elif found.service != EMULATOR and found.price == 0 and found.state in COUNTED:
        reader.problems.append("it was paid for and its price reads 0")
    return _damaged(found, reader.problems) if reader.problems else found


def _damaged(row: JobRow, problems: list[str]) -> JobRow:
    """Write what is wrong with a row into the columns that hold a job's error."""
    free = row.service == EMULATOR
    money = (
        "Drafts cost nothing: ask for another take."
        if free
        else "Its money stays counted against the budget, and it is not sent again as this take. "
        "To have the clip, ask for another take; hw.reconcile() shows what the service billed."
    )
    return dataclasses.replace(
        row,
        price=row.price if free or row.price else PRICE,
        holder=None,
        error_kind="LibraryError",
        error_message=(
            "What the library's ledger says of this job is damaged or comes from somebody else "
            f"({'; '.join(problems[:3])}). {money}"
        ),
        damage="; ".join(problems),
    )


def clip_row(row: SqlRow) -> ClipRow | None:
    """Read a row of ``clips``; None when it is none of ours."""
    reader = RowReader(row)
    found = ClipRow(
        sha256=reader.hash("sha256"),
        width=reader.whole("width", 1, 100_000),
        height=reader.whole("height", 1, 100_000),
        fps=reader.number("fps"),
        duration=reader.number("duration"),
        frame_count=reader.whole("frame_count"),
        bytes=reader.whole("bytes"),
        draft=bool(row["draft"]),
    )
    return None if reader.problems else found


def request_row(row: SqlRow) -> RequestRow:
    """Read a row of ``requests``; what is wrong in it is left out, and shows in its hash."""
    reader = RowReader(row)
    return RequestRow(
        reader.text("prompt"),
        reader.hash("image"),
        reader.hash_or_none("end_image"),
        bool(row["enable_prompt_expansion"]),
    )


def transition_row(row: SqlRow) -> Transition | None:
    """Read a row of ``transitions``; None when it is none of ours."""
    reader = RowReader(row)
    found = Transition(reader.state("state"), reader.moment("at"), reader.text("detail"))
    return None if reader.problems else found
