"""What needs a picture's pixels: turning it upright, mending it, thumbnails. Pillow does it.

Nothing here is needed to judge and send a JPEG or PNG that conforms and stands upright.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageOps, JpegImagePlugin

from hailuo_widgets.frame.colour import on_screen, own_profile
from hailuo_widgets.frame.image_headers import BrokenPictureError, Container
from hailuo_widgets.frame.open_picture import opened, refuse_preview
from hailuo_widgets.service import ASPECT_ABOVE, ASPECT_BELOW, IMAGE_BYTES_LIMIT, SHORT_SIDE_ABOVE

if TYPE_CHECKING:
    from PIL.Image import SupportsArrayInterface

QUALITY: Final = 95
"""JPEG quality of what is encoded anew; lower only where the service's size rule needs it."""

SMALLEST_SHORT_SIDE: Final = 32
"""Pixels; a smaller picture is not enlarged: nearly all of it would be invented."""

MENDED_PIXELS: Final = 50_000_000
"""A mended picture has at most this many pixels, twenty times those of a clip's frame."""

LOSSLESS_PIXELS: Final = 1920 * 1088
"""Pixels given as an image or array are kept without loss up to this size."""

_QUALITIES: Final = (QUALITY, 90, 85, 80)
_SHRINK: Final = 0.75
_ORIENTATION: Final = 0x0112
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def inspected(data: bytes) -> Container:
    """Read the facts of a picture that is neither JPEG nor PNG; it stays as it is.

    Raises
    ------
    BrokenPictureError
        If no decoder knows it.
    """
    picture = opened(data)
    width, height = picture.size
    # Pillow's TIFF reader has swapped the sides already.
    if picture.format != "TIFF" and picture.getexif().get(_ORIENTATION, 1) >= 5:
        width, height = height, width
    pictures = getattr(picture, "n_frames", 1)
    return Container(picture.format or "?", data, width, height, pictures=pictures)


def turned_upright(data: bytes, orientation: int) -> bytes:
    """Turn the pixels of a JPEG or PNG as its EXIF orientation asks, and encode them anew.

    A JPEG keeps its chroma subsampling and colour profile, at quality 95; where that would
    carry a conforming file past the service's size limit, its own quantization instead.
    Above `MENDED_PIXELS` a JPEG is also halved, to stay within memory.
    """
    picture = opened(data)
    _halve_large(picture)
    turned = picture.transpose(_TURNS[orientation])
    profile = own_profile(picture)
    out = BytesIO()
    if not isinstance(picture, JpegImagePlugin.JpegImageFile):
        turned.save(out, "PNG", icc_profile=profile)
        return out.getvalue()
    sampling = JpegImagePlugin.get_sampling(picture)
    turned.save(out, "JPEG", quality=QUALITY, subsampling=sampling, icc_profile=profile)
    if out.tell() > IMAGE_BYTES_LIMIT >= len(data):
        out = BytesIO()
        tables = picture.quantization
        turned.save(out, "JPEG", qtables=tables, subsampling=sampling, icc_profile=profile)
    return out.getvalue()


def fixed(data: bytes) -> bytes:
    """Make a JPEG that conforms: first picture, 8 bit, on white, cropped at the centre, scaled.

    Raises
    ------
    BrokenPictureError
        If its short side is below `SMALLEST_SHORT_SIDE`.
    """
    picture = opened(data)
    _halve_large(picture)
    ImageOps.exif_transpose(picture, in_place=True)
    plain, profile = _plain(picture)
    box = _allowed_box(*plain.size)
    width, height = box[2] - box[0], box[3] - box[1]
    short = min(width, height)
    if short < SMALLEST_SHORT_SIDE:
        needed = f"its short side is {short} px where {SHORT_SIDE_ABOVE + 1} are needed"
        raise BrokenPictureError(f"is too small to be mended: {needed}")
    factor = min(1.0, (MENDED_PIXELS / (width * height)) ** 0.5)
    if short <= SHORT_SIDE_ABOVE:
        factor = (SHORT_SIDE_ABOVE + 1) / short
    return _fitting_jpeg(_scaled(plain, box, factor), profile)


