"""A draft needs nothing from outside: under each environment it comes, or one sentence does."""

import errno
import re
import shutil
import subprocess
import sys

import pytest

from tests.support import environments
from tests.support.environments import DISKS, EVERYWHERE, Environment
from tests.support.places import DATA
from tests.support.samples import picture

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(sys.platform == "win32", reason="played with POSIX's means"),
]


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    path = tmp_path_factory.mktemp("picture") / "frame.png"
    path.write_bytes(picture(640, 360, kind="PNG"))
    return path


def judge(done, environment):
    """A draft or a sentence, and nothing else that a person would have to read."""
    said = done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")
    assert "Traceback" not in said, said
    assert "Exception ignored" not in said, said
    assert done.returncode == 0, said
    drawn = re.search(r"^DRAFT \d+ \d+$", said, re.MULTILINE)
    sentence = re.search(r"^SENTENCE (\w+) (.*)$", said, re.MULTILINE)
    assert (drawn is None) != (sentence is None), said
    if drawn:
        assert not environment.says or environment.either, said
    else:
        assert environment.says, said
        assert re.search(environment.says, sentence[2]), said


@pytest.mark.parametrize("environment", EVERYWHERE, ids=lambda each: each.name)
def test_a_draft_or_a_sentence_comes_under(environment, tmp_path, image):
    if environment.mount and not environments.can_mount():
        pytest.skip("this machine lets nobody mount")
    judge(environments.start(environment, tmp_path / "work", image), environment)


@pytest.fixture(scope="module")
def refusing(tmp_path_factory):
    if sys.platform != "linux" or shutil.which("gcc") is None:
        pytest.skip("no C compiler plays the disk here")
    made = tmp_path_factory.mktemp("disk") / "refusing.so"
    source = DATA / "refusing_disk.c"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", made, source, "-ldl"], check=True)
    return made


@pytest.mark.parametrize(("name", "refused", "says"), DISKS, ids=[each[0] for each in DISKS])
def test_a_draft_or_a_sentence_comes_with_the_library_on_a_disk_with(
    name, refused, says, refusing, tmp_path, image
):
    words = re.sub(r"E\w+", lambda found: str(getattr(errno, found[0])), refused)
    environment = Environment(name, says=says)
    done = environments.start(
        environment,
        tmp_path / "work",
        image,
        LD_PRELOAD=str(refusing),
        REFUSING_DIR=str(tmp_path / "work" / "hailuo-library"),
        REFUSE=words,
    )
    judge(done, environment)


def test_there_are_at_least_forty():
    assert len(EVERYWHERE) + len(DISKS) >= 40
