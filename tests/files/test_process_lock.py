"""Who carries jobs: a living process, and nobody after it."""

import subprocess
import sys

from hailuo_widgets.files.process_lock import ProcessLock

CHILD = """
import sys
from pathlib import Path
from hailuo_widgets.files.process_lock import ProcessLock
holder = ProcessLock(Path(sys.argv[1]))
print(holder.name, flush=True)
sys.stdin.read()
"""


def test_a_holder_knows_itself_and_another_in_the_same_process(tmp_path):
    one, two = ProcessLock(tmp_path), ProcessLock(tmp_path)
    assert one.is_alive(one.name)
    assert one.is_alive(two.name)
    two.close()
    assert not one.is_alive(two.name)
    one.close()


def test_a_holder_nobody_heard_of_is_dead(tmp_path):
    holder = ProcessLock(tmp_path)
    assert not holder.is_alive("0" * 32)
    holder.close()


def test_a_killed_process_holds_nothing_the_moment_it_is_gone(tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    name = child.stdout.readline().strip()
    holder = ProcessLock(tmp_path)
    assert holder.is_alive(name)
    child.kill()
    child.wait()
    assert not holder.is_alive(name)
    child.stdin.close()
    child.stdout.close()
    holder.close()
