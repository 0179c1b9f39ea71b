"""The colours of a picture as a browser shows them: whose profile counts, and what sRGB makes of it.

A profile counts when it is one of the pixels' own kind; what was left over from a conversion
describes nothing. PNG's other ways of naming colours are turned into profiles. What a camera says
in its EXIF (Adobe RGB by name alone) is not heeded, as browsers do not.

Sources: ICC.1:2022, 7.2.6 (the header's colour space); PNG third edition, 4.3 and 11.3.2 (which of
cICP, iCCP, sRGB and gAMA with cHRM counts).
"""

from __future__ import annotations

from io import BytesIO
from typing import Any, Final

from PIL import Image, ImageChops, ImageCms

from hailuo_widgets.frame import matrix_profile

EIGHT_BIT: Final = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA"})
"""Modes with 8 bits a channel that are grey, RGB or a palette of it."""

# Of modes: the colour spaces, as a profile's header writes them. What YCbCr and HSV hold is RGB.
_SPACES: Final = {
    **dict.fromkeys(("1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L", "F"), b"GRAY"),
    **dict.fromkeys(("P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "YCbCr", "HSV"), b"RGB "),
    "CMYK": b"CMYK",
    "LAB": b"Lab ",
}
_LARGEST: Final = 4_000_000
"""Bytes of a profile; a printer's have some 2 million at most."""

_USUAL_GAMMA: Final = (0.45, 0.46)
"""Written for sRGB since before it had a name."""
_CORNERS: Final = (0, 36, 85, 128, 180, 219, 255)


def own_profile(picture: Image.Image) -> bytes | None:
    """Return the profile that describes a picture's pixels; None when sRGB is as good."""
    space = _SPACES.get(picture.mode)
    given = picture.info.get("icc_profile")
    named = _named_colours(picture.info) if space == b"RGB " else None
    if picture.info.get("cicp") and named:
        return named
    if isinstance(given, bytes) and given:
        fits = len(given) <= _LARGEST and given[16:20] == space
        return given if fits else None
    return named


def _named_colours(info: dict[Any, Any]) -> bytes | None:
    """Make the profile of what a PNG says of its colours without one."""
    code = info.get("cicp")
    if code is not None:
        # Of RGB, over the full range.
        found = matrix_profile.of_code_points(*code[:2]) if tuple(code[2:]) == (0, 1) else None
        if found or "icc_profile" in info:
            return found
    gamma, points = info.get("gamma"), info.get("chromaticity")
    if "srgb" in info or (gamma is None and points is None):
        return None
    low, high = _USUAL_GAMMA
    usual = not gamma or not 0.1 <= gamma <= 2.5 or low <= gamma <= high
    curve = matrix_profile.srgb_curve if usual else matrix_profile.power(1 / (gamma or 1))
    primaries = matrix_profile.SRGB
    if points is not None and len(points) == 8:
        white, red, green, blue = zip(points[::2], points[1::2], strict=True)
        if all(abs(a - b) < 0.002 for a, b in zip(points, sum(primaries, ()), strict=True)):
            white, red, green, blue = primaries
        primaries = (white, red, green, blue)
    if usual and primaries == matrix_profile.SRGB:
        return None
    return matrix_profile.of_primaries(primaries, curve)


def eight_bit(picture: Image.Image) -> Image.Image:
    """Return the same in one of the modes of `EIGHT_BIT`."""
    if picture.mode in EIGHT_BIT:
        return picture
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


def on_screen(picture: Image.Image) -> tuple[Image.Image, bytes | None]:
    """Return inks and L*a*b* as sRGB, all else in 8 bits with the profile that describes it."""
    profile = own_profile(picture)
    if picture.mode == "CMYK":
        return (converted(picture, profile) if profile else picture.convert("RGB")), None
    if picture.mode == "LAB":
        return _from_lab(picture, profile), None
    return eight_bit(picture), profile


def in_srgb(picture: Image.Image) -> Image.Image:
    """Return a picture as RGB whose numbers are sRGB; what is transparent is as its pixels are."""
    shown, profile = on_screen(picture)
    return converted(shown.convert("L" if shown.mode in {"1", "L", "LA"} else "RGB"), profile)


def converted(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert L, RGB or CMYK of a profile to sRGB in RGB; a profile that is broken does nothing."""
    if profile is not None:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            change = _transform(source, picture.mode)
            if picture.mode != "RGB" or not _changes_nothing(change):
                made = ImageCms.applyTransform(picture, change)
                if made is not None:
                    return made
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _transform(source: Any, mode: str) -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")


def _changes_nothing(change: ImageCms.ImageCmsTransform) -> bool:
    """Return True if a conversion only rounds: nearly every file's profile is some maker's sRGB."""
    tried = Image.new("RGB", (len(_CORNERS) ** 2, len(_CORNERS)))
    tried.putdata([(r, g, b) for r in _CORNERS for g in _CORNERS for b in _CORNERS])
    made = ImageCms.applyTransform(tried, change)
    if made is None:
        return False
    extremes = ImageChops.difference(tried, made).getextrema()
    return all(int(high) <= 1 for _, high in extremes)  # type: ignore[misc]


def _from_lab(picture: Image.Image, profile: bytes | None) -> Image.Image:
    try:
        lab = (
            ImageCms.ImageCmsProfile(BytesIO(profile)) if profile else ImageCms.createProfile("LAB")
        )
        made = ImageCms.applyTransform(picture, _transform(lab, "LAB"))
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        made = None
    return picture.convert("RGB") if made is None else made
