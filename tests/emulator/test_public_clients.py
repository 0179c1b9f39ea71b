"""Other people's clients against the real emulator: each asks, waits, and brings its clip home.

The official Python client in its present version is in ``test_official_client.py``.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from hailuo_widgets import service as facts
from tests.support import client_installs
from tests.support.samples import picture

pytestmark = pytest.mark.slow

PATIENCE_SECONDS = 120

PYTHON_1 = """
import sys
from wavespeed import Client, __version__
url, key, picture = sys.argv[1:]
client = Client(api_key=key, base_url=url, retry_interval=0.01)
image = client.upload(picture)
fields = {"image": image, "prompt": "slow push in"}
print(__version__, client.run("minimax/hailuo-02/i2v-pro", fields, poll_interval=0.01)["outputs"][0])
"""

LANGCHAIN = """
import sys
from langchain_wavespeed import WaveSpeedRunModel
from wavespeed import Client
url, key, image = sys.argv[1:]
tool = WaveSpeedRunModel(client=Client(api_key=key, base_url=url), poll_interval=0.01)
fields = {"image": image, "prompt": "slow push in", "end_image": None}
print(tool.invoke({"model": "minimax/hailuo-02/i2v-pro", "input": fields}))
"""

JAVASCRIPT = """
import { Client } from "wavespeed";
const [url, key, picture] = process.argv.slice(2);
const client = new Client(key, { baseUrl: url });
const image = await client.upload(picture);
const result = await client.run(
    "minimax/hailuo-02/i2v-pro", { image, prompt: "slow push in" }, { pollInterval: 0.05 });
