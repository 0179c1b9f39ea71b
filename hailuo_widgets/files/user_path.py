"""A path or an address as users write, paste and copy it.

A text is taken letter for letter first. Where no such file is, what Windows, macOS, file managers,
spreadsheets and shells put around or into a path comes off, one way after the other.
"""

from __future__ import annotations

import os
import re
import unicodedata
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from hailuo_widgets.errors import InputError
from hailuo_widgets.text import shown_name

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST: Final = 32_768
"""Characters of the longest path that any system has; a longer text is none."""

_ADDRESSES: Final = ("http://", "https://", "data:")
_FILE_URI: Final = re.compile(r"file:", re.IGNORECASE)
_DRIVE: Final = re.compile(r"/[A-Za-z][:|]/")

_AROUND: Final = (
    " \t\r\n\f\v\u00a0\u3000\ufeff\u200b\u200e\u200f\u202a\u202b\u202c\u2066\u2068\u2069"
)
"""Blanks, and invisible marks: the one of Windows' "Security" page stands before its path."""

_PAIRS: Final = frozenset(
    {'""', "''", "``", "<>", "“”", "””", "„“", "„”", "‘’", "’’", "‚‘", "«»", "»«", "‹›"}  # noqa: RUF001
    | {"「」", "『』", "＂＂", "＇＇"}  # noqa: RUF001
)
_LAYERS: Final = 8
_SHELL: Final = re.compile(r"\\(.)", re.DOTALL)


class Place(NamedTuple):
    """The place that a text names.

    Attributes
    ----------
    address : str
        An http(s) URL or a data URI; empty for a file.
    path : Path
        The file, or where it would be: there need not be one.
    name : str
        What messages call the file; never a path.
    tried : str
        How else it was looked for, to stand after "at the given path"; empty when it is there.
    """

    address: str
    path: Path
    name: str
    tried: str = ""


def place_of(given: str | os.PathLike[str], folder: Path | None = None) -> Place:
    """Return what the user means by a path, a ``file:`` URI or an address.

    Parameters
    ----------
    folder : Path, optional
        What a relative path is seen from; default: the working folder.

    Raises
    ------
    InputError
        Two files have that name, written with other Unicode characters.
    """
    text = os.fsdecode(given)
    if text[:8].lower().startswith(_ADDRESSES):
        return Place(text, Path(), "")
    place = folder or Path()
    if len(text) > _LONGEST:
        return _long(text, place)
    unwrapped = _unwrapped(text)
    plain = unwrapped[-1][0]
    if plain[:8].lower().startswith(_ADDRESSES):
        return Place(plain, Path(), "")
    name = shown_name(_last_part(_of_uri(plain) if _FILE_URI.match(plain) else plain))
    name = name or "the given path"
    ways = [*unwrapped, *_other_ways(unwrapped)]
    for way, _ in ways:
        path = _expanded(place, way)
        found = path if _is_there(path) else _of_other_characters(path, name)
        if found is not None:
            return Place("", found, shown_name(found.name) or name)
    tried = list(dict.fromkeys(how for _, how in ways if how))
    if not plain.isascii():
        tried.append("with its letters composed otherwise")
    said = f" (also tried: {', '.join(tried)})" if tried else ""
    return Place("", _expanded(place, text), name, said)


def written_place(given: str | os.PathLike[str]) -> Path:
    """Return where the user wants a file that is not there yet.

    Quotes and blanks around the path come off, and backslashes are slashes where slashes are.
    """
    text = os.fsdecode(given)
    if len(text) <= _LONGEST:
        text = _unwrapped(text)[-1][0]
        text = _of_uri(text) if _FILE_URI.match(text) else text
        text = text.replace("\\", "/") if os.sep == "/" else text
    return _expanded(Path(), text)


def file_of(given: str | os.PathLike[str]) -> Path:
    """Return the file that the user means; opening it shows what is wrong with it.

    Raises
    ------
    InputError
        It is an address, or two files have that name, or it was looked for in several ways in vain.
    """
    place = place_of(given)
    if place.address:
        raise InputError(
            "Here a file of this machine is needed, no address. Download it first, and give its "
            "path."
        )
    if place.tried:
        raise InputError(why_unread(FileNotFoundError(), place))
    return place.path


