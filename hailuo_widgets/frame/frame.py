"""A start or end image: read from any source, judged by the service's rules, fixed on request."""

from __future__ import annotations

import base64
import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, TypeAlias, final

from hailuo_widgets import service
from hailuo_widgets.errors import FrameError
from hailuo_widgets.frame.image_headers import (
    JPEG_START,
    PNG_START,
    SCALABLE_PIXELS,
    WHOLE_PIXELS,
    BrokenPictureError,
    Container,
    UnknownPictureError,
    read_jpeg,
    read_png,
)
from hailuo_widgets.frame.source import read
from hailuo_widgets.renamed import renamed
from hailuo_widgets.text import UNNAMED, shown_name

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

FrameSource: TypeAlias = "str | os.PathLike[str] | bytes | bytearray | memoryview | Image.Image | NDArray[np.uint8] | Frame"
"""What a frame can be made from."""

THUMBNAIL_QUALITY: Final = 80

_TITLES: Final = {"WEBP": "WebP", "HEIF": "HEIC", "JPEG2000": "JPEG 2000"}
_EXTENSIONS: Final = {"JPEG": ".jpg", "PNG": ".png", "TIFF": ".tif", "JPEG2000": ".jp2"}
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"})
_MARKUP: Final = (b"<!doctype html", b"<html", b"<head", b"<?xml")


@final
@dataclass(frozen=True, init=False, eq=False, repr=False)
class Frame:
    """A picture as it would be sent: upright, and without metadata.

    A conforming JPEG or PNG that stands upright keeps its compressed pixels byte for byte; only
    what tells where, when, by whom and with which device it was taken is left out. A picture
    whose orientation tag asks for it is turned and encoded anew (JPEG at quality 95). Pixels
    given as an image or an array become a PNG when they are small or transparent, else a JPEG.
    The source is never altered.

    Parameters
    ----------
    source : str, os.PathLike, bytes, PIL.Image.Image, numpy.ndarray or Frame
        A path, an http(s) URL, a data URI, an encoded picture, or pixels. Arrays are uint8 of
        shape (height, width), (height, width, 3) or (height, width, 4).
    name : str, optional
        What messages call it; default: the file's name, or "pasted image".

    Attributes
    ----------
    source_name : str
        The file's name, or "pasted image"; never a path.
    data : bytes
        Exactly what is sent.
    media_type : str
        What the bytes are, whatever the name says: "image/jpeg", "image/png", or a type that
        the service does not take.
    extension : str
        The file name extension that goes with it, e.g. ".jpg".
    width, height : int
        In pixels, upright.
    problems : tuple of str
        One sentence for each rule of the service that it breaks, with the measured number;
        empty when it conforms.

    Raises
    ------
    FrameError
        If there is no picture to be read: no such file, no answer, no image, a damaged one, or
        one of too many pixels.

    Examples
    --------
    >>> import numpy as np
    >>> frame = Frame(np.zeros((280, 500, 3), np.uint8))
    >>> frame.problems
    ('The short side is 280 px; the service needs more than 300 px.',)
    >>> frame.fixed().problems
    ()
    """

    source_name: str
    data: bytes
    media_type: str
    extension: str
    width: int
    height: int
    problems: tuple[str, ...]

    def __init__(self, source: FrameSource, *, name: str | None = None) -> None:
        called = shown_name(name or "")
        if isinstance(source, Frame):
            self.__dict__.update(source.__dict__)
            self.__dict__["source_name"] = called or source.source_name
        elif isinstance(source, (str, bytes, bytearray, memoryview, os.PathLike)):
            given = read(source)
            self._take(given.data, called or given.name)
        else:
            self._take(_encoded_pixels(source), called or _file_name(source))

    def _take(self, data: bytes, name: str) -> None:
        with _named_failures(name):
            facts = _facts(data)
        _bound(name, facts.width, facts.height, SCALABLE_PIXELS if facts.scalable else WHOLE_PIXELS)
        if facts.orientation != 1:
            with _named_failures(name):
                facts = _facts(_pixels().turned_upright(facts.data, facts.orientation))
        extension = f".{facts.format.lower()}"
        self.__dict__.update(
            source_name=name,
            data=facts.data,
            media_type=f"image/{facts.format.lower()}",
            extension=_EXTENSIONS.get(facts.format, extension),
            width=facts.width,
            height=facts.height,
            problems=tuple(_problems(facts)),
        )

    @cached_property
    def sha256(self) -> str:
        """The hash of `data`, in hexadecimal: what a frame is known by."""
        return hashlib.sha256(self.data).hexdigest()

    def fixed(self) -> Frame:
        """Make a conforming copy: a JPEG, cropped at the centre, enlarged, encoded anew as needed.

        Of several pictures the first is taken; transparency is laid on white; colours become
        8-bit RGB or grey.

        Returns
        -------
        Frame
            The copy, or this frame when nothing is wrong with it.

        Raises
        ------
        FrameError
            If its pixels cannot be decoded, or its short side (cropped) is below 32 px: enlarging
            that would invent nearly all of the picture.
        """
        if not self.problems:
            return self
        with _named_failures(self.source_name):
            copy = Frame(_pixels().fixed(self.data))
        copy.__dict__.update(source_name=self.source_name)
        return copy

    def mended(self) -> Frame:
        """Make a conforming copy; the old name of :meth:`fixed`."""
        renamed("Frame.mended()", "Frame.fixed()")
        return self.fixed()

    def thumbnail(self, side: int = 480) -> bytes:
        """Make a small JPEG of it that fits a square of `side` pixels.

        Raises
        ------
        FrameError
            If its pixels cannot be decoded.
        """
        with _named_failures(self.source_name):
            small: bytes = _pixels().thumbnail(self.data, side, quality=THUMBNAIL_QUALITY)
        return small

    def data_uri(self) -> str:
        """Return it as a data URI in the standard form."""
        return f"data:{self.media_type};base64,{base64.b64encode(self.data).decode('ascii')}"

    def __eq__(self, other: object) -> bool:
        return self.sha256 == other.sha256 if isinstance(other, Frame) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __repr__(self) -> str:
        kind = self.media_type.partition("/")[2].upper()
        found = len(self.problems)
        wrong = f", {found} problem{'s' * (found > 1)}" if found else ""
        size = f"{self.width} x {self.height} {kind}, {len(self.data):,} bytes"
        return f"<Frame {self.source_name!r}: {size}{wrong}>"


