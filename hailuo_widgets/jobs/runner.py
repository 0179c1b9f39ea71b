"""The doors to the background loop: ask for a clip, bring home what was left, look ahead."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from hailuo_widgets import errors
from hailuo_widgets.jobs import background, preview, transport
from hailuo_widgets.jobs.carrier import Runner, Take
from hailuo_widgets.jobs.connection import connections
from hailuo_widgets.jobs.preview import Previewer
from hailuo_widgets.jobs.resume import Homecoming
from hailuo_widgets.jobs.services import WAVESPEED
from hailuo_widgets.request.request import VideoRequest

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from hailuo_widgets.jobs.job import Job
    from hailuo_widgets.jobs.preview import News, Outlook
    from hailuo_widgets.jobs.reconcile import Reconciliation
    from hailuo_widgets.request.frame import FrameSource

__all__ = [
    "Homecoming",
    "Runner",
    "generate",
    "look_ahead",
    "previewer",
    "reconcile",
    "resume",
    "shared",
    "warm_up",
]


def generate(
    image: FrameSource,
    prompt: str = "",
    end_image: FrameSource | None = None,
    enable_prompt_expansion: bool = True,
    *,
    take: Take = 1,
    price: Decimal | None = None,
    service: str | None = None,
) -> Job:
    """Ask for a clip; returns at once, and shows nothing.

    Parameters and errors are those of :func:`hailuo_widgets.generate`, which also shows the job.
    The same request and take asked for again is the same job: a clip the library holds comes from
    there at no cost, and one on its way is joined.

    Parameters
    ----------
    price : Decimal, optional
        What was shown to the person, in US dollars. If one generation costs something else, nothing
        is sent: :class:`~hailuo_widgets.errors.PriceChangedError`.
    """
    if take != "another" and (not isinstance(take, int) or isinstance(take, bool) or take < 1):
        raise errors.InputError(
            f'take counts from 1, or is "another"; {str(take)[:40]!r} is no take.'
        )
    request = VideoRequest(image, prompt, end_image, enable_prompt_expansion)
    return shared().ask(connections().named(service), request, take, price)


def resume() -> Homecoming:
    """Bring home what earlier kernels left on its way; returns at once.

    Nothing that costs is sent; drafts are rendered again. What was asked for and never sent is told as that; what may have
    been billed is looked for. Calling it again is harmless.

    Raises
    ------
    LibraryError
        The library cannot be read.
    """
    made = connections()
    if made.paid is not None:
        return shared().resume(made.free, made.paid)
    ledger = made.library.ledger
    left = len(ledger.resumable(WAVESPEED)) + len(ledger.unknown(WAVESPEED))
    return shared().resume(made.free, out_of_reach=left)


def reconcile() -> Reconciliation:
    """Compare this library's ledger with the paid service's bill; blocks for some seconds.

    Refunds on the bill are written into the ledger, and free that much of the budget. Nothing else
    is changed.

    Returns
    -------
    Reconciliation
        Shows itself as a table: what differs, to the cent, and the totals.

    Raises
    ------
    InputError
        The paid service is not connected.
    HailuoError
        The service could not be asked; nothing was changed.
    """
    return shared().reconcile(connections().named(WAVESPEED))


def warm_up() -> None:
    """Start the background loop and its client ahead of the first request; sends nothing."""
    background.call_soon(shared().wires)


def look_ahead(
    image: FrameSource, prompt: str, end_image: FrameSource | None, suffix: str
) -> tuple[Outlook, bytes]:
    """Return what a draft would show, and a picture of it; blocks, keeps nothing, costs nothing.

    Parameters
    ----------
    suffix : str
        ``".jpg"`` for moments side by side, ``".avif"`` or ``".webp"`` for small and moving.

    Raises
    ------
    FrameError, PromptError
        The request could not be sent.
    EmulatorError
        The emulator does not start or answer.
    """
    request = VideoRequest(image, prompt, end_image)

    async def work() -> tuple[Outlook, bytes]:
        client = await connections().free.client(shared().wires())
        return await preview.look(client, prompt, request.image, request.end_image, suffix)

    return background.submit(work).result()


def previewer(hear: Callable[[News], None]) -> Previewer:
    """Return what looks ahead for one form, free of charge; `hear` is told on the loop's thread."""
    return Previewer(shared().wires, lambda: connections().free, hear)


@functools.cache
def shared() -> Runner:
    """Return the runner of this process."""
    return Runner(wires=transport.shared)
