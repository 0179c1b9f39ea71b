"""A paid service on loopback that says what a test tells it to."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from hailuo_widgets import service as facts


class Scripted:
    """Takes submissions, tells of predictions and serves files, each as the test has set it.

    Attributes
    ----------
    url : str
        Where it is.
    submits, results, listed, billed : list of (status, body)
        What it answers, one after the other; the last one for ever. A body that is no text and no
        bytes is sent as JSON.
    files : dict
        Bytes by path.
    asked : list of (str, str)
        Method and path of each request, as they came on the wire.
    questions : list of dict
        What the questions about the bill held.
    """

    def __init__(self):
        self.submits = [self.accepted("p1")]
        self.results = [self.completed("p1")]
        self.listed = [(200, {"code": 200, "data": {"items": []}})]
        self.billed = [(200, {"code": 200, "data": {"items": []}})]
        self.files = {}
        self.asked, self.questions = [], []
        self._lock = threading.Lock()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                owner._answer(self, "GET")

            def do_POST(self):
                owner._answer(self, "POST")

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    @staticmethod
    def accepted(name):
        return 200, {"code": 200, "data": {"id": name, "status": "created", "outputs": []}}

    def completed(self, name, outputs=("/a.mp4",)):
        full = [f"http://HOST{each}" if each.startswith("/") else each for each in outputs]
        return 200, {"code": 200, "data": {"id": name, "status": "completed", "outputs": full}}

    @property
    def names_asked(self):
        """The ids of all predictions that were asked about, decoded."""
        ways = [path.split("/") for method, path in self.asked if method == "GET"]
        return {unquote(parts[4]) for parts in ways if parts[3:4] == ["predictions"]}

    def count(self, method, path):
        return self.asked.count((method, path))

    def _answer(self, handler, method):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        path = handler.path
        with self._lock:
            self.asked.append((method, path))
            found = self._found(method, path, body)
        status, content, *headers = found
        if not isinstance(content, str | bytes):
            content = json.dumps(content).replace("http://HOST", self.url)
        data = content.encode() if isinstance(content, str) else content
        handler.send_response(status)
        for name, value in headers[0].items() if headers else ():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    def _found(self, method, path, body):
        if path == facts.SUBMIT_PATH:
            return _next(self.submits)
        if path == facts.BILLINGS_PATH:
            self.questions.append(json.loads(body))
            return _next(self.billed)
        if method == "POST" and path == facts.PREDICTIONS_PATH:
            return _next(self.listed)
        if path.startswith(f"{facts.PREDICTIONS_PATH}/"):
            return _next(self.results)
        if path in self.files:
            return 200, self.files[path]
        return 404, "no such page"


def _next(answers):
    return answers.pop(0) if len(answers) > 1 else answers[0]
