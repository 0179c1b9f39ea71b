"""The service's own Python client, pointed at the emulator, gets what it expects."""

import pytest
import requests
from wavespeed.api.client import Client

from hailuo_widgets import service as facts
from tests.support.emulator_server import data_uri
from tests.support.samples import picture


@pytest.fixture
def client(emulator):
    return Client(api_key=emulator.key, base_url=emulator.url, retry_interval=0.01)


def test_it_completes_a_run_and_gets_a_clip(client, emulator):
    fields = {"image": data_uri(picture()), "prompt": "slow push in"}
    result = client.run(facts.MODEL, fields, poll_interval=0.01)
    (url,) = result["outputs"]
    clip = requests.get(url, timeout=20)
    assert clip.headers["Content-Type"] == "video/mp4"
    assert clip.content.startswith(emulator.renderer.clip)
    assert emulator.renderer.calls[0]["prompt"] == "slow push in"
    assert emulator.bill()["total"] == "0.49"


def test_it_uploads_a_picture_and_uses_it(client, emulator, tmp_path):
    start = tmp_path / "start.png"
    start.write_bytes(picture(kind="PNG"))
    url = client.upload(str(start))
    client.run(facts.MODEL, {"image": url}, poll_interval=0.01)
    assert emulator.renderer.calls[0]["image"] == start.read_bytes()


def test_it_outlasts_gateway_errors_while_polling(client, emulator):
    emulator.fault(42, times=2)
    fields = {"image": data_uri(picture())}
    assert client.run(facts.MODEL, fields, poll_interval=0.01)["outputs"]


def test_it_reports_a_failed_task(client, emulator):
    emulator.fault(49)
    with pytest.raises(RuntimeError, match="flagged"):
        client.run(facts.MODEL, {"image": data_uri(picture())}, poll_interval=0.01)


def test_it_reports_a_refused_key(emulator):
    stranger = Client(api_key="wrong", base_url=emulator.url)
    with pytest.raises(RuntimeError, match="HTTP 401"):
        stranger.run(facts.MODEL, {"image": data_uri(picture())})
    assert emulator.bill()["rows"] == []


def test_an_answer_without_data_is_too_much_for_it(client, emulator):
    """What section 10 of the reference says of version 2.0.5: a paid task, and a crash."""
    emulator.fault(3, "null")
    with pytest.raises(AttributeError):
        client.run(facts.MODEL, {"image": data_uri(picture())})
    assert emulator.bill()["total"] == "0.49"