def _halve_large(picture: Image.Image) -> None:
    """Have a JPEG above `MENDED_PIXELS` decoded at half its size, to stay within memory."""
    if picture.width * picture.height > MENDED_PIXELS:
        picture.draft(None, (picture.width // 2, picture.height // 2))


def _allowed_box(width: int, height: int) -> tuple[int, int, int, int]:
    """Return the largest centred box whose width:height lies strictly within the service's bounds."""
    (above_width, above_height), (below_width, below_height) = ASPECT_ABOVE, ASPECT_BELOW
    new_width = min(width, (height * below_width - 1) // below_height)
    new_height = min(height, (width * above_height - 1) // above_width)
    left, top = (width - new_width) // 2, (height - new_height) // 2
    return left, top, left + new_width, top + new_height


def _scaled(picture: Image.Image, box: tuple[int, int, int, int], factor: float) -> Image.Image:
    width, height = box[2] - box[0], box[3] - box[1]
    # The short side is rounded and the long one cut, so that an allowed aspect stays allowed.
    short = round(min(width, height) * factor)
    long = max(width, height) * short // min(width, height)
    size = (long, short) if width >= height else (short, long)
    if size == (width, height):
        return picture if size == picture.size else picture.crop(box)
    return picture.resize(size, Image.Resampling.LANCZOS, box, reducing_gap=3.0)


def _fitting_jpeg(picture: Image.Image, profile: bytes | None) -> bytes:
    while True:
        for quality in _QUALITIES:
            encoded = _jpeg(picture, quality, profile)
            if len(encoded) <= IMAGE_BYTES_LIMIT:
                return encoded
        picture = _scaled(picture, (0, 0, *picture.size), _SHRINK)


def _jpeg(picture: Image.Image, quality: int, profile: bytes | None) -> bytes:
    out = BytesIO()
    picture.save(out, "JPEG", quality=quality, subsampling=0, icc_profile=profile)
    return out.getvalue()


def thumbnail(data: bytes, side: int, quality: int) -> bytes:
    """Make a small upright JPEG that fits a square of the given side."""
    picture = opened(data)
    picture.draft(None, (side, side))
    ImageOps.exif_transpose(picture, in_place=True)
    plain, profile = _plain(picture)
    plain.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    out = BytesIO()
    plain.save(out, "JPEG", quality=quality, icc_profile=profile)
    return out.getvalue()


def from_array(array: SupportsArrayInterface) -> Image.Image:
    """Make an image of an array; its shape and type are the caller's to check."""
    return Image.fromarray(array)


def encoded(picture: Image.Image) -> bytes:
    """Encode pixels that came as an image: PNG when small or transparent, else JPEG.

    Raises
    ------
    BrokenPictureError
        If they are the preview of a camera's raw file.
    """
    refuse_preview(picture)
    upright = ImageOps.exif_transpose(picture)
    if upright.width * upright.height <= LOSSLESS_PIXELS or upright.has_transparency_data:
        shown, profile = on_screen(upright)
        out = BytesIO()
        shown = shown.convert("RGBA") if shown.mode == "PA" else shown
        shown.save(out, "PNG", icc_profile=profile)
        return out.getvalue()
    plain, profile = _plain(upright)
    return _jpeg(plain, QUALITY, profile)


def _plain(picture: Image.Image) -> tuple[Image.Image, bytes | None]:
    """Return the picture as 8-bit grey or RGB on white, and the profile that describes it."""
    picture, profile = on_screen(picture)
    if picture.has_transparency_data:
        grey = picture.mode == "LA"
        layer = picture if grey else picture.convert("RGBA")
        picture = Image.new("L" if grey else "RGB", layer.size, "white")
        picture.paste(layer.convert(picture.mode), mask=layer.getchannel("A"))
    elif picture.mode not in {"L", "RGB"}:
        picture = picture.convert("L" if picture.mode in {"1", "LA"} else "RGB")
    return picture, profile
