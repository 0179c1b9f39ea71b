"""The comparison without a browser: what the page is told and given, and what a press does."""

import base64
import hashlib
import io
import json
import re
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hailuo_widgets as hw
from hailuo_widgets.errors import GenerationFailedError, InputError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.jobs.runner.job import Job, JobState
from hailuo_widgets.jobs.sweep.sweep import Sweep
from hailuo_widgets.media.video.scrub_frames import flipbook
from hailuo_widgets.request.sweep.grid import plan
from hailuo_widgets.request.video_request import VideoRequest
from hailuo_widgets.widgets.compare.compare import Compare
from hailuo_widgets.widgets.compare.layout import MOST_COLUMNS, lay_out
from hailuo_widgets.widgets.shared.transfer import PIECE_BYTES
from tests.support.clips import make_clip
from tests.support.fake_page import Page, saved
from tests.support.fast_clock import RUNNER, deductions
from tests.support.films import numbered_videos
from tests.support.films.film_reader import small
from tests.support.samples import gradient, picture

PROMPTS = ["slow push in, dawn", "slow push in, storm light", "[Pan left] dawn"]
EVIL = '<img src=x onerror="hacked()"> & <b>dawn</b>'
FRAME = Frame(gradient(), name="harbour.jpg")


@pytest.fixture
def clips(tmp_path):
    """Make clips of these prompts, each a file of its own."""

    def make(*prompts, draft=True, **film):
        copies = numbered_videos.copies(small(**film), len(prompts))
        folder = tmp_path / "hailuo-library"
        return [
            make_clip(folder, data, prompt=prompt, draft=draft)
            for data, prompt in zip(copies, prompts, strict=True)
        ]

    return make


def sweep(*prompts, **how):
    return Sweep.from_plan(plan(FRAME, list(prompts), **how), runner=RUNNER)


def cells(widget):
    return {cell["id"]: cell for cell in widget.cells if cell["kind"] == "clip"}


def text(words):
    return "".join(piece for piece, _ in words)


def ended(widget):
    widget.wait(30)
    return widget


# -- where everything stands ------------------------------------------------------------------

levels = st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=6, unique=True)


@given(st.lists(levels, min_size=1, max_size=3), st.data())
def test_every_cell_has_a_place_of_its_own_and_is_told_apart(factors, data):
    names = ["prompt", "take", "light"][: len(factors)]
    values = [dict(zip(names, each, strict=True)) for each in product(*factors)]
    layout = lay_out(data.draw(st.permutations(values)))
    places = [(spot.row, spot.column) for spot in layout.spots]
    assert len(set(places)) == len(values)
    if layout.columns:
        assert len(layout.columns) <= MOST_COLUMNS
        assert {row for row, _ in places} == set(range(len(layout.rows)))
        assert {column for _, column in places} <= set(range(len(layout.columns)))
    once = {name for name, each in zip(names, factors, strict=True) if len(each) == 1}
    if factors[-1] == ["1"] and names[-1] == "take":
        once -= {"take"}  # a first take goes without saying
    assert len(layout.same) == len(once)


def test_rows_and_columns_are_what_varies_and_the_rest_is_said_once():
    values = [
        {"prompt": prompt, "image": "harbour.jpg", "take": take}
        for prompt in PROMPTS
        for take in ("1", "2")
    ]
    layout = lay_out(values)
    assert layout.same == [("Start frame", "harbour.jpg")]
    assert (layout.column_name, [text(each) for each in layout.columns]) == ("Prompt", PROMPTS)
    assert [text(each) for each in layout.rows] == ["Take 1", "Take 2"]
    assert [(spot.row, spot.column) for spot in layout.spots] == [
        (0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2),
    ]  # fmt: skip
    assert layout.spots[3].title == "slow push in, storm light · Take 2"


def test_what_is_no_grid_follows_one_after_the_other():
    """A shot list with one thing at a place twice, or with most places empty."""
    twice = [{"prompt": "a", "light": "x"}] * 2 + [{"prompt": "b", "light": "y"}]
    sparse = [{"prompt": str(number), "light": str(number % 4)} for number in range(4)]
    for values in (twice, sparse):
        assert lay_out(values).columns == ()
        assert [spot.column for spot in lay_out(values).spots] == list(range(len(values)))


def test_many_prompts_by_two_takes_are_rows_of_two():
    layout = lay_out([{"prompt": f"shot {n}", "take": t} for n in range(12) for t in ("1", "2")])
    assert (len(layout.columns), len(layout.rows)) == (2, 12)


# -- clips and files --------------------------------------------------------------------------


