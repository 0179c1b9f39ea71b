"""The browser's side of a widget, for tests that need no browser."""

import itertools
import json
import threading


class Page:
    """Stands where the page stands: asks, and keeps everything that comes from the kernel."""

    comm_id = "page"

    def __init__(self, widget):
        self.widget = widget
        self.heard = []
        self._ids = itertools.count()
        self._news = threading.Condition()
        widget.comm = self

    # -- what ipywidgets wants of a comm --

    def on_msg(self, callback):
        self._deliver = callback

    def send(self, data=None, metadata=None, buffers=None):
        with self._news:
            self.heard.append((json.loads(json.dumps(data)), list(buffers or [])))
            self._news.notify_all()

    def close(self, *_, **__):
        pass

    # -- what a page does --

    def tell(self, buffers=(), **fields):
        """Send a custom message."""
        content = {"data": {"method": "custom", "content": fields}}
        self._deliver({"content": content, "buffers": [memoryview(part) for part in buffers]})

    def ask(self, kind, **fields):
        """Ask, and wait for the one answer; returns its fields and buffers."""
        asked = f"q{next(self._ids)}"
        self.tell(id=asked, kind=kind, **fields)
        return self.answer(asked)

    def change(self, **state):
        """Set traits, as the front end's save_changes does."""
        content = {"data": {"method": "update", "state": state, "buffer_paths": []}}
        self._deliver({"content": content, "buffers": []})

    def answers(self, asked):
        return [
            (data["content"], buffers)
            for data, buffers in list(self.heard)
            if data["method"] == "custom"
            and data["content"].get("id") == asked
            and "ok" in data["content"]
        ]

    def answer(self, asked):
        self.wait_for(lambda: self.answers(asked))
        (found,) = self.answers(asked)
        return found

    def messages(self, kind):
        return [
            data["content"]
            for data, _ in list(self.heard)
            if data["method"] == "custom" and data["content"].get("kind") == kind
        ]

    def wait_for(self, happened, seconds=20):
        with self._news:
            assert self._news.wait_for(happened, seconds), "it did not happen"


def saved(widget):
    """What a notebook file would hold of a widget, without its script and style."""
    state = {
        name: value for name, value in widget.get_state().items() if name not in {"_esm", "_css"}
    }
    return json.dumps(state)


def send_file(page, data, name="photo.jpg", asked="u"):
    """Upload as the page does: announce, then answer every wish."""
    page.tell(id=asked, kind="upload", name=name, size=len(data), type="image/jpeg")
    given = 0
    while given < len(page.messages("want")) and not page.answers(asked):
        wish = page.messages("want")[given]
        given += 1
        piece = data[wish["offset"] : wish["offset"] + wish["length"]]
        page.tell([piece], id=asked, kind="piece", offset=wish["offset"])
    return page.answer(asked)
