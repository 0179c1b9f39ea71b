"""The well without a browser: what the kernel does with what the page sends."""

import hashlib

import pytest

from hailuo_widgets.errors import FrameError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.widgets.frame_well.frame_well import FrameWell
from hailuo_widgets.widgets.shared.transfer import PIECE_BYTES
from tests.support.fake_page import Page, saved, send_file
from tests.support.samples import gradient, picture


@pytest.fixture
def well():
    return FrameWell(label="Start frame")


@pytest.fixture
def page(well):
    return Page(well)


def test_a_frame_can_be_set_and_is_described(well):
    well.set(picture(640, 360))
    assert well.frame == Frame(picture(640, 360))
    assert well.facts == {
        "name": "pasted image",
        "width": 640,
        "height": 360,
        "kind": "JPEG",
        "bytes": len(well.frame.data),
        "sha256": well.frame.sha256,
        "problems": [],
    }


def test_what_cannot_be_read_raises_and_the_frame_before_is_kept(well):
    well.set(picture())
    before = well.frame
    with pytest.raises(FrameError):
        well.set(b"no picture")
    assert well.frame is before
    assert well.facts["sha256"] == before.sha256


def test_clearing_holds_nothing(well):
    well.set(picture())
    well.clear()
    assert well.frame is None
    assert well.facts == {}


def test_a_file_of_several_pieces_arrives_with_its_name(well, page):
    data = gradient(2000, 1400, "PNG")
    data += b"\0" * (3 * PIECE_BYTES)  # what follows a PNG's end does not matter to its pixels
    fields, _ = send_file(page, data, "holiday.png")
    assert fields["ok"] is True
    page.wait_for(lambda: well.facts)
    assert (well.facts["name"], well.facts["kind"], well.facts["width"]) == (
        "holiday.png",
        "PNG",
        2000,
    )
    assert len(page.messages("want")) == 4


def test_a_file_that_is_no_picture_gets_its_sentence(well, page):
    well.set(picture())
    send_file(page, b"no picture", "notes.txt")
    page.wait_for(lambda: well.message)
    assert "not a picture" in well.message
    assert well.frame == Frame(picture())
    assert well.busy == ""


@pytest.mark.parametrize("size", [0, 60_000_001, "12", None, -5])
def test_sizes_that_cannot_be_are_refused(page, size):
    fields, _ = page.ask("upload", name="big.jpg", size=size)
    assert fields["ok"] is False
    assert "60 MB" in fields["error"]
    assert not page.messages("want")


def test_a_broken_upload_is_refused_and_the_frame_kept(well, page):
    well.set(picture())
    page.tell(id="u", kind="upload", name="a.jpg", size=10)
    page.tell([b"short"], id="u", kind="piece", offset=0)
    fields, _ = page.answer("u")
    assert "did not arrive whole" in fields["error"]
    assert well.frame is not None


def test_an_upload_can_be_cancelled(well, page):
    page.tell(id="u", kind="upload", name="a.jpg", size=10)
    assert well.busy == "Receiving"
    page.tell(id="u", kind="cancel", why="person")
    assert "Cancelled" in page.answer("u")[0]["error"]
    assert well.busy == ""
    page.tell([b"0123456789"], id="u", kind="piece", offset=0)
    assert well.frame is None


def test_a_newer_upload_replaces_one_that_has_not_ended(well, page):
    page.tell(id="old", kind="upload", name="a.jpg", size=10)
    send_file(page, b"x", asked="new")
    assert page.answer("old")[0]["ok"] is False
    assert page.answer("new")[0]["ok"] is True


def test_a_slow_picture_does_not_replace_a_newer_one(well):
    slow = well._next_ticket("Fetching")
    well.set(picture(800, 450))
    well._hold(Frame(picture(640, 360)), slow)
    assert well.facts["width"] == 800