def test_the_page_is_told_of_every_clip_and_which_words_differ(clips):
    widget = Compare(clips(*PROMPTS[:2]))
    one, two = cells(widget).values()
    assert (one["title"], one["number"], two["number"]) == (PROMPTS[0], 1, 2)
    assert one["words"] == [["slow push in, ", 0], ["dawn", 2]]
    assert two["words"] == [["slow push in, ", 0], ["storm light", 2]]
    assert one["facts"]["frames"] == 12
    assert ["Clips", "160 x 96 · 24 fps · 0.5 s"] in widget.head["same"]
    assert one["about"] == ""


def test_what_differs_between_files_stands_at_each(clips):
    widget = Compare([*clips("a"), *clips("b", frames=24, fps=30)])
    assert ["Clips", "160 x 96"] in widget.head["same"]
    assert [cell["about"] for cell in widget.cells] == ["24 fps · 0.5 s", "30 fps · 0.8 s"]


def test_titles_and_files(clips, tmp_path):
    first, second = clips("a", "b")
    path = tmp_path / "from elsewhere.mp4"
    path.write_bytes(small(frames=6))
    before = {each: each.stat().st_mtime_ns for each in tmp_path.iterdir()}
    widget = Compare({"dawn": first, "storm": second, "file": path})
    page = Page(widget)
    page.wait_for(lambda: cells(widget)["c3"]["facts"])
    assert [cell["title"].split(" · ")[0] for cell in widget.cells] == ["dawn", "storm", "file"]
    facts = cells(widget)["c3"]["facts"]
    assert (facts["frames"], facts["sha256"]) == (6, hashlib.sha256(path.read_bytes()).hexdigest())
    assert Frame(page.ask("poster", cell="c3")[1][0]).width == 160
    assert {each: each.stat().st_mtime_ns for each in tmp_path.iterdir()} == before
    widget.close()


def test_one_thing_needs_no_list(clips, tmp_path):
    (clip,) = clips("alone")
    assert list(cells(Compare(clip))) == ["c1"]
    assert cells(Compare(clip))["c1"]["title"] == "alone"
    assert cells(Compare([("named", clip)]))["c1"]["title"] == "named"
    path = tmp_path / "film.mp4"
    path.write_bytes(small())
    for given_path in (path, str(path)):
        widget = Compare(given_path)
        assert cells(widget)["c1"]["title"] == "film.mp4"
        Page(widget).wait_for(lambda now=widget: cells(now)["c1"]["facts"])


def test_nothing_to_compare_is_shown_as_that(clips):
    widget = Compare([])
    assert widget.cells == []
    assert "Comparison" in widget.draw_static_view()["text/plain"]


def test_what_is_no_clip_is_refused_by_name():
    for given_thing in (3, [None], {"x": 4}, [("title", 5)]):
        with pytest.raises(InputError, match="sweep, or of clips, jobs and paths"):
            Compare(given_thing)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "cannot be read: No such file"),
        (b"this is text", "cannot be shown"),
        (b"", "cannot be shown"),
        (small(frames=24)[:3000], "cannot be shown"),
    ],
    ids=["missing", "text", "empty", "cut"],
)
def test_a_file_that_is_no_video_says_so_in_its_place(clips, tmp_path, data, words):
    path = tmp_path / "broken.mp4"
    if data is not None:
        path.write_bytes(data)
    widget = Compare([*clips("whole"), path])
    Page(widget).wait_for(lambda: words in cells(widget)["c2"]["note"])
    assert "broken.mp4" in cells(widget)["c2"]["note"]
    assert str(tmp_path) not in json.dumps(widget.cells)
    assert cells(widget)["c1"]["facts"]


def test_one_frame_and_uneven_frames_are_clips_like_others(tmp_path):
    (tmp_path / "still.mp4").write_bytes(small(frames=1))
    (tmp_path / "uneven.mp4").write_bytes(small(frames=24, uneven=True))
    widget = Compare([tmp_path / "still.mp4", tmp_path / "uneven.mp4"])
    Page(widget).wait_for(lambda: all(cell["facts"] for cell in widget.cells))
    assert [cell["facts"]["frames"] for cell in widget.cells] == [1, 24]
    assert "1 frame" in widget.cells[0]["about"]


def test_forty_clips_are_told_and_two_hundred_are_cut(clips):
    (clip,) = clips("x")
    assert len(Compare([clip] * 40).cells) == 40
    widget = Compare([clip] * 200)
    assert len(widget.cells) == 120
    assert "the first 120 of 200 are shown" in widget.head["money"]


# -- what the page asks for -------------------------------------------------------------------


