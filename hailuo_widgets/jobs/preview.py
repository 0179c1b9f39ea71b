"""Looks ahead at what a draft would show: small, free, and cancelled by the next one."""

from __future__ import annotations

import asyncio
import base64
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.errors import EmulatorError, HailuoError
from hailuo_widgets.jobs import background
from hailuo_widgets.jobs.client import NotFound, Transient

if TYPE_CHECKING:
    from collections.abc import Callable

    from hailuo_widgets.jobs.client import Client
    from hailuo_widgets.jobs.services import Connection
    from hailuo_widgets.jobs.transport import Transport
    from hailuo_widgets.request.frame import Frame

_PICTURES: Final = "/emulator/pictures"
_OUTLOOK: Final = "/emulator/outlook"
_PREVIEW: Final = "/emulator/preview"
_LOOK: Final = "/emulator/look"

PICTURES: Final = frozenset({".jpg", ".jpeg", ".avif", ".webp"})
"""What a look can be written as: moments side by side, or small and moving."""


@dataclass(frozen=True, slots=True)
class Outlook:
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
    outlook: Outlook
    clip: bytes
    strip: bytes


News = Outlook | Preview | HailuoError
"""What a previewer tells: first the outlook, then the preview, or why there is none."""


class Previewer:
    """Looks ahead for one form; only its latest question is answered.

    Parameters
    ----------
    wires : callable
        Gives the background loop's HTTP clients.
    connection : callable
        Gives the connection to the emulator.
    hear : callable
        Called on the background thread with each piece of news.
    """

    def __init__(
        self,
        wires: Callable[[], Transport],
        connection: Callable[[], Connection],
        hear: Callable[[News], None],
    ) -> None:
        self._wires = wires
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
        background.call_soon(self._begin, prompt, image, end_image)

    def stop(self) -> None:
        """Drop what is being asked."""
        background.call_soon(self._drop)

    def _drop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _begin(self, prompt: str, image: Frame | None, end_image: Frame | None) -> None:
        self._drop()
        self._task = asyncio.get_running_loop().create_task(self._look(prompt, image, end_image))

    async def _look(self, prompt: str, image: Frame | None, end_image: Frame | None) -> None:
        pictures = [frame for frame in (image, end_image) if frame is not None]
        fields = {
            "prompt": prompt,
            "image": image and image.sha256,
            "end_image": end_image and end_image.sha256,
        }
        try:
            client = await self._connection().client(self._wires())
            try:
                await self._tell(client, fields, pictures)
            except NotFound:  # another emulator, or it needed the room
                self._given.clear()
                await self._tell(client, fields, pictures)
        except HailuoError as error:
            self._hear(error)
        except (Transient, NotFound) as trouble:
            self._hear(
                HailuoError(f"There is no preview now ({trouble}). Drafts are not affected.")
            )

    async def _tell(self, client: Client, fields: dict[str, Any], pictures: list[Frame]) -> None:
        """Ask for words and preview at once: neither keeps the other waiting."""
        for frame in pictures:
            if frame.sha256 not in self._given:
                await client.post_bytes(_PICTURES, frame.data, frame.media_type)
                self._given.add(frame.sha256)
        moving = asyncio.create_task(self._moving(client, fields)) if fields["image"] else None
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
    client: Client, prompt: str, image: Frame, end_image: Frame | None, suffix: str
) -> tuple[Outlook, bytes]:
    """Return a draft's outlook and its picture, one of :data:`PICTURES`.

    Raises
    ------
    EmulatorError
        The emulator does not answer as it should.
    """
    fields = {
        "prompt": prompt,
        "image": image.sha256,
        "end_image": end_image and end_image.sha256,
        "suffix": suffix,
    }
    try:
        for frame in filter(None, (image, end_image)):
            await client.post_bytes(_PICTURES, frame.data, frame.media_type)
        outlook = _outlook(await client.post(_OUTLOOK, fields))
        picture = (await client.post(_LOOK, fields))["picture"]
    except (Transient, NotFound) as trouble:
        reason = str(trouble)
    else:
        return outlook, base64.b64decode(picture)
    raise EmulatorError(f"There is no look ahead now ({reason}). Nothing was sent or billed.")


def _outlook(data: dict[str, Any]) -> Outlook:
    return Outlook(
        understood=data["understood"],
        not_understood=tuple(data["not_understood"]),
        way=data["way"],
        cropped=data["cropped"],
        unseen=data["unseen"],
    )
