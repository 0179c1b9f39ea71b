"""The entry points of the background loop: ask for a clip, resume what was left, preview."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from hailuo_widgets import errors
from hailuo_widgets.jobs import forked, loop
from hailuo_widgets.jobs.runner.resumed import ResumedJobs
from hailuo_widgets.jobs.runner.runner import Runner, Take
from hailuo_widgets.jobs.services import preview_client
from hailuo_widgets.jobs.services.connect import connections
from hailuo_widgets.jobs.services.preview_client import Previewer
from hailuo_widgets.jobs.services.services import WAVESPEED
from hailuo_widgets.jobs.wavespeed import http
from hailuo_widgets.jobs.wavespeed.price import changed
from hailuo_widgets.request.video_request import VideoRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from decimal import Decimal

    from hailuo_widgets.frame.frame import FrameSource
    from hailuo_widgets.jobs.runner.job import Job
    from hailuo_widgets.jobs.services.preview_client import PreviewUpdate, ShotSummary
    from hailuo_widgets.jobs.services.reconcile import Reconciliation

__all__ = [
    "ResumedJobs",
    "Runner",
    "generate",
    "generate_takes",
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
    if take != "another":
        _require_number(take)
    request = VideoRequest(image, prompt, end_image, enable_prompt_expansion)
    return shared().ask(connections().named(service), request, take, price)


def generate_takes(
    image: FrameSource,
    prompt: str = "",
    end_image: FrameSource | None = None,
    enable_prompt_expansion: bool = True,
    *,
    takes: Iterable[int],
    price: Decimal,
    at_most: Decimal,
    service: str | None = None,
    runner: Runner | None = None,
) -> list[Job]:
    """Ask for several takes of one request at one price: all of them, or nothing is sent.

    Parameters
    ----------
    image, prompt, end_image, enable_prompt_expansion
        As for :func:`generate`.
    takes : iterable of int
        From 1.
    price : Decimal
        What one generation costs as the person saw it, in US dollars. What is not sent yet when
        the service names another price is not sent at all.
    at_most : Decimal
        What they agreed to in all, in US dollars.
    runner : Runner, optional
        The runner, where it is not the process's own.

    Raises
    ------
    BudgetError, PriceChangedError, InputError
        All together would cost more than is left, or something else than was agreed to; nothing
        was sent.
    FrameError, PromptError, LibraryError
        As :func:`generate` does.
    """
    numbers = list(takes)
    for take in numbers:
        _require_number(take)
    request = VideoRequest(image, prompt, end_image, enable_prompt_expansion)
    connection = connections().named(service)
    if at_most > 0 and price != connection.price:
        raise changed(price, connection.price)
    wanted = [(request, take) for take in numbers]
    return (runner or shared()).ask_all(connection, wanted, price, at_most=at_most)


def resume() -> ResumedJobs:
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
    left = len(ledger.jobs.resumable(WAVESPEED)) + len(ledger.jobs.unknown(WAVESPEED))
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
    loop.call_soon(shared().http_clients, failed=lambda _: None)  # the first request tells it


def look_ahead(
    image: FrameSource, prompt: str, end_image: FrameSource | None, suffix: str
) -> tuple[ShotSummary, bytes]:
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

    async def work() -> tuple[ShotSummary, bytes]:
        return await preview_client.look(
            connections().free, shared().http_clients(), request, suffix
        )

    return loop.submit(work).result()


def previewer(hear: Callable[[PreviewUpdate], None]) -> Previewer:
    """Return what looks ahead for one form, free of charge; `hear` is told on the loop's thread."""
    return Previewer(shared().http_clients, lambda: connections().free, hear)


def _require_number(take: object) -> None:
    if not isinstance(take, int) or isinstance(take, bool) or take < 1:
        raise errors.InputError(
            f'take counts from 1, or is "another"; {str(take)[:40]!r} is no take.'
        )


@functools.cache
def shared() -> Runner:
    """Return the runner of this process."""
    return Runner(http_clients=http.shared)


for _once in (shared, http.shared):
    forked.renew(_once)
