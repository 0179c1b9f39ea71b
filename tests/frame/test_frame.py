"""A frame: read from anything, judged by the service's rules, cleaned, turned and mended."""

import base64
import contextlib
import dataclasses
import io
import os
import struct
import subprocess
import sys
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from hailuo_widgets.errors import FrameError
from hailuo_widgets.frame.download import download
from hailuo_widgets.frame.frame import Frame

SECRET = b"Jane Doe 59.3293N 18.0686E serial 4711"


def picture(width=640, height=400, mode="RGB"):
    """Draw a gradient with a red corner top left, so that every turn of it is told apart."""
    across, down = np.linspace(0, 200, width), np.linspace(0, 200, height)[:, None]
    levels = ((across + down) / 2).astype(np.uint8)
    drawn = Image.merge("RGB", [Image.fromarray(levels)] * 3)
    drawn.paste("red", (0, 0, width // 3, height // 4))
    return drawn.convert(mode)


def saved(image, kind="JPEG", **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif(orientation=1, **others):
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F] = SECRET.decode()
    tags.get_ifd(0x8825)[29] = SECRET.decode()
    return tags.tobytes()


def pixels(data):
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def segment(marker, body):
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunks(png, *extra):
    """Put chunks behind the header of a PNG."""
    return png[:33] + b"".join(extra) + png[33:]


def header_png(width, height, bits=8, colour=2):
    """Write a PNG whose header promises what its few pixels do not hold."""
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


JPEG = saved(picture(), quality=90)
PNG = saved(picture(), "PNG")


# Where it comes from


def sources(folder):
    path = folder / "harbour.jpg"
    path.write_bytes(JPEG)
    text = base64.b64encode(JPEG).decode()
    return {
        "path": str(path),
        "pathlib": path,
        "bytes": JPEG,
        "bytearray": bytearray(JPEG),
        "memoryview": memoryview(JPEG),
        "data URI": f"data:image/jpeg;base64,{text}",
        "data URI as the service's page writes it": f"data:image/jpeg; base64,{text}",
        "data URI of the wrong type, wrapped": f"DATA:image/png;base64,{text[:80]}\n{text[80:]}",
        "frame": Frame(JPEG),
    }


def test_every_source_gives_the_same_frame(tmp_path):
    """The same bytes from anywhere are the same frame."""
    frames = {name: Frame(source) for name, source in sources(tmp_path).items()}
    assert set(frames.values()) == {Frame(JPEG)}
    assert {frame.problems for frame in frames.values()} == {()}
    names = {name: frame.source_name for name, frame in frames.items()}
    assert names.pop("path") == names.pop("pathlib") == "harbour.jpg"
    assert set(names.values()) == {"pasted image"}


@pytest.mark.parametrize(
    ("shape", "kind"), [((400, 640), "grey"), ((400, 640, 3), "RGB"), ((400, 640, 4), "RGBA")]
)
def test_arrays(shape, kind):
    """Arrays of grey, RGB and RGBA come through without loss."""
    array = np.arange(np.prod(shape), dtype=np.uint32).astype(np.uint8).reshape(shape)
    frame = Frame(array)
    assert (frame.width, frame.height, frame.media_type) == (640, 400, "image/png")
    with Image.open(io.BytesIO(frame.data)) as image:
        assert np.array_equal(np.asarray(image), array)
    assert frame == Frame(Image.fromarray(array))


def test_large_pixels_become_a_jpeg():
    """Above full HD, pixels without transparency are encoded as JPEG, the source left alone."""
    image = picture(2000, 1200)
    before = image.tobytes()
    frame = Frame(image)
    assert (frame.media_type, frame.extension, frame.problems) == ("image/jpeg", ".jpg", ())
    assert image.tobytes() == before
    assert np.abs(pixels(frame.data).astype(int) - np.asarray(image)).mean() < 1


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I", "F"]
)
def test_image_modes(mode):
    """An image of any mode becomes a conforming frame."""
    frame = Frame(picture(mode="RGB").convert("L" if mode in "IF" else "RGB").convert(mode))
    assert (frame.width, frame.height, frame.problems) == (640, 400, ())


def test_image_from_a_file_keeps_its_name_and_is_turned(tmp_path):
    """An opened image brings its file's name, and its orientation tag counts."""
    path = tmp_path / "harbour.jpg"
    path.write_bytes(saved(picture(), exif=exif(6)))
    with Image.open(path) as image:
        frame = Frame(image)
    assert (frame.source_name, frame.width, frame.height) == ("harbour.jpg", 400, 640)


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.zeros((400, 640), np.float32), "float32 of 400 x 640"),
        (np.zeros((400, 640, 2), np.uint8), "uint8 of 400 x 640 x 2"),
        (np.zeros((4, 400, 640, 3), np.uint8), "uint8 of 4 x 400 x 640 x 3"),
        (np.zeros((0, 640), np.uint8), "uint8 of 0 x 640"),
        (np.zeros((), np.uint8), "uint8 of no dimension"),
    ],
)
def test_other_arrays_are_refused(array, said):
    """The sentence says what an array has to be and what this one is."""
    with pytest.raises(FrameError, match=f"uint8 of height x width.* this one is {said}"):
        Frame(array)


