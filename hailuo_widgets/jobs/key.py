"""The API key, wrapped so that it cannot be shown by accident."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import httpx

from hailuo_widgets.errors import AuthError
from hailuo_widgets.request import service

if TYPE_CHECKING:
    from collections.abc import Generator

HOW_TO_SET = (
    f"Set the environment variable {service.KEY_VARIABLE} before the kernel starts, or pass "
    "api_key= to hw.connect. Nothing was sent and nothing was billed."
)


class Key:
    """An API key that lives in memory only. It has no text form and cannot be pickled."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def __repr__(self) -> str:
        return "<Key>"

    def __reduce__(self) -> str:
        raise TypeError("A key is never stored.")

    def auth(self, base_url: str) -> httpx.Auth:
        """Give what signs requests to this service, and no request to anybody else."""
        return _Bearer(self._value, httpx.URL(base_url))


def find_key(given: str | None) -> Key:
    """Take the key a person gave, else the environment's.

    Raises
    ------
    AuthError
        There is none, or what there is cannot be a key. The text never contains it.
    """
    value = given if given is not None else os.environ.get(service.KEY_VARIABLE, "")
    if not value:
        raise AuthError(f"There is no API key. {HOW_TO_SET}")
    if not value.isascii() or not value.isprintable() or " " in value:
        raise AuthError(
            "The API key contains a line break, a space or another character that no key has; "
            f"it was probably copied with something around it. {HOW_TO_SET}"
        )
    return Key(value)


class _Bearer(httpx.Auth):
    """Adds the key to requests for one origin only (I3)."""

    def __init__(self, value: str, origin: httpx.URL) -> None:
        self._value = value
        self._origin = (origin.scheme, origin.host, origin.port)

    def __repr__(self) -> str:
        return "<Bearer>"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign one request."""
        if (request.url.scheme, request.url.host, request.url.port) == self._origin:
            request.headers["Authorization"] = f"Bearer {self._value}"
        yield request
