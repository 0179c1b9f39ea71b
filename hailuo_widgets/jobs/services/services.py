"""The services that can be asked: the local emulator, and the paid one."""

from __future__ import annotations

import asyncio
import functools
import threading
import time
import weakref
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from hailuo_widgets import service as facts
from hailuo_widgets.jobs import forked
from hailuo_widgets.jobs.services.emulator_process import EmulatorProcess
from hailuo_widgets.jobs.wavespeed import estimate, poll
from hailuo_widgets.jobs.wavespeed.client import Client
from hailuo_widgets.jobs.wavespeed.price import Price
from hailuo_widgets.money import dollars

if TYPE_CHECKING:
    from collections.abc import Callable

    from hailuo_widgets.jobs.wavespeed.api_key import ApiKey
    from hailuo_widgets.jobs.wavespeed.http import HttpClients
    from hailuo_widgets.library.library import Library
    from hailuo_widgets.money import Budget

EMULATOR: Final = "emulator"
WAVESPEED: Final = "wavespeed"

CONFIRM_ABOVE: Final = Decimal("2.00")
"""US dollars from which on a form asks twice, unless told otherwise."""

_DRAFT_SECONDS: Final = (2.0, 8.0)
_DRAFTS_AT_ONCE: Final = 2


class Connection:
    """A service that can be asked, and the library that keeps what comes of it.

    Attributes
    ----------
    service : str
        ``"emulator"`` or ``"wavespeed"``.
    library : Library
        Where everything is kept.
    tier : str
        The account's tier.
    confirm_above : Decimal
        US dollars; a form that would commit more at one press asks a second time.
    """

    service: str

    def __init__(
        self, library: Library, tier: str, *, confirm_above: Decimal = CONFIRM_ABOVE
    ) -> None:
        self.library = library
        self.tier = tier
        self.confirm_above = confirm_above
        self._durations: list[float] | None = None
        self._learning = threading.Lock()
        self._clients: weakref.WeakKeyDictionary[HttpClients, tuple[tuple[str, ApiKey], Client]] = (
            weakref.WeakKeyDictionary()
        )

    @property
    def budget(self) -> Budget | None:
        """The budget as it stands now; None for the emulator, or when none was set."""
        return self.library.ledger.budget.read(self.service)

    @property
    def price(self) -> Decimal:
        """What one generation costs, in US dollars, as the service said it last."""
        raise NotImplementedError

    @property
    def price_is_listed(self) -> bool:
        """True if that is only the list price: the service could not be asked (yet)."""
        raise NotImplementedError

    @property
    def price_is_fresh(self) -> bool:
        """True if the service has said it within the last minute, or failed to."""
        raise NotImplementedError

    @property
    def limits(self) -> facts.Tier:
        """How many videos the account may start per minute, and have in flight at once."""
        return facts.TIERS[self.tier]

    @property
    def pace(self) -> facts.Tier:
        """How many really are made per minute and at once, to say how long many take."""
        return self.limits

    @property
    def expected_seconds(self) -> tuple[float, float]:
        """Between which two times a generation usually takes."""
        raise NotImplementedError

    @property
    def schedule(self) -> poll.Schedule:
        """When to ask about an accepted request."""
        raise NotImplementedError

    async def client(self, http_clients: HttpClients) -> Client:
        """Return the service, ready to be asked."""
        raise NotImplementedError

    async def renew_price(self, http_clients: HttpClients) -> None:
        """Ask what a generation costs unless that was asked within the last minute."""
        raise NotImplementedError

    def _client(self, http_clients: HttpClients, base_url: str, key: ApiKey) -> Client:
        """Return the one client of these http_clients: making one takes a while, and jobs are many."""
        asked, known = self._clients.get(http_clients, (None, None))
        if known is None or asked != (base_url, key):
            known = Client(
                http_clients.asking,
                base_url,
                key,
                submitting=http_clients.submitting,
                polling=http_clients.polling,
                wall=http_clients.wall,
            )
            self._clients[http_clients] = ((base_url, key), known)
        return known

    def durations(self) -> list[float]:
        """Return how long this library's generations took at this service, the newest first."""
        with self._learning:
            if self._durations is None:
                self._durations = self.library.ledger.jobs.seconds_taken(self.service)
            return self._durations

    def learn(self) -> None:
        """Look at the library's history again when it is next needed: there is more of it."""
        self._durations = None


