"""Keep every API key that this process knows out of what is shown, kept or handed on (I3)."""

from __future__ import annotations

import base64
import functools
import html
import os
import re
from typing import TYPE_CHECKING, Final

from hailuo_widgets import service

if TYPE_CHECKING:
    from collections.abc import Iterable

PLACEHOLDER: Final = "[key]"

_RUN: Final = re.compile("[A-Za-z0-9+/=_-]{4096,}")
_LONGEST_ESCAPE: Final = 12

_SHORTEST: Final = 8
"""A shorter one is no key; replacing it would spoil ordinary words."""

_ESCAPES: Final = re.compile(r"%[0-9a-fA-F]{2}|&[a-zA-Z#]|\\[ux/]")
"""With one of these a key may be spelt in ways too many to list."""


class _Keys:
    """The keys of this process. It has no text form and cannot be pickled."""

    __slots__ = ("_values",)

    def __init__(self) -> None:
        self._values: set[str] = set()

    def __repr__(self) -> str:
        return "<keys>"

    def __reduce__(self) -> str:
        raise TypeError("Keys are never stored.")

    def add(self, value: str) -> None:
        self._values.add(value)

    def all(self) -> frozenset[str]:
        of_environment = os.environ.get(service.KEY_VARIABLE, "").strip()
        return frozenset(v for v in {*self._values, of_environment} if len(v) >= _SHORTEST)


_KEYS: Final = _Keys()


def remember(key: str) -> None:
    """Add a key to those that :func:`redact` replaces; it is kept in memory alone."""
    _KEYS.add(key)


def redact(text: str, more: Iterable[str] = ()) -> str:
    """Return a text with each known key replaced by ``[key]``, however it is spelt.

    Spellings: as it is, percent-encoded, as HTML entities or JavaScript escapes (character by
    character, mixed too), in hexadecimal digits, and in base64 at any place of a longer text.

    Parameters
    ----------
    more : iterable of str
        Other keys to replace, this once.
    """
    keys = _KEYS.all() | {key for key in more if len(key) >= _SHORTEST}
    # The longest first: one may be a part of another.
    for key in sorted(keys, key=lambda each: (-len(each), each)):
        # Most texts are seen at a glance to hold no key, and a thousand jobs bring many of them.
        if _ESCAPES.search(text) or _is_in(text, key):
            text = _without(key, text)
    return text


def _without(key: str, text: str) -> str:
    """Replace one key: what is the same everywhere at once, escapes where escapes can be.

    A page holds megabytes of pictures in base64; no escape is in the midst of them, and looking for
    one there takes ten times as long.
    """
    for spelling in _plain_spellings(key):
        text = text.replace(spelling, PLACEHOLDER)
    pattern, margin = _spellings(key), _LONGEST_ESCAPE * len(key)
    parts, place = [], 0
    for run in _RUN.finditer(text):
        begin, end = run.start() + margin, run.end() - margin
        if begin < end:
            parts += [pattern.sub(PLACEHOLDER, text[place:begin]), text[begin:end]]
            place = end
    parts.append(pattern.sub(PLACEHOLDER, text[place:]))
    return "".join(parts)


def without_keys(environment: dict[str, str]) -> dict[str, str]:
    """Return a child's environment without the key's own variable and without any known key."""
    return {
        name: value
        for name, value in environment.items()
        if name != service.KEY_VARIABLE and redact(value) == value
    }


def _is_in(text: str, key: str) -> bool:
    """Return True if a text without escapes holds a key."""
    plain, hexadecimal = _unescaped(key)
    return any(each in text for each in plain) or hexadecimal in text.lower()


@functools.lru_cache(maxsize=32)
def _unescaped(key: str) -> tuple[tuple[str, ...], str]:
    raw = key.encode("utf-8", "surrogateescape")
    return (key, *_in_base64(raw)), raw.hex()


@functools.lru_cache(maxsize=32)
def _plain_spellings(key: str) -> tuple[str, ...]:
    raw = key.encode("utf-8", "surrogateescape")
    plain = {key, raw.hex(), raw.hex().upper(), *_in_base64(raw)}
    return tuple(sorted(plain, key=lambda each: (-len(each), each)))


@functools.lru_cache(maxsize=32)
def _spellings(key: str) -> re.Pattern[str]:
    raw = key.encode("utf-8", "surrogateescape")
    each = "".join(map(_character, key))
    hexadecimal = "".join(f"[{h.upper()}{h.lower()}]" if h.isalpha() else h for h in raw.hex())
    return re.compile("|".join([each, hexadecimal, *map(re.escape, _in_base64(raw))]))


def _character(character: str) -> str:
    """Match one character of a key, plain or escaped."""
    number = ord(character)
    entity = html.escape(character)
    ways = {
        re.escape(character),
        f"(?i:%{number:02x}|\\\\u00{number:02x}|\\\\x{number:02x}|&#x0*{number:x};)",
        f"&#0*{number};",
        *([re.escape(entity)] if entity != character else []),
    }
    return f"(?:{'|'.join(sorted(ways))})"


def _in_base64(raw: bytes) -> set[str]:
    """Return what is the same wherever the key begins within the coded bytes."""
    found = set()
    for before in range(3):
        coded = base64.b64encode(bytes(before) + raw).decode()
        first = (before * 8 + 5) // 6
        last = (before + len(raw)) * 8 // 6
        own = coded[first:last]
        found |= {own, own.replace("+", "-").replace("/", "_")}
    return found
