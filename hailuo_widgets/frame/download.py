"""A picture fetched by http or https, bounded in size, in time and in where it may lead."""

from __future__ import annotations

import queue
import threading
import time
import urllib.parse
from http import HTTPStatus
from typing import Final

import httpx

from hailuo_widgets.errors import FrameError
from hailuo_widgets.network.address import web_address
from hailuo_widgets.network.routes import Routes
from hailuo_widgets.network.trouble import NOT_REACHED, explain
from hailuo_widgets.text import shown_name

DOWNLOAD_LIMIT: Final = 60_000_000
"""Bytes; a download that brings more is broken off."""

DOWNLOAD_SECONDS: Final = 30.0
"""A download that takes longer, all in all, is given up."""

_REDIRECTS: Final = 10
_HEADERS: Final = {
    "User-Agent": "hailuo-widgets",
    "Accept": "image/jpeg, image/png, */*;q=0.5",
    "Accept-Encoding": "identity",
}


def download(
    url: str, *, limit: int = DOWNLOAD_LIMIT, seconds: float = DOWNLOAD_SECONDS
) -> tuple[bytes, str]:
    """Fetch a picture by http or https.

    Parameters
    ----------
    url : str
        Where it is, as people copy it: letters of any script and blanks are encoded. Redirects are
        followed to http and https only.
    limit : int
        Bytes after which the download is broken off.
    seconds : float
        Time after which it is given up, name resolution and headers included.

    Returns
    -------
    tuple of bytes and str
        The bytes, whatever they are, and the name of the file for messages.

    Raises
    ------
    FrameError
        If it cannot be had within the bounds. The message names host and file, never the whole
        address, which may hold a token.
    """
    try:
        address = web_address(url)
    except ValueError as error:
        raise FrameError(f"The picture could not be fetched: {error}.") from None
    host = shown_name(address.host)
    path = urllib.parse.unquote(address.raw_path.decode("ascii").partition("?")[0])
    name = shown_name(path.rpartition("/")[2]) or f"picture from {host}"
    answers: queue.SimpleQueue[tuple[bytes, str] | Exception] = queue.SimpleQueue()
    end = time.monotonic() + seconds

    def fetch() -> None:
        try:
            answers.put((_fetch(address, limit=limit, seconds=seconds, end=end), name))
        except Exception as error:  # noqa: BLE001 - carried to the caller's thread below
            answers.put(error)

    # A server that drips its headers outlasts any socket timeout; a thread can be left behind.
    threading.Thread(target=fetch, name="hailuo-picture-download", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        answer = _TooLateError()
    if isinstance(answer, tuple):
        return answer
    raise FrameError(_why_not(answer, host=host, limit=limit, seconds=seconds)) from None


class _TooMuchError(Exception):
    """The server sends more than the limit."""


class _TooLateError(Exception):
    """The server takes longer than the limit."""


class _StatusError(Exception):
    """The server answers something else."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class _FailedError(Exception):
    """No connection, or it broke off; its text says why and what to do."""


def _fetch(url: httpx.URL, *, limit: int, seconds: float, end: float) -> bytes:
    with httpx.Client(
        transport=Routes(), trust_env=False, headers=_HEADERS, timeout=seconds
    ) as client:
        for _ in range(_REDIRECTS + 1):
            found = _fetch_from(client, url, limit=limit, end=end)
            if isinstance(found, bytes):
                return found
            url = found
    raise _StatusError(HTTPStatus.FOUND)


def _fetch_from(
    client: httpx.Client, url: httpx.URL, *, limit: int, end: float
) -> bytes | httpx.URL:
    """Return a picture's bytes, or where it is said to be instead."""
    try:
        with client.stream("GET", url, follow_redirects=False) as response:
            if response.has_redirect_location:
                return _following(url, response.headers["Location"])
            return _read(response, limit=limit, end=end)
    except httpx.TimeoutException:
        raise _TooLateError from None
    except (_StatusError, _TooMuchError, _TooLateError, FrameError):
        raise
    except Exception as error:  # noqa: BLE001  foreign bytes lead the library into any of them
        trouble = explain(error, url, connected=not isinstance(error, NOT_REACHED))
        raise _FailedError(f"{trouble.reason}. {trouble.remedy}".strip()) from None


def _read(response: httpx.Response, *, limit: int, end: float) -> bytes:
    if response.status_code != HTTPStatus.OK:
        raise _StatusError(response.status_code)
    pieces = bytearray()
    for piece in response.iter_bytes():
        pieces += piece
        if len(pieces) > limit:
            raise _TooMuchError
        if time.monotonic() > end:
            raise _TooLateError
    return bytes(pieces)


def _following(url: httpx.URL, location: str) -> httpx.URL:
    try:
        # Headers come as Latin-1; many a server means UTF-8.
        text = location.encode("latin-1", "ignore").decode("utf-8", "replace")
        return web_address(urllib.parse.urljoin(str(url), text.strip()))
    except ValueError as error:
        raise FrameError(f"The address leads to another, and there {error}.") from None


def _why_not(error: Exception, *, host: str, limit: int, seconds: float) -> str:
    if isinstance(error, FrameError):
        return str(error)
    if isinstance(error, _StatusError):
        known = error.status in {status.value for status in HTTPStatus}
        phrase = f" ({HTTPStatus(error.status).phrase})" if known else ""
        return f"{host} answered {error.status}{phrase} instead of a picture."
    if isinstance(error, _TooMuchError):
        return f"{host} sends more than {limit / 1e6:.0f} MB; that is no frame."
    if isinstance(error, _TooLateError):
        return f"{host} did not send the whole picture within {seconds:g} s."
    if isinstance(error, _FailedError):
        return f"The picture could not be fetched from {host}: {error}"
    return f"The picture could not be fetched from {host} ({type(error).__name__})."
