"""The emulator as an ASGI application: routes, and the way of every request through it."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from email.utils import formatdate
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from hailuo_widgets.emulator import routes
from hailuo_widgets.emulator.account.account import Emulator
from hailuo_widgets.emulator.account.clock import Clock
from hailuo_widgets.emulator.account.database import State
from hailuo_widgets.emulator.account.records import Prediction
from hailuo_widgets.emulator.account.settings import Settings
from hailuo_widgets.emulator.account.worker import Renderer
from hailuo_widgets.emulator.api import uploads
from hailuo_widgets.emulator.api.bodies import SILENCE_SECONDS, Bodies
from hailuo_widgets.emulator.api.previews import PreviewRenderer, Previews
from hailuo_widgets.emulator.api.request_context import Endpoint, RequestContext
from hailuo_widgets.emulator.faults.admin import Control
from hailuo_widgets.emulator.faults.effects import Stage
from hailuo_widgets.emulator.faults.faults import Faults
from hailuo_widgets.emulator.http.doors import Doors
from hailuo_widgets.emulator.http.responses import Answer, RefusedError
from hailuo_widgets.emulator.routes import Handler, Served

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")

OPEN_TO_ALL = frozenset({Endpoint.STORE, Endpoint.MEDIA, Endpoint.OUTPUT})
"""Storage and output hosts know no key: the one that knows the URL may."""

_log = logging.getLogger(__name__)


def create(
    state: State,
    render: Renderer,
    looker: PreviewRenderer,
    *,
    key: str | None = None,
    control_key: str | None = None,
    hosts: Collection[str] = (),
    settings: Settings | None = None,
    clock: Clock | None = None,
    patience_seconds: float = SILENCE_SECONDS,
) -> Starlette:
    """Return the service.

    Parameters
    ----------
    state : State
        Its memory; what opened it closes it.
    render : callable
        ``render(prompt, image, end_image, variation, destination)`` writes a clip; it is told of
        another shape by the keywords ``seconds``, ``fps``, ``short_side``. Whatever it raises
        becomes a failed prediction.
    looker : PreviewRenderer
        Says and shows what a draft would be.
    key : str or None
        The only API key that is taken. None: any is.
    control_key : str or None
        The key of what lies under ``/emulator``. None: `key` is; without either nobody gets in.
    hosts : collection of str
        Names besides loopback's that it may be called by, as through a proxy.
    settings, clock
        How it behaves, and where its time comes from.
    patience_seconds : float
        The longest pause within a request's body.
    """
    emulator = Emulator(state, settings or Settings(), clock or Clock(), render)
    doors = Doors(key, control_key or key, hosts)
    bodies = Bodies(state.incoming, patience_seconds)
    service = Service(emulator, Previews(looker), doors, bodies)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        service.begin()
        yield
        service.end()

    found = Starlette(
        routes=service.routes(),
        lifespan=lifespan,
        exception_handlers={HTTPException: service.nowhere},
        middleware=[Middleware(_AsSent)],
    )
    found.router.redirect_slashes = False  # nobody is sent elsewhere, a submission least of all
    return found


class _AsSent:
    """Routes a prediction's path as it was sent: an encoded slash is a letter of its id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        raw = scope.get("raw_path")
        if raw is not None and b"/predictions/" in raw:
            path = raw.partition(b"?")[0].decode("ascii", "replace")
            scope = {**scope, "path": path}
        await self._app(scope, receive, send)


