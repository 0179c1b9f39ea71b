"""A thousand ledgers with anything in them: a sentence or a library that works, never more.

Bytes of the file flipped, cut and repeated, and rows with hostile values by SQL. Each is opened
and used as people do. Nothing hangs, nothing but ``HailuoError`` comes out, no file beside the
library is touched, and memory stays bounded.
"""

import contextlib
import hashlib
import os
import random
import shutil
import sqlite3
import tempfile
import time
from decimal import Decimal
from pathlib import Path

import pytest

from hailuo_widgets.errors import HailuoError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.library.ledger.history import Filter
from hailuo_widgets.library.ledger.states import JobState
from hailuo_widgets.library.library import Library
from hailuo_widgets.request.video_request import VideoRequest
from hailuo_widgets.widgets.history.job_facts import card_of, details_of
from tests.support import samples
from tests.support.library_factory import FREE, PRICE, begin, finished

pytestmark = pytest.mark.slow

FLIPPED, TOLD = 500, 500
LEDGER = "ledger.sqlite3"
FRAME = Frame(samples.picture(), name="quay.jpg")
SECONDS_EACH = 10
MEGABYTES = 500

HOSTILE = [
    "../../sentinel/kept", "../../sentinel/kept.lock", "/etc/passwd", "x" * 70_000, "", "\x00", "*",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "\u202e", "NaN", "intent",
    "sent", "downloaded", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59.999999+00:00",
    "2026-01-01", "' OR 1=1 --", "<script>alert(1)</script>", "wavespeed", "emulator", -1, 0, 1,
    2**31, 2**63 - 1, -(2**63), 1e308, float("inf"), -0.0, 0.1, b"\xff\xfe", None,
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A place in memory where there is one: thousands of files written down for good take minutes."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path_factory.mktemp("fuzzed")
        return
    with tempfile.TemporaryDirectory(prefix="hailuo-fuzzed-", dir=memory) as made:
        yield Path(made)


@pytest.fixture(scope="module")
def original(folder):
    """A library with one of each, closed, small, and with its pages full."""
    library = Library(folder / "original" / "library")
    library.ledger._database.connection.execute("PRAGMA synchronous = OFF")
    library.ledger.budget.set("wavespeed", Decimal(50))
    clip = samples.clip(frames=3)
    for number, price in enumerate((PRICE, FREE, PRICE)):
        row = finished(library, VideoRequest(FRAME, f"slow push in {number}"), clip, price=price)
        library.ledger.annotations.tag(row.id, "hero")
        library.ledger.annotations.note(row.id, "the one with the gulls")
    for state in (JobState.INTENT, JobState.SENT, JobState.UNKNOWN, JobState.PROCESSING,
                  JobState.REFUSED, JobState.FAILED):  # fmt: skip
        row, _ = begin(library.ledger, VideoRequest(FRAME, f"as {state}"), holder="f" * 32)
        if state is not JobState.INTENT:
            library.ledger.transitions.advance(row.id, state)
    library.ledger.uploads.record(
        "https://api.wavespeed.ai", FRAME.sha256, "https://cdn.example/x.jpg"
    )
    library.ledger.transitions.record_retry(4, 5)
    path = library.path
    library.close()
    return path


@pytest.fixture
def place(original, folder, request):
    """A copy of it beside a sentinel; only the ledger is written anew for each try."""
    tmp_path = folder / request.node.name
    shutil.copytree(original, tmp_path / "a" / "library")
    (tmp_path / "sentinel").mkdir()
    for name in ("kept", "kept.lock", "kept.mp4", "kept.jpg"):
        (tmp_path / "sentinel" / name).write_bytes(b"mine")
    return tmp_path / "a" / "library"


def beside(place):
    """Everything that lies outside of the library, and what it holds."""
    outside = place.parent.parent
    return {
        path: path.read_bytes() if path.is_file() else None
        for path in outside.rglob("*")
        if not path.is_relative_to(place)
    }


def flipped(data, chance):
    """Spoil bytes of a file, as a failing disk or a bad copy does."""
    data = bytearray(data)
    how = chance.randrange(5)
    if how == 0:
        return bytes(data[: chance.randrange(len(data))])
    if how == 1:  # a page in another one's place
        pages = len(data) // 4096
        one, other = chance.randrange(pages) * 4096, chance.randrange(pages) * 4096
        data[one : one + 4096] = data[other : other + 4096]
    elif how == 2:  # the head of the file or of a page
        at = chance.choice([0, 4096 * chance.randrange(len(data) // 4096)])
        for _ in range(chance.randrange(1, 6)):
            data[at + chance.randrange(112)] = chance.randrange(256)
    else:
        for _ in range(chance.choice([1, 4, 40])):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def told(path, chance):
    """Put hostile values into some columns by SQL, past the types where that is asked for."""
    db = sqlite3.connect(path)
    db.execute("PRAGMA foreign_keys = OFF")
    tables = ["jobs"] * 6 + ["requests", "clips", "frames", "transitions", "tags", "search",
              "retakes", "uploads", "budgets", "allowances"]  # fmt: skip
    for _ in range(chance.randrange(1, 5)):
        table = chance.choice(tables)
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
        rows = [row[0] for row in db.execute(f"SELECT rowid FROM {table}")]
        try:
            db.execute(
                f"UPDATE {table} SET {chance.choice(columns)} = ? WHERE rowid = ?",
                (chance.choice(HOSTILE), chance.choice(rows or [1])),
            )
        except sqlite3.Error:
            continue  # the file itself forbids it
    db.commit()
    db.close()


def use(folder, number):
    """Use a library as people do; what it says in sentences is well."""
    library = Library(folder)
    ledger = library.ledger
    try:
        entries, _ = ledger.history.page()
        for entry in entries:
            card_of(entry, executing=False)
            details_of(entry, ledger.jobs.transitions(entry.row.id), here=False, executing=False,
                       line=None, now=library._now())  # fmt: skip
        works = [
            lambda: ledger.history.page(Filter(words="push", starred=True, tag="hero")),
            lambda: ledger.history.page(Filter(frame=FRAME.sha256, states=[JobState.DOWNLOADED])),
            ledger.history.frames, ledger.annotations.tags, ledger.jobs.resumable, ledger.jobs.unknown,
            lambda: ledger.budget.read("wavespeed"), lambda: ledger.jobs.seconds_taken("wavespeed"),
            lambda: ledger.jobs.predictions("wavespeed"),
            lambda: ledger.uploads.url("https://api.wavespeed.ai", FRAME.sha256),
            library.verify,
            lambda: library.export([entry.row.id for entry in entries], folder / f"{number}.zip"),
            lambda: begin(ledger, VideoRequest(FRAME, "slow push in 0"), holder=library.holder.name),
            lambda: ledger.annotations.note(1, "x"),
            lambda: library.remove_clip(3),
        ]  # fmt: skip
        works += [lambda row=entry.row: library.request_of(row) for entry in entries[-3:]]
        works += [
            lambda row=entry.row: library.clip(row.clip_sha256)
            for entry in entries if entry.row.clip_sha256
        ]  # fmt: skip
        works += [
            lambda row=entry.row: ledger.transitions.take_up(row.id, holder="me", is_alive=library.holder.is_alive)
            for entry in entries[:4]
        ]  # fmt: skip
        for work in works:
            try:
                work()
            except HailuoError:
                continue
    finally:
        library.close()


def fresh(place, data):
    for path in place.glob("ledger*"):
        path.unlink()
    (place / LEDGER).write_bytes(data)
    for name in ("frames", "clips", "posters"):
        for kept in (place.parent / "media" / name).glob("*"):
            if not (place / name / kept.name).exists():
                os.link(kept, place / name / kept.name)


def memory(name):
    """Megabytes of this process; 0 where the system does not tell them so."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.is_file() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:")), 0)


def forget_the_peak():
    """Let VmHWM begin anew: other tests of this process have had theirs."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


@pytest.mark.parametrize(("kind", "count"), [("flipped", FLIPPED), ("told", TOLD)])
@pytest.mark.parametrize("part", range(2))
def test_no_ledger_hangs_raises_or_reaches_beyond_its_folder(original, place, kind, count, part):
    data = (original / LEDGER).read_bytes()
    shutil.copytree(original, place.parent / "media")
    before = beside(place)
    held = memory("VmRSS")
    forget_the_peak()
    sentences = 0
    for number in range(part * count // 2, (part + 1) * count // 2):
        chance = random.Random(f"{kind} {number}")
        fresh(place, flipped(data, chance) if kind == "flipped" else data)
        if kind == "told":
            told(place / LEDGER, chance)
        began = time.monotonic()
        try:
            use(place, number)
        except HailuoError as error:
            sentences += "ledger" in str(error) or "library" in str(error)
        except Exception as error:
            raise AssertionError(f"{kind} {number}: {type(error).__name__}: {error}") from error
        assert time.monotonic() - began < SECONDS_EACH, (kind, number)
        for path in place.glob("*.zip"):
            path.unlink()
    assert beside(place) == before
    assert sentences < count // 2  # most can be used, at least in part
    assert memory("VmHWM") - held < MEGABYTES


def test_a_hash_is_what_the_sentinel_is_named_by():
    assert hashlib.sha256(FRAME.data).hexdigest() == FRAME.sha256
