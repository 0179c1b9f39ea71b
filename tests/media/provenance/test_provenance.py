"""Where a clip comes from: written into its file without touching the film, and read as data."""

import io
import json
import random
import re
import struct
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hailuo_widgets.errors import InputError
from hailuo_widgets.library.origin import of_job
from hailuo_widgets.media.formats import xmp
from hailuo_widgets.media.formats.mp4_boxes import C2PA, XMP, body_of, boxes, is_movie
from hailuo_widgets.media.provenance.embed import embed_origin, read
from hailuo_widgets.request.video_request import VideoRequest
from hailuo_widgets.text import shown_name
from tests.support.films import mp4_builds
from tests.support.provenance import FRAMES, NOON, job, origin
from tests.support.samples import clip, picture

FILM = clip(frames=6, width=64, height=36)
IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def inscribed(data=FILM, told=None):
    target = io.BytesIO()
    assert embed_origin(io.BytesIO(data), target, told or origin())
    return target.getvalue()


def packet_of(data):
    return body_of(io.BytesIO(data), XMP, 10**9)


def with_packet(packet):
    """A film with this as its XMP, whatever it is."""
    return FILM + struct.pack(">I", 8 + 16 + len(packet)) + XMP + packet


# -- nothing is lost ----------------------------------------------------------------------------

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=2000)
NASTY = st.sampled_from(
    [
        "\0",
        "\x1b[2J",
        "\r",
        "\r\n",
        "\ufffe",
        "\uffff",
        "]]>",
        "<b>",
        "&amp;",
        '"',
        "{{ 7*7 }}",
        "🙂",
    ]
)
PROMPTS = ANY_TEXT | st.lists(NASTY | st.text(max_size=20), max_size=30).map("".join)


@settings(max_examples=100)
@given(
    prompt=PROMPTS.filter(lambda text: not re.search("[\ud800-\udfff]", text)),
    start=st.sampled_from(FRAMES),
    end=st.none() | st.sampled_from(FRAMES),
    expansion=st.booleans(),
    service=st.sampled_from(["wavespeed", "emulator"]),
    take=st.integers(1, 10**6),
    prediction=st.text(max_size=90),
    seconds=st.integers(0, 10**6),
    accepted=st.booleans(),
)
def test_every_request_survives_the_way_through_the_file(
    prompt, start, end, expansion, service, take, prediction, seconds, accepted
):
    request = VideoRequest(start, prompt, end, expansion)
    row = job(
        service=service,
        take=take,
        prediction_id=prediction,
        accepted_at=NOON if accepted else None,
        completed_at=NOON + timedelta(microseconds=seconds),
    )
    told = of_job(row, request)
    data = inscribed(told=told)
    found = read(data)
    assert found == told
    by_hash = {frame.sha256: frame for frame in FRAMES}
    again = VideoRequest(
        by_hash[found.image.sha256],
        found.prompt,
        found.end_image and by_hash[found.end_image.sha256],
        found.enable_prompt_expansion,
    )
    assert again.request_hash == request.request_hash
    assert (found.service, found.take, found.completed_at) == (service, take, row.completed_at)
    assert found.prediction_id == shown_name(prediction)
    assert mp4_builds.packets(data) == mp4_builds.packets(FILM)


# -- the film stays as it is --------------------------------------------------------------------

BUILDS = {
    "index first": FILM,
    "index last": mp4_builds.index_last(FILM),
    "wide offsets, index first": mp4_builds.wide_offsets(FILM),
    "wide offsets, index last": mp4_builds.wide_offsets(mp4_builds.index_last(FILM)),
    "open end": mp4_builds.open_ended(FILM),
    "inscribed before": inscribed(told=origin("something else", take=7)),
    "a player's box at the end": FILM + struct.pack(">I4s", 12, b"free") + b"note",
}


@pytest.mark.parametrize("build", BUILDS)
def test_the_streams_stay_bit_identical_and_ffmpeg_has_no_complaint(build):
    data = BUILDS[build]
    assert mp4_builds.packets(data) == mp4_builds.packets(FILM)
    done = inscribed(data)
    assert mp4_builds.packets(done) == mp4_builds.packets(data)
    assert mp4_builds.complaints(done) == mp4_builds.complaints(data) == []
    assert read(done) == origin()
    assert [box.kind for box in boxes(io.BytesIO(done))].count(XMP) == 1


