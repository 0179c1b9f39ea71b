"""A draft as a file of whatever kind its name says."""

from __future__ import annotations

from pathlib import Path

from hailuo_widgets.emulator.draft.geometry.errors import DraftError
from hailuo_widgets.emulator.draft.output.render import filmed, render
from hailuo_widgets.emulator.draft.output.stills import (
    THUMBNAIL_FPS,
    THUMBNAIL_WIDTH,
    contact_strip,
    thumbnail,
)
from hailuo_widgets.emulator.draft.picture.picture import frame_size
from hailuo_widgets.files.atomic_write import replacing_file


def look(prompt: str, image: bytes, end_image: bytes | None, destination: Path) -> None:
    """Write a draft: the clip, six moments of it, or a small moving picture.

    Parameters
    ----------
    prompt : str
        The request's prompt.
    image : bytes
        The first frame, as a file's bytes.
    end_image : bytes or None
        The last frame, as a file's bytes.
    destination : Path
        The file, by its suffix ``.mp4`` (the clip), ``.jpg`` or ``.jpeg`` (six moments), ``.avif``
        or ``.webp`` (small and moving); its folder must exist. It appears only when whole.

    Raises
    ------
    DraftError
        The suffix is another, a picture cannot be read, or the H.264 encoder is missing.
    """
    suffix = destination.suffix.lower()
    if suffix == ".mp4":
        render(prompt, image, end_image, 0, destination)
    elif suffix in {".jpg", ".jpeg"}:
        _write(contact_strip(filmed(prompt, image, end_image, 0)), destination)
    elif suffix in {".avif", ".webp"}:
        width, height = frame_size(image)
        film = filmed(
            prompt,
            image,
            end_image,
            0,
            fps=THUMBNAIL_FPS,
            short_side=round(THUMBNAIL_WIDTH * min(width, height) / width),
        )
        _write(thumbnail(film, "AVIF" if suffix == ".avif" else "WEBP"), destination)
    else:
        raise DraftError(
            f"A draft cannot be a {suffix or 'file without a suffix'}: name it .mp4 (the clip), "
            ".jpg (six moments), .avif or .webp (small and moving)."
        )


def _write(data: bytes, destination: Path) -> None:
    with replacing_file(destination) as path:
        path.write_bytes(data)
