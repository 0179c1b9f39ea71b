"""The emulator as an ASGI application: routes, and the way of every request through it."""

from __future__ import annotations

import contextlib
import hmac
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from email.utils import formatdate

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from hailuo_widgets.emulator import account, predictions, uploads
from hailuo_widgets.emulator.answers import Answer, RefusedError
from hailuo_widgets.emulator.case import Case, Endpoint
from hailuo_widgets.emulator.clock import Clock
from hailuo_widgets.emulator.control import Control
from hailuo_widgets.emulator.emulator import Emulator
from hailuo_widgets.emulator.faults import Faults
from hailuo_widgets.emulator.previews import Looker, Previews
from hailuo_widgets.emulator.production import Renderer
from hailuo_widgets.emulator.quirks.mishaps import Stage
from hailuo_widgets.emulator.records import Prediction
from hailuo_widgets.emulator.settings import Settings
from hailuo_widgets.emulator.state import State
from hailuo_widgets.request import service as facts

MOST_BODY_BYTES = 64 * 1024 * 1024
"""Two pictures of 20 MB are 54 MB of base64."""

MOST_IGNORED_BYTES = 8 * MOST_BODY_BYTES
"""Of a body that is too large, as much is read and dropped, so that its 413 can be read."""

OPEN_TO_ALL = frozenset({Endpoint.STORE, Endpoint.MEDIA, Endpoint.OUTPUT})
"""Storage and output hosts know no key: whoever knows the URL may."""

Handler = Callable[[Case], Awaitable[Answer]]

_log = logging.getLogger(__name__)


def create(
    state: State,
    render: Renderer,
    looker: Looker,
    *,
    key: str | None = None,
    settings: Settings | None = None,
    clock: Clock | None = None,
) -> Starlette:
    """Return the service.

    Parameters
    ----------
    state : State
        Its memory; whoever opened it closes it.
    render : callable
        ``render(prompt, image, end_image, variation, destination)`` writes a clip; it is told of
        another shape by the keywords ``seconds``, ``fps``, ``short_side``. Whatever it raises
        becomes a failed prediction.
    looker : Looker
        Says and shows what a draft would be.
    key : str or None
        The only API key that is taken. None: any is.
    settings, clock
        How it behaves, and where its time comes from.
    """
    emulator = Emulator(state, settings or Settings(), clock or Clock(), render)
    service = Service(emulator, Previews(looker), key)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        service.begin()
        yield
        service.end()

    return Starlette(
        routes=service.routes(),
        lifespan=lifespan,
        exception_handlers={HTTPException: service.nowhere},
    )


