"""The colours of pictures: drafts show what a browser shows, and a profile is the pixels' own."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms, TiffImagePlugin

from hailuo_widgets.emulator.draft.picture.picture import read_rgb
from hailuo_widgets.frame.colour import own_profile
from hailuo_widgets.frame.frame import Frame
from tests.support import icc_profiles

SIZE = (640, 360)
GREEN = (90, 160, 90)


def coded(image, form="PNG", **how):
    target = io.BytesIO()
    image.save(target, form, **({"quality": 97} if form == "JPEG" else {}), **how)
    return target.getvalue()


def drawn(data, size=SIZE):
    return np.median(read_rgb(data, size).reshape(-1, 3), axis=0)


def shown(data):
    """What a browser shows, by way of ImageCms alone: RGB in sRGB."""
    image = Image.open(io.BytesIO(data))
    profile = image.info.get("icc_profile")
    if image.mode not in {"L", "RGB", "CMYK"}:
        image = image.convert("L" if image.mode in {"1", "LA"} else "RGB")
    # One of another space is none, to browsers too.
    if not profile or profile[16:20].strip() != {"L": b"GRAY"}.get(image.mode, image.mode.encode()):
        return image.convert("RGB")
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    return ImageCms.profileToProfile(
        image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
    )


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize(
    ("profile", "given", "right"),
    [
        (icc_profiles.matrix(icc_profiles.ADOBE, 2.2), GREEN, (0, 161, 85)),
        (icc_profiles.matrix(icc_profiles.PROPHOTO, 1.8), GREEN, (0, 187, 93)),
        (icc_profiles.matrix(icc_profiles.PROPHOTO, 1.8), (200, 150, 130), (248, 154, 144)),
        (icc_profiles.matrix(icc_profiles.DISPLAY_P3, 2.2), (200, 60, 60), (219, 37, 49)),
        (ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), GREEN, GREEN),
        (None, GREEN, GREEN),
        (b"no profile", GREEN, GREEN),
        (icc_profiles.matrix(icc_profiles.ADOBE, 2.2)[:300], GREEN, GREEN),
        (icc_profiles.press(), GREEN, GREEN),
        (icc_profiles.grey(1.0), GREEN, GREEN),
    ],
    ids=["adobe", "prophoto", "skin", "p3", "srgb", "none", "nonsense", "cut", "press", "grey"],
)
def test_a_draft_is_drawn_in_the_colours_that_a_browser_shows(form, profile, given, right):
    data = coded(Image.new("RGB", SIZE, given), form, icc_profile=profile)
    assert drawn(data) == pytest.approx(np.array(right), abs=3)


def test_srgb_is_drawn_without_the_least_change():
    rng = np.random.default_rng(4)
    image = Image.fromarray(rng.integers(0, 256, (360, 640, 3), np.uint8))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert np.array_equal(read_rgb(coded(image, icc_profile=srgb), SIZE), np.asarray(image))


def test_grey_of_another_gamma_is_drawn_as_light_as_it_is():
    data = coded(Image.new("L", SIZE, 128), icc_profile=icc_profiles.grey(1.0))
    assert drawn(data) == pytest.approx(np.array([188] * 3), abs=3)  # half the light
    deep = Image.fromarray(np.full((360, 640), 0x8000, np.uint16))
    assert drawn(coded(deep)) == pytest.approx(np.array([128] * 3), abs=1)


def test_inks_are_drawn_through_their_profile():
    image = Image.new("CMYK", SIZE, (255, 0, 0, 0))
    with_profile = coded(image, "JPEG", icc_profile=icc_profiles.press())
    right = shown(with_profile).getpixel((9, 9))
    assert drawn(with_profile) == pytest.approx(np.array(right), abs=3)
    assert max(abs(a - b) for a, b in zip(right, (0, 255, 255), strict=True)) > 40
    assert drawn(coded(image, "JPEG")) == pytest.approx(np.array([0, 255, 255]), abs=3)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_with(colour, *chunks):
    data = coded(Image.new("RGB", SIZE, colour))
    return data[:33] + b"".join(chunks) + data[33:]


GAMA = chunk(b"gAMA", struct.pack(">I", 45455))
CHRM_P3 = chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000))
CHRM_SRGB = chunk(
    b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
)
P3_RED = (217, 42, 52)


@pytest.mark.parametrize(
    ("chunks", "right"),
    [
        ([chunk(b"cICP", bytes([12, 13, 0, 1]))], P3_RED),
        ([GAMA, CHRM_P3], P3_RED),
        ([GAMA, CHRM_SRGB], (200, 60, 60)),
        ([GAMA], (200, 60, 60)),
        ([chunk(b"gAMA", struct.pack(">I", 100000))], (229, 133, 133)),
        ([chunk(b"sRGB", b"\0"), GAMA, CHRM_P3], (200, 60, 60)),
        ([chunk(b"cICP", bytes([1, 13, 0, 1])), GAMA, CHRM_P3], (200, 60, 60)),
        ([chunk(b"cICP", bytes([9, 16, 0, 1]))], (200, 60, 60)),  # HDR: as it was
        ([chunk(b"cICP", bytes([255, 255, 9, 9]))], (200, 60, 60)),
        ([chunk(b"cHRM", bytes(32))], (200, 60, 60)),
    ],
    ids=["cicp", "chrm", "usual", "gamma", "linear", "srgb", "first", "hdr", "odd", "zeros"],
)
def test_what_a_png_says_of_its_colours_without_a_profile_counts(chunks, right):
    data = png_with((200, 60, 60), *chunks)
    assert drawn(data) == pytest.approx(np.array(right), abs=3)
    # And it goes along when the picture is turned or mended.
    small = Frame(Image.open(io.BytesIO(data)).resize((200, 200)))
    if chunks[0][4:8] != b"cICP":  # which Pillow does not hand on
        again = shown(small.fixed().data).getpixel((99, 99))
        assert again == pytest.approx(right, abs=4)


LEFT_OVER = [
    None,
    icc_profiles.matrix(icc_profiles.ADOBE, 2.2),
    icc_profiles.press(),
    icc_profiles.grey(1.8),
]
MODES = {
    "1": "TIFF",
    "L": "PNG",
    "LA": "PNG",
    "P": "PNG",
    "RGB": "TIFF",
    "RGBA": "PNG",
    "CMYK": "TIFF",
    "YCbCr": "TIFF",
    "LAB": "TIFF",
    "I;16": "PNG",
    "F": "TIFF",
}


def scene(mode, size=(420, 340)):
    """A picture of every kind of pixels: soft colours, so that JPEG keeps them."""
    x, y = np.meshgrid(np.linspace(0, 1, size[0]), np.linspace(0, 1, size[1]))
    rgb = np.stack([60 + 130 * x, 70 + 120 * y, 180 - 100 * x], axis=-1).astype(np.uint8)
    image = Image.fromarray(rgb)
    if mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, srgb, lab, outputMode="LAB")
    if mode == "I;16":
        return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    if mode in {"La", "RGBa"}:
        return image.convert({"La": "LA", "RGBa": "RGBA"}[mode]).convert(mode)
    if mode == "PA":
        return image.convert("P").convert("PA")
    return image.convert(mode)


@pytest.mark.parametrize("profile", LEFT_OVER, ids=["none", "rgb", "inks", "grey"])
@pytest.mark.parametrize("mode", MODES)
def test_pixels_go_the_way_their_file_goes(mode, profile):
    how = {} if profile is None else {"icc_profile": profile}
    file = coded(scene(mode), MODES[mode], **how)
    image = Image.open(io.BytesIO(file))
    assert image.mode == mode
    by_file, by_pixels = Frame(file).fixed(), Frame(image).fixed()
    one, other = (np.asarray(shown(frame.data)).astype(int) for frame in (by_file, by_pixels))
    assert one.shape == other.shape
    assert np.abs(one - other).mean() < 3
    if mode not in {"1", "P", "L", "LA", "I;16", "F"} and profile is None:
        assert np.abs(one - np.asarray(scene("RGB")).astype(int)).mean() < 5


@pytest.mark.parametrize("profile", LEFT_OVER, ids=["none", "rgb", "inks", "grey"])
@pytest.mark.parametrize("mode", [*MODES, "PA", "La", "RGBa", "RGBX", "HSV", "I"])
@pytest.mark.parametrize("large", [False, True])
def test_a_profile_that_is_left_over_from_a_conversion_is_not_sent(mode, profile, large):
    image = scene(mode, (2100, 1100) if large else (420, 340))
    image.info["icc_profile"] = profile
    frame = Frame(image)
    sent = Image.open(io.BytesIO(frame.data))
    kept = sent.info.get("icc_profile")
    if kept is not None:
        assert kept == profile
        space = "GRAY" if sent.mode in {"1", "L", "LA"} else "RGB "
        assert kept[16:20] == space.encode()
    shown(frame.data)
    if mode == "RGB":
        assert (kept is not None) == (profile == LEFT_OVER[1])
    if mode in {"CMYK", "LAB"}:
        assert kept is None


def test_a_converted_picture_does_not_keep_the_profile_it_had():
    image = Image.open(io.BytesIO(coded(scene("CMYK"), "JPEG", icc_profile=icc_profiles.press())))
    for mode in ("RGB", "L", "HSV", "YCbCr"):
        left = image.convert("RGB").convert(mode)
        left.info["icc_profile"] = image.info["icc_profile"]
        assert own_profile(left) is None
        assert "icc_profile" not in Image.open(io.BytesIO(Frame(left).data)).info


# -- camera raw ---------------------------------------------------------------------------


def tiff(tags, size=(420, 340), **how):
    ifd = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, (kind, value) in tags.items():
        ifd.tagtype[tag] = kind
        ifd[tag] = value
    target = io.BytesIO()
    scene("RGB", size).save(target, "TIFF", tiffinfo=ifd, **how)
    return target.getvalue()


def with_inner(data, pixels, photometric=2):
    """Append a directory of another size, and let tag 330 of the first one point at it."""
    entries = [(256, pixels[0]), (257, pixels[1]), (262, photometric)]
    place = len(data)
    inner = struct.pack("<H", len(entries))
    inner += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries) + bytes(4)
    return (
        data.replace(struct.pack("<HHII", 330, 4, 1, 77), struct.pack("<HHII", 330, 4, 1, place))
        + inner
    )


PREVIEW = {254: (4, 1)}
RAWS = {
    "DNG": tiff({**PREVIEW, 50706: (1, bytes([1, 4, 0, 0])), 271: (2, "Apple")}),
    "DNG ": tiff({50706: (1, bytes([1, 6, 0, 0]))}),
    "NEF": tiff({**PREVIEW, 271: (2, "NIKON CORPORATION")}),
    "ARW": with_inner(tiff({330: (4, 77), 271: (2, "SONY")}), (6000, 4000), 32803),
    "PEF": tiff({**PREVIEW, 271: (2, "PENTAX Corporation")}),
    "SRW": with_inner(tiff({330: (4, 77), 271: (2, "SAMSUNG")}), (6000, 4000)),
    "3FR": tiff({**PREVIEW, 271: (2, "Hasselblad")}),
    "CR2": b"II*\0\x10\0\0\0CR\x02\0" + bytes(90),
    "ORF": b"IIRO" + bytes(90),
    "RW2": b"IIU\0" + bytes(90),
    "RAF": b"FUJIFILMCCD-RAW 0201" + bytes(90),
    "CR3": b"\0\0\0\x18ftypcrx " + bytes(90),
    "": tiff(PREVIEW),
}


@pytest.mark.parametrize("name", RAWS)
def test_a_camera_raw_file_is_refused_by_its_name(tmp_path, name):
    from hailuo_widgets.errors import FrameError

    said = (
        f"is a camera raw file ({name.strip()}); export it as JPEG" if name else "camera raw file"
    )
    path = tmp_path / "photo.tif"
    path.write_bytes(RAWS[name])
    for source in (path, RAWS[name]):
        with pytest.raises(FrameError) as caught:
            Frame(source)
        assert said in str(caught.value)
    if RAWS[name][:4] == b"II*\0" and len(RAWS[name]) > 1000:
        with Image.open(path) as image, pytest.raises(FrameError, match="camera raw file"):
            Frame(image)
        with pytest.raises(FrameError, match="camera raw file"):
            Frame(Image.open(io.BytesIO(RAWS[name])))


def test_a_tiff_of_several_pages_or_sizes_is_no_camera_raw():
    pages = io.BytesIO()
    scene("RGB").save(pages, "TIFF", save_all=True, append_images=[scene("RGB", (800, 600))])
    assert Frame(pages.getvalue()).fixed().width == 420
    pyramid = with_inner(tiff({330: (4, 77)}), (210, 170))
    assert Frame(pyramid).fixed().width == 420
    page = tiff({254: (4, 2), 271: (2, "NIKON scanner")})
    assert Frame(page).fixed().width == 420
    assert Frame(Image.open(io.BytesIO(page))).width == 420
