"""One request on its way through the emulator, and all that is known about it."""

from __future__ import annotations

import enum
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from starlette.requests import Request

from hailuo_widgets import service as facts
from hailuo_widgets.emulator.account import serialize
from hailuo_widgets.emulator.account.account import Emulator
from hailuo_widgets.emulator.account.records import Lifecycle, Prediction
from hailuo_widgets.emulator.account.settings import Settings
from hailuo_widgets.emulator.http.responses import Answer, RefusedError

LEGACY_PREFIX = "/api/v2"
"""The same routes as at `facts.PREFIX`; the official ComfyUI node still polls there."""

MOST_PAGE = 1_000_000_000

MOST_MARKS = 100_000
"""Commas and brackets in a JSON: a submission has a dozen, and each may become an object."""

_HOST = re.compile(r"[-.\w]+(:\d+)?|\[[:0-9a-fA-F]+\](:\d+)?")


class Endpoint(enum.StrEnum):
    """What can be asked of the service. The names are those that faults are placed by."""

    SUBMIT = "submit"
    RESULT = "result"
    MODELS = "models"
    LIST = "list"
    DELETE = "delete"
    TICKET = "ticket"
    STORE = "store"
    UPLOAD = "upload"
    MEDIA = "media"
    BALANCE = "balance"
    PRICE = "price"
    BILLINGS = "billings"
    USAGE = "usage"
    WEBHOOK = "webhook"
    OUTPUT = "output"
    CONTROL = "control"


@dataclass(slots=True, eq=False)
class RequestContext:
    """A request, the emulator it came to, and what faults have made of it.

    Attributes
    ----------
    body : bytes
        What came with it, unless that is a file.
    file, file_digest, size : Path or None, str, int
        Where a file is until the request is answered, its hash and its size.
    prediction : Prediction or None
        The one that was asked for, or that a submission has become.
    course : Course
        The life that a submission will have.
    settings : Settings
        Those for this request alone.
    skew_seconds : float
        How far the service's clock is off, in all it says and reads.
    list_lag_seconds : float
        How young predictions are that a list does not know yet.
    delay_seconds : float
        How long the answer is held back. Like all waits it is divided by the time scale.
    answer : Answer or None
        Set before the endpoint is reached: it never is.
    """

    endpoint: Endpoint
    request: Request
    emulator: Emulator
    settings: Settings
    body: bytes = b""
    file: Path | None = None
    file_digest: str = ""
    size: int = 0
    prediction: Prediction | None = None
    course: Lifecycle = field(default_factory=Lifecycle)
    skew_seconds: float = 0.0
    list_lag_seconds: float = 0.0
    delay_seconds: float = 0.0
    answer: Answer | None = None

    def json(self) -> dict[str, Any]:
        """Return the body, which must be a JSON object.

        Raises
        ------
        RefusedError
            With 400, when it is none.
        """
        if sum(map(self.body.count, (b",", b"[", b"{"))) > MOST_MARKS:
            raise RefusedError(400, "the request body has too many parts")
        try:
            value = json.loads(self.body, parse_constant=_no_number)
        except (ValueError, RecursionError):
            raise RefusedError(400, "the request body is no valid JSON") from None
        if not isinstance(value, dict):
            raise RefusedError(400, "the request body is no JSON object")
        return value

    def wishes(self) -> dict[str, Any]:
        """Return what a list or a search is asked for: a JSON object, or a GET's query.

        Raises
        ------
        RefusedError
            With 400, when the body is something else.
        """
        if self.request.method == "POST":
            return {name: value for name, value in self.json().items() if value is not None}
        query: dict[str, Any] = {name: text for name, text in self.query.items() if text}
        for name in {"page", "page_size"} & query.keys():
            if re.fullmatch("[0-9]{1,9}", query[name]):
                query[name] = int(query[name])
        return query

    @property
    def query(self) -> Mapping[str, str]:
        """What stands behind the path's question mark."""
        return self.request.query_params

    @property
    def prefix(self) -> str:
        """Where the routes begin that the client has come by."""
        legacy = self.request.scope["path"].startswith(f"{LEGACY_PREFIX}/")
        return LEGACY_PREFIX if legacy else facts.PREFIX

    @property
    def digest(self) -> str:
        """A hash of what came with the request."""
        return self.file_digest or hashlib.blake2b(self.body, digest_size=16).hexdigest()

    def view(self, shown: Prediction) -> dict[str, Any]:
        """Return the ``data`` of a prediction, as the client that asks knows the service."""
        created_at = serialize.date(shown.created_at + self.skew_seconds, self.settings.created_at)
        scale = self.emulator.clock.scale
        return serialize.prediction(shown, self.base_url, created_at, scale, self.prefix)

    @property
    def base_url(self) -> str:
        """The URL that the client reached the emulator by, so that a proxy stays in between."""
        host = self.request.headers.get("host", "")
        if not _HOST.fullmatch(host):
            address, port = self.request.scope["server"]
            host = f"{address}:{port}"
        return f"http://{host}"

    @property
    def now(self) -> float:
        """The present moment by the service's clock, as it says it."""
        return self.emulator.clock.now() + self.skew_seconds

    def since(self, moment: float) -> float:
        """Return the seconds since a moment, longer by the time scale that shortens waits."""
        return (self.emulator.clock.now() - moment) * self.emulator.clock.scale


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def paging(case: RequestContext, wishes: Mapping[str, Any]) -> tuple[int, int]:
    """Return page and page size of a list, both from 1.

    Raises
    ------
    RefusedError
        With 400, when they are out of bounds.
    """
    page, size = wishes.get("page", 1), wishes.get("page_size", usual_size(case))
    whole = all(isinstance(each, int) and not isinstance(each, bool) for each in (page, size))
    if not (whole and 1 <= page <= MOST_PAGE and 1 <= size <= 100):
        raise RefusedError(400, "page is at least 1, page_size between 1 and 100")
    return page, size


def usual_size(case: RequestContext) -> int:
    """Return how many items a page has when nobody says."""
    return 100 if case.endpoint is Endpoint.LIST else 20
