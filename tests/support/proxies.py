"""Proxies on loopback that tests go through, and a service behind TLS that only they lead to."""

import base64
import contextlib
import re
import socket
import ssl
import struct
import threading

import trustme

SERVICE = "service.test"
"""A name that no name server knows: only through a proxy is anything reached there."""


class Server:
    """Serves each connection in a thread of its own.

    Attributes
    ----------
    port : int
    seen : list of bytes
        What has come in, in pieces.
    """

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self.seen = []
        self.connections = 0
        self._open = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in tuple(self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def serve(self, client):
        raise NotImplementedError

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        self._open.add(client)
        with contextlib.suppress(OSError, struct.error), client:
            self.serve(client)
        self._open.discard(client)

    def join(self, client, port, change=lambda data: data):
        """Pass on what comes from both sides until one of them ends."""
        with socket.create_connection(("127.0.0.1", port)) as there:
            self._open.add(there)
            back = threading.Thread(target=_pass_on, args=(there, client), daemon=True)
            back.start()
            _pass_on(client, there, change)
            back.join(10)
            self._open.discard(there)


class Gateway(Server):
    """The service's own TLS: passes on what comes to a server that speaks plain HTTP.

    Parameters
    ----------
    certificate : trustme.LeafCert
        What it shows.
    cut : str
        ``"handshake"``: it hangs up when it is greeted. ``"request"``: when the request has come.
    """

    def __init__(self, port, certificate, cut=""):
        self._port = port
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(self._context)
        self.cut = cut
        super().__init__()

    def serve(self, client):
        if self.cut == "handshake":
            client.recv(10)
            return
        with self._context.wrap_socket(client, server_side=True) as safe:
            if self.cut == "request":
                self.seen.append(safe.recv(1 << 16))
                return
            self.join(safe, self._port, self._renamed)

    def _renamed(self, data):
        self.seen.append(data)
        host = f"Host: 127.0.0.1:{self._port}".encode()
        return re.sub(rb"(?i)\bhost: service\.test(:\d+)?", host, data, count=1)


class HttpProxy(Server):
    """Takes CONNECT, and requests for whole addresses.

    Parameters
    ----------
    port : int
        Where everything leads to, whatever name is asked for.
    login : str, optional
        ``user:password`` that it wants.
    refusal : str, optional
        The status line's rest that it answers with; ``"hang up"`` or ``"stall"`` instead of one.
    certificate : trustme.LeafCert, optional
        With it the proxy itself speaks TLS.
    """

    def __init__(self, port, *, login=None, refusal=None, certificate=None):
        self._port, self._refusal = port, refusal
        self._wanted = login and base64.b64encode(login.encode())
        self._context = None
        if certificate is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(self._context)
        self.over = threading.Event()
        super().__init__()

    def close(self):
        self.over.set()
        super().close()

    def serve(self, client):
        if self._context is not None:
            with self._context.wrap_socket(client, server_side=True) as safe:
                self._serve_plain(safe)
        else:
            self._serve_plain(client)

    def _serve_plain(self, client):
        head = _head(client)
        self.seen.append(head)
        if self._refusal == "hang up":
            return
        if self._refusal == "stall":
            self.over.wait(60)
            return
        if self._wanted and b"Basic " + self._wanted not in head:
            client.sendall(
                b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
            )
            return
        if self._refusal:
            client.sendall(f"HTTP/1.1 {self._refusal}\r\nContent-Length: 0\r\n\r\n".encode())
            return
        if head.startswith(b"CONNECT "):
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self.join(client, self._port)
            return
        with socket.create_connection(("127.0.0.1", self._port)) as there:
            there.sendall(re.sub(rb"^(\w+) http://[^/ ]*", rb"\1 ", head, count=1))
            _pass_on(there, client)


class SocksProxy(Server):
    """Speaks SOCKS 5.

    Parameters
    ----------
    reply : int
        What it answers to the wish to be connected; 0: it connects.
    garbage : bytes
        What it says first, instead of what it should.
    """

    def __init__(self, port, *, login=None, reply=0, garbage=b""):
        self._port, self._login, self._reply, self._garbage = port, login, reply, garbage
        super().__init__()

    def serve(self, client):
        _, count = _exactly(client, 2)
        methods = _exactly(client, count)
        if self._garbage:
            client.sendall(self._garbage)
            return
        method = 2 if self._login else 0
        client.sendall(bytes([5, method if method in methods else 0xFF]))
        if method not in methods:
            return
        if self._login:
            _, length = _exactly(client, 2)
            user = _exactly(client, length)
            password = _exactly(client, _exactly(client, 1)[0])
            right = f"{user.decode()}:{password.decode()}" == self._login
            client.sendall(bytes([1, 0 if right else 1]))
            if not right:
                return
        _, _, _, kind = _exactly(client, 4)
        host = _exactly(client, _exactly(client, 1)[0] if kind == 3 else {1: 4, 4: 16}[kind])
        self.seen.append(host)
        _exactly(client, 2)
        client.sendall(bytes([5, self._reply, 0, 1, 0, 0, 0, 0, 0, 0]))
        if not self._reply:
            self.join(client, self._port)


def _pass_on(source, target, change=lambda data: data):
    with contextlib.suppress(OSError, ValueError):
        while data := source.recv(1 << 16):
            target.sendall(change(data))
    with contextlib.suppress(OSError, ValueError):
        target.shutdown(socket.SHUT_WR)


def _head(client):
    data = b""
    while b"\r\n\r\n" not in data and (more := client.recv(1 << 16)):
        data += more
    return data


def _exactly(client, count):
    data = b""
    while len(data) < count:
        more = client.recv(count - len(data))
        if not more:
            raise ConnectionResetError
        data += more
    return data


def authority(folder):
    """Return a company's authority, and the path of its certificate."""
    made = trustme.CA()
    path = folder / "authority.pem"
    made.cert_pem.write_to_path(path)
    return made, path
