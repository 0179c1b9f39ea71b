"""Why a connection failed, in plain English, and what can be done about it."""

from __future__ import annotations

import errno
import re
import socket
import ssl
from typing import TYPE_CHECKING, Final, NamedTuple

import httpx

from hailuo_widgets.network import trust
from hailuo_widgets.network.address import host_of
from hailuo_widgets.network.loopback import is_loopback
from hailuo_widgets.network.proxies import Proxy, proxy_for
from hailuo_widgets.network.setting import UnusableSettingError
from hailuo_widgets.redaction import redact
from hailuo_widgets.text import short

if TYPE_CHECKING:
    from collections.abc import Iterator

_NO_WAY: Final = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})
_NO_MORE: Final = frozenset({errno.EMFILE, errno.ENFILE})
_MOST_CAUSES: Final = 100


class Trouble(NamedTuple):
    """What went wrong, and what to do."""

    reason: str
    """No full stop at its end."""
    remedy: str = ""
    """Whole sentences; empty when there is nothing but to try again."""


NOT_REACHED: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    httpx.LocalProtocolError,
    UnusableSettingError,
)
"""After one of these no byte of a request has left."""


def explain(error: BaseException, address: httpx.URL | str, *, connected: bool = False) -> Trouble:
    """Return why an address could not be reached, or why the connection broke.

    Parameters
    ----------
    error : BaseException
        What the HTTP library raised; its causes are looked through.
    connected : bool
        Whether the connection stood and the request was on its way.
    """
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, UnusableSettingError):
            return Trouble(cause.reason, cause.remedy)
    try:
        url = httpx.URL(address)
        proxy = proxy_for(url.scheme, host_of(url), url.port)
    except httpx.InvalidURL:
        return Trouble("the address makes no sense")
    except UnusableSettingError as setting:
        return Trouble(setting.reason, setting.remedy)
    host = short(host_of(url), 100) or "the address"
    refused = next((cause for cause in causes if isinstance(cause, httpx.ProxyError)), None)
    if refused is not None and proxy is not None:
        return _of_proxy(str(refused), proxy, host)
    return _of_tls(causes, host, proxy) or _of_connection(causes, url, host, proxy, connected)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what caused it, groups included, the outermost first."""
    waiting, seen = [error], 0
    while waiting and seen < _MOST_CAUSES:
        each = waiting.pop(0)
        seen += 1
        yield each
        waiting += [
            cause
            for cause in (each.__cause__, each.__context__ if each.__cause__ is None else None)
            if cause is not None
        ]
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions


def _of_proxy(said: str, proxy: Proxy, host: str) -> Trouble:
    """Return the error of a proxy that refused the tunnel; nothing has gone beyond it."""
    words = short(redact(said), 100).rstrip(".")
    status = int(said[:3]) if re.match(r"\d{3}\b", said) else None
    reason = f"the proxy {proxy.name} ({proxy.variable}) refused the connection to {host}" + (
        f" ({words})" if words else ""
    )
    without = f"or name {host} in NO_PROXY if it can be reached without the proxy"
    asks_login = status == 407 or any(
        word in said.lower() for word in ("username", "password", "authentication")
    )
    if asks_login:
        return Trouble(
            reason,
            f"Put user and password into {proxy.variable} "
            f"({proxy.url.partition('://')[0]}://user:password@{proxy.name}), {without}.",
        )
    if status is not None and 500 <= status < 600:
        return Trouble(reason, f"The proxy does not get there now: try again, {without}.")
    return Trouble(reason, f"Ask those who run the proxy to allow {host}, {without}.")


def _of_tls(causes: list[BaseException], host: str, proxy: Proxy | None) -> Trouble | None:
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _of_certificate(cause, host, proxy)
    if not any(isinstance(cause, ssl.SSLError) for cause in causes):
        return None
    error = next(cause for cause in causes if isinstance(cause, ssl.SSLError))
    detail = (error.reason or "").replace("_", " ").lower()
    via = f" behind the proxy {proxy.name}" if proxy else ""
    wrong = "wrong version" in detail or "http request" in detail
    remedy = (
        f"What answers there speaks no TLS: is it an http:// address, or "
        f"{f'a proxy that {proxy.variable} should name with http://' if proxy else 'a proxy'}?"
        if wrong
        else "Try again; if it stays, a proxy or a firewall on the way breaks TLS off."
    )
    return Trouble(f"TLS to {host}{via} broke off{f' ({short(detail)})' if detail else ''}", remedy)


def _of_certificate(error: ssl.SSLCertVerificationError, host: str, proxy: Proxy | None) -> Trouble:
    words = short(getattr(error, "verify_message", "") or str(error), 120)
    via = f" that came through the proxy {proxy.name}" if proxy else ""
    reason = f"the certificate of {host}{via} is not trusted: {words}"
    if "expired" in words or "not yet valid" in words:
        return Trouble(reason, "Check this machine's date; if it is right, tell those who run it.")
    if "mismatch" in words.lower() or "not valid for" in words:
        return Trouble(reason, f"Something on the way answers in place of {host}.")
    in_use = trust.in_use()
    return Trouble(
        reason,
        (f"What is trusted comes from {short(in_use, 160)} alone. " if in_use else "")
        + "If a company's proxy, firewall or antivirus looks into TLS, let SSL_CERT_FILE name the "
        "file with its authority's certificate (PEM), and ask again.",
    )


def _of_connection(
    causes: list[BaseException],
    url: httpx.URL,
    host: str,
    proxy: Proxy | None,
    connected: bool,
) -> Trouble:
    timed = any(isinstance(each, TimeoutError | httpx.TimeoutException) for each in causes)
    if connected:
        broke = f"the connection to {host} broke before the answer was whole"
        return Trouble(f"no whole answer from {host} came in time" if timed else broke)
    remedy = f"Check {proxy.variable}, and whether the proxy runs." if proxy else ""
    if proxy is None and not is_loopback(host_of(url)):
        remedy = "Check the connection to the internet."
    place = f"the proxy {proxy.name} ({proxy.variable})" if proxy else host
    known = next(filter(None, (_of_system(each, url, place, proxy) for each in causes)), None)
    if known is not None:
        return Trouble(known, remedy)
    if timed:
        return Trouble(f"no connection to {place} within the time for it", remedy)
    if any(isinstance(each, httpx.UnsupportedProtocol) for each in causes):
        return Trouble("the address is neither http nor https")
    if proxy is not None:
        remedy += f" Or name {host} in NO_PROXY if it can be reached without it."
        return Trouble(f"{place} hung up before there was a connection to {host}", remedy)
    return Trouble(f"{place} hung up before there was a connection", remedy)


def _of_system(cause: BaseException, url: httpx.URL, place: str, proxy: Proxy | None) -> str | None:
    """Name what the system says of a connection that it could not make."""
    if isinstance(cause, socket.gaierror):
        name = proxy.name.rpartition(":")[0] if proxy else place
        return f"the name {name} is not known (DNS)"
    if isinstance(cause, ConnectionRefusedError):
        port = url.port or (443 if url.scheme == "https" else 80)
        return f"{place if proxy else f'{place}, port {port},'} refuses the connection"
    number = cause.errno if isinstance(cause, OSError) else None
    if number in _NO_WAY:
        return f"there is no way to {place} (network unreachable)"
    if number in _NO_MORE:
        return "this process may open no more files or connections; restart the kernel"
    return None
