"""An emulator for tests: a real server on loopback in a thread, with a renderer that is quick."""

import base64
import dataclasses
import json
import struct
import threading
import time

import httpx

from hailuo_widgets import service as facts
from hailuo_widgets.emulator import app
from hailuo_widgets.emulator.account.database import State
from hailuo_widgets.emulator.http import server
from tests.support.samples import picture

PATIENCE_SECONDS = 20.0
FINAL = facts.COMPLETED_STATUSES | facts.FAILED_STATUSES | facts.GONE_STATUSES


def data_uri(data, kind="png"):
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


class QuickRenderer:
    """Writes one ready clip, with what it was asked for in an MP4 box that players skip.

    Attributes
    ----------
    calls : list of dict
        What it was asked for.
    open : threading.Event
        While it is not set, every rendering waits.
    error : Exception or None
        Raised instead of rendering.
    """

    def __init__(self, clip):
        self.clip = clip
        self.open = threading.Event()
        self.reset()

    def reset(self):
        self.calls = []
        self.error = None
        self.open.set()

    def __call__(self, prompt, image, end_image, variation, destination, **shape):
        asked = {"prompt": prompt, "variation": variation, "shape": shape}
        self.calls.append({**asked, "image": image, "end_image": end_image})
        self.open.wait(PATIENCE_SECONDS)
        if self.error is not None:
            raise self.error
        note = json.dumps(asked).encode()
        destination.write_bytes(self.clip + struct.pack(">I4s", len(note) + 8, b"free") + note)


@dataclasses.dataclass
class Seen:
    """What the emulator tells of a shot."""

    understood: str
    not_understood: tuple = ()
    way: str = ""
    cropped: float = 0.0
    unseen: float = 0.0


@dataclasses.dataclass
class Made:
    clip: bytes
    strip: bytes


class QuickLooker:
    """Looks ahead without looking: the preview's bytes are the prompt and the pictures' sizes.

    Attributes
    ----------
    calls : list of tuple
        Kind and prompt of what it was asked for.
    cancelled : list of str
        Prompts whose previews were given up.
    open : threading.Event
        While it is not set, every preview waits, or is cancelled.
    """

    def __init__(self):
        self.open = threading.Event()
        self.reset()

    def reset(self):
        self.calls = []
        self.cancelled = []
        self.open.set()

    def outlook(self, prompt, image, end_image):
        self.calls.append(("outlook", prompt))
        if image == b"broken":
            raise ValueError("That is no picture.")
        way = "moves" if end_image else ""
        return Seen(prompt.strip(), ("rack focus",), way, 0.25, 0.125)

    def preview_key(self, prompt, image, end_image):
        return prompt.strip()

    def preview(self, prompt, image, end_image, *, cancelled):
        self.calls.append(("preview", prompt))
        while not self.open.wait(0.005):
            if cancelled():
                self.cancelled.append(prompt)
                return None
        sizes = [len(picture) for picture in (image, end_image) if picture]
        return Made(f"{prompt} {sizes}".encode(), b"strip")


class RunningEmulator:
    """A handle on an emulator that serves in a thread of this process.

    Attributes
    ----------
    url, key : str
        Where it is, and the one API key it takes.
    http : httpx.Client
        Bound to both.
    folder : Path
        Where it remembers.
    renderer : QuickRenderer
        What it renders with.
    looker : QuickLooker
        What it looks ahead with.
    """

    key = "key-of-the-tests"

    def __init__(self, folder, renderer):
        self.folder = folder
        self.renderer = renderer
        self.looker = QuickLooker()
        self._state = State(folder)
        listener = server.listen(0)
        self.url = f"http://{server.HOST}:{listener.getsockname()[1]}"
        # A name that only a proxy of the tests leads here by.
        made = app.create(self._state, renderer, self.looker, key=self.key, hosts=["pictures.test"])
        self._server = server.serve(made)
        self._thread = threading.Thread(target=self._server.run, args=([listener],))
        self._thread.start()
        self.http = self.client()

    def client(self, **headers):
        """Return another client with the key, or with other headers instead."""
        headers = headers or {"Authorization": f"Bearer {self.key}"}
        return httpx.Client(
            base_url=self.url, headers=headers, timeout=PATIENCE_SECONDS, trust_env=False
        )

    def close(self):
        self.http.close()
        self._server.stop()
        self._thread.join(PATIENCE_SECONDS)
        self._state.close()

    def reset(self, **settings):
        """Forget everything; go on with these settings."""
        self.http.post("/emulator/reset", json={"settings": settings}).raise_for_status()

    def fault(self, quirk, variant=None, **wishes):
        """Switch a quirk on, for the next request unless told otherwise."""
        wishes = {"quirk": quirk, **({"variant": variant} if variant else {}), **wishes}
        answer = self.http.post("/emulator/faults", json=wishes)
        assert answer.status_code == 200, answer.text

    def clear_faults(self):
        self.http.delete("/emulator/faults").raise_for_status()

    def advance(self, seconds):
        """Jump ahead in the emulator's time."""
        self.http.post("/emulator/clock", json={"advance": seconds}).raise_for_status()

    def bill(self):
        return self.http.get("/emulator/bill").json()["data"]

    def state(self):
        return self.http.get("/emulator/state").json()["data"]

    def post(self, path, body=None):
        """Return the ``data`` of a successful POST."""
        answer = self.http.post(path, json={} if body is None else body)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def submit(self, **fields):
        """Submit a small picture; the fields add to it or replace it."""
        body = {"image": data_uri(picture(320, 320, kind="PNG")), **fields}
        return self.http.post(facts.SUBMIT_PATH, json=body)

    def accepted(self, **fields):
        """Submit, and return the id of the prediction."""
        answer = self.submit(**fields)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["id"]

    def look(self, prediction):
        """Return the ``data`` of a result."""
        answer = self.http.get(f"{facts.PREDICTIONS_PATH}/{prediction}/result")
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def rename(self, prediction, name):
        """Give a prediction another id, as another service may; return its result in the list."""
        predictions = self._state.predictions
        predictions[name] = predictions.pop(prediction)
        predictions[name].id = name
        (item,) = (each for each in self.post(facts.PREDICTIONS_PATH)["items"])
        return item

    def until(self, holds):
        """Ask again and again until the answer is true; return it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (answer := holds()):
            assert time.monotonic() < deadline, "it did not come to hold"
        return answer

    def settled(self, prediction):
        """Return a prediction's result once it has come to its end."""

        def ended():
            data = self.look(prediction)
            return data if data["status"] in FINAL else None

        return self.until(ended)

    def completed(self, **fields):
        """Submit, and return the result of the completed prediction."""
        data = self.settled(self.accepted(**fields))
        assert data["status"] == "completed", data
        return data
