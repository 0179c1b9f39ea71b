"""Which service is asked, with whose key, and what may be spent: ``connect`` and what it sets."""

from __future__ import annotations

import os
import re
from decimal import Decimal
from typing import Final, Literal
from urllib.parse import quote

from hailuo_widgets import service as facts
from hailuo_widgets.errors import BudgetError, InputError
from hailuo_widgets.jobs import forked, loop
from hailuo_widgets.jobs.services.services import (
    CONFIRM_ABOVE,
    EMULATOR,
    WAVESPEED,
    Connection,
    Emulator,
    NoService,
    WaveSpeed,
)
from hailuo_widgets.jobs.wavespeed import http
from hailuo_widgets.jobs.wavespeed.api_key import find_key
from hailuo_widgets.library.library import Library, folder_of
from hailuo_widgets.money import parse_amount
from hailuo_widgets.network.address import host_of, web_address
from hailuo_widgets.network.loopback import is_loopback

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

_HOW_TO_NAME: Final = (
    f"Give scheme and host alone, such as {facts.BASE_URL}, or leave it out. Nothing was sent."
)

ServiceName = Literal["emulator", "wavespeed"]


class Connections:
    """What the process is connected to: always the emulator, the paid service only by word."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.free: Connection = Emulator(library, "ultra")
        self.paid: Connection | None = None
        self.current: Connection = self.free

    def anew(self) -> Connections:
        """Return the same connections, with the library opened anew."""
        made = Connections(Library(self.library.path))
        if isinstance(self.paid, WaveSpeed):
            made.paid = self.paid.anew(made.library)
        made.current = made.free if self.current is self.free or made.paid is None else made.paid
        return made

    def named(self, service: str | None) -> Connection:
        """Return the connection the user asked for; None means the one connected last.

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
            return NoService(self.library)
        return self.named(service)


_made: Connections | None = None
_parents: Connections | None = None
"""In a forked child: what its parent was connected to."""


def _now_in_child() -> None:
    """Let a forked child open the library for itself: the parent's SQLite and lock are not its."""
    global _made, _parents
    if _made is not None:
        forked.keep(_made)
        _made, _parents = None, _made


forked.in_child(_now_in_child)


def connections() -> Connections:
    """Return what ``connect`` has set; the emulator and the default library before that."""
    global _made  # noqa: PLW0603  one process, one set of connections: connect() is its only door
    if _made is None:
        _made = _parents.anew() if _parents is not None else Connections(Library())
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
    made = connections() if _parents is not None else _made
    if made is None or (library is not None and made.library.path != folder_of(library)):
        made = Connections(Library(library))
    elif not made.library.is_whole:
        # Deleted, moved or replaced under this kernel: what it holds open is not on the disk.
        made = made.anew()
    if key is None:
        made.current = made.free
    else:
        if amount is not None:
            made.library.ledger.budget.set(WAVESPEED, amount)
        made.paid = made.current = WaveSpeed(
            made.library, tier, address, key, confirm_above=threshold
        )
        _ask_price(made.paid)
    _made = made
    return made.current


def _ask_price(paid: Connection) -> None:
    """Ask what a generation costs, in the background; nobody waits for it."""

    async def work() -> None:
        await paid.renew_price(http.shared())

    loop.submit(work)  # what it raises nobody hears: the list price stays


def _threshold(amount: object) -> Decimal:
    try:
        return parse_amount(amount)
    except BudgetError:
        raise BudgetError(
            f"confirm_above is an amount in US dollars such as 2.00, not {str(amount)[:40]!r}. "
            "Nothing was changed."
        ) from None


def _address(base_url: str | None) -> str:
    """Read the service's address: what people copy with it is cut off where that is plain."""
    given = (base_url or "").strip() or facts.BASE_URL
    try:
        url = web_address(given)
    except ValueError as error:
        raise InputError(f"base_url cannot be used: {error}. {_HOW_TO_NAME}") from None
    if url.userinfo or url.query or url.fragment:
        part = "a user" if url.userinfo else "something behind ? or #"
        raise InputError(f"base_url names {part}, which the service does not have. {_HOW_TO_NAME}")
    if url.scheme != "https" and not is_loopback(host_of(url)):
        raise InputError(
            "base_url must begin with https://, or be http:// on this machine: the API key is sent "
            f"there. {_HOW_TO_NAME}"
        )
    before = re.sub(r"/api/v\d+(/.*)?$", "", url.path.rstrip("/"))
    return f"{url.scheme}://{url.netloc.decode()}{quote(before)}"


def _no_such(service: object) -> InputError:
    return InputError(
        f'There is no service {str(service)[:40]!r}; there are "emulator" (free drafts) and '
        '"wavespeed" (paid).'
    )
