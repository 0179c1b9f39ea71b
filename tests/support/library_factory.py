"""Libraries with something in them."""

import contextlib
import resource
from decimal import Decimal

from hailuo_widgets.library.ledger.states import JobState
from tests.support import samples

PRICE = Decimal("0.49")
FREE = Decimal("0.00")


def begin(ledger, wanted=None, take=1, price=PRICE, holder="me", alive=(), clips=()):
    """Ask for a take; paid unless it is free."""
    return ledger.begin(
        "wavespeed" if price else "emulator",
        wanted or samples.request(),
        take,
        price,
        holder=holder,
        is_alive=lambda name: name in alive,
        has_clip=lambda sha256: sha256 in clips,
    )


def finished(library, wanted=None, data=None, **asked):
    """Ask for a take and bring a clip home; return its row."""
    request = wanted or samples.request()
    for frame in (request.image, request.end_image):
        if frame is not None:
            library.media.keep_frame(frame)
    row, _ = begin(library.ledger, request, **asked)
    with library.media.incoming() as temporary:
        temporary.write_bytes(data or samples.clip())
        size = temporary.stat().st_size
        sha256, facts = library.media.keep_clip(temporary)
    library.ledger.transitions.advance(
        row.id,
        JobState.DOWNLOADED,
        prediction_id=f"p{row.id}",
        clip=(sha256, facts, size),
    )
    library.ledger.transitions.release(row.id)
    return library.ledger.jobs.row(row.id)


@contextlib.contextmanager
def full_disk(room):
    """Let no file grow past this many bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
