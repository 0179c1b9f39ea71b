"""The library that a notebook's clips lie in, if it is here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hailuo_widgets.errors import FrameError, LibraryError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.library.library import DEFAULT_FOLDER, FOLDER_VARIABLE, Library

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hailuo_widgets.media.clip import Clip

_LEDGER: Final = "ledger.sqlite3"


class LibraryLookup:
    """Finds clips by their hashes; nothing is made or changed where no library is.

    Parameters
    ----------
    chosen : str
        The folder the user named; empty when none was.
    beside : Path
        The notebook's folder.
    environment : mapping
        The process's environment variables.

    Attributes
    ----------
    trouble : str
        Why there is no library, in a sentence; empty when there is one.
    """

    def __init__(
        self, chosen: str, beside: Path, environment: Mapping[str, str] = os.environ
    ) -> None:
        self.trouble = ""
        self._library: Library | None = None
        self._clips: dict[str, Clip | None] = {}
        places = list(_places(chosen, beside, environment))
        for place in places:
            if (place / _LEDGER).is_file():
                try:
                    self._library = Library(place)
                except LibraryError as error:
                    self.trouble = str(error)
                return
        self.trouble = (
            f"There is no library {places[0].name} beside the notebook."
            if not chosen
            else (f"There is no library {Path(chosen).name}.")
        )

    def close(self) -> None:
        """Let go of the library."""
        if self._library is not None:
            self._library.close()

    def clip(self, sha256: str, *, draft: bool = False) -> Clip | None:
        """Find a clip; None when it is not here. What was shown as a draft stays one."""
        if sha256 not in self._clips:
            self._clips[sha256] = self._find(sha256, "emulator" if draft else "")
        return self._clips[sha256]

    def frame(self, sha256: str) -> Frame | None:
        """Find a picture that clips were made from; None when it is not here."""
        path = self._library.media.frame_path(sha256) if self._library and sha256 else None
        try:
            return None if path is None else Frame(path, name="picture")
        except FrameError:
            return None

    def is_damaged(self, sha256: str) -> bool:
        """Return True if the library knows a clip, and what lies in its place is something else."""
        if self._library is None or self.clip(sha256) is not None:
            return False
        try:
            return self._library.ledger.contents.clip(sha256) is not None
        except (LibraryError, ValueError):
            return False

    def _find(self, sha256: str, service: str) -> Clip | None:
        if self._library is None or not sha256:
            return None
        try:
            return self._library.clip(sha256, service=service)
        except (LibraryError, OSError, ValueError):
            # Its file does not decode: the notebook still has its poster.
            return None


def _places(chosen: str, beside: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    """Name the folders to look into, the first that is a library counts."""
    if chosen:
        yield Path(chosen).expanduser()
        return
    if environment.get(FOLDER_VARIABLE):
        yield Path(environment[FOLDER_VARIABLE]).expanduser()
    yield beside / DEFAULT_FOLDER