def test_a_second_inscription_replaces_the_first_and_is_the_same_each_time():
    twice = inscribed(inscribed(told=origin("before")), origin())
    assert (b"before" in twice, twice.count(b"desc\0")) == (False, 1)
    assert inscribed() == inscribed()


def test_what_was_in_the_file_before_stays():
    done = inscribed(clip(frames=4, comment="taken over"))
    assert b"Lavf" in done
    assert mp4_builds.tags(done)["major_brand"] == "isom"
    note = struct.pack(">I4s", 12, b"free") + b"note"
    assert note in inscribed(FILM + note)


@pytest.mark.parametrize("kind", [b"moof", b"mfra", b"sidx", b"meta"])
def test_an_index_that_others_point_past_is_left_as_it_is(kind):
    """Tags would move what such boxes point at; the packet alone moves nothing."""
    pointing = struct.pack(">I4s", 16, kind) + bytes(8)
    place = FILM.index(b"mdat") - 4
    assert place > FILM.index(b"moov")
    data = FILM[:place] + pointing + FILM[place:]
    done = inscribed(data)
    assert done.startswith(data)
    assert read(done) == origin()


def test_a_file_signed_by_somebody_is_left_alone():
    """Its signature covers every byte, so anything written into it would break it."""
    signed = FILM + struct.pack(">I", 8 + 16 + 4) + C2PA + b"seal"
    assert embed_origin(io.BytesIO(signed), io.BytesIO(), origin()) is False


@pytest.mark.parametrize("cut", [0, 7, 31, 40, 700, -1])
def test_a_broken_file_is_not_inscribed(cut):
    assert embed_origin(io.BytesIO(FILM[:cut]), io.BytesIO(), origin()) is False


def test_somebody_elses_xmp_stays_and_ours_is_added():
    theirs = (
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        b"<r:Description xmlns:a='urn:aigc/' xmlns:d='http://purl.org/dc/elements/1.1/' r:about=''"
        b" a:Label='1'><d:title>theirs</d:title></r:Description></r:RDF></x:xmpmeta>"
    )
    done = inscribed(with_packet(theirs))
    assert read(done) == origin()
    packet = packet_of(done)
    assert b"a:Label='1'" in packet
    assert xmp.value_of(packet, "dc:title") == "theirs"
    assert xmp.value_of(packet, "Iptc4xmpExt:DigitalSourceType") == IPTC + "trainedAlgorithmicMedia"
    assert packet.count(b"theirs") == packet.count(b"title>") // 2 == 1
    ET.fromstring(packet)


# -- what other programs read -------------------------------------------------------------------


