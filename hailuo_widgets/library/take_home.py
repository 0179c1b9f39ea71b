"""A whole library as one zip file: unpacked anywhere, it is the same library."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hailuo_widgets.library.new_file import new_file

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hailuo_widgets.library.media import Media
    from hailuo_widgets.library.store import Store

FOLDER: Final = "hailuo-library"
"""The folder in the zip: unpacked beside a notebook, it is the one that is used by default."""

_READ_ME: Final = """\
This is a library of hailuo_widgets: every picture, clip, request and price.

Put the folder beside a notebook and begin with
    import hailuo_widgets as hw
    hw.History()
or, wherever it lies,
    hw.connect(library="path/to/hailuo-library")
The clips are ordinary MP4 files in clips/.
"""


def write_whole(store: Store, media: Media, destination: Path) -> Path:
    """Write ledger, frames, clips and posters to one zip file; whole, or not at all.

    What other kernels write meanwhile is in it whole or not at all.

    Raises
    ------
    InputError
        A file of that name exists.
    LibraryError
        The file cannot be written, or the ledger cannot be read.
    """
    with (
        new_file(destination) as part,
        tempfile.TemporaryDirectory(prefix=".hailuo-", dir=destination.parent) as folder,
        zipfile.ZipFile(part, "x", strict_timestamps=False) as archive,
    ):
        # The ledger first: then each file it names is there already.
        copy = Path(folder, "ledger.sqlite3")
        store.copy_to(copy)
        archive.write(copy, f"{FOLDER}/{copy.name}", zipfile.ZIP_DEFLATED)
        archive.writestr(f"{FOLDER}/README.txt", _READ_ME, zipfile.ZIP_DEFLATED)
        for path in _files((media.frames, media.clips, media.posters)):
            # Stored as they are: pictures and videos do not get smaller.
            archive.write(path, f"{FOLDER}/{path.parent.name}/{path.name}")
    return destination


def _files(folders: Iterable[Path]) -> Iterable[Path]:
    """List what is finished; what is on its way has a name of its own."""
    for folder in folders:
        for path in sorted(folder.iterdir()):
            if path.is_file() and path.suffix != ".part":
                yield path