console.log(result.outputs[0]);
"""


@pytest.fixture
def start(tmp_path):
    path = tmp_path / "start.png"
    path.write_bytes(picture(320, 320, kind="PNG"))
    return path


@pytest.fixture
def home(tmp_path):
    """The environment of a person who has never used any of this."""
    folder = tmp_path / "home"
    folder.mkdir()
    names = ("PATH", "SYSTEMROOT", "TMPDIR")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    return {**kept, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder / ".config"), "CI": "1"}


def said(command, environment, **more):
    """What a program printed; it must end well."""
    done = subprocess.run(
        list(map(str, command)),
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        **more,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def python(folder, script, environment, *arguments):
    """What a script printed that imports what is installed in a folder."""
    command = [sys.executable, "-W", "ignore", "-c", script, *arguments]
    return said(command, {**environment, "PYTHONPATH": str(folder)})


def check_clip(emulator, url, start):
    """The clip can be fetched; it was asked for with that picture, and billed once."""
    answer = httpx.get(url, trust_env=False)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.content.startswith(emulator.renderer.clip)
    assert emulator.renderer.calls[-1]["image"] == start.read_bytes()
    assert emulator.renderer.calls[-1]["prompt"] == "slow push in"
    assert emulator.bill()["total"] == "0.49"


# PyPI


def test_the_official_python_client_before_2_0(emulator, start, home):
    folder = client_installs.python_folder("wavespeed-1")
    printed = python(folder, PYTHON_1, home, emulator.url, emulator.key, start)
    version, url = printed.split()
    assert version.startswith("1.")
    check_clip(emulator, url, start)


def test_langchains_tool(emulator, start, home):
    """It takes a client of the official SDK, which alone knows a base URL."""
    folder = client_installs.python_folder("langchain")
    files = {"file": ("start.png", start.read_bytes(), "image/png")}
    uploaded = emulator.http.post(facts.UPLOAD_BINARY_PATH, files=files).json()["data"]
    url = python(folder, LANGCHAIN, home, emulator.url, emulator.key, uploaded["download_url"])
    check_clip(emulator, url, start)


# npm


@pytest.fixture(scope="module")
def modules():
    """Where the packages of the lock file are."""
    return client_installs.node_folder()


@pytest.fixture
def command_line(emulator, modules, home):
    """The official command-line client, told by its own settings file where the service is."""
    settings = Path(home["XDG_CONFIG_HOME"], "wavespeed-nodejs", "config.json")
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"baseUrl": emulator.url}))
    program = modules / "@wavespeed" / "cli" / "dist" / "cli.js"
    environment = {**home, "WAVESPEED_API_KEY": emulator.key}

    def run(*arguments):
        command = [client_installs.node(), program, *arguments]
        return said(command, environment, cwd=home["HOME"])

    return run


def test_the_official_command_line_makes_a_clip(emulator, command_line, start, tmp_path):
    image = json.loads(command_line("upload", str(start), "--json"))["url"]
    clip = tmp_path / "clip.mp4"
    wishes = ("-p", "slow push in", "-i", f"image={image}", "--download", str(clip), "--json")
    result = json.loads(command_line("run", facts.MODEL, *wishes))
    check_clip(emulator, result["outputs"][0], start)
    assert clip.read_bytes().startswith(emulator.renderer.clip)
    prediction = result["outputs"][0]
    (listed,) = json.loads(command_line("history", "--json"))["items"]
    assert (listed["status"], listed["outputs"]) == ("completed", [prediction])
    command_line("delete", listed["id"], "--yes", "--json")
    assert emulator.look(listed["id"])["status"] == "deleted"


def test_the_official_command_line_begins_with_catalogue_and_account(emulator, command_line):
    assert json.loads(command_line("balance", "--json"))["balance"] == 1_000_000
    (model,) = json.loads(command_line("models", "--json"))
    assert model["model_id"] == facts.MODEL
    help_text = command_line("run", facts.MODEL, "--help")
    for field in ("image", "prompt", "end_image", "enable_prompt_expansion"):
        assert field in help_text
    price = json.loads(command_line("price", facts.MODEL, "-i", "image=x", "--json"))
    assert price["unit_price"] == 0.49
    assert emulator.bill()["rows"] == []


def test_the_official_javascript_client(emulator, modules, start, home, tmp_path):
    script = tmp_path / "script.mjs"
    script.write_text(JAVASCRIPT)
    package = modules / "@wavespeed" / "mcp" / "node_modules" / "wavespeed"
    folder = tmp_path / "node_modules"
    folder.mkdir()
    (folder / "wavespeed").symlink_to(package)
    command = [client_installs.node(), script, emulator.url, emulator.key, start]
    url = said(command, home, cwd=tmp_path).splitlines()[-1]
    check_clip(emulator, url, start)


def test_the_official_mcp_server(emulator, modules, start, home):
    """An agent's whole way: the catalogue, the schema, the price, a run with a local file."""
    environment = {
        **home,
        "WAVESPEED_API_KEY": emulator.key,
        "WAVESPEED_BASE_URL": emulator.url,
    }
    program = modules / "@wavespeed" / "mcp" / "dist" / "index.js"
    fields = {"image": f"@{start}", "prompt": "slow push in"}
    asked = [
        ("list_models", {"query": "hailuo"}),
        ("get_model_schema", {"model": facts.MODEL}),
        ("get_price", {"model": facts.MODEL, "input": {"prompt": "x"}}),
        ("run_model", {"model": facts.MODEL, "input": fields, "wait_seconds": 60}),
        ("get_balance", {}),
    ]
    with Agent([client_installs.node(), str(program)], environment) as agent:
        listed, schema, price, made, balance = (agent.call(*each) for each in asked)
        again = agent.call("get_prediction", {"id": made["id"]})
    assert [model["model_id"] for model in listed["models"]] == [facts.MODEL]
    assert schema["required"] == ["image"]
    assert (price["price"], price["unpriced_inputs"]) == (0.49, [])
    assert (made["status"], again["outputs"]) == ("completed", made["outputs"])
    check_clip(emulator, made["outputs"][0], start)
    assert balance["balance"] == pytest.approx(1_000_000 - 0.49)


class Agent:
    """Speaks the Model Context Protocol over a program's standard input and output."""

    def __init__(self, command, environment):
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._number = 0

    def __enter__(self):
        client = {"name": "tests", "version": "1"}
        hello = {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": client}
        self._ask("initialize", hello)
        self._send({"method": "notifications/initialized"})
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.communicate()

    def call(self, tool, arguments):
        """What a tool answered; it must not be an error."""
        result = self._ask("tools/call", {"name": tool, "arguments": arguments})
        (content,) = result["content"]
        assert not result.get("isError"), content
        return json.loads(content["text"])

    def _ask(self, method, params):
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        for line in self._process.stdout:
            answer = json.loads(line)
            if answer.get("id") == self._number:
                return answer["result"]
        raise AssertionError(f"it ended without an answer to {method}")

    def _send(self, message):
        self._process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self._process.stdin.flush()
