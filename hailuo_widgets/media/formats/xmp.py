"""Packets of XMP: writing one, adding to another program's, and reading one property of any.

A packet comes out of a file that anybody may have made. So a document type is refused (entities
need one), nesting is bounded, and nothing in it is looked up anywhere.

Sources: XMP Specification Part 1 (data model, serialization) and Part 3 (MPEG-4: always UTF-8);
IPTC Photo Metadata Standard 2025.1 and Video Metadata Hub 1.7 (``Iptc4xmpExt``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.parsers import expat
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMESPACES: Final = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "hailuo": "urn:hailuo-widgets:provenance/1/",
}
"""Prefix to namespace; the last is our own."""

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_DEEPEST: Final = 32
_UNFIT: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold."""

_ALTERNATIVES: Final = frozenset({"dc:title", "dc:description"})
"""Properties that are given in languages."""


class BrokenPacketError(ValueError):
    """The packet cannot be read; the message says why."""


def packet(properties: Mapping[str, str]) -> bytes:
    """Write a packet.

    Parameters
    ----------
    properties : mapping
        Qualified name, with one of the prefixes of :data:`NAMESPACES`, to text. What XML cannot
        hold of a text is replaced by U+FFFD.
    """
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}">\n'
        f'{_description(properties)}</rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>'
    ).encode()


def added_to(data: bytes, properties: Mapping[str, str]) -> bytes:
    """Write a packet with all that another one says, and those properties it does not have.

    Raises
    ------
    BrokenPacketError
        The other one cannot be read.
    """
    reader = _Reader()
    reader.read(data)
    if reader.end_of_list is None:
        raise BrokenPacketError("it lists no properties")
    new = {name: text for name, text in properties.items() if _expanded(name) not in reader.names}
    place = reader.end_of_list
    return data[:place] + _description(new).encode() + data[place:]


def value_of(data: bytes, name: str) -> str | None:
    """Read a property of a packet, as an element or as an attribute; None when it has none.

    Parameters
    ----------
    name : str
        Qualified name, with one of the prefixes of :data:`NAMESPACES`.

    Raises
    ------
    BrokenPacketError
        It is no XML, has a document type, or is nested too deeply.
    """
    reader = _Reader(_expanded(name))
    reader.read(data)
    return reader.value


def _expanded(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{NAMESPACES[prefix]} {local}"


def _description(properties: Mapping[str, str]) -> str:
    names = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
    body = "".join(_element(name, text) for name, text in properties.items())
    # The prefix rdf is declared again: in another one's packet it may be named otherwise.
    return f'<rdf:Description xmlns:rdf="{_RDF}"{names} rdf:about="">\n{body}</rdf:Description>\n'


def _element(name: str, text: str) -> str:
    # A carriage return that stands as itself would be read as a line feed.
    value = escape(_UNFIT.sub("\ufffd", text), {"\r": "&#13;"})
    if name in _ALTERNATIVES:
        value = f'<rdf:Alt><rdf:li xml:lang="x-default">{value}</rdf:li></rdf:Alt>'
    return f"<{name}>{value}</{name}>\n"


class _Reader:
    """Reads a packet once. Names are as expat gives them: namespace, space, local name.

    Attributes
    ----------
    names : set of str
        All elements and attributes.
    value : str or None
        That of the wanted property.
    end_of_list : int or None
        The byte at which the list of properties ends.
    """

    def __init__(self, wanted: str = "") -> None:
        self.names: set[str] = set()
        self.end_of_list: int | None = None
        self._wanted = wanted
        self._found: list[str] | None = None
        self._depth = 0
        self._inside = 0
        # Whatever the packet says of itself: other encodings would be Python's codecs at work.
        self._parser = expat.ParserCreate("UTF-8", " ")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = _refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text

    @property
    def value(self) -> str | None:
        return None if self._found is None else "".join(self._found)

    def read(self, data: bytes) -> None:
        try:
            self._parser.Parse(data, True)
        except expat.ExpatError:
            raise BrokenPacketError("it is no well-formed XML") from None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise BrokenPacketError("it is nested too deeply")
        self.names |= {name, *attributes}
        if self._found is None and self._wanted in attributes:
            self._found = [attributes[self._wanted]]
        elif self._found is None and name == self._wanted:
            self._found = []
            self._inside = self._depth

    def _end(self, name: str) -> None:
        if self._depth == self._inside:
            self._inside = 0
        self._depth -= 1
        if name == f"{_RDF} RDF" and f"{_RDF} Description" in self.names:
            self.end_of_list = self._parser.CurrentByteIndex

    def _text(self, text: str) -> None:
        if self._inside and self._found is not None:
            self._found.append(text)


def _refuse(*_: object) -> None:
    raise BrokenPacketError("it has a document type, which no packet needs")
