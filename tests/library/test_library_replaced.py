"""A library deleted, moved or replaced while it is open: nothing is sent, and all say so."""

import multiprocessing
import os
import shutil
import sqlite3

import pytest

from hailuo_widgets.errors import HailuoError, LibraryError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.jobs.runner.api import resume
from hailuo_widgets.jobs.services.connect import connect, connections
from hailuo_widgets.library.ledger.states import JobState
from hailuo_widgets.library.library import Library
from hailuo_widgets.request.video_request import VideoRequest
from tests.support import samples
from tests.support.fast_clock import PATIENCE, deductions, generate
from tests.support.library_factory import PRICE, begin, finished
from tests.support.samples import gradient

GONE = "The library folder was deleted or moved while this kernel had it open"
LEDGER = "ledger.sqlite3"


@pytest.fixture
def library(tmp_path):
    """A library in use, with a line that is about to be sent, and an older copy of all beside it."""
    library = Library(tmp_path / "library")
    library.ledger.budget.set("wavespeed", 5)
    finished(library)
    with sqlite3.connect(library.path / LEDGER) as older:
        (tmp_path / "older").mkdir()
        copy = sqlite3.connect(tmp_path / "older" / LEDGER)
        older.backup(copy)
        copy.close()
    older.close()
    other = Library(tmp_path / "another")
    other.close()
    library.asked, _ = begin(
        library.ledger, VideoRequest(gradient(), "dusk"), holder=library.holder.name
    )
    library.ledger.queue.take_turn(
        library.asked.id, concurrent=9, per_minute=9, is_alive=lambda _: True
    )
    yield library
    library.close()


def in_place(source, target):
    """Write over a file as ``cp`` does: it stays the same file."""
    with target.open("r+b") as file:
        file.truncate()
        file.write(source.read_bytes())


HARMS = {
    "deleted": shutil.rmtree,
    "moved": lambda path: path.rename(path.with_name("moved")),
    "moved, an empty one made": lambda path: (path.rename(path.with_name("moved")), path.mkdir()),
    "another library in its place": lambda path: (
        shutil.rmtree(path), path.with_name("another").rename(path),
    ),
    "swapped with another": lambda path: (
        path.rename(path.with_name("x")),
        path.with_name("another").rename(path),
        path.with_name("x").rename(path.with_name("another")),
    ),
    "an older copy in its place": lambda path: (
        shutil.rmtree(path), path.with_name("older").rename(path),
    ),
    "a copy of itself in its place": lambda path: (
        shutil.copytree(path, path.with_name("copy")),
        shutil.rmtree(path),
        path.with_name("copy").rename(path),
    ),
    "the ledger alone deleted": lambda path: (path / LEDGER).unlink(),
    "the ledger replaced": lambda path: (path.with_name("older") / LEDGER).replace(path / LEDGER),
    "the -wal alone deleted": lambda path: (path / f"{LEDGER}-wal").unlink(),
    "the -shm alone deleted": lambda path: (path / f"{LEDGER}-shm").unlink(),
    "the media alone deleted": lambda path: [
        shutil.rmtree(path / name) for name in ("frames", "clips", "posters")
    ],
}  # fmt: skip


@pytest.mark.parametrize("harm", HARMS)
def test_before_the_request_goes_out_the_folder_is_seen_to_be_another(library, harm):
    library.require_written(library.asked.id)
    HARMS[harm](library.path)
    assert not library.is_whole
    with pytest.raises(LibraryError, match=f"{GONE}. Nothing was sent"):
        library.require_written(library.asked.id)


