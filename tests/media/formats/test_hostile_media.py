"""A thousand damaged films, sounds and pictures: each is read or refused in a sentence."""

import json
import subprocess
import sys

import pytest

from tests.support.places import importing

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("kind", "count"), [("film", 500), ("sound", 200), ("picture", 300)])
def test_a_damaged_file_is_read_or_refused_and_does_no_harm(kind, count):
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.hostile.media", kind, str(count), "20261130"],
        capture_output=True,
        text=True,
        check=False,
        env=importing(),
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["raw"] == []
    assert told["touched"] == []
    assert told["megabytes"] < 500
    # Damage of every degree: some are good enough to be read, most are not.
    assert min(told["read"], told["refused"]) > count / 10
