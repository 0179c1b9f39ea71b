"""Clips side by side in one file: what is truly in its pixels."""

import io

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from hailuo_widgets.errors import InputError, LibraryError
from hailuo_widgets.media.clip import read_facts
from hailuo_widgets.media.editing.layout import GridLayout
from hailuo_widgets.media.editing.side_by_side import MOST, contact_sheet, write_comparison
from tests.support import samples
from tests.support.films.film_reader import decoded, kept, number, shown_at, small
from tests.support.library_factory import full_disk

pytestmark = pytest.mark.slow

EVIL = '<img src=x onerror="1"> & <b>dawn</b>'
TEXTS = [
    EVIL,
    "🌅 dawn 👨‍👩‍👧 ☀️",
    "慢慢推进 黎明",
    "דחיפה איטית slow push אל תוך",
    "ببطء نحو الداخل",
    "a" * 2000,
    "slow push in, " * 150,
    "\u202eevil\x00\n\ttext \ud800",
    "",
]
KINDS = [(1, 24), (2, 12), (7, 24), (13, 30), (12, 25)]


def cells_of(width, height, count, columns, lines=2, **more):
    """Where the pictures of a comparison stand."""
    return (
        GridLayout(count, columns, [(width, height)] * count, lines=lines, **more)
        .within(1920, 1080)
        .cells
    )


@pytest.fixture
def film(tmp_path):
    return kept(tmp_path, small(12), "film.mp4")


def leftovers(folder):
    return sorted(path.name for path in folder.iterdir() if path.suffix == ".part")


