"""What one generation costs, as the service says it (E6)."""

from __future__ import annotations

import asyncio
import time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets import service
from hailuo_widgets.errors import AuthError, PriceChangedError
from hailuo_widgets.jobs.wavespeed.client import NotFound, Transient
from hailuo_widgets.money import dollars, whole_micros

if TYPE_CHECKING:
    from collections.abc import Callable

    from hailuo_widgets.jobs.wavespeed.client import Client

_FRESH_SECONDS: Final = 60.0
_ROUNDS: Final = 3
"""One page of a gateway in between must not hide that the price has changed."""
_ABSURD: Final = Decimal(100)

# With a field missing the answer would be a floor price (Q35). Its picture is never looked at.
_INPUTS: Final = {
    "image": "https://example.com/frame.jpg",
    "prompt": "slow push in",
    "enable_prompt_expansion": True,
}


class Price:
    """The price that the service named last; the list price until it has named one.

    Parameters
    ----------
    now : callable
        Monotonic seconds.

    Attributes
    ----------
    amount : Decimal
        US dollars.
    listed : bool
        Whether it is only the list price, because the service could not be asked.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.amount = service.PRICE
        self.listed = True
        self._now = now
        self._asked_at: float | None = None
        self._asking = asyncio.Lock()

    @property
    def fresh(self) -> bool:
        """True if the service has answered within the last minute, or failed to."""
        return self._asked_at is not None and self._now() - self._asked_at < _FRESH_SECONDS

    async def renew(self, client: Client) -> None:
        """Ask the service unless it is fresh; the one that comes meanwhile waits for the same answer.

        What the service named last stays when it gives no usable answer.
        """
        async with self._asking:
            if self.fresh:
                return
            try:
                await self._ask(client)
            finally:
                self._asked_at = self._now()

    async def _ask(self, client: Client) -> None:
        for _ in range(_ROUNDS):
            amount, again = await _asked(client)
            if amount is not None:
                self.amount, self.listed = amount, False
            if not again:
                return


async def _asked(client: Client) -> tuple[Decimal | None, bool]:
    """Ask both paths once; return the price, and whether asking again may help."""
    question = {"model_id": service.MODEL, "inputs": _INPUTS}
    again = False
    for path in (service.PRICE_PATH, service.LEGACY_PRICE_PATH):
        try:
            amount = _amount(await client.post(path, question))
        except Transient:
            again = True
        except (NotFound, AuthError):
            continue
        else:
            if amount is not None:
                return amount, False
    return None, again


def changed(shown: Decimal, now: Decimal) -> PriceChangedError:
    """Return the error of a price that is not the one shown."""
    return PriceChangedError(
        f"The price is now {dollars(now)}, it was {dollars(shown)}. Nothing was sent. Run again "
        "to accept.",
        price=now,
    )


def _amount(data: Any) -> Decimal | None:
    """Read an answer of either path; None when it names no plausible amount of US dollars."""
    if not isinstance(data, dict) or str(data.get("currency") or "USD").upper() != "USD":
        return None
    for name in ("discounted_price", "price", "unit_price"):
        value = data.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            continue
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            continue
        if amount.is_finite() and 0 < amount < _ABSURD:
            return whole_micros(amount)
    return None
