"""Labels: cut to their place, in any script."""

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from hailuo_widgets.media.editing import labels

FAMILY = "👨\u200d👩\u200d👧"
ANY_TEXT = st.text(st.characters(), max_size=300) | st.text("ab שלי 慢慢 🌅é\u0301", max_size=300)


@given(text=ANY_TEXT, width=st.integers(40, 600), most=st.integers(1, 3))
@example(text="a" * 2000, width=300, most=2)
@example(text=FAMILY * 100, width=90, most=2)
def test_every_line_fits_and_together_they_begin_the_text(text, width, most):
    size = 16
    found = labels.wrap(text, size, width, most)
    assert len(found) <= most
    for line in found:
        # One letter stays, however narrow the place.
        assert labels.length(line, size) <= width or len(line.rstrip("…")) <= len(FAMILY)
    whole = labels.sanitize(text)
    joined = "".join(found).removesuffix("…").replace(" ", "")
    assert whole.replace(" ", "").startswith(joined)
    if len(found) < most:
        assert "".join(found).replace(" ", "") == whole.replace(" ", "")


@given(text=ANY_TEXT)
def test_what_is_shown_is_one_line_of_letters(text):
    shown = labels.sanitize(text)
    assert all(unicodedata.category(each)[0] != "C" or each in "\u200c\u200d" for each in shown)
    shown.encode()


@given(text=ANY_TEXT)
def test_any_text_can_be_drawn(text):
    drawing = ImageDraw.Draw(Image.new("RGB", (300, 60)))
    labels.label(drawing, (0, 0, 300, 60), text, 16, "white", draft=True)


def test_no_letter_is_taken_apart():
    for width in range(20, 120, 3):
        (line,) = labels.wrap(FAMILY * 9, 16, width, 1)
        assert set(line.removesuffix("…").split(FAMILY)) <= {""}
        (line,) = labels.wrap("e\u0301" * 40, 16, width, 1)
        assert line.removesuffix("…").endswith("\u0301")


def test_hebrew_begins_at_the_right():
    picture = Image.new("L", (400, 30))
    labels.label(ImageDraw.Draw(picture), (0, 0, 400, 30), "שלום slow", 16, 255)
    left, _, right, _ = picture.getbbox()
    assert left > 200
    assert right > 380


def test_the_first_line_leaves_room_for_what_stands_before_it():
    plain = labels.wrap("slow push in " * 9, 16, 300, 2)
    shorter = labels.wrap("slow push in " * 9, 16, 300, 2, indent=120)
    assert len(shorter[0]) < len(plain[0])
