"""Which handler answers what: the table of the service's routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import NamedTuple

from hailuo_widgets import service as facts
from hailuo_widgets.emulator.api import billing, catalogue, predictions, uploads, usage
from hailuo_widgets.emulator.api.previews import Previews
from hailuo_widgets.emulator.api.request_context import LEGACY_PREFIX, Endpoint, RequestContext
from hailuo_widgets.emulator.faults.admin import Control
from hailuo_widgets.emulator.http.responses import Answer

Handler = Callable[[RequestContext], Awaitable[Answer]]

ONE = "/predictions/{prediction}"
"""A prediction's own address. Its id stands there percent-encoded, and may be of any form."""


class Served(NamedTuple):
    """One line of the table."""

    endpoint: Endpoint
    handle: Handler


def table(control: Control, previews: Previews) -> dict[str, dict[str, Served]]:
    """Return paths to methods to what is served there."""
    found: dict[str, dict[str, Served]] = {}
    for method, path, endpoint, handler in (
        *_service(facts.PREFIX),
        *_service(LEGACY_PREFIX),
        *_hosts(),
        *_own(control, previews),
    ):
        found.setdefault(path, {})[method] = Served(endpoint, handler)
    return found


_Line = tuple[str, str, Endpoint, Handler]


def _service(prefix: str) -> Iterator[_Line]:
    for method, path, endpoint, handler in (
        # First, because it is asked a hundred times as often as the rest.
        ("GET", f"{facts.PREFIX}{ONE}/result", Endpoint.RESULT, predictions.result),
        ("POST", facts.SUBMIT_PATH, Endpoint.SUBMIT, predictions.submit),
        ("POST", facts.PREDICTIONS_PATH, Endpoint.LIST, predictions.listing),
        ("GET", facts.PREDICTIONS_PATH, Endpoint.LIST, predictions.listing),
        ("POST", facts.DELETE_PATH, Endpoint.DELETE, predictions.delete),
        ("GET", f"{facts.PREFIX}{ONE}", Endpoint.RESULT, predictions.result),
        ("DELETE", f"{facts.PREFIX}{ONE}", Endpoint.DELETE, predictions.delete_one),
        ("GET", f"{facts.PREFIX}/models", Endpoint.MODELS, catalogue.models),
        ("POST", facts.UPLOAD_TICKET_PATH, Endpoint.TICKET, uploads.ticket),
        ("POST", facts.UPLOAD_BINARY_PATH, Endpoint.UPLOAD, uploads.upload),
        ("GET", facts.BALANCE_PATH, Endpoint.BALANCE, billing.balance),
        ("POST", facts.PRICE_PATH, Endpoint.PRICE, billing.price),
        ("POST", facts.LEGACY_PRICE_PATH, Endpoint.PRICE, billing.price),
        ("POST", facts.BILLINGS_PATH, Endpoint.BILLINGS, billing.billings),
        ("POST", f"{facts.PREFIX}/user/usage_stats", Endpoint.USAGE, usage.usage),
        ("GET", f"{facts.PREFIX}/webhook/secret", Endpoint.WEBHOOK, billing.webhook_secret),
    ):
        yield method, prefix + path.removeprefix(facts.PREFIX), endpoint, handler


def _hosts() -> Iterator[_Line]:
    """Yield what storage and output hosts serve."""
    yield "PUT", f"{uploads.STORE_PATH}/{{upload}}", Endpoint.STORE, uploads.store
    yield "GET", f"{uploads.MEDIA_PATH}/{{upload}}/{{name}}", Endpoint.MEDIA, uploads.media
    yield "GET", "/output/{output}", Endpoint.OUTPUT, predictions.output


def _own(control: Control, previews: Previews) -> Iterator[_Line]:
    """Yield the emulator's own door."""
    for method, name, handler in (
        ("POST", "faults", control.add_fault),
        ("GET", "faults", control.show_faults),
        ("DELETE", "faults", control.clear_faults),
        ("GET", "bill", control.bill),
        ("GET", "state", control.show_state),
        ("POST", "reset", control.reset),
        ("POST", "clock", control.advance),
        ("POST", "pictures", previews.take_picture),
        ("POST", "outlook", previews.outlook),
        ("POST", "preview", previews.preview),
        ("POST", "look", previews.look),
    ):
        yield method, f"/emulator/{name}", Endpoint.CONTROL, handler