def _pixels() -> ModuleType:
    """Import Pillow's part at first use: a conforming file needs none of it."""
    from hailuo_widgets.frame import image_ops  # noqa: PLC0415

    return image_ops


@contextmanager
def _named_failures(name: str) -> Iterator[None]:
    """Turn whatever a picture does to its reader into a sentence with its name."""
    try:
        yield
    except FrameError:
        raise
    except BrokenPictureError as error:
        raise FrameError(f"“{name}” {error}.") from None
    except MemoryError:
        raise FrameError(f"“{name}” needs more memory than there is.") from None
    except Exception as error:  # decoders raise anything on a damaged file
        raise FrameError(f"“{name}” is damaged and cannot be read.") from error


def _facts(data: bytes) -> Container:
    if data.startswith(JPEG_START):
        return read_jpeg(data)
    if data.startswith(PNG_START):
        return read_png(data)
    try:
        other: Container = _pixels().inspected(data)
    except UnknownPictureError:
        raise BrokenPictureError(_what_it_is(data)) from None
    return other


def _bound(name: str, width: int, height: int, limit: int) -> None:
    if width * height > limit:
        raise FrameError(
            f"“{name}” has {width:,} x {height:,} px, {width * height / 1e6:,.0f} megapixels; "
            f"more than {limit // 10**6} are not read."
        )


def _what_it_is(data: bytes) -> str:
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        return (
            "is a HEIC picture, which cannot be read here: export it as JPEG, or install "
            "pillow-heif and call pillow_heif.register_heif_opener() first"
        )
    if data[:1024].lstrip().lower().startswith(_MARKUP):
        return "is a web page or a drawing in markup, not a JPEG or PNG"
    return "is not a picture that can be read here; the service takes JPEG and PNG"


def _problems(facts: Container) -> Iterator[str]:
    short, size = min(facts.width, facts.height), len(facts.data)
    if facts.format not in service.IMAGE_TYPES:
        title = _TITLES.get(facts.format, facts.format)
        yield f"The format is {title}; the service takes JPEG and PNG."
    if facts.pictures > 1:
        yield f"The file holds {facts.pictures} pictures; the service takes one."
    if facts.inks:
        yield "The colours are CMYK, for printing; the service takes RGB."
    if facts.bits > 8:
        yield f"The picture has {facts.bits} bits per channel; 8 are safe to send."
    if not facts.common:
        yield "The JPEG is coded in a way that few programs read (arithmetic or lossless)."
    if short <= service.SHORT_SIDE_ABOVE:
        needed = f"the service needs more than {service.SHORT_SIDE_ABOVE} px"
        yield f"The short side is {short} px; {needed}."
    yield from _aspect_problems(facts.width, facts.height)
    if size > service.IMAGE_BYTES_LIMIT:
        limit = service.IMAGE_BYTES_LIMIT
        yield f"The file has {size:,} bytes; the service takes at most {limit:,}."


def _aspect_problems(width: int, height: int) -> Iterator[str]:
    (above_width, above_height), (below_width, below_height) = (
        service.ASPECT_ABOVE,
        service.ASPECT_BELOW,
    )
    measured = f"The picture is {width:,} x {height:,} px"
    if width * above_height <= height * above_width:
        share = f"1:{height / width:.4g}"
        yield f"{measured}, {share}; the service needs wider than {above_width}:{above_height}."
    if width * below_height >= height * below_width:
        share = f"{width / height:.4g}:1"
        yield f"{measured}, {share}; the service needs narrower than {below_width}:{below_height}."


def _file_name(source: object) -> str:
    """Name an image that was opened from a file; arrays have no name."""
    path = getattr(source, "filename", None)
    return (shown_name(Path(path).name) if isinstance(path, str) else "") or UNNAMED


def _encoded_pixels(source: object) -> bytes:
    """Encode an image or an array; neither Pillow nor NumPy is imported to find out which."""
    pillow = sys.modules.get("PIL.Image")
    if pillow and isinstance(source, pillow.Image):
        _bound(UNNAMED, source.width, source.height, WHOLE_PIXELS)
        with _named_failures(UNNAMED):
            from_image: bytes = _pixels().encoded(source)
            return from_image
    if not hasattr(source, "__array_interface__"):
        raise FrameError(
            "A frame is made from a path, a URL, a data URI, bytes, an image or an array, "
            f"not from {type(source).__name__}."
        )
    array: Any = source
    shape = tuple(array.shape)
    channels = len(shape) == 2 or (len(shape) == 3 and shape[2] in {3, 4})
    if str(array.dtype) != "uint8" or not channels or 0 in shape:
        said = " x ".join(map(str, shape)) or "no dimension"
        raise FrameError(
            "An array for a frame is uint8 of height x width, and x 3 or x 4 in colour; "
            f"this one is {array.dtype} of {said}."
        )
    _bound(UNNAMED, shape[1], shape[0], WHOLE_PIXELS)
    with _named_failures(UNNAMED):
        image_ops = _pixels()
        from_array: bytes = image_ops.encoded(image_ops.from_array(array))
        return from_array