def test_a_picture_that_breaks_a_rule_is_mended_by_one_press(well, page):
    original = picture(280, 500)
    well.set(original)
    assert well.facts["problems"] == [
        "The short side is 280 px; the service needs more than 300 px."
    ]
    page.wait_for(lambda: well.offer)
    assert page.ask("picture", which="offer")[1][0].startswith(b"\xff\xd8")
    assert page.ask("use_offer")[0]["ok"] is True
    assert well.frame.problems == ()
    assert well.offer == {}
    assert original == picture(280, 500)


def test_a_mended_picture_that_is_gone_cannot_be_used(well, page):
    fields, _ = page.ask("use_offer")
    assert "no mended picture" in fields["error"]


def test_a_picture_that_cannot_be_mended_says_why(well, page):
    well.set(picture(20, 20))
    page.wait_for(lambda: well.message)
    assert "too small to be mended" in well.message
    assert well.offer == {}


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "/etc/passwd", "ftp://a/b.jpg", "", None]
)
def test_only_web_addresses_are_fetched(page, address):
    fields, _ = page.ask("url", url=address)
    assert "http://" in fields["error"]


def test_an_address_nobody_answers_at_gets_its_sentence(well, page):
    page.ask("url", url="http://127.0.0.1:9/x.jpg")
    page.wait_for(lambda: well.message)
    assert "could not be fetched" in well.message


def test_samples_are_offered_by_name_and_taken_by_a_press(tmp_path):
    file = tmp_path / "coffee.jpg"
    file.write_bytes(picture(1024, 768))
    well = FrameWell(samples=[file])
    page = Page(well)
    assert well.samples == ["coffee"]
    assert len(page.ask("picture", which="sample", name="coffee")[1][0]) < 8000
    assert page.ask("sample", name="coffee")[0]["ok"] is True
    page.wait_for(lambda: well.facts)
    assert well.facts["name"] == "coffee.jpg"
    assert page.ask("sample", name="../coffee")[0]["ok"] is False
    assert str(tmp_path) not in saved(well)


def test_the_picture_on_the_page_is_a_thumbnail(well, page):
    well.set(gradient(3000, 2000))
    _, (thumbnail,) = page.ask("picture", which="frame")
    assert len(thumbnail) < 60_000
    assert max(Frame(thumbnail).width, Frame(thumbnail).height) == 480


def test_no_picture_is_saved_with_the_notebook(well):
    well.set(gradient(3000, 2000))
    assert len(saved(well)) < 1500


def test_who_listens_hears_every_change_until_they_stop(well):
    heard = []
    stop = well.on_frame(heard.append)
    well.set(picture())
    well.clear()
    stop()
    well.set(picture())
    assert heard == [Frame(picture()), None]


def test_every_question_is_answered_once(well, page, caplog):
    well.set(picture())
    for kind in ("clear", "use_offer", "picture", "url", "sample", "upload"):
        asked = f"once-{kind}"
        page.tell(id=asked, kind=kind)
        page.answer(asked)
    assert caplog.records == []


def test_strangers_messages_are_left_alone(page):
    page.tell(id="a", kind="unheard_of")
    page.tell(kind="clear")
    page.tell(id=7, kind="clear")
    assert page.heard == []


def test_a_file_name_is_only_text(well, page):
    name = "<img src=x onerror=alert(1)>.jpg"
    send_file(page, picture(), name)
    page.wait_for(lambda: well.facts)
    assert well.facts["name"] == name


def test_a_fault_of_ours_is_told_and_answered(page, well, caplog):
    class Broken(FrameWell):
        def handlers(self):
            return {"clear": lambda *_: 1 / 0}

    page = Page(Broken())
    fields, _ = page.ask("clear")
    assert "ZeroDivisionError" in fields["error"]
    assert "could not answer 'clear'" in caplog.text


def test_hash_is_that_of_what_would_be_sent(well):
    well.set(picture())
    assert well.facts["sha256"] == hashlib.sha256(well.frame.data).hexdigest()
