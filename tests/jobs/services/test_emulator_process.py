"""The emulator as a child: there on first need, gone when its parent is gone."""

import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from hailuo_widgets.jobs.services.emulator_process import KEY_VARIABLE, EmulatorProcess

pytestmark = pytest.mark.slow

PARENT = """
import sys
from hailuo_widgets.jobs.services.emulator_process import KEY_VARIABLE, EmulatorProcess
process = EmulatorProcess()
print(process.base_url(), process._child.pid, flush=True)
sys.stdin.read()
"""


def answers(url):
    try:
        urllib.request.urlopen(f"{url}/api/v3/balance", timeout=5)
    except urllib.error.HTTPError as error:
        return error.code == 401
    except (urllib.error.URLError, ConnectionError):
        return False
    raise AssertionError("it answered without a key")


@pytest.fixture
def process():
    process = EmulatorProcess()
    yield process
    process.stop()


def test_it_starts_on_first_need_and_stays(process):
    url = process.base_url()
    assert answers(url)
    assert process.base_url() == url


def test_it_starts_again_after_it_was_killed(process):
    first = process.base_url()
    process._child.kill()
    process._child.wait()
    second = process.base_url()
    assert not answers(first) or first == second
    assert answers(second)


def test_its_key_is_not_in_its_command_line(process):
    process.base_url()
    command = Path(f"/proc/{process._child.pid}/cmdline").read_text()
    assert "hailuo_widgets.emulator" in command
    given = Path(f"/proc/{process._child.pid}/environ").read_text().split("\0")
    (key,) = (each.partition("=")[2] for each in given if each.startswith(f"{KEY_VARIABLE}="))
    assert len(key) > 20
    assert key not in command


def test_it_is_gone_when_its_parent_is_killed(process):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    url, pid = parent.stdout.readline().split()
    assert answers(url)
    parent.kill()
    parent.wait()
    # The operating system closes the pipe; the child's end is waited for by its file descriptor.
    subprocess.run(["tail", f"--pid={pid}", "-f", "/dev/null"], timeout=20, check=True)
    assert not answers(url)
    parent.stdin.close()
    parent.stdout.close()
