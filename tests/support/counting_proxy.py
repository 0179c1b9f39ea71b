"""A relay on loopback that counts what goes to a service, and can hold a request back."""

import contextlib
import socket
import threading


class Relay:
    """Passes every connection on to a server as it is.

    Parameters
    ----------
    url : str
        The server's, ``http://host:port``.

    Attributes
    ----------
    url : str
        Its own.
    sent : int
        Bytes that have gone to the server.
    held : threading.Event
        Set when a request is being held back.
    """

    def __init__(self, url):
        host, _, port = url.removeprefix("http://").partition(":")
        self._server = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.sent = 0
        self.held = threading.Event()
        self._beginning = None
        self._open = threading.Event()
        self._open.set()
        self._lock = threading.Lock()
        self._sockets = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self, beginning):
        """Hold back what begins with these bytes, until :meth:`let_go`."""
        self._beginning = beginning
        self.held.clear()
        self._open.clear()

    def let_go(self):
        """Let it pass."""
        self._open.set()

    def close(self):
        self.let_go()
        # Closing alone does not wake who waits in accept, and one more would be let in.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for each in self._sockets:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                try:
                    there = socket.create_connection(self._server)
                except OSError:
                    here.close()
                    continue
                with self._lock:
                    self._sockets |= {here, there}
                for ends, counts in (((here, there), True), ((there, here), False)):
                    threading.Thread(
                        target=self._pass_on, args=(*ends, counts), daemon=True
                    ).start()

    def _pass_on(self, source, target, counts):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if counts:
                    with self._lock:
                        self.sent += len(data)
                    if self._beginning and data.startswith(self._beginning):
                        self.held.set()
                        self._open.wait(60)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