def test_other_objects_are_refused():
    """What is no picture source is named by its type."""
    with pytest.raises(FrameError, match="not from list"):
        Frame([1, 2, 3])


def test_a_file_is_never_altered(tmp_path):
    """Reading, turning and mending leave the file as it was."""
    path = tmp_path / "small.jpg"
    path.write_bytes(saved(picture(280, 200), exif=exif(6)))
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    Frame(path).fixed().thumbnail()
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


# What cannot be read


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "“pasted image” is empty."),
        (b"hello, this is no picture", "not a picture that can be read here"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "is a web page"),
        (b'<?xml version="1.0"?><svg/>', "drawing in markup"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, "export it as JPEG, or install pillow-heif"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture that can be read"),
        (JPEG[: len(JPEG) // 2], "is cut off: its end is missing"),
        (JPEG[:-2], "is cut off"),
        (JPEG[:3], "is cut off"),
        (JPEG[:200], "is cut off"),
        (b"\xff\xd8\xff\xd9" * 20, "is cut off"),
        (b"\xff\xd8\xff\xe0\x00\x00" + JPEG, "is damaged"),
        (b"\xff\xd8" + JPEG, "is damaged"),
        (PNG[: len(PNG) // 2], "is cut off"),
        (PNG[:-12], "is cut off"),
        (PNG[:8], "is cut off"),
        (PNG[:41] + b"\x00" + PNG[42:], "is damaged"),
        (PNG[:8] + PNG[33:], "is damaged"),
        (saved(picture(), "GIF")[:400], "is damaged|cut off"),
        (header_png(0, 400), "is damaged"),
        (header_png(40_000, 40_000), "40,000 x 40,000 px, 1,600 megapixels; more than 100"),
        ("data:image/png;base64", "no comma"),
        ("data:image/png;base64,@@@@", "valid base64"),
        ("data:text/plain,hello%20there", "not a picture"),
        ("no/such/harbour.jpg", "There is no file “harbour.jpg”"),
        ("nul\0.jpg", "“nul.jpg” cannot be read"),
        ("x" * 5000, "cannot be read"),
        ("", "cannot be read|folder"),
        ("~nobody-of-that-name/a.jpg", "“a.jpg”"),
        ("http://", "could not be fetched|makes no sense"),
        ("http://[::1", "makes no sense"),
    ],
)
def test_unreadable(data, said):
    """Whatever cannot be read is refused with a sentence, at once."""
    with pytest.raises(FrameError, match=said) as caught:
        Frame(data).thumbnail()
    assert len(str(caught.value)) < 200
    assert str(caught.value).endswith(".")


def test_a_jpeg_header_may_promise_too_much():
    """The size in the header alone is judged, before anything is decoded."""
    start = JPEG.index(b"\xff\xc0") + 5
    bomb = JPEG[:start] + struct.pack(">HH", 60_000, 40_000) + JPEG[start + 4 :]
    with pytest.raises(FrameError, match=r"40,000 x 60,000 px, 2,400 megapixels; more than 200"):
        Frame(bomb)


@pytest.mark.parametrize("place", [50, 200, 600])
def test_one_wrong_bit_in_a_png_is_found_at_once(place):
    """A PNG's checksums are checked when it is read, long before its pixels are needed."""
    with pytest.raises(FrameError, match="is damaged"):
        Frame(PNG[:place] + bytes([PNG[place] ^ 4]) + PNG[place + 1 :])


def test_folders_devices_and_locked_files_are_refused_by_name(tmp_path):
    """The sentence names the file and never the folders above it."""
    pipe = tmp_path / "pipe.jpg"
    os.mkfifo(pipe)
    for path, said in ((tmp_path, "is a folder"), (pipe, "is not a file")):
        with pytest.raises(FrameError, match=f"“{path.name}” {said}") as caught:
            Frame(path)
        assert str(tmp_path) not in str(caught.value)


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    """A sparse file of 200 MB and a byte is refused by its size."""
    path = tmp_path / "huge.jpg"
    with path.open("wb") as file:
        file.truncate(200_000_001)
    with pytest.raises(FrameError, match=r"“huge.jpg” has 200 MB; files above 200 MB are not read"):
        Frame(path)


@given(st.binary(max_size=300), st.sampled_from([JPEG, PNG]), st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_damage_anywhere_gives_a_frame_or_a_sentence(noise, whole, data):
    """Bytes overwritten or cut out anywhere never raise anything but a FrameError."""
    start = data.draw(st.integers(2, len(whole)))
    cut = data.draw(st.integers(0, 500))
    with contextlib.suppress(FrameError):
        frame = Frame(whole[:start] + noise + whole[start + cut :])
        frame.fixed()
        frame.thumbnail()


# From the network


class Routes(BaseHTTPRequestHandler):
    def do_GET(self):
        getattr(self, self.path.strip("/").partition("?")[0].partition(".")[0])()

    def answer(self, body, status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def harbour(self):
        self.answer(JPEG, Content_Type="text/plain")

    def html(self):
        self.answer(b"<html>Please log in</html>", Content_Type="image/jpeg")

    def missing(self):
        self.answer(b"<html>404</html>", 404)

    def odd(self):
        self.answer(b"", 599)

    def moved(self):
        self.answer(b"", 302, Location="/harbour.jpg")

    def tofile(self):
        self.answer(b"", 302, Location="file:///etc/hostname")

    def toftp(self):
        self.answer(b"", 302, Location="ftp://127.0.0.1/a.jpg")

    def round(self):
        self.answer(b"", 302, Location="/round")

    def short(self):
        self.answer(JPEG[:100], Content_Length=str(len(JPEG)))

    def endless(self):
        self.send_response(200)
        self.end_headers()
        self.drip(b"\xff\xd8\xff")

    def endlessheaders(self):
        self.drip(b"HTTP/1.1 200 OK\r\nX-A: a")

    def flood(self):
        self.send_response(200)
        self.end_headers()
        while not self.server.over.is_set():
            self.wfile.write(b"\xff" * 100_000)

    def drip(self, start):
        self.wfile.write(start)
        while not self.server.over.wait(0.02):
            self.wfile.write(b"a")

    def handle(self):
        with contextlib.suppress(OSError):  # the client has left
            super().handle()

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def site():
    with ThreadingHTTPServer(("127.0.0.1", 0), Routes) as server:
        server.over = threading.Event()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.over.set()
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("path", ["harbour.jpg", "harbour.jpg?token=s3cret", "moved"])
def test_url(site, path):
    """A picture is fetched, redirects are followed, and the bytes decide what it is."""
    frame = Frame(f"{site}/{path}")
    assert frame == Frame(JPEG)
    assert frame.source_name == path.partition("?")[0]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("html", "is a web page"),
        ("missing", r"127.0.0.1 answered 404 \(Not Found\) instead of a picture"),
        ("odd", "127.0.0.1 answered 599 instead"),
        ("tofile", "neither http nor https|answered 302"),
        ("toftp", "neither http nor https"),
        ("round", "127.0.0.1 answered 302"),
        ("short", "could not be fetched from 127.0.0.1"),
    ],
)
def test_url_without_a_picture(site, path, said):
    """What is answered instead of a picture is said; the address, which may hold a token, not."""
    with pytest.raises(FrameError, match=said) as caught:
        Frame(f"{site}/{path}?token=s3cret")
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("path", ["endless", "endlessheaders"])
def test_url_that_never_ends(site, path):
    """The time is bounded as a whole, even when a byte comes now and then."""
    with pytest.raises(FrameError, match=r"did not send the whole picture within 0.3 s"):
        download(f"{site}/{path}", seconds=0.3)


def test_url_that_sends_too_much(site):
    """The size is bounded while it is read."""
    with pytest.raises(FrameError, match="sends more than 1 MB"):
        download(f"{site}/flood", limit=1_000_000)


def test_url_where_nobody_listens():
    """A refused connection is a sentence."""
    with pytest.raises(FrameError, match=r"could not be fetched from 127.0.0.1"):
        Frame("http://127.0.0.1:9/a.jpg")


# What is sent


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"subsampling": 0, "optimize": True}]
)
def test_clean_jpeg_keeps_its_bytes(options):
    """A JPEG without metadata is sent as it is, byte for byte."""
    data = saved(picture(), quality=90, **options)
    assert Frame(data).data == data