@pytest.mark.parametrize("harm", [harm for harm in HARMS if "media" not in harm])
def test_nothing_is_asked_for_looked_up_or_written_in_a_ledger_without_its_name(library, harm):
    HARMS[harm](library.path)
    ledger, request = library.ledger, VideoRequest(gradient(), "new")
    for work in (
        lambda: begin(ledger, request),
        lambda: ledger.begin_all("wavespeed", [(request, 1)], PRICE, holder="me",
                                 is_alive=lambda _: False, has_clip=lambda _: True),
        lambda: ledger.queue.take_turn(library.asked.id, concurrent=9, per_minute=9, is_alive=lambda _: True),
        lambda: ledger.budget.set("wavespeed", 9),
    ):  # fmt: skip
        with pytest.raises(LibraryError, match=f"{GONE}. Nothing was sent"):
            work()
    for work in (
        ledger.history.page, ledger.jobs.all, ledger.jobs.resumable, ledger.change_counter, ledger.annotations.tags,
        lambda: ledger.annotations.note(1, "x"), lambda: ledger.transitions.advance(library.asked.id, JobState.UNKNOWN),
    ):  # fmt: skip
        with pytest.raises(LibraryError, match=GONE):
            work()


def test_an_answer_that_cannot_be_written_does_not_say_that_nothing_was_sent(library):
    shutil.rmtree(library.path)
    with pytest.raises(LibraryError, match=GONE) as told:
        library.ledger.transitions.advance(library.asked.id, JobState.ACCEPTED, prediction_id="p")
    assert "Nothing was sent" not in str(told.value)


def test_an_older_copy_written_over_the_same_file_is_not_taken_for_the_line(library):
    library.ledger._database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    in_place(library.path.with_name("older") / LEDGER, library.path / LEDGER)
    with pytest.raises(LibraryError):
        library.require_written(library.asked.id)


def test_a_folder_moved_away_and_back_is_the_same(library):
    library.path.rename(library.path.with_name("away"))
    with pytest.raises(LibraryError, match=GONE):
        library.ledger.jobs.all()
    library.path.with_name("away").rename(library.path)
    assert len(library.ledger.jobs.all()) == 2
    library.require_written(library.asked.id)


def test_a_folder_moved_with_a_link_left_in_its_place_is_the_same(library):
    away = library.path.with_name("away")
    library.path.rename(away)
    library.path.symlink_to(away)
    library.require_written(library.asked.id)


def test_a_link_to_the_folder_that_leads_elsewhere_now_is_seen(tmp_path):
    for name in ("one", "other"):
        Library(tmp_path / name).close()
    (tmp_path / "link").symlink_to(tmp_path / "one")
    library = Library(tmp_path / "link")
    library.ledger.budget.set("wavespeed", 5)
    (tmp_path / "link").unlink()
    (tmp_path / "link").symlink_to(tmp_path / "other")
    with pytest.raises(LibraryError, match=GONE):
        begin(library.ledger)
    library.close()
    other = Library(tmp_path / "other")
    assert other.ledger.jobs.all() == []
    other.close()


def test_what_stood_in_a_wal_that_was_deleted_is_there_again(library):
    """The lines of what was paid were in the -wal alone; the file that is open still has them."""
    (library.path / f"{LEDGER}-wal").unlink()
    with pytest.raises(LibraryError, match=GONE):
        library.ledger.jobs.all()
    again = Library(library.path)
    assert [row.id for row in again.ledger.jobs.all()] == [2, 1]
    assert again.ledger.contents.check_integrity() == []
    again.close()


def test_so_it_is_when_the_library_is_opened_anew_without_having_been_used(library):
    (library.path / f"{LEDGER}-wal").unlink()
    again = Library(library.path)
    assert [row.id for row in again.ledger.jobs.all()] == [2, 1]
    again.close()


def test_media_go_into_no_other_folder(library):
    shutil.rmtree(library.path)
    library.path.mkdir()
    (library.path / "frames").mkdir()
    with pytest.raises(LibraryError, match=GONE):
        library.media.keep_frame(Frame(samples.picture(colour=(9, 9, 9))))
    assert list(library.path.rglob("*")) == [library.path / "frames"]


