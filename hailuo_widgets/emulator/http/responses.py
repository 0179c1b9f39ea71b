"""What goes back on the wire: envelopes, files, and answers that are cut short."""

from __future__ import annotations

import enum
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

Content = dict[str, Any] | bytes | Path


class RefusedError(Exception):
    """A request is refused, with an HTTP status, a sentence and perhaps headers."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers


class Delivery(enum.Enum):
    """How much of an answer arrives."""

    WHOLE = enum.auto()
    CHUNKED = enum.auto()
    """Whole, without saying how long it is."""
    HALF = enum.auto()
    """Headers and half of the body, then the connection is cut."""
    NOTHING = enum.auto()
    """The connection is cut before the first byte."""


@dataclass(slots=True)
class Answer:
    """An answer that a fault may still change before it is sent."""

    content: Content
    status: int = 200
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    delivery: Delivery = Delivery.WHOLE

    @classmethod
    def of(cls, data: Any) -> Self:
        """Return the envelope of a success."""
        return cls({"code": 200, "message": "success", "data": data})

    @classmethod
    def error(cls, status: int, message: str, headers: dict[str, str] | None = None) -> Self:
        """Return the envelope of a refusal."""
        return cls({"code": status, "message": message}, status=status, headers=headers or {})

    @classmethod
    def nothing(cls) -> Self:
        """Return no answer at all: the connection is cut."""
        return cls(b"", delivery=Delivery.NOTHING)

    @property
    def data(self) -> dict[str, Any] | None:
        """The envelope's ``data`` when this is a success that has some."""
        if self.status == 200 and isinstance(self.content, dict):
            data = self.content.get("data")
            return data if isinstance(data, dict) else None
        return None

    def body(self) -> bytes:
        """Return the body's bytes."""
        if isinstance(self.content, Path):
            return self.content.read_bytes()
        if isinstance(self.content, dict):
            return json.dumps(self.content, separators=(",", ":")).encode()
        return self.content

    def response(self) -> Response:
        """Return what Starlette sends."""
        if self.delivery in (Delivery.HALF, Delivery.NOTHING):
            return CutResponse(self)
        if self.delivery is Delivery.CHUNKED:
            return StreamingResponse(
                _pieces(self.body()), self.status, self.headers, self.media_type
            )
        if isinstance(self.content, Path):
            return FileResponse(self.content, self.status, self.headers, self.media_type)
        return Response(self.body(), self.status, self.headers, self.media_type)


class CutResponse(Response):
    """An answer whose connection is closed too early."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.body(), answer.status, answer.headers, answer.media_type)
        self.silent = answer.delivery is Delivery.NOTHING

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send half of the answer or nothing, and close the connection."""
        if not self.silent:
            start = {"status": self.status_code, "headers": self.raw_headers}
            await send({"type": "http.response.start", **start})
            half = bytes(self.body)[: len(self.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
        scope["state"]["transport"].close()
        # Returning earlier would count as having forgotten to answer, and be answered with 500.
        while (await receive())["type"] != "http.disconnect":
            pass


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 65536):
        yield body[start : start + 65536]