def test_clean_png_keeps_its_bytes():
    """A PNG without metadata is sent as it is, transparency and palette included."""
    for mode in ("RGB", "RGBA", "L", "P", "1"):
        data = saved(picture(mode=mode), "PNG", dpi=(72, 72))
        frame = Frame(data)
        assert (frame.data, frame.problems, frame.media_type) == (data, (), "image/png")


JPEG_METADATA = st.one_of(
    st.builds(lambda body: segment(0xE1, b"Exif\0\0" + body + SECRET), st.binary(max_size=40)),
    st.builds(lambda body: segment(0xFE, SECRET + body), st.binary(max_size=40)),
    st.builds(
        lambda number, body: segment(number, body + SECRET),
        st.sampled_from([*range(0xE0, 0xF0), 0xF0, 0xFD]),
        st.binary(max_size=40),
    ),
    st.sampled_from(
        [
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET),
            segment(0xE2, b"MPF\0" + SECRET),
            segment(0xED, b"Photoshop 3.0\0" + SECRET),
            segment(0xE0, b"JFXX\0\x10" + SECRET),
            b"\xff\xff" + segment(0xFE, SECRET),
        ]
    ),
)


@given(
    st.lists(JPEG_METADATA, max_size=6),
    st.one_of(st.just(b""), st.binary(max_size=60).map(lambda noise: noise + SECRET + JPEG)),
    st.booleans(),
)
def test_jpeg_metadata_is_dropped_and_pixels_stay(extra, tail, progressive):
    """Whatever segments stand in a JPEG or behind its end, its own bytes alone are sent."""
    whole = saved(picture(320, 310), progressive=progressive)
    loaded = whole[:2] + b"".join(extra) + whole[2:] + tail
    assert Frame(loaded).data == whole


