"""A job of a library in the words of people: how it stands, what it cost, what can be done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.library.ledger.states import AT_SERVICE, COMMITTED, JobState
from hailuo_widgets.money import dollars, to_cents
from hailuo_widgets.service import RETENTION_DAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hailuo_widgets.library.ledger.history import Entry
    from hailuo_widgets.library.ledger.records import JobRow, Transition

GOING: Final = AT_SERVICE | {JobState.INTENT, JobState.SENT}

GROUPS: Final = {
    "ready": ("Ready", frozenset({JobState.DOWNLOADED})),
    "going": ("On their way", GOING),
    "unknown": ("May have been billed", frozenset({JobState.UNKNOWN})),
    "failed": (
        "Without a clip",
        frozenset(JobState) - GOING - {JobState.DOWNLOADED, JobState.UNKNOWN},
    ),
}
"""What the user filters by: a name and the states it stands for."""

WORDS: Final = {
    JobState.INTENT: "Asked for",
    JobState.SENT: "Sent",
    JobState.ACCEPTED: "Accepted",
    JobState.REFUSED: "Refused",
    JobState.UNKNOWN: "Answer lost",
    JobState.CREATED: "In the service's queue",
    JobState.PROCESSING: "Rendering",
    JobState.COMPLETED: "Completed at the service",
    JobState.DOWNLOADED: "In the library",
    JobState.FAILED: "Failed",
    JobState.CANCELLED: "Cancelled",
    JobState.TIMEOUT: "Timed out",
    JobState.DELETED: "Gone at the service",
}

_RUNNING: Final = {
    JobState.INTENT: "waiting",
    JobState.SENT: "sending",
    JobState.ACCEPTED: "accepted",
    JobState.CREATED: "queued",
    JobState.PROCESSING: "rendering",
    JobState.COMPLETED: "fetching",
}


def is_draft(row: JobRow) -> bool:
    """Return True if it was asked of the emulator."""
    return row.service == "emulator"


def standing(row: JobRow, *, executing: bool) -> tuple[str, str]:
    """Return how a job stands, as a mark and a few words; both empty when its clip is here.

    Parameters
    ----------
    executing : bool
        Whether a living process executes it.
    """
    state = row.state
    if state is JobState.UNKNOWN or (state is JobState.SENT and not executing):
        return ("unknown", "May have been billed") if row.price else ("bad", "Answer lost")
    if state in GOING:
        waiting = "Never sent" if state is JobState.INTENT else "Waits at the service"
        return ("going", _RUNNING[state]) if executing else ("idle", waiting)
    if state is JobState.DOWNLOADED:
        return ("gone", "File deleted") if row.removed_at else ("", "")
    if row.written_off:
        return "bad", "Written off"
    withdrawn = state is JobState.REFUSED and row.sent_at is None
    return "bad", "Withdrawn" if withdrawn else WORDS[state]


def money(row: JobRow) -> str:
    """Return in two words what a job costs."""
    if not row.price:
        return "free"
    if row.state is JobState.REFUSED or (row.state in COMMITTED and not row.held):
        return "not billed"
    if row.state in COMMITTED:
        return f"{dollars(row.price)} held"
    if row.refunded >= row.price:
        return "refunded"
    return to_cents(row.price - row.refunded)


def costs(row: JobRow) -> list[str]:
    """Return what a job costs, line by line."""
    if not row.price:
        return ["free"]
    price = dollars(row.price)
    if row.state is JobState.REFUSED or (row.state in COMMITTED and not row.held):
        return [f"{price} not billed"]
    if row.state in COMMITTED:
        held = "may have been billed" if row.state is JobState.UNKNOWN else "on its way"
        return [f"{price} held against the budget: {held}"]
    if not row.refunded:
        return [f"{price} spent"]
    return [f"{price} billed", f"{dollars(row.refunded)} refunded"]


def deadline(row: JobRow, *, here: bool) -> datetime | None:
    """Return until when the service keeps a paid clip that is not here; None if that does not matter."""
    if is_draft(row) or here or row.accepted_at is None:
        return None
    if row.state not in AT_SERVICE and row.state is not JobState.DOWNLOADED:
        return None
    return row.accepted_at + timedelta(days=RETENTION_DAYS)


def removal(row: JobRow, size: int, now: datetime) -> str:
    """Return what deleting the clip's file means, and what it takes to get it back."""
    kept = (
        f"The file goes ({size / 1e6:.1f} MB). Its line here stays, with what it cost, its note "
        "and its tags. "
    )
    if is_draft(row):
        return f"{kept}To get it back, the emulator renders it again, free."
    again = f"a new take costs {dollars(row.price)}, and no two takes are alike."
    until = deadline(row, here=False)
    if until is not None and until > now:
        local = until.astimezone()
        day = f"{local.day} {local:%b}, {local:%H:%M}"
        return (
            f"{kept}The service keeps a copy until {day}: fetching it until then is free. After "
            f"that {again}"
        )
    return f"{kept}The service has deleted its copy: this one cannot be brought back, and {again}"


