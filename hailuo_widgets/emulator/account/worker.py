"""From an accepted prediction to its clip: turns, rendering, latency, refunds."""

from __future__ import annotations

import asyncio
import logging
import random
import uuid
from collections.abc import Callable

from hailuo_widgets import service as facts
from hailuo_widgets.emulator.account import fetch, serialize, validation, webhook
from hailuo_widgets.emulator.account.clock import Clock
from hailuo_widgets.emulator.account.database import State
from hailuo_widgets.emulator.account.records import Charge, Prediction
from hailuo_widgets.emulator.account.settings import Settings
from hailuo_widgets.emulator.account.threads import in_thread

Renderer = Callable[..., None]
"""``render(prompt, image, end_image, variation, destination, **shape)`` writes a clip."""

MINUTE = 60.0
CALLS_AT_ONCE = 8
INVALID_PARAMETER, MEDIA_NOT_REACHABLE, EXECUTION_FAILED = 1401, 1402, 1403

_log = logging.getLogger(__name__)


class ProductionError(Exception):
    """A prediction fails, with a task code and a sentence."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Worker:
    """Carries every prediction from ``created`` to its end, one task each.

    Made on the event loop that it works on.

    Parameters
    ----------
    render : Renderer
        Called in a thread of its own, never on the loop.
    """

    def __init__(self, state: State, settings: Settings, clock: Clock, render: Renderer) -> None:
        self._state = state
        self._settings = settings
        self._clock = clock
        self._render = render
        self._rate, concurrent = settings.limits
        self._slots = asyncio.Semaphore(concurrent)
        self._workers = asyncio.Semaphore(settings.workers)
        self._calls = asyncio.Semaphore(CALLS_AT_ONCE)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ends: dict[str, asyncio.Event] = {}
        self._minute = -MINUTE
        self._accepted_this_minute = 0

    def admit(self) -> float:
        """Count one more submission against the account's rate.

        Returns
        -------
        float
            0 when it may pass, else the seconds until the rate's minute is over.
        """
        now = self._clock.now()
        if now >= self._clock.after(self._minute, MINUTE):
            self._minute, self._accepted_this_minute = now, 0
        if self._accepted_this_minute >= self._rate:
            return self._clock.after(self._minute, MINUTE) - now
        self._accepted_this_minute += 1
        return 0.0

    def start(self, prediction: Prediction) -> None:
        """Begin to work on a prediction that has just been accepted, or was interrupted."""
        self._ends[prediction.id] = asyncio.Event()
        task = asyncio.create_task(self._carry(prediction))
        self._tasks[prediction.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(prediction.id, None))

    def resume(self) -> None:
        """Take up what an earlier process left: first what it had begun, then what waited."""
        left = [each for each in self._state.predictions.values() if self._unfinished(each)]
        for prediction in sorted(left, key=lambda each: each.started_at is None):
            self.start(prediction)

    def _unfinished(self, prediction: Prediction) -> bool:
        owing = self._owes_refund(prediction) or prediction.webhook != ""
        return prediction.final is None or owing

    def _owes_refund(self, prediction: Prediction) -> bool:
        return prediction.final == "failed" and refund_id(prediction) not in self._state.charges

    async def ended(self, prediction: Prediction) -> None:
        """Wait until a prediction has reached its final status."""
        await self._ends[prediction.id].wait()

    def stop(self) -> None:
        """Drop all work; a rendering that runs ends unheard."""
        for task in list(self._tasks.values()):
            task.cancel()

    async def _carry(self, prediction: Prediction) -> None:
        try:
            try:
                if prediction.final is None:
                    await self._work(prediction)
            finally:
                self._ends.pop(prediction.id).set()
            await asyncio.gather(self._refund(prediction), self._tell(prediction))
        except Exception:  # noqa: BLE001 - only the state's disk is left to fail; serve on
            _log.exception("Prediction %s cannot go on", prediction.id)

    async def _work(self, prediction: Prediction) -> None:
        course = prediction.course
        await self._clock.until(self._clock.after(prediction.created_at, course.wait_seconds))
        async with self._slots:
            if prediction.started_at is None:
                prediction.started_at = self._clock.now()
                self._state.keep(prediction)
            final, code, error = await self._outcome(prediction)
            seconds = max(self._latency(prediction), course.work_seconds)
            await self._clock.until(self._clock.after(prediction.started_at, seconds))
            prediction.final, prediction.code, prediction.error = final, code, error
            prediction.deleted = prediction.deleted or final == "deleted"
            prediction.finished_at = self._clock.now()
            self._state.keep(prediction)

    async def _outcome(self, prediction: Prediction) -> tuple[str, int | None, str]:
        course = prediction.course
        if course.succeeds:
            try:
                await self._make(prediction)
            except ProductionError as failure:
                return "failed", failure.code, str(failure)
            except Exception as error:  # noqa: BLE001 - a renderer may meet anything
                return "failed", EXECUTION_FAILED, f"Execution failed: {error}"
        return course.final, course.code, course.error

    async def _make(self, prediction: Prediction) -> None:
        destination = self._state.outputs / prediction.output
        if destination.exists():  # finished before a restart, while it was held back
            return
        image = await in_thread(self._picture, prediction.image)
        end_image = None
        if prediction.end_image is not None:
            end_image = await in_thread(self._picture, prediction.end_image)
        shape = {**self._settings.clip_shape, **prediction.course.clip}
        async with self._workers:
            await in_thread(
                self._render,
                prediction.prompt,
                image,
                end_image,
                prediction.variation,
                destination,
                **shape,
            )

    def _picture(self, reference: str) -> bytes:
        """Return a picture's bytes; runs in a thread."""
        if reference.startswith("frame:"):
            data = self._state.frame(reference.removeprefix("frame:"))
            code = INVALID_PARAMETER
        else:
            code = MEDIA_NOT_REACHABLE
            try:
                data = self._stored(reference) or fetch.fetch(reference)
            except OSError as error:
                message = f"Failed to download image from the provided URL: {error}"
                raise ProductionError(code, message) from error
        if (flaw := validation.flaw(data)) is not None:
            raise ProductionError(code, f"Invalid image: {flaw}.")
        return data

    def _stored(self, url: str) -> bytes | None:
        """Return an upload's bytes without asking oneself over the network."""
        for part in url.split("/"):
            upload = self._state.uploads.get(part)
            if upload is not None and upload.stored and f"/media/{part}/" in url:
                if upload.size > facts.IMAGE_BYTES_LIMIT:
                    raise OSError(f"more than {facts.IMAGE_BYTES_LIMIT} bytes")
                return self._state.upload_path(upload).read_bytes()
        return None

    def _latency(self, prediction: Prediction) -> float:
        if self._settings.latency == "fast":
            return 0.0
        # By the id, so that it is the same whatever else is going on.
        return random.Random(prediction.id).uniform(*self._settings.latency_seconds)  # noqa: S311

    async def _tell(self, prediction: Prediction) -> None:
        """Call the webhooks that are due."""
        if not prediction.webhook:
            return
        created_at = serialize.date(prediction.created_at, self._settings.created_at)
        scale = self._clock.scale
        data = serialize.prediction(prediction, prediction.base_url, created_at, scale)
        async with self._calls:
            await webhook.call(prediction.webhook, data, self._state.secret, self._clock)
        # Not before it was tried: a process that ends in between tries again.
        prediction.webhook = ""
        self._state.keep(prediction)

    async def _refund(self, prediction: Prediction) -> None:
        if not self._owes_refund(prediction):
            return
        assert prediction.finished_at is not None
        seconds = prediction.course.refund_seconds
        if seconds is None:
            seconds = self._settings.refund_seconds
        await self._clock.until(self._clock.after(prediction.finished_at, seconds))
        price = self._state.charges[deduct_id(prediction)].price
        row = Charge(refund_id(prediction), prediction.id, "refund", price, self._clock.now())
        self._state.keep(row)


def deduct_id(prediction: Prediction) -> str:
    """Return the id of the row that bills a prediction."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"deduct {prediction.id}"))


def refund_id(prediction: Prediction) -> str:
    """Return the id of the row that gives a prediction's money back."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"refund {prediction.id}"))
