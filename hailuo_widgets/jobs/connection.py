"""Which service is asked, with whose key, and what may be spent: ``connect`` and what it sets."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import Literal

import httpx

from hailuo_widgets.errors import BudgetError, InputError
from hailuo_widgets.jobs import background, transport
from hailuo_widgets.jobs.key import find_key
from hailuo_widgets.jobs.services import (
    CONFIRM_ABOVE,
    EMULATOR,
    WAVESPEED,
    Connection,
    Emulator,
    Unconnected,
    WaveSpeed,
)
from hailuo_widgets.library.budget import parse_amount
from hailuo_widgets.library.library import Library, folder_of
from hailuo_widgets.request import service as facts

__all__ = [
    "EMULATOR",
    "WAVESPEED",
    "Connection",
    "Connections",
    "Emulator",
    "WaveSpeed",
    "connect",
    "connections",
]

ServiceName = Literal["emulator", "wavespeed"]


class Connections:
    """What the process is connected to: always the emulator, the paid service only by word."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.free: Connection = Emulator(library, "ultra")
        self.paid: Connection | None = None
        self.current: Connection = self.free

    def named(self, service: str | None) -> Connection:
        """Return the connection a person asked for; None means the one connected last.

        Raises
        ------
        InputError
            The paid service was asked for and never connected, or there is no such service.
        """
        if service is None:
            return self.current
        if service == EMULATOR:
            return self.free
        if service == WAVESPEED and self.paid is not None:
            return self.paid
        if service == WAVESPEED:
            raise InputError(
                "The paid service is not connected. Nothing was sent. "
                'Connect with hw.connect("wavespeed", budget=5.00).'
            )
        raise _no_such(service)

    def planned(self, service: str | None) -> Connection:
        """Return the same to plan with: the paid service need not be connected for that.

        Raises
        ------
        InputError
            There is no such service.
        """
        if service == WAVESPEED and self.paid is None:
            return Unconnected(self.library)
        return self.named(service)


_made: Connections | None = None


def connections() -> Connections:
    """Return what ``connect`` has set; the emulator and the default library before that."""
    global _made  # noqa: PLW0603  one process, one set of connections: connect() is its only door
    if _made is None:
        _made = Connections(Library())
    return _made


def connect(
    service: ServiceName = EMULATOR,
    *,
    budget: object = None,
    api_key: str | None = None,
    base_url: str | None = None,
    tier: str = "bronze",
    library: str | os.PathLike[str] | None = None,
    confirm_above: object = CONFIRM_ABOVE,
) -> Connection:
    """Choose the service that ``generate`` and the widgets use.

    Parameters
    ----------
    service : "emulator" or "wavespeed"
        Free local drafts, or the paid service.
    budget : number or str, optional
        US dollars this library may spend at the paid service in all, past spending included.
        Without one nothing can be spent.
    api_key : str, optional
        Default: the environment variable ``WAVESPEED_API_KEY``. It stays in memory.
    base_url : str, optional
        Another address of the paid service; ``https``, or ``http`` on this machine.
    tier : "bronze", "silver", "gold" or "ultra"
        The account's tier at the service.
    library : str or Path, optional
        The library's folder. Default: the one in use, else ``HAILUO_LIBRARY``, else
        ``hailuo-library``.
    confirm_above : number or str
        US dollars. A form that would commit more at one press states the total and wants a second
        press. Programs are bounded by the budget alone.

    Raises
    ------
    AuthError
        There is no usable key.
    BudgetError
        The budget or `confirm_above` is no amount, or the budget is below what the library has
        already used.
    InputError
        An unknown service or tier, or an address the key must not be sent to.
    LibraryError
        The library cannot be used.
    """
    global _made  # noqa: PLW0603
    if service not in {EMULATOR, WAVESPEED}:
        raise _no_such(service)
    if tier not in facts.TIERS:
        raise InputError(f"There is no tier {tier!r}; there are {', '.join(facts.TIERS)}.")
    amount = None if budget is None else parse_amount(budget)
    threshold = _threshold(confirm_above)
    key = find_key(api_key) if service == WAVESPEED else None
    address = _address(base_url)
    made = _made
    if made is None or (library is not None and made.library.path != folder_of(library)):
        made = Connections(Library(library))
    if key is None:
        made.current = made.free
    else:
        if amount is not None:
            made.library.ledger.set_budget(WAVESPEED, amount)
        made.paid = made.current = WaveSpeed(
            made.library, tier, address, key, confirm_above=threshold
        )
        _ask_price(made.paid)
    _made = made
    return made.current


def _ask_price(paid: Connection) -> None:
    """Ask what a generation costs, in the background; nobody waits for it."""

    async def work() -> None:
        await paid.renew_price(transport.shared())

    background.submit(work)


def _threshold(amount: object) -> Decimal:
    try:
        return parse_amount(amount)
    except BudgetError:
        raise BudgetError(
            f"confirm_above is an amount in US dollars such as 2.00, not {str(amount)[:40]!r}. "
            "Nothing was changed."
        ) from None


def _address(base_url: str | None) -> str:
    url = httpx.URL(base_url or facts.BASE_URL)
    here = url.host in {"127.0.0.1", "localhost", "::1"}
    if not (url.scheme == "https" or (url.scheme == "http" and here)) or not url.host:
        raise InputError(
            "base_url must begin with https://, or be http:// on this machine: the API key is "
            "sent there. Nothing was sent."
        )
    return str(url)


def _no_such(service: object) -> InputError:
    return InputError(
        f'There is no service {str(service)[:40]!r}; there are "emulator" (free drafts) and '
        '"wavespeed" (paid).'
    )