PNG_METADATA = st.sampled_from([b"tEXt", b"zTXt", b"iTXt", b"tIME", b"eXIf", b"prVt", b"hIST"])


@given(
    st.lists(st.builds(chunk, PNG_METADATA, st.binary(max_size=40).map(lambda b: b + SECRET))),
    st.one_of(st.just(b""), st.just(SECRET)),
)
def test_png_metadata_is_dropped_and_pixels_stay(extra, tail):
    """Whatever chunks stand in a PNG or behind its end, its own bytes alone are sent."""
    assert Frame(with_chunks(PNG, *extra) + tail).data == PNG


def test_what_pillow_writes_is_cleaned():
    """EXIF with GPS, XMP, comment, multi-picture index: gone, and the pixels are the same."""
    kinds = {
        "JPEG": {"exif": exif(), "comment": SECRET, "xmp": SECRET},
        "MPO": {"exif": exif(), "save_all": True, "append_images": [picture()]},
        "PNG": {"exif": exif()},
    }
    for kind, options in kinds.items():
        data = saved(picture(), kind, **options)
        frame = Frame(data)
        assert SECRET in data
        for trace in (SECRET, b"Exif", b"eXIf", b"MPF", b"xap/1.0"):
            assert trace not in frame.data
        assert frame.problems == ()
        assert np.array_equal(pixels(frame.data), pixels(data))


