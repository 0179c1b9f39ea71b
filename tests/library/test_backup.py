"""A whole library in one zip: unpacked elsewhere it is the same library, money included."""

import zipfile

import pytest

from hailuo_widgets.errors import InputError, LibraryError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.library import backup
from hailuo_widgets.library.library import Library
from hailuo_widgets.request.video_request import VideoRequest
from tests.support import samples
from tests.support.library_factory import FREE, finished, full_disk

CLIP = samples.clip()


@pytest.fixture
def library(tmp_path):
    library = Library(tmp_path / "library")
    library.ledger.budget.set("wavespeed", 5)
    yield library
    library.close()


def kept(library, prompt, **how):
    request = VideoRequest(Frame(samples.picture(), name="quay.jpg"), prompt)
    return finished(library, request, CLIP, **how)


def unpacked(path, folder):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
    return Library(folder / backup.FOLDER)


def test_unpacked_elsewhere_it_is_the_same_library(library, tmp_path):
    paid = kept(library, "slow push in")
    draft = kept(library, "slow pull out", price=FREE)
    other = unpacked(library.backup(tmp_path / "home.zip"), tmp_path / "elsewhere")
    assert other.verify().ok
    assert other.ledger.budget.read("wavespeed") == library.ledger.budget.read("wavespeed")
    for job in (paid, draft):
        assert other.ledger.jobs.row(job.id) == library.ledger.jobs.row(job.id)
        assert (
            other.request_of(other.ledger.jobs.row(job.id)).prompt
            == library.ledger.contents.request(job.request_hash).prompt
        )
    assert other.clip(paid.clip_sha256).path.read_bytes() == CLIP
    other.close()


def test_it_is_written_while_somebody_else_writes(library, tmp_path):
    """The copy of the ledger is of one moment, also in the middle of another's transaction."""
    kept(library, "before")
    other = Library(library.path)
    with other.ledger._database.transaction() as writing:
        writing.execute("UPDATE jobs SET take = 7")
        home = unpacked(library.backup(tmp_path / "home.zip"), tmp_path / "elsewhere")
    other.close()
    assert [row.take for row in home.ledger.jobs.all()] == [1]
    home.close()


def test_nothing_of_the_machine_is_in_it(library, tmp_path):
    kept(library, "slow push in")
    (library.media.clips / "incoming-1.part").write_bytes(b"half")
    path = library.backup(tmp_path / "home.zip")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert all(str(tmp_path).encode() not in archive.read(name) for name in names)
    assert {name.split("/")[1] for name in names} == {
        "ledger.sqlite3", "README.txt", "frames", "clips", "posters",
    }  # fmt: skip
    assert not [name for name in names if name.endswith(".part")]


def test_in_a_folder_it_gets_a_name_and_no_other_file_is_touched(library, tmp_path):
    path = library.backup(tmp_path)
    assert path.parent == tmp_path
    with pytest.raises(InputError, match="exists already"):
        library.backup(path)


def test_a_full_disk_is_a_sentence_and_leaves_nothing(library, tmp_path):
    kept(library, "slow push in")
    before = sorted(path.name for path in tmp_path.iterdir())
    with full_disk(40_000), pytest.raises(LibraryError, match="ould not be written"):
        library.backup(tmp_path / "home.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == before