class Service:
    """The routes, and what stands before and behind every handler."""

    def __init__(self, emulator: Emulator, previews: Previews, key: str | None) -> None:
        self._key = key
        self._faults = Faults()
        self._emulator = emulator
        self._previews = previews

    def begin(self) -> None:
        """Take up what was interrupted."""
        self._emulator.production.resume()

    def end(self) -> None:
        """Drop all work; it is taken up again with the same state."""
        self._emulator.production.stop()

    def routes(self) -> list[Route]:
        """Return the table of routes."""
        control, previews = Control(self._faults), self._previews
        one = f"{facts.PREDICTIONS_PATH}/{{prediction}}"
        table: tuple[tuple[str, str, Endpoint, Handler], ...] = (
            ("POST", facts.SUBMIT_PATH, Endpoint.SUBMIT, predictions.submit),
            ("POST", facts.PREDICTIONS_PATH, Endpoint.LIST, predictions.listing),
            ("POST", facts.DELETE_PATH, Endpoint.DELETE, predictions.delete),
            ("GET", f"{one}/result", Endpoint.RESULT, predictions.result),
            ("GET", one, Endpoint.RESULT, predictions.result),
            ("POST", facts.UPLOAD_TICKET_PATH, Endpoint.TICKET, uploads.ticket),
            ("POST", facts.UPLOAD_BINARY_PATH, Endpoint.UPLOAD, uploads.upload),
            ("PUT", f"{uploads.STORE_PATH}/{{upload}}", Endpoint.STORE, uploads.store),
            ("GET", f"{uploads.MEDIA_PATH}/{{upload}}/{{name}}", Endpoint.MEDIA, uploads.media),
            ("GET", facts.BALANCE_PATH, Endpoint.BALANCE, account.balance),
            ("POST", facts.PRICE_PATH, Endpoint.PRICE, account.price),
            ("POST", facts.LEGACY_PRICE_PATH, Endpoint.PRICE, account.price),
            ("POST", facts.BILLINGS_PATH, Endpoint.BILLINGS, account.billings),
            ("GET", "/output/{output}", Endpoint.OUTPUT, predictions.output),
            ("POST", "/emulator/faults", Endpoint.CONTROL, control.add_fault),
            ("GET", "/emulator/faults", Endpoint.CONTROL, control.show_faults),
            ("DELETE", "/emulator/faults", Endpoint.CONTROL, control.clear_faults),
            ("GET", "/emulator/bill", Endpoint.CONTROL, control.bill),
            ("GET", "/emulator/state", Endpoint.CONTROL, control.show_state),
            ("POST", "/emulator/reset", Endpoint.CONTROL, control.reset),
            ("POST", "/emulator/clock", Endpoint.CONTROL, control.advance),
            ("POST", "/emulator/pictures", Endpoint.CONTROL, previews.take_picture),
            ("POST", "/emulator/outlook", Endpoint.CONTROL, previews.outlook),
            ("POST", "/emulator/preview", Endpoint.CONTROL, previews.preview),
            ("POST", "/emulator/look", Endpoint.CONTROL, previews.look),
        )
        return [
            Route(path, self._serving(endpoint, handler), methods=[method])
            for method, path, endpoint, handler in table
        ]

    def _serving(
        self, endpoint: Endpoint, handler: Handler
    ) -> Callable[[Request], Awaitable[Response]]:
        async def serve(request: Request) -> Response:
            case = Case(endpoint, request, self._emulator, self._emulator.settings)
            if endpoint is not Endpoint.CONTROL:
                self._emulator.requests[endpoint] += 1
            try:
                answer = await self._answer(case, handler)
            except ClientDisconnect:
                answer = Answer.nothing()
            if case.delay_seconds:
                clock = self._emulator.clock
                await clock.until(clock.after(clock.now(), case.delay_seconds))
            return self._dated(answer.response(), case.skew_seconds)

        return serve

    async def _answer(self, case: Case, handler: Handler) -> Answer:
        self._faults.plan(case, Stage.ARRIVAL).act(Stage.ARRIVAL, case)
        if case.answer is not None:
            return case.answer
        try:
            case.body = await _read(case.request)
            self._check_key(case)
        except RefusedError as refused:
            return _refusal(refused)
        self._emulator.expire()
        case.prediction = self._asked_for(case.request)
        plan = self._faults.plan(case, Stage.BEFORE, Stage.AFTER)
        plan.act(Stage.BEFORE, case)
        if case.answer is None:
            case.answer = await _handled(case, handler)
            plan.act(Stage.AFTER, case)
        return case.answer

    def _check_key(self, case: Case) -> None:
        if case.endpoint in OPEN_TO_ALL:
            return
        scheme, _, given = case.request.headers.get("authorization", "").partition(" ")
        given = given.strip()
        wanted = self._key or given
        if scheme.lower() != "bearer" or not given:
            raise RefusedError(401, "Unauthorized: no API key.")
        if not hmac.compare_digest(given.encode(), wanted.encode()):
            raise RefusedError(401, "Unauthorized: invalid API key.")

    def _asked_for(self, request: Request) -> Prediction | None:
        name = request.path_params.get("prediction")
        if name is None:
            output = self._emulator.state.by_output(request.path_params.get("output", ""))
            name = output.id if output is not None else ""
        return self._emulator.find(name)

    def _dated(self, response: Response, skew_seconds: float = 0.0) -> Response:
        # Not the web server's own date, because this service's clock can be off.
        now = self._emulator.clock.now() + skew_seconds
        response.headers["Date"] = formatdate(now, usegmt=True)
        return response

    async def nowhere(self, _: Request, error: Exception) -> Response:
        """Answer what no route is for: 404 and 405 have envelopes too."""
        assert isinstance(error, HTTPException)
        headers = dict(error.headers or {})
        return self._dated(Answer.error(error.status_code, error.detail, headers).response())


async def _handled(case: Case, handler: Handler) -> Answer:
    try:
        return await handler(case)
    except RefusedError as refused:
        return _refusal(refused)
    except Exception:  # noqa: BLE001 - the service answers, whatever went wrong
        _log.exception("%s %s failed", case.request.method, case.request.url.path)
        return Answer.error(500, "Internal error.")


def _refusal(refused: RefusedError) -> Answer:
    return Answer.error(refused.status, refused.message, refused.headers)


async def _read(request: Request) -> bytes:
    """Return the body; raise `RefusedError` (413) when it is too large."""
    body = bytearray()
    ignored = 0
    async for chunk in request.stream():
        if len(body) + len(chunk) <= MOST_BODY_BYTES and not ignored:
            body += chunk
        else:
            ignored += len(chunk)
            if ignored > MOST_IGNORED_BYTES:
                break
    if ignored:
        raise RefusedError(413, f"The request body is larger than {MOST_BODY_BYTES} bytes.")
    return bytes(body)
