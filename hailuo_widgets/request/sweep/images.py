"""The pictures of a sweep: each read once, each with a label of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from hailuo_widgets.errors import FrameError, InputError
from hailuo_widgets.files.user_path import place_of, why_unread
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.text import shown_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hailuo_widgets.frame.frame import FrameSource

Sources: TypeAlias = "FrameSource | Sequence[FrameSource | None] | Mapping[str, FrameSource | None]"
"""One picture, several, or several by name."""

BYTES_LIMIT: Final = 2_000_000_000
"""All pictures of one sweep together: they are held in memory until they are sent."""

_WEB: Final = ("http://", "https://")


class Picture(NamedTuple):
    """A picture and what it is called; the frame is None where "no picture" is one of several."""

    label: str
    frame: Frame | None


class Pictures:
    """Reads pictures, and knows where each came from.

    Parameters
    ----------
    folder : Path, optional
        What paths in a list are seen from.

    Attributes
    ----------
    addresses : dict of str to str
        By a frame's hash: the absolute path or the URL it was read from.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.addresses: dict[str, str] = {}
        self._folder = folder or Path()
        self._read: dict[str, Picture] = {}
        self._known: dict[tuple[str, str], Picture] = {}
        self._labels: set[str] = set()
        self._bytes = 0

    def one(self, source: FrameSource, name: str | None = None) -> Picture:
        """Read one picture.

        Raises
        ------
        FrameError
            It cannot be read.
        InputError
            All pictures together are too much.
        """
        address = _address(source)
        known = self._read.get(address) if address and name is None else None
        if known is not None:
            return known
        frame = Frame(source, name=name)
        self._bytes += len(frame.data)
        if self._bytes > BYTES_LIMIT:
            raise InputError(
                f"The pictures of this sweep have more than {BYTES_LIMIT // 10**9} GB together. "
                "Make several sweeps of it. Nothing was sent."
            )
        same = (frame.sha256, frame.source_name)
        if same not in self._known:
            self._known[same] = Picture(self._label(frame.source_name), frame)
        picture = self._known[same]
        if address:
            self.addresses.setdefault(frame.sha256, address)
            self._read[address] = picture
        return picture

    def several(self, given: Sources, role: str, *, none: str | None = None) -> list[Picture]:
        """Read one, a list, or a dict of them.

        Parameters
        ----------
        role : str
            What sentences call it.
        none : str, optional
            The label of "no picture", where that is allowed.
        """
        named: list[tuple[str | None, FrameSource | None]]
        if isinstance(given, Mapping):
            named = [(str(name), source) for name, source in given.items()]
        elif isinstance(given, (list, tuple)):
            named = [(None, source) for source in given]
        else:
            named = [(None, given)]  # type: ignore[list-item]  # one source: the others are above
        found = []
        for name, source in named:
            if source is not None:
                found.append(self.one(source, name))
            elif none is not None:
                found.append(Picture(name or none, None))
            else:
                raise InputError(f"{role} holds None where a picture belongs. Nothing was sent.")
        return found

    def of_list(self, text: str, where: str) -> Picture:
        """Read a picture that a list names: a URL, or a path seen from the list's folder.

        Parameters
        ----------
        where : str
            What a sentence calls the place, e.g. ``"row 3"``.
        """
        known = self._read.get(text)
        if known is None:
            try:
                known = self._read[text] = self.one(self._source(text))
            except InputError as error:
                raise type(error)(
                    f"{where[:1].upper()}{where[1:]}: {error} Paths in a list are seen from its "
                    "folder. Nothing was sent."
                ) from None
        return known

    def _source(self, text: str) -> str:
        place = place_of(text, self._folder)
        if place.tried:
            raise FrameError(why_unread(FileNotFoundError(), place))
        return place.address or str(place.path)

    def _label(self, name: str) -> str:
        label = shown_name(name) or "picture"
        number = 2
        while label in self._labels:
            label = f"{name} ({number})"
            number += 1
        self._labels.add(label)
        return label


def _address(source: object) -> str | None:
    """Return where a source lies, if it can be read from there again."""
    if not isinstance(source, (str, os.PathLike)) or str(source)[:5].lower() == "data:":
        return None
    try:
        place = place_of(source)
        if place.address:
            return place.address if place.address.lower().startswith(_WEB) else None
        return str(place.path.absolute())
    except (InputError, OSError, ValueError):
        return None  # reading it says what is wrong
