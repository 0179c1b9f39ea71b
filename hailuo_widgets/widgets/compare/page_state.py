"""Fill in the state of a comparison's page from what is compared: its cells and its header."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from hailuo_widgets.errors import HailuoError
from hailuo_widgets.jobs.services.connect import EMULATOR
from hailuo_widgets.library.ledger.states import JobState
from hailuo_widgets.media.clip import gone
from hailuo_widgets.money import dollars
from hailuo_widgets.prompt.template import as_written
from hailuo_widgets.widgets.compare.state import blank_cell, blank_head
from hailuo_widgets.widgets.player.player import facts_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from hailuo_widgets.frame.frame import Frame
    from hailuo_widgets.jobs.sweep.dry_run import DryRun
    from hailuo_widgets.jobs.sweep.sweep import Sweep
    from hailuo_widgets.widgets.compare.items import CompareItem
    from hailuo_widgets.widgets.compare.layout import Layout, Spot
    from hailuo_widgets.widgets.compare.state import CellState, HeadState

_POSTER_SIDE = 640
_STILLS_AT_MOST = 8


def cell_state(
    place: str,
    item: CompareItem,
    spot: Spot,
    *,
    relpath: str,
    about: Iterable[str],
    retry: str,
    confirm: str = "",
) -> CellState:
    """Return the state of one cell.

    Parameters
    ----------
    place : str
        Its id, ``c`` and its number.
    relpath : str
        Where Jupyter's server finds the clip.
    about : iterable of str
        What of its file is not as in the others.
    retry : str
        The words of its button; empty without one.
    """
    clip = item.clip
    picture = f"clip:{clip.sha256}" if clip else ""
    if clip is None and item.picture is not None and not item.skipped:
        picture = f"frame:{item.picture.sha256}"
    return {
        **blank_cell(place, "clip"),
        "number": int(place[1:]),
        "title": spot.title,
        "words": [list(piece) for piece in spot.words],
        "row": spot.row,
        "column": spot.column,
        "picture": picture,
        "facts": facts_of(clip) if clip else {},
        "relpath": relpath,
        "note": _note(item),
        "about": " · ".join(about),
        "retry": retry,
        "confirm": confirm,
    }


def still_state(place: str, frame: Frame, name: str) -> CellState:
    """Return the state of a start or end image, which clips can be held against."""
    return {
        **blank_cell(place, "picture"),
        "title": name,
        "words": [[name, 0]],
        "picture": f"frame:{frame.sha256}",
        "facts": {"width": frame.width, "height": frame.height},
    }


def find_stills(items: Collection[CompareItem]) -> dict[str, tuple[Frame, str]]:
    """Return the start and end images of all items, each once, with a name."""
    found: dict[str, tuple[Frame, str]] = {}
    for name, field in (("Start frame", "image"), ("End image", "end_image")):
        frames: dict[str, Frame] = {}
        for item in items:
            frame = getattr(item.request, field, None)
            if frame is not None:
                frames.setdefault(frame.sha256, frame)
        for frame in list(frames.values())[:_STILLS_AT_MOST]:
            words = f"{name}: {frame.source_name}" if len(frames) > 1 else name
            found[f"p{len(found) + 1}"] = (frame, words)
    return found


def poster_of(item: CompareItem) -> bytes:
    """Return the picture that stands for a cell: its clip's poster, else its start frame.

    Raises
    ------
    LibraryError, FrameError
        It cannot be read.
    """
    clip = item.clip
    if clip is not None:
        try:
            return clip.poster.read_bytes()
        except OSError:
            raise gone(clip) from None
    return b"" if item.picture is None else item.picture.thumbnail(_POSTER_SIDE)


def compare_files(items: Mapping[str, CompareItem]) -> tuple[str, dict[str, list[str]]]:
    """Return what is equal in all files that are here, and of each what is not."""
    parts = {
        place: [
            f"{clip.width} x {clip.height}",
            f"{clip.fps:g} fps",
            f"{clip.duration:.1f} s" if clip.frame_count > 1 else "1 frame",
        ]
        for place, item in items.items()
        if (clip := item.clip) is not None
    }
    known = list(parts.values())
    equal = [part for part in (known[0] if known else []) if all(part in each for each in known)]
    differ = {place: [part for part in each if part not in equal] for place, each in parts.items()}
    return " · ".join(equal), differ


def head_state(
    layout: Layout,
    items: Mapping[str, CompareItem],
    *,
    equal: str,
    sweep: Sweep | None,
    dry: DryRun | None,
    left_out: int,
    trouble: str,
) -> HeadState:
    """Return the header: what is equal in all cells, the headings, the money and the buttons.

    Parameters
    ----------
    equal : str
        What is equal in all files.
    dry : DryRun or None
        What running the sweep would cost, before anything was asked for.
    left_out : int
        How many cells are not shown because they are too many.
    trouble : str
        Why the sweep does not go on.
    """
    same = [list(pair) for pair in layout.same if pair[0] != "Service"]
    templates = {item.cell.plan.template for item in items.values() if item.cell is not None}
    if len(templates) == 1 and "{" in (template := next(iter(templates))):
        same.insert(0, ["Prompt", as_written(template)])
    if equal and len(items) > 1:
        same.append(["Clips", equal])
    head: HeadState = {
        **blank_head(),
        "same": same,
        "column_name": layout.column_name,
        "columns": [[list(piece) for piece in words] for words in layout.columns],
        "row_name": layout.row_name,
        "rows": [[list(piece) for piece in words] for words in layout.rows],
        "money": describe_cost(items, dry, left_out),
        "trouble": trouble,
    }
    _add_buttons(head, sweep, dry)
    return head


def describe_cost(items: Mapping[str, CompareItem], dry: DryRun | None, left_out: int) -> str:
    """Return what all of it costs, and how far it is."""
    shown = f"the first {len(items)} of {len(items) + left_out:,} are shown"
    parts = [shown] if left_out else []
    jobs = [item.job for item in items.values() if item.job is not None]
    if not jobs:
        return " · ".join([*parts, *([dry.sentence] if dry else [])])
    here = sum(item.clip is not None for item in items.values())
    whole = sum(not item.skipped for item in items.values())
    drafts = all(job.service == EMULATOR for job in jobs)
    kind = ("draft" if drafts else "clip") + "s" * (whole != 1)
    count = f"{whole} {kind}" if here == whole else f"{here} of {whole} {kind} here"
    cost = sum((job.cost for job in jobs if not job.from_library), start=jobs[0].cost * 0)
    money = "free" if drafts else dollars(cost) if cost else "$0, already in your library"
    earlier = sum((item.earlier for item in items.values()), start=Decimal(0))
    failed = [f"{dollars(earlier)} for tries that failed"] if earlier else []
    return " · ".join([*parts, count, money, *failed])


def _add_buttons(head: HeadState, sweep: Sweep | None, dry: DryRun | None) -> None:
    """Add the buttons that start a sweep, pause it or resume it."""
    if sweep is None:
        return
    cells = [cell for cell in sweep.cells if not cell.skipped]
    amount = dollars(dry.total) if dry is not None else ""
    if any(cell.withdrawn for cell in cells):
        head["amount"], head["hold"] = amount, "resume"
        head["hold_words"] = f"Resume · {amount}" if dry is not None and dry.total else "Resume"
    elif any(cell.job is None for cell in cells):
        if dry is not None:
            head["run"], head["amount"] = _run_words(dry), amount
    elif any(
        job.state is JobState.INTENT and not job.done
        for cell in cells
        if (job := cell.job) is not None
    ):
        head["hold"], head["hold_words"] = "pause", "Pause"


def retry_words(item: CompareItem, price: Decimal | None) -> str:
    """Return the words of a failed cell's button; empty where it has none.

    Parameters
    ----------
    price : Decimal or None
        What one more generation costs at its service, in US dollars.
    """
    job = item.job
    if job is None or job.error is None or job.clip is not None:
        return ""
    withdrawn = item.cell is not None and item.cell.withdrawn
    # What may have been billed has choices of its own.
    if withdrawn or job.never_sent or (job.state is JobState.UNKNOWN and job.cost > 0):
        return ""
    return f"Try again · {dollars(price)}" if price else "Try again"


def still_bytes(frame: Frame) -> bytes:
    """Return a start or end image for the page: as it is, or smaller where it is large."""
    return frame.data if len(frame.data) <= 3_000_000 else frame.thumbnail(1920)


def poster_or_nothing(item: CompareItem) -> bytes:
    """Return the picture that stands for a cell, or nothing where it cannot be read."""
    try:
        return poster_of(item)
    except HailuoError:
        return b""


def _note(item: CompareItem) -> str:
    clip = item.clip
    if clip is not None:
        known = clip.fps > 0 and clip.frame_count > 0
        return "" if known else "The file does not say how many frames it shows a second."
    if item.skipped:
        return "Left out."
    if item.path is not None and not item.trouble:
        return "Reading the file…"
    return item.trouble


def _run_words(dry: DryRun) -> str:
    if dry.sending == 0:
        return "Show what is in your library · $0"
    if dry.service == EMULATOR:
        return f"Render {dry.sending} draft{'s' * (dry.sending != 1)} · free"
    return f"Run {dry.sending} · {dollars(dry.total)}"