def fetching(row: JobRow, *, here: bool, executing: bool, now: datetime) -> str:
    """Name the way to a clip that is not here and costs nothing to have; empty without one."""
    if here or executing:
        return ""
    if is_draft(row):
        return "Render it again · free"
    until = deadline(row, here=here)
    return "Fetch it · $0" if until is not None and until > now else ""


def card_of(entry: Entry, *, executing: bool, words: str = "") -> dict[str, Any]:
    """Put a job into what the grid shows of it.

    Parameters
    ----------
    words : str
        What the process that executes it says of it; default: the words of its state.
    """
    row = entry.row
    mark, plain = standing(row, executing=executing)
    filmed = row.clip_sha256 is not None and not row.removed_at
    return {
        "id": row.id,
        "kind": "Draft" if is_draft(row) else "Clip",
        "draft": is_draft(row),
        "prompt": entry.prompt,
        "picture": f"clip:{row.clip_sha256}" if filmed else f"frame:{entry.image}",
        "filmed": filmed,
        "mark": mark,
        "words": words if words and mark == "going" else plain,
        "asked": row.asked_at.timestamp(),
        "take": row.take,
        "money": money(row),
        "starred": row.starred,
        "noted": bool(row.note),
        "tags": list(entry.tags),
    }


def details_of(
    entry: Entry,
    steps: Iterable[Transition],
    *,
    here: bool,
    executing: bool,
    line: dict[str, Any] | None,
    now: datetime,
) -> dict[str, Any]:
    """Put a job into what is shown of it when it is opened.

    Parameters
    ----------
    here : bool
        Whether its clip's file is in the library.
    line : dict, optional
        Its progress, where this process knows more than the ledger.
    """
    row, clip = entry.row, entry.clip
    frames = [{"key": f"frame:{entry.image}", "name": entry.image_name, "role": "Start frame"}]
    if entry.end_image is not None:
        frames.append({"key": f"frame:{entry.end_image}", "name": "", "role": "End image"})
    until = deadline(row, here=here)
    told = line is not None and bool(line["error"])
    return {
        **card_of(entry, executing=executing),
        "frames": frames,
        "expansion": entry.enable_prompt_expansion,
        "note": row.note,
        "steps": [
            {"words": WORDS[step.state], "at": step.at.timestamp(), "detail": step.detail}
            for step in steps
        ],
        "costs": costs(row),
        "deadline": until.timestamp() if until else 0,
        "prediction": row.prediction_id or "",
        "clip": here,
        "trouble": "" if told or row.state is JobState.DOWNLOADED else row.error_message or "",
        "removal": removal(row, clip.bytes, now) if clip is not None and here else "",
        "fetching": fetching(row, here=here, executing=executing, now=now),
        "line": line,
    }


def by_state(group: object) -> tuple[JobState, ...]:
    """Return the states of a group; none, which means all, for an unknown one."""
    _, states = GROUPS.get(str(group), ("", frozenset()))
    return tuple(sorted(states))


def is_executing(row: JobRow, is_alive: Callable[[str], bool]) -> bool:
    """Return True if a living process executes a job."""
    return row.holder is not None and is_alive(row.holder)
