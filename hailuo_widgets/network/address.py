"""Addresses as people copy them, made into those that can be sent."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from typing import Final

import httpx

_BREAKS: Final = re.compile(r"[\t\r\n\v\f]+")
_LONE_PERCENT: Final = re.compile(r"(?<=[/?#.\w-])%(?![0-9A-Fa-f]{2})(?![^/\[]*\])")
"""What is encoded stays; a zone of an IPv6 address in brackets is none of it."""


def web_address(text: str) -> httpx.URL:
    """Read an http(s) address with letters beyond ASCII, blanks, or a name in any script.

    What is percent-encoded stays as it is.

    Raises
    ------
    ValueError
        It is no address on the web. The text of the error says why, and holds none of it.
    """
    # As browsers do: breaks vanish, blanks at the ends too, and the others are encoded.
    plain = _BREAKS.sub("", text).strip().strip("<>").strip()
    scheme, _, rest = plain.partition(":")
    try:
        url = httpx.URL(f"{scheme.lower()}:{_with_plain_host(_LONE_PERCENT.sub('%25', rest))}")
        host = url.host  # a name in another script shows only here that it is none
    except (httpx.InvalidURL, ValueError):
        raise ValueError("the address makes no sense") from None
    if url.scheme not in {"http", "https"}:
        raise ValueError("the address is neither http nor https")
    if not host:
        raise ValueError("the address names no host")
    return url


def host_of(url: httpx.URL) -> str:
    """Return an address's host as it is asked for: in ASCII, without brackets."""
    return url.raw_host.decode("ascii")


def _with_plain_host(rest: str) -> str:
    """Write the host in the form that names are registered in; the path keeps its letters."""
    found = re.fullmatch(
        r"(//(?:[^/?#]*@)?)([^/?#@:\[\]]+)((?::\d*)?(?:[/?#].*)?)", rest, re.DOTALL
    )
    if found is None or found[2].isascii():
        return rest
    name = unicodedata.normalize("NFKC", found[2]).lower().replace("\u3002", ".")
    with contextlib.suppress(UnicodeError):  # then what the HTTP library makes of it decides
        name = name.encode("idna").decode("ascii")
    return f"{found[1]}{name}{found[3]}"
