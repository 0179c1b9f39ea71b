"""A library from somebody else can do nothing but be shown; a damaged one loses no money."""

import contextlib
import os
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from hailuo_widgets.errors import BudgetError, HailuoError, InputError, LibraryError
from hailuo_widgets.files import file_names
from hailuo_widgets.files.process_lock import ProcessLock
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.library.ledger.ledger import Ledger
from hailuo_widgets.library.ledger.states import JobState
from hailuo_widgets.library.library import Library
from hailuo_widgets.request.video_request import VideoRequest
from hailuo_widgets.widgets.history.job_facts import card_of, details_of
from tests.support import samples
from tests.support.fast_clock import PATIENCE, deductions, generate
from tests.support.library_factory import FREE, PRICE, begin, finished
from tests.support.places import DATA
from tests.support.samples import gradient

CLIP = samples.clip()
LEDGER = "ledger.sqlite3"


@pytest.fixture
def library(tmp_path):
    library = Library(tmp_path / "library")
    library.ledger.budget.set("wavespeed", 5)
    yield library
    library.close()


def tampered(library, *statements):
    """Close a library, run SQL on its file as somebody else would, and return its folder."""
    library.close()
    with sqlite3.connect(library.path / LEDGER) as db:
        db.create_function("fold", 1, str)
        for statement in statements:
            db.execute(statement)
    db.close()
    return library.path


# -- what a ledger may declare ------------------------------------------------------------

FOREIGN = {
    "a trigger that raises budgets": "CREATE TRIGGER x AFTER INSERT ON transitions BEGIN"
    " UPDATE budgets SET amount_micros = 999999999; END",
    "a trigger that zeroes prices": "CREATE TRIGGER y AFTER INSERT ON jobs BEGIN"
    " UPDATE jobs SET price_micros = 0; END",
    "a view": "CREATE VIEW extra AS SELECT * FROM jobs",
    "a view that never ends": "CREATE VIEW v AS WITH RECURSIVE n(i) AS"
    " (SELECT 1 UNION ALL SELECT i FROM n) SELECT i FROM n",
    "an index on an expression": "CREATE INDEX e ON jobs (upper(service))",
    "a partial index": "CREATE INDEX p ON jobs (take) WHERE abs(take) > 3",
    "a generated column": "ALTER TABLE jobs ADD COLUMN g TEXT AS (hex(zeroblob(take)))",
    "a column more": "ALTER TABLE frames ADD COLUMN more TEXT",
    "a virtual table": "CREATE VIRTUAL TABLE f USING fts5(x)",
    "a table of its own": "CREATE TABLE mine (x)",
    "an index less": "DROP INDEX jobs_waiting",
    "a table less": "DROP TABLE uploads",
    "an application_id": "PRAGMA application_id = 42",
    "an old version": "PRAGMA user_version = 2",
    "a version below zero": "PRAGMA user_version = -1",
    "no version": "PRAGMA user_version = 0",
}


@pytest.mark.parametrize("what", FOREIGN)
def test_a_schema_that_is_not_ours_is_refused_and_nothing_is_run(library, what):
    finished(library, data=CLIP)
    folder = tampered(library, FOREIGN[what])
    before = (folder / LEDGER).read_bytes()
    with pytest.raises(LibraryError, match=r"not made by this kit.*nothing was sent"):
        Library(folder)
    assert (folder / LEDGER).read_bytes() == before


def test_a_view_in_a_tables_place_is_refused(library):
    folder = tampered(
        library,
        "ALTER TABLE jobs RENAME TO other",
        "CREATE VIEW jobs AS SELECT * FROM other",
    )
    with pytest.raises(LibraryError, match="not made by this kit"):
        Library(folder)