@settings(max_examples=10)
@given(
    kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=5),
    columns=st.integers(1, 6),
    data=st.data(),
)
def test_each_frame_shows_what_a_player_shows_of_each_clip_at_that_time(
    tmp_path_factory, kinds, columns, data
):
    folder = tmp_path_factory.mktemp("montage")
    offsets = data.draw(
        st.lists(st.sampled_from([-0.25, 0.0, 0.1]), min_size=len(kinds), max_size=len(kinds))
    )
    cells = [(kept(folder, small(*kind), f"{at}.mp4"), f"c{at}") for at, kind in enumerate(kinds)]
    made = write_comparison(cells, folder / "out.mp4", columns=columns, offsets=offsets)
    rate = max(fps for _, fps in kinds)
    boxes = cells_of(160, 96, len(kinds), min(columns, len(kinds)))
    frames = decoded(made)
    ends = [count / fps - offset for (count, fps), offset in zip(kinds, offsets, strict=True)]
    assert len(frames) == max(1, -int(-(max(ends) * rate - 0.05) // 1))
    for at, light in enumerate(frames):
        seen = [number(light, box) for box in boxes]
        assert seen == [
            shown_at(at / rate + offset, fps, count)
            for (count, fps), offset in zip(kinds, offsets, strict=True)
        ]


def test_it_plays_everywhere_and_fits_a_screen(tmp_path):
    wide = kept(tmp_path, samples.clip(frames=3, width=1280, height=720), "wide.mp4")
    made = write_comparison([(wide, "a"), (wide, "b"), (wide, "c")], tmp_path / "o.mp4", columns=2)
    with av.open(str(made)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
        assert stream.width <= 1920
        assert stream.height <= 1080
        assert (stream.width % 2, stream.height % 2) == (0, 0)
    head = made.read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")
    assert read_facts(made).draft is False


def test_a_loop_is_a_part_of_the_time(tmp_path, film):
    made = write_comparison([(film, "a")], tmp_path / "o.mp4", columns=1, loop=(0.125, 0.25))
    boxes = cells_of(160, 96, 1, 1)
    assert [number(light, boxes[0]) for light in decoded(made)] == [3, 4, 5]


def test_of_a_varying_rate_the_frame_that_lasts_is_shown(tmp_path):
    """Every third frame lasts twice as long: 0 1 2 2 3 4 5 5 ..."""
    uneven = kept(tmp_path, small(9, uneven=True), "uneven.mp4")
    even = kept(tmp_path, small(12), "even.mp4")
    made = write_comparison([(uneven, ""), (even, "")], tmp_path / "o.mp4", columns=2)
    box = cells_of(160, 96, 2, 2, lines=0)[0]
    rate = float(read_facts(made).fps)
    expected = [0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8, 8]
    seen = [number(light, box) for light in decoded(made)]
    assert rate == 24
    assert seen[:12] == expected


def test_drafts_say_so_beside_their_label_and_in_the_metadata(tmp_path, film):
    draft = kept(tmp_path, samples.clip(frames=3, comment="DRAFT: rendered"), "draft.mp4")
    made = write_comparison([(film, "paid"), (draft, "free")], tmp_path / "o.mp4", columns=2)
    assert read_facts(made).draft is True
    with av.open(str(made)) as container:
        said = container.metadata
        picture = next(container.decode(video=0)).to_image()
    assert said["title"] == "DRAFT"
    assert said["comment"].startswith("DRAFT: clip 2 rendered locally")
    plan = GridLayout(2, 2, [(160, 96), (320, 180)]).within(1920, 1080)
    assert [has_chip(picture, box) for box in plan.labels] == [False, True]
    sheet = Image.open(io.BytesIO(contact_sheet([(film, "paid"), (draft, "free")], 3)))
    halves = [
        sheet.crop((0, top, sheet.width, top + sheet.height // 2)) for top in (0, sheet.height // 2)
    ]
    assert [has_chip(half, (0, 0, *half.size)) for half in halves] == [False, True]


def has_chip(picture, box):
    x, y, width, height = box
    part = picture.convert("RGB").crop((x, y, x + width, y + height))
    amber = [r > 200 and 120 < g < 200 and b < 90 for r, g, b in part.get_flattened_data()]
    return sum(amber) > 20


def test_labels_are_text_whatever_they_hold(tmp_path, film):
    made = write_comparison(
        [(film, text) for text in TEXTS], tmp_path / "o.mp4", columns=5,
        row_labels=[EVIL, "🌅"], column_labels=TEXTS,
    )  # fmt: skip
    with av.open(str(made)) as container:
        said = container.metadata["description"]
        assert "DRAFT" not in container.metadata.get("title", "")
    assert said.splitlines()[0] == f"1. {EVIL}"
    assert "a" * 2000 in said
    assert "\u202e" not in said
    assert len(contact_sheet([(film, text) for text in TEXTS], 2)) > 1000


def test_the_word_draft_in_a_prompt_makes_no_draft(tmp_path, film):
    made = write_comparison([(film, "DRAFT horses")], tmp_path / "o.mp4", columns=1)
    assert read_facts(made).draft is False


def test_a_place_can_be_empty(tmp_path, film):
    made = write_comparison([(None, "not asked for"), (film, "b")], tmp_path / "o.mp4", columns=2)
    boxes = cells_of(160, 96, 2, 2)
    assert [number(decoded(made)[5], box) for box in boxes] == [None, 5]


@pytest.mark.parametrize("data", [None, b"", b"<html>404</html>", samples.clip(frames=9)[:900]])
def test_a_clip_that_is_missing_or_damaged_is_named_and_nothing_is_left(tmp_path, film, data):
    broken = tmp_path / "broken.mp4"
    if data is not None:
        broken.write_bytes(data)
    cells = [(film, "good"), (broken, EVIL)]
    with pytest.raises(InputError, match="clip 2") as told:
        write_comparison(cells, tmp_path / "o.mp4", columns=2)
    assert "Nothing was written" in str(told.value)
    assert str(tmp_path) not in str(told.value)
    assert not (tmp_path / "o.mp4").exists()
    assert leftovers(tmp_path) == []
    with pytest.raises(InputError, match="clip 2"):
        contact_sheet(cells)


def test_a_clip_that_stops_decoding_on_the_way_is_named_and_nothing_is_left(tmp_path):
    data = bytearray(small(40))
    middle = len(data) // 2
    data[middle : middle + 4000] = bytes(4000)
    broken = kept(tmp_path, bytes(data), "broken.mp4")
    with pytest.raises(InputError, match="does not decode"):
        write_comparison([(broken, "x")], tmp_path / "o.mp4", columns=1)
    assert [path.name for path in tmp_path.iterdir()] == ["broken.mp4"]


def test_a_file_that_exists_is_left_as_it_is(tmp_path, film):
    there = kept(tmp_path, b"mine", "mine.mp4")
    with pytest.raises(InputError, match="exists already"):
        write_comparison([(film, "a")], there, columns=1)
    assert there.read_bytes() == b"mine"


def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path, film):
    with pytest.raises(LibraryError, match="could not be written"), full_disk(2000):
        write_comparison([(film, "a")], tmp_path / "o.mp4", columns=1)
    assert leftovers(tmp_path) == []


def test_what_cannot_be_shown_is_a_sentence(tmp_path, film):
    with pytest.raises(InputError, match="no clip to show"):
        write_comparison([], tmp_path / "o.mp4", columns=2)
    with pytest.raises(InputError, match="too many"):
        write_comparison([(film, "a")] * (MOST + 1), tmp_path / "o.mp4", columns=8)
    with pytest.raises(InputError, match="do not fit"):
        write_comparison([(film, "a")] * 40, tmp_path / "o.mp4", columns=1)
    with pytest.raises(InputError, match="loop"):
        write_comparison([(film, "a")], tmp_path / "o.mp4", columns=1, loop=(0.2, 0.1))


def test_forty_clips_are_one_film(tmp_path, film):
    made = write_comparison([(film, "a")] * 40, tmp_path / "o.mp4", columns=8)
    assert read_facts(made).frame_count == 12


def test_who_stops_it_gets_no_file(tmp_path, film):
    class StoppedError(Exception):
        pass

    def stop(share):
        if share > 0.3:
            raise StoppedError

    with pytest.raises(StoppedError):
        write_comparison([(film, "a")], tmp_path / "o.mp4", columns=1, progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


def sheet_numbers(data, clips, columns, width=1600):
    """The numbers on a sheet, a row for each clip."""
    import numpy as np

    light = np.asarray(Image.open(io.BytesIO(data)).convert("L"))
    plan = GridLayout(
        clips * columns, columns, [(160, 96)] * clips, lines=0, row_names=True, column_names=True
    )
    found = [number(light, box) for box in plan.within(width, 16_000).cells]
    return [found[at : at + columns] for at in range(0, len(found), columns)]


def test_a_contact_sheet_shows_the_same_instants_of_all_clips(tmp_path):
    clips = [(kept(tmp_path, small(*kind), f"{kind}.mp4"), "x") for kind in [(12, 24), (25, 25)]]
    data = contact_sheet(clips, 5)
    last = 24 / 25
    expected = [
        [shown_at(last * step / 4, fps, count) for step in range(5)]
        for count, fps in [(12, 24), (25, 25)]
    ]
    assert expected[1] == [0, 6, 12, 18, 24]
    assert sheet_numbers(data, 2, 5) == expected
    assert sheet_numbers(contact_sheet(clips, [0.25, 0.5]), 2, 2) == [[6, 11], [6, 12]]


def test_a_contact_sheet_of_one_instant_is_a_grid(film):
    image = Image.open(io.BytesIO(contact_sheet([(film, "a")] * 4, 1, width=1200)))
    assert image.format == "JPEG"
    assert image.width <= 1200
    assert image.height < image.width
