"""What needs a picture's pixels: turning it upright, mending it, thumbnails. Pillow does it.

Nothing here is needed to judge and send a JPEG or PNG that conforms and stands upright.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageCms, ImageOps, JpegImagePlugin, PngImagePlugin

from hailuo_widgets.request.container import (
    JPEG_START,
    PNG_START,
    BrokenPictureError,
    Container,
)
from hailuo_widgets.request.service import (
    ASPECT_ABOVE,
    ASPECT_BELOW,
    IMAGE_BYTES_LIMIT,
    SHORT_SIDE_ABOVE,
)

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

# EPS is left out on purpose: Pillow reads it by starting another program.
_OTHERS: Final = ("GIF", "WEBP", "BMP", "TIFF", "AVIF", "HEIF", "JPEG2000", "ICO", "PPM")
_QUALITIES: Final = (QUALITY, 90, 85, 80)
_SHRINK: Final = 0.75
_EIGHT_BIT: Final = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA"})
_PROFILE_SPACES: Final = {"L": b"GRAY", "RGB": b"RGB "}
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


def opened(data: bytes) -> Image.Image:
    """Read a picture's header; its pixels are decoded at first use.

    Plugins are called directly because ``Image.open`` warns of large pictures; the caller has
    bounds of its own.

    Raises
    ------
    BrokenPictureError
        If no decoder knows it.
    """
    if data.startswith(JPEG_START):
        return JpegImagePlugin.JpegImageFile(BytesIO(data))
    if data.startswith(PNG_START):
        return PngImagePlugin.PngImageFile(BytesIO(data))
    Image.init()
    for name in _OTHERS:
        factory, accepts = Image.OPEN.get(name, (None, None))
        # A text instead of True says which library is missing.
        if factory and accepts and accepts(data[:16]) is True:
            return factory(BytesIO(data), "")
    raise BrokenPictureError("is not a picture that can be read here")


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
    profile = picture.info.get("icc_profile")
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


def mended(data: bytes) -> bytes:
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
    """Give the largest centred box whose width:height lies strictly within the service's bounds."""
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
    """Encode pixels that came as an image: PNG when small or transparent, else JPEG."""
    upright = ImageOps.exif_transpose(picture)
    if upright.mode not in _EIGHT_BIT:
        upright = _eight_bit(upright)
    small = upright.width * upright.height <= LOSSLESS_PIXELS
    if small or upright.has_transparency_data:
        out = BytesIO()
        upright.save(out, "PNG", icc_profile=picture.info.get("icc_profile"))
        return out.getvalue()
    plain, profile = _plain(upright)
    return _jpeg(plain, QUALITY, profile)


def _plain(picture: Image.Image) -> tuple[Image.Image, bytes | None]:
    """Give the picture as 8-bit grey or RGB on white, and the profile that still describes it."""
    profile = picture.info.get("icc_profile")
    if picture.mode == "CMYK":
        picture = _without_inks(picture, profile)
    elif picture.mode not in _EIGHT_BIT:
        picture = _eight_bit(picture)
    if picture.has_transparency_data:
        layer = picture if picture.mode == "RGBA" else picture.convert("RGBA")
        picture = Image.new("RGB", layer.size, "white")
        picture.paste(layer, mask=layer.getchannel("A"))
    elif picture.mode not in {"L", "RGB"}:
        picture = picture.convert("L" if picture.mode == "1" else "RGB")
    # A profile names its colour space in its header (ICC.1:2022, 7.2.6).
    describes = profile and profile[16:20] == _PROFILE_SPACES[picture.mode]
    return picture, profile if describes else None


def _without_inks(picture: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        try:
            inks = ImageCms.ImageCmsProfile(BytesIO(profile))
            screen = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(picture, inks, screen, outputMode="RGB")
        except ImageCms.PyCMSError:
            converted = None
        if converted is not None:
            return converted
    return picture.convert("RGB")


def _eight_bit(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I;16"):
        return picture.convert("I").point(lambda level: level * (1 / 256)).convert("L")
    if picture.mode in {"I", "F"}:
        low, high = picture.getextrema()
        factor = 255 / max(float(high) - float(low), 1e-9)  # type: ignore[arg-type]
        offset = -float(low) * factor  # type: ignore[arg-type]
        return picture.point(lambda level: level * factor + offset).convert("L")
    if picture.mode in {"RGBa", "La"}:
        return picture.convert("RGBA" if picture.mode == "RGBa" else "LA")
    return picture.convert("RGB")
