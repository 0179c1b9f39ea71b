"""Bytes at an address become a verified clip in the library.

A file goes to a temporary name, is decoded from end to end, gets its origin written into it, and is
only then renamed: what carries a clip's name is a whole clip. What is none is kept as what it is:
it was paid for. The API key is never sent here (outputs lie on other hosts).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

import httpx
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from hailuo_widgets.errors import DownloadError, LibraryError
from hailuo_widgets.files import file_kind
from hailuo_widgets.jobs.wavespeed.prediction_id import shown
from hailuo_widgets.media.formats.open_media import NotAVideoError
from hailuo_widgets.text import short

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hailuo_widgets.jobs.wavespeed.poll import Clock
    from hailuo_widgets.media.clip import VideoFacts
    from hailuo_widgets.media.provenance.provenance import Provenance
    from hailuo_widgets.media.store import Media

_log: Final = logging.getLogger("hailuo_widgets")

_SIZE_LIMIT: Final = 1_000_000_000
_REDIRECTS: Final = 5
_ATTEMPTS: Final = 5
_MOST_FURTHER: Final = 8
_TIMEOUT: Final = httpx.Timeout(connect=15.0, read=60.0, write=30.0, pool=None)
_BROKEN: Final = (
    *(httpx.HTTPError, httpx.InvalidURL, httpx.StreamError),
    *(ValueError, OverflowError),  # what an address can make of the layers below
)
_PLAIN: Final = {"Accept-Encoding": "identity"}
_RANGE: Final = re.compile(r"bytes\s+0-(\d+)/(\d+|\*)")


class _Incomplete(Exception):  # noqa: N818  a signal to try again, never shown
    """The file did not arrive whole this time (Q45)."""


class _Other(Exception):  # noqa: N818  a signal between functions, never shown
    """It is whole and no clip; it lies in the library as what it is."""

    def __init__(self, words: str, path: Path) -> None:
        super().__init__(words)
        self.path = path


def is_address(text: str) -> bool:
    """Return True if something can be fetched: an address on the web, or bytes inside the answer."""
    return text[:5].lower() == "data:" or _url(text) is not None


async def download_all(
    http: httpx.AsyncClient,
    addresses: Sequence[str],
    media: Media,
    prediction_id: str,
    clock: Clock,
    *,
    origin: Provenance | None = None,
    paid: bool = True,
) -> tuple[tuple[str, VideoFacts, int], str]:
    """Fetch all files of a finished prediction: the first clip among them is its clip.

    Returns
    -------
    (sha256, facts, bytes), note
        Of the clip; and what became of the other files, for people.

    Raises
    ------
    DownloadError
        No clip arrived whole; the sentence says what did, and where it lies.
    LibraryError
        The library's folder takes no file.
    """
    clip, failure, further = None, None, list[str]()
    for address in addresses[: _MOST_FURTHER + 1]:
        try:
            if clip is None:
                clip = await download(
                    http, address, media, prediction_id, clock, origin=origin, paid=paid
                )
            else:
                further.append(await _keep_further(http, address, media, clock))
        except DownloadError as error:
            failure = failure or error
            further.append(str(error))
    left = len(addresses) - _MOST_FURTHER - 1
    if left > 0:
        further.append(f"{left} more were not fetched")
    if clip is None:
        assert failure is not None
        raise failure
    if not further:
        return clip, ""
    note = f"The service gave {len(addresses)} files for this clip. Beside it: "
    return clip, f"{note}{'; '.join(further)}."


async def _keep_further(http: httpx.AsyncClient, address: str, media: Media, clock: Clock) -> str:
    """Keep a file beside the clip as what it is, and say where."""
    with media.incoming() as temporary:
        try:
            await _fetch_whole(http, address, temporary, clock)
        except _Incomplete as problem:
            return f"one that did not arrive ({problem})"
        path = await asyncio.to_thread(_keep_as_it_is, media, temporary)
    return f"{path.parent.name}/{path.name}"


async def download(
    http: httpx.AsyncClient,
    address: str,
    media: Media,
    prediction_id: str,
    clock: Clock,
    *,
    origin: Provenance | None = None,
    paid: bool = True,
) -> tuple[str, VideoFacts, int]:
    """Fetch a finished clip into the library.

    Parameters
    ----------
    address : str
        An ``http(s)`` URL, or a ``data:`` URI for outputs that came inside the answer.
    origin : Provenance, optional
        Written into the file that is kept, once it has arrived whole.
    paid : bool
        Whether it was paid for, to say so.

    Returns
    -------
    sha256, facts, bytes
        Of the file that is kept.

    Raises
    ------
    DownloadError
        It did not arrive whole in several tries, or is no clip; it can be asked for again at no
        cost. What arrived is kept.
    LibraryError
        The library's folder takes no file.
    """
    last: list[Path] = []
    done = "finished and paid for" if paid else "finished"
    try:
        async for attempt in _attempts(clock, address):
            with attempt, media.incoming() as temporary:
                await _fetch(http, address, temporary)
                try:
                    return await asyncio.to_thread(_keep, media, temporary, origin)
                except NotAVideoError as error:
                    if attempt.retry_state.attempt_number >= _attempts_for(address):
                        last += await asyncio.to_thread(_keep_what_came, media, temporary)
                    raise _Incomplete(str(error)) from None
    except _Incomplete as problem:
        said = f"its file did not arrive whole: {problem}"
        kept = last[0] if last else None
    except _Other as other:
        said, kept = f"it is {other}, not an MP4 film", other.path
    where = f" What arrived is kept as {kept.parent.name}/{kept.name}." if kept else ""
    raise DownloadError(
        f"The clip is {done}, but {said}.{where} The service keeps it for 7 days; ask for the same "
        f"request again to fetch it at no cost (prediction {shown(prediction_id)}).",
        prediction_id=prediction_id,
    )


def _attempts_for(address: str) -> int:
    # What came inside the answer is the same however often it is looked at.
    return 1 if address[:5].lower() == "data:" else _ATTEMPTS


def _attempts(clock: Clock, address: str) -> AsyncRetrying:
    return AsyncRetrying(
        retry=retry_if_exception_type(_Incomplete),
        wait=wait_exponential(multiplier=0.5, max=20),
        stop=stop_after_attempt(_attempts_for(address)),
        sleep=clock.sleep,
        reraise=True,
    )


async def _fetch_whole(http: httpx.AsyncClient, address: str, target: Path, clock: Clock) -> None:
    async for attempt in _attempts(clock, address):
        with attempt:
            await _fetch(http, address, target)


def _keep(media: Media, arrived: Path, origin: Provenance | None) -> tuple[str, VideoFacts, int]:
    """Keep a whole file: a clip as the clip, anything else as what it is."""
    kind = file_kind.of(arrived)
    if kind is not None and kind.whole and not kind.is_mp4:
        raise _Other(kind.words, _keep_as_it_is(media, arrived))
    try:
        sha256, facts = media.keep_clip(arrived, origin)
    except (NotAVideoError, OSError):
        raise
    except Exception as error:  # noqa: BLE001  a decoder may meet anything
        raise NotAVideoError(f"it does not decode as a video ({type(error).__name__})") from None
    return sha256, facts, media.clip_path(sha256).stat().st_size


def _keep_what_came(media: Media, arrived: Path) -> list[Path]:
    """Keep what did not decode, unless it is a page that says why there is no file."""
    kind = file_kind.of(arrived)
    if arrived.stat().st_size == 0 or (kind is not None and kind.is_text):
        return []
    try:
        return [_keep_as_it_is(media, arrived)]
    except LibraryError as error:
        _log.warning("what arrived could not be kept: %s", error)
        return []


def _keep_as_it_is(media: Media, arrived: Path) -> Path:
    kind = file_kind.of(arrived)
    return media.keep_other(arrived, kind.suffix if kind is not None else ".bin")


async def _fetch(http: httpx.AsyncClient, address: str, target: Path) -> None:
    if address[:5].lower() == "data:":
        _unpack(address, target)
        return
    url = _url(address)
    if url is None:
        raise _Incomplete(f"its address is no web address (“{short(address, 80)}”)")
    following: httpx.URL | None = url
    for _ in range(_REDIRECTS):
        if following is None:
            return
        following = await _fetch_from(http, following, target)
    if following is not None:
        raise _Incomplete("its address leads in circles")


async def _fetch_from(http: httpx.AsyncClient, url: httpx.URL, target: Path) -> httpx.URL | None:
    """Write one answer's body to the target, or return where it redirects to."""
    for as_it_is in (False, True):
        try:
            return await _stream(http, url, target, as_it_is=as_it_is)
        except httpx.DecodingError:
            reason = "its headers tell of a coding that it does not have"
        except _BROKEN as error:
            reason = type(error).__name__
            break
    raise _Incomplete(f"the connection broke ({reason})")