def test_pieces_are_the_file_and_only_of_the_clip_that_is_shown(clips):
    (clip,) = clips("x")
    page = Page(Compare(clip))
    fields, buffers = page.ask("piece", cell="c1", sha256=clip.sha256, offset=0, length=PIECE_BYTES)
    assert (fields["ok"], buffers) == (True, [clip.path.read_bytes()])
    for wrong in ({"sha256": "0" * 64}, {"cell": "c9"}, {"cell": "../c1"}):
        asked = {"cell": "c1", "sha256": clip.sha256, "offset": 0, "length": 10, **wrong}
        assert page.ask("piece", **asked)[0]["ok"] is False


def test_a_flip_book_has_a_picture_of_every_frame(clips):
    (clip,) = clips("x", frames=70)
    page, got, first = Page(Compare(clip)), [], 0
    while True:
        fields, buffers = page.ask("flipbook", cell="c1", first=first)
        got += buffers
        first += len(buffers)
        if first >= fields["count"]:
            break
    assert len(got) == fields["count"] == 70
    assert all((Frame(each).width, Frame(each).height) == (160, 96) for each in got)


def test_pictures_of_a_flip_book_are_numbered_as_the_frames_are(tmp_path):
    """Read from their pixels: the painted numbers come in order, each once, small as they are."""
    import numpy as np
    from PIL import Image

    from tests.support.films.film_reader import number

    path = tmp_path / "film.mp4"
    path.write_bytes(small(frames=40, width=640, height=360, key_frames=12))
    for side in (640, 320):
        found = [
            np.asarray(Image.open(io.BytesIO(page)).convert("L")) for page in flipbook(path, side)
        ]
        assert [number(each) for each in found] == list(range(40))
        assert found[0].shape[1] == side


@pytest.mark.parametrize("kind", ["piece", "poster", "flipbook", "last_frame", "examine"])
def test_a_file_that_is_gone_is_a_sentence(clips, kind):
    (clip,) = clips("x")
    widget = Compare(clip)
    widget.on_last_frame(lambda _: None)
    page = Page(widget)
    clip.path.unlink()
    clip.poster.unlink()
    fields, _ = page.ask(kind, cell="c1", sha256=clip.sha256, offset=0, length=10)
    assert "can no longer be read" in fields.get("error", fields.get("sentence", ""))
    assert str(clip.path.parent) not in json.dumps(fields)


def test_why_a_browser_cannot_play_a_file_is_found_out(clips):
    (clip,) = clips("x")
    page = Page(Compare(clip))
    assert "this browser cannot play" in page.ask("examine", cell="c1")[0]["sentence"]
    clip.path.write_bytes(clip.path.read_bytes()[:2000])
    assert "is damaged" in page.ask("examine", cell="c1")[0]["sentence"]


def test_any_last_frame_can_start_the_next_shot(clips):
    first, second = clips("x", "y")
    widget = Compare([first, second])
    assert widget.chainable is False
    heard = []
    widget.on_last_frame(heard.append)
    assert widget.chainable is True
    assert Page(widget).ask("last_frame", cell="c2", sha256=second.sha256)[0]["ok"] is True
    assert Frame(heard[0]).width == 160


def test_the_notebook_holds_neither_clips_nor_paths_nor_pictures(clips, tmp_path):
    widget = Compare(clips(*(f"prompt {number}" for number in range(8))))
    assert len(saved(widget)) < 8_000
    assert str(tmp_path) not in saved(widget)


# -- jobs -------------------------------------------------------------------------------------


def job_of(prompt="dawn", service="wavespeed", **how):
    job = Job(VideoRequest(FRAME, prompt), 1, service, expected_seconds=(30.0, 90.0), **how)
    job.cost = Decimal("0.49") if service == "wavespeed" else Decimal(0)
    return job


def failed(job):
    error = GenerationFailedError("The service failed this generation.", prediction_id="p")
    job.finish(error, JobState.FAILED, "failed")


def test_a_job_fills_its_place_when_its_clip_comes(clips):
    (clip,) = clips("dawn", draft=False)
    job, widget = job_of(), None
    widget = Compare([job, job_of("storm")])
    assert cells(widget)["c1"]["facts"] == {}
    assert cells(widget)["c1"]["picture"] == f"frame:{FRAME.sha256}"
    assert Frame(Page(widget).ask("poster", cell="c1")[1][0]).width == 640
    job.change(JobState.PROCESSING, "processing")
    assert widget.lines["c1"]["words"] == "processing"
    job.finish(clip, JobState.DOWNLOADED, "here")
    assert cells(widget)["c1"]["facts"]["sha256"] == clip.sha256
    assert widget.head["money"] == "1 of 2 clips here · $0.98"