def test_the_thumbnail_inside_a_jpeg_header_is_dropped():
    """JFIF may hold a thumbnail of what was cropped away; the header stays without it."""
    body = b"JFIF\0\x01\x02\0\0\x01\0\x01\x03\x01" + SECRET[:9]
    loaded = JPEG[:2] + segment(0xE0, body) + JPEG[20:]
    frame = Frame(loaded)
    assert frame.data[2:20] == segment(0xE0, body[:12] + b"\0\0")
    assert np.array_equal(pixels(frame.data), pixels(JPEG))


def test_colour_is_kept():
    """The colour profile and Adobe's transform stay: without them the colours are others."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in ("JPEG", "PNG"):
        data = saved(picture(), kind, icc_profile=profile)
        for frame in (
            Frame(data),
            Frame(saved(picture(), kind, icc_profile=profile, exif=exif(6))),
        ):
            with Image.open(io.BytesIO(frame.data)) as image:
                assert image.info["icc_profile"] == profile
    adobe = segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01")
    assert adobe in Frame(JPEG[:2] + adobe + JPEG[2:]).data


def test_photographs_have_their_own_bytes_order():
    """Big-endian EXIF is understood like little-endian."""
    big = b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">HHHIHH", 1, 0x0112, 3, 1, 6, 0) + b"\0" * 4
    frame = Frame(JPEG[:2] + segment(0xE1, big) + JPEG[2:])
    assert (frame.width, frame.height) == (400, 640)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation(kind, orientation):
    """Each orientation is sent upright, and its tag with it is gone."""
    stored = {
        1: lambda image: image,
        2: lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: lambda image: image.transpose(Image.Transpose.ROTATE_180),
        4: lambda image: image.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: lambda image: image.transpose(Image.Transpose.TRANSPOSE),
        6: lambda image: image.transpose(Image.Transpose.ROTATE_90),
        7: lambda image: image.transpose(Image.Transpose.TRANSVERSE),
        8: lambda image: image.transpose(Image.Transpose.ROTATE_270),
    }[orientation](picture())
    frame = Frame(saved(stored, kind, exif=exif(orientation)))
    assert (frame.width, frame.height, frame.media_type) == (640, 400, f"image/{kind.lower()}")
    assert np.abs(pixels(frame.data).astype(int) - np.asarray(picture())).mean() < 2
    assert SECRET not in frame.data
    assert Frame(frame.data) == frame


@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_turned_jpeg_keeps_its_subsampling(subsampling):
    """Turning loses no more colour than the picture had lost before."""
    data = saved(picture(), subsampling=subsampling, quality=92, exif=exif(3))
    with Image.open(io.BytesIO(Frame(data).data)) as image:
        assert [layer[1:3] for layer in image.layer] == {
            0: [(1, 1)] * 3,
            1: [(2, 1), (1, 1), (1, 1)],
            2: [(2, 2), (1, 1), (1, 1)],
        }[subsampling]


def test_turning_does_not_make_a_conforming_file_too_large():
    """Where quality 95 would pass 20 MB, the file's own quantization is kept."""
    noise = np.random.default_rng(1).integers(0, 256, (4000, 6000), np.uint8)
    data = saved(Image.fromarray(noise), quality=80, exif=exif(3))
    frame = Frame(data)
    assert len(saved(Image.fromarray(noise), quality=95)) > 20_000_000
    assert frame.problems == ()
    assert abs(len(frame.data) / len(data) - 1) < 0.05