def why_unread(error: OSError | ValueError, place: Place) -> str:
    """Return a sentence for a file that could not be opened or read."""
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return f"There is no file “{place.name}” at the given path{place.tried}."
    if isinstance(error, PermissionError):
        return f"“{place.name}” may not be read: permission denied."
    return f"“{place.name}” cannot be read: {reason_of(error, place)}."


def reason_of(error: OSError | ValueError, place: Place) -> str:
    """Return why a file could not be opened or read, as a part of a sentence."""
    if isinstance(error, OSError):
        return f"{error.strerror or type(error).__name__}{place.tried}"
    return "no file name holds such characters (NUL)"


def _long(text: str, folder: Path) -> Place:
    """Judge a text that is too long for a path: an address, or nothing that is anywhere."""
    plain = text.strip(_AROUND)
    if plain[:8].lower().startswith(_ADDRESSES):
        return Place(plain, Path(), "")
    return Place("", folder / text, shown_name(_last_part(text[-200:])) or "the given path")


def _other_ways(unwrapped: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    plain = unwrapped[-1][0]
    if _FILE_URI.match(plain):
        yield _of_uri(plain), "as a file: address"
        yield _of_uri(re.split(r"[?#]", plain, maxsplit=1)[0]), "as a file: address"
    if "\\" in plain and os.sep == "/":
        yield plain.replace("\\", "/"), "with / for each backslash"
        yield _SHELL.sub(r"\1", plain), "without the backslashes"


def _unwrapped(text: str) -> list[tuple[str, str]]:
    """Take off blanks, quotes and angle brackets around a text, layer by layer; it stands first."""
    found = [(text, "")]
    while len(found) < _LAYERS:
        inner = text.strip(_AROUND)
        how = "without the blanks around it"
        if inner == text:
            how = "without the quotes or brackets around it"
            if len(text) > 2 and text[0] + text[-1] in _PAIRS:
                inner = text[1:-1]
        if inner == text:
            break
        text = inner
        found.append((text, how))
    return found


def _of_uri(text: str) -> str:
    """Read a ``file:`` URI, percent-decoded: of any number of slashes, of this machine or a share."""
    rest = urllib.parse.unquote(text[5:], errors="surrogateescape")
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        rest = slash + path if host.lower() in {"", "localhost", "127.0.0.1"} else rest
    while rest.startswith("//") and text[5:].startswith("///"):
        rest = rest[1:]
    return rest[1:].replace("|", ":", 1) if _DRIVE.match(rest) else rest


def _expanded(folder: Path, text: str) -> Path:
    try:
        return folder / Path(text).expanduser()
    except RuntimeError:  # "~somebody" without a home: a file may have that name
        return folder / text


def _is_there(path: Path) -> bool:
    try:
        path.stat()
    except PermissionError:
        return True  # who reads it says so
    except (OSError, ValueError):
        return False
    return True


def _of_other_characters(path: Path, name: str) -> Path | None:
    """Find the file whose name is equal as text: macOS writes é as two characters, a list as one."""
    if str(path).isascii():
        return None
    found = Path(path.anchor)
    for part in path.parts[1:] if path.anchor else path.parts:
        if _is_there(found / part):
            found /= part
            continue
        same = _equal_names(found, part)
        if not same:
            return None
        if len(same) > 1:
            raise InputError(
                f"“{name}” is the name of {len(same)} files or folders there, whose letters are "
                "composed in different ways (Unicode NFC and NFD). Rename all but one."
            )
        found /= same[0]
    return found


def _equal_names(folder: Path, part: str) -> list[str]:
    wanted = unicodedata.normalize("NFC", part)
    try:
        with os.scandir(folder) as entries:
            return [e.name for e in entries if unicodedata.normalize("NFC", e.name) == wanted]
    except (OSError, ValueError):
        return []


def _last_part(text: str) -> str:
    return re.split(r"[/\\]", text.rstrip("/\\"))[-1]
