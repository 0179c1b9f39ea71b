"""A clip's request back in a form: what its file says, and the pictures if the library has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hailuo_widgets.files.user_path import file_of
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.media.clip import Clip
from hailuo_widgets.media.provenance import embed

if TYPE_CHECKING:
    import os

    from hailuo_widgets.library.library import Library
    from hailuo_widgets.media.provenance.provenance import ImageRef, Provenance


@dataclass(frozen=True, slots=True)
class RestoredRequest:
    """The pictures of a clip's request, and a sentence for each place of one.

    Attributes
    ----------
    image, end_image : Frame or None
        None also when the library does not have it.
    note, end_note : str
        What was taken up, or which picture to give.
    """

    image: Frame | None
    end_image: Frame | None
    note: str
    end_note: str


def read_origin(clip: Clip | str | os.PathLike[str]) -> tuple[Provenance, str]:
    """Return what made a clip, and the clip's file name.

    Raises
    ------
    InputError
        The file holds no request.
    LibraryError
        It cannot be read.
    """
    if isinstance(clip, Clip):
        return clip.provenance(), clip.path.name
    path = file_of(clip)
    return embed.read_file(path), path.name


def restore_request(origin: Provenance, library: Library, name: str) -> RestoredRequest:
    """Look for the pictures of a clip's request.

    Parameters
    ----------
    name : str
        What the clip is called.
    """
    image = _found(origin.image, library)
    end_image = _found(origin.end_image, library)
    parts = ["prompt", *(["start frame"] if image else []), *(["end image"] if end_image else [])]
    listed = " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)
    note = f"Taken up from “{name}”: {listed}."
    if image is None:
        note += f" {_missing(origin.image, 'start frame')}"
    wanted = origin.end_image is not None and end_image is None
    return RestoredRequest(
        image, end_image, note, _missing(origin.end_image, "end image") if wanted else ""
    )


def _found(picture: ImageRef | None, library: Library) -> Frame | None:
    frame = None if picture is None else library.frame(picture.sha256)
    return None if frame is None or picture is None else Frame(frame, name=picture.name)


def _missing(picture: ImageRef | None, role: str) -> str:
    if picture is None:
        return f"Its file does not say which {role} the clip had: give one here."
    return f"The clip's {role} “{picture.name}” is not in this library: give that picture here."