def test_thumbnail():
    """A thumbnail is a small upright JPEG, whatever the picture is."""
    for data in (
        JPEG,
        PNG,
        saved(picture(mode="RGBA"), "PNG"),
        saved(picture(mode="P"), "GIF"),
        saved(picture(mode="CMYK")),
        saved(picture(400, 640).transpose(Image.Transpose.ROTATE_90), exif=exif(6)),
    ):
        frame = Frame(data)
        with Image.open(io.BytesIO(frame.thumbnail(100))) as small:
            assert small.format == "JPEG"
            assert max(small.size) == 100
            assert (small.width < small.height) == (frame.width < frame.height)


# The rules


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ((640, 299), "The short side is 299 px; the service needs more than 300 px."),
        ((640, 300), "The short side is 300 px; the service needs more than 300 px."),
        ((640, 301), None),
        ((299, 640), "The short side is 299 px; the service needs more than 300 px."),
        ((300, 640), "The short side is 300 px; the service needs more than 300 px."),
        ((301, 640), None),
        (
            (1001, 400),
            "The picture is 1,001 x 400 px, 2.502:1; the service needs narrower than 5:2.",
        ),
        ((1000, 400), "The picture is 1,000 x 400 px, 2.5:1; the service needs narrower than 5:2."),
        ((999, 400), None),
        ((399, 1000), "The picture is 399 x 1,000 px, 1:2.506; the service needs wider than 2:5."),
        ((400, 1000), "The picture is 400 x 1,000 px, 1:2.5; the service needs wider than 2:5."),
        ((401, 1000), None),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_size_rules_at_their_boundaries(size, said, kind):
    """Sizes at each bound, and one pixel to either side; both bounds are strict."""
    frame = Frame(saved(Image.new("RGB", size), kind))
    assert frame.problems == ((said,) if said else ())
    assert frame.fixed().problems == ()


def padded_jpeg(size):
    """Pad a JPEG to a number of bytes with colour profile segments, which are kept."""
    missing = size - len(JPEG)
    segments = []
    while missing:
        body = min(missing - 4, 65_533)
        if 0 < missing - 4 - body < 30:
            body -= 30
        segments.append(segment(0xE2, b"ICC_PROFILE\0".ljust(body, b"\1")))
        missing -= body + 4
    return JPEG[:2] + b"".join(segments) + JPEG[2:]


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (19_999_999, ()),
        (20_000_000, ()),
        (20_000_001, ("The file has 20,000,001 bytes; the service takes at most 20,000,000.",)),
    ],
)
def test_file_size_rule_at_its_boundary(size, said):
    """20 MB are 20,000,000 bytes, and exactly so many are allowed; metadata does not count."""
    data = padded_jpeg(size)
    frame = Frame(data[:2] + segment(0xFE, SECRET) + data[2:])
    assert (len(frame.data), frame.problems) == (size, said)


def test_several_rules_are_all_named():
    """A picture that breaks several rules gets a sentence for each."""
    problems = Frame(saved(picture(900, 200), "WEBP")).problems
    assert problems == (
        "The format is WebP; the service takes JPEG and PNG.",
        "The short side is 200 px; the service needs more than 300 px.",
        "The picture is 900 x 200 px, 4.5:1; the service needs narrower than 5:2.",
    )


def animation(kind):
    return saved(
        picture(), kind, save_all=True, append_images=[picture().rotate(turn) for turn in (90, 180)]
    )


