"""Who may come in: by a loopback name, from no web page, with the key."""

from __future__ import annotations

import functools
import hmac
import ipaddress
import re
from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers

from hailuo_widgets.emulator.http.responses import RefusedError

_AUTHORITY = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(?::\d*)?")
_IN_NO_AUTHORITY = frozenset("/?#\\")


@functools.lru_cache(maxsize=256)
def is_loopback(name: str) -> bool:
    """Return True if a host's name or address is this machine's own, without asking anybody.

    ``localhost`` and all names below it are (RFC 6761), 127.0.0.0/8 and ::1.
    """
    name = name.lower().removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


class Doors:
    """What a request's head must hold before anything else of it is read.

    The emulator listens on loopback alone, but a browser on this machine brings anybody's pages
    along: a page whose name is made to point here (DNS rebinding) is known by ``Host``, one that
    sends something here by ``Origin``. No answer ever allows another origin to read it.

    Parameters
    ----------
    key : str or None
        The only key that the service takes. None: any.
    control_key : str or None
        The only key that opens ``/emulator``. None: nothing does.
    hosts : collection of str
        Names besides loopback's by which it may be called.
    """

    def __init__(
        self, key: str | None, control_key: str | None, hosts: Collection[str] = ()
    ) -> None:
        self._key = key
        self._control_key = control_key
        self._hosts = frozenset(name.lower() for name in hosts)

    def check_caller(self, headers: Headers) -> None:
        """Raise `RefusedError` (403) for a foreign name or a foreign page."""
        hosts = headers.getlist("host")
        for host in hosts:
            name = _name(host)
            if not (is_loopback(name) or name in self._hosts):
                raise RefusedError(403, "Forbidden: the emulator answers to loopback names alone.")
        for origin in headers.getlist("origin"):
            parts = _split(origin)
            own = parts is not None and parts.scheme == "http" and parts.netloc in hosts
            if not own:
                raise RefusedError(403, "Forbidden: no web page may ask the emulator.")

    def check_key(self, headers: Headers, *, control: bool) -> None:
        """Raise `RefusedError` (401) unless the key comes along, once and as bearer."""
        given = headers.getlist("authorization")
        scheme, _, value = (given[0] if len(given) == 1 else "").partition(" ")
        value = value.strip()
        if scheme.lower() != "bearer" or not value:
            raise RefusedError(401, "Unauthorized: no API key.")
        wanted = self._control_key if control else self._key or value
        if wanted is None or not hmac.compare_digest(value.encode(), wanted.encode()):
            raise RefusedError(401, "Unauthorized: invalid API key.")


@functools.lru_cache(maxsize=256)
def _name(host: str) -> str:
    """Return the name in a Host header, this machine's where there is none."""
    host = host.strip()
    # What no URL can have for a host comes from no browser: as good as none.
    if not host or not _IN_NO_AUTHORITY.isdisjoint(host):
        return "localhost"
    found = _AUTHORITY.fullmatch(host)
    return "" if found is None else found[1].lower()


def _split(origin: str) -> SplitResult | None:
    try:
        return urlsplit(origin)
    except ValueError:
        return None
