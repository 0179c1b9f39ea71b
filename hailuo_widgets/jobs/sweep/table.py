"""A sweep as a table: one row a cell, with request, clip, money and times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.errors import InputError
from hailuo_widgets.jobs.sweep.dry_run import look
from hailuo_widgets.library.ledger import states
from hailuo_widgets.library.ledger.states import JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from hailuo_widgets.jobs.services.connect import Connection
    from hailuo_widgets.jobs.sweep.cell import SweepCell
    from hailuo_widgets.library.ledger.history import Entry
    from hailuo_widgets.library.ledger.records import JobRow
    from hailuo_widgets.request.sweep.grid import Cell, Factor

_ASKED: Final = frozenset({"prompt", "image", "take"})
"""Factors that stand in the table as fields of the request."""


def table(
    factors: Sequence[Factor],
    cells: Sequence[SweepCell],
    connection: Connection,
    takes: Callable[[Cell], int],
) -> pd.DataFrame:
    """Make the table.

    Raises
    ------
    InputError
        pandas is not installed.
    LibraryError
        The library cannot be read.
    """
    try:
        import pandas as pd  # noqa: PLC0415  heavy, and nothing else needs it
    except ImportError:
        raise InputError(
            "A table needs pandas, which is not installed: pip install pandas. Everything else of "
            "a sweep works without it."
        ) from None
    lines = look([cell.plan for cell in cells], connection, takes, connection.price)
    rows = {line.index: line.row for line in lines if line.row is not None}
    entries = {
        entry.row.id: entry
        for entry in connection.library.ledger.history.entries(row.id for row in rows.values())
    }
    own = [factor.name for factor in factors if factor.name not in _ASKED]
    drawn = []
    for cell in cells:
        row = rows.get(cell.index)
        entry = entries.get(row.id) if row is not None else None
        drawn.append(_row(cell, own, connection.service, entry))
    return pd.DataFrame(drawn).astype({"width": "Int64", "height": "Int64", "frames": "Int64",
                                       "bytes": "Int64"})  # fmt: skip


def _row(cell: SweepCell, own: Sequence[str], service: str, entry: Entry | None) -> dict[str, Any]:
    request, row = cell.request, entry.row if entry else None
    clip = entry.clip if entry and row and row.state is JobState.DOWNLOADED else None
    end = request.end_image
    job = cell.job
    state = str(row.state) if row else "skipped" if cell.skipped else "not asked for"
    seconds = (
        (row.finished_at - row.sent_at).total_seconds()
        if row and row.finished_at and row.sent_at
        else None
    )
    return {
        "index": cell.index,
        **{name: cell.values[name] for name in own},
        "prompt": request.prompt,
        "image": cell.values.get("image", request.image.source_name),
        "image_sha256": request.image.sha256,
        "end_image": end.source_name if end else None,
        "end_image_sha256": end.sha256 if end else None,
        "enable_prompt_expansion": request.enable_prompt_expansion,
        "take": cell.take,
        "service": service,
        "state": state,
        "prediction_id": row.prediction_id if row else None,
        "width": clip.width if clip else None,
        "height": clip.height if clip else None,
        "fps": clip.fps if clip else None,
        "duration": clip.duration if clip else None,
        "frames": clip.frame_count if clip else None,
        "bytes": clip.bytes if clip else None,
        "clip_sha256": clip.sha256 if clip else None,
        "file": f"{clip.sha256}.mp4" if clip else None,
        "cost": float(_cost(row)) if row else 0.0,
        "money": _money(row),
        "asked_at": row.asked_at if row else None,
        "finished_at": row.finished_at if row else None,
        "seconds": seconds,
        "error": cell.error or (row.error_message if row and not clip else None) or "",
        "note": job.note if job else "",
    }


def _cost(row: JobRow) -> Any:
    """Return what was charged or is held for it, refunds taken off, in US dollars."""
    if row.state in states.SPENT:
        return row.price - min(row.refunded, row.price)
    return row.held


def _money(row: JobRow | None) -> str:
    if row is None or row.price == 0:
        return "" if row is None else "free"
    if row.state in states.SPENT:
        return "refunded" if row.refunded >= row.price else "spent"
    if row.state is JobState.UNKNOWN:
        return "may have been billed"
    return "held" if row.held else "not billed"