class Service:
    """The routes, and what stands before and behind every handler."""

    def __init__(
        self, emulator: Emulator, previews: Previews, doors: Doors, bodies: Bodies
    ) -> None:
        self._faults = Faults()
        self._emulator = emulator
        self._previews = previews
        self._doors = doors
        self._bodies = bodies

    def begin(self) -> None:
        """Take up what was interrupted."""
        self._emulator.production.resume()

    def end(self) -> None:
        """Drop all work; it is taken up again with the same state."""
        self._emulator.production.stop()

    def routes(self) -> list[Route]:
        """Return the routes, one a path, whatever the method."""
        found = routes.table(Control(self._faults), self._previews)
        return [Route(path, self._at(methods), methods=METHODS) for path, methods in found.items()]

    def _at(self, methods: dict[str, Served]) -> Callable[[Request], Awaitable[Response]]:
        head = {"HEAD"} if "GET" in methods else set()
        allowed = {"Allow": ", ".join(sorted({*methods, *head, "OPTIONS"}))}

        async def answer(request: Request) -> Response:
            try:
                self._doors.check_caller(request.headers)
            except RefusedError as refused:
                return self._finished(_refusal(refused))
            if request.method == "OPTIONS":
                # Without a word of who else may read it: no other origin may.
                return self._finished(Answer(b"", 204, "text/plain", allowed))
            asked = "GET" if request.method == "HEAD" else request.method
            if asked not in methods:
                return self._finished(Answer.error(405, "Method Not Allowed", allowed))
            return await self._serve(request, methods[asked])

        return answer

    async def _serve(self, request: Request, served: Served) -> Response:
        case = RequestContext(served.endpoint, request, self._emulator, self._emulator.settings)
        if served.endpoint is not Endpoint.CONTROL:
            self._emulator.requests[served.endpoint] += 1
        try:
            answer = await self._answer(case, served.handle)
        except ClientDisconnect:
            answer = Answer.nothing()
        if case.delay_seconds:
            clock = self._emulator.clock
            await clock.until(clock.after(clock.now(), case.delay_seconds))
        return self._finished(answer, case.skew_seconds)

    async def _answer(self, case: RequestContext, handler: Handler) -> Answer:
        try:
            self._check_head(case)
            self._faults.plan(case, Stage.ARRIVAL).act(Stage.ARRIVAL, case)
            if case.answer is not None:
                return case.answer
            async with self._bodies.read(case):
                return await self._handled(case, handler)
        except RefusedError as refused:
            return _refusal(refused)
        except ClientDisconnect:
            raise
        except Exception:  # noqa: BLE001 - the service answers, whatever went wrong
            return _broken(case)

    def _check_head(self, case: RequestContext) -> None:
        """Judge a request by its head, before its body is asked for."""
        if case.endpoint not in OPEN_TO_ALL:
            control = case.endpoint is Endpoint.CONTROL
            self._doors.check_key(case.request.headers, control=control)
        elif case.endpoint is Endpoint.STORE:
            uploads.admit(case)

    async def _handled(self, case: RequestContext, handler: Handler) -> Answer:
        self._emulator.expire()
        case.prediction = self._asked_for(case.request)
        plan = self._faults.plan(case, Stage.BEFORE, Stage.AFTER)
        plan.act(Stage.BEFORE, case)
        if case.answer is None:
            case.answer = await _guarded(case, handler)
            plan.act(Stage.AFTER, case)
        return case.answer

    def _asked_for(self, request: Request) -> Prediction | None:
        name = request.path_params.get("prediction")
        if name is not None:
            return self._emulator.find(unquote(name))
        output = self._emulator.state.by_output(request.path_params.get("output", ""))
        return self._emulator.find(output.id) if output is not None else None

    def _finished(self, answer: Answer, skew_seconds: float = 0.0) -> Response:
        response = answer.response()
        # Not the web server's own date, because this service's clock can be off.
        now = self._emulator.clock.now() + skew_seconds
        response.headers["Date"] = formatdate(now, usegmt=True)
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    async def nowhere(self, request: Request, error: Exception) -> Response:
        """Answer what no route is for: that has an envelope too."""
        assert isinstance(error, HTTPException)
        try:
            self._doors.check_caller(request.headers)
        except RefusedError as refused:
            return self._finished(_refusal(refused))
        headers = dict(error.headers or {})
        return self._finished(Answer.error(error.status_code, error.detail, headers))


async def _guarded(case: RequestContext, handler: Handler) -> Answer:
    try:
        return await handler(case)
    except RefusedError as refused:
        return _refusal(refused)
    except ClientDisconnect:
        raise
    except Exception:  # noqa: BLE001 - and a fault may still make something else of it
        return _broken(case)


def _broken(case: RequestContext) -> Answer:
    _log.exception("%s %s failed", case.request.method, case.request.url.path)
    return Answer.error(500, "Internal error.")


def _refusal(refused: RefusedError) -> Answer:
    return Answer.error(refused.status, refused.message, refused.headers)
