"""The emulator's memory outlives its process, and the process ends when it should."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from hailuo_widgets import service as facts
from hailuo_widgets.emulator.account.database import State, StateError
from tests.support.emulator_server import PATIENCE_SECONDS, QuickRenderer, RunningEmulator, data_uri
from tests.support.samples import picture

pytestmark = pytest.mark.slow

SMALL_CLIP = ("--set", "clip_seconds=0.2", "--set", "clip_short_side=64")


@pytest.fixture
def start(tmp_path):
    """Start an emulator in this process in place of the one before, with the same memory.

    Each has a renderer of its own; what the one before was rendering never gets finished.
    """
    started = []

    def start_another():
        if started:
            started[-1].close()
        started.append(RunningEmulator(tmp_path / "state", QuickRenderer(b"a clip")))
        return started[-1]

    yield start_another
    started[-1].close()
    for each in started:
        each.renderer.open.set()


class Child:
    """The emulator as a process of its own.

    Attributes
    ----------
    url : str
        What it has printed on its first line.
    """

    key = "key-of-the-child"

    def __init__(self, *arguments, **environment):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hailuo_widgets.emulator", *arguments],
            env={**os.environ, "HAILUO_EMULATOR_KEY": self.key, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.url = self.process.stdout.readline().strip()
        self.http = httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=PATIENCE_SECONDS,
            trust_env=False,
        )

    def submit(self, **fields):
        body = {"image": data_uri(picture(320, 320)), **fields}
        answer = self.http.post(facts.SUBMIT_PATH, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["id"]

    def look(self, prediction):
        return self.http.get(f"{facts.PREDICTIONS_PATH}/{prediction}/result").json()["data"]

    def until(self, prediction, *statuses):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (data := self.look(prediction))["status"] not in statuses:
            assert time.monotonic() < deadline, data
        return data

    def ended(self):
        """Wait for the end; return the exit code and what was printed besides the first line."""
        self.http.close()
        out, err = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, out, err


@pytest.fixture
def child():
    """Start an emulator with arguments; whatever still runs at the end is killed."""
    children = []

    def started(*arguments, **environment):
        children.append(Child(*arguments, **environment))
        return children[-1]

    yield started
    for each in children:
        each.process.kill()
        each.ended()


# What is remembered


def test_predictions_bill_and_clips_are_there_after_a_restart(start):
    before = start()
    done = before.completed(prompt="push in")
    before.fault(15)
    failed = before.settled(before.accepted(prompt="fails"))
    before.until(lambda: len(before.bill()["rows"]) == 3)
    bill = before.bill()
    after = start()
    for data in (done, failed):
        again = after.look(data["id"])
        assert {**again, "outputs": [], "urls": {}} == {**data, "outputs": [], "urls": {}}
    assert after.bill() == bill
    (url,) = after.look(done["id"])["outputs"]
    assert url.startswith(after.url)
    assert httpx.get(url).content.startswith(b"a clip")


def test_the_count_of_identical_submissions_goes_on(start):
    start().completed(prompt="a")
    after = start()
    after.completed(prompt="a")
    assert [call["variation"] for call in after.renderer.calls] == [1]


def test_uploads_are_there_after_a_restart(start):
    before = start()
    files = {"file": ("a.png", b"bytes", "image/png")}
    url = before.http.post(facts.UPLOAD_BINARY_PATH, files=files).json()["data"]["download_url"]
    after = start()
    assert httpx.get(url.replace(before.url, after.url)).content == b"bytes"


def test_an_interrupted_rendering_is_taken_up_again(start):
    before = start()
    before.renderer.open.clear()
    running = [before.accepted(prompt=str(number)) for number in range(3)]
    before.until(lambda: len(before.renderer.calls) == 2)
    after = start()
    assert [after.settled(each)["status"] for each in running] == ["completed"] * 3
    asked = [(call["prompt"], call["variation"]) for call in after.renderer.calls]
    assert sorted(asked) == [("0", 0), ("1", 0), ("2", 0)]
    assert after.bill()["total"] == "1.47"


def test_a_finished_draft_that_is_held_back_is_not_rendered_twice(start):
    before = start()
    before.reset(latency="real")
    held = before.accepted()
    before.until(lambda: list(before.folder.glob("outputs/*/*.mp4")))
    after = start()
    assert after.settled(held)["status"] == "completed"
    assert after.renderer.calls == []


def test_the_beginnings_of_a_draft_are_swept_away(start):
    before = start()
    before.completed()
    (clip,) = before.folder.glob("outputs/*/*")
    clip.with_name("half.tmp").write_bytes(b"half")
    assert list(start().folder.glob("outputs/*/*")) == [clip]


def test_a_refund_that_was_owed_comes_after_the_restart(start):
    before = start()
    before.fault(34)
    failed = before.settled(before.accepted())
    assert before.bill()["total"] == "0.49"
    after = start()
    assert after.look(failed["id"])["status"] == "failed"
    after.advance(3 * 3600)
    after.until(lambda: after.bill()["total"] == "0.00")


def test_a_fault_of_a_predictions_life_outlives_the_restart(start):
    before = start()
    before.fault(17, seconds=3600)
    waiting = before.accepted()
    after = start()
    assert after.look(waiting)["status"] == "created"
    after.advance(3600)
    assert after.settled(waiting)["status"] == "completed"


def test_one_process_at_a_time_has_the_memory(tmp_path):
    state = State(tmp_path)
    try:
        with pytest.raises(StateError, match="cannot be used"):
            State(tmp_path)
    finally:
        state.close()


def test_a_memory_of_a_newer_version_is_left_alone(tmp_path):
    State(tmp_path).close()
    database = sqlite3.connect(tmp_path / "state.sqlite3")
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(StateError, match="newer version"):
        State(tmp_path)


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="cannot be used"):
        State(tmp_path / "file" / "state")


# The process


def test_a_killed_process_loses_nothing(child, tmp_path):
    """SIGKILL in the middle of a latency; a real draft before and after it."""
    arguments = ("--state", str(tmp_path), *SMALL_CLIP)
    slow = ("--latency", "real", "--tier", "silver", "--set", "latency_seconds=600,600")
    first = child(*arguments)
    done = first.submit(prompt="push in")
    clip = httpx.get(first.until(done, "completed")["outputs"][0]).content
    first.process.kill()
    first.ended()
    second = child(*arguments, *slow)
    held = second.submit(prompt="pan left")
    second.until(held, "processing")
    second.process.kill()
    second.ended()
    third = child(*arguments)
    assert httpx.get(third.until(done, "completed")["outputs"][0]).content == clip
    assert third.until(held, "completed")["outputs"]
    bill = third.http.get("/emulator/bill").json()["data"]
    assert [row["prediction"] for row in bill["rows"]] == [done, held]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_at_once_in_the_middle_of_a_draft(child, number):
    running = child()
    prediction = running.submit(prompt="push in", image=data_uri(picture(1920, 1080)))
    running.until(prediction, "processing")
    began = time.monotonic()
    running.process.send_signal(number)
    assert running.ended() == (0, "", "")
    assert time.monotonic() - began < 2


def test_the_end_of_stdin_ends_it(child):
    running = child("--exit-with-parent")
    assert running.http.get(facts.BALANCE_PATH).status_code == 200
    running.process.stdin.close()
    running.process.stdin = None
    assert running.ended() == (0, "", "")


def test_without_being_told_so_it_outlives_stdin(child):
    running = child()
    running.process.stdin.close()
    running.process.stdin = None
    assert running.http.get(facts.BALANCE_PATH).status_code == 200


def test_a_temporary_memory_is_gone_with_the_process(child, tmp_path):
    running = child(TMPDIR=str(tmp_path))
    assert len(list(tmp_path.iterdir())) == 1
    running.process.terminate()
    running.ended()
    assert list(tmp_path.iterdir()) == []


def test_the_key_is_taken_from_the_environment_and_shown_nowhere(child):
    running = child()
    assert running.http.get(facts.BALANCE_PATH).status_code == 200
    stranger = httpx.get(running.url + facts.BALANCE_PATH, headers={"Authorization": "Bearer x"})
    assert stranger.status_code == 401
    assert running.key not in Path(f"/proc/{running.process.pid}/cmdline").read_text()


@pytest.mark.parametrize(
    ("arguments", "key", "status"),
    [((), "anything", 200), (("--key", "this"), "this", 200), (("--key", "this"), "other", 401)],
)
def test_without_a_key_of_its_own_it_takes_any(child, arguments, key, status):
    running = child(*arguments, HAILUO_EMULATOR_KEY="")
    headers = {"Authorization": f"Bearer {key}"}
    assert httpx.get(running.url + facts.BALANCE_PATH, headers=headers).status_code == status
    assert httpx.get(running.url + facts.BALANCE_PATH).status_code == 401


def test_it_listens_on_loopback_alone(child):
    running = child()
    assert httpx.URL(running.url).host == "127.0.0.1"
    lines = Path("/proc/net/tcp").read_text().split("\n")
    port = f":{httpx.URL(running.url).port:04X}"
    listening = [line.split()[1] for line in lines if port in line and line.split()[3] == "0A"]
    assert listening == [f"0100007F{port}"]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--time-scale", "0"), "time_scale"),
        (("--set", "colour=red"), "colour"),
        (("--set", "price"), "NAME=VALUE"),
        (("--tier", "wood"), "wood"),
        (("--port", "99999"), "99999"),
        (("--state", "/proc/nowhere"), "/proc/nowhere"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_exit_code_2(child, arguments, word):
    running = child(*arguments)
    code, out, err = running.ended()
    assert (code, running.url, out) == (2, "", "")
    assert word in err
    assert "Traceback" not in err


def test_a_taken_port_is_one_sentence_and_exit_code_2(child):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        running = child("--port", str(port))
        code, _, err = running.ended()
    assert code == 2
    assert err.startswith(f"Port {port} ")
    assert err.count("\n") == 1
