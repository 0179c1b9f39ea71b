"""A library as a folder: moved elsewhere, asked for its pictures, relieved of clips."""

import gc
import os
import shutil
import sys
import threading
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.library.ledger.states import JobState
from hailuo_widgets.library.library import Library
from hailuo_widgets.request.video_request import VideoRequest
from tests.support import samples
from tests.support.library_factory import FREE, PRICE, begin, finished

CLIP = samples.clip()
OTHER_CLIP = samples.clip(frames=9)


@pytest.fixture
def library(tmp_path):
    library = Library(tmp_path / "library")
    library.ledger.budget.set("wavespeed", 5)
    yield library
    library.close()


def has_clip(library):
    return lambda sha256: library.media.clip_path(sha256).is_file()


def ask_again(library, row):
    return library.ledger.begin(
        row.service, library.request_of(row), row.take, row.price,
        holder=library.holder.name, is_alive=library.holder.is_alive, has_clip=has_clip(library),
    )  # fmt: skip


def test_a_request_is_made_again_from_the_librarys_own_pictures(library):
    end_image = Frame(samples.picture(colour=(1, 2, 3), kind="PNG"), name="night.png")
    wanted = VideoRequest(
        Frame(samples.gradient(), name="quay.jpg"), "[Pan left]", end_image, False
    )
    row = finished(library, wanted, CLIP)
    again = library.request_of(row)
    assert again == wanted
    assert (again.image.source_name, again.end_image.source_name) == ("quay.jpg", "night.png")
    assert again.payload() == wanted.payload()


@settings(max_examples=25)
@given(
    prompt=st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
    expansion=st.booleans(),
    kind=st.sampled_from(["JPEG", "PNG"]),
)
def test_every_request_comes_back_as_it_was(tmp_path_factory, prompt, expansion, kind):
    library = Library(tmp_path_factory.mktemp("library"))
    frame = Frame(samples.gradient(kind=kind))
    library.media.keep_frame(frame)
    wanted = VideoRequest(frame, prompt, None, expansion)
    row, _ = begin(library.ledger, wanted, price=FREE)
    assert library.request_of(row) == wanted
    library.close()


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda path: path.unlink(), "“quay.jpg” of this request is not in the library any more"),
        (lambda path: path.write_bytes(b"damaged"), "“quay.jpg” of this request is damaged"),
    ],
)
def test_a_picture_that_is_gone_or_damaged_is_told_and_nothing_is_made_up(library, harm, words):
    row = finished(library, VideoRequest(Frame(samples.picture(), name="quay.jpg")), CLIP)
    harm(library.media.frame_path(samples.request().image.sha256))
    with pytest.raises(LibraryError, match=f"first frame {words}.*Nothing was sent"):
        library.request_of(row)


def test_a_request_that_is_not_the_one_that_was_asked_for_is_never_given(library):
    row = finished(library, data=CLIP)
    library.ledger._database.connection.execute("UPDATE requests SET prompt = 'another'")
    with pytest.raises(LibraryError, match="not what was asked for"):
        library.request_of(row)


def test_a_deleted_clip_takes_its_poster_along_and_leaves_the_money(library):
    row = finished(library, data=CLIP)
    library.remove_clip(row.id)
    assert not library.media.clip_path(row.clip_sha256).exists()
    assert not library.media.poster_path(row.clip_sha256).exists()
    kept = library.ledger.jobs.row(row.id)
    assert (kept.state, kept.price, kept.removed_at is None) == (JobState.DOWNLOADED, PRICE, False)
    assert library.ledger.budget.read("wavespeed").spent == PRICE


def test_a_clip_that_another_job_shows_stays_until_that_is_deleted_too(library):
    first = finished(library, data=CLIP, take=1)
    second = finished(library, data=CLIP, take=2)
    path = library.media.clip_path(first.clip_sha256)
    library.remove_clip(first.id)
    assert path.is_file()
    library.remove_clip(second.id)
    assert not path.exists()


def test_of_two_kernels_that_delete_a_clip_the_second_is_told(library):
    row = finished(library, data=CLIP)
    other = Library(library.path)
    library.remove_clip(row.id)
    with pytest.raises(LibraryError, match="deleted already, here or in another kernel"):
        other.remove_clip(row.id)
    other.close()


