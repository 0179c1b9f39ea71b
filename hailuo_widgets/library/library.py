"""A library: one folder that outlives the kernel."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.library.leases import Holder
from hailuo_widgets.library.ledger import Ledger
from hailuo_widgets.library.media import Clip, Media, unwritable

FOLDER_VARIABLE: Final = "HAILUO_LIBRARY"
DEFAULT_FOLDER: Final = "hailuo-library"


def folder_of(folder: str | os.PathLike[str] | None = None) -> Path:
    """Name the folder a library would live in: the given one, else the environment's, else ours."""
    chosen = folder or os.environ.get(FOLDER_VARIABLE) or DEFAULT_FOLDER
    return Path(chosen).expanduser().absolute()


class Library:
    """Everything that was asked for and everything that came of it.

    Parameters
    ----------
    folder : str or Path, optional
        Default: ``HAILUO_LIBRARY``, else ``hailuo-library`` in the working directory. Not hidden:
        Jupyter serves no file from a folder whose name begins with a dot.

    Raises
    ------
    LibraryError
        The folder cannot be made or written, or its ledger cannot be used.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self.path = folder_of(folder)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.media = Media(self.path)
            self.holder = Holder(self.path / "holders")
        except OSError as error:
            raise LibraryError(unwritable(self.path, error)) from None
        self.ledger = Ledger(self.path / "ledger.sqlite3")

    def __repr__(self) -> str:
        return f"<Library {self.path.name}>"

    def close(self) -> None:
        """Let go of the folder."""
        self.ledger.close()
        self.holder.close()

    def clip(self, sha256: str, *, prompt: str = "", service: str = "") -> Clip | None:
        """Find a clip by hash; None when its file is gone."""
        path = self.media.clip_path(sha256)
        if not path.is_file():
            return None
        facts = self.ledger.clip_row(sha256)
        return Clip(
            path=path,
            poster=self.media.make_poster(path, sha256),
            sha256=sha256,
            width=facts["width"],
            height=facts["height"],
            fps=facts["fps"],
            duration=facts["duration"],
            frame_count=facts["frame_count"],
            bytes=facts["bytes"],
            draft=bool(facts["draft"]) or service == "emulator",
            prompt=prompt,
            service=service,
        )