def test_after_the_folder_is_gone_nothing_is_paid_and_connect_opens_it_anew(paid, emulator):
    generate(gradient(), "static shot").wait(PATIENCE)
    place = paid.library.path
    shutil.rmtree(place)
    with pytest.raises(LibraryError, match=f"{GONE}. Nothing was sent"):
        generate(gradient(), "slow push in").wait(PATIENCE)
    with pytest.raises(LibraryError, match=GONE):
        resume()
    assert len(deductions(emulator)) == 1
    assert not place.exists()
    connect("wavespeed", budget=5, api_key=emulator.key, base_url=emulator.url, tier="ultra",
            library=place)  # fmt: skip
    assert connections().library is not paid.library
    generate(gradient(), "slow push in").wait(PATIENCE)
    assert len(deductions(emulator)) == 2
    assert [row.state for row in connections().library.ledger.jobs.all()] == [JobState.DOWNLOADED]


def test_connect_without_a_folder_opens_the_same_place_anew_too(paid, emulator):
    shutil.rmtree(paid.library.path)
    again = connect("wavespeed", budget=1, api_key=emulator.key, base_url=emulator.url)
    assert again.library.path == paid.library.path
    assert again.library.is_whole


def test_what_waits_for_its_turn_when_the_folder_goes_is_not_sent(paid, emulator, tmp_path):
    narrow = connect("wavespeed", budget=5, api_key=emulator.key, base_url=emulator.url,
                     tier="bronze", library=tmp_path / "library")  # fmt: skip
    emulator.renderer.open.clear()
    first = [generate(gradient(), f"shot {number}") for number in range(2)]
    emulator.until(lambda: len(deductions(emulator)) == 2)
    third = generate(gradient(), "shot 2")
    assert third.state is JobState.INTENT
    shutil.move(narrow.library.path, tmp_path / "moved")
    with pytest.raises(LibraryError, match=f"{GONE}. Nothing was sent"):
        third.wait(PATIENCE)
    emulator.renderer.open.set()
    for job in first:
        with pytest.raises(HailuoError):
            job.wait(PATIENCE)
        assert job.prediction_id
    assert len(deductions(emulator)) == 2


def _in_child(library, queue):
    try:
        row, _ = begin(library.ledger, VideoRequest(gradient(), "of the child"),
                       holder=library.holder.name)  # fmt: skip
        queue.put((library.holder.name, row.holder, len(library.ledger.jobs.all())))
    except Exception as error:  # noqa: BLE001  told to the parent
        queue.put(error)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is forked here")
def test_a_forked_child_has_a_connection_and_a_lease_of_its_own(library):
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_in_child, args=(library, queue))
    child.start()
    name, holder, jobs = queue.get(timeout=PATIENCE)
    child.join()
    assert name == holder != library.holder.name
    assert jobs == 3
    assert not library.holder.is_alive(name)
    assert [row.id for row in library.ledger.jobs.all()] == [3, 2, 1]
    library.require_written(library.asked.id)
    other = Library(library.path)
    assert other.holder.is_alive(library.holder.name)
    other.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is forked here")
def test_a_child_that_outlives_its_parent_keeps_no_lock_of_it(tmp_path):
    script = (
        "import os, sys, time; from pathlib import Path\n"
        "from hailuo_widgets.files.process_lock import ProcessLock\n"
        "holder = ProcessLock(Path(sys.argv[1]))\n"
        "read, write = os.pipe()\n"
        "if os.fork():\n"
        "    os.write(1, holder.name.encode() + b'\\n'); os._exit(0)\n"
        "holder.name; os.write(1, b'ready\\n'); sys.stdin.read()\n"
    )
    import subprocess
    import sys

    child = subprocess.Popen([sys.executable, "-c", script, tmp_path], text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    told = {child.stdout.readline().strip(), child.stdout.readline().strip()}
    assert "ready" in told
    (name,) = told - {"ready"}
    child.wait()
    from hailuo_widgets.files.process_lock import ProcessLock

    holder = ProcessLock(tmp_path)
    assert not holder.is_alive(name)
    holder.close()
    child.stdin.close()
    child.stdout.close()
