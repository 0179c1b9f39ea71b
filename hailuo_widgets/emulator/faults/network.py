"""Q41 to Q50: the network, uploads, downloads and clocks."""

from __future__ import annotations

from typing import Any

from hailuo_widgets import service as facts
from hailuo_widgets.emulator.api.request_context import Endpoint, RequestContext
from hailuo_widgets.emulator.faults.effects import (
    FREE,
    GATEWAY_PAGE,
    JSON,
    RETRY_AFTER,
    SUBMIT,
    Effect,
    FaultParameters,
    Quirk,
    after,
    at,
    before,
    course,
    edited,
    failing,
    instead,
    set_case,
)
from hailuo_widgets.emulator.http.responses import Answer, Delivery


def _ticket_headers(case: RequestContext, data: dict[str, Any]) -> bool:
    kept = case.emulator.state.uploads[data["upload"]["url"].rpartition("/")[2]]
    kept.headers["X-Storage-Class"] = "EMULATED"
    case.emulator.state.keep(kept)
    data["upload"]["headers"] = dict(kept.headers)
    return True


def _ticket_expired(case: RequestContext, data: dict[str, Any]) -> bool:
    kept = case.emulator.state.uploads[data["upload"]["url"].rpartition("/")[2]]
    kept.expires_at = case.emulator.clock.now() - 1
    case.emulator.state.keep(kept)
    return True


def _moved(case: RequestContext, _: FaultParameters) -> bool:
    place = f"{case.base_url}{case.request.url.path}?moved=1"
    case.answer = Answer(b"", 302, "text/plain", {"Location": place})
    return True


def _file(**changes: Any) -> Effect:
    """Return a file's answer with other attributes; the content is given as bytes."""

    def act(case: RequestContext, _: FaultParameters) -> bool:
        if case.answer is None or case.answer.status != 200:
            return False
        case.answer.content = case.answer.body()
        for name, value in changes.items():
            old = getattr(case.answer, name)
            setattr(case.answer, name, value(old) if callable(value) else value)
        return True

    return after(act)


QUIRKS = (
    Quirk(41, "429, with Retry-After in either form or without.", FREE, RETRY_AFTER, SUBMIT),
    Quirk(
        42,
        "Gateway errors in bursts; nothing was done.",
        FREE,
        {
            "502": instead(502, GATEWAY_PAGE),
            "503": instead(503, GATEWAY_PAGE),
            "504": instead(504, GATEWAY_PAGE),
        },
        SUBMIT,
    ),
    Quirk(
        43,
        "A submission is sent elsewhere.",
        SUBMIT,
        {
            code: instead(int(code), b"", Location=f"{facts.SUBMIT_PATH}?redirected=1")
            for code in ("307", "308", "302", "301")
        },
    ),
    Quirk(
        44,
        "An upload's ticket wants unexpected headers, has expired or is refused; its PUT fails.",
        (Endpoint.TICKET, Endpoint.STORE),
        {
            "headers": at(Endpoint.TICKET, edited(_ticket_headers)),
            "expired": at(Endpoint.TICKET, edited(_ticket_expired)),
            "refused": at(Endpoint.TICKET, instead(404)),
            "put": at(Endpoint.STORE, instead(500, b"<Error><Code>InternalError</Code></Error>")),
        },
    ),
    Quirk(
        45,
        "A clip's download is redirected, has no or a wrong length or type, is short, or refused.",
        (Endpoint.OUTPUT,),
        {
            "redirect": before(_moved),
            "redirect-file": instead(302, b"", Location="file:///etc/hostname"),
            "no-length": _file(delivery=Delivery.CHUNKED),
            "wrong-length": _file(content=lambda whole: whole[: len(whole) * 3 // 4]),
            "wrong-type": _file(media_type="binary/octet-stream"),
            "short": _file(delivery=Delivery.HALF),
            "403": instead(403, b"<Error><Code>AccessDenied</Code></Error>"),
            "404": instead(404, b"<Error><Code>NoSuchKey</Code></Error>"),
        },
    ),
    Quirk(
        46,
        "A clip of another length, size or frame rate than promised.",
        SUBMIT,
        {
            "length": course(clip={"seconds": 6.0}),
            "size": course(clip={"short_side": 720}),
            "rate": course(clip={"fps": 25}),
        },
    ),
    Quirk(
        47,
        "A data URI with or without the space after its semicolon.",
        reason="The client writes the data URI; the emulator takes both forms.",
    ),
    Quirk(
        48,
        "Accepted, and its image fails later.",
        SUBMIT,
        {
            "1402": failing(1402, "Failed to download image from the provided URL."),
            "1401": failing(1401, "Invalid image."),
        },
    ),
    Quirk(
        49,
        "Moderation refuses harmless input.",
        SUBMIT,
        {"1200": failing(1200, "The content was flagged as potentially sensitive.")},
    ),
    Quirk(
        50,
        "The service's clock is off.",
        JSON,
        {
            "ahead": set_case("skew_seconds", lambda hit: hit.seconds_or(3600)),
            "behind": set_case("skew_seconds", lambda hit: -hit.seconds_or(3600)),
        },
    ),
)