class Emulator(Connection):
    """The local emulator: free drafts, no key."""

    service = EMULATOR
    price = Decimal("0.00")
    price_is_listed = False
    price_is_fresh = True
    expected_seconds = _DRAFT_SECONDS
    schedule = poll.LOCAL
    pace = facts.Tier(facts.TIERS["ultra"].videos_per_minute, _DRAFTS_AT_ONCE)

    def __repr__(self) -> str:
        return "<connected to the local emulator · drafts are free>"

    async def renew_price(self, http_clients: HttpClients) -> None:
        """Drafts are free."""

    async def client(self, http_clients: HttpClients) -> Client:
        """Start the emulator when needed.

        Raises
        ------
        EmulatorError
            It does not start.
        """
        place = await asyncio.to_thread(_process().running)
        client = self._client(http_clients, place.base_url, place.key)
        _serials[client] = place.serial
        return client


class NoService(Connection):
    """The paid service before anybody has connected to it: what it would cost can be told."""

    service = WAVESPEED
    price = facts.PRICE
    price_is_listed = True
    price_is_fresh = True

    def __init__(self, library: Library) -> None:
        super().__init__(library, next(iter(facts.TIERS)))

    @property
    def expected_seconds(self) -> tuple[float, float]:
        """Between which two times a generation usually takes, as this library knows it."""
        return estimate.usual_seconds(self.durations())


class WaveSpeed(Connection):
    """The paid service.

    Parameters
    ----------
    now : callable
        Monotonic seconds, by which a price grows old.
    """

    service = WAVESPEED

    def __init__(
        self,
        library: Library,
        tier: str,
        base_url: str,
        key: ApiKey,
        *,
        confirm_above: Decimal = CONFIRM_ABOVE,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(library, tier, confirm_above=confirm_above)
        self._base_url = base_url
        self._key = key
        self._price = Price(now)

    def anew(self, library: Library) -> WaveSpeed:
        """Return the same for another library."""
        return WaveSpeed(
            library, self.tier, self._base_url, self._key, confirm_above=self.confirm_above
        )

    def __repr__(self) -> str:
        budget = self.budget
        money = (
            f"{dollars(budget.left)} left of a budget of {dollars(budget.amount)}"
            if budget
            else "no budget, so nothing can be spent"
        )
        return f"<connected to WaveSpeedAI · {money}>"

    @property
    def price(self) -> Decimal:
        """What one generation costs, in US dollars, as the service said it last."""
        return self._price.amount

    @property
    def price_is_listed(self) -> bool:
        """True if that is only the list price: the service could not be asked (yet)."""
        return self._price.listed

    @property
    def price_is_fresh(self) -> bool:
        """True if the service has said it within the last minute, or failed to."""
        return self._price.fresh

    @property
    def expected_seconds(self) -> tuple[float, float]:
        """Between which two times a generation usually takes, as this library knows it."""
        return estimate.usual_seconds(self.durations())

    @property
    def schedule(self) -> poll.Schedule:
        """When to ask about an accepted request, as this library has learned it."""
        return poll.paid(self.durations())

    async def client(self, http_clients: HttpClients) -> Client:
        """Sign with the person's key."""
        return self._client(http_clients, self._base_url, self._key)

    async def renew_price(self, http_clients: HttpClients) -> None:
        """Ask what a generation costs unless that was asked within the last minute."""
        await self._price.renew(await self.client(http_clients))


async def has_ended(client: Client, *, hung: bool = False) -> bool:
    """Return True if the emulator that this client asks has ended, with all that it knew.

    Parameters
    ----------
    hung : bool
        It does not answer any more: it is ended.
    """
    serial = _serials.get(client)
    if serial is None:  # not this machine's own
        return False
    if hung:
        await asyncio.to_thread(_process().kill, serial)
    return await asyncio.to_thread(_process().has_ended, serial)


def last_words(client: Client) -> str:
    """Return what the emulator that this client asks wrote last about its own trouble."""
    return _process().last_words() if client in _serials else ""


_serials: Final[weakref.WeakKeyDictionary[Client, int]] = weakref.WeakKeyDictionary()
"""Of the clients of local emulators: which one each asks."""


@functools.cache
def _process() -> EmulatorProcess:
    return EmulatorProcess()


forked.renew(_process, EmulatorProcess.let_go)
