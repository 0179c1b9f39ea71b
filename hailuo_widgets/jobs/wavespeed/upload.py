"""A frame that many requests share is uploaded once, and its address sent in its place (E3, E4).

Uploading costs nothing and may be repeated. Whenever it does not work, the frame goes with each
request as before. The key never goes to the host that takes the bytes.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeGuard
from urllib.parse import urlsplit

from hailuo_widgets import service
from hailuo_widgets.errors import HailuoError, LibraryError
from hailuo_widgets.jobs import loop
from hailuo_widgets.jobs.wavespeed.client import NotFound, Transient

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hailuo_widgets.frame.frame import Frame
    from hailuo_widgets.jobs.wavespeed.client import Client
    from hailuo_widgets.jobs.wavespeed.poll import Clock
    from hailuo_widgets.library.ledger.ledger import Ledger

_TRIES: Final = 2
_PAUSE_SECONDS: Final = 1.0
_PIECE: Final = 2**18

_OLDEST_SECONDS: Final = 5 * 86_400.0
"""A request that has waited longer with an address sends the frame itself: uploads live 7 days."""

_URL_LENGTH: Final = 2_000
_HEADERS: Final = 40
_HEADER_LENGTH: Final = 4_000
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_OURS: Final = frozenset(
    {"authorization", "proxy-authorization", "cookie", "host", "connection", "content-length"}
    | {"transfer-encoding", "x-api-key"}
)
"""Headers that no ticket may ask for."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a frame lies at the service.

    Attributes
    ----------
    url : str
        What is sent in its place.
    since : float
        When this process learnt it, in its clock's monotonic seconds.
    """

    url: str
    since: float


class NotUploadedError(Exception):
    """It could not be uploaded; a signal between modules. Its text says why."""


class Uploads:
    """Uploads the frames of one library to one service, each once however many wait for it.

    Made on the background loop.
    """

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._works: dict[tuple[str, str], asyncio.Task[Address]] = {}
        self._refused: set[str] = set()

    async def address(self, client: Client, frame: Frame) -> Address:
        """Return a frame's address; upload it unless that was done within the last 24 hours.

        Raises
        ------
        NotUploadedError
            It could not be uploaded.
        """
        place = (client.base_url, frame.sha256)
        work = self._works.get(place)
        if work is None:
            work = self._works[place] = loop.part(self._have(client, frame))
            work.add_done_callback(lambda _: self._works.pop(place, None))
        # A caller that stops waiting must not take it from the others.
        return await asyncio.shield(work)

    def usable(self, address: Address) -> bool:
        """Return True if an address may still be sent."""
        young = self._clock.now() - address.since < _OLDEST_SECONDS
        return young and address.url not in self._refused

    async def forget(self, client: Client, frames: Iterable[Frame], sent: Iterable[str]) -> bool:
        """Send the addresses of these frames no more: the service could not reach one.

        Parameters
        ----------
        sent : iterable of str
            Those that went out.

        Returns
        -------
        bool
            Whether there were any.
        """
        gone = set(sent)
        self._refused |= gone
        forget = self._ledger.uploads.forget
        known = [await asyncio.to_thread(forget, client.base_url, frame.sha256) for frame in frames]
        return bool(gone) or any(known)

    def tasks(self) -> set[asyncio.Task[Address]]:
        """Return what is at work."""
        return set(self._works.values())

    async def _have(self, client: Client, frame: Frame) -> Address:
        place = (client.base_url, frame.sha256)
        known = await asyncio.to_thread(self._ledger.uploads.url, *place)
        if known is not None and _is_web(known):
            return Address(known, self._clock.now())
        url = await self._upload(client, frame)
        try:
            await asyncio.to_thread(self._ledger.uploads.record, *place, url)
        except LibraryError as error:
            raise NotUploadedError(str(error)) from None
        return Address(url, self._clock.now())

    async def _upload(self, client: Client, frame: Frame) -> str:
        reason = ""
        for _ in range(_TRIES):
            if reason:
                await self._clock.sleep(_PAUSE_SECONDS)
            try:
                try:
                    return await _by_ticket(client, frame)
                except NotFound:
                    return await _by_form(client, frame)
            except NotFound:
                raise NotUploadedError("the service takes no uploads") from None
            except (Transient, NotUploadedError) as trouble:
                reason = str(trouble)
            except HailuoError:
                raise NotUploadedError("the service does not accept the API key for it") from None
        raise NotUploadedError(reason)


async def _by_ticket(client: Client, frame: Frame) -> str:
    """Ask where to (E3), and give the bytes there."""
    wishes = {
        "filename": _name(frame),
        "size": len(frame.data),
        "content_type": frame.media_type,
    }
    data = await client.post(service.UPLOAD_TICKET_PATH, wishes, new=True)
    ticket = data.get("upload") if isinstance(data, dict) else None
    if not isinstance(ticket, dict) or str(ticket.get("method", "PUT")).upper() != "PUT":
        raise NotUploadedError("the service's ticket makes no sense")
    url, headers = ticket.get("url"), _headers(ticket.get("headers"))
    # In plain text only where the service itself is asked so: on this machine.
    if not _is_web(url) or not (url[:8] == "https://" or client.base_url[:7] == "http://"):
        raise NotUploadedError("the service's ticket names no address on the web")
    status = await client.put_elsewhere(
        url, _pieces(frame.data), size=len(frame.data), headers=headers
    )
    if status is None:
        raise NotUploadedError("the connection to the storage broke")
    if not 200 <= status < 300:
        raise NotUploadedError(f"the storage answered HTTP {status}")
    return _download_url(data)


async def _by_form(client: Client, frame: Frame) -> str:
    """Return the bytes as a form (E4), to a service that knows no tickets."""
    mark = secrets.token_hex(16)
    head = (
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{_name(frame)}"\r\n'
        f"Content-Type: {frame.media_type}\r\n\r\n"
    ).encode("ascii")
    tail = f"\r\n--{mark}--\r\n".encode("ascii")
    data = await client.post_pieces(
        service.UPLOAD_BINARY_PATH,
        (piece for part in (head, frame.data, tail) for piece in _pieces(part)),
        size=len(head) + len(frame.data) + len(tail),
        media_type=f"multipart/form-data; boundary={mark}",
    )
    return _download_url(data)


def _name(frame: Frame) -> str:
    """Call a frame by its hash: what the user calls it is nobody else's."""
    return f"{frame.sha256[:16]}{frame.extension}"


def _pieces(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), _PIECE):
        yield data[start : start + _PIECE]


def _headers(given: Any) -> dict[str, str]:
    """Read the headers of a ticket: they are data, and go to a host that is not the service's."""
    found = given if isinstance(given, dict) else {}
    fit = len(found) <= _HEADERS and all(
        isinstance(name, str)
        and isinstance(text, str)
        and _HEADER_NAME.fullmatch(name)
        and name.lower() not in _OURS
        and text.isascii()
        and text.isprintable()
        and len(text) <= _HEADER_LENGTH
        for name, text in found.items()
    )
    if not fit:
        raise NotUploadedError("the service's ticket asks for headers that are not sent")
    return dict(found)


def _download_url(data: Any) -> str:
    url = data.get("download_url") if isinstance(data, dict) else None
    if not _is_web(url):
        raise NotUploadedError("the service named no address for it")
    return url


def _is_web(url: Any) -> TypeGuard[str]:
    """Return True if something is an address on the web, of bounded length and without credentials."""
    if not isinstance(url, str) or not url.isascii() or not url.isprintable():
        return False
    if len(url) > _URL_LENGTH or " " in url:
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(host) and "@" not in parts.netloc
