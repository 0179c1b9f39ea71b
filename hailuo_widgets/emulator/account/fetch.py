"""A picture from a URL that a submission named: http(s) only, bounded in size and time."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from urllib.parse import urlsplit

from hailuo_widgets import service as facts
from hailuo_widgets.emulator.http.doors import is_loopback

TOTAL_SECONDS = 30.0
STEP_SECONDS = 10.0
"""The longest silence of the other side."""


def fetch(url: str, clock: Callable[[], float] = time.monotonic) -> bytes:
    """Return the bytes at a URL. Blocks, so it runs in a thread.

    Raises
    ------
    OSError
        When the host is not reachable, answers an error, or sends too much or too slowly.
    """
    try:
        with _opener(url).open(url, timeout=STEP_SECONDS) as answer:
            return _read(answer, clock)
    except urllib.error.HTTPError as error:
        error.close()  # it is an answer too, with a connection
        raise OSError(f"HTTP {error.code}") from None
    except (http.client.HTTPException, ValueError) as error:
        raise OSError(str(error)) from error


def _read(answer: http.client.HTTPResponse, clock: Callable[[], float]) -> bytes:
    deadline = clock() + TOTAL_SECONDS
    data = bytearray()
    while chunk := answer.read1(65536):
        data += chunk
        if len(data) > facts.IMAGE_BYTES_LIMIT:
            raise OSError(f"more than {facts.IMAGE_BYTES_LIMIT} bytes")
        if clock() > deadline:
            raise OSError(f"not all there after {TOTAL_SECONDS:.0f} s")
    # Reading in pieces, the standard library does not complain of an early end.
    if answer.length:
        raise OSError(f"{answer.length} bytes are missing")
    return bytes(data)


def _opener(url: str) -> urllib.request.OpenerDirector:
    """Return an opener that knows no scheme but http and https, redirects included."""
    opener = urllib.request.OpenerDirector()
    local = is_loopback(urlsplit(url).hostname or "")
    for handler in (
        urllib.request.ProxyHandler({} if local else None),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener
