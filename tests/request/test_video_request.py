"""A request: four fields, checked, frozen, priced, hashed, and written as JSON."""

import base64
import dataclasses
import hashlib
import io
import json
import time
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hailuo_widgets.errors import FrameError, PromptError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.request.video_request import VideoRequest


def jpeg(width=640, height=400, colour="teal"):
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "JPEG")
    return out.getvalue()


START, END, SMALL = Frame(jpeg()), Frame(jpeg(colour="navy")), Frame(jpeg(280, 200))


def test_the_four_fields():
    """The fields bear the service's names and defaults; pictures become frames."""
    request = VideoRequest(jpeg())
    assert [field.name for field in dataclasses.fields(request)] == [
        "image",
        "prompt",
        "end_image",
        "enable_prompt_expansion",
    ]
    assert (request.image, request.prompt, request.end_image) == (START, "", None)
    assert request.enable_prompt_expansion is True
    assert VideoRequest(START, "dawn", jpeg(colour="navy"), False).end_image == END


@pytest.mark.parametrize("name", ["seed", "duration", "negative_prompt", "Prompt"])
def test_unknown_fields_are_refused(name):
    """A field that the service would drop, and bill, raises and names the four there are."""
    with pytest.raises(TypeError, match=f"image, prompt, end_image, enable_.*no {name}"):
        VideoRequest(START, **{name: 7})


def test_it_is_frozen():
    """A request is what was checked; it stays so."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        VideoRequest(START).prompt = "other"


@pytest.mark.parametrize("character", ["x", "é", "🎬", "\n"])
def test_prompt_length_at_its_boundary(character):
    """2000 code points are allowed, of whatever width; one more is not."""
    assert len(VideoRequest(START, character * 1999).prompt) == 1999
    assert len(VideoRequest(START, character * 2000).prompt) == 2000
    with pytest.raises(PromptError, match=r"has 2,001 characters; the service takes 2,000"):
        VideoRequest(START, character * 2001)


@pytest.mark.parametrize(
    ("prompt", "said"),
    [(None, "not NoneType"), (b"dawn", "not bytes"), (["dawn"], "not list"), ("a\ud83d", "half")],
)
def test_prompts_that_are_no_text(prompt, said):
    """The prompt is a text that can be sent."""
    with pytest.raises(PromptError, match=said):
        VideoRequest(START, prompt)


@pytest.mark.parametrize("value", [1, 0, None, "yes"])
def test_expansion_is_a_real_boolean(value):
    """What only looks true is refused: it would go into the JSON as it is."""
    with pytest.raises(TypeError, match="True or False"):
        VideoRequest(START, enable_prompt_expansion=value)


def test_a_frame_with_problems_is_refused():
    """The sentence says which picture, what is wrong with it, and how to mend it."""
    with pytest.raises(FrameError, match=r"start frame .*short side is 200 px.*\.fixed\(\)"):
        VideoRequest(SMALL)
    with pytest.raises(FrameError, match=r"end image .*short side is 200 px"):
        VideoRequest(START, end_image=SMALL)
    assert VideoRequest(SMALL.fixed()).image.problems == ()


def test_no_picture_is_refused():
    """The service needs an image."""
    with pytest.raises(FrameError, match="not from NoneType"):
        VideoRequest(None)


def test_equal_requests():
    """Two requests are one when the service would get the same four values."""
    same = {VideoRequest(jpeg(), "dawn"), VideoRequest(START, "dawn", None, True)}
    others = {
        VideoRequest(START, "dawn "),
        VideoRequest(END, "dawn"),
        VideoRequest(START, "dawn", END),
        VideoRequest(END, "dawn", START),
        VideoRequest(START, "dawn", enable_prompt_expansion=False),
    }
    assert len(same) == 1
    assert len(same | others) == 6
    assert VideoRequest(START) != START


def test_the_hash_is_stable():
    """The hash is SHA-256 over canonical JSON: another process and another year agree."""
    values = {
        "enable_prompt_expansion": True,
        "end_image": None,
        "image": hashlib.sha256(START.data).hexdigest(),
        "prompt": "dämmerung",
    }
    text = json.dumps(values, separators=(",", ":"))
    expected = hashlib.sha256(text.encode()).hexdigest()
    assert VideoRequest(START, "dämmerung").request_hash == expected


def test_price():
    """The list price, exact."""
    assert VideoRequest(START).price == Decimal("0.49")


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.booleans(),
    st.booleans(),
)
def test_payload_is_the_json_of_the_four_fields(prompt, with_end, expansion):
    """Whatever the prompt holds, the body says exactly that; no end image, no field."""
    request = VideoRequest(START, prompt, END if with_end else None, expansion)
    expected = {
        "image": START.data_uri(),
        "prompt": prompt,
        "enable_prompt_expansion": expansion,
    }
    if with_end:
        expected["end_image"] = END.data_uri()
    assert json.loads(request.payload()) == expected


@pytest.mark.parametrize("width", [1000, 1001, 1002])
def test_payload_of_a_picture_in_pieces(width):
    """Base64 joins without a seam where a picture is longer than a piece."""
    noise = np.random.default_rng(3).integers(0, 256, (900, width), np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "PNG", compress_level=0)
    frame = Frame(out.getvalue())
    body = json.loads(VideoRequest(frame).payload())
    assert len(frame.data) > 3 * 2**18
    assert base64.b64decode(body["image"].partition(",")[2], validate=True) == frame.data


def test_a_20_mb_photograph_is_ready_about_as_fast_as_it_is_coded(tmp_path):
    """From file to body takes little more than reading the file and base64-coding it."""
    noise = np.random.default_rng(4).integers(0, 256, (2100, 3250, 3), np.uint8)
    path = tmp_path / "photograph.jpg"
    Image.fromarray(noise).save(path, quality=97, subsampling=0)
    assert 18_000_000 < path.stat().st_size < 20_000_000

    def seconds(work):
        started = time.process_time()
        work()
        return time.process_time() - started

    ratios = []
    for _ in range(7):
        whole = seconds(lambda: VideoRequest(path).payload())
        ratios.append(whole / seconds(lambda: base64.b64encode(path.read_bytes())))
    assert min(ratios) < 2  # measured: 1.1 to 1.4; decoding the picture would take it past 4


def test_repr_is_short():
    """The repr shows what is asked for, and no picture data."""
    request = VideoRequest(START, "dawn " * 100, END, False)
    assert repr(request).startswith("<VideoRequest 'dawn dawn")
    assert repr(request).endswith("…': pasted image to pasted image, expansion off>")
    assert len(repr(request)) < 150


@given(prompt=st.text(max_size=40), expansion=st.booleans(), end=st.booleans())
def test_the_size_of_the_body_is_known_before_it_is_written(prompt, expansion, end):
    pictures = [np.zeros((320, 400 + extra, 3), np.uint8) for extra in (0, 1)]
    request = VideoRequest(pictures[0], prompt, pictures[1] if end else None, expansion)
    assert request.payload_size() == len(request.payload())
