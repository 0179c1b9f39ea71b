"""Frames that several requests of a sweep send: uploaded once instead of with every request."""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import TYPE_CHECKING, Final

from hailuo_widgets import errors
from hailuo_widgets.jobs.services.connect import WAVESPEED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hailuo_widgets.jobs.services.connect import Connection
    from hailuo_widgets.request.video_request import VideoRequest

SHARED_BYTES: Final = 100_000
"""From this size on, a frame that several cells send is uploaded once instead."""


def keep_shared_frames(requests: Iterable[VideoRequest], connection: Connection) -> frozenset[str]:
    """Keep the frames in the library that are better uploaded once; return their hashes."""
    if connection.service != WAVESPEED:
        return frozenset()  # nothing leaves this machine
    uses = Counter(
        frame
        for request in requests
        for frame in {request.image, request.end_image}
        if frame is not None and len(frame.data) >= SHARED_BYTES
    )
    shared = [frame for frame, count in uses.items() if count > 1]
    for frame in shared:
        # Before all of their jobs try it at the same moment. What fails shows there.
        with contextlib.suppress(errors.LibraryError):
            connection.library.media.keep_frame(frame)
    return frozenset(frame.sha256 for frame in shared)
