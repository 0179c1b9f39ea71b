"""Answers in other clothes: compressed on the way, or a page of somebody who stands in between."""

import gzip
import json
import re
import zlib

ENCODINGS = ("gzip", "deflate", "br")

CHALLENGE = (
    b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>"
    b"<h1>Checking your browser</h1><script>window.challenge = 1</script></body></html>"
)
_NOT_FOUND = b"<html><head><title>404 Not Found</title></head><body>nginx</body></html>"
_ENVELOPE = json.dumps({"code": 404, "message": "Prediction not found"}).encode()

PAGES = {
    "challenge-403": (403, b"text/html; charset=UTF-8", CHALLENGE),
    "challenge-200": (200, b"text/html; charset=UTF-8", CHALLENGE),
    "404-html": (404, b"text/html", _NOT_FOUND),
    "404-json": (404, b"application/json", _ENVELOPE),
}
"""Answers that are given without asking the service: status, type and body."""

_HEADER = re.compile(rb"(?i)\r\n(?:content-length|content-encoding):[^\r]*")
_ACCEPTS = re.compile(rb"(?i)\r\naccept-encoding:([^\r]*)")


def page(kind):
    """Return one of :data:`PAGES` as it goes over the wire."""
    status, media_type, body = PAGES[kind]
    return b"HTTP/1.1 %d Whatever\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (
        status, media_type, len(body), body,
    )  # fmt: skip


def with_body(answer, body, encoding=""):
    """Return an answer with another body, and the headers that go with it."""
    head = _HEADER.sub(b"", answer.partition(b"\r\n\r\n")[0])
    more = b"\r\nContent-Encoding: " + encoding.encode() if encoding else b""
    return b"%s%s\r\nContent-Length: %d\r\n\r\n%s" % (head, more, len(body), body)


def compressed(answer, encoding, question):
    """Return an answer compressed.

    Brotli is taken only where the request's head names it: it is the one that no client decodes
    without a library of its own. The others come unasked too, as they do from real gateways.
    """
    found = _ACCEPTS.search(question)
    if encoding == "br" and not (found and b"br" in found[1]):
        encoding = "gzip"
    pack = {"gzip": gzip.compress, "deflate": zlib.compress, "br": _brotli}[encoding]
    return with_body(answer, pack(answer.partition(b"\r\n\r\n")[2]), encoding)


def _brotli(data):
    """Write a brotli stream of stored blocks (RFC 7932, 9.2): what packs best is not the point."""
    stream, lead = b"", 1  # the stream's window takes the first bit
    for start in range(0, len(data), 1 << 16):
        block = data[start : start + (1 << 16)]
        head = (len(block) - 1) << (3 + lead) | 1 << (19 + lead)
        stream += head.to_bytes(3, "little") + block
        lead = 0
    return stream + (b"\x06" if lead else b"\x03")
