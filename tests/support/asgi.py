"""An ASGI application asked without a server: any head, any body, nothing made regular."""

import asyncio
import json
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes


@dataclass
class Reply:
    """What came back."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def header(self, name):
        return b", ".join(value for each, value in self.headers if each == name.encode()).decode()

    def json(self):
        return json.loads(self.body)


async def ask(app, method, path, headers=(), body=b"", *, piece=65536, receive=None):
    """Send one request; ``path`` is as on the wire, with its query.

    A body comes in pieces, or by the protocol's own messages with ``receive``.
    """
    raw, _, query = path.encode("latin-1").partition(b"?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote_to_bytes(raw).decode("utf-8", "replace"),
        "raw_path": raw,
        "query_string": query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    pieces = [body[at : at + piece] for at in range(0, len(body), piece)] if body else [b""]
    pieces.reverse()
    sent = []

    async def next_piece():
        if not pieces:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": pieces.pop(), "more_body": bool(pieces)}

    async def send(message):
        sent.append(message)

    await asyncio.wait_for(app(scope, receive or next_piece, send), 30)
    start, *rest = sent
    return Reply(
        start["status"], start["headers"], b"".join(each.get("body", b"") for each in rest)
    )