def test_start_and_end_images_can_be_held_against_clips(clips):
    request = VideoRequest(FRAME, "dawn", Frame(picture(), name="end.jpg"))
    job = Job(request, 1, "emulator", expected_seconds=(1, 2))
    widget = Compare(job)
    stills = [cell for cell in widget.cells if cell["kind"] == "picture"]
    assert [still["title"] for still in stills] == ["Start frame", "End image"]
    page = Page(widget)
    assert page.ask("picture", cell="p1")[1] == [FRAME.data]
    assert page.ask("picture", cell="p9")[0]["ok"] is False


def test_a_failed_job_says_why_in_its_place_and_is_tried_again_at_its_price(clips, paid):
    job = job_of()
    again = job_of()
    asked = []

    class JobActions:
        def send_again(self, of, price):
            asked.append((of, price))
            return again

    job._actions = JobActions()
    widget = Compare(job)
    page = Page(widget)
    assert cells(widget)["c1"]["retry"] == ""
    failed(job)
    assert widget.lines["c1"]["error"] == "The service failed this generation."
    assert cells(widget)["c1"]["retry"] == "Try again · $0.49"
    refused, _ = page.ask("retry", cell="c1", words="Try again · $0.10")
    assert "now says" in refused["error"]
    assert asked == []
    assert page.ask("retry", cell="c1", words="Try again · $0.49")[0]["ok"] is True
    assert asked == [(job, Decimal("0.49"))]
    assert widget.lines["c1"]["error"] == ""
    (clip,) = clips("dawn", draft=False)
    again.finish(clip, JobState.DOWNLOADED, "here")
    assert cells(widget)["c1"]["facts"]["sha256"] == clip.sha256


def test_a_draft_that_failed_is_tried_again_for_nothing(emulator, paid):
    job = job_of(service="emulator")
    widget = Compare(job)
    failed(job)
    assert cells(widget)["c1"]["retry"] == "Try again"


# -- sweeps, at the paid service that the emulator plays ---------------------------------------


def test_what_costs_more_than_two_dollars_waits_for_a_press_on_its_price(emulator, paid):
    widget = Compare(sweep(*PROMPTS, takes=2))
    widget.begin()
    page = Page(widget)
    assert widget.head["run"] == "Run 6 · $2.94"
    assert "$2.94 (6 at $0.49" in widget.head["money"]
    assert [cell["facts"] for cell in cells(widget).values()] == [{}] * 6
    assert "It costs $2.94 now" in page.ask("run", amount="$0.49")[0]["error"]
    assert deductions(emulator) == []
    assert page.ask("run", amount="$2.94")[0]["ok"] is True
    ended(widget)
    assert len(deductions(emulator)) == 6
    assert len(widget.clips) == 6
    assert (widget.head["run"], widget.head["money"]) == ("", "6 clips · $2.94")
    assert len({cell["facts"]["sha256"] for cell in cells(widget).values()}) == 6


def test_what_costs_less_runs_at_once_and_again_for_nothing(emulator, paid):
    widget = Compare(sweep(*PROMPTS))
    widget.begin()
    ended(widget)
    assert len(deductions(emulator)) == 3
    again = Compare(sweep(*PROMPTS))
    assert again.head["run"] == "Show what is in your library · $0"
    again.begin()
    assert len(ended(again).clips) == 3
    assert len(deductions(emulator)) == 3
    assert again.head["run"] == ""


def test_a_refused_budget_is_a_sentence_in_the_widget(emulator, paid, tmp_path):
    hw.connect("wavespeed", budget="0.50", api_key=emulator.key, base_url=emulator.url,
               tier="ultra", library=tmp_path / "library")  # fmt: skip
    widget = Compare(sweep(*PROMPTS))
    widget.begin()
    assert "$1.47" in widget.head["trouble"]
    assert deductions(emulator) == []
    assert widget.head["run"] == "Run 3 · $1.47"
    hw.connect("wavespeed", budget=5, api_key=emulator.key, base_url=emulator.url,
               tier="ultra", library=tmp_path / "library")  # fmt: skip
    assert Page(widget).ask("run", amount="$1.47")[0]["ok"] is True
    assert ended(widget).head["trouble"] == ""


