"""A comparison on a page that is not Jupyter's: the widget's own module, and a plain object as its model."""

import contextlib
import functools
import http.server
import json
import threading

from hailuo_widgets.widgets.shared.bundle import script, style
from tests.support.films import numbered_videos

PAGE = """<!doctype html><meta charset="utf-8"><title>Comparison</title>
<link rel="stylesheet" href="compare.css"><body style="margin:12px"><div id="place"></div>
<script type="module">
import widget from "./compare.js";
const state = await (await fetch("state.json")).json();
const hearers = new Map();
window.asked = [];
const model = {
  get: name => state[name],
  set: (name, value) => { state[name] = value; for (const hear of hearers.get(`change:${name}`) ?? []) hear(); },
  on: (names, hear) => { for (const name of names.split(" ")) hearers.set(name, [...(hearers.get(name) ?? []), hear]); },
  off: (names, hear) => { for (const name of names.split(" ")) hearers.set(name, (hearers.get(name) ?? []).filter(each => each !== hear)); },
  save_changes() {},
  async send(content) {
    window.asked.push(content);
    if (content.kind !== "flipbook" || !state.pages) return;
    // All in one go; the film is the same in every copy of it.
    const all = await (await fetch("flipbook.bin")).arrayBuffer();
    const buffers = [];
    state.pages.reduce((at, size) => (buffers.push(new DataView(all, at, size)), at + size), 0);
    for (const hear of hearers.get("msg:custom")) hear({ id: content.id, ok: true, first: 0, count: buffers.length }, buffers);
  },
  acquire: ({ sha256 }) => ({
    address: fetch(`${sha256}.mp4`).then(async answer => {
      if (!answer.ok) throw new Error("The clip is gone.");
      return URL.createObjectURL(new Blob([await answer.blob()], { type: "video/mp4" }));
    }),
    release() {},
  }),
};
window.model = model;
widget.render({ model, el: document.getElementById("place"), signal: new AbortController().signal });
</script>"""

HEAD = {
    "same": [],
    "column_name": "",
    "columns": [],
    "row_name": "",
    "rows": [],
    "money": "",
    "run": "",
    "amount": "",
    "hold": "",
    "hold_words": "",
    "trouble": "",
}


def said(number, data, *, fps=24, frames=120, width=1920, height=1080, title=None, **more):
    """A cell as the kernel says it."""
    title = title or f"clip {number}"
    return {
        "id": f"c{number}",
        "kind": "clip",
        "number": number,
        "title": title,
        "words": [[title, 0]],
        "row": 0,
        "column": 0,
        "picture": "",
        "facts": {
            "sha256": numbered_videos.name_of(data),
            "bytes": len(data),
            "width": width,
            "height": height,
            "fps": fps,
            "frames": frames,
            "draft": False,
            "name": f"clip-{number}",
            "summary": "",
        },
        "relpath": "",
        "note": "",
        "about": "",
        "retry": "",
        **more,
    }


def write(folder, films, cells, *, book=None):
    """Write the page and the clips it shows into a folder.

    Parameters
    ----------
    book : list of bytes, optional
        The flip-book of every clip.
    """
    (folder / "compare.js").write_text(script("compare"), encoding="utf-8")
    (folder / "compare.css").write_text(style("compare"), encoding="utf-8")
    (folder / "index.html").write_text(PAGE, encoding="utf-8")
    state = {"cells": cells, "lines": {}, "head": HEAD, "chainable": False}
    if book:
        state["pages"] = [len(page) for page in book]
        (folder / "flipbook.bin").write_bytes(b"".join(book))
    (folder / "state.json").write_text(json.dumps(state), encoding="utf-8")
    for film in films:
        (folder / f"{numbered_videos.name_of(film)}.mp4").write_bytes(film)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextlib.contextmanager
def served(folder):
    """Serve a folder on loopback; gives the page's address."""
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/index.html"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
