"""One emulated account at one emulated service: what all endpoints work on."""

from __future__ import annotations

import hashlib
from collections import Counter
from decimal import Decimal

from hailuo_widgets.emulator.account.clock import Clock
from hailuo_widgets.emulator.account.database import State
from hailuo_widgets.emulator.account.records import Prediction
from hailuo_widgets.emulator.account.settings import Settings
from hailuo_widgets.emulator.account.worker import Renderer, Worker

DAY = 86400.0
EXPIRY_CHECK_SECONDS = 1.0


class Emulator:
    """State, settings, clock and production, and the way back to the beginning.

    Parameters
    ----------
    settings : Settings
        Those of the start; a reset returns to them.
    """

    def __init__(self, state: State, settings: Settings, clock: Clock, render: Renderer) -> None:
        self.state = state
        self.settings = settings
        self.clock = clock
        self.requests: Counter[str] = Counter()
        self.settings_at_start = settings
        self._render = render
        self._next_expiry = 0.0
        self.production = self._begin()

    def _begin(self) -> Worker:
        self.clock.scale = self.settings.time_scale
        if self.settings.seed is not None:
            self.state.secret = f"seed {self.settings.seed}"
        return Worker(self.state, self.settings, self.clock, self._render)

    def reset(self, settings: Settings | None = None) -> None:
        """Forget everything and begin anew, with other settings or those of the start."""
        self.production.stop()
        self.state.reset()
        self.clock.rewind()
        self.requests.clear()
        self._next_expiry = 0.0
        self.settings = settings or self.settings_at_start
        self.production = self._begin()

    def new_id(self, request: str, variation: int, form: str) -> str:
        """Return the id of a submission: unlike any other, the same for the same seed."""
        words = f"{self.state.secret} {request} {variation}"
        return form.format(hashlib.sha256(words.encode()).hexdigest()[:32])

    def balance(self) -> Decimal:
        """Return what is left on the account, in US dollars."""
        billed = self.state.billed
        return self.settings.balance - billed["deduct"] + billed["refund"]

    def find(self, prediction_id: str) -> Prediction | None:
        """Return a prediction that the service still knows."""
        prediction = self.state.predictions.get(prediction_id)
        return None if prediction is None or prediction.gone else prediction

    def expire(self) -> None:
        """Let go of what is older than the retention."""
        now = self.clock.now()
        if now >= self._next_expiry:
            self._next_expiry = now + EXPIRY_CHECK_SECONDS
            self.state.expire(now - self.settings.retention_days * DAY)