def test_a_failed_cell_is_tried_again_alone(emulator, paid):
    emulator.fault(15)
    widget = Compare(sweep(*PROMPTS[:2]))
    widget.begin()
    ended(widget)
    (bad,) = [cell for cell in cells(widget).values() if not cell["facts"]]
    assert bad["retry"] == "Try again · $0.49"
    assert widget.lines[bad["id"]]["error"]
    assert Page(widget).ask("retry", cell=bad["id"], words=bad["retry"])[0]["ok"] is True
    assert len(ended(widget).clips) == 2
    assert len(deductions(emulator)) == 3
    assert widget.head["money"] == "2 clips · $0.98 · $0.49 for tries that failed"


def test_a_persons_word_on_a_cell_in_doubt_holds_in_a_later_kernel(emulator, paid):
    emulator.fault(29)
    widget = Compare(sweep("dusk"))
    widget.begin()
    ended(widget)
    (cell,) = cells(widget)
    assert "may have been billed" in widget.lines[cell]["error"]
    told, _ = Page(widget).ask("decide", cell=cell, act="send", prediction="")
    assert told["ok"] is True
    assert len(ended(widget).clips) == 1
    again = Compare(sweep("dusk"))
    again.begin()
    assert [clip.sha256 for clip in ended(again).clips] == [clip.sha256 for clip in widget.clips]
    assert len(deductions(emulator)) == 2


def test_a_sweep_is_paused_and_goes_on(emulator, paid):
    emulator.renderer.open.clear()
    emulator.reset(tier="bronze")
    connected = hw.connect("wavespeed", budget=20, api_key=emulator.key, base_url=emulator.url,
                           tier="bronze")  # fmt: skip
    widget = Compare(sweep(*(f"shot {number}" for number in range(9))))
    page = Page(widget)
    page.ask("run", amount="$4.41")
    page.wait_for(lambda: widget.head["hold"] == "pause")
    assert page.ask("pause")[0]["ok"] is True
    assert widget.head["hold"] == "resume"
    held = [cell for cell in widget.sweep.cells if cell.withdrawn]
    assert widget.head["hold_words"] == f"Resume · ${0.49 * len(held):.2f}"
    assert page.ask("resume", amount="$0.01")[0]["ok"] is False
    emulator.renderer.open.set()
    emulator.reset(tier="ultra")
    assert connected.tier == "bronze"


def test_left_out_cells_keep_their_place(paid):
    made = Sweep.from_plan(
        plan(FRAME, "{move}, {light}", skip={"move": "pan", "light": "night"},
             variables={"move": ["push", "pan"], "light": ["dawn", "night"]}),
        runner=RUNNER,
    )  # fmt: skip
    widget = Compare(made)
    assert [cell["note"] for cell in cells(widget).values()] == ["", "", "", "Left out."]
    assert ["Prompt", "{move}, {light}"] in widget.head["same"]
    assert "Run 3" in widget.head["run"]


# -- without a kernel -------------------------------------------------------------------------


def test_the_static_view_shows_posters_and_facts_and_stays_small(clips):
    for count in (1, 8, 40):
        widget = Compare(clips(*(f"prompt {n}" for n in range(count)), width=640, height=360))
        twin = widget.draw_static_view()
        assert twin["text/html"].count("data:image/jpeg;base64,") == count
        assert len(json.dumps(twin.whole())) + len(json.dumps(widget._about(twin))) < 300_000
        assert f"prompt {count - 1}" in twin["text/plain"]
        assert "160 x 96" not in twin["text/plain"]
        assert Frame(base64.b64decode(twin.whole()["image/jpeg"])).width > 100
        assert len(twin.cards) == count


def test_a_prompt_is_text_in_the_static_view(clips):
    markup = Compare(clips(EVIL, EVIL + "!")).draw_static_view()["text/html"]
    assert "<img src=x" not in markup
    assert "&lt;img src=x" in markup


def test_the_static_view_of_a_grid_has_its_headings(emulator, paid):
    widget = ended(Compare(sweep(*PROMPTS, takes=2)).run())
    markup = re.sub(r"data:[^\"]+", "", widget.draw_static_view()["text/html"])
    assert markup.count("Take 2") >= 1
    assert "repeat(3,minmax(0,1fr))" in markup
    assert "<b>storm light</b>" in markup


def test_a_report_is_told_cells_and_head_without_paths(clips):
    about = Compare(clips("a", "b")).draw_static_view().more
    assert [cell["title"] for cell in about["cells"]] == ["a", "b"]
    assert "relpath" not in json.dumps(about)


def test_closing_lets_go_of_everything(clips, tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(small())
    job = job_of()
    widget = Compare([path, job])
    Page(widget).wait_for(lambda: cells(widget)["c1"]["facts"])
    posters = widget._folder.name
    before = widget.lines
    widget.close()
    job.change(JobState.PROCESSING, "processing")
    assert widget.lines == before
    assert not Path(posters).exists()