async def _stream(
    http: httpx.AsyncClient, url: httpx.URL, target: Path, *, as_it_is: bool
) -> httpx.URL | None:
    async with http.stream(
        "GET", url, timeout=_TIMEOUT, follow_redirects=False, headers=_PLAIN
    ) as response:
        if response.has_redirect_location:
            following = url.join(response.headers["Location"].strip())
            if following.scheme not in {"http", "https"} or not following.host:
                raise _Incomplete("its address leads away from the web")
            return following
        _require_all(response)
        chunks = response.aiter_raw() if as_it_is else response.aiter_bytes()
        arrived = 0
        with target.open("wb") as file:
            try:
                async for chunk in chunks:
                    arrived += len(chunk)
                    if arrived > _SIZE_LIMIT:
                        raise _Incomplete("it is larger than 1 GB")
                    file.write(chunk)
            except httpx.RemoteProtocolError:
                # The length that was promised may be wrong: what came is judged by itself.
                if arrived == 0:
                    raise
    return None


def _require_all(response: httpx.Response) -> None:
    """Raise unless an answer is the whole file: 200, or 206 from the first byte to the last."""
    if response.status_code in {200, 203}:
        return
    if response.status_code == 206:
        told = response.headers.get("Content-Range", "")
        found = _RANGE.fullmatch(told.strip().lower())
        if not told or (found and found[2] in {"*", str(int(found[1]) + 1)}):
            return
        raise _Incomplete(f"the host sent only a part of it ({short(told, 60)})")
    raise _Incomplete(f"HTTP {response.status_code}")


def _unpack(address: str, target: Path) -> None:
    head, _, coded = address.partition(",")
    data = unquote_to_bytes(coded)
    if ";base64" in head.lower():
        usual = b"".join(data.split()).translate(bytes.maketrans(b"-_", b"+/"))
        try:
            data = base64.b64decode(usual + b"=" * (-len(usual) % 4), validate=True)
        except binascii.Error:
            raise _Incomplete("its bytes are not readable") from None
    target.write_bytes(data)


def _url(address: str) -> httpx.URL | None:
    """Read an address on the web; None when it is none."""
    if not address.lower().startswith(("http://", "https://")):
        return None
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, ValueError):
        return None
    return url if url.host and 0 < (url.port or 1) < 65_536 else None