@pytest.mark.parametrize(
    ("data", "kind", "extension", "said"),
    [
        (saved(picture(), "GIF"), "gif", ".gif", "is GIF"),
        (saved(picture(), "WEBP"), "webp", ".webp", "is WebP"),
        (saved(picture(), "BMP"), "bmp", ".bmp", "is BMP"),
        (saved(picture(), "TIFF"), "tiff", ".tif", "is TIFF"),
        (saved(picture(), "TIFF", exif=exif(1)), "tiff", ".tif", "is TIFF"),
        (saved(picture(), "AVIF"), "avif", ".avif", "is AVIF"),
        (animation("GIF"), "gif", ".gif", "holds 3 pictures"),
        (animation("WEBP"), "webp", ".webp", "holds 3 pictures"),
        (animation("PNG"), "png", ".png", "holds 3 pictures"),
        (saved(picture(mode="CMYK")), "jpeg", ".jpg", "CMYK"),
        (
            saved(Image.fromarray(np.asarray(picture(mode="L")).astype(np.uint16) * 257), "PNG"),
            "png",
            ".png",
            "16 bits per channel",
        ),
    ],
)
def test_kinds_that_the_service_does_not_take(data, kind, extension, said):
    """Each is read, named by its bytes, and mended to a JPEG that looks the same."""
    frame = Frame(data)
    assert (frame.media_type, frame.extension) == (f"image/{kind}", extension)
    assert (frame.width, frame.height) == (640, 400)
    assert said in " ".join(frame.problems)
    mended = frame.fixed()
    assert (mended.problems, mended.media_type) == ((), "image/jpeg")
    grey = [
        np.asarray(Image.fromarray(array).convert("L"))
        for array in (pixels(mended.data), np.asarray(picture()))
    ]
    assert np.abs(grey[0].astype(int) - grey[1]).mean() < 8


def test_a_turned_tiff_is_turned_once():
    """Pillow turns a TIFF while it loads it, other formats not: both come out upright."""
    lying = picture().transpose(Image.Transpose.ROTATE_90)
    for kind in ("TIFF", "WEBP"):
        frame = Frame(saved(lying, kind, exif=exif(6)))
        assert (frame.width, frame.height) == (640, 400)
        mended = frame.fixed()
        assert np.abs(pixels(mended.data).astype(int) - np.asarray(picture())).mean() < 12


def test_the_name_does_not_decide(tmp_path):
    """A PNG named .jpg is a PNG."""
    path = tmp_path / "really.jpg"
    path.write_bytes(PNG)
    frame = Frame(path)
    assert (frame.media_type, frame.extension, frame.problems) == ("image/png", ".png", ())


# Mending


def test_a_conforming_frame_is_its_own_mended_copy():
    """Where nothing is wrong, nothing is made."""
    frame = Frame(JPEG)
    assert frame.fixed() is frame


@given(st.integers(32, 3000), st.integers(32, 3000))
@settings(max_examples=40, deadline=None)
def test_any_size_is_mended(width, height):
    """Whatever the size, the copy conforms, keeps what it can and is cropped only as needed."""
    frame = Frame(saved(Image.new("L", (width, height)), "PNG"))
    if min(width, height) * 2.5 < 33 and min(width, height) < 32:
        return
    mended = frame.fixed()
    assert mended.problems == ()
    if mended is not frame:
        wanted = min(max(width / height, 0.4), 2.5)
        assert mended.width / mended.height == pytest.approx(wanted, rel=0.015)
        assert min(mended.width, mended.height) >= min(width, height, 301)


def test_cropping_keeps_the_centre():
    """A wide picture loses as much on the left as on the right."""
    wide = Image.new("RGB", (2000, 400))
    wide.paste("white", (995, 0, 1005, 400))
    mended = Frame(saved(wide, "PNG")).fixed()
    bright = np.nonzero(pixels(mended.data)[200, :, 0] > 128)[0]
    assert (mended.width, mended.height) == (999, 400)
    assert abs(bright.mean() - (mended.width - 1) / 2) <= 1


@pytest.mark.parametrize("size", [(1, 1), (31, 31), (640, 20), (31, 500)])
def test_a_tiny_picture_is_not_enlarged(size):
    """Below 32 px nearly all of it would be invented: the sentence says so."""
    frame = Frame(saved(Image.new("RGB", size), "PNG"))
    assert frame.problems
    with pytest.raises(FrameError, match=f"short side is {min(size)} px where 301 are needed"):
        frame.fixed()


def test_transparency_is_laid_on_white():
    """What was transparent is white once a picture is mended to JPEG."""
    clear = Image.new("RGBA", (280, 280), (0, 0, 0, 0))
    assert pixels(Frame(clear).fixed().data).min() >= 254


