"""Calls to a client's address when a prediction has come to its end: on loopback alone.

Signed as the service's documentation says: ``webhook-signature: v3,<hex>`` is the HMAC-SHA256 over
``<webhook-id>.<webhook-timestamp>.<body>``, its key the secret's text without ``whsec_``.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import json
import socket
import threading
import uuid
from typing import Any
from urllib.parse import SplitResult, urlsplit

from hailuo_widgets.emulator.account.clock import Clock
from hailuo_widgets.emulator.account.threads import in_thread
from hailuo_widgets.emulator.http.doors import is_loopback

LONGEST_URL = 2048
RETRY_SECONDS = (1.0, 2.0, 4.0)
"""Documented: three more tries, each after a longer wait."""

STEP_SECONDS = 5.0
TOTAL_SECONDS = 20.0
_PREFIX = "whsec_"


def secret_of(state_secret: str) -> str:
    """Return the secret of an account."""
    words = f"webhook {state_secret}".encode()
    return f"{_PREFIX}{hashlib.sha256(words).hexdigest()}"


def target(url: object) -> str:
    """Return an address that may be called, else nothing: http, loopback, no user, no odd letter.

    The service would call any; the emulator stays on this machine, no matter who asks.
    """
    if not isinstance(url, str) or not url.isascii() or len(url) > LONGEST_URL:
        return ""
    if not all("!" <= letter <= "~" for letter in url):
        return ""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return ""
    fine = parts.scheme == "http" and "@" not in parts.netloc
    return url if fine and is_loopback(parts.hostname or "") else ""


async def call(url: str, data: dict[str, Any], state_secret: str, clock: Clock) -> bool:
    """Post a prediction's data; return whether it was taken, at the first or at a later try."""
    body = json.dumps(data, separators=(",", ":")).encode()
    name = uuid.uuid4().hex
    for wait in (0.0, *RETRY_SECONDS):
        await clock.until(clock.after(clock.now(), wait))
        headers = signed(body, name, int(clock.now()), secret_of(state_secret))
        if await in_thread(_post, urlsplit(url), body, headers):
            return True
    return False


def signed(body: bytes, name: str, timestamp: int, key: str) -> dict[str, str]:
    """Return the headers of a call."""
    content = f"{name}.{timestamp}.".encode() + body
    signature = hmac.new(key.removeprefix(_PREFIX).encode(), content, "sha256").hexdigest()
    return {
        "Content-Type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v3,{signature}",
    }


def _post(url: SplitResult, body: bytes, headers: dict[str, str]) -> bool:
    """Post once. A name is never looked up, a proxy never asked, a redirect never followed."""
    host = url.hostname or ""
    if host.removesuffix(".").endswith("localhost"):
        host = "127.0.0.1"
    connection = http.client.HTTPConnection(host, url.port or 80, timeout=STEP_SECONDS)
    end = threading.Timer(TOTAL_SECONDS, _shut, (connection,))
    end.daemon = True
    end.start()
    try:
        place = (url.path or "/") + (f"?{url.query}" if url.query else "")
        connection.request("POST", place, body, {**headers, "Host": url.netloc})
        return 200 <= connection.getresponse().status < 300
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        end.cancel()
        connection.close()


def _shut(connection: http.client.HTTPConnection) -> None:
    """Wake the one that waits for an answer that comes a byte at a time."""
    with contextlib.suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)
