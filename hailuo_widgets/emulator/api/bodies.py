"""Bodies of requests: bounded in size, in time and in how many large ones are held at once."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.requests import ClientDisconnect, Request

from hailuo_widgets.emulator.account.threads import in_thread
from hailuo_widgets.emulator.api.request_context import Endpoint, RequestContext
from hailuo_widgets.emulator.http.responses import RefusedError

MEBIBYTE = 1024 * 1024

UPLOAD_BYTES = 200 * MEBIBYTE
"""The largest file that is taken for safe keeping."""

LARGEST = {
    # Two pictures of 20 MB are 54 MB of base64.
    Endpoint.SUBMIT: 64 * MEBIBYTE,
    Endpoint.PRICE: 64 * MEBIBYTE,
    Endpoint.CONTROL: 64 * MEBIBYTE,
    Endpoint.STORE: UPLOAD_BYTES,
    Endpoint.UPLOAD: UPLOAD_BYTES + MEBIBYTE,  # the form around the file
}
USUALLY_LARGEST = MEBIBYTE

TO_DISK = frozenset({Endpoint.STORE, Endpoint.UPLOAD})

AT_ONCE = 8
"""Large bodies at once; the next ones wait where they come from."""

SILENCE_SECONDS = 30.0
WHOLE_SECONDS = 600.0
"""The longest pause within a body, and the longest time for all of it."""


class Bodies:
    """Reads them, into memory or into files.

    Parameters
    ----------
    folder : Path
        For files; each is gone when its request is answered, unless it was moved away.
    """

    def __init__(self, folder: Path, silence_seconds: float = SILENCE_SECONDS) -> None:
        self._folder = folder
        self._silence = silence_seconds
        self._turns = asyncio.Semaphore(AT_ONCE)

    @contextlib.asynccontextmanager
    async def read(self, case: RequestContext) -> AsyncIterator[None]:
        """Read a case's body for as long as the context lasts.

        Raises
        ------
        RefusedError
            413 when it is too large, 408 when it does not come, 400 when its length is a lie.
        ClientDisconnect
            It has gone.
        """
        headers = case.request.headers
        if "content-length" not in headers and "transfer-encoding" not in headers:
            yield
            return
        most = LARGEST.get(case.endpoint, USUALLY_LARGEST)
        if _declared(headers.get("content-length")) > most:
            raise RefusedError(413, f"The request body is larger than {most} bytes.")
        async with contextlib.AsyncExitStack() as held:
            if case.endpoint in TO_DISK:
                await held.enter_async_context(self._turns)
                try:
                    await self._to_disk(case, most, held)
                except OSError as error:
                    raise RefusedError(507, f"The emulator cannot keep it: {error}.") from None
            else:
                await self._to_memory(case, most, held)
            yield

    async def _to_memory(
        self, case: RequestContext, most: int, held: contextlib.AsyncExitStack
    ) -> None:
        body = bytearray()
        waited = False
        async for piece in self._pieces(case.request, most):
            if not waited and len(body) + len(piece) > MEBIBYTE:
                await held.enter_async_context(self._turns)
                waited = True
            body += piece
        case.body = bytes(body)

    async def _to_disk(
        self, case: RequestContext, most: int, held: contextlib.AsyncExitStack
    ) -> None:
        path = self._folder / f"{secrets.token_hex(8)}.part"
        held.callback(path.unlink, missing_ok=True)
        digest = hashlib.blake2b(digest_size=16)
        with path.open("wb") as file:
            waiting = bytearray()
            async for piece in self._pieces(case.request, most):
                digest.update(piece)
                waiting += piece
                if len(waiting) >= MEBIBYTE:
                    await in_thread(file.write, bytes(waiting))
                    waiting.clear()
            await in_thread(file.write, bytes(waiting))
            case.size = file.tell()
        case.file = path
        case.file_digest = digest.hexdigest()

    async def _pieces(self, request: Request, most: int) -> AsyncIterator[bytes]:
        read = 0
        loop = asyncio.get_running_loop()
        end = loop.time() + WHOLE_SECONDS
        more = True
        while more:
            try:
                async with asyncio.timeout_at(min(end, loop.time() + self._silence)):
                    message = await request.receive()
            except TimeoutError:
                raise RefusedError(
                    408, "The request body did not come.", Connection="close"
                ) from None
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            more = message.get("more_body", False)
            piece = message.get("body", b"")
            read += len(piece)
            if read > most:
                raise RefusedError(
                    413, f"The request body is larger than {most} bytes.", Connection="close"
                )
            if piece:
                yield piece


def _declared(length: str | None) -> int:
    if length is None:
        return 0
    if not (length.isascii() and length.isdecimal() and len(length) < 20):
        raise RefusedError(400, "The Content-Length is no number.")
    return int(length)