def test_kernels_that_delete_a_clip_at_the_same_moment_delete_it_once(library):
    row = finished(library, data=CLIP)
    others = [Library(library.path) for _ in range(4)]
    start, told = threading.Barrier(4), []

    def remove(kernel):
        start.wait()
        try:
            kernel.remove_clip(row.id)
        except LibraryError as error:
            told.append(str(error))

    threads = [threading.Thread(target=remove, args=[kernel]) for kernel in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 3
    assert all("deleted already" in sentence for sentence in told)
    for kernel in others:
        kernel.close()


def test_a_job_without_a_clip_has_none_to_delete(library):
    row, _ = begin(library.ledger)
    with pytest.raises(LibraryError, match="has no clip"):
        library.remove_clip(row.id)
    with pytest.raises(LibraryError, match="no job 99"):
        library.remove_clip(99)


def test_a_clip_whose_file_will_not_go_is_told_by_name(library):
    row = finished(library, data=CLIP)
    path = library.media.clip_path(row.clip_sha256)
    path.unlink()
    path.mkdir()
    with pytest.raises(LibraryError, match=f"clips/{path.name} could not be deleted"):
        library.remove_clip(row.id)


def test_a_deleted_draft_asked_for_again_is_rendered_anew(library):
    row = finished(library, data=CLIP, price=FREE)
    library.remove_clip(row.id)
    again, mine = ask_again(library, row)
    assert (again.id, again.state, mine) == (row.id, JobState.INTENT, True)


def test_a_deleted_paid_clip_asked_for_again_is_fetched_and_not_paid_again(library):
    row = finished(library, data=CLIP)
    library.remove_clip(row.id)
    again, mine = ask_again(library, row)
    assert (again.state, again.prediction_id, mine) == (JobState.COMPLETED, row.prediction_id, True)
    assert library.ledger.budget.read("wavespeed").spent == PRICE
    back = finished(library, data=CLIP)
    assert back.removed_at is None


def test_a_deleted_clip_that_another_job_keeps_is_back_when_it_is_asked_for(library):
    first = finished(library, data=CLIP, take=1)
    finished(library, data=CLIP, take=2)
    library.remove_clip(first.id)
    again, mine = ask_again(library, first)
    assert (again.state, again.removed_at, mine) == (JobState.DOWNLOADED, None, False)


def test_a_library_is_moved_and_opened_elsewhere(tmp_path):
    library = Library(tmp_path / "here")
    library.ledger.budget.set("wavespeed", 5)
    row = finished(library, data=CLIP)
    library.close()
    shutil.move(tmp_path / "here", tmp_path / "there")
    moved = Library(tmp_path / "there")
    clip = moved.clip(row.clip_sha256)
    assert clip.path.read_bytes() == CLIP
    assert moved.request_of(moved.ledger.jobs.row(row.id)) == samples.request()
    assert moved.verify().ok
    moved.close()


def test_a_library_copied_while_its_kernel_runs_is_carried_on_by_another(tmp_path):
    library = Library(tmp_path / "here")
    library.ledger.budget.set("wavespeed", 5)
    row, _ = begin(library.ledger, holder=library.holder.name)
    library.ledger.transitions.advance(row.id, JobState.SENT)
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    copy = Library(tmp_path / "there")
    taken = copy.ledger.transitions.take_up(
        row.id, holder=copy.holder.name, is_alive=copy.holder.is_alive
    )
    assert taken.state is JobState.UNKNOWN
    copy.close()
    library.close()


def test_no_path_of_this_machine_is_in_a_library(library):
    source = library.path / "picture of mine.jpg"
    source.write_bytes(samples.picture())
    finished(library, VideoRequest(source), CLIP)
    library.ledger.close()
    written = (library.path / "ledger.sqlite3").read_bytes()
    assert os.fsencode(library.path) not in written
    assert b"picture of mine.jpg" in written


@pytest.mark.skipif(sys.version_info < (3, 13), reason="earlier Pythons close it without a word")
def test_a_library_that_nobody_closed_leaves_no_open_connection(tmp_path):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        Library(tmp_path / "library")
        gc.collect()
    assert [each for each in said if each.category is ResourceWarning] == []
