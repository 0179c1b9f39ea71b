"""Looks ahead at what a draft would show: small, free, and cancelled by the next one."""

from __future__ import annotations

import asyncio
import base64
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.errors import EmulatorError, HailuoError
from hailuo_widgets.jobs import loop
from hailuo_widgets.jobs.services.services import has_ended
from hailuo_widgets.jobs.wavespeed.client import NotFound, Transient

if TYPE_CHECKING:
    from collections.abc import Callable

    from hailuo_widgets.frame.frame import Frame
    from hailuo_widgets.jobs.services.services import Connection
    from hailuo_widgets.jobs.wavespeed.client import Client
    from hailuo_widgets.jobs.wavespeed.http import HttpClients
    from hailuo_widgets.request.video_request import VideoRequest

_PICTURES: Final = "/emulator/pictures"
_OUTLOOK: Final = "/emulator/outlook"
_PREVIEW: Final = "/emulator/preview"
_LOOK: Final = "/emulator/look"

_ANSWER_SECONDS: Final = 60.0
"""A preview takes a second; an emulator that gives none for so long hangs."""

PICTURES: Final = frozenset({".jpg", ".jpeg", ".avif", ".webp"})
"""What a look can be written as: moments side by side, or small and moving."""


@dataclass(frozen=True, slots=True)
class ShotSummary:
    """What a draft of a request would show.

    Attributes
    ----------
    understood : str
        The shot in one line, e.g. ``"push in, slow · golden light"``.
    not_understood : tuple of str
        Film language of the prompt that a draft does not show.
    way : str
        How the end image is reached: ``"moves"``, ``"dissolves"``, or ``""`` without one.
    cropped : float
        Share of the end image, 0..1, that is cut off to give it the first frame's shape.
    unseen : float
        Largest share of any frame, 0..1, that shows what the first frame does not.
    """

    understood: str
    not_understood: tuple[str, ...] = ()
    way: str = ""
    cropped: float = 0.0
    unseen: float = 0.0


@dataclass(frozen=True, slots=True)
class Preview:
    """A request's outlook with its pictures.

    Attributes
    ----------
    key : str
        The same name, the same pictures.
    clip : bytes
        A silent MP4 that loops, about 640 x 360 at 10 frames per second.
    strip : bytes
        A JPEG with moments of it side by side.
    """

    key: str
    outlook: ShotSummary
    clip: bytes
    strip: bytes


class _EndedError(Exception):
    """The emulator has ended; a signal within this module."""


PreviewUpdate = ShotSummary | Preview | HailuoError
"""What a previewer tells: first the outlook, then the preview, or why there is none."""


