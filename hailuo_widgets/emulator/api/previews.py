"""Looks ahead: what a draft would show, before anybody asks for it. No part of the real service."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import hashlib
import tempfile
import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from hailuo_widgets.emulator.account import validation
from hailuo_widgets.emulator.account.threads import in_thread
from hailuo_widgets.emulator.http.responses import Answer, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hailuo_widgets.emulator.api.request_context import RequestContext
    from hailuo_widgets.emulator.draft import Preview, ShotSummary

PICTURES: Final = (".jpg", ".jpeg", ".avif", ".webp")

AT_ONCE: Final = 16
"""Looks at the same moment; each is a thread."""

KEPT_PICTURES: Final = 256
KEPT_BYTES: Final = 128 * 1024 * 1024
"""Of pictures that may be looked at again; the latest one stays, whatever its size."""


class PreviewRenderer(Protocol):
    """What can look ahead: :mod:`hailuo_widgets.emulator.draft`."""

    def outlook(self, prompt: str, image: bytes | None, end_image: bytes | None) -> ShotSummary:
        """Return what a draft would show."""

    def preview_key(self, prompt: str, image: bytes, end_image: bytes | None) -> str:
        """Name the preview: the same name, the same preview."""

    def preview(
        self, prompt: str, image: bytes, end_image: bytes | None, *, cancelled: Callable[[], bool]
    ) -> Preview | None:
        """Render it small; None when cancelled."""

    def look(self, prompt: str, image: bytes, end_image: bytes | None, destination: Path) -> None:
        """Write a picture of it, of the kind that the destination's suffix says."""


class Previews:
    """Handlers under ``/emulator`` that look ahead.

    A picture is given once and then named by its SHA-256. Each viewer has one preview at a time:
    its next one cancels the one before.
    """

    def __init__(self, looker: PreviewRenderer) -> None:
        self._looker = looker
        self._pictures: OrderedDict[str, bytes] = OrderedDict()
        self._superseded: dict[str, threading.Event] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def take_picture(self, case: RequestContext) -> Answer:
        """Keep the body, a picture file, until others need the room."""
        name = hashlib.sha256(case.body).hexdigest()
        self._pictures[name] = case.body
        self._pictures.move_to_end(name)
        while len(self._pictures) > 1 and (
            len(self._pictures) > KEPT_PICTURES
            or sum(map(len, self._pictures.values())) > KEPT_BYTES
        ):
            self._pictures.popitem(last=False)
        return Answer.of({"sha256": name})

    async def outlook(self, case: RequestContext) -> Answer:
        """Return what a draft of ``prompt``, ``image`` and ``end_image`` would show."""
        found = await self._looked(self._looker.outlook, *self._asked(case))
        return Answer.of(dataclasses.asdict(found))

    async def preview(self, case: RequestContext) -> Answer:
        """Render a small moving preview for a ``viewer``, unless it is the one they ``have``.

        409 when the viewer's next one came first.
        """
        prompt, image, end_image = self._shot(case)
        fields = case.json()
        viewer = str(fields.get("viewer"))
        superseded = threading.Event()
        if (before := self._superseded.get(viewer)) is not None:
            before.set()
        self._superseded[viewer] = superseded
        try:
            key = await self._looked(self._looker.preview_key, prompt, image, end_image)
            if key == fields.get("have"):
                return Answer.of({"key": key})
            made = await self._looked(
                self._looker.preview, prompt, image, end_image, cancelled=superseded.is_set
            )
        finally:
            if self._superseded[viewer] is superseded:
                del self._superseded[viewer]
        if made is None:
            raise RefusedError(409, "A newer preview was asked for.")
        clip, strip = (base64.b64encode(data).decode() for data in (made.clip, made.strip))
        return Answer.of({"key": key, "clip": clip, "strip": strip})

    async def look(self, case: RequestContext) -> Answer:
        """Return a draft's picture as a file of one of :data:`PICTURES`."""
        prompt, image, end_image = self._shot(case)
        suffix = str(case.json().get("suffix"))
        if suffix not in PICTURES:
            raise RefusedError(400, f"A picture's suffix is one of {', '.join(PICTURES)}.")

        def picture() -> bytes:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, f"look{suffix}")
                self._looker.look(prompt, image, end_image, path)
                return path.read_bytes()

        return Answer.of({"picture": base64.b64encode(await self._looked(picture)).decode()})

    def _shot(self, case: RequestContext) -> tuple[str, bytes, bytes | None]:
        prompt, image, end_image = self._asked(case)
        if image is None:
            raise RefusedError(400, "A preview needs an image.")
        return prompt, image, end_image

    def _asked(self, case: RequestContext) -> tuple[str, bytes | None, bytes | None]:
        fields = case.json()
        prompt = str(fields.get("prompt", ""))
        if len(prompt) > validation.MOST_PROMPT:
            raise RefusedError(400, f"A prompt has at most {validation.MOST_PROMPT} characters.")
        return (
            prompt,
            self._picture(fields.get("image")),
            self._picture(fields.get("end_image")),
        )

    def _picture(self, name: object) -> bytes | None:
        if name is None:
            return None
        if not isinstance(name, str) or name not in self._pictures:
            raise RefusedError(404, "That picture is not here; give it first.")
        self._pictures.move_to_end(name)
        return self._pictures[name]

    async def _looked(self, look: Callable[..., Any], *what: Any, **how: Any) -> Any:
        try:
            async with self._turns:
                return await in_thread(look, *what, **how)
        except ValueError as error:  # a picture that cannot be read
            raise RefusedError(422, str(error)) from None
