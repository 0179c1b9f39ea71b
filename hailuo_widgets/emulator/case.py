"""One request on its way through the emulator, and all that is known about it."""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from hailuo_widgets.emulator.answers import Answer, RefusedError
from hailuo_widgets.emulator.emulator import Emulator
from hailuo_widgets.emulator.records import Course, Prediction
from hailuo_widgets.emulator.settings import Settings

_HOST = re.compile(r"[-.\w]+(:\d+)?|\[[:0-9a-fA-F]+\](:\d+)?")


class Endpoint(enum.StrEnum):
    """What can be asked of the service. The names are those that faults are placed by."""

    SUBMIT = "submit"
    RESULT = "result"
    LIST = "list"
    DELETE = "delete"
    TICKET = "ticket"
    STORE = "store"
    UPLOAD = "upload"
    MEDIA = "media"
    BALANCE = "balance"
    PRICE = "price"
    BILLINGS = "billings"
    OUTPUT = "output"
    CONTROL = "control"


@dataclass(slots=True, eq=False)
class Case:
    """A request, the emulator it came to, and what faults have made of it.

    Attributes
    ----------
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
    prediction: Prediction | None = None
    course: Course = field(default_factory=Course)
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
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            raise RefusedError(400, "the request body is no valid JSON") from None
        if not isinstance(value, dict):
            raise RefusedError(400, "the request body is no JSON object")
        return value

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


def paging(wishes: Mapping[str, Any]) -> tuple[int, int]:
    """Return page and page size of a list, both from 1.

    Raises
    ------
    RefusedError
        With 400, when they are out of bounds.
    """
    page, size = wishes.get("page", 1), wishes.get("page_size", 20)
    whole = all(isinstance(each, int) and not isinstance(each, bool) for each in (page, size))
    if not (whole and page >= 1 and 1 <= size <= 100):
        raise RefusedError(400, "page is at least 1, page_size between 1 and 100")
    return page, size