def test_a_generation_says_that_it_is_one_in_xmp_and_in_plain_tags():
    done = inscribed(told=origin("pan <left> & up\n\0"))
    packet = packet_of(done)
    said = {
        name: xmp.value_of(packet, name)
        for name in (
            "Iptc4xmpExt:DigitalSourceType",
            "Iptc4xmpExt:AISystemUsed",
            "Iptc4xmpExt:AIPromptInformation",
            "xmp:CreateDate",
            "dc:identifier",
        )
    }
    assert said == {
        "Iptc4xmpExt:DigitalSourceType": IPTC + "trainedAlgorithmicMedia",
        "Iptc4xmpExt:AISystemUsed": "minimax/hailuo-02/i2v-pro",
        "Iptc4xmpExt:AIPromptInformation": "pan <left> & up\n\ufffd",
        "xmp:CreateDate": "2026-11-22T12:01:01+00:00",
        "dc:identifier": "p-0123456789abcdef",
    }
    assert xmp.value_of(packet, "xmp:CreatorTool").startswith("hailuo_widgets ")
    tags = mp4_builds.tags(done)
    assert tags["title"] == "Generated with AI"
    assert tags["comment"] == (
        "Generated with AI: minimax/hailuo-02/i2v-pro"
        " (wavespeed, prediction p-0123456789abcdef, take 1)"
    )
    assert tags["description"] == "pan <left> & up"
    assert tags["date"] == "2026-11-22T12:01:01+00:00"
    assert packet.startswith(b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>')


def test_a_draft_says_that_it_is_one_and_claims_no_ai():
    done = inscribed(told=origin(service="emulator"))
    packet = packet_of(done)
    assert xmp.value_of(packet, "Iptc4xmpExt:DigitalSourceType") == IPTC + "composite"
    assert xmp.value_of(packet, "Iptc4xmpExt:AISystemUsed") is None
    tags = mp4_builds.tags(done)
    assert tags["title"] == "DRAFT"
    assert tags["comment"].startswith("DRAFT: rendered locally")


def test_the_word_draft_in_a_prompt_makes_no_draft_of_a_generation():
    tags = mp4_builds.tags(inscribed(told=origin("DRAFT: a DRAFT horse")))
    assert "DRAFT" not in tags["title"] + tags["comment"]
    assert tags["description"] == "DRAFT: a DRAFT horse"


def test_the_credits_are_a_text_in_which_nothing_acts():
    told = origin("push in\x1b[2J\u202e\r\nthen <b>pan</b>\0", FRAMES[1], expansion=False)
    assert str(told).splitlines() == [
        "Generated with AI: minimax/hailuo-02/i2v-pro at WaveSpeedAI.",
        "Prompt       push in\ufffd[2J\ufffd",
        "             then <b>pan</b>\ufffd",
        "Expansion    off",
        f"Start frame  frame 0.jpg (SHA-256 {FRAMES[0].sha256[:16]}…)",
        f"End image    frame 1.jpg (SHA-256 {FRAMES[1].sha256[:16]}…)",
        "Take         1",
        "Prediction   p-0123456789abcdef",
        "Asked        2026-11-22 12:00:00 UTC",
        "Accepted     2026-11-22 12:00:02 UTC",
        "Completed    2026-11-22 12:01:01 UTC",
        f"Software     {told.software}",
        f"Source type  {IPTC}trainedAlgorithmicMedia",
    ]
    assert repr(told) == str(told)


# -- whatever stands in a file is data ----------------------------------------------------------


def test_a_film_of_somebody_else_says_nothing():
    assert read(FILM) is None
    assert read(with_packet(xmp.packet({"dc:title": "theirs"}))) is None


def test_a_property_that_another_program_made_an_attribute_is_read_too():
    text = origin("a\nb <\0").to_json().replace("&", "&amp;").replace("<", "&lt;")
    packet = (
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description"
        f" xmlns:h='{xmp.NAMESPACES['hailuo']}' h:Statement='{text}'/></rdf:RDF>"
    )
    assert read(with_packet(packet.encode())) == origin("a\nb <\0")


LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (number, b"&l%d;" % (number - 1) * 10) for number in range(1, 12)
)


@pytest.mark.parametrize(
    ("packet", "words"),
    [
        (b"", "no well-formed XML"),
        (b"\x1f\x8b\x08" * 99, "no well-formed XML"),
        (b'<!DOCTYPE x [<!ENTITY l0 "ha">' + LAUGHS + b"]><x>&l11;</x>", "document type"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "document type"),
        (b'<!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1:9/">]><x>&e;</x>', "document type"),
        (b"<a>" * 1000 + b"</a>" * 1000, "nested too deeply"),
        (b'<?xml version="1.0" encoding="utf-7"?><a>+ADw-</b>', "no well-formed XML"),
        (b"<a>" + b" " * 1_100_000 + b"</a>", "more than 1,000,000 bytes"),
    ],
    ids=["empty", "gzip", "laughs", "outside", "fetching", "deep", "codec", "large"],
)
def test_packets_that_attack_their_reader_get_a_sentence(packet, words):
    with pytest.raises(InputError, match=rf"{words}.*Nothing was taken from it\."):
        read(with_packet(packet))


def changed(**values):
    told = json.loads(origin(end=FRAMES[1]).to_json())
    for name, value in values.items():
        place = told["request"] if name in told["request"] else told
        place[name] = value
    return with_packet(xmp.packet({"hailuo:Statement": json.dumps(told)}))


@pytest.mark.parametrize(
    "values",
    [
        {"version": 2},
        {"version": None},
        {"request": []},
        {"prompt": None},
        {"prompt": "x" * 2001},
        {"prompt": "\ud800"},
        {"enable_prompt_expansion": 1},
        {"image": None},
        {"image": "../../etc/passwd"},
        {"image": {"sha256": "../../etc/passwd", "name": "x"}},
        {"image": {"sha256": "a" * 64, "name": "x" * 81}},
        {"image": {"sha256": "a" * 64, "name": "\x1b[2J"}},
        {"image": {"sha256": "a" * 64 + "\n", "name": "x"}},
        {"end_image": 5},
        {"take": 0},
        {"take": True},
        {"take": 10**30},
        {"asked_at": "yesterday"},
        {"asked_at": "2026-11-22T12:00:00"},
        {"draft": "no"},
        {"service": ["wavespeed"]},
        {"prediction_id": None},
    ],
    ids=str,
)
def test_a_statement_that_was_changed_into_nonsense_gets_a_sentence(values):
    with pytest.raises(InputError, match=r"cannot be read: .*\. Nothing was taken from it\."):
        read(changed(**values))


