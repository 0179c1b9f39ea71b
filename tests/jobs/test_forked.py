"""Forked children: they make their own, and take nothing from the parent."""

import multiprocessing
import os
import subprocess
import sys
import textwrap

import pytest

from hailuo_widgets.jobs.services.connect import connections
from tests.support import samples
from tests.support.places import importing

PATIENCE = 120

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this machine does not fork"),
    pytest.mark.slow,
]

# What the parent does before, what the child does, and what the parent does after.
SCRIPT = """
    import multiprocessing, os, sys, threading
    import hailuo_widgets as hw
    from hailuo_widgets.errors import HailuoError
    from hailuo_widgets.jobs.services import services
    from hailuo_widgets.jobs.services.connect import connections
    from hailuo_widgets.jobs.runner.api import generate, resume
    from tests.support.samples import gradient

    def ask(words):
        return generate(gradient(), words)

    def in_child(queue, job):
        try:
            job.wait(20)
        except HailuoError as error:
            queue.put(str(error))
        queue.put(ask("static shot").wait(60).facts)
        queue.put(ask("static shot, fog").wait(60).facts)
        queue.put(services._process()._child.pid)

    if __name__ == "__main__":
        hw.connect(library=sys.argv[1])
        kept = ask("static shot").wait(60)
        theirs, library = services._process()._child.pid, connections().library
        going = ask("static shot, snow")
        working = threading.Event()
        going.observe(lambda job: job.state == "processing" and working.set())
        working.wait(60)
        fork = multiprocessing.get_context("fork")
        queue = fork.SimpleQueue()
        child = fork.Process(target=in_child, args=(queue, going))
        child.start()
        print(queue.get())
        print("from the library", queue.get() == kept.facts)
        print("rendered", "5.0 s" in queue.get())
        print("its own emulator", queue.get() != theirs)
        child.join()
        print("exit", child.exitcode)
        print("parent goes on", going.wait(60).draft, ask("static shot, dawn").wait(60).draft)
        print("the same emulator", services._process()._child.pid == theirs)
        print("the same library", connections().library is library)
"""


def test_a_child_makes_its_own_and_the_parent_goes_on_undisturbed(tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(SCRIPT), str(tmp_path)],
        check=False, capture_output=True, text=True, timeout=PATIENCE,
        env=importing(),
    )  # fmt: skip
    said = done.stdout.splitlines()
    assert "goes on in the process that this one was forked from" in said[0], done.stderr
    assert said[1:] == [
        "from the library True",
        "rendered True",
        "its own emulator True",
        "exit 0",
        "parent goes on True True",
        "the same emulator True",
        "the same library True",
    ], done.stderr


# A decoder with threads of its own, in a circle that nothing leads to any more.
LET_GO = """
    import gc, os, sys
    import av
    import hailuo_widgets.jobs.forked
    gc.disable()
    container = av.open(sys.argv[1])
    container.streams.video[0].thread_type = "FRAME"
    container.streams.video[0].codec_context.thread_count = 4
    circle = [container, next(container.decode(video=0))]
    circle.append(circle)
    del circle, container
    child = os.fork()
    if not child:
        gc.collect()
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_child_does_not_wait_for_decoders_that_the_parent_has_let_go_of(tmp_path):
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(samples.clip(frames=24, width=320, height=180))
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(LET_GO), str(clip)],
        check=False, capture_output=True, text=True, timeout=PATIENCE,
        env=importing(),
    )  # fmt: skip
    assert done.stdout == "0\n", done.stderr


def test_a_paid_connection_is_made_anew_with_the_same_budget_and_key(paid):
    def in_child(queue):
        made = connections()
        queue.put((made.current is made.paid, made.paid is not paid, made.library is paid.library))
        queue.put(str(made.paid.budget.amount))
        queue.put(made.paid._key is paid._key)

    fork = multiprocessing.get_context("fork")
    queue = fork.SimpleQueue()
    child = fork.Process(target=in_child, args=(queue,))
    child.start()
    child.join(PATIENCE)
    assert child.exitcode == 0  # else nothing more would come
    assert [queue.get() for _ in range(3)] == [(True, True, False), "5.00", True]
