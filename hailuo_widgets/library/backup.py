"""A whole library as one zip file: unpacked anywhere, it is the same library."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hailuo_widgets.files import scratch
from hailuo_widgets.files.atomic_write import ARCHIVE, new_file
from hailuo_widgets.files.file_names import is_hash
from hailuo_widgets.library.export_zip import put_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hailuo_widgets.library.ledger.ledger import Ledger
    from hailuo_widgets.media.store import Media

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


def write_whole(ledger: Ledger, media: Media, destination: Path) -> Path:
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
        new_file(destination, ARCHIVE) as part,
        scratch.folder("ledger") as folder,
        zipfile.ZipFile(part, "x", strict_timestamps=False) as archive,
    ):
        # The ledger first: then each file it names is there already.
        copy = Path(folder, "ledger.sqlite3")
        ledger.copy_to(copy)
        archive.write(copy, f"{FOLDER}/{copy.name}", zipfile.ZIP_DEFLATED)
        archive.writestr(f"{FOLDER}/README.txt", _READ_ME, zipfile.ZIP_DEFLATED)
        for path, sha256 in _files(media):
            # Stored as they are: pictures and videos do not get smaller. What is damaged stays
            # behind, and so does what is no plain file: it may lead anywhere.
            put_file(archive, path, f"{FOLDER}/{path.parent.name}/{path.name}", sha256)
    return destination


def _files(media: Media) -> Iterator[tuple[Path, str | None]]:
    """List what is finished, under names of ours, and its hash; a poster has its clip's."""
    for folder in (media.frames, media.clips, media.posters):
        for path in sorted(folder.iterdir()):
            if is_hash(path.stem) and path.suffix != ".part":
                yield path, None if folder == media.posters else path.stem