def test_mended_keeps_name_and_profile():
    """The copy goes by the same name, in the same colour space."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    mended = Frame(saved(picture(200, 200), icc_profile=profile)).fixed()
    with Image.open(io.BytesIO(mended.data)) as image:
        assert image.info["icc_profile"] == profile
    assert mended.source_name == "pasted image"


def test_too_many_bytes_are_mended():
    """A PNG above 20 MB becomes a JPEG below it, in its own size when that suffices."""
    noise = np.random.default_rng(2).integers(0, 256, (2800, 2800, 3), np.uint8)
    frame = Frame(saved(Image.fromarray(noise), "PNG", compress_level=0))
    assert len(frame.problems) == 1
    mended = frame.fixed()
    assert (mended.problems, mended.width) == ((), 2800)


def test_a_very_wide_picture_is_judged_and_mended():
    """40,000 px are too wide, which is said with the number; the middle of it conforms."""
    frame = Frame(saved(Image.new("1", (40_000, 1000)), "PNG"))
    assert frame.problems == (
        "The picture is 40,000 x 1,000 px, 40:1; the service needs narrower than 5:2.",
    )
    mended = frame.fixed()
    assert (mended.width, mended.height, mended.problems) == (2499, 1000, ())


MEMORY = """
import re, sys
from pathlib import Path
from hailuo_widgets.frame.frame import Frame
frame = Frame(sys.argv[1])
assert frame.problems, frame
assert frame.fixed().problems == ()
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


def test_a_large_picture_is_mended_within_memory(tmp_path):
    """120 megapixels are halved while they are decoded: far from 4 bytes for each of them."""
    path = tmp_path / "large.jpg"
    Image.new("RGB", (30_000, 4000), "navy").save(path)
    run = subprocess.run(
        [sys.executable, "-c", MEMORY, path], capture_output=True, text=True, check=True
    )
    assert int(run.stdout) < 300


# The object


def test_a_frame_cannot_be_changed():
    """A frame is what was judged; it stays so."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        Frame(JPEG).data = b""


def test_equal_by_what_is_sent():
    """Two files that differ in metadata alone are one frame; other pixels are another."""
    assert Frame(JPEG) == Frame(saved(picture(), quality=90, exif=exif()))
    assert Frame(JPEG) != Frame(PNG)
    assert Frame(JPEG) != JPEG
    assert len({Frame(JPEG), Frame(saved(picture(), quality=90, comment=SECRET)), Frame(PNG)}) == 2


def test_data_uri_is_the_standard_form():
    """No space behind the semicolon, and the bytes come back."""
    uri = Frame(PNG).data_uri()
    assert uri.startswith("data:image/png;base64,iVBORw0KGgo")
    assert Frame(uri) == Frame(PNG)


def test_repr_is_short():
    """The repr shows name, size and kind, and no picture data."""
    assert repr(Frame(JPEG)) == f"<Frame 'pasted image': 640 x 400 JPEG, {len(JPEG):,} bytes>"
    assert repr(Frame(saved(picture(200, 200)))).endswith(" bytes, 1 problem>")


def test_a_conforming_file_needs_neither_pillow_nor_numpy(tmp_path):
    """Judging and sending a good JPEG imports no image library, which keeps the start quick."""
    path = tmp_path / "harbour.jpg"
    path.write_bytes(JPEG)
    code = (
        "import sys; from hailuo_widgets.request.video_request import VideoRequest;"
        "VideoRequest(sys.argv[1]).payload();"
        "print([name for name in ('PIL', 'numpy', 'urllib.request') if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=True
    )
    assert run.stdout == "[]\n"


def test_a_given_name_is_what_messages_call_it():
    frame = Frame(saved(picture()), name="holiday.jpg")
    assert frame.source_name == "holiday.jpg"
    assert Frame(frame, name="again.jpg").source_name == "again.jpg"
    with pytest.raises(FrameError, match="holiday"):
        Frame(b"no picture", name="holiday.jpg")
