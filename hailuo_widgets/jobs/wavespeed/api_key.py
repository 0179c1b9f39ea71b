"""The API key, wrapped so that it cannot be shown by accident."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import httpx

from hailuo_widgets import service
from hailuo_widgets.errors import AuthError
from hailuo_widgets.redaction import remember

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

HOW_TO_SET = (
    f"Set the environment variable {service.KEY_VARIABLE} before the kernel starts, or pass "
    "api_key= to hw.connect. Nothing was sent and nothing was billed."
)


class ApiKey:
    """An API key that lives in memory only.

    It has no text form, cannot be copied or pickled, and no attribute of it holds the text. From
    its making on, it is kept out of whatever the service says (:mod:`hailuo_widgets.redaction`).
    """

    __slots__ = ("_sign",)

    def __init__(self, value: str) -> None:
        remember(value)

        def sign(request: httpx.Request) -> None:
            request.headers["Authorization"] = f"Bearer {value}"

        self._sign = sign

    def __repr__(self) -> str:
        return "<Key>"

    def __reduce__(self) -> str:
        raise TypeError("A key is never stored.")

    def auth(self, base_url: str) -> httpx.Auth:
        """Return what signs requests to this service, and no request to anybody else."""
        return _Bearer(self._sign, httpx.URL(base_url))


def find_key(given: str | None) -> ApiKey:
    """Take the key the user gave, else the environment's.

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
    return ApiKey(value)


class _Bearer(httpx.Auth):
    """Adds the key to requests for one origin only (I3)."""

    __slots__ = ("_origin", "_sign")

    def __init__(self, sign: Callable[[httpx.Request], None], origin: httpx.URL) -> None:
        self._sign = sign
        self._origin = (origin.scheme, origin.raw_host, origin.port)

    def __repr__(self) -> str:
        return "<Bearer>"

    def __reduce__(self) -> str:
        raise TypeError("A key is never stored.")

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign one request."""
        if (request.url.scheme, request.url.raw_host, request.url.port) == self._origin:
            self._sign(request)
        yield request