class Previewer:
    """Looks ahead for one form; only its latest question is answered.

    Parameters
    ----------
    http_clients : callable
        Gives the background loop's HTTP clients.
    connection : callable
        Gives the connection to the emulator.
    hear : callable
        Called on the background thread with each piece of news.
    """

    def __init__(
        self,
        http_clients: Callable[[], HttpClients],
        connection: Callable[[], Connection],
        hear: Callable[[PreviewUpdate], None],
    ) -> None:
        self._http_clients = http_clients
        self._connection = connection
        self._hear = hear
        self._viewer = secrets.token_hex(8)
        self._task: asyncio.Task[None] | None = None
        self._shown: Preview | None = None
        self._given: set[str] = set()

    def look(self, prompt: str, image: Frame | None, end_image: Frame | None) -> None:
        """Ask what a request would show, instead of what was asked before; returns at once.

        Without an image there is an outlook on the prompt alone, and no preview.
        """
        loop.call_soon(self._begin, prompt, image, end_image, failed=self._stopped)

    def stop(self) -> None:
        """Drop what is being asked."""
        loop.call_soon(self._drop, failed=lambda _: None)

    def _stopped(self, error: HailuoError) -> None:
        self._hear(HailuoError(f"There is no preview now. {error} Drafts are not affected."))

    def _drop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _begin(self, prompt: str, image: Frame | None, end_image: Frame | None) -> None:
        self._drop()
        work = self._look(prompt, image, end_image)
        self._task = loop.start(work, failed=self._stopped)

    async def _look(self, prompt: str, image: Frame | None, end_image: Frame | None) -> None:
        pictures = [frame for frame in (image, end_image) if frame is not None]
        fields = {
            "prompt": prompt,
            "image": image and image.sha256,
            "end_image": end_image and end_image.sha256,
        }
        try:
            for last in (False, True):
                try:
                    await self._try(fields, pictures)
                except _EndedError:
                    if last:
                        raise
                    self._given.clear()
                else:
                    break
        except HailuoError as error:
            self._hear(error)
        except (Transient, NotFound, _EndedError) as trouble:
            self._hear(
                HailuoError(f"There is no preview now ({trouble}). Drafts are not affected.")
            )

    async def _try(self, fields: dict[str, Any], pictures: list[Frame]) -> None:
        connection = self._connection()
        client = await connection.client(self._http_clients())
        hung = False
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                try:
                    await self._tell(client, fields, pictures)
                except NotFound:  # another emulator, or it needed the room
                    self._given.clear()
                    await self._tell(client, fields, pictures)
        except TimeoutError:
            hung, trouble = True, "it does not answer"
        except Transient as problem:
            trouble = str(problem)
        else:
            return
        if await has_ended(client, hung=hung):
            raise _EndedError("the emulator ended")
        raise Transient(trouble)

    async def _tell(self, client: Client, fields: dict[str, Any], pictures: list[Frame]) -> None:
        """Ask for words and preview at once: neither keeps the other waiting."""
        for frame in pictures:
            if frame.sha256 not in self._given:
                await client.post_bytes(_PICTURES, frame.data, frame.media_type)
                self._given.add(frame.sha256)
        moving = loop.part(self._moving(client, fields)) if fields["image"] else None
        try:
            outlook = _outlook(await client.post(_OUTLOOK, fields))
            self._hear(outlook)
            if moving is not None:
                key, clip, strip = await moving
                self._shown = Preview(key, outlook, clip, strip)
                self._hear(self._shown)
        finally:
            if moving is not None:
                moving.cancel()

    async def _moving(self, client: Client, fields: dict[str, Any]) -> tuple[str, bytes, bytes]:
        """Return the preview's name, clip and strip; those at hand where nothing has changed."""
        shown = self._shown
        have = None if shown is None else shown.key
        data = await client.post(_PREVIEW, {**fields, "viewer": self._viewer, "have": have})
        if shown is not None and data["key"] == have:
            return shown.key, shown.clip, shown.strip
        return data["key"], base64.b64decode(data["clip"]), base64.b64decode(data["strip"])


async def look(
    connection: Connection,
    http_clients: HttpClients,
    request: VideoRequest,
    suffix: str,
) -> tuple[ShotSummary, bytes]:
    """Return a draft's outlook and its picture, one of :data:`PICTURES`.

    Raises
    ------
    EmulatorError
        The emulator does not answer as it should.
    """
    image, end_image = request.image, request.end_image
    fields = {
        "prompt": request.prompt,
        "image": image.sha256,
        "end_image": end_image and end_image.sha256,
        "suffix": suffix,
    }
    reason = ""
    for _ in range(2):
        client = await connection.client(http_clients)
        hung = False
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                return await _look_once(
                    client, fields, [image, *([end_image] if end_image else [])]
                )
        except TimeoutError:
            hung, reason = True, "it does not answer"
        except (Transient, NotFound) as trouble:
            reason = str(trouble)
        if not await has_ended(client, hung=hung):
            break
    raise EmulatorError(f"There is no look ahead now ({reason}). Nothing was sent or billed.")


async def _look_once(
    client: Client, fields: dict[str, Any], pictures: list[Frame]
) -> tuple[ShotSummary, bytes]:
    for frame in pictures:
        await client.post_bytes(_PICTURES, frame.data, frame.media_type)
    outlook = _outlook(await client.post(_OUTLOOK, fields))
    return outlook, base64.b64decode((await client.post(_LOOK, fields))["picture"])


def _outlook(data: dict[str, Any]) -> ShotSummary:
    return ShotSummary(
        understood=data["understood"],
        not_understood=tuple(data["not_understood"]),
        way=data["way"],
        cropped=data["cropped"],
        unseen=data["unseen"],
    )
