"""The one place that decides what this very machine is, in every spelling."""

from __future__ import annotations

import functools
import ipaddress
import socket
from typing import Final

_NAMES: Final = frozenset({"localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"})


@functools.lru_cache(maxsize=1024)
def is_loopback(host: str) -> bool:
    """Return True if a host is this machine: what goes there meets no proxy and needs no setting.

    Parameters
    ----------
    host : str
        A name, or an address with or without brackets: ``localhost``, ``a.localhost``,
        ``127.1.2.3``, ``127.1``, ``::1``, ``::ffff:127.0.0.1``, ``0.0.0.0``.
    """
    name = host.strip().strip("[]").rstrip(".").lower()
    if name in _NAMES or is_below_localhost(name):
        return True
    address = _address(name.partition("%")[0])
    return address is not None and (address.is_loopback or address.is_unspecified)


def is_below_localhost(host: str) -> bool:
    """Return True if a name is one of those below ``localhost``, which no name server should be asked."""
    return host.rstrip(".").lower().endswith(".localhost")


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(name)
    except ValueError:
        # What connects takes 127.1, 0x7f000001 and 2130706433 as well.
        try:
            return ipaddress.IPv4Address(socket.inet_aton(name)) if name[:1].isdigit() else None
        except OSError:
            return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
