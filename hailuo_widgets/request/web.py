"""A picture fetched by http or https, bounded in size, in time and in where it may lead."""

from __future__ import annotations

import queue
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from http import HTTPStatus
from http.client import HTTPException
from typing import IO, Final

from hailuo_widgets.errors import FrameError
from hailuo_widgets.request.names import shown_name

DOWNLOAD_LIMIT: Final = 60_000_000
"""Bytes; a download that brings more is broken off."""

DOWNLOAD_SECONDS: Final = 30.0
"""A download that takes longer, all in all, is given up."""

_PIECE: Final = 262_144


class _HttpOnly(urllib.request.HTTPRedirectHandler):
    """Follows redirects to http and https; the stock handler would follow to ftp as well."""

    def redirect_request(  # noqa: PLR0917 - the base class says so
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: object,
        newurl: str,
    ) -> urllib.request.Request | None:
        if urllib.parse.urlsplit(newurl).scheme not in {"http", "https"}:
            fp.close()
            raise FrameError("The address leads to a place that is neither http nor https.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def _opener() -> urllib.request.OpenerDirector:
    """Open http and https alone: the stock opener also reads files and ftp."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
        _HttpOnly,
        urllib.request.HTTPErrorProcessor,
        urllib.request.UnknownHandler,
    ):
        opener.add_handler(handler())
    opener.addheaders = [
        ("User-Agent", "hailuo-widgets"),
        ("Accept", "image/jpeg, image/png, */*;q=0.5"),
    ]
    return opener


def download(
    url: str, *, limit: int = DOWNLOAD_LIMIT, seconds: float = DOWNLOAD_SECONDS
) -> tuple[bytes, str]:
    """Fetch a picture by http or https.

    Parameters
    ----------
    url : str
        Where it is; redirects are followed to http and https only.
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
        parts = urllib.parse.urlsplit(url)
    except ValueError:
        raise FrameError("The address makes no sense.") from None
    host = shown_name(parts.hostname or "") or "the address"
    name = shown_name(urllib.parse.unquote(parts.path.rpartition("/")[2])) or f"picture from {host}"
    answers: queue.SimpleQueue[tuple[bytes, str] | Exception] = queue.SimpleQueue()
    end = time.monotonic() + seconds

    def fetch() -> None:
        try:
            answers.put((_fetch(url, limit=limit, seconds=seconds, end=end), name))
        except Exception as error:  # noqa: BLE001 - carried to the caller's thread below
            answers.put(error)

    # A server that drips its headers outlasts any socket timeout; a thread can be left behind.
    threading.Thread(target=fetch, name="hailuo-picture-download", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        answer = TimeoutError()
    if isinstance(answer, tuple):
        return answer
    raise FrameError(_why_not(answer, host=host, limit=limit, seconds=seconds)) from None


class _TooMuchError(Exception):
    """The server sends more than the limit."""


def _fetch(url: str, *, limit: int, seconds: float, end: float) -> bytes:
    with _opener().open(url, timeout=seconds) as response:
        pieces: list[bytes] = []
        size = 0
        while piece := response.read1(_PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                raise _TooMuchError
            if time.monotonic() > end:
                raise TimeoutError
        expected = response.headers.get("Content-Length")
        if expected is not None and expected.isdecimal() and size < int(expected):
            raise ConnectionError
    return b"".join(pieces)


def _why_not(error: Exception, *, host: str, limit: int, seconds: float) -> str:
    if isinstance(error, FrameError):
        return str(error)
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        known = error.code in {status.value for status in HTTPStatus}
        phrase = f" ({HTTPStatus(error.code).phrase})" if known else ""
        return f"{host} answered {error.code}{phrase} instead of a picture."
    if isinstance(error, _TooMuchError):
        return f"{host} sends more than {limit / 1e6:.0f} MB; that is no frame."
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return f"{host} did not send the whole picture within {seconds:g} s."
    if isinstance(error, (OSError, HTTPException)):
        return f"The picture could not be fetched from {host}: no connection, or it broke off."
    return f"The picture could not be fetched from {host}: the address makes no sense."
