"""A proxy as companies have it: every connection begins with CONNECT, and some never get further.

Behind the tunnel stands the service with TLS. Its certificate is made anew for each laboratory.
"""

import asyncio
import ssl
from dataclasses import dataclass

import trustme

HOST = "api.chaos.invalid"
"""Known to the proxy alone: no name server is asked for it."""

SECRET = "sesame-of-the-proxy"
"""The password in the proxy's address: it is shown to nobody."""

REFUSALS = {
    "407": b"HTTP/1.1 407 Proxy Authentication Required\r\n"
    b'Proxy-Authenticate: Basic realm="company"\r\nContent-Length: 0\r\n\r\n',
    "403": b"HTTP/1.1 403 Forbidden\r\nContent-Length: 8\r\n\r\nblocked.",
    "502": b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n"
    b"Content-Length: 13\r\n\r\n<html></html>",
    "garbage": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "hang-up": b"",
}
"""What is said to CONNECT before the connection is closed."""

KINDS = (*REFUSALS, "stall", "cut-handshake", "plain-handshake", "untrusted", "slow")
"""``slow`` goes through in the end; all others stop the connection before a request can leave."""

_OPEN = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Trust:
    """The certificates of one laboratory.

    Attributes
    ----------
    file : Path
        What a kernel must trust, for ``SSL_CERT_FILE``.
    good, bad : ssl.SSLContext
        Of a server that is trusted by it, and of one that is not.
    """

    def __init__(self, folder):
        authority = trustme.CA()
        self.file = folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self.file))
        self.good, self.bad = _server(authority), _server(trustme.CA())


def _server(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    return context


@dataclass(frozen=True)
class Tunnel:
    """What happens to CONNECT at one door.

    Attributes
    ----------
    kind : str
        One of :data:`KINDS`.
    first, last : int
        Which connections it happens to, counted from 1.
    seconds : float
        How long one stalls, or is slow.
    abrupt : bool
        Whether a connection is reset where it is cut.
    """

    kind: str
    first: int = 1
    last: int = 1 << 30
    seconds: float = 0.05
    abrupt: bool = False

    @property
    def closed(self):
        """Whether no connection ever gets through."""
        return self.kind != "slow" and self.first == 1 and self.last == 1 << 30


class ShutError(Exception):
    """The tunnel did not open."""


async def dig(tunnel, number, trust, reader, writer):
    """Answer the CONNECT that has come, and begin TLS behind it.

    Parameters
    ----------
    number : int
        Which connection it is, from 1.

    Raises
    ------
    ShutError
        It was refused or cut; nothing more is to be said.
    """
    kind = tunnel.kind if tunnel.first <= number <= tunnel.last else "pass"
    if kind == "stall":
        await asyncio.sleep(tunnel.seconds)
        raise ShutError
    if kind in REFUSALS:
        writer.write(REFUSALS[kind])
        await writer.drain()
        raise ShutError
    if kind == "slow":
        await asyncio.sleep(tunnel.seconds)
    writer.write(_OPEN)
    await writer.drain()
    if kind == "cut-handshake":
        await reader.read(64)
        raise ShutError
    if kind == "plain-handshake":
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        raise ShutError
    try:
        await writer.start_tls(trust.bad if kind == "untrusted" else trust.good)
    except (ssl.SSLError, OSError) as error:
        raise ShutError from error