@pytest.mark.parametrize(
    "text", ["", "[]", "[" * 100_000, "1" * 9999, "NaN", '{"version": 1}', "null", "{{ 7*7 }}"]
)
def test_a_statement_that_is_none_gets_a_sentence(text):
    with pytest.raises(InputError, match="cannot be read"):
        read(with_packet(xmp.packet({"hailuo:Statement": text})))


@pytest.mark.parametrize(
    "prompt", ["<script>window.hacked=1</script>", "{{ cycler.__init__ }}", "${jndi:x}", "__import__('os')"]
)  # fmt: skip
def test_markup_templates_and_code_in_a_prompt_stay_text(prompt):
    assert read(inscribed(told=origin(prompt))).prompt == prompt


SNIPPETS = [
    b"<!DOCTYPE a [<!ENTITY e 'x'>]>", b"&e;", b"<", b"</rdf:RDF>", b"\0", b"\xff\xfe", b"[" * 50,
    b"\\ud800", b"{", b'"', b"1e999", b"uuid", b"\0\0\0\1moov", b"\0\0\0\0", b"\xff\xff\xff\xff", b"]]>",
]  # fmt: skip


def mutation(luck, data, where):
    """Damage a part of a file in up to five places."""
    done = bytearray(data)
    for _ in range(luck.randint(1, 5)):
        place = luck.randrange(where, len(done))
        match luck.randrange(4):
            case 0:
                done[place] = luck.randrange(256)
            case 1:
                del done[place : place + luck.randint(1, 200)]
            case 2:
                done[place:place] = luck.choice(SNIPPETS)
            case 3:
                done[place : place + 8] = done[where : where + 8]
        where = min(where, len(done) - 1)
    return bytes(done)


def tried(data):
    try:
        return read(data), ""
    except InputError as error:
        return None, str(error)


@pytest.mark.parametrize("part", ["statement", "packet", "file"])
def test_a_thousand_damaged_files_give_an_origin_a_sentence_or_nothing(part):
    luck = random.Random(20261124)
    whole = inscribed(told=origin("push in, then pan", FRAMES[1]))
    packet = packet_of(whole)
    outcomes = {"told": 0, "silent": 0, "refused": 0}
    for _ in range(1000):
        if part == "statement":
            statement = mutation(luck, origin().to_json().encode(), 0).decode("utf-8", "replace")
            data = with_packet(xmp.packet({"hailuo:Statement": statement}))
        elif part == "packet":
            data = with_packet(mutation(luck, packet, 0))
        else:
            data = mutation(luck, whole, 0)
        assert is_movie(data) in {True, False}
        found, sentence = tried(data)
        outcomes["refused" if sentence else "told" if found else "silent"] += 1
        assert not sentence or sentence.endswith(". Nothing was taken from it.")
        assert not re.search("[\0-\x09\x0b-\x1f]", str(found))
        embed_origin(io.BytesIO(data), io.BytesIO(), origin())
    assert outcomes["refused"] > 50, outcomes


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_any_bytes_at_all_are_read_without_a_crash(data):
    for file in (data, with_packet(data), FILM[:32] + data):
        is_movie(file)
        assert tried(file)[0] is None


def test_pictures_of_the_same_family_are_no_movies():
    assert is_movie(FILM)
    assert is_movie(mp4_builds.index_last(FILM))
    assert not is_movie(picture())
    assert not is_movie(b"\0\0\0\x18ftypavif" + FILM[12:])
    assert not is_movie(struct.pack(">I4s", 16, b"ftyp") + b"heic\0\0\0\0" + FILM[32:])


def test_ffmpeg_is_told_of_no_warning_by_this_very_test():
    """The absence of complaints means something only if a complaint would be heard."""
    broken = bytearray(FILM)
    broken[-60:-52] = bytes(8)
    assert "error while decoding" in mp4_builds.complaints(bytes(broken))[0][2]