def test_a_check_that_computes_is_refused(library):
    folder = tampered(
        library,
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = replace(sql, 'CHECK (take >= 1)',"
        " 'CHECK (length(zeroblob(1e9)) >= 1)') WHERE name = 'jobs'",
    )
    with pytest.raises(LibraryError, match="jobs is not declared as ours is"):
        Library(folder)


def test_another_programs_database_is_left_as_it_is(tmp_path):
    (tmp_path / "library").mkdir()
    path = tmp_path / "library" / LEDGER
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE moz_places (url)")
    db.close()
    before = path.read_bytes()
    with pytest.raises(LibraryError, match="not made by this kit"):
        Library(tmp_path / "library")
    assert path.read_bytes() == before


def test_figures_of_sqlites_own_planner_are_no_trespass(library):
    finished(library, data=CLIP)
    again = Library(tampered(library, "ANALYZE"))
    assert len(again.ledger.jobs.all()) == 1
    again.close()


def test_a_library_of_the_version_before_opens_and_works(tmp_path):
    """Written down by the code of that version; its budget is asked for anew, and nothing else."""
    (tmp_path / "library").mkdir()
    db = sqlite3.connect(tmp_path / "library" / LEDGER)
    db.executescript((DATA / "ledger_of_version_3.sql").read_text(encoding="utf-8"))
    db.close()
    library = Library(tmp_path / "library")
    entries, total = library.ledger.history.page()
    assert total == 4
    assert [entry.row.state for entry in entries] == [
        "refused",
        "unknown",
        "downloaded",
        "downloaded",
    ]
    assert not any(entry.row.damage for entry in entries)
    assert (entries[3].row.note, entries[3].tags) == ("the one with the gulls", ("hero",))
    assert library.ledger.budget.read("wavespeed") is None
    with pytest.raises(BudgetError, match="no budget was set here"):
        begin(library.ledger, VideoRequest(samples.picture(), "new"))
    library.ledger.budget.set("wavespeed", 5)
    budget = library.ledger.budget.read("wavespeed")
    assert (budget.spent, budget.committed) == (PRICE, PRICE)
    assert begin(library.ledger, VideoRequest(samples.picture(), "new"))[1]
    library.close()


# -- whose budget it is -------------------------------------------------------------------


def of_another_person(folder, home):
    """Ask for something paid in a library, as somebody whose home is another."""
    script = (
        "import sys\n"
        "from tests.support import samples; from tests.support.library_factory import begin\n"
        "from hailuo_widgets.library.library import Library\n"
        "from hailuo_widgets.request.video_request import VideoRequest\n"
        "library = Library(sys.argv[1]); print(library.ledger.budget.read('wavespeed'))\n"
        "try: begin(library.ledger, VideoRequest(samples.picture(), sys.argv[2])); print('held')\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
    done = subprocess.run(
        [sys.executable, "-c", script, folder, str(home)],
        env=environment | {"HOME": str(home)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def test_a_budget_belongs_to_the_person_who_set_it(library, tmp_path):
    folder = library.path
    library.close()
    told = of_another_person(folder, tmp_path / "home of another")
    assert told.startswith("None\nBudgetError")
    assert "no budget was set here" in told
    again = Library(folder)
    assert again.ledger.budget.read("wavespeed").amount == 5
    again.close()


def test_the_same_home_keeps_its_budget_in_the_next_kernel(library, tmp_path):
    home = tmp_path / "home"
    script = (
        "import sys; from hailuo_widgets.library.library import Library\n"
        "Library(sys.argv[1]).ledger.budget.set('wavespeed', 3)"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
    subprocess.run([sys.executable, "-c", script, library.path],
                   env=environment | {"HOME": str(home)}, check=True)  # fmt: skip
    assert of_another_person(library.path, home).endswith("held\n")
    (secret,) = [path for path in home.rglob("*") if path.is_file()]
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    library.close()
    assert secret.read_bytes() not in (library.path / LEDGER).read_bytes()


def test_a_home_that_cannot_be_written_still_has_a_budget_of_its_own(library, tmp_path):
    home = tmp_path / "a file in its place"
    home.write_text("")
    assert "no budget was set here" in of_another_person(library.path, home)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE allowances SET amount_micros = 999000000",
        "UPDATE allowances SET seal = 'x'",
        "UPDATE allowances SET amount_micros = -1",
        "UPDATE allowances SET service = 'wavespeed', set_at = '2030'",
    ],
)
def test_a_budget_that_somebody_has_raised_is_none(library, statement):
    again = Library(tampered(library, statement))
    assert again.ledger.budget.read("wavespeed") is None
    with pytest.raises(BudgetError, match="no budget was set here"):
        begin(again.ledger)
    again.close()


def test_what_was_asked_for_on_a_budget_that_does_not_hold_is_not_sent(library):
    row, _ = begin(library.ledger, holder=library.holder.name)
    tampered(library, "UPDATE allowances SET amount_micros = 999000000")
    again = Library(library.path)
    how = {"concurrent": 9, "per_minute": 9, "is_alive": lambda _: True}
    with pytest.raises(BudgetError, match="Nothing was sent"):
        again.ledger.queue.take_turn(row.id, **how)
    assert again.ledger.jobs.row(row.id).state is JobState.INTENT
    again.ledger.budget.set("wavespeed", PRICE)
    assert again.ledger.queue.take_turn(row.id, **how) == 0.0
    again.close()


def test_a_press_that_joins_what_a_stranger_asked_for_pays_nothing(paid, emulator):
    library = paid.library
    begin(library.ledger, VideoRequest(gradient(), "push in"), holder="gone")
    with contextlib.closing(sqlite3.connect(library.path / LEDGER)) as stranger, stranger:
        stranger.execute("UPDATE allowances SET amount_micros = 999000000")
    job = generate(gradient(), "push in")
    with pytest.raises(BudgetError, match="Nothing was sent"):
        job.wait(PATIENCE)
    assert deductions(emulator) == []
    assert job.state is JobState.REFUSED
    assert job.cost == 0


def test_a_row_among_the_old_budgets_allows_nothing(tmp_path):
    library = Library(tmp_path / "library")
    again = Library(tampered(library, "INSERT INTO budgets VALUES ('wavespeed', 99000000, '2026')"))
    assert again.ledger.budget.read("wavespeed") is None
    again.close()


# -- what a row may say -------------------------------------------------------------------

DAMAGE = {
    "a state that is none": "state = 'teleported'",
    "an empty state": "state = ''",
    "a date that is none": "asked_at = 'yesterday'",
    "a date without its zone": "sent_at = '2026-01-01T00:00:00'",
    "a date before clocks": "asked_at = '0001-01-01T00:00:00+00:00'",
    "a date after all": "finished_at = '9999-12-31T23:59:59+00:00'",
    "a price below nothing": "price_micros = -490000000",
    "a price of a fortune": "price_micros = 9223372036854775807",
    "a price of nothing": "price_micros = 0",
    "a service that is none": "service = 'wavespeee'",
    "a clip that is a path": "clip_sha256 = '../../x'",
    "a request that is a path": "request_hash = '../x'",
    "a prediction that leads elsewhere": "prediction_id = '..'",
    "a prediction without a name": "prediction_id = ''",
    "a number that is too large": "questions = -5",
    "a lag without end": "lag_seconds = 9e999",
    "a refund below nothing": "refunded_micros = -490000000",
    "a text of megabytes": "note = replace(hex(zeroblob(100000)), '00', 'x')"
    " || hex(zeroblob(1000000))",
    "a text beyond all": "note = hex(zeroblob(5000000))",
    "an error beyond all": "error_message = hex(zeroblob(5000000))",
    "text that is no text": "note = CAST(x'ff80fe' AS TEXT)",
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_job_is_shown_counted_and_never_sent_again(library, tmp_path, what):
    wanted = VideoRequest(Frame(samples.picture()), "harbour")
    row = finished(library, wanted, CLIP)
    other = finished(
        library, VideoRequest(Frame(samples.picture()), "quay"), samples.clip(frames=9)
    )
    library.ledger.transitions.advance(row.id, JobState.FAILED)
    tampered(library, "PRAGMA foreign_keys = OFF", f"UPDATE jobs SET {DAMAGE[what]} WHERE id = 1")
    again = Library(library.path)
    ledger = again.ledger

    entries, total = ledger.history.page()
    assert (total, [entry.row.id for entry in entries]) == (2, [other.id, row.id])
    assert not entries[0].row.damage
    if what != "text that is no text":  # that one is shown with a sign in its place
        assert entries[1].row.damage
        assert "damaged" in entries[1].row.error_message
        assert any(problem.startswith("Job 1 is damaged") for problem in again.verify().problems)
    for entry in entries:
        card_of(entry, executing=False)
        details_of(entry, ledger.jobs.transitions(entry.row.id), here=False, executing=False, line=None,
                   now=other.asked_at)  # fmt: skip

    held = ledger.budget.read("wavespeed")
    assert held.spent + held.committed >= 2 * PRICE
    if what not in {
        "a request that is a path",
        "text that is no text",
    }:  # then nothing says any more what it was
        found, mine = begin(ledger, wanted, holder=again.holder.name)
        assert (found.id, mine) == (row.id, False)
    assert [each.id for each in ledger.jobs.resumable()] + [
        each.id for each in ledger.jobs.unknown()
    ] == []
    if entries[1].row.damage:
        for work in (ledger.transitions.withdraw, ledger.transitions.write_off, lambda job: ledger.transitions.adopt(job, "p", holder="me"),
                     lambda job: ledger.transitions.take_up(job, holder="me", is_alive=lambda _: False),
                     again.remove_clip):  # fmt: skip
            with pytest.raises(LibraryError):
                work(row.id)
    assert again.clip(other.clip_sha256) is not None
    again.export([row.id, other.id], tmp_path / "out.zip")
    again.close()


def test_the_other_rows_of_a_damaged_ledger_are_worked_with_as_ever(library):
    row = finished(library, data=CLIP)
    tampered(library, "UPDATE jobs SET state = 'x'")
    again = Library(library.path)
    new, mine = begin(again.ledger, VideoRequest(samples.picture(), "new"))
    assert mine
    again.ledger.transitions.advance(new.id, JobState.SENT)
    assert again.ledger.jobs.row(row.id).damage
    with pytest.raises(LibraryError, match=r"Nothing was changed.*reads 'x'"):
        again.ledger.transitions.write_off(row.id)
    again.close()


@pytest.mark.parametrize("statement", [
    "UPDATE transitions SET at = 'x', state = 'y'",
    "UPDATE clips SET width = -1, fps = 9e999",
    "UPDATE requests SET prompt = hex(zeroblob(3000000))",
    "UPDATE frames SET name = hex(zeroblob(3000000))",
    "UPDATE search SET words = hex(zeroblob(1000000)), image = '../x'",
    "INSERT INTO tags VALUES (1, 'k', hex(zeroblob(100000)), 'x')",
    "INSERT INTO retakes VALUES (1, 1)",
    "INSERT INTO uploads VALUES ('b', 's', 'u', 'never')",
])  # fmt: skip
def test_what_other_tables_say_closes_nothing(library, tmp_path, statement):
    row = finished(library, data=CLIP)
    tampered(library, statement)
    again = Library(library.path)
    ledger = again.ledger
    entries, _ = ledger.history.page()
    assert [entry.row.id for entry in entries] == [row.id]
    assert max(len(entries[0].prompt), len(entries[0].image_name)) <= 100_000
    for work in (ledger.history.frames, ledger.annotations.tags, lambda: ledger.jobs.transitions(row.id), again.verify,
                 lambda: ledger.jobs.seconds_taken("wavespeed"), lambda: ledger.uploads.url("b", "s"),
                 lambda: ledger.jobs.latest("wavespeed", [(row.request_hash, 1)]),
                 lambda: again.clip(row.clip_sha256),
                 lambda: again.export([row.id], tmp_path / "out.zip")):  # fmt: skip
        work()
    again.close()


# -- what may become a name ---------------------------------------------------------------

BAD_NAMES = ["../../x", "..", "", "*", "a" * 63, "A" * 64, "a" * 65, f"{'a' * 63}/", f"{'a' * 64}\n",
             "a\x00b", "/etc/passwd", "C:\\x", "\u0660" * 64, None, 5]  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES)
def test_only_digits_of_a_hash_become_a_name(library, name):
    media = library.media
    for work in (file_names.media_name,):
        with pytest.raises(LibraryError, match="damaged"):
            work(name, ".mp4")
    with pytest.raises(LibraryError):
        file_names.lock_name(name)
    assert media.frame_path(name) is None
    assert not media.has_clip(name)
    assert library.holder.is_alive(name) is False


def test_a_holder_that_is_a_path_deletes_nothing(tmp_path):
    (tmp_path / "x.lock").write_text("mine")
    holder = ProcessLock(tmp_path / "library" / "holders")
    assert not holder.is_alive("../../x")
    assert (tmp_path / "x.lock").read_text() == "mine"
    holder.close()


def test_a_clip_that_is_a_path_is_neither_read_nor_deleted(library, tmp_path):
    row = finished(library, data=CLIP)
    (tmp_path / "x.mp4").write_bytes(CLIP)
    tampered(library, "INSERT INTO clips SELECT '../../x', width, height, fps, duration, frame_count,"
             " bytes, draft, added_at FROM clips", "UPDATE jobs SET clip_sha256 = '../../x'")  # fmt: skip
    again = Library(library.path)
    with pytest.raises(LibraryError, match="damaged"):
        again.remove_clip(row.id)
    with pytest.raises(LibraryError):
        again.clip("../../x") or again.media.clip_path("../../x")
    assert (tmp_path / "x.mp4").read_bytes() == CLIP
    again.close()


# -- what may lie among the media ---------------------------------------------------------


def linked(path, secret):
    path.symlink_to(secret)


def piped(path, _):
    os.mkfifo(path)


def a_socket(path, _):
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(path.name)
    finally:
        os.chdir(here)


def a_folder(path, _):
    path.mkdir()


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret.txt"
    path.write_bytes(CLIP + b"my secret")
    return path


@pytest.mark.parametrize("kind", [linked, piped, a_socket, a_folder])
@pytest.mark.parametrize("which", ["clip", "poster", "frame"])
def test_no_link_pipe_socket_or_folder_is_opened_or_handed_on(
    library, secret, tmp_path, kind, which
):
    row = finished(library, data=CLIP)
    image = library.ledger.contents.request(row.request_hash).image
    path = {
        "clip": library.media.clip_path(row.clip_sha256),
        "poster": library.media.poster_path(row.clip_sha256),
        "frame": library.media.frame_path(image),
    }[which]
    path.unlink()
    kind(path, secret)
    told = []

    def use():
        told.append(library.verify())
        try:
            clip = library.clip(row.clip_sha256)
            told.append(b"" if clip is None else clip.path.read_bytes() + clip.poster.read_bytes())
        except LibraryError as error:
            told.append(str(error).encode())
        told.append(library.frame(image))
        for number, write in enumerate((library.backup, lambda to: library.export([row.id], to))):
            with zipfile.ZipFile(write(tmp_path / f"{number}.zip")) as archive:
                told.extend(archive.read(name) for name in archive.namelist())

    worker = threading.Thread(target=use, daemon=True)
    worker.start()
    worker.join(20)
    assert not worker.is_alive(), "it waits for what is no file"
    assert len(told) > 5
    if which != "poster" or kind is a_folder:
        assert any("no plain file" in problem for problem in told[0].problems)
    assert not any(b"my secret" in each for each in told if isinstance(each, bytes))
    assert secret.read_bytes() == CLIP + b"my secret"


@pytest.mark.parametrize("kind", [linked, piped, a_socket, a_folder])
@pytest.mark.parametrize("end", ["", "-wal", "-journal", "-shm"])
def test_what_stands_in_the_ledgers_place_is_never_opened(tmp_path, secret, kind, end):
    (tmp_path / "library").mkdir()
    kind(tmp_path / "library" / f"{LEDGER}{end}", secret)
    before = secret.read_bytes()
    with pytest.raises(LibraryError, match=r"no plain file.*nothing was sent"):
        Library(tmp_path / "library")
    assert secret.read_bytes() == before


@pytest.mark.parametrize("name", ["frames", "clips", "posters", "holders"])
def test_a_folder_that_is_a_link_to_another_place_is_refused(tmp_path, name):
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / name).symlink_to(outside)
    with pytest.raises(LibraryError, match="link"):
        Library(tmp_path / "library")
    assert list(outside.iterdir()) == []


def test_a_clip_that_is_not_what_arrived_is_not_handed_on(library):
    row = finished(library, data=CLIP)
    library.media.clip_path(row.clip_sha256).write_bytes(samples.clip(frames=20))
    assert library.clip(row.clip_sha256) is None
    found, mine = library.ledger.begin(
        row.service, library.request_of(row), 1, PRICE, holder="me",
        is_alive=lambda _: False, has_clip=library.media.has_clip,
    )  # fmt: skip
    assert (found.state, mine) == (JobState.COMPLETED, True)  # fetched again, at no cost


def test_a_text_that_is_no_picture_is_no_frame(library):
    text = b"not a picture"
    import hashlib

    sha256 = hashlib.sha256(text).hexdigest()
    (library.media.frames / f"{sha256}.png").write_bytes(text)
    assert library.frame(sha256) is None


def test_names_in_what_is_taken_home_are_ours(library, tmp_path):
    finished(library, data=CLIP)
    (library.media.clips / "..evil.mp4").write_bytes(b"x")
    (library.media.frames / "-rf").write_bytes(b"x")
    with zipfile.ZipFile(library.backup(tmp_path / "home.zip")) as archive:
        stems = {Path(name).stem for name in archive.namelist()} - {"ledger", "README"}
        assert all(file_names.is_hash(stem) for stem in stems)
        archive.extractall(tmp_path / "elsewhere")
    home = Library(tmp_path / "elsewhere" / "hailuo-library")
    assert home.verify().ok
    home.close()


def test_a_dangling_link_where_a_zip_shall_go_is_left(library, tmp_path):
    row = finished(library, data=CLIP)
    (tmp_path / "out.zip").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="exists already"):
        library.export([row.id], tmp_path / "out.zip")


def test_a_draft_that_is_damaged_says_that_it_was_free(library):
    row = finished(library, data=CLIP, price=FREE)
    again = Library(tampered(library, "UPDATE jobs SET asked_at = ''"))
    assert "Drafts cost nothing" in again.ledger.jobs.row(row.id).error_message
    assert again.ledger.budget.read("wavespeed").spent == Decimal(0)
    again.close()


def test_a_bare_ledger_believes_its_own_budget(tmp_path):
    ledger = Ledger(tmp_path / LEDGER)
    ledger.budget.set("wavespeed", Decimal(1))
    assert ledger.budget.read("wavespeed").amount == 1
    ledger.close()
    assert issubclass(LibraryError, HailuoError)
