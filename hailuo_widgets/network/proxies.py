"""Which proxy leads to an address, as the environment (or the system) says.

Loopback has none, whatever is set. What cannot be read in ``NO_PROXY`` is left out of it; a proxy
that cannot be used is told, because going around it in silence is what nobody has asked for.
"""

from __future__ import annotations

import functools
import ipaddress
import os
import re
import urllib.request
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

from hailuo_widgets.network.loopback import is_loopback
from hailuo_widgets.network.setting import UnusableSettingError, without_login

_KINDS: Final = ("http", "https", "all", "no")
_VARIABLES: Final = tuple(
    name for kind in _KINDS for name in (f"{kind}_proxy", f"{kind.upper()}_PROXY")
)
_SCHEMES: Final = {
    "http": "http",
    "https": "https",
    "socks": "socks5",  # so GNOME, Clash and V2Ray write it
    "socks5": "socks5",
    "socks5h": "socks5h",
}
_PORTS: Final = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
_HOST: Final = re.compile(r"[\w.-]+|\[[0-9A-Fa-f:.%\w]+\]")


class Proxy(NamedTuple):
    """A proxy, and where it is set."""

    url: str
    """With user and password, if there are any."""
    variable: str

    @property
    def name(self) -> str:
        """Host and port, for people."""
        return without_login(self.url).partition("://")[2]

    def __repr__(self) -> str:
        return f"<Proxy {self.name}>"


def environment() -> tuple[str | None, ...]:
    """Return everything that :func:`proxy_for` depends on, to see whether it has changed."""
    return tuple(map(os.environ.get, (*_VARIABLES, "REQUEST_METHOD")))


def proxy_for(scheme: str, host: str, port: int | None) -> Proxy | None:
    """Return the proxy that leads to an address; None where none does.

    Raises
    ------
    UnusableSettingError
        There is one, and it cannot be used.
    """
    if is_loopback(host):
        return None
    return _proxy_for(environment(), scheme, host, port or {"http": 80}.get(scheme, 443))


@functools.lru_cache(maxsize=256)
def _proxy_for(_: tuple[str | None, ...], scheme: str, host: str, port: int) -> Proxy | None:
    settings = urllib.request.getproxies()
    own = urllib.request.getproxies_environment()
    if is_left_out(host, port, settings.get("no", "")):
        return None
    if not own and urllib.request.proxy_bypass(host):  # the system's own exceptions
        return None
    for kind in (scheme, "all"):
        value = (settings.get(kind) or "").strip()
        if value:
            return _read(value, _variable(kind))
    return None


def is_left_out(host: str, port: int, entries: str) -> bool:
    """Return True if ``NO_PROXY`` names a host: by name, by domain, by address or by network.

    An entry may have a port, brackets, a leading dot or ``*.``, or be a whole URL; ``*`` alone is
    everything.
    """
    name = host.strip("[]").rstrip(".").lower()
    address = _ip(name)
    for entry in re.split(r"[,;\s]+", entries.lower()):
        if entry == "*":
            return True
        wanted, entry_port = _split_port(entry.rpartition("://")[2].removesuffix("/"))
        if not wanted or entry_port not in {None, port}:
            continue
        if address is None:
            domain = wanted.removeprefix("*").strip(".")
            if domain and (name == domain or name.endswith(f".{domain}")):
                return True
        elif _covers(wanted, address):
            return True
    return False


def _split_port(entry: str) -> tuple[str, int | None]:
    """Split host and port; what has no readable port is a host alone."""
    found = re.fullmatch(r"(\[[^\]]*\]|[^:]*):(\d{1,5})", entry)
    host, port = (found[1], int(found[2])) if found else (entry, None)
    return host.strip("[]"), port


def _covers(network: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    try:
        return address in ipaddress.ip_network(
            network.replace("[", "").replace("]", ""), strict=False
        )
    except ValueError:
        return False


def _ip(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return None


def _variable(kind: str) -> str:
    """Return the name of the variable that says so; lower case goes first, as with curl."""
    for name in (f"{kind}_proxy", f"{kind.upper()}_PROXY"):
        if os.environ.get(name):
            return name
    return next(
        (name for name in os.environ if name.lower() == f"{kind}_proxy"), "The system's proxy"
    )


def _read(value: str, variable: str) -> Proxy:
    given, found, rest = value.partition("://")
    scheme = _SCHEMES.get(given.lower() if found else "http")
    # A password may hold "/", "#" and "@", though it ought to be percent-encoded.
    login, _, place = (rest if found else value).rpartition("@")
    host, port = _place(place)
    if scheme is None:
        raise UnusableSettingError(
            variable,
            value,
            f"{given[:20]}:// is no kind of proxy that is understood",
            _how(variable),
        )
    if not _HOST.fullmatch(host) or port is None:
        raise UnusableSettingError(variable, value, "it is no host:port", _how(variable))
    user, colon, password = login.partition(":")
    signed = ":".join(quote(unquote(part), safe="") for part in (user, password)[: 1 + bool(colon)])
    at = f"{signed}@" if login else ""
    return Proxy(f"{scheme}://{at}{host}:{port or _PORTS[scheme]}", variable)


def _place(place: str) -> tuple[str, int | None]:
    """Split host and port; 0 for no port, None for one that is none."""
    found = re.fullmatch(r"(\[[^\]]*\]|[^:/?#]*)(?::(\d*))?(?:[/?#].*)?", place)
    if found is None:
        return "", None
    port = int(found[2] or 0)
    return found[1], port if port < 65536 else None


def _how(variable: str) -> str:
    return (
        f"Write {variable} as http://host:port, https://host:port or socks5://host:port, or remove "
        "it, in the notebook by os.environ, and ask again."
    )
