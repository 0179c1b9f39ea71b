"""Bytes at an address become a verified clip in the library.

A file goes to a temporary name, is decoded from end to end, gets its origin written into it, and is
only then renamed: what carries a clip's name is a whole clip. The API key is never sent here
(outputs lie on other hosts).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from typing import TYPE_CHECKING, Final

import httpx
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from hailuo_widgets.errors import DownloadError
from hailuo_widgets.library.media import NotAVideoError

if TYPE_CHECKING:
    from pathlib import Path

    from hailuo_widgets.jobs.poll import Clock
    from hailuo_widgets.library.media import Media, VideoFacts
    from hailuo_widgets.library.provenance import Provenance

_SIZE_LIMIT: Final = 1_000_000_000
_REDIRECTS: Final = 5
_ATTEMPTS: Final = 5
_TIMEOUT: Final = httpx.Timeout(connect=15.0, read=60.0, write=30.0, pool=None)


class _Incomplete(Exception):  # noqa: N818  a signal to try again, never shown
    """The file did not arrive whole this time (Q45)."""


async def download(
    http: httpx.AsyncClient,
    address: str,
    media: Media,
    prediction_id: str,
    clock: Clock,
    *,
    origin: Provenance | None = None,
) -> tuple[str, VideoFacts, int]:
    """Fetch a finished clip into the library.

    Parameters
    ----------
    address : str
        An ``http(s)`` URL, or a ``data:`` URI for outputs that came inside the answer.
    origin : Provenance, optional
        Written into the file that is kept, once it has arrived whole.

    Returns
    -------
    sha256, facts, bytes
        Of the file that is kept.

    Raises
    ------
    DownloadError
        It did not arrive whole in several tries; it can be asked for again at no cost.
    LibraryError
        The library's folder takes no file.
    """
    problem = ""
    try:
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(_Incomplete),
            wait=wait_exponential(multiplier=0.5, max=20),
            stop=stop_after_attempt(_ATTEMPTS),
            sleep=clock.sleep,
            reraise=True,
        ):
            with attempt, media.incoming() as temporary:
                await _fetch(http, address, temporary)
                try:
                    return await asyncio.to_thread(_keep, media, temporary, origin)
                except NotAVideoError as error:
                    raise _Incomplete(str(error)) from None
    except _Incomplete as error:
        problem = str(error)
    raise DownloadError(
        f"The clip is finished and paid for, but its file did not arrive whole: {problem}. "
        "The service keeps it for 7 days; ask for the same request again to fetch it at no cost.",
        prediction_id=prediction_id,
    )


def _keep(media: Media, arrived: Path, origin: Provenance | None) -> tuple[str, VideoFacts, int]:
    sha256, facts = media.keep_clip(arrived, origin)
    return sha256, facts, media.clip_path(sha256).stat().st_size


async def _fetch(http: httpx.AsyncClient, address: str, target: Path) -> None:
    if address.startswith("data:"):
        _unpack(address, target)
        return
    url = httpx.URL(address) if _is_web(address) else None
    for _ in range(_REDIRECTS):
        if url is None:
            raise _Incomplete("its address is no web address")
        url = await _fetch_from(http, url, target)
        if url is None:
            return
    raise _Incomplete("its address leads in circles")


async def _fetch_from(http: httpx.AsyncClient, url: httpx.URL, target: Path) -> httpx.URL | None:
    """Write one answer's body to the target, or return where it redirects to."""
    try:
        async with http.stream("GET", url, timeout=_TIMEOUT, follow_redirects=False) as response:
            if response.has_redirect_location:
                following = url.join(response.headers["Location"])
                if following.scheme not in {"http", "https"}:
                    raise _Incomplete("its address leads away from the web")
                return following
            if response.status_code != 200:
                raise _Incomplete(f"HTTP {response.status_code}")
            arrived = 0
            with target.open("wb") as file:
                async for chunk in response.aiter_bytes():
                    arrived += len(chunk)
                    if arrived > _SIZE_LIMIT:
                        raise _Incomplete("it is larger than 1 GB")
                    file.write(chunk)
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        reason = type(error).__name__
    else:
        return None
    raise _Incomplete(f"the connection broke ({reason})")


def _unpack(address: str, target: Path) -> None:
    try:
        target.write_bytes(base64.b64decode(address.partition(",")[2], validate=True))
    except binascii.Error:
        raise _Incomplete("its bytes are not readable") from None


def _is_web(address: str) -> bool:
    return address.lower().startswith(("http://", "https://"))
