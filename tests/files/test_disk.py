"""Libraries on disks that refuse things, as network disks do: they work there, or say why not.

The disk is played by a small C library loaded before any other (``refusing_disk.c``).
"""

import errno
import json
import os
import shutil
import sqlite3
import subprocess
import sys

import pytest

from hailuo_widgets.files import disk
from hailuo_widgets.library.library import Library
from tests.support.places import DATA

LOCKS = ["ENOLCK", "ENOSYS", "EOPNOTSUPP", "EINVAL"]
MAPS = ["ENODEV", "EINVAL", "EACCES"]

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="LD_PRELOAD is Linux's"),
    pytest.mark.skipif(shutil.which("gcc") is None, reason="no C compiler plays the disk here"),
]

# Uses a library as people do, in as many steps as given, and tells how that went.
USE = """
import json, sys
from decimal import Decimal
from hailuo_widgets.errors import HailuoError
from hailuo_widgets.library.library import Library
from tests.support.library_factory import begin
from tests.support import samples
try:
    library = Library(sys.argv[1])
    library.media.keep_frame(samples.request().image)
    library.ledger.budget.set("wavespeed", Decimal(5))
    row, mine = begin(library.ledger, holder=library.holder.name)
    other = Library(sys.argv[1])
    print(json.dumps({
        "journal": library.ledger._database.connection.execute("PRAGMA journal_mode").fetchone()[0],
        "jobs": [[each.id, each.state] for each in other.ledger.jobs.all()],
        "alive": other.holder.is_alive(library.holder.name),
        "holder": library.holder.name,
        "mine": mine,
    }), flush=True)
    if len(sys.argv) > 2:
        sys.stdin.read()
except HailuoError as error:
    print(json.dumps({"error": str(error)}))
"""


@pytest.fixture(scope="module")
def refusing(tmp_path_factory):
    made = tmp_path_factory.mktemp("disk") / "refusing.so"
    source = DATA / "refusing_disk.c"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", made, source, "-ldl"], check=True)
    return made


@pytest.fixture
def use(refusing, tmp_path):
    folder = tmp_path / "library"

    def run(**refused):
        words = ",".join(f"{what}={getattr(errno, name)}" for what, name in refused.items())
        done = subprocess.run(
            [sys.executable, "-c", USE, folder],
            check=True,
            env=os.environ
            | {"LD_PRELOAD": str(refusing), "REFUSING_DIR": str(folder), "REFUSE": words},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.stderr == ""
        return json.loads(done.stdout)

    run.folder = folder
    return run


@pytest.mark.parametrize("number", LOCKS)
def test_a_disk_without_locks_is_told_as_that_with_the_remedy(use, number):
    told = use(locks=number)["error"]
    assert "cannot lock files (a network disk?)" in told
    assert "Set HAILUO_LIBRARY to a folder on this machine's own disk" in told
    assert "Nothing was sent" in told
    assert "another process" not in told
    assert "full" not in told


@pytest.mark.parametrize("number", LOCKS)
def test_where_no_lock_of_any_kind_is_known_that_is_told_too(use, number):
    assert "cannot lock files" in use(locks=number, flock=number)["error"]


@pytest.mark.parametrize("number", LOCKS)
def test_a_disk_without_flock_has_the_other_kind_of_lock(use, number):
    told = use(flock=number)
    assert (told["jobs"], told["alive"], told["mine"]) == ([[1, "intent"]], True, True)


@pytest.mark.parametrize("number", MAPS)
def test_a_disk_without_shared_maps_gets_a_rollback_journal(use, number):
    told = use(maps=number)
    assert (told["journal"], told["jobs"]) == ("truncate", [[1, "intent"]])


def test_a_library_in_wal_goes_on_where_nothing_can_be_mapped(use):
    assert use()["journal"] == "wal"
    # Copied while it was in use: the file itself says that it is in WAL.
    assert (use.folder / "ledger.sqlite3").read_bytes()[18:20] == b"\2\2"
    told = use(maps="ENODEV", flock="ENOSYS")
    assert (told["journal"], told["jobs"]) == ("truncate", [[1, "intent"]])
    assert use()["journal"] == "wal"


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        ({"fsync": "EINVAL"}, "cannot promise that what is written stays written"),
        ({"fsync": "ENOSYS"}, "cannot promise that what is written stays written"),
        ({"fsync": "EIO"}, "the disk is failing"),
        ({"fsync": "ENOSPC"}, "the disk is full"),
        ({"rename": "EPERM"}, "cannot put one file in another one's place"),
        ({"rename": "EROFS"}, "its disk can only be read from"),
        ({"write": "ENOSPC"}, "the disk is full"),
        ({"write": "EDQUOT"}, "your quota on this disk is used up"),
        ({"write": "ESTALE"}, "the network disk has lost the folder"),
        ({"write": "EIO"}, "the disk is failing"),
    ],
)
def test_what_else_a_disk_refuses_is_told_truly_before_anything_is_asked_for(use, refused, words):
    told = use(**refused)["error"]
    assert words in told
    assert "Nothing was sent" in told
    assert not (use.folder / "ledger.sqlite3").exists()


def test_no_trial_leaves_a_file_behind(use):
    use(rename="EPERM")
    use()
    assert not list(use.folder.glob(".hailuo-*"))


def test_a_kernel_killed_on_a_disk_without_flock_is_dead_at_once(refusing, tmp_path):
    folder = tmp_path / "library"
    words = f"flock={errno.ENOSYS}"
    environment = os.environ | {
        "LD_PRELOAD": str(refusing), "REFUSING_DIR": str(folder), "REFUSE": words,
    }  # fmt: skip
    child = subprocess.Popen(
        [sys.executable, "-c", USE, folder, "stay"], env=environment,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    name = json.loads(child.stdout.readline())["holder"]
    ask = (
        "import sys; from pathlib import Path; from hailuo_widgets.files.process_lock import ProcessLock;"
        "print(ProcessLock(Path(sys.argv[1], 'holders')).is_alive(sys.argv[2]))"
    )

    def is_alive():
        return subprocess.run(
            [sys.executable, "-c", ask, folder, name], env=environment,
            capture_output=True, text=True, check=True,
        ).stdout.strip()  # fmt: skip

    assert is_alive() == "True"
    child.kill()
    child.wait()
    assert is_alive() == "False"
    child.stdin.close()
    child.stdout.close()


def test_another_process_is_named_only_where_there_is_one(tmp_path):
    library = Library(tmp_path / "library")
    library.ledger._database.connection.execute("PRAGMA busy_timeout = 1")
    holding = sqlite3.connect(tmp_path / "library" / "ledger.sqlite3", isolation_level=None)
    holding.execute("BEGIN IMMEDIATE")
    with pytest.raises(OSError, match="another process is holding it"):
        library.ledger.budget.set("wavespeed", 1)
    holding.execute("ROLLBACK")
    holding.close()
    library.close()


@pytest.mark.parametrize(
    "number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ESTALE, errno.EIO]
)
def test_each_error_of_a_disk_has_words_of_its_own(number):
    words = disk.why(OSError(number, os.strerror(number)))
    assert os.strerror(number) in words
    assert words != os.strerror(number)
